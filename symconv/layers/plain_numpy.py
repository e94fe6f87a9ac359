"""Padding, sliding, repeating and adding in plain NumPy: what the kinds of layer compute themselves with.

Nothing here knows a formula of the views. Arrays have a batch axis, and PyTorch's shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, TypeAlias

from symconv.foundations.later import np, npt

Array: TypeAlias = "npt.NDArray[Any]"
Arrays: TypeAlias = "Mapping[str, Array]"
"""The input, weight and bias of a layer, by these words."""


def pairs(layer: Any) -> list[tuple[int, int]]:
    """The padding at both ends of every axis."""
    return [(int(p), int(p)) if not isinstance(p, tuple) else (int(p[0]), int(p[1])) for p in layer.padding]


def padded(x: Array, pairs: list[tuple[int, int]], mode: str = "constant") -> Array:
    """Elements added at both ends of the last axes; negative numbers crop."""
    added = [(max(low, 0), max(high, 0)) for low, high in pairs]
    wide = np.pad(x, [(0, 0)] * (x.ndim - len(pairs)) + added, mode=mode)  # type: ignore[call-overload]
    ends = zip(pairs, wide.shape[x.ndim - len(pairs) :])
    kept: Any = (..., *(slice(max(-low, 0), size - max(-high, 0)) for (low, high), size in ends))
    return np.asarray(wide[kept])


def windows(x: Array, layer: Any, dilation: tuple[int, ...] | None = None) -> Array:
    """All windows, shape (batch, channels, *output, *kernel)."""
    axes = tuple(range(2, 2 + layer.ndim))
    dilation = ints(layer.dilation) if dilation is None else dilation
    span = [d * (k - 1) + 1 for d, k in zip(dilation, ints(layer.kernel_size))]
    every = np.lib.stride_tricks.sliding_window_view(x, span, axis=axes)
    strided = tuple(slice(None, None, s) for s in ints(layer.stride))
    dilated = (slice(None, None, d) for d in dilation)
    return np.asarray(every[tuple((slice(None), slice(None), *strided, *dilated))])


def with_zeros_between(x: Array, factors: tuple[int, ...]) -> Array:
    """So many positions from one element to the next on the last axes, with zeros between."""
    sizes = [f * (n - 1) + 1 for f, n in zip(factors, x.shape[x.ndim - len(factors) :])]
    result = np.zeros((*x.shape[: x.ndim - len(factors)], *sizes), dtype=x.dtype)
    places: Any = (..., *(slice(None, None, f) for f in factors))
    result[places] = x
    return result


def overlapped(stamps: Array, layer: Any, low: list[int], high: list[int]) -> Array:
    """Stamps of shape (batch, channels, *positions, *kernel) added where they overlap, then padded or cropped."""
    n, K = stamps.shape[2 : 2 + layer.ndim], stamps.shape[2 + layer.ndim :]
    s, d = ints(layer.stride), ints(layer.dilation)
    full = [s * (n - 1) + d * (k - 1) + 1 for s, n, d, k in zip(s, n, d, K)]
    total = np.zeros((*stamps.shape[:2], *full), dtype=stamps.dtype)
    for at in product(*map(range, K)):
        places: Any = (..., *(slice(d * k, d * k + s * (n - 1) + 1, s) for d, k, s, n in zip(d, at, s, n)))
        stamp: Any = (..., *at)
        total[places] += stamps[stamp]
    return padded(total, list(zip(low, high)))


def ints(numbers: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in numbers)
