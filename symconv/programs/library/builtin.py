"""Python's own functions, and those of ``math`` and ``itertools`` on whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, operators, reduce
from symconv.programs.arrays import Segment, described
from symconv.programs.iterables import items_of, length
from symconv.programs.library.registry import function
from symconv.programs.loop import Earlier
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    ClassValue,
    DictValue,
    EnumerateValue,
    FunctionValue,
    IndexArray,
    Instance,
    LibraryFunction,
    ListValue,
    ProductValue,
    RangeValue,
    Real,
    Slice,
    Text,
    ZipValue,
)

# -- sequences -----------------------------------------------------------------------------------------------


@function("builtins.range", "builtins.xrange", "numba.prange", takes="start, stop=None, step=1, /")
def range_(machine: Machine, start: Any, stop: Any, step: Any) -> RangeValue:
    first, last = (ZERO, start) if stop is None else (start, stop)
    return RangeValue(*(arrays.integer(machine, one) for one in (first, last, step)))


@function("builtins.len", takes="obj, /")
def len_(machine: Machine, obj: Any) -> Polynomial:
    count = length(machine, obj)
    return count if machine.always(count) else ZERO


@function("builtins.enumerate", takes="iterable, start=0")
def enumerate_(machine: Machine, iterable: Any, start: Any) -> EnumerateValue:
    return EnumerateValue(iterable, arrays.integer(machine, start))


@function("builtins.zip", takes="*iterables, strict=False")
def zip_(machine: Machine, *iterables: Any) -> Any:
    return ZipValue(iterables) if iterables else ()


@function("itertools.product", takes="*iterables, repeat=1")
def product(machine: Machine, *iterables: Any, repeat: Any) -> ProductValue:
    count = arrays.integer(machine, repeat).value
    if count is None:
        raise Unread("product(.., repeat=..)", "it depends on sizes", "write a number")
    return ProductValue(iterables * int(count))


@function("builtins.reversed", takes="sequence, /")
def reversed_(machine: Machine, sequence: Any) -> Any:
    if isinstance(sequence, RangeValue) and sequence.step in (ONE, -ONE):
        return RangeValue(sequence.stop - sequence.step, sequence.start - sequence.step, -sequence.step)
    return items_of(machine, sequence)[::-1]


@function("builtins.tuple", takes="iterable=(), /")
def tuple_(machine: Machine, iterable: Any) -> tuple[Any, ...]:
    return items_of(machine, iterable)


@function("builtins.list", takes="iterable=(), /")
def list_(machine: Machine, iterable: Any) -> Any:
    if isinstance(iterable, RangeValue) and length(machine, iterable).value is None:
        return iterable
    return ListValue(machine.journal.tick(), items_of(machine, iterable))


@function("builtins.map", takes="function, *iterables")
def map_(machine: Machine, function: Any, *iterables: Any) -> tuple[Any, ...]:
    rows = zip(*(items_of(machine, one) for one in iterables))
    return tuple(machine.call(function, list(row), {}) for row in rows)


@function("builtins.slice", takes="start, stop=..., step=None, /")
def slice_(machine: Machine, start: Any, stop: Any, step: Any) -> Slice:
    return Slice(None, start, None) if stop is Ellipsis else Slice(start, stop, step)


@function("builtins.dict", takes="mapping=None, /")
def dict_(machine: Machine, mapping: Any) -> DictValue:
    if isinstance(mapping, DictValue):
        return machine.dictionary(dict(mapping.contents))
    pairs = () if mapping is None else items_of(machine, mapping)
    return machine.dictionary(dict(items_of(machine, pair) for pair in pairs))  # type: ignore[arg-type]


@function("list.append", takes="self, item, /")
def append(machine: Machine, self: Any, item: Any) -> None:
    machine.put(self, "items", (*machine.get(self, "items"), item))


@function("list.extend", takes="self, items, /")
def extend(machine: Machine, self: Any, items: Any) -> None:
    machine.put(self, "items", (*machine.get(self, "items"), *items_of(machine, items)))


@function("list.insert", takes="self, index, item, /")
def insert(machine: Machine, self: Any, index: Any, item: Any) -> None:
    items = list(items_of(machine, self))
    items.insert(_number(machine, index), item)
    machine.put(self, "items", tuple(items))


@function("list.pop", takes="self, index=-1, /")
def pop(machine: Machine, self: Any, index: Any) -> Any:
    items = list(items_of(machine, self))
    at = _number(machine, index)
    if not -len(items) <= at < len(items):
        raise CodeError("IndexError", "pop index out of range")
    value = items.pop(at)
    machine.put(self, "items", tuple(items))
    return value


@function("list.copy", takes="self, /")
def copy_list(machine: Machine, self: Any) -> ListValue:
    items = machine.get(self, "items")
    if any(isinstance(item, (Segment, Earlier)) for item in items):
        raise Unread(".copy()", "the list's length depends on sizes", "use an array")
    return ListValue(machine.journal.tick(), items)


@function("dict.get", takes="self, key, default=None, /")
def get(machine: Machine, self: Any, key: Any, default: Any) -> Any:
    return machine.get(self, key) if key in self.contents else default


@function("dict.items", takes="self, /")
def items(machine: Machine, self: Any) -> tuple[Any, ...]:
    return tuple((key, machine.get(self, key)) for key in self.contents)


@function("dict.keys", takes="self, /")
def keys(machine: Machine, self: Any) -> tuple[Any, ...]:
    return tuple(self.contents)


@function("dict.values", takes="self, /")
def values(machine: Machine, self: Any) -> tuple[Any, ...]:
    return tuple(machine.get(self, key) for key in self.contents)


@function("dict.copy", takes="self, /")
def copy_dict(machine: Machine, self: Any) -> DictValue:
    return machine.dictionary({key: machine.get(self, key) for key in self.contents})


@function("dict.update", takes="self, other, /")
def update(machine: Machine, self: Any, other: Any) -> None:
    for key, value in dict_(machine, other).contents.items():
        machine.put(self, key, value)


@function("str.lower", "str.upper", "str.strip", takes="self, /")
def lower(machine: Machine, self: Any) -> Any:
    return self.lower()


@function("str.format", "str.join", takes="self, *values")
def formatted(machine: Machine, self: Any, *values: Any) -> Text:
    return Text("text")


# -- numbers -------------------------------------------------------------------------------------------------


@function("builtins.int", takes="x=0, /")
def int_(machine: Machine, x: Any) -> Any:
    """The whole part, towards 0. Python divides in floats before, which is exact up to 2**53."""
    if isinstance(x, Real):
        machine.note("int(a / b) is exact while a and b are below 2**53")
        denominator = x.denominator
        if not machine.always(denominator - 1):
            raise Unread("int(..)", f"the divisor {denominator!r} may be negative", "use //")
        if machine.always(x.numerator):
            return machine.floor(x.numerator, denominator)
        return -machine.floor(-x.numerator, denominator)
    if isinstance(x, str):
        raise Unread("int(..)", "of a text", "use a number")
    return arrays.integer(machine, x)


@function("math.floor", "numpy.floor", takes="x, /")
def floor(machine: Machine, x: Any) -> Any:
    if isinstance(x, (Array, IndexArray)):
        raise Unread("floor", "of data it is not a sum of products", "use // on whole numbers")
    if isinstance(x, Real):
        return machine.floor(x.numerator, x.denominator)
    return arrays.integer(machine, x)


@function("math.ceil", "numpy.ceil", takes="x, /")
def ceil(machine: Machine, x: Any) -> Any:
    if isinstance(x, Real):
        return -machine.floor(-x.numerator, x.denominator)
    return floor(machine, x)


@function("builtins.float", takes="x=0, /")
def float_(machine: Machine, x: Any) -> Any:
    if isinstance(x, Polynomial):
        return Real(x, ONE)
    if isinstance(x, (Real, Array)) and not getattr(x, "dims", ()):
        return x
    raise Unread("float(..)", f"of a {described(x)}", "leave it out")


@function("float.is_integer", takes="self, /")
def is_integer(machine: Machine, self: Any) -> bool:
    quotient = machine.floor(self.numerator, self.denominator)
    return machine.exactly(self.numerator - quotient * self.denominator)


@function("builtins.round", takes="number, ndigits=None")
def round_(machine: Machine, number: Any) -> Any:
    if isinstance(number, Real) and (value := number.numerator.value) is not None and number.denominator.value:
        return Polynomial.constant(round(Fraction(value) / Fraction(number.denominator.value)))
    if isinstance(number, Polynomial):
        return number
    raise Unread("round(..)", "it is not read", "use //")


@function("builtins.divmod", takes="a, b, /")
def divmod_(machine: Machine, a: Any, b: Any) -> tuple[Any, Any]:
    return operators.binary(machine, "//", a, b), operators.binary(machine, "%", a, b)


@function("builtins.abs", takes="x, /")
def abs_(machine: Machine, x: Any) -> Polynomial:
    value = arrays.integer(machine, x)
    return value if machine.always(value) else -value


@function("builtins.max", takes="*values")
def max_(machine: Machine, *values: Any) -> Polynomial:
    return _greatest(machine, values, 1)


@function("builtins.min", takes="*values")
def min_(machine: Machine, *values: Any) -> Polynomial:
    return _greatest(machine, values, -1)


def _greatest(machine: Machine, values: Sequence[Any], sign: int) -> Polynomial:
    """The greatest (or least) of some numbers; sizes are told apart if it can be several of them."""
    given = items_of(machine, values[0]) if len(values) == 1 else values
    if any(isinstance(one, Array) and one.kind == "data" for one in given):
        raise Unread("max or min", "of data it is not a sum of products", "use sizes and indices")
    if not given:
        raise CodeError("ValueError", "max() or min() of an empty sequence")
    best, *others = (arrays.integer(machine, one) for one in given)
    for one in others:
        best = best if machine.always((best - one) * sign) else one
    return best


@function("math.prod", takes="iterable, /")
def prod(machine: Machine, iterable: Any) -> Any:
    result: Any = ONE
    for one in items_of(machine, iterable):
        result = operators.binary(machine, "*", result, one)
    return result


@function("builtins.sum", takes="iterable, /, start=0")
def sum_(machine: Machine, iterable: Any, start: Any) -> Any:
    if isinstance(iterable, Array):
        first = reduce.total(machine, iterable, ZERO)
        return operators.binary(machine, "+", start, first) if start != ZERO else first
    if isinstance(iterable, ListValue) and length(machine, iterable).value is None:
        return sum_(machine, arrays.data(machine, iterable), start)
    result = start
    for one in items_of(machine, iterable):
        result = operators.binary(machine, "+", result, one)
    return result


def _number(machine: Machine, value: Any) -> int:
    number = arrays.integer(machine, value).value
    if number is None:
        raise Unread("an index of a list", "it depends on sizes", "use an array")
    return int(number)


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
    kinds = class_or_tuple if isinstance(class_or_tuple, tuple) else (class_or_tuple,)
    name = next((text for kind, text in NAMES if isinstance(obj, kind)), "NoneType" if obj is None else "object")
    accepted = {name, *({"int"} if name == "bool" else ())}
    found = False
    for kind in kinds:
        if isinstance(kind, ClassValue):
            found |= isinstance(obj, Instance) and obj.kind is kind
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


@function("builtins.callable", takes="obj, /")
def callable_(machine: Machine, obj: Any) -> bool:
    return isinstance(obj, (FunctionValue, ClassValue, LibraryFunction))


@function("builtins.hasattr", takes="obj, name, /")
def hasattr_(machine: Machine, obj: Any, name: Any) -> bool:
    if isinstance(obj, Instance):
        return name in obj.contents or (obj.kind is not None and name in obj.kind.members)
    raise Unread("hasattr(..)", f"of a {described(obj)}", "leave it out")
