"""A line moved out of a loop: a return, or what is done once too often."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symconv.programs.edits.function import Function
from symconv.programs.edits.text import Edit


def changes(f: Function) -> Iterator[Edit]:
    """The last line of a loop, behind it or behind one around it."""
    loops = [node for node in f.nodes if isinstance(node, (ast.For, ast.While, ast.If))]
    for loop in loops:
        last = loop.body[-1]
        simple = isinstance(last, (ast.Return, ast.Assign, ast.AugAssign)) and last.lineno == last.end_lineno
        if not simple or last.lineno == loop.lineno:
            continue
        around = [node for node in loops if node is not loop and any(one is loop for one in ast.walk(node))]
        for outer in (loop, *around):
            if outer is loop and len(loop.body) == 1:
                continue
            if _ends_with(outer, last):
                start = f.text.starts[last.lineno - 1]
                cost = 0 if isinstance(last, ast.Return) else 2
                yield Edit(cost, last.lineno, start, start + last.col_offset, " " * outer.col_offset, "outside")


def _ends_with(outer: ast.stmt, last: ast.stmt) -> bool:
    """Whether nothing follows a statement in what is around it."""
    return max(getattr(node, "end_lineno", 0) or 0 for node in ast.walk(outer)) == last.end_lineno
