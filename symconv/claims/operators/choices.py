"""What may mean two things in a claim about whole tensors, and the changes that may make a wrong one right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from symconv.algebra.polynomial import ZERO
from symconv.claims.operators.sliding import flips_in_layer
from symconv.layers import Layer

NAMES = {False: "cross-correlation", True: "convolution of mathematics"}
MEANING = {
    False: "* is the cross-correlation, as layers compute it",
    True: "* is the convolution of mathematics, with one operand flipped",
}


@dataclass(frozen=True)
class Choices:
    """One way to read what can be read in several.

    Args:
        flips: whether * is the convolution of mathematics, with its second operand flipped.
        mode: of a convolution that does not say it; "layer" for the layer's own operation, "padded" for one that is
            valid and pads the layer's input as the layer does.
        exchanged: whether the first operand of a convolution slides over the second.
        turned: whether the dense weights, or the patches, have outputs, or places, across the columns.
        rows: whether vectors are rows, so that x^T delta is a matrix.
        filter_rows: whether the weights of a single output channel are a row too, as frameworks flatten filters.
    """

    flips: bool = False
    mode: str = "valid"
    exchanged: bool = False
    turned: bool = False
    rows: bool = False
    filter_rows: bool = False


@dataclass(frozen=True)
class Repairs:
    """What to change in a claim to see whether that is what is wrong with it."""

    zeros_in_delta: bool = False
    zeros_in_weight: bool = False
    padded_input: bool = False
    cropped: bool = False
    turned_weight: bool = False
    other_meaning: bool = False
    mode: str = ""


def _modes(layer: Layer) -> tuple[str, ...]:
    """What a convolution may mean that does not say it."""
    pads = any(ZERO not in (one.low, one.high) for one in layer.schemes)
    return ("valid", "layer", "full", "same", *(("padded",) if pads and not layer.spreads else ()))


def ways(layer: Layer, has_rows: bool) -> Iterator[Choices]:
    """Every choice, the likeliest first; ``has_rows`` says that vectors may be rows."""
    flip = flips_in_layer(layer)
    rows = [(False, False), (True, False), (True, True)][: 2 + (not layer.output_channels) if has_rows else 1]
    for (row, filter_row), turned, mode, flips, exchanged in product(
        rows, (False, True), _modes(layer), (flip, not flip), (False, True)
    ):
        yield Choices(flips, mode, exchanged, turned, row, filter_row)
