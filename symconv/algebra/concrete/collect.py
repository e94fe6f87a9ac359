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
from typing import Any

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, Block, block_plans, require_terms
from symconv.algebra.concrete.plan import Integers, Plan
from symconv.algebra.concrete.terms import Boxes, Monomials, Signature, product_terms
from symconv.algebra.forms import Form
from symconv.foundations.later import np, npt

Row = tuple[int, Signature, tuple[int, ...], "int | Fraction"]
"""A product term: the flat entry, tensor names, the flat index in each, and the coefficient."""


@dataclass(frozen=True)
class Collected:
    """A form at concrete sizes as an exact polynomial for every entry of a block."""

    block: Block
    boxes: Boxes
    groups: dict[Signature, Monomials]

    @property
    def entry_shape(self) -> tuple[int, ...]:
        return self.block.shape

    @property
    def count(self) -> int:
        return sum(map(len, self.groups.values()))

    def with_values(self, values: Mapping[str, npt.NDArray[np.object_]]) -> Collected:
        """The same with numbers for the entries of some tensors; like terms are added again."""
        if not any(name in values for signature in self.groups for name in signature):
            return self
        parts: dict[Signature, list[Monomials]] = {}
        for signature, group in self.groups.items():
            entries, *flats = group.columns()
            coefficients = group.coefficients
            for name, flat in zip(signature, flats):
                if name in values:
                    coefficients = _times(coefficients, np.ravel(values[name]), flat)
            rest = tuple(name for name in signature if name not in values)
            packing = self.boxes.packing(self.entry_shape, rest)
            kept = [flat for name, flat in zip(signature, flats) if name not in values]
            parts.setdefault(rest, []).append(Monomials(packing, packing.pack([entries, *kept]), coefficients))
        return Collected(self.block, self.boxes, _merged(parts))

    def columns(self) -> Iterator[tuple[Signature, Integers, list[Integers], npt.NDArray[Any]]]:
        """(tensor names, flat entries, flat indices in each tensor, coefficients), as arrays sorted by entry."""
        for signature, group in self.groups.items():
            entries, *flats = group.columns()
            yield signature, entries, flats, group.coefficients

    def terms(self) -> Iterator[Row]:
        """(flat entry, tensor names, flat index in each, coefficient), entry by entry within a group."""
        for signature, group in self.groups.items():
            for row, coefficient in zip(zip(*(c.tolist() for c in group.columns())), group.coefficients.tolist()):
                yield row[0], signature, row[1:], coefficient

    def terms_of(self, entry: int) -> Iterator[Row]:
        """The ``terms`` of one entry, which are found without making the others."""
        for signature, entries, flats, coefficients in self.columns():
            (places,) = np.nonzero(entries == entry)
            rows = zip(*(column[places].tolist() for column in flats)) if flats else ((),) * len(places)
            yield from ((entry, signature, row, one) for row, one in zip(rows, coefficients[places].tolist()))

    def term(self, place: int) -> Row:
        """The one of the ``terms`` at a place, which is found without making the others."""
        for signature, group in self.groups.items():
            if place < len(group):
                entry, *flats = (int(column[place]) for column in group.columns())
                return entry, signature, tuple(flats), group.coefficients[place : place + 1].tolist()[0]
            place -= len(group)
        raise IndexError(place)


def collect_terms(
    form: Form,
    axes: Sequence[tuple[str, int]],
    values: Mapping[str, int],
    max_terms: int = DEFAULT_MAX_TERMS,
    what: str = "a formula",
    block: Block | None = None,
) -> Collected:
    """Every entry of the form at concrete sizes, or of a block of it, as collected product terms.

    Args:
        axes: the entry's index names with their sizes; entries are numbered in row-major order.
        values: an integer for every other free name.
        max_terms: refuse to make more product terms than this.

    Raises:
        SizeLimitError: more than ``max_terms`` would be made.
        InfiniteSumError: a sum is not finite at these sizes.
    """
    block = block or Block.whole(axes)
    plans = block_plans(form, axes, values, block)
    require_terms(sum(p.count for p in plans), max_terms, what)
    return collect_planned(form, plans, values, block)


def collect_planned(form: Form, plans: Sequence[Plan], values: Mapping[str, int], block: Block) -> Collected:
    """The product terms of a form in a block, as planned."""
    boxes = Boxes.of(form.tensors, values)
    parts: dict[Signature, list[Monomials]] = {}
    for term_plan in plans:
        signature, terms = product_terms(term_plan, block.shape, boxes)
        parts.setdefault(signature, []).append(terms)
    return Collected(block, boxes, _merged(parts))


def _merged(parts: Mapping[Signature, Sequence[Monomials]]) -> dict[Signature, Monomials]:
    """Terms over the same tensors collected; no empty groups."""
    groups = {}
    for signature, pieces in sorted(parts.items()):
        words = tuple(map(_joined, zip(*(piece.words for piece in pieces))))
        coefficients = [piece.coefficients for piece in pieces if len(piece)]
        if coefficients:
            number = _one_number(coefficients)
            kept = _collected(words, np.concatenate(coefficients)) if number is None else _counted(words, number)
            if len(kept[1]):
                groups[signature] = Monomials(pieces[0].packing, *kept)
    return groups


def _times(coefficients: npt.NDArray[Any], numbers: npt.NDArray[Any], at: Integers) -> npt.NDArray[Any]:
    """Every coefficient times the number at its place; equal pairs are multiplied once."""
    (one, own), (other, theirs) = _distinct(coefficients), _distinct(numbers)
    pairs, places = np.unique(own * len(other) + theirs[at], return_inverse=True)
    products = np.empty(len(pairs), dtype=object)
    for place, pair in enumerate(pairs.tolist()):
        products[place] = one[pair // len(other)] * other[pair % len(other)]
    return products[places]


def _distinct(numbers: npt.NDArray[Any]) -> tuple[list[Any], Integers]:
    """The different numbers, and for each its place among them."""
    known: dict[Any, int] = {}
    places = np.fromiter((known.setdefault(one, len(known)) for one in numbers.tolist()), np.int64, len(numbers))
    return list(known), places


def _joined(arrays: Sequence[Integers]) -> Integers:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _one_number(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any] | None:
    """The number, as an array of one element, that all the coefficients are where each array holds one number once."""
    if any(array.strides != (0,) for array in arrays) or any(array[0] != arrays[0][0] for array in arrays):
        return None
    return arrays[0][:1]


def _counted(words: tuple[Integers, ...], number: npt.NDArray[Any]) -> tuple[tuple[Integers, ...], npt.NDArray[Any]]:
    """Sorted keys, each once, with the number times how often it comes."""
    # A stable sort is quick on runs that are sorted already, and most keys come in such runs.
    words = (np.sort(words[0], kind="stable"),) if len(words) == 1 else _rows_in(words, np.lexsort(words[::-1]))
    first = _first_of_each(words)
    if first.all():
        return words, np.broadcast_to(number, first.shape)
    starts = np.flatnonzero(first)
    return _rows_in(words, starts), number * np.diff(starts, append=len(first))


def _collected(
    words: tuple[Integers, ...], coefficients: npt.NDArray[Any]
) -> tuple[tuple[Integers, ...], npt.NDArray[Any]]:
    """Sorted keys, each once, with the sum of its coefficients; those whose sum is zero are left out."""
    order = np.argsort(words[0], kind="stable") if len(words) == 1 else np.lexsort(words[::-1])
    words, coefficients = _rows_in(words, order), coefficients[order]
    starts = np.flatnonzero(_first_of_each(words))
    totals = np.add.reduceat(coefficients, starts)
    return _rows_in(words, starts[totals != 0]), totals[totals != 0]


def _first_of_each(words: tuple[Integers, ...]) -> npt.NDArray[np.bool_]:
    """Where a key differs from the one before it."""
    first = np.ones(len(words[0]), dtype=bool)
    first[1:] = False
    for word in words:
        first[1:] |= word[1:] != word[:-1]
    return first


def _rows_in(words: tuple[Integers, ...], order: npt.NDArray[Any]) -> tuple[Integers, ...]:
    return tuple(word[order] for word in words)
