"""A 2-D layer in plain NumPy, each quantity in several ways; a benchmark takes the fastest.

Arrays have PyTorch's shapes with a batch: input (N, C, H, W), weight (O, C, K1, K2), upstream gradient (N, O, M1, M2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Array = Any
"""A NumPy array of float64."""


@dataclass(frozen=True)
class Geometry:
    """Sizes of a layer; ``batch`` None is one image without an axis for it."""

    input_size: tuple[int, int]
    kernel_size: tuple[int, int]
    in_channels: int
    out_channels: int
    stride: int = 1
    padding: int = 0
    batch: int | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What to pass to ``symconv.Conv``."""
        names = ("input_size", "kernel_size", "in_channels", "out_channels", "stride", "padding")
        return {**{name: getattr(self, name) for name in names}, "batch_size": self.batch}

    @property
    def output_size(self) -> tuple[int, int]:
        rows, columns = (
            (n + 2 * self.padding - k) // self.stride + 1 for n, k in zip(self.input_size, self.kernel_size)
        )
        return rows, columns

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch or 1, self.in_channels, *self.input_size)

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.out_channels, self.in_channels, *self.kernel_size)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.batch or 1, self.out_channels, *self.output_size)

    def padded(self, X: Array) -> Array:
        if not self.padding:
            return X
        sides = (self.padding, self.padding)
        return np.pad(X, ((0, 0), (0, 0), sides, sides))

    def windows(self, X: Array) -> Array:
        """A view of the padded input by position and offset: (N, C, M1, M2, K1, K2)."""
        everywhere = sliding_window_view(self.padded(X), self.kernel_size, axis=(2, 3))
        return everywhere[:, :, :: self.stride, :: self.stride]

    def columns(self, X: Array) -> Array:
        """im2col: the windows copied, (C K1 K2, N M1 M2)."""
        return self.windows(X).transpose(1, 4, 5, 0, 2, 3).reshape(self.weight_shape[1] * self.taps, -1)

    @property
    def taps(self) -> int:
        return self.kernel_size[0] * self.kernel_size[1]

    def met_by(self, offset: tuple[int, int]) -> tuple[slice, slice]:
        """What the kernel's offset meets in the padded input, at all positions."""
        one, two = (slice(k, k + self.stride * (m - 1) + 1, self.stride) for k, m in zip(offset, self.output_size))
        return one, two

    def offsets(self) -> Iterator[tuple[int, int]]:
        yield from product(range(self.kernel_size[0]), range(self.kernel_size[1]))


# -- outputs -------------------------------------------------------------------------------------------


def output_tensordot(g: Geometry, X: Array, w: Array) -> Array:
    return np.tensordot(g.windows(X), w, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def output_einsum(g: Geometry, X: Array, w: Array) -> Array:
    return np.einsum("ncijkl,ockl->noij", g.windows(X), w, optimize=True)


def output_im2col(g: Geometry, X: Array, w: Array) -> Array:
    flat = w.reshape(g.out_channels, -1) @ g.columns(X)
    return flat.reshape(g.out_channels, g.output_shape[0], *g.output_size).transpose(1, 0, 2, 3)


def output_loops(g: Geometry, X: Array, w: Array) -> Array:
    padded, total = g.padded(X), np.zeros((g.output_shape[0], g.out_channels, g.output_size[0] * g.output_size[1]))
    for a, b in g.offsets():
        rows, columns = g.met_by((a, b))
        total += w[:, :, a, b] @ padded[:, :, rows, columns].reshape(g.output_shape[0], g.in_channels, -1)
    return total.reshape(g.output_shape)


# -- gradient by the weight ----------------------------------------------------------------------------


def weight_tensordot(g: Geometry, X: Array, delta: Array) -> Array:
    return np.tensordot(delta, g.windows(X), axes=((0, 2, 3), (0, 2, 3)))


def weight_einsum(g: Geometry, X: Array, delta: Array) -> Array:
    return np.einsum("noij,ncijkl->ockl", delta, g.windows(X), optimize=True)


def weight_im2col(g: Geometry, X: Array, delta: Array) -> Array:
    flat = delta.transpose(1, 0, 2, 3).reshape(g.out_channels, -1) @ g.columns(X).T
    return flat.reshape(g.weight_shape)


def weight_loops(g: Geometry, X: Array, delta: Array) -> Array:
    padded, total = g.padded(X), np.empty(g.weight_shape)
    for a, b in g.offsets():
        rows, columns = g.met_by((a, b))
        total[:, :, a, b] = np.tensordot(delta, padded[:, :, rows, columns], axes=((0, 2, 3), (0, 2, 3)))
    return total


# -- gradient by the input -----------------------------------------------------------------------------


def _unpadded(g: Geometry, padded: Array) -> Array:
    rows, columns = g.input_size
    return padded[:, :, g.padding : g.padding + rows, g.padding : g.padding + columns]


def _zeros(g: Geometry) -> Array:
    return np.zeros((*g.input_shape[:2], *(n + 2 * g.padding for n in g.input_size)))


def input_loops(g: Geometry, w: Array, delta: Array) -> Array:
    total, flat = _zeros(g), delta.reshape(*delta.shape[:2], -1)
    for a, b in g.offsets():
        rows, columns = g.met_by((a, b))
        part = w[:, :, a, b].T @ flat
        total[:, :, rows, columns] += part.reshape(*part.shape[:2], *g.output_size)
    return _unpadded(g, total)


def input_col2im(g: Geometry, w: Array, delta: Array) -> Array:
    flat = delta.transpose(1, 0, 2, 3).reshape(g.out_channels, -1)
    parts = (w.reshape(g.out_channels, -1).T @ flat).reshape(
        g.in_channels, *g.kernel_size, delta.shape[0], *g.output_size
    )
    total = _zeros(g)
    for a, b in g.offsets():
        rows, columns = g.met_by((a, b))
        total[:, :, rows, columns] += parts[:, a, b].transpose(1, 0, 2, 3)
    return _unpadded(g, total)


def _spread(g: Geometry, delta: Array) -> Array:
    """Windows over the upstream gradient with its strides filled by zeros and a border of the kernel's size."""
    border = tuple(k - 1 for k in g.kernel_size)
    sizes = [n + 2 * g.padding + k - 1 for n, k in zip(g.input_size, g.kernel_size)]
    spread = np.zeros((*delta.shape[:2], *sizes))
    one, two = (slice(start, start + g.stride * (m - 1) + 1, g.stride) for start, m in zip(border, g.output_size))
    spread[:, :, one, two] = delta
    windows = sliding_window_view(spread, g.kernel_size, axis=(2, 3))
    return _unpadded(g, windows)


def input_tensordot(g: Geometry, w: Array, delta: Array) -> Array:
    flipped = w[:, :, ::-1, ::-1]
    return np.tensordot(_spread(g, delta), flipped, axes=((1, 4, 5), (0, 2, 3))).transpose(0, 3, 1, 2)


def input_einsum(g: Geometry, w: Array, delta: Array) -> Array:
    return np.einsum("noijkl,ockl->ncij", _spread(g, delta), w[:, :, ::-1, ::-1], optimize=True)


WAYS: dict[str, dict[str, Callable[[Geometry, Array, Array], Array]]] = {
    "output": {
        "windows, tensordot": output_tensordot,
        "windows, einsum": output_einsum,
        "im2col": output_im2col,
        "loops over offsets": output_loops,
    },
    "grad_weight": {
        "windows, tensordot": weight_tensordot,
        "windows, einsum": weight_einsum,
        "im2col": weight_im2col,
        "loops over offsets": weight_loops,
    },
    "grad_input": {
        "loops over offsets": input_loops,
        "col2im": input_col2im,
        "windows, tensordot": input_tensordot,
        "windows, einsum": input_einsum,
    },
}
"""Every quantity's programs, each of (geometry, its two arrays)."""
