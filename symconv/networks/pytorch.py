"""Networks and losses by PyTorch, with whose autograd gradients are compared. It is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce, singledispatch
from importlib import import_module
from typing import Any

import numpy.typing as npt

from symconv.errors import SymconvError, shown
from symconv.networks.activations import KNOWN
from symconv.networks.arguments import exact
from symconv.networks.composition import Composition
from symconv.networks.joins import Add, Concat, Multiply
from symconv.networks.losses import Loss, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, Dropout, Flatten, Linear
from symconv.networks.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Norm
from symconv.networks.parts import NetworkPart
from symconv.networks.products import MatMul
from symconv.networks.rearranging import Permute, Reshape, Slice
from symconv.networks.scaling import PReLU, Rescaling, Scale, Shift
from symconv.networks.softmax import LogSoftmax, Softmax

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
COPY = ", as it is read"


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
    batched = network.batch_size is not None
    inputs = [signal.name for signal in network.inputs.values()]
    learned = [*inputs, *network.parameters]
    for name in learned:
        values[name].requires_grad_()
    for part in network.parts:
        # A copy for every path, so that each has a gradient of its own.
        read = {one.name: _copy(values, network, one.name, part) for one in part.sources}
        own = {role: values[name] for role, name in part.roles.items()}
        values[part.after.name] = _torch_part(torch, part, [read[one.name] for one in part.reads], own, batched)
        values[part.after.name].retain_grad()
    total = torch.zeros(())
    for part in network.outputs:
        total = total + _torch_loss(torch, network, _copy(values, network, part.after.name, None), values, part)
    total.backward()
    found = {network.derivative(name): values[name] for name in learned}
    found |= {network.delta(part.number): values[part.after.name] for part in network.parts}
    found |= {name.removesuffix(COPY): tensor for name, tensor in values.items() if name.endswith(COPY)}
    wanted = {*(network.derivative(name) for name in learned), *network.upstream}
    return {name: tensor.grad.numpy() for name, tensor in found.items() if name in wanted}


def _copy(values: dict[str, Any], network: Composition, name: str, through: NetworkPart | None) -> Any:
    """The tensor as it is read on one path; of several, a copy that keeps the gradient of that path."""
    paths = network.paths[name]
    if len(paths) == 1:
        return values[name]
    (path,) = (path for path in paths if path.part is through)
    values[path.name + COPY] = values[name] * 1
    values[path.name + COPY].retain_grad()
    return values[path.name + COPY]


def _torch_loss(torch: Any, network: Composition, h: Any, values: Mapping[str, Any], part: NetworkPart) -> Any:
    if network.loss is None:
        (given,) = (path.name for path in network.paths[part.after.name] if path.part is None)
        return (values[given] * h).sum()
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


def _torch_part(
    torch: Any, part: NetworkPart, inputs: Sequence[Any], own: Mapping[str, Any], batched: bool
) -> Any:  # fmt: skip
    inputs = [one if batched else one[None] for one in inputs]
    if part.layer is not None:
        found = part.layer.run_in_pytorch(torch, inputs[0], own.get("weight"), own.get("bias"))
    else:
        found = _module(part.given, torch, inputs, own)
    return found if batched else found[0]


@singledispatch
def _module(given: object, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    """A module's output for a batch; ``own`` are its parameters and buffers by role."""
    raise SymconvError(f"{shown(given)} by PyTorch", "there is no function for it", "register one with _module")


@_module.register
def _(given: Linear, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.nn.functional.linear(inputs[0], own["weight"], own.get("bias"))


@_module.register
def _(given: Activation, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    # Its softplus is the identity above a threshold, 20 by default, where it is wrong by 2e-9.
    if given.name == "hardsigmoid":  # whose derivative has a sixth in single precision
        return torch.nn.functional.relu6(inputs[0] + 3) / 6
    if given.name == "gelu_tanh":
        return torch.nn.functional.gelu(inputs[0], approximate="tanh")
    if given.name == "power":
        return torch.pow(inputs[0], float(exact(given.exponent, "exponent")))
    options = {"threshold": 500.0} if given.name == "softplus" else {}
    options |= {name: float(getattr(given, name)) for name in KNOWN[given.name].options}
    home = torch if given.name in ("exp", "log", "sin", "cos") else torch.nn.functional
    return getattr(home, given.name)(inputs[0], **options)


@_module.register
def _(given: Flatten, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0].flatten(1)


@_module.register
def _(given: Dropout, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0] * own["mask"] / (1 - float(exact(given.p, "p")))


@_module.register
def _(given: BatchNorm, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    fixed = own.get("running_mean"), own.get("running_var")
    return torch.nn.functional.batch_norm(inputs[0], *fixed, **_options(given, own), training=given.training)


@_module.register
def _(given: InstanceNorm, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.nn.functional.instance_norm(inputs[0], **_options(given, own))


@_module.register
def _(given: GroupNorm, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.nn.functional.group_norm(inputs[0], int(given.num_groups), **_options(given, own))


@_module.register
def _(given: LayerNorm, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    shape = inputs[0].shape[1 if given.sizes is None else -len(given.sizes) :]
    return torch.nn.functional.layer_norm(inputs[0], shape, **_options(given, own))


def _options(given: Norm, own: Mapping[str, Any]) -> dict[str, Any]:
    return {"weight": own.get("weight"), "bias": own.get("bias"), "eps": float(exact(given.eps, "eps"))}


@_module.register
def _(given: Add, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    scales = map(float, given.scales or (1,) * len(inputs))
    return sum(scale * x for scale, x in zip(scales, inputs))


@_module.register
def _(given: Multiply, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return reduce(torch.mul, inputs)


@_module.register
def _(given: MatMul, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.matmul(*inputs)


@_module.register
def _(given: Softmax, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.softmax(inputs[0], dim=given.axis + 1 if given.axis >= 0 else given.axis)


@_module.register
def _(given: LogSoftmax, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.log_softmax(inputs[0], dim=given.axis + 1 if given.axis >= 0 else given.axis)


@_module.register
def _(given: PReLU, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.nn.functional.prelu(inputs[0], own["weight"])


@_module.register
def _(given: Rescaling, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0] * float(exact(given.scale, "scale")) + float(exact(given.offset, "offset"))


@_module.register
def _(given: Scale, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0] * own[given.role]


@_module.register
def _(given: Shift, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0] + own[given.role]


@_module.register
def _(given: Reshape, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0].reshape(inputs[0].shape[0], *map(int, given.shape))


@_module.register
def _(given: Permute, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return inputs[0].permute(0, *(at + 1 for at in given.dims))


@_module.register
def _(given: Slice, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    axis = given.axis + 1 if given.axis >= 0 else given.axis
    return inputs[0].movedim(axis, 0)[given.taken].movedim(0, axis)


@_module.register
def _(given: Concat, torch: Any, inputs: Sequence[Any], own: Mapping[str, Any]) -> Any:
    return torch.cat(list(inputs), dim=given.axis + 1 if given.axis >= 0 else given.axis)
