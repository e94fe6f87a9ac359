"""What a loop goes over: how many items it has, and the item of a round."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs import arrays, dictionaries, index, lists
from symconv.programs.journal import Mutable
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    DictValue,
    EnumerateValue,
    GeneratorValue,
    IndexArray,
    IteratorValue,
    LibraryFunction,
    ListValue,
    ProductValue,
    RangeValue,
    Repeated,
    Segment,
    SetValue,
    Stretch,
    Unknown,
    ZipValue,
)

ONCE = (IteratorValue, GeneratorValue, ProductValue)
"""What can be gone through once."""
Loops = Callable[[Machine, Polynomial, Callable[[Polynomial], None]], None]


def kept(value: Any) -> Any:
    """A value that gets a name, or becomes an item.

    Raises:
        Unread: it can be gone through only once, and a name can be read twice.
    """
    if isinstance(value, ONCE):
        raise Unread("an iterator that is kept", "it is used up when it was gone through", "make a list of it")
    return value


def items_of(machine: Machine, value: Any) -> tuple[Any, ...]:
    """The items of a tuple, list, dictionary, range or array, if their number is known."""
    if isinstance(value, IteratorValue):
        value = value.items
    if isinstance(value, (ProductValue, GeneratorValue)):
        raise Unread("an iterator as a sequence", "only a loop over it is read", "use nested loops")
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        return tuple(value)
    if isinstance(value, DictValue):
        return tuple(dictionaries.contents(machine, value))
    if isinstance(value, SetValue):
        members: tuple[Any, ...] = machine.get(value, "members")
        if len(members) > 1:
            raise Unread("the order of a set", "Python may go through it in any", "use a list or a tuple")
        return members
    if isinstance(value, ListValue):
        items: tuple[Any, ...] = machine.get(value, "items")
        if any(isinstance(item, Stretch) for item in items):
            raise Unread("a list", "its length depends on sizes", "use an array")
        return items
    count = length(machine, value).value
    if count is None:
        raise Unread("a sequence that is taken apart", "its length depends on sizes", "use a loop")
    return tuple(item(machine, value, Polynomial.constant(at)) for at in range(int(count)))


def length(machine: Machine, value: Any) -> Polynomial:
    """The number of rounds of a loop over it: none if it is negative."""
    if isinstance(value, IteratorValue):
        value = value.items
    if isinstance(value, RangeValue):
        span = value.stop - value.start
        if value.step == ONE:
            return span
        if not machine.always(value.step - 1):
            if not machine.always(-value.step - 1):
                raise CodeError("ValueError", "range() arg 3 must not be zero")
            return machine.floor(-span - 1, -value.step) + 1
        return machine.floor(span - 1, value.step) + 1
    if isinstance(value, (Array, IndexArray)):
        if not value.rank:
            raise CodeError("TypeError", "iteration over a 0-d array")
        return value.shape[0]
    if isinstance(value, EnumerateValue):
        return length(machine, value.part)
    if isinstance(value, ZipValue):
        lengths = [length(machine, part) for part in value.parts]
        shortest = lengths[0]
        for one in lengths[1:]:
            shortest = shortest if machine.always(one - shortest) else one
        return shortest
    if isinstance(value, Repeated):
        return value.length
    if isinstance(value, ListValue) and (segment := whole_segment(machine, value)) is not None:
        return segment.length
    if isinstance(value, DictValue) and (pairs := dictionaries.pairs(machine, value)) is not None:
        return pairs.length
    if isinstance(value, SetValue):
        return Polynomial.constant(len(machine.get(value, "members")))
    return Polynomial.constant(len(items_of(machine, _iterable(value))))


def _iterable(value: Any) -> Any:
    if isinstance(value, (tuple, str, DictValue, ListValue, SetValue)):
        return value
    if isinstance(value, (LibraryFunction, Unknown)):
        raise Unread(f"what is in {getattr(value, 'name', 'it')}", "it is not known", "leave it out")
    raise CodeError("TypeError", f"{arrays.described(value)} object is not iterable")


def whole_segment(machine: Machine, value: ListValue) -> Repeated | None:
    """What a list is that a loop made: its items at every index."""
    items = machine.get(value, "items")
    return items[0].repeated if len(items) == 1 and isinstance(items[0], Segment) else None


def item(machine: Machine, value: Any, at: Polynomial) -> Any:
    """The item of a round, whose number is inside the length."""
    if isinstance(value, IteratorValue):
        value = value.items
    if isinstance(value, RangeValue):
        return value.start + value.step * at
    if isinstance(value, (Array, IndexArray)):
        return index.select(machine, value, at)
    if isinstance(value, EnumerateValue):
        return (value.start + at, item(machine, value.part, at))
    if isinstance(value, ZipValue):
        return tuple(item(machine, part, at) for part in value.parts)
    if isinstance(value, ListValue) and (segment := whole_segment(machine, value)) is not None:
        value = segment
    if isinstance(value, Repeated):
        return lists.nth(machine, value, at)
    if isinstance(value, DictValue) and (pairs := dictionaries.pairs(machine, value)) is not None:
        return lists.nth(machine, pairs, at)[0]
    items = items_of(machine, value)
    if (number := at.value) is None:
        raise Unread("an item of a list", "its index depends on sizes or on a loop", "use an array")
    return items[int(number)]


def is_written(machine: Machine, value: Any) -> bool:
    """Whether it has items that are written out, so that a loop over it is too."""
    if isinstance(value, IteratorValue):
        value = value.items
    if isinstance(value, ListValue):
        return whole_segment(machine, value) is None
    if isinstance(value, EnumerateValue):
        return is_written(machine, value.part)
    if isinstance(value, ZipValue):
        return any(is_written(machine, part) for part in value.parts)
    if isinstance(value, DictValue):
        return dictionaries.pairs(machine, value) is None
    return isinstance(value, (tuple, str, SetValue))


def sources(value: Any) -> tuple[Mutable, ...]:
    """The lists, dictionaries and sets that a loop goes through as they are in each round."""
    if isinstance(value, (ListValue, DictValue, SetValue)):
        return (value,)
    if isinstance(value, IteratorValue):
        return sources(value.items)
    if isinstance(value, EnumerateValue):
        return sources(value.part)
    return tuple(one for part in value.parts for one in sources(part)) if isinstance(value, ZipValue) else ()


def still_to_come(changing: Sequence[Mutable], at: int) -> list[tuple[Hashable, ...]]:
    """What a loop meets from some round on, which is also its end: items of lists, keys of dictionaries and sets."""
    return [
        tuple(map(id, one.items[at:])) if isinstance(one, ListValue)
        else one.contents["members"] if isinstance(one, SetValue)
        else tuple(one.contents)
        for one in changing
    ]  # fmt: skip


def nested(machine: Machine, value: ProductValue, over: Callable[[Any, Callable[[Any], None]], None],
           body: Callable[[Any], None], chosen: Sequence[Any] = ()) -> None:  # fmt: skip
    """Loops inside each other, as ``itertools.product`` goes."""
    if len(chosen) == len(value.parts):
        body(tuple(chosen))
        return
    over(value.parts[len(chosen)], lambda one: nested(machine, value, over, body, (*chosen, one)))
