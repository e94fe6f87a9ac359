"""A concrete layer as its figures see it: sizes, labels, colours, and which entries are shown of many."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from symconv.figures.of_layers.connections import AxisNumbers, Index, Read, Reads, reads
from symconv.figures.palette import Colour, colour_of, fixed
from symconv.foundations.values import Value
from symconv.geometry.axes import Layout
from symconv.layers import Layer


class Subject(Value):
    """The layer of a figure.

    Raises:
        SymbolicShapeError: a size is a letter.
        SymconvError: the output is empty.
    """

    def __init__(self, layer: Layer) -> None:
        layer.require_entries("figures")
        self.layer = layer
        self.reads: Reads = reads(layer)
        self.axes: tuple[AxisNumbers, ...] = self.reads.axes

    def _key(self) -> tuple[Hashable, ...]:
        return (self.layer,)

    # -- sizes ---------------------------------------------------------------------------------------

    @cached_property
    def input_size(self) -> Index:
        return tuple(axis.n for axis in self.axes)

    @cached_property
    def kernel_size(self) -> Index:
        return tuple(axis.K for axis in self.axes)

    @cached_property
    def output_size(self) -> Index:
        return tuple(axis.m for axis in self.axes)

    @cached_property
    def positions(self) -> int:
        """Of the window, in one channel of one example."""
        return prod(self.output_size)

    @cached_property
    def examples(self) -> int:
        """Of the output."""
        return 1 if self.layer.batch is None else int(self.layer.output_shape[0])

    @cached_property
    def outputs(self) -> int:
        """Of one example."""
        return len(self.reads) // self.examples

    @cached_property
    def inputs(self) -> int:
        """Of one example."""
        return _count(self.layer.input_shape) // self.examples

    @cached_property
    def input_channels(self) -> int:
        return self.inputs // prod(self.input_size)

    @cached_property
    def output_channels(self) -> int:
        return self.outputs // self.positions

    @property
    def has_weights(self) -> bool:
        return self.layer.fixed_kernel is None

    def position_of(self, output: int) -> int:
        """Flat number of the window's position."""
        return output % self.positions

    # -- labels --------------------------------------------------------------------------------------

    def input_label(self, flat: int) -> str:
        return self._label(self.layer.notation.input, self.layer.input_layout, self.layer.input_shape, flat)

    def output_label(self, flat: int) -> str:
        return self._label(self.layer.notation.output, self.layer.output_layout, self.layer.output_shape, flat)

    def gradient_label(self, flat: int) -> str:
        """Of dL/d output."""
        return self._label(self.layer.notation.grad_output, self.layer.output_layout, self.layer.output_shape, flat)

    def weight_label(self, flat: int) -> str:
        return self._label(self.layer.notation.weight, self.layer.weight_layout, self.layer.weight_shape, flat)

    def dense_label(self, source: int, output: int) -> str:
        """v_ij, of input i and output j."""
        return self.layer.notation.label(
            self.layer.notation.dense_weight, (source, output), (self.inputs, self.outputs)
        )

    def derivative(self, label: str) -> str:
        """dL/d of an entry."""
        return f"∂{self.layer.notation.loss}/∂{label}"

    def dense(self, source: int, output: int) -> int:
        """Flat index in the dense layer's matrix."""
        return source * self.outputs + output

    def _label(self, name: str, layout: Layout, shape: Sequence[Any], flat: int) -> str:
        kept = [at for at, dimension in enumerate(layout) if dimension]
        index = np.unravel_index(flat, [int(size) for size in shape])
        return self.layer.notation.label(name, [int(index[at]) for at in kept], [int(shape[at]) for at in kept])

    # -- factors -------------------------------------------------------------------------------------

    def factor_label(self, read: Read) -> str:
        """What multiplies the input: the weight, a number, or a switch."""
        if read.weight is not None:
            return self.weight_label(read.weight)
        if read.switch is not None and (layout := self.layer.switch_layout) is not None:
            shape = self.layer.shape_of(layout)
            return self._label(self.layer.notation.switch, layout, shape, read.switch)
        return number(read.factor)

    def colour(self, read: Read) -> Colour:
        return fixed() if read.weight is None else colour_of(read.weight)

    def edges(self, output: int) -> dict[int, Edge]:
        """By input, what joins it to the output."""
        joined: dict[int, list[Read]] = {}
        for read in self.reads[output]:
            if read.input is not None:
                joined.setdefault(read.input, []).append(read)
        return {source: Edge(self, source, output, tuple(found)) for source, found in sorted(joined.items())}


@dataclass(frozen=True)
class Edge:
    """Everything that joins one input to one output: one weight, or the sum of some where padding repeats the input."""

    subject: Subject
    source: int
    output: int
    reads: tuple[Read, ...]

    @property
    def label(self) -> str:
        if any(read.weight is not None or read.switch is not None for read in self.reads):
            return "+".join(self.subject.factor_label(read) for read in self.reads)
        return number(sum((read.factor for read in self.reads), Fraction(0)))

    @property
    def colour(self) -> Colour:
        return self.subject.colour(self.reads[0])

    @property
    def weights(self) -> tuple[int, ...]:
        return tuple(read.weight for read in self.reads if read.weight is not None)

    @property
    def marks(self) -> dict[str, tuple[int, ...]]:
        marks = {"output": (self.output,), "weight": self.weights, "input": (self.source,)}
        return {**with_indices(marks), "dense": (self.subject.dense(self.source, self.output),)}

    @property
    def colours(self) -> tuple[tuple[str, str], ...]:
        """Of the weights in its label."""
        return tuple(
            (self.subject.factor_label(read), self.subject.colour(read).name)
            for read in self.reads
            if read.weight is not None
        )


def with_indices(marks: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The marks that have any."""
    return {name: indices for name, indices in marks.items() if indices}


def number(factor: Fraction) -> str:
    return f"{factor.numerator}" if factor.denominator == 1 else f"{factor.numerator}/{factor.denominator}"


def excerpt(items: Iterable[int], limit: int, last: int = 1) -> list[int | None]:
    """All of them if there is room, else the first ones, None for what is left out, and the last.

    >>> excerpt(range(9), 4)
    [0, 1, 2, None, 8]
    """
    every = items if isinstance(items, range) else list(items)
    if len(every) <= limit:
        return list(every)
    return [*every[: limit - last], None, *every[len(every) - last :]]


def shown(items: Iterable[int | None]) -> list[int]:
    """The ones that an excerpt shows."""
    return [item for item in items if item is not None]


def _count(shape: Sequence[Any]) -> int:
    return prod(int(size) for size in shape)
