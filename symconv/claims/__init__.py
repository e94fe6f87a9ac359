"""Claims: formulas that people bring, read, checked and explained."""

from __future__ import annotations

from symconv.claims.checking import CheckReport, check

__all__ = ["CheckReport", "check"]
