"""Adjoint: the transpose of a layer's linear part, for layers of which it is not a layer with a name."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from symconv.algebra.calculus import Definition
from symconv.formulas.computation import Computation, Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.matrix_setting import MatrixSetting
from symconv.geometry.shapes import Geometry
from symconv.printing.notation import Notation
from symconv.views import Direct


def swapped(names: Notation) -> Notation:
    """The names with input and upstream gradient exchanged, since the adjoint's input is what flows back."""
    return replace(names, input=names.grad_output, grad_output=names.input)


class Adjoint(Computation):
    """The adjoint A^T of a layer x -> A x, without its bias: <A x, y> = <x, A^T y> for all x and y.

    Its input has the shape of the layer's output and the name of the upstream gradient; its output is what the layer's
    ``grad_input`` is. Its own gradients are derived from it by the chain rule, as a layer's are.

    >>> from symconv import AvgPool
    >>> adjoint = AvgPool(4, 2).adjoint
    >>> adjoint.output.array()
    [[delta1/2, delta1/2, delta2/2, delta2/2]]
    >>> adjoint.grad_input.array(), adjoint.adjoint == AvgPool(4, 2)
    ([[X1/2 + X2/2, X3/2 + X4/2]], True)
    """

    name = "adjoint"

    def __init__(self, layer: Geometry) -> None:
        super().__init__(MatrixSetting(swapped(layer.notation), {}, (), layer))
        self.layer = layer
        self.direct = Direct(layer)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.layer,)

    def __repr__(self) -> str:
        return f"{self.layer!r}.adjoint"

    def _repr_latex_(self) -> str:
        return self.output._repr_latex_()

    @property
    def adjoint(self) -> Geometry:
        """The layer itself."""
        return self.layer

    @property
    def input_shape(self) -> tuple[Number, ...]:
        """The shape of the layer's output."""
        return self.layer.output_shape

    @property
    def output_shape(self) -> tuple[Number, ...]:
        """The shape of the layer's input."""
        return self.layer.input_shape

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        own = self.layer.notation
        layouts = dict(self.direct.layouts)
        layouts.pop(own.bias, None)
        return {**layouts, own.input: self.layer.input_layout, own.grad_output: self.layer.output_layout}

    def stage_layouts(self) -> dict[str, Layout]:
        return {self.notation.output: self.layer.input_layout}

    def stages(self) -> Sequence[Stage]:
        formula = self.direct.grad_input.formula.rhs
        return [Stage(self.notation.output, self.layer.input_layout, formula)]

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The layer's derivative with respect to its input, as what defines the output."""
        name = self.notation.output
        letters = tuple(axis.letter for axis in axes_of(self.layer.input_layout))
        return {name: Definition(self.tensors[name], letters, self.direct.grad_input.form)}

    @cached_property
    def grad_input(self) -> TensorFormula:
        """The derivative of a loss with respect to the adjoint's input, which is the layer applied to the upstream."""
        return self.gradient(self.notation.input)

    @cached_property
    def grad_weight(self) -> TensorFormula:
        """The derivative of a loss with respect to the layer's weights."""
        self.layer.require("weight")
        return self.gradient(self.notation.weight)

    def evaluate(self, **arrays: Any) -> Any:
        """The output in numbers; pass the input and, if the layer has them, the weights by their names."""
        return self.output.evaluate(**arrays)
