"""One dense layer with shared weights: V[(c, j), (o, i)] = sum over k of w[o, c, k] [j = s i + d k - p]."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.algebra.declared import product
from symconv.algebra.sympy_out import entries_of
from symconv.formulas.computation import Stage
from symconv.formulas.labels import symbols_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import cached_property
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.views.registry import register
from symconv.views.view import View

if TYPE_CHECKING:
    from symconv.algebra.concrete.collect import Collected


@register
class FullyConnected(View):
    """A fully connected layer with one weight v_ij for every input i and output j, and weight sharing.

    Inputs and outputs are numbered in row-major order. The gradient of w comes by the chain rule from
    the gradients of all v_ij, each taken as free.
    """

    name = "fully_connected"
    title = "fully connected layer with shared weights"

    @property
    def inputs(self) -> tuple[Axis, ...]:
        g = self.geometry
        return g.as_in_input(g.input_groups, g.input_channels, g.input_positions)

    @property
    def outputs(self) -> tuple[Axis, ...]:
        g = self.geometry
        return tuple(axis for axis in axes_of(g.output_layout) if axis not in g.batch_axes)

    @property
    def matrix_layout(self) -> Layout:
        return (self.inputs, self.outputs)

    @property
    def dense_bias_layout(self) -> Layout:
        return (self.outputs,)

    def stage_layouts(self) -> dict[str, Layout]:
        layouts = {**super().stage_layouts(), self.notation.dense_weight: self.matrix_layout}
        return {**layouts, self.notation.dense_bias: self.dense_bias_layout} if self.geometry.bias_term else layouts

    def stages(self) -> Sequence[Stage]:
        g, names = self.geometry, self.notation
        shared = self.scaled(self.same_group() * self.sum(self.kernel * self.reads(), g.kernel_offsets))
        stages = [Stage(names.dense_weight, self.matrix_layout, shared)]
        if g.bias_term:
            bias = self.entry(names.bias, axes_of(g.bias_layout))
            stages.append(Stage(names.dense_bias, self.dense_bias_layout, bias))
        read = self.entry(names.input, g.as_in_input(g.batch_axes, self.inputs))
        product = self.entry(names.dense_weight, self.inputs, self.outputs) * read
        dense = self.with_bias(self.sum(product, self.inputs), names.dense_bias, self.outputs)
        return [*stages, Stage(names.output, g.output_layout, dense)]

    def latex(self) -> str:
        from symconv.printing.latex import multiplied  # slow to load, and only needed to print

        return multiplied(self.stage(self.notation.output).latex_names, self.geometry.bias_term)

    def same_group(self) -> sp.Expr:
        """[g' = g]: input and output are joined only within a group."""
        g = self.geometry
        pairs = zip(g.input_groups, g.group_axes)
        return product(self.equal(a, b) for a, b in pairs)

    # -- the weights as a matrix ---------------------------------------------------------------------

    @cached_property
    def shared_weight(self) -> TensorFormula:
        """The dense layer's weights written in w; inputs down the rows, outputs across the columns."""
        return self.stage(self.notation.dense_weight)

    @property
    def shared_bias(self) -> TensorFormula:
        """The dense layer's biases written in b, one for every output."""
        self.geometry.require("bias")
        return self.stage(self.notation.dense_bias)

    @cached_property
    def grad_dense_weight(self) -> TensorFormula:
        """dL/dv_ij with every v_ij free, before sharing; same shape as ``shared_weight``."""
        return self.gradient(self.notation.dense_weight)

    @cached_property
    def matrix(self) -> sp.ImmutableDenseMatrix:
        """The weights, with entries in w; v_ij joins input i (row) to output j (column). Concrete sizes only."""
        return sp.ImmutableDenseMatrix(*self._size(), entries_of(self.shared_weight.array()))

    @cached_property
    def free_matrix(self) -> sp.ImmutableDenseMatrix:
        """The same layer before zeros and sharing, every v_ij its own symbol. Concrete sizes only."""
        symbols = symbols_of(self.notation.dense_weight, self.matrix_layout, self.geometry)
        return sp.ImmutableDenseMatrix(*self._size(), entries_of(symbols))

    @cached_property
    def grad_matrix(self) -> sp.ImmutableDenseMatrix:
        """dL/dV with every v_ij free, before sharing. Concrete sizes only."""
        return sp.ImmutableDenseMatrix(*self._size(), entries_of(self.grad_dense_weight.array()))

    def _size(self) -> tuple[int, int]:
        self.geometry.require_concrete("the matrix")
        return tuple(int(size) for size in self.shared_weight.shape)  # type: ignore[return-value]

    # -- constraints ---------------------------------------------------------------------------------

    @cached_property
    def constraints(self) -> list[sp.Eq]:
        """The equations that turn the free layer into the convolution, zeros first, then equal weights.

        In each class of equal weights the first (in row-major order) is set equal to every other; a weight that
        is a fixed number is set equal to it. With a bias, the equalities among the dense layer's biases follow.
        """
        names = self.notation
        free = list(self.free_matrix)
        entries = sharing(self.shared_weight.collected())
        used = {at for places in entries.values() for at in places}
        equations = [sp.Eq(symbol, 0, evaluate=False) for at, symbol in enumerate(free) if at not in used]
        equations += _equalities(free, entries)
        if self.geometry.bias_term:
            biases = entries_of(symbols_of(names.dense_bias, self.dense_bias_layout, self.geometry))
            equations += _equalities(biases, sharing(self.stage(names.dense_bias).collected()))
        return equations

    @cached_property
    def weight_classes(self) -> list[list[tuple[int, int]]]:
        """Places (row, column) of the matrix that hold the same weight, a list for every weight in use."""
        columns = self._size()[1]
        return [[divmod(at, columns) for at in places] for places in sharing(self.shared_weight.collected()).values()]


Expression = tuple[tuple[tuple[str, ...], tuple[int, ...], int | Fraction], ...]
"""An entry as its product terms: tensors, flat index in each, coefficient."""


def sharing(entries: Collected) -> dict[Expression, list[int]]:
    """The different expressions other than zero, each with the flat places that hold it."""
    expressions: dict[int, list[Any]] = {}
    for entry, names, indices, coefficient in entries.terms():
        expressions.setdefault(entry, []).append((names, indices, coefficient))
    classes: dict[Expression, list[int]] = {}
    for entry in sorted(expressions):
        classes.setdefault(tuple(expressions[entry]), []).append(entry)
    return classes


def _equalities(symbols: Sequence[sp.Symbol], classes: dict[Expression, list[int]]) -> list[sp.Eq]:
    """The symbols of one expression are equal; if it is a number, they are that number."""
    equations = []
    for expression, places in classes.items():
        ((names, _, coefficient), *more) = expression
        if names or more:
            pairs = [(symbols[places[0]], symbols[at]) for at in places[1:]]
        else:
            pairs = [(symbols[at], sp.Rational(coefficient)) for at in places]
        equations += [sp.Eq(left, right, evaluate=False) for left, right in pairs]
    return equations
