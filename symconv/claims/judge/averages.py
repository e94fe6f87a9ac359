"""The factor of average pooling, D = 1/K, which claims with letters write as a quotient: both sides are multiplied out.

Every term of an equation is multiplied by as many K as make its D disappear: D is a number, and D K = 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from symconv.algebra.forms import Access, Factor, Form, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import FormulaError
from symconv.layers import Layer
from symconv.proof.equation import Equation


@dataclass(frozen=True)
class Average:
    """A factor D that is 1 over a product of sizes, by its name."""

    name: str
    divisor: Polynomial

    @staticmethod
    def of(layer: Layer) -> Average | None:
        """The layer's factor; None if it has none, if it differs from window to window, or if it is a number."""
        divisor = layer.scale_divisor
        return None if divisor is None or layer.is_concrete else Average(layer.notation.scale, divisor)

    def degree(self, form: Form) -> int:
        """The highest power of D."""
        return max((sum(map(self._is, term.factors)) for term in form), default=0)

    def times(self, form: Form, power: int) -> Form:
        """The form times this power of the divisor, without D.

        Raises:
            FormulaError: D has a higher power in it.
        """
        return Form(tuple(self._without(term, power) for term in form))

    def _is(self, factor: Factor) -> bool:
        return isinstance(factor, Access) and factor.tensor.name == self.name

    def _without(self, term: Term, power: int) -> Term:
        kept = [factor for factor in term.factors if not self._is(factor)]
        left = power - (len(term.factors) - len(kept))
        if left < 0:
            raise FormulaError(self.name, "its power is too high", "use a lower power")
        return Term.make(term.coefficient * self.power(left), kept, term.bound)

    def power(self, exponent: int) -> Polynomial:
        return prod([self.divisor] * exponent, start=ONE)


def without_average(equation: Equation, layer: Layer) -> tuple[Equation, int]:
    """The equation multiplied by powers of the divisor so that it has no D, and by how many."""
    average = Average.of(layer)
    if average is None:
        return equation, 0
    power = max(map(average.degree, (equation.left, equation.right)))
    fixed = tuple(pair for pair in equation.fixed if pair[0] != average.name)
    sides = [average.times(side, power) for side in (equation.left, equation.right)]
    return replace(equation, left=sides[0], right=sides[1], fixed=fixed), power
