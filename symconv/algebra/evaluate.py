"""NumPy evaluation of a form at concrete sizes: windows on the tensors, matrix products, strided additions.

``evaluation`` says once how the entries are computed; its ``of`` computes them for given arrays. Exact on
integers: in floats or int64 where every sum is known to fit, in Python integers where one may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.algebra.contraction import Contraction, Strided, contraction
from symconv.algebra.forms import Access, Delta, Form
from symconv.algebra.placement import Placement, placement
from symconv.algebra.planning import Plan, plan
from symconv.algebra.reading import Reading, reading
from symconv.values import Cached

Array = npt.NDArray[Any]
MOST_ELEMENTS = 2**24
"""A term of which some array would have more elements is computed in parts."""
EXACT_FLOATS = 2**53
"""All integers up to this one are floats."""
EXACT_INTEGERS = 2**62


def evaluation(form: Form, axes: Sequence[tuple[str, int]], values: Mapping[str, int]) -> Evaluation:
    """How to compute all entries of the form, with one axis per entry index, for any arrays.

    Args:
        axes: the entry's index names with their sizes.
        values: an integer for every other free name.

    >>> from symconv.algebra.forms import Tensor
    >>> from symconv.algebra.polynomial import Polynomial
    >>> i, k = Polynomial.name("i"), Polynomial.name("k")
    >>> x, w = (Tensor(name, 1, (Polynomial.constant(size),)) for name, size in (("x", 4), ("w", 2)))
    >>> form = (Form.access(x, [i + k]) * Form.access(w, [k])).summed("k")
    >>> evaluation(form, [("i", 3)], {}).of({"x": np.array([1, 2, 3, 4]), "w": np.array([1, 10])})
    array([21, 32, 43])
    """
    shape = tuple(size for _, size in axes)
    plans = [p for p in (plan(term, axes, values) for term in form) if p is not None]
    plans.sort(key=lambda p: -p.count)
    terms = [_term(part, shape, values) for whole in plans for part in _parts(whole)]
    return Evaluation(shape, tuple(terms), tuple(plans))


@dataclass(frozen=True)
class Evaluation(Cached):
    """The entries of a form at concrete sizes, ready to be computed: one addition after the other."""

    shape: tuple[int, ...]
    terms: tuple[_Term, ...]
    plans: tuple[Plan, ...]

    def of(self, arrays: Mapping[str, Array]) -> Array:
        """All entries, given for every tensor its values, in the tensor's shape at these sizes.

        Integers give exact integers, or fractions where a factor is one; of other arrays, NumPy's common type.
        """
        dtype = np.result_type(*arrays.values()) if arrays else np.dtype(np.int64)
        work = dtype
        if dtype.kind in "iub":
            bound = self._bound(arrays)
            dtype = np.dtype(np.int64 if bound < EXACT_INTEGERS else object)
            work = np.dtype(np.float64) if bound < EXACT_FLOATS else dtype
        laid_out = {name: np.asarray(array, dtype=work, order="C") for name, array in arrays.items()}
        total = np.zeros(self.shape, dtype=work)
        for at, term in enumerate(self.terms):
            term.add_to(total, laid_out, untouched=at == 0 and not work.hasobject)
        return total if work is dtype else total.astype(dtype)

    def _bound(self, arrays: Mapping[str, Array]) -> int:
        """A number that no sum of products of integers exceeds; too large for int64 where fractions come in."""
        largest = {
            name: max(1, abs(int(array.max())), abs(int(array.min()))) if array.size else 1
            for name, array in arrays.items()
        }
        bound = 0
        for count, names, coefficient in self._sizes:
            if coefficient is None:
                return EXACT_INTEGERS
            bound += count * prod(largest[name] for name in names) * coefficient
        return bound

    @cached_property
    def _sizes(self) -> list[tuple[int, list[str], int | None]]:
        """Of every term: how many products it has, of which tensors, and the size of its coefficient if whole."""
        sizes = []
        for term_plan in self.plans:
            value = term_plan.coefficient.value
            whole = value is not None and value == int(value)
            names = [factor.tensor.name for factor in term_plan.factors if isinstance(factor, Access)]
            sizes.append((term_plan.count, names, abs(int(value)) + 1 if value is not None and whole else None))
        return sizes


@dataclass(frozen=True)
class _Term:
    """One term, or a part of one: read the tensors, multiply and sum, add to the entries."""

    readings: tuple[Reading, ...]
    fixed: tuple[Array, ...]
    contraction: Contraction
    placement: Placement
    scale: Any

    def add_to(self, total: Array, arrays: Mapping[str, Array], untouched: bool) -> None:
        """Add the term's entries; they are written in place where nothing is there yet and it covers everything."""
        operands = [reading.of(arrays[reading.tensor]) for reading in self.readings]
        operands += [values.astype(total.dtype) for values in self.fixed]
        out = total if untouched and self.placement.is_whole else None
        entries = self.contraction.of(operands, out)
        if self.scale != 1:
            exact = isinstance(self.scale, int) or total.dtype.hasobject
            scaled = np.asarray(entries * (self.scale if exact else float(self.scale)), dtype=total.dtype)
            if entries is out:
                total[...] = scaled
                return
            entries = scaled
        if entries is not out:
            self.placement.add(total, entries)


def _term(term_plan: Plan, shape: tuple[int, ...], values: Mapping[str, int]) -> _Term:
    lengths = {name: length for name, (_, length) in term_plan.ranges.items()}
    readings, fixed, operands = [], [], []
    for factor in term_plan.factors:
        if isinstance(factor, Access):
            readings.append(reading(factor, term_plan, values))
            operands.append(readings[-1].strided)
    for names, numbers in _fixed_factors(term_plan):
        fixed.append(numbers)
        operands.append(Strided.contiguous(names, lengths))
    if not operands:
        fixed.append(np.ones((), dtype=np.int64))
        operands.append(Strided({}))
    present = {name for operand in operands for name in operand.names}
    placed = placement(term_plan, shape, present)
    scale = term_plan.coefficient.value
    repeated = prod(length for name, length in lengths.items() if name not in present and name not in placed.order)
    return _Term(
        tuple(readings),
        tuple(fixed),
        contraction(operands, lengths, placed.order),
        placed,
        repeated if scale is None else scale * repeated,
    )


def _fixed_factors(term_plan: Plan) -> list[tuple[tuple[str, ...], Array]]:
    """Brackets and ranges as arrays of zeros and ones, and a coefficient that is no number, each with its names."""
    found = []
    for factor in term_plan.factors:
        if not isinstance(factor, Access):
            names = tuple(name for name in term_plan.ranges if name in factor.expression.names)
            value = np.asarray(factor.expression.evaluate(term_plan.checked_mesh(names, factor.expression)))
            holds = value == 0 if isinstance(factor, Delta) else value >= 0
            found.append((names, holds.astype(np.int64)))
    if term_plan.coefficient.value is None:
        names = tuple(name for name in term_plan.ranges if name in term_plan.coefficient.names)
        mesh = {name: values.astype(object) for name, values in term_plan.mesh(names).items()}
        found.append((names, np.asarray(term_plan.coefficient.evaluate(mesh), dtype=object)))
    return found


def _parts(term_plan: Plan) -> list[Plan]:
    """The plan, halved along a name as often as it takes to keep all arrays small; together they are its sum."""
    for names in _names_of_arrays(term_plan):
        if prod(term_plan.ranges[name][1] for name in names) > MOST_ELEMENTS:
            halved = max(names, key=lambda name: term_plan.ranges[name][1])
            start, length = term_plan.ranges[halved]
            parts = ((start, length // 2), (start + length // 2, length - length // 2))
            return [
                one for part in parts for one in _parts(replace(term_plan, ranges={**term_plan.ranges, halved: part}))
            ]
    return [term_plan]


def _names_of_arrays(term_plan: Plan) -> list[list[str]]:
    """Of every array that is made on the way, larger than what it is made from, the names."""
    indices = [factor.indices for factor in term_plan.factors if isinstance(factor, Access)]
    return [
        [name for name in term_plan.ranges if any(name in index.names for index in group)]
        for group in (*indices, term_plan.axes)
        if any(len(index.names) > 1 for index in group)
    ]
