"""Tangents: how every tensor changes, to first order, when some of them move in a direction.

If w moves by v_w, every tensor T that is computed from w moves by v_T, the derivative of its own formula along the
changes of what it reads; the derivatives of the loss and the gradients too. The change of a gradient is the Hessian
times the direction (Pearlmutter 1994), and without the changes of what multiplies the derivatives of the loss, it is
the Gauss-Newton matrix times the direction (Schraudolph 2002).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from symconv.algebra.calculus import Definition, along, derivative, unfold
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import require_few_steps, simplify
from symconv.algebra.polynomial import Polynomial
from symconv.derivatives.naming import VECTOR
from symconv.derivatives.passes import Passes
from symconv.formulas.gradients import SIFTING
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import FrozenMapping
from symconv.geometry.axes import Layout, axes_of
from symconv.printing.quantity import Quantity


class Tangents:
    """The changes of everything while some tensors move.

    Args:
        passes: what is computed.
        moving: names of the tensors that move, each by v_ and its name.
        curved: whether what multiplies a derivative of the loss changes too; if not, the gradients change by the
            Gauss-Newton matrix times the direction.
    """

    def __init__(self, passes: Passes, moving: Collection[str], curved: bool = True) -> None:
        self.passes, self.moving, self.curved = passes, tuple(moving), curved
        self._names = {name: VECTOR + name for name in moving}
        self.forward = {name: made for name, one in passes.forward.items() if (made := self._of(name, one))}
        self.backward = self._backwards()
        changed = {name: self._names[name] for name in (*passes.backward, *passes.given) if name in self._names}
        by = self._names if curved else changed
        self.gradients = {name: self._moved(one, by, Quantity(f"H{VECTOR}{name}")) for name, one in
                          passes.gradients.items()}  # fmt: skip

    def _backwards(self) -> dict[str, TensorFormula]:
        found: dict[str, TensorFormula] = {}
        for name, one in self.passes.given.items():
            if set(self._names.values()) & {tensor.name for tensor in one.form.tensors}:
                found[name] = one
                self._names[name] = VECTOR + name
        for name, one in self.passes.backward.items():
            deltas = {other: self._names[other] for other in found}
            first = not any(tensor.name in self._deltas for tensor in one.form.operands)
            by = self._names if self.curved or first else deltas
            if made := self._of(name, one, by):
                found[name] = made
        return found

    @cached_property
    def _deltas(self) -> set[str]:
        return {*self.passes.backward, *self.passes.given}

    def _of(self, name: str, formula: TensorFormula, by: Mapping[str, str] | None = None) -> TensorFormula | None:
        """How a tensor changes, or None if it does not."""
        made = self._moved(formula, self._names if by is None else by, Quantity(VECTOR + name))
        if not made.form.terms:
            return None
        self._names[name] = VECTOR + name
        return made

    def _moved(self, formula: TensorFormula, by: Mapping[str, str], quantity: Quantity) -> TensorFormula:
        form = along(formula.form, by)
        require_few_steps(form)
        layouts = {**formula.layouts, **{by[name]: one for name, one in formula.layouts.items() if name in by}}
        tidy = simplify(form, formula.assumptions, SIFTING).result
        return TensorFormula(quantity, tidy, formula.layout, formula.geometry, layouts)

    # -- in one formula ------------------------------------------------------------------------------

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """Every change by its name, as what stands for it in one formula."""
        return FrozenMapping(
            {
                VECTOR + name: Definition(
                    tensor_of(VECTOR + name, one.layout), tuple(axis.letter for axis in one.axes), one.form
                )
                for name, one in (*self.forward.items(), *self.backward.items())
            }
        )

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Layouts of every tensor that may stand in a closed formula."""
        found: dict[str, Layout] = {}
        for one in (*self.forward.values(), *self.backward.values(), *self.gradients.values()):
            found |= one.layouts
        return found

    def product(self, of: str) -> Form:
        """The change of the gradient by ``of``, in the directions alone."""
        return unfold(self.gradients[of].form, self.definitions)

    def matrix(self, of: str, by: str, layout: Layout) -> Form:
        """What multiplies the direction of ``by`` in it, at the letters of a layout."""
        vector = tensor_of(VECTOR + by, self.passes.gradients[by].layout)
        return derivative(self.product(of), vector, [Polynomial.name(axis.letter) for axis in axes_of(layout)])
