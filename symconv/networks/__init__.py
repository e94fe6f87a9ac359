"""Networks: parts in a row, losses, and back-propagation through all of them."""

from __future__ import annotations

from symconv.networks.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, BatchNorm, Flatten, Linear
from symconv.networks.network import Sequential

__all__ = [
    "Activation",
    "BatchNorm",
    "Flatten",
    "GenericLoss",
    "Linear",
    "MeanSquaredError",
    "Sequential",
    "SoftmaxCrossEntropy",
    "SquaredError",
]
