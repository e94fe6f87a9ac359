"""A network forwards in plain NumPy: nothing here knows the formulas. Layers are those of ``numeric/reference.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce, singledispatch
from math import erfc, pi, prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import SymconvError, shown
from symconv.networks.arguments import exact
from symconv.networks.composition import Composition
from symconv.networks.joins import Add, Concat, Multiply
from symconv.networks.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, Dropout, Flatten, Linear, Module
from symconv.networks.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Norm
from symconv.networks.parts import NetworkPart
from symconv.networks.products import MatMul
from symconv.networks.rearranging import Permute, Reshape, Slice
from symconv.networks.scaling import PReLU, Rescaling, Scale, Shift
from symconv.networks.softmax import LogSoftmax, Softmax
from symconv.numeric.reference import forward

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class PlainPass:
    """Outputs that were computed, by name; the loss, and the size of what it is added up from.

    ``pieces`` says on which side of every kink the numbers are: equal pieces, no kink between.
    """

    outputs: Arrays
    loss: float
    size: float
    pieces: bytes


def plain_pass(network: Composition, arrays: Arrays, known: Arrays) -> PlainPass:
    """The network from what is ``known`` of inputs and outputs on; the parts whose outputs are known are not run."""
    values, pieces = {**known}, []
    batched = network.batch_size is not None
    for part in network.parts:
        if part.after.name not in known:
            values[part.after.name], sides = _part(part, [values[one.name] for one in part.reads], arrays, batched)
            pieces.append(sides.tobytes())
    ends = [values[part.after.name] for part in network.outputs]
    if network.loss is None:
        given = [path.name for part in network.outputs for path in network.paths[part.after.name] if path.part is None]
        terms = np.concatenate([(arrays[name] * end).ravel() for name, end in zip(given, ends)])
    else:
        terms = _loss_terms(network.loss, ends[0], arrays[network.notation.target], int(batched))
    size = max(float(np.abs(terms).sum()), max(float(np.abs(end).max(initial=0.0)) for end in ends))
    outputs = {name: value for name, value in values.items() if name not in known}
    return PlainPass(outputs, float(terms.sum()), size, b"".join(pieces))


def _part(part: NetworkPart, inputs: Sequence[Array], arrays: Arrays, batched: bool) -> tuple[Array, Array]:
    """The part's output, and the sides of its kinks."""
    x, own = inputs[0], {role: arrays[name] for role, name in part.roles.items()}
    if part.layer is not None:
        return forward(part.layer, {"input": x, **own}), part.layer.plain_sides(x if batched else x[None])
    kinks = part.given.kinks if isinstance(part.given, Module) else ()
    sides = [np.sign(x - float(kink)).astype(np.int8) for kink in kinks]
    return _module(part.given, inputs, own, batched), np.stack(sides) if sides else np.zeros(0)


@singledispatch
def _module(given: object, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    """A module's output; ``own`` are its parameters and buffers by role."""
    raise SymconvError(
        f"a spot check of {shown(given)}", "there is no NumPy pass for this kind of part", "register one with _module"
    )


@_module.register
def _(given: Linear, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    product = inputs[0] @ own["weight"].T
    return np.asarray(product + own["bias"] if given.bias else product)


@_module.register
def _(given: Activation, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return ACTIVATIONS[given.name](inputs[0], *map(float, given.function.numbers))


@_module.register
def _(given: Softmax, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x, axis = inputs[0], given.axis + batched if given.axis >= 0 else given.axis
    return np.asarray(np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True)))


@_module.register
def _(given: LogSoftmax, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x, axis = inputs[0], given.axis + batched if given.axis >= 0 else given.axis
    return np.asarray(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))


@_module.register
def _(given: PReLU, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    slope = own["weight"].reshape(-1, *[1] * (x.ndim - 1 - batched))
    return np.where(x > 0, x, slope * x)


@_module.register
def _(given: Rescaling, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.asarray(inputs[0] * float(exact(given.scale, "scale")) + float(exact(given.offset, "offset")))


@_module.register
def _(given: Scale, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.asarray(inputs[0] * own[given.role])


@_module.register
def _(given: Shift, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.asarray(inputs[0] + own[given.role])


@_module.register
def _(given: Reshape, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return inputs[0].reshape((*inputs[0].shape[:batched], *map(int, given.shape)))


@_module.register
def _(given: Permute, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.transpose(inputs[0], (*range(batched), *(at + batched for at in given.dims)))


@_module.register
def _(given: Slice, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    return np.asarray(np.moveaxis(np.moveaxis(x, _axis(given, batched), 0)[given.taken], 0, _axis(given, batched)))


def _axis(given: Slice, batched: bool) -> int:
    """Its axis, counted with the batch."""
    return given.axis + batched if given.axis >= 0 else given.axis


@_module.register
def _(given: Flatten, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    return x.reshape((len(x), prod(x.shape[1:])) if batched else -1)


@_module.register
def _(given: Dropout, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.asarray(inputs[0] * own["mask"] / (1 - float(exact(given.p, "p"))))


@_module.register
def _(given: BatchNorm, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    if given.training:
        return _affinely(_normalised(x, tuple(n for n in range(x.ndim) if n != batched), given), own, batched)
    shape = (-1, *[1] * (x.ndim - 1 - batched))
    mean, variance = (own[name].reshape(shape) for name in ("running_mean", "running_var"))
    return _affinely((x - mean) / np.sqrt(variance + float(exact(given.eps, "eps"))), own, batched)


@_module.register
def _(given: InstanceNorm, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    return _affinely(_normalised(x, tuple(range(batched + 1, x.ndim)), given), own, batched)


@_module.register
def _(given: GroupNorm, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    one = prod(x.shape[batched:]) // int(given.num_groups)
    groups = x.reshape((*x.shape[:batched], int(given.num_groups), one))
    return _affinely(_normalised(groups, (-1,), given).reshape(x.shape), own, batched)


@_module.register
def _(given: LayerNorm, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    x = inputs[0]
    last = x.ndim - batched if given.sizes is None else len(given.sizes)
    return np.asarray(_normalised(x, tuple(range(-last, 0)), given) * own.get("weight", 1) + own.get("bias", 0))


def _normalised(x: Array, axes: tuple[int, ...], given: Norm) -> Array:
    """With mean 0 and variance 1 along the axes."""
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + float(exact(given.eps, "eps")))
    return np.asarray((x - x.mean(axis=axes, keepdims=True)) / deviation)


def _affinely(x: Array, own: Arrays, batched: bool) -> Array:
    """Every channel times its weight, plus its bias."""
    shape = (-1, *[1] * (x.ndim - 1 - batched))
    weight, bias = (own[role].reshape(shape) if role in own else None for role in ("weight", "bias"))
    return x if weight is None else np.asarray(x * weight + bias)


@_module.register
def _(given: Add, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    scales = map(float, given.scales or (1,) * len(inputs))
    return np.asarray(sum(scale * x for scale, x in zip(scales, inputs)))


@_module.register
def _(given: Multiply, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return reduce(np.multiply, inputs)


@_module.register
def _(given: MatMul, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.asarray((inputs[0][..., None] * inputs[1][..., None, :, :]).sum(axis=-2))


@_module.register
def _(given: Concat, inputs: Sequence[Array], own: Arrays, batched: bool) -> Array:
    return np.concatenate(inputs, axis=given.axis + batched if given.axis >= 0 else given.axis)


ACTIVATIONS: Mapping[str, Callable[..., Array]] = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z, slope: np.maximum(z, 0) + slope * np.minimum(z, 0),
    "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    "tanh": lambda z: np.tanh(z),
    "softplus": lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
    "gelu": lambda z: z * np.vectorize(erfc, otypes=[float])(-z / sqrt(2)) / 2,
    "gelu_tanh": lambda z: z * (1 + np.tanh(sqrt(2 / pi) * (z + 0.044715 * z**3))) / 2,
    "mish": lambda z: z * np.tanh(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))),
    "silu": lambda z: z * (1 + np.tanh(z / 2)) / 2,
    "logsigmoid": lambda z: np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z))),
    "tanhshrink": lambda z: z - np.tanh(z),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "relu6": lambda z: np.clip(z, 0, 6),
    "hardtanh": lambda z, low, high: np.clip(z, low, high),
    "hardsigmoid": lambda z: np.clip(z + 3, 0, 6) / 6,
    "hardswish": lambda z: z * np.clip(z + 3, 0, 6) / 6,
    "elu": lambda z, alpha: np.maximum(z, 0) + alpha * (np.exp(np.minimum(z, 0)) - 1),
    "celu": lambda z, alpha: np.maximum(z, 0) + np.minimum(0, alpha * (np.exp(z / alpha) - 1)),
    "selu": lambda z: 1.0507009873554805 * (np.maximum(z, 0) + 1.6732632423543772 * (np.exp(np.minimum(z, 0)) - 1)),
    "softshrink": lambda z, cut: np.sign(z) * np.maximum(np.abs(z) - cut, 0),
    "hardshrink": lambda z, cut: z * (np.abs(z) > cut),
    "exp": lambda z: np.exp(z),
    "log": lambda z: np.log(z),
    "sin": lambda z: np.sin(z),
    "cos": lambda z: np.cos(z),
    "power": lambda z, exponent: z**exponent,
}


def _loss_terms(loss: Loss, h: Array, t: Array, classes: int) -> Array:
    """What the loss adds up; the classes of cross-entropy are along the axis ``classes``."""
    if isinstance(loss, SoftmaxCrossEntropy):
        logarithms = h - np.logaddexp.reduce(h, axis=classes, keepdims=True)
        if t.ndim < h.ndim:
            terms = -np.take_along_axis(logarithms, np.expand_dims(t, classes), axis=classes)
        else:
            terms = -t * logarithms
        count = h.size // h.shape[classes]
    elif isinstance(loss, (SquaredError, MeanSquaredError)):
        terms, count = (h - t) ** 2 * (0.5 if isinstance(loss, SquaredError) else 1.0), h.size
    else:
        raise SymconvError(f"a spot check of {shown(loss)}", "there is no NumPy pass for it", "add it to _loss_terms")
    return np.asarray(terms / count if loss.reduction == "mean" else terms)
