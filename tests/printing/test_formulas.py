"""A SymPy formula as a tree of mathematics: what is printed has the value of the formula, at small sizes."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from symconv import identities
from symconv.catalogue.convolutions import CONVOLUTIONS
from symconv.catalogue.sums import SUMS
from symconv.printing.formulas import formula_tree
from symconv.printing.latex import latex_of
from symconv.printing.text import text_of
from symconv.printing.tree import (
    Added,
    Bracket,
    Entry,
    Name,
    Negative,
    Node,
    Number,
    Parentheses,
    Power,
    Product,
    Quotient,
    Relation,
    Summation,
)
from tests.brute import WINDOW, Entries, compiled
from tests.tools import thinned

Values = dict[str, int]
Tensors = dict[str, Entries]
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def value(node: Node, at: Values, tensors: Tensors) -> Any:
    """What a tree says, by its nodes alone."""
    inside: Callable[[Node], Any] = lambda part: value(part, at, tensors)  # noqa: E731
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return at[node.source] if node.source in at else sp.sympify(node.letters, locals=dict(at))
    if isinstance(node, Entry):
        assert isinstance(node.name, Name)
        return tensors[node.name.source][tuple(int(inside(one)) for one in node.indices)]
    if isinstance(node, Product):
        return _product([*map(inside, node.factors)])
    if isinstance(node, Negative):
        return -inside(node.term)
    if isinstance(node, Added):
        return sum(map(inside, node.terms))
    if isinstance(node, Power):
        return inside(node.base) ** node.exponent
    if isinstance(node, Quotient):
        return Fraction(inside(node.above)) / Fraction(inside(node.below))
    if isinstance(node, Parentheses):
        return inside(node.inside)
    if isinstance(node, Bracket):
        return int(_holds(node.relation, inside))
    assert isinstance(node, Summation), node
    return _summed(node, at, tensors)


def _product(factors: list[Any]) -> Any:
    found: Any = 1
    for factor in factors:
        found *= factor
    return found


def _holds(relation: Relation, inside: Callable[[Node], Any]) -> bool:
    parts = list(map(inside, relation.parts))
    return all(SIGNS[sign](one, other) for sign, one, other in zip(relation.signs, parts, parts[1:]))


def _summed(node: Summation, at: Values, tensors: Tensors) -> Any:
    if not node.over:
        return value(node.body, at, tensors)
    first, *rest = node.over
    assert isinstance(first.name, Name)
    low = -WINDOW if first.low is None else int(value(first.low, at, tensors))
    high = WINDOW if first.high is None else int(value(first.high, at, tensors))
    inner = Summation(tuple(rest), node.body)
    return sum(_summed(inner, {**at, first.name.source: index}, tensors) for index in range(low, high + 1))


SIDES = {
    f"{name}, {which}": side
    for table in (CONVOLUTIONS, SUMS)
    for name, (left, right, *_) in table.items()
    for which, side in (("left", left), ("right", right))
    if str(side).count("oo") <= 4
}


@pytest.mark.parametrize("name", thinned(SIDES, 3))
def test_what_is_printed_has_the_value_of_the_formula(name: str) -> None:
    chance, side = random.Random(name), sp.sympify(SIDES[name])
    tree = formula_tree(side)
    for seed in range(3):
        bases = side.atoms(sp.IndexedBase)
        names = {one for base in bases for size in base.shape or () for one in size.free_symbols} | side.free_symbols
        sizes = {
            one: chance.randint(1 if one.is_positive else 0, 3)
            for one in sorted(names, key=str) if isinstance(one, sp.Symbol) and one.is_integer
        }  # fmt: skip
        numbers = {symbol.name: number for symbol, number in sizes.items()}
        shapes = {base: tuple(int(one.xreplace(sizes)) for one in base.shape or ()) or None for base in bases}
        tensors = {str(base.label): Entries(shape, seed) for base, shape in shapes.items()}
        assert value(tree, numbers, tensors) == compiled(side)(dict(numbers), tensors)


i, j, k, q = sp.symbols("i j k q", integer=True)
n, K = sp.symbols("n K", integer=True, positive=True)
w, w2, x, delta = sp.IndexedBase("w", (K,)), sp.IndexedBase("w2"), sp.IndexedBase("x", (n,)), sp.IndexedBase("delta")


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (x[i + k] * w[k], "w[k]*x[i + k]"),
        (sp.Sum(w2[j] * sp.Sum(w[k] * x[i + j + k], (k, 0, K - 1)), (j, 0, 2)),
         "sum(j = 0..2, w2[j]*sum(k = 0..K - 1, w[k]*x[i + k + j]))"),
        (sp.KroneckerDelta(j, i + k) * delta[i], "delta[i]*[j = i + k]"),
        (sp.Piecewise((1, (i >= 0) & (i < n)), (0, True)) * (x[i] - x[i - 1]), "(x[i] - x[i - 1])*[0 <= i < n]"),
        ((x[i] + 3 * x[i + 1]) / 4, "(x[i] + 3*x[i + 1])/(4)"),
        (-sp.Sum(w[k], (k, 0, K - 1)) * sp.Sum(x[j], (j, 0, n - 1)),
         "-(sum(k = 0..K - 1, w[k]))*sum(j = 0..n - 1, x[j])"),
        (sp.Integer(0), "0"),
    ],
)  # fmt: skip
def test_what_is_printed_keeps_the_structure(formula: Any, text: str) -> None:
    assert text_of(formula_tree(formula)) == text


def test_no_sign_has_two_meanings() -> None:
    """A Kronecker delta is a bracket, so that delta is the upstream gradient; w2 is not the weight at 2."""
    latex = latex_of(formula_tree(sp.KroneckerDelta(j, i + k) * delta[i] * w2[k]))
    assert latex == r"\delta_{i} \, w^{(2)}_{k} \, [j = i + k]"
    for entry in identities.of_group("convolutions"):
        assert r"\delta_{i j}" not in entry.latex() and "cases" not in entry.latex()
