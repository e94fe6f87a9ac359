"""Homogeneous linear equations of many unknowns, most of which say that one is zero or that two are equal.

Unknowns that are equal, or opposite, are found by joining trees; what is left is eliminated with rational numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from symconv.foundations.values import Cached

Row = dict[int, Fraction]
"""A linear combination of unknowns by their numbers, without zeros."""


@dataclass(frozen=True)
class Solution(Cached):
    """All solutions: which unknowns are zero, which are equal up to a sign, and what follows from what.

    Args:
        zeros: the unknowns that are zero.
        classes: the others, those of a class equal up to the sign beside each; the first has the sign 1.
        relations: first unknowns of classes, each as a combination of those that are free.
    """

    zeros: tuple[int, ...]
    classes: tuple[tuple[tuple[int, int], ...], ...]
    relations: tuple[tuple[int, tuple[tuple[int, Fraction], ...]], ...]

    @property
    def rank(self) -> int:
        """The number of free unknowns."""
        return len(self.classes) - len(self.relations)

    @cached_property
    def values(self) -> Mapping[int, Row]:
        """Every unknown that is not zero, as a combination of the free ones."""
        related = {first: dict(row) for first, row in self.relations}
        return {
            at: {free: sign * value for free, value in related.get(members[0][0], {members[0][0]: Fraction(1)}).items()}
            for members in self.classes
            for at, sign in members
        }


class Equations:
    """Equations that are collected, and then solved.

    >>> equations = Equations(5)
    >>> equations.equal(0, 3)
    >>> equations.equal(1, 4, sign=-1)
    >>> equations.add({0: 1, 2: -2})
    >>> solution = equations.solved()
    >>> solution.classes
    (((0, 1), (3, 1)), ((1, 1), (4, -1)), ((2, 1),))
    >>> solution.relations
    ((2, ((0, Fraction(1, 2)),)),)
    """

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._sign = [1] * count
        self._zero: set[int] = set()
        self._rows: list[Row] = []

    def root(self, at: int) -> tuple[int, int]:
        """The least unknown that this one is known to equal up to a sign, and the sign."""
        path, sign = [], 1
        while self._above[at] != at:
            path.append(at)
            at = self._above[at]
        for one in reversed(path):
            sign *= self._sign[one]
            self._above[one], self._sign[one] = at, sign
        return at, sign

    def equal(self, one: int, other: int, sign: int = 1) -> None:
        """That two are equal, or with the sign -1 opposite."""
        (a, by_a), (b, by_b) = self.root(one), self.root(other)
        if a == b:
            if by_a != sign * by_b:
                self._zero.add(a)
            return
        low, high = min(a, b), max(a, b)
        self._above[high], self._sign[high] = low, by_a * by_b * sign
        if high in self._zero:
            self._zero.add(low)

    def zero(self, at: int) -> None:
        """That one is zero."""
        self._zero.add(self.root(at)[0])

    def add(self, row: Mapping[int, int | Fraction]) -> None:
        """That a linear combination is zero."""
        terms = [(at, Fraction(value)) for at, value in row.items() if value]
        if len(terms) == 1:
            self.zero(terms[0][0])
        elif len(terms) == 2 and abs(terms[0][1]) == abs(terms[1][1]):
            self.equal(terms[0][0], terms[1][0], 1 if terms[0][1] == -terms[1][1] else -1)
        elif terms:
            self._rows.append(dict(terms))

    @property
    def long(self) -> int:
        """The number of equations that are not about one or two unknowns alone."""
        return len(self._rows)

    def solved(self) -> Solution:
        """All solutions; the equations may be added to afterwards."""
        while not (related := self._eliminated()).settled:
            for pivot, row in related.short.items():
                self.add({pivot: -1, **row})
        classes: dict[int, list[tuple[int, int]]] = {}
        zeros = []
        for at in range(len(self._above)):
            first, sign = self.root(at)
            if first in self._zero:
                zeros.append(at)
            else:
                classes.setdefault(first, []).append((at, sign))
        relations = tuple((pivot, tuple(sorted(row.items()))) for pivot, row in sorted(related.pivots.items()))
        return Solution(tuple(zeros), tuple(map(tuple, classes.values())), relations)

    def _eliminated(self) -> _Eliminated:
        """The collected rows as late unknowns by earlier ones."""
        pivots: dict[int, Row] = {}
        for given in self._rows:
            row: Row = {}
            for at, value in given.items():
                first, sign = self.root(at)
                if first not in self._zero:
                    _add(row, pivots.get(first, {first: Fraction(1)}), sign * value)
            if row:
                pivot = max(row)
                scale = -1 / row.pop(pivot)
                solved = {at: value * scale for at, value in row.items()}
                for other in pivots.values():
                    if pivot in other:
                        _add(other, solved, other.pop(pivot))
                pivots[pivot] = solved
        return _Eliminated(pivots)


@dataclass(frozen=True)
class _Eliminated:
    """Unknowns as combinations of free ones."""

    pivots: dict[int, Row]

    @property
    def short(self) -> dict[int, Row]:
        """Those that are zero, or plus or minus a single one."""
        return {
            at: row
            for at, row in self.pivots.items()
            if not row or (len(row) == 1 and abs(next(iter(row.values()))) == 1)
        }

    @property
    def settled(self) -> bool:
        return not self.short


def _add(row: Row, other: Mapping[int, Fraction], by: Fraction) -> None:
    for at, value in other.items():
        total = row.get(at, Fraction(0)) + by * value
        if total:
            row[at] = total
        else:
            row.pop(at, None)
