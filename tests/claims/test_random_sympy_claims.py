"""Random formulas in SymPy, with left sides, other names and divisions: the verdict agrees with loops over integers."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

from symconv import check
from symconv.errors import ClaimError, FormulaError, InfiniteSumError
from symconv.layers import Layer
from tests.claims.test_random_claims import Affine, Tree, agrees, changed, differs, starts

CLAIMS, PARTS, SOME = 5000, 5, 15

POSITIVE, MAYBE_ZERO = (
    ("s", "d", "n", "K", "p + 1", "s + 2*d", "2*s"),
    ("p", "i", "k", "n - K", "s - 1", "p*s", "s - d"),
)
"""What a formula may divide by in every layer, and what it may not."""


def index(part: Affine) -> sp.Expr:
    return sp.Add(*(sp.Mul(number, *(sp.Symbol(name, integer=True) for name in names)) for number, names in part))


def in_sympy(tree: Tree, divisor: str, draw: random.Random) -> sp.Expr:
    """The formula; with a divisor, in a form that SymPy does not cancel."""
    by = sp.sympify(divisor, {name: sp.Symbol(name, integer=True) for name in "sdnKpik"}) if divisor else sp.S.One
    terms = []
    for one in tree:
        body: sp.Expr = sp.Integer(one.coefficient)
        for name, indices in one.entries:
            shown = draw.choice({"X": ["X", "x", "input"], "w": ["w", "W"], "b": ["b"]}.get(name, [name]))
            body *= sp.IndexedBase(shown)[tuple(map(index, indices))]
        for left, right in one.brackets:
            body *= sp.KroneckerDelta(index(left), index(right))
        limits = [
            (
                sp.Symbol(name, integer=True),
                -sp.oo if low is None else index(low),
                sp.oo if high is None else index(high),
            )
            for name, low, high in one.bound
        ]
        bound = {name for name, _, _ in one.bound}
        inside = not by.free_symbols & {symbol for symbol, _, _ in limits}
        if limits:
            term = (
                sp.Sum(body * by, *limits) / by
                if inside
                else sp.Sum(sp.Add(body * by, body, evaluate=False) / (by + 1), *limits)
            )
        else:
            term = body
        terms.append(term)
        assert bound or term is body
    return sp.Add(*terms)


def run(part: int, claims: int) -> Counter[Any]:
    draw = random.Random(part)
    counts: Counter[Any] = Counter()
    for _ in range(claims):
        layer, quantity, tree = draw.choice(starts())
        for _ in range(draw.choice([0, 1, 1, 2])):
            tree = changed(tree, draw)
        formula = getattr(layer.direct, quantity)
        letters = [axis.letter for axis in formula.axes]
        on_the_left = list(letters)
        if draw.random() < 0.2:
            draw.shuffle(on_the_left)
        divisor = draw.choice(["", draw.choice(POSITIVE), draw.choice(MAYBE_ZERO)])
        right = in_sympy(tree, divisor, draw)
        base = sp.IndexedBase(str(formula.quantity))
        claim = sp.Eq(base[tuple(sp.Symbol(letter, integer=True) for letter in on_the_left)], right, evaluate=False)
        counts[verdict(layer, quantity, tree, dict(zip(letters, on_the_left)), claim, divisor, draw)] += 1
    return counts


def verdict(
    layer: Layer, quantity: str, tree: Tree, names: dict[str, str], claim: sp.Eq, divisor: str, draw: random.Random
) -> str:
    """The status; wrong ones are refused here."""
    divides = any(power.exp.is_negative for power in claim.rhs.atoms(sp.Pow))
    try:
        report = check(layer, claim)
    except InfiniteSumError:
        return "endless"
    except ClaimError:
        assert divides and (divisor in MAYBE_ZERO or claim.rhs.has(sp.Symbol("k", integer=True))), claim
        return "divides"
    except FormulaError:
        return "not affine"
    assert not (divides and divisor in MAYBE_ZERO and not layer.is_concrete), claim
    right = agrees(layer, quantity, tree, names, draw)
    shown = (layer, claim, report)
    if report.status == "proved":
        assert right, shown
    if report.status == "refuted" and right:
        index = {names.get(letter, letter): at for letter, at in report.witness.index.items()}
        assert differs(layer, quantity, tree, replace(report.witness, index=index)), shown
    return report.status


@pytest.mark.parametrize("part", range(PARTS))
def test_sympy_formulas_agree_with_brute_force(part: int) -> None:
    counts = run(part, SOME)
    assert counts["proved"] and counts["refuted"] and counts["divides"], counts


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
def test_many_sympy_formulas(part: int) -> None:
    run(part + PARTS, CLAIMS // PARTS)
