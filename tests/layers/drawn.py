"""Random layers of the kinds without weights: the same computation by loops over whole numbers, and in PyTorch.

The loops follow the definitions in PyTorch's and ONNX's documentation, entry by entry. A draw may describe no layer;
then all sides have to refuse it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from symconv import AvgPool, MaxPool
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


def starts(n: int, span: int, s: int, low: int, high: int, ceil: bool) -> list[int]:
    """Where windows start: all of those that fit; with ``ceil`` the next one too, if it starts before n."""
    found = []
    at = -low
    while at + span <= n + high or (ceil and at < n and at - s + span < n + high):
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
    ceil, include = chance.random() < 0.5, chance.random() < 0.5
    divisor = chance.randint(1, 9) if chance.random() < 0.25 else None
    arguments: dict[str, Any] = dict(input_size=n, kernel_size=k, stride=s, ceil_mode=ceil, **batch_of(chance))
    arguments["padding"] = tuple(low for low, _ in pairs) if even else tuple(pairs)
    arguments.update({"dilation": d} if largest else {"count_include_pad": include, "divisor_override": divisor})
    span = [D * (K - 1) + 1 for D, K in zip(d, k)]
    windows = [starts(N, S, step, *pair, ceil) for N, S, step, pair in zip(n, span, s, pairs)]
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
            return getattr(torch.nn.functional, name)(x, k, s, arguments["padding"], d, ceil)
        own = {} if divisor is None else {"divisor_override": divisor}
        return getattr(torch.nn.functional, name)(x, k, s, arguments["padding"], ceil, include, **own)

    has = even and (divisor is None or ndim > 1) and not (largest and empty)
    kind = MaxPool if largest else AvgPool
    return Draw(kind, arguments, (arguments["channels"], *n), None if refused else loops, run if has else None)


def avg_pool(chance: random.Random) -> Draw:
    return pooling(chance, largest=False)


def max_pool(chance: random.Random) -> Draw:
    return pooling(chance, largest=True)


FAMILIES: dict[str, Callable[[random.Random], Draw]] = {
    "avg_pool": avg_pool,
    "max_pool": max_pool,
}
