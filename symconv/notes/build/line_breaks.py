"""Laying out mathematics on a page: estimated widths, line breaks, matrices and dots.

Widths are in ems; they only decide where a long sum breaks.
"""

from __future__ import annotations

from collections.abc import Sequence

from symconv.notes.build.typeset import (
    Coloured,
    Fence,
    Fraction,
    Function,
    Grid,
    Line,
    Marked,
    Numeral,
    PartWriter,
    Root,
    Scripts,
    Sign,
    Space,
    Symbol,
    Underbrace,
    Words,
    columns,
)

LINE = 36.0
"""Width of a line of mathematics, in ems; a rule may stand beside it."""

WHOLE_LINE = 40.0
"""Width of a line beside which nothing stands."""

MAX_ROWS, MAX_COLUMNS = 12, 12
"""A matrix with more rows or columns is shown with dots."""

WIDE, NARROW = "+−=≤≥<>≠←→", ",'′″‴"
"""Signs with space around them, and those that are thin."""


class WidthWriter(PartWriter[float]):
    """The width of a tree in ems."""

    def symbol(self, part: Symbol) -> float:
        return sum(0.25 if letter in NARROW else 0.58 for letter in part.text)

    def numeral(self, part: Numeral) -> float:
        return sum(0.33 if digit == "." else 0.58 for digit in part.text)

    def sign(self, part: Sign) -> float:
        if part.large:
            return 1.1
        if part.text in WIDE:
            return 1.3
        return 0.25 if part.text in NARROW else 0.33 if part.text in "[]()|." else 0.58

    def function(self, part: Function) -> float:
        return 0.58 * (1 + len(part.text))

    def words(self, part: Words) -> float:
        return 0.58 * len(part.text.replace(" ", ""))

    def space(self, part: Space) -> float:
        return 0.25 if part.width < 0.5 else 0.58 * part.width

    def line(self, part: Line) -> float:
        return sum(map(self.write, part.parts))

    def scripts(self, part: Scripts) -> float:
        """Limits of a large sign stand above each other, so the wider one counts."""
        scripts = [self.write(one) for one in (part.below, part.above) if one]
        is_large = isinstance(part.base, Sign) and part.base.large
        return self.write(part.base) + 0.72 * (max(scripts, default=0.0) if is_large else sum(scripts))

    def underbrace(self, part: Underbrace) -> float:
        return max(self.write(part.inside), 0.72 * self.write(part.below) if part.below else 0.0) + 0.58

    def fraction(self, part: Fraction) -> float:
        return max(self.write(part.above), self.write(part.below)) + 0.25

    def root(self, part: Root) -> float:
        return self.write(part.inside) + 0.58

    def fence(self, part: Fence) -> float:
        return self.write(part.inside) + 2 * 0.9

    def grid(self, part: Grid) -> float:
        """As wide as the widest row."""
        return max(sum(map(self.write, row)) + 1.1 * (len(row) - 1) for row in part.rows) + 4

    def coloured(self, part: Coloured) -> float:
        return self.write(part.inside)

    def marked(self, part: Marked) -> float:
        return self.write(part.inside)


_WIDTH = WidthWriter()


def width(latex: str) -> float:
    """Estimated width in ems. A fraction counts as the wider of its two parts.

    >>> width("w_{1}") < width("w_{1} + w_{2}")
    True
    """
    return sum(map(_WIDTH.write, columns(latex)))


def broken(left: str, pieces: Sequence[str], line: float = LINE) -> list[str]:
    """Lines for an ``align``: "left &= ..", broken between pieces where the line is full.

    Continued lines start with ``&\\quad``. A piece that starts with a thin space belongs to the product before it,
    which stays together unless it is longer than a line.
    """
    lines: list[str] = []
    room = line - width(left) - 2
    first, *rest = [part for product in _products(pieces) for part in _fitting(product, room)]
    current, used = f"{left} &= {first}", width(first)
    for piece in rest:
        size = width(piece)
        if used + size > room:
            lines.append(current)
            current, used = rf"&\quad {piece}", size + 1
        else:
            current, used = f"{current} {piece}", used + size
    return [*lines, current]


def _products(pieces: Sequence[str]) -> list[list[str]]:
    """The pieces of every product, a sign or a thin space in front of each."""
    products: list[list[str]] = []
    for piece in pieces:
        if products and piece.startswith(r"\,"):
            products[-1].append(piece)
        else:
            products.append([piece])
    return products


def _fitting(product: list[str], room: float) -> list[str]:
    """The product as one piece if it fits on a line, else piece by piece."""
    whole = " ".join(product)
    return [whole] if len(product) == 1 or width(whole) + 1 <= room else product


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


def lines_of(pieces: Sequence[str], line: float = LINE, separator: str = r",\quad ") -> list[str]:
    """Pieces joined into as few lines as they fit in."""
    lines: list[str] = []
    used = line
    for piece in pieces:
        size = width(piece)
        if used + size > line:
            lines.append(piece)
            used = size
        else:
            lines[-1] += separator + piece
            used += size
    return lines
