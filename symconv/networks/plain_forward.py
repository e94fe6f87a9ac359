"""A network forwards in plain NumPy: nothing here knows the formulas. Layers are those of ``numeric/reference.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import SymconvError, shown
from symconv.networks.composition import Composition
from symconv.networks.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy, SquaredError
from symconv.networks.modules import Activation, BatchNorm, Flatten, Linear
from symconv.networks.parts import NetworkPart
from symconv.numeric.reference import forward

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class PlainPass:
    """Outputs of all parts from the first one on; the loss, and the size of what it is added up from.

    ``pieces`` says on which side of every kink the numbers are: equal pieces, no kink between.
    """

    outputs: tuple[Array, ...]
    loss: float
    size: float
    pieces: bytes


def plain_pass(network: Composition, arrays: Arrays, source: Array, first: int = 0) -> PlainPass:
    """The network from the part after ``first`` others on, with ``source`` for its input."""
    outputs, pieces = [source], []
    for part in network.parts[first:]:
        output, sides = _part(part, outputs[-1], arrays, network.batch_size is not None)
        outputs.append(output)
        pieces.append(sides.tobytes())
    if network.loss is None:
        terms = arrays[network.delta(len(network))] * outputs[-1]
    else:
        terms = _loss_terms(
            network.loss, outputs[-1], arrays[network.notation.target], int(network.batch_size is not None)
        )
    size = max(float(np.abs(terms).sum()), float(np.abs(outputs[-1]).max()))
    return PlainPass(tuple(outputs[1:]), float(terms.sum()), size, b"".join(pieces))


def _part(part: NetworkPart, x: Array, arrays: Arrays, batched: bool) -> tuple[Array, Array]:
    """The part's output, and the sides of its kinks."""
    smooth, given, names = np.zeros(0), part.given, part.computation.notation
    if part.layer is not None:
        roles = {"weight": names.weight, "bias": names.bias}
        own = {role: arrays[name] for role, name in roles.items() if name in part.parameters}
        return forward(part.layer, {"input": x, **own}), part.layer.plain_sides(x if batched else x[None])
    if isinstance(given, Linear):
        product = x @ arrays[names.weight].T
        return (product + arrays[names.bias] if given.bias else product), smooth
    if isinstance(given, Activation):
        sides = np.sign(x).astype(np.int8) if given.name in ("relu", "leaky_relu") else smooth
        return ACTIVATIONS[given.name](x, float(given.negative_slope)), sides
    if isinstance(given, Flatten):
        return x.reshape((len(x), -1) if batched else -1), smooth
    if isinstance(given, BatchNorm):
        shape = (-1, *[1] * (x.ndim - 1 - batched))
        own = {name.rstrip("0123456789"): arrays[name].reshape(shape) for name in (*part.parameters, *part.buffers)}
        z = (x - own["mean"]) / np.sqrt(own["var"] + float(given.eps))
        return (z * own["gamma"] + own["beta"] if given.affine else z), smooth
    raise SymconvError(
        f"a spot check of {shown(given)}", "there is no NumPy pass for this kind of part", "add it to _part"
    )


ACTIVATIONS: Mapping[str, Callable[[Array, float], Array]] = {
    "relu": lambda z, slope: np.maximum(z, 0),
    "leaky_relu": lambda z, slope: np.maximum(z, 0) + slope * np.minimum(z, 0),
    "sigmoid": lambda z, slope: (1 + np.tanh(z / 2)) / 2,
    "tanh": lambda z, slope: np.tanh(z),
    "softplus": lambda z, slope: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
    "gelu": lambda z, slope: z * np.vectorize(erfc, otypes=[float])(-z / sqrt(2)) / 2,
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
