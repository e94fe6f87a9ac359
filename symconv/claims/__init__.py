"""Claims: formulas that people bring, read, checked and explained."""

from __future__ import annotations

from symconv.claims.checking import check
from symconv.claims.report import CheckReport

__all__ = ["CheckReport", "check"]
