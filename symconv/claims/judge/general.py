"""A claim in index notation: its equation with the right formula, decided and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import combinations, permutations

import sympy as sp

from symconv.algebra.forms import Form, Term
from symconv.algebra.normal_form import MOST_STEPS, Derivation, normal_form, work, write_out
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.switches import decided
from symconv.claims.report import CheckReport, Task
from symconv.errors import ClaimError, SymconvError
from symconv.proof.equality import Claimed, decide
from symconv.proof.refute import Equation
from symconv.proof.verdict import Witness

MOST_UNNAMED = 4
"""A claim without a left side may have at most 4 indices that are not letters of axes; every order of them is tried."""

_PRIME = "'"


class GeneralCheck(Task):
    """The check of one formula for all entries."""

    def run(self, reading: Meaning) -> CheckReport:
        """The best reading of the claim: without a left side, letters may be meant for one index or another."""
        several = self.index_names(reading)
        reports: list[CheckReport] = []
        for names in several:
            report = self.judged(reading, names)
            if report.holds:
                said = ", ".join(f"{name} for the index {letter}" for name, letter in names.items() if name != letter)
                return replace(report, scope=f"{report.scope}, with {said}") if said and len(several) > 1 else report
            reports.append(report)
        return next((report for report in reports if report.status == "undecided"), reports[0])

    def judged(self, reading: Meaning, names: Mapping[str, str]) -> CheckReport:
        """The check of the claim with the axes' letters for its free indices."""
        equation = self.equation(reading, names, self.index_base)
        left, right = (self.normal(side, equation) for side in (equation.left, equation.right))
        writer = Writer(self.layer.writer.symbols, equation.assumptions.definitions)
        verdict = decide(equation, writer, left, right, self.max_terms)
        verdict = decided(verdict, equation, self.layer)
        if verdict.proved:
            return self.report("proved", scope=verdict.scope)
        return self.report(
            verdict.status, witness=_divided(verdict.witness, reading), remaining=verdict.remaining_text,
            write_right=self.written,
            explain=partial(self.explain, reading, names, equation, right) if verdict.refuted else tuple,
        )  # fmt: skip

    def written(self) -> str:
        equation = self.formula.formula
        return self.formula.text() if self.index_base else f"{equation.lhs} = {equation.rhs}"

    @staticmethod
    def normal(form: Form, equation: Equation) -> Derivation:
        return normal_form(form, equation.assumptions, equation.order)

    def equation(self, reading: Meaning, names: Mapping[str, str], base: int) -> Equation:
        """The right formula, times the claim's denominator, and its numerator."""
        right, value = self.formula, reading.value
        if value.below != 1:
            below = Form.constant(_polynomial(value.below))
            right = right.replaced(right.form * below)
        indices = () if reading.left is None else reading.left[1]
        return self.definitions.equation(right, Claimed(value.above, names, base, indices))

    def index_names(self, reading: Meaning) -> list[dict[str, str]]:
        """What the claim's free indices may stand for: for each of them the letter of an axis.

        A left side says it. Without one, a letter that is an axis' is that axis', and the others are the axes that
        are left, in any order.
        """
        letters = [axis.letter for axis in self.formula.axes]
        free = [name for name in reading.free if name not in self.layer.defined]
        if reading.left is not None and (reading.left[1] or not letters):
            given = [str(index) for index in reading.left[1]]
            plain = all(isinstance(index, (sp.Symbol, sp.Idx)) for index in reading.left[1])
            if len(given) != len(letters) or len(set(given)) < len(given) or not plain:
                raise self.error(
                    f"the left side has the indices {', '.join(given) or '(none)'}",
                    f"give one letter for each of {', '.join(letters) or '(none)'}",
                )
            if unbound := ", ".join(name for name in reading.free if name not in given):
                wrong = f"the indices {unbound} are not bound by a sum and not on the left side"
                raise self.error(wrong, "write a sum over them")
            return [dict(zip(given, letters))]
        own = {name: name for name in free if name in letters}
        others = [name for name in free if name not in letters]
        left = [letter for letter in letters if letter not in own]
        if len(left) == 1 and not others and (meant := sorted(reading.sizes & {"m", "n"})):
            if numbers := sorted(set(meant) - self.own_sizes):
                wrong = f"{numbers[0]} is a size of the layer, and no index is left"
                raise self.error(wrong, "put the left side in front, with the index there")
            as_index = [{**own, size: left[0]} for size in meant]
            return sorted([own, *as_index], key=lambda names: "m" not in names)  # m is more often an index than a size
        if (others and len(others) != len(left)) or len(others) > MOST_UNNAMED:
            raise self.error(
                f"no sum binds the indices {', '.join(others)}",
                f"the entry's indices are {', '.join(letters) or '(none)'}; put the left side in front",
            )
        return [{**own, **dict(zip(others, order))} for order in permutations(left)] if others else [own]

    @property
    def own_sizes(self) -> set[str]:
        return {*self.layer.defined, *self.layer.symbol_names}

    def error(self, wrong: str, right: str) -> ClaimError:
        return ClaimError(str(self.items[0]), wrong, right)

    def explain(
        self, reading: Meaning, names: Mapping[str, str], equation: Equation, claimed: Derivation
    ) -> Iterator[str]:
        """The nearest right formula: what was done to it, proved to give the claim."""
        value = reading.value
        if self.of == "matrix":
            transposed = list(self.exchanged(reading, names, equation))
            if transposed:
                yield f"it is the transpose of the right matrix: {transposed[0]}"
                return
        ratio = _ratio(self.normal(equation.left, equation).result, claimed.result)
        if ratio is not None:
            yield f"it is the right formula times {ratio}"
            return
        if value.below != 1 and self.same(self.formula.form, equation, claimed):
            yield f"the right formula is not divided by {value.below}"
            return
        for base in {0, 1} - {self.index_base}:
            other = self.equation(reading, names, base)
            if self.proved(other):
                yield f"it is right where indices count from {base}"
                return
        below = Form.constant(_polynomial(value.below))
        for words, formula in self.candidates:
            if self.same(formula.form * below, equation, claimed):
                yield words
                return
        yield from self.exchanged(reading, names, equation)
        for name, turned in self.definitions.with_indices_exchanged(value.above):
            if self.proved(self.equation(replace(reading, value=replace(value, above=turned)), names, self.index_base)):
                yield f"the indices of {name} are exchanged"
                return

    def proved(self, equation: Equation) -> bool:
        """Whether the sides are the same, with sums of known length written out if that is needed."""
        difference = self.normal(equation.left - equation.right, equation).result
        short = write_out(difference)
        return short is not None and not self.normal(short, equation).result.terms

    def same(self, form: Form, equation: Equation, claimed: Derivation) -> bool:
        """Whether a form is the claim's numerator."""
        try:
            normal = self.normal(form, equation).result
            return normal == claimed.result or self.proved(replace(equation, left=normal, right=claimed.result))
        except SymconvError:
            return False

    def exchanged(self, reading: Meaning, names: Mapping[str, str], equation: Equation) -> Iterator[str]:
        """The sum runs over an index of the entry, and the entry has the sum's; or two of its indices are exchanged."""
        right = self.normal(equation.left, equation).result
        letters = [letter for letter, _ in equation.axes]
        written = {str(limit[0]) for total in reading.value.above.atoms(sp.Sum) for limit in total.limits}
        names_bound = {name for term in equation.right for name in term.bound}
        bound = sorted(name for name in names_bound if name.rstrip(_PRIME) in written)
        if (len(bound) + len(letters)) * len(letters) * work(equation.right) > MOST_STEPS:
            return
        for one in bound:
            for letter in letters:
                terms = tuple(_swapped(term, one, letter) for term in equation.right if one in term.bound)
                if len(terms) == len(equation.right.terms):
                    try:
                        found = self.normal(Form(terms), equation).result
                    except SymconvError:
                        continue
                    if found == right:
                        own = next((name for name, axis in names.items() if axis == letter), letter)
                        yield f"the sum runs over {one.rstrip(_PRIME)}; it should run over {own}"
                        return
        for a, b in combinations(letters, 2):
            exchanged = equation.right.substitute({a: Polynomial.name(b), b: Polynomial.name(a)})
            if self.normal(exchanged, equation).result == right:
                yield f"the indices {a} and {b} are exchanged"
                return


def _divided(witness: Witness | None, reading: Meaning) -> Witness | None:
    """The witness of a claim with a denominator, by which both sides were multiplied."""
    if witness is None or reading.value.below == 1:
        return witness
    below = int(_polynomial(reading.value.below).evaluate(dict(witness.sizes)))
    return replace(witness, left=Fraction(witness.left, below), right=Fraction(witness.right, below))


def _polynomial(below: sp.Expr) -> Polynomial:
    return Reader().polynomial(below)


def _ratio(right: Form, claimed: Form) -> sp.Rational | None:
    """The number q with claimed = q * right, if there is one other than 1."""
    if not right.terms or len(right.terms) != len(claimed.terms):
        return None
    ratios = set()
    for one, other in zip(right, claimed):
        if (one.factors, one.bound) != (other.factors, other.bound):
            return None
        a, b = one.coefficient.value, other.coefficient.value
        if a is None or b is None or not a:
            return None
        ratios.add(sp.Rational(b) / sp.Rational(a))
    return ratios.pop() if len(ratios) == 1 else None


def _swapped(term: Term, bound: str, free: str) -> Term:
    """A bound and a free name exchanged."""
    aside = Polynomial.name(f"{bound}{free}''")
    moved = term.substitute({bound: aside}, ())
    moved = moved.substitute({free: Polynomial.name(bound)})
    moved = moved.substitute({str(aside.single_name): Polynomial.name(free)})
    return Term.make(moved.coefficient, moved.factors, term.bound)
