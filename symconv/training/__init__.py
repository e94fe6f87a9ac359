"""Training: parts of networks, losses, back-propagation, gradient steps."""

from __future__ import annotations

from symconv.training.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.training.modules import Activation, BatchNorm, Flatten, Linear
from symconv.training.network import Sequential
from symconv.training.sgd import sgd_step
from symconv.training.step import Step

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
    "Step",
    "sgd_step",
]
