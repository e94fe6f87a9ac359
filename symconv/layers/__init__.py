"""The layers: convolution, its transpose, and the linear layers that share their scheme."""

from __future__ import annotations

from symconv.formulas.derived import derive, evaluate
from symconv.layers.convolution import Conv, output_size
from symconv.layers.formulas_of import derive_layer, evaluate_layer
from symconv.layers.layer import Layer, require_layer
from symconv.layers.lazy import Lazy
from symconv.layers.max_pool import MaxPool
from symconv.layers.neighbours import AvgPool, Fold, Unfold, Upsample, ZeroInsertion
from symconv.layers.transposed import ConvTranspose

__all__ = [
    "AvgPool",
    "Conv",
    "ConvTranspose",
    "Fold",
    "Layer",
    "Lazy",
    "MaxPool",
    "Unfold",
    "Upsample",
    "ZeroInsertion",
    "output_size",
    "require_layer",
]

derive.register(Layer, derive_layer)
evaluate.register(Layer, evaluate_layer)
