"""All kinds of layer, in the order in which they are listed; ``registry.py`` loads them when somebody asks for all."""

from __future__ import annotations

from symconv.layers.adaptive_avg_pool import AdaptiveAvgPool
from symconv.layers.adaptive_max_pool import AdaptiveMaxPool
from symconv.layers.avg_pool import AvgPool
from symconv.layers.batch_grouped import BatchGroupedConv
from symconv.layers.convolution import Conv
from symconv.layers.fold import Fold
from symconv.layers.interpolate import Interpolate
from symconv.layers.max_pool import MaxPool
from symconv.layers.pad import Pad
from symconv.layers.registry import register
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
