"""The end of a loop: what one round changes, replaced by what all of them do."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays, dictionaries, lists
from symconv.programs.dictionaries import Family
from symconv.programs.interpret import recurrence
from symconv.programs.interpret.last_round import in_last_round
from symconv.programs.interpret.paths import is_numbers, is_same
from symconv.programs.interpret.recurrence import Held
from symconv.programs.iterables import whole_segment
from symconv.programs.journal import MISSING, Mutable
from symconv.programs.loop import Grows, Linear, Loop, Restart, Slot, State
from symconv.programs.machine import Deferred, Machine
from symconv.programs.outcomes import Unread
from symconv.programs.values import (
    Array,
    Cell,
    DictValue,
    Earlier,
    Entry,
    Filled,
    FunctionValue,
    ListValue,
    Repeated,
    Segment,
    Stretch,
    Unknown,
    size_of,
)  # fmt: skip


class Closing:
    """What a loop leaves.

    Args:
        outer: the slots that each loop around it had set before.
        initial: what arrays held before the loop.
        partial: slots that some paths do not set.
        start: the state of the journal when the round started.
    """

    def __init__(
        self, machine: Machine, loop: Loop, outer: list[set[Slot]], initial: dict[Cell, Form], partial: set[Slot],
        start: int,
    ) -> None:  # fmt: skip
        self.machine, self.loop, self.outer, self.initial = machine, loop, outer, initial
        self.partial, self.start = partial, start
        self.closed: list[tuple[Cell, Form]] = []

    def _changed(self) -> dict[Slot, Any]:
        """Slots that the round changed, with what they had before."""
        return {
            (what, key): old
            for what, key, old in self.machine.journal.since(self.start)
            if what.birth < self.loop.birth and not isinstance(what, Cell)
        }

    def learn(self) -> None:
        """See what a round takes from the one before; if that is new, the loop is read again."""
        loop = self.loop
        found = False
        for slot, old in self._changed().items():
            what, key = slot
            if slot in loop.carried or slot not in loop.reads:
                continue
            old = self.machine.resolved(old)
            new = what.contents.get(key, MISSING)
            if is_same(old, new):
                continue
            loop.carried[slot] = self._guess(str(key), old, new)
            found = True
            for outer, writes in zip(self.machine.loops, self.outer):
                if what.birth < outer.birth and slot not in writes:
                    outer.reads[slot] = None
        if found:
            raise Restart(loop)

    def _guess(self, name: str, old: Any, new: Any) -> Linear | State | Grows:
        machine, loop = self.machine, self.loop
        if isinstance(old, Polynomial) and isinstance(new, Polynomial):
            step = new - old
            if step.names.isdisjoint(loop.names):
                return Linear(old, step)
        if isinstance(old, tuple) and isinstance(new, tuple) and new[: len(old)] == old and name == "items":
            return Grows(old)
        if is_numbers(old) and is_numbers(new):
            shape = arrays.data(machine, new).shape
            if all(size.names.isdisjoint(loop.names) for size in shape):
                return State(old, shape)
        raise Unread(f"{name} in a loop", "it changes from round to round in a way that is not read", "use the index")

    # -- the end of the loop -------------------------------------------------------------------------------

    def close(self) -> None:
        """Replace what one round changes by what all of them do."""
        machine, loop = self.machine, self.loop
        held = {
            cell: Held(cell.axes, cell.form, tensor, self.initial[cell])
            for cell, tensor in loop.cells.items()
            if tensor is not None
        }
        values: dict[Slot, Any] = {}
        for slot, carried in loop.carried.items():
            if isinstance(carried, State):
                values[slot], cell, held[cell] = self._computed(slot, carried)
        for cell, one in held.items():
            others = [other for other in held.values() if other is not one]
            self.closed.append((cell, recurrence.after(machine, loop, one, others)))
        for slot, carried in loop.carried.items():
            if not isinstance(carried, State):
                values[slot] = self._after(slot, carried)
        for slot, old in self._changed().items():
            if slot not in loop.carried:
                values.update(self._set_in_round(slot, old))
        machine.loops.remove(loop)
        runs = machine.implies(loop.trips - 1)
        for cell, form in self.closed:
            machine.journal.put(cell, "form", machine.tidy(form, cell.axes))
        for (what, key), value in values.items():
            if value is MISSING:
                if key in what.contents:
                    machine.journal.drop(what, key)
                continue
            machine.journal.put(what, key, value)
            if isinstance(key, Family):
                for outer in machine.loops:
                    outer.has_written(what, key)
        if not runs:
            for outer, writes in zip(machine.loops, self.outer):
                outer.writes &= writes | (outer.writes - values.keys())

    def _after(self, slot: Slot, carried: Linear | Grows) -> Any:
        """What a slot has after the loop that every round takes over."""
        loop = self.loop
        what, key = slot
        new = what.contents.get(key, MISSING)
        if isinstance(carried, Linear):
            if new != carried.first + carried.step * (loop.index + 1):
                raise Unread(f"{key} in a loop", "it does not change by the same in every round", "use the index")
            if loop.cut:
                return Unknown("the loop may be left early")
            return self._if_run(carried.first + carried.step * loop.trips, carried.first, loop.trips)
        return self._grown(new, carried)

    def _grown(self, items: tuple[Any, ...], carried: Grows) -> Any:
        """A list to which every round adds one item."""
        machine, old = self.machine, len(carried.items)
        added = items[old + 1 :] if len(items) > old and isinstance(items[old], Earlier) else None
        if added is None or len(added) != 1 or self.loop.quotients or self.loop.cut:
            raise Unread("a list in a loop", "a round does not add exactly one item to it", "use an array")
        axes = tuple(Axis(name, size) for name, size in self.loop.parts)
        item = _of_round(machine, self.loop, added[0])
        if isinstance(item, Segment):
            grown = Repeated((*axes, *item.repeated.axes), item.repeated.item)
        else:
            grown = Repeated(axes, item)
        if lists.is_single(grown.item):
            grown = lists.with_memory(machine, grown)
        return (*carried.items, Segment(grown))

    def _filled(self, filled: Filled) -> Any:
        """A list of which every round sets one item, all of them in their order."""
        machine, loop = self.machine, self.loop
        axes = tuple(Axis(name, size) for name, size in loop.parts)
        in_order = filled.at == loop.index and machine.equal(loop.trips, filled.base.length) and len(axes) == 1
        if not in_order or loop.quotients or loop.cut:
            return Unknown("a round of a loop sets an item of it, and it is not seen that all are set")
        return (Segment(Repeated(axes, _of_round(machine, loop, filled.value))),)

    def _computed(self, slot: Slot, carried: State) -> tuple[Any, Cell, Held]:
        """A number or array that every round computes from what it was: its value after the loop, and its memory."""
        machine = self.machine
        what, key = slot
        value = what.contents.get(key, MISSING)
        if not is_numbers(value):
            raise Unread(f"{key} in a loop", "it is not a number in every round", "use another name")
        new = arrays.data(machine, value)
        assert carried.tensor is not None
        start = arrays.data(machine, carried.before)
        start_dims, start_form = arrays.relettered(machine, start)
        new_dims, new_form = arrays.relettered(machine, new)
        dims, values = arrays.common(machine, [carried.dims, new_dims, start_dims])
        if len(dims) != len(carried.dims) or any(
            not machine.equal(size_of(one), size_of(other)) for one, other in zip(dims, carried.dims)
        ):
            raise Unread("a loop", "an array changes its shape from round to round", "use another name")
        axes = axes_of(carried.dims)
        here = {axis.letter: values.get(axis.letter, Polynomial.name(axis.letter)).single_name for axis in axes}
        if None in here.values():
            raise Unread("a loop", "an array is flattened differently in each round", "use another name")
        back = {str(name): Polynomial.name(letter) for letter, name in here.items()}
        one = new_form.substitute(values).substitute(back)
        initial = start_form.substitute(values).substitute(back)
        result = arrays.make(machine, carried.dims, Form(), new.kind)
        same = start.shape == result.shape
        after = result if same else self._if_run(result, carried.before, self.loop.trips - 1)
        return after, result.cell, Held(axes, one, carried.tensor, initial)

    def _set_in_round(self, slot: Slot, old: Any) -> dict[Slot, Any]:
        """What slots have after the loop of which every round sets one."""
        what, key = slot
        if key not in what.contents:
            return {}
        family = dictionaries.closed(self.loop, what, key) if isinstance(what, DictValue) else None
        if family is None:
            return {slot: self._last(slot, old)}
        if slot in self.partial or old is not MISSING:
            raise Unread("a key of a dictionary in a loop", "some rounds do not set it", "use an array")
        return {slot: MISSING, (what, family): _of_round(self.machine, self.loop, what.contents[key])}

    def _last(self, slot: Slot, old: Any) -> Any:
        """What a slot has after the loop that every round sets anew."""
        what, key = slot
        value = what.contents.get(key, MISSING)
        if value is MISSING:
            return MISSING
        if key == "items" and isinstance(value, tuple) and any(isinstance(one, Stretch) for one in value):
            filled = value[0] if len(value) == 1 and isinstance(value[0], Filled) else None
            return Unknown("a round of a loop sets it") if filled is None else self._filled(filled)
        if self.loop.cut or self.loop.quotients or slot in self.partial:
            last: Any = Unknown("the last round of the loop sets it, and which that is depends on a condition")
        else:
            last = in_last_round(self.machine, self.loop, value)
        missing = Unknown("it is set in a loop that may not run")
        return self._if_run(last, missing if old is MISSING else old, self.loop.trips - 1)

    def _if_run(self, value: Any, otherwise: Any, condition: Polynomial) -> Any:
        """A value if the loop ran, which may depend on the sizes."""
        if self.machine.implied_outside(self.loop, condition):
            return value
        return Deferred(condition, value, otherwise)


def _of_round(machine: Machine, loop: Loop, item: Any) -> Any:
    """An item of a list, of any round; a list that this round made as its items at every index."""
    if (
        isinstance(item, ListValue)
        and item.birth >= loop.birth
        and (segment := whole_segment(machine, item)) is not None
    ):
        item = segment
    _require_no_state(loop, item)
    lists.freeze(machine, item.repeated if isinstance(item, Segment) else item, loop.birth)
    return item


def _require_no_state(loop: Loop, item: Any) -> None:
    """That an item of a list does not depend on what earlier rounds left in an array."""
    if isinstance(item, Segment):
        item = item.repeated.item
    while isinstance(item, Repeated):
        item = item.item
    for one in item if isinstance(item, tuple) else (item,):
        if isinstance(one, Entry):
            _require_no_state(loop, one.array)
        elif isinstance(one, Array) and one.cell not in loop.cells:
            recurrence.require_no_state(loop, one.cell.form)
        elif isinstance(one, (tuple, Mutable, FunctionValue)):
            raise Unread("a list in a loop", "its items are not numbers or arrays", "use an array")
