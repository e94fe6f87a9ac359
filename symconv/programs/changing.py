"""The same function in a changed text, of which only the statement that changed is parsed again."""

from __future__ import annotations

import ast

from symconv.errors import CodeSourceError
from symconv.programs.source import Module, Target


def changed(target: Target, text: str) -> Target:
    """The function of a target in a changed text of its module: the one with the same number.

    Raises:
        CodeSourceError: the text is not Python, or has other functions.
    """
    old = target.module
    at = _only_change(old, text)
    if at is None:
        return _in_whole(target, Module(text, target.module.name, target.module.path))
    statement = old.tree.body[at]
    new = _parsed(old, text, statement)
    if type(new) is not type(statement) or getattr(new, "name", "") != getattr(statement, "name", ""):
        raise CodeSourceError(target.name, "the changed text has other functions", "change a line of one")
    module = old.with_statement(text, at, new)
    before, after = _functions(statement), _functions(new)
    place = next((place for place, (_, node) in enumerate(before) if node is target.function), None)
    if place is None:
        return Target(module, target.function, target.owner, target.around)
    if len(after) != len(before) or after[place][1].name != target.function.name:
        raise CodeSourceError(target.name, "the changed text has other functions", "change a line of one")
    owner, function = after[place]
    return Target(module, function, owner, target.around)


def _only_change(module: Module, text: str) -> int | None:
    """The number of the definition in which alone a text with as many lines differs; None if not exactly one."""
    before, after = module.text.splitlines(), text.splitlines()
    if len(before) != len(after):
        return None
    differs = [number for number, (one, other) in enumerate(zip(before, after), 1) if one != other]
    for at, node in enumerate(module.tree.body):
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        if differs and first <= differs[0] and differs[-1] <= (node.end_lineno or 0):
            return at if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else None
    return None


def _parsed(module: Module, text: str, statement: ast.stmt) -> ast.stmt:
    """A statement as it is in the changed text, with the lines that it has there."""
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
    lines = text.splitlines()[first - 1 : statement.end_lineno]
    try:
        (node,) = ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        wrong = "the changed text is not Python"
        raise CodeSourceError(module.name, wrong, "pass a text that Python 3 can parse") from None
    return ast.increment_lineno(node, first - 1)


def _in_whole(target: Target, module: Module) -> Target:
    """The function of a target in another module."""
    before, after = _functions(target.module.tree), _functions(module.tree)
    at = next(at for at, (_, node) in enumerate(before) if node is target.function)
    if len(after) != len(before) or after[at][1].name != target.function.name:
        raise CodeSourceError(target.name, "the changed text has other functions", "change a line of one")
    owner, function = after[at]
    return Target(module, function, owner, target.around)


def _functions(tree: ast.AST) -> list[tuple[ast.ClassDef | None, ast.FunctionDef]]:
    """All functions of a text, each with its class."""
    nodes = list(ast.walk(tree))
    owners = {id(one): node for node in nodes if isinstance(node, ast.ClassDef) for one in node.body}
    return [(owners.get(id(node)), node) for node in nodes if isinstance(node, ast.FunctionDef)]
