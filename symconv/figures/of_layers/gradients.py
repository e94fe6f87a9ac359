"""The backward pass: what flows into an input, what flows into a weight, and the network read backwards.

dL/d input is a window sliding over the upstream gradient, with stride - 1 zeros between its elements, full padding, and
the flipped kernel: input j gets, through kernel offset k, what stands at l j + low - d k of that.
dL/d weight is the upstream gradient lying on the input, its elements a stride apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Literal

from symconv.errors import SymconvError, instead_of, shown as in_words
from symconv.figures.drawing import Drawing, Group, Rectangle, Shape
from symconv.figures.of_layers.connections import AxisNumbers, Index, Read
from symconv.figures.of_layers.networks import neurons
from symconv.figures.of_layers.patchwork import patches
from symconv.figures.of_layers.planes import (
    SHOWN_PANELS,
    At,
    Panel,
    around,
    cell_size,
    cells_of,
    extended,
    flat,
    panel,
    place,
    ranges,
    spanned,
    standing,
)
from symconv.figures.palette import colour_of
from symconv.figures.parts import (
    ARROW,
    PADDED,
    Cell,
    Grid,
    arrow_to,
    dots,
    extent_of,
    in_a_row,
    label,
    paper,
    side_by_side,
)
from symconv.figures.subject import Subject, excerpt, shown, with_indices
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.geometry.axes import unraveled
from symconv.layers import Layer

Of = Literal["input", "weight", "neurons", "patches"]

SHOWN_ENTRIES = 4
SHOWN_ROWS = 7
SHOWN_ROW = 13
SHOWN_CELLS = 500
"""Of all windows over the upstream gradient together; if three would have more, there are two."""


def backward(layer: Layer, of: Of = "input") -> Drawing:
    """How the gradients flow.

    Args:
        of: "input", the window over the upstream gradient (zero padding only); "weight", the upstream gradient on the
            input (layers with weights only); "neurons" and "patches", those views read backwards.

    Raises:
        SymbolicShapeError: a size is a letter.
        SymconvError: the figure is unknown, or the layer does not have it.

    >>> from symconv import Conv
    >>> first, *_ = backward(Conv(3, 2)).groups("window")
    >>> [(cell.marks["output"], cell.marks["weight"]) for cell in first.shapes if
    ...     getattr(cell, "role", "") == "gradient" and "weight" in cell.marks]
    [((0,), (0,))]
    """
    if of == "neurons":
        return neurons(layer, "shared", reverse=True)
    if of == "patches":
        return patches(layer, reverse=True)
    if of not in ("input", "weight"):
        raise SymconvError(
            f"of={in_words(of)}", "no such figure", instead_of(of, ("input", "weight", "neurons", "patches"))
        )
    subject = Subject(layer)
    if of == "weight":
        layer.require("weight")
        blocks = [_weight_block(subject, weight) for weight in weights_shown(subject)]
    else:
        if not has_gradient_window(subject):
            raise SymconvError(
                f"the window over the gradient of {layer!r}",
                "what is read in its padding flows back into the input",
                'use "neurons", or padding_mode="zeros"',
            )
        blocks = [_input_block(subject, source) for source in inputs_shown(subject)]
    return paper(side_by_side(blocks), TITLES[f"backward-{of}"], DESCRIPTIONS[f"backward-{of}"])


def has_gradient_window(subject: Subject) -> bool:
    """Whether the gradient with respect to the input is a window over the upstream gradient alone."""
    return subject.layer.padding_mode == "zeros" and all(axis.s > 0 for axis in subject.axes)


def inputs_shown(subject: Subject) -> list[int]:
    """The inputs whose gradients are drawn, of the first channel: the first ones, one in the middle, the last."""
    count = subject.inputs // subject.input_channels
    if count <= SHOWN_ENTRIES:
        return list(range(count))
    middle = flat(tuple(n // 2 for n in subject.input_size), subject.input_size)
    limit = 2 + (SHOWN_ROWS if len(subject.axes) > 1 else SHOWN_ROW)
    cells = prod(min(len(upstream(axis)), limit) for axis in subject.axes[-2:])
    if 3 * cells * min(subject.output_channels, SHOWN_PANELS) > SHOWN_CELLS:
        return sorted({0, middle})
    return sorted({0, middle, count - 1} if subject.output_channels > 1 else {0, 1, middle, count - 1})


def weights_shown(subject: Subject) -> list[int]:
    """The weights whose gradients are drawn: the first ones and the last."""
    count = 1
    for size in subject.layer.weight_shape:
        count *= int(size)
    return shown(excerpt(range(count), SHOWN_ENTRIES))


# -- by the input ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What an input gets through one weight: the output, None where the upstream gradient has a zero there."""

    channel: int
    position: Index
    output: int | None
    read: Read


def taken_by(subject: Subject, source: int, channels: Iterable[int]) -> list[Taken]:
    """All that flows into an input (of a layer with zero padding) from some output channels, row by row.

    >>> from symconv import Conv
    >>> [(one.output, one.read.weight) for one in taken_by(Subject(Conv(4, 2, stride=2)), 2, [0])]
    [(1, 0), (None, 1)]
    """
    count = subject.inputs // subject.input_channels
    channel, at = divmod(source, count)
    j = unraveled(at, subject.input_size)
    found: list[Taken] = []
    for output_channel in channels:
        kernel = _kernel(subject, output_channel * subject.positions)
        for offset in product(*(range(axis.K) for axis in subject.axes)):
            if (channel, offset) not in kernel:
                continue
            turned = [axis.K - 1 - k if subject.layer.flip else k for axis, k in zip(subject.axes, offset)]
            position = tuple(axis.l * i + axis.low - axis.d * k for axis, i, k in zip(subject.axes, j, turned))
            output = _output_at(subject, output_channel, position)
            read = kernel[channel, offset]
            if output is not None and read.weight is None:
                read = _kernel(subject, output)[channel, offset]
            found.append(Taken(output_channel, position, output, read))
    return found


def _kernel(subject: Subject, output: int) -> dict[tuple[int, Index], Read]:
    return {(read.channel, read.offset): read for read in subject.reads[output]}


def _output_at(subject: Subject, channel: int, position: Index) -> int | None:
    """The output whose upstream gradient stands at a position among the zeros between."""
    index = tuple(q // axis.s for axis, q in zip(subject.axes, position))
    if any(q % axis.s for axis, q in zip(subject.axes, position)):
        return None
    if not all(0 <= i < axis.m for axis, i in zip(subject.axes, index)):
        return None
    return channel * subject.positions + flat(index, subject.output_size)


def upstream(axis: AxisNumbers) -> range:
    """The positions of the upstream gradient with zeros between, and the padding that the window needs."""
    first, last = axis.low - axis.d * (axis.K - 1), axis.l * (axis.n - 1) + axis.low
    return range(min(0, first), max(axis.s * (axis.m - 1), last) + 1)


def _input_block(subject: Subject, source: int) -> list[Shape]:
    """The upstream gradient with the window at one input, an arrow, and the input's gradient."""
    channels = range(min(subject.output_channels, SHOWN_PANELS + 1))
    by_panel: dict[Panel, list[Taken]] = {}
    for one in taken_by(subject, source, channels):
        by_panel.setdefault(panel(one.channel, one.position), []).append(one)
    panels = sorted(by_panel)[:SHOWN_PANELS]
    whole = ranges([upstream(axis) for axis in subject.axes])
    limit = SHOWN_ROWS if len(subject.axes) > 1 else SHOWN_ROW
    views = [
        [around(one, under, limit) for one, under in zip(whole, spanned(place(t.position) for t in by_panel[p]))]
        for p in panels
    ]
    width = sum(len(columns) for _, columns in views) + 0.5 * (len(views) - 1)
    beside = 0 if len(subject.axes) == 1 else min(subject.input_size[-1], 6)
    size = cell_size(width + beside, ARROW + 0.5 if beside else 0.2, 2 if width + beside < 20 else 1)
    parts = [_upstream_panel(subject, p, by_panel[p], source, view, size) for p, view in zip(panels, views)]
    shapes = in_a_row(parts, size / 2)
    if len(by_panel) > len(panels):
        shapes += dots(extent_of(shapes)[2] + 0.25, size * len(views[0][0]) / 2)
    after = _target_plane(subject, source, size)
    return [Group(tuple(arrow_to(shapes, after, downwards=not beside)), {"input": (source,)}, "window")]


def _upstream_panel(
    subject: Subject, where: Panel, found: list[Taken], source: int, view: list[range], size: float
) -> list[Shape]:
    rows, columns = view
    cells = {at: _upstream_cell(subject, where, at) for at in cells_of(rows, columns)}
    for one in found:
        at = place(one.position)
        if at not in cells:
            continue
        weight = () if one.read.weight is None else (one.read.weight,)
        flows = () if one.output is None else (source,)
        marks = with_indices({**cells[at].marks, "weight": weight, "input": flows})
        known = one.output is not None or one.read.weight is not None
        factor, look = subject.factor_label(one.read) if known else "", subject.colour(one.read)
        cells[at] = replace(cells[at], factor=factor, look=look, ink="ink", stroke="ink", marks=marks)
    board = Grid(0, 0, size, rows, columns)
    whole = ranges([upstream(axis) for axis in subject.axes])
    under = spanned(place(one.position) for one in found)
    return [*board.drawn(cells), *board.frame(*under), *board.open_sides(*whole)]


def _upstream_cell(subject: Subject, where: Panel, at: At) -> Cell:
    position = where.position(at, len(subject.axes))
    output = _output_at(subject, where.channel, position)
    if output is not None:
        marks = {"output": (output,), "position": (subject.position_of(output),)}
        return Cell(subject.gradient_label(output), fill="gradientfill", marks=marks, role="gradient")
    if all(0 <= q <= axis.s * (axis.m - 1) for q, axis in zip(position, subject.axes)):
        return Cell("0", ink="muted", stroke="faint", dash=(0.02, 0.06), role="inserted")
    return Cell("0", fill="padfill", ink="muted", dash=PADDED, role="padding")


def _target_plane(subject: Subject, source: int, size: float) -> list[Shape]:
    """The input's plane around one entry, whose gradient it is."""
    count = subject.inputs // subject.input_channels
    channel, number = divmod(source, count)
    index = unraveled(number, subject.input_size)
    whole = ranges([range(axis.n) for axis in subject.axes])
    rows, columns = (
        around(one, range(at, at + 1), 4 if len(subject.axes) > 1 else SHOWN_ROW)
        for one, at in zip(whole, place(index))
    )
    cells: dict[At, Cell] = {}
    for at in cells_of(rows, columns):
        here = Panel(channel, index[:-2]).position(at, len(subject.axes))
        entry = channel * count + flat(here, subject.input_size)
        text = subject.input_label(entry)
        if entry == source:
            cells[at] = Cell(text, fill="gradientfill", stroke="ink", chosen=True, marks={"input": (entry,)})
        else:
            cells[at] = Cell(text, ink="muted", marks={"input": (entry,)})
    board = Grid(0, 0, size, rows, columns)
    shapes = [*board.drawn(cells), *board.open_sides(*whole)]
    return headed(shapes, subject.derivative(subject.input_label(source)), {"input": (source,)})


# -- by a weight -------------------------------------------------------------------------------------------


def _weight_block(subject: Subject, weight: int) -> list[Shape]:
    """The input with the upstream gradient on it, an arrow, and the weight's gradient in the kernel."""
    output_channel, input_channel, offset = subject.reads.planes_of_weight(weight)
    first = subject.reads.position((0,) * len(subject.axes), offset)
    where = panel(input_channel, first)
    whole = ranges([extended(axis) for axis in subject.axes])
    limit = SHOWN_ROWS if len(subject.axes) > 1 else SHOWN_ROW
    rows, columns = (around(one, range(at, at + 1), limit) for one, at in zip(whole, place(first)))
    beside = 0 if len(subject.axes) == 1 else subject.kernel_size[-1]
    count = len(columns) + beside
    cut = 0.9 if (len(rows), len(columns)) != tuple(map(len, whole)) else 0.2
    size = cell_size(count, ARROW + cut if beside else 0.2, 4 if beside and count <= 5 else 2)
    look = colour_of(weight)
    cells = {at: standing(subject, where, at) for at in cells_of(rows, columns)}
    for at, one in cells.items():
        position = _output_reading(subject, where.position(at, len(subject.axes)), first)
        if position is not None:
            output = output_channel * subject.positions + position
            marks = {**one.marks, "output": (output,), "weight": (weight,)}
            marks["position"] = (subject.position_of(output),)
            factor = subject.gradient_label(output)
            cells[at] = replace(one, factor=factor, look=look, ink="ink", stroke="ink", marks=marks)
    board = Grid(0, 0, size, rows, columns)
    last = [start + axis.s * (axis.m - 1) for start, axis in zip(first, subject.axes)]
    covered = spanned([place(first), place((*first[:-2], *last[-2:]))])
    before = [*board.drawn(cells), *board.frame(*covered), *board.open_sides(*whole)]
    after = _kernel_plane(subject, weight, size)
    return [Group(tuple(arrow_to(before, after, downwards=not beside)), {"weight": (weight,)}, "window")]


def _output_reading(subject: Subject, position: Index, first: Index) -> int | None:
    """The number of the output that reads a position with the kernel element with which output 0 reads ``first``."""
    outputs = [divmod(q - start, axis.s) for q, start, axis in zip(position, first, subject.axes)]
    if any(rest or not 0 <= at < axis.m for (at, rest), axis in zip(outputs, subject.axes)):
        return None
    return flat(tuple(at for at, _ in outputs), subject.output_size)


def _kernel_plane(subject: Subject, weight: int, size: float) -> list[Shape]:
    """The kernel's plane, one weight of it strong."""
    count = 1
    for axis in subject.kernel_size:
        count *= axis
    offset = unraveled(weight % count, subject.kernel_size)
    rows, columns = ranges([range(K) for K in subject.kernel_size])
    cells: dict[At, Cell] = {}
    for at in cells_of(rows, columns):
        here = Panel(0, offset[:-2]).position(at, len(subject.axes))
        entry = weight - weight % count + flat(here, subject.kernel_size)
        text, marks = subject.weight_label(entry), {"weight": (entry,)}
        if entry == weight:
            cells[at] = Cell(factor=text, look=colour_of(entry), stroke="ink", chosen=True, marks=marks, role="kernel")
        else:
            cells[at] = Cell(factor=text, look=colour_of(entry), marks=marks, role="kernel")
    shapes = Grid(0, 0, size, rows, columns).drawn(cells)
    return headed(shapes, subject.derivative(subject.weight_label(weight)), {"weight": (weight,)})


def headed(shapes: list[Shape], text: str, marks: dict[str, tuple[int, ...]]) -> list[Shape]:
    """A plane with the name of what it is about above it, and as much room below, so that its middle stays."""
    left, top, right, bottom = extent_of(shapes)
    words = label((left + right) / 2, top - 0.28, text, size=0.26)
    room = Rectangle(left, bottom, right - left, 0.41, None, None)
    return [*shapes, Group(words, marks, "heading"), room]
