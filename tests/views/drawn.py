"""Random layers of every family, and the same computation in PyTorch: the oracle of ``test_differential.py``.

A draw may describe no layer; then both sides have to refuse it.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import lcm
from typing import Any

from symconv import AvgPool, Conv, ConvTranspose, Fold, Unfold, Upsample, ZeroInsertion
from symconv.layers import Layer
from tests.tools import require_module

torch = require_module("torch")
F = torch.nn.functional

Run = Callable[..., Any]
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
TORCH_MODES = {"zeros": "constant", "circular": "circular", "reflect": "reflect", "replicate": "replicate"}


@dataclass
class Draw:
    """A layer to make, and how PyTorch computes it from (input, weight, bias), each with a batch axis."""

    kind: type[Layer]
    arguments: dict[str, Any]
    torch_output: Run
    weight_shape: tuple[int, ...] | None
    input_shape: tuple[int, ...]
    multiple: int = 1
    """The input's entries are multiples of this, so that averages are whole numbers."""

    def __str__(self) -> str:
        return f"{self.kind.__name__}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


def draw(generator: random.Random) -> Draw:
    families = [_conv, _transposed, _pool, _unfold, _fold, _upsample, _zeros]
    family = generator.choices(families, [12, 5, 2, 1, 1, 1, 1])[0]
    return family(generator, generator.choice([1, 1, 1, 2, 2, 2, 3]))


def _each(generator: random.Random, ndim: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(generator.randint(low, high) for _ in range(ndim))


def _channels(generator: random.Random) -> tuple[int, int, int]:
    """in, out, groups; one time in twelve the groups do not divide."""
    groups = generator.choice([1, 1, 1, 2, 2, 3])
    if generator.random() < 1 / 12:
        return generator.randint(1, 4), generator.randint(1, 4), groups
    return groups * generator.randint(1, 2), groups * generator.randint(1, 2), groups


def _largest(ndim: int) -> int:
    return {1: 9, 2: 5, 3: 4}[ndim]


# -- convolution ---------------------------------------------------------------------------------------


def _conv(generator: random.Random, ndim: int) -> Draw:
    n, k = _each(generator, ndim, 1, _largest(ndim)), _each(generator, ndim, 1, 3)
    stride, dilation = _each(generator, ndim, 1, 3), _each(generator, ndim, 1, 2)
    c_in, c_out, groups = _channels(generator)
    batch = generator.choice([None, 1, 2])
    mode = generator.choice(["zeros", "zeros", "circular", "reflect", "replicate"])
    input_dilation = _each(generator, ndim, 1, 3) if generator.random() < 0.25 else (1,) * ndim
    flip = generator.random() < 0.25
    padding, apart = _padding(generator, ndim)
    if padding == "same" and generator.random() < 0.7:
        stride = (1,) * ndim

    def run(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
        if flip:
            w = w.flip(tuple(range(2, w.ndim)))
        own = input_dilation == (1,) * ndim and mode == "zeros" and apart == "own"
        x = with_zeros_between(x, input_dilation)
        inside: Any = padding if own else 0
        if not own:
            pairs = _pairs(padding, apart, x.shape[2:], k, stride, dilation)
            x = padded(x, pairs, mode)
        with warnings.catch_warnings():  # PyTorch says that an uneven "same" costs it a copy
            warnings.simplefilter("ignore", UserWarning)
            return CONV[ndim](x, w, b, stride=stride, padding=inside, dilation=dilation, groups=groups)

    arguments = dict(
        input_size=n, kernel_size=k, in_channels=c_in, out_channels=c_out, stride=stride, padding=padding,
        dilation=dilation, groups=groups, bias=generator.random() < 0.5, padding_mode=mode, batch_size=batch,
        input_dilation=input_dilation, flip=flip,
    )  # fmt: skip
    return Draw(Conv, arguments, run, (c_out, max(1, c_in // groups), *k), (c_in, *n))


def _padding(generator: random.Random, ndim: int) -> tuple[Any, str]:
    """Padding, and "own" where PyTorch's convolution takes it as it is."""
    kind = generator.choice(["number", "number", "axes", "pairs", "pairs", "valid", "same", "same_tf", "full"])
    if kind == "number":
        return generator.randint(0, 2), "own"
    if kind == "axes":
        return _each(generator, ndim, 0, 2), "own"
    if kind == "pairs":
        return tuple((generator.randint(-1, 2), generator.randint(-1, 2)) for _ in range(ndim)), "pairs"
    return kind, "own" if kind in ("valid", "same") else kind


def _pairs(
    padding: Any, apart: str, size: Any, k: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> list[tuple[int, int]]:
    """(low, high) of every axis, the words by their definitions in PyTorch, TensorFlow and SciPy."""
    if isinstance(padding, int):
        padding = (padding,) * len(k)
    if not isinstance(padding, str):
        return [p if isinstance(p, tuple) else (p, p) for p in padding]
    pairs = []
    for n, kernel, s, d in zip(size, k, stride, dilation):
        extent = d * (kernel - 1)
        if padding == "same" and s != 1:
            raise ValueError("PyTorch refuses padding='same' with a stride")
        needed = (-(-n // s) - 1) * s + extent + 1 - n
        total = {"valid": 0, "full": 2 * extent, "same": extent, "same_tf": max(0, needed)}
        pairs.append((total[padding] // 2, total[padding] - total[padding] // 2))
    return pairs


def padded(x: torch.Tensor, pairs: list[tuple[int, int]], mode: str) -> torch.Tensor:
    """F.pad, where negative numbers crop after the extension."""
    flat = [max(end, 0) for pair in reversed(pairs) for end in pair]
    if any(flat):
        x = F.pad(x, flat, mode=TORCH_MODES[mode])
    for axis, (low, high) in enumerate(pairs):
        size = x.shape[2 + axis] - max(-low, 0) - max(-high, 0)
        if size < 1:
            raise ValueError("nothing is left")
        x = x.narrow(2 + axis, max(-low, 0), size)
    return x


def with_zeros_between(x: torch.Tensor, factors: tuple[int, ...]) -> torch.Tensor:
    sizes = [f * (n - 1) + 1 for f, n in zip(factors, x.shape[2:])]
    result = x.new_zeros(*x.shape[:2], *sizes)
    result[(slice(None), slice(None), *(slice(None, None, f) for f in factors))] = x
    return result


def _transposed(generator: random.Random, ndim: int) -> Draw:
    n, k = _each(generator, ndim, 1, _largest(ndim) - 1), _each(generator, ndim, 1, 3)
    stride, dilation = _each(generator, ndim, 1, 3), _each(generator, ndim, 1, 2)
    padding = _each(generator, ndim, 0, 2)
    slip = generator.random() < 0.1
    extra = tuple(generator.randint(0, max(s, d) - (not slip)) for s, d in zip(stride, dilation))
    c_in, c_out, groups = _channels(generator)

    def run(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
        if c_out % groups:
            raise ValueError("torch.nn.ConvTranspose refuses groups that do not divide out_channels")
        return TRANSPOSED[ndim](x, w, b, stride, padding, extra, groups, dilation)

    arguments = dict(
        input_size=n, kernel_size=k, in_channels=c_in, out_channels=c_out, stride=stride, padding=padding,
        output_padding=extra, dilation=dilation, groups=groups, bias=generator.random() < 0.5,
        batch_size=generator.choice([None, 1, 2]),
    )  # fmt: skip
    return Draw(ConvTranspose, arguments, run, (c_in, max(1, c_out // groups), *k), (c_in, *n))


# -- without weights -----------------------------------------------------------------------------------


def _pool(generator: random.Random, ndim: int) -> Draw:
    n, k = _each(generator, ndim, 1, _largest(ndim)), _each(generator, ndim, 1, 3)
    if ndim == 3:  # avg_pool3d alone refuses a kernel larger than the unpadded input; 1-D and 2-D do not
        n = tuple(map(max, n, k))
    stride, padding = _each(generator, ndim, 1, 3), _each(generator, ndim, 0, 1)
    include = generator.random() < 0.5
    channels = generator.randint(1, 3)

    def run(x: torch.Tensor, w: None, b: None) -> torch.Tensor:
        return POOL[ndim](x, k, stride, padding, count_include_pad=include)

    arguments = dict(
        input_size=n, kernel_size=k, stride=stride, padding=padding, count_include_pad=include, channels=channels,
        batch_size=generator.choice([None, 1, 2]),
    )  # fmt: skip
    return Draw(AvgPool, arguments, run, None, (channels, *n), lcm(*range(1, 28)) if ndim == 3 else 36)


def _folding(generator: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    k, d, p, s = (_each(generator, 2, low, high) for low, high in ((1, 3), (1, 2), (0, 1), (1, 2)))
    own = dict(kernel_size=k, dilation=d, padding=p, stride=s)
    return own, {**own, "channels": generator.randint(1, 2), "batch_size": generator.choice([None, 1, 2])}


def _unfold(generator: random.Random, ndim: int) -> Draw:
    n = _each(generator, 2, 2, 5)
    own, arguments = _folding(generator)
    shape = (arguments["channels"], *n)
    return Draw(Unfold, {"input_size": n, **arguments}, lambda x, w, b: F.unfold(x, **own), None, shape)


def _fold(generator: random.Random, ndim: int) -> Draw:
    out = _each(generator, 2, 2, 5)
    own, arguments = _folding(generator)
    k, d, p, s = own.values()
    patches = 1
    for o, K, D, P, S in zip(out, k, d, p, s):
        patches *= max(1, (o + 2 * P - D * (K - 1) - 1) // S + 1)
    shape = (arguments["channels"] * k[0] * k[1], patches)
    return Draw(Fold, {"output_size": out, **arguments}, lambda x, w, b: F.fold(x, out, **own), None, shape)


def _upsample(generator: random.Random, ndim: int) -> Draw:
    n, f, channels = _each(generator, ndim, 1, 3), _each(generator, ndim, 1, 3), generator.randint(1, 2)
    arguments = dict(input_size=n, scale_factor=f, channels=channels, batch_size=generator.choice([None, 1, 2]))
    scale = tuple(map(float, f))
    return Draw(Upsample, arguments, lambda x, w, b: F.interpolate(x, scale_factor=scale), None, (channels, *n))


def _zeros(generator: random.Random, ndim: int) -> Draw:
    n, f, channels = _each(generator, ndim, 1, 4), _each(generator, ndim, 1, 3), generator.randint(1, 2)
    arguments = dict(input_size=n, input_dilation=f, channels=channels, batch_size=generator.choice([None, 1, 2]))
    return Draw(ZeroInsertion, arguments, lambda x, w, b: with_zeros_between(x, f), None, (channels, *n))
