"""A value as the last round of a loop left it."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis, Layout
from symconv.programs.journal import Mutable
from symconv.programs.loop import Loop
from symconv.programs.machine import Machine
from symconv.programs.values import (
    Array,
    Cell,
    Condition,
    FunctionValue,
    IndexArray,
    RangeValue,
    Real,
    Repeated,
    Slice,
    Unknown,
)


def in_last_round(machine: Machine, loop: Loop, value: Any) -> Any:
    """The value with the last index for the index; what cannot be said so is unknown."""
    return _Last(machine, loop).of(value)


class _Last:
    def __init__(self, machine: Machine, loop: Loop) -> None:
        self.machine, self.loop = machine, loop
        self.index = {name: size - 1 for name, size in loop.parts}
        self.cells: dict[Cell, Cell] = {}

    def of(self, value: Any) -> Any:
        if isinstance(value, Polynomial):
            return value.substitute(self.index)
        if isinstance(value, Real):
            return Real(value.numerator.substitute(self.index), value.denominator.substitute(self.index))
        if isinstance(value, IndexArray):
            return IndexArray(self._dims(value.dims), value.value.substitute(self.index))
        if isinstance(value, Array):
            return self._array(value)
        if isinstance(value, tuple):
            return tuple(map(self.of, value))
        if isinstance(value, Slice):
            return Slice(self.of(value.start), self.of(value.stop), self.of(value.step))
        if isinstance(value, (Condition, RangeValue, Repeated)):
            return Unknown("it is set in a loop")
        if isinstance(value, Mutable):
            return value if value.birth < self.loop.birth else Unknown("it is made in a loop")
        if isinstance(value, FunctionValue):
            return value if value.names.birth < self.loop.birth else Unknown("it is made in a loop")
        return value

    def _dims(self, dims: Layout) -> Layout:
        return tuple(tuple(Axis(axis.letter, axis.size.substitute(self.index)) for axis in one) for one in dims)

    def _array(self, array: Array) -> Any:
        if array.loose:
            return Unknown("it is made in a loop")
        cell = array.cell
        if cell.birth >= self.loop.birth:
            if cell not in self.cells:
                axes = tuple(Axis(axis.letter, axis.size.substitute(self.index)) for axis in cell.axes)
                new = self.machine.cell(axes, cell.form.substitute(self.index), cell.kind)
                self.machine.journal.put(new, "lines", cell.lines)
                self.machine.journal.put(new, "frozen", "it was made in a loop, and may have other names")
                self.cells[cell] = new
            cell = self.cells[cell]
            if {tensor.name for tensor in cell.form.tensors} & {state.name for state in self.loop.states}:
                return Unknown("it depends on what earlier rounds left in an array")
        index = {letter: at.substitute(self.index) for letter, at in array.index.items()}
        return Array(self._dims(array.dims), cell, index, array.contiguous)
