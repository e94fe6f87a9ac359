"""Theorems, their steps and scope; refutation by a witness in numbers."""

from __future__ import annotations

from symconv.proof.equality import prove_equal
from symconv.proof.theorem import ProofStep, Report, Theorem, prove
from symconv.proof.verdict import Verdict, Witness

__all__ = ["ProofStep", "Report", "Theorem", "Verdict", "Witness", "prove", "prove_equal"]
