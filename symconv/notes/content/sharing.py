"""What a layer's matrix has: zeros, weights in several places, several in one; and how many patches there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import prod
from typing import Any

from symconv.figures.subject import Subject
from symconv.geometry.axes import axes_of
from symconv.layers import Layer


@dataclass(frozen=True)
class Sharing:
    """What a convolution's matrix has: zeros, a weight in several places, several weights in one place."""

    zeros: bool
    copies: bool
    sums: bool


def sharing_of(layer: Layer) -> Sharing:
    """What the matrix has; with letters, what it has in general.

    The axes tell it: an entry is zero if it is on one of them, and the places of a weight are a product.

    >>> from symconv import Conv
    >>> sharing_of(Conv((3, 3), 2))
    Sharing(zeros=True, copies=True, sums=False)
    >>> sharing_of(Conv(3, 2, dilation=2))
    Sharing(zeros=True, copies=False, sums=False)
    """
    if not layer.is_concrete:
        return Sharing(True, True, layer.padding_mode != "zeros")
    axes = [Subject(_on_axis(layer, axis)) for axis in range(layer.ndim)]
    edges = [axis.edges(output) for axis in axes for output in range(axis.outputs)]
    inputs = [axis.inputs for axis in axes for _ in range(axis.outputs)]
    zeros = getattr(layer, "groups", 1) != 1 or any(len(found) < count for found, count in zip(edges, inputs))
    sums = any(len(edge.weights) > 1 for found in edges for edge in found.values())
    return Sharing(zeros, prod(map(_most_places, axes)) > 1, sums)


@dataclass(frozen=True)
class Matrix:
    """What the matrix of any layer has: the share of its zeros, and whether a weight stands in several places."""

    zeros: float
    copies: bool

    @property
    def is_free(self) -> bool:
        """Whether nothing is asked of its entries."""
        return self.zeros == 0 and not self.copies


def matrix_of(layer: Layer, most: int) -> Matrix:
    """What the matrix has: counted if it has few entries, else by the first output and the last.

    Args:
        layer: one with a fully connected view.
        most: entries of a matrix that are counted.

    >>> from symconv import Conv
    >>> matrix_of(Conv((2, 2), 2), 100).is_free, matrix_of(Conv(3, 2), 100).copies
    (True, True)
    """
    if not layer.is_concrete:
        return Matrix(1.0, True)
    entries = prod(map(int, layer.fully_connected.shared_weight.shape))
    if entries <= most:
        classes = layer.fully_connected.weight_classes
        return Matrix(1 - sum(map(len, classes)) / entries, any(len(places) > 1 for places in classes))
    subject = Subject(layer)
    few = min(len(subject.edges(output)) for output in (0, subject.outputs - 1))
    return Matrix(1 - few / subject.inputs, subject.positions > 1)


def weights_by_position(layer: Layer) -> bool:
    """Whether the small network has other weights at other positions: an average of fewer elements, a switch."""
    return layer.has_switch or (layer.scale_layout is not None and bool(axes_of(layer.scale_layout)))


def patch_count(layer: Layer) -> int | None:
    """How many patches of all examples there are; None with letters."""
    sizes = [*layer.output_shape[-layer.ndim :], 1 if layer.batch_size is None else layer.batch_size]
    return prod(map(int, sizes)) if layer.is_concrete else None


def _most_places(axis: Subject) -> int:
    """In how many places the weight stands that has most of them."""
    places: Counter[int] = Counter()
    for output in range(axis.outputs):
        for edge in axis.edges(output).values():
            places.update(set(edge.weights))
    return max(places.values(), default=0)


def _on_axis(layer: Layer, axis: int) -> Any:
    """The layer of one axis of it, with one channel."""
    given = {name: value for name, value in layer.arguments().items() if name not in ALL_AXES}
    one: dict[str, Any] = {
        name: (value[axis],) if isinstance(value, tuple) and len(value) == layer.ndim else value
        for name, value in given.items()
    }
    return type(layer)(**one)


ALL_AXES = ("in_channels", "out_channels", "groups", "bias", "batch_size", "notation")
"""What a layer is given that is not one number an axis."""
