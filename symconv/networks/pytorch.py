"""Networks and losses by PyTorch, with whose autograd gradients are compared. It is imported where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy.typing as npt

from symconv.networks.composition import Composition
from symconv.networks.losses import Loss, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, BatchNorm, Flatten, Linear
from symconv.networks.parts import NetworkPart

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]


def autograd_for(network: Composition) -> tuple[Any, str]:
    """PyTorch, if it is installed and has all parts of the network; and what it was asked, in words."""
    for part in network.parts:
        if part.layer is not None and part.layer.lacks_in_pytorch():
            return None, f"not compared with PyTorch, which has no {part.layer!r}"
    try:
        torch = import_module("torch")
    except ImportError:
        return None, "not compared with PyTorch, which is not installed"
    return torch, f"gradients compared with autograd of PyTorch {torch.__version__}"


def autograd(torch: Any, network: Composition, arrays: Arrays) -> dict[str, Array]:
    """Every gradient by PyTorch, by the names of ``network.evaluate``."""
    values = {name: torch.tensor(array) for name, array in arrays.items()}
    learned = [network.input.name, *network.parameters]
    for name in learned:
        values[name].requires_grad_()
    x, outputs = values[network.input.name], {}
    for part in network.parts:
        x = outputs[network.delta(part.number)] = _torch_part(torch, part, x, values, network.batch_size is not None)
        x.retain_grad()
    _torch_loss(torch, network, x, values).backward()
    found = {network.derivative(name): values[name] for name in learned}
    found |= {name: outputs[name] for name in network.upstream}
    return {name: tensor.grad.numpy() for name, tensor in found.items()}


def _torch_loss(torch: Any, network: Composition, h: Any, values: Mapping[str, Any]) -> Any:
    if network.loss is None:
        return (values[network.delta(len(network))] * h).sum()
    return loss_in_pytorch(torch, network.loss, h, values[network.notation.target], network.batch_size is not None)


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
        x = functional.linear(x, w, b) if part.layer is None else part.layer.run_in_pytorch(torch, x, w, b)
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
