"""No true theorem that symconv writes is rejected: random layers of every family, in numbers, letters and both."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
import sympy as sp

from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    Flatten,
    Fold,
    Linear,
    Sequential,
    SymconvError,
    Unfold,
    Upsample,
    ZeroInsertion,
    prove,
    verify,
)
from symconv.algebra.normal_form import normal_form
from symconv.algebra.sympy_in import Reader
from symconv.layers import Layer
from symconv.proof.certificates.theorem_file import certificate
from symconv.proof.theorem import Theorem


def random_layer(generator: random.Random) -> Layer | None:
    """A layer on one to three axes; None where the numbers describe none."""
    ndim, chance, pick = generator.choice([1, 1, 1, 1, 2, 2, 3]), generator.random, generator.choice
    letters = pick([0, 0, 0.4, 1])

    def sizes(letter: str, low: int, high: int) -> tuple[Any, ...]:
        kind = {"positive": True} if low else {"nonnegative": True}
        named = [sp.Symbol(f"{letter}{axis}", integer=True, **kind) for axis in range(1, ndim + 1)]
        return tuple(symbol if chance() < letters else generator.randint(low, high) for symbol in named)

    n, k, s = sizes("n", 1, 7 - 2 * (ndim - 1)), sizes("K", 1, 3), sizes("s", 1, 3)
    p, d, l = sizes("p", 0, 2), sizes("d", 1, 2), sizes("l", 1, 3)
    channels, batch = generator.randint(1, 2), pick([None, None, 2])
    groups = pick([1, 1, 2])
    many = {"in_channels": groups * channels, "out_channels": groups * generator.randint(1, 2), "groups": groups}
    more: dict[str, Any] = {"batch_size": batch}
    family = pick(["conv"] * 5 + ["transposed"] * 3 + ["average", "unfold", "fold", "up", "zeros"])
    try:
        if family == "conv":
            padding: Any = pick([p, p, tuple(zip(p, sizes("q", 0, 1))), 0, "same", "same_tf", "full", "valid"])
            more |= {"bias": chance() < 0.5, "flip": chance() < 0.2, "input_dilation": l if chance() < 0.3 else 1}
            mode = pick(["zeros", "zeros", "circular", "reflect", "replicate"])
            return Conv(n, k, stride=s, padding=padding, dilation=d, padding_mode=mode, **many, **more)
        if family == "transposed":
            more |= {"output_padding": pick([0, 0, sizes("u", 0, 1)]), "bias": chance() < 0.5}
            return ConvTranspose(n, k, stride=s, padding=p, dilation=d, **many, **more)
        more |= {"channels": channels}
        if family == "average":
            return AvgPool(n, k, stride=s, padding=p, count_include_pad=chance() < 0.5, **more)
        if family in ("unfold", "fold"):
            return (Unfold if family == "unfold" else Fold)(n, k, dilation=d, padding=p, stride=s, **more)
        return Upsample(n, l, **more) if family == "up" else ZeroInsertion(n, l, **more)
    except SymconvError:
        return None


def round_trips(theorems: Sequence[Theorem]) -> int:
    """How many theorems have a common last line, all of which are verified."""
    count = 0
    for theorem in theorems:
        results = [derivation.result for derivation in theorem.derivations.values()]
        if theorem.verdict.proved and all(result == results[0] for result in results):
            assert verify.check(json.loads(theorem.to_json())).steps >= 0
            count += 1
    return count


@pytest.mark.parametrize(
    ("seed", "least"), [(0, 60), *(pytest.param(seed, 500, marks=pytest.mark.exhaustive) for seed in range(1, 11))]
)
def test_random_layers(seed: int, least: int) -> None:
    generator = random.Random(seed)
    count = 0
    while count < least:
        layer = random_layer(generator)
        count += 0 if layer is None else round_trips(prove(layer).theorems)


CANCELLED = [
    Conv(1, 1, stride=2, input_dilation=2),
    Conv(1, 1, stride=3, input_dilation=3),
    Conv(2, 1, stride=4, input_dilation=2),
    Conv((1, 1), (1, 1), stride=2, input_dilation=2),
    Conv(1, 1, stride=2, input_dilation=2, padding_mode="circular"),
]


@pytest.mark.parametrize("layer", CANCELLED, ids=repr)
def test_a_bracket_is_cancelled_to_one_that_stands_already(layer: Layer) -> None:
    assert round_trips(prove(layer).theorems) >= 1


def test_layers_of_a_network() -> None:
    pooled = AvgPool((3, 3), (2, 2), stride=1, channels=2)
    network = Sequential(Conv((5, 5), (3, 3), out_channels=2), Activation("relu"), pooled, Flatten(), Linear(8, 3))
    for report in network.prove().parts.values():
        assert round_trips(report.theorems) == len(report.theorems) >= 2


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.exhaustive)])
def test_formulas_that_are_indexed_twice(count: int) -> None:
    """Sums in which a bracket is solved after a re-indexing, and the sums are indexed again with #1, #2, .."""
    generator, pick = random.Random(5), random.Random(6).choice
    i, j, k, r, m, n = sp.symbols("i j k r m n", integer=True)
    again = 0
    for _ in range(count):
        names = [i, k, r, j][: generator.randint(3, 4)]
        bases = [sp.IndexedBase(pick("xxy"), shape=(n,)) for _ in range(len(names) + generator.randint(0, 1))]
        accesses = [base[sum(pick([0, 0, 1, 1, -1, 2]) * name for name in names)] for base in bases]
        bracket = sp.KroneckerDelta(sum(pick([0, 2, 3, -2, -3]) * name for name in names), m)
        reader = Reader()
        try:
            form = reader.form(sp.Sum(sp.Mul(*accesses) * bracket, *((name, -sp.oo, sp.oo) for name in names)))
            derivation = normal_form(form, reader.assumptions)
        except SymconvError:  # an infinite sum
            continue
        again += sum(move.rule == "re-index" for move in derivation.moves) > 1
        written = certificate("", "", "", {"a": derivation, "b": derivation}, reader.assumptions)
        assert verify.check(json.loads(json.dumps(written))).steps == verify.check(written).steps
    assert again > count // 20
