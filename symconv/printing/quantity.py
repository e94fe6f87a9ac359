"""What a formula is the formula of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """What a formula is the formula of: h, dL/dw or dh/dw.

    The first ``split`` axes index the numerator, the others the denominator.
    """

    numerator: str
    denominator: str | None = None
    split: int = 0

    def __str__(self) -> str:
        return self.numerator if self.denominator is None else f"d{self.numerator}_d{self.denominator}"
