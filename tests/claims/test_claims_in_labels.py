"""Claims about single entries in any labels that symconv prints: h1 = X1*v11 + .., v11 = v22, dL/dv12 = X1*delta2.

What is right is found in numbers: every label has a value at some random inputs, made by NumPy's forward pass, and a
claim is right where both sides agree at all of them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, check
from symconv.layers import Layer
from symconv.numeric.reference import forward
from tests.views.test_families import random_arrays

LAYERS: list[Layer] = [
    Conv(3, 2), Conv(4, 2, stride=2, padding=1), Conv((2, 2), (2, 2), padding=1), Conv(5, 2, dilation=2),
    Conv(3, 2, in_channels=2, out_channels=2), Conv(3, 2, in_channels=2, out_channels=2, groups=2, bias=True),
    Conv(3, 2, batch_size=2), ConvTranspose(2, 2, stride=2), AvgPool(4, 2), Conv(3, 2, bias=True),
    Conv(3, 2, padding=1, padding_mode="circular"), Conv(2, 2, in_channels=4, out_channels=2, groups=2, batch_size=2),
]  # fmt: skip
Numbers = dict[str, Any]
"""A value for every label."""


def labelled(name: str, array: Any, layout: Any) -> Iterator[tuple[str, Any]]:
    """Every entry by its label; a dimension without an axis has no number."""
    for at in np.ndindex(*array.shape):
        yield name + "".join(str(i + 1) for i, dimension in zip(at, layout) if dimension), array[at]


def in_numbers(layer: Layer, seed: int) -> Numbers:
    arrays = random_arrays(layer, seed)
    delta = arrays.pop("grad_output")
    batched = layer.batch_size is not None
    layouts = {"input": layer.input_layout, "weight": layer.weight_layout, "bias": layer.bias_layout}
    letters = {"input": "X", "weight": "w", "bias": "b"}
    without_bias = {**arrays, "bias": np.zeros_like(arrays["bias"])} if "bias" in arrays else arrays
    result: Numbers = {}
    for role, array in arrays.items():
        result |= labelled(letters[role], array, layouts[role])
        slopes = np.zeros_like(array)
        for at in np.ndindex(*array.shape):
            unit = np.zeros_like(array)
            unit[at] = 1
            others = {name: np.zeros_like(one) for name, one in arrays.items()} if role == "bias" else without_bias
            slopes[at] = (forward(layer, {**others, role: unit}) * delta).sum()
        result |= labelled(f"dL/d{letters[role]}", slopes, layouts[role])
    result |= labelled("h", forward(layer, arrays), layer.output_layout)
    result |= labelled("delta", delta, layer.output_layout)
    x = arrays["input"]
    rows = []
    for at in np.ndindex(*x.shape[1:] if batched else x.shape):
        unit = np.zeros_like(x)
        unit[(0, *at) if batched else at] = 1
        rows.append(forward(layer, {**without_bias, "input": unit})[0 if batched else ...].ravel())
    result |= labelled("v", np.array(rows, dtype=object), ("i", "j"))
    pairs = zip(x, delta) if batched else [(x, delta)]
    result |= labelled("dL/dv", sum(np.outer(a.ravel(), b.ravel()) for a, b in pairs), ("i", "j"))
    if "bias" in arrays:
        bias = forward(layer, {**arrays, "input": np.zeros_like(x)})[0 if batched else ...]
        result |= labelled("a", bias.ravel(), ("j",))
    return result


Terms = list[tuple[int, list[str]]]


def by_the_matrix(layer: Layer, left: str, labels: list[str]) -> Terms:
    """h_j = sum over i of v_ij X_i (+ a_j), for one example."""
    batched = layer.batch_size is not None
    inputs, outputs = (prod(map(int, shape[batched:])) for shape in (layer.input_shape, layer.output_shape))
    example, j = divmod([one for one in labels if one[0] == "h"].index(left), outputs)
    read = [one for one in labels if one[0] == "X"][example * inputs : (example + 1) * inputs]
    terms: Terms = [(1, [f"v{i + 1}{j + 1}", one]) for i, one in enumerate(read)]
    return [*terms, (1, [f"a{j + 1}"])] if layer.bias_term else terms


def changed(terms: Terms, labels: list[str], generator: random.Random) -> Terms:
    at = generator.randrange(len(terms))
    number, factors = terms[at]
    kind = generator.choice(["label", "label", "sign", "less", "more", "nothing"])
    if kind == "label":
        which = generator.randrange(len(factors))
        like = [one for one in labels if one.rstrip("123456789") == factors[which].rstrip("123456789")]
        factors = [*factors[:which], generator.choice(like), *factors[which + 1 :]]
        return [*terms[:at], (number, factors), *terms[at + 1 :]]
    if kind == "sign":
        return [*terms[:at], (generator.choice([-1, 2]) * number, factors), *terms[at + 1 :]]
    if kind == "less" and len(terms) > 1:
        return [*terms[:at], *terms[at + 1 :]]
    extra = generator.sample(labels, 2)
    return [*terms, (1, extra), (-1, extra)] if kind == "nothing" else [*terms, (1, extra[:1])]


def claim(generator: random.Random, layer: Layer, numbers: list[Numbers]) -> tuple[str, Terms]:
    """A left side, and a right one that is right or nearly so."""
    labels = list(numbers[0])
    left = generator.choice([one for one in labels if one[0] in "hva" or one.startswith("dL")])
    if left[0] == "h" and generator.random() < 0.6:
        terms = by_the_matrix(layer, left, labels)
    else:
        equal = [one for one in labels if all(values[one] == values[left] for values in numbers)]
        terms = [(1, [generator.choice(equal)])]
    for _ in range(generator.choice([0, 0, 1, 1, 2])):
        terms = changed(terms, labels, generator)
    return left, terms


@pytest.mark.parametrize("count", [500, pytest.param(20_000, marks=pytest.mark.exhaustive)])
def test_verdicts_agree_with_numbers(count: int) -> None:
    generator = random.Random(count)
    known = [(layer, [in_numbers(layer, seed) for seed in range(4)]) for layer in LAYERS]
    counts: Counter[tuple[str, bool]] = Counter()
    for _ in range(count):
        layer, numbers = generator.choice(known)
        left, terms = claim(generator, layer, numbers)
        text = f"{left} = {' + '.join('*'.join([f'({number})', *factors]) for number, factors in terms)}"
        sides = [sum(number * prod(values[one] for one in factors) for number, factors in terms) for values in numbers]
        right = all(side == values[left] for side, values in zip(sides, numbers))
        report = check(layer, text)
        counts[report.status, right] += 1
        assert report.status == ("proved" if right else "refuted"), (layer, text, str(report))
        if not right:
            assert report.witness is not None and report.witness.left != report.witness.right
            shown = {f"{name}{''.join(str(one + 1) for one in at)}" for name, at in report.witness.values}
            assert shown <= own_labels(numbers[0]), str(report)
    assert min(counts.values()) > count // 4


def own_labels(values: Numbers) -> set[str]:
    """The labels of free tensors: a witness is in them."""
    return {one for one in values if one[0] in "Xwb" or one.startswith("delta")}


# -- max pooling ---------------------------------------------------------------------------------------


def switched(layer: MaxPool, x: list[int]) -> Numbers:
    """Every label at an input, for one axis."""
    (s,), (K,), (p,), (d,) = layer.stride, layer.kernel_size, layer.padding, layer.dilation
    values: Numbers = {f"X{j + 1}": value for j, value in enumerate(x)}
    for i in range(int(layer.output_size[0])):
        window = {k: int(s) * i + int(d) * k - int(p) for k in range(int(K))}
        inside = [k for k, at in window.items() if 0 <= at < len(x)]
        best = max(inside, key=lambda k: (x[window[k]], -k))
        values |= {f"S{i + 1}{k + 1}": int(k == best) for k in window}
        values |= {f"P{i + 1}{k + 1}": x[at] if 0 <= at < len(x) else 0 for k, at in window.items()}
        values |= {f"h{i + 1}": x[window[best]], f"delta{i + 1}": 3 * i + 1}
    for j in range(len(x)):
        through = [
            values[f"delta{i + 1}"] * values[f"S{i + 1}{k + 1}"]
            for i in range(int(layer.output_size[0]))
            for k in range(int(K))
            if int(s) * i + int(d) * k - int(p) == j
        ]
        values[f"dL/dX{j + 1}"] = sum(through)
    return values


POOLS = [
    MaxPool(4, 2),
    MaxPool(4, 2, stride=1),
    MaxPool(5, 3, stride=2, padding=1),
    MaxPool(5, 2, dilation=2, stride=1),
]


@pytest.mark.parametrize("layer", POOLS, ids=str)
def test_max_pooling_in_labels(layer: MaxPool) -> None:
    """What is proved holds for every input; what is refuted fails at the witness, with the switches of its input."""
    generator = random.Random(repr(layer))
    n = int(layer.input_size[0])
    inputs = [[generator.randint(-3, 3) for _ in range(n)] for _ in range(150)]
    numbers = [switched(layer, x) for x in inputs]
    labels = list(numbers[0])
    lefts = [one for one in labels if one[0] == "h" or one.startswith("dL")]
    (s,), (K,), (p,), (d,) = layer.stride, layer.kernel_size, layer.padding, layer.dilation
    counts: Counter[str] = Counter()
    for _ in range(60):
        left = generator.choice(lefts)
        at = int(left.lstrip("dL/Xh")) - 1
        if left[0] == "h":
            places = {k: int(s) * at + int(d) * k - int(p) for k in range(int(K))}
            terms: Terms = [(1, [f"S{at + 1}{k + 1}", f"X{j + 1}"]) for k, j in places.items() if 0 <= j < n]
        else:
            pairs = [(i, k) for i in range(int(layer.output_size[0])) for k in range(int(K))]
            reading = [(i, k) for i, k in pairs if int(s) * i + int(d) * k - int(p) == at]
            terms = [(1, [f"S{i + 1}{k + 1}", f"delta{i + 1}"]) for i, k in reading] or [(0, [labels[0]])]
        for _ in range(generator.choice([0, 1, 1])):
            terms = changed(terms, labels, generator)
        text = f"{left} = {' + '.join('*'.join([f'({number})', *factors]) for number, factors in terms)}"
        sides = [sum(number * prod(values[one] for one in factors) for number, factors in terms) for values in numbers]
        right = all(side == values[left] for side, values in zip(sides, numbers))
        report = check(layer, text)
        counts[report.status] += 1
        assert not (report.status == "proved" and not right), (text, str(report))
        if report.status == "refuted":
            assert report.witness is not None
            values = {name: value for (name, _), value in report.witness.values.items()}
            there = switched(layer, [values.get(f"X{j + 1}", 0) for j in range(n)])
            there |= {one: values.get(one, 0) for one in there if one.startswith("delta")}
            assert all(there[one] == values.get(one, 0) for one in there if one[0] == "S" and one in values)
    assert counts["proved"] > 10 and counts["refuted"] > 10 and counts["undecided"] < 6, counts


def test_what_is_known_of_switches() -> None:
    """One of a window is 1, and none is both; padding is never chosen."""
    for text, status in [
        ("h1 = S11*X1 + (1 - S11)*X2", "proved"), ("h1 = S11*S11*X1 + S12*X2", "proved"),
        ("h1 = S11*X1 + S12*X2 + S11*S12*X3", "proved"), ("h1 = X1", "refuted"), ("h1 = S11*X1", "refuted"),
    ]:  # fmt: skip
        assert check(MaxPool(4, 2), text).status == status
    assert check(MaxPool(5, 3, stride=2, padding=1), "h1 = S12*X1 + S13*X2 + S11*X5").status == "proved"
