"""The layers: convolution, its transpose, and the linear layers that share their scheme. A kind is one file."""

from __future__ import annotations

from symconv.formulas.derived import derive, evaluate
from symconv.layers.adaptive_avg_pool import AdaptiveAvgPool
from symconv.layers.adaptive_max_pool import AdaptiveMaxPool
from symconv.layers.avg_pool import AvgPool
from symconv.layers.batch_grouped import BatchGroupedConv
from symconv.layers.convolution import Conv, output_size
from symconv.layers.fold import Fold
from symconv.layers.formulas_of import derive_layer, evaluate_layer
from symconv.layers.interpolate import Interpolate
from symconv.layers.layer import Layer, not_available, require_layer
from symconv.layers.lazy import Lazy
from symconv.layers.max_pool import MaxPool
from symconv.layers.pad import Pad
from symconv.layers.registry import KINDS, kinds_by_name, register
from symconv.layers.shuffling import PixelShuffle, PixelUnshuffle
from symconv.layers.transposed import ConvTranspose
from symconv.layers.unfold import Unfold
from symconv.layers.upsample import Upsample
from symconv.layers.zero_insertion import ZeroInsertion

for _kind in (
    Conv, ConvTranspose, AvgPool, MaxPool, AdaptiveAvgPool, AdaptiveMaxPool, Unfold, Fold, Pad, PixelShuffle,
    PixelUnshuffle, Upsample, Interpolate, ZeroInsertion, BatchGroupedConv,
):  # fmt: skip
    register(_kind)

__all__ = [
    "KINDS",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "AvgPool",
    "BatchGroupedConv",
    "Conv",
    "ConvTranspose",
    "Fold",
    "Interpolate",
    "Layer",
    "Lazy",
    "MaxPool",
    "Pad",
    "PixelShuffle",
    "PixelUnshuffle",
    "Unfold",
    "Upsample",
    "ZeroInsertion",
    "kinds_by_name",
    "not_available",
    "output_size",
    "register",
    "require_layer",
]

derive.register(Layer, derive_layer)
evaluate.register(Layer, evaluate_layer)
