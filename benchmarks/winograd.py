"""Winograd's matrices made and proved, with both gradients, against wincnn, which makes and verifies them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from benchmarks.checks import require
from benchmarks.measuring import CLOCK, Comparison, Effort, Side, measure
from benchmarks.peers import peer
from benchmarks.rows import Limit, Row, faster

TITLE = "Winograd's algorithms"
ABOUT = f"""\
`BilinearAlgorithm.winograd(m, r)` makes the matrices of F(m, r), checks their identity exactly, and derives and proves
the output and both gradients. wincnn makes the same matrices and verifies the output alone, by SymPy's `simplify`; it
has no gradients. Both get the same points. Check: the three matrices are the same, entry by entry, wincnn's output is
the right sum, and symconv's report holds. Clock: {CLOCK}."""

POINTS = ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "4", "-4", "1/4", "-1/4", "3/4", "-3/4")
SIZES = ((2, 3), (4, 3), (6, 3), (10, 5))
LIMITS = {(6, 3): faster(50), (10, 5): Limit("value", "at most", 0.1, "s")}


def rows(effort: Effort) -> Iterator[Row]:
    for m, r in SIZES[: effort.choose(full=None, quick=1)]:
        yield measure(comparison(m, r, effort.choose(full=7, quick=1)))


def comparison(m: int, r: int, repetitions: int) -> Comparison:
    points = POINTS[: m + r - 2]
    return Comparison(
        f"F({m}, {r})",
        Side("symconv", lambda _: ours(m, r, points)),
        [Side("wincnn, without gradients", lambda _: theirs(m, r, points), at_most=3)],
        lambda own, other: same_matrices(own, other, m, r),
        repetitions=repetitions,
        limit=LIMITS.get((m, r)),
        needs=("wincnn",),
    )


def ours(m: int, r: int, points: tuple[str, ...]) -> Any:
    from symconv import BilinearAlgorithm

    algorithm = BilinearAlgorithm.winograd(m, r, [Fraction(point) for point in points])
    require(algorithm.holds, f"F({m}, {r}) is not proved")
    return algorithm


def theirs(m: int, r: int, points: tuple[str, ...]) -> Any:
    """The matrices and the outputs that they give."""
    wincnn = peer("wincnn")
    AT, G, BT, _ = wincnn.cookToomFilter([sympy.Rational(point) for point in points], m, r)
    return AT, G, BT, wincnn.filterVerify(m, r, AT, G, BT)


def same_matrices(own: Any, other: Any, m: int, r: int) -> str:
    d, g = sympy.IndexedBase("d"), sympy.IndexedBase("g")
    *matrices, outputs = other
    for name, matrix in zip("CAB", matrices):
        require(getattr(own, name) == sympy.ImmutableDenseMatrix(matrix), f"the matrices {name} differ")
    sums = [sympy.Add(*(d[i + k] * g[k] for k in range(r))) for i in range(m)]
    require(all(sympy.expand(one - sum_) == 0 for one, sum_ in zip(outputs, sums)), "wincnn's outputs are not the sums")
    entries = sum(one.rows * one.cols for one in matrices)
    return f"the same {entries} entries of the matrices; {m} outputs right; symconv: {len(own.theorems)} theorems"
