"""The sliding window: the input under it, position by position, and the output that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from symconv.errors import SymconvError, shown as in_words
from symconv.figures.drawing import Drawing, Group, Shape
from symconv.figures.of_layers.connections import Read
from symconv.figures.of_layers.planes import (
    SHOWN_PANELS,
    At,
    Panel,
    around,
    cell_size,
    cells_of,
    covered,
    extended,
    flat,
    place,
    ranges,
    read_panels,
    spanned,
    standing,
)
from symconv.figures.parts import ARROW, Cell, Grid, arrow_to, dots, extent_of, in_a_row, paper, side_by_side
from symconv.figures.subject import Subject, excerpt, shown, with_indices
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.geometry.axes import unraveled
from symconv.layers import Layer

SHOWN_POSITIONS = 9
SHOWN_WINDOWS = 12
SHOWN_CELLS = 500
"""Of all windows together."""
SHOWN_ROWS = 7
"""Of the extended input, and as many columns, unless the whole is only a little larger."""
SHOWN_ROW = 13
"""Cells of an input on one axis."""
SHOWN_OUTPUTS = 4
"""Cells of the output beside each window, along an axis."""


def window(layer: Layer, at: Sequence[int] | int | None = None) -> Drawing:
    """The window at each position: small multiples, the input on the left and the output on the right.

    A window's group has the marks of its output and position; a cell under it those of its input, weight and output.

    Args:
        at: one output alone, by its index: its position, such as (0, 1), in the first channel, or (channel, *position).

    Raises:
        SymbolicShapeError: a size is a letter.
        SymconvError: the index is outside the output.

    >>> from symconv import Conv
    >>> [dict(group.marks) for group in window(Conv(3, 2)).groups("window")]
    [{'output': (0,), 'position': (0,)}, {'output': (1,), 'position': (1,)}]
    """
    subject = Subject(layer)
    outputs = outputs_shown(subject) if at is None else [_output_at(subject, at)]
    return windows(subject, outputs)


def windows(subject: Subject, outputs: Sequence[int]) -> Drawing:
    """The windows of some outputs, by their flat indices."""
    blocks = [one_window(subject, output) for output in outputs]
    return paper(side_by_side(blocks), TITLES["window"], DESCRIPTIONS["window"])


def some_outputs(subject: Subject) -> list[int]:
    """The first position and one in the middle, for layers of which no more can be read on a page."""
    return list(dict.fromkeys([0, flat(tuple(size // 2 for size in subject.output_size), subject.output_size)]))


def _output_at(subject: Subject, at: Sequence[int] | int) -> int:
    """The flat index of an output."""
    index = tuple(at) if isinstance(at, (tuple, list)) else (at,)
    sizes = subject.output_size if len(index) == len(subject.axes) else (subject.output_channels, *subject.output_size)
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in index)
    if not whole or len(index) != len(sizes) or not all(0 <= one < size for one, size in zip(index, sizes)):
        right = f"the output is {' x '.join(map(str, subject.output_size))}; use a position such as (0, 0)"
        raise SymconvError(f"at={in_words(at)}", "the output has no such entry", right if len(sizes) > 1 else "use 0")
    return flat(index, sizes)


def outputs_shown(subject: Subject) -> list[int]:
    """The outputs whose windows are drawn: of each channel shown the first positions and the last."""
    found = subject.reads[0]
    panels = min(len(read_panels(found)), SHOWN_PANELS)
    rows, columns = input_view(subject, found)
    cut = len(rows) * len(columns) < prod(map(len, ranges([extended(axis) for axis in subject.axes])))
    most = SHOWN_WINDOWS if subject.positions <= SHOWN_POSITIONS else 4 if cut and len(rows) > 1 else 6
    room = max(4, min(most, SHOWN_CELLS // (panels * len(rows) * len(columns))))
    channels = [0, 1][: subject.output_channels]
    if subject.layer.groups != 1:
        channels = [0, subject.output_channels // int(subject.layer.groups)]
    if len(channels) * subject.positions > room and room < 8:
        channels = channels[:1]
    positions = shown(excerpt(range(subject.positions), min(room // len(channels), SHOWN_POSITIONS)))
    return [channel * subject.positions + at for channel in channels for at in positions]


def one_window(subject: Subject, output: int) -> list[Shape]:
    """The input with the window at one output, an arrow, and the output."""
    by_panel = read_panels(subject.reads[output])
    panels = list(by_panel)[:SHOWN_PANELS]
    views = [input_view(subject, by_panel[one]) for one in panels]
    size = window_size(subject, views)
    parts = [input_panel(subject, one, by_panel[one], output, view, size) for one, view in zip(panels, views)]
    shapes = in_a_row(parts, size / 2)
    if len(panels) < len(by_panel):
        _, _, right, _ = extent_of(shapes)
        shapes += dots(right + 0.25, size * len(views[0][0]) / 2)
    shapes = arrow_to(shapes, output_plane(subject, output, size), downwards=len(subject.axes) == 1)
    return [Group(tuple(shapes), {"output": (output,), "position": (subject.position_of(output),)}, "window")]


def window_size(subject: Subject, views: list[tuple[range, range]]) -> float:
    """The size of the cells, so that some windows fit beside each other."""
    width = sum(len(columns) for _, columns in views) + (len(views) - 1) / 2
    if len(subject.axes) == 1:
        return cell_size(width, 0.1, 2 if width <= 12 else 1)
    cut = subject.output_size[-1] > SHOWN_OUTPUTS + 2 or len(views[0][1]) < len(extended(subject.axes[-1]))
    count = width + min(subject.output_size[-1], SHOWN_OUTPUTS + 2)
    dots_too = 0.9 if cut else 0.0
    return cell_size(count, ARROW + 0.2 + dots_too, 4 if count <= 5 else 3 if count <= 10 else 2 if count <= 18 else 1)


def input_view(subject: Subject, found: Iterable[Read]) -> tuple[range, range]:
    """The rows and columns of the extended input that are drawn."""
    rows, columns = ranges([extended(axis) for axis in subject.axes])
    covered_rows, covered_columns = spanned(place(read.position) for read in found)
    limit = SHOWN_ROWS if len(subject.axes) > 1 else SHOWN_ROW
    return around(rows, covered_rows, limit), around(columns, covered_columns, limit)


def input_panel(
    subject: Subject, where: Panel, found: list[Read], output: int, view: tuple[range, range], size: float
) -> list[Shape]:
    """One plane of the extended input with the window on it."""
    rows, columns = view
    board = Grid(0, 0, size, rows, columns)
    cells = {at: standing(subject, where, at) for at in cells_of(rows, columns)}
    for read in found:
        at = place(read.position)
        if at in cells:
            cells[at] = covered(subject, cells[at], read, output)
    under = spanned(place(read.position) for read in found)
    whole = ranges([extended(axis) for axis in subject.axes])
    return [*board.drawn(cells), *board.frame(*under), *board.open_sides(*whole)]


def output_plane(subject: Subject, output: int, size: float) -> list[Shape]:
    """The plane of the output around one entry, which is strong."""
    channel, position = divmod(output, subject.positions)
    index = unraveled(position, subject.output_size)
    whole = ranges([range(axis.m) for axis in subject.axes])
    at = place(index)
    limit = SHOWN_OUTPUTS if len(subject.axes) > 1 else SHOWN_ROW
    rows, columns = (around(one, range(i, i + 1), limit) for one, i in zip(whole, at))
    cells: dict[At, Cell] = {}
    for one in cells_of(rows, columns):
        here = Panel(channel, index[:-2]).position(one, len(subject.axes))
        entry = channel * subject.positions + flat(here, subject.output_size)
        marks = with_indices({"output": (entry,), "position": (subject.position_of(entry),)})
        text = subject.output_label(entry)
        if entry == output:
            cells[one] = Cell(text, fill="outputfill", stroke="ink", chosen=True, marks=marks, role="output")
        else:
            cells[one] = Cell(text, ink="muted", marks=marks, role="output")
    board = Grid(0, 0, size, rows, columns)
    return [*board.drawn(cells), *board.open_sides(*whole)]
