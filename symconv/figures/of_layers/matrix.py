"""The weight matrix of the fully connected layer: where it is zero, where weights are equal, and its blocks."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.figures.drawing import Drawing, Group, Line, Shape
from symconv.figures.of_layers.connections import Index
from symconv.figures.parts import PAPER, Cell, cell, dots, label, paper
from symconv.figures.subject import Subject, excerpt, shown, with_indices
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.layers import Layer

SHOWN_ROWS = 18
SHOWN_COLUMNS = 18
WIDTH, HEIGHT = 0.72, 0.5
HEAD = 0.8
"""For the labels of rows."""


def weight_matrix(layer: Layer) -> Drawing:
    """The matrix: inputs down the rows, outputs across the columns, a thicker rule between rows of the image.

    Cells have the marks of their output, input and weight, and all cells their place in the matrix ("dense").

    Raises:
        SymbolicShapeError: a size is a letter.

    >>> from symconv import Conv
    >>> drawing = weight_matrix(Conv(3, 2))
    >>> [(group.marks["weight"], group.marks["dense"]) for group in drawing.groups("cell")]
    [((0,), (0,)), ((1,), (2,)), ((0,), (3,)), ((1,), (5,))]
    """
    subject = Subject(layer)
    rows, columns = rows_shown(subject), columns_shown(subject)
    width = min(WIDTH, (PAPER - HEAD) / len(columns))
    shapes: list[Shape] = []
    edges = {output: subject.edges(output) for output in shown(columns)}
    for down, source in enumerate(rows):
        y = down * HEIGHT
        if source is None:
            shapes += dots(len(columns) * width / 2, y + HEIGHT / 2, upright=True)
            continue
        words = label(-0.15, y + HEIGHT / 2, subject.input_label(source), size=0.24, anchor="end")
        shapes.append(Group(words, {"input": (source,)}, "row"))
        for across, output in enumerate(columns):
            if output is None:
                continue
            what = Cell("0", ink="faint", stroke="faint", role="zero")
            marks: dict[str, tuple[int, ...]] = {"dense": (subject.dense(source, output),)}
            if source in edges[output]:
                edge = edges[output][source]
                what = Cell(factor=edge.label, look=edge.colour, stroke="muted", role="cell")
                marks = edge.marks
            shapes.append(_entry(across * width, y, width, what, marks))
    for across, output in enumerate(columns):
        if output is None:
            shapes += dots((across + 0.5) * width, len(rows) * HEIGHT / 2)
            continue
        words = label((across + 0.5) * width, -0.22, subject.output_label(output), size=0.24, room=0.95 * width)
        marks = {"output": (output,), "position": (subject.position_of(output),)}
        shapes.append(Group(words, marks, "column"))
    shapes += _rules(rows, columns, width, subject)
    return paper(shapes, TITLES["matrix"], DESCRIPTIONS["matrix"])


def rows_shown(subject: Subject) -> list[int | None]:
    """The inputs whose rows are drawn."""
    return excerpt(range(subject.inputs), SHOWN_ROWS, last=4)


def columns_shown(subject: Subject) -> list[int | None]:
    """The outputs whose columns are drawn."""
    return excerpt(range(subject.outputs), SHOWN_COLUMNS, last=4)


def _entry(x: float, y: float, width: float, what: Cell, marks: dict[str, tuple[int, ...]]) -> Group:
    drawn = cell(x, y, width, HEIGHT, what)
    return Group(drawn.shapes, with_indices(marks), what.role)


def _rules(rows: Sequence[int | None], columns: Sequence[int | None], width: float, subject: Subject) -> list[Shape]:
    """The outline, and rules between rows of the image: blocks; thicker ones between channels."""
    right, bottom = len(columns) * width, len(rows) * HEIGHT
    shapes: list[Shape] = []
    for at, weight in _borders(rows, subject.input_size):
        shapes.append(Line(0, at * HEIGHT, right, at * HEIGHT, "ink", weight))
    for at, weight in _borders(columns, subject.output_size):
        shapes.append(Line(at * width, 0, at * width, bottom, "ink", weight))
    return shapes


def _borders(items: Sequence[int | None], size: Index) -> list[tuple[int, float]]:
    """Where rules are, and how thick: at the ends, between channels, between rows of an image."""
    channel = 1
    for count in size:
        channel *= count
    borders = [(0, 0.04), (len(items), 0.04)]
    for at, item in enumerate(items):
        if not item or at == 0:
            continue
        if item % channel == 0:
            borders.append((at, 0.06))
        elif len(size) > 1 and item % size[-1] == 0:
            borders.append((at, 0.04))
    return borders
