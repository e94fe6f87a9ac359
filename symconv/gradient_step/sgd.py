"""sgd_step: reading what users pass for a step of gradient descent."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.errors import NotationError, SymconvError, instead_of, shown
from symconv.gradient_step.patchwise import MEAN_FACTOR
from symconv.gradient_step.step import Step
from symconv.gradient_step.terms import Rate
from symconv.layers import Layer, require_layer
from symconv.networks.arguments import Exact, exact
from symconv.networks.losses import Loss
from symconv.networks.naming import read_loss
from symconv.printing.notation import LETTERS, valid_name

SCHEDULES = ("summed", "mean", "sequential")
MEANS = ("patches", "batch")
ETA = sp.Symbol("eta")
"""The learning rate, if it is a symbol."""


def sgd_step(
    layer: Layer,
    loss: Loss | str | None = "squared",
    learning_rate: Exact = ETA,
    schedule: str = "summed",
    *,
    momentum: Exact = 0,
    weight_decay: Exact = 0,
    mean_over: str = "patches",
) -> Step:
    """One step of gradient descent on a layer's weights.

    Args:
        layer: a layer with weights, concrete or with symbols.
        loss: "squared" for 1/2 sum (h - t)^2, "mse", "cross_entropy", "generic" for sum f(h), or a loss; None for any
            function L of the output, with delta = dL/dh.
        learning_rate, momentum, weight_decay: eta, mu and lambda, each a number or a symbol.
        schedule: "summed", "mean" or "sequential".
        mean_over: "patches" or "batch", for "mean".

    Returns:
        A Step, with the new weights in every view.

    Raises:
        SymconvError: an argument cannot be used.

    >>> from symconv import Conv
    >>> step = sgd_step(Conv(3, 2), schedule="sequential")
    >>> X1, X2, X3, w1, w2, t1 = sp.symbols("X1 X2 X3 w1 w2 t1")
    >>> sp.expand(step.difference().array()[0, 0, 0] - ETA**2 * (X1*w1 + X2*w2 - t1) * (X1*X2 + X2*X3) * X2)
    0
    """
    require_layer(layer, "a step")
    layer.require("weight")
    if schedule not in SCHEDULES:
        raise SymconvError(f"schedule={shown(schedule)}", "no such schedule", instead_of(schedule, SCHEDULES))
    if mean_over not in MEANS:
        raise SymconvError(f"mean_over={shown(mean_over)}", "no such mean", instead_of(mean_over, MEANS))
    if schedule == "mean" and mean_over == "batch" and layer.batch_size is None:
        raise SymconvError('mean_over="batch"', "the layer has no batch", "give the layer batch_size=..")
    _check_names(layer)
    read = read_loss(loss)
    if schedule == "sequential" and read is None:
        raise SymconvError(
            "loss=None", "an update after every patch needs a loss for every patch", 'use loss="generic"'
        )
    given = {"learning_rate": learning_rate, "momentum": momentum, "weight_decay": weight_decay}
    rates = [_rate(value, name, layer) for name, value in given.items()]
    if schedule == "sequential" and (rates[1] != 0 or rates[2] != 0) and not layer.is_concrete:
        raise SymconvError(
            "a sequential step with momentum or weight decay, of a layer with letters",
            "its weights are given by the algorithm alone",
            "use numbers for the sizes, and step.run(..) or step.after()",
        )  # fmt: skip
    return Step(layer, read, rates[0], schedule, rates[1], rates[2], mean_over)


def _own_names(layer: Layer) -> tuple[str, ...]:
    """Names that a step has for tensors of its own."""
    names = layer.notation
    velocities = (f"V_{names.weight}", f"V_{names.bias}")
    return (names.target, names.turn_output, names.turn_error, MEAN_FACTOR, names.scale, "ell", *velocities)


def _check_names(layer: Layer) -> None:
    """An error if the layer has one of the step's own names."""
    scale = layer.notation.scale
    others = [name for name in layer.notation.names if name != scale]
    own = {name for name in _own_names(layer) if name != scale}
    taken = {*others, *layer.symbol_names}
    if clash := sorted({*own, scale} & taken | own & {scale}):
        raise NotationError(
            f"{clash[0]} in {layer!r}", "the step has a tensor with this name",
            f"use other names than {', '.join(sorted(own))}",
        )  # fmt: skip


def _rate(value: Any, what: str, layer: Layer) -> Rate:
    if isinstance(value, sp.Symbol):
        valid_name(value.name, what)
        taken = {*layer.notation.names, *layer.symbol_names, *layer.defined, *_own_names(layer), "steps"}
        if value.name in taken or (value.name[0] in LETTERS.values() and not value.name[1:].strip("0123456789")):
            raise SymconvError(f"{what}={value}", "something of the layer has that name", "use another symbol")
        return value
    number = exact(value, what)
    if number < 0:
        raise SymconvError(f"{what}={value}", "it is negative", "use a number of at least 0, or a symbol")
    return number
