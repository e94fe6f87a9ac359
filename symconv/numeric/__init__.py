"""Numbers: spot checks of every view against NumPy."""

from __future__ import annotations

from symconv.numeric.spot_checks import Progress, SpotReport, SpotRow, spot_check

__all__ = ["Progress", "SpotReport", "SpotRow", "spot_check"]
