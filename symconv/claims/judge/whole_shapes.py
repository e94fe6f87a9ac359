"""Shapes of whole tensors: which axis of a value is which of the quantity, and how two shapes differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import sympy as sp

from symconv.claims.operators.values import CHANNELS, Algebra, Whole, shape_text
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis, axes_of
from symconv.layers import Layer


def _place(shape: Sequence[int], index: Sequence[sp.Expr]) -> sp.Expr:
    """The number of an element, counted row by row."""
    return sum((at * prod(shape[axis + 1 :]) for axis, at in enumerate(index)), sp.S.Zero)


@dataclass(frozen=True)
class Shapes:
    """Compares shapes of one claim."""

    algebra: Algebra

    @property
    def layer(self) -> Layer:
        return self.algebra.layer

    def places(self, value: Whole, formula: TensorFormula) -> list[int] | None:
        """Of every axis of the value, which axis of the quantity it is; None if the shapes differ."""
        own = axes_of(formula.layout)
        roles = [dim.role for dim in self.algebra.roles_of(own)]
        if len(value.dims) != len(own):
            return None
        places: list[int] = []
        for dim in value.dims:
            fits = [
                at
                for at in range(len(own))
                if at not in places
                and (dim.role == roles[at] if dim.role in CHANNELS else not dim.role or roles[at] not in CHANNELS)
            ]
            if not fits or not self.fits(dim.size, self.algebra.size(own[fits[0]]), own[fits[0]]):
                return None
            places.append(fits[0])
        return places

    def unwound(self, value: Whole, formula: TensorFormula) -> Whole | None:
        """A list of all entries of the quantity, row by row, in the quantity's shape; None of other values."""
        own = axes_of(formula.layout)
        if not self.algebra.written_out or len(value.dims) != 1 or len(own) < 2 or not self.layer.is_concrete:
            return None
        shape = [int(self.algebra.size(axis)) for axis in own]
        if value.dims[0].size != prod(shape):
            return None
        return value.derived(self.algebra.roles_of(own), lambda index: value.entry((_place(shape, index),)))

    def fits(self, given: sp.Expr, wanted: sp.Expr, axis: Axis) -> bool:
        """Whether two sizes are equal, or differ by what the stride leaves over at the end of the input."""
        sizes = self.algebra.sizes
        left_over = self.left_over(axis)
        return sizes.equal(given, wanted) or (
            left_over is not None and any(sizes.equal(given + sign * left_over, wanted) for sign in (1, -1))
        )

    def left_over(self, axis: Axis) -> sp.Expr | None:
        """The elements at the end of the input's axis, or of the kernel's, that no window reaches."""
        layer = self.layer
        at = next(
            (
                at
                for some in (layer.input_positions, layer.kernel_offsets)
                for at, own in enumerate(some)
                if own == axis
            ),
            None,
        )
        if at is None or layer.spreads:
            return None
        scheme = layer.schemes[at]
        return layer.writer.polynomial(scheme.room - scheme.s * (layer.m[at] - 1))

    def only_where(self, value: Whole, formula: TensorFormula, places: Sequence[int]) -> str:
        """Where alone the shape is right, if it is not everywhere."""
        for dim, place in zip(value.dims, places):
            own = formula.axes[place]
            if not self.algebra.sizes.equal(dim.size, self.algebra.size(own)):
                return f"the shape is right only where {self.left_over(own)} = 0; else there are elements left over"
        return ""

    def difference(self, of: str, value: Whole, formula: TensorFormula) -> tuple[str, bool]:
        """How a value of the wrong shape differs, and whether sizes are known at which it does."""
        wanted = tuple(self.algebra.size(axis) for axis in formula.axes)
        words = f"its shape is {shape_text(value.shape)}, but {of} has the shape {shape_text(wanted)}"
        if len(value.dims) != len(wanted):
            return words, True
        sizes = self.algebra.sizes
        for given, size in zip(value.shape, wanted):
            at = sizes.difference_at(given, size)
            if at is not None:
                numbers = ", ".join(f"{name} = {number}" for name, number in at.items())
                where = f", {sizes.at(given, at)} and {sizes.at(size, at)} at {numbers}" if at else ""
                return words + where, True
        return words, False
