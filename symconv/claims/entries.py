"""Claims about single entries: polynomials in the labels, compared product by product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from symconv.claims.meaning import Meaning
from symconv.claims.names import Entry
from symconv.claims.products import products_of
from symconv.claims.report import CheckReport, Task
from symconv.errors import ClaimError
from symconv.proof.verdict import Witness
from symconv.tensors import Polynomials, TensorFormula


class EntriesCheck(Task):
    """The check of formulas for single entries."""

    def run(self, readings: Sequence[Meaning], shape: tuple[int, ...] | None) -> CheckReport:
        full = tuple(int(size) for size in self.formula.shape)
        if shape is not None and shape != full:
            return self.other_shape(readings, shape, full)
        places = self.places(readings, full)
        claimed = [self.polynomial(reading) for reading in readings]
        for at, reading, polynomial, right in zip(places, readings, claimed, self.right(self.formula, places)):
            if polynomial != right:
                return self.refuted(at, reading, polynomial, right, list(zip(places, claimed)))
        return self.report("proved", scope=f"this shape, {len(places)} of {prod(full)} entries")

    def places(self, readings: Sequence[Meaning], full: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The entry of every claim: the one on its left side, or all in row-major order."""
        if all(reading.left is not None and reading.left[1] for reading in readings):
            return [self.place(reading, text, full) for reading, text in zip(readings, self.texts)]
        if len(readings) != prod(full):
            raise ClaimError(
                self.texts[0], f"there are {len(readings)} claims; {self.of} has {prod(full)} entries, shape {full}",
                "give one for each in row-major order, or say which in front: h2 = ..",
            )  # fmt: skip
        return [tuple(int(i) for i in index) for index in np.ndindex(*full)]

    def right(self, formula: TensorFormula, places: Sequence[tuple[int, ...]]) -> Iterable[Polynomials]:
        """The entries of a formula at these places."""
        if 1 < len(places) == prod(map(int, formula.shape)):
            return formula.polynomials(self.max_terms)
        return map(formula.polynomial, places)

    def place(self, reading: Meaning, text: str, full: tuple[int, ...]) -> tuple[int, ...]:
        assert reading.left is not None
        if not all(index.is_Integer for index in reading.left[1]):
            raise ClaimError(
                text, f"it has the labels {', '.join(reading.labels)} and indices", "use either labels or indices"
            )
        base = self.index_base if reading.left_by_index else 0
        given = [int(index) - base for index in reading.left[1]]
        kept = [size for size, dimension in zip(full, self.formula.layout) if dimension]
        sizes = kept if len(given) == len(kept) else list(full)
        if len(given) != len(sizes) or not all(0 <= at < size for at, size in zip(given, sizes)):
            raise ClaimError(text, f"{self.of} has shape {full}", "use an entry of it")
        rest = iter(given)
        return tuple(next(rest) if dimension or len(given) == len(full) else 0 for dimension in self.formula.layout)

    def polynomial(self, reading: Meaning) -> Polynomials:
        """A claim about single entries as a polynomial in their labels."""
        names = self.layer.notation
        labelled = {}
        for indexed in reading.value.above.atoms(sp.Indexed):
            layout = self.formula.layouts.get(str(indexed.base.label))
            if layout is None or not all(index.is_Integer for index in indexed.indices):
                raise ClaimError(str(indexed), "it is no single entry", "use numbers for its indices")
            shape = [int(axis.size.value or 0) for dimension in layout for axis in dimension]
            flat = tuple(int(i) - self.index_base for i in indexed.indices)
            inside = all(0 <= i < size for i, size in zip(flat, shape))
            labelled[indexed] = (
                sp.Symbol(names.label(str(indexed.base.label), flat, shape)) if inside else sp.Integer(0)
            )
        return _terms((reading.value.above / reading.value.below).xreplace(labelled))

    def refuted(
        self, at: tuple[int, ...], reading: Meaning, claimed: Polynomials, right: Polynomials,
        all_claimed: Sequence[tuple[tuple[int, ...], Polynomials]],
    ) -> CheckReport:  # fmt: skip
        missing = {m: c for m, c in right.items() if claimed.get(m, 0) != c}
        extra = {m: c for m, c in claimed.items() if right.get(m, 0) != c}
        monomial = min(missing or extra, key=lambda m: (len(m), m))
        numbers = dict.fromkeys(monomial, 1)
        left, truth = _value(claimed, numbers), _value(right, numbers)
        if left == truth:  # the two products share their labels: tell them apart by primes
            numbers = {
                label: 2 + number for number, label in enumerate(sorted({x for m in (*missing, *extra) for x in m}))
            }
            left, truth = _value(claimed, numbers), _value(right, numbers)
        witness = Witness({}, {}, {(label, ()): number for label, number in numbers.items()}, truth, left)
        return self.report(
            "refuted", entry=at, witness=witness, write_right=partial(self.written, at),
            explain=partial(self.explain, missing, extra, reading, all_claimed),
        )  # fmt: skip

    def written(self, at: tuple[int, ...]) -> str:
        return str(self.formula[at])

    def explain(
        self, missing: Polynomials, extra: Polynomials, reading: Meaning,
        all_claimed: Sequence[tuple[tuple[int, ...], Polynomials]],
    ) -> Iterator[str]:  # fmt: skip
        claims_a_sum = any(len(polynomial) > 1 for _, polynomial in all_claimed)
        for words, formula in self.candidates if len(all_claimed) > 1 or claims_a_sum else ():
            if all(formula.polynomial(place) == polynomial for place, polynomial in all_claimed):
                yield words
                break
        yield _difference(missing, extra, reading.labels)

    def other_shape(self, readings: Sequence[Meaning], shape: tuple[int, ...], full: tuple[int, ...]) -> CheckReport:
        words = [f"its shape is {shape}, but {self.of} has shape {full}"]
        if len(full) == 2 and shape == full[::-1]:
            claimed = [self.polynomial(reading) for reading in readings]
            turned = [tuple(int(i) for i in index[::-1]) for index in np.ndindex(*shape)]
            if all(self.formula.polynomial(at) == one for at, one in zip(turned, claimed)):
                words = ["it is the transpose of the right matrix"]
        return self.report("refuted", explain=partial(tuple, words))


def _terms(expression: sp.Expr) -> Polynomials:
    """The products of an expression; it is multiplied out where it has to be."""
    if (found := products_of(expression)) is not None:
        return found
    expanded = sp.expand(expression)
    if (found := products_of(expanded)) is None:
        factors = (factor for term in sp.Add.make_args(expanded) for factor in sp.Mul.make_args(term))
        wrong = next(factor for factor in factors if products_of(factor) is None)
        raise ClaimError(str(wrong)[:60], "it is no product of entries", "write a polynomial in the entries")
    return found


def _value(polynomial: Polynomials, numbers: Mapping[str, int]) -> Any:
    return sum(c * prod(numbers.get(label, 0) for label in m) for m, c in polynomial.items())


def _difference(missing: Polynomials, extra: Polynomials, labels: Mapping[str, Entry]) -> str:
    """The products that differ, in words: what stands there and what should."""
    unknown = sorted({label for m in extra for label in m if label in labels and labels[label].index is None})
    suffix = f"; there is no {' and no '.join(unknown)} in this layer" if unknown else ""
    for wrong, coefficient in sorted(extra.items()):
        if wrong in missing:
            return f"{_product(wrong, coefficient)} should be {_product(wrong, missing[wrong])}{suffix}"
        for right, wanted in sorted(missing.items()):
            shared = sum(min(wrong.count(label), right.count(label)) for label in set(wrong))
            if coefficient == wanted and len(wrong) == len(right) == shared + 1:
                return f"{_product(wrong, coefficient)} should be {_product(right, wanted)}{suffix}"
    parts = []
    if extra:
        parts.append(f"{', '.join(_product(m, c) for m, c in sorted(extra.items())[:4])} should not be there")
    if missing:
        parts.append(f"{', '.join(_product(m, c) for m, c in sorted(missing.items())[:4])} is missing")
    return " and ".join(parts) + suffix


def _product(labels: tuple[str, ...], coefficient: Any) -> str:
    return str(sp.Mul(coefficient, *map(sp.Symbol, labels))) if labels else str(coefficient)
