"""Every layer computed in plain NumPy: pad, slide, repeat, add. Nothing here knows a formula of the views.

Shapes are PyTorch's; a layer without a batch axis is run as a batch of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from itertools import product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import SymconvError
from symconv.geometry.shapes import Geometry
from symconv.layers import AvgPool, Conv, ConvTranspose, Fold, Unfold, Upsample, ZeroInsertion

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
"""The input, weight and bias of a layer, by these words."""

PAD_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "reflect", "replicate": "edge"}
"""NumPy's name of a padding mode."""


@dataclass(frozen=True)
class Reference:
    """How a layer is computed, in words, and a function of its input, weight and bias."""

    method: str
    run: Callable[[Any, Arrays], Array]


def forward(layer: Geometry, arrays: Arrays) -> Array:
    """The layer's output, shape ``output_shape``."""
    given = dict(arrays)
    if layer.batch_size is None:
        given["input"] = given["input"][None]
    output = reference(layer).run(layer, given)
    if layer.bias_term:
        output = output + given["bias"].reshape(-1, *[1] * layer.ndim)
    return np.asarray(output[0] if layer.batch_size is None else output)


@singledispatch
def reference(layer: Geometry) -> Reference:
    raise SymconvError(repr(layer), "there is no NumPy reference for this kind of layer", "check it with prove(..)")


# -- convolution ---------------------------------------------------------------------------------------


@reference.register
def _(layer: Conv) -> Reference:
    return Reference("sliding windows", _conv)


def _conv(layer: Conv, arrays: Arrays) -> Array:
    x = _with_zeros_between(arrays["input"], _ints(layer.input_dilation))
    if (mode := PAD_MODES.get(layer.padding_mode)) is None:
        raise SymconvError(
            f"padding_mode={layer.padding_mode!r}", "NumPy's name for it is not known here", "add it to PAD_MODES"
        )
    windows = _windows(_padded(x, _pairs(layer), mode), layer)
    groups = int(layer.groups)
    kernel = arrays["weight"]
    kernel = kernel.reshape(groups, kernel.shape[0] // groups, *kernel.shape[1:])
    if layer.flip:
        kernel = np.flip(kernel, tuple(range(3, kernel.ndim)))
    windows = windows.reshape(windows.shape[0], groups, -1, *windows.shape[2:])
    positions = list(range(4, 4 + layer.ndim))
    offsets = list(range(4 + layer.ndim, 4 + 2 * layer.ndim))
    output: Array = np.einsum(
        windows, [0, 1, 3, *positions, *offsets], kernel, [1, 2, 3, *offsets], [0, 1, 2, *positions]
    )
    return output.reshape(output.shape[0], -1, *output.shape[3:])


def _pairs(layer: Any) -> list[tuple[int, int]]:
    return [(int(p), int(p)) if not isinstance(p, tuple) else (int(p[0]), int(p[1])) for p in layer.padding]


def _padded(x: Array, pairs: list[tuple[int, int]], mode: str) -> Array:
    """Elements added at both ends of the last axes; negative numbers crop."""
    added = [(max(low, 0), max(high, 0)) for low, high in pairs]
    padded = np.pad(x, [(0, 0)] * (x.ndim - len(pairs)) + added, mode=mode)  # type: ignore[call-overload]
    ends = zip(pairs, padded.shape[x.ndim - len(pairs) :])
    kept: Any = (..., *(slice(max(-low, 0), size - max(-high, 0)) for (low, high), size in ends))
    return np.asarray(padded[kept])


def _windows(x: Array, layer: Any, dilation: tuple[int, ...] | None = None) -> Array:
    """All windows, shape (batch, channels, *output, *kernel)."""
    axes = tuple(range(2, 2 + layer.ndim))
    dilation = _ints(layer.dilation) if dilation is None else dilation
    span = [d * (k - 1) + 1 for d, k in zip(dilation, _ints(layer.kernel_size))]
    windows = np.lib.stride_tricks.sliding_window_view(x, span, axis=axes)
    strided = tuple(slice(None, None, s) for s in _ints(layer.stride))
    dilated = (slice(None, None, d) for d in dilation)
    return np.asarray(windows[tuple((slice(None), slice(None), *strided, *dilated))])


def _with_zeros_between(x: Array, factors: tuple[int, ...]) -> Array:
    sizes = [f * (n - 1) + 1 for f, n in zip(factors, x.shape[x.ndim - len(factors) :])]
    result = np.zeros((*x.shape[: x.ndim - len(factors)], *sizes), dtype=x.dtype)
    places: Any = (..., *(slice(None, None, f) for f in factors))
    result[places] = x
    return result


# -- the other way round -------------------------------------------------------------------------------


@reference.register
def _(layer: ConvTranspose) -> Reference:
    return Reference("overlap-add", _transposed)


def _transposed(layer: ConvTranspose, arrays: Arrays) -> Array:
    groups = int(layer.groups)
    x, kernel = arrays["input"], arrays["weight"]
    x = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
    kernel = kernel.reshape(groups, kernel.shape[0] // groups, *kernel.shape[1:])
    positions = list(range(4, 4 + layer.ndim))
    offsets = list(range(4 + layer.ndim, 4 + 2 * layer.ndim))
    stamps = np.einsum(x, [0, 1, 2, *positions], kernel, [1, 2, 3, *offsets], [0, 1, 3, *positions, *offsets])
    stamps = stamps.reshape(stamps.shape[0], -1, *stamps.shape[3:])
    padding, extra = _ints(layer.padding), _ints(layer.output_padding)
    return _overlapped(stamps, layer, [-p for p in padding], [u - p for p, u in zip(padding, extra)])


def _overlapped(stamps: Array, layer: Any, low: list[int], high: list[int]) -> Array:
    """Stamps of shape (batch, channels, *positions, *kernel) added where they overlap, then padded or cropped."""
    n, K = stamps.shape[2 : 2 + layer.ndim], stamps.shape[2 + layer.ndim :]
    s, d = _ints(layer.stride), _ints(layer.dilation)
    full = [s * (n - 1) + d * (k - 1) + 1 for s, n, d, k in zip(s, n, d, K)]
    total = np.zeros((*stamps.shape[:2], *full), dtype=stamps.dtype)
    for at in product(*map(range, K)):
        places: Any = (..., *(slice(d * k, d * k + s * (n - 1) + 1, s) for d, k, s, n in zip(d, at, s, n)))
        stamp: Any = (..., *at)
        total[places] += stamps[stamp]
    return _padded(total, list(zip(low, high)), "constant")


@reference.register
def _(layer: Fold) -> Reference:
    return Reference("overlap-add", _fold)


def _fold(layer: Fold, arrays: Arrays) -> Array:
    x = arrays["input"]
    K, p, out = _ints(layer.kernel_size), _ints(layer.padding), _ints(layer.output_size)
    s, d = _ints(layer.stride), _ints(layer.dilation)
    n = [(o + 2 * p - d * (k - 1) - 1) // s + 1 for o, p, d, k, s in zip(out, p, d, K, s)]
    stamps = np.moveaxis(x.reshape(x.shape[0], -1, *K, *n), range(2, 2 + len(K)), range(-len(K), 0))
    high = [o + p - (s * (n - 1) + d * (k - 1) + 1) for o, p, s, n, d, k in zip(out, p, s, n, d, K)]
    return _overlapped(stamps, layer, [-p for p in p], high)


# -- layers without weights ----------------------------------------------------------------------------


@reference.register
def _(layer: Unfold) -> Reference:
    return Reference("sliding windows", _unfold)


def _unfold(layer: Unfold, arrays: Arrays) -> Array:
    windows = _windows(_padded(arrays["input"], _pairs(layer), "constant"), layer)
    count = prod(windows.shape[2 : 2 + layer.ndim])
    columns = np.moveaxis(windows, range(2, 2 + layer.ndim), range(-layer.ndim, 0))
    return columns.reshape(columns.shape[0], -1, count)


@reference.register
def _(layer: AvgPool) -> Reference:
    return Reference("sliding windows", _average)


def _average(layer: AvgPool, arrays: Arrays) -> Array:
    x = arrays["input"]
    ones = (1,) * layer.ndim
    last = tuple(range(-layer.ndim, 0))
    sums = _windows(_padded(x, _pairs(layer), "constant"), layer, ones).sum(axis=last)
    counted = np.ones((1, 1, *x.shape[2:]), dtype=np.int64)
    if layer.count_include_pad:
        counted = np.ones((1, 1, *(n + 2 * p for n, (p, _) in zip(x.shape[2:], _pairs(layer)))), dtype=np.int64)
    else:
        counted = _padded(counted, _pairs(layer), "constant")
    counts = _windows(counted, layer, ones).sum(axis=last)
    if sums.dtype.kind == "f":
        return np.asarray(sums / counts)
    return np.asarray(sums * np.vectorize(lambda count: Fraction(1, int(count)), otypes=[object])(counts))


@reference.register
def _(layer: Upsample) -> Reference:
    return Reference("repeated elements", _repeated)


def _repeated(layer: Upsample, arrays: Arrays) -> Array:
    x = arrays["input"]
    for axis, factor in enumerate(_ints(layer.kernel_size)):
        x = np.repeat(x, factor, axis=2 + axis)
    return x


@reference.register
def _(layer: ZeroInsertion) -> Reference:
    return Reference(
        "strided assignment", lambda layer, arrays: _with_zeros_between(arrays["input"], _ints(layer.input_dilation))
    )


def _ints(numbers: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in numbers)
