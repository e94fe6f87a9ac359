"""Dictionaries: their keys and items, also those that rounds of a loop set, as in ``cache[i] = ..``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis
from symconv.programs import arrays, lists
from symconv.programs.division import exact_quotient
from symconv.programs.journal import MISSING
from symconv.programs.loop import Loop
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import DictValue, Repeated, Text


@dataclass(frozen=True)
class Family:
    """The keys that the rounds of loops set: ``key`` for every index of the axes, in their letters."""

    axes: tuple[Axis, ...]
    key: Any


def checked(key: Any) -> Any:
    """A key that is known."""
    parts = key if isinstance(key, tuple) else (key,)
    if any(isinstance(one, Text) or not isinstance(one, (str, Polynomial, bool, type(None))) for one in parts):
        raise Unread("a key of a dictionary", f"a {arrays.described(key)} is not read", "use a text or a number")
    return key


def item(machine: Machine, container: DictValue, key: Any) -> Any:
    """container[key]."""
    if has(machine, container, key):
        return machine.get(container, key)
    for family in _families(container):
        at = _place(machine, family, key)
        if at is not None:
            return lists.read_item(machine, lists.at_indices(machine, machine.get(container, family), at))
    if container.others is not None:
        raise Unread(f"[{key!r}]", "nobody says what the dictionary has under this key", "pass it in arguments=")
    raise CodeError("KeyError", str(key))


def set_item(machine: Machine, container: DictValue, key: Any, value: Any) -> None:
    """container[key] = value."""
    if _families(container) and not isinstance(key, str):
        raise Unread("a key of a dictionary", "a loop may have set it before", "use another dictionary")
    apart([*container.contents, checked(key)])
    machine.put(container, key, value)


def apart(keys: Iterable[Any]) -> None:
    """Nothing, if keys that are not the same are so at all sizes.

    Raises:
        Unread: two keys are one at some sizes, or a truth value and a number that Python takes for one key.
    """
    known = [key for key in keys if isinstance(key, (Polynomial, tuple, bool))]
    for at, one in enumerate(known):
        for other in known[:at]:
            if _may_be(one, other) and (type(one) is not type(other) or one != other):
                raise Unread("a key of a dictionary", "it may be one that was set before", "use an array")


def has(machine: Machine, container: DictValue, key: Any) -> bool:
    """Whether a key is there by its name.

    Raises:
        Unread: it may be one that an earlier round of a loop has set.
    """
    checked(key)
    for loop in machine.loops:
        loop.has_read(container, key)
    if key in container.contents:
        return True
    if container.others is not None and isinstance(key, str) and (value := container.others(key)) is not MISSING:
        container.contents[key] = value
        return True
    if not isinstance(key, str):
        others = [one for one in container.contents if isinstance(one, (Polynomial, tuple, bool))]
        if any(_may_be(one, key) for one in others):
            raise Unread("a key of a dictionary", "it may be one that was set before", "use an array")
    return False


def contains(machine: Machine, container: DictValue, key: Any) -> bool:
    """Whether ``key in container``."""
    found = has(machine, container, key)
    if not found and not isinstance(key, str) and _families(container):
        raise Unread("in", "keys that a loop has set are not looked through", "compare the numbers")
    return found


def contents(machine: Machine, container: DictValue) -> dict[Any, Any]:
    """All keys with what they have."""
    if _families(container):
        raise Unread("a dictionary", "the number of its keys depends on sizes", "use an array")
    return {key: machine.get(container, key) for key in container.contents}


def pairs(machine: Machine, container: DictValue) -> Repeated | None:
    """(key, item) for every index of the keys that a loop has set, None if it has set none."""
    families = _families(container)
    if not families:
        return None
    (family, *others) = families
    if others or len(container.contents) > 1 or len(family.axes) > 1:
        raise Unread("a dictionary", "several loops have set its keys", "use one dictionary for each")
    return Repeated(family.axes, (family.key, machine.get(container, family)))


def closed(loop: Loop, container: DictValue, key: Any) -> Family | None:
    """The keys that all rounds of a loop set, if ``key`` is one of a round; None if it does not depend on the loop."""
    outer, own = (key.axes, key.key) if isinstance(key, Family) else ((), key)
    if any(not axis.size.names.isdisjoint(loop.names) for axis in outer):
        raise Unread("keys of a dictionary", "how many a loop sets depends on a loop around it", "use an array")
    if not any(isinstance(one, Polynomial) and not one.names.isdisjoint(loop.names) for one in _parts(own)):
        return None
    axes = tuple(Axis(name, size) for name, size in loop.parts)
    family = Family((*axes, *outer), own)
    places = [[axis for axis in family.axes if axis.letter in _names(one)] for one in _parts(own)]
    single = all(len(found) <= 1 for found in places) and sum(map(len, places)) == len(family.axes)
    others = [one for one in container.contents if one != key and not isinstance(one, str)]
    others += [one for what, one in loop.reads if what is container and not isinstance(one, str)]
    if not single or others or loop.quotients or loop.cut or len(axes) > 1:
        raise Unread("a key of a dictionary in a loop", "it is not seen that no round sets another's", "use an array")
    return family


def _families(container: DictValue) -> list[Family]:
    return [key for key in container.contents if isinstance(key, Family)]


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _names(part: Any) -> frozenset[str]:
    return frozenset(part.names) if isinstance(part, Polynomial) else frozenset()


def _may_be(one: Any, other: Any) -> bool:
    """Whether two keys, of which numbers depend on sizes, may be the same."""
    left, right = (tuple(map(_number, _parts(key))) for key in (one, other))
    if len(left) != len(right) or isinstance(one, tuple) != isinstance(other, tuple):
        return False
    return all(
        a == b or (isinstance(a, Polynomial) and isinstance(b, Polynomial) and (a - b).value is None)
        for a, b in zip(left, right)
    )


def _number(part: Any) -> Any:
    """A truth value as the number that is the same key."""
    return Polynomial.constant(int(part)) if isinstance(part, bool) else part


def _place(machine: Machine, family: Family, key: Any) -> dict[str, Polynomial] | None:
    """The index at which a family has a key; None if it has none of this kind."""
    own, wanted = _parts(family.key), _parts(key)
    if len(own) != len(wanted) or isinstance(family.key, tuple) != isinstance(key, tuple):
        return None
    places: dict[str, Polynomial] = {}
    for part, number in zip(own, wanted):
        axis = next((axis for axis in family.axes if axis.letter in _names(part)), None)
        if axis is None:
            if part != number:
                raise Unread("a key of a dictionary", "it is not seen whether it was set", "use an array")
            continue
        step = part.coefficient(axis.letter)
        at = exact_quotient(number - part.without(axis.letter), step) if isinstance(number, Polynomial) else None
        if at is None or part.degree({axis.letter}) > 1:
            raise Unread("a key of a dictionary", "it is not seen whether it was set", "use an array")
        if not machine.always(at) or not machine.always(axis.size - 1 - at):
            raise CodeError("KeyError", str(key))
        places[axis.letter] = at
    return places
