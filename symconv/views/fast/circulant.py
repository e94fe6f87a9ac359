"""A doubly block circulant matrix times the padded input: every row is the one before it, moved on by one.

On an axis of P elements with the padding, Y[c, u] is the padded input, Z[(c, u), (o, t)] is the sum of w[o, c, k] over
all k for which u - t is d k or d k - P, and h[o, i] = sum over c, u of Z[(c, u), (o, s i)] Y[c, u]: the outputs at
every s-th of the first positions, where nothing has gone round the circle. Jain 1989, section 2.8; Sedghi, Gupta and
Long 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_out import bracket, entries_of
from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.shapes import separate
from symconv.views.fast.own import FastView, names
from symconv.views.registry import register_on_request


class OnCircle(FastView):
    """A view that reads the padded input as a circle."""

    @cached_property
    def circle(self) -> tuple[Polynomial, ...]:
        """P on every axis, the size of the padded input."""
        return tuple(scheme.padded for scheme in self.schemes)

    @cached_property
    def padded_positions(self) -> tuple[Axis, ...]:
        return self.own_axes("u", self.circle)

    @property
    def padded_layout(self) -> Layout:
        """As the input, with the padding."""
        g = self.geometry
        return (*g.batch_dimension, g.group_axes + g.input_channels, *separate(self.padded_positions))

    @cached_property
    def padded_name(self) -> str:
        return self.own_name("Y")

    def padded_input(self) -> sp.Expr:
        """The input at positions that count from the first element of the padding."""
        g = self.geometry
        places = tuple(u - scheme.low for u, scheme in zip(names(self.padded_positions), self.schemes))
        before = g.as_in_input(g.batch_axes, g.group_axes, g.input_channels)
        return self.read_at(g.branches_at(places), self.notation.input, before)

    def offsets(self) -> list[sp.Expr]:
        """d k on every axis, or d (K - 1 - k) if the kernel is flipped."""
        written = self.geometry.stage_writer.polynomial
        places = zip(self.geometry.read_positions, self.schemes, names(self.geometry.output_positions))
        return [written(read - scheme.s * i + scheme.low) for read, scheme, i in places]

    def strided(self) -> list[sp.Expr]:
        """s i on every axis."""
        written = self.geometry.stage_writer.polynomial
        return [written(scheme.s * i) for scheme, i in zip(self.schemes, names(self.geometry.output_positions))]


@register_on_request
class Circulant(OnCircle):
    """A doubly block circulant matrix times the padded input."""

    name = "circulant"
    title = "doubly block circulant matrix"

    @cached_property
    def positions(self) -> tuple[Axis, ...]:
        """t, where a window may start on the circle."""
        return self.own_axes("t", self.circle)

    @cached_property
    def matrix_name(self) -> str:
        return self.own_name("Z")

    @property
    def matrix_layout(self) -> Layout:
        """Padded inputs of one group down the rows, outputs at all positions across the columns."""
        g = self.geometry
        return (g.input_channels + self.padded_positions, g.group_axes + g.output_channels + self.positions)

    def stage_layouts(self) -> dict[str, Layout]:
        own = {self.padded_name: self.padded_layout, self.matrix_name: self.matrix_layout}
        return {**own, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        g, written = self.geometry, self.geometry.stage_writer.polynomial
        axes = zip(self.padded_positions, self.positions, self.offsets(), self.circle)
        held = [
            bracket(u.symbol, t.symbol + k) + bracket(u.symbol, t.symbol + k - written(size)) for u, t, k, size in axes
        ]
        circle = self.sum(sp.expand_mul(self.kernel * sp.Mul(*held)), g.kernel_offsets)
        used = self.entry(
            self.matrix_name, g.input_channels, self.padded_positions, g.group_axes, g.output_channels, self.strided()
        )
        padded = self.entry(self.padded_name, axes_of(self.padded_layout))
        output = self.sum(used * padded, g.input_channels, self.padded_positions)
        output = self.with_bias(output, self.notation.bias, axes_of(g.bias_layout))
        return [
            Stage(self.padded_name, self.padded_layout, self.padded_input()),
            Stage(self.matrix_name, self.matrix_layout, circle),
            Stage(self.notation.output, g.output_layout, output),
        ]

    @cached_property
    def circulant(self) -> TensorFormula:
        """Z, with padded inputs of one group down the rows and outputs at all positions across the columns."""
        return self.stage(self.matrix_name)

    @cached_property
    def matrix(self) -> sp.ImmutableDenseMatrix:
        """Z with entries in w. Concrete sizes only."""
        array = self.circulant.array()
        return sp.ImmutableDenseMatrix(*(int(size) for size in array.shape), entries_of(array))
