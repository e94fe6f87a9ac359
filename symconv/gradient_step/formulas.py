"""Formulas of a step: what one step of gradient descent does to a layer's weights, in every view and in every order.

    summed      w' = w - eta dL/dw, one step on the loss of all patches together
    mean        the same with 1 over the number of patches, or of examples, as a factor
    sequential  the small network is updated after every patch (``patchwise.py``)

Momentum and weight decay are PyTorch's (torch.optim.SGD, dampening 0): V' = mu V + dL/dw + lambda w, w' = w - eta V'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

from symconv.algebra.calculus import Definition, unfold, unfolded_terms
from symconv.algebra.forms import Access, Form
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SizeLimitError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.gradient_step.terms import StepTerms
from symconv.printing import jupyter as display
from symconv.views import View

LONGEST_SERIES = 6
"""Up to 6 patches, the weights after a sequential step are expanded in powers of eta."""
MOST_ORDER = 100
"""Terms of the series are made up to this power of eta, each from the one before, if that is not too long."""
MOST_CASES, MOST_CASES_AT_NUMBERS = 200, 2_000
"""Padding that repeats the input makes a sum of cases in the output, and again in the gradient, in all combinations; of
letters at most 200 are written, and at numbers, where they are only computed, 2,000."""
MOST_SUMS = 100
"""Where that takes more sums than these, they are not."""


@dataclass(frozen=True, repr=False)
class StepFormulas(StepTerms):
    """The formulas of a step; see ``Step``."""

    # -- one step on the total loss, in each view ----------------------------------------------------

    def _own_gradient(self, view: View, name: str) -> Form:
        """dL/d of a tensor by the view's own formulas, the loss's derivative written out in the view's own output."""
        form = view.gradient(name).form
        if self.loss_part is None:
            return form
        self._require_cases(len(form.terms) * len(view.output.form.terms))
        names = self.layer.notation
        delta, output = view.tensors[names.grad_output], view.tensors[names.output]
        return unfold(
            form,
            {
                names.grad_output: Definition(delta, delta.letters, self.error),
                names.output: Definition(output, output.letters, view.output.form),
            },
        )

    def _require_cases(self, count: int) -> None:
        limit = MOST_CASES_AT_NUMBERS if self.layer.is_concrete else MOST_CASES
        if count > limit:
            wrong = f"its new weights are a sum of about {count:,} cases"
            right = f'the limit is {limit:,}; use fewer axes, or padding_mode="zeros"'
            raise SizeLimitError(f"a step of {self.layer!r}", wrong, right)

    def _moved(self, role: str, gradient: Form) -> tuple[Form, Form]:
        """The velocity and the parameter after a step with this gradient."""
        own = self.parameter(role)
        velocity = self.mean_factor * gradient
        if self.weight_decay != 0:
            velocity = velocity + self._rate(self.weight_decay) * own
        if self.momentum != 0:
            layout = self.layouts[self.velocity_name(role)]
            tensor = tensor_of(self.velocity_name(role), layout)
            before = Form.access(tensor, map(Polynomial.name, tensor.letters))
            velocity = self._rate(self.momentum) * before + velocity
        return velocity, own - self.eta * velocity

    def in_view(self, view: str, role: str = "weight") -> TensorFormula:
        """The new weights (or biases) by one view's own formulas; schedules "summed" and "mean".

        Raises:
            SymconvError: the view is unknown, or the schedule visits patches one by one.
        """
        self.require_together("a view")
        if not isinstance(view, str) or view not in self.layer.views:
            raise SymconvError(f"the view {shown(view)}", "no such view", instead_of(view, self.layer.views))
        name = self.named(role)
        _, form = self._moved(role, self._own_gradient(self.layer.views[view], name))
        return self._formula(f"{name}_new", form, self.layouts[name])

    # -- the result ----------------------------------------------------------------------------------

    @cached_property
    def weight(self) -> TensorFormula:
        """The new weights, of ``weight_shape``.

        Summed and mean: in closed form. Sequential: written out in powers of eta for a concrete layer with few
        patches and a quadratic loss; else in the errors at every patch's turn, which ``turns`` defines.
        """
        return self._result("weight")

    @cached_property
    def bias(self) -> TensorFormula:
        """The new biases, of ``bias_shape``.

        Raises:
            SymconvError: the layer has none.
        """
        self.layer.require("bias")
        return self._result("bias")

    @property
    def after_step(self) -> dict[str, TensorFormula]:
        """The new weights, and biases if the layer has them, by role."""
        return {role: self._result(role) for role in self.roles}

    def _result(self, role: str) -> TensorFormula:
        if self.schedule != "sequential":
            return self.in_view("direct", role)
        self.require_formulas()
        name = self.named(role)
        own, is_bias = self.parameter(role), role == "bias"
        if self.is_written_out:
            form = own
            for order in range(1, self.patch_count + 1):
                form = form + self._power(order) * self._unfolded(self.patchwise.term(order, is_bias))
        else:
            form = own - self.eta * self.patchwise.recursive(is_bias)
        return self._formula(f"{name}_new", form, self.layouts[name])

    def velocity(self, role: str = "weight") -> TensorFormula:
        """Momentum's running sum after the step, V' = mu V + dL/dw + lambda w.

        Raises:
            SymconvError: the schedule is "sequential".
        """
        self.require_together("the velocity")
        name = self.named(role)
        velocity, _ = self._moved(role, self._own_gradient(self.layer.direct, name))
        return self._formula(f"{self.velocity_name(role)}_new", velocity, self.layouts[name])

    @property
    def patch_count(self) -> int:
        """How many patches there are (concrete sizes only)."""
        self.layer.require_concrete("the number of patches")
        return prod(int(axis.size.value or 0) for axis in self.layer.patches.places)

    @property
    def is_written_out(self) -> bool:
        """Whether ``weight`` of a sequential step is written out in powers of eta."""
        if not (self.layer.is_concrete and self.patchwise.is_exact and self.patch_count <= LONGEST_SERIES):
            return False
        ways = (1 + self.layer.bias_term) * len([a for a in self.layer.patches.places if a.size != ONE] or [0])
        if sum(ways**order for order in range(self.patch_count)) > MOST_SUMS:
            return False
        return self.cases(range(1, self.patch_count + 1)) <= MOST_CASES_AT_NUMBERS

    def cases(self, orders: Iterable[int]) -> int:
        """How many products the terms of the series have, written out in the layer's own tensors."""
        terms = (self.patchwise.term(order, role == "bias") for order in orders for role in self.roles)
        return sum(unfolded_terms(term, self._definitions) for term in terms)

    def _power(self, order: int) -> Form:
        """(-eta)^n."""
        power = Form.constant(ONE if order % 2 == 0 else -ONE)
        for _ in range(order):
            power = power * self.eta
        return power

    @property
    def _definitions(self) -> Mapping[str, Definition]:
        """What the series is made of, in the layer's own tensors."""
        definitions = self.patchwise.definitions
        if self.loss_part is None:
            del definitions[self.layer.notation.grad_output]
        return definitions

    def _unfolded(self, form: Form) -> Form:
        self._require_cases(unfolded_terms(form, self._definitions))
        return unfold(form, self._definitions)

    # -- sequential against summed -------------------------------------------------------------------

    def term(self, order: int, role: str = "weight", *, written_out: bool = False) -> TensorFormula:
        """T_n of the sequential step w + sum over n of (-eta)^n T_n; T_1 is the gradient of the summed loss.

        Args:
            order: n >= 1; past 2 for losses that are quadratic in the output.
            written_out: in the layer's own tensors; else in dL/dh (delta) and the patches.

        Raises:
            SymconvError: the loss is not quadratic and the order is past 2, or there is no loss to differentiate.
        """
        self.require_plain("the series")
        if isinstance(order, bool) or not isinstance(order, int) or order < 1:
            raise SymconvError(f"order={shown(order)}", "not an order of eta", "use 1, 2, ..")
        if order > MOST_ORDER:
            raise SizeLimitError(f"order={shown(order)}", f"the limit is {MOST_ORDER}", "use a smaller order")
        if self.loss_part is None and order > 1:
            raise SymconvError("a step without a loss", "its second derivative is not known", 'use loss="generic"')
        if order > 2 and not self.patchwise.is_exact:
            raise SymconvError(
                f"order={order} for {self.loss!r}", "past 2, higher derivatives of the loss come in", "use 1 or 2"
            )
        form = self.patchwise.term(order, role == "bias")
        name = self.named(role)
        return self._formula(f"T_{name}", self._unfolded(form) if written_out else form, self.layouts[name])

    def difference(self, role: str = "weight") -> TensorFormula:
        """The new weights of "sequential" minus those of "summed", terms from eta^2 on.

        Exact where the loss is quadratic and the layer concrete, with at most 6 patches; else it is the
        eta^2 term, and the rest is of order eta^3.

        Raises:
            SymconvError: there is no loss to differentiate.
        """
        self.term(2, role)  # refuses what has no difference
        name = self.named(role)
        last = self.patch_count if self.difference_is_exact else 2
        form = Form()
        for order in range(2, last + 1):
            form = form + self._power(order) * self._unfolded(self.patchwise.term(order, role == "bias"))
        words = "difference" if self.difference_is_exact else "eta_squared"
        return self._formula(f"{name}_{words}", form, self.layouts[name])

    @property
    def difference_is_exact(self) -> bool:
        """Whether ``difference`` is all of it; else it is the eta^2 term."""
        return self.is_written_out

    @property
    def turns(self) -> tuple[TensorFormula, TensorFormula]:
        """The recursion of a sequential step for y, the output of every patch at its turn, and e, the error there."""
        self.require_plain("the recursion")
        layout = self.layer.output_layout
        output = self._formula(self.layer.notation.turn_output, self.patchwise.output_at_turn(self.eta), layout)
        return output, self._formula(self.layer.notation.turn_error, self.patchwise.error_at_turn(), layout)

    # -- the fully connected view without sharing ----------------------------------------------------

    @cached_property
    def unshared(self) -> TensorFormula:
        """The dense weights after a step in which every v_ij is free, so that zeros fill in and copies drift apart.

        They start as the shared weights make them up, and so do their velocities.
        """
        self.require_together("the dense weights")
        view = self.layer.fully_connected
        name = self.layer.notation.dense_weight
        velocity = self.mean_factor * self._own_gradient(view, name)
        if self.weight_decay != 0:
            velocity = velocity + self._rate(self.weight_decay) * view.shared_weight.form
        if self.momentum != 0:
            velocity = velocity + self._rate(self.momentum) * self._made_of(self.velocity_name("weight"))
        return self._formula(f"{name}_free", view.shared_weight.form - self.eta * velocity, view.matrix_layout)

    def _made_of(self, name: str) -> Form:
        """The dense weights that another tensor of the weights' shape makes up."""
        view = self.layer.fully_connected
        weight = view.tensors[self.layer.notation.weight]
        other = replace(weight, name=name)
        return view.shared_weight.form.with_accesses(
            lambda access: Access(other, access.indices) if access.tensor == weight else access
        )

    @cached_property
    def shared(self) -> TensorFormula:
        """The dense weights that the new shared weights make up."""
        view, names = self.layer.fully_connected, self.layer.notation
        weight = view.tensors[names.weight]
        moved = replace(weight, name=f"{names.weight}_new")
        new = Definition(moved, weight.letters, self.in_view("fully_connected").form)
        made = self._made_of(moved.name)
        self._require_cases(len(made.terms) * len(new.body.terms))
        form = unfold(made, {moved.name: new})
        return self._formula(f"{names.dense_weight}_shared", form, view.matrix_layout)

    @cached_property
    def drift(self) -> TensorFormula:
        """What one step without sharing changes in the dense weights, ``unshared`` minus ``shared``."""
        view = self.layer.fully_connected
        name = self.layer.notation.dense_weight
        return self._formula(f"{name}_drift", self.unshared.form - self.shared.form, view.matrix_layout)

    def latex(self) -> str:
        """The new weights; of a sequential step with the recursion if it is needed."""
        lines = [self._result(role).latex() for role in self.roles]
        if self.schedule == "sequential" and not self.is_written_out:
            lines += [turn.latex() for turn in self.turns]
        aligned = [line.replace(" = ", " &= ", 1) for line in lines]
        return "\\begin{aligned}\n" + " \\\\\n".join(aligned) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str | None:
        return f"$\\displaystyle {self.latex()}$" if self.has_formulas else None

    def _repr_html_(self) -> str:
        return display.block(display.code(repr(self)), display.mathematics(self.latex()) if self.has_formulas else "")

    def __str__(self) -> str:
        if not self.has_formulas:
            return f"{self!r}\n  exactly: step.after(..), in numbers: step.run(..)"
        lines = [repr(self), *(f"  {self._result(role).formula}" for role in self.roles)]
        if self.schedule == "sequential" and not self.is_written_out:
            lines += [f"  {turn.formula}" for turn in self.turns]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        roles = {role: str(self._result(role).formula) for role in self.roles} if self.has_formulas else {}
        return {"step": repr(self), **roles}
