"""Why a function that was read is wrong: the usual mistake that is proved to be what it computes, and the repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from symconv.algebra.budget import Budget
from symconv.algebra.forms import Form, Term
from symconv.algebra.polynomial import Polynomial
from symconv.claims.report import formula_of
from symconv.errors import SymconvError
from symconv.foundations.phrases import Phrase
from symconv.geometry.symbols import Reciprocal
from symconv.layers import Layer
from symconv.programs import wording
from symconv.programs.differences import shape_of
from symconv.programs.mistakes import SCALED, factors, usual_mistakes
from symconv.programs.repair import Holds, repaired
from symconv.programs.report import Case, CodeReport, Explanation, Repair
from symconv.programs.sizes import mistakes_by_shape
from symconv.programs.small import overlapping_shapes, small_shapes, tiny_shapes
from symconv.programs.work import OF_A_DECISION, OF_AN_EXPLANATION, OF_AN_OPEN_ONE, Spent, Work
from symconv.proof.deciding import decide
from symconv.proof.equation import Equation
from symconv.proof.refute import find_witness

FEW_SIZES, LOOKED, PIECES = 30, 1_000, 300
"""A mistake that differs at one of the 30 smallest sizes is not proved; these are looked at in up to 1,000 steps, each
300 steps of a search for numbers."""
Judge = Callable[[str, Mapping[str, int], str | None, Work], CodeReport]
"""Reads a changed text with numbers for the layer's letters, or in general if there are none; of the results that one
which is named, or all; by work of which what it takes is taken."""
MOST_CASES, SHAPES, FOR_SIZES = 3, 4, 8
"""The mistake is looked for in the first 3 wrong cases, or at 4 shapes if the code is read with numbers alone; one in
the result's shape at up to 8 more."""


def explained(report: CodeReport, function: str, judge: Judge, holds: Holds, whole: Work) -> CodeReport:
    """The report with what explains it when it is asked for.

    Args:
        report: of reading.
        function: its bare name.
        judge, holds: read a changed text of the same file, and judge the same function.
        whole: the work of the call, of which some is left.
    """
    wrong = [part.of for part in report.parts if not part.holds]
    explaining = _Explaining(function, judge, holds, wrong, whole.part(OF_AN_EXPLANATION))
    if report.parts:
        return replace(report, parts=tuple(map(explaining.report, report.parts)))
    return explaining.report(report)


class _Explaining:
    """Explains the results of one function.

    Args:
        function: its bare name.
        judge, holds: read a changed text.
        wrong: the results that are not proved, of several.
        work: what the explanation of all results may take.
    """

    def __init__(self, function: str, judge: Judge, holds: Holds, wrong: Sequence[str], work: Work) -> None:
        self.function, self.judge, self.holds, self.wrong = function, judge, holds, wrong
        self.mends_all: Repair | None = None
        self.work = work

    def report(self, report: CodeReport) -> CodeReport:
        """The report of one result with what explains it."""
        if report.status not in ("refuted", "proved except"):
            return report
        return replace(report, explain=lambda: self.explanation(report))

    def explanation(self, report: CodeReport) -> Explanation:
        """The mistake and the repair of one result."""
        mistake = mistake_in(report, self.judge, self.work.part(self.work.left // 2))
        repair = self.repair(report, mistake)
        if mistake is None and repair is not None:
            mistake = wording.mistake_of(repair)
        return Explanation(mistake, None if repair is None else repair.line, repair)

    def repair(self, report: CodeReport, mistake: str | None) -> Repair | None:
        """A change that mends a result; one that mends all is found once."""
        if self.mends_all is not None:
            return self.mends_all
        likely = mistake or " ".join(case.reason for case in report.failures)
        found, mends_all = repaired(report, self.function, self.holds, self.work, len(self.wrong) > 1, likely)
        self.mends_all = found if mends_all else None
        return found


def mistake_in(report: CodeReport, judge: Judge, work: Work) -> str | None:
    """The usual mistake of one result, if there is one and it is found by so much work."""
    with suppress(Spent):
        return _mistake_in(report, judge, work)
    return None


def _mistake_in(report: CodeReport, judge: Judge, work: Work) -> str | None:
    wrong = [case for case in report.failures if case.status == "refuted"][:MOST_CASES]
    found = (
        mistake_of(report.layer, report.of, case, work)
        if case.shape is None
        else _mistake_by_shape(report, case, judge, work)
        for case in wrong
    )
    words = next(filter(None, found), None)
    if words is None and not report.layer.is_concrete and any(_is_of_one_shape(case) for case in wrong):
        words = _mistake_at_shapes(report, judge, work)
    return words


def _is_of_one_shape(case: Case) -> bool:
    """Whether it was read with numbers for the sizes, since it was not decided in general."""
    return case.equation is not None and not case.equation.parameters


def _mistake_at_shapes(report: CodeReport, judge: Judge, work: Work) -> str | None:
    """The usual mistake that gives what the code computes at some small shapes, if it was read at no others."""
    words: dict[str, None] | None = None
    layer = report.layer
    for values in chain(overlapping_shapes(layer, SHAPES // 2), small_shapes(layer, SHAPES)):
        at = layer.at(**values)
        part = judge(report.source, values, report.of, work)
        case = next((case for case in part.cases if case.equation is not None), None)
        if case is None or case.equation is None:
            return None
        same = dict.fromkeys(
            said
            for said, formula in usual_mistakes(at, report.of)
            if (words is None or said in words) and _is_proved(replace(case.equation, left=formula.form), at, work)
        )
        if case.status == "refuted" or words is not None:
            words = same if words is None else {said: None for said in words if said in same or case.status == "proved"}
    return Phrase("{what} (so at {count} shapes)", what=next(iter(words)), count=SHAPES) if words else None


def mistake_of(layer: Layer, of: str, case: Case, work: Work) -> str | None:
    """The usual mistake that gives what the code computes in a case, if that is proved."""
    if case.equation is None or (_is_of_one_shape(case) and not layer.is_concrete):
        return None  # what is equal at one shape of many may be so by chance
    if not case.equation.right.terms:
        return "nothing is computed: every entry is 0"
    right = formula_of(layer, of)
    for words, form in _scaled(layer, right.form.resized(case.values), case):
        if _is_proved(replace(case.equation, left=form), layer, work):
            return words
    for words, formula in usual_mistakes(layer, of):
        if _is_proved(replace(case.equation, left=formula.form.resized(case.values)), layer, work):
            return words
    return None


def _scaled(layer: Layer, right: Form, case: Case) -> Iterator[tuple[str, Form]]:
    """The right formula divided by what the code divides by, or multiplied by a size."""
    assert case.equation is not None
    named = {size.substitute(case.values): words for words, size in factors(layer)}
    used = {tensor.name: tensor for tensor in case.equation.right.tensors}
    for name, fixed in case.equation.fixed:
        if isinstance(fixed, Reciprocal) and name in used:
            by = named.get(fixed.divisor, str(layer.writer.polynomial(fixed.divisor)))
            yield Phrase(SCALED["divided"], by=by), right * Form.access(used[name], ())
    for size, words in {Polynomial.constant(2): "2", **named}.items():
        yield Phrase(SCALED["multiplied"], by=words), right * Form((Term.make(size, ()),))


def _mistake_by_shape(report: CodeReport, case: Case, judge: Judge, work: Work) -> str | None:
    """The mistake that gives the shape of the result, at the sizes at which it is wrong and at others."""
    words: list[str] | None = None
    layer = report.layer
    for values in ({},) if layer.is_concrete else (case.sizes, *tiny_shapes(layer, FOR_SIZES)):
        part = judge(report.source, values, report.of, work)
        right = shape_of(formula_of(part.layer, report.of).layout)
        shaped = next((one.shape for one in part.cases if one.shape is not None), None)
        if shaped is None and not part.holds:
            continue  # it raises there, or computes something else
        shape = right if shaped is None else tuple(int(size.evaluate({})) for size in shaped)
        fitting = list(mistakes_by_shape(part.layer, report.of, shape, right))
        words = fitting if words is None else [said for said in words if said in fitting]
        if not words:
            return None
    return words[0] if words else None


def _is_proved(equation: Equation, layer: Layer, work: Work) -> bool:
    """Whether an equation is proved; what that takes is taken from the work.

    Raises:
        Spent: no more is left.
    """
    work.spend(OF_A_DECISION)
    budget = Budget(LOOKED * PIECES)
    try:
        found = find_witness(equation, FEW_SIZES, budget=budget)
        work.spend(LOOKED - max(budget.left, 0) // PIECES)
        if found is not None:
            return False
        verdict = decide(equation, layer.writer)
        work.charge(OF_AN_OPEN_ONE if verdict.undecided else 0)
        return verdict.proved
    except SymconvError:
        return False
