"""The limit beside a concrete proof: NumPy makes and sorts one integer for every product term, and nothing else.

A product term of a layer on two axes is one upstream gradient or output, one weight and one input; its key says which,
the entry that it belongs to first. Every view has the same terms and lists them in an order of its own.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.plain_layer import PlainLayer

Keys = npt.NDArray[np.int64]

QUANTITIES = {
    "output": ("output", "weight", "input"),
    "grad_weight": ("weight", "output", "input"),
    "grad_input": ("input", "output", "weight"),
}
"""The tensors in a key, from the most significant: the first is the entry's own."""
VIEWS = ("direct", "fully_connected", "patches")


def sorted_keys(layer: PlainLayer, quantity: str, view: str) -> Keys:
    """The keys of all product terms of a quantity, made in the view's order and then sorted.

    An index into each tensor, and so the key, is a sum of one part for each channel and one for each pair (position,
    offset) of an axis that meets the input. So the keys are made by broadcasting, and none that is not valid is made.
    """
    weight_of = key_places(layer, quantity)
    strides = {name: row_major(shape) for name, shape in layer.shapes.items()}

    def part(tensor: str, dimension: int, index: Any) -> Any:
        return weight_of[tensor] * strides[tensor][dimension] * index

    o, c = np.arange(layer.out_channels), np.arange(layer.in_channels)
    outer = part("output", 0, o) + part("weight", 0, o)
    inner = part("weight", 1, c) + part("input", 0, c)
    axes = []
    for axis in range(2):
        position, offset, at = meeting(layer, axis, view)
        axes.append(part("output", 1 + axis, position) + part("weight", 2 + axis, offset) + part("input", 1 + axis, at))
    orders = {
        "direct": (outer, axes[0], axes[1], inner),
        "fully_connected": (inner, axes[0], axes[1], outer),
        "patches": (axes[0], axes[1], outer, inner),
    }
    one, two, three, four = orders[view]
    pairs = (one[:, None] + two).ravel(), (three[:, None] + four).ravel()
    keys: Keys = (pairs[0][:, None] + pairs[1]).ravel()
    keys.sort()
    return keys


def meeting(layer: PlainLayer, axis: int, view: str) -> tuple[Keys, Keys, Keys]:
    """Positions, kernel offsets and the inputs that they meet, along one axis, in the view's order."""
    position, offset = np.indices((layer.output_size[axis], layer.kernel_size[axis])).reshape(2, -1)
    if view == "patches":
        position, offset = position[::-1], offset[::-1]
    at = layer.stride * position + offset - layer.padding
    inside = np.flatnonzero((at >= 0) & (at < layer.input_size[axis]))
    if view == "fully_connected":
        inside = inside[np.argsort(at[inside], kind="stable")]
    return position[inside], offset[inside], at[inside]


def key_places(layer: PlainLayer, quantity: str) -> dict[str, int]:
    """What an index of each tensor counts in a key."""
    sizes = [prod(layer.shapes[tensor]) for tensor in QUANTITIES[quantity]]
    if prod(sizes) >= 2**63:
        raise OverflowError(f"the keys of {quantity} do not fit 64-bit integers")
    return dict(zip(QUANTITIES[quantity], row_major(sizes)))


def row_major(shape: Any) -> list[int]:
    """How far apart neighbours along each dimension are.

    >>> row_major((2, 3, 4))
    [12, 4, 1]
    """
    return [prod(shape[at + 1 :]) for at in range(len(shape))]


def products_of_entry(layer: PlainLayer, quantity: str, keys: Keys, entry: int) -> set[tuple[str, ...]]:
    """The product terms of one entry, by the names of their factors, read from the sorted keys."""
    own, *others = QUANTITIES[quantity]
    places = key_places(layer, quantity)
    low, high = np.searchsorted(keys, [entry * places[own], (entry + 1) * places[own]])
    found = set()
    for key in keys[low:high].tolist():
        rest, names = key - entry * places[own], []
        for tensor in others:
            flat, rest = divmod(rest, places[tensor])
            index = tuple(int(i) for i in np.unravel_index(flat, layer.shapes[tensor]))
            names.append(layer.name(tensor, index))
        found.add(tuple(sorted(names)))
    return found
