"""Training: parts of networks, losses, back-propagation, gradient steps."""

from __future__ import annotations

from symconv.training.equivalence import (
    flattened_linear_is_convolution,
    linear_is_convolution,
    pointwise_convolution_is_linear,
)
from symconv.training.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.training.modules import Activation, BatchNorm, Flatten, Linear
from symconv.training.network import Sequential
from symconv.training.relating import Equivalence
from symconv.training.sgd import sgd_step
from symconv.training.step import Step

__all__ = [
    "Activation",
    "BatchNorm",
    "Equivalence",
    "Flatten",
    "GenericLoss",
    "Linear",
    "MeanSquaredError",
    "Sequential",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Step",
    "flattened_linear_is_convolution",
    "linear_is_convolution",
    "pointwise_convolution_is_linear",
    "sgd_step",
]
