"""Sizes: the padded input with its first windows, and dimension lines for input, padding, kernel, stride, dilation."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.figures.drawing import Drawing, Group, Rectangle, Shape
from symconv.figures.of_layers.connections import AxisNumbers
from symconv.figures.of_layers.planes import (
    Panel,
    around,
    cell_size,
    cells_of,
    covered,
    extended,
    place,
    ranges,
    read_panels,
    standing,
)
from symconv.figures.parts import Grid, dimension, extent_of, paper
from symconv.figures.subject import Subject
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.layers import Layer

SHOWN = 11
"""Cells on an axis."""

LEVEL = 0.48
"""From one dimension line to the next."""
APART = 0.45
"""Between two of them beside the plane, so that letters have room that are printed larger than they are drawn."""


@dataclass(frozen=True)
class Measure:
    """A dimension: from the start of one cell to the start of another, and how far from the plane."""

    start: int
    stop: int
    text: str
    level: int


def extent(layer: Layer) -> Drawing:
    """The padded input with the first window and the next one on each axis, and their sizes as dimension lines.

    Raises:
        SymbolicShapeError: a size is a letter.

    >>> from symconv import Conv
    >>> sorted(part.text for part in extent(Conv(7, 3, stride=2, padding=1)).walk() if hasattr(part, "text"))[:4]
    ['0', '0', 'K=3', 'X1']
    """
    subject = Subject(layer)
    found = subject.reads[0]
    where, first = next(iter(read_panels(found).items()))
    whole = ranges([extended(axis) for axis in subject.axes])
    rows, columns = (around(one, range(one.start, one.start + 1), SHOWN) for one in whole)
    board = Grid(0, 0, cell_size(len(columns), 4.0), rows, columns)
    cells = {at: standing(subject, Panel(where.channel, where.slices), at) for at in cells_of(rows, columns)}
    for read in first:
        at = place(read.position)
        if at in cells:
            cells[at] = covered(subject, cells[at], read, 0)
    shapes = [*board.drawn(cells), *board.open_sides(*whole), *_windows(subject, board)]
    numbered = list(enumerate(subject.axes))[-2:]
    shapes += _across(board, numbered[-1], layer)
    if len(numbered) > 1:
        shapes += _down(board, numbered[0], layer)
    return paper(shapes, TITLES["extent"], DESCRIPTIONS["extent"])


# -- windows -----------------------------------------------------------------------------------------------


def _windows(subject: Subject, board: Grid) -> list[Shape]:
    """The outline of the first window, and dashed those of its neighbours."""
    axes = subject.axes[-2:]
    starts = [[-axis.low + axis.s * i for i in range(min(2, axis.m))] for axis in axes]
    spans = [axis.span for axis in axes]
    if len(axes) == 1:
        starts, spans = [[0], *starts], [1, *spans]
    found: list[Shape] = []
    moves = [(0, 1), (1, 0), (0, 0)]
    for down, across in moves:
        if down < len(starts[0]) and across < len(starts[1]):
            row, column = starts[0][down], starts[1][across]
            outline = board.frame(range(row, row + spans[0]), range(column, column + spans[1]))
            if down or across:
                outline = [_dashed(one) for one in outline if isinstance(one, Rectangle)]
            found += outline
    return found


def _dashed(one: Rectangle) -> Rectangle:
    """A neighbour's outline, a little outside the cells, so that it is seen beside the first one's."""
    off = 0.05
    return Rectangle(
        one.x + off, one.y + off, one.width - 2 * off, one.height - 2 * off, None, "ink", 0.035, (0.14, 0.08)
    )


# -- dimension lines ---------------------------------------------------------------------------------------


def _letter(layer: Layer, name: str, axis: int) -> str:
    return name if layer.ndim == 1 else f"{name}{axis + 1}"


def _letters(layer: Layer, axis: int) -> dict[str, str]:
    """What the layer calls its numbers, by their names in the scheme."""
    back = layer.spreads
    names = {"n": "n", "K": "f" if "scale_factor" in layer.PARAMETERS else "K", "s": "s", "d": "d", "p": "p"}
    names["l"] = "s" if back else "f" if "scale_factor" in layer.PARAMETERS else "l"
    if names["l"] != "l":  # the stride is that of the zeros between; the window moves on by one
        del names["s"]
    return {name: _letter(layer, letter, axis) for name, letter in names.items()}


def of_window(axis: AxisNumbers, letters: dict[str, str]) -> list[Measure]:
    """Dilation, stride and extent of the kernel."""
    start = -axis.low
    found: list[Measure] = []
    if axis.K > 1 and axis.d > 1:
        found.append(Measure(start, start + axis.d, f"{letters['d']}={axis.d}", len(found)))
    if axis.m > 1:
        step = f"{letters['s']}={axis.s}" if "s" in letters else f"{axis.s}"
        found.append(Measure(start, start + axis.s, step, len(found)))
    kernel = f"{letters['K']}={axis.K}"
    if axis.d > 1:
        kernel = f"{letters['d']}({letters['K']}-1)+1={axis.span}"
    found.append(Measure(start, start + axis.span, kernel, len(found)))
    return found


def of_input(axis: AxisNumbers, letters: dict[str, str], layer: Layer) -> list[Measure]:
    """Size of the input and its padding; above it the zeros between elements."""
    found: list[Measure] = []
    level = 0
    size = f"{letters['n']}={axis.n}"
    if axis.l > 1:
        size = f"{letters['l']}({letters['n']}-1)+1={axis.dilated}"
        if axis.n > 1:
            found.append(Measure(0, axis.l, f"{letters['l']}={axis.l}", 0))
            level = 1
    found.append(Measure(0, axis.dilated, size, level + (axis.l > 1)))  # long, and below the padding's
    for start, amount, end in ((-axis.low, axis.low, "low"), (axis.dilated, axis.high, "high")):
        if amount > 0:
            found.append(Measure(start, start + amount, _padding(axis, letters, layer, end), level))
        elif amount < 0:
            cut = (0, -amount) if end == "low" else (axis.dilated + amount, axis.dilated)
            found.append(Measure(*cut, _padding(axis, letters, layer, end), level + 1))
    return found


def _padding(axis: AxisNumbers, letters: dict[str, str], layer: Layer, end: str) -> str:
    amount = axis.low if end == "low" else axis.high
    if "padding" not in layer.PARAMETERS:
        return f"{letters['K']}-1={amount}"
    if layer.spreads:
        return f"{amount}"
    if axis.low == axis.high:
        return f"{letters['p']}={amount}"
    return f"{letters['p']}_{end[0]}={amount}"


def _across(board: Grid, axis: tuple[int, AxisNumbers], layer: Layer) -> list[Shape]:
    letters = _letters(layer, axis[0])
    found: list[Shape] = []
    for one in of_window(axis[1], letters):
        found += _measured(board, board.columns, one, -0.2 - LEVEL * one.level, level=True, above=True)
    below = board.bottom + (0.2 if len(board.columns) == len(extended(axis[1])) else 0.5)
    for one in of_input(axis[1], letters, layer):
        found += _measured(board, board.columns, one, below + LEVEL * one.level, level=True, above=False)
    return [Group(tuple(found), {}, "dimension")]


def _down(board: Grid, axis: tuple[int, AxisNumbers], layer: Layer) -> list[Shape]:
    letters = _letters(layer, axis[0])
    found: list[Shape] = []
    left, right = -0.2, board.right + (0.2 if len(board.rows) == len(extended(axis[1])) else 0.5)
    for one in of_window(axis[1], letters):
        drawn = _measured(board, board.rows, one, left, level=False, above=True)
        found += drawn
        left = min(left, extent_of(drawn)[0] - APART) if drawn else left
    level = 0
    for one in of_input(axis[1], letters, layer):
        if one.level > level:
            right, level = extent_of(found)[2] + APART, one.level
        found += _measured(board, board.rows, one, right, level=False, above=False)
    return [Group(tuple(found), {}, "dimension")]


def _measured(board: Grid, shown: range, one: Measure, off: float, *, level: bool, above: bool) -> list[Shape]:
    """The dimension line of what is shown of a measure; open where the plane is cut."""
    start, stop = max(one.start, shown.start), min(one.stop, shown.stop)
    if start >= stop:
        return []
    origin = board.x if level else board.y
    ends = [origin + (at - shown.start) * board.size for at in (start, stop)]
    points = [(end, off) if level else (off, end) for end in ends]
    return dimension(points[0], points[1], one.text, above, whole=stop == one.stop)
