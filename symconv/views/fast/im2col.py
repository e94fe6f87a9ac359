"""Two matrices and one product: M[(c, k), i] = X[c, s i + d k - p], W[o, (c, k)] = w[o, c, k], h = W M (im2col, GEMM).

Chellapilla, Puri and Simard 2006. The matrix of a batch has the columns of all examples; every group has its own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout, axes_of
from symconv.views.fast.own import FastView
from symconv.views.registry import register_on_request


@register_on_request
class Im2col(FastView):
    """One product of two matrices, of the weights and of all patches as columns."""

    name = "im2col"
    title = "one product of two matrices (im2col)"

    @cached_property
    def _names(self) -> tuple[str, str]:
        return self.own_name("W"), self.own_name("M")

    @property
    def kernel_layout(self) -> Layout:
        """A row for every output channel, a column for every weight of one of them."""
        g = self.geometry
        return (g.group_axes + g.output_channels, g.input_channels + g.kernel_offsets)

    @property
    def column_layout(self) -> Layout:
        """A row for every element of a patch, a column for every example and position."""
        g = self.geometry
        return (g.group_axes + g.input_channels + g.kernel_offsets, g.batch_axes + g.output_positions)

    def stage_layouts(self) -> dict[str, Layout]:
        kernel, columns = self._names
        return {kernel: self.kernel_layout, columns: self.column_layout, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        g, (kernel, columns) = self.geometry, self._names
        read = self.read(g.batch_axes, g.group_axes, g.input_channels)
        product = self.entry(kernel, axes_of(self.kernel_layout)) * self.entry(columns, axes_of(self.column_layout))
        output = self.sum(product, g.input_channels, g.kernel_offsets)
        output = self.with_bias(output, self.notation.bias, axes_of(g.bias_layout))
        return [
            Stage(kernel, self.kernel_layout, self.kernel),
            Stage(columns, self.column_layout, read),
            Stage(self.notation.output, g.output_layout, output),
        ]

    @cached_property
    def kernel_matrix(self) -> TensorFormula:
        """W, of (C_out, number of weights of an output channel)."""
        return self.stage(self._names[0])

    @cached_property
    def columns(self) -> TensorFormula:
        """M, of (number of elements of a patch, number of patches)."""
        return self.stage(self._names[1])

    @cached_property
    def grad_columns(self) -> TensorFormula:
        """dL/dM, what flows back into every column before overlaps are added (col2im)."""
        return self.gradient(self._names[1])
