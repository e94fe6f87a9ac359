"""Choosing: layers whose every output is the largest element of a window, by an indicator of the chosen one."""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.extent import about
from symconv.errors import SizeLimitError, SymconvError
from symconv.foundations.arrays import array_of
from symconv.foundations.later import np, npt
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.shapes import separate
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain import Plain
from symconv.layers.plain_numpy import Array
from symconv.views import FullyConnected, View

MOST_SWITCHES = 50_000_000
"""Numbers for at most 50 million switches are made."""


class Largest(Plain):
    """The largest element of a window, in place of the sum."""

    def _joined(self, terms: list[Fraction]) -> Fraction:
        return max(terms)


class Choosing(Channelwise):
    """A layer that chooses one element of every window. A subclass says what the windows read."""

    has_switch = True
    convention = "of equal elements, the first in row-major order is the largest"

    @abstractmethod
    def reads(self, axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """The element that every window has at every offset, and whether it is one of the window and of the input."""

    def windows(self, axis: int) -> list[list[int]]:
        """The kernel offsets of every window that are inside the input (concrete sizes only)."""
        _, inside = self.reads(axis)
        return [np.flatnonzero(row).tolist() for row in inside]

    @property
    def switch_layout(self) -> Layout:
        return (
            *self.batch_dimension, self.group_axes, *separate(self.output_positions), *separate(self.kernel_offsets),
        )  # fmt: skip

    @property
    def fixed_kernel(self) -> sp.Expr:
        """S[c, i, k]."""
        return sp.IndexedBase(self.notation.switch)[tuple(axis.symbol for axis in axes_of(self.switch_layout))]

    @classmethod
    def view_kinds(cls) -> tuple[type[View], ...]:
        """All but those with a matrix, which would differ for every input."""
        return tuple(view for view in super().view_kinds() if not issubclass(view, FullyConnected))

    @property
    def fully_connected(self) -> FullyConnected:
        raise SymconvError("the fully connected view of max pooling", "its matrix depends on the input", "use direct")

    def switch(self, x: Any) -> npt.NDArray[Any]:
        """S in numbers for an input of ``input_shape``, 1 at the first largest element of every window.

        Raises:
            SymconvError: it has another shape, or a number is nan or complex, which is neither largest nor not.
            SizeLimitError: there are more than 50 million switches.

        >>> from symconv import MaxPool
        >>> MaxPool(4, 2).switch([[3, 3, 1, 2]]).tolist()
        [[[1, 0], [0, 1]]]
        """
        self.require_concrete("the switches")
        values = array_of(self.notation.input, x, tuple(int(size) for size in self.input_shape))
        if values.dtype.kind == "c" or (values != values).any():
            raise SymconvError("an input with nan or complex numbers", "no element is the largest", "use real numbers")
        batched = values if self.batch_size is not None else values[None]
        shape = tuple(int(size) for size in self.shape_of(self.switch_layout))
        if (count := prod(shape)) > MOST_SWITCHES:
            wrong = f"there are about {about(count)}"
            raise SizeLimitError(
                f"the switches of {self!r}", wrong, f"the limit is {MOST_SWITCHES:,}; use smaller sizes"
            )
        if not count:
            return np.zeros(shape, dtype=np.int64)
        ranks = np.unique(batched, return_inverse=True)[1].reshape(batched.shape)
        for axis in range(self.ndim):  # every axis becomes two, window and offset
            at, inside = self.reads(axis)
            ranks = np.take(ranks, at, axis=2 + 2 * axis)
            after = (1,) * (ranks.ndim - 4 - 2 * axis)
            ranks = np.where(inside.reshape(*inside.shape, *after), ranks, -1)
        ranks = np.moveaxis(ranks, range(3, 3 + 2 * self.ndim, 2), range(2 + self.ndim, 2 + 2 * self.ndim))
        windows = ranks.reshape(-1, prod(ranks.shape[2 + self.ndim :]))
        result = np.zeros(windows.shape, dtype=np.int64)
        np.put_along_axis(result, windows.argmax(axis=1)[:, None], 1, axis=1)
        return result.reshape(shape)

    def away_from_kinks(self, x: Array, generator: np.random.Generator) -> Array:
        apart = 3 * (generator.permutation(x.size) - x.size // 2).reshape(x.shape)
        return np.asarray(apart / 10 if x.dtype.kind == "f" else apart)

    def chosen(self, x: Array) -> dict[str, Array]:
        return {self.notation.switch: self.switch(x)}
