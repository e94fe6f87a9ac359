"""A function whose NumPy is another: the same code with other globals; the function and NumPy stay as they are."""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Mapping
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

INSTALLED = ("site-packages", "dist-packages")
"""Modules in folders of these names are not the user's, unless the function itself is from there."""


class StandingIn:
    """Makes functions whose globals, and those of the functions that they call, have stand-ins.

    Args:
        others: what stands for an object, by the object's identity.
        own: globals that are the user's, wherever the module is.
    """

    def __init__(self, others: Mapping[int, Any], own: Mapping[str, Any]) -> None:
        self._made: dict[int, Any] = dict(others)
        self._own = own
        self._globals: dict[int, dict[str, Any]] = {}
        self._kept: list[Any] = []  # so that an identity stays that of the same object
        self._builtins = {**vars(builtins), "__import__": self._import}

    def of(self, value: Any) -> Any:
        """What stands for a value; itself if nothing does."""
        if id(value) in self._made:
            return self._made[id(value)]
        made = self._other(value)
        if made is not value:
            self._keep(value, made)
        return self._made.get(id(value), made)

    def _keep(self, value: Any, made: Any) -> None:
        self._made[id(value)] = made
        self._kept.append(value)

    def _other(self, value: Any) -> Any:
        if isinstance(compiled := getattr(value, "py_func", None), FunctionType):  # of Numba
            return self.of(compiled)
        if isinstance(value, FunctionType):
            return self._function(value) if self._is_users(value.__globals__) else value
        if isinstance(value, MethodType):
            return MethodType(self.of(value.__func__), self.of(value.__self__))
        if isinstance(value, (staticmethod, classmethod)):
            return type(value)(self.of(value.__func__))
        if isinstance(value, property):
            get, put, delete = (part and self.of(part) for part in (value.fget, value.fset, value.fdel))
            return property(get, put, delete, value.__doc__)
        if isinstance(value, functools.partial):
            return functools.partial(self.of(value.func), *value.args, **value.keywords)
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, ModuleType) and self._is_users(vars(value)):
            return _Module(value, self)
        return value

    def _function(self, function: FunctionType) -> FunctionType:
        names = self._names(function.__globals__)
        cells = tuple(CellType() for _ in function.__closure__ or ())
        made = FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells or None)
        made.__kwdefaults__, made.__dict__ = function.__kwdefaults__, dict(function.__dict__)
        self._keep(function, made)
        for cell, old in zip(cells, function.__closure__ or ()):
            cell.cell_contents = self.of(old.cell_contents)
        for name in _names_in(function.__code__):
            if name in function.__globals__:
                names[name] = self.of(function.__globals__[name])
        return made

    def _names(self, names: dict[str, Any]) -> dict[str, Any]:
        """The globals of a module; what a function uses of them is replaced when it is made."""
        if id(names) not in self._globals:
            self._globals[id(names)] = {**names, "__builtins__": self._builtins}
            self._kept.append(names)
        return self._globals[id(names)]

    def _class(self, kind: type) -> type:
        methods = [value for value in vars(kind).values() if isinstance(value, FunctionType)]
        if not any(self._is_users(method.__globals__) for method in methods) or type(kind) is not type:
            return kind
        bases = tuple(self.of(base) for base in kind.__bases__)
        left_out = ("__dict__", "__weakref__")
        made = type(kind.__name__, bases, {n: v for n, v in vars(kind).items() if n not in left_out})
        self._keep(kind, made)
        for name, value in vars(kind).items():
            if name not in left_out and (other := self.of(value)) is not value:
                setattr(made, name, other)
        return made

    def _import(self, name: str, *args: Any, **options: Any) -> Any:
        return self.of(builtins.__import__(name, *args, **options))

    def _is_users(self, names: Mapping[str, Any]) -> bool:
        """Whether globals are those of a user's module, not of one that is installed."""
        if names is self._own:
            return True
        package = str(names.get("__name__") or "").partition(".")[0]
        if package in ("symconv", *sys.stdlib_module_names):
            return False
        return not any(folder in str(names.get("__file__") or "") for folder in INSTALLED)


class _Module:
    """A module of the user, whose functions have stand-ins."""

    def __init__(self, module: ModuleType, standing_in: StandingIn) -> None:
        self._module, self._standing_in = module, standing_in

    def __getattr__(self, name: str) -> Any:
        return self._standing_in.of(getattr(self._module, name))


def _names_in(code: CodeType) -> set[str]:
    """The names that code uses, with the functions inside it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_names_in, inner))
