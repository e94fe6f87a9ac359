"""Weight sharing of a large layer, axis by axis: what v is at any place, and all places of a class, one by one.

The kernel reads each axis on its own, so the entry of the dense matrix for input (c, j1, j2) and output (o, i1, i2) is
a sum of weights w[o, c, k1, k2] over k1 in S1(j1, i1) and k2 in S2(j2, i2), and zero between groups. The sets S of an
axis are those of the layer on that axis alone, and counts of classes and ranks multiply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice, product
from math import prod
from typing import Any, Generic, TypeVar, overload

import sympy as sp

from symconv.errors import SymconvError, shown
from symconv.foundations.values import Cached
from symconv.geometry.axes import raveled, unraveled
from symconv.layers import Layer

Row = tuple[tuple[int, Any], ...]
"""What stands in front of one input in one output: (flat weight, coefficient), sorted; no pair for zero."""

Place = tuple[int, int]
"""A row and a column of the dense matrix: a flat input and a flat output."""

MOST_SHOWN = 24
"""Of a long list of names 24 are printed."""

T = TypeVar("T")


class Lines(Sequence[T], Generic[T]):
    """A long sequence that is never held: its items are made when it is walked through.

    >>> squares = Lines(4, lambda: (number**2 for number in range(4)))
    >>> len(squares), squares[3], squares[:2]
    (4, 9, (0, 1))
    """

    def __init__(self, length: int, items: Callable[[], Iterable[T]]) -> None:
        self.length, self._items = length, items

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[T]:
        return iter(self._items())

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            start, stop, step = at.indices(self.length)
            if step < 1:
                raise SymconvError(f"[{shown(at)}]", "it goes backwards", "use positive steps")
            return tuple(islice(self, start, stop, step))
        number = at + self.length if at < 0 else at
        if not 0 <= number < self.length:
            raise IndexError(f"item {at} of {self.length:,}")
        return next(islice(self, number, None))

    def __repr__(self) -> str:
        first = ", ".join(map(str, self[:3]))
        return f"<{self.length:,} items: {first}{', ..' if self.length > 3 else ''}>"


def coefficients_of(layer: Layer) -> dict[tuple[int, int], Row]:
    """The coefficient of every input (row) in every output (column), from the direct view's output.

    Of a batch the first example; all have the same.
    """
    names = layer.notation
    collected = layer.direct.output.collected()
    outputs = int(layer.fully_connected.shared_weight.shape[1])
    shape, of_one = tuple(map(int, layer.input_shape)), layer.example_shape
    found: dict[tuple[int, int], dict[int, Any]] = {}
    for entry, tensors, indices, coefficient in collected.terms():
        if names.input not in tensors or entry >= outputs:
            continue
        at = dict(zip(tensors, indices))
        source = raveled(layer.in_example(unraveled(at[names.input], shape)), of_one)
        row = found.setdefault((source, entry), {})
        row[at[names.weight]] = row.get(at[names.weight], 0) + coefficient
    return {place: tuple(sorted(row.items())) for place, row in found.items()}


def joined(symbols: Sequence[sp.Symbol], sign: str, most: int) -> str:
    """The first of the symbols, with a sign between them."""
    more = f"{sign}.. ({len(symbols) - most:,} more)" if len(symbols) > most else ""
    return sign.join(map(str, symbols[:most])) + more


@dataclass(frozen=True)
class AxisSharing:
    """The coefficients of the layer on one axis, with one channel: those that are not zero, by (input, output).

    ``rank`` is the number of independent ones.
    """

    inputs: int
    outputs: int
    rows: Mapping[Place, Row]
    rank: int

    @cached_property
    def classes(self) -> Mapping[Row, tuple[Place, ...]]:
        """The places of each different coefficient, by its first place."""
        found: dict[Row, list[Place]] = {}
        for place in sorted(self.rows):
            found.setdefault(self.rows[place], []).append(place)
        return {row: tuple(places) for row, places in found.items()}


@dataclass(frozen=True)
class Structure(Cached):
    """The dense matrix of a layer, axis by axis."""

    layer: Layer
    axes: tuple[AxisSharing, ...]

    @staticmethod
    def of(
        layer: Layer, coefficients: Callable[[Layer], Mapping[Place, Row]], rank: Callable[[list[Row]], int]
    ) -> Structure:
        """The structure; ``coefficients`` and ``rank`` are found for the layers on one axis."""
        axes = []
        for axis in range(layer.ndim):
            alone = _on_axis(layer, axis)
            rows = coefficients(alone)
            inputs, outputs = (int(size) for size in alone.fully_connected.shared_weight.shape)
            axes.append(AxisSharing(inputs, outputs, rows, rank(list(dict.fromkeys(rows.values())))))
        return Structure(layer, tuple(axes))

    # -- counts --------------------------------------------------------------------------------------

    @property
    def channels(self) -> tuple[int, int, int]:
        """Groups, and the input and output channels of one group."""
        groups = int(self.layer.groups)
        return groups, int(self.layer.in_channels) // groups, int(self.layer.out_channels) // groups

    @property
    def pairs(self) -> int:
        """Pairs of an input and an output channel that see each other."""
        return prod(self.channels)

    @property
    def shape(self) -> Place:
        """Rows and columns of the dense matrix."""
        groups, inside, outside = self.channels
        return (
            groups * inside * prod(axis.inputs for axis in self.axes),
            groups * outside * prod(axis.outputs for axis in self.axes),
        )

    @property
    def zero_count(self) -> int:
        return prod(self.shape) - self.pairs * prod(len(axis.rows) for axis in self.axes)

    @property
    def class_count(self) -> int:
        return self.pairs * prod(len(axis.classes) for axis in self.axes)

    @property
    def rank(self) -> int:
        """The number of independent entries."""
        return self.pairs * prod(axis.rank for axis in self.axes)

    # -- places --------------------------------------------------------------------------------------

    def row(self, place: Place) -> Row:
        """The coefficient at a place of the dense matrix."""
        groups, inside, outside = self.channels
        c, *j = unraveled(place[0], (groups * inside, *(axis.inputs for axis in self.axes)))
        o, *i = unraveled(place[1], (groups * outside, *(axis.outputs for axis in self.axes)))
        if c // inside != o // outside:
            return ()
        return self._weights(c, o, [axis.rows.get(at, ()) for axis, at in zip(self.axes, zip(j, i))])

    def zeros(self) -> Iterator[Place]:
        """The places that are zero, in row-major order."""
        rows, columns = self.shape
        return ((row, column) for row in range(rows) for column in range(columns) if not self.row((row, column)))

    def classes(self) -> Iterator[tuple[Row, Lines[Place]]]:
        """Each different coefficient with its places, by the first of them."""
        groups, inside, outside = self.channels
        for c in range(groups * inside):
            group = c // inside
            for _, alike in groupby(self._spatial, key=lambda one: one[0]):
                same_rows = list(alike)
                for o in range(group * outside, (group + 1) * outside):
                    for _, chosen in same_rows:
                        rows = [row for row, _ in chosen]
                        places = [places for _, places in chosen]
                        yield self._weights(c, o, rows), self._places(c, o, places)

    def by_channels(self) -> Iterator[list[tuple[Row, Lines[Place]]]]:
        """For each pair of channels that see each other, their coefficients with their places."""
        groups, inside, outside = self.channels
        for c, o in product(range(groups * inside), range(groups * outside)):
            if c // inside == o // outside:
                yield [
                    (self._weights(c, o, [row for row, _ in chosen]), self._places(c, o, [p for _, p in chosen]))
                    for _, chosen in self._spatial
                ]

    @cached_property
    def _spatial(self) -> list[tuple[tuple[int, ...], tuple[tuple[Row, tuple[Place, ...]], ...]]]:
        """The classes of a pair of channels, by their first place; each with its first row."""
        every = list(product(*(axis.classes.items() for axis in self.axes)))
        every.sort(key=lambda chosen: [place for at in (0, 1) for place in self._first(chosen, at)])
        return [(self._first(chosen, 0), chosen) for chosen in every]

    @staticmethod
    def _first(chosen: Sequence[tuple[Row, tuple[Place, ...]]], at: int) -> tuple[int, ...]:
        return tuple(places[0][at] for _, places in chosen)

    def _places(self, c: int, o: int, places: Sequence[tuple[Place, ...]]) -> Lines[Place]:
        """The places of one class, in row-major order."""
        inputs, outputs = ([getattr(axis, name) for axis in self.axes] for name in ("inputs", "outputs"))
        groups, inside, outside = self.channels

        def walk() -> Iterator[Place]:
            by_input = [
                [(j, [i for _, i in same]) for j, same in groupby(one, key=lambda place: place[0])] for one in places
            ]
            for chosen in product(*by_input):
                row = raveled((c, *(j for j, _ in chosen)), (groups * inside, *inputs))
                for i in product(*(i for _, i in chosen)):
                    yield row, raveled((o, *i), (groups * outside, *outputs))

        return Lines(prod(map(len, places)), walk)

    def _weights(self, c: int, o: int, rows: Sequence[Row]) -> Row:
        """The coefficient for two channels whose axes have these; the flat indices are those of PyTorch's weights."""
        _, inside, outside = self.channels
        kernel = [int(size) for size in self.layer.kernel_size]
        first = (c, o % outside) if self.layer.inputs_first else (o, c % inside)
        shape = tuple(map(int, self.layer.weight_shape))
        found: dict[int, Any] = {}
        for chosen in product(*rows):
            flat = raveled((*first, *(k for k, _ in chosen)), (*shape[:2], *kernel))
            found[flat] = found.get(flat, 0) + prod(coefficient for _, coefficient in chosen)
        return tuple(sorted((flat, value) for flat, value in found.items() if value))


def _on_axis(layer: Layer, axis: int) -> Layer:
    """The layer on one of its axes, with one channel."""
    given = {name: (value[axis],) if isinstance(value, tuple) else value for name, value in layer.arguments().items()}
    alone: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "groups": 1, "batch_size": None, "bias": False}
    arguments: dict[str, Any] = {**given, **{name: value for name, value in alone.items() if name in given}}
    return type(layer)(**arguments)
