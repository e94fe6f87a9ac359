"""How to run through the non-zero product terms of a term at concrete sizes.

Integer intervals for every name, brackets solved for a name of unit coefficient, and the rest of the
names enumerated. Shared by collecting (``collect.py``) and by NumPy evaluation (``evaluate.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TypeAlias

from symconv.algebra.forms import Access, Delta, Factor, Range, Tensor, Term
from symconv.algebra.polynomial import Polynomial
from symconv.errors import FormulaError, InfiniteSumError, SizeLimitError
from symconv.foundations.later import np, npt
from symconv.foundations.values import Cached

Integers: TypeAlias = "npt.NDArray[np.int64]"
Interval = tuple[int | None, int | None]
LARGEST_INTEGER = 2**62
"""Indices and numbers of entries must stay below this, so that 64-bit arithmetic is exact."""
MOST_AXES = 32
"""The number of axes that an array may have in every supported version of NumPy."""
Bound = tuple[Polynomial, int, int | None]
"""A polynomial with its least and greatest value, wherever a product is not zero."""
Inequality = tuple[Sequence[tuple[str, int]], int, int | None]
"""Names with coefficients, and the least and greatest value of their sum."""
Solutions = dict[str, Polynomial]
"""Names that are solved from brackets, each written in names that are enumerated."""


def concrete_shape(tensor: Tensor, values: Mapping[str, int]) -> tuple[int, ...] | None:
    return None if tensor.shape is None else tuple(int(size.evaluate(values)) for size in tensor.shape)


@dataclass(frozen=True)
class Plan(Cached):
    """How to run through the non-zero product terms of a term.

    ``ranges`` gives the names that are enumerated, each with its first value and its length; every other
    name is solved from a bracket. ``axes`` are the entry's indices, written in enumerated names. A product is zero
    where an index of ``axes`` or of an access leaves its box, or where a factor is zero.
    """

    ranges: dict[str, tuple[int, int]]
    axes: tuple[Polynomial, ...]
    factors: tuple[Factor, ...]
    coefficient: Polynomial

    @property
    def count(self) -> int:
        return prod(length for _, length in self.ranges.values())

    def mesh(self, names: Sequence[str]) -> dict[str, Integers]:
        """Values of the given names as arrays that broadcast against each other.

        Raises:
            SizeLimitError: more axes than a NumPy array may have.
        """
        if len(names) > MOST_AXES:
            wrong = f"its terms run over {len(names)} names"
            raise SizeLimitError("a formula", wrong, f"use at most {MOST_AXES}, or a general formula")
        result: dict[str, Integers] = {}
        for at, name in enumerate(names):
            start, length = self.ranges[name]
            shape = [1] * len(names)
            shape[at] = length
            result[name] = np.arange(start, start + length, dtype=np.int64).reshape(shape)
        return result

    def checked_mesh(self, names: Sequence[str], polynomial: Polynomial) -> dict[str, Integers]:
        """The mesh, if it is certain that evaluating the polynomial on it does not overflow.

        Raises:
            SizeLimitError: it may.
        """
        if self.magnitude(polynomial) >= LARGEST_INTEGER:
            raise SizeLimitError(
                f"the index {polynomial!r}",
                "its indices do not fit 64-bit integers",
                "use smaller sizes, or a general formula",
            )
        return self.mesh(names)

    def magnitude(self, polynomial: Polynomial) -> int:
        """A bound on every number that evaluating the polynomial makes, in exact integers."""
        known = self._magnitudes
        return sum(abs(int(c)) * prod(known[name] for name in m) for m, c in polynomial.terms)

    def interval(self, polynomial: Polynomial) -> tuple[int, int]:
        """The least and the greatest value over the enumerated names."""
        low, high = _interval(polynomial, self._intervals)
        assert low is not None and high is not None
        return low, high

    @cached_property
    def _magnitudes(self) -> dict[str, int]:
        return {name: max(1, abs(start), abs(start + length - 1)) for name, (start, length) in self.ranges.items()}

    @cached_property
    def _intervals(self) -> dict[str, Interval]:
        return {name: (start, start + length - 1) for name, (start, length) in self.ranges.items()}


def plan(term: Term, axes: Sequence[tuple[str, int]], values: Mapping[str, int]) -> Plan | None:
    """A plan for the term at the given sizes; None where no product term can be non-zero.

    A bracket in which a name has coefficient 1 or -1 is solved for the name with the longest range. A range that
    holds wherever the indices are inside their boxes is left out.
    """
    term = _at_sizes(term.renamed_apart(name for name, _ in axes), values)
    unknown = term.names - set(term.bound) - {name for name, _ in axes}
    assert not unknown, f"no value for {unknown}"
    names = [*(name for name, _ in axes), *term.bound]
    boxes: list[Bound] = [(Polynomial.name(name), 0, size - 1) for name, size in axes]
    intervals = _propagate(names, boxes + _bounds(term.factors, values))
    if intervals is None:
        return None
    others, solutions = _solve([factor for factor in term.factors if not isinstance(factor, Range)], intervals)
    names = [name for name in names if name not in solutions]
    for name in names:
        if None in intervals[name]:
            raise InfiniteSumError(
                f"a sum over {name}", "nothing keeps it finite", "give the sum limits, or the tensors a shape"
            )
    axis_indices = tuple(solutions.get(name, Polynomial.name(name)) for name, _ in axes)
    boxes = [(index, 0, size - 1) for index, (_, size) in zip(axis_indices, axes)]
    boxes += _bounds([factor for factor in others if isinstance(factor, Access)], values)
    ranges = _needed([factor for factor in term.factors if isinstance(factor, Range)], solutions, intervals, boxes)
    return Plan(
        {name: (low, high - low + 1) for name in names for low, high in [intervals[name]]},  # type: ignore[operator, misc]
        axis_indices,
        (*others, *ranges),
        _substituted(term.coefficient, solutions),
    )


def _at_sizes(term: Term, values: Mapping[str, int]) -> Term:
    """The term with numbers for the free names that have one."""
    numbers = {n: Polynomial.constant(v) for n, v in values.items() if n not in term.bound}
    return term.substitute(numbers) if numbers else term


def _substituted(polynomial: Polynomial, solutions: Solutions) -> Polynomial:
    return polynomial if polynomial.names.isdisjoint(solutions) else polynomial.substitute(solutions)


def _solve(factors: list[Factor], intervals: Mapping[str, Interval]) -> tuple[list[Factor], Solutions]:
    """Brackets solved one after the other: the factors that are left, and what every solved name is."""
    solutions: Solutions = {}
    while solution := _solvable(factors, intervals):
        delta, name = solution
        value = {name: delta.expression.without(name) * -delta.expression.unit(name)}
        factors = [_with_values(factor, value) for factor in factors if factor is not delta]
        solutions = {solved: _substituted(known, value) for solved, known in solutions.items()} | value
    return factors, solutions


def _with_values(factor: Factor, value: Solutions) -> Factor:
    touched = any(not polynomial.names.isdisjoint(value) for polynomial in factor.polynomials)
    return factor.substitute(value) if touched else factor


def _needed(
    ranges: Sequence[Range], solutions: Solutions, intervals: Mapping[str, Interval], boxes: Sequence[Bound]
) -> list[Range]:
    """The ranges that do not follow from the intervals or from the boxes, with solved names replaced."""
    needed = []
    for given in ranges:
        expression = _substituted(given.expression, solutions)
        low, _ = _interval(expression, intervals)
        if (low is None or low < 0) and not _implied(expression, boxes):
            needed.append(given if expression is given.expression else Range(expression))
    return needed


def _implied(expression: Polynomial, boxes: Sequence[Bound]) -> bool:
    """Whether ``expression`` is an index of a box plus at least -least, or at least its greatest minus the index."""
    for index, least, greatest in boxes:
        above, below = (expression - index).value, (expression + index).value
        if (above is not None and above >= -least) or (
            below is not None and greatest is not None and below >= greatest
        ):
            return True
    return False


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
    """Intervals of the names that follow from the bounds one after the other; None if one is empty.

    A bound on one name alone has nothing more to say once it is applied; the others are applied until they too
    have not.
    """
    intervals: dict[str, Interval] = {name: (None, None) for name in names}
    alone: list[Inequality] = []
    several: list[Inequality] = []
    for polynomial, least, greatest in bounds:
        constant, parts = linear(polynomial)
        known = (parts, least - constant, None if greatest is None else greatest - constant)
        (several if len(parts) > 1 else alone).append(known)
    if not all(_narrow(intervals, *bound) for bound in alone):
        return None
    for _ in range(3 * len(names) + 3):
        before = dict(intervals)
        if not all(_narrow(intervals, *bound) for bound in several):
            return None
        if intervals == before:
            break
    return intervals


def _narrow(intervals: dict[str, Interval], parts: Sequence[tuple[str, int]], least: int, greatest: int | None) -> bool:
    """Narrow the intervals by least <= sum of coefficient * name <= greatest; False if nothing is left."""
    for name, coefficient in parts:
        low: int | None = least
        high: int | None = greatest
        for other, size in parts:
            if other != name:
                below, above = intervals[other] if size > 0 else intervals[other][::-1]
                low = None if low is None or above is None else low - size * above
                high = None if high is None or below is None else high - size * below
        if coefficient < 0:
            low, high = (None if high is None else -high), (None if low is None else -low)
        size = abs(coefficient)
        known_low, known_high = intervals[name]
        if low is not None and (known_low is None or -(-low // size) > known_low):
            known_low = -(-low // size)
        if high is not None and (known_high is None or high // size < known_high):
            known_high = high // size
        if known_low is not None and known_high is not None and known_low > known_high:
            return False
        intervals[name] = (known_low, known_high)
    return bool(parts) or (least <= 0 and (greatest is None or greatest >= 0))


def linear(polynomial: Polynomial) -> tuple[int, list[tuple[str, int]]]:
    """An index at concrete sizes: its constant, and the coefficient of every name."""
    constant, parts = 0, []
    for monomial, coefficient in polynomial.terms:
        if len(monomial) > 1:
            raise FormulaError(
                f"the index {polynomial!r}", "it multiplies two indices", "use indices affine in each name"
            )
        if monomial:
            parts.append((monomial[0], int(coefficient)))
        else:
            constant = int(coefficient)
    return constant, parts


def _interval(polynomial: Polynomial, intervals: Mapping[str, Interval]) -> Interval:
    """The least and the greatest value of an index; None for no bound."""
    constant, parts = linear(polynomial)
    low: int | None = constant
    high: int | None = constant
    for name, coefficient in parts:
        below, above = intervals[name] if coefficient > 0 else intervals[name][::-1]
        low = None if low is None or below is None else low + coefficient * below
        high = None if high is None or above is None else high + coefficient * above
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
