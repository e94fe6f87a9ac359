"""Forms at concrete sizes: every product term as integers, collected with NumPy.

At concrete sizes a form is a polynomial in the entries of its tensors. ``collect_terms`` makes that
polynomial exactly, as arrays of integer keys, at a cost linear in the number of product terms (and a
sort). It starts from the formula as given and shares no rule with the normal form, so that each is a
check on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.algebra.forms import Access, Delta, Form, Tensor
from symconv.algebra.planning import LARGEST_INTEGER, Integers, Plan, concrete_shape, plan
from symconv.errors import FormulaError, SizeLimitError

DEFAULT_MAX_TERMS = 1_000_000
WINDOW = 1000
"""Indices of a tensor without a known shape are taken from -WINDOW to WINDOW."""

Signature = tuple[str, ...]
Monomial = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Monomials:
    """Product terms over the same tensors, one row a term. Collected, they are sorted and no row comes twice.

    Column 0 of ``keys`` is the flat index of the entry, the others the flat indices of the tensors.
    """

    keys: Integers
    coefficients: npt.NDArray[Any]


@dataclass(frozen=True)
class Boxes:
    """How indices of each tensor are numbered: row-major in its box, or in a window where it has none."""

    shapes: dict[str, tuple[int, ...]]
    offsets: dict[str, int]

    @staticmethod
    def of(tensors: Sequence[Tensor], values: Mapping[str, int]) -> Boxes:
        shapes, offsets = {}, {}
        for tensor in tensors:
            shape = concrete_shape(tensor, values)
            shapes[tensor.name] = (2 * WINDOW + 1,) * tensor.rank if shape is None else shape
            offsets[tensor.name] = WINDOW if shape is None else 0
            require_integers(prod(shapes[tensor.name]), f"the tensor {tensor.name}")
        return Boxes(shapes, offsets)

    def index(self, name: str, flat: int) -> tuple[int, ...]:
        return tuple(int(i) - self.offsets[name] for i in np.unravel_index(flat, self.shapes[name]))


@dataclass(frozen=True)
class Collected:
    """A form at concrete sizes as an exact polynomial for every entry."""

    entry_shape: tuple[int, ...]
    boxes: Boxes
    groups: dict[Signature, Monomials]

    @property
    def count(self) -> int:
        return sum(len(group.coefficients) for group in self.groups.values())

    def with_values(self, values: Mapping[str, npt.NDArray[np.object_]]) -> Collected:
        """The same with numbers for the entries of some tensors; like terms are added again."""
        if not any(name in values for signature in self.groups for name in signature):
            return self
        parts: dict[Signature, list[Monomials]] = {}
        for signature, group in self.groups.items():
            keys, coefficients = group.keys, group.coefficients
            for name in signature:
                if name in values:
                    column = keys[:, signature.index(name) + 1]
                    coefficients = coefficients * np.ravel(values[name])[column]
            kept = [0, *(at + 1 for at, name in enumerate(signature) if name not in values)]
            rest = tuple(name for name in signature if name not in values)
            parts.setdefault(rest, []).append(Monomials(keys[:, kept], coefficients))
        return Collected(self.entry_shape, self.boxes, _merged(parts, self.entry_shape, self.boxes))

    def terms(self) -> Iterator[tuple[int, Signature, tuple[int, ...], int | Fraction]]:
        """(flat entry, tensor names, flat index in each, coefficient), entry by entry within a group."""
        for signature, group in self.groups.items():
            for row, coefficient in zip(group.keys.tolist(), group.coefficients.tolist()):
                yield row[0], signature, tuple(row[1:]), coefficient


def estimate_terms(form: Form, axes: Sequence[tuple[str, int]], values: Mapping[str, int]) -> int:
    """An upper bound on the product terms that would be made."""
    return sum(p.count for p in (plan(term, axes, values) for term in form) if p is not None)


def require_terms(count: int, max_terms: int, what: str) -> None:
    if count > max_terms:
        raise SizeLimitError(
            f"{what} with about {count:,} terms",
            f"the limit is {max_terms:,}",
            f"pass max_terms={count} to make them all the same, or ask for single entries",
        )


def require_integers(magnitude: int, what: str) -> None:
    if magnitude >= LARGEST_INTEGER:
        raise SizeLimitError(what, "its indices do not fit 64-bit integers", "use smaller sizes, or a general formula")


def collect_terms(
    form: Form,
    axes: Sequence[tuple[str, int]],
    values: Mapping[str, int],
    max_terms: int = DEFAULT_MAX_TERMS,
    what: str = "a formula",
) -> Collected:
    """Every entry of the form at concrete sizes, as collected product terms.

    Args:
        axes: the entry's index names with their sizes; entries are numbered in row-major order.
        values: an integer for every other free name.
        max_terms: refuse to make more product terms than this.

    Raises:
        SizeLimitError: more than ``max_terms`` would be made.
        InfiniteSumError: a sum is not finite at these sizes.
    """
    plans = [p for p in (plan(term, axes, values) for term in form) if p is not None]
    require_terms(sum(p.count for p in plans), max_terms, what)
    entry_shape = tuple(size for _, size in axes)
    boxes = Boxes.of(form.tensors, values)
    parts: dict[Signature, list[Monomials]] = {}
    for term_plan in plans:
        signature, terms = _product_terms(term_plan, entry_shape, boxes)
        parts.setdefault(signature, []).append(terms)
    return Collected(entry_shape, boxes, _merged(parts, entry_shape, boxes))


def _merged(
    parts: Mapping[Signature, Sequence[Monomials]], entry_shape: tuple[int, ...], boxes: Boxes
) -> dict[Signature, Monomials]:
    """Terms over the same tensors collected; no empty groups."""
    groups = {}
    for signature, pieces in sorted(parts.items()):
        limits = (prod(entry_shape), *(prod(boxes.shapes[name]) for name in signature))
        keys, coefficients = (np.concatenate(columns) for columns in zip(*((p.keys, p.coefficients) for p in pieces)))
        group = _collected(keys, coefficients, limits)
        if len(group.coefficients):
            groups[signature] = group
    return groups


def _product_terms(term_plan: Plan, entry_shape: tuple[int, ...], boxes: Boxes) -> tuple[Signature, Monomials]:
    """All non-zero product terms of one term: its tensors, and one row for each, not collected."""
    names = tuple(term_plan.ranges)
    shape = tuple(length for _, length in term_plan.ranges.values())
    for index in (*term_plan.axes, *(p for factor in term_plan.factors for p in factor.polynomials)):
        require_integers(term_plan.magnitude(index), f"the index {index!r}")
    mesh = term_plan.mesh(names)
    valid = np.ones((1,) * len(shape), dtype=bool)
    for index, size in zip(term_plan.axes, entry_shape):
        valid = _inside(valid, term_plan, index, mesh, 0, size - 1)
    columns = [_flat(term_plan.axes, entry_shape, 0, mesh)]
    signature = []
    for factor in term_plan.factors:
        if isinstance(factor, Access):
            name = factor.tensor.name
            box, offset = boxes.shapes[name], boxes.offsets[name]
            for index, size in zip(factor.indices, box):
                low, high = term_plan.interval(index)
                if offset and not -offset <= low <= high <= offset:
                    raise FormulaError(
                        f"{name}[.., {index!r}, ..]",
                        f"its indices leave the window from {-WINDOW} to {WINDOW}",
                        "give the IndexedBase a shape",
                    )
                valid = _inside(valid, term_plan, index, mesh, -offset, size - 1 - offset)
            columns.append(_flat(factor.indices, box, offset, mesh))
            signature.append(name)
        elif isinstance(factor, Delta):
            valid = valid & (factor.expression.evaluate(mesh) == 0)
        else:
            valid = _inside(valid, term_plan, factor.expression, mesh, 0, None)
    kept = np.broadcast_to(valid, shape)
    keys = np.stack([np.broadcast_to(column, shape)[kept] for column in columns], axis=1)
    coefficients = _coefficients(term_plan, mesh, shape)[kept]
    return tuple(signature), Monomials(_sort_repeated(tuple(signature), keys), coefficients)


def _inside(
    valid: npt.NDArray[np.bool_], term_plan: Plan, index: Any, mesh: Mapping[str, Integers], low: int, high: int | None
) -> npt.NDArray[np.bool_]:
    """``valid`` where low <= index <= high too; free where the ranges imply it."""
    least, greatest = term_plan.interval(index)
    if least < low:
        valid = valid & (index.evaluate(mesh) >= low)
    if high is not None and greatest > high:
        valid = valid & (index.evaluate(mesh) <= high)
    return valid


def _flat(indices: Sequence[Any], shape: Sequence[int], offset: int, mesh: Mapping[str, Integers]) -> Any:
    flat: Any = np.zeros((1,) * len(mesh), dtype=np.int64)
    for index, size in zip(indices, shape):
        flat = flat * size + (index.evaluate(mesh) + offset)
    return flat


def _coefficients(term_plan: Plan, mesh: Mapping[str, Integers], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The coefficients: 64-bit where no sum of them can overflow, else Python integers and fractions."""
    coefficient = term_plan.coefficient
    whole = all(isinstance(c, int) for _, c in coefficient.terms)
    small = whole and term_plan.magnitude(coefficient) < 2**31
    numbers = mesh if small else {name: values.astype(object) for name, values in mesh.items()}
    values = np.asarray(coefficient.evaluate(numbers), dtype=np.int64 if small else object)
    return np.broadcast_to(values, shape)


def _sort_repeated(signature: Signature, keys: Integers) -> Integers:
    """x[3] x[1] and x[1] x[3] are one product: sort the indices within a repeated tensor."""
    for name in set(signature):
        columns = [at + 1 for at, other in enumerate(signature) if other == name]
        if len(columns) > 1:
            keys[:, columns] = np.sort(keys[:, columns], axis=1)
    return keys


def _collected(keys: Integers, coefficients: npt.NDArray[Any], limits: Sequence[int]) -> Monomials:
    """Sort the rows, add the coefficients of equal rows, drop the zeros."""
    if not len(keys):
        return Monomials(keys, coefficients)
    order = _row_order(keys, limits)
    keys, coefficients = keys[order], coefficients[order]
    new_row = np.ones(len(keys), dtype=bool)
    new_row[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    totals = np.add.reduceat(coefficients, np.flatnonzero(new_row))
    return Monomials(keys[new_row][totals != 0], totals[totals != 0])


def _row_order(keys: Integers, limits: Sequence[int]) -> npt.NDArray[np.intp]:
    """The order that sorts the rows: by one combined integer where that fits, else column by column."""
    if prod(limits) >= 2**62:
        return np.lexsort(keys.T[::-1])
    combined = np.zeros(len(keys), dtype=np.int64)
    for column, limit in zip(keys.T, limits):
        combined = combined * limit + column
    return np.argsort(combined, kind="stable")


# -- comparing -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One product that two collected forms disagree on."""

    entry: tuple[int, ...]
    monomial: Monomial
    left: int | Fraction
    right: int | Fraction


def first_difference(left: Collected, right: Collected) -> Difference | None:
    """A product of fewest factors on whose coefficient the two disagree; None where they are equal."""
    if left.entry_shape != right.entry_shape:
        raise ValueError("formulas with different entries cannot be compared")
    for signature in sorted(left.groups.keys() | right.groups.keys(), key=lambda s: (len(s), s)):
        one, two = left.groups.get(signature), right.groups.get(signature)
        if one and two and np.array_equal(one.keys, two.keys) and np.array_equal(one.coefficients, two.coefficients):
            continue
        return _difference(left, right, signature)
    return None


def _difference(left: Collected, right: Collected, signature: Signature) -> Difference:
    rows: list[dict[tuple[int, ...], Any]] = []
    for side in (left, right):
        group = side.groups.get(signature)
        pairs = () if group is None else zip(map(tuple, group.keys.tolist()), group.coefficients.tolist())
        rows.append(dict(pairs))
    key = min(k for k in rows[0].keys() | rows[1].keys() if rows[0].get(k, 0) != rows[1].get(k, 0))
    boxes = left.boxes if signature in left.groups else right.boxes
    entry = tuple(int(i) for i in np.unravel_index(key[0], left.entry_shape)) if left.entry_shape else ()
    monomial = tuple((name, boxes.index(name, flat)) for name, flat in zip(signature, key[1:]))
    return Difference(entry, monomial, rows[0].get(key, 0), rows[1].get(key, 0))
