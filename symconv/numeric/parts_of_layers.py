"""A part of a layer whose tensors do not fit: fewer examples, then fewer channels, then a smaller input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from symconv.errors import SymconvError
from symconv.layers import Layer

FITTING = 4_000_000
"""The number of elements that the largest tensor of a part has at most."""
LEAST = 2
"""Of examples, channels and groups at least 2 are kept, so that what differs between them is seen."""


LARGEST = 10**11
"""Of a layer with larger tensors, or with a larger stride, no part is checked."""


def has_part(layer: Layer) -> bool:
    """Whether a layer with numbers is of a size of which a part is checked."""
    numbers = [int(one.value or 0) for axis in layer.schemes for one in (axis.s, axis.d, axis.l, axis.padded)]
    return max(layer.largest_tensor, *map(abs, numbers)) <= LARGEST


def part_of(layer: Layer, fits: Callable[[Layer], bool] | None = None) -> tuple[Layer, str]:
    """A part of a layer with numbers that fits, and what it is in words.

    Args:
        fits: whether a part is small enough; by default if its largest tensor is.

    >>> from symconv import Conv
    >>> part_of(Conv((224, 224), (3, 3), in_channels=64, out_channels=64, padding=1, batch_size=32))[1]
    '32 of 64 in_channels, 32 of 64 out_channels, 2 of 32 batch_size'
    """
    part = layer
    while not (fits(part) if fits else part.largest_tensor <= FITTING):
        smaller = next(_smaller(part), None)
        if smaller is None:
            break
        part = smaller
    was, now = layer.arguments(), part.arguments()
    return part, ", ".join(f"{now[name]} of {was[name]} {name}" for name in was if was[name] != now[name])


def _smaller(layer: Layer) -> Iterator[Layer]:
    """Parts with about half of something, the best first."""
    given = layer.arguments()
    channels = [name for name in ("in_channels", "out_channels", "channels") if name in given]
    tries: list[dict[str, Any]] = []
    if (examples := int(given.get("batch_size") or 1)) > LEAST:
        tries.append({"batch_size": max(LEAST, examples // 2)})
    groups = int(given.get("groups") or 1)
    if groups > LEAST and groups % 2 == 0:
        tries.append({"groups": groups // 2, **{name: int(given[name]) // 2 for name in channels}})
    if groups == 1 and (many := [name for name in channels if int(given[name]) > LEAST]):
        tries.append({name: max(LEAST, int(given[name]) // 2) for name in many})
    size = tuple(map(int, given.get("input_size", ())))
    if size:
        longest = size.index(max(size))
        tries.append({"input_size": (*size[:longest], size[longest] // 2, *size[longest + 1 :])})
    for one in tries:
        try:
            yield type(layer)(**{**given, **one})
        except SymconvError:
            continue
