"""An object of the user's class as its ``__init__`` leaves it, read as far as it can be read.

The parameters of ``__init__`` go by the same names as those of other functions. A statement that is not read, such as
one that draws weights, leaves what it sets unknown; the layer's own tensors take the place of what has their names.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from typing import Any

from symconv.programs.forward import called_by, set_in
from symconv.programs.interpret.control import Jump
from symconv.programs.interpret.reader import Reader
from symconv.programs.journal import MISSING, Mutable
from symconv.programs.outcomes import CodeError, OutOfScope, TooLarge, Unread
from symconv.programs.values import Array, DictValue, FunctionValue, Instance, Namespace, Unknown

Known = Callable[[str], Any]
"""What a name is by the binding; ``MISSING`` if it says nothing."""


class Construction:
    """Reads an ``__init__``.

    Args:
        tensor: what an attribute is if it is one of the layer's tensors.
        parameter: what a parameter of ``__init__`` is.
        own: the names of the layer's tensors.
    """

    def __init__(
        self, reader: Reader, owner: ast.ClassDef, kind: Any, tensor: Known, parameter: Known, own: Set[str]
    ) -> None:
        self.reader, self.machine, self.owner = reader, reader.machine, owner
        self.tensor, self.parameter, self.own = tensor, parameter, own
        self.instance = Instance(0, kind, {})
        self.drawn: dict[str, int] = {}
        """The number of dimensions of attributes that are drawn at random."""

    def attributes(self) -> dict[str, Any]:
        """The attributes that ``__init__`` sets; ``Unknown`` if it is not read to what."""
        start = self.instance.kind.members.get("__init__") if self.instance.kind is not None else None
        if not isinstance(start, FunctionValue):
            return {}
        names = Namespace(0, self._parameters(start), start.names, start.local)
        for statement in start.body:
            mark = self.machine.journal.mark
            self.machine.is_tolerant = True
            try:
                self.reader.statement(statement, names)
            except Jump:
                break
            except TooLarge:
                raise
            except (Unread, CodeError, OutOfScope) as outcome:
                self.machine.journal.undo(mark)
                self._forget(statement, names, outcome.text)
                self._draw(statement, names)
            finally:
                self.machine.is_tolerant = False
            for name, old in list(self.instance.contents.items()):
                if old is not None and not isinstance(old, (Unknown, Array, DictValue, Instance)):
                    continue  # whatever it is called, a number is not a tensor
                if isinstance(old, Array) and self.own & {one.name for one in old.cell.form.tensors}:
                    continue  # it is computed from one of the layer's tensors, and is what comes out
                if (value := self.tensor(str(name))) is not MISSING:
                    self.instance.contents[name] = self._with(old, value)
        return {str(name): value for name, value in self.instance.contents.items()}

    def _with(self, old: Any, tensor: Any) -> Any:
        """A dictionary with the tensor in it and what else it has; or the tensor itself."""
        if not isinstance(old, DictValue) or not isinstance(tensor, DictValue):
            return tensor
        known = {key: one for key, one in tensor.contents.items() if not isinstance(one, Unknown)}
        return self.machine.dictionary({**old.contents, **known})

    def _parameters(self, start: FunctionValue) -> dict[Any, Any]:
        arguments = start.parameters
        (me, *names) = (one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
        found: dict[Any, Any] = {}
        for name in names:
            value = self.parameter(name)
            missing = Unknown("nobody says what this argument of __init__ is", f'pass arguments={{"self.{name}": ..}}')
            found[name] = start.defaults.get(name, missing) if value is MISSING else value
        more = (one.arg for one in (arguments.vararg, arguments.kwarg) if one is not None)
        return {
            **found,
            **dict.fromkeys(more, Unknown("what else __init__ is given is not known", "")),
            me: self.instance,
        }

    def _draw(self, statement: ast.stmt, names: Namespace) -> None:
        """How many dimensions an attribute has that a statement draws."""
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Attribute):
            return
        calls = (node for node in ast.walk(statement.value) if isinstance(node, ast.Call))
        for call in calls:
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            sizes = [one.value for one in call.keywords if one.arg == "size"]
            if name not in ("randn", "rand") and not sizes:
                continue
            shape = ast.Tuple(call.args, ast.Load()) if name in ("randn", "rand") else sizes[0]
            with suppress(Unread, CodeError):
                value = self.reader.value(ast.copy_location(shape, call), names)
                count = len(value) if isinstance(value, tuple) else 1
                self.drawn[statement.targets[0].attr] = count

    def _forget(self, statement: ast.stmt, names: Namespace, why: str) -> None:
        """What a statement that is not read may have set, or changed, is unknown."""
        unknown = Unknown(why, "")
        if any(_is_whole(node) for node in ast.walk(statement)):
            known = {*self.instance.contents, *set_in(self.instance.kind)}
            self.instance.contents.update(dict.fromkeys(known, unknown))
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.contents[node.id] = unknown
            for name in _changed(node, self.owner):
                old = self.instance.contents.get(name)
                if not isinstance(node, ast.Call) or old is None or isinstance(old, (Mutable, Array, Unknown)):
                    self.instance.contents[name] = unknown
            if isinstance(node, ast.Call):
                for root in _roots(node):
                    if isinstance(names.contents.get(root), Mutable) and names.contents[root] is not self.instance:
                        names.contents[root] = unknown


def _is_whole(node: ast.AST) -> bool:
    """Whether a node hands on the object as a whole, or calls its base."""
    if isinstance(node, ast.Name):
        return node.id == "super"
    given = [*node.args, *(one.value for one in node.keywords)] if isinstance(node, ast.Call) else []
    return any(isinstance(one, ast.Name) and one.id == "self" for one in given)


def _changed(node: ast.AST, owner: ast.ClassDef) -> Iterator[str]:
    """The attributes of ``self``, or of its class, that a node sets, or may change."""
    yield from _set_by(node, owner)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        for method in called_by(owner, node.attr):
            yield from (name for one in ast.walk(method) for name in _set_by(one, owner))


def _set_by(node: ast.AST, kind: ast.ClassDef) -> Iterator[str]:
    """Attributes of ``self`` or its class that a node sets, a part of which it sets, or that it calls or hands on."""
    parts: list[ast.expr] = []
    mine = ("self", kind.name)
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        parts = [node]
    elif isinstance(node, ast.Call):
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        parts = [*owner, *node.args, *(one.value for one in node.keywords)]
    for part in parts:
        inner: ast.expr = part
        while isinstance(inner, (ast.Attribute, ast.Subscript, ast.Starred)):
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in mine:
                yield inner.attr
                break
            inner = inner.value


def _roots(call: ast.Call) -> Iterator[str]:
    """The names that a call may change: of its method's owner, and of its arguments."""
    for node in (call.func, *call.args, *(one.value for one in call.keywords)):
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id
