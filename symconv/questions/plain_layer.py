"""A layer by plain arithmetic: the products of which every output is the sum, found with loops over whole numbers.

What exercises say is compared with this. It shares no formula with the views and uses none of the algebra.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from symconv.layers import AvgPool, Conv, ConvTranspose, Fold, Layer, MaxPool, Unfold, Upsample, ZeroInsertion
from symconv.questions.axis_tables import MISTAKES, Change, Table, axis_numbers, output_count, table_of

Index = tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """What an output does at one kernel offset: the input that it reads, or None for padding, and the weight."""

    channel: int
    offset: Index
    input: Index | None
    weight: Index | None


@dataclass(frozen=True)
class Product:
    """coefficient * weight[..] * input[..], with indices in PyTorch's shapes; no weight where there is none."""

    coefficient: Fraction
    weight: Index | None
    input: Index


class Plain:
    """The arithmetic of a layer of known sizes.

    Args:
        change: other numbers on every axis: the layer as somebody reads it who makes a mistake.
    """

    def __init__(self, layer: Layer, change: Change | None = None) -> None:
        self.layer, self.change = layer, change
        self.positions = tuple(output_count(layer, axis_numbers(layer, axis)) for axis in range(layer.ndim))
        given = layer.arguments()
        self.batch = () if given["batch_size"] is None else (int(given["batch_size"]),)
        self.in_channels = int(given.get("in_channels", given.get("channels", 1)))
        self.out_channels = int(given.get("out_channels", given.get("channels", 1)))
        self.groups = int(given.get("groups", 1))
        without_kernel = isinstance(layer, (Upsample, ZeroInsertion))
        self.kernel = (1,) * layer.ndim if without_kernel else tuple(map(int, given["kernel_size"]))

    @cached_property
    def tables(self) -> list[Table]:
        """What every output reads, axis by axis."""
        return [table_of(self.layer, axis, self.change) for axis in range(self.layer.ndim)]

    def misread(self, mistake: str) -> Plain:
        """The layer as it is read by one of ``MISTAKES``."""
        if mistake not in self._misread:
            self._misread[mistake] = Plain(self.layer, MISTAKES[mistake])
        return self._misread[mistake]

    @cached_property
    def _misread(self) -> dict[str, Plain]:
        return {}

    @cached_property
    def output_shape(self) -> Index:
        """The output's shape, by counting windows."""
        if isinstance(self.layer, Unfold):
            return (*self.batch, self.in_channels * prod(self.kernel), prod(self.positions))
        return (*self.batch, self.out_channels, *self.positions)

    @property
    def channels_read(self) -> int:
        """How many channels of the input an output reads."""
        return self.in_channels // self.groups if isinstance(self.layer, (Conv, ConvTranspose)) else 1

    @property
    def size(self) -> int:
        """About how many products all outputs have together."""
        return prod(self.output_shape) * (
            1 if isinstance(self.layer, Unfold) else self.channels_read * prod(self.kernel)
        )

    @cached_property
    def outputs(self) -> list[Index]:
        """Every output, in row-major order."""
        return [tuple(map(int, index)) for index in np.ndindex(*self.output_shape)]

    # -- forwards --------------------------------------------------------------------------------------

    def window(self, output: Index) -> list[Reading]:
        """All that an output looks at, channel by channel, in row-major order of the kernel."""
        example, channel = output[: len(self.batch)], output[len(self.batch)]
        readings = self._window(channel, output[len(self.batch) + 1 :])
        return [Reading(c, k, None if j is None else (*example, *j), w) for c, k, j, w in readings]

    def _window(self, channel: int, position: Index) -> Iterator[tuple[int, Index, Index | None, Index | None]]:
        if isinstance(self.layer, Unfold):
            c, *offset = _unravel(channel, (self.in_channels, *self.kernel))
            read = self._at(_unravel(position[0], self.positions), tuple(offset))
            yield c, tuple(offset), None if read is None else (c, *read), None
            return
        mixes = isinstance(self.layer, (Conv, ConvTranspose))
        each_in, each_out = self.channels_read, self.out_channels // self.groups if mixes else 1
        group = channel // each_out
        for c in range(group * each_in, (group + 1) * each_in):
            for offset in np.ndindex(*self.kernel):
                read = self._at(position, offset)
                weight: Index | None = None
                if isinstance(self.layer, Conv):
                    weight = (channel, c % each_in, *offset)
                elif isinstance(self.layer, ConvTranspose):
                    weight = (c, channel % each_out, *offset)
                yield c, offset, None if read is None else self._input(c, offset, read), weight

    def _at(self, position: Index, offset: Index) -> Index | None:
        read = [rows[i].get(k) for rows, i, k in zip(self.tables, position, offset)]
        return None if None in read else tuple(j for j in read if j is not None)

    def _input(self, channel: int, offset: Index, read: Index) -> Index:
        if not isinstance(self.layer, Fold):
            return (channel, *read)
        row = int(np.ravel_multi_index((channel, *offset), (self.in_channels, *self.kernel)))
        patches = [len(axis_numbers(self.layer, axis).starts) for axis in range(self.layer.ndim)]
        return (row, int(np.ravel_multi_index(read, patches)))

    def products(self, output: Index) -> list[Product]:
        """The products of which an output is the sum; of max pooling, the elements of which it is the largest."""
        inside = [(reading.weight, reading.input) for reading in self.window(output) if reading.input is not None]
        factor = Fraction(1)
        if isinstance(self.layer, AvgPool):
            factor = Fraction(1, prod(self.kernel) if self.layer.count_include_pad else len(inside))
        return [Product(factor, weight, read) for weight, read in inside if read is not None]

    def value(self, output: Index, x: Any, w: Any = None, b: Any = None) -> Fraction:
        """One output in numbers."""
        terms = [one.coefficient * (1 if one.weight is None else int(w[one.weight])) * int(x[one.input])
                 for one in self.products(output)]  # fmt: skip
        if isinstance(self.layer, MaxPool):
            return Fraction(max(terms))
        return Fraction(sum(terms)) + (0 if b is None else int(b[output[len(self.batch)]]))

    # -- backwards -------------------------------------------------------------------------------------

    @cached_property
    def _through(self) -> tuple[dict[Index, list[tuple[Index, Product]]], dict[Index, list[tuple[Index, Product]]]]:
        by_input: dict[Index, list[tuple[Index, Product]]] = {}
        by_weight: dict[Index, list[tuple[Index, Product]]] = {}
        for output in self.outputs:
            for one in self.products(output):
                by_input.setdefault(one.input, []).append((output, one))
                if one.weight is not None:
                    by_weight.setdefault(one.weight, []).append((output, one))
        return by_input, by_weight

    def through_input(self, at: Index) -> list[tuple[Index, Product]]:
        """Every product that an input is in, with its output."""
        return self._through[0].get(at, [])

    def through_weight(self, at: Index) -> list[tuple[Index, Product]]:
        """Every product that a weight is in, with its output."""
        return self._through[1].get(at, [])

    def through_bias(self, channel: int) -> list[Index]:
        """The outputs of a channel, of every example."""
        return [output for output in self.outputs if output[len(self.batch)] == channel]


def _unravel(flat: int, shape: Index) -> Index:
    return tuple(int(at) for at in np.unravel_index(flat, shape))
