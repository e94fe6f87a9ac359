"""Random convolutions of every kind, for the fast views; some describe no layer."""

from __future__ import annotations

import random
from typing import Any

from symconv import Conv, ConvTranspose, SymconvError
from symconv.layers import Layer


def drawn_layer(chance: random.Random, transposed: bool = False) -> Layer | None:
    """A layer with a kernel, a stride, a dilation, padding, groups, a batch, a bias; None if the draw is not one."""
    ndim = chance.choice([1, 1, 1, 2])
    groups = chance.choice([1, 1, 2])
    arguments: dict[str, Any] = {
        "input_size": each(chance, ndim, 2, 9 if ndim == 1 else 5), "kernel_size": each(chance, ndim, 1, 4 - ndim // 2),
        "in_channels": groups * chance.randint(1, 2), "out_channels": groups * chance.randint(1, 2),
        "stride": each(chance, ndim, 1, 3), "dilation": each(chance, ndim, 1, 2), "groups": groups,
        "bias": chance.random() < 0.3, "batch_size": chance.choice([None, None, 2]),
    }  # fmt: skip
    kind: type[Layer] = Conv
    if transposed and chance.random() < 0.3:
        kind = ConvTranspose
        arguments["padding"] = each(chance, ndim, 0, 1)
    else:
        arguments["padding"] = tuple((chance.randint(-1, 2), chance.randint(-1, 2)) for _ in range(ndim))
        arguments["padding_mode"] = chance.choice(["zeros", "zeros", "circular", "reflect", "replicate"])
        arguments["flip"] = chance.random() < 0.2
        arguments["input_dilation"] = each(chance, ndim, 1, 2) if chance.random() < 0.15 else (1,) * ndim
    try:
        return kind(**arguments)
    except SymconvError:
        return None


def each(chance: random.Random, ndim: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(chance.randint(low, high) for _ in range(ndim))
