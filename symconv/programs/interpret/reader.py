"""A reading of a program: the machine, the module's names, and how a function is called."""

from __future__ import annotations

import ast
from typing import Any

from symconv.programs.interpret.calls import Calls
from symconv.programs.journal import Mutable
from symconv.programs.library.registry import FUNCTIONS, literal, load
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, OutOfScope, Unread
from symconv.programs.source import USUAL_MODULES, Target, imported
from symconv.programs.values import Array, LibraryFunction, ModuleValue, Namespace

EXCEPTIONS = frozenset(
    ("Exception", "ValueError", "TypeError", "AssertionError", "NotImplementedError", "RuntimeError", "IndexError",
     "object")
)  # fmt: skip


class Reader(Calls):
    """Reads the function of a target on symbolic arguments."""

    def __init__(self, target: Target, machine: Machine) -> None:
        super().__init__()
        load()
        self.target, self.machine = target, machine
        self.globals = Namespace(0, {name: literal(value) for name, value in target.around.items()})
        self._resolving: set[str] = set()
        machine.call = self.call
        machine.old_division = target.module.is_python_2

    def run(self, positional: list[Any], named: dict[str, Any], bound: Any = None) -> Any:
        """What the function returns.

        Raises:
            Outcome: it cannot be read, or raises; with the line.
        """
        try:
            function = self.function(self.target.function, self.globals)
            return self.call(function, [*([] if bound is None else [bound]), *positional], named)
        except (Unread, CodeError, OutOfScope) as outcome:
            outcome.line = outcome.line or self.machine.line
            raise
        except (LookupError, TypeError, AttributeError, AssertionError, ArithmeticError) as error:
            why = f"reading stops here ({type(error).__name__})"
            raise Unread("the program", why, "write it another way", self.machine.line) from error
        except RecursionError:
            raise Unread("the program", "it is nested too deeply", "use fewer brackets", self.machine.line) from None

    def method(self, name: str) -> str | None:
        return self.target.module.method(name, FUNCTIONS)

    def named(self, name: str, names: Namespace) -> Any:
        """What a name stands for: of the function, of the functions around it, of the module, or of Python."""
        inner: Namespace | None = names
        while inner is not None:
            if name in inner.contents:
                return self.machine.get(inner, name)
            if name in inner.local:
                raise CodeError("UnboundLocalError", f"{name} is used before it is set")
            inner = inner.outer
        if self.target.module.may_change_anything:
            raise Unread(name, "the module calls exec or the like, which may change it", "leave that out")
        if name in self.target.module.definitions:
            return self._defined(name)
        if name in USUAL_MODULES:
            return ModuleValue(USUAL_MODULES[name])
        if f"builtins.{name}" in FUNCTIONS or name in EXCEPTIONS:
            return LibraryFunction(f"builtins.{name}")
        raise Unread(name, "nothing in the file sets this name", "pass the whole file, or define it")

    def _defined(self, name: str) -> Any:
        """What the module says that a name is; made once, as if before everything else."""
        node = self.target.module.definitions[name]
        if node is None or name in self._resolving:
            raise Unread(name, "the module sets it more than once or in a condition, or changes it", "set it once")
        self._resolving.add(name)
        machine = self.machine
        line, loops, machine.loops = machine.line, machine.loops, []
        try:
            value = self._value_of(name, node)
        finally:
            machine.line, machine.loops = line, loops
            self._resolving.discard(name)
        _make_old(value)
        self.globals.contents[name] = value
        return value

    def _value_of(self, name: str, node: Any) -> Any:
        if isinstance(node, ast.FunctionDef):
            return self.function(node, self.globals)
        if isinstance(node, ast.ClassDef):
            return self.class_value(node, self.globals)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return imported(node)[name]
        return self.value(node, self.globals)


def _make_old(value: Any) -> None:
    """What a module defines is there before any loop."""
    if isinstance(value, Mutable):
        value.birth = 0
    elif isinstance(value, Array):
        value.cell.birth = 0
    elif isinstance(value, tuple):
        for one in value:
            _make_old(one)
