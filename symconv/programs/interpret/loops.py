"""Loops: one round is read, for any index, and what it changes becomes a sum over all rounds.

What a round takes over from the one before is found out by reading: an array that the loop changes is, at the start of
a round, a tensor that stands for what the earlier rounds made of it; a number that it changes is assumed to grow by the
same in every round, which the next reading confirms. If a condition on the index is met, the round
is read once for each case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays
from symconv.programs.interpret.closing import Closing
from symconv.programs.interpret.control import Break, Continue
from symconv.programs.interpret.paths import Body, Paths
from symconv.programs.loop import Linear, Loop, Restart, Slot, State
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Fork, TooLarge, Unread
from symconv.programs.values import Array, Cell, Earlier

MOST_READINGS = 40
"""A loop is read at most 40 times until it is known what it carries."""
FEW, MOST_UNROLLED = 3, 64
"""Loops of up to 3 rounds are written out; of up to 64, if they are not read as a whole."""


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


class _Reading:
    """One reading of a loop."""

    def __init__(self, machine: Machine, loop: Loop, body: Body, outer: list[set[Slot]]) -> None:
        self.machine, self.loop, self.body, self.outer = machine, loop, body, outer
        self.initial: dict[Cell, Form] = {}

    def run(self, prepare: Callable[[], None] | None) -> None:
        machine, loop = self.machine, self.loop
        self._begin()
        machine.loops.append(loop)
        if prepare is not None:
            prepare()
            if loop.trips == ZERO:
                self._restore()
                return
        start = machine.journal.mark
        paths = Paths(machine, loop, self.body, start)
        ends = paths.read()
        if not ends:
            machine.journal.undo(start)
            self._restore()
            return
        try:
            paths.leave(ends)
            if any(end.is_undone for end in ends):
                paths.merge(ends)
            closing = Closing(machine, loop, self.outer, self.initial, paths.partial, start)
            closing.learn()
            closing.close()
        except Fork as fork:
            if fork.region is loop:
                raise Unread("a loop", "what it leaves depends on its index", "use another name after it") from None
            raise

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


def _state(machine: Machine, axes: tuple[Axis, ...]) -> Tensor:
    """A tensor that stands for what an array holds when a round starts."""
    return Tensor(machine.fresh("S"), len(axes), tuple(axis.size for axis in axes))
