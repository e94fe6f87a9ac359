"""Networks: parts in a row, losses, and back-propagation through all of them."""

from __future__ import annotations

from symconv.formulas.derived import derive, evaluate
from symconv.networks.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, BatchNorm, Flatten, Linear
from symconv.networks.network import Sequential
from symconv.networks.passes import derive_network, evaluate_network
from symconv.networks.proofs import prove_network
from symconv.networks.spot_checks import spot_check_network
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
evaluate.register(Sequential, lambda network, **arrays: evaluate_network(network, arrays))
prove.register(Sequential, prove_network)
spot_check.register(Sequential, spot_check_network)
