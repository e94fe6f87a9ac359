"""Methods of lists, dictionaries, tuples, texts and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs import arrays, dictionaries, iterables, operators
from symconv.programs.iterables import items_of
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import DictValue, ListValue, Real, Stretch, Text


@function("list.append", takes="self, item, /")
def append(machine: Machine, self: Any, item: Any) -> None:
    machine.put(self, "items", (*machine.get(self, "items"), iterables.kept(item)))


@function("list.extend", takes="self, items, /")
def extend(machine: Machine, self: Any, items: Any) -> None:
    machine.put(self, "items", (*machine.get(self, "items"), *items_of(machine, items)))


@function("list.insert", takes="self, index, item, /")
def insert(machine: Machine, self: Any, index: Any, item: Any) -> None:
    items = list(items_of(machine, self))
    items.insert(_number(machine, index), iterables.kept(item))
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
    if any(isinstance(item, Stretch) for item in items):
        raise Unread(".copy()", "the list's length depends on sizes", "use an array")
    return ListValue(machine.journal.tick(), items)


@function("dict.get", takes="self, key, default=None, /")
def get(machine: Machine, self: Any, key: Any, default: Any) -> Any:
    return dictionaries.item(machine, self, key) if dictionaries.contains(machine, self, key) else default


@function("dict.items", takes="self, /")
def items(machine: Machine, self: DictValue) -> Any:
    pairs = dictionaries.pairs(machine, self)
    return tuple(dictionaries.contents(machine, self).items()) if pairs is None else pairs


@function("dict.keys", takes="self, /")
def keys(machine: Machine, self: DictValue) -> Any:
    pairs = dictionaries.pairs(machine, self)
    return tuple(dictionaries.contents(machine, self)) if pairs is None else replace(pairs, item=pairs.item[0])


@function("dict.values", takes="self, /")
def values(machine: Machine, self: DictValue) -> Any:
    pairs = dictionaries.pairs(machine, self)
    return tuple(dictionaries.contents(machine, self).values()) if pairs is None else replace(pairs, item=pairs.item[1])


@function("dict.copy", takes="self, /")
def copy_dict(machine: Machine, self: DictValue) -> DictValue:
    return machine.dictionary(dictionaries.contents(machine, self))


@function("dict.update", takes="self, other, /")
def update(machine: Machine, self: DictValue, other: Any) -> None:
    for key, value in dictionaries.contents(machine, dict_(machine, other)).items():
        dictionaries.set_item(machine, self, key, value)


@function("builtins.dict", "collections.OrderedDict", takes="mapping=None, /, **more")
def dict_(machine: Machine, mapping: Any, **more: Any) -> DictValue:
    if isinstance(mapping, DictValue):
        return machine.dictionary({**dictionaries.contents(machine, mapping), **more})
    pairs = () if mapping is None else items_of(machine, mapping)
    return machine.dictionary({**dict(items_of(machine, pair) for pair in pairs), **more})


@function("list.reverse", takes="items, /")
def reverse(machine: Machine, items: ListValue) -> None:
    machine.put(items, "items", iterables.items_of(machine, items)[::-1])


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


@function("dict.setdefault", takes="items, key, default=None, /")
def setdefault(machine: Machine, items: DictValue, key: Any, default: Any) -> Any:
    if not dictionaries.contains(machine, items, key):
        dictionaries.set_item(machine, items, key, default)
    return dictionaries.item(machine, items, key)


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


@function("str.startswith", takes="text, prefix, /")
def startswith(machine: Machine, text: str, prefix: Any) -> bool:
    if not isinstance(prefix, str) or isinstance(prefix, Text):
        raise Unread(".startswith(..)", "its argument is not a known text", "write it")
    return text.startswith(prefix)


@function("int.item", "float.item", takes="x, /")
def item(machine: Machine, x: Any) -> Any:
    return x


@function("float.astype", takes="x, dtype, /")
def astype(machine: Machine, x: Real, dtype: Any) -> Any:
    from symconv.programs.library.whole_numbers import truncated

    return truncated(machine, x) if arrays.kind_of(dtype) == "integer" else x


@function("int.astype", takes="x, dtype, /")
def int_astype(machine: Machine, x: Polynomial, dtype: Any) -> Any:
    return x if arrays.kind_of(dtype) == "integer" else Real(x, ONE)


@function("str.format", "str.join", "text.format", "text.join", takes="self, *values")
def formatted(machine: Machine, self: Any, *values: Any) -> Text:
    return Text("text")


@function("float.is_integer", takes="self, /")
def is_integer(machine: Machine, self: Any) -> bool:
    quotient = machine.floor(self.numerator, self.denominator)
    return machine.exactly(self.numerator - quotient * self.denominator)
