"""What layers require whose padding has a mode: an element is left, and the mode has as many as are added."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from symconv.errors import GeometryError
from symconv.geometry.hyperparameters import Requirement
from symconv.geometry.shapes import Geometry


def within_its_mode(layer: Geometry, axis: int) -> Iterator[Requirement]:
    """What the padding of an axis must satisfy, whatever the kernel."""
    scheme = layer.schemes[axis]
    yield scheme.padded - (0 if layer.allows_empty else 1), partial(_nothing_left, layer, axis)
    if (most := layer.extension.most) is not None:
        for end in dict.fromkeys((scheme.low, scheme.high)):
            yield most(scheme.dilated) - end, partial(_too_much, layer, axis)


def _padding_on(layer: Geometry, axis: int) -> str:
    scheme = layer.schemes[axis]
    return f"padding ({layer.show(scheme.low)}, {layer.show(scheme.high)}) on axis {axis}"


def _nothing_left(layer: Geometry, axis: int) -> GeometryError:
    dilated = layer.show(layer.schemes[axis].dilated)
    return GeometryError(
        _padding_on(layer, axis),
        f"it crops all of the input's {dilated} elements",
        "leave at least one: negative numbers are the elements cut off at an end",
    )


def _too_much(layer: Geometry, axis: int) -> GeometryError:
    dilated, extension = layer.schemes[axis].dilated, layer.extension
    assert extension.most is not None
    most = layer.show(extension.most(dilated))
    return GeometryError(
        f'{_padding_on(layer, axis)} with padding_mode="{layer.padding_mode}"',
        f"of {layer.show(dilated)} elements at most {most} can be added on a side, since {extension.limit}",
        f'use at most {most}, or padding_mode="zeros"',
    )
