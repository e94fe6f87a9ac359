"""Theorems, their steps and scope; refutation by a witness in numbers.

What the proof of a layer does not need is loaded from its own file: two formulas of anybody (``equality.py``) and what
decides if normal forms differ (``deciding.py``), weight sharing (``sharing.py``).
"""

from __future__ import annotations

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
]
