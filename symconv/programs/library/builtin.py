"""Python's own functions, and itertools."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, iterables, operators, reduce, shaping
from symconv.programs.arrays import Segment
from symconv.programs.library.numpy_shape import scalar, size_of_all
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    Condition,
    DictValue,
    EnumerateValue,
    IndexArray,
    Instance,
    ListValue,
    ProductValue,
    RangeValue,
    Real,
    Repeated,
    Slice,
    Text,
    ZipValue,
)

EXACT = "int(a / b) is a // b as long as a has at most 15 digits"


# -- sequences ---------------------------------------------------------------------------------------------


@function("builtins.range", "numba.prange", takes="start, stop=None, step=1, /")
def range_(machine: Machine, start: Any, stop: Any, step: Any) -> RangeValue:
    first, last = (ZERO, start) if stop is None else (start, stop)
    low, high, by = (arrays.integer(machine, one) for one in (first, last, step))
    if machine.exactly(by):
        raise CodeError("ValueError", "range() arg 3 must not be zero")
    return RangeValue(low, high, by)


@function("builtins.len", takes="obj, /")
def len_(machine: Machine, obj: Any) -> Polynomial:
    if isinstance(obj, Text):
        raise Unread("len(..) of a text", "its characters are not known", "leave it out")
    if isinstance(obj, (Array, IndexArray)) and not obj.rank:
        raise CodeError("TypeError", "len() of unsized object")
    if isinstance(obj, (EnumerateValue, ZipValue, ProductValue)) or not isinstance(obj, SEQUENCES):
        raise CodeError("TypeError", f"object of type {arrays.described(obj)!r} has no len()")
    found = iterables.length(machine, obj)
    return found if machine.choose(found) else ZERO


SEQUENCES = (tuple, str, ListValue, DictValue, Array, IndexArray, RangeValue, Repeated)


@function("builtins.enumerate", takes="iterable, start=0")
def enumerate_(machine: Machine, iterable: Any, start: Any) -> EnumerateValue:
    return EnumerateValue(iterable, arrays.integer(machine, start))


@function("builtins.zip", takes="*iterables, strict=False")
def zip_(machine: Machine, *iterables: Any) -> Any:
    return ZipValue(iterables) if iterables else ()


@function("builtins.reversed", takes="sequence, /")
def reversed_(machine: Machine, sequence: Any) -> Any:
    if isinstance(sequence, RangeValue):
        count = len_(machine, sequence)
        return RangeValue(sequence.start + (count - 1) * sequence.step, sequence.start - sequence.step, -sequence.step)
    return iterables.items_of(machine, sequence)[::-1]


@function("builtins.tuple", takes="iterable=(), /")
def tuple_(machine: Machine, iterable: Any) -> Any:
    return iterables.items_of(machine, iterable)


@function("builtins.list", takes="iterable=(), /")
def list_(machine: Machine, iterable: Any) -> Any:
    if isinstance(iterable, Repeated):
        return ListValue(machine.journal.tick(), (Segment(iterable),))
    if isinstance(iterable, ListValue):
        return ListValue(machine.journal.tick(), machine.get(iterable, "items"))
    return ListValue(machine.journal.tick(), iterables.items_of(machine, iterable))


@function("builtins.slice", takes="start, stop=None, step=None, /")
def slice_(machine: Machine, start: Any, stop: Any, step: Any) -> Slice:
    return Slice(None, start, None) if stop is None and step is None else Slice(start, stop, step)


@function("itertools.product", takes="*iterables, repeat=1")
def product(machine: Machine, *iterables: Any, repeat: Any) -> ProductValue:
    times = arrays.integer(machine, repeat).value
    if times is None:
        raise Unread("itertools.product(.., repeat=..)", "it depends on sizes", "write a number")
    return ProductValue(iterables * int(times))


@function("numpy.ndindex", takes="*shape")
def ndindex(machine: Machine, *shape: Any) -> ProductValue:
    sizes = arrays.sizes(machine, shape[0] if len(shape) == 1 else shape)
    return ProductValue(tuple(RangeValue(ZERO, size, ONE) for size in sizes))


# -- numbers -----------------------------------------------------------------------------------------------


@function("builtins.int", "numpy.int64", "numpy.int32", "numpy.intp", takes="x=0, /")
def int_(machine: Machine, x: Any) -> Any:
    if isinstance(x, Real):
        if x.denominator != ONE:
            machine.note(EXACT)
        return truncated(machine, x)
    if isinstance(x, str):
        raise Unread("int(..) of a text", "it is not read", "write the number")
    if isinstance(x, Array) and x.kind == "data":
        raise Unread("int(..) of an entry", "its value is not known", "use sizes")
    return arrays.integer(machine, x)


def truncated(machine: Machine, x: Real) -> Polynomial:
    """A float towards 0."""
    top, bottom = x.numerator, x.denominator
    if not machine.choose(bottom - 1):
        top, bottom = -top, -bottom
    return machine.floor(top, bottom) if machine.choose(top) else -machine.floor(-top, bottom)


@function("builtins.float", "numpy.float64", "numpy.float32", takes="x=0, /")
def float_(machine: Machine, x: Any) -> Any:
    if isinstance(x, (Polynomial, bool)):
        return Real(arrays.integer(machine, x), ONE)
    if isinstance(x, Real):
        return x
    if isinstance(x, (Array, IndexArray)) and not x.rank:
        return arrays.copy(machine, arrays.data(machine, x))
    raise Unread("float(..)", f"of a {arrays.described(x)} it is not read", "use .item() for an array of one element")


@function("builtins.bool", takes="x=False, /")
def bool_(machine: Machine, x: Any) -> bool:
    return operators.truth(machine, x)


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
    if isinstance(number, Polynomial):
        return number
    if isinstance(number, Real) and number.denominator == ONE:
        return number.numerator
    raise Unread("round(..)", "a rounded number is not read", "use // for whole numbers")


@function("builtins.max", takes="*args")
def max_(machine: Machine, *args: Any) -> Any:
    return extreme(machine, args, "max")


@function("builtins.min", takes="*args")
def min_(machine: Machine, *args: Any) -> Any:
    return extreme(machine, args, "min")


def extreme(machine: Machine, args: tuple[Any, ...], name: str) -> Any:
    """The largest or smallest of some numbers."""
    items = iterables.items_of(machine, args[0]) if len(args) == 1 else args
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
    whole = iterable
    if isinstance(iterable, ListValue) and (segment := iterables.whole_segment(machine, iterable)) is not None:
        whole = segment
    if isinstance(whole, (Repeated, RangeValue, IndexArray)) or (
        isinstance(whole, Array) and whole.rank and whole.shape[0].value is None
    ):
        if isinstance(whole, RangeValue):
            raise Unread("sum(range(..))", "it is not read", "write n * (n - 1) // 2")
        total = reduce.total(machine, arrays.data(machine, whole), ZERO)
        return total if start == ZERO else operators.binary(machine, "+", total, start)
    result = start
    for one in iterables.items_of(machine, iterable):
        result = operators.binary(machine, "+", result, one)
    return result


@function("builtins.any", takes="iterable, /")
def any_(machine: Machine, iterable: Any) -> bool:
    return any(operators.truth(machine, one) for one in iterables.items_of(machine, iterable))


@function("builtins.all", takes="iterable, /")
def all_(machine: Machine, iterable: Any) -> bool:
    return all(operators.truth(machine, one) for one in iterables.items_of(machine, iterable))


@function("builtins.sorted", takes="iterable, /, *, key=None, reverse=False")
def sorted_(machine: Machine, iterable: Any) -> ListValue:
    items = iterables.items_of(machine, iterable)
    if not all(isinstance(one, Polynomial) and one.value is not None for one in items):
        raise Unread("sorted(..)", "only of known numbers it is read", "write them in order")
    return ListValue(machine.journal.tick(), tuple(sorted(items, key=lambda one: one.value)))


# -- the rest ----------------------------------------------------------------------------------------------


@function("builtins.print", takes="*values, sep=' ', end='', file=None, flush=False")
def print_(machine: Machine, *values: Any, sep: Any, end: Any, flush: Any) -> None:
    return None


@function("builtins.str", "builtins.repr", takes="object='', /")
def str_(machine: Machine, object: Any) -> str:  # noqa: A002
    return object if isinstance(object, str) else Text("text")


@function("builtins.hasattr", takes="obj, name, /")
def hasattr_(machine: Machine, obj: Any, name: Any) -> bool:
    if isinstance(obj, Instance) and isinstance(name, str) and not isinstance(name, Text):
        return name in obj.contents or (obj.kind is not None and name in obj.kind.members)
    raise Unread("hasattr(..)", f"of a {arrays.described(obj)} it is not read", "leave it out")


@function("builtins.isinstance", takes="obj, class_or_tuple, /")
def isinstance_(machine: Machine, obj: Any, class_or_tuple: Any) -> bool:
    classes = class_or_tuple if isinstance(class_or_tuple, tuple) else (class_or_tuple,)
    return any([_is_a(obj, one) for one in classes])


KINDS: dict[str, tuple[type, ...]] = {
    "builtins.int": (Polynomial, bool, Condition),
    "builtins.bool": (bool, Condition),
    "builtins.float": (Real,),
    "builtins.str": (str,),
    "builtins.tuple": (tuple,),
    "builtins.list": (ListValue, Repeated),
    "builtins.dict": (DictValue,),
    "builtins.range": (RangeValue,),
    "numbers.Integral": (Polynomial, bool, Condition),
    "numbers.Number": (Polynomial, bool, Condition, Real),
    "numpy.integer": (),
    "numpy.int64": (),
    "numpy.ndarray": (Array, IndexArray),
    "collections.abc.Iterable": (tuple, ListValue, DictValue, str, RangeValue, Array, IndexArray, Repeated),
    "collections.abc.Sequence": (tuple, ListValue, str, RangeValue, Repeated),
}
"""What is an instance of a class by its name. Numbers that arrays give, such as a sum, are read as Python's."""


def _is_a(value: Any, kind: Any) -> bool:
    name = getattr(kind, "name", "")
    if isinstance(value, (Array, IndexArray)) and not value.rank:
        raise Unread("isinstance(..) of a number from an array", "its type is NumPy's", "leave it out")
    if isinstance(value, Instance) and value.kind is not None:
        if kind is value.kind:
            return True
        raise Unread("isinstance(.., a class)", "its bases are not known", "leave it out")
    if name not in KINDS:
        raise Unread(f"isinstance(.., {name or arrays.described(kind)})", "this class is not read", "leave it out")
    return isinstance(value, KINDS[name])


def only_entry(machine: Machine, value: Any) -> Any:
    """The entry of an array of one element."""
    array = arrays.data(machine, value)
    if not machine.exactly(size_of_all(array) - 1):
        raise CodeError("TypeError", "only length-1 arrays can be converted to Python scalars")
    return scalar(machine, shaping.reshaped(machine, array, []))
