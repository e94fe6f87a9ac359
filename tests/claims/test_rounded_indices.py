"""Several indices of one entry that are rounded quotients, against loops over numbers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, Upsample, check
from symconv.layers import Layer

Entry = Callable[[Any, Any, int, int], float]


def mean_gradient(delta: Any, w: Any, i: int, j: int) -> float:
    """Of a mean over 2x2 windows, by looking for the windows that have (i, j)."""
    return sum(delta[a, b] / 4 for a, b in product(*map(range, delta.shape)) if (i - 2 * a, j - 2 * b) in CORNERS)


def convolution_gradient(delta: Any, w: Any, i: int, j: int) -> float:
    outputs = product(*map(range, delta.shape))
    return sum(
        delta[a, b] * w[i - 2 * a, j - 2 * b] for a, b in outputs if (i - 2 * a, j - 2 * b) in CORNERS
    )  # fmt: skip


CORNERS = [*product(range(2), repeat=2)]
POOL, STRIDED, REPEATED = AvgPool((6, 4), 2), Conv((6, 4), 2, stride=2), Upsample((3, 2), 2)
LEFT = r"\frac{\partial L}{\partial x_{i,j}} = "
ROWS: list[tuple[Layer, str, Entry, Entry]] = [
    (POOL, LEFT + r"\frac14 \delta_{\lfloor i/2 \rfloor, \lfloor j/2 \rfloor}", mean_gradient,
     lambda d, w, i, j: d[i // 2, j // 2] / 4),
    (POOL, LEFT + r"\frac14 \delta_{\lfloor i/2 \rfloor \lfloor j/2 \rfloor}", mean_gradient,
     lambda d, w, i, j: d[i // 2, j // 2] / 4),
    (POOL, "dx[i,j] = delta[i//2, j//2]/4", mean_gradient, lambda d, w, i, j: d[i // 2, j // 2] / 4),
    (POOL, "dx[i,j] = delta[i//2, j//2]/2", mean_gradient, lambda d, w, i, j: d[i // 2, j // 2] / 2),
    (POOL, "dx[i,j] = delta[(i-1)//2, j//2]/4", mean_gradient, lambda d, w, i, j: at(d, (i - 1) // 2, j // 2) / 4),
    (POOL, "dx[i,j] = delta[i//2, (j+1)//2]/4", mean_gradient, lambda d, w, i, j: at(d, i // 2, (j + 1) // 2) / 4),
    (POOL, "for k in range(2): dx[i,j] += delta[i//2, j//2]/8", mean_gradient,
     lambda d, w, i, j: sum(d[i // 2, j // 2] / 8 for _ in range(2))),
    (STRIDED, "dx[i,j] = delta[i//2, j//2]*w[i%2, j%2]", convolution_gradient,
     lambda d, w, i, j: d[i // 2, j // 2] * w[i % 2, j % 2]),
    (STRIDED, LEFT + r"\delta_{\lfloor i/2 \rfloor, \lfloor j/2 \rfloor} w_{i \bmod 2, j \bmod 2}",
     convolution_gradient, lambda d, w, i, j: d[i // 2, j // 2] * w[i % 2, j % 2]),
    (STRIDED, "dx[i,j] = delta[i//2, j//2]*w[j%2, i%2]", convolution_gradient,
     lambda d, w, i, j: d[i // 2, j // 2] * w[j % 2, i % 2]),
    (STRIDED, "dx[i,j] = delta[i//2, j//2]*w[(i+1)%2, j%2]", convolution_gradient,
     lambda d, w, i, j: d[i // 2, j // 2] * w[(i + 1) % 2, j % 2]),
]  # fmt: skip


def at(array: Any, i: int, j: int) -> float:
    """The entry, and 0 outside of the array."""
    return array[i, j] if 0 <= i < array.shape[0] and 0 <= j < array.shape[1] else 0.0


@pytest.mark.parametrize(("layer", "claim", "truth", "claimed"), ROWS, ids=[row[1][:70] for row in ROWS])
def test_two_quotients_in_one_entry(layer: Layer, claim: str, truth: Entry, claimed: Entry) -> None:
    generator = np.random.default_rng(0)
    delta, w = generator.integers(1, 9, size=(3, 2)).astype(float), generator.integers(1, 9, size=(2, 2)).astype(float)
    right = all(truth(delta, w, i, j) == claimed(delta, w, i, j) for i in range(6) for j in range(4))
    report = check(layer, claim)
    assert report.status == ("proved" if right else "refuted"), str(report)
    assert any("rounded down" in sentence for sentence in report.notes)


def test_an_output_that_repeats() -> None:
    assert check(REPEATED, "y[i,j] = x[i//2, j//2]").holds
    report = check(REPEATED, "y[i,j] = x[j//2, i//2]")
    assert report.status == "refuted" and report.explanation == ("the input's axes are exchanged",)
