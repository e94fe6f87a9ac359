"""Random identities and their mutants: what is true is proved, almost always, and what is false never is."""

from __future__ import annotations

import random

import pytest
import sympy as sp

from symconv import prove_equal
from symconv.proof.verdict import Witness
from tests.algebra.harder_identities import harder_identity
from tests.algebra.test_products import accepted, equation_of
from tests.algebra.true_identities import Maker, identity, mutated, written
from tests.brute import Entries, Tensors, compiled

PARTS = [(0, 40), *(pytest.param(part, part + 100, marks=pytest.mark.exhaustive) for part in range(100, 5100, 100))]
MOST_UNDECIDED = 0.05
"""Of a part; of all 5,000 together it is less."""
HARDER = [(0, 30), *(pytest.param(part, part + 100, marks=pytest.mark.exhaustive) for part in range(100, 1100, 100))]
MOST_OF_HARDER = 0.04
"""Of a part of those with conditions, floors, maxima and shadowed names; of all 1,000 together it is about 1 in 100."""


def values(maker: Maker, formula: sp.Expr, seed: int) -> int:
    """The value at random small sizes, indices and entries."""
    generator = random.Random(seed)
    numbers = {symbol.name: generator.randint(1, 3) for symbol in maker.sizes}
    numbers |= {symbol.name: generator.randint(-1, 3) for symbol in maker.names[:2]}
    return compiled(formula)(dict(numbers), tensors(formula, numbers, seed))


def tensors(formula: sp.Expr, numbers: dict[str, int], seed: int, given: Witness | None = None) -> Tensors:
    """Random entries, or those of a witness and zeros."""
    found = {}
    for base in formula.atoms(sp.IndexedBase):
        name = str(base.label)
        shape = tuple(int(compiled(size)(dict(numbers), {})) for size in base.shape) if base.shape else None
        entries = None if given is None else {at: one for (tensor, at), one in given.values.items() if tensor == name}
        found[name] = Entries(shape, seed, entries)
    return found


@pytest.mark.parametrize(("first", "last"), PARTS)
def test_true_identities_are_proved(first: int, last: int) -> None:
    """Both sides have one value by brute force; no true one is refuted, few are undecided, and the checker agrees."""
    undecided = []
    for seed in range(first, last):
        left, right, maker = identity(seed)
        one, other = written(left), written(right)
        assert values(maker, one, seed) == values(maker, other, seed)
        verdict = prove_equal(one, other)
        assert not verdict.refuted, (seed, one, other)
        if verdict.undecided:
            undecided.append(seed)
            assert "what is missing" in verdict.reason
        else:
            equation, _ = equation_of(one, other)
            if verdict.left.result == verdict.right.result:
                accepted({"left": verdict.left, "right": verdict.right}, equation.assumptions)
    assert len(undecided) <= MOST_UNDECIDED * (last - first), undecided


@pytest.mark.parametrize(("first", "last"), HARDER)
def test_harder_identities_are_proved_and_their_mutants_never_are(first: int, last: int) -> None:
    """Conditions, floors, maxima and shadowed names: none true is refuted, none false is proved, by brute force."""
    undecided = []
    for seed in range(first, last):
        left, right, maker = harder_identity(seed)
        one, other = written(left), written(right)
        assert values(maker, one, seed) == values(maker, other, seed)
        verdict = prove_equal(one, other)
        assert not verdict.refuted, (seed, one, other)
        undecided += [seed] * verdict.undecided
        wrong = written(mutated(right, maker))
        verdict = prove_equal(one, wrong)
        if any(values(maker, one, at) != values(maker, wrong, at) for at in range(4)):
            assert not verdict.proved, (seed, one, wrong)
        if verdict.refuted:
            assert_right(verdict.witness, one, wrong)
    assert len(undecided) <= MOST_OF_HARDER * (last - first), undecided


@pytest.mark.parametrize(("first", "last"), PARTS)
def test_false_identities_are_never_proved(first: int, last: int) -> None:
    """A mutant that brute force tells apart is not proved; if it is refuted, the witness is right by brute force."""
    different = refuted = 0
    for seed in range(first, last):
        left, right, maker = identity(seed)
        one, other = written(left), written(mutated(right, maker))
        verdict = prove_equal(one, other)
        if any(values(maker, one, at) != values(maker, other, at) for at in range(6)):
            different += 1
            assert not verdict.proved, (seed, one, other)
        if verdict.refuted:
            refuted += 1
            assert_right(verdict.witness, one, other)
    assert refuted >= 0.95 * different > 0


def assert_right(witness: Witness, one: sp.Expr, other: sp.Expr) -> None:
    numbers = {name: value for name, value in witness.sizes.items() if name.isidentifier()}
    results = [compiled(side)(dict(numbers), tensors(side, numbers, 0, witness)) for side in (one, other)]
    assert results == [witness.left, witness.right] and results[0] != results[1]


@pytest.mark.parametrize("seed", range(12))
def test_names_change_no_verdict(seed: int) -> None:
    """The same draws in other names of sizes, indices and tensors."""
    statuses = set()
    for exchange in range(3):
        left, right, _ = identity(seed, exchange)
        statuses.add(prove_equal(written(left), written(right)).status)
    assert len(statuses) == 1
