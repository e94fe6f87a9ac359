"""Several indices in one integer: how product terms become keys that sort and compare in one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from symconv.algebra.concrete.plan import LARGEST_INTEGER, Integers
from symconv.algebra.polynomial import Polynomial
from symconv.foundations.later import np
from symconv.foundations.values import Cached


@dataclass(frozen=True)
class Packing(Cached):
    """Columns of indices, each from 0 to below its limit, as few 64-bit words.

    A word holds neighbouring columns as the digits of one number, the first column the most significant, so the
    order of the words is that of the rows.

    >>> packing = Packing((10, 4, 6))
    >>> packing.pack([np.array([2, 9]), np.array([3, 0]), np.array([5, 1])])
    (array([ 71, 217]),)
    >>> [column.tolist() for column in packing.unpack((np.array([71, 217]),))]
    [[2, 9], [3, 0], [5, 1]]
    """

    limits: tuple[int, ...]

    @cached_property
    def words(self) -> tuple[tuple[int, ...], ...]:
        """The columns in each word, by their numbers."""
        words: list[tuple[int, ...]] = []
        for column, limit in enumerate(self.limits):
            if words and limit * prod(self.limits[at] for at in words[-1]) < LARGEST_INTEGER:
                words[-1] += (column,)
            else:
                words.append((column,))
        return tuple(words)

    def polynomials(self, columns: Sequence[Polynomial]) -> tuple[Polynomial, ...]:
        """The words of columns that are given by formulas."""
        return tuple(combined((columns[at] for at in word), (self.limits[at] for at in word)) for word in self.words)

    def pack(self, columns: Sequence[Integers]) -> tuple[Integers, ...]:
        words = []
        for word in self.words:
            total = columns[word[0]]
            for at in word[1:]:
                total = total * self.limits[at] + columns[at]
            words.append(total)
        return tuple(words)

    def unpack(self, words: Sequence[Integers]) -> list[Integers]:
        columns: list[Integers] = []
        for word, numbers in zip(self.words, words):
            columns += np.unravel_index(numbers, tuple(self.limits[at] for at in word))
        return columns


def combined(digits: Iterable[Polynomial], limits: Iterable[int]) -> Polynomial:
    """The number with the given digits, the most significant first, each from 0 to below its limit."""
    total = Polynomial()
    for digit, limit in zip(digits, limits):
        total = total * limit + digit
    return total
