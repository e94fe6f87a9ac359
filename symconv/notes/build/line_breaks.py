"""Laying out mathematics on a page: estimated widths, line breaks, matrices and dots.

Widths are in ems and estimated from the LaTeX text; they only decide where a long sum breaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from symconv.notes.build.marks import unmarked

LINE = 36.0
"""Width of a line of mathematics, in ems."""

MAX_ROWS, MAX_COLUMNS = 12, 12
"""A matrix with more rows or columns is shown with dots."""

TOKEN = re.compile(r"\\(?:mathrm|mathit|text|textcolor|color)\b|\\[A-Za-z]+|\\.|[{}_^]|\s+|.")


def width(latex: str) -> float:
    """Estimated width in ems. A fraction counts as the wider of its two parts.

    >>> width("w_{1}") < width("w_{1} + w_{2}")
    True
    """
    latex = re.sub(r"\\color\{[^{}]*\}|\\(begin|end)\{[a-z]*\}", "", unmarked(latex))
    return _sequence(latex, 0, 1.0)[0]


def _sequence(latex: str, start: int, scale: float) -> tuple[float, int]:
    """Width of the text from ``start`` up to a closing brace, and the place of that brace."""
    total, at = 0.0, start
    while at < len(latex):
        token = TOKEN.match(latex, at)
        assert token is not None
        text, at = token[0], token.end()
        if text == "}":
            return total, at
        if text == "{":
            inner, at = _sequence(latex, at, scale)
            total += inner
        elif text in "_^":
            inner, at = _argument(latex, at, scale * 0.72)
            total += inner
        elif text == r"\frac":
            above, at = _argument(latex, at, scale)
            below, at = _argument(latex, at, scale)
            total += max(above, below) + 0.25
        else:
            total += scale * _glyph(text)
    return total, at


def _argument(latex: str, at: int, scale: float) -> tuple[float, int]:
    while latex[at].isspace():
        at += 1
    if latex[at] == "{":
        return _sequence(latex, at + 1, scale)
    token = TOKEN.match(latex, at)
    assert token is not None
    return scale * _glyph(token[0]), token.end()


def _glyph(token: str) -> float:
    if token.isspace() or token in (r"\mathrm", r"\mathit", r"\text", r"\color", r"\textcolor"):
        return 0.0
    if token in ("+", "-", "=", r"\le", r"\ge", "<", ">"):
        return 1.3
    if token in (r"\sum", "&"):
        return 1.1
    if token in (r"\,", r"\!", r"\;", ",", "'"):
        return 0.25
    return 0.33 if token in "[]()|." else 0.58


def broken(left: str, pieces: Sequence[str], line: float = LINE) -> list[str]:
    """Lines for an ``align``: "left &= ..", broken between pieces where the line is full.

    Continued lines start with ``&\\quad``.
    """
    lines: list[str] = []
    room = line - width(left) - 2
    current, used = f"{left} &= {pieces[0]}", width(pieces[0])
    for piece in pieces[1:]:
        size = width(piece)
        if used + size > room:
            lines.append(current)
            current, used = rf"&\quad {piece}", size + 1
        else:
            current, used = f"{current} {piece}", used + size
    return [*lines, current]


SHOWN_TERMS = 6
"""A sum of more terms is shown as its first three, dots, and its last."""


def shown(count: int, limit: int) -> list[int | None]:
    """Which of ``count`` rows to show: all, or the first ``limit - 2``, dots (None), and the last.

    >>> shown(3, 5), shown(9, 5)
    ([0, 1, 2], [0, 1, 2, None, 8])
    """
    if count <= limit:
        return list(range(count))
    return [*range(limit - 2), None, count - 1]


def lines_of(pieces: Sequence[str], line: float = LINE, separator: str = r",\quad ") -> list[str]:
    """Pieces joined into as few lines as they fit in. A matrix counts as wide as its widest row."""
    lines: list[str] = []
    used = line
    for piece in pieces:
        rows = re.split(r"\\\\", piece)
        size = max(map(width, rows)) + 2 * piece.count("bmatrix")
        if used + size > line:
            lines.append(piece)
            used = size
        else:
            lines[-1] += separator + piece
            used += size
    return lines
