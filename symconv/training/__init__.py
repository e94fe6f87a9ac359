"""Training: parts of networks, losses, back-propagation, gradient steps."""

from __future__ import annotations

from symconv.training.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.training.modules import Activation, BatchNorm, Flatten, Linear
from symconv.training.network import Sequential

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
