"""The passes of a subject: what is computed forwards, the derivatives backwards, and the gradients.

A layer has one formula forwards, and any loss behind it, of which the first and the second derivative are given; a
network has its parts, and its own loss or any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symconv.algebra.forms import Access, Form, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.derivatives.joined import JoinedSetting, Joining, Renamed
from symconv.derivatives.naming import SECOND, VECTOR
from symconv.errors import FormulaError, instead_of, shown
from symconv.formulas.gradients import apart
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import FrozenMapping
from symconv.geometry.axes import Layout, axes_of
from symconv.layers import Layer
from symconv.networks.composition import Composition
from symconv.printing.quantity import Quantity


@dataclass(frozen=True)
class Passes:
    """What is differentiated.

    Args:
        of: the layer or the network.
        loss: the name of the loss.
        forward: every tensor that is computed, in order, by name.
        backward: the derivative of the loss by every output, the last first, by its own name.
        gradients: the derivatives of the loss by what can move, by the tensor's name.
        given: of derivatives by outputs that are given, how they change.
        aliases: other names of what can move.
    """

    of: Any
    loss: str
    forward: Mapping[str, TensorFormula]
    backward: Mapping[str, TensorFormula]
    gradients: Mapping[str, TensorFormula]
    given: Mapping[str, TensorFormula]
    aliases: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in ("forward", "backward", "gradients", "given", "aliases"):
            object.__setattr__(self, name, FrozenMapping(getattr(self, name)))

    def named(self, name: Any) -> str:
        """A tensor that can move, by any of its names.

        Raises:
            FormulaError: the name is unknown, or the tensor is fixed.
        """
        own = self.aliases.get(name, name) if isinstance(name, str) else None
        if own not in self.gradients:
            known = [*self.gradients, *self.aliases]
            raise FormulaError(f"the tensor {shown(name)}", "it has no derivative", instead_of(name, known))
        return str(own)


def of_layer(layer: Layer) -> Passes:
    """The passes of a layer, in its direct view; delta is given, and its change is H_h times that of the output."""
    view, names = layer.direct, layer.notation
    roles = {"input": names.input}
    if layer.fixed_kernel is None:
        roles["weight"] = names.weight
    if layer.bias_term:
        roles["bias"] = names.bias
    setting = JoinedSetting(names, [Renamed(layer, {})])
    output = _within(view.output, setting)
    gradients = {name: _within(view.gradient(name), setting) for name in roles.values()}
    given = {names.grad_output: _changed(output, names.grad_output)}
    return Passes(layer, names.loss, {names.output: output}, {}, gradients, given, roles)


def _within(formula: TensorFormula, setting: JoinedSetting) -> TensorFormula:
    return TensorFormula(formula.quantity, formula.form, formula.layout, setting, formula.layouts)


def of_network(network: Composition) -> Passes:
    """The passes of a network in one setting; without a loss, those of any loss of its outputs."""
    joining = Joining(network)
    forward = {name: joining.written(one) for name, one in network.forward.items()}
    backward = {name: joining.written(one) for name, one in network.upstream.items()}
    by = {**{n: network.gradients[n] for n in network.parameters}, **network.grad_inputs}
    given = {delta: _changed(forward[name], delta) for delta, name in network.given_deltas.items()}
    inputs = {source: signal.name for source, signal in network.inputs.items()}
    aliases = {**inputs, **{alias: own for alias, own in network.state_names.items() if own in by}}
    gradients = {name: joining.written(one) for name, one in by.items()}
    return Passes(network, network.notation.loss, forward, backward, gradients, given, aliases)


def _changed(output: TensorFormula, delta: str) -> TensorFormula:
    """v_delta[a] = sum over b of H_h[a, b] v_h[b]."""
    name = str(output.quantity)
    layout = output.layout
    other = apart(layout, {axis.letter for axis in axes_of(layout)})
    second: Layout = (*layout, *other)
    at, to = ([Polynomial.name(axis.letter) for axis in axes_of(one)] for one in (layout, other))
    factors = (
        Access(tensor_of(SECOND + name, second), (*at, *to)), Access(tensor_of(VECTOR + name, layout), tuple(to)),
    )  # fmt: skip
    form = Form((Term.make(ONE, factors, tuple(axis.letter for axis in axes_of(other))),))
    layouts = {**output.layouts, SECOND + name: second, VECTOR + name: layout}
    return TensorFormula(Quantity(VECTOR + delta), form, layout, output.geometry, layouts)
