"""A convolution with a stride as a sum of convolutions without one, of every s-th weight and every s-th input.

E[o, c, a, b] = sum over k of w[o, c, k] [d k = s b + a] and Y[c, a, u] = X[c, s u + a - p] for the phases
a = 0, .., s - 1 make h[o, i] = sum over c, a, b of E[o, c, a, b] Y[c, a, i + b]. A dilated kernel counts with the zeros
between its weights. Vaidyanathan 1993, chapter 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import sympy as sp

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_out import bracket
from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.shapes import Geometry, separate
from symconv.views.fast.own import FastView, names
from symconv.views.registry import register_on_request


@register_on_request
class Polyphase(FastView):
    """A sum over the phases of the stride, each a convolution with stride 1."""

    name = "polyphase"
    title = "phases of the stride, each with stride 1 (polyphase)"

    @classmethod
    def why_not(cls, geometry: Geometry) -> str:
        if why := super().why_not(geometry):
            return why
        if any(scheme.l != ONE for scheme in geometry.schemes):
            return "the input is dilated, so its phases are not every s-th element"
        return "the kernel is flipped, so its phases start at its end" if geometry.flip else ""

    @cached_property
    def phases(self) -> tuple[Axis, ...]:
        """a, from 0 to s - 1."""
        return self.own_axes("a", [scheme.s for scheme in self.schemes])

    @cached_property
    def places(self) -> tuple[Axis, ...]:
        """b, the weights of one phase, of which the last may be zero."""
        sizes = [
            self.setting.floor(self.numbered("B", at), scheme.span - 1, scheme.s, 1)
            for at, scheme in enumerate(self.schemes)
        ]
        return self.own_axes("b", sizes)

    @cached_property
    def read_places(self) -> tuple[Axis, ...]:
        """u, the inputs of one phase, as far as they are read."""
        sizes = [i.size + b.size - 1 for i, b in zip(self.geometry.output_positions, self.places)]
        return self.own_axes("u", sizes)

    @cached_property
    def _names(self) -> tuple[str, str]:
        return self.own_name("E"), self.own_name("Y")

    @property
    def kernel_layout(self) -> Layout:
        g = self.geometry
        channels = (g.group_axes + g.output_channels, g.input_channels)
        return (*channels, *separate(self.phases), *separate(self.places))

    @property
    def phase_layout(self) -> Layout:
        g = self.geometry
        channels = g.group_axes + g.input_channels
        return (*g.batch_dimension, channels, *separate(self.phases), *separate(self.read_places))

    def stage_layouts(self) -> dict[str, Layout]:
        kernel, phase = self._names
        return {kernel: self.kernel_layout, phase: self.phase_layout, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        g, (kernel, phase), written = self.geometry, self._names, self.geometry.stage_writer.polynomial
        a, b, u = names(self.phases), names(self.places), names(self.read_places)
        i = [Polynomial.name(axis.letter) for axis in g.output_positions]
        axes = zip(g.kernel_offsets, self.schemes, a, b)
        held = [
            bracket(written(one.d * Polynomial.name(k.letter)), written(one.s * b_ + a_)) for k, one, a_, b_ in axes
        ]
        weights = self.sum(self.kernel * sp.Mul(*held), g.kernel_offsets)
        positions = tuple(one.s * u_ + a_ - one.low for one, a_, u_ in zip(self.schemes, a, u))
        before = g.as_in_input(g.batch_axes, g.group_axes, g.input_channels)
        inputs = self.read_at(g.branches_at(positions), self.notation.input, before)
        moved = [written(i_ + b_) for i_, b_ in zip(i, b)]
        read = self.entry(phase, g.batch_axes, g.group_axes, g.input_channels, self.phases, moved)
        product = self.entry(kernel, axes_of(self.kernel_layout)) * read
        output = self.sum(product, g.input_channels, self.phases, self.places)
        output = self.with_bias(output, self.notation.bias, axes_of(g.bias_layout))
        return [
            Stage(kernel, self.kernel_layout, weights), Stage(phase, self.phase_layout, inputs),
            Stage(self.notation.output, g.output_layout, output),
        ]  # fmt: skip

    @cached_property
    def kernel_phases(self) -> TensorFormula:
        """E, every s-th weight, from each of the first s."""
        return self.stage(self._names[0])

    @cached_property
    def input_phases(self) -> TensorFormula:
        """Y, every s-th input, from where the weights of a phase start to read."""
        return self.stage(self._names[1])
