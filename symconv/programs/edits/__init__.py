"""Small changes of a function's text: an index, a bound, a sign, an operator, a name for another, `=` for `+=`.

A change replaces a piece of one line (or of one expression), so that the rest of the text stays as its author wrote it.
"""

from __future__ import annotations

import ast

from symconv.programs.edits import calls, lines, single, together
from symconv.programs.edits.function import Function
from symconv.programs.edits.text import Edit, Text

__all__ = ["Edit", "edits_of"]


def edits_of(source: str, function: str) -> list[Edit]:
    """Small changes of a function, and of those of the same text that it calls, the likeliest first.

    Args:
        source: the text of its file.
        function: its name, or "Class.method".

    >>> source = "def f(x, w, s):\\n    return x[s + 1] * w[s]\\n"
    >>> changed = [edit.of(source).splitlines()[1].strip() for edit in edits_of(source, "f")]
    >>> [f"return {one}" in changed for one in ("x[s - 1] * w[s]", "w[s + 1] * w[s]", "x[s + 2] * w[s]")]
    [True, True, True]
    """
    text = Text(source)
    found: list[Edit] = []
    for node in _concerned(ast.parse(source), function):
        f = Function(text, node)
        for changes in (single.changes, calls.changes, together.changes, lines.changes):
            found += changes(f)
    found += [*together.of_one_kind(source, found), *lines.alike(text, found)]
    return sorted({(edit.start, edit.end, edit.text): edit for edit in reversed(found)}.values())


def _concerned(tree: ast.Module, function: str) -> list[ast.FunctionDef]:
    """A function and those that it calls, by their names: also methods, and all methods of a class that it makes."""
    owner, _, name = function.rpartition(".")
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    known: dict[str, list[ast.FunctionDef]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            known.setdefault(node.name, []).append(node)
    own = classes[owner].body if owner in classes else []
    first = [node for node in own if isinstance(node, ast.FunctionDef) and node.name == name] or known.get(name, [])[:1]
    waiting, chosen = list(first), list(first)
    while waiting:
        for node in ast.walk(waiting.pop()):
            called = node.func if isinstance(node, ast.Call) else None
            last = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            made = [one for one in getattr(classes.get(last), "body", ()) if isinstance(one, ast.FunctionDef)]
            for one in (*known.get(last, ()), *made):
                if one not in chosen:
                    chosen.append(one)
                    waiting.append(one)
    return chosen
