"""Claims about the constraints of the fully connected view: which are missing, which are superfluous."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.concrete.blocks import require_terms
from symconv.algebra.sympy_out import entries_of
from symconv.claims.interpret.limits import expanded
from symconv.claims.interpret.meaning import Reading
from symconv.claims.parse.names import Names
from symconv.claims.parse.quotients import Quotient
from symconv.claims.parse.symbolic import exact, quotient
from symconv.claims.parse.written import sides_of
from symconv.claims.report import CheckReport
from symconv.errors import ClaimError
from symconv.formulas.labels import symbols_of
from symconv.layers import Layer
from symconv.proof.sharing import Sharing, solve_sharing

MOST_WEIGHTS = 10_000
"""Constraints of at most 10,000 dense weights are compared."""
SHOWN = 6
"""At most 6 missing or superfluous equations are named one by one."""

Vector = dict[str, Fraction]
"""A linear equation, sum of coefficient * label = 0."""


class Span:
    """The linear equations that follow from some, by Gaussian elimination."""

    def __init__(self, vectors: Iterable[Vector] = ()) -> None:
        self.rows: dict[str, Vector] = {}
        for vector in vectors:
            self.add(vector)

    def rest(self, vector: Vector) -> Vector:
        """What is left of an equation; nothing if it follows."""
        vector = dict(vector)
        while pivots := [label for label in sorted(vector) if label in self.rows]:
            vector = _minus(vector, self.rows[pivots[0]], vector[pivots[0]])
        return vector

    def add(self, vector: Vector) -> bool:
        """Take an equation in; whether it was new."""
        rest = self.rest(vector)
        if rest:
            pivot = max(rest)
            self.rows[pivot] = {label: value / rest[pivot] for label, value in rest.items()}
        return bool(rest)


def _minus(one: Vector, other: Vector, times: Fraction) -> Vector:
    result = dict(one)
    for label, value in other.items():
        result[label] = result.get(label, Fraction(0)) - times * value
    return {label: value for label, value in result.items() if value}


def check_constraints(layer: Layer, items: Sequence[Any]) -> CheckReport:
    """Whether the equations are equivalent to the layer's own: none missing, none too many."""
    layer.require_concrete("the constraints")
    require_terms(prod(map(int, layer.fully_connected.shared_weight.shape)), MOST_WEIGHTS, f"constraints of {layer!r}")
    sharing = solve_sharing(layer)
    assert isinstance(sharing, Sharing)
    dense = _dense(layer)
    labels = [str(symbol) for symbol, _ in dense]
    labels += map(str, (*entries_of(layer.weight), *(entries_of(layer.bias) if layer.bias_term else ())))
    names = Names.of(layer)
    claims = [_vector_of(sides, text, labels) for item in items for sides, text in _equations(names, item)]
    own = Span(_vector(symbol - entry) for symbol, entry in dense)  # v_ij = c_ij(w), for all of them
    claimed = Span(claims)
    # What is missing is named in an order in which each equation is judged with those before it.
    missing = [
        _written(equation) for equation in sharing.equations if claimed.add(_vector(equation.lhs - equation.rhs))
    ]
    superfluous = [_equation(vector) for vector in claims if own.rest(vector)]
    explanation = [*_named(missing, "missing"), *_named(superfluous, "superfluous: the convolution does not have it")]
    return CheckReport(
        layer, "constraints", tuple(items), "refuted" if explanation else "proved",
        scope="" if explanation else "this shape",
        write_right=partial(_all_written, sharing.equations), explain=partial(tuple, explanation),
    )  # fmt: skip


def _dense(layer: Layer) -> list[tuple[sp.Symbol, sp.Expr]]:
    """Every weight and bias of the dense layer, with what it is in the convolution."""
    view, names = layer.fully_connected, layer.notation
    pairs = list(zip(view.free_matrix, view.matrix))
    if layer.bias_term:
        free = symbols_of(names.dense_bias, view.dense_bias_layout, layer)
        pairs += zip(entries_of(free), entries_of(view.stage(names.dense_bias).array()))
    return pairs


def _all_written(equations: Sequence[sp.Eq]) -> str:
    return ", ".join(map(_written, equations[:40])) + (", .." if len(equations) > 40 else "")


def _written(equation: sp.Eq) -> str:
    return f"{equation.lhs} = {equation.rhs}"


def _equation(vector: Vector) -> str:
    """v11 = v21, or v13 = 0."""
    first, *rest = sorted(vector)
    right = -sp.Add(*(sp.Rational(vector[label]) * sp.Symbol(label) for label in rest)) / sp.Rational(vector[first])
    return f"{first} = {right}"


def _named(equations: Sequence[str], words: str) -> list[str]:
    shown = [f"{equation} is {words}" for equation in equations[:SHOWN]]
    return shown + ([f"and {len(equations) - SHOWN} more"] if len(equations) > SHOWN else [])


def _vector(expression: sp.Expr) -> Vector:
    terms = expanded(expression).as_coefficients_dict()
    return {str(label): Fraction(int(c.p), int(c.q)) for label, c in terms.items() if c}


def _equations(names: Names, item: Any) -> Iterable[tuple[Sequence[Quotient], str]]:
    """Both sides of every equation: v31 = v12 = 0, several of them separated by commas, semicolons or lines."""
    if isinstance(item, sp.Equality) and all(isinstance(side, sp.Expr) for side in item.args):
        yield [quotient(exact(side), names.layer.assumptions) for side in item.args], str(item)
        return
    if not isinstance(item, str):
        raise ClaimError(str(item), "not an equation", "write v31 = v12 = 0")
    for sides, text in sides_of(item, names.known):
        if len(sides) < 2:
            raise ClaimError(text, "not an equation", "write v31 = v12 = 0")
        reading = Reading(names, item)
        for pair in pairwise([reading.read(side) for side in sides]):
            yield pair, text


def _vector_of(sides: Sequence[Quotient], text: str, labels: Sequence[str]) -> Vector:
    """The equation as a vector; an error if it is not linear or names a weight that the layer does not have."""
    left, right = (side.above / side.below for side in sides)
    for label, coefficient in expanded(left - right).as_coefficients_dict().items():
        if not label.is_Symbol or not coefficient.is_Rational:
            raise ClaimError(text, f"{label} is not a weight", "write v31 = v12 = 0, v11 = w1 or v11 - v22 = 0")
        if str(label) not in labels:
            raise ClaimError(text, f"there is no weight {label}", f"the first of the dense weights is {labels[0]}")
    return _vector(left - right)
