"""Drawings as they are printed: no wider than the paper has room for, and no letters that are too small to read.

A label that is too small becomes larger if its cell or neuron has room for it, and is left out if not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symconv.figures.drawing import Circle, Drawing, Group, Label, Rectangle, Shape
from symconv.figures.lettering import DIGIT, LETTER, Name, pieces_of, width_of, width_of_piece
from symconv.figures.parts import Box, boxes_of, scaled
from symconv.figures.writers.tikz import NARROWER, POINTS

FIRM = 0.96
"""How much of a cell letters may take."""
SLACK = 0.04
"""How far two labels may seem to overlap, in centimetres."""
BESIDE = ("dimension",)
"""Groups of lines with labels beside them, some of which reach over other lines."""
SUBSCRIPT = 1.0
"""How much larger letters with a subscript have to be, in points."""


def printed(drawing: Drawing, width: float, height: float, least: float, largest: float = 1.0) -> Drawing:
    """The drawing at its printed size.

    Args:
        width, height: the room, in centimetres.
        least: the size of the smallest letters, in points. Letters with subscripts are one point larger, and sizes are
            multiples of half a point, so that a document can say how large their subscripts are.
        largest: how much larger it may become to fill the room.
    """
    scale = min(largest, width / drawing.width, height / drawing.height)
    shapes = [scaled(shape, scale) for shape in drawing.shapes] if scale != 1 else list(drawing.shapes)
    kept = _apart([one for shape in shapes for one in _legible(shape, least, None)])
    return replace(drawing, width=scale * drawing.width, height=scale * drawing.height, shapes=kept)


def _legible(shape: Shape, least: float, room: tuple[float, float] | None) -> Iterator[Shape]:
    """The shape, with letters that can be read; ``room`` is the width and height of what they stand in."""
    if isinstance(shape, Group):
        inside = _room(shape)
        shapes = tuple(one for inner in shape.shapes for one in _legible(inner, least, inside))
        if shape.role != "edge-label" or any(isinstance(one, Label) for one in shapes):  # no gap in an edge
            yield replace(shape, shapes=shapes)
    elif isinstance(shape, Label):
        yield from _label(shape, least, room)
    else:
        yield shape


def _room(group: Group) -> tuple[float, float] | None:
    """What each label of a group has room in: its cell, shared by its labels, or its neuron."""
    labels = sum(isinstance(shape, Label) for shape in group.shapes)
    for shape in group.shapes:
        if isinstance(shape, Rectangle) and labels:
            return FIRM * shape.width, FIRM * shape.height / labels
        if isinstance(shape, Circle) and all(isinstance(one, (Circle, Label)) for one in group.shapes):
            return 1.9 * shape.radius, 2 * shape.radius
    return None


def _apart(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """The shapes, without labels beside cells that have grown into others, and lines interrupted by such labels."""
    taken: list[Box] = []
    return tuple(one for shape in shapes for one in _free(shape, taken))


def _free(shape: Shape, taken: list[Box]) -> Iterator[Shape]:
    if isinstance(shape, Group) and shape.role in BESIDE:
        lines = [one for one in shape.shapes if not isinstance(one, Label)]
        labels = [one for label in shape.shapes if isinstance(label, Label) for one in _free(label, taken)]
        grounds = [_ground(label) for label in labels if isinstance(label, Label)]
        yield replace(shape, shapes=(*lines, *grounds, *labels))
    elif isinstance(shape, Label):
        (box,) = boxes_of(shape)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            yield shape
    else:
        yield shape


def _ground(label: Label) -> Rectangle:
    """The paper under a label, a little lower than its box, so that the line beside it stays whole."""
    ((left, top, right, bottom),) = boxes_of(label)
    inset = 0.2 * label.size
    return Rectangle(left, top + inset, right - left, bottom - top - 2 * inset, "paper", None)


def _overlap(one: Box, other: Box) -> bool:
    """Whether two boxes have more in common than estimates of widths may be wrong by."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > SLACK and down > SLACK


def _label(label: Label, least: float, room: tuple[float, float] | None) -> Iterator[Label]:
    unit = POINTS * (NARROWER if label.mathematical else 1.0)
    need = least + (SUBSCRIPT if _has_scripts(label) else 0.0)
    points = max(int(2 * label.size * unit + 1e-6) / 2, need)
    made = replace(label, size=points / unit)
    free = room is None or label.anchor != "middle"
    fits = free or (_width(made, points, least) <= room[0] and 0.8 * points / POINTS <= room[1])  # type: ignore[index]
    if points <= label.size * unit + 1e-6 or fits:
        yield made


def _width(label: Label, points: float, least: float) -> float:
    """About how wide the letters are, in centimetres, their subscripts no smaller than the smallest letters."""
    if not label.mathematical:
        return width_of(label)
    script = max(0.7 * points, least)
    wide = sum(
        LETTER * len(one.letters) * points + DIGIT * (len(one.above) + len(one.below)) * script
        if isinstance(one, Name)
        else width_of_piece(one) * points
        for one in pieces_of(label.text)
    )
    return wide / POINTS


def _has_scripts(label: Label) -> bool:
    pieces = pieces_of(label.text) if label.mathematical else []
    return any(isinstance(one, Name) and bool(one.below or one.above) for one in pieces)
