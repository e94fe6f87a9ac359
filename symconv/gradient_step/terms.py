"""What a step of gradient descent is made of: the loss on the layer, rates, names, layouts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, TypeAlias

import sympy as sp

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import Cached
from symconv.geometry.axes import Layout
from symconv.geometry.symbols import Reciprocal
from symconv.gradient_step.patchwise import MEAN_FACTOR, Patchwise
from symconv.gradient_step.symbols import StepSetting
from symconv.layers import Layer
from symconv.networks.losses import Loss, LossPart
from symconv.networks.signals import Signal, dimensions_of
from symconv.printing.latex import Quantity

Rate: TypeAlias = "Fraction | sp.Symbol"
"""A Fraction or a SymPy Symbol."""


@dataclass(frozen=True)
class StepTerms(Cached):
    """The pieces that formulas of a step are made of: see ``Step``."""

    layer: Layer
    loss: Loss | None
    learning_rate: Rate
    schedule: str
    momentum: Rate
    weight_decay: Rate
    mean_over: str

    def __repr__(self) -> str:
        more: dict[str, Any] = {n: getattr(self, n) for n in ("momentum", "weight_decay") if getattr(self, n) != 0}
        if self.mean_over != "patches":
            more["mean_over"] = repr(self.mean_over)
        others = "".join(f", {name}={value}" for name, value in more.items())
        loss = "None" if self.loss is None else repr(self.loss)
        rate = f"learning_rate={self.learning_rate}, schedule={self.schedule!r}{others}"
        return f"sgd_step({self.layer!r}, loss={loss}, {rate})"

    # -- pieces --------------------------------------------------------------------------------------

    @cached_property
    def setting(self) -> StepSetting:
        """What the step's formulas are read in."""
        mean = {MEAN_FACTOR: Reciprocal(self._averaged)} if self._averaged.value is None else {}
        of_loss = {} if self.loss_part is None else self.loss_part.part_setting.reciprocals
        return self._symbols.fixing({**of_loss, **mean})

    @cached_property
    def _symbols(self) -> StepSetting:
        """The names of the step, and what is assumed of the sizes."""
        rates = (self.learning_rate, self.momentum, self.weight_decay)
        return StepSetting(self.layer, symbols={rate.name: rate for rate in rates if isinstance(rate, sp.Symbol)})

    @cached_property
    def loss_part(self) -> LossPart | None:
        """The loss on this layer's output."""
        if self.loss is None:
            return None
        names = self.layer.notation
        own = replace(names, input=names.output, output=names.loss, loss=f"{names.loss}oss", weight="unused")
        dimensions = dimensions_of(self.layer.output_layout, self.layer.written)
        signal = Signal(names.output, dimensions, self.layer.batch_size is not None)
        return self.loss.bind(signal, own, self._symbols.under(own))

    @cached_property
    def error(self) -> Form:
        """dL/dh over the output's letters, in h and the target, or the given delta."""
        if self.loss_part is None:
            tensor = self.layer.direct.tensors[self.layer.notation.grad_output]
            return Form.access(tensor, map(Polynomial.name, tensor.letters))
        return self.loss_part.grad_input.readable_form

    @cached_property
    def patchwise(self) -> Patchwise:
        """The series and the recursion of updating after every patch."""
        return Patchwise(self.layer, self.error)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Layouts of everything that formulas of the step are written in."""
        g, names = self.layer, self.layer.notation
        found: dict[str, Layout] = {}
        for view in g.views.values():
            found.update(view.all_layouts)
        if self.loss_part is not None:
            found.update(self.loss_part.own_layouts())
        found.update({name: () for name in (MEAN_FACTOR, *self._symbols.symbols)})
        found.update({names.turn_output: g.output_layout, names.turn_error: g.output_layout})
        for role in self.roles:
            found[self.velocity_name(role)] = found[getattr(names, role)]
        return found

    @property
    def has_formulas(self) -> bool:
        """Whether there are formulas of the new weights."""
        return self.schedule != "sequential" or (self.momentum == 0 and self.weight_decay == 0)

    def require_formulas(self) -> None:
        """Raise where only the algorithm says what the step does.

        Raises:
            SymconvError: momentum or weight decay in a step that visits patches one by one.
        """
        if not self.has_formulas:
            raise SymconvError(
                f"formulas of {self!r}", "a step patch by patch has none with momentum or weight decay",
                "use step.after(..), which is exact, or step.run(..) in numbers",
            )  # fmt: skip

    def require_plain(self, what: str) -> None:
        """Raise if there is momentum or weight decay.

        Raises:
            SymconvError: there is.
        """
        if self.momentum != 0 or self.weight_decay != 0:
            raise SymconvError(
                f"{what} of {self!r}", "it is known only without momentum and weight decay", "leave them out"
            )

    def require_together(self, what: str) -> None:
        """Raise where patches are visited one by one.

        Raises:
            SymconvError: the schedule is "sequential".
        """
        if self.schedule == "sequential":
            raise SymconvError(
                f"{what} of a sequential step", "only the small network has this algorithm",
                'use step.weight, or schedule="summed"',
            )  # fmt: skip

    @property
    def roles(self) -> tuple[str, ...]:
        """What is learned, "weight" and, if the layer has one, "bias"."""
        return ("weight", "bias") if self.layer.bias_term else ("weight",)

    def named(self, role: str) -> str:
        """The name of what is learned.

        Raises:
            SymconvError: the layer does not learn it.
        """
        if role not in self.roles:
            raise SymconvError(
                f"{shown(role)} of {self.layer!r}", "the layer does not learn it", f"use {', '.join(self.roles)}"
            )
        return str(getattr(self.layer.notation, role))

    def velocity_name(self, role: str) -> str:
        """The name of momentum's running sum."""
        return f"V_{self.named(role)}"

    def _rate(self, rate: Rate) -> Form:
        if isinstance(rate, sp.Symbol):
            return Form.access(Tensor(rate.name, 0, ()), ())
        return Form.constant(Polynomial.constant(rate))

    @property
    def eta(self) -> Form:
        """The learning rate, as a form."""
        return self._rate(self.learning_rate)

    def parameter(self, role: str) -> Form:
        """The weights or biases before the step, as a form."""
        tensor = tensor_of(self.named(role), self.layouts[self.named(role)])
        return Form.access(tensor, map(Polynomial.name, tensor.letters))

    def _formula(self, name: str, form: Form, layout: Layout) -> TensorFormula:
        return TensorFormula(Quantity(name), form, layout, self.setting, self.layouts)

    @cached_property
    def _averaged(self) -> Polynomial:
        """The number of patches or examples that a mean is taken over; 1 for the other schedules."""
        if self.schedule != "mean":
            return ONE
        axes = self.layer.patches.places if self.mean_over == "patches" else self.layer.batch_axes
        return prod((axis.size for axis in axes), start=ONE)

    @cached_property
    def mean_factor(self) -> Form:
        """1 over the number of patches or examples; 1 for the other schedules."""
        if (value := self._averaged.value) is not None:
            return Form.constant(Polynomial.constant(Fraction(1, int(value))))
        return Form.access(Tensor(MEAN_FACTOR, 0, ()), ())
