"""Rules that compilers rely on: each proved for all sizes, accepted by the checker, and a wrong variant refuted."""

from __future__ import annotations

import pytest
import sympy as sp

from symconv import prove_equal
from symconv.proof.equality import equation_of
from tests.algebra import compilers
from tests.algebra.arrays import Array
from tests.algebra.test_products import accepted
from tests.tools import thinned

INDICES = sp.symbols("i1:4", integer=True)
RULES = [rule for table in compilers.TABLES.values() for rule in table]


def entries(array: Array, inside: Array) -> sp.Expr:
    """The entry at any index inside another array, and zero elsewhere."""
    index = INDICES[: len(inside.shape)]
    return array[tuple(index)] * inside.inside(index)


@pytest.mark.parametrize(("what", "left", "right", "wrong"), thinned(RULES, 3), ids=[rule[0] for rule in RULES])
def test_a_compilers_rule(what: str, left: Array, right: Array, wrong: Array) -> None:
    sides = [entries(array, left) for array in (left, right)]
    verdict = prove_equal(*sides)
    assert verdict.proved, str(verdict)
    equation, _ = equation_of(*sides)
    accepted({"left": verdict.left, "right": verdict.right}, equation.assumptions)
    for one, other in zip(left.shape, right.shape, strict=True):
        assert prove_equal(one, other).proved
    assert prove_equal(sides[0], entries(wrong, left)).refuted
