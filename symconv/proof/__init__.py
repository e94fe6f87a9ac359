"""Theorems, their steps and scope; refutation by a witness in numbers.

Weight sharing, which proofs do not need, is loaded from ``symconv.proof.sharing`` when it is asked for.
"""

from __future__ import annotations

from symconv.proof.equality import prove_equal
from symconv.proof.proofs import prove
from symconv.proof.theorem import ProofStep, Report, Theorem
from symconv.proof.verdict import Verdict, Witness

__all__ = [
    "ProofStep",
    "Report",
    "Theorem",
    "Verdict",
    "Witness",
    "prove",
    "prove_equal",
]
