"""NumPy evaluation of a form at concrete sizes: windows on the tensors, matrix products, strided additions.

``evaluation`` says once how the entries are computed; its ``of`` computes them for given arrays. Exact on
integers: in floats or int64 where every sum is known to fit, in Python integers where one may not. Zeros around a
tensor, and those of brackets, are multiplied like any number. If some entry is not finite, that may be the reason (0
times infinity is nan): then the products are made one by one, only those that there are.
"""

from __future__ import annotations

from cmath import isfinite
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod
from typing import Any, TypeAlias

from symconv.algebra.concrete.contract import Contraction, Strided, contraction
from symconv.algebra.concrete.gather import Reading, reading
from symconv.algebra.concrete.plan import Plan, plan
from symconv.algebra.concrete.scatter import Placement, placement
from symconv.algebra.concrete.terms import Boxes, product_terms
from symconv.algebra.forms import Access, Delta, Form
from symconv.foundations.later import np, npt
from symconv.foundations.values import Cached

Array: TypeAlias = "npt.NDArray[Any]"
MOST_ELEMENTS = 2**22
"""A term of which some array would have more elements is computed in parts."""
PRODUCTS_AT_ONCE = 2**20
"""So many products are made one by one before they are added."""
EXACT_FLOATS = 2**53
"""All integers up to this one are floats."""
EXACT_INTEGERS = 2**62
EXACT = "int64"
"""Of whole numbers: the entries are exact, and Python integers if int64 may overflow."""


def common_type(types: Iterable[Any]) -> np.dtype[Any]:
    """The type in which arrays of these types are computed with one another, of which some may be Python's numbers.

    That is EXACT if all have whole numbers, objects if one has objects, else NumPy's common type.

    >>> common_type([np.dtype("uint64"), np.dtype("int8")]), common_type([np.dtype("float32"), 0.5])
    (dtype('int64'), dtype('float32'))
    """
    return _common_type(frozenset(types))


@lru_cache(maxsize=1024)
def _common_type(types: frozenset[Any]) -> np.dtype[Any]:
    kinds = {np.result_type(one).kind for one in types}
    if "O" in kinds:
        return np.dtype(object)
    return np.dtype(EXACT) if kinds <= set("biu") else np.result_type(*types)


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
    terms = [_term(part, shape, values) for whole in plans for part in _parts(whole, _names_of_arrays, MOST_ELEMENTS)]
    return Evaluation(shape, tuple(terms), tuple(plans))


@dataclass(frozen=True)
class Evaluation(Cached):
    """The entries of a form at concrete sizes, ready to be computed: one addition after the other."""

    shape: tuple[int, ...]
    terms: tuple[_Term, ...]
    plans: tuple[Plan, ...]

    def of(self, arrays: Mapping[str, Array], dtype: np.dtype[Any] | None = None) -> Array:
        """All entries, given for every tensor its values, in the tensor's shape at these sizes.

        Args:
            dtype: of the entries; by default the common type of the arrays. Those in float16 are computed in float32
                and rounded at the end.
        """
        dtype = common_type([array.dtype for array in arrays.values()]) if dtype is None else dtype
        work = dtype
        if dtype == EXACT:
            bound = self._bound(arrays)
            dtype = np.dtype(EXACT) if bound < EXACT_INTEGERS else np.dtype(object)
            work = np.dtype(np.float64) if bound < EXACT_FLOATS else dtype
        elif dtype == np.float16:
            work = np.dtype(np.float32)
        laid_out = {name: np.asarray(array, dtype=work, order="C") for name, array in arrays.items()}
        if dtype == EXACT:
            return self._contracted(laid_out, work).astype(dtype, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):
            total = self._contracted(laid_out, work)
        if not _all_finite(total):
            total = self._one_by_one(laid_out, work)
        return total.astype(dtype, copy=False)

    def _contracted(self, arrays: Mapping[str, Array], work: np.dtype[Any]) -> Array:
        """All entries, by matrix products and additions of slices."""
        total = np.zeros(self.shape, dtype=work)
        for at, term in enumerate(self.terms):
            term.add_to(total, arrays, untouched=at == 0 and not work.hasobject)
        return total

    def _one_by_one(self, arrays: Mapping[str, Array], work: np.dtype[Any]) -> Array:
        """The same from every product that is not zero by an index outside a box, or by a bracket."""
        total = np.zeros(self.shape, dtype=work)
        boxes = Boxes({name: array.shape for name, array in arrays.items()}, dict.fromkeys(arrays, 0))
        parts = (part for whole in self.plans for part in _parts(whole, _all_names, PRODUCTS_AT_ONCE))
        for part in parts:
            names, monomials = product_terms(part, self.shape, boxes)
            entries, *places = monomials.columns()
            products = monomials.coefficients.astype(work)
            for name, at in zip(names, places):
                products = products * arrays[name].reshape(-1)[at]
            np.add.at(total.reshape(-1), entries, products)
        return total

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
        """For every term: the number of its products, their tensors, and the size of a whole coefficient."""
        sizes = []
        for term_plan in self.plans:
            value = term_plan.coefficient.value
            whole = value is not None and value == int(value)
            names = [factor.tensor.name for factor in term_plan.factors if isinstance(factor, Access)]
            sizes.append((term_plan.count, names, max(1, abs(int(value))) if value is not None and whole else None))
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
    """Brackets and ranges as arrays of zeros and ones, and a coefficient that is not a number, each with its names."""
    found = []
    for factor in term_plan.factors:
        if not isinstance(factor, Access):
            names = tuple(name for name in term_plan.ranges if name in factor.expression.names)
            value = np.asarray(factor.expression.evaluate(term_plan.checked_mesh(names, factor.expression)))
            holds = value == 0 if isinstance(factor, Delta) else value >= 0
            found.append((names, np.asarray(holds, dtype=np.int64)))
    if term_plan.coefficient.value is None:
        names = tuple(name for name in term_plan.ranges if name in term_plan.coefficient.names)
        mesh = {name: values.astype(object) for name, values in term_plan.mesh(names).items()}
        found.append((names, np.asarray(term_plan.coefficient.evaluate(mesh), dtype=object)))
    return found


def _parts(term_plan: Plan, names_of_arrays: Callable[[Plan], list[list[str]]], most: int) -> list[Plan]:
    """The plan, halved along a name until all arrays are small; the parts add up to it."""
    for names in names_of_arrays(term_plan):
        if prod(term_plan.ranges[name][1] for name in names) > most:
            halved = max(names, key=lambda name: term_plan.ranges[name][1])
            start, length = term_plan.ranges[halved]
            parts = ((start, length // 2), (start + length // 2, length - length // 2))
            halves = [replace(term_plan, ranges={**term_plan.ranges, halved: part}) for part in parts]
            return [one for half in halves for one in _parts(half, names_of_arrays, most)]
    return [term_plan]


def _all_names(term_plan: Plan) -> list[list[str]]:
    return [[*term_plan.ranges]]


def _names_of_arrays(term_plan: Plan) -> list[list[str]]:
    """The names of every intermediate array that is larger than its sources."""
    indices = [factor.indices for factor in term_plan.factors if isinstance(factor, Access)]
    return [
        [name for name in term_plan.ranges if any(name in index.names for index in group)]
        for group in (*indices, term_plan.axes)
        if any(len(index.names) > 1 for index in group)
    ]


def _all_finite(array: Array) -> bool:
    if array.dtype.hasobject:
        return all(isfinite(entry) for entry in array.flat if isinstance(entry, (float, complex)))
    return int(np.count_nonzero(np.isfinite(array))) == array.size
