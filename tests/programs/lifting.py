"""Numbers as the interpreter's values and back: the same call on symbolic arrays and in NumPy.

``Lift`` makes of a Python value a symbolic one: an array becomes a tensor whose sizes are letters or numbers, a whole
number a letter of that value or itself. What comes out is computed at the letters' values.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.concrete.evaluate import evaluation
from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis
from symconv.programs import arrays
from symconv.programs.library.registry import literal
from symconv.programs.machine import Machine
from symconv.programs.outcomes import Fork
from symconv.programs.values import Array, DictValue, IndexArray, ListValue, RangeValue, Real, Repeated, Slice


class Fixed(int):
    """A whole number that stays one, such as the number of an axis."""


class Lift:
    """One call or program, with the values of the letters in it."""

    def __init__(self, rng: random.Random, letters: float = 0.6) -> None:
        self.rng, self.letters = rng, letters
        self.values: dict[str, int] = {}
        self.tensors: dict[str, Any] = {}
        self.base: Assumptions | None = None

    def machine(self) -> Machine:
        """A machine in which the letters are sizes."""
        lower = tuple(sorted((name, 0) for name in self.values))
        return Machine(self.base or Assumptions(lower))

    def size(self, number: int) -> Polynomial:
        """A number that is not negative: itself, a letter, or a letter and a number."""
        if number < 0 or self.rng.random() > self.letters:
            return Polynomial.constant(number)
        part = self.rng.randint(0, number)
        known = [name for name, value in self.values.items() if value == number]
        if known and self.rng.random() < 0.6:
            return Polynomial.name(self.rng.choice(known))
        name = f"n{len(self.values)}"
        self.values[name] = number if self.rng.random() < 0.8 else number - part
        return Polynomial.name(name) + (number - self.values[name])

    def prepared(self, value: Any) -> Any:
        """A value with its sizes decided, from which ``made`` makes symbolic values in a machine."""
        if isinstance(value, np.ndarray):
            name = f"T{len(self.tensors)}"
            self.tensors[name] = value
            return _Prepared(name, tuple(map(self.size, value.shape)))
        if isinstance(value, bool) or value is None or isinstance(value, (str, type(Ellipsis))):
            return value
        if isinstance(value, (Fixed, np.integer)):
            return Polynomial.constant(int(value))
        if isinstance(value, int):
            return self.size(value)
        if isinstance(value, float):
            return literal(value)
        if isinstance(value, tuple):
            return tuple(map(self.prepared, value))
        if isinstance(value, list):
            return [self.prepared(one) for one in value]
        if isinstance(value, slice):
            return Slice(*(self.prepared(one) for one in (value.start, value.stop, value.step)))
        raise TypeError(f"{value!r} is not lifted")

    def made(self, machine: Machine, value: Any) -> Any:
        """The symbolic value."""
        if isinstance(value, _Prepared):
            axes = tuple(Axis(machine.fresh(), size) for size in value.sizes)
            tensor = Tensor(value.name, len(axes), value.sizes)
            form = Form.access(tensor, [Polynomial.name(axis.letter) for axis in axes])
            kind = {"f": "data", "i": "integer", "b": "boolean"}[self.tensors[value.name].dtype.kind]
            return arrays.make(machine, tuple((axis,) for axis in axes), form, kind, contiguous=True)  # type: ignore[arg-type]
        if isinstance(value, tuple):
            return tuple(self.made(machine, one) for one in value)
        if isinstance(value, list):
            return ListValue(machine.journal.tick(), tuple(self.made(machine, one) for one in value))
        return value

    def follow(self, compute: Callable[[Machine], Any]) -> tuple[Machine, Any]:
        """What is computed at the letters' values: sizes that are told apart are these."""
        while True:
            machine = self.machine()
            try:
                return machine, compute(machine)
            except Fork as fork:
                if fork.region is not None:
                    raise
                holds = fork.condition.evaluate(self.environment(machine)) >= 0
                self.base = machine.base.and_also([fork.condition if holds else -fork.condition - 1])

    def environment(self, machine: Machine) -> dict[str, int]:
        """The value of every letter, those included that stand for a quotient."""
        values: dict[str, int] = dict(self.values)
        for name, defined in machine.base.defined:
            assert isinstance(defined, Floor)
            values[name] = defined.numerator.evaluate(values) // defined.denominator.evaluate(values) + defined.offset
        return values

    def number(self, machine: Machine, value: Any) -> Any:
        """A symbolic value at the letters' values."""
        values = self.environment(machine)
        if isinstance(value, Polynomial):
            return int(value.evaluate(values))
        if isinstance(value, Real):
            return value.numerator.evaluate(values) / value.denominator.evaluate(values)
        if isinstance(value, RangeValue):
            return [self.number(machine, one) for one in (value.start, value.stop, value.step)]
        if isinstance(value, (tuple, ListValue)):
            items = value if isinstance(value, tuple) else value.items
            return [self.number(machine, one) for one in items]
        if isinstance(value, DictValue):
            return {key: self.number(machine, one) for key, one in value.contents.items()}
        if isinstance(value, Repeated):
            return self.number(machine, arrays.repeated(machine, value))
        if isinstance(value, (Array, IndexArray)):
            form = value.form if isinstance(value, Array) else Form.constant(value.value)
            shape = [int(size.evaluate(values)) for size in value.shape]
            axes = [(axis.letter, int(axis.size.evaluate(values))) for axis in value.axes]
            if any(size == 0 for size in shape):
                return np.zeros(shape)
            given = dict(self.tensors)
            for name, divisor in machine.divisors.items():
                given[name] = np.asarray(1 / divisor.evaluate(values))
            return np.asarray(evaluation(form, axes, values).of(given)).reshape(shape)
        return value


class _Prepared:
    def __init__(self, name: str, sizes: tuple[Polynomial, ...]) -> None:
        self.name, self.sizes = name, sizes
