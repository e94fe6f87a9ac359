"""Rules that compilers rely on: each proved for all sizes, accepted by the checker, and a wrong variant refuted."""

from __future__ import annotations

import pytest

from symconv import prove_equal
from symconv.catalogue import compilers
from symconv.catalogue.arrays import Array
from symconv.catalogue.entries import _entry
from symconv.proof.equality import equation_of
from tests.algebra.test_products import accepted
from tests.tools import thinned

RULES = [rule for table in compilers.TABLES.values() for rule in table]


@pytest.mark.parametrize(("what", "left", "right", "wrong"), thinned(RULES, 3), ids=[rule[0] for rule in RULES])
def test_a_compilers_rule(what: str, left: Array, right: Array, wrong: Array) -> None:
    sides = [_entry(array, left) for array in (left, right)]
    verdict = prove_equal(*sides)
    assert verdict.proved, str(verdict)
    equation, _ = equation_of(*sides)
    accepted({"left": verdict.left, "right": verdict.right}, equation.assumptions)
    for one, other in zip(left.shape, right.shape, strict=True):
        assert prove_equal(one, other).proved
    assert prove_equal(sides[0], _entry(wrong, left)).refuted
