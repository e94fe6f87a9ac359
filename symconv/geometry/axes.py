"""Axes and layouts: how the indices of a formula make up the dimensions that PyTorch lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.foundations.values import Cached


@dataclass(frozen=True)
class Axis(Cached):
    """One index of a tensor's formula: its letter and its size."""

    letter: str
    size: Polynomial

    def __hash__(self) -> int:
        """That of its letter: few axes have the same."""
        return hash(self.letter)

    @cached_property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol(self.letter, integer=True)


Layout = tuple[tuple[Axis, ...], ...]
"""A tensor's dimensions as PyTorch lists them, each the row-major flattening of none, one or more axes."""


def axes_of(layout: Layout) -> tuple[Axis, ...]:
    return tuple([axis for dimension in layout for axis in dimension])


def unraveled(flat: int, sizes: Sequence[int]) -> tuple[int, ...]:
    """The index of an entry by its number in row-major order, of sizes as large as they may be.

    >>> unraveled(5, (2, 3))
    (1, 2)
    """
    index = []
    for size in reversed(sizes):
        flat, at = divmod(flat, size)
        index.append(at)
    return tuple(reversed(index))


def raveled(index: Sequence[int], sizes: Sequence[int]) -> int:
    """The number of an entry in row-major order.

    >>> raveled((1, 2), (2, 3))
    5
    """
    flat = 0
    for at, size in zip(index, sizes):
        flat = flat * size + at
    return flat
