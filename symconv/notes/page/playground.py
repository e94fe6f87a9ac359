"""What the page's movable window needs to know of a layer; its script makes all else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symconv.layers import Layer

WORDS = (
    "playground", "kernel", "stride", "padding", "position", "input", "weight", "output", "input_channel",
    "output_channel", "play", "pause", "random", "reset",
)  # fmt: skip
"""The keys of the words that the script uses."""


def playground_layer(layer: Layer) -> Mapping[str, Any] | None:
    """The layer's numbers for ``playground.js``; None if it is not a convolution in one or two dimensions by zeros."""
    if not layer.is_convolution or not layer.is_concrete or layer.ndim > 2 or layer.batch_size is not None:
        return None
    given = layer.arguments()
    pads = [ends if isinstance(ends, tuple) else (ends, ends) for ends in layer.padding]
    usual = given["padding_mode"] == "zeros" and not given.get("flip") and set(given["input_dilation"]) == {1}
    if not usual or any(low != high or low < 0 for low, high in pads):
        return None
    flat = layer.ndim == 1

    def both(values: Any, other: int) -> list[int]:
        return [*([other] if flat else []), *map(int, values)]

    return {
        "size": both(given["input_size"], 1), "kernel": both(given["kernel_size"], 1),
        "stride": both(given["stride"], 1), "padding": both((low for low, _ in pads), 0),
        "dilation": both(given["dilation"], 1), "inChannels": int(given["in_channels"]),
        "outChannels": int(given["out_channels"]), "groups": int(given["groups"]), "bias": layer.bias_term,
        "flat": flat,
    }  # fmt: skip


def playground_words(words: Mapping[str, str]) -> dict[str, str]:
    """The words that the script shows, of those of the page."""
    return {key: words[f"window_{key}"] if f"window_{key}" in words else words[key] for key in WORDS}
