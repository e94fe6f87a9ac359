"""A layer by plain arithmetic: the products of which every output is the sum, found with loops over whole numbers.

What exercises say is compared with this. It shares no formula with the views and uses none of the algebra. ``Plain``
is a layer that slides a window over every channel; a kind of layer that does something else makes a class of its own
from it, and names it as its ``arithmetic``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

from symconv.algebra.extent import about
from symconv.errors import SizeLimitError
from symconv.foundations.later import np
from symconv.foundations.values import Cached
from symconv.geometry.shapes import Geometry
from symconv.layers.plain_axis import MISTAKES, AxisNumbers, Change, Row, slid

Index = tuple[int, ...]
MOST_LISTED = 1_000_000
"""At most a million outputs, or elements of windows, are listed."""


@dataclass(frozen=True)
class Reading:
    """What an output does at one kernel offset: the input that it reads, or None for padding, and the weight."""

    channel: int
    offset: Index
    input: Index | None
    weight: Index | None


@dataclass(frozen=True)
class Product:
    """coefficient * weight[..] * input[..], with indices in PyTorch's shapes; the weight may be missing."""

    coefficient: Fraction
    weight: Index | None
    input: Index


class Plain(Cached):
    """The arithmetic of a layer of known sizes.

    Args:
        change: other numbers on every axis: the layer as somebody reads it who makes a mistake.
    """

    def __init__(self, layer: Geometry, change: Change | None = None) -> None:
        self.layer = layer
        self.change = change
        self.axes = [self.axis_numbers(layer, axis) for axis in range(layer.ndim)]
        self.positions = tuple(map(self.output_count, self.axes))
        given = layer.arguments()
        self.batch = () if given["batch_size"] is None else (int(given["batch_size"]),)
        self.in_channels = int(given.get("in_channels", given.get("channels", 1)))
        self.out_channels = int(given.get("out_channels", given.get("channels", 1)))
        self.groups = int(given.get("groups", self.in_channels))
        self.kernel = tuple(a.K for a in self.axes)

    # -- one axis --------------------------------------------------------------------------------------

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        """The numbers of a layer of known sizes on one axis, by the usual names of parameters."""
        given = layer.arguments()
        ends = layer.padding[axis] if "padding" in given else 0
        low, high = ends if isinstance(ends, tuple) else (ends, ends)

        def number(name: str) -> int:
            return int(given[name][axis]) if name in given else 1

        return AxisNumbers(
            number("input_size"), number("kernel_size"), number("stride"), int(low), number("dilation"), int(high),
            number("input_dilation"), mode=layer.padding_mode, flip=bool(given.get("flip", False)),
        )  # fmt: skip

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        """The size of the output along an axis."""
        return a.windows

    @cached_property
    def tables(self) -> list[list[Row]]:
        """What every output reads, axis by axis.

        Raises:
            SizeLimitError: there is more than is worth while to list.
        """
        count = sum(self.products_on(self.layer, axis) for axis in range(len(self.axes)))
        self._require_short(count, "elements in its windows")
        return [self.rows(a if self.change is None else self.change(a), a) for a in self.axes]

    @classmethod
    def products_on(cls, layer: Geometry, axis: int) -> int:
        """About how many numbers the table of an axis has."""
        numbers = cls.axis_numbers(layer, axis)
        return cls.output_count(numbers) * numbers.K

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        """What every output along an axis reads, by the numbers ``a``; ``right``, the layer's, say how many outputs."""
        return slid(a, cls.output_count(right))

    # -- the layer -------------------------------------------------------------------------------------

    def _require_short(self, count: int, of: str) -> None:
        if count > MOST_LISTED:
            wrong = f"it has about {about(count)} {of}"
            raise SizeLimitError(
                f"plain arithmetic of {self.layer!r}", wrong, f"the limit is {MOST_LISTED:,}; use smaller sizes"
            )

    def misread(self, mistake: str) -> Plain:
        """The layer as it is read by one of ``MISTAKES``."""
        if mistake not in self._misread:
            self._misread[mistake] = type(self)(self.layer, MISTAKES[mistake])
        return self._misread[mistake]

    @cached_property
    def _misread(self) -> dict[str, Plain]:
        return {}

    @cached_property
    def output_shape(self) -> Index:
        """The output's shape, by counting windows."""
        return (*self.batch, self.out_channels, *self.positions)

    @property
    def size(self) -> int:
        """About how many products all outputs have together."""
        return prod(self.output_shape) * len(self.window((0,) * len(self.output_shape)))

    @cached_property
    def outputs(self) -> list[Index]:
        """Every output, in row-major order.

        Raises:
            SizeLimitError: there are too many.
        """
        self._require_short(prod(self.output_shape), "outputs")
        return [tuple(map(int, index)) for index in np.ndindex(*self.output_shape)]

    # -- forwards --------------------------------------------------------------------------------------

    def window(self, output: Index) -> list[Reading]:
        """All that an output looks at, channel by channel, in row-major order of the kernel.

        Raises:
            SizeLimitError: that is too much.
        """
        self._require_short(prod(self.kernel) * (self.in_channels // self.groups), "elements in a window")
        example, channel = output[: len(self.batch)], output[len(self.batch)]
        readings = self._window(channel, output[len(self.batch) + 1 :])
        return [Reading(c, k, None if j is None else (*example, *j), w) for c, k, j, w in readings]

    def _window(self, channel: int, position: Index) -> Iterator[tuple[int, Index, Index | None, Index | None]]:
        each_in, each_out = self.in_channels // self.groups, self.out_channels // self.groups
        group = channel // each_out
        for c in range(group * each_in, (group + 1) * each_in):
            for offset in np.ndindex(*self.kernel):
                read = self._at(position, offset)
                weight = self._weight(channel, c, offset)
                yield c, offset, None if read is None else self._input(c, offset, read), weight

    def _weight(self, channel: int, c: int, offset: Index) -> Index | None:
        """The weight from an input channel to an output channel; None for a layer without weights."""
        return None

    def _at(self, position: Index, offset: Index) -> Index | None:
        read = [rows[i].get(k) for rows, i, k in zip(self.tables, position, offset)]
        return None if None in read else tuple(j for j in read if j is not None)

    def _input(self, channel: int, offset: Index, read: Index) -> Index:
        return (channel, *read)

    def _factor(self, offset: Index, inside: int) -> Fraction:
        """What multiplies one of the products of an output; ``inside`` of its window are in the input."""
        return Fraction(1)

    def _factor_at(self, position: Index, offset: Index, inside: int) -> Fraction:
        """The same, if it depends on the output's position."""
        return self._factor(offset, inside)

    def products(self, output: Index) -> list[Product]:
        """The products of which an output is the sum; of max pooling, the elements of which it is the largest."""
        inside = [reading for reading in self.window(output) if reading.input is not None]
        position = output[len(self.batch) + 1 :]
        return [
            Product(self._factor_at(position, one.offset, len(inside)), one.weight, one.input)
            for one in inside
            if one.input is not None
        ]

    def value(self, output: Index, x: Any, w: Any = None, b: Any = None) -> Fraction:
        """One output in numbers."""
        terms = [one.coefficient * (1 if one.weight is None else int(w[one.weight])) * int(x[one.input])
                 for one in self.products(output)]  # fmt: skip
        return self._joined(terms) + (0 if b is None else int(b[output[len(self.batch)]]))

    def _joined(self, terms: list[Fraction]) -> Fraction:
        """An output from its products."""
        return sum(terms, Fraction(0))

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


def unravel(flat: int, shape: Index) -> Index:
    return tuple(int(at) for at in np.unravel_index(flat, shape))
