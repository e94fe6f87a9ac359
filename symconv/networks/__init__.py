"""Networks: parts in a row, losses, and back-propagation through all of them."""

from __future__ import annotations

from symconv.formulas.derived import derive, evaluate
from symconv.networks.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, BatchNorm, Flatten, Linear
from symconv.networks.network import Sequential
from symconv.networks.passes import derive_network
from symconv.numeric import spot_check
from symconv.proof import prove

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

derive.register(Sequential, derive_network)
evaluate.register(Sequential, Sequential.evaluate)
prove.register(Sequential, Sequential.prove)
spot_check.register(Sequential, Sequential.spot_check)
