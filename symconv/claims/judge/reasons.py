"""Why a claim in index notation is wrong: which mistakes, made in the right formula, give exactly what is claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from random import Random
from typing import Any

import sympy as sp

from symconv.algebra.concrete.few import Key, terms_of_entry
from symconv.algebra.concrete.one_product import coefficient_of
from symconv.algebra.forms import Form, Term
from symconv.algebra.normal_form import MOST_STEPS, Derivation, normal_form, work
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.splitting import with_short_sums_written_out
from symconv.algebra.sympy_in import Reader
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.averages import Average
from symconv.claims.report import Task
from symconv.errors import SizeLimitError, SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.values import Cached
from symconv.proof.corners import disagreement
from symconv.proof.equation import Equation

_PRIME = "'"

MOST_WORK = 20_000
"""How many steps comparing the mistakes may take, about; the search for an explanation ends there."""

MOST_TERMS, TRIES, TRIALS, LARGEST = 20_000, 12, 2, 4
"""That a mistake is not the one is seen at the 2 largest of 12 random sizes up to 4, with at most 20,000 products."""


MOST_IN_CORNERS = 100_000
"""Of a layer with numbers and more products, places with about 100,000 products are compared."""


PLACES: Sequence[Callable[[int], int]] = (lambda size: size // 2, lambda size: 0, lambda size: size - 1)
"""The entries that are tried of an axis with this size."""

Inside = tuple[Sequence[tuple[str, int]], Mapping[str, int], tuple[int, ...], dict[Key, Any]]
"""The entry's letters with their sizes, all sizes, an index, and the products there."""


@dataclass(frozen=True)
class Reasons(Cached):
    """The explanations of one refuted claim.

    ``claimed`` is the normal form of its numerator, ``equation_from`` makes its equation, counting from 0 or 1.
    """

    check: Task
    equation_from: Callable[[Meaning, Mapping[str, str], int], Equation]
    reading: Meaning
    names: Mapping[str, str]
    equation: Equation
    claimed: Derivation
    multiplied: Callable[[Meaning], int]
    numbers: Mapping[str, Polynomial] = field(default_factory=dict)
    """The axes' letters for which the left side has numbers."""

    def all(self) -> Iterator[str]:
        """The simplest explanation; nothing if no usual mistake gives the claim."""
        for ways in (self.of_the_right, self.of_one_mistake, self.of_letters, self.of_two_mistakes):
            for sentence in ways():
                yield sentence
                return

    def of_the_right(self) -> Iterator[str]:
        """The claim is the right formula transposed, times a factor, or counted from another number."""
        if self.check.of == "matrix":
            yield from (f"it is the transpose of the right matrix: {one}" for one in self.exchanged())
        right = self.normal(self.equation.left).result
        if (factor := ratio(right, self.claimed.result)) is not None:
            if factor == Polynomial.constant(-1):
                yield "its sign is wrong: it is the right formula times -1"
            else:
                yield f"it is the right formula times {written(factor)}"
        if self.reading.value.below != 1 and self.same(self.check.formula.form):
            yield f"the right formula is not divided by {self.reading.value.below}"
        for base in sorted({0, 1} - {self.check.index_base}):
            if self.proved(self.equation_from(self.reading, self.names, base)):
                yield f"it is right where indices count from {base}"

    def of_one_mistake(self) -> Iterator[str]:
        """One of the usual mistakes."""
        for words, formula in _affordable(self.check.candidates):
            if self.same(formula.form * self.below):
                yield words

    def of_letters(self) -> Iterator[str]:
        """Indices exchanged."""
        yield from self.exchanged()
        value = self.reading.value
        for name, turned in self.check.definitions.with_indices_exchanged(value.above):
            reading = replace(self.reading, value=replace(value, above=turned))
            if self.proved(self.equation_from(reading, self.names, self.check.index_base)):
                yield f"the indices of {name} are exchanged"

    def of_two_mistakes(self) -> Iterator[str]:
        """A mistake and a factor, or two mistakes."""
        below = self.reading.value.below
        for words, formula in self.singles:
            form = formula.form.substitute(self.numbers) if self.numbers else formula.form
            if below != 1 and self.same(form):
                yield f"{words}, and it is divided by {below}"
            try:
                if self.differs_inside(form, times=True):
                    continue
                normal = self.normal(form * self.below).result
            except SymconvError:
                continue
            if (factor := ratio(normal, self.claimed.result)) is not None:
                yield f"{words}, and it is multiplied by {written(factor)}"
        for words, formula in _affordable(self.check.pairs):
            if self.same(formula.form * self.below):
                yield words

    @cached_property
    def singles(self) -> list[tuple[str, TensorFormula]]:
        """Formulas with one mistake."""
        return list(_affordable(self.check.candidates))

    # -- whether a mistake gives the claim ------------------------------------------------------------

    @property
    def below(self) -> Form:
        return Form.constant(Reader().polynomial(self.reading.value.below))

    def normal(self, form: Form) -> Derivation:
        return normal_form(form, self.equation.assumptions, self.equation.order)

    def same(self, form: Form) -> bool:
        """Whether a form is the claim's numerator: in some numbers first, and then proved."""
        form = form.substitute(self.numbers) if self.numbers else form
        try:
            if (average := Average.of(self.check.layer)) is not None:
                form = average.times(form, self.averages)
            if self.differs_inside(form):
                return False
            equation = replace(self.equation, left=form, right=self.claimed.result)
            return not differs(equation, self.trials) and self.proved(equation)
        except SymconvError:
            return False

    @cached_property
    def averages(self) -> int:
        """How often the equation was multiplied by what average pooling divides by."""
        return self.multiplied(self.reading)

    def differs_inside(self, form: Form, times: bool = False) -> bool:
        """Whether a form is not the claim's numerator at an entry in the middle, or that ``times`` no factor is.

        Most mistakes are seen there.
        """
        if self.differs_in_a_product(form, times):
            return True
        for axes, values, index, claimed in self.inside:
            found = terms_of_entry(form, axes, values, index)
            if found is None or (times and not claimed):
                continue
            if found.keys() != claimed.keys() if times else found != claimed:
                return True
        return False

    def differs_in_a_product(self, form: Form, times: bool) -> bool:
        """The same, by the first and the last product at each of these entries."""
        for at, (_, product), coefficient in self.products:
            found = coefficient_of(form, product, at)
            if found is not None and (not found if times else found != coefficient):
                return True
        return False

    @cached_property
    def products(self) -> list[tuple[Mapping[str, int], Key, Any]]:
        """Products that the claim has, each with the numbers at which it has it."""
        found: list[tuple[Mapping[str, int], Key, Any]] = []
        for axes, values, index, claimed in self.inside:
            at = {**values, **{letter: place for (letter, _), place in zip(axes, index)}}
            found += [(at, key, claimed[key]) for key in sorted({min(claimed), max(claimed)} if claimed else ())]
        return found

    @cached_property
    def inside(self) -> list[Inside]:
        """An entry of the claim at each size of the trials: that in the middle, or one with products."""
        found: list[Inside] = []
        for values in () if self.equation.fixed else self.trials:
            axes = [(letter, int(size.evaluate(values))) for letter, size in self.equation.axes]
            for place in PLACES:
                index = tuple(place(size) for _, size in axes)
                claimed = terms_of_entry(self.claimed.result, axes, values, index)
                if claimed or (claimed is not None and place is PLACES[-1]):
                    found.append((axes, values, index, claimed))
                    break
        return found

    @cached_property
    def trials(self) -> tuple[Mapping[str, int], ...]:
        return trials(self.equation)

    def proved(self, equation: Equation) -> bool:
        """Whether the sides are the same, with sums of known length written out if that is needed."""
        left, right = (
            normal_form(side, equation.assumptions, equation.order) for side in (equation.left, equation.right)
        )
        if left.result == right.result:
            return True
        difference = self.normal(left.result - right.result).result
        short = with_short_sums_written_out(difference)
        return short is not None and not self.normal(short).result.terms

    # -- indices exchanged ----------------------------------------------------------------------------

    def exchanged(self) -> Iterator[str]:
        """The sum runs over an index of the entry, and the entry has the sum's; or two of its indices are exchanged."""
        equation = self.equation
        right = self.normal(equation.left).result
        letters = [letter for letter, _ in equation.axes]
        written = {str(limit[0]) for total in self.reading.value.above.atoms(sp.Sum) for limit in total.limits}
        names_bound = {name for term in equation.right for name in term.bound}
        bound = sorted(name for name in names_bound if name.rstrip(_PRIME) in written)
        if (len(bound) + len(letters)) * len(letters) * work(equation.right) > MOST_STEPS:
            return
        for one in bound:
            for letter in letters:
                terms = tuple(_swapped(term, one, letter) for term in equation.right if one in term.bound)
                if len(terms) == len(equation.right.terms) and self.is_right(Form(terms), right):
                    own = next((name for name, axis in self.names.items() if axis == letter), letter)
                    yield f"the sum runs over {one.rstrip(_PRIME)}; it should run over {own}"
        for a, b in combinations(letters, 2):
            exchanged = equation.right.substitute({a: Polynomial.name(b), b: Polynomial.name(a)})
            if self.is_right(exchanged, right):
                yield f"the indices {a} and {b} are exchanged"

    def is_right(self, form: Form, right: Form) -> bool:
        try:
            return self.normal(form).result == right
        except SymconvError:
            return False


def trials(equation: Equation) -> tuple[Mapping[str, int], ...]:
    """Sizes at which a mistake is compared with the claim, none of them very small."""
    names = sorted(equation.parameters | equation.assumptions.bounds.keys())
    letters = {letter for letter, _ in equation.axes}
    facts = tuple(fact for fact in equation.assumptions.facts if not fact.names & letters)
    draws = replace(equation.assumptions, facts=facts).draws(names, Random(1), TRIES, LARGEST)
    return tuple(sorted(draws, key=lambda values: -sum(values.values()))[:TRIALS]) if names else ({},)


def differs(equation: Equation, at: Sequence[Mapping[str, int]]) -> bool:
    """Whether the sides differ at some of these sizes; proofs take longer. Large ones: some places are compared."""
    for values in at:
        found = None
        try:
            found = equation.compare(values, MOST_TERMS).disagreement
        except SizeLimitError:
            with suppress(SizeLimitError):
                found = None if values else disagreement(equation, Form(()), MOST_IN_CORNERS)
        if found is not None:
            return True
    return False


def _affordable(found: Iterable[tuple[str, TensorFormula]]) -> Iterator[tuple[str, TensorFormula]]:
    """Mistakes, as long as they take less work than is allowed."""
    spent = 0
    for words, formula in found:
        spent += work(formula.form)
        if spent > MOST_WORK:
            return
        yield words, formula


def ratio(right: Form, claimed: Form) -> Polynomial | None:
    """The number or size f with claimed = f * right, if there is one other than 1."""
    if not right.terms or len(right.terms) != len(claimed.terms):
        return None
    ratios = set()
    for one, other in zip(right, claimed):
        number = one.coefficient.value
        if (one.factors, one.bound) != (other.factors, other.bound) or not number:
            return None
        ratios.add(other.coefficient * Polynomial.constant(1 / sp.Rational(number)))
    factor = ratios.pop()
    return None if ratios or factor == Polynomial.constant(1) else factor


def written(factor: Polynomial) -> str:
    return str(factor)


def _swapped(term: Term, bound: str, free: str) -> Term:
    """A bound and a free name exchanged."""
    aside = Polynomial.name(f"{bound}{free}''")
    moved = term.substitute({bound: aside}, ())
    moved = moved.substitute({free: Polynomial.name(bound)})
    moved = moved.substitute({str(aside.single_name): Polynomial.name(free)})
    return Term.make(moved.coefficient, moved.factors, term.bound)
