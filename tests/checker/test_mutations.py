"""Thousands of changed theorems: what the checker still accepts is judged by an evaluator of its own, and holds."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from symconv import AvgPool, Conv, ConvTranspose, Fold, prove, verify
from tests.checker.forging import REACH, Json, World, falsehood, term
from tests.checker.mutating import bold, from_nothing, mutated, single_steps


@cache
def real() -> list[Json]:
    layers = [
        Conv.general(1), Conv(3, 2), Conv(5, 3, stride=2, padding=1, dilation=2, bias=True), ConvTranspose.general(1),
        Conv.general(1, padding_mode="reflect"), Conv.general(1, padding_mode="circular"), Fold.general(1),
        Conv.general(1, padding="same_tf"), AvgPool.general(1, count_include_pad=False),
        Conv.general(1, input_dilation=2), Conv(1, 1, stride=2, input_dilation=2),
        Conv(4, 3, padding=2, padding_mode="circular"),
    ]  # fmt: skip
    found = [json.loads(theorem.to_json()) for layer in layers for theorem in prove(layer).theorems]
    return [{**theorem, "layer": None} for theorem in found]  # another check than that of its definition must fail


@cache
def singles() -> list[Json]:
    return [one for theorem in real() for one in single_steps(theorem)]


def changed(generator: random.Random) -> Json | None:
    return mutated(generator.choice(real() if generator.random() < 0.25 else singles()), generator)


def misapplied(generator: random.Random) -> Json | None:
    return bold(generator.choice(real()), generator)


def judged(make: Callable[[random.Random], Json | None], seed: int, count: int, draws: int) -> Counter[str]:
    """How many of some theorems were accepted, by the rule of the first step; each accepted one holds."""
    generator = random.Random(seed)
    verdicts: Counter[str] = Counter()
    for number in range(count):
        theorem = make(generator)
        if theorem is None:
            continue
        try:
            verify.check(theorem)
        except verify.Rejected:
            verdicts["rejected"] += 1
            continue
        verdicts["accepted"] += 1
        why = falsehood(theorem, number, draws)
        assert why is None, f"{why}\n{json.dumps(theorem)}"
    return verdicts


@pytest.mark.parametrize(
    ("make", "seed", "count", "draws"),
    [
        (changed, 0, 100, 3),
        (misapplied, 0, 200, 3),
        (from_nothing, 0, 200, 6),
        *(pytest.param(changed, seed, 1000, 8, marks=pytest.mark.exhaustive) for seed in range(1, 11)),
        *(pytest.param(misapplied, seed, 1000, 8, marks=pytest.mark.exhaustive) for seed in range(1, 4)),
        *(pytest.param(from_nothing, seed, 10_000, 20, marks=pytest.mark.exhaustive) for seed in range(1, 4)),
    ],
)
def test_what_is_accepted_holds(
    make: Callable[[random.Random], Json | None], seed: int, count: int, draws: int
) -> None:
    verdicts = judged(make, seed, count, draws)
    assert verdicts["accepted"] > count // 10 and verdicts["rejected"] > count // 4


def all_values(bound: list[str]) -> Iterator[dict[str, int]]:
    for values in itertools.product(range(-9, 10), repeat=len(bound)):
        yield dict(zip(bound, values))


def test_the_evaluator_against_plain_loops() -> None:
    """It narrows every sum by the factors; here every value is tried."""
    generator = random.Random(0)
    nonzero = 0
    for seed in range(25):
        theorem = from_nothing(generator)
        for one in (form["start"] for form in theorem["formulas"].values()):
            env = {"i": 1, "j": 2, "n": 4, "m": 2, "s": 2, "z": 1, "k": -1, "r": 3, "u0": 0, "u1": -2}
            world = World(env, theorem["assumptions"], seed, 9)
            for part in one:
                bound = sorted(part["bound"])
                expected = sum(world.product(part, {**env, **values}) for values in all_values(bound))
                assert world.form([part]) == expected
                nonzero += expected != 0
    assert nonzero > 8
    world = World({"n": 3}, {"shapes": {"X": [[[1, ["n"]]]]}}, 0, REACH)
    assert world.form([term("X[k]", bound="k")]) == sum(world.entry("X", (k,)) for k in range(3))
