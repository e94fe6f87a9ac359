"""Definitions of classes: the order in which Python looks for their members, and what changes what a class is."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from symconv.programs.interpret.special_methods import REFUSED
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import ClassValue


def linearized(name: str, bases: Sequence[ClassValue]) -> tuple[ClassValue, ...]:
    """The classes in which members are looked for after a class itself (C3, as Python does it).

    Raises:
        CodeError: the classes have no such order.
    """
    waiting = [list((base, *base.mro)) for base in bases] + [list(bases)]
    found: list[ClassValue] = []
    while waiting := [row for row in waiting if row]:
        later = {one for row in waiting for one in row[1:]}
        first = next((row[0] for row in waiting if row[0] not in later), None)
        if first is None:
            raise CodeError("TypeError", f"cannot create a consistent method resolution order for {name}")
        found.append(first)
        waiting = [[one for one in row if one is not first] for row in waiting]
    return tuple(found)


def require_usual(node: ast.ClassDef) -> None:
    """That the objects of a class are what its ``__init__`` and its methods say.

    Raises:
        Unread: it has a metaclass, or special methods that make something else of them.
    """
    for keyword in node.keywords:
        if not ast.unparse(keyword.value).endswith("ABCMeta"):
            raise Unread(f"class {node.name}", f"{keyword.arg}= is not read", "write it without")
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name in REFUSED:
            raise Unread(f"class {node.name}", f"its {statement.name} is not read", "write it without")


def is_harmless(decorator: ast.expr) -> bool:
    """Whether a decorator of a library leaves a class as it is."""
    name = _name(decorator)
    return "register" in name or name in ("dataclass", "final", "jitclass", "runtime_checkable", "total_ordering")


def start_of_dataclass(node: ast.ClassDef, bases: Sequence[ClassValue]) -> ast.FunctionDef | None:
    """The ``__init__`` of a dataclass; None if it is none, or has its own.

    Raises:
        Unread: its fields are not all there.
    """
    decorators = [one for one in node.decorator_list if _name(one) == "dataclass"]
    if not decorators or any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body):
        return None
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
    is_plain = all("ClassVar" not in ast.unparse(one.annotation) and not _is_field(one.value) for one in fields)
    options = [one.arg for one in getattr(decorators[0], "keywords", ())]
    if bases or not is_plain or not {"frozen", "eq", "repr", "slots"}.issuperset(options):
        raise Unread(f"class {node.name}", "a dataclass with bases, field(..) or options", "write its __init__")
    names = [one.target.id for one in fields if isinstance(one.target, ast.Name)]
    defaults = [one.value for one in fields if one.value is not None]
    lines = [f"self.{name} = {name}" for name in names]
    if any(isinstance(one, ast.FunctionDef) and one.name == "__post_init__" for one in node.body):
        lines.append("self.__post_init__()")
    made = ast.parse(f"def __init__({', '.join(('self', *names))}):\n " + "\n ".join(lines or ["pass"])).body[0]
    assert isinstance(made, ast.FunctionDef)
    made.args.defaults = defaults
    for one in ast.walk(made):
        if isinstance(one, (ast.stmt, ast.expr)) and one not in defaults:
            ast.copy_location(one, node)
    return made


def _is_field(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and _name(value) == "field"


def _name(node: ast.expr) -> str:
    """The last part of the name of a decorator, or of what is called."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
