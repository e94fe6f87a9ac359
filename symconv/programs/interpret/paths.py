"""The paths that a round of a loop can take, by its conditions on the index, put together as one round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Layout, axes_of
from symconv.programs import arrays
from symconv.programs.interpret.control import Continue, Jump, Return
from symconv.programs.journal import MISSING
from symconv.programs.loop import Loop, Restart, Slot
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Fork, Unread
from symconv.programs.values import Array, Cell, Condition, IndexArray, ListValue, Real, Unknown, size_of

MOST_PATHS = 40
"""A round is read in at most 40 cases."""
Body = Callable[[Polynomial], None]
"""Reads one round, given its number from 0."""


@dataclass
class End:
    """The end of a round on one path: how it ended, and what it changed."""

    path: tuple[Polynomial, ...]
    jump: Jump | None
    changes: dict[Slot, Any] = field(default_factory=dict)
    entries: dict[Slot, tuple[Layout, Form]] = field(default_factory=dict)
    is_undone: bool = False


class Paths:
    """The paths of one round.

    Args:
        start: the state of the journal when the round starts.
    """

    def __init__(self, machine: Machine, loop: Loop, body: Body, start: int) -> None:
        self.machine, self.loop, self.body, self.start = machine, loop, body, start
        self.partial: set[Slot] = set()

    def read(self) -> list[End]:
        """One round on every path that is possible."""
        machine, loop = self.machine, self.loop
        waiting: list[tuple[Polynomial, ...]] = [()]
        ends: list[End] = []
        depth = len(machine.loops)
        while waiting:
            loop.path = waiting.pop(0)
            if loop.path and machine.is_impossible():
                continue
            loop.writes.clear()
            jump: Jump | None = None
            try:
                self.body(loop.index)
            except Jump as found:
                jump = None if isinstance(found, Continue) else found
            except Fork as fork:
                if fork.region is not loop:
                    raise
                machine.journal.undo(self.start)
                del machine.loops[depth:]
                waiting[:0] = [(*loop.path, fork.condition), (*loop.path, -fork.condition - 1)]
                if len(waiting) + len(ends) > MOST_PATHS:
                    raise Unread(
                        "a loop", f"a round has more than {MOST_PATHS} cases", "use fewer conditions"
                    ) from None
                continue
            ends.append(End(loop.path, jump))
            if waiting or len(ends) > 1:
                self._record(ends[-1])
                machine.journal.undo(self.start)
                ends[-1].is_undone = True
        return ends

    def _record(self, end: End) -> None:
        """What a path changed, before it is undone."""
        for what, key, _ in self.machine.journal.since(self.start):
            if what.birth < self.loop.birth:
                value = what.contents.get(key, MISSING)
                end.changes[what, key] = value
                if is_numbers(value):
                    end.entries[what, key] = arrays.relettered(self.machine, arrays.data(self.machine, value))

    def leave(self, ends: list[End]) -> None:
        """What ``break`` and ``return`` in a round mean for the loop."""
        leaving = [end for end in ends if end.jump is not None]
        if len(leaving) == len(ends):
            self.loop.once = True
            raise Restart(self.loop)
        for end in leaving:
            if isinstance(end.jump, Return):
                raise Unread("return in a loop", "whether it is reached depends on the index", "return after the loop")
            if not self._is_over(end):
                raise Unread("break", "later rounds might go on, or this one changes something", "use range(..)")
            self.loop.cut = True

    def _is_over(self, end: End) -> bool:
        """Whether a round that takes this path changes nothing, and all later ones take it too."""
        loop = self.loop
        if len(loop.parts) > 1 or loop.quotients:
            return False
        if any(isinstance(slot[0], Cell) or slot in loop.reads or slot in loop.carried for slot in end.changes):
            return False
        return all(
            fact.degree(loop.names) <= 1 and all(self.machine.implies(fact.coefficient(name)) for name, _ in loop.parts)
            for fact in end.path
        )

    def merge(self, ends: list[End]) -> None:
        """One round, whatever path it takes."""
        machine, loop = self.machine, self.loop
        loop.path = ()
        taken = [arrays.indicator(Condition(end.path)) for end in ends]
        for slot in dict.fromkeys(slot for end in ends for slot in end.changes):
            what, key = slot
            old = what.contents.get(key, MISSING)
            values = [end.changes.get(slot, old) for end in ends]
            if isinstance(what, Cell) and key == "form":
                total = old
                for holds, value in zip(taken, values):
                    total = total + machine.tidy(value - old, what.axes) * holds
                machine.journal.put(what, key, machine.tidy(total, what.axes))
                continue
            if isinstance(what, Cell):
                lines = tuple(dict.fromkeys(line for value in values for line in value)) if key == "lines" else old
                machine.journal.put(what, key, lines)
                continue
            going = [value for value, end in zip(values, ends) if slot in end.changes or not self._is_over(end)]
            if all(value is values[0] or is_same(value, values[0]) for value in values):
                merged: Any = values[0]
            elif slot in loop.reads and all(is_same(value, going[0]) for value in going):
                merged, loop.cut = going[0], True  # the rounds in which it is not set change nothing else
            else:
                merged = self._merged(slot, ends, taken, old)
            if not all(slot in end.changes for end in ends):
                self.partial.add(slot)
            machine.journal.put(what, key, merged)

    def _merged(self, slot: Slot, ends: list[End], taken: list[Form], old: Any) -> Any:
        """A number or an array that depends on the path."""
        unknown = Unknown("it depends on a condition in the loop")
        machine = self.machine
        if all(slot not in end.changes or slot in end.entries for end in ends):
            own = arrays.relettered(machine, arrays.data(machine, old)) if is_numbers(old) else None
            parts = [part for end in ends if (part := end.entries.get(slot, own)) is not None]
            if len(parts) < len(ends) or not all(_have_one_shape(machine, parts[0][0], dims) for dims, _ in parts):
                return unknown
            layouts = [dims for dims, _ in parts] + ([own[0]] if own is not None else [])
            dims, values = arrays.common(machine, layouts)
            base = Form() if own is None else own[1].substitute(values)
            form = base
            for end, holds, (_, content) in zip(ends, taken, parts):
                if slot in end.changes or own is None:
                    form = form + (content.substitute(values) - base) * holds
            return arrays.make(machine, dims, machine.tidy(form, axes_of(dims)))
        return unknown


def _have_one_shape(machine: Machine, one: Layout, other: Layout) -> bool:
    return len(one) == len(other) and all(machine.equal(size_of(a), size_of(b)) for a, b in zip(one, other))


def is_numbers(value: Any) -> bool:
    return isinstance(value, (Array, IndexArray, Polynomial, Real, bool))


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same and stay so."""
    if isinstance(one, (ListValue, Array)) or isinstance(other, (ListValue, Array)):
        return one is other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and bool(one == other)
