"""Python's own functions on numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, operators, reduce, shaping
from symconv.programs.arrays import described
from symconv.programs.iterables import items_of, length
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, IndexArray, IteratorValue, ListValue, Real, Repeated
from symconv.programs.writing import require_old_numpy

EXACT = "int(a / b) is a // b as long as a has at most 15 digits"


@function("builtins.int", "numpy.int64", "numpy.int32", "numpy.intp", takes="x=0, /")
def int_(machine: Machine, x: Any) -> Any:
    if isinstance(x, Real):
        if x.denominator != ONE:
            machine.note(EXACT)
        return truncated(machine, x)
    if isinstance(x, str):
        raise Unread("int(..) of a text", "it is not read", "write the number")
    if isinstance(x, Array) and x.kind in ("data", "mixed"):
        raise Unread("int(..) of an entry", "its value is not known", "use sizes")
    return arrays.integer(machine, x)


def truncated(machine: Machine, x: Real) -> Polynomial:
    """A float towards 0."""
    top, bottom = x.numerator, x.denominator
    if not machine.choose(bottom - 1):
        top, bottom = -top, -bottom
    return machine.floor(top, bottom) if machine.choose(top) else -machine.floor(-top, bottom)


@function("builtins.float", takes="x=0, /")
def float_(machine: Machine, x: Any) -> Any:
    if isinstance(x, (Array, IndexArray)) and x.rank:
        if not all(machine.exactly(size - 1) for size in x.shape):
            raise CodeError("TypeError", "only length-1 arrays can be converted to Python scalars")
        require_old_numpy(machine, "TypeError", "only 0-dimensional arrays can be converted to Python scalars")
        return arrays.copy(machine, shaping.squeezed(machine, arrays.data(machine, x), None))
    return numpy_float(machine, x)


@function("numpy.float64", "numpy.float32", takes="x=0, /")
def numpy_float(machine: Machine, x: Any) -> Any:
    if isinstance(x, (Polynomial, bool)):
        return Real(arrays.integer(machine, x), ONE)
    if isinstance(x, Real):
        return x
    if isinstance(x, (Array, IndexArray)) and not x.rank:
        return arrays.copy(machine, arrays.data(machine, x))
    raise Unread("float(..)", f"of a {described(x)} it is not read", "use .item() for an array of one element")


@function("builtins.abs", takes="x, /")
def abs_(machine: Machine, x: Any) -> Any:
    if isinstance(x, Polynomial):
        return x if machine.choose(x) else -x
    raise Unread("abs(..)", "only of whole numbers it is read", "it is not linear in data")


@function("builtins.divmod", takes="x, y, /")
def divmod_(machine: Machine, x: Any, y: Any) -> tuple[Any, Any]:
    return operators.binary(machine, "//", x, y), operators.binary(machine, "%", x, y)


@function("builtins.round", takes="number, ndigits=None")
def round_(machine: Machine, number: Any) -> Any:
    if isinstance(number, Real) and (value := number.numerator.value) is not None and number.denominator.value:
        return Polynomial.constant(round(Fraction(value) / Fraction(number.denominator.value)))
    if isinstance(number, Polynomial):
        return number
    raise Unread("round(..)", "it is not read", "use //")


@function("builtins.max", takes="*args")
def max_(machine: Machine, *args: Any) -> Any:
    return extreme(machine, args, "max")


@function("builtins.min", takes="*args")
def min_(machine: Machine, *args: Any) -> Any:
    return extreme(machine, args, "min")


def extreme(machine: Machine, args: tuple[Any, ...], name: str) -> Any:
    """The largest or smallest of some numbers."""
    items = items_of(machine, args[0]) if len(args) == 1 else args
    if not items:
        raise CodeError("ValueError", f"{name}() iterable argument is empty")
    best = items[0]
    for one in items[1:]:
        if not all(isinstance(value, (Polynomial, Real, bool)) for value in (best, one)):
            raise Unread(f"{name}(..)", "of data it is not read: it is not linear", "use sizes and indices")
        better = operators.compare(machine, "Gt" if name == "max" else "Lt", one, best)
        best = one if operators.truth(machine, better) else best
    if not isinstance(best, (Polynomial, Real, bool)):
        raise Unread(f"{name}(..)", "of data it is not read: it is not linear", "use sizes and indices")
    return best


@function("builtins.sum", takes="iterable, /, start=0")
def sum_(machine: Machine, iterable: Any, start: Any) -> Any:
    if isinstance(iterable, IteratorValue):
        iterable = iterable.items
    if isinstance(iterable, Array):
        first = reduce.total(machine, iterable, ZERO)
        return operators.binary(machine, "+", start, first) if start != ZERO else first
    if isinstance(iterable, Repeated) or (isinstance(iterable, ListValue) and length(machine, iterable).value is None):
        return sum_(machine, arrays.data(machine, iterable), start)
    result = start
    for one in items_of(machine, iterable):
        result = operators.binary(machine, "+", result, one)
    return result
