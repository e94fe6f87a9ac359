"""Calling a user's function with parts of the layer for its parameters, and finding its results."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.errors import ArgumentsError, shown
from symconv.foundations.later import np
from symconv.foundations.values import Cached
from symconv.programs.arguments import (
    Argument,
    Binding,
    CacheArgument,
    MappingArgument,
    Result,
    ResultArgument,
    SequenceArgument,
    TensorArgument,
    made_of,
)
from symconv.programs.caches import cache_of

Tensors = Callable[[TensorArgument], Any]
"""Makes what stands for a tensor, as the function has it."""


@dataclass(frozen=True)
class Called(Cached):
    """A function object and what its parameters are.

    Args:
        function: the user's.
        binding: what each parameter is.
    """

    function: Callable[..., Any]
    binding: Binding

    @staticmethod
    def of(function: object, binding: Binding) -> Called:
        """The function with its binding.

        Raises:
            ArgumentsError: it cannot be called.
        """
        if not callable(function):
            right = "pass the function itself, or read it with prove_code(..)"
            raise ArgumentsError(f"the function {shown(function)}", "it cannot be run", right)
        return Called(function, binding)

    @property
    def plain(self) -> Any:
        """The function that has the code: of a bound method its function, of a compiled one that in Python."""
        function = getattr(self.function, "py_func", self.function)
        return inspect.unwrap(getattr(function, "__func__", function))

    @property
    def name(self) -> str:
        """The function's name."""
        return getattr(self.plain, "__qualname__", type(self.function).__name__).rpartition("<locals>.")[2]

    @cached_property
    def file(self) -> str:
        """The file that it is in, empty if it is in none."""
        code = getattr(self.plain, "__code__", None)
        return "" if code is None else str(code.co_filename)

    @cached_property
    def source(self) -> str:
        """The text of its file, empty if it is not known."""
        try:
            lines, _ = inspect.findsource(self.plain)
        except (OSError, TypeError):
            return ""
        return "".join(lines)

    @cached_property
    def syntax(self) -> ast.AST:
        """The syntax of its code."""
        try:
            return ast.parse(textwrap.dedent(inspect.getsource(self.plain)))
        except (OSError, TypeError, SyntaxError):
            return ast.Module([], [])

    @cached_property
    def parameters(self) -> Mapping[str, Argument]:
        """What each parameter is that does not have its default value.

        Raises:
            ArgumentsError: a parameter is not known, or one is named that there is not.
        """
        parameters = self._signature
        known = {name: self._argument(name, one) for name, one in parameters.items()}
        whole = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
        for name in self.binding.arguments:
            if name not in parameters and not name.startswith("self.") and not whole:
                names = ", ".join(parameters) or "none"
                raise ArgumentsError(
                    f'arguments={{"{name}": ..}}', f"{self.name} has no such parameter", f"it has {names}"
                )
        return {name: argument for name, argument in known.items() if argument is not None}

    @property
    def _signature(self) -> Mapping[str, inspect.Parameter]:
        try:
            return inspect.signature(self.function).parameters
        except (ValueError, TypeError):
            return {
                name: inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
                for name in self.binding.arguments
            }

    def _argument(self, name: str, parameter: inspect.Parameter) -> Argument | None:
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            return None
        found = self.binding.argument(name)
        if isinstance(found, CacheArgument):
            found = cache_of(self.binding, self.syntax, name)
        if found is None and parameter.default is inspect.Parameter.empty:
            raise self.binding.missing(name, self.name)
        return found

    # -- the call ------------------------------------------------------------------------------------

    def run(self, function: Callable[..., Any], tensors: Tensors) -> tuple[Any, Mapping[str, Any]]:
        """Call it, or what stands for it: what it returns, and the arguments by name after the call.

        Args:
            function: the same code, perhaps with other globals.
            tensors: makes the arrays.
        """
        made = {name: self._value(argument, function, tensors) for name, argument in self.parameters.items()}
        attributes: dict[str, Any] = {}
        if (owner := getattr(function, "__self__", None)) is not None and not isinstance(owner, type):
            owner = copy.copy(owner)
            for name, argument in self._attributes(owner).items():
                setattr(owner, name, self._value(argument, function, tensors))
            function = function.__func__.__get__(owner)  # type: ignore[attr-defined]
            attributes = {f"self.{name}": value for name, value in vars(owner).items()}
        positional, named = [], {}
        kinds = self._signature
        for name, value in made.items():
            if kinds[name].kind is inspect.Parameter.POSITIONAL_ONLY:
                positional.append(value)
            else:
                named[name] = value
        result = function(*positional, **named)
        if owner is not None and attributes:
            attributes = {f"self.{name}": value for name, value in vars(owner).items()}
        return result, {**made, **attributes}

    def _attributes(self, owner: Any) -> dict[str, Argument]:
        """The attributes of a method's object that are tensors of the layer, or that the user names."""
        named = [name.removeprefix("self.") for name in self.binding.arguments if name.startswith("self.")]
        found = {name: self.binding.arguments[f"self.{name}"] for name in named}
        for name, value in vars(owner).items() if hasattr(owner, "__dict__") else ():
            argument = self.binding.argument(f"self.{name}")
            if (
                name not in found
                and isinstance(argument, TensorArgument)
                and isinstance(value, (np.ndarray, type(None)))
            ):
                found[name] = argument
        return found

    def _value(self, argument: Argument, function: Any, tensors: Tensors) -> Any:
        if isinstance(argument, ResultArgument):
            return self._result(argument, function, tensors)
        if isinstance(argument, (SequenceArgument, MappingArgument)):
            items = argument.items
            if isinstance(items, Mapping):
                return Named({name: self._value(one, function, tensors) for name, one in items.items()})
            values = [self._value(one, function, tensors) for one in items]
            return values if getattr(argument, "is_list", False) else tuple(values)
        return made_of(argument, tensors, whole)

    def _result(self, argument: ResultArgument, function: Any, tensors: Tensors) -> Any:
        """What another function of the file returns."""
        names = getattr(getattr(function, "__func__", function), "__globals__", {})
        other = names.get(argument.function)
        if not callable(other):
            raise ArgumentsError(
                f"the result of {argument.function}", f"{self.name} sees no such function", "name another"
            )
        forward = Binding(self.binding.layer, (), self.binding.arguments, self.binding.layouts)
        names_there = inspect.signature(other).parameters
        only = {name: value for name, value in forward.arguments.items() if name in names_there}
        result, _ = Called(other, Binding(forward.layer, (), only, forward.layouts)).run(other, tensors)
        return result if argument.part is None else result[argument.part]


class Named(dict[str, Any]):
    """A dictionary whose entries are attributes too, as a context of PyTorch has them."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


def whole(number: Polynomial) -> int:
    """A size that is a number."""
    return int(number.evaluate({}))


class NoResultError(Exception):
    """A result is not where or what it should be; the message says what is there.

    ``shape`` is that of an array of the wrong shape, as the layer has its dimensions, if it is known.
    """

    def __init__(self, message: str, shape: tuple[int, ...] | None = None) -> None:
        super().__init__(message)
        self.shape = shape


def result_at(result: Result, returned: Any, arguments: Mapping[str, Any]) -> tuple[Any, str]:
    """One of a function's results, and a note if it was found by convention.

    Raises:
        NoResultError: it is not there.
    """
    place = result.place
    if place is None:
        if isinstance(returned, (tuple, list)) and len(returned) > 0 and result.of == "output":
            return returned[0], f"the first of {len(returned)} results is judged"
        return returned, ""
    if isinstance(place, int):
        if not isinstance(returned, (tuple, list)) or not -len(returned) <= place < len(returned):
            raise NoResultError(f"it returns {_kind(returned)}, which has no result number {place}")
        return returned[place], ""
    if place in arguments:
        return arguments[place], ""
    if isinstance(returned, Mapping) and place in returned:
        return returned[place], ""
    if hasattr(returned, place):
        return getattr(returned, place), ""
    raise NoResultError(f"it returns {_kind(returned)}, which has no {place}")


def _kind(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"{len(value)} results"
    return "nothing" if value is None else f"a value of type {type(value).__name__}"
