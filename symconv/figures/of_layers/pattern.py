"""The weight matrix of a large layer as a pattern: a pixel an entry, its blocks outlined, one of them enlarged."""

from __future__ import annotations

from symconv.figures.drawing import Drawing, Group, Line, Rectangle, Shape
from symconv.figures.parts import Cell, arrow_to, cell, dots, label, paper
from symconv.figures.subject import Subject, with_indices
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.layers import Layer

MOST_ROWS, MOST_COLUMNS = 96, 72
"""Rows and columns of the pattern."""
TALL, WIDE, LARGEST = 6.5, 7.0, 0.22
"""Of the pattern, and of a pixel, in centimetres."""
BLOCK = 6
"""Rows and columns of the block that is enlarged."""
SIZE = 1.05
"""Of a cell in it."""


def pattern(layer: Layer) -> Drawing:
    """The matrix as a pattern, inputs down and outputs across, the first of a very large one.

    Pixels have the marks of their output, input and weight.

    Raises:
        SymbolicShapeError: a size is a letter.

    >>> from symconv import Conv
    >>> len(pattern(Conv((5, 5), (3, 3))).groups("pixel"))
    81
    """
    subject = Subject(layer)
    rows, columns = sizes_shown(subject)
    pixel = min(LARGEST, TALL / rows, WIDE / columns)
    edges = {output: subject.edges(output) for output in range(columns)}
    shapes: list[Shape] = [Rectangle(0, 0, columns * pixel, rows * pixel, "paper", None)]
    for output, found in edges.items():
        for source, edge in found.items():
            if source < rows:
                square = Rectangle(output * pixel, source * pixel, pixel, pixel, edge.colour.name, None)
                shapes.append(Group((square,), edge.marks, "pixel"))
    shapes += _outlines(subject, rows, columns, pixel)
    top, left, height, width = _block(subject, rows, columns)
    around = Rectangle(left * pixel, top * pixel, width * pixel, height * pixel, None, "ink", 0.06)
    if rows < subject.inputs:
        shapes += dots(columns * pixel / 2, rows * pixel + 0.2, upright=True)
    if columns < subject.outputs:
        shapes += dots(columns * pixel + 0.2, rows * pixel / 2)
    enlarged = _enlarged(subject, range(top, top + height), range(left, left + width))
    return paper(arrow_to([*shapes, around], enlarged), TITLES["pattern"], DESCRIPTIONS["pattern"])


def sizes_shown(subject: Subject) -> tuple[int, int]:
    """How many rows and columns are drawn."""
    return min(subject.inputs, MOST_ROWS), min(subject.outputs, MOST_COLUMNS)


def _outlines(subject: Subject, rows: int, columns: int, pixel: float) -> list[Shape]:
    """Rules between rows of the image, and thicker ones between channels."""
    right, bottom = columns * pixel, rows * pixel
    lines: list[Shape] = []
    row, column = subject.input_size[-1], subject.output_size[-1]
    many = len(subject.axes) > 1
    channel = subject.inputs // subject.input_channels
    for at in range(0, rows + 1, row if many else max(rows, 1)):
        strong = at % channel == 0 or at == rows
        lines.append(Line(0, at * pixel, right, at * pixel, "ink" if strong else "faint", 0.035 if strong else 0.02))
    for at in range(0, columns + 1, column if many else max(columns, 1)):
        strong = at % subject.positions == 0 or at == columns
        lines.append(Line(at * pixel, 0, at * pixel, bottom, "ink" if strong else "faint", 0.035 if strong else 0.02))
    return lines


def _block(subject: Subject, rows: int, columns: int) -> tuple[int, int, int, int]:
    """Top, left, height and width of the block that is enlarged: one row of the image and one of the output."""
    row, column = subject.input_size[-1], subject.output_size[-1]
    second = subject.output_size[-2] // 2 if len(subject.axes) > 1 else 0
    left = second * column if (second + 1) * column <= columns else 0
    sources = [at for at in subject.edges(min(left + 1, subject.outputs - 1)) if at < rows] or [0]
    top = sources[0] // row * row if len(subject.axes) > 1 else 0
    return top, left, min(row, BLOCK, rows - top), min(column, BLOCK, columns - left)


def _enlarged(subject: Subject, rows: range, columns: range) -> list[Shape]:
    """A block with the labels of its entries, inputs and outputs."""
    shapes: list[Shape] = []
    height = 0.75 * SIZE
    for across, output in enumerate(columns):
        edges = subject.edges(output)
        for down, source in enumerate(rows):
            what = Cell("0", ink="faint", stroke="faint", role="zero")
            marks: dict[str, tuple[int, ...]] = {}
            if source in edges:
                edge = edges[source]
                what, marks = Cell(factor=edge.label, look=edge.colour, role="cell"), edge.marks
            drawn = cell(across * SIZE, down * height, SIZE, height, what)
            shapes.append(Group(drawn.shapes, with_indices(marks), what.role))
        shapes += label((across + 0.5) * SIZE, -0.25, subject.output_label(output), size=0.28, room=SIZE)
    for down, source in enumerate(rows):
        shapes += label(-0.15, (down + 0.5) * height, subject.input_label(source), size=0.28, anchor="end")
    return [*shapes, Rectangle(0, 0, len(columns) * SIZE, len(rows) * height, None, "ink", 0.06)]
