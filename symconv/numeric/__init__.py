"""Numbers: spot checks of every view against NumPy."""

from __future__ import annotations

from symconv.numeric.spot import SpotReport, SpotRow, spot_check

__all__ = ["SpotReport", "SpotRow", "spot_check"]
