"""The markup that questions are written in: mathematics in a line and on its own, arrays of numbers, options."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from symconv.notes.build.line_breaks import LINE, Cells, broken, lines_of
from symconv.notes.build.templates import Said
from symconv.notes.model import Code, Math
from symconv.printing.latex import cells_of, latex_of
from symconv.printing.parts import NOTHING, Scripts, bracketed, equation as equals, grid, listed
from symconv.printing.tree import Node, Number, Relation, Text
from symconv.printing.widths import width

IN_TEXT = LINE + 2
"""Width of a line of text, where mathematics is set smaller."""

LETTERS = "abcdefgh"
"""Of options."""


def inline(mathematics: Node | str) -> str:
    """Mathematics in a line of text: a node, or LaTeX."""
    return f"${latex_of(mathematics) if isinstance(mathematics, Node) else mathematics}$"


def text_of(said: Said) -> str:
    """What notes say, as text with mathematics between dollars."""
    if isinstance(said, str):
        return said
    if isinstance(said, Node):
        return inline(said)
    parts = (inline(one.node) if isinstance(one, Math) else getattr(one, "text", "") for one in said)
    return "".join(f"`{part}`" if isinstance(one, Code) else part for one, part in zip(said, parts))


def display(lines: Node | Sequence[Cells] | str) -> str:
    """Mathematics on lines of its own: a formula, or lines that are aligned; LaTeX as it is."""
    if isinstance(lines, str):
        body = lines
    elif isinstance(lines, Node):
        body = latex_of(lines)
    elif len(lines) == 1:
        body = " ".join(map(latex_of, lines[0]))
    else:
        body = "\\begin{aligned}\n" + " \\\\\n".join(map(cells_of, lines)) + "\n\\end{aligned}"
    return f"$$\n{body}\n$$"


def equation(left: Node, *sides: Node) -> str:
    """left = side = side, on one line if it fits, else every side begins a line."""
    whole = Relation((left, *sides), ("=",) * len(sides))
    if width(whole) < LINE:
        return display(whole)
    lines = [line for at, side in enumerate(sides) for line in broken(NOTHING if at else left, side, stacking=False)]
    return display(lines)


def paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def named_array(name: Node, entries: Any, has_index: Sequence[bool], base: int) -> list[Node]:
    """name = [..]: a matrix of the last two dimensions, the others in superscripts of several; entries are numbers.

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
        above = bracketed(listed(Number(i + base) for i in at)) if leading else None
        matrix = grid([[Number(int(one)) for one in row] for row in rows])
        equations.append(equals(Scripts(name, None, above) if above else name, matrix))
    return equations


def arrays_display(equations: Sequence[Node]) -> str:
    """As many arrays to a line as fit."""
    lines = lines_of(equations, LINE - 2)
    if len(lines) == 1:
        return display(lines[0])
    return "$$\n\\begin{gathered}\n" + " \\\\\n".join(map(latex_of, lines)) + "\n\\end{gathered}\n$$"


def formulas(several: Sequence[tuple[Node, Node]]) -> list[str]:
    """Formulas, each of two sides: in lines of text where all of them fit, else on lines of their own."""
    whole = [equals(left, right) for left, right in several]
    if max(map(width, whole)) < IN_TEXT:
        return list(map(inline, whole))
    return [display(broken(left, right, LINE, stacking=False)) for left, right in several]


def numbered_lines(lines: Sequence[Cells]) -> str:
    """Equations, one below the other, each with its number in front."""
    return display([(Text(f"({at})"), NOTHING, *cells) for at, cells in enumerate(lines, start=1)])


def options(texts: Sequence[str]) -> str:
    """One paragraph for every option: (a), (b), .."""
    parts = []
    for letter, text in zip(LETTERS, texts):
        parts += [f"({letter})", text] if text.startswith("$$") else [f"({letter}) {text}"]
    return paragraphs(*parts)
