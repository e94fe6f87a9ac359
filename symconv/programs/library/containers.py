"""Methods of lists, dictionaries, tuples, texts and numbers."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs import arrays, iterables, operators
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import DictValue, ListValue, Real, Text


@function("list.append", takes="items, item, /")
def append(machine: Machine, items: ListValue, item: Any) -> None:
    machine.put(items, "items", (*machine.get(items, "items"), item))


@function("list.extend", takes="items, more, /")
def extend(machine: Machine, items: ListValue, more: Any) -> None:
    added = iterables.items_of(machine, more)
    machine.put(items, "items", (*machine.get(items, "items"), *added))


@function("list.insert", takes="items, index, item, /")
def insert(machine: Machine, items: ListValue, index: Any, item: Any) -> None:
    new = list(iterables.items_of(machine, items))
    new.insert(_number(machine, index), item)
    machine.put(items, "items", tuple(new))


@function("list.pop", takes="items, index=-1, /")
def pop(machine: Machine, items: ListValue, index: Any) -> Any:
    left = list(iterables.items_of(machine, items))
    at = _number(machine, index)
    if not -len(left) <= at < len(left):
        raise CodeError("IndexError", "pop index out of range" if left else "pop from empty list")
    taken = left.pop(at)
    machine.put(items, "items", tuple(left))
    return taken


@function("list.reverse", takes="items, /")
def reverse(machine: Machine, items: ListValue) -> None:
    machine.put(items, "items", iterables.items_of(machine, items)[::-1])


@function("list.copy", takes="items, /")
def copy(machine: Machine, items: ListValue) -> ListValue:
    return ListValue(machine.journal.tick(), machine.get(items, "items"))


@function("list.index", "tuple.index", takes="items, item, /")
def index_of(machine: Machine, items: Any, item: Any) -> Polynomial:
    for at, one in enumerate(iterables.items_of(machine, items)):
        if operators.truth(machine, operators.compare(machine, "Eq", one, item)):
            return Polynomial.constant(at)
    raise CodeError("ValueError", "the item is not in the list")


@function("list.count", "tuple.count", takes="items, item, /")
def count(machine: Machine, items: Any, item: Any) -> Polynomial:
    same = [
        operators.truth(machine, operators.compare(machine, "Eq", one, item))
        for one in iterables.items_of(machine, items)
    ]
    return Polynomial.constant(sum(same))


def _number(machine: Machine, value: Any) -> int:
    number = arrays.integer(machine, value).value
    if number is None:
        raise Unread("an index of a list", "it depends on sizes", "write a number")
    return int(number)


# -- dictionaries ------------------------------------------------------------------------------------------


def _key(key: Any) -> Any:
    if isinstance(key, Text) or not isinstance(key, (str, Polynomial, bool, tuple, type(None))):
        raise Unread("a key of a dictionary", f"a {arrays.described(key)} is not read", "use a text")
    return key


@function("dict.get", takes="items, key, default=None, /")
def get(machine: Machine, items: DictValue, key: Any, default: Any) -> Any:
    return machine.get(items, key) if _key(key) in items.contents else default


@function("dict.setdefault", takes="items, key, default=None, /")
def setdefault(machine: Machine, items: DictValue, key: Any, default: Any) -> Any:
    if _key(key) not in items.contents:
        machine.put(items, key, default)
    return machine.get(items, key)


@function("dict.items", takes="items, /")
def items(machine: Machine, items: DictValue) -> tuple[Any, ...]:
    return tuple((key, machine.get(items, key)) for key in tuple(items.contents))


@function("dict.keys", takes="items, /")
def keys(machine: Machine, items: DictValue) -> tuple[Any, ...]:
    return tuple(items.contents)


@function("dict.values", takes="items, /")
def values(machine: Machine, items: DictValue) -> tuple[Any, ...]:
    return tuple(machine.get(items, key) for key in tuple(items.contents))


@function("dict.update", takes="items, other, /")
def update(machine: Machine, items: DictValue, other: Any) -> None:
    if not isinstance(other, DictValue):
        raise Unread("dict.update(..)", "only of a dictionary it is read", "set the items one by one")
    for key in tuple(other.contents):
        machine.put(items, key, machine.get(other, key))


@function("builtins.dict", takes="other=None, /")
def dict_(machine: Machine, other: Any) -> DictValue:
    made = DictValue(machine.journal.tick(), {})
    if other is not None:
        update(machine, made, other)
    return made


# -- texts and numbers -------------------------------------------------------------------------------------


def _changed(name: str) -> Any:
    def change(machine: Machine, text: str) -> str:
        if isinstance(text, Text):
            return Text("text")
        changed: str = getattr(text, name)()
        return changed

    return change


for _name in ("lower", "upper", "strip", "title", "capitalize"):
    function(f"str.{_name}", f"text.{_name}", takes="text, /")(_changed(_name))


@function("str.format", "str.join", "text.format", "text.join", takes="text, /, *args")
def format_(machine: Machine, text: str, *args: Any) -> str:
    return Text("text")


@function("str.startswith", takes="text, prefix, /")
def startswith(machine: Machine, text: str, prefix: Any) -> bool:
    if not isinstance(prefix, str) or isinstance(prefix, Text):
        raise Unread(".startswith(..)", "its argument is not a known text", "write it")
    return text.startswith(prefix)


@function("float.is_integer", takes="x, /")
def is_integer(machine: Machine, x: Real) -> bool:
    if not machine.choose(x.denominator - 1):
        raise Unread(".is_integer()", "the divisor may be negative", "use %")
    return machine.exactly(x.numerator - x.denominator * machine.floor(x.numerator, x.denominator))


@function("int.item", "float.item", takes="x, /")
def item(machine: Machine, x: Any) -> Any:
    return x


@function("float.astype", takes="x, dtype, /")
def astype(machine: Machine, x: Real, dtype: Any) -> Any:
    from symconv.programs.library.builtin import truncated

    return truncated(machine, x) if arrays.kind_of(dtype) == "integer" else x


@function("int.astype", takes="x, dtype, /")
def int_astype(machine: Machine, x: Polynomial, dtype: Any) -> Any:
    return x if arrays.kind_of(dtype) == "integer" else Real(x, ONE)


@function("builtins.map", takes="function, iterable, /")
def map_(machine: Machine, function: Any, iterable: Any) -> tuple[Any, ...]:
    return tuple(machine.call(function, [one], {}) for one in iterables.items_of(machine, iterable))

