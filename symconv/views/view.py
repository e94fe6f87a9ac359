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
from typing import ClassVar

import sympy as sp

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.calculus import Definition, derivative, unfold
from symconv.algebra.forms import Form, Tensor, box, fresh
from symconv.algebra.from_sympy import Reader
from symconv.algebra.normal import simplify
from symconv.algebra.polynomial import Polynomial
from symconv.axes import Axis, Layout, axes_of
from symconv.errors import SymconvError
from symconv.geometry import Geometry
from symconv.latex import Quantity
from symconv.tensors import READING_RULES, TensorFormula, tensor_of


@dataclass(frozen=True)
class Stage:
    """``tensor[axes] = formula``; the formula is in SymPy's Sum, Indexed and KroneckerDelta."""

    name: str
    layout: Layout
    formula: sp.Expr


Symbols = tuple[sp.Symbol, ...]


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

    def __repr__(self) -> str:
        return f"{self.title}: {self.output.formula}"

    def _repr_latex_(self) -> str:
        return self.output._repr_latex_()

    @abstractmethod
    def stages(self) -> Sequence[Stage]:
        """The view's formulas, in the order in which they are computed."""

    # -- what a stage is written in ------------------------------------------------------------------

    @cached_property
    def o(self) -> Symbols:
        return _symbols(self.geometry.output_channels)

    @cached_property
    def c(self) -> Symbols:
        return _symbols(self.geometry.input_channels)

    @cached_property
    def i(self) -> Symbols:
        return _symbols(self.geometry.output_positions)

    @cached_property
    def k(self) -> Symbols:
        return _symbols(self.geometry.kernel_offsets)

    @cached_property
    def j(self) -> Symbols:
        return _symbols(self.geometry.input_positions)

    @cached_property
    def read_positions(self) -> tuple[sp.Expr, ...]:
        """s i + d k - p on every axis: the input position that output i reads with kernel offset k."""
        g = self.geometry
        number = g.writer.polynomial
        return tuple(number(s) * i + number(d) * k - number(p) for s, d, p, i, k in zip(g.s, g.d, g.p, self.i, self.k))

    def entry(self, name: str, indices: Sequence[sp.Expr]) -> sp.Expr:
        """The tensor ``name`` at the given indices."""
        return self.geometry.writer.access(self.tensors[name], indices)

    def sum(self, body: sp.Expr, *axes: tuple[Axis, ...]) -> sp.Expr:
        """Sum the body over whole axes."""
        size = self.geometry.writer.polynomial
        limits = [(axis.symbol, 0, size(axis.size) - 1) for group in axes for axis in group]
        return sp.Sum(body, *limits) if limits else body

    # -- derived from the stages ---------------------------------------------------------------------

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """Layouts of the layer's own tensors: input, weight, bias, and dL/d output."""
        g, names = self.geometry, self.notation
        own = {names.input: g.input_layout, names.weight: g.weight_layout, names.grad_output: g.output_layout}
        return {**own, names.bias: g.bias_layout} if g.bias_term else own

    def stage_layouts(self) -> dict[str, Layout]:
        """Layouts of the tensors that the view's stages define; known before their formulas."""
        return {self.notation.output: self.geometry.output_layout}

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor_of(name, layout) for name, layout in {**self.layouts, **self.stage_layouts()}.items()}

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The stages, lowered into the algebra once."""
        reader = Reader(known=self.tensors)
        result = {}
        for stage in self.stages():
            letters = tuple(axis.letter for axis in axes_of(stage.layout))
            result[stage.name] = Definition(self.tensors[stage.name], letters, reader.form(stage.formula))
        return result

    @cached_property
    def _adjoints(self) -> dict[str, Form]:
        """dL/du[axes of u] for every tensor u, by the chain rule through the stages, last to first."""
        names = self.notation
        output_indices = self._indices(names.output)
        adjoints = {names.output: Form.access(self.tensors[names.grad_output], output_indices)}
        for definition in reversed(self.definitions.values()):
            name = definition.tensor.name
            upstream = adjoints[name] = simplify(adjoints[name], self._inside(name), READING_RULES).result
            for operand in definition.body.tensors:
                contribution = self._chain(upstream, definition, operand)
                known = adjoints.get(operand.name, Form())
                adjoints[operand.name] = known + contribution
        return adjoints

    def _chain(self, upstream: Form, definition: Definition, operand: Tensor, keep: Sequence[str] = ()) -> Form:
        """sum over the defined tensor's axes (but ``keep``) of upstream * d body / d operand[its axes]."""
        renamed = {name: fresh(name, _letters(operand)) for name in definition.parameters}
        taken = set(renamed.values())
        assert len(taken) == len(renamed)
        values = {old: Polynomial.name(new) for old, new in renamed.items()}
        shape = definition.tensor.shape or ()
        body = definition.body.substitute(values)
        operand_indices = tuple(Polynomial.name(letter) for letter in _letters(operand))
        local = derivative(body, operand, operand_indices)
        product = upstream.substitute(values) * local
        product = product.times(box([values[name] for name in definition.parameters], shape))
        return product.summed(values[name].single_name or name for name in definition.parameters if name not in keep)

    def _inside(self, name: str) -> Assumptions:
        """The layer's conditions, and that the indices named after a tensor's axes are inside its box."""
        return self.geometry.assumptions.and_also(
            r.expression for r in box(self._indices(name), self.tensors[name].shape or ())
        )

    def _indices(self, name: str) -> tuple[Polynomial, ...]:
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
        """The layer's output, shape (C_out, *output)."""
        return self.stage(self.notation.output)

    def gradient(self, name: str) -> TensorFormula:
        """dL/d of the tensor called ``name``: one of the layer's own or one of a stage."""
        layout = {**self.layouts, **self.stage_layouts()}[name]
        form = self._adjoints.get(name, Form())
        return self._formula(Quantity(self.notation.loss, name), form, layout)

    @cached_property
    def grad_input(self) -> TensorFormula:
        """dL/d input, shape (C_in, *input)."""
        return self.gradient(self.notation.input)

    @cached_property
    def grad_weight(self) -> TensorFormula:
        """dL/d weight, shape (C_out, C_in, *kernel)."""
        return self.gradient(self.notation.weight)

    @cached_property
    def grad_bias(self) -> TensorFormula:
        """dL/d bias, shape (C_out,)."""
        self._require_bias()
        return self.gradient(self.notation.bias)

    def jacobian(self, of: str) -> TensorFormula:
        """d output / d ``of``, where ``of`` is "input", "weight" or "bias".

        Shape: output_shape followed by the shape of ``of``.

        Raises:
            SymconvError: another name, or "bias" of a layer that has none.
        """
        g = self.geometry
        choices = {"input": g.input_layout, "weight": g.weight_layout, "bias": g.bias_layout}
        if of not in choices:
            raise SymconvError(f"jacobian({of!r})", "there is no such derivative", 'use "input", "weight" or "bias"')
        if of == "bias":
            self._require_bias()
        name = getattr(self.notation, of)
        taken = {axis.letter for axis in axes_of(g.output_layout)}
        layout = tuple(tuple(Axis(fresh(a.letter, taken), a.size) for a in dimension) for dimension in choices[of])
        indices = tuple(Polynomial.name(axis.letter) for axis in axes_of(layout))
        unfolded_output = unfold(self.definitions[self.notation.output].body, self.definitions)
        form = derivative(unfolded_output, self.tensors[name], indices)
        quantity = Quantity(self.notation.output, name, len(taken))
        return self._formula(quantity, form, (*g.output_layout, *layout))

    def _require_bias(self) -> None:
        if not self.geometry.bias_term:
            raise SymconvError(
                "grad_bias of a layer without bias", "there is no bias", "make it with Conv(..., bias=True)"
            )


def _symbols(axes: tuple[Axis, ...]) -> Symbols:
    return tuple(axis.symbol for axis in axes)


def _letters(tensor: Tensor) -> tuple[str, ...]:
    return tensor.letters
