"""Networks and losses by PyTorch, with whose autograd gradients are compared. It is imported where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy.typing as npt

from symconv.layers import AvgPool, Conv, ConvTranspose, Fold, Layer, MaxPool, Unfold, Upsample, ZeroInsertion
from symconv.networks.losses import TARGET, Loss, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, BatchNorm, Flatten, Linear
from symconv.networks.network import INPUT, Sequential
from symconv.networks.parts import NetworkPart
from symconv.numeric.reference import PAD_MODES

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]


def autograd_for(network: Sequential) -> tuple[Any, str]:
    """PyTorch, if it is installed and has all parts of the network; and what it was asked, in words."""
    for part in network.parts:
        if part.layer is not None and not in_pytorch(part.layer):
            return None, f"not compared with PyTorch, which has no {part.layer!r}"
    try:
        torch = import_module("torch")
    except ImportError:
        return None, "not compared with PyTorch, which is not installed"
    return torch, f"gradients compared with autograd of PyTorch {torch.__version__}"


def in_pytorch(layer: Layer) -> bool:
    """Whether PyTorch has the layer."""
    if isinstance(layer, (Unfold, Fold)):
        return layer.ndim == 2
    if isinstance(layer, (AvgPool, MaxPool)) and layer.ndim == 3:  # it refuses a kernel larger than the input
        return all(k <= n for k, n in zip(layer.kernel_size, layer.input_size))
    return isinstance(layer, (Conv, ConvTranspose, AvgPool, MaxPool, Upsample, ZeroInsertion)) and layer.ndim <= 3


def autograd(torch: Any, network: Sequential, arrays: Arrays) -> dict[str, Array]:
    """Every gradient by PyTorch, by the names of ``network.evaluate``."""
    values = {name: torch.tensor(array) for name, array in arrays.items()}
    learned = [INPUT, *network.parameters]
    for name in learned:
        values[name].requires_grad_()
    x, outputs = values[INPUT], {}
    for part in network.parts:
        x = outputs[f"delta{part.number}"] = _torch_part(torch, part, x, values, network.batch_size is not None)
        x.retain_grad()
    _torch_loss(torch, network, x, values).backward()
    found = {**{f"dL_d{name}": values[name] for name in learned}, **{name: outputs[name] for name in network.upstream}}
    return {name: tensor.grad.numpy() for name, tensor in found.items()}


def _torch_loss(torch: Any, network: Sequential, h: Any, values: Mapping[str, Any]) -> Any:
    if network.loss is None:
        return (values[f"delta{len(network)}"] * h).sum()
    return loss_in_pytorch(torch, network.loss, h, values[TARGET], network.batch_size is not None)


def losses_by_position(torch: Any, loss: Loss, h: Any, t: Any, batched: bool) -> Any:
    """What every position of every example contributes to the loss, in row-major order."""
    functional = torch.nn.functional
    h, t = (h, t) if batched else (h[None], t[None])
    if isinstance(loss, SoftmaxCrossEntropy):
        each = functional.cross_entropy(h, t, reduction="none")
        return (each / each.numel() if loss.reduction == "mean" else each).flatten()
    each = functional.mse_loss(h, t, reduction="none").sum(dim=1)
    each = each / h.numel() if loss.reduction == "mean" else each
    return (each / 2 if isinstance(loss, SquaredError) else each).flatten()


def loss_in_pytorch(torch: Any, loss: Loss, h: Any, t: Any, batched: bool) -> Any:
    """The loss by PyTorch's own functions."""
    functional = torch.nn.functional
    if isinstance(loss, SoftmaxCrossEntropy):
        h, t = (h, t) if batched else (h[None], t[None])
        return functional.cross_entropy(h, t, reduction=loss.reduction)
    squared = functional.mse_loss(h, t, reduction=loss.reduction)
    return squared / 2 if isinstance(loss, SquaredError) else squared


def _torch_part(torch: Any, part: NetworkPart, x: Any, values: Mapping[str, Any], batched: bool) -> Any:
    functional, given = torch.nn.functional, part.given
    x = x if batched else x[None]
    if part.layer is not None or isinstance(given, Linear):
        names = part.computation.notation
        w, b = (values[name] if name in part.parameters else None for name in (names.weight, names.bias))
        x = functional.linear(x, w, b) if part.layer is None else run_layer(torch, part.layer, x, w, b)
    elif isinstance(given, Activation):
        # Its softplus is the identity above a threshold, 20 by default, where it is wrong by 2e-9.
        options = {"leaky_relu": {"negative_slope": float(given.negative_slope)}, "softplus": {"threshold": 500.0}}
        x = getattr(functional, given.name)(x, **options.get(given.name, {}))
    elif isinstance(given, Flatten):
        x = x.flatten(1)
    else:
        assert isinstance(given, BatchNorm)
        own = [values[name] for name in part.parameters] or [None, None]
        x = functional.batch_norm(x, *(values[name] for name in part.buffers), *own, eps=float(given.eps))
    return x if batched else x[0]


def run_layer(torch: Any, layer: Layer, x: Any, w: Any, b: Any) -> Any:
    """The layer's output by PyTorch's own functions, for an input with a batch axis."""
    functional, axes = torch.nn.functional, range(2, 2 + layer.ndim)

    def named(name: str) -> Any:
        return getattr(functional, f"{name}{layer.ndim}d")

    if isinstance(layer, Conv):
        x = _torch_padded(functional, layer, _torch_spread(x, layer.input_dilation))
        w = w.flip(tuple(axes)) if layer.flip else w
        return named("conv")(x, w, b, layer.stride, 0, layer.dilation, layer.groups)
    if isinstance(layer, ConvTranspose):
        extra = layer.output_padding
        return named("conv_transpose")(x, w, b, layer.stride, layer.padding, extra, layer.groups, layer.dilation)
    if isinstance(layer, AvgPool):
        counted = layer.count_include_pad
        return named("avg_pool")(x, layer.kernel_size, layer.stride, layer.padding, count_include_pad=counted)
    if isinstance(layer, MaxPool):
        return named("max_pool")(x, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    if isinstance(layer, Unfold):
        return functional.unfold(x, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
    if isinstance(layer, Fold):
        size = layer.output_size
        return functional.fold(x, size, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
    if isinstance(layer, Upsample):
        for axis, factor in zip(axes, layer.kernel_size):
            x = x.repeat_interleave(factor, axis)
        return x
    return _torch_spread(x, layer.input_dilation)


def _torch_padded(functional: Any, layer: Conv, x: Any) -> Any:
    """Elements added as the layer says; negative numbers crop afterwards."""
    pairs = [p if isinstance(p, tuple) else (p, p) for p in layer.padding]
    added = [max(int(end), 0) for pair in reversed(pairs) for end in pair]
    if any(added):
        modes = {**PAD_MODES, "circular": "circular", "replicate": "replicate"}
        x = functional.pad(x, added, mode=modes[layer.padding_mode])
    for axis, (low, high) in enumerate(pairs):
        cut = [max(-int(end), 0) for end in (low, high)]
        x = x.narrow(2 + axis, cut[0], x.shape[2 + axis] - sum(cut))
    return x


def _torch_spread(x: Any, factors: Any) -> Any:
    """Zeros between neighbours."""
    sizes = [f * (n - 1) + 1 for f, n in zip(factors, x.shape[2:])]
    result = x.new_zeros(*x.shape[:2], *sizes)
    places = (..., *(slice(None, None, f) for f in factors))
    result[places] = x
    return result
