"""Laying out mathematics on a page: estimated widths, line breaks, matrices and dots.

Widths are in ems, of the tree of a formula; they only decide where a long sum breaks.
"""

from __future__ import annotations

from collections.abc import Sequence

from symconv.printing.layout import RELATIONS
from symconv.printing.parts import NOTHING, QUAD, line
from symconv.printing.tree import Node, Relation
from symconv.printing.widths import rows_of, width

Cells = tuple[Node, ...]
"""A line of mathematics, by the columns at which it is aligned."""

LINE = 36.0
"""Width of a line of mathematics, in ems; a rule may stand beside it."""

WHOLE_LINE = 40.0
"""Width of a line beside which nothing stands."""

MAX_ROWS, MAX_COLUMNS = 12, 12
"""A matrix with more rows or columns is shown with dots."""


def width_of(cells: Cells) -> float:
    """The width of a line of columns."""
    return sum(map(width, cells))


def aligned(left: Node, right: Node, sign: str = "=") -> Cells:
    """An equation as a line of an ``align``."""
    return left, line(sign, right)


def lines_of_relation(relation: Relation) -> Cells:
    """The relation as a line of an ``align``: h = X * w."""
    first, *rest = relation.parts
    return first, line(*(one for sign, part in zip(relation.signs, rest) for one in (RELATIONS[sign], part)))


def broken(
    left: Node, right: Node | Sequence[Node], room: float = LINE, sign: str = "=", stacking: bool = True
) -> list[Cells]:
    """Lines for an ``align``: "left = ..", broken between terms where the line is full.

    A product stays together unless it is longer than a line. ``right`` may be given in pieces, each with its sign. What
    is read again, such as a marked formula, has no conditions below each other: not ``stacking``.
    """
    first, *rest = rows_of(right, room - width(left) - 2, stacking)
    return [(left, line(sign, first)), *((NOTHING, line(QUAD, more)) for more in rest)]


SHOWN_TERMS = 6
"""A sum of more terms is shown as its first three, dots, and its last."""


def shown(count: int, limit: int) -> list[int | None]:
    """Which of ``count`` rows to show: all, or the first ``limit - 2``, dots (None), and the last.

    >>> shown(3, 5), shown(9, 5), shown(9, 2)
    ([0, 1, 2], [0, 1, 2, None, 8], [0, 1, None])
    """
    if count <= limit:
        return list(range(count))
    if limit < 3:
        return [*range(limit), None]
    return [*range(limit - 2), None, count - 1]


COMMA_QUAD = (",", QUAD)


def lines_of(pieces: Sequence[Node], room: float = LINE, between: Sequence[Node | str] = COMMA_QUAD) -> list[Node]:
    """Pieces joined into as few lines as they fit in."""
    lines: list[list[Node | str]] = []
    used = room
    for piece in pieces:
        size = width(piece)
        if used + size > room:
            lines.append([piece])
            used = size
        else:
            lines[-1] += [*between, piece]
            used += size
    return [line(*one) for one in lines]
