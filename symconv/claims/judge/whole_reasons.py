"""Why a claim about whole tensors is wrong: changes to it, of which one may make it right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symconv.algebra.polynomial import ONE, ZERO
from symconv.claims.operators.choices import Repairs
from symconv.layers import Layer


def repairs_of(layer: Layer) -> Iterator[tuple[Repairs, str]]:
    """Changes to a claim, the simplest first, each with what is wrong if it helps."""
    mode = {
        "full": "the convolution must be full", "valid": "the convolution must be valid",
        "same": 'the convolution must be "same"',
    }  # fmt: skip
    single: list[tuple[dict[str, Any], str]] = [
        ({"turned_weight": True}, "the kernel must be flipped the other way: {w} and rot180({w}) are exchanged"),
        ({"other_meaning": True}, "it is right with the other meaning of the operation: "
         "cross-correlation and convolution are exchanged"),
        *(({"mode": name}, words) for name, words in mode.items()),
    ]  # fmt: skip
    if any(scheme.s != ONE for scheme in layer.schemes):
        words = "the stride is left out: insert stride - 1 zeros between the elements of {delta} first"
        single.append(({"zeros_in_delta": True}, words))
    if any(scheme.d != ONE for scheme in layer.schemes):
        words = "the dilation is left out: insert dilation - 1 zeros between the elements of {w} first"
        single.append(({"zeros_in_weight": True}, words))
    if any(scheme.low != ZERO for scheme in layer.schemes):
        single.append(({"padded_input": True}, "the padding is left out: pad {x} first"))
        single.append(({"cropped": True}, "the padding is left out: crop the result by it"))
    yield from ((Repairs(**changes), words) for changes, words in single)
    for first in range(len(single)):
        for second in range(first + 1, len(single)):
            changes: dict[str, Any] = {**single[first][0], **single[second][0]}
            if len(changes) == 2:
                yield Repairs(**changes), f"{single[first][1]}; and {single[second][1]}"
    for padding in ("padded_input", "cropped"):
        everything: dict[str, Any] = {"zeros_in_delta": True, "zeros_in_weight": True, padding: True}
        yield Repairs(**everything), "stride, dilation and padding are left out"
