"""Python's own functions on sequences, truth values and types, and itertools."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis
from symconv.programs import arrays, lists, operators
from symconv.programs.arrays import described
from symconv.programs.iterables import ONCE, is_written, item, items_of, length, whole_segment
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    ClassValue,
    Condition,
    DictValue,
    EnumerateValue,
    FunctionValue,
    IndexArray,
    Instance,
    IteratorValue,
    LibraryFunction,
    ListValue,
    ProductValue,
    RangeValue,
    Real,
    Repeated,
    Segment,
    Slice,
    Text,
    ZipValue,
)

# -- sequences -----------------------------------------------------------------------------------------------


@function(
    "builtins.range",
    "builtins.xrange",
    "past.builtins.xrange",
    "six.moves.xrange",
    "six.moves.range",
    "numba.prange",
    takes="start, stop=None, step=1, /",
)
def range_(machine: Machine, start: Any, stop: Any, step: Any) -> RangeValue:
    first, last = (ZERO, start) if stop is None else (start, stop)
    low, high, by = (arrays.integer(machine, one) for one in (first, last, step))
    if machine.exactly(by):
        raise CodeError("ValueError", "range() arg 3 must not be zero")
    return RangeValue(low, high, by)


@function("builtins.len", takes="obj, /")
def len_(machine: Machine, obj: Any) -> Polynomial:
    if isinstance(obj, ONCE):
        raise CodeError("TypeError", "object of type 'iterator' has no len()")
    count = length(machine, obj)
    return count if machine.always(count) else ZERO


@function("builtins.enumerate", takes="iterable, start=0")
def enumerate_(machine: Machine, iterable: Any, start: Any) -> IteratorValue:
    return IteratorValue(EnumerateValue(_unwrapped(iterable), arrays.integer(machine, start)))


@function("builtins.zip", takes="*iterables, strict=False")
def zip_(machine: Machine, *iterables: Any) -> IteratorValue:
    return IteratorValue(ZipValue(tuple(map(_unwrapped, iterables))) if iterables else ())


def _unwrapped(value: Any) -> Any:
    """What an iterator goes through; it has no name, and so is gone through here only."""
    if isinstance(value, ONCE) and not isinstance(value, IteratorValue):
        raise Unread("an iterator in an iterator", "it is not read", "make a list of it")
    return value.items if isinstance(value, IteratorValue) else value


@function("itertools.product", takes="*iterables, repeat=1")
def product(machine: Machine, *iterables: Any, repeat: Any) -> ProductValue:
    count = arrays.integer(machine, repeat).value
    if count is None:
        raise Unread("product(.., repeat=..)", "it depends on sizes", "write a number")
    return ProductValue(iterables * int(count))


@function("builtins.reversed", takes="sequence, /")
def reversed_(machine: Machine, sequence: Any) -> Any:
    if isinstance(sequence, RangeValue) and sequence.step in (ONE, -ONE):
        return IteratorValue(RangeValue(sequence.stop - sequence.step, sequence.start - sequence.step, -sequence.step))
    if isinstance(sequence, ONCE):
        raise CodeError("TypeError", "'iterator' object is not reversible")
    return IteratorValue(items_of(machine, sequence)[::-1])


@function("builtins.tuple", takes="iterable=(), /")
def tuple_(machine: Machine, iterable: Any) -> tuple[Any, ...]:
    return items_of(machine, iterable)


@function("builtins.list", takes="iterable=(), /")
def list_(machine: Machine, iterable: Any) -> Any:
    if isinstance(iterable, (RangeValue, IndexArray)) and (count := length(machine, iterable)).value is None:
        if not machine.always(count):
            return ListValue(machine.journal.tick(), ())
        if isinstance(iterable, RangeValue):
            axis = Axis(machine.fresh(), count)
            made = Repeated((axis,), iterable.start + iterable.step * Polynomial.name(axis.letter))
        elif iterable.rank == 1:
            (dimension,), value = arrays.relettered(machine, iterable)
            made = Repeated(dimension, value)
        else:
            raise Unread("list(..) of an array", "its rows are not read one by one", "use a loop")
        return ListValue(machine.journal.tick(), (Segment(lists.with_memory(machine, made)),))
    if isinstance(iterable, IteratorValue) and isinstance(iterable.items, ListValue):
        return iterable.items  # made for it
    if isinstance(iterable, ProductValue) and not all(is_written(machine, one) for one in iterable.parts):
        axes = tuple(Axis(machine.fresh(), length(machine, part)) for part in iterable.parts)
        parts = [item(machine, part, Polynomial.name(axis.letter)) for part, axis in zip(iterable.parts, axes)]
        if not all(machine.always(axis.size) for axis in axes):
            raise Unread("list(product(..))", "whether its parts are empty depends on sizes", "use nested loops")
        return Repeated(axes, tuple(parts))
    if isinstance(iterable, Repeated):
        return lists.copied(machine, iterable)
    if isinstance(iterable, ListValue) and (segment := whole_segment(machine, iterable)) is not None:
        return lists.copied(machine, segment)
    return ListValue(machine.journal.tick(), items_of(machine, iterable))


@function("builtins.map", takes="function, *iterables")
def map_(machine: Machine, function: Any, *iterables: Any) -> IteratorValue:
    rows = zip(*(items_of(machine, one) for one in iterables))
    return IteratorValue(tuple(machine.call(function, list(row), {}) for row in rows))


@function("builtins.slice", takes="start, stop=..., step=None, /")
def slice_(machine: Machine, start: Any, stop: Any, step: Any) -> Slice:
    return Slice(None, start, None) if stop is Ellipsis else Slice(start, stop, step)


@function("builtins.sorted", takes="iterable, /, *, key=None, reverse=False")
def sorted_(machine: Machine, iterable: Any) -> ListValue:
    items = items_of(machine, iterable)
    if not all(isinstance(one, Polynomial) and one.value is not None for one in items):
        raise Unread("sorted(..)", "only of known numbers it is read", "write them in order")
    return ListValue(machine.journal.tick(), tuple(sorted(items, key=lambda one: one.value)))


@function("numpy.ndindex", takes="*shape")
def ndindex(machine: Machine, *shape: Any) -> ProductValue:
    sizes = arrays.sizes(machine, shape[0] if len(shape) == 1 else shape)
    return ProductValue(tuple(RangeValue(ZERO, size, ONE) for size in sizes))


# -- truth and types -----------------------------------------------------------------------------------------


@function("builtins.bool", takes="x=False, /")
def bool_(machine: Machine, x: Any) -> bool:
    return operators.truth(machine, x)


@function("builtins.all", takes="iterable, /")
def all_(machine: Machine, iterable: Any) -> bool:
    return all(operators.truth(machine, one) for one in items_of(machine, iterable))


@function("builtins.any", takes="iterable, /")
def any_(machine: Machine, iterable: Any) -> bool:
    return any(operators.truth(machine, one) for one in items_of(machine, iterable))


NAMES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (Polynomial, "int"), (Real, "float"), (str, "str"), (tuple, "tuple"), (ListValue, "list"),
    (DictValue, "dict"), (Array, "ndarray"), (IndexArray, "ndarray"), (Slice, "slice"),
)  # fmt: skip


@function("builtins.isinstance", takes="obj, class_or_tuple, /")
def isinstance_(machine: Machine, obj: Any, class_or_tuple: Any) -> bool:
    operators.check_known(obj)
    if isinstance(obj, Condition):
        raise Unread("isinstance(..)", "of a comparison, which may be NumPy's", "leave it out")
    kinds = class_or_tuple if isinstance(class_or_tuple, tuple) else (class_or_tuple,)
    name = next((text for kind, text in NAMES if isinstance(obj, kind)), "NoneType" if obj is None else "object")
    accepted = {name, *({"int"} if name == "bool" else ())}
    found = False
    for kind in kinds:
        if isinstance(kind, ClassValue):
            found |= isinstance(obj, Instance) and kind in _kinds(obj.kind)
            continue
        if not isinstance(kind, LibraryFunction) and not hasattr(kind, "name"):
            raise Unread("isinstance(..)", "this type is not known", "leave it out")
        last = kind.name.rsplit(".", 1)[-1]
        if last in ABSTRACT:
            found |= bool(accepted & ABSTRACT[last])
        elif last in {text for _, text in NAMES} | {"NoneType", "Tensor"}:
            found |= last in accepted
            if last == "Tensor" and name == "ndarray":
                raise Unread("isinstance(..)", "whether an array is a tensor is not known", "leave it out")
        else:
            raise Unread("isinstance(..)", f"the type {last} is not known", "leave it out")
    return found


def _kinds(kind: ClassValue | None) -> set[ClassValue]:
    """A class, and those that it inherits from."""
    return set() if kind is None else {kind}.union(*map(_kinds, kind.bases))


ABSTRACT = {
    "Integral": {"int"}, "integer": set(), "Number": {"int", "float"}, "Real": {"int", "float"},
    "Iterable": {"tuple", "list", "dict", "str", "ndarray"}, "Sequence": {"tuple", "list", "str"},
}  # fmt: skip


@function("builtins.type", takes="obj, /")
def type_(machine: Machine, obj: Any) -> LibraryFunction:
    name = next((text for kind, text in NAMES[:7] if isinstance(obj, kind)), None)
    if name is None:
        raise Unread("type(..)", f"of a {described(obj)}", "leave it out")
    return LibraryFunction(f"builtins.{name}")


@function("builtins.str", "builtins.repr", takes="obj='', /")
def str_(machine: Machine, obj: Any) -> Any:
    return obj if isinstance(obj, str) else Text("text")


@function("builtins.print", takes="*values, sep=' ', end='', file=None, flush=False")
def print_(machine: Machine, *values: Any, sep: Any, end: Any, file: Any, flush: Any) -> None:
    return None


@function("numpy.isscalar", takes="element")
def isscalar(machine: Machine, element: Any) -> bool:
    return isinstance(element, (Polynomial, Real, bool, str))


@function("builtins.callable", takes="obj, /")
def callable_(machine: Machine, obj: Any) -> bool:
    operators.check_known(obj)
    return isinstance(obj, (FunctionValue, ClassValue, LibraryFunction))


@function("builtins.hasattr", takes="obj, name, /")
def hasattr_(machine: Machine, obj: Any, name: Any) -> bool:
    if isinstance(obj, Instance):
        return name in obj.contents or (obj.kind is not None and name in obj.kind.members)
    raise Unread("hasattr(..)", f"of a {described(obj)}", "leave it out")
