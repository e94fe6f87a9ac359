"""Channels as sheets, one behind the other, as figures of networks have them; a window goes through them to one output.

``of_networks.py`` puts the stacks of a whole network beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

from symconv.figures.drawing import Drawing, Group, Line, Rectangle, Shape
from symconv.figures.of_layers.connections import Index
from symconv.figures.of_layers.networks import middle_output
from symconv.figures.of_layers.planes import At, place
from symconv.figures.parts import extent_of, label, moved, paper
from symconv.figures.subject import Subject
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.geometry.axes import unraveled
from symconv.layers import Layer

SHOWN_SHEETS = 6
"""Of a stack; how many there are is said below it."""
LARGEST, LEAST = 2.6, 0.35
"""The longest side of a sheet, and the shortest of the others, in centimetres."""
BEHIND = 0.13
"""From a sheet to the one behind it, to the right and up."""
THIN = 0.28
"""Of a sheet with one row, and of a vector."""
BETWEEN = 3.2
"""From the sheets of a layer's input to those of its output."""
LETTERS = 0.3


@dataclass(frozen=True)
class Stack:
    """A tensor of one example: its name, its channels, and the rows and columns of their planes.

    A vector has one channel and no columns.
    """

    name: str
    shape: Index
    fill: str

    @property
    def plane(self) -> At:
        """Rows and columns of a sheet."""
        if len(self.shape) == 1:
            return self.shape[0], 0
        return (self.shape[-2], self.shape[-1]) if len(self.shape) > 2 else (1, self.shape[-1])

    @property
    def sheets(self) -> int:
        """Channels, and slices of those with three axes."""
        return prod(self.shape[:-2]) if len(self.shape) > 2 else self.shape[0] if len(self.shape) == 2 else 1

    @property
    def sheets_shown(self) -> int:
        return min(self.sheets, SHOWN_SHEETS)

    def sides(self, longest: int) -> tuple[float, float]:
        """Height and width of a sheet; ``longest`` is the longest side of all sheets, in elements."""
        rows, columns = self.plane

        def side(size: int) -> float:
            return max(LEAST, LARGEST * sqrt(size / longest))

        if columns == 0:
            return side(rows), THIN
        return THIN if rows == 1 and len(self.shape) == 2 else side(rows), side(columns)

    def drawn(self, longest: int) -> list[Shape]:
        """The sheets, the front one with its upper left corner at the origin, and below them name and sizes."""
        height, width = self.sides(longest)
        behind = reversed(range(self.sheets_shown))
        sheets = [Rectangle(BEHIND * at, -BEHIND * at, width, height, self.fill) for at in behind]
        below = label(width / 2, height + 0.28, self.name, size=LETTERS)
        sizes = label(width / 2, height + 0.62, "×".join(map(str, self.shape)), size=0.8 * LETTERS)
        return [Group(tuple(sheets), {}, "stack"), *below, *sizes]


def stacks(layer: Layer) -> Drawing:
    """The input and the output of a layer as stacks of sheets, with one window and the output that it gives.

    The window's group has the marks of the output and of the inputs on the front sheet.

    Raises:
        SymbolicShapeError: a size is a letter.

    >>> from symconv import Conv
    >>> [len(group.shapes) for group in stacks(Conv((8, 8), 3, in_channels=3, out_channels=9)).groups("stack")]
    [3, 6]
    """
    subject = Subject(layer)
    names = layer.notation
    before = Stack(names.input, (subject.input_channels, *subject.input_size), "inputfill")
    after = Stack(names.output, (subject.output_channels, *subject.output_size), "outputfill")
    longest = max(*before.plane, *after.plane)
    left, right = before.drawn(longest), after.drawn(longest)
    apart = extent_of(left)[2] + BETWEEN
    drop = (before.sides(longest)[0] - after.sides(longest)[0]) / 2
    shapes = [*left, *(moved(shape, apart, drop) for shape in right)]
    output = middle_output(subject)
    window = _window(subject, output, before, longest)
    at = place(unraveled(output, subject.output_size))
    target = moved(_cell(after, at, at, longest), apart, drop)
    assert isinstance(target, Rectangle)
    if window is not None:
        sources = tuple(source for source in subject.edges(output) if source < subject.inputs // subject.input_channels)
        lines = _edges(window, target)
        shapes.append(Group((window, *lines, target), {"output": (output,), "input": sources}, "window"))
    if subject.has_weights:
        sizes = "×".join(str(int(size)) for size in layer.weight_shape)
        middle = (extent_of(left)[2] + apart) / 2
        top = target.y if window is None else min(window.y, target.y)
        shapes += label(middle, top - 0.6, names.weight, size=LETTERS)
        shapes += label(middle, top - 0.26, sizes, size=0.8 * LETTERS)
    return paper(shapes, TITLES["stacks"], DESCRIPTIONS["stacks"])


def is_stacked(subject: Subject) -> bool:
    """Whether the layer has channels to put behind each other."""
    return subject.input_channels > 1 or subject.output_channels > 1


def _window(subject: Subject, output: int, stack: Stack, longest: int) -> Rectangle | None:
    """What an output reads of the front sheet; None if that is padding alone."""
    count = subject.inputs // subject.input_channels
    places = [
        place(unraveled(read.input, subject.input_size))
        for read in subject.reads[output]
        if read.input is not None and read.input < count
    ]
    if not places:
        return None
    rows, columns = zip(*places)
    return _cell(stack, (min(rows), min(columns)), (max(rows), max(columns)), longest)


def _cell(stack: Stack, first: At, last: At, longest: int) -> Rectangle:
    """The elements of a front sheet from one to another."""
    (height, width), (rows, columns) = stack.sides(longest), stack.plane
    down, across = height / rows, width / max(columns, 1)
    top, left = first[0] * down, first[1] * across
    return Rectangle(
        left, top, max((last[1] - first[1] + 1) * across, 0.05), max((last[0] - first[0] + 1) * down, 0.05), "wAtint",
        "wA", 0.035,
    )  # fmt: skip


def _edges(window: Rectangle, cell: Rectangle) -> Sequence[Shape]:
    """From the corners of a window to those of an output."""
    corners = [(right, bottom) for right in (0, 1) for bottom in (0, 1)]
    return [
        Line(
            window.x + right * window.width, window.y + bottom * window.height,
            cell.x + right * cell.width, cell.y + bottom * cell.height, "wA", 0.015,
        )
        for right, bottom in corners
    ]  # fmt: skip
