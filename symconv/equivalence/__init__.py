"""Two layers that are one: fully connected layers as convolutions, and convolutions as fully connected layers."""

from __future__ import annotations

from symconv.equivalence.bijection import Equivalence
from symconv.equivalence.conversions import (
    flattened_linear_is_convolution,
    linear_is_convolution,
    pointwise_convolution_is_linear,
)

__all__ = [
    "Equivalence",
    "flattened_linear_is_convolution",
    "linear_is_convolution",
    "pointwise_convolution_is_linear",
]
