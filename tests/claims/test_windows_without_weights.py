"""Sums over the elements of a window of layers without weights, whose letters nothing else bounds; against loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import pytest

from symconv import AvgPool, Upsample, check
from symconv.layers import Layer

Term = tuple[tuple[int, ...], tuple[int, ...], Fraction]
"""A product: the entry on the left, the entry on the right, and its factor."""
LINE, IMAGE, WIDE = AvgPool(5, 3, stride=2, padding=1), AvgPool((4, 4), 2), AvgPool((4, 6), (2, 3))


def means(sizes: tuple[int, ...], kernel: tuple[int, ...], stride: int | None, padding: int) -> set[Term]:
    """What is right of a mean: (input, output, factor) for every element of every window."""
    found = set()
    steps = [stride or k for k in kernel]
    outputs = [range((n + 2 * padding - k) // s + 1) for n, k, s in zip(sizes, kernel, steps)]
    share = Fraction(1)
    for k in kernel:
        share /= k
    for out in product(*outputs):
        for offset in product(*map(range, kernel)):
            at = tuple(s * o + e - padding for s, o, e in zip(steps, out, offset))
            if all(0 <= a < n for a, n in zip(at, sizes)):
                found.add((at, out, share))
    return found


def on_a_line(shift: int, share: int) -> Iterator[Term]:
    for i, k in product(range(3), range(3)):
        if 0 <= 2 * i + k + shift < 5:
            yield (2 * i + k + shift,), (i,), Fraction(1, share)


def in_an_image(
    strides: tuple[int, int], kernel: tuple[int, int], sizes: tuple[int, int], share: int
) -> Iterator[Term]:
    outputs = [range((n - k) // k + 1) for n, k in zip(sizes, kernel)]
    for i, j, m, n in product(*outputs, *map(range, kernel)):
        at = strides[0] * i + m, strides[1] * j + n
        if at[0] < sizes[0] and at[1] < sizes[1]:
            yield at, (i, j), Fraction(1, share)


ROWS: list[tuple[Layer, str, set[Term], Callable[[], Iterator[Term]]]] = [
    (LINE, "dx[2*i+k-1] += delta[i]/3", means((5,), (3,), 2, 1), lambda: on_a_line(-1, 3)),
    (LINE, "dx[2*i+k] += delta[i]/3", means((5,), (3,), 2, 1), lambda: on_a_line(0, 3)),
    (LINE, "dx[2*i+k-1] += delta[i]/2", means((5,), (3,), 2, 1), lambda: on_a_line(-1, 2)),
    (LINE, "dx_j = 1/3 sum(i, k, delta_i [j = 2i + k - 1])", means((5,), (3,), 2, 1), lambda: on_a_line(-1, 3)),
    (IMAGE, "dx[2*i+m, 2*j+n] += delta[i,j]/4", means((4, 4), (2, 2), None, 0),
     lambda: in_an_image((2, 2), (2, 2), (4, 4), 4)),
    (IMAGE, "dx[i+m, 2*j+n] += delta[i,j]/4", means((4, 4), (2, 2), None, 0),
     lambda: in_an_image((1, 2), (2, 2), (4, 4), 4)),
    (WIDE, "dx[2*i+m, 3*j+n] += delta[i,j]/6", means((4, 6), (2, 3), None, 0),
     lambda: in_an_image((2, 3), (2, 3), (4, 6), 6)),
    (WIDE, "dx[2*i+m, 3*j+n] += delta[i,j]/4", means((4, 6), (2, 3), None, 0),
     lambda: in_an_image((2, 3), (2, 3), (4, 6), 4)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "right", "claimed"), ROWS, ids=[row[1] for row in ROWS])
def test_a_letter_runs_over_the_window(
    layer: Layer, claim: str, right: set[Term], claimed: Callable[[], Iterator[Term]]
) -> None:
    report = check(layer, claim)
    assert report.status == ("proved" if set(claimed()) == right else "refuted"), str(report)
    assert any("over the elements of a window" in sentence for sentence in report.notes)


@pytest.mark.parametrize(("claim", "status"), [
    ("y[2*i+k] += x[i]", "proved"),
    ("dx[i] += dy[2*i+k]", "proved"),
    ("dx[i] = sum(k, dy[2*i+k])", "proved"),
    ("dx[i] = sum(k, dy[i+k])", "refuted"),
    ("dx[i] = sum(k, dy[2*i+k-1])", "refuted"),
    (r"dL/dx_i = \sum_{k=0}^{1} dy_{2i+k}", "proved"),
    (r"dL/dx_i = \sum_{k=0}^{2} dy_{2i+k}", "refuted"),
])  # fmt: skip
def test_an_output_that_repeats(claim: str, status: str) -> None:
    """Every input stands twice in the output, at 2 i and at 2 i + 1; ends that are said are kept."""
    assert check(Upsample(3, 2), claim).status == status


@pytest.mark.parametrize("ends", [r"\sum_{k=-\infty}^{\infty}", r"\sum_{k \in \mathbb{Z}}", r"\sum_{k=0}^{\infty}"])
def test_an_infinite_sum_that_is_written_is_infinite(ends: str) -> None:
    """At i = 1 it reads inputs before the window, or after it."""
    assert check(AvgPool(6, 2), rf"y_i = \frac12 {ends} x_{{2i+k}}").status == "refuted"
    assert check(AvgPool(6, 2), r"y_i = \frac12 \sum_k x_{2i+k}").holds
