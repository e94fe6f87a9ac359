"""What a formula is the formula of, and a tensor with its indices, in LaTeX that is put together from parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symconv.printing.notation import latex_tensor


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

    def latex(self, letters: Sequence[str]) -> str:
        if self.denominator is None:
            return subscripted(self.numerator, letters)
        above = subscripted(self.numerator, letters[: self.split])
        below = subscripted(self.denominator, letters[self.split :])
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def subscripted(name: str, indices: Sequence[str]) -> str:
    """A tensor's name with its indices; an exponent-like subscript of the name itself is kept apart."""
    base = latex_tensor(name)
    if not indices:
        return base
    return (f"{{{base}}}" if "_" in base else base) + f"_{{{', '.join(indices)}}}"
