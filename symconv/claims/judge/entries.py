"""Claims about single entries: polynomials in the labels, compared product by product."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from symconv.claims.interpret.limits import expanded
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.sums_of_entries import written_out
from symconv.claims.judge.switches import Switches
from symconv.claims.judge.wrong_entries import WrongEntries, written
from symconv.claims.parse.labels import meant_label
from symconv.claims.parse.names import missing, remedy
from symconv.claims.parse.products import products_of
from symconv.claims.report import CheckReport, Task
from symconv.errors import ClaimError
from symconv.formulas.labels import Polynomials
from symconv.geometry.axes import Axis, Layout, raveled
from symconv.proof.verdict import Witness

Place = tuple[int, ...]


class EntriesCheck(Task):
    """The check of formulas for single entries."""

    def run(self, readings: Sequence[Meaning], shape: tuple[int, ...] | None) -> CheckReport:
        full = tuple(int(size) for size in self.formula.shape)
        named = [self.named_place(reading, item, full) for reading, item in zip(readings, self.items)]
        if shape not in (None, full, self.kept(full)):
            return self.other_shape(readings, named, shape, full)
        places = self.places(readings, named, full, shape is not None)
        claimed = [self.polynomial(reading, item) for reading, item in zip(readings, self.items)]
        for at, reading, polynomial, right in zip(places, readings, claimed, self.right(places, full)):
            if polynomial == right:
                continue
            if self.switches is None:
                return self.refuted(at, reading, polynomial, right, list(zip(places, claimed)))
            if (report := self.with_switches(at, polynomial, right)) is not None:
                return report
        entries = tuple(dict.fromkeys(places))
        of_all = _counted(prod(full), "entry", "entries")
        return self.report("proved", scope=f"this shape, {len(entries)} of {of_all}", entries=entries)

    def places(
        self, readings: Sequence[Meaning], named: Sequence[Place | None], full: Place, is_array: bool
    ) -> list[Place]:
        """The entry of every claim: the one on its left side; without left sides, all in row-major order.

        Claims with and without left sides are all in row-major order, if the left sides say so.
        """
        on_the_left = [place for place in named if place is not None]
        if len(on_the_left) == len(named) and not is_array:
            return on_the_left
        if len(readings) != prod(full):
            given, count = _counted(len(readings), "claim", "claims"), _counted(prod(full), "entry", "entries")
            raise ClaimError(
                str(self.items[0]), f"{given}, but {self.of} has {count}, shape {full}",
                "give one claim for each entry in row-major order, or name the entry: h2 = ..",
            )  # fmt: skip
        order = [tuple(int(i) for i in index) for index in np.ndindex(*full)]
        for at, (place, own, reading, item) in enumerate(zip(order, named, readings, self.items)):
            if own is not None and own != place:
                raise ClaimError(
                    str(item), f"its left side is the entry {list(own)}, but it stands in the place of {list(place)}",
                    "move it to its place, or give every claim a left side",
                )  # fmt: skip
            if own is None and reading.left is not None and at:
                raise ClaimError(str(item), "its left side does not say which entry", "write h2 = .., or leave it out")
        return order

    def right(self, places: Sequence[Place], full: Place) -> Iterable[Polynomials]:
        """The right entries at these places."""
        if 1 < len(set(places)) == prod(full):
            every = self.formula.polynomials(self.max_terms)
            return (every[int(np.ravel_multi_index(place, full))] for place in places)
        return map(self.formula.polynomial, places)

    # -- left sides ----------------------------------------------------------------------------------

    def named_place(self, reading: Meaning, item: Any, full: Place) -> Place | None:
        """The entry on the left side of a claim; None if there is none."""
        left = () if reading.left is None else reading.left[1]
        letters = [str(index) for index in left if not index.is_Integer]
        if letters and reading.labels:
            raise ClaimError(
                str(item), f"it has the labels {', '.join(reading.labels)} and indices", "use either labels or indices"
            )
        if letters or (reading.free and not reading.labels):
            raise ClaimError(str(item), "a formula with indices cannot be checked with other claims", "check it alone")
        if reading.free:
            unknown = ", ".join(reading.free)
            lacks = missing(self.definitions, reading.free[0])
            wrong = lacks or f"{unknown} is neither an entry nor a number"
            raise ClaimError(str(item), wrong, remedy(lacks) or "use labels, such as X1")
        if reading.left is not None and not self.formula.axes:
            return (0,) * len(full)
        return self.place(reading, item, full) if left else None

    def place(self, reading: Meaning, item: Any, full: Place) -> Place:
        """The entry's index in the quantity's shape; given by label, by the formula's indices, or by the shape's."""
        assert reading.left is not None
        base = self.index_base if reading.left_by_index else 0
        given = tuple(int(index) - base for index in reading.left[1])
        read = [self.at_labels(given, full)]
        if reading.left_by_index:
            read += [self.at_axes(given), given if _is_inside(given, full) else None]
        found = {place for place in read if place is not None}
        if len(found) != 1:
            several = f", and it may be {' or '.join(str(list(place)) for place in sorted(found))}" if found else ""
            raise ClaimError(str(item), f"{self.of} has shape {full}{several}", "use an entry of it")
        return found.pop()

    def kept(self, full: Place) -> Place:
        """The sizes of the dimensions that labels have a number for."""
        return tuple(size for size, dimension in zip(full, self.formula.layout) if dimension)

    def at_labels(self, given: Place, full: Place) -> Place | None:
        """The place with these numbers in its label."""
        if not _is_inside(given, self.kept(full)):
            return None
        rest = iter(given)
        return tuple(next(rest) if dimension else 0 for dimension in self.formula.layout)

    def at_axes(self, given: Place) -> Place | None:
        """The place with these indices in the formula; groups and their channels have one each."""
        if not _is_inside(given, [_size(axis) for axis in self.formula.axes]):
            return None
        return _joined(given, self.formula.layout)

    # -- right sides ---------------------------------------------------------------------------------

    def polynomial(self, reading: Meaning, item: Any) -> Polynomials:
        """A claim about single entries as a polynomial in the labels of the layer's own tensors."""
        labels = dict(reading.labels)
        for entry in reading.labels.values():
            if entry.index is None and (meant := meant_label(self.definitions, entry)) is not None:
                raise ClaimError(str(item), f"this layer has no {entry.label}", meant)
        labelled = {}
        above = written_out(reading.value.above, self.definitions.layouts, self.index_base)
        for indexed in above.atoms(sp.Indexed):
            name = str(indexed.base.label)
            if name not in self.definitions.layouts or not all(index.is_Integer for index in indexed.indices):
                raise ClaimError(str(indexed), "not a single entry", "use numbers for its indices")
            named = self.definitions.entry(name, [int(i) - self.index_base for i in indexed.indices])
            labelled[indexed] = sp.Integer(0) if named is None else sp.Symbol(named.label)
            labels.update({} if named is None else {named.label: named})
        products = _terms((above / reading.value.below).xreplace(labelled))
        for label in sorted({label for product in products for label in product} - labels.keys()):
            if (scalar := self.definitions.scalar(label)) is not None:
                labels[label] = scalar
                continue
            wrong = missing(self.definitions, label) or f"the name {label!r} is not known"
            raise ClaimError(
                str(reading.value.above), wrong, f"labels are those of {', '.join(self.definitions.layouts)}"
            )
        return self.definitions.in_own_labels(products, labels, self.max_terms)

    def refuted(
        self, at: tuple[int, ...], reading: Meaning, claimed: Polynomials, right: Polynomials,
        all_claimed: Sequence[tuple[tuple[int, ...], Polynomials]],
    ) -> CheckReport:  # fmt: skip
        missing = {m: c for m, c in right.items() if claimed.get(m, 0) != c}
        extra = {m: c for m, c in claimed.items() if right.get(m, 0) != c}
        numbers = numbers_that_differ(claimed, right)
        left, truth = value_at(claimed, numbers), value_at(right, numbers)
        witness = Witness({}, {}, {(label, ()): number for label, number in numbers.items()}, truth, left)
        return self.report(
            "refuted", entry=at, witness=witness, write_right=partial(self.written, at),
            explain=WrongEntries(self, missing, extra, reading.labels, all_claimed).all,
        )  # fmt: skip

    def written(self, at: tuple[int, ...]) -> str:
        return str(self.formula[at])

    @cached_property
    def switches(self) -> Switches | None:
        return Switches(self.definitions, self.layer) if self.layer.has_switch else None

    def with_switches(self, at: tuple[int, ...], claimed: Polynomials, right: Polynomials) -> CheckReport | None:
        """The report on a wrong entry of max pooling, where the switches follow from the input; None if it is right."""
        assert self.switches is not None
        products = {m: claimed.get(m, 0) - right.get(m, 0) for m in {**claimed, **right}}
        difference = self.switches.reduced(products, self.max_terms)
        if not difference:
            return None
        used = {label for m in (*claimed, *right) for label in m} | self.switches.inputs | self.switches.places.keys()
        for numbers in self.switches.numbers():
            left, truth = value_at(claimed, numbers), value_at(right, numbers)
            if left != truth:
                shown = {label: number for label, number in numbers.items() if label in used}
                witness = Witness({}, {}, {(label, ()): number for label, number in shown.items()}, truth, left)
                return self.report("refuted", entry=at, witness=witness, write_right=partial(self.written, at))
        remaining = " + ".join(written(m, c) for m, c in sorted(difference.items()))
        return self.report("undecided", remaining=remaining, write_right=partial(self.written, at))

    def other_shape(
        self, readings: Sequence[Meaning], named: Sequence[Place | None], shape: Place, full: Place
    ) -> CheckReport:
        """Refuse an array of another shape (entries with left sides are not an array)."""
        words = [f"its shape is {shape}, but {self.of} has shape {full}"]
        if any(place is not None for place in named):
            raise ClaimError(str(self.items[0]), words[0], "give claims with left sides as a list, or leave them out")
        if len(full) == 2 and shape == full[::-1]:
            claimed = [self.polynomial(reading, item) for reading, item in zip(readings, self.items)]
            turned = [tuple(int(i) for i in index[::-1]) for index in np.ndindex(*shape)]
            if all(self.formula.polynomial(at) == one for at, one in zip(turned, claimed)):
                words = ["it is the transpose of the right matrix"]
        return self.report("refuted", explain=partial(tuple, words))


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _is_inside(index: Sequence[int], shape: Sequence[int]) -> bool:
    return len(index) == len(shape) and all(0 <= at < size for at, size in zip(index, shape))


def _size(axis: Axis) -> int:
    return int(axis.size.value or 0)


def _joined(index: Place, layout: Layout) -> Place:
    """The index in a shape from one for each of its axes."""
    rest = iter(index)
    return tuple(raveled([next(rest) for _ in dimension], [*map(_size, dimension)]) for dimension in layout)


def _terms(expression: sp.Expr) -> Polynomials:
    """The products of an expression; it is multiplied out if it has to be."""
    if (found := products_of(expression)) is not None:
        return found
    multiplied_out = expanded(expression)
    if (found := products_of(multiplied_out)) is None:
        factors = (factor for term in sp.Add.make_args(multiplied_out) for factor in sp.Mul.make_args(term))
        wrong = next(factor for factor in factors if products_of(factor) is None)
        raise ClaimError(str(wrong)[:60], "not a product of entries", "write a polynomial in the entries")
    return found


def value_at(polynomial: Polynomials, numbers: Mapping[str, int]) -> Any:
    return sum(c * prod(numbers.get(label, 0) for label in m) for m, c in polynomial.items())


def numbers_that_differ(claimed: Polynomials, right: Polynomials) -> dict[str, int]:
    """Numbers for labels, all others 0, at which two different polynomials have different values.

    Of the labels of one product: if no product of the difference has fewer of them, the others that are left have the
    same ones, and a polynomial that is not 0 is not 0 at some numbers (Schwartz and Zippel: at most of them).
    """
    difference = {m: claimed.get(m, 0) - right.get(m, 0) for m in {**right, **claimed}}
    product = min((m for m, c in difference.items() if c), key=lambda m: (len(set(m)), m not in right, len(m), m))
    labels, chance, most = sorted(set(product)), random.Random(0), 2
    numbers = dict.fromkeys(labels, 1)
    while not value_at(difference, numbers):
        numbers, most = {label: chance.randint(1, most) for label in labels}, most + 1
    return numbers
