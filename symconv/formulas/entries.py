"""One entry of a formula: what its index says, and its product terms one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeVar, overload

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.errors import EntryError, FormulaError, shown
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, unraveled
from symconv.geometry.symbols import Setting

V = TypeVar("V")
Axes = tuple[Axis, ...]
Values = dict[str, Polynomial]

if TYPE_CHECKING:
    from symconv.algebra.concrete.collect import Collected, Row


def letters_at(
    setting: Setting, shape: Sequence[Number], layout: Layout, indices: Sequence[Any], reader: Reader
) -> Values:
    """The values of the axes' letters that an entry's indices, one for each dimension of the shape, stand for.

    Raises:
        EntryError: an index is outside the tensor.
        FormulaError: an index is neither a whole number nor an expression that can be read.
    """
    values: Values = {}
    for at, (size, one, dimension) in enumerate(zip(shape, indices, layout)):
        values.update(_along(setting, at, size, one, dimension, reader))
    return values


def _along(setting: Setting, at: int, size: Number, index: Any, dimension: Axes, reader: Reader) -> Values:
    """The letters' values that an index for one dimension, or for a part of it, stands for."""
    if isinstance(index, (Integral, sp.Integer)) and not isinstance(index, bool):
        number = int(index)
        if isinstance(size, int):
            if not -size <= number < size:
                raise EntryError(
                    f"index {shown(number)} for axis {at}",
                    f"it is out of range, the size is {size}",
                    f"use 0 to {size - 1}",
                )
            number %= size
        elif number < 0:
            raise FormulaError(
                f"index {shown(number)} for axis {at}",
                "the axis has no known size to count back from",
                "use an index of at least 0",
            )
        if not dimension:
            return {}
        if len(dimension) == 1:
            return {dimension[0].letter: Polynomial.constant(number)}
        sizes = [axis.size.value for axis in dimension]
        if None not in sizes:
            places = unraveled(number, [int(s or 0) for s in sizes])
            return {axis.letter: Polynomial.constant(int(i)) for axis, i in zip(dimension, places)}
    elif isinstance(index, sp.Expr) and len(dimension) == 1:
        value = reader.polynomial(index)
        if clash := value.names & setting.defined.keys():
            raise FormulaError(f"index {index}", f"{', '.join(clash)} is a size of the layer", "use another symbol")
        return {dimension[0].letter: value}
    elif isinstance(index, (tuple, list)) and len(index) == len(dimension) > 1:
        values: Values = {}
        for one, axis in zip(index, dimension):
            (part,) = setting.written([axis.size])
            values.update(_along(setting, at, part, one, (axis,), reader))
        return values
    right = "use an integer or a SymPy integer expression"
    if len(dimension) > 1:
        letters = ", ".join(axis.letter for axis in dimension)
        right = f"use one index for each of ({letters}), of which the axis is made, or numbers for the sizes"
    raise FormulaError(f"index {shown(index)} for axis {at}", "it cannot be used there", right)


class TermsOfEntry(Sequence[V]):
    """What is made of the product terms of an entry; of each only when it is asked for."""

    def __init__(self, entry: Collected, made: Callable[[Row], V]) -> None:
        self._entry, self._made = entry, made

    def __len__(self) -> int:
        return self._entry.count

    @overload
    def __getitem__(self, place: int) -> V: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[V]: ...

    def __getitem__(self, place: int | slice) -> V | Sequence[V]:
        if isinstance(place, slice):
            return [self[at] for at in range(len(self))[place]]
        return self._made(self._entry.term(range(len(self))[place]))

    def __iter__(self) -> Iterator[V]:
        return map(self._made, self._entry.terms())
