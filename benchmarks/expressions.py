"""Entries as SymPy expressions: a whole array, and one entry of a large layer, against plain SymPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from benchmarks.checks import same_expressions
from benchmarks.measuring import CLOCK, Comparison, Effort, Side, measure
from benchmarks.plain_layer import Index, PlainLayer, PlainSymbols
from benchmarks.rows import Limit, Row, faster

TITLE = "Entries as SymPy expressions"
ABOUT = f"""\
`conv.direct.output.array()` of a fresh layer, against `Add(*[w*x, ..])` for every entry in plain SymPy; and a
single `conv.direct.output[o, i, j]` of a fresh, large layer, against `Add` for that entry. Both sides make the
layer, the symbols and the sums within the clock. The peer's loops are plain Python. Check: the expressions are
equal (`==`), entry by entry. Clock: {CLOCK}."""

ENTRY_LIMIT = Limit("value", "at most", 0.005, "s")
ENTRIES: tuple[tuple[str, PlainLayer, Index], ...] = (
    (
        "ResNet-50, first layer",
        PlainLayer((224, 224), (7, 7), in_channels=3, out_channels=64, stride=2, padding=3),
        (63, 111, 50),
    ),
    (
        "ResNet-50, 3x3 with 64 channels",
        PlainLayer((56, 56), (3, 3), in_channels=64, out_channels=64, padding=1),
        (63, 30, 20),
    ),
    ("ResNet-50, 1x1 from 64 to 256", PlainLayer((56, 56), (1, 1), in_channels=64, out_channels=256), (255, 30, 20)),
    ("3x3 on a megapixel", PlainLayer((1024, 1024), (3, 3), out_channels=8), (7, 1000, 1000)),
)


def rows(effort: Effort) -> Iterator[Row]:
    yield from map(measure, comparisons(effort))


def comparisons(effort: Effort) -> Iterator[Comparison]:
    layer = effort.choose(PlainLayer((32, 32), (5, 5), out_channels=6), PlainLayer((6, 6), (3, 3), out_channels=2))
    yield array(layer, effort.choose(full=7, quick=2))
    for name, large, index in ENTRIES[: effort.choose(full=None, quick=1)]:
        yield entry(name, large, index, effort.choose(full=31, quick=2))


def array(layer: PlainLayer, repetitions: int) -> Comparison:
    sizes = "x".join(map(str, layer.input_size)), "x".join(map(str, layer.kernel_size))
    return Comparison(
        f"the array of all outputs: {sizes[0]}, kernel {sizes[1]}, {layer.out_channels} filters",
        Side("symconv", lambda _: symconv_output(layer).array()),
        [Side("SymPy", lambda _: PlainSymbols(sympy, layer).direct())],
        lambda ours, theirs: same_expressions(sympy.flatten(ours), theirs),
        repetitions=repetitions,
        limit=faster(4),
    )


def entry(name: str, layer: PlainLayer, index: Index, repetitions: int) -> Comparison:
    return Comparison(
        f"one output, [{', '.join(map(str, index))}]: {name}",
        Side("symconv", lambda _: symconv_output(layer)[index]),
        [Side("SymPy", lambda _: plain_entry(layer, index))],
        lambda ours, theirs: f"{same_expressions([ours], [theirs])}, of {len(theirs.args)} products",
        repetitions=repetitions,
        limit=ENTRY_LIMIT,
    )


def symconv_output(layer: PlainLayer) -> Any:
    from symconv import Conv

    return Conv(**layer.arguments).direct.output


def plain_entry(layer: PlainLayer, index: Index) -> Any:
    """One output in plain SymPy, with no symbol that it does not need."""
    products = [
        sympy.Symbol(layer.name("weight", weight)) * sympy.Symbol(layer.name("input", at))
        for _, weight, at in layer.products_of(index)
    ]
    return sympy.Add(*products)
