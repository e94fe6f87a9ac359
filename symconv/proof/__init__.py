"""Theorems, their steps and scope; refutation by a witness in numbers."""

from __future__ import annotations

from symconv.proof.equality import prove_equal
from symconv.proof.equivariance_in_general import EquivarianceReport
from symconv.proof.equivariant_sharing import EquivariantSharing
from symconv.proof.proofs import prove
from symconv.proof.sharing import GeneralSharing, Sharing, solve_sharing
from symconv.proof.theorem import ProofStep, Report, Theorem
from symconv.proof.verdict import Verdict, Witness

__all__ = [
    "EquivarianceReport",
    "EquivariantSharing",
    "GeneralSharing",
    "ProofStep",
    "Report",
    "Sharing",
    "Theorem",
    "Verdict",
    "Witness",
    "prove",
    "prove_equal",
    "solve_sharing",
]
