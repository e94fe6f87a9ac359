"""Formulas at concrete sizes compared by their collected product terms, block by block of entries.

All product terms of one entry are in one block, so blocks are compared one after the other, and no more memory
is needed than for one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, Block, block_plans, require_terms
from symconv.algebra.concrete.few import common_terms
from symconv.algebra.concrete.plan import Plan
from symconv.algebra.forms import Form
from symconv.foundations.later import np, npt

if TYPE_CHECKING:
    from symconv.algebra.concrete.collect import Collected
    from symconv.algebra.concrete.terms import Signature

BLOCK = 2**20
"""Product terms in a block, about: few enough for a processor's cache, enough to make the rest of the work small."""

Monomial = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Difference:
    """One product on whose coefficient two collected forms disagree; ``flat`` is the entry's number in them."""

    entry: tuple[int, ...]
    flat: int
    monomial: Monomial
    left: int | Fraction
    right: int | Fraction


@dataclass(frozen=True)
class Disagreement:
    """The first form against another, in a block in which they differ."""

    other: int
    left: Collected
    right: Collected
    difference: Difference


@dataclass(frozen=True)
class Comparison:
    """Several forms compared: how many product terms they have in common, up to where they first differ.

    ``made`` is how many were made of all the forms, before those that are alike were added up.
    """

    count: int
    disagreement: Disagreement | None
    made: int


def compare(
    forms: Sequence[Form],
    axes: Sequence[tuple[str, int]],
    values: Mapping[str, int],
    max_terms: int = DEFAULT_MAX_TERMS,
    what: str = "a formula",
    constants: Mapping[str, npt.NDArray[np.object_]] | None = None,
) -> Comparison:
    """The first form against each of the others, exactly and for all values of their tensors.

    Args:
        axes: the entry's index names with their sizes.
        values: an integer for every other free name.
        max_terms: refuse to make more product terms than this from one form.
        constants: numbers for the entries of some tensors.

    Raises:
        SizeLimitError: more than ``max_terms`` would be made.
        InfiniteSumError: a sum is not finite at these sizes.
    """
    count = made = 0
    for block, plans in _blocks(forms, axes, values, max_terms, what):
        made += sum(plan.count for planned in plans for plan in planned)
        common, disagreement = _compare_block(forms, plans, values, block, constants)
        if disagreement is not None:
            return Comparison(count, disagreement, made)
        count += common
    return Comparison(count, None, made)


def compare_in(
    block: Block,
    forms: Sequence[Form],
    axes: Sequence[tuple[str, int]],
    max_terms: int,
    constants: Mapping[str, npt.NDArray[np.object_]] | None = None,
) -> Comparison:
    """The same for the entries of one block of formulas without free names; see ``compare``."""
    plans = [block_plans(form, axes, {}, block) for form in forms]
    made = [sum(plan.count for plan in planned) for planned in plans]
    require_terms(max(made), max_terms, "a part of a formula")
    count, disagreement = _compare_block(forms, plans, {}, block, constants)
    return Comparison(count, disagreement, sum(made))


def _compare_block(
    forms: Sequence[Form],
    plans: list[list[Plan]],
    values: Mapping[str, int],
    block: Block,
    constants: Mapping[str, npt.NDArray[np.object_]] | None,
) -> tuple[int, Disagreement | None]:
    """The number of product terms in common, and the first disagreement."""
    if not constants and (common := common_terms(plans, block.shape, values)) is not None:
        return common, None
    from symconv.algebra.concrete.collect import collect_planned  # with arrays, which few terms do not need

    left, *others = (collect_planned(form, planned, values, block) for form, planned in zip(forms, plans))
    left = left.with_values(constants or {})
    for at, right in enumerate(others, start=1):
        right = right.with_values(constants or {})
        if (difference := first_difference(left, right)) is not None:
            return 0, Disagreement(at, left, right, difference)
    return left.count, None


def _blocks(
    forms: Sequence[Form], axes: Sequence[tuple[str, int]], values: Mapping[str, int], max_terms: int, what: str
) -> Iterator[tuple[Block, list[list[Plan]]]]:
    """Blocks that together are all entries, each with about BLOCK product terms or a single entry; planned."""

    whole = Block.whole(axes)
    waiting = [whole]
    while waiting:
        block = waiting.pop()
        plans = [block_plans(form, axes, values, block) for form in forms]
        terms = max(sum(plan.count for plan in planned) for planned in plans)
        if block is whole:
            require_terms(terms, max_terms, what)
        if terms <= BLOCK or max(block.shape, default=1) == 1:
            yield block, plans
        else:
            waiting += reversed(block.split(-(-terms // BLOCK)))


def first_difference(left: Collected, right: Collected) -> Difference | None:
    """A product of fewest factors on whose coefficient the two disagree; None if they are equal."""
    if left.block != right.block:
        raise ValueError("formulas with different entries cannot be compared")
    for signature in sorted(left.groups.keys() | right.groups.keys(), key=lambda s: (len(s), s)):
        if not _same(left, right, signature) and (difference := _difference(left, right, signature)) is not None:
            return difference
    return None


def _same(left: Collected, right: Collected, signature: Signature) -> bool:
    """Whether both have the same keys and coefficients."""
    one, two = left.groups.get(signature), right.groups.get(signature)
    if one is None or two is None or one.packing != two.packing:
        return False
    words = all(np.array_equal(a, b) for a, b in zip(one.words, two.words))
    return words and np.array_equal(one.coefficients, two.coefficients)


def _difference(left: Collected, right: Collected, signature: Signature) -> Difference | None:
    """The first key, in row-major order, that has different coefficients; both sides have their keys in that order."""
    sides = [_rows(side, signature) for side in (left, right)]
    at = _first_place(*sides)
    found = [_at_place(columns, at) for columns in sides]
    keys = [key for key, _ in found if key]
    if not keys:
        return None
    flat, *indices = key = min(keys)
    one, other = (coefficient if own == key else 0 for own, coefficient in found)
    boxes = left.boxes if signature in left.groups else right.boxes
    monomial = tuple((name, boxes.index(name, at)) for name, at in zip(signature, indices))
    return Difference(left.block.index(flat), flat, monomial, one, other)


def _rows(side: Collected, signature: Signature) -> list[npt.NDArray[Any]]:
    """Columns of flat entries, of flat indices and, last, of coefficients other than 0."""
    group = side.groups.get(signature)
    if group is None:
        return [np.zeros(0, dtype=np.int64)] * (len(signature) + 2)
    kept = np.flatnonzero(group.coefficients)
    return [column[kept] for column in (*group.columns(), group.coefficients)]


def _first_place(one: Sequence[npt.NDArray[Any]], other: Sequence[npt.NDArray[Any]]) -> int:
    """The first row in which they differ; behind the last of the shorter if there is none."""
    shorter = min(len(one[0]), len(other[0]))
    differ = np.zeros(shorter, dtype=bool)
    for a, b in zip(one, other):
        differ |= (a[:shorter] != b[:shorter]).astype(bool)
    return int(np.argmax(differ)) if differ.any() else shorter


def _at_place(columns: Sequence[npt.NDArray[Any]], at: int) -> tuple[tuple[int, ...], Any]:
    """The key in a row and its coefficient; no key behind the last row."""
    if at >= len(columns[0]):
        return (), 0
    *key, coefficient = (column[at : at + 1].tolist()[0] for column in columns)
    return tuple(key), coefficient
