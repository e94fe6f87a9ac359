"""Readers of PyTorch's modules, and of the functions that compute the same.

A module and its function have one reader each, which bring the same numbers to ``making.py``. The model is read as
after ``eval()``: batch normalisation uses its running statistics, and dropout does nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from symconv.models import making
from symconv.models.parts import Piece, UnreadError, Weight
from symconv.models.readers import BATCH, Made, reads
from symconv.models.torch_calls import TorchCall, both_sides, per_axis
from symconv.networks.arguments import exact

MODULE, FUNCTION = "PyTorch module", "PyTorch function"


def needed(weight: Weight | None) -> Weight:
    """A weight that must be there."""
    if weight is None:
        raise UnreadError("it has no weights")
    return weight


# -- convolutions --------------------------------------------------------------------------------------


@reads(MODULE, "Conv1d", "Conv2d", "Conv3d")
def convolution_module(call: TorchCall) -> Made:
    m = call.module
    padding = m.padding if isinstance(m.padding, str) else tuple(m.padding)
    return making.conv(
        m.kernel_size, m.out_channels, needed(call.own("weight")), call.own("bias"), stride=tuple(m.stride),
        padding=padding, dilation=tuple(m.dilation), groups=m.groups, padding_mode=m.padding_mode,
    )  # fmt: skip


@reads(FUNCTION, "conv1d", "conv2d", "conv3d")
def convolution(call: TorchCall) -> Made:
    weight, bias = needed(call.passed("weight", 1)), call.passed("bias", 2)
    shape = call.given("weight", 1).shape
    ndim = len(shape) - 2
    padding = call.given("padding", 4, 0)
    return making.conv(
        shape[2:], int(shape[0]), weight, bias, stride=per_axis(call.given("stride", 3, 1), ndim),
        padding=padding if isinstance(padding, str) else per_axis(padding, ndim),
        dilation=per_axis(call.given("dilation", 5, 1), ndim), groups=call.given("groups", 6, 1),
    )  # fmt: skip


@reads(MODULE, "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
def transposed_module(call: TorchCall) -> Made:
    m = call.module
    return making.conv_transpose(
        m.kernel_size, m.out_channels, both_sides(tuple(m.padding), len(m.kernel_size)), needed(call.own("weight")),
        call.own("bias"), stride=tuple(m.stride), output_padding=tuple(m.output_padding), dilation=tuple(m.dilation),
        groups=m.groups,
    )  # fmt: skip


@reads(FUNCTION, "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(call: TorchCall) -> Made:
    weight, bias = needed(call.passed("weight", 1)), call.passed("bias", 2)
    shape, groups = call.given("weight", 1).shape, call.given("groups", 6, 1)
    ndim = len(shape) - 2
    return making.conv_transpose(
        shape[2:], int(shape[1]) * groups, both_sides(call.given("padding", 4, 0), ndim), weight, bias,
        stride=per_axis(call.given("stride", 3, 1), ndim),
        output_padding=per_axis(call.given("output_padding", 5, 0), ndim), groups=groups,
        dilation=per_axis(call.given("dilation", 7, 1), ndim),
    )  # fmt: skip


# -- pooling -------------------------------------------------------------------------------------------


@reads(MODULE, "MaxPool1d", "MaxPool2d", "MaxPool3d")
def max_pool_module(call: TorchCall) -> Made:
    m = call.module
    if m.return_indices:
        raise UnreadError("it returns the indices as well")
    return _max_pool(call, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode)


@reads(FUNCTION, "max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(call: TorchCall) -> Made:
    if call.given("return_indices", 6, False):
        raise UnreadError("it returns the indices as well")
    return _max_pool(
        call, call.given("kernel_size", 1), call.given("stride", 2), call.given("padding", 3, 0),
        call.given("dilation", 4, 1), call.given("ceil_mode", 5, False),
    )  # fmt: skip


def _max_pool(call: TorchCall, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Piece:
    ndim = call.ndim
    return making.max_pool(
        per_axis(kernel, ndim), per_axis(stride or kernel, ndim), both_sides(padding, ndim), per_axis(dilation, ndim),
        bool(ceil_mode),
    )  # fmt: skip


@reads(MODULE, "AvgPool1d", "AvgPool2d", "AvgPool3d")
def average_module(call: TorchCall) -> Made:
    m = call.module
    divisor = getattr(m, "divisor_override", None)
    return _average(call, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, divisor)


@reads(FUNCTION, "avg_pool1d", "avg_pool2d", "avg_pool3d")
def average(call: TorchCall) -> Made:
    return _average(
        call, call.given("kernel_size", 1), call.given("stride", 2), call.given("padding", 3, 0),
        call.given("ceil_mode", 4, False), call.given("count_include_pad", 5, True), call.given("divisor_override", 6),
    )  # fmt: skip


def _average(
    call: TorchCall, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, counts: bool, divisor: int | None
) -> Piece:
    ndim = call.ndim
    return making.avg_pool(
        per_axis(kernel, ndim), per_axis(stride or kernel, ndim), both_sides(padding, ndim), bool(counts),
        bool(ceil_mode), divisor,
    )  # fmt: skip


@reads(MODULE, "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d")
def adaptive_average_module(call: TorchCall) -> Made:
    return making.adaptive("average", per_axis(call.module.output_size, call.ndim), call.shape)


@reads(FUNCTION, "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def adaptive_average(call: TorchCall) -> Made:
    return making.adaptive("average", per_axis(call.given("output_size", 1), call.ndim), call.shape)


@reads(MODULE, "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d")
def adaptive_max_module(call: TorchCall) -> Made:
    if call.module.return_indices:
        raise UnreadError("it returns the indices as well")
    return making.adaptive("max", per_axis(call.module.output_size, call.ndim), call.shape)


@reads(FUNCTION, "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_max(call: TorchCall) -> Made:
    if call.given("return_indices", 2, False):
        raise UnreadError("it returns the indices as well")
    return making.adaptive("max", per_axis(call.given("output_size", 1), call.ndim), call.shape)


# -- linear and normalisation --------------------------------------------------------------------------


@reads(MODULE, "Linear")
def linear_module(call: TorchCall) -> Made:
    return making.linear(call.module.out_features, needed(call.own("weight")), call.own("bias"))


@reads(FUNCTION, "linear")
def linear(call: TorchCall) -> Made:
    return making.linear(
        int(call.given("weight", 1).shape[0]), needed(call.passed("weight", 1)), call.passed("bias", 2)
    )


@reads(MODULE, "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm")
def batch_norm_module(call: TorchCall) -> Made:
    mean, variance = call.own("running_mean"), call.own("running_var")
    if mean is None and variance is None:
        return _of_the_batch(call, call.module.eps, call.own("weight"), call.own("bias"))
    return _batch_norm(call.module.eps, mean, variance, call.own("weight"), call.own("bias"))


@reads(FUNCTION, "batch_norm")
def batch_norm(call: TorchCall) -> Made:
    if call.given("training", 5, False):
        return _of_the_batch(call, call.given("eps", 7, 1e-5), call.passed("weight", 3), call.passed("bias", 4))
    return _batch_norm(
        call.given("eps", 7, 1e-5), call.passed("running_mean", 1), call.passed("running_var", 2),
        call.passed("weight", 3), call.passed("bias", 4),
    )  # fmt: skip


@reads(FUNCTION, "torch.batch_norm")
def batch_norm_in_another_order(call: TorchCall) -> Made:
    """``torch.batch_norm`` takes its arguments in another order than ``torch.nn.functional.batch_norm``."""
    eps, gamma, beta = call.given("eps", 7), call.passed("weight", 1), call.passed("bias", 2)
    if call.given("training", 5):
        return _of_the_batch(call, eps, gamma, beta)
    return _batch_norm(eps, call.passed("running_mean", 3), call.passed("running_var", 4), gamma, beta)


def _of_the_batch(call: TorchCall, eps: float, gamma: Weight | None, beta: Weight | None) -> Piece:
    """With the mean and variance of the batch that it gets, after eval() too."""
    if call.inputs[0].batch == BATCH:
        raise UnreadError("it uses the statistics of the batch after eval() too; give input_size with a batch")
    return making.batch_norm_of_data(eps, gamma, beta)


def _batch_norm(
    eps: float, mean: Weight | None, variance: Weight | None, gamma: Weight | None, beta: Weight | None
) -> Piece:
    if mean is None or variance is None:
        raise UnreadError("it keeps only one of running mean and variance")
    return making.batch_norm(eps, mean, variance, gamma, beta)


@reads(MODULE, "LayerNorm")
def layer_norm_module(call: TorchCall) -> Made:
    m = call.module
    return making.layer_norm(tuple(m.normalized_shape), m.eps, call.own("weight"), call.own("bias"))


@reads(FUNCTION, "layer_norm")
def layer_norm(call: TorchCall) -> Made:
    shape, eps = tuple(call.given("normalized_shape", 1)), call.given("eps", 4, 1e-5)
    return making.layer_norm(shape, eps, call.passed("weight", 2), call.passed("bias", 3))


@reads(MODULE, "GroupNorm")
def group_norm_module(call: TorchCall) -> Made:
    return making.group_norm(call.module.num_groups, call.module.eps, call.own("weight"), call.own("bias"))


@reads(FUNCTION, "group_norm")
def group_norm(call: TorchCall) -> Made:
    groups, eps = call.given("num_groups", 1), call.given("eps", 4, 1e-5)
    return making.group_norm(groups, eps, call.passed("weight", 2), call.passed("bias", 3))


@reads(MODULE, "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
def instance_norm_module(call: TorchCall) -> Made:
    if call.module.track_running_stats:  # then it is batch normalisation after eval()
        return batch_norm_module(call)
    return making.instance_norm(call.module.eps, call.own("weight"), call.own("bias"))


@reads(FUNCTION, "instance_norm")
def instance_norm(call: TorchCall) -> Made:
    if not call.given("use_input_stats", 5, True):
        return _batch_norm(
            call.given("eps", 7, 1e-5), call.passed("running_mean", 1), call.passed("running_var", 2),
            call.passed("weight", 3), call.passed("bias", 4),
        )  # fmt: skip
    return making.instance_norm(call.given("eps", 7, 1e-5), call.passed("weight", 3), call.passed("bias", 4))


@reads(FUNCTION, "torch.instance_norm")
def instance_norm_in_another_order(call: TorchCall) -> Made:
    if not call.given("use_input_stats", 5):
        return batch_norm_in_another_order(replace(call, args=(*call.args[:5], False, *call.args[6:])))
    return making.instance_norm(call.given("eps", 7), call.passed("weight", 1), call.passed("bias", 2))


# -- activations ---------------------------------------------------------------------------------------

PLAIN = {
    "ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "ReLU6": "relu6", "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish", "SiLU": "silu", "Mish": "mish", "SELU": "selu",
    "LogSigmoid": "logsigmoid", "Softsign": "softsign", "Tanhshrink": "tanhshrink",
}  # fmt: skip
"""Activations without options, by their modules; functions have the name that they have here."""
WITH_OPTIONS: dict[str, tuple[str, dict[str, float]]] = {
    "LeakyReLU": ("leaky_relu", {"negative_slope": 0.01}), "ELU": ("elu", {"alpha": 1.0}),
    "CELU": ("celu", {"alpha": 1.0}), "Hardtanh": ("hardtanh", {"min_val": -1.0, "max_val": 1.0}),
    "Softshrink": ("softshrink", {"lambd": 0.5}), "Hardshrink": ("hardshrink", {"lambd": 0.5}),
}  # fmt: skip
"""Activations with options, which a function takes in this order."""


def _plain(name: str, call: TorchCall) -> Made:
    return making.activation(name)


def _of_module(name: str, options: dict[str, float], call: TorchCall) -> Made:
    return making.activation(name, **{option: getattr(call.module, option) for option in options})


def _of_function(name: str, options: dict[str, float], call: TorchCall) -> Made:
    given = {option: call.given(option, at, usual) for at, (option, usual) in enumerate(options.items(), 1)}
    return making.activation(name, **given)


for _module, _name in PLAIN.items():
    reads(MODULE, _module)(partial(_plain, _name))
    reads(FUNCTION, _name, f"{_name}_")(partial(_plain, _name))

for _module, (_name, _options) in WITH_OPTIONS.items():
    reads(MODULE, _module)(partial(_of_module, _name, _options))
    reads(FUNCTION, _name, f"{_name}_")(partial(_of_function, _name, _options))


@reads(MODULE, "Softplus")
def softplus_module(call: TorchCall) -> Made:
    return making.softplus(call.module.beta, call.module.threshold)


@reads(FUNCTION, "softplus")
def softplus(call: TorchCall) -> Made:
    return making.softplus(call.given("beta", 1, 1), call.given("threshold", 2, 20))


@reads(MODULE, "GELU")
def gelu_module(call: TorchCall) -> Made:
    return making.gelu(call.module.approximate)


@reads(FUNCTION, "gelu")
def gelu(call: TorchCall) -> Made:
    return making.gelu(call.given("approximate", 1, "none"))


@reads(MODULE, "PReLU")
def prelu_module(call: TorchCall) -> Made:
    return making.prelu(needed(call.own("weight")))


@reads(FUNCTION, "prelu")
def prelu(call: TorchCall) -> Made:
    return making.prelu(needed(call.passed("weight", 1)))


@reads(MODULE, "RReLU")
def rrelu_module(call: TorchCall) -> Made:
    """In evaluation it has the mean of its slopes."""
    slope = (exact(call.module.lower, "lower") + exact(call.module.upper, "upper")) / 2
    return making.activation("leaky_relu", negative_slope=slope)


@reads(MODULE, "GLU")
def glu_module(call: TorchCall) -> Made:
    return making.gated(call.x, call.module.dim)


@reads(FUNCTION, "glu")
def glu(call: TorchCall) -> Made:
    return making.gated(call.x, call.given("dim", 1, -1))


@reads(MODULE, "Softmax")
def softmax_module(call: TorchCall) -> Made:
    return _softmax(call, call.module.dim)


@reads(MODULE, "Softmax2d")
def softmax_of_channels(call: TorchCall) -> Made:
    return _softmax(call, -3)


@reads(FUNCTION, "softmax")
def softmax(call: TorchCall) -> Made:
    return _softmax(call, call.given("dim", 1))


@reads(MODULE, "Softmin")
def softmin_module(call: TorchCall) -> Made:
    return _softmin(call, call.module.dim)


@reads(FUNCTION, "softmin")
def softmin(call: TorchCall) -> Made:
    return _softmin(call, call.given("dim", 1))


def _softmin(call: TorchCall, dim: Any) -> Made:
    """The softmax of -x."""
    return [Piece(making.rescaling(-1).part, step="opposite"), _softmax(call, dim)]


@reads(MODULE, "LogSoftmax")
def log_softmax_module(call: TorchCall) -> Made:
    return making.log_softmax(_said(call.module.dim), call.shape)


@reads(FUNCTION, "log_softmax")
def log_softmax(call: TorchCall) -> Made:
    return making.log_softmax(_said(call.given("dim", 1)), call.shape)


def _softmax(call: TorchCall, dim: Any) -> Piece:
    return making.softmax(_said(dim), call.shape)


def _said(dim: Any) -> Any:
    if dim is None:
        raise UnreadError("it does not say its dimension; use dim=1 for channels")
    return dim
