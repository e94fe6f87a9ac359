"""Channelwise: layers without weights that treat every channel alike."""

from __future__ import annotations

from functools import cached_property

import sympy as sp

from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.geometry.axes import Axis
from symconv.layers.layer import Layer


class Channelwise(Layer):
    """A layer without weights that treats every channel alike: a depthwise scheme with a fixed kernel."""

    def channels(self) -> tuple[Polynomial, Polynomial]:
        return self.group_count(), self.group_count()

    def group_count(self) -> Polynomial:
        return self.count("channels")

    @cached_property
    def group_axes(self) -> tuple[Axis, ...]:
        """The axis of groups, one for every channel."""
        return self._counted("input channel", self.G)

    @cached_property
    def input_groups(self) -> tuple[Axis, ...]:
        """The groups again, for the input."""
        return self._counted("input channel", self.G, self.group_axes)

    @property
    def fixed_kernel(self) -> sp.Expr:
        return sp.Integer(1)

    def _pair(self, axis: int) -> tuple[Polynomial, Polynomial]:
        return self.pads.pairs[axis] if self.pads.word is None else (ZERO, ZERO)
