"""How to run through the non-zero product terms of a term at concrete sizes.

Integer intervals for every name, brackets solved for a name of unit coefficient, and the rest of the
names enumerated. Shared by collecting (``concrete.py``) and by NumPy evaluation (``evaluate.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from symconv.algebra.forms import Delta, Factor, Range, Tensor, Term
from symconv.algebra.polynomial import Polynomial
from symconv.errors import FormulaError, InfiniteSumError

Integers = npt.NDArray[np.int64]
Interval = tuple[int | None, int | None]
LARGEST_INTEGER = 2**62
"""Indices and numbers of entries must stay below this, so that 64-bit arithmetic is exact."""
Bound = tuple[Polynomial, int, int | None]
"""A polynomial with its least and greatest value, wherever a product is not zero."""


def concrete_shape(tensor: Tensor, values: Mapping[str, int]) -> tuple[int, ...] | None:
    return None if tensor.shape is None else tuple(int(size.evaluate(values)) for size in tensor.shape)


@dataclass(frozen=True)
class Plan:
    """How to run through the non-zero product terms of a term.

    ``ranges`` gives the names that are enumerated, each with its first value and its length; every other
    name is in ``solved``. ``axes`` are the entry's indices, written in enumerated names.
    """

    ranges: dict[str, tuple[int, int]]
    axes: tuple[Polynomial, ...]
    factors: tuple[Factor, ...]
    coefficient: Polynomial

    @property
    def count(self) -> int:
        return prod(length for _, length in self.ranges.values())

    def mesh(self, names: Sequence[str]) -> dict[str, Integers]:
        """Values of the given names as arrays that broadcast against each other."""
        result: dict[str, Integers] = {}
        for at, name in enumerate(names):
            start, length = self.ranges[name]
            shape = [1] * len(names)
            shape[at] = length
            result[name] = np.arange(start, start + length, dtype=np.int64).reshape(shape)
        return result

    def magnitude(self, polynomial: Polynomial) -> int:
        """A bound on every number that evaluating the polynomial makes, in exact integers."""
        known = {name: max(1, abs(start), abs(start + length - 1)) for name, (start, length) in self.ranges.items()}
        return sum(abs(int(c)) * prod(known[name] for name in m) for m, c in polynomial.terms)

    def interval(self, polynomial: Polynomial) -> tuple[int, int]:
        """The least and the greatest value over the enumerated names."""
        known: dict[str, Interval] = {n: (s, s + length - 1) for n, (s, length) in self.ranges.items()}
        low, high = _interval(polynomial, known)
        assert low is not None and high is not None
        return low, high


def plan(term: Term, axes: Sequence[tuple[str, int]], values: Mapping[str, int]) -> Plan | None:
    """A plan for the term at the given sizes; None where no product term can be non-zero.

    A bracket in which a name has coefficient 1 or -1 is solved for the name with the longest range.
    """
    term = term.renamed_apart(name for name, _ in axes)
    numbers = {n: Polynomial.constant(v) for n, v in values.items() if n not in term.bound}
    at_sizes = term.substitute(numbers)
    unknown = at_sizes.names - set(term.bound) - {name for name, _ in axes}
    assert not unknown, f"no value for {unknown}"
    sizes = dict(axes)
    names = [*sizes, *term.bound]
    bounded: list[Bound] = [(Polynomial.name(name), 0, size - 1) for name, size in axes]
    bounded += _bounds(at_sizes.factors, values)
    intervals = _propagate(names, bounded)
    if intervals is None:
        return None
    axis_indices = {name: Polynomial.name(name) for name in sizes}
    factors = list(at_sizes.factors)
    coefficient = at_sizes.coefficient
    while solution := _solvable(factors, intervals):
        delta, name = solution
        value = delta.expression.without(name) * -delta.expression.unit(name)
        factors.remove(delta)
        factors = [factor.substitute({name: value}) for factor in factors]
        axis_indices = {axis: index.substitute({name: value}) for axis, index in axis_indices.items()}
        coefficient = coefficient.substitute({name: value})
        names.remove(name)
    for name in names:
        if None in intervals[name]:
            raise InfiniteSumError(
                f"a sum over {name}", "nothing keeps it finite", "give the sum limits, or the tensors a shape"
            )
    ranges = {n: (intervals[n][0], intervals[n][1] - intervals[n][0] + 1) for n in names}  # type: ignore[operator]
    return Plan(ranges, tuple(axis_indices.values()), tuple(factors), coefficient)  # type: ignore[arg-type]


def _bounds(factors: Sequence[Factor], values: Mapping[str, int]) -> list[Bound]:
    """(polynomial, least, greatest) wherever the product is not zero."""
    bounds: list[Bound] = []
    for factor in factors:
        if isinstance(factor, Delta):
            bounds.append((factor.expression, 0, 0))
        elif isinstance(factor, Range):
            bounds.append((factor.expression, 0, None))
        elif (shape := concrete_shape(factor.tensor, values)) is not None:
            bounds += [(index, 0, size - 1) for index, size in zip(factor.indices, shape)]
    return bounds


def _propagate(names: Sequence[str], bounds: Sequence[Bound]) -> dict[str, Interval] | None:
    """Intervals of the names that follow from the bounds one after the other; None where one is empty."""
    intervals: dict[str, Interval] = {name: (None, None) for name in names}
    for _ in range(3 * len(names) + 3):
        before = dict(intervals)
        for polynomial, least, greatest in bounds:
            for name in polynomial.names:
                coefficient = _number(polynomial, name)
                rest = _interval(polynomial.without(name), intervals)
                low = None if rest[1] is None else least - rest[1]
                high = None if rest[0] is None or greatest is None else greatest - rest[0]
                if coefficient < 0:
                    low, high = (None if high is None else -high), (None if low is None else -low)
                size = abs(coefficient)
                narrowed = _meet(
                    intervals[name],
                    (None if low is None else -(-low // size), None if high is None else high // size),
                )
                if None not in narrowed and narrowed[0] > narrowed[1]:  # type: ignore[operator]
                    return None
                intervals[name] = narrowed
        if intervals == before:
            break
    return intervals


def _number(polynomial: Polynomial, name: str) -> int:
    """The coefficient of a name in an index at concrete sizes."""
    coefficient = polynomial.coefficient(name).value
    if coefficient is None or polynomial.degree({name}) > 1:
        raise FormulaError(f"the index {polynomial!r}", "it multiplies two indices", "use indices affine in each name")
    return int(coefficient)


def _meet(one: Interval, other: Interval) -> Interval:
    lows = [low for low in (one[0], other[0]) if low is not None]
    highs = [high for high in (one[1], other[1]) if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _interval(polynomial: Polynomial, intervals: Mapping[str, Interval]) -> Interval:
    low: int | None = 0
    high: int | None = 0
    for monomial, coefficient in polynomial.terms:
        size = int(coefficient)
        if len(monomial) > 1:
            _number(polynomial, monomial[0])
        below, above = intervals[monomial[0]] if monomial else (1, 1)
        if size < 0:
            below, above = above, below
        low = None if low is None or below is None else low + size * below
        high = None if high is None or above is None else high + size * above
    return low, high


def _solvable(factors: Sequence[Factor], intervals: Mapping[str, Interval]) -> tuple[Delta, str] | None:
    for factor in factors:
        if isinstance(factor, Delta):
            units = [name for name in factor.expression.names if factor.expression.unit(name)]
            if units:
                return factor, max(units, key=lambda name: (_length(intervals[name]), name))
    return None


def _length(interval: Interval) -> float:
    low, high = interval
    return float("inf") if low is None or high is None else high - low + 1
