"""Arguments that name axes: numbers that must be known, counted from the end if they are negative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.programs import arrays
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.shaping import axis_number
from symconv.programs.values import ListValue


def known_int(machine: Machine, value: Any, what: str) -> int:
    """A whole number that does not depend on sizes."""
    number = arrays.integer(machine, value).value
    if number is None:
        raise Unread(what, f"it depends on sizes: {value!r}", "write a number")
    return int(number)


def axis_numbers(machine: Machine, value: Any, rank: int, *, lists: bool = True, repeats: bool = False) -> list[int]:
    """Axes in the order given: one number, or several.

    Args:
        lists: whether the function takes a list too.
        repeats: whether an axis may come twice.

    Raises:
        CodeError: an axis does not exist, or comes twice.
    """
    if isinstance(value, ListValue) and not lists:
        raise CodeError("TypeError", "'list' object cannot be interpreted as an integer; axes are a tuple")
    axes = [axis_number(machine, one, rank) for one in one_or_more(machine, value)]
    if len(set(axes)) < len(axes) and not repeats:
        raise CodeError("ValueError", "an axis comes twice")
    return axes


def one_or_more(machine: Machine, value: Any) -> Sequence[Any]:
    """The items of a tuple or list, or a single value as one."""
    if isinstance(value, ListValue):
        items: Sequence[Any] = machine.get(value, "items")
        return items
    return value if isinstance(value, tuple) else (value,)
