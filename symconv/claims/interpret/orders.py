"""Other orders of indices: channels last, as in TensorFlow, where x[b, i, j, c] and filter[a, b, c, o] are entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.claims.interpret.definitions import derivative_name
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.parse.names import Names
from symconv.geometry.axes import Layout, axes_of

Order = dict[str, tuple[int, ...]]
"""For every tensor, at which place of the written indices each of its own indices stands."""


def channels_last(names: Names, readings: Sequence[Meaning]) -> Iterator[tuple[list[Meaning], str]]:
    """The claims with their indices in another order, each with how they were read."""
    layer = names.layer
    if (not layer.input_channels and not layer.output_channels) or any(map(_is_of_entries, readings)):
        return
    images = _images(names)
    both = {**images, **_kernels(names)}
    for order, words in ((both, "of images and kernels"), (images, "of images")):
        turned = [_in_order(reading, order) for reading in readings]
        if any(new is not old for new, old in zip(turned, readings)):
            yield turned, f"the channels {words} are their last indices"


def _is_of_entries(reading: Meaning) -> bool:
    """Whether a claim is about single entries, whose labels and numbers have the layer's own order."""
    left = () if reading.left is None else reading.left[1]
    return bool(reading.labels) or any(index.is_Integer for index in left)


def _images(names: Names) -> Order:
    """x[b, i, j, c]: the channels after the positions."""
    layer, notation = names.layer, names.layer.notation
    tensors = {
        notation.input: layer.input_layout, derivative_name(layer, notation.input): layer.input_layout,
        notation.output: layer.output_layout, notation.grad_output: layer.output_layout,
    }  # fmt: skip
    first = len(layer.batch_axes)
    found: Order = {}
    for name, layout in tensors.items():
        rank = len(axes_of(layout))
        channels, positions = rank - first - layer.ndim, layer.ndim
        places = (*range(first), *(first + positions + at for at in range(channels)), *range(first, first + positions))
        found[name] = places
    return found


def _kernels(names: Names) -> Order:
    """filter[a, b, c, o]: positions, then input channels, then output channels."""
    layer, notation = names.layer, names.layer.notation
    layout: Layout = layer.weight_layout if layer.fixed_kernel is None else ()
    axes = axes_of(layout)
    channels = len(axes) - layer.ndim
    if channels < 1:
        return {}
    places = (*(layer.ndim + channels - 1 - at for at in range(channels)), *range(layer.ndim))
    return {notation.weight: places, derivative_name(layer, notation.weight): places}


def _in_order(reading: Meaning, order: Order) -> Meaning:
    """The claim with every entry's indices where the order has them."""

    def own(name: str, written: Sequence[Any]) -> tuple[Any, ...]:
        places = order.get(name, ())
        return tuple(written[at] for at in places) if len(places) == len(written) else tuple(written)

    entries = reading.value.above.atoms(sp.Indexed)
    turned = {one: one.base[own(str(one.base.label), one.indices)] for one in entries}
    left = None if reading.left is None else (reading.left[0], own(*reading.left))
    if left == reading.left and all(new == old for old, new in turned.items()):
        return reading
    return replace(reading, left=left, value=replace(reading.value, above=reading.value.above.xreplace(turned)))
