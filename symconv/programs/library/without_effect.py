"""Functions that change nothing that is computed: messages, times, plans, and decorators that keep a function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.programs.iterables import items_of
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError
from symconv.programs.values import LibraryFunction, ListValue, ModuleValue, Text

MESSAGES = ("debug", "info", "warning", "warn", "error", "critical", "exception", "log")


def _nothing(machine: Machine, *values: Any, **named: Any) -> None:
    """Nothing that is computed changes."""


for _name in (
    *(f"logging.{name}" for name in (*MESSAGES, "basicConfig", "disable")),
    *(f"logging.Logger.{name}" for name in (*MESSAGES, "setLevel")),
    "warnings.warn", "warnings.filterwarnings", "warnings.simplefilter", "gc.collect", "sys.stdout.write",
    "sys.stdout.flush", "numpy.set_printoptions", "numpy.seterr", "numpy.random.seed", "random.seed", "time.sleep",
):  # fmt: skip
    function(_name, takes="*values, **named")(_nothing)


@function("logging.getLogger", takes="name=None")
def get_logger(machine: Machine, name: Any) -> ModuleValue:
    return ModuleValue("logging.Logger")


@function("numpy.einsum_path", takes="subscripts, *operands, optimize='greedy', einsum_call=False")
def einsum_path(machine: Machine, subscripts: Any, *operands: Any, optimize: Any) -> tuple[Any, ...]:
    """The order in which einsum multiplies, which is all the same in exact arithmetic."""
    return ListValue(machine.journal.tick(), (Text("einsum_path"),)), Text("a table")


@function("functools.wraps", takes="wrapped")
def wraps(machine: Machine, wrapped: Any) -> LibraryFunction:
    return LibraryFunction("functools.the function itself")


@function("functools.the function itself", takes="function, /")
def the_function_itself(machine: Machine, function: Any) -> Any:
    return function


@function("weakref.ref", takes="object, callback=None, /")
def weak_reference(machine: Machine, object: Any) -> LibraryFunction:
    return LibraryFunction("weakref.the object", object)


@function("weakref.the object", takes="object, /")
def the_object(machine: Machine, object: Any) -> Any:
    return object


@function("functools.reduce", takes="function, sequence, initial=..., /")
def reduce(machine: Machine, function: Any, sequence: Any, initial: Any) -> Any:
    items: Sequence[Any] = items_of(machine, sequence)
    if initial is not Ellipsis:
        items = (initial, *items)
    if not items:
        raise CodeError("TypeError", "reduce() of empty iterable with no initial value")
    result = items[0]
    for one in items[1:]:
        result = machine.call(function, [result, one], {})
    return result
