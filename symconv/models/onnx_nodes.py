"""Readers of ONNX's operators: convolutions, pooling, linear layers and normalisation.

The specification is https://onnx.ai/onnx/operators; what differs between versions of an operator is said at its reader.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from symconv.models import composed, making, products
from symconv.models.making import Pairs
from symconv.models.onnx_calls import Constant, OnnxCall
from symconv.models.parts import Array, Piece, UnreadError, Weight
from symconv.models.readers import Made, reads
from symconv.networks.arguments import exact
from symconv.networks.softmax import LogSoftmax, Softmax

ONNX = "ONNX"


def window(call: OnnxCall, kernel: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...], Any]:
    """Stride, dilation, and the padding as pairs or a word."""
    stride, dilation = call.per_axis("strides"), call.per_axis("dilations")
    return stride, dilation, _padding(call, kernel, stride, dilation)


def _padding(call: OnnxCall, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Any:
    auto = call.attributes.get("auto_pad", "NOTSET")
    if auto == "VALID":
        return ((0, 0),) * call.ndim
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        return making.same_pads(call.shape[1:], kernel, stride, dilation, at_start=auto == "SAME_LOWER")
    if auto != "NOTSET":
        raise UnreadError(f"auto_pad={auto!r}")
    return pads_of(call)


def pads_of(call: OnnxCall) -> Pairs:
    pads = call.attributes.get("pads") or [0] * (2 * call.ndim)
    if len(pads) != 2 * call.ndim:
        raise UnreadError(f"pads={list(pads)} for {call.ndim} spatial axes")
    return tuple((int(low), int(high)) for low, high in zip(pads[: call.ndim], pads[call.ndim :]))


def _kernel(call: OnnxCall, weight: Constant) -> tuple[int, ...]:
    kernel = weight.shape[2:]
    if len(kernel) != call.ndim:
        raise UnreadError(f"weights of shape {weight.shape} for an input of shape {call.shape}")
    if call.attributes.get("kernel_shape") not in (None, [], list(kernel)):
        raise UnreadError(f"kernel_shape={call.attributes['kernel_shape']} with weights of shape {weight.shape}")
    return kernel


@reads(ONNX, "Conv")
def conv(call: OnnxCall) -> Made:
    weight = call.needed(1, "weight")
    stride, dilation, padding = window(call, _kernel(call, weight))
    return making.conv(
        weight.shape[2:], weight.shape[0], weight.weight(), bias_of(call, 2, weight.shape[0]), stride=stride,
        padding=making.simple(padding), dilation=dilation, groups=int(call.attributes.get("group", 1)),
    )  # fmt: skip


def bias_of(call: OnnxCall, at: int, count: int) -> Weight | None:
    """A vector of ``count`` numbers that is added, by the node itself or by the one after it."""
    given = [one for one in (call.constant(at, "bias"), call.bias) if one is not None]
    if len(given) > 1:
        raise UnreadError("two biases are added")
    if not given:
        return None
    (bias,) = given
    if int(np.prod(bias.shape)) != count:
        raise UnreadError(f"what is added has shape {bias.shape}, and not one number for each of {count} outputs")
    return bias.weight(_flat)


def _flat(array: Array) -> Array:
    return array.reshape(-1)


@reads(ONNX, "ConvTranspose")
def conv_transpose(call: OnnxCall) -> Made:
    weight, groups = call.needed(1, "weight"), int(call.attributes.get("group", 1))
    kernel, channels = _kernel(call, weight), weight.shape[1] * groups
    stride, dilation = call.per_axis("strides"), call.per_axis("dilations")
    extra = call.per_axis("output_padding", 0)
    padding = _transposed_padding(call, kernel, stride, dilation, extra)
    return making.conv_transpose(
        kernel, channels, padding, weight.weight(), bias_of(call, 2, channels), stride=stride, dilation=dilation,
        output_padding=extra, groups=groups,
    )  # fmt: skip


def _transposed_padding(
    call: OnnxCall, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], extra: tuple[int, ...]
) -> Pairs:
    """What is left out at both ends, for a size that is asked for if one is."""
    auto, wanted = call.attributes.get("auto_pad", "NOTSET"), call.attributes.get("output_shape")
    if auto == "VALID":
        return ((0, 0),) * call.ndim
    if wanted is None and auto == "NOTSET":
        return pads_of(call)
    sizes = call.shape[1:]
    if wanted is None:
        wanted = [size * step for size, step in zip(sizes, stride)]
    if len(wanted) == call.ndim + 2:  # of the first version, with batch and channels
        wanted = wanted[2:]
    pairs = []
    for n, K, s, d, u, m in zip(sizes, kernel, stride, dilation, extra, wanted):
        total = s * (n - 1) + u + (K - 1) * d + 1 - m
        half = total // 2
        pairs.append((half, total - half) if auto == "SAME_UPPER" else (total - half, half))
    return tuple(pairs)


# -- pooling -------------------------------------------------------------------------------------------


@reads(ONNX, "MaxPool")
def max_pool(call: OnnxCall) -> Made:
    if call.outputs > 1:
        raise UnreadError("it returns the indices as well")
    kernel = call.per_axis("kernel_shape")
    stride, dilation, padding = window(call, kernel)
    return making.max_pool(kernel, stride, padding, dilation, bool(call.attributes.get("ceil_mode", 0)))


@reads(ONNX, "AveragePool")
def average_pool(call: OnnxCall) -> Made:
    kernel = call.per_axis("kernel_shape")
    stride, dilation, padding = window(call, kernel)
    if any(d != 1 for d in dilation):
        raise UnreadError(f"average pooling with dilation {dilation} is not available")
    return making.avg_pool(
        kernel, stride, padding, bool(call.attributes.get("count_include_pad", 0)),
        bool(call.attributes.get("ceil_mode", 0)),
    )  # fmt: skip


@reads(ONNX, "GlobalAveragePool")
def global_average_pool(call: OnnxCall) -> Made:
    return making.global_pool("average", call.shape)


@reads(ONNX, "GlobalMaxPool")
def global_max_pool(call: OnnxCall) -> Made:
    return making.global_pool("max", call.shape)


REDUCED = {"ReduceMean": "average", "ReduceMax": "max", "ReduceMin": "min", "ReduceSum": "sum"}


@reads(ONNX, *REDUCED)
def reduce(call: OnnxCall) -> Made:
    rank, axes, kept = len(call.shape) + 1, call.said(1, "axes"), bool(call.attributes.get("keepdims", 1))
    if not axes:
        if call.attributes.get("noop_with_empty_axes", 0):
            return call.x
        raise UnreadError("it goes over all dimensions, and so over the batch")
    over = sorted({int(axis) % rank for axis in axes})
    if 0 in over:
        raise UnreadError("it goes over the batch")
    call.attributes.get("noop_with_empty_axes", 0)
    kind = REDUCED[call.kind]
    if over != list(range(2, rank)) or rank < 3 or kind in ("sum", "min"):
        return making.reduced(kind, call.x, over, kept)
    pool = making.global_pool(kind, call.shape, "pool")
    return pool if kept else [pool, making.flatten()]


# -- linear and normalisation --------------------------------------------------------------------------


@reads(ONNX, "Gemm")
def gemm(call: OnnxCall) -> Made:
    said = call.attributes
    alpha, beta = (short(said.get(name, 1.0)) for name in ("alpha", "beta"))
    if said.get("transA", 0):
        raise UnreadError("transA=1 exchanges examples and features")
    if len(call.shape) != 1:
        raise UnreadError(f"an input of shape {call.shape}, which is not a vector")
    weight, turned, added = call.needed(1, "weight"), bool(said.get("transB", 0)), call.constant(2, "bias")
    outputs = weight.shape[0 if turned else 1]
    usual = added is None or int(np.prod(added.shape)) == outputs
    if alpha == 1 and usual and (beta == 1 or added is None):
        return _linear(call, weight, turned, 2)
    product = _linear(replace(call, operands=call.operands[:2]), weight, turned, 2)
    named = {"alpha": making.rescaling(alpha) if alpha != 1 else None, "product": product}
    if added is not None and beta != 0:  # x W + beta C as (x W / beta + C) beta
        named["over beta"] = making.rescaling(1 / exact(beta, "beta")) if beta != 1 else None
        named |= {"shift": making.shifted(added.weight()), "beta": making.rescaling(beta) if beta != 1 else None}
    pieces = [replace(piece, step=name) for name, piece in named.items() if piece is not None]
    return [*pieces[:-1], replace(pieces[-1], step="")]


@reads(ONNX, "MatMul")
def matmul(call: OnnxCall) -> Made:
    weight = call.operand(1)
    if len(call.inputs) == 2:
        return products.multiplied(*call.inputs)
    if not isinstance(weight, Constant) or len(weight.shape) != 2:
        raise UnreadError("it is not a product of an input with a constant matrix on the right")
    return _linear(call, weight, False, 2)


def _linear(call: OnnxCall, weight: Constant, turned: bool, bias: int) -> Piece:
    features, outputs = weight.shape if not turned else weight.shape[::-1]
    if call.shape[-1] != features:
        raise UnreadError(f"weights of shape {weight.shape} for an input of shape {call.shape}")
    return making.linear(outputs, weight.weight(None if turned else np.transpose), bias_of(call, bias, outputs))


@reads(ONNX, "BatchNormalization")
def batch_norm(call: OnnxCall) -> Made:
    """Before version 14 a node in training form is one with more than one output; before 9, spatial=0 is another."""
    if call.attributes.get("training_mode", 0) or call.outputs > 1:
        raise UnreadError("it is in training form, with the statistics of the batch")
    if not call.attributes.get("spatial", 1):
        raise UnreadError("spatial=0 normalises every entry by itself")
    scale, shift, mean, variance = (
        call.needed(at, what).weight() for at, what in enumerate(("scale", "shift", "mean", "variance"), 1)
    )
    return making.batch_norm(short(call.attributes.get("epsilon", 1e-5)), mean, variance, scale, shift)


def short(number: float) -> float:
    """A number of 32 bits as it is written: 1e-5 and not 9.99999974e-06."""
    return float(str(np.float32(number)))


# -- activations ---------------------------------------------------------------------------------------

PLAIN = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign",
    "HardSwish": "hardswish", "Mish": "mish",
}  # fmt: skip
USUAL = {"HardSigmoid": {"alpha": 0.2, "beta": 0.5}, "Selu": {"alpha": 1.6732632, "gamma": 1.050701}}


def _plain(name: str, call: OnnxCall) -> Made:
    return making.activation(name)


for _kind, _name in PLAIN.items():
    reads(ONNX, _kind)(partial(_plain, _name))


def option(call: OnnxCall, name: str, usual: float) -> float:
    """An attribute that is a number of 32 bits, as it is written."""
    return short(call.attributes.get(name, usual))


@reads(ONNX, "Softmax")
def softmax(call: OnnxCall) -> Made:
    """Before version 13 it goes over all axes from one on together, by default from the first behind the batch."""
    rank, earlier = len(call.shape) + 1, call.version < 13
    axis = call.attributes.get("axis", 1 if earlier else -1)
    if earlier and -rank <= axis < rank and any(size != 1 for size in call.shape[axis % rank :]):
        raise UnreadError(f"before version 13 it goes over all {rank} dimensions from {axis % rank} on together")
    return making.softmax(axis, call.shape)


@reads(ONNX, "LeakyRelu")
def leaky_relu(call: OnnxCall) -> Made:
    return making.activation("leaky_relu", negative_slope=option(call, "alpha", 0.01))


@reads(ONNX, "Elu", "Celu")
def elu(call: OnnxCall) -> Made:
    return making.activation(call.kind.lower(), alpha=option(call, "alpha", 1.0))


@reads(ONNX, "Selu")
def selu(call: OnnxCall) -> Made:
    if any(option(call, name, usual) != usual for name, usual in USUAL["Selu"].items()):
        raise UnreadError("alpha and gamma are not the usual ones")
    return making.activation("selu")


@reads(ONNX, "HardSigmoid")
def hard_sigmoid(call: OnnxCall) -> Made:
    """PyTorch's has alpha=1/6, the only one that is an activation here."""
    alpha, beta = (option(call, name, usual) for name, usual in USUAL["HardSigmoid"].items())
    if (alpha, beta) != (short(1 / 6), 0.5):
        raise UnreadError(f"alpha={alpha} and beta={beta}; only 1/6 and 1/2 are read")
    return making.activation("hardsigmoid")


@reads(ONNX, "Shrink")
def shrink(call: OnnxCall) -> Made:
    lambd, bias = option(call, "lambd", 0.5), option(call, "bias", 0.0)
    if bias not in (0, lambd):
        raise UnreadError(f"lambd={lambd} and bias={bias}; only a bias of 0 or of lambd is read")
    return making.activation("hardshrink" if bias == 0 else "softshrink", lambd=lambd)


@reads(ONNX, "Clip")
def clip(call: OnnxCall) -> Made:
    """Before version 11 both ends are attributes."""
    low, high = call.said(1, "min"), call.said(2, "max")
    if low == [0] and not high:
        return making.activation("relu")
    if not low and not high:
        return call.x
    if not low or not high:
        return composed.clamped(call.x, *(short(one[0]) if one else None for one in (low, high)))
    return making.clamp(short(low[0]), short(high[0]))


@reads(ONNX, "Gelu")
def gelu(call: OnnxCall) -> Made:
    return making.gelu(call.attributes.get("approximate", "none"))


@reads(ONNX, "PRelu")
def prelu(call: OnnxCall) -> Made:
    slope = call.needed(1, "slope")
    if int(np.prod(slope.shape)) not in (1, call.shape[0]) or any(size != 1 for size in slope.shape[-call.ndim :][1:]):
        raise UnreadError(f"slopes of shape {slope.shape}, and not one for every channel")
    return making.prelu(slope.weight(_flat), int(np.prod(slope.shape)))


@reads(ONNX, "LogSoftmax")
def log_softmax(call: OnnxCall) -> Made:
    found = softmax(call)
    assert isinstance(found, Piece) and isinstance(found.part, Softmax)
    return Piece(LogSoftmax(found.part.axis))


@reads(ONNX, "LayerNormalization")
def layer_norm(call: OnnxCall) -> Made:
    rank = len(call.shape) + 1
    axis = call.attributes.get("axis", -1) % rank
    if axis == 0 or call.outputs > 1:
        raise UnreadError("it goes over the batch, or returns mean and deviation as well")
    shift = call.constant(2, "shift")
    return making.layer_norm(
        tuple(call.shape[axis - 1 :]), short(call.attributes.get("epsilon", 1e-5)), call.needed(1, "scale").weight(),
        None if shift is None else shift.weight(),
    )  # fmt: skip


@reads(ONNX, "InstanceNormalization")
def instance_norm(call: OnnxCall) -> Made:
    scale, shift = call.needed(1, "scale").weight(), call.needed(2, "shift").weight()
    return making.instance_norm(short(call.attributes.get("epsilon", 1e-5)), scale, shift)


@reads(ONNX, "GroupNormalization")
def group_norm(call: OnnxCall) -> Made:
    """Before version 21 scale and shift have a number for every group."""
    groups, scale = int(call.attributes["num_groups"]), call.needed(1, "scale")
    if scale.shape != (call.shape[0],):
        raise UnreadError("scale and shift have a number for every group, and not for every channel")
    eps = short(call.attributes.get("epsilon", 1e-5))
    return making.group_norm(groups, eps, scale.weight(), call.needed(2, "shift").weight())
