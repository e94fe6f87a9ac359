"""The same function in a changed text."""

from __future__ import annotations

import ast

from symconv.errors import CodeSourceError
from symconv.programs.source import Module, Target


def changed(target: Target, text: str) -> Target:
    """The function of a target in a changed text of its module: the one with the same number.

    Raises:
        CodeSourceError: the text is not Python, or has other functions.
    """
    module = Module(text, target.module.name)
    before, after = _functions(target.module.tree), _functions(module.tree)
    at = next(at for at, (_, node) in enumerate(before) if node is target.function)
    if len(after) != len(before) or after[at][1].name != target.function.name:
        raise CodeSourceError(target.name, "the changed text has other functions", "change a line of one")
    owner, function = after[at]
    return Target(module, function, owner, target.around)


def _functions(tree: ast.Module) -> list[tuple[ast.ClassDef | None, ast.FunctionDef]]:
    """All functions of a text, each with its class."""
    owners = {id(one): node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in node.body}
    return [(owners.get(id(node)), node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
