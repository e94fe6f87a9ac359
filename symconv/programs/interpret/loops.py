"""Loops: one round is read, for any index, and what it changes becomes a sum over all rounds.

What a round takes over from the one before is found out by reading: an array that the loop changes is, at the start of
a round, a tensor that stands for what the earlier rounds made of it; a number that it changes is assumed to grow by the
same in every round, which the next reading confirms. If a condition on the index is met, the round
is read once for each case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.programs import arrays, dictionaries, lists
from symconv.programs.dictionaries import Family
from symconv.programs.interpret import recurrence
from symconv.programs.interpret.control import Break, Continue, Jump, Return
from symconv.programs.interpret.last_round import in_last_round
from symconv.programs.interpret.recurrence import Held
from symconv.programs.iterables import whole_segment
from symconv.programs.journal import MISSING, Mutable
from symconv.programs.loop import Grows, Linear, Loop, Restart, Slot, State
from symconv.programs.machine import Deferred, Machine
from symconv.programs.outcomes import CodeError, Fork, TooLarge, Unread
from symconv.programs.values import (
    Array,
    Cell,
    Condition,
    DictValue,
    Earlier,
    Entry,
    Filled,
    FunctionValue,
    IndexArray,
    ListValue,
    Real,
    Repeated,
    Segment,
    Stretch,
    Unknown,
    size_of,
)

MOST_READINGS, MOST_PATHS = 40, 40
"""A loop is read at most 40 times until it is known what it carries, and one round in at most 40 cases."""
FEW, MOST_UNROLLED = 3, 64
"""Loops of up to 3 rounds are written out; of up to 64, if they are not read as a whole."""

Body = Callable[[Polynomial], None]
"""Reads one round, given its number from 0."""


def run(machine: Machine, trips: Polynomial, body: Body) -> None:
    """Read a loop of some number of rounds."""
    count = trips.value
    if count is None:
        read(machine, Loop(machine.fresh("t"), trips), body)
    elif count <= FEW or (machine.line, "unrolled") in machine.known:
        write_out(int(count), body)
    else:
        mark, line, depth = machine.journal.mark, machine.line, len(machine.loops)
        try:
            read(machine, Loop(machine.fresh("t"), trips), body)
        except (Unread, CodeError) as reason:
            if count > MOST_UNROLLED or isinstance(reason, TooLarge):
                raise
            machine.journal.undo(mark)
            del machine.loops[depth:]
            machine.known.add((line, "unrolled"))
            write_out(int(count), body)


def write_out(count: int, body: Body) -> None:
    for at in range(count):
        try:
            body(Polynomial.constant(at))
        except Continue:
            pass
        except Break:
            return


def read(machine: Machine, loop: Loop, body: Body, prepare: Callable[[], None] | None = None) -> None:
    """Read one round of a loop until it is known what it carries, and close it."""
    mark, depth = machine.journal.mark, len(machine.loops)
    outer = [set(one.writes) for one in machine.loops]
    for _ in range(MOST_READINGS):
        try:
            _Reading(machine, loop, body, outer).run(prepare)
            return
        except Restart as found:
            if found.loop is not loop:
                raise
            machine.journal.undo(mark)
        finally:
            del machine.loops[depth:]
        if loop.once:
            if machine.always(loop.trips - 1):
                write_out(1, body)
            return
    raise Unread("a loop", "what it carries from round to round is not found", "use for .. in range(..), and +=")


@dataclass
class _End:
    """The end of a round on one path: how it ended, and what it changed."""

    path: tuple[Polynomial, ...]
    jump: Jump | None
    changes: dict[Slot, Any] = field(default_factory=dict)
    entries: dict[Slot, tuple[Layout, Form]] = field(default_factory=dict)
    is_undone: bool = False


class _Reading:
    """One reading of a loop."""

    def __init__(self, machine: Machine, loop: Loop, body: Body, outer: list[set[Slot]]) -> None:
        self.machine, self.loop, self.body, self.outer = machine, loop, body, outer
        self.initial: dict[Cell, Form] = {}
        self.partial: set[Slot] = set()
        self.closed: list[tuple[Cell, Form]] = []
        self.start = 0

    def run(self, prepare: Callable[[], None] | None) -> None:
        machine, loop = self.machine, self.loop
        self._begin()
        machine.loops.append(loop)
        if prepare is not None:
            prepare()
            if loop.trips == ZERO:
                self._restore()
                return
        self.start = machine.journal.mark
        ends = self._paths()
        if not ends:
            machine.journal.undo(self.start)
            self._restore()
            return
        try:
            self._jumps(ends)
            if any(end.is_undone for end in ends):
                self._merge(ends)
            self._learn()
            self._close()
        except Fork as fork:
            if fork.region is loop:
                raise Unread("a loop", "what it leaves depends on its index", "use another name after it") from None
            raise

    # -- the start of a round ------------------------------------------------------------------------------

    def _begin(self) -> None:
        machine, loop = self.machine, self.loop
        loop.begin(machine.journal.tick())
        for cell in loop.cells:
            self.initial[cell] = cell.form
            tensor = _state(machine, cell.axes)
            loop.cells[cell] = tensor
            names = [Polynomial.name(axis.letter) for axis in cell.axes]
            machine.journal.put(cell, "form", Form.access(tensor, names))
        for (what, key), carried in loop.carried.items():
            if isinstance(carried, Linear):
                value: Any = carried.first + carried.step * loop.index
            elif isinstance(carried, State):
                value = self._held(carried)
            else:
                value = (*carried.items, Earlier())
            machine.journal.put(what, key, value)

    def _held(self, state: State) -> Array:
        """What a name stands for that is computed anew in every round from what it was."""
        dims = arrays.new_dims(self.machine, state.shape)
        state.dims, state.tensor = dims, _state(self.machine, axes_of(dims))
        letters = arrays.same_letters(axes_of(dims))
        held = arrays.make(self.machine, dims, Form.access(state.tensor, letters.values()))
        self.machine.journal.put(held.cell, "frozen", "a name of it is set anew in each round of a loop")
        return held

    def _restore(self) -> None:
        """The state before the loop, of which no round is possible."""
        for cell, form in self.initial.items():
            self.machine.journal.put(cell, "form", form)
        for (what, key), carried in self.loop.carried.items():
            self.machine.journal.put(what, key, carried.before)

    # -- paths ---------------------------------------------------------------------------------------------

    def _paths(self) -> list[_End]:
        """One round on every path that is possible."""
        machine, loop = self.machine, self.loop
        waiting: list[tuple[Polynomial, ...]] = [()]
        ends: list[_End] = []
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
            ends.append(_End(loop.path, jump))
            if waiting or len(ends) > 1:
                self._record(ends[-1])
                machine.journal.undo(self.start)
                ends[-1].is_undone = True
        return ends

    def _record(self, end: _End) -> None:
        """What a path changed, before it is undone."""
        for what, key, _ in self.machine.journal.since(self.start):
            if what.birth < self.loop.birth:
                value = what.contents.get(key, MISSING)
                end.changes[what, key] = value
                if _is_numbers(value):
                    end.entries[what, key] = arrays.relettered(self.machine, arrays.data(self.machine, value))

    def _jumps(self, ends: list[_End]) -> None:
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

    def _is_over(self, end: _End) -> bool:
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

    def _merge(self, ends: list[_End]) -> None:
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
            if all(value is values[0] or _is_same(value, values[0]) for value in values):
                merged: Any = values[0]
            elif slot in loop.reads and all(_is_same(value, going[0]) for value in going):
                merged, loop.cut = going[0], True  # the rounds in which it is not set change nothing else
            else:
                merged = self._merged(slot, ends, taken, old)
            if not all(slot in end.changes for end in ends):
                self.partial.add(slot)
            machine.journal.put(what, key, merged)

    def _merged(self, slot: Slot, ends: list[_End], taken: list[Form], old: Any) -> Any:
        """A number or an array that depends on the path."""
        unknown = Unknown("it depends on a condition in the loop")
        machine = self.machine
        if all(slot not in end.changes or slot in end.entries for end in ends):
            own = arrays.relettered(machine, arrays.data(machine, old)) if _is_numbers(old) else None
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

    # -- what is carried -----------------------------------------------------------------------------------

    def _changed(self) -> dict[Slot, Any]:
        """Slots that the round changed, with what they had before."""
        return {
            (what, key): old
            for what, key, old in self.machine.journal.since(self.start)
            if what.birth < self.loop.birth and not isinstance(what, Cell)
        }

    def _learn(self) -> None:
        """See what a round takes from the one before; if that is new, the loop is read again."""
        loop = self.loop
        found = False
        for slot, old in self._changed().items():
            what, key = slot
            if slot in loop.carried or slot not in loop.reads:
                continue
            old = self.machine.resolved(old)
            new = what.contents.get(key, MISSING)
            if _is_same(old, new):
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
        if _is_numbers(old) and _is_numbers(new):
            shape = arrays.data(machine, new).shape
            if all(size.names.isdisjoint(loop.names) for size in shape):
                return State(old, shape)
        raise Unread(f"{name} in a loop", "it changes from round to round in a way that is not read", "use the index")

    # -- the end of the loop -------------------------------------------------------------------------------

    def _close(self) -> None:
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
        if not _is_numbers(value):
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


def _have_one_shape(machine: Machine, one: Layout, other: Layout) -> bool:
    return len(one) == len(other) and all(machine.equal(size_of(a), size_of(b)) for a, b in zip(one, other))


def _state(machine: Machine, axes: tuple[Axis, ...]) -> Tensor:
    """A tensor that stands for what an array holds when a round starts."""
    return Tensor(machine.fresh("S"), len(axes), tuple(axis.size for axis in axes))


def _is_numbers(value: Any) -> bool:
    return isinstance(value, (Array, IndexArray, Polynomial, Real, bool))


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same and stay so."""
    if isinstance(one, (ListValue, Array)) or isinstance(other, (ListValue, Array)):
        return one is other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return type(one) is type(other) and bool(one == other)
