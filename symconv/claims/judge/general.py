"""A claim in index notation: its equation with the right formula, decided and explained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import permutations

import sympy as sp

from symconv.algebra.forms import Form
from symconv.algebra.normal_form import Derivation, normal_form
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.algebra.sympy_out import Writer
from symconv.claims.interpret.limits import expanded
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.averages import Average, without_average
from symconv.claims.judge.lists import short_loops
from symconv.claims.judge.reasons import Reasons
from symconv.claims.judge.switches import decided
from symconv.claims.parse.quotients import index_text
from symconv.claims.report import CheckReport, Task
from symconv.errors import ClaimError, InfiniteSumError
from symconv.proof.deciding import decide
from symconv.proof.equality import Claimed
from symconv.proof.equation import Equation
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
        try:
            left, right = (self.normal(side, equation) for side in (equation.left, equation.right))
        except InfiniteSumError:
            self.require_finite(reading)
            raise
        writer = Writer(self.layer.writer.symbols, equation.assumptions.definitions)
        verdict = decide(equation, writer, left, right, self.max_terms)
        verdict = decided(verdict, equation, self.layer)
        if verdict.proved:
            if short := tuple(short_loops(self.layer, self.formula, reading, self.index_base)):
                return self.report("refuted", write_right=self.written, explain=partial(tuple, short))
            return self.report("proved", scope=verdict.scope)
        return self.report(
            verdict.status, witness=self.divided(verdict.witness, reading), remaining=verdict.remaining_text,
            write_right=self.written,
            explain=self.reasons(reading, names, equation, right).all if verdict.refuted else tuple,
        )  # fmt: skip

    def require_finite(self, reading: Meaning) -> None:
        """An error that names what is in a sum without limits and does not depend on its index, as a bias may be."""
        for total in sorted(reading.value.above.atoms(sp.Sum), key=str):
            for name, low, high in total.limits:
                endless = -sp.oo in (low, high) or sp.oo in (low, high)
                for part in sp.Add.make_args(expanded(total.function)) if endless else ():
                    if name not in part.free_symbols:
                        own = str(name).rstrip(_PRIME)
                        wrong = f"{part} does not depend on {own}, so its sum over all whole numbers is infinite"
                        right = f"put it outside the sum, or give limits: sum({own} = 0..K-1, ..)"
                        raise InfiniteSumError(repr(str(self.items[0])[:60]), wrong, right)

    def reasons(self, reading: Meaning, names: Mapping[str, str], equation: Equation, claimed: Derivation) -> Reasons:
        numbers = self.numbers(() if reading.left is None else reading.left[1])
        return Reasons(self, self.equation, reading, names, equation, claimed, self.averages, numbers)

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
        symbols = tuple(index for index in indices if not index.is_Integer)
        equation = self.definitions.equation(right, Claimed(value.above, names, base, symbols))
        return without_average(self.at_entry(equation, indices), self.layer)[0]

    def at_entry(self, equation: Equation, indices: Sequence[sp.Expr]) -> Equation:
        """The equation at the numbers that are indices on the left side, for sizes for which there is that entry."""
        fixed = self.numbers(indices)
        if not fixed:
            return equation
        ends = [(fixed[letter], size) for letter, size in equation.axes if letter in fixed]
        facts = [fact for at, size in ends for fact in (at, size - 1 - at)]
        if equation.assumptions.contradicts(facts):
            raise self.error("the indices are outside of the tensor", "use indices below its sizes")
        left, right = (side.substitute(fixed) for side in (equation.left, equation.right))
        axes = tuple((letter, size) for letter, size in equation.axes if letter not in fixed)
        own = {name: Polynomial.name(name) for name, _ in equation.assumptions.defined}
        known = equation.assumptions.renamed({**own, **fixed})
        known = replace(known, facts=tuple(fact for fact in known.facts if fact.value is None))
        return replace(equation, left=left, right=right, axes=axes, assumptions=known)

    def numbers(self, indices: Sequence[sp.Expr]) -> dict[str, Polynomial]:
        """The axes' letters for which the left side has numbers, with these, counted from 0."""
        letters = [axis.letter for axis in self.formula.axes]
        return {
            letter: Polynomial.constant(int(index) - self.index_base)
            for letter, index in zip(letters, indices) if index.is_Integer
        }  # fmt: skip

    def divided(self, witness: Witness | None, reading: Meaning) -> Witness | None:
        """The witness of a claim with a denominator, or of an average, by which both sides were multiplied."""
        average = Average.of(self.layer)
        below = _polynomial(reading.value.below)
        if average is not None:
            below = below * average.power(self.averages(reading))
        if witness is None or below == ONE:
            return witness
        number = int(below.evaluate(dict(witness.sizes)))
        return replace(witness, left=Fraction(witness.left, number), right=Fraction(witness.right, number))

    def averages(self, reading: Meaning) -> int:
        """How often both sides were multiplied by what the layer's factor is one over."""
        names = self.index_names(reading)[0]
        indices = () if reading.left is None else reading.left[1]
        symbols = tuple(index for index in indices if not index.is_Integer)
        claimed = Claimed(reading.value.above, names, self.index_base, symbols)
        return without_average(self.definitions.equation(self.formula, claimed), self.layer)[1]

    def index_names(self, reading: Meaning) -> list[dict[str, str]]:
        """What the claim's free indices may stand for: for each of them the letter of an axis.

        A left side says it. Without one, a letter that is an axis' is that axis', and the others are the axes that
        are left, in any order.
        """
        letters = [axis.letter for axis in self.formula.axes]
        free = [name for name in reading.free if name not in self.layer.defined]
        if reading.left is not None and (reading.left[1] or not letters):
            given = [index_text(index) for index in reading.left[1]]
            plain = all(isinstance(index, (sp.Symbol, sp.Idx, sp.Integer)) for index in reading.left[1])
            counted = self.numbers(reading.left[1])
            pairs = [(one, letter) for one, letter in zip(given, letters) if letter not in counted]
            several = len({one for one, _ in pairs}) < len(pairs)
            if len(given) != len(letters) or several or not plain:
                raise self.error(
                    f"the left side has the indices {', '.join(given) or '(none)'}",
                    f"give one letter for each of {', '.join(letters) or '(none)'}",
                )
            if unbound := ", ".join(name for name in reading.free if name not in given):
                words, them = ("indices", "them") if "," in unbound else ("index", "it")
                wrong = f"no sum binds the {words} {unbound}, and the left side does not have {them}"
                raise self.error(wrong, f"write a sum over {them}: sum({unbound}, ..)", unbound.partition(",")[0])
            return [dict(pairs)]
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
                f"no sum binds the {'index' if len(others) == 1 else 'indices'} {', '.join(others)}",
                f"the entry's indices are {', '.join(letters) or '(none)'}; put the left side in front",
                others[0],
            )
        return [{**own, **dict(zip(others, order))} for order in permutations(left)] if others else [own]

    @property
    def own_sizes(self) -> set[str]:
        return {*self.layer.defined, *self.layer.symbol_names}

    def error(self, wrong: str, right: str, name: str = "") -> ClaimError:
        """An error about the claim; the place is where the index ``name`` stands."""
        text = str(self.items[0])
        found = re.search(rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])", text) if name else None
        return ClaimError(text, wrong, right, text, None if found is None else found.start())


def _polynomial(below: sp.Expr) -> Polynomial:
    return Reader().polynomial(below)
