"""Averages: what layers have in common whose outputs are sums divided by how many elements they add."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod

import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, require_terms
from symconv.foundations.later import np, npt
from symconv.geometry.axes import Layout
from symconv.geometry.shapes import separate
from symconv.layers.layer import Layer


class Averaging(Layer):
    """A layer with the scale D: one number if all windows have as many elements, or one for every window."""

    has_scale = True

    def elements(self, axis: int) -> Sequence[int]:
        """How many elements each window averages on one axis (concrete sizes only)."""
        raise NotImplementedError

    def symbolic_elements(self) -> Sequence[sp.Expr]:
        """The same at any window, for every axis."""
        raise NotImplementedError

    @property
    def scale_layout(self) -> Layout:
        return separate(self.output_positions) if self.scale_divisor is None else ()

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        if (divisor := self.scale_divisor) is not None:
            return {self.notation.scale: np.array(Fraction(1, int(divisor.value or 0)), dtype=object)}
        windows = prod(int(m.value or 0) for m in self.m)
        require_terms(windows, DEFAULT_MAX_TERMS, f"how many elements each window of {self!r} averages,")
        counts = [self.elements(axis) for axis in range(self.ndim)]
        values = np.array([Fraction(1, prod(elements)) for elements in product(*counts)], dtype=object)
        return {self.notation.scale: values.reshape([len(count) for count in counts])}

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        scale = self.notation.scale
        if (divisor := self.scale_divisor) is not None:
            return {**super().definitions, sp.Symbol(scale): 1 / self.writer.polynomial(divisor)}
        at = tuple(axis.symbol for axis in self.output_positions)
        return {**super().definitions, sp.IndexedBase(scale)[at]: 1 / sp.Mul(*self.symbolic_elements())}
