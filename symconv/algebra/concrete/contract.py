"""Sums of products of arrays whose axes have names, laid out as products of matrices.

An operand is an array with one name for each of its axes. Names that the result does not have are summed. Two
operands at a time are multiplied: by one (stacked) matrix product where names are summed, entry by entry where
not. What is laid out is chosen once, from the operands' names and strides; the arrays come later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import prod
from typing import Any, TypeAlias

from symconv.foundations.later import np, npt

Array: TypeAlias = "npt.NDArray[Any]"
Names = tuple[str, ...]
SMALL_PRODUCT = 4096
"""Matrix products of fewer multiplications than this are not worth a call each."""
SHORT_SUM = 16
"""A sum shorter than this leaves a matrix product little to do."""


@dataclass(frozen=True)
class Strided:
    """What is known of an operand before it comes: its names, and along each the step in elements in memory."""

    steps: Mapping[str, int]

    @property
    def names(self) -> Names:
        return tuple(self.steps)

    @staticmethod
    def contiguous(names: Sequence[str], lengths: Mapping[str, int]) -> Strided:
        steps, step = {}, 1
        for name in reversed(names):
            steps[name] = step
            step *= lengths[name]
        return Strided({name: steps[name] for name in names})


@dataclass(frozen=True)
class Contraction:
    """Multiply and sum: ``steps`` say which two arrays are replaced by their product, which comes last.

    ``names`` are those of the result.
    """

    names: Names
    sums: tuple[tuple[int, ...], ...]
    steps: tuple[tuple[int, int, MatrixProduct | Entrywise], ...]
    permutation: tuple[int, ...]

    def of(self, arrays: Sequence[Array], out: Array | None = None) -> Array:
        """The result for the operands; it is ``out``, if that is given and the axes come out in order."""
        left = [_summed(array, axes) if axes else array for array, axes in zip(arrays, self.sums)]
        for at, (one, other, step) in enumerate(self.steps):
            in_order = at == len(self.steps) - 1 and not self.permutation
            product = step.of(left[one], left[other], out if in_order else None)
            left = [array for place, array in enumerate(left) if place not in (one, other)] + [product]
        return left[0].transpose(self.permutation) if self.permutation else left[0]


def contraction(operands: Sequence[Strided], lengths: Mapping[str, int], order: Sequence[str]) -> Contraction:
    """How to multiply the operands (one at least) and to sum over all names that are not in ``order``.

    Args:
        lengths: for every name, how many values it has.
        order: names of the result, in the order of its axes; those that no operand has are left out.
    """
    sums: list[tuple[int, ...]] = []
    left: list[Strided] = []
    for at, operand in enumerate(operands):
        elsewhere = {name for other in (*operands[:at], *operands[at + 1 :]) for name in other.steps}
        axes = tuple(i for i, name in enumerate(operand.names) if name not in elsewhere and name not in order)
        kept = [name for i, name in enumerate(operand.names) if i not in axes]
        sums.append(axes)
        left.append(Strided.contiguous(kept, lengths) if axes else operand)
    names = _joined_names(operands, order)
    steps: list[tuple[int, int, MatrixProduct | Entrywise]] = []
    while len(left) > 1:
        one, other = _pair_with_smallest_product(left, lengths, names)
        rest = [operand for at, operand in enumerate(left) if at not in (one, other)]
        needed = _kept_names(left[one], left[other], rest, names)
        step = _product(left[one], left[other], needed, lengths)
        steps.append((one, other, step))
        left = [*rest, step.result]
    permutation = tuple(left[0].names.index(name) for name in names)
    return Contraction(
        names, tuple(sums), tuple(steps), () if permutation == tuple(range(len(permutation))) else permutation
    )


def _joined_names(operands: Sequence[Strided], order: Sequence[str]) -> Names:
    return tuple(name for name in order if any(name in operand.steps for operand in operands))


def _kept_names(one: Strided, other: Strided, rest: Sequence[Strided], order: Sequence[str]) -> Names:
    """Names of the product of two operands that are needed later, those of the result first and in order."""
    own = {**one.steps, **other.steps}
    inner = [name for name in own if name not in order and any(name in operand.steps for operand in rest)]
    return (*(name for name in order if name in own), *inner)


def _pair_with_smallest_product(
    operands: Sequence[Strided], lengths: Mapping[str, int], order: Sequence[str]
) -> tuple[int, int]:
    def size(pair: tuple[int, int]) -> int:
        rest = [operand for at, operand in enumerate(operands) if at not in pair]
        return prod(lengths[name] for name in _kept_names(operands[pair[0]], operands[pair[1]], rest, order))

    pairs = list(combinations(range(len(operands)), 2))
    return pairs[0] if len(pairs) == 1 else min(pairs, key=size)


def _product(one: Strided, other: Strided, order: Names, lengths: Mapping[str, int]) -> MatrixProduct | Entrywise:
    summed = tuple(name for name in one.steps if name in other.steps and name not in order)
    alone = [name for name in order if (name in one.steps) != (name in other.steps)]
    if not summed or not alone:
        return Entrywise.make(one, other, order, summed, lengths)
    rows, columns = _in_given_order(order, one, other)
    stacked = order[: len(order) - len(rows) - len(columns)]
    count = prod(lengths[name] for name in (*rows, *columns, *summed))
    if not columns or (count < SMALL_PRODUCT and any(name in alone for name in stacked)):
        columns = tuple(name for name in order if name not in one.steps)
        rows = tuple(name for name in order if name not in other.steps)
        stacked = tuple(name for name in order if name not in alone)
    left, right = (one, other) if all(name in other.steps for name in columns) else (other, one)
    product = MatrixProduct.make(left, right, (stacked, rows, columns), summed, lengths)
    return product if left is one else product.swapped()


def _in_given_order(order: Names, one: Strided, other: Strided) -> tuple[Names, Names]:
    """(rows, columns) of matrix products that come out in the given order, all other names stacked."""
    owner, partner = (one, other) if order[-1] in one.steps else (other, one)
    first = len(order)
    while first and order[first - 1] in owner.steps and order[first - 1] not in partner.steps:
        first -= 1
    top = first
    while top and order[top - 1] in partner.steps and order[top - 1] not in owner.steps:
        top -= 1
    return order[top:first], order[first:]


# -- products of two -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arranged:
    """An array with its axes permuted and joined, copied if that would leave no matrix in memory."""

    permutation: tuple[int, ...]
    shape: tuple[int, ...]
    copied: bool = False
    turned: bool = False

    def of(self, array: Array) -> Array:
        moved = array.transpose(self.permutation)
        joined = (np.ascontiguousarray(moved) if self.copied else moved).reshape(self.shape)
        return joined.swapaxes(-1, -2) if self.turned else joined


@dataclass(frozen=True)
class Entrywise:
    """The product entry by entry, its last ``summed`` axes summed."""

    left: Arranged
    right: Arranged
    summed: tuple[int, ...]
    result: Strided

    @staticmethod
    def make(one: Strided, other: Strided, order: Names, summed: Names, lengths: Mapping[str, int]) -> Entrywise:
        names = order + summed

        def arranged(operand: Strided) -> Arranged:
            own = operand.names
            return Arranged(
                tuple(own.index(name) for name in names if name in own),
                tuple(lengths[name] if name in own else 1 for name in names),
            )

        axes = tuple(range(len(order), len(names)))
        return Entrywise(arranged(one), arranged(other), axes, Strided.contiguous(order, lengths))

    def of(self, one: Array, other: Array, out: Array | None) -> Array:
        left, right = self.left.of(one), self.right.of(other)
        if self.summed:
            return _summed(np.multiply(left, right), self.summed)
        if out is not None:
            return np.multiply(left, right, out=out)
        return np.asarray(np.multiply(left, right, order="C"), dtype=left.dtype)


@dataclass(frozen=True)
class MatrixProduct:
    """A stack of matrix products; ``summed`` axes of the stack are summed afterwards."""

    left: Arranged
    right: Arranged
    summed: tuple[int, ...]
    matrices: tuple[int, ...]
    shape: tuple[int, ...]
    result: Strided
    exchanged: bool = False

    @staticmethod
    def make(
        left: Strided,
        right: Strided,
        layout: tuple[Names, Names, Names],
        summed: Names,
        lengths: Mapping[str, int],
    ) -> MatrixProduct:
        """For a layout (stacked names, names of the rows, names of the columns).

        The names summed run in the order that leaves the least to copy, those outermost in both operands as part of
        the stack: their matrices are then taken as they lie, and not copied side by side.
        """
        stacked, rows, columns = layout
        size = {part: prod(lengths[name] for name in names) for part, names in zip("src", layout)}
        best = None
        for operand in (left, right):
            inner = tuple(sorted(summed, key=lambda name: -abs(operand.steps[name])))
            outer = _outermost(inner, left, right, size["r"] * size["c"], max(size["r"], size["c"]), lengths)
            inner = inner[len(outer) :]
            one, one_cost = _matrix(left, outer + stacked, rows, inner, lengths)
            two, two_cost = _matrix(right, outer + stacked, inner, columns, lengths)
            if best is None or one_cost + two_cost < best[0]:
                best = (one_cost + two_cost, outer, one, two)
        assert best is not None
        _, outer, one, two = best
        names = stacked + rows + columns
        return MatrixProduct(
            one,
            two,
            tuple(range(len(outer))),
            (*(lengths[name] for name in stacked), size["r"], size["c"]),
            tuple(lengths[name] for name in names),
            Strided.contiguous(names, lengths),
        )

    def swapped(self) -> MatrixProduct:
        """The same for the operands in the other order."""
        return MatrixProduct(
            self.left, self.right, self.summed, self.matrices, self.shape, self.result, not self.exchanged
        )

    def of(self, one: Array, other: Array, out: Array | None) -> Array:
        if self.exchanged:
            one, other = other, one
        left, right = self.left.of(one), self.right.of(other)
        if self.summed:
            return _summed(np.matmul(left, right), self.summed).reshape(self.shape)
        if out is not None and out.shape == self.shape:
            np.matmul(left, right, out=out.reshape(self.matrices))
            return out
        product: Array = np.matmul(left, right)
        return product.reshape(self.shape)


def _summed(array: Array, axes: tuple[int, ...]) -> Array:
    return np.asarray(array.sum(axis=axes), dtype=array.dtype)


def _outermost(
    summed: Names, left: Strided, right: Strided, product: int, longest_side: int, lengths: Mapping[str, int]
) -> Names:
    """The summed names, from the first, that are outermost in both operands, while enough is left to sum inside.

    The stack of products must not be larger than the larger operand: the sum inside not shorter than the shorter side.
    """
    outer: list[str] = []
    inside = prod(lengths[name] for name in summed)
    for name in summed:
        others = [[abs(o.steps[n]) for n in o.steps if n != name and n not in outer] for o in (left, right)]
        inside //= lengths[name]
        if any(abs(o.steps[name]) < max(rest, default=0) for o, rest in zip((left, right), others)):
            break
        if inside < SHORT_SUM or product > longest_side * inside:
            break
        outer.append(name)
    return tuple(outer)


def _matrix(
    operand: Strided, stacked: Names, rows: Names, columns: Names, lengths: Mapping[str, int]
) -> tuple[Arranged, float]:
    """The operand as a stack of matrices, and what laying it out costs: no copy, or the cheaper of two."""
    best: tuple[Arranged, float] | None = None
    for turned, (first, second) in ((False, (rows, columns)), (True, (columns, rows))):
        own = operand.names
        permutation = tuple(own.index(name) for name in (*stacked, *first, *second) if name in own)
        stack = [lengths[name] if name in own else 1 for name in stacked]
        shape = (*stack, prod(lengths[n] for n in first), prod(lengths[n] for n in second))
        in_place = _is_matrix(operand, first, second, lengths)
        cost = 0.0 if in_place else prod(lengths[name] for name in own) * _cost_of_copying(operand, second, lengths)
        if best is None or cost < best[1]:
            best = (Arranged(permutation, shape, not in_place, turned), cost)
    assert best is not None
    return best


def _is_matrix(operand: Strided, first: Names, second: Names, lengths: Mapping[str, int]) -> bool:
    """Whether the array is in memory a matrix with rows ``first`` that BLAS takes: unit steps, rows apart."""
    row = _joined_step(operand, first, lengths)
    column = _joined_step(operand, second, lengths)
    width = prod(lengths[name] for name in second)
    return column in (1, 0) and row is not None and (row == 0 or row >= width)


def _joined_step(operand: Strided, names: Names, lengths: Mapping[str, int]) -> int | None:
    """The step of the axes joined to one: 0 if it has a single element, None if they cannot be joined."""
    long = [name for name in names if lengths[name] > 1]
    for name, inner in pairwise(long):
        if operand.steps[name] != operand.steps[inner] * lengths[inner]:
            return None
    return operand.steps[long[-1]] if long else 0


def _cost_of_copying(operand: Strided, innermost: Names, lengths: Mapping[str, int]) -> float:
    """Per element, in units of one in a long run: runs are as long as the innermost name, fastest without gaps."""
    if not innermost:
        return 10.0
    name = innermost[-1]
    return (1 if abs(operand.steps[name]) == 1 else 2) + 8 / lengths[name]
