"""The markup that questions are written in: mathematics in a line and on its own, arrays of numbers, options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from symconv.notes.build.line_breaks import LINE, broken, lines_of, width

IN_TEXT = LINE + 2
"""Width of a line of text, where mathematics is set smaller."""

LETTERS = "abcdefgh"
"""Of options."""


def inline(latex: str) -> str:
    """Mathematics in a line of text."""
    return f"${latex}$"


def display(lines: str | Sequence[str]) -> str:
    """Mathematics on lines of its own; several lines are aligned at their &."""
    lines = [lines] if isinstance(lines, str) else list(lines)
    if len(lines) == 1:
        body = lines[0].replace("&", "", 1) if "&" in lines[0].split(r"\begin")[0] else lines[0]
    else:
        body = "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"
    return f"$$\n{body}\n$$"


def equation(left: str, *sides: Sequence[str]) -> str:
    """left = side = side, each given in pieces between which a line may break.

    On one line if it fits, else every side begins a line.
    """
    whole = f"{left} = {' = '.join(' '.join(side) for side in sides)}"
    if width(whole) < LINE:
        return display(whole)
    first, *others = sides
    lines = broken(left, first, LINE)
    for side in others:
        lines += [line.removeprefix(" ") for line in broken("", side, LINE)]
    return display(lines)


def paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def matrix(rows: Iterable[Iterable[str]]) -> str:
    body = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def named_array(name: str, entries: Any, has_index: Sequence[bool], base: int) -> list[str]:
    """name = [..]: a matrix of the last two dimensions, the others in superscripts of several; entries are LaTeX.

    Dimensions without an index in labels are left out; of one dimension, a row.
    """
    array = np.asarray(entries, dtype=object)
    kept = [size for size, has in zip(array.shape, has_index) if has]
    array = array.reshape(kept or [1])
    inner = 2 if array.ndim > 1 else 1
    leading, spatial = array.shape[: array.ndim - inner], array.shape[array.ndim - inner :]
    parts = array.reshape(prod(leading), *spatial)
    equations = []
    for part, at in zip(parts, np.ndindex(*leading)):
        rows = part if inner == 2 else [part]
        above = f"^{{({','.join(str(i + base) for i in at)})}}" if leading else ""
        equations.append(f"{name}{above} = {matrix(rows)}")
    return equations


def arrays_display(equations: Sequence[str]) -> str:
    """As many arrays to a line as fit."""
    lines = lines_of(list(equations), LINE - 2)
    if len(lines) == 1:
        return display(lines)
    return "$$\n\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}\n$$"


def formulas(several: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Formulas, each of a left side and pieces: in lines of text where all of them fit, else on lines of their own."""
    whole = [f"{left} = {' '.join(pieces)}" for left, pieces in several]
    if max(map(width, whole)) < IN_TEXT:
        return [inline(one) for one in whole]
    return [display(broken(left, pieces, LINE)) for left, pieces in several]


def numbered_lines(lines: Sequence[str]) -> str:
    """Equations "left &= right", one below the other, each with its number in front."""
    return display([rf"\text{{({at})}} && {line}" for at, line in enumerate(lines, start=1)])


def options(texts: Sequence[str]) -> str:
    """One paragraph for every option: (a), (b), .."""
    parts = []
    for letter, text in zip(LETTERS, texts):
        parts += [f"({letter})", text] if text.startswith("$$") else [f"({letter}) {text}"]
    return paragraphs(*parts)
