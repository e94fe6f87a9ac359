"""Two polynomials for every entry of a tensor: what is computed and what is right, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import Cached
from symconv.geometry.axes import Layout, axes_of, unraveled
from symconv.layers import Layer
from symconv.programs.arguments import ROLES
from symconv.programs.exact import Number, Term
from symconv.proof.verdict import Witness

Terms = Mapping[Term, Number]
Polynomials = Sequence[Terms]
MOST_TERMS = 10_000_000
SHOWN = 4
"""The terms of an entry that a sentence names."""


@dataclass(frozen=True)
class Variables(Cached):
    """A number for every entry of every tensor of a layer (concrete sizes only)."""

    layer: Layer

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor by its name, as PyTorch has it."""
        return {name: shape_of(layout) for name, layout in self.layouts.items()}

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """The layout of every tensor by its name."""
        g, names = self.layer, self.layer.notation
        return {getattr(names, role): getattr(g, f"{role.removeprefix('grad_')}_layout") for role in ROLES}

    @cached_property
    def first(self) -> dict[str, int]:
        """The number of every tensor's first entry; the others follow row-major."""
        firsts, at = {}, 0
        for name, shape in self.shapes.items():
            firsts[name] = at
            at += prod(shape)
        return firsts

    def place(self, variable: int) -> tuple[str, int]:
        """The tensor that a variable is an entry of, and the entry's number there."""
        name = max((name for name, first in self.first.items() if first <= variable), key=lambda n: self.first[n])
        return name, variable - self.first[name]

    def index(self, variable: int) -> tuple[str, tuple[int, ...]]:
        """The tensor that a variable is an entry of, and the entry's index in the layer's formulas."""
        name, flat = self.place(variable)
        return name, unraveled(flat, [int(axis.size.value or 0) for axis in axes_of(self.layouts[name])])

    def label(self, variable: int) -> str:
        """The variable as the layer's formulas call it, such as X12."""
        name, flat = self.place(variable)
        shape = [size for size, dimension in zip(self.shapes[name], self.layouts[name]) if dimension]
        return self.layer.notation.label(name, unraveled(flat, shape), tuple(shape))

    def product(self, term: Term) -> str:
        """A product of variables in words."""
        order = {name: at for at, name in enumerate(self.layer.reading_order)}
        factors = sorted(term, key=lambda variable: (order.get(self.place(variable)[0], 99), variable))
        return "*".join(map(self.label, factors)) or "1"


def shape_of(layout: Layout) -> tuple[int, ...]:
    """The shape of a tensor in numbers."""
    return tuple(prod(int(axis.size.value or 0) for axis in dimension) for dimension in layout)


def right_terms(formula: TensorFormula, variables: Variables, max_terms: int = MOST_TERMS) -> list[dict[Term, Number]]:
    """The formula's polynomial for every entry, row-major."""
    result: list[dict[Term, Number]] = [{} for _ in range(prod(map(int, formula.shape)))]
    for names, entries, flats, coefficients in formula.collected(max_terms).columns():
        columns = [(variables.first[name] + flat).tolist() for name, flat in zip(names, flats)]
        for entry, number, *term in zip(entries.tolist(), coefficients.tolist(), *columns):
            key = tuple(sorted(term))
            result[entry][key] = result[entry].get(key, 0) + number
    return result


@dataclass(frozen=True)
class Difference(Cached):
    """What is computed and what is right, of which some entries differ.

    Args:
        formula: of what is right.
        variables: of the layer.
        computed, right: a polynomial for every entry.
    """

    formula: TensorFormula
    variables: Variables
    computed: Polynomials
    right: Polynomials

    @cached_property
    def places(self) -> list[int]:
        """The numbers of the entries that differ."""
        return [at for at, (one, other) in enumerate(zip(self.computed, self.right)) if one != other]

    def __bool__(self) -> bool:
        return bool(self.places)

    def witness(self) -> Witness:
        """Numbers at which the first wrong entry shows."""
        entry = self.places[0]
        computed, right = self.computed[entry], self.right[entry]
        wrong = {term for term in (*computed, *right) if computed.get(term, 0) != right.get(term, 0)}
        term = min(wrong, key=lambda one: (len(one), one))
        used = sorted(set(term))
        for powers in (0, 1, 2, 3):
            values: dict[int, Number] = {variable: (at + 2) ** powers for at, variable in enumerate(used)}
            if (left := value_of(right, values)) != (got := value_of(computed, values)):
                break
        index = dict(zip((axis.letter for axis in self.formula.axes), self.index(entry)))
        places = {self.variables.index(variable): int(number) for variable, number in values.items()}
        return Witness({}, index, places, left, got, ("right", "computed"))

    def index(self, entry: int) -> tuple[int, ...]:
        """An entry's index in the formula."""
        return unraveled(entry, [int(axis.size.value or 0) for axis in self.formula.axes])

    def in_words(self) -> str:
        """How many entries differ, and what is wrong with the first."""
        entry = self.places[0]
        count = f"{len(self.places)} of {len(self.right)} entries differ" if len(self.right) > 1 else "it differs"
        name = f"{self.formula.quantity}{list(self.index(entry))}"
        return f"{count}; in {name}, {wrong_terms(self.computed[entry], self.right[entry], self.variables)}"


def value_of(terms: Terms, values: Mapping[int, Number]) -> Number:
    """A polynomial's value; 0 for a variable that has none."""
    total: Number = 0
    for term, number in terms.items():
        for variable in term:
            number *= values.get(variable, 0)
        total += number
    return total


def wrong_terms(computed: Terms, right: Terms, variables: Variables) -> str:
    """The terms of one entry that are wrong: X2*w1 should be X3*w1, X1*w1 is missing.

    A term that is too much and one that is missing are said together if they differ in one factor.
    """
    extra = {term: number for term, number in computed.items() if term not in right}
    missing = {term: number for term, number in right.items() if term not in computed}
    phrases, left = [], dict(missing)
    for term, number in extra.items():
        twin = next((other for other in left if left[other] == number and _apart(term, other) == 1), None)
        if twin is None:
            phrases.append(f"{_written(number, term, variables)} should not be there")
        else:
            del left[twin]
            phrases.append(f"{variables.product(term)} should be {variables.product(twin)}")
    phrases += [f"{variables.product(term)} is missing" for term in left]
    for term in computed.keys() & right.keys():
        if computed[term] != right[term]:
            phrases.append(f"{variables.product(term)} has the factor {computed[term]}, {right[term]} is right")
    more = f", and {len(phrases) - SHOWN} more" if len(phrases) > SHOWN else ""
    return ", ".join(phrases[:SHOWN]) + more


def _written(number: Any, term: Term, variables: Variables) -> str:
    return variables.product(term) if number == 1 else f"{number}*{variables.product(term)}"


def _apart(one: Term, other: Term) -> int:
    """In how many factors two terms differ."""
    rest = list(other)
    for variable in one:
        if variable in rest:
            rest.remove(variable)
    return len(rest) if len(one) == len(other) else 9
