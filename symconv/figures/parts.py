"""What figures are put together from: cells, grids of cells, arrows, dots, dimension lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from symconv.figures.drawing import Anchor, Circle, Drawing, Group, Label, Line, Rectangle, Shape
from symconv.figures.lettering import width_of
from symconv.figures.palette import Colour

PAPER = 15.7
"""The widest figure, in centimetres: the width of a text on A4."""

MARGIN = 0.15
APART = 0.5
"""Between blocks side by side."""
CELL = 0.66
SMALLEST = 0.13
"""Of letters, in centimetres; a label that would be smaller is left out."""

PADDED = (0.07, 0.05)
"""The dash of padding."""

Marks = Mapping[str, tuple[int, ...]]


def label(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 0.26,
    room: float | None = None,
    colour: str = "ink",
    anchor: Anchor = "middle",
    bold: bool = False,
    colours: tuple[tuple[str, str], ...] = (),
) -> tuple[Label, ...]:
    """A mathematical label, smaller where the room is narrow; none if it could not be read."""
    if not text:
        return ()
    made = Label(x, y, text, True, anchor, size, colour, bold, colours)
    if room is not None and (width := width_of(made)) > room:
        made = replace(made, size=size * room / width)
    return (made,) if made.size >= SMALLEST else ()


def fitting(texts: Iterable[str], size: float, room: float) -> float:
    """The size in which all of some mathematical labels fit in the room, at most the given one."""
    wide = max(width_of(Label(0, 0, text, True, size=size)) for text in texts)
    return min(size, size * room / wide) if wide else size


@dataclass(frozen=True)
class Cell:
    """What one cell of a grid shows.

    Args:
        text: the label of the entry.
        factor: the label below it, of what multiplies the entry; in the colour of ``look``.
        look: of the weight, whose tint is behind the letters.
        chosen: whether it is what the figure is about.
        colours: of single names in the labels.
    """

    text: str = ""
    factor: str = ""
    fill: str | None = None
    ink: str = "ink"
    stroke: str = "muted"
    dash: tuple[float, ...] = ()
    look: Colour | None = None
    chosen: bool = False
    colours: tuple[tuple[str, str], ...] = ()
    marks: Marks = field(default_factory=dict)
    role: str = "pixel"


def cell(x: float, y: float, width: float, height: float, what: Cell) -> Group:
    """A cell with its labels, by its upper left corner."""
    fill = what.look.tint if what.look else what.fill
    thickness = 0.05 if what.chosen else 0.02
    shapes: list[Shape] = [Rectangle(x, y, width, height, fill, what.stroke, thickness, what.dash)]
    middle, room = x + width / 2, 0.84 * width
    size = 0.4 * min(width, height)
    colour = what.look.name if what.look else "muted"
    if what.factor and not what.text:
        shapes += label(middle, y + height / 2, what.factor, size=size, room=room, colour=colour)
    elif what.factor:
        size = fitting((what.text, what.factor), 0.9 * size, room)
        shapes += label(middle, y + 0.7 * height, what.factor, size=size, colour=colour, colours=what.colours)
    if what.look:
        shapes += tally(x + width, y, what.look)
    if what.text and what.factor:  # last: what stands before it, the weight in its colour, comes again elsewhere
        shapes += label(middle, y + 0.3 * height, what.text, size=size, colour=what.ink, colours=what.colours)
    elif what.text:
        shapes += label(middle, y + height / 2, what.text, size=size, room=room, colour=what.ink, colours=what.colours)
    return Group(tuple(shapes), dict(what.marks), what.role)


def tally(x: float, y: float, look: Colour) -> list[Shape]:
    """As many small marks as the colour was used before, from the upper right corner of a cell."""
    places = [x - 0.06 - 0.05 * at for at in range(look.tally)]
    return [Line(at, y + 0.04, at, y + 0.11, look.name, 0.02) for at in places]


@dataclass(frozen=True)
class Grid:
    """Where the cells of a part of a plane are: rows and columns by their numbers, which may be negative."""

    x: float
    y: float
    size: float
    rows: range
    columns: range

    @property
    def width(self) -> float:
        return self.size * len(self.columns)

    @property
    def height(self) -> float:
        return self.size * len(self.rows)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def corner(self, row: int, column: int) -> tuple[float, float]:
        return self.x + (column - self.columns.start) * self.size, self.y + (row - self.rows.start) * self.size

    def middle(self, row: int, column: int) -> tuple[float, float]:
        x, y = self.corner(row, column)
        return x + self.size / 2, y + self.size / 2

    def has(self, row: int, column: int) -> bool:
        return row in self.rows and column in self.columns

    def drawn(self, cells: Mapping[tuple[int, int], Cell]) -> list[Shape]:
        """The cells that are in it; plain borders first, so that strong ones lie above."""
        inside = {at: what for at, what in cells.items() if self.has(*at)}
        order = sorted(inside, key=lambda at: (inside[at].chosen, not inside[at].dash, inside[at].look is not None))
        return [cell(*self.corner(*at), self.size, self.size, inside[at]) for at in order]

    def frame(self, rows: range, columns: range, colour: str = "ink", thickness: float = 0.05) -> list[Shape]:
        """The outline of a part of it, cut where the grid ends."""
        top, bottom = max(rows.start, self.rows.start), min(rows.stop, self.rows.stop)
        left, right = max(columns.start, self.columns.start), min(columns.stop, self.columns.stop)
        if top >= bottom or left >= right:
            return []
        x, y = self.corner(top, left)
        return [Rectangle(x, y, (right - left) * self.size, (bottom - top) * self.size, None, colour, thickness)]

    def open_sides(self, rows: range, columns: range) -> list[Shape]:
        """Dots on the sides where the whole plane, of these rows and columns, goes on."""
        found: list[Shape] = []
        x, y, off = self.x + self.width / 2, self.y + self.height / 2, 0.16
        if self.columns.start > columns.start:
            found += dots(self.x - off, y)
        if self.columns.stop < columns.stop:
            found += dots(self.right + off, y)
        if self.rows.start > rows.start:
            found += dots(x, self.y - off, upright=True)
        if self.rows.stop < rows.stop:
            found += dots(x, self.bottom + off, upright=True)
        return found


def dots(x: float, y: float, upright: bool = False, colour: str = "muted") -> list[Shape]:
    """Three small dots about a point."""
    return [
        Circle(x + (0 if upright else 0.08 * at), y + (0.08 * at if upright else 0), 0.02, colour, None)
        for at in (-1, 0, 1)
    ]


def arrow(x1: float, y1: float, x2: float, y2: float, colour: str = "muted", thickness: float = 0.03) -> Line:
    return Line(x1, y1, x2, y2, colour, thickness, arrow=True)


def dimension(
    start: tuple[float, float], end: tuple[float, float], text: str, above: bool = True, whole: bool = True
) -> list[Shape]:
    """A dimension line with ticks at its ends and its size beside it: above or below, on the left or right.

    One that is not ``whole`` has dots at its end, where it goes on.
    """
    (x1, y1), (x2, y2) = start, end
    level = abs(y1 - y2) < 1e-9
    along, across = (0.07, 0.0) if level else (0.0, 0.07)
    shapes: list[Shape] = [Line(x1, y1, x2, y2, "muted", 0.02)]
    for x, y in (start, end) if whole else (start,):
        shapes.append(Line(x - across, y - along, x + across, y + along, "muted", 0.02))
    if not whole:
        shapes += dots(x2 + 2 * along, y2 + 2 * across, upright=not level)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    if level:
        return [*shapes, *label(x, y + (-0.2 if above else 0.2), text)]
    return [*shapes, *label(x + (-0.14 if above else 0.14), y, text, anchor="end" if above else "start")]


def extent_of(shapes: Iterable[Shape]) -> tuple[float, float, float, float]:
    """The box around shapes: left, top, right, bottom; that of a label is estimated."""
    boxes = [box for shape in shapes for box in boxes_of(shape)]
    if not boxes:
        return 0.0, 0.0, 0.0, 0.0
    left, top, right, bottom = zip(*boxes)
    return min(left), min(top), max(right), max(bottom)


Box = tuple[float, float, float, float]


def boxes_of(shape: Shape) -> list[Box]:
    """The boxes around a shape, or around every shape of a group."""
    if isinstance(shape, Group):
        return [box for inner in shape.shapes for box in boxes_of(inner)]
    if isinstance(shape, Rectangle):
        half = shape.thickness / 2 if shape.stroke else 0
        return [(shape.x - half, shape.y - half, shape.x + shape.width + half, shape.y + shape.height + half)]
    if isinstance(shape, Circle):
        reach = shape.radius + (shape.thickness / 2 if shape.stroke else 0)
        return [(shape.x - reach, shape.y - reach, shape.x + reach, shape.y + reach)]
    if isinstance(shape, Line):
        half = shape.thickness / 2
        (left, right), (top, bottom) = sorted((shape.x1, shape.x2)), sorted((shape.y1, shape.y2))
        return [(left - half, top - half, right + half, bottom + half)]
    width = width_of(shape)
    left = shape.x - {"start": 0.0, "middle": width / 2, "end": width}[shape.anchor]
    return [(left, shape.y - shape.size / 2, left + width, shape.y + shape.size / 2)]


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape somewhere else."""
    if isinstance(shape, Group):
        return replace(shape, shapes=tuple(moved(inner, dx, dy) for inner in shape.shapes))
    if isinstance(shape, Line):
        return replace(shape, x1=shape.x1 + dx, y1=shape.y1 + dy, x2=shape.x2 + dx, y2=shape.y2 + dy)
    return replace(shape, x=shape.x + dx, y=shape.y + dy)


def scaled(shape: Shape, factor: float) -> Shape:
    """The shape in another size, lines as thick as before."""
    if isinstance(shape, Group):
        return replace(shape, shapes=tuple(scaled(inner, factor) for inner in shape.shapes))
    if isinstance(shape, Line):
        x1, y1, x2, y2 = (factor * at for at in (shape.x1, shape.y1, shape.x2, shape.y2))
        return replace(shape, x1=x1, y1=y1, x2=x2, y2=y2)
    x, y = factor * shape.x, factor * shape.y
    if isinstance(shape, Rectangle):
        return replace(shape, x=x, y=y, width=factor * shape.width, height=factor * shape.height)
    if isinstance(shape, Circle):
        return replace(shape, x=x, y=y, radius=factor * shape.radius)
    return replace(shape, x=x, y=y, size=factor * shape.size)


def paper(shapes: Iterable[Shape], title: str, description: str) -> Drawing:
    """A drawing just as large as its shapes, with a margin; smaller if it would be too wide."""
    every = tuple(shapes)
    left, top, right, bottom = extent_of(every)
    if right - left > PAPER + 2 * MARGIN:
        every = tuple(scaled(shape, PAPER / (right - left)) for shape in every)
        left, top, right, bottom = extent_of(every)
    width, height = right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
    placed = tuple(moved(shape, MARGIN - left, MARGIN - top) for shape in every)
    return Drawing(round(width, 3), round(height, 3), placed, title, description)


def side_by_side(blocks: Iterable[Iterable[Shape]], gap: float = APART, width: float = PAPER) -> list[Shape]:
    """Blocks in rows, as many in each as the width has room for, their origins on one raster."""
    every = [list(block) for block in blocks]
    boxes = [extent_of(block) for block in every]
    if not boxes:
        return []
    lefts, _, rights, _ = zip(*boxes)
    wide = max(rights) - min(lefts)
    columns = max(1, int((width + gap + 0.05) / (wide + gap)))
    placed: list[Shape] = []
    y = 0.0
    for start in range(0, len(every), columns):
        row = range(start, min(start + columns, len(every)))
        top, bottom = min(boxes[at][1] for at in row), max(boxes[at][3] for at in row)
        for column, at in enumerate(row):
            placed += [moved(shape, column * (wide + gap), y - top) for shape in every[at]]
        y += bottom - top + gap
    return placed


def in_a_row(blocks: Iterable[Iterable[Shape]], gap: float) -> list[Shape]:
    """Blocks from left to right, their tops on a line."""
    placed: list[Shape] = []
    x = 0.0
    for block in map(list, blocks):
        left, _, right, _ = extent_of(block)
        placed += [moved(shape, x - left, 0) for shape in block]
        x += right - left + gap
    return placed


ARROW = 0.8
"""From a block to the next, with an arrow between."""


def arrow_to(before: list[Shape], after: list[Shape], *, downwards: bool = False, back: bool = False) -> list[Shape]:
    """Two blocks with an arrow from the first to the second, or ``back``: on its right, or below it."""
    left, top, right, bottom = extent_of(before)
    start_x, start_y, end_x, end_y = extent_of(after)
    inset = 0.15
    if downwards:
        x, ends = (left + right) / 2, (bottom + inset, bottom + ARROW - inset)
        line = arrow(x, ends[back], x, ends[not back])
        dx, dy = x - (start_x + end_x) / 2, bottom + ARROW - start_y
    else:
        y, ends = (top + bottom) / 2, (right + inset, right + ARROW - inset)
        line = arrow(ends[back], y, ends[not back], y)
        dx, dy = right + ARROW - start_x, y - (start_y + end_y) / 2
    return [*before, line, *(moved(shape, dx, dy) for shape in after)]
