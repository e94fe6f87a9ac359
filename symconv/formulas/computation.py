"""A computation: stages, each a formula for one tensor, and everything that follows from them.

A **stage** defines one tensor by a formula in the tensors before it; the last stage is the output. The
gradients are found by going through the stages backwards, with the chain rule:

    dL/du[b] = sum over a of  dL/dt[a] * d(body of t)[a] / du[b]

for every tensor u that the stage of t reads. Nothing here knows a convolution.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.calculus import Definition, unfold, vjp
from symconv.algebra.declared import Declared
from symconv.algebra.forms import Form, Tensor
from symconv.algebra.normal_form import simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import has_conditions
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import sum_over
from symconv.formulas.tensor_formula import READING_RULES, TensorFormula, tensors_of
from symconv.foundations.values import FrozenMapping, Value, cached_property
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Setting
from symconv.printing.quantity import Quantity


@dataclass(frozen=True)
class Stage:
    """``tensor[axes] = formula``; the formula is in SymPy's Sum, Indexed and KroneckerDelta."""

    name: str
    layout: Layout
    formula: sp.Expr

    def __post_init__(self) -> None:
        if isinstance(self.formula, Declared):  # SymPy's expression is made when somebody asks for it
            vars(self)["declared"] = vars(self).pop("formula")

    def __getattr__(self, name: str) -> sp.Expr:
        if name != "formula" or "declared" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        written = vars(self)["formula"] = vars(self)["declared"].expression
        return written

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.layout, self.formula)

    def form(self, reader: Reader) -> Form:
        """The formula in the algebra."""
        declared = vars(self).get("declared")
        return reader.form(self.formula) if declared is None else declared.form


class Computation(Value, ABC):
    """Stages over a setting. A subclass gives ``layouts``, ``stage_layouts`` and ``stages``."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.notation = setting, setting.notation

    def _key(self) -> tuple[Hashable, ...]:
        return (self.setting,)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Layouts of the tensors that are given."""
        raise NotImplementedError

    @abstractmethod
    def stage_layouts(self) -> dict[str, Layout]:
        """Layouts of the tensors that the stages define; known before their formulas."""

    @abstractmethod
    def stages(self) -> Sequence[Stage]:
        """The formulas, in the order in which they are computed."""

    # -- what a stage is written in ------------------------------------------------------------------

    def entry(self, name: str, *indices: Sequence[sp.Expr] | tuple[Axis, ...]) -> sp.Expr:
        """The tensor ``name`` at the given indices, which are expressions or whole axes."""
        flat = [one.symbol if isinstance(one, Axis) else one for group in indices for one in group]
        return self.setting.stage_writer.access(self.tensors[name], flat)

    def sum(self, body: sp.Expr, *axes: tuple[Axis, ...]) -> sp.Expr:
        """Sum the body over whole axes, term by term (SymPy would fold the conditions of several terms into one)."""
        written = self.setting.stage_writer.polynomial
        limits = [(axis.symbol, sp.S.Zero, written(axis.size - 1)) for group in axes for axis in group]
        if not limits:
            return body
        expanded = sp.expand_mul(body, deep=False) if any(isinstance(part, sp.Add) for part in body.args) else body
        return sp.Add(*(sum_over(term, limits) for term in sp.Add.make_args(expanded)))

    # -- derived from the stages ---------------------------------------------------------------------

    @cached_property
    def all_layouts(self) -> dict[str, Layout]:
        """Layouts of the layer's own tensors and of those that the stages define."""
        return {**self.layouts, **self.stage_layouts()}

    @cached_property
    def _frozen_layouts(self) -> FrozenMapping[str, Layout]:
        return FrozenMapping(self.all_layouts)

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        return tensors_of(self.all_layouts, self.setting)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The stages, lowered into the algebra once."""
        used = {letter for tensor in self.tensors.values() for letter in tensor.letters}
        own = frozenset(self.setting.assumptions.definitions).union(used, self.setting.symbol_names)
        reader = Reader(known=self.tensors, opaque=own)
        stages = self.stages()
        reader.recognise(self.setting.stage_writer)
        result = {}
        for stage in stages:
            tensor = self.tensors[stage.name]
            result[stage.name] = Definition(tensor, tensor.letters, stage.form(reader))
        return result

    @property
    def seed(self) -> Form:
        """The derivative of the loss by the output: the upstream gradient."""
        names = self.notation
        return Form.access(self.tensors[names.grad_output], self.indices(names.output))

    @cached_property
    def _adjoints(self) -> dict[str, Form]:
        """dL/du[axes of u] for every tensor u."""
        return self.derived()

    def derived(self) -> dict[str, Form]:
        """The same as the chain rule gives it, through the stages, last to first."""
        adjoints = {self.notation.output: self.seed}
        for definition in reversed(self.definitions.values()):
            name = definition.tensor.name
            if any(map(has_conditions, adjoints[name])):
                adjoints[name] = simplify(adjoints[name], self.inside(name), READING_RULES).result
            for operand in definition.body.operands:
                contribution = self.chain(adjoints[name], definition, operand)
                known = adjoints.get(operand.name, Form())
                adjoints[operand.name] = known + contribution
        return adjoints

    def chain(
        self,
        upstream: Form,
        definition: Definition,
        operand: Tensor,
        keep: Sequence[str] = (),
        brackets: bool = False,
    ) -> Form:
        """sum over the defined tensor's axes (but ``keep``) of upstream * d body / d operand[its axes]."""
        return vjp(upstream, definition, operand, operand.letters, keep, brackets)

    def inside(self, name: str) -> Assumptions:
        """The layer's conditions, and that the indices named after a tensor's axes are inside its box."""
        return self.setting.inside(axes_of(self.all_layouts[name]))

    def indices(self, name: str) -> tuple[Polynomial, ...]:
        return tuple([Polynomial.name(letter) for letter in self.tensors[name].letters])

    def _formula(self, quantity: Quantity, form: Form, layout: Layout, unfolded: bool = True) -> TensorFormula:
        whole = unfold(form, self.definitions) if unfolded else form
        return TensorFormula(quantity, whole, layout, self.setting, self._frozen_layouts)

    def stage(self, name: str) -> TensorFormula:
        """The formula of one stage in the layer's own tensors."""
        layout = self.all_layouts[name]
        return self._formula(Quantity(name), self.definitions[name].body, layout)

    def stage_formula(self, name: str) -> TensorFormula:
        """The formula of one stage in the tensors of the stages before it."""
        return self._formula(Quantity(name), self.definitions[name].body, self.all_layouts[name], unfolded=False)

    @cached_property
    def output(self) -> TensorFormula:
        """The layer's output, of ``output_shape``."""
        return self.stage(self.notation.output)

    def gradient(self, name: str) -> TensorFormula:
        """dL/d of the tensor called ``name``: one of the layer's own or one of a stage."""
        return self._gradient(name, unfolded=True)

    def own_gradient(self, name: str) -> TensorFormula:
        """The same in the tensors of the stages, as the chain rule gives it before their definitions are substituted.

        >>> from symconv import Conv
        >>> print(Conv(3, 2).fully_connected.own_gradient("X").unicode())
        ∂L/∂X[j] = ∑ᵢ δ[i] v[j, i]
        """
        return self._gradient(name, unfolded=False)

    def _gradient(self, name: str, unfolded: bool) -> TensorFormula:
        layout = self.all_layouts[name]
        form = self._adjoints.get(name, Form())
        return self._formula(Quantity(self.notation.loss, name), form, layout, unfolded)
