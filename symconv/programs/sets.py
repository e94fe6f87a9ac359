"""Sets: what is in them, by texts, numbers and objects. The order of a set is nothing that a program may use."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.programs.arrays import described
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Unread
from symconv.programs.values import Instance, SetValue, Text


def contains(machine: Machine, container: SetValue, value: Any) -> bool:
    """Whether a value is in a set.

    Raises:
        Unread: whether two values are the same is not known.
    """
    known = _checked(value)
    return any(_is_same(one, known) for one in machine.get(container, "members"))


def with_members(members: tuple[Any, ...], more: tuple[Any, ...]) -> tuple[Any, ...]:
    """The members and others, each once."""
    for value in map(_checked, more):
        if not any(_is_same(one, value) for one in members):
            members = (*members, value)
    return members


def _checked(value: Any) -> Any:
    """A value that is known, and is a member of sets by what it is."""
    own = value.kind.members if isinstance(value, Instance) and value.kind is not None else {}
    is_known = isinstance(value, (str, Instance)) or (isinstance(value, Polynomial) and value.value is not None)
    if not is_known or isinstance(value, Text) or {"__eq__", "__hash__"} & own.keys():
        raise Unread("a member of a set", f"a {described(value)} is not read there", "use texts, numbers or objects")
    return value


def _is_same(one: Any, other: Any) -> bool:
    return one is other if isinstance(one, Instance) or isinstance(other, Instance) else bool(one == other)
