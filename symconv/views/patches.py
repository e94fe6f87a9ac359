"""Split, one shared small network, merge: P[i, c, k] = X[c, s i + d k - p], h[o, i] = sum w[o, c, k] P[i, c, k]."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import sympy as sp

from symconv.algebra.sympy_out import entries_of
from symconv.errors import SymconvError
from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import cached_property
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.shapes import separate
from symconv.printing.quantity import Quantity
from symconv.views.registry import register
from symconv.views.view import View


@register
class Patches(View):
    """A collection of small fully connected networks over patches, all with the same weights."""

    name = "patches"
    title = "small networks over patches"

    @property
    def places(self) -> tuple[Axis, ...]:
        """What numbers the patches, which is the example in a batch and the position."""
        return self.geometry.batch_axes + self.geometry.output_positions

    @property
    def patch_layout(self) -> Layout:
        g = self.geometry
        return (self.places, g.group_axes + g.input_channels, *separate(g.kernel_offsets))

    def stage_layouts(self) -> dict[str, Layout]:
        return {**super().stage_layouts(), self.notation.patch: self.patch_layout}

    def stages(self) -> Sequence[Stage]:
        g, names = self.geometry, self.notation
        split = self.read(g.batch_axes, g.group_axes, g.input_channels)
        product = self.kernel * self.entry(names.patch, axes_of(self.patch_layout))
        network = self.scaled(self.sum(product, g.input_channels, g.kernel_offsets))
        return [
            Stage(names.patch, self.patch_layout, split),
            Stage(names.output, g.output_layout, self.with_bias(network, names.bias, axes_of(g.bias_layout))),
        ]

    @cached_property
    def patch(self) -> TensorFormula:
        """The small inputs, shape (number of patches, C_in, *kernel), patches in row-major order.

        The patches of a batch are those of the first example, then of the second, and so on.
        """
        return self.stage(self.notation.patch)

    @cached_property
    def grad_patch(self) -> TensorFormula:
        """dL/d patch, what flows back into each small input before overlaps are added; shape of ``patch``."""
        return self.gradient(self.notation.patch)

    @cached_property
    def patch_grad_weight(self) -> TensorFormula:
        """Each patch's own contribution to grad_weight, shape (number of patches, *weight_shape)."""
        return self._contribution(self.places)

    @cached_property
    def example_grad_weight(self) -> TensorFormula:
        """Each example's own contribution to grad_weight, shape (number of examples, *weight_shape)."""
        if not self.geometry.batch_axes:
            raise SymconvError("example_grad_weight", "the layer has no batch", "pass batch_size to the layer")
        return self._contribution(self.geometry.batch_axes)

    def _contribution(self, kept: tuple[Axis, ...]) -> TensorFormula:
        """What of grad_weight comes from each of some places."""
        g, names = self.geometry, self.notation
        g.require("weight")
        output = self.definitions[names.output]
        letters = tuple(axis.letter for axis in kept)
        form = self.chain(self._adjoints[names.output], output, self.tensors[names.weight], keep=letters)
        return self._formula(Quantity(names.loss, names.weight, len(letters)), form, (kept, *g.weight_layout))

    @cached_property
    def patches(self) -> tuple[sp.Array, ...]:
        """The small inputs as symbols, each of shape (C_in, *kernel), in row-major order of their position."""
        return _along_first_axis(self.patch)

    @cached_property
    def grad_per_patch(self) -> tuple[sp.Array, ...]:
        """Each patch's own contribution to grad_weight, each of weight_shape; their sum is grad_weight."""
        return _along_first_axis(self.patch_grad_weight)


def _along_first_axis(formula: TensorFormula) -> tuple[sp.Array, ...]:
    array = formula.array()
    size = prod(array.shape[1:])
    flat = entries_of(array)
    return tuple(
        sp.ImmutableDenseNDimArray(flat[at * size : (at + 1) * size], array.shape[1:]) for at in range(array.shape[0])
    )
