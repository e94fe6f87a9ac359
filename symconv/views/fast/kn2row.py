"""A 1x1 convolution of the whole input for every kernel offset, shifted and added (kn2row, "shift and add").

R[k, o, j] = sum over c of w[o, c, k] X[c, j], h[o, i] = sum over k of R[k, o, s i + d k - p]. Vasudevan, Anderson and
Gregg 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.shapes import separate
from symconv.views.fast.own import FastView
from symconv.views.registry import register_on_request


@register_on_request
class Kn2row(FastView):
    """One matrix product for every kernel offset, whose results are shifted and added."""

    name = "kn2row"
    title = "1x1 convolutions, shifted and added (kn2row)"

    @cached_property
    def _name(self) -> str:
        return self.own_name("R")

    @property
    def shift_layout(self) -> Layout:
        """Kernel offsets first; then as the output, at the input's positions."""
        g = self.geometry
        channels = g.group_axes + g.output_channels
        return (*separate(g.kernel_offsets), *g.batch_dimension, channels, *separate(g.input_positions))

    def stage_layouts(self) -> dict[str, Layout]:
        return {self._name: self.shift_layout, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        g, names = self.geometry, self.notation
        entry = self.entry(names.input, axes_of(g.input_layout))
        products = self.sum(self.kernel * entry, g.input_channels)
        before = (*g.kernel_offsets, *g.batch_axes, *g.group_axes, *g.output_channels)
        output = self.sum(self.read_at(self.branches, self._name, before), g.kernel_offsets)
        output = self.with_bias(output, names.bias, axes_of(g.bias_layout))
        return [Stage(self._name, self.shift_layout, products), Stage(names.output, g.output_layout, output)]

    @cached_property
    def shifted(self) -> TensorFormula:
        """R, the 1x1 convolution of the whole input with the weights of every kernel offset."""
        return self.stage(self._name)
