"""Between fully connected and convolution: sparse, not yet shared.

A locally connected layer has a weight of its own for every output and kernel offset,

    V[(c, j), (o, i)] = sum over k of U[o, i, c, k] [j = s i + d k - p],    U[o, i, c, k] = w[o, c, k].

The first formula alone says where a fully connected layer is zero; the second says which weights are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import sympy as sp

from symconv.algebra.sympy_out import entries_of
from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.shapes import separate
from symconv.printing.quantity import Quantity
from symconv.views.fully_connected import FullyConnected
from symconv.views.registry import register_on_request


@register_on_request
class LocallyConnected(FullyConnected):
    """The fully connected layer in two steps: first the zeros, then the sharing."""

    name = "locally_connected"
    title = "locally connected layer: sparse, then shared"

    @property
    def local_layout(self) -> Layout:
        g = self.geometry
        return (
            g.group_axes + g.output_channels,
            *separate(g.output_positions),
            g.input_channels,
            *separate(g.kernel_offsets),
        )

    def stage_layouts(self) -> dict[str, Layout]:
        return {**super().stage_layouts(), self.notation.local_weight: self.local_layout}

    def stages(self) -> Sequence[Stage]:
        names = self.notation
        shared, *rest = super().stages()
        del shared  # it has zeros and sharing in one formula
        sparse = Stage(names.dense_weight, self.matrix_layout, self.scaled(self.sparse()))
        return [Stage(names.local_weight, self.local_layout, self.kernel), sparse, *rest]

    def sparse(self) -> sp.Expr:
        """The dense weights in the local ones: zero where output i does not read input j."""
        g = self.geometry
        local = self.entry(self.notation.local_weight, axes_of(self.local_layout))
        return self.same_group() * self.sum(local * self.reads(), g.kernel_offsets)

    @cached_property
    def sparse_weight(self) -> TensorFormula:
        """The dense layer's weights written in the local ones: zeros, and nothing shared."""
        name = self.notation.dense_weight
        return self._formula(Quantity(name), self.definitions[name].body, self.matrix_layout, unfolded=False)

    @cached_property
    def sparse_matrix(self) -> sp.ImmutableDenseMatrix:
        """The same as a matrix, inputs down the rows and outputs across the columns. Concrete sizes only."""
        return sp.ImmutableDenseMatrix(*self._size(), entries_of(self.sparse_weight.array()))
