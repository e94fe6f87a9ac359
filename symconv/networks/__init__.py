"""Networks: parts in a row, losses, and back-propagation through all of them."""

from __future__ import annotations

from symconv.formulas.derived import derive, evaluate
from symconv.networks.joins import Add, Concat, Multiply
from symconv.networks.losses import GenericLoss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, Dropout, Flatten, Linear
from symconv.networks.network import Graph, Sequential
from symconv.networks.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from symconv.networks.passes import derive_network
from symconv.networks.products import MatMul
from symconv.networks.rearranging import Permute, Reshape, Slice
from symconv.networks.scaling import PReLU, Rescaling, Scale, Shift
from symconv.networks.softmax import LogSoftmax, Softmax
from symconv.numeric import spot_check
from symconv.proof import prove

__all__ = [
    "Activation",
    "Add",
    "BatchNorm",
    "Concat",
    "Dropout",
    "Flatten",
    "GenericLoss",
    "Graph",
    "GroupNorm",
    "InstanceNorm",
    "LayerNorm",
    "Linear",
    "LogSoftmax",
    "MatMul",
    "MeanSquaredError",
    "Multiply",
    "PReLU",
    "Permute",
    "Rescaling",
    "Reshape",
    "Scale",
    "Sequential",
    "Shift",
    "Slice",
    "Softmax",
    "SoftmaxCrossEntropy",
    "SquaredError",
]

derive.register(Graph, derive_network)
evaluate.register(Graph, Graph.evaluate)
prove.register(Graph, Graph.prove)
spot_check.register(Graph, Graph.spot_check)
