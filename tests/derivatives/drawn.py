"""Random layers with their forward pass in PyTorch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from symconv import Conv, ConvTranspose


def drawn_layer(seed: int, torch: Any, plain: bool = False) -> tuple[Any, Callable[..., Any], dict[str, Any]]:
    """A small layer, its forward pass of a map of tensors, and arrays for it; ``plain``: a convolution of a batch."""
    draw = random.Random(seed)
    axes = draw.choice([1, 1, 2])
    groups = draw.choice([1, 1, 2])
    batch = draw.randint(1, 2) if plain or draw.random() < 0.5 else None
    kernel = tuple(draw.randint(1, 3) for _ in range(axes))
    size = tuple(draw.randint(3, 5 if axes == 1 else 4) for _ in range(axes))
    options: dict[str, Any] = {
        "in_channels": groups * draw.randint(1, 2), "out_channels": groups * draw.randint(1, 2), "groups": groups,
        "stride": draw.randint(1, 2), "padding": draw.randint(0, 1), "bias": draw.random() < 0.5 and not plain,
    }  # fmt: skip
    turned = not plain and draw.random() < 0.3
    dilation = 1 if turned or any(2 * (k - 1) + 1 > n + 2 * options["padding"] for k, n in zip(kernel, size)) else 2
    options["dilation"] = draw.choice([1, dilation])
    kind = ConvTranspose if turned else Conv
    layer = kind(size, kernel, batch_size=batch, **options)
    generator = np.random.default_rng(seed)
    arrays = {"X": generator.normal(size=layer.input_shape), "w": generator.normal(size=layer.weight_shape)}
    if options["bias"]:
        arrays["b"] = generator.normal(size=(options["out_channels"],))
    names = {(False, 1): "conv1d", (False, 2): "conv2d", (True, 1): "conv_transpose1d", (True, 2): "conv_transpose2d"}
    function = getattr(torch.nn.functional, names[turned, axes])
    passed = {name: options[name] for name in ("stride", "padding", "dilation", "groups")}

    def compute(tensors: dict[str, Any]) -> Any:
        return function(tensors["X"], tensors["w"], tensors.get("b"), **passed)

    return layer, compute, arrays
