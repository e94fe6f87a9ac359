"""What all views share: a view is a list of stages, and everything else is derived from them.

A **stage** defines one tensor by a formula in the tensors before it; the last stage is the output. The
gradients are found by going through the stages backwards, with the chain rule:

    dL/du[b] = sum over a of  dL/dt[a] * d(body of t)[a] / du[b]

for every tensor u that the stage of t reads. Nothing here knows which view it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import ClassVar

import sympy as sp

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.calculus import Definition, derivative, unfold
from symconv.algebra.forms import Form, Tensor, box, fresh
from symconv.algebra.from_sympy import Reader
from symconv.algebra.normal import simplify
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.axes import Axis, Layout, axes_of
from symconv.errors import SymconvError
from symconv.geometry import AxisScheme, Geometry
from symconv.latex import Quantity
from symconv.padding import Branch
from symconv.tensors import READING_RULES, TensorFormula, tensor_of


@dataclass(frozen=True)
class Stage:
    """``tensor[axes] = formula``; the formula is in SymPy's Sum, Indexed and KroneckerDelta."""

    name: str
    layout: Layout
    formula: sp.Expr


class View(ABC):
    """One way to compute the layer.

    A subclass gives ``name``, ``title`` and ``stages``; what it inherits follows from its own stages:
    ``output``, ``grad_input``, ``grad_weight``, ``grad_bias`` and ``jacobian``.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.notation = geometry.notation
        self.schemes, self.flip = geometry.schemes, geometry.flip

    def __repr__(self) -> str:
        return f"{self.title}: {self.output.formula}"

    def _repr_latex_(self) -> str:
        return self.output._repr_latex_()

    @abstractmethod
    def stages(self) -> Sequence[Stage]:
        """The view's formulas, in the order in which they are computed."""

    # -- what a stage is written in ------------------------------------------------------------------

    def entry(self, name: str, *indices: Sequence[sp.Expr] | tuple[Axis, ...]) -> sp.Expr:
        """The tensor ``name`` at the given indices, which are expressions or whole axes."""
        flat = [one.symbol if isinstance(one, Axis) else one for group in indices for one in group]
        return self.geometry.stage_writer.access(self.tensors[name], flat)

    def sum(self, body: sp.Expr, *axes: tuple[Axis, ...]) -> sp.Expr:
        """Sum the body over whole axes, term by term (SymPy would fold the conditions of several terms into one)."""
        size = self.geometry.stage_writer.polynomial
        limits = [(axis.symbol, 0, size(axis.size) - 1) for group in axes for axis in group]
        if not limits:
            return body
        return sp.Add(*(sp.Sum(term, *limits) for term in sp.Add.make_args(sp.expand_mul(body, deep=False))))

    @cached_property
    def kernel(self) -> sp.Expr:
        """The factor that joins input channel c, output channel o and kernel offset k."""
        fixed = self.geometry.fixed_kernel
        return self.entry(self.notation.weight, axes_of(self.geometry.weight_layout)) if fixed is None else fixed

    def scaled(self, body: sp.Expr) -> sp.Expr:
        """The body times the layer's fixed factor, where it has one."""
        layout = self.geometry.scale_layout
        return body if layout is None else self.entry(self.notation.scale, axes_of(layout)) * body

    def with_bias(self, body: sp.Expr, name: str, axes: tuple[Axis, ...]) -> sp.Expr:
        """The body plus the tensor ``name``, where the layer has a bias."""
        return body + self.entry(name, axes) if self.geometry.bias_term else body

    @cached_property
    def read_positions(self) -> tuple[sp.Expr, ...]:
        """The position on every axis that output i reads with kernel offset k."""
        g = self.geometry
        return tuple(map(g.stage_writer.polynomial, g.positions(self.schemes, self.flip)))

    @cached_property
    def branches(self) -> tuple[tuple[Branch, ...], ...]:
        """What the extension reads at these positions: one branch an axis, in every combination."""
        g = self.geometry
        number = g.stage_writer.polynomial
        return tuple(
            product(
                *(
                    g.extension.branches(q, number(scheme.dilated), wrap.symbol)
                    for q, scheme, wrap in zip(self.read_positions, g.schemes, g.wraps)
                )
            )
        )

    def read(self, *before: tuple[Axis, ...]) -> sp.Expr:
        """The value that output i reads with kernel offset k; ``before`` are the input's axes before the positions."""
        g = self.geometry
        total: sp.Expr = sp.Integer(0)
        for branches in self.branches:
            factors, indices, dilated = [], [], []
            for branch, scheme, j in zip(branches, self.schemes, g.input_positions):
                if scheme.l == ONE:
                    indices.append(branch.index)
                else:  # only every l-th position holds an element, number j
                    indices.append(j.symbol)
                    dilated.append(j)
                    factors.append(self._holds(scheme, j, branch))
            entry = sp.Mul(*factors, self.entry(self.notation.input, *before, indices))
            total += _over_branches(self.sum(entry, tuple(dilated)), branches)
        return total

    def reads(self) -> sp.Expr:
        """How often output i reads input j with kernel offset k."""
        g = self.geometry
        total: sp.Expr = sp.Integer(0)
        for branches in self.branches:
            holds = map(self._holds, self.schemes, g.input_positions, branches)
            total += _over_branches(sp.Mul(*holds), branches)
        return total

    def _holds(self, scheme: AxisScheme, j: Axis, branch: Branch) -> sp.Expr:
        """[l j = index]."""
        return sp.KroneckerDelta(self.geometry.stage_writer.polynomial(scheme.l) * j.symbol, branch.index)

    # -- derived from the stages ---------------------------------------------------------------------

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Layouts of the layer's own tensors: input, dL/d output; weight, bias and fixed factor where it has them."""
        g, names = self.geometry, self.notation
        layouts = {names.input: g.input_layout, names.grad_output: g.output_layout}
        if g.fixed_kernel is None:
            layouts[names.weight] = g.weight_layout
        if g.bias_term:
            layouts[names.bias] = g.bias_layout
        if g.scale_layout is not None:
            layouts[names.scale] = g.scale_layout
        return layouts

    def stage_layouts(self) -> dict[str, Layout]:
        """Layouts of the tensors that the view's stages define; known before their formulas."""
        return {self.notation.output: self.geometry.output_layout}

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor_of(name, layout) for name, layout in {**self.layouts, **self.stage_layouts()}.items()}

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The stages, lowered into the algebra once."""
        reader = Reader(known=self.tensors, opaque=frozenset(self.geometry.assumptions.definitions))
        result = {}
        for stage in self.stages():
            letters = tuple(axis.letter for axis in axes_of(stage.layout))
            result[stage.name] = Definition(self.tensors[stage.name], letters, reader.form(stage.formula))
        return result

    @cached_property
    def _adjoints(self) -> dict[str, Form]:
        """dL/du[axes of u] for every tensor u, by the chain rule through the stages, last to first."""
        names = self.notation
        output_indices = self.indices(names.output)
        adjoints = {names.output: Form.access(self.tensors[names.grad_output], output_indices)}
        for definition in reversed(self.definitions.values()):
            name = definition.tensor.name
            upstream = adjoints[name] = simplify(adjoints[name], self.inside(name), READING_RULES).result
            for operand in definition.body.tensors:
                contribution = self.chain(upstream, definition, operand)
                known = adjoints.get(operand.name, Form())
                adjoints[operand.name] = known + contribution
        return adjoints

    def chain(self, upstream: Form, definition: Definition, operand: Tensor, keep: Sequence[str] = ()) -> Form:
        """sum over the defined tensor's axes (but ``keep``) of upstream * d body / d operand[its axes]."""
        renamed: dict[str, str] = {}
        for name in definition.parameters:
            kept = name not in _letters(operand)
            others = {*_letters(operand), *definition.parameters, *renamed.values()}
            renamed[name] = name if kept else fresh(name, others)
        values = {old: Polynomial.name(new) for old, new in renamed.items()}
        shape = definition.tensor.shape or ()
        body = definition.body.substitute(values)
        operand_indices = tuple(Polynomial.name(letter) for letter in _letters(operand))
        local = derivative(body, operand, operand_indices)
        product = upstream.substitute(values) * local
        product = product.times(box([values[name] for name in definition.parameters], shape))
        return product.summed(values[name].single_name or name for name in definition.parameters if name not in keep)

    def inside(self, name: str) -> Assumptions:
        """The layer's conditions, and that the indices named after a tensor's axes are inside its box."""
        return self.geometry.assumptions.and_also(
            r.expression for r in box(self.indices(name), self.tensors[name].shape or ())
        )

    def indices(self, name: str) -> tuple[Polynomial, ...]:
        return tuple(Polynomial.name(letter) for letter in _letters(self.tensors[name]))

    def _formula(self, quantity: Quantity, form: Form, layout: Layout, unfolded: bool = True) -> TensorFormula:
        whole = unfold(form, self.definitions) if unfolded else form
        return TensorFormula(quantity, whole, layout, self.geometry, {**self.layouts, **self.stage_layouts()})

    def stage(self, name: str) -> TensorFormula:
        """The formula of one stage in the layer's own tensors."""
        layout = {**self.layouts, **self.stage_layouts()}[name]
        return self._formula(Quantity(name), self.definitions[name].body, layout)

    @cached_property
    def output(self) -> TensorFormula:
        """The layer's output, of ``output_shape``."""
        return self.stage(self.notation.output)

    def gradient(self, name: str) -> TensorFormula:
        """dL/d of the tensor called ``name``: one of the layer's own or one of a stage."""
        layout = {**self.layouts, **self.stage_layouts()}[name]
        form = self._adjoints.get(name, Form())
        return self._formula(Quantity(self.notation.loss, name), form, layout)

    @cached_property
    def grad_input(self) -> TensorFormula:
        """dL/d input, of ``input_shape``."""
        return self.gradient(self.notation.input)

    @cached_property
    def grad_weight(self) -> TensorFormula:
        """dL/d weight, of ``weight_shape``; a batch's examples are added."""
        self.geometry.require("weight")
        return self.gradient(self.notation.weight)

    @cached_property
    def grad_bias(self) -> TensorFormula:
        """dL/d bias, shape (C_out,)."""
        self.geometry.require("bias")
        return self.gradient(self.notation.bias)

    def jacobian(self, of: str) -> TensorFormula:
        """d output / d ``of``, where ``of`` is "input", "weight" or "bias".

        Shape: output_shape followed by the shape of ``of``.

        Raises:
            SymconvError: another name, or "bias" of a layer that has none.
        """
        g = self.geometry
        choices = {"input": g.input_layout, "weight": g.weight_layout, "bias": g.bias_layout}
        if not isinstance(of, str) or of not in choices:
            raise SymconvError(f"jacobian({of!r})", "there is no such derivative", 'use "input", "weight" or "bias"')
        g.require(of)
        name = getattr(self.notation, of)
        taken = {axis.letter for axis in axes_of(g.output_layout)}
        layout = tuple(tuple(Axis(fresh(a.letter, taken), a.size) for a in dimension) for dimension in choices[of])
        indices = tuple(Polynomial.name(axis.letter) for axis in axes_of(layout))
        unfolded_output = unfold(self.definitions[self.notation.output].body, self.definitions)
        form = derivative(unfolded_output, self.tensors[name], indices)
        quantity = Quantity(self.notation.output, name, len(taken))
        return self._formula(quantity, form, (*g.output_layout, *layout))


def _over_branches(body: sp.Expr, branches: tuple[Branch, ...]) -> sp.Expr:
    """The body where the branches' conditions hold, summed over the integers that they sum over."""
    condition = sp.And(*(branch.condition for branch in branches))
    limits = [(symbol, -sp.oo, sp.oo) for branch in branches for symbol in branch.summed]
    body = body if condition == sp.true else sp.Piecewise((body, condition), (0, True))
    return sp.Sum(body, *limits) if limits else body


def _letters(tensor: Tensor) -> tuple[str, ...]:
    return tensor.letters
