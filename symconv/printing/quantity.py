"""What a formula is the formula of."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Quantity:
    """What a formula is the formula of: h, dL/dw or dh/dw; with ``more``, a higher derivative.

    The first ``split`` axes index the numerator, the others the denominator.

    >>> gradient = Quantity("L", "w")
    >>> str(gradient), str(gradient.by("X", 2))
    ('dL_dw', 'd2L_dw_dX')
    """

    numerator: str
    denominator: str | None = None
    split: int = 0
    more: tuple[tuple[str, int], ...] = ()
    """What it is differentiated by further, each with the first of its axes."""

    def by(self, name: str, at: int) -> Quantity:
        """The derivative with respect to a tensor, whose axes come after ``at`` others."""
        if self.denominator is None:
            return replace(self, denominator=name, split=at)
        return replace(self, more=(*self.more, (name, at)))

    @property
    def denominators(self) -> tuple[tuple[str, int], ...]:
        """Everything that it is differentiated by, each with the first of its axes."""
        return () if self.denominator is None else ((self.denominator, self.split), *self.more)

    def __str__(self) -> str:
        if self.denominator is None:
            return self.numerator
        order = len(self.denominators)
        return "_".join(
            [f"d{order if order > 1 else ''}{self.numerator}", *(f"d{one}" for one, _ in self.denominators)]
        )
