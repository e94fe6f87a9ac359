"""Random layers of the kinds without weights: the same computation by loops over whole numbers, and in PyTorch.

The loops follow the definitions in PyTorch's and ONNX's documentation, entry by entry. A draw may describe no layer;
then all sides have to refuse it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor, inf, prod
from typing import Any

import numpy as np

from symconv import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, Interpolate, MaxPool, Pad, PixelShuffle, PixelUnshuffle
from symconv.layers import Layer

Index = tuple[int, ...]
Array = Any


@dataclass
class Draw:
    """A layer to make; ``loops`` computes it from an input with a batch axis, ``torch`` too, given PyTorch.

    Loops that are None have refused it.
    """

    kind: type[Layer]
    arguments: dict[str, Any]
    shape: Index
    """The input's, without the batch."""
    loops: Callable[[Array], Array] | None
    torch: Callable[[Any, Any], Any] | None
    """None if PyTorch does not have it."""

    def __str__(self) -> str:
        return f"{self.kind.__name__}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


def each(chance: random.Random, ndim: int, low: int, high: int) -> Index:
    return tuple(chance.randint(low, high) for _ in range(ndim))


def batch_of(chance: random.Random) -> dict[str, Any]:
    return {"batch_size": chance.choice([None, 1, 2]), "channels": chance.randint(1, 2)}


def positions(sizes: Sequence[int]) -> Iterator[Index]:
    return product(*map(range, sizes))


def axis_by_axis(x: Array, matrices: Sequence[Sequence[Sequence[float]]]) -> Array:
    """Every spatial axis multiplied by a matrix of its own, an output at a time."""
    out = np.zeros((*x.shape[:2], *(len(rows) for rows in matrices)))
    for at in positions(out.shape[2:]):
        for read in positions(x.shape[2:]):
            factor = prod(rows[i][j] for rows, i, j in zip(matrices, at, read))
            out[(slice(None), slice(None), *at)] += factor * x[(slice(None), slice(None), *read)]
    return out


# -- pooling -------------------------------------------------------------------------------------------


def starts(n: int, span: int, s: int, low: int, high: int, more: bool) -> list[int]:
    """Where windows start: all of those that fit; with ``more`` the next one too, if it starts before n."""
    found = []
    at = -low
    while at + span <= n + high or (more and at < n and at - s + span < n + high):
        found.append(at)
        at += s
    return found


def pooling(chance: random.Random, largest: bool) -> Draw:
    ndim = chance.choice([1, 1, 2, 2, 3])
    n, k = each(chance, ndim, 1, {1: 9, 2: 5, 3: 4}[ndim]), each(chance, ndim, 1, 3)
    if ndim == 3:  # PyTorch's pooling on 3 axes alone refuses a kernel larger than the unpadded input
        n = tuple(map(max, n, k))
    s, d = each(chance, ndim, 1, 4), each(chance, ndim, 1, 2) if largest else (1,) * ndim
    pairs = [(chance.randint(0, 2), chance.randint(0, 2)) for _ in range(ndim)]
    even = chance.random() < 0.6
    if even:
        pairs = [(chance.randint(0, K // 2),) * 2 for K in k]
    more, include = chance.random() < 0.5, chance.random() < 0.5
    divisor = chance.randint(1, 9) if chance.random() < 0.25 else None
    arguments: dict[str, Any] = dict(input_size=n, kernel_size=k, stride=s, ceil_mode=more, **batch_of(chance))
    arguments["padding"] = tuple(low for low, _ in pairs) if even else tuple(pairs)
    arguments.update({"dilation": d} if largest else {"count_include_pad": include, "divisor_override": divisor})
    span = [D * (K - 1) + 1 for D, K in zip(d, k)]
    windows = [starts(N, S, step, *pair, more) for N, S, step, pair in zip(n, span, s, pairs)]
    read = [[[a + D * o for o in range(K)] for a in some] for some, D, K in zip(windows, d, k)]
    empty = any(not any(0 <= q < N for q in one) for some, N in zip(read, n) for one in some)
    refused = any(end >= S for pair, S in zip(pairs, span) for end in pair) or not all(windows)
    refused = refused or (largest and empty)

    def loops(x: Array) -> Array:
        out = np.zeros((*x.shape[:2], *map(len, windows)))
        for at in positions(out.shape[2:]):
            cells = list(product(*(some[i] for some, i in zip(read, at))))
            inside = [q for q in cells if all(0 <= a < N for a, N in zip(q, n))]
            padded = [q for q in cells if all(-low <= a < N + high for a, N, (low, high) in zip(q, n, pairs))]
            values = [x[(slice(None), slice(None), *q)] for q in inside]
            if largest:
                total = np.max(values, axis=0)
            else:
                total = np.sum(values, axis=0) / (divisor or len(padded if include else inside))
            out[(slice(None), slice(None), *at)] = total
        return out

    def run(torch: Any, x: Any) -> Any:
        name = f"{'max' if largest else 'avg'}_pool{ndim}d"
        if largest:
            return getattr(torch.nn.functional, name)(x, k, s, arguments["padding"], d, more)
        own = {} if divisor is None else {"divisor_override": divisor}
        return getattr(torch.nn.functional, name)(x, k, s, arguments["padding"], more, include, **own)

    has = even and (divisor is None or ndim > 1) and not (largest and empty)
    kind = MaxPool if largest else AvgPool
    return Draw(kind, arguments, (arguments["channels"], *n), None if refused else loops, run if has else None)


def avg_pool(chance: random.Random) -> Draw:
    return pooling(chance, largest=False)


def max_pool(chance: random.Random) -> Draw:
    return pooling(chance, largest=True)


def adaptive_avg_pool(chance: random.Random) -> Draw:
    ndim = chance.choice([1, 1, 2, 2, 3])
    n, m = (each(chance, ndim, 1, {1: 9, 2: 5, 3: 3}[ndim]) for _ in "nm")
    arguments = dict(input_size=n, output_size=m, **batch_of(chance))
    matrices = [[average(range(floor(i * N / M), ceil((i + 1) * N / M)), N) for i in range(M)] for N, M in zip(n, m)]

    def run(torch: Any, x: Any) -> Any:
        return getattr(torch.nn.functional, f"adaptive_avg_pool{ndim}d")(x, m)

    shape = (arguments["channels"], *n)
    return Draw(AdaptiveAvgPool, arguments, shape, lambda x: axis_by_axis(x, matrices), run)


def adaptive_max_pool(chance: random.Random) -> Draw:
    ndim = chance.choice([1, 1, 2, 2, 3])
    n, m = (each(chance, ndim, 1, {1: 9, 2: 5, 3: 3}[ndim]) for _ in "nm")
    arguments = dict(input_size=n, output_size=m, **batch_of(chance))

    def loops(x: Array) -> Array:
        out = np.zeros((*x.shape[:2], *m))
        for at in positions(m):
            window = [range(floor(i * N / M), ceil((i + 1) * N / M)) for i, N, M in zip(at, n, m)]
            out[(slice(None), slice(None), *at)] = np.max([x[(..., *q)] for q in product(*window)], axis=0)
        return out

    def run(torch: Any, x: Any) -> Any:
        return getattr(torch.nn.functional, f"adaptive_max_pool{ndim}d")(x, m)

    return Draw(AdaptiveMaxPool, arguments, (arguments["channels"], *n), loops, run)


def average(elements: Sequence[int], n: int) -> list[float]:
    """A row that averages these elements of n."""
    return [(j in elements) / len(elements) for j in range(n)]


def pad(chance: random.Random) -> Draw:
    ndim = chance.choice([1, 1, 2, 2, 3])
    n = each(chance, ndim, 1, {1: 7, 2: 4, 3: 3}[ndim])
    pairs = tuple((chance.randint(-2, 3), chance.randint(-2, 3)) for _ in n)
    mode = chance.choice(["zeros", "reflect", "replicate", "circular"])
    most = {"reflect": -1, "circular": 0}.get(mode, inf)
    refused = any(N + sum(pair) < 1 or max(pair) > N + most for N, pair in zip(n, pairs))
    arguments = dict(input_size=n, padding=pairs, padding_mode=mode, **batch_of(chance))
    matrices = [[extended(i - low, N, mode) for i in range(N + low + high)] for N, (low, high) in zip(n, pairs)]
    named = "constant" if mode == "zeros" else mode
    crops = [sum(max(-end, 0) for end in pair) for pair in pairs]  # PyTorch crops first
    has = all(crop <= N for crop, N in zip(crops, n)) if mode == "zeros" else not any(crops)

    def run(torch: Any, x: Any) -> Any:
        return torch.nn.functional.pad(x, [end for pair in reversed(pairs) for end in pair], mode=named)

    loops = None if refused else lambda x: axis_by_axis(x, matrices)
    return Draw(Pad, arguments, (arguments["channels"], *n), loops, run if has and not refused else None)


def extended(q: int, n: int, mode: str) -> list[float]:
    """The row that reads position q of n elements, walking back into the input a step at a time."""
    if mode == "zeros":
        return [float(j == q) for j in range(n)]
    if mode == "circular":
        q %= n
    elif mode == "replicate":
        q = sorted((0, q, n - 1))[1]
    else:
        while n > 1 and not 0 <= q < n:
            q = -q if q < 0 else 2 * (n - 1) - q
    return [float(j == q) for j in range(n)]


def pixel_shuffle(chance: random.Random) -> Draw:
    return shuffled(chance, up=True)


def pixel_unshuffle(chance: random.Random) -> Draw:
    return shuffled(chance, up=False)


def shuffled(chance: random.Random, up: bool) -> Draw:
    ndim = chance.choice([1, 2, 2, 2, 2, 2, 3])
    m, r = each(chance, ndim, 1, 3), each(chance, ndim, 1, 3)
    r = r[:1] * ndim if chance.random() < 0.9 else r
    first, more = chance.random() < 0.25, batch_of(chance)
    channels, block = more["channels"], prod(r)
    image = tuple(a * b for a, b in zip(m, r))
    n = m if up else image

    def loops(x: Array) -> Array:
        out = np.zeros((len(x), channels, *image) if up else (len(x), channels * block, *m))
        for c, k, i in product(range(channels), positions(r), positions(m)):
            element = 0
            for at, size in zip(k, r):
                element = element * size + at
            deep = (slice(None), element * channels + c if first else c * block + element, *i)
            wide = (slice(None), c, *(a * b + o for a, b, o in zip(i, r, k)))
            out[wide if up else deep] = x[deep if up else wide]
        return out

    def run(torch: Any, x: Any) -> Any:
        functions = torch.nn.functional
        return functions.pixel_shuffle(x, r[0]) if up else functions.pixel_unshuffle(x, r[0])

    has = ndim == 2 and len(set(r)) == 1 and not first
    kind, factor = (PixelShuffle, "upscale_factor") if up else (PixelUnshuffle, "downscale_factor")
    arguments = {"input_size": n, factor: r, "depth_first": first, **more}
    return Draw(kind, arguments, (channels * block if up else channels, *n), loops, run if has else None)


def interpolate(chance: random.Random, modes: Sequence[str] = ("nearest", "nearest-exact", "linear", "linear")) -> Draw:
    cubic = modes == CUBIC
    ndim = chance.choice([1, 1, 1, 1, 1, 1, 1, 2, 2, 2]) if cubic or chance.random() < 0.98 else 3
    most = {1: 9, 2: 4, 3: 2}[ndim]
    n, m = each(chance, ndim, 1, most), each(chance, ndim, 1, most)
    mode = chance.choice(modes)
    smooth = mode in ("linear", "cubic")
    aligned = smooth and chance.random() < 0.5
    factors = [Fraction(chance.choice([1, 2, 3, 4, 5]), chance.choice([1, 2, 4])) for _ in n]
    by_factor = chance.random() < 0.4 and all(floor(N * f) for N, f in zip(n, factors))
    m = tuple(floor(N * f) for N, f in zip(n, factors)) if by_factor else m
    ratios = [1 / f if by_factor else Fraction(N, M) for N, M, f in zip(n, m, factors)]
    coordinates = "align_corners" if aligned else "asymmetric" if mode == "nearest" else "half_pixel"
    own = chance.random() < 0.4
    rounding = "floor" if mode == "nearest" else "round_prefer_ceil"
    more: dict[str, Any] = batch_of(chance)
    if own and not aligned:
        coordinates = chance.choice(["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])
        more["coordinates"] = coordinates
        if not smooth:
            rounding = more["rounding"] = chance.choice(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"])
    matrices = [
        [
            keys(u, N) if cubic else sampled(u, N, rounding, mode == "linear")
            for u in (coordinate(i, N, M, ratio, coordinates) for i in range(M))
        ]
        for N, M, ratio in zip(n, m, ratios)
    ]
    arguments = dict(input_size=n, mode=mode, align_corners=aligned, **more)
    arguments.update({"scale_factor": tuple(map(float, factors))} if by_factor else {"size": m})

    def run(torch: Any, x: Any) -> Any:
        name = {1: "linear", 2: "bilinear", 3: "trilinear"}[ndim] if mode == "linear" else "bicubic" if cubic else mode
        given = {"scale_factor": tuple(map(float, factors))} if by_factor else {"size": m}
        corners = aligned if smooth else None
        return torch.nn.functional.interpolate(x, mode=name, align_corners=corners, **given)

    # PyTorch's backward pass of the nearest element takes the factor for 1 or 2 where the sizes are equal or doubled
    odd = by_factor and not smooth and any(M in (N, 2 * N) and r * M != N for N, M, r in zip(n, m, ratios))
    has = len(more) == 2 and not odd and (ndim == 2 or not cubic)
    return Draw(
        Interpolate, arguments, (more["channels"], *n), lambda x: axis_by_axis(x, matrices), run if has else None
    )


def coordinate(i: int, n: int, m: int, ratio: Fraction, kind: str) -> Fraction:
    """Where output i lies in the input, as in ONNX's reference."""
    if kind == "align_corners":
        return Fraction(i * (n - 1), m - 1) if m > 1 else Fraction(0)
    if kind == "asymmetric":
        return ratio * i
    return Fraction(0) if kind == "pytorch_half_pixel" and m == 1 else ratio * (i + Fraction(1, 2)) - Fraction(1, 2)


CUBIC = ("cubic",)


def cubic(chance: random.Random) -> Draw:
    return interpolate(chance, CUBIC)


def keys(u: Fraction, n: int) -> list[float]:
    """The four neighbors of a coordinate by the cubic through them with Catmull's tangents, of 3/4 in place of 1/2.

    p(t) = h00 y1 + h10 m (y2 - y0) + h01 y2 + h11 m (y3 - y1), Hermite's basis with m = 3/4.
    """
    below, t, m = floor(u), float(u - floor(u)), 0.75
    h00, h10, h01, h11 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2
    row = [0.0] * n
    for at, weight in zip(range(below - 1, below + 3), (-m * h10, h00 - m * h11, h01 + m * h10, m * h11)):
        row[min(max(at, 0), n - 1)] += weight
    return row


def sampled(u: Fraction, n: int, rounding: str, linear: bool) -> list[float]:
    """The row that reads the input at a coordinate."""
    if linear:
        u = sorted((Fraction(0), u, Fraction(n - 1)))[1]
        return [float(max(Fraction(0), 1 - abs(u - j))) for j in range(n)]
    down = rounding == "floor" or (rounding == "round_prefer_floor" and u % 1 <= Fraction(1, 2))
    down = down or (rounding == "round_prefer_ceil" and u % 1 < Fraction(1, 2))
    nearest = floor(u) if down else ceil(u)
    return [float(j == sorted((0, nearest, n - 1))[1]) for j in range(n)]


FAMILIES: dict[str, Callable[[random.Random], Draw]] = {
    "avg_pool": avg_pool,
    "max_pool": max_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "adaptive_max_pool": adaptive_max_pool,
    "interpolate": interpolate,
    "cubic": cubic,
    "pad": pad,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
}
