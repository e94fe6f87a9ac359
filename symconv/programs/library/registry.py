"""Functions of libraries by name, with Python's own rules for their arguments.

A function is declared with the signature that its library documents. The Python function that says what it means has
parameters for the arguments that it models, by name. Any other argument is ``Unread``, unless it has its default.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from symconv.algebra.polynomial import Polynomial
from symconv.programs.outcomes import Unread, WrongArgumentsError
from symconv.programs.values import Real

if TYPE_CHECKING:
    from symconv.programs.machine import Machine

Meaning = Callable[..., Any]
Declared = TypeVar("Declared", bound=Meaning)


@dataclass(frozen=True)
class Function:
    """A function of a library: its signature there, and what it means."""

    name: str
    signature: inspect.Signature
    modelled: Mapping[str, Any]
    """The arguments that the meaning takes, each with the kind of its parameter there."""
    meaning: Meaning

    def call(self, machine: Machine, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """The value of a call.

        Raises:
            CodeError: Python would raise a ``TypeError``.
            Unread: an argument is given that is not modelled.
        """
        try:
            bound = self.signature.bind(*positional, **named)
        except TypeError as error:
            raise WrongArgumentsError("TypeError", f"{self.name}(): {error}") from None
        for name, value in bound.arguments.items():
            if name not in self.modelled and not _is_default(value, self.signature.parameters[name]):
                raise Unread(f"{self.name}(.., {name}=..)", f"the argument {name} is not read", "leave it out")
        bound.apply_defaults()
        values: list[Any] = []
        named_values: dict[str, Any] = {}
        for name, kind in self.modelled.items():
            if kind is inspect.Parameter.VAR_POSITIONAL:
                values += bound.arguments[name]
            elif kind is inspect.Parameter.VAR_KEYWORD:
                named_values.update(bound.arguments[name])
            elif kind is inspect.Parameter.KEYWORD_ONLY:
                named_values[name] = bound.arguments[name]
            else:
                values.append(bound.arguments[name])
        return self.meaning(machine, *values, **named_values)


FUNCTIONS: dict[str, Function] = {}
"""Every function that is known, once the files of this folder are loaded."""


def load() -> None:
    """Load every file of this folder; each declares its functions itself."""
    from symconv.programs import library

    for module in iter_modules(library.__path__):
        import_module(f"{library.__name__}.{module.name}")


def function(*names: str, takes: str) -> Callable[[Declared], Declared]:
    """Declare what a function of a library means, under one or more dotted names.

    Args:
        names: as in ``numpy.zeros``; a method of an array as in ``array.sum``; Python's own as in ``builtins.len``.
        takes: the signature as its library has it, such as ``"a, axis=None, dtype=None, *, where=True"``. Defaults are
            literals.

    The decorated function gets the machine, then the arguments that it has parameters for, by name.
    """

    def declare(meaning: Declared) -> Declared:
        signature = _signature(takes)
        modelled = {name: one.kind for name, one in list(inspect.signature(meaning).parameters.items())[1:]}
        if unknown := set(modelled) - set(signature.parameters):
            raise ValueError(f"{names[0]} has no parameter {', '.join(sorted(unknown))}")
        for name in names:
            if name in FUNCTIONS:
                raise ValueError(f"{name} is declared twice")
            FUNCTIONS[name] = Function(name, signature, modelled, meaning)
        return meaning

    return declare


def _signature(text: str) -> inspect.Signature:
    """A signature from its own source, with values of the interpreter as defaults."""
    (node,) = ast.parse(f"def function({text}): ...").body
    assert isinstance(node, ast.FunctionDef)
    arguments, kinds = node.args, inspect.Parameter
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    parameters = [
        kinds(one.arg, kinds.POSITIONAL_ONLY if at < len(arguments.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD,
              default=_default(default))
        for at, (one, default) in enumerate(zip(plain, defaults))
    ]  # fmt: skip
    if arguments.vararg:
        parameters.append(kinds(arguments.vararg.arg, kinds.VAR_POSITIONAL))
    parameters += [
        kinds(one.arg, kinds.KEYWORD_ONLY, default=_default(default))
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults)
    ]
    if arguments.kwarg:
        parameters.append(kinds(arguments.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)


def _default(node: ast.expr | None) -> Any:
    return inspect.Parameter.empty if node is None else literal(ast.literal_eval(node))


LARGEST = 10**12
"""Whole numbers up to 10**12 are read."""


def literal(value: Any) -> Any:
    """A constant of the source as a value of the interpreter.

    >>> literal((1, 0.5, None))
    (1, Real(numerator=1, denominator=2), None)
    """
    if isinstance(value, bool) or value is None or value is Ellipsis or isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) > LARGEST:
        raise Unread("a number", "it is too large", "use numbers below 10**12")
    if isinstance(value, int):
        return Polynomial.constant(value)
    if isinstance(value, float) and value - value == 0:
        numerator, denominator = value.as_integer_ratio()
        return Real(Polynomial.constant(numerator), Polynomial.constant(denominator))
    if isinstance(value, tuple):
        return tuple(map(literal, value))
    raise Unread(repr(value), "a constant of this type is not read", "use whole numbers, floats or text")


def _is_default(value: Any, parameter: inspect.Parameter) -> bool:
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        return not value
    default = parameter.default
    return default is not inspect.Parameter.empty and type(value) is type(default) and bool(value == default)
