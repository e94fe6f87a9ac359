"""Which products make a single entry of an output or of a gradient, by plain index arithmetic.

Nothing here knows a formula of the views, or pads an array. All layers join two tensors by a window that slides: one
has a place for every window, the other is the image that the windows lie on. A convolution reads the image and writes
to the windows; a transposed one reads the windows and writes to the image. The gradients have the same products, with
the upstream gradient in place of the output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.layers import Layer

Integers = npt.NDArray[np.integer[Any]]
Index = Sequence[int]


def has_products(layer: Layer) -> bool:
    """Whether the products of a layer's entries are known here."""
    return bool(layer.output_is) and layer.padding_mode in MODES


MODES = ("zeros", "circular", "replicate", "reflect")
"""The padding modes that ``Sliding`` knows."""


@dataclass(frozen=True)
class Sliding:
    """A window that slides along one axis: windows, elements of the image, and of the kernel."""

    windows: int
    image: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    padding: int = 0
    between: int = 1
    mode: str = "zeros"

    def read(self, window: Any, offset: Any) -> Integers:
        """The element of the image that a window has at an offset of its kernel; -1 for none."""
        return self.extended(self.stride * window + self.dilation * offset - self.padding)

    def extended(self, place: Any) -> Integers:
        """The element at a place of the image with zeros between and padding around; -1 for none."""
        last, at = self.between * (self.image - 1), np.asarray(place)
        if self.mode == "circular":
            at = at % (last + 1)
        elif self.mode == "replicate":
            at = np.clip(at, 0, last)
        elif self.mode == "reflect":
            at = np.where(at < 0, -at, np.where(at > last, 2 * last - at, at))
        return np.where((at >= 0) & (at <= last) & (at % self.between == 0), at // self.between, -1)

    def of_window(self, window: int) -> tuple[Integers, Integers]:
        """The elements that a window has, each as (offset, element)."""
        offsets = np.arange(self.kernel)
        elements = self.read(window, offsets)
        return offsets[elements >= 0], elements[elements >= 0]

    def of_offset(self, offset: int) -> tuple[Integers, Integers]:
        """What all windows have at an offset, each as (window, element)."""
        windows = np.arange(self.windows)
        elements = self.read(windows, offset)
        return windows[elements >= 0], elements[elements >= 0]

    def of_element(self, element: int) -> tuple[Integers, Integers]:
        """The windows that have an element, each as (window, offset)."""
        first = -self.padding
        last = self.stride * (self.windows - 1) + self.dilation * (self.kernel - 1) + first
        places = np.array([self.between * element])
        if self.mode != "zeros":
            places = first + np.flatnonzero(self.extended(np.arange(first, last + 1)) == element)
        pairs = [self._at(place) for place in places.tolist()]
        windows, offsets = (np.concatenate([pair[side] for pair in pairs] or [np.arange(0)]) for side in (0, 1))
        return windows, offsets

    def _at(self, place: int) -> tuple[Integers, Integers]:
        """The windows that have a place of the image with its padding, each as (window, offset)."""
        offsets = np.arange(self.kernel)
        ahead = place + self.padding - self.dilation * offsets
        kept = (ahead >= 0) & (ahead % self.stride == 0) & (ahead // self.stride < self.windows)
        return ahead[kept] // self.stride, offsets[kept]


@dataclass(frozen=True)
class Products:
    """The products of an entry: flat indices into the windows' tensor, the image and the weight; None for the entry.

    ``factors`` are numbers that multiply them, if there are any.
    """

    windows: Integers | None
    image: Integers | None
    weight: Integers | None
    factors: npt.NDArray[Any] | None = None


class Joined:
    """The products of a layer's entries: ``of`` finds those of one."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.to_image = layer.output_is == "image"
        self.is_average = layer.has_scale and layer.output_is != "rows"
        self.is_fractional = layer.has_scale or layer.output_is == "rows"
        self.has_weight = "grad_weight" in layer.quantities
        batch = () if layer.batch_size is None else (int(layer.batch_size),)
        shapes = [_whole(layer.input_shape), _whole(layer.output_shape)]
        windows, image = shapes if self.to_image else reversed(shapes)
        self.examples = prod(batch)
        self.shapes = {
            "windows": (self.examples, *windows[len(batch) :]),
            "image": (self.examples, *image[len(batch) :]),
            "weight": _whole(layer.weight_shape) if self.has_weight else (),
        }
        given = layer.arguments()
        self.groups = int(given["groups"]) if self.has_weight else 1
        self.flip = bool(given.get("flip", False))

    @cached_property
    def axes(self) -> list[Sliding]:
        layer, images = self.layer, self.shapes["image"][2:]
        if layer.output_is == "rows":  # every window has all of the image, most of it with a factor of 0
            return [Sliding(m, n, n) for m, n in zip(self.shapes["windows"][2:], images)]
        slides = [layer.slides(axis) for axis in range(layer.ndim)]
        counts: Sequence[int] = self.shapes["windows"][2:]
        if layer.in_columns:  # one axis has all windows, so they are counted
            counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, (k, s, d, p, _) in zip(images, slides)]
        return [Sliding(m, n, *numbers, layer.padding_mode) for m, n, numbers in zip(counts, images, slides)]

    @cached_property
    def matrices(self) -> list[npt.NDArray[Any]]:
        """The matrix of every axis, for layers that have one."""
        return [np.array(self.layer.matrix(axis), dtype=float) for axis in range(self.layer.ndim)]

    def _by_matrices(self, tensor: str, index: Index) -> Products:
        """Of the entries of a row of every matrix, or of a column, those that are not 0."""
        at = zip(self.matrices, index[2:])
        lines = [matrix[place] if tensor == "windows" else matrix[:, place] for matrix, place in at]
        places: list[Integers] = [np.flatnonzero(line) for line in lines]
        factors = np.ones(1)
        for line, place in zip(lines, places):
            factors = np.multiply.outer(factors, line[place]).reshape(-1)
        other = "image" if tensor == "windows" else "windows"
        read = self._flat(other, [index[0]], [index[1]], places)
        return Products(None, read, None, factors) if other == "image" else Products(read, None, None, factors)

    def of(self, tensor: str, index: Index) -> Products:
        """The products of an entry of a tensor, by its index with the batch axis: "windows", "image" or "weight"."""
        if self.layer.output_is == "rows":
            return self._by_matrices(tensor, index)
        if self.layer.in_columns:
            return self._column(tensor, index)
        kernel = [axis.kernel for axis in self.axes]
        if tensor == "windows":
            pairs = [axis.of_window(at) for axis, at in zip(self.axes, index[2:])]
            offsets, elements = [p[0] for p in pairs], [p[1] for p in pairs]
            inside, weights = self._channels_of_window(index[1])
            image = self._flat("image", [index[0]], inside, elements)
            return Products(None, image, self._weights(*weights, offsets, kernel))
        if tensor == "image":
            pairs = [axis.of_element(at) for axis, at in zip(self.axes, index[2:])]
            windows, offsets = [p[0] for p in pairs], [p[1] for p in pairs]
            outside, weights = self._channels_of_image(index[1])
            return Products(
                self._flat("windows", [index[0]], outside, windows), None, self._weights(*weights, offsets, kernel)
            )
        at = [size - 1 - k if self.flip else k for k, size in zip(index[2:], kernel)]
        pairs = [axis.of_offset(k) for axis, k in zip(self.axes, at)]
        channel = index[0] // self._per_group("windows") * self._per_group("image") + index[1]
        examples = np.arange(self.examples)
        return Products(
            self._flat("windows", examples, [index[0]], [p[0] for p in pairs]),
            self._flat("image", examples, [channel], [p[1] for p in pairs]),
            None,
        )

    def _per_group(self, tensor: str) -> int:
        return self.shapes[tensor][1] // self.groups

    def _channels_of_window(self, channel: int) -> tuple[Any, tuple[Any, Any]]:
        """The channels of the image that a window's channel meets, and both indices of the weight."""
        if not self.has_weight:
            return [channel], ([channel], [0])
        size = self._per_group("image")
        local = np.arange(size)
        return channel // self._per_group("windows") * size + local, ([channel], local)

    def _channels_of_image(self, channel: int) -> tuple[Any, tuple[Any, Any]]:
        if not self.has_weight:
            return [channel], ([channel], [0])
        size = self._per_group("windows")
        group, local = divmod(channel, self._per_group("image"))
        channels = group * size + np.arange(size)
        return channels, (channels, [local])

    def _weights(self, first: Any, second: Any, offsets: list[Integers], kernel: list[int]) -> Integers | None:
        if not self.has_weight:
            return None
        if self.flip:
            offsets = [size - 1 - at for at, size in zip(offsets, kernel)]
        return _numbered(self.shapes["weight"], [np.asarray(first), np.asarray(second), *offsets])

    def _flat(self, tensor: str, examples: Any, channels: Any, places: list[Integers]) -> Integers:
        return _numbered(self.shapes[tensor], [np.asarray(examples), np.asarray(channels), *places])

    def _column(self, tensor: str, index: Index) -> Products:
        """Of patches in columns: a channel for every element of the kernel, and one axis for all windows."""
        windows, kernel = [axis.windows for axis in self.axes], [axis.kernel for axis in self.axes]
        columns = (self.shapes["windows"][0], self.shapes["image"][1], *kernel, *windows)
        if tensor == "image":
            pairs = [axis.of_element(at) for axis, at in zip(self.axes, index[2:])]
            # A window's number and the offset go together: all pairs of one axis with all pairs of another.
            chosen = np.ix_(*(np.arange(len(p[0])) for p in pairs))
            offsets = [p[1][at] for p, at in zip(pairs, chosen)]
            places = [p[0][at] for p, at in zip(pairs, chosen)]
            flat = np.ravel_multi_index(np.broadcast_arrays(index[0], index[1], *offsets, *places), columns)
            return Products(np.asarray(flat).reshape(-1), None, None)
        place = np.unravel_index(np.ravel_multi_index(tuple(index), self.shapes["windows"]), columns)
        example, channel, *rest = map(int, place)
        ndim = len(kernel)
        elements = [int(a.read(at, k)) for a, k, at in zip(self.axes, rest[:ndim], rest[ndim:])]
        if min(elements) < 0:
            return Products(None, np.zeros(0, dtype=np.int64), None)
        return Products(
            None, self._flat("image", [example], [channel], [np.array([element]) for element in elements]), None
        )

    def share(self, windows: Integers) -> npt.NDArray[Any] | float:
        """What the products with these entries of the windows' tensor are divided by: an average's elements."""
        _, _, *places = np.unravel_index(windows, self.shapes["windows"])
        return self.layer.averaged(places)


def _numbered(shape: tuple[int, ...], places: list[Integers]) -> Integers:
    """The flat indices of all combinations, the last place fastest."""
    kind = np.int32 if prod(shape) < 2**31 else np.int64  # half the memory
    flat: Any = np.zeros((), dtype=kind)
    for at, (size, place) in enumerate(zip(shape, places)):
        column = np.asarray(place, dtype=kind).reshape([-1 if axis == at else 1 for axis in range(len(shape))])
        flat = flat * kind(size) + column
    return np.asarray(flat).reshape(-1)


def _whole(sizes: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in sizes)
