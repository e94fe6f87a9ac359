"""All product terms of one term at concrete sizes, as integer keys.

The key of a product term has as its digits the entry's flat index and the flat index in every tensor: a
polynomial in the names that are enumerated, so one array of keys is one broadcast sum. Names run in the order of
their weight in the key, so that keys come out sorted, or in long runs that are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from symconv.algebra.concrete.keys import Packing, combined
from symconv.algebra.concrete.plan import LARGEST_INTEGER, Integers, Plan, concrete_shape
from symconv.algebra.forms import Access, Delta, Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.errors import FormulaError, SizeLimitError
from symconv.foundations.later import np, npt

WINDOW = 1000
"""Indices of a tensor without a known shape are taken from -WINDOW to WINDOW."""

Signature = tuple[str, ...]


def require_integers(magnitude: int, what: str) -> None:
    if magnitude >= LARGEST_INTEGER:
        raise SizeLimitError(what, "its indices do not fit 64-bit integers", "use smaller sizes, or a general formula")


@dataclass(frozen=True)
class Boxes:
    """How indices of each tensor are numbered: row-major in its box, or in a window if it has none."""

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

    def packing(self, entry_shape: tuple[int, ...], signature: Signature) -> Packing:
        """Keys of product terms over these tensors: the flat index of the entry, then that in each tensor."""
        return Packing((prod(entry_shape), *(prod(self.shapes[name]) for name in signature)))


@dataclass(frozen=True)
class Monomials:
    """Product terms over the same tensors, packed; ``coefficients`` has one number for each.

    Collected, they are sorted and no key comes twice.
    """

    packing: Packing
    words: tuple[Integers, ...]
    coefficients: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.coefficients)

    def columns(self) -> list[Integers]:
        """The flat index of the entry, and that in each tensor."""
        return self.packing.unpack(self.words)


def product_terms(term_plan: Plan, entry_shape: tuple[int, ...], boxes: Boxes) -> tuple[Signature, Monomials]:
    """All non-zero product terms of one term: its tensors, and one key for each, not collected."""
    for index in (*term_plan.axes, *(p for factor in term_plan.factors for p in factor.polynomials)):
        require_integers(term_plan.magnitude(index), f"the index {index!r}")
    accesses = [factor for factor in term_plan.factors if isinstance(factor, Access)]
    signature = tuple(access.tensor.name for access in accesses)
    packing = boxes.packing(entry_shape, signature)
    columns = [combined(term_plan.axes, entry_shape)]
    for name, access in zip(signature, accesses):
        digits = (index + boxes.offsets[name] for index in access.indices)
        columns.append(combined(digits, boxes.shapes[name]))
    rows = _Rows.sorted_by(combined(columns, packing.limits), term_plan)
    kept = _kept(rows, entry_shape, accesses, boxes)
    words = packing.polynomials(columns)
    if len(set(signature)) == len(signature) and all(map(rows.fits, words)):
        return signature, Monomials(packing, tuple(rows.values(word, kept) for word in words), rows.coefficients(kept))
    for column in columns:
        require_integers(term_plan.magnitude(column), f"the index {column!r}")
    separate = _sort_repeated(signature, [rows.values(column, kept) for column in columns])
    return signature, Monomials(packing, packing.pack(separate), rows.coefficients(kept))


@dataclass(frozen=True)
class _Rows:
    """The enumeration of a plan, one row for every combination of values of its names.

    ``mesh`` has the values of each name as an array that broadcasts against the others.
    """

    plan: Plan
    mesh: Mapping[str, Integers]
    shape: tuple[int, ...]

    @staticmethod
    def sorted_by(key: Polynomial, term_plan: Plan) -> _Rows:
        """Names in the order of their weight in the key, the heaviest outermost, each in the direction of its sign."""
        weights = {name: sum(int(c) for m, c in key.terms if m == (name,)) for name in term_plan.ranges}
        order = sorted(weights, key=lambda name: -abs(weights[name]))
        mesh = term_plan.mesh(order)
        directed = {name: np.flip(values) if weights[name] < 0 else values for name, values in mesh.items()}
        return _Rows(term_plan, directed, tuple(term_plan.ranges[name][1] for name in order))

    def fits(self, polynomial: Polynomial) -> bool:
        return self.plan.magnitude(polynomial) < LARGEST_INTEGER

    def values(self, polynomial: Polynomial, kept: npt.NDArray[np.bool_]) -> Integers:
        """The polynomial's value in every row that is kept."""
        return self._select(self.all_values(polynomial), kept)

    def all_values(self, polynomial: Polynomial) -> Any:
        """The polynomial's value in every row, as an array that broadcasts to the shape of the rows.

        An affine one is summed from the innermost name outwards: then only the last sum has as many elements as
        there are rows.
        """
        if any(len(m) > 1 for m, _ in polynomial.terms):
            return polynomial.evaluate(self.mesh)
        weights = {m[0]: int(c) for m, c in polynomial.terms if m}
        total: Any = np.int64(int(polynomial.constant_term))
        for name in reversed(tuple(self.mesh)):
            if name in weights:
                total = weights[name] * self.mesh[name] + total
        return total

    def coefficients(self, kept: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        """The coefficients: 64-bit where no sum of them can overflow, else Python integers and fractions.

        One that is the same number everywhere is stored once.
        """
        coefficient = self.plan.coefficient
        whole = all(isinstance(c, int) for _, c in coefficient.terms)
        small = whole and self.plan.magnitude(coefficient) < 2**31
        dtype = np.int64 if small else object
        if coefficient.value is not None:
            count = prod(self.shape) // kept.size * int(np.count_nonzero(kept))
            return np.broadcast_to(np.asarray(coefficient.value, dtype=dtype), (count,))
        mesh = self.mesh if small else {name: values.astype(object) for name, values in self.mesh.items()}
        return self._select(np.asarray(coefficient.evaluate(mesh), dtype=dtype), kept)

    def _select(self, values: Any, kept: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        everywhere = np.broadcast_to(values, self.shape)
        if kept.size == 1 and kept.all():
            return everywhere.reshape(-1)
        return everywhere[np.broadcast_to(kept, self.shape)]


def _kept(rows: _Rows, entry_shape: tuple[int, ...], accesses: Sequence[Access], boxes: Boxes) -> npt.NDArray[np.bool_]:
    """The rows in which the product is not zero, as an array that broadcasts to the shape of the rows."""
    kept = np.ones((1,) * len(rows.shape), dtype=bool)
    for index, size in zip(rows.plan.axes, entry_shape):
        kept = _inside(kept, rows, index, 0, size - 1)
    for access in accesses:
        name = access.tensor.name
        for index, size in zip(access.indices, boxes.shapes[name]):
            low, high = -boxes.offsets[name], size - 1 - boxes.offsets[name]
            if low:
                _require_window(rows.plan, name, index)
            kept = _inside(kept, rows, index, low, high)
    for factor in rows.plan.factors:
        if isinstance(factor, Delta):
            kept = kept & (rows.all_values(factor.expression) == 0)
        elif not isinstance(factor, Access):
            kept = _inside(kept, rows, factor.expression, 0, None)
    return kept


def _require_window(term_plan: Plan, name: str, index: Polynomial) -> None:
    low, high = term_plan.interval(index)
    if not -WINDOW <= low <= high <= WINDOW:
        raise FormulaError(
            f"{name}[.., {index!r}, ..]",
            f"its indices leave the window from {-WINDOW} to {WINDOW}",
            "give the IndexedBase a shape",
        )


def _inside(
    kept: npt.NDArray[np.bool_], rows: _Rows, index: Polynomial, low: int, high: int | None
) -> npt.NDArray[np.bool_]:
    """``kept`` where low <= index <= high too; free where the ranges imply it."""
    least, greatest = rows.plan.interval(index)
    if least < low:
        kept = kept & (rows.all_values(index) >= low)
    if high is not None and greatest > high:
        kept = kept & (rows.all_values(index) <= high)
    return kept


def _sort_repeated(signature: Signature, columns: list[Integers]) -> list[Integers]:
    """x[3] x[1] and x[1] x[3] are one product: sort the indices within a repeated tensor."""
    for name in set(signature):
        places = [at + 1 for at, other in enumerate(signature) if other == name]
        if len(places) > 1:
            for at, column in zip(places, np.sort([columns[at] for at in places], axis=0)):
                columns[at] = column
    return columns
