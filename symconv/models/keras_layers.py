"""Readers of Keras's layers.

Keras has the channels last and symconv has them first, so shapes and weights are brought into that order. A flattened
example has its entries in another order too; the weights behind it are exchanged accordingly.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any

import numpy as np

from symconv.models import making
from symconv.models.keras_calls import KerasCall
from symconv.models.padding import padded
from symconv.models.parts import Array, Piece, UnreadError, Weight
from symconv.models.readers import Joined, Made, Shape, reads
from symconv.networks.joins import Add, Concat, Join, Multiply
from symconv.networks.rearranging import Permute, Reshape

KERAS = "Keras"


# -- arrangements of weights ---------------------------------------------------------------------------


def kernel_first(array: Array) -> Array:
    """(*kernel, in, out) as (out, in, *kernel); of a transposed layer (*kernel, out, in) as (in, out, *kernel)."""
    return np.moveaxis(array, (-1, -2), (0, 1))


def depthwise_first(array: Array) -> Array:
    """(*kernel, in, multiplier) as (in multiplier, 1, *kernel)."""
    moved = np.moveaxis(array, (-2, -1), (0, 1))
    return moved.reshape(moved.shape[0] * moved.shape[1], 1, *moved.shape[2:])


def dense_rows(flattened: Shape, array: Array) -> Array:
    """(in, out) as (out, in), the inputs in the order of a flattened example with channels first."""
    return np.transpose(reordered(flattened, array))


def reordered(flattened: Shape, array: Array) -> Array:
    """The first axis, over an example that was flattened with channels last, as if they were first."""
    if len(flattened) < 2:
        return array
    channels, *size = flattened
    apart = array.reshape(*size, channels, *array.shape[1:])
    return np.moveaxis(apart, len(size), 0).reshape(array.shape)


# -- convolutions --------------------------------------------------------------------------------------


def _padding(call: KerasCall, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Any:
    word = call.config.get("padding", "valid")
    if word == "valid":
        return ((0, 0),) * call.ndim
    if word == "same":
        return making.same_pads(call.shape[1:], kernel, stride, dilation)
    if word == "causal" and call.ndim == 1:
        return ((dilation[0] * (kernel[0] - 1), 0),)
    raise UnreadError(f"padding={word!r}")


@reads(KERAS, "Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "Convolution3D")
def conv(call: KerasCall) -> Made:
    kernel, stride = call.per_axis("kernel_size", None), call.per_axis("strides")
    dilation = call.per_axis("dilation_rate")
    return making.conv(
        kernel, call.whole("filters"), call.weight("kernel", 0, kernel_first), _bias(call, 1), stride=stride,
        padding=making.simple(_padding(call, kernel, stride, dilation)), dilation=dilation,
        groups=call.whole("groups", 1),
    )  # fmt: skip


def _bias(call: KerasCall, at: int) -> Weight | None:
    return call.weight("bias", at) if call.flag("use_bias", True) else None


@reads(KERAS, "DepthwiseConv1D", "DepthwiseConv2D")
def depthwise(call: KerasCall) -> Made:
    return _depthwise(call, _bias(call, 1), call.weight("kernel", 0, depthwise_first))


def _depthwise(call: KerasCall, bias: Weight | None, weight: Weight, step: str = "") -> Piece:
    kernel, stride = call.per_axis("kernel_size", None), call.per_axis("strides")
    dilation, channels = call.per_axis("dilation_rate"), call.shape[0]
    if not isinstance(channels, int):
        raise UnreadError("its number of channels is a symbol")
    return making.conv(
        kernel, channels * call.whole("depth_multiplier", 1), weight, bias, stride=stride, dilation=dilation,
        padding=making.simple(_padding(call, kernel, stride, dilation)), groups=channels, step=step,
    )  # fmt: skip


@reads(KERAS, "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")
def separable(call: KerasCall) -> Made:
    """A depthwise convolution, and then one of a single element that joins the channels."""
    first = _depthwise(call, None, call.weight("depthwise_kernel", 0, depthwise_first), "depthwise")
    ones = (1,) * call.ndim
    weight = call.weight("pointwise_kernel", 1, kernel_first)
    return [first, making.conv(ones, call.whole("filters"), weight, _bias(call, 2))]


@reads(KERAS, "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Convolution1DTranspose",
       "Convolution2DTranspose", "Convolution3DTranspose")  # fmt: skip
def conv_transpose(call: KerasCall) -> Made:
    """As many outputs as a convolution with this padding has inputs, if its outputs are this layer's inputs."""
    kernel, stride = call.per_axis("kernel_size", None), call.per_axis("strides")
    dilation = call.per_axis("dilation_rate")
    if call.config.get("output_padding") is not None:
        raise UnreadError(f"output_padding={call.config['output_padding']!r}; only None is read")
    spans = [d * (K - 1) + 1 for K, d in zip(kernel, dilation)]
    lost = [max(span - s, 0) for span, s in zip(spans, stride)]
    if call.config.get("padding", "valid") == "valid":
        lost = [0] * call.ndim
    elif call.config["padding"] != "same":
        raise UnreadError(f"padding={call.config['padding']!r}")
    return making.conv_transpose(
        kernel, call.whole("filters"), [(all_ // 2, all_ - all_ // 2) for all_ in lost],
        call.weight("kernel", 0, kernel_first), _bias(call, 1), stride=stride, dilation=dilation,
        output_padding=tuple(max(s - span, 0) for span, s in zip(spans, stride)),
    )  # fmt: skip


# -- pooling -------------------------------------------------------------------------------------------


@reads(KERAS, *(f"{name}{ndim}D" for name in ("MaxPooling", "MaxPool") for ndim in (1, 2, 3)))
def max_pool(call: KerasCall) -> Made:
    kernel = call.per_axis("pool_size", 2)
    stride, ones = call.per_axis("strides", kernel), (1,) * call.ndim
    return making.max_pool(kernel, stride, _padding(call, kernel, stride, ones), ones)


@reads(KERAS, *(f"{name}{ndim}D" for name in ("AveragePooling", "AvgPool") for ndim in (1, 2, 3)))
def average_pool(call: KerasCall) -> Made:
    """Padding does not count, as by TensorFlow and JAX; by PyTorch, Keras repeats the last element if it is uneven."""
    kernel = call.per_axis("pool_size", 2)
    stride, ones = call.per_axis("strides", kernel), (1,) * call.ndim
    return making.avg_pool(kernel, stride, _padding(call, kernel, stride, ones), count_include_pad=False)


@reads(KERAS, *(f"Global{name}{ndim}D" for name in ("AveragePooling", "AvgPool", "MaxPooling", "MaxPool")
                for ndim in (1, 2, 3)))  # fmt: skip
def global_pool(call: KerasCall) -> Made:
    kind = "average" if "Av" in call.kind else "max"
    if call.flag("keepdims", False):
        return making.global_pool(kind, call.shape)
    return [making.global_pool(kind, call.shape, "pool"), making.flatten()]


# -- linear, normalisation, activations ----------------------------------------------------------------


@reads(KERAS, "Dense")
def dense(call: KerasCall) -> Made:
    """On the last axis, the channels; if there are others it is a convolution of a single element."""
    units, bias = call.whole("units"), _bias(call, 1)
    if len(call.shape) == 1 or not call.last:
        return making.linear(units, call.weight("kernel", 0, partial(dense_rows, call.flattened)), bias)
    widened = partial(_pointwise, call.ndim)
    return making.conv((1,) * call.ndim, units, call.weight("kernel", 0, widened), bias)


def _pointwise(ndim: int, array: Array) -> Array:
    return np.transpose(array).reshape(*array.shape[::-1], *(1,) * ndim)


@reads(KERAS, "BatchNormalization", "SyncBatchNormalization")
def batch_norm(call: KerasCall) -> Made:
    if call.axis() != 0:
        raise UnreadError(f"axis={call.config.get('axis')!r} is not that of the channels")
    both = call.flag("scale", True), call.flag("center", True)
    if both == (True, False) or both == (False, True):
        raise UnreadError("only one of scale and center")
    turned = partial(reordered, call.flattened)
    names = [*(("gamma", "beta") if both == (True, True) else ()), "moving_mean", "moving_variance"]
    own = {name: call.weight(name, at, turned) for at, name in enumerate(names)}
    eps = call.config.get("epsilon", 1e-3)
    return making.batch_norm(
        eps, own["moving_mean"], own["moving_variance"], own.get("gamma"), own.get("beta")
    )  # fmt: skip


@reads(KERAS, "Activation")
def activation(call: KerasCall) -> Made:
    said = call.config.get("activation")
    said = said.get("config", {}).get("name") or said.get("class_name") if isinstance(said, dict) else said
    if said == "linear":
        return call.x
    if not isinstance(said, str):
        raise UnreadError(f"the activation {said!r}"[:200])
    if said == "softmax":
        return making.softmax(1 if call.last else -1, call.shape)
    if said == "log_softmax":
        return making.log_softmax(1 if call.last else -1, call.shape)
    if said == "leaky_relu":
        return making.activation(said, negative_slope=0.2)
    if said == "hard_sigmoid" and str(call.file.config.get("keras_version", "3")).startswith("2"):
        raise UnreadError("hard_sigmoid of Keras 2 is another function than that of Keras 3")
    return making.activation(SPOKEN.get(said, said))


SPOKEN = {
    "swish": "silu", "hard_silu": "hardswish", "hard_swish": "hardswish", "hard_sigmoid": "hardsigmoid",
    "log_sigmoid": "logsigmoid", "tanh_shrink": "tanhshrink", "hard_shrink": "hardshrink", "soft_shrink": "softshrink",
    "hard_tanh": "hardtanh",
}  # fmt: skip
"""Keras's names of activations that have another name here."""


@reads(KERAS, "Softmax")
def softmax(call: KerasCall) -> Made:
    if len(call.inputs) > 1:
        raise UnreadError("it has a mask")
    return making.softmax(call.axis() + 1, call.shape)


@reads(KERAS, "ReLU")
def relu(call: KerasCall) -> Made:
    top, slope, threshold = (call.config.get(name) or 0 for name in ("max_value", "negative_slope", "threshold"))
    if threshold:
        raise UnreadError(f"threshold={threshold}")
    if top and slope:
        raise UnreadError(f"max_value={top} with negative_slope={slope}")
    if top:
        return making.clamp(0, top)
    return making.activation("leaky_relu", negative_slope=slope) if slope else making.activation("relu")


@reads(KERAS, "ELU")
def elu(call: KerasCall) -> Made:
    return making.activation("elu", alpha=call.config.get("alpha", 1.0))


@reads(KERAS, "LeakyReLU")
def leaky_relu(call: KerasCall) -> Made:
    return making.activation(
        "leaky_relu", negative_slope=call.config.get("negative_slope", call.config.get("alpha", 0.3))
    )


# -- shapes and joins ----------------------------------------------------------------------------------


@reads(KERAS, "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise",
       "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity")  # fmt: skip
def nothing(call: KerasCall) -> Made:
    """Layers that do something only while a model is trained."""
    return call.x


@reads(KERAS, "Flatten")
def flatten(call: KerasCall) -> Made:
    return call.x if len(call.shape) == 1 else making.flatten()


@reads(KERAS, "Reshape")
def reshape(call: KerasCall) -> Made:
    """In the order that Keras has, with the channels last before and after."""
    target, total = call.config.get("target_shape"), prod(call.shape)
    if not isinstance(target, (list, tuple)) or not all(isinstance(size, int) for size in target):
        raise UnreadError(f"target_shape={target!r}")
    if list(target) in ([-1], [total]):
        return call.x if len(call.shape) == 1 else making.flatten()
    if call.flattened:
        raise UnreadError("its input was flattened with channels last, and is in another order here")
    return call.in_its_order(Piece(Reshape(tuple(target))), len(target))


@reads(KERAS, "Permute")
def permute(call: KerasCall) -> Made:
    dims = call.config.get("dims")
    if not isinstance(dims, (list, tuple)) or sorted(dims) != list(range(1, len(call.shape) + 1)):
        raise UnreadError(f"dims={dims!r} for {len(call.shape)} axes")
    return call.in_its_order(Piece(Permute(tuple(at - 1 for at in dims))), len(dims))


@reads(KERAS, "LayerNormalization")
def layer_norm(call: KerasCall) -> Made:
    """Along the last axis as Keras has it."""
    axis, rank = call.config.get("axis", -1), len(call.shape) + 1
    if axis not in (-1, [-1], rank - 1, [rank - 1]) or call.flag("rms_scaling", False) or call.flattened:
        raise UnreadError(f"axis={axis!r} is not the last axis alone")
    names = [name for name, flag in (("gamma", "scale"), ("beta", "center")) if call.flag(flag, True)]
    own = {name: call.weight(name, at) for at, name in enumerate(names)}
    size = call.shape[0] if call.last or rank == 2 else call.shape[-1]
    made = making.layer_norm((size,), call.config.get("epsilon", 1e-3), own.get("gamma"), own.get("beta"))
    return call.in_its_order(made, len(call.shape))


@reads(KERAS, "GroupNormalization")
def group_norm(call: KerasCall) -> Made:
    if call.axis() != 0 or call.flattened:
        raise UnreadError(f"axis={call.config.get('axis')!r} is not that of the channels")
    groups = call.shape[0] if call.config.get("groups", 32) == -1 else call.whole("groups", 32)
    names = [name for name, flag in (("gamma", "scale"), ("beta", "center")) if call.flag(flag, True)]
    own = {name: call.weight(name, at) for at, name in enumerate(names)}
    return making.group_norm(groups, call.config.get("epsilon", 1e-3), own.get("gamma"), own.get("beta"))


@reads(KERAS, "PReLU")
def prelu(call: KerasCall) -> Made:
    shared = [int(at) for at in call.config.get("shared_axes") or ()]
    spatial = list(range(1, len(call.shape))) if call.last else list(range(2, len(call.shape) + 1))
    if sorted(shared) != spatial or call.flattened:
        raise UnreadError("it has a slope for every entry, and not for every channel; use shared_axes")
    channels = call.shape[0]
    if not isinstance(channels, int):
        raise UnreadError("its number of channels is a symbol")
    return making.prelu(replace(call.weight("alpha", 0, _flat), shape=(channels,)))


def _flat(array: Array) -> Array:
    return array.reshape(-1)


@reads(KERAS, "Rescaling")
def rescaling(call: KerasCall) -> Made:
    scale, offset = call.config.get("scale"), call.config.get("offset", 0)
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (scale, offset)):
        raise UnreadError(f"scale={scale!r}, offset={offset!r}; only numbers are read"[:200])
    return making.with_number(call.x, scale, offset)


@reads(KERAS, "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(call: KerasCall) -> Made:
    return padded(call.x, call.pairs("padding"))


@reads(KERAS, "Cropping1D", "Cropping2D", "Cropping3D")
def cropping(call: KerasCall) -> Made:
    return padded(call.x, [(-low, -high) for low, high in call.pairs("cropping")])


@reads(KERAS, "UpSampling1D", "UpSampling2D", "UpSampling3D")
def up_sampling(call: KerasCall) -> Made:
    mode = call.config.get("interpolation", "nearest")
    if mode not in ("nearest", "bilinear"):
        raise UnreadError(f"interpolation={mode!r}")
    return making.resize(call.shape, None, call.per_axis("size", 2), mode)


@reads(KERAS, "Add")
def add(call: KerasCall) -> Made:
    return _joined(call, Add())


@reads(KERAS, "Subtract")
def subtract(call: KerasCall) -> Made:
    if len(call.inputs) != 2:
        raise UnreadError(f"it has {len(call.inputs)} inputs, and not two")
    return Joined(Add((1, -1)), call.inputs)


@reads(KERAS, "Average")
def average(call: KerasCall) -> Made:
    return _joined(call, Add((Fraction(1, len(call.inputs)),) * len(call.inputs)))


@reads(KERAS, "Multiply")
def multiply(call: KerasCall) -> Made:
    return _joined(call, Multiply())


@reads(KERAS, "Concatenate")
def concatenate(call: KerasCall) -> Made:
    if call.flattened:
        raise UnreadError("it joins flattened examples, whose order is another with channels first")
    return _joined(call, Concat(call.axis()))


def _joined(call: KerasCall, how: Join) -> Made:
    return call.inputs[0] if len(call.inputs) == 1 else Joined(how, call.inputs)
