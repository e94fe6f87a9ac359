"""What every output of a layer reads, entry by entry, from the layer's own index arithmetic.

Output i with kernel offset k reads position q = s i + d k - low of the dilated and extended input on every axis, with
K - 1 - k in place of k if the kernel is flipped; the padding mode says what stands at q.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache, cached_property
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.errors import EntryError
from symconv.foundations.values import Value
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.layers import Layer

Index = tuple[int, ...]


class Read(NamedTuple):
    """One product term of an output: a weight times what the window reads there.

    Args:
        weight: flat index of the weight, None where the factor is fixed.
        input: flat index of the input's element, None for a zero of the padding or between the elements.
        channel: number of the input's channel (of all examples of a batch).
        offset: k, the kernel element.
        position: q, in the dilated input, whose first element is at 0; outside it lies the padding.
        factor: what multiplies the product.
        switch: flat index of the indicator of the chosen element, for max pooling.
    """

    weight: int | None
    input: int | None
    channel: int
    offset: Index
    position: Index
    factor: Fraction = Fraction(1)
    switch: int | None = None


class AxisNumbers(NamedTuple):
    """The scheme on one axis in numbers, with the number of outputs m."""

    n: int
    K: int
    s: int
    d: int
    l: int  # noqa: E741
    low: int
    high: int
    m: int

    @property
    def dilated(self) -> int:
        return self.l * (self.n - 1) + 1

    @property
    def span(self) -> int:
        return self.d * (self.K - 1) + 1


def reads(layer: Layer) -> Reads:
    """What each output reads: a mapping from its flat index, whose values are computed when they are needed.

    Raises:
        SymbolicShapeError: a size is a letter.

    >>> from symconv import Conv
    >>> [(read.weight, read.input) for read in reads(Conv(4, 2, stride=2))[1]]
    [(0, 2), (1, 3)]
    >>> [(read.weight, read.input) for read in reads(Conv(3, 3, padding=1))[0]]
    [(0, None), (1, 0), (2, 1)]
    """
    return Reads(layer)


class Reads(Value, Mapping[int, tuple[Read, ...]]):
    """The reads of all outputs, by flat index; see ``reads``."""

    def __init__(self, layer: Layer) -> None:
        layer.require_concrete("the reads")
        self.layer = layer
        self.axes = tuple(
            AxisNumbers(
                n=_number(scheme.n), K=_number(scheme.K), s=_number(scheme.s), d=_number(scheme.d),
                l=_number(scheme.l), low=_number(scheme.low), high=_number(scheme.high), m=_number(m),
            )
            for scheme, m in zip(layer.schemes, layer.m)
        )  # fmt: skip

    def _key(self) -> tuple[Hashable, ...]:
        return (self.layer,)

    def __repr__(self) -> str:
        return f"<what {self.layer!r} reads>"

    @cached_property
    def source(self) -> Callable[[int, int], tuple[int, ...]]:
        """The elements of the input that are read at a position on an axis."""
        return cache(self._source)

    @cached_property
    def _of(self) -> Callable[[int], tuple[Read, ...]]:
        return cache(self._found)

    def __len__(self) -> int:
        return _count(axes_of(self.layer.output_layout))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __getitem__(self, output: int) -> tuple[Read, ...]:
        if not 0 <= output < len(self):
            raise EntryError(f"output {output}", "no such output", f"use 0 to {len(self) - 1}")
        return self._of(output)

    def _found(self, output: int) -> tuple[Read, ...]:
        """Every channel of the input with every kernel offset; what depends on one of them alone is made once."""
        layer = self.layer
        letters = self._letters(layer.output_layout, output)
        i = tuple(letters[axis.letter] for axis in layer.output_positions)
        factor, switches = self._scale(letters), layer.switch_layout
        weights = layer.weight_layout if layer.fixed_kernel is None else None
        at_offsets = []
        for offset in _indices(layer.kernel_offsets):
            k = tuple(offset.values())
            q = self.position(i, k)
            there = {**letters, **offset}
            weight = None if weights is None else _flat(weights, there)
            switch = None if switches is None else _flat(switches, there)
            at_offsets.append((offset, k, q, self.sources(0, q), weight, switch))
        found = []
        elements = prod(axis.n for axis in self.axes)
        for channel in _indices(layer.input_channels):
            place = _flat(self._channel_layout, {**letters, **channel})
            first, more = place * elements, 0 if weights is None else _flat(weights, channel)
            for offset, k, q, sources, weight, switch in at_offsets:
                fixed = self._fixed_at(letters, channel, offset)
                if not fixed:
                    continue
                found += [
                    Read(
                        None if weight is None else weight + more, None if source is None else first + source,
                        place, k, q, factor * fixed, switch,
                    )
                    for source in sources
                ]  # fmt: skip
        return tuple(found)

    # -- positions -----------------------------------------------------------------------------------

    def position(self, output: Index, offset: Index) -> Index:
        """The position that is read at output i with kernel offset k."""
        flip = self.layer.flip
        return tuple(
            axis.s * i + axis.d * (axis.K - 1 - k if flip else k) - axis.low
            for axis, i, k in zip(self.axes, output, offset)
        )

    def sources(self, channel: int, position: Index) -> list[int | None]:
        """Flat indices of the inputs that stand at a position, or None for a zero; one in every usual padding mode."""
        found: list[int | None] = []
        for index in product(*(self.source(axis, q) for axis, q in enumerate(position))):
            inside = all(0 <= j < axis.n for j, axis in zip(index, self.axes))
            found.append(self.input_at(channel, index) if inside else None)
        return found or [None]

    def input_at(self, channel: int, index: Index) -> int:
        """The flat index of an element of the input."""
        flat = channel
        for j, axis in zip(index, self.axes):
            flat = flat * axis.n + j
        return flat

    def _source(self, axis: int, q: int) -> tuple[int, ...]:
        """The indices on one axis that stand at q; -1 for a zero."""
        numbers, r = self.axes[axis], sp.Symbol("r", integer=True)
        places: list[int] = []
        for branch in self.layer.extension.branches(sp.Integer(q), sp.Integer(numbers.dilated), r):
            if branch.condition != sp.true:
                continue
            around = abs(q) // numbers.dilated + 2
            for wrap in range(-around, around + 1) if branch.summed else (0,):
                place = int(branch.index.subs(r, wrap) if branch.summed else branch.index)
                if 0 <= place < numbers.dilated and place % numbers.l == 0:
                    places.append(place // numbers.l)
        return tuple(places) or (-1,)

    # -- factors and flat indices ----------------------------------------------------------------------

    @cached_property
    def _channel_layout(self) -> Layout:
        """The dimensions of the input before its positions."""
        positions = {axis.letter for axis in self.layer.input_positions}
        layout = self.layer.input_layout
        return layout[: next(at for at, dimension in enumerate(layout) if {a.letter for a in dimension} & positions)]

    def _fixed_at(self, *letters: Mapping[str, int]) -> Fraction:
        """What the fixed kernel is at indices; 1 without one, or if the input chooses it."""
        values = {name: value for one in letters for name, value in one.items()}
        return self._fixed(tuple(values[name] for name in self._fixed_letters))

    @cached_property
    def _fixed_letters(self) -> tuple[str, ...]:
        fixed = self.layer.fixed_kernel
        if fixed is None or self.layer.switch_layout is not None:
            return ()
        return tuple(sorted(symbol.name for symbol in fixed.free_symbols))

    @cached_property
    def _fixed(self) -> Callable[[tuple[int, ...]], Fraction]:
        return cache(self._fixed_number)

    def _fixed_number(self, values: tuple[int, ...]) -> Fraction:
        fixed = self.layer.fixed_kernel
        if fixed is None or self.layer.switch_layout is not None:
            return Fraction(1)
        names = dict(zip(self._fixed_letters, values))
        number = sp.Rational(fixed.subs({symbol: names[symbol.name] for symbol in fixed.free_symbols}))
        return Fraction(int(number.p), int(number.q))

    def _scale(self, letters: dict[str, int]) -> Fraction:
        layout = self.layer.scale_layout
        if layout is None:
            return Fraction(1)
        return Fraction(self._constants[_flat(layout, letters)])

    @cached_property
    def _constants(self) -> list[Fraction]:
        return list(np.ravel(self.layer.constants[self.layer.notation.scale]))

    @staticmethod
    def _letters(layout: Layout, flat: int) -> dict[str, int]:
        letters: dict[str, int] = {}
        for axis in reversed(axes_of(layout)):
            flat, letters[axis.letter] = divmod(flat, _number(axis.size))
        return letters

    # -- the other way round -------------------------------------------------------------------------

    def planes_of_weight(self, weight: int) -> tuple[int, int, Index]:
        """The output channel and the input channel that a weight joins (in the first example), and its offset."""
        letters = self._letters(self.layer.weight_layout, weight)
        letters.update({axis.letter: 0 for axis in self.layer.batch_axes})
        leading = self.layer.output_layout[: len(self.layer.output_layout) - self.layer.ndim]
        offset = tuple(letters[axis.letter] for axis in self.layer.kernel_offsets)
        return (
            _flat(leading, letters),
            _flat(self._channel_layout, letters),
            offset,
        )


def _number(polynomial: Polynomial) -> int:
    return int(polynomial.value or 0)


def _flat(layout: Layout, letters: Mapping[str, int]) -> int:
    """The flat index of an entry by its letters; letters without a value count as 0."""
    flat = 0
    for axis in axes_of(layout):
        flat = flat * _number(axis.size) + letters.get(axis.letter, 0)
    return flat


def _count(axes: Iterable[Axis]) -> int:
    return prod(_number(axis.size) for axis in axes)


def _indices(axes: tuple[Axis, ...]) -> Iterator[dict[str, int]]:
    """Every value of some letters, in row-major order."""
    for values in product(*(range(_number(axis.size)) for axis in axes)):
        yield {axis.letter: value for axis, value in zip(axes, values)}
