"""Why claims about single entries are wrong: the mistake that gives all of them, and the products that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.concrete.one_product import Factor, coefficient_of
from symconv.algebra.concrete.plan import concrete_shape
from symconv.algebra.forms import Tensor
from symconv.claims.interpret.definitions import Entry
from symconv.claims.report import Task
from symconv.errors import InfiniteSumError, SizeLimitError
from symconv.formulas.labels import Polynomials
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import Cached
from symconv.geometry.axes import raveled, unraveled

Place = tuple[int, ...]

MOST_ENTRIES = 200
"""A claim is compared with the other entries of a tensor that has at most 200."""


@dataclass(frozen=True)
class WrongEntries(Cached):
    """The explanations of claims, of which the one with these ``labels`` is the first wrong one.

    ``missing`` and ``extra`` are the products in which it differs, ``claimed`` all claims with their places.
    """

    check: Task
    missing: Polynomials
    extra: Polynomials
    labels: Mapping[str, Entry]
    claimed: Sequence[tuple[Place, Polynomials]]

    def all(self) -> Iterator[str]:
        """The simplest mistake that gives all claims, if there is one, and what differs in the first wrong one."""
        says_enough = sum(len(polynomial) for _, polynomial in self.claimed) > 1  # zeros show nothing
        says_enough &= not any(entry.index is None for entry in self.labels.values())  # which no formula has
        mistake = next(self.mistakes(), None) if says_enough else None
        if mistake is not None:
            yield mistake
        yield difference(self.missing, self.extra, self.labels)

    def mistakes(self) -> Iterator[str]:
        """Mistakes by which all claims come out, the simplest first."""
        formula = self.check.formula
        if (factor := self.factor(formula)) is not None:
            which = "it is the right formula" if len(self.claimed) == 1 else "all of them are the right ones"
            yield f"its sign is wrong: {which} times -1" if factor == -1 else f"{which} times {factor}"
        for words, wrong in self.check.candidates:
            if self.given_by(wrong):
                yield words
        yield from self.of_other_entries()
        for which, at in (("last", -1), ("first", 0)):
            if all(_overwritten(formula, place, at, self.check.layer.notation) == one for place, one in self.claimed):
                yield f"every entry has only its {which} product: products must be added (+=), not overwritten (=)"
        for words, wrong in self.check.candidates:
            if (factor := self.factor(wrong)) is not None:
                yield f"{words}, and it is multiplied by {factor}"
        one_product = len(self.wrong) == 1 and len(self.missing) < 2 and len(self.extra) < 2  # which is simpler said
        for words, wrong in self.check.pairs if not one_product else ():
            if self.given_by(wrong):
                yield words

    @cached_property
    def wrong(self) -> list[tuple[Place, Polynomials]]:
        """The claims that are wrong."""
        return [(place, one) for place, one in self.claimed if self.entry(self.check.formula, place) != one]

    def of_other_entries(self) -> Iterator[str]:
        """The claims are right, each for another entry than the one that it is about."""
        sizes = [int(size) for size in self.check.formula.shape]
        sums = all(len(polynomial) > 1 for _, polynomial in self.claimed)
        if not sums or prod(sizes) > MOST_ENTRIES:
            return
        try:
            entries = self.check.formula.polynomials(self.check.max_terms)
        except SizeLimitError:
            return
        right = {frozenset(one.items()): at for one, at in zip(entries, product(*map(range, sizes)))}
        places = [right.get(frozenset(polynomial.items())) for _, polynomial in self.claimed]
        if None not in places and len(set(places)) == len(places):
            which = "it is right" if len(places) == 1 else "they are right, the first of them"
            yield f"{which} for the entry at index {list(places[0] or ())}"

    def entry(self, formula: TensorFormula, place: Place) -> Polynomials:
        """An entry of a formula, made once: claims are compared with it, and multiples of it."""
        known = self.entries.setdefault(id(formula), (formula, {}))[1]  # with the formula, so that its id stays its own
        if place not in known:
            known[place] = formula.polynomial(place)
        return known[place]

    @cached_property
    def entries(self) -> dict[int, tuple[TensorFormula, dict[Place, Polynomials]]]:
        return {}

    def has_no(self, formula: TensorFormula, times: bool = False) -> bool:
        """Whether a product of the first wrong claim is not in that formula's entry, at least not so often.

        Args:
            times: it may be there any number of times but none.
        """
        if self.product is None:
            return False
        at, factors, coefficient = self.product
        found = coefficient_of(formula.form, factors, at)
        return found is not None and (not found if times else found != coefficient)

    @cached_property
    def product(self) -> tuple[Mapping[str, int], Sequence[Factor], Any] | None:
        """A product of the first wrong claim, with the entry's letters; None if a label is of another tensor."""
        place, polynomial = self.wrong[0] if self.wrong else ((), {})
        formula = self.check.formula
        shapes = {tensor.name: concrete_shape(tensor, {}) for tensor in formula.form.tensors}
        if not polynomial or formula.geometry.constants:
            return None
        labels, coefficient = min(polynomial.items())
        factors = []
        for label in labels:
            entry = self.labels.get(label)
            shape = None if entry is None else shapes.get(entry.tensor)
            if entry is None or entry.index is None or shape is None:
                return None
            dimensions = [axes for axes in formula.layouts[entry.tensor] if axes]
            whole = [prod(int(axis.size.value or 0) for axis in axes) for axes in dimensions]
            factors.append((entry.tensor, shape, unraveled(raveled(entry.index, whole), shape)))
        return formula.numbers_at(place), sorted(factors), coefficient

    def given_by(self, wrong: TensorFormula) -> bool:
        """Whether all claims are entries of that formula; without a factor, its sums may be infinite."""
        if self.has_no(wrong):
            return False
        try:
            return all(self.entry(wrong, place) == one for place, one in (*self.wrong, *self.claimed))
        except InfiniteSumError:
            return False

    def factor(self, formula: TensorFormula) -> Fraction | None:
        """The number by which all claims are multiples of the entries of a formula, if there is one other than 1."""
        factor: Fraction | None = None
        if self.has_no(formula, times=True):
            return None
        for place, claimed in self.claimed:
            try:
                right = self.entry(formula, place)
            except InfiniteSumError:
                return None
            if right.keys() != claimed.keys():
                return None
            for labels, coefficient in right.items():
                one = Fraction(sp.Rational(claimed[labels])) / Fraction(sp.Rational(coefficient))
                if factor not in (None, one):
                    return None
                factor = one
        return None if factor == 1 else factor


def _overwritten(formula: TensorFormula, place: Place, at: int, notation: Any) -> Polynomials:
    """What a loop over the outputs, or over the kernel, leaves in an entry that is overwritten each time."""
    order = (notation.grad_output, notation.weight)

    def loop(term: tuple[Any, Sequence[tuple[Tensor, int]]]) -> list[int]:
        return [index for name in order for tensor, index in term[1] if tensor.name == name]

    products = sorted(formula.products(place), key=loop)
    if not products:
        return {}
    coefficient, factors = products[at]
    return {tuple(sorted(formula.label(tensor.name, flat) for tensor, flat in factors)): coefficient}


def difference(missing: Polynomials, extra: Polynomials, labels: Mapping[str, Entry]) -> str:
    """The products that differ, in words: what stands there and what should."""
    unknown = sorted({label for m in extra for label in m if label in labels and labels[label].index is None})
    suffix = f"; this layer has no {' and no '.join(unknown)}" if unknown else ""
    for wrong, coefficient in sorted(extra.items()):
        if wrong in missing:
            return f"{written(wrong, coefficient)} should be {written(wrong, missing[wrong])}{suffix}"
        for right, wanted in sorted(missing.items()):
            shared = sum(min(wrong.count(label), right.count(label)) for label in set(wrong))
            if coefficient == wanted and len(wrong) == len(right) == shared + 1:
                return f"{written(wrong, coefficient)} should be {written(right, wanted)}{suffix}"
    parts = []
    if extra:
        parts.append(f"{', '.join(written(m, c) for m, c in sorted(extra.items())[:4])} should not be there")
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        parts.append(f"{', '.join(written(m, c) for m, c in sorted(missing.items())[:4])} {verb} missing")
    return " and ".join(parts) + suffix


def written(labels: tuple[str, ...], coefficient: Any) -> str:
    """A product of labels as text."""
    return str(sp.Mul(coefficient, *map(sp.Symbol, labels))) if labels else str(coefficient)
