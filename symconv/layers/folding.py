"""Folding: what unfolding into patches and adding patches up have in common."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import sympy as sp

from symconv.geometry.arguments import EMPTY, Count, Kind, Padding, PerAxis
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.layers.channelwise import Channelwise


class Folding(Channelwise):
    """What Unfold and Fold share: the image, its patches, and a channel for every channel and kernel element.

    ``SIZE`` is the parameter that gives the image's size.
    """

    in_columns = True
    SIZE: ClassVar[str]
    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "kernel_size": PerAxis(1),
        "dilation": PerAxis(1),
        "padding": Padding(plain=True),
        "stride": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    GENERAL: ClassVar[dict[str, str]] = {
        "kernel_size": "K", "dilation": "d", "padding": "p", "stride": "s", "channels": "C",
    }  # fmt: skip

    def unfolding(self, axis: int) -> AxisScheme:
        """The scheme that reads patches from the image."""
        n, K, s, d = (self.axis_numbers(name)[axis] for name in (self.SIZE, "kernel_size", "stride", "dilation"))
        return AxisScheme(n, K, s, d, low=self._pair(axis)[0], high=self._pair(axis)[0])

    @cached_property
    def patch_elements(self) -> tuple[Axis, ...]:
        """The elements of a patch, which are part of the patches' channels."""
        return self.axes("kernel", tuple(scheme.K for scheme in self.schemes))

    @cached_property
    def kernel_offsets(self) -> tuple[Axis, ...]:
        """The elements of a patch."""
        return self.axes("kernel", tuple(scheme.K for scheme in self.schemes), taken=self.patch_elements)

    @property
    def fixed_kernel(self) -> sp.Expr:
        """Every element of a patch is one kernel offset, [k' = k]."""
        pairs = zip(self.patch_elements, self.kernel_offsets)
        return sp.Mul(*(sp.KroneckerDelta(element.symbol, k.symbol) for element, k in pairs))

    def patches_layout(self, positions: tuple[Axis, ...]) -> Layout:
        """The layout of columns of patches at these positions."""
        return (*self.batch_dimension, self.group_axes + self.patch_elements, positions)
