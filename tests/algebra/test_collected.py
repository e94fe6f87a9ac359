"""Product terms at concrete sizes against plain loops: keys, coefficients, blocks of entries, differences."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from itertools import product

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, prove, prove_equal
from symconv.algebra.concrete import compare as comparing
from symconv.algebra.concrete.collect import Block, collect_terms
from symconv.algebra.concrete.keys import Packing
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer

Terms = Counter[tuple[int, tuple[tuple[str, int], ...]]]
"""How often a product comes in an entry: (flat entry, the tensors with their flat indices)."""


def loops(layer: Layer) -> dict[str, Terms]:
    """The product terms of the output and of both gradients, from the definition of a layer, by plain loops."""
    (height, width), (kernel_height, kernel_width) = layer.input_size, layer.kernel_size
    rows, columns = layer.output_size
    (stride, stride_2), (dilation, dilation_2), (padding, padding_2) = layer.stride, layer.dilation, layer.padding
    out: dict[str, Terms] = {name: Counter() for name in ("output", "grad_weight", "grad_input")}
    channels = range(int(layer.out_channels)), range(int(layer.in_channels))
    for o, c, i, j, k, l in product(
        *channels, range(rows), range(columns), range(kernel_height), range(kernel_width)
    ):  # fmt: skip
        y, x = stride * i + dilation * k - padding, stride_2 * j + dilation_2 * l - padding_2
        if not (0 <= y < height and 0 <= x < width):
            continue
        at_output = (o * rows + i) * columns + j
        at_weight = ((o * len(channels[1]) + c) * kernel_height + k) * kernel_width + l
        at_input = (c * height + y) * width + x
        out["output"][at_output, (("X", at_input), ("w", at_weight))] += 1
        out["grad_weight"][at_weight, (("X", at_input), ("delta", at_output))] += 1
        out["grad_input"][at_input, (("delta", at_output), ("w", at_weight))] += 1
    return out


LAYERS = [
    Conv((5, 4), (2, 3), out_channels=2),
    Conv((6, 5), (3, 2), in_channels=2, out_channels=3, stride=(2, 1), padding=(1, 2)),
    Conv((7, 9), (2, 3), in_channels=2, stride=(1, 3), dilation=(3, 2), padding=(2, 1)),
    Conv((4, 4), (4, 4), padding=3),
    Conv((1, 8), (1, 2), stride=5),
]


def by_block(formula: TensorFormula, size: int) -> tuple[list[Block], Terms]:
    """All terms of a formula, collected in blocks of about ``size`` terms, with their entries in the whole."""
    axes = [(axis.letter, int(axis.size.value or 0)) for axis in formula.axes]
    shape = tuple(size for _, size in axes)
    found: Terms = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "BLOCK", size)
        blocks = [block for block, _ in comparing._blocks([formula.form], axes, {}, 10**6, "a test")]
    for block in blocks:
        collected = collect_terms(formula.form, axes, {}, block=block)
        for entry, names, flats, coefficient in collected.terms():
            whole = int(np.ravel_multi_index(block.index(entry), shape))
            found[whole, tuple(sorted(zip(names, flats)))] += int(coefficient)
    return blocks, found


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("size", [1, 7, 60, 10**6])
def test_terms_of_all_views_in_blocks_of_any_size_are_those_of_the_loops(layer: Layer, size: int) -> None:
    expected = loops(layer)
    for view in layer.views.values():
        for quantity, terms in expected.items():
            blocks, found = by_block(getattr(view, quantity), size)
            assert found == terms
            assert size != 10**6 or len(blocks) == 1
            assert size != 1 or len(blocks) == len(set(blocks)) > 1


@pytest.mark.parametrize("size", [1, 5, 11, 10**6])
def test_blocks_are_all_entries_once(size: int) -> None:
    formula = Conv((6, 5), (3, 2), in_channels=2, out_channels=3).direct.grad_input
    blocks, _ = by_block(formula, size)
    places = [
        tuple(a + b for a, b in zip(block.start, within))
        for block in blocks
        for within in np.ndindex(block.shape)
    ]  # fmt: skip
    assert places == list(np.ndindex(2, 6, 5))


def test_a_key_that_comes_twice_is_one_term_with_their_number() -> None:
    """Replicate padding reads the first element for every position before it."""
    layer = Conv(3, 3, padding=2, padding_mode="replicate")
    found: Terms = Counter()
    for i, k in product(range(5), range(3)):
        found[i, (("X", min(max(i + k - 2, 0), 2)), ("w", k))] += 1
    whole = {(e, tuple(sorted(zip(n, f)))): c for e, n, f, c in layer.direct.output.collected().terms()}
    assert whole == dict(found)
    weights: Terms = Counter()
    for i, k in product(range(5), range(3)):
        weights[min(max(i + k - 2, 0), 2), (("delta", i), ("w", k))] += 1
    inputs = {(e, tuple(sorted(zip(n, f)))): c for e, n, f, c in layer.direct.grad_input.collected().terms()}
    assert inputs == dict(weights)


def test_terms_that_cancel_are_gone_and_others_keep_their_coefficients() -> None:
    i, k = sp.symbols("i k", integer=True)
    w, x = sp.IndexedBase("w", shape=(3,)), sp.IndexedBase("x", shape=(8,))
    twice = sp.Sum(2 * w[k] * x[i + k], (k, 0, 2)) - sp.Sum(w[k] * x[i + k], (k, 0, 2)) - w[1] * x[i + 1]
    assert prove_equal(twice, w[0] * x[i] + w[2] * x[i + 2]).proved
    weighted = sp.Sum((k + 1) * w[k] * x[i + k], (k, 0, 2))
    assert prove_equal(weighted, w[0] * x[i] + 2 * w[1] * x[i + 1] + 3 * w[2] * x[i + 2]).proved
    assert prove_equal(weighted, w[0] * x[i] + 2 * w[1] * x[i + 1] + 4 * w[2] * x[i + 2]).status == "refuted"


@pytest.mark.parametrize("limits", [(1,), (7, 1, 9), (2**40, 2**40, 5, 2**61), (3, 2**62 - 1, 3)])
def test_packed_keys_sort_as_their_columns_and_unpack_to_them(limits: tuple[int, ...]) -> None:
    generator = random.Random(1)
    rows = [tuple(generator.choice((0, limit - 1, generator.randrange(limit))) for limit in limits) for _ in range(200)]
    packing = Packing(limits)
    words = packing.pack([np.array(column, dtype=np.int64) for column in zip(*rows)])
    assert [tuple(row) for row in zip(*(c.tolist() for c in packing.unpack(words)))] == rows
    packed = list(zip(*(word.tolist() for word in words)))
    assert sorted(range(200), key=lambda at: packed[at]) == sorted(range(200), key=lambda at: rows[at])


@pytest.mark.parametrize("block", [1, 40, 10**6])
@pytest.mark.parametrize("last", [(0, 0), (2, 3), (3, 4)])
def test_one_missing_term_is_found_in_whatever_block_it_is(
    block: int, last: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The witness names the entry in the whole, and the sides differ by the term that is missing there."""
    monkeypatch.setattr(comparing, "BLOCK", block)
    output = Conv((5, 6), (2, 2)).direct.output
    row, column = output.formula.lhs.indices
    w, x = sp.IndexedBase("w", shape=(2, 2)), sp.IndexedBase("X", shape=(5, 6))
    there = sp.KroneckerDelta(row, last[0]) * sp.KroneckerDelta(column, last[1])
    verdict = prove_equal(output, output.formula.rhs - w[1, 0] * x[row + 1, column] * there)
    assert verdict.status == "refuted" and verdict.witness is not None
    assert tuple(verdict.witness.index.values()) == last
    values = verdict.witness.values
    missing = values["w", (1, 0)] * values["X", (last[0] + 1, last[1])]
    assert missing != 0 and verdict.witness.left - verdict.witness.right == missing


def test_a_large_layer_needs_the_memory_of_a_block() -> None:
    """Nine times 590,000 product terms, in blocks of 65,536: 16 bytes a term would be 9 MB for one formula alone."""
    layer = Conv((32, 32), (5, 5), in_channels=3, out_channels=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "BLOCK", 2**16)
        prove(layer)  # what is imported and cached stays out of the measure
        tracemalloc.start()
        report = prove(Conv((32, 32), (5, 5), in_channels=3, out_channels=10))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert report.holds and "588,000" in report.theorems[0].verdict.reason
    assert peak < 8e6


SMALL = [
    Conv(4, 2, stride=2, padding=1),
    Conv(4, 2, stride=2, padding=1, flip=True),
    Conv(4, 2, stride=1, padding=((0, 0),), dilation=2),
    Conv(3, 2, padding=1, padding_mode="circular"),
    Conv(3, 2, padding=1, padding_mode="reflect"),
    Conv(3, 2, padding=1, padding_mode="replicate"),
    Conv((3, 2), (2, 2), out_channels=2, bias=True),
    Conv((2, 3), (2, 2), in_channels=2, groups=2, out_channels=2, padding=1),
    Conv(4, 2, stride=2),
    Conv(3, 2),
]


def test_few_terms_are_compared_as_many_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one in Python, or with arrays: the same pairs of formulas are equal, and the same are not."""
    verdicts = []

    def verdict(left: TensorFormula, right: TensorFormula) -> bool:
        axes = [(axis.letter, int(axis.size.value or 0)) for axis in left.axes]
        return comparing.compare([left.form, right.form], axes, {}).disagreement is None

    for one, other in product(SMALL, SMALL):
        for name in ("output", "grad_weight", "grad_input"):
            left, right = getattr(one.direct, name), getattr(other.patches, name)
            if left.shape != right.shape or left.axes != right.axes:
                continue
            found = verdict(left, right)
            with monkeypatch.context() as patched:
                patched.setattr(comparing, "common_terms", lambda *_: None)
                assert found == verdict(left, right), (one, other, name)
            verdicts.append(found)
    assert verdicts.count(True) >= 3 * len(SMALL) and verdicts.count(False) >= 20


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_the_terms_of_an_entry_are_those_that_loops_find(layer: Layer) -> None:
    for name, right in loops(layer).items():
        formula = getattr(layer.direct, name)
        axes = [(axis.letter, int(axis.size.value or 0)) for axis in formula.axes]
        collected = collect_terms(formula.form, axes, {})
        for entry in range(0, int(np.prod([size for _, size in axes])), 3):
            found: Terms = Counter()
            for at, names, flats, coefficient in collected.terms_of(entry):
                assert at == entry
                found[entry, tuple(sorted(zip(names, flats)))] += int(coefficient)
            assert found == {key: count for key, count in right.items() if key[0] == entry}
