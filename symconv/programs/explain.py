"""Why a function that was read is wrong: the usual mistake that is proved to be what it computes, and the repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symconv.algebra.forms import Form, Term
from symconv.algebra.polynomial import Polynomial
from symconv.claims.report import formula_of
from symconv.errors import SymconvError
from symconv.geometry.symbols import Reciprocal
from symconv.layers import Layer
from symconv.programs import wording
from symconv.programs.differences import shape_of
from symconv.programs.mistakes import factors, usual_mistakes
from symconv.programs.repair import Prove, repaired
from symconv.programs.report import Case, CodeReport, Explanation, Repair
from symconv.programs.sizes import mistake_by_shape
from symconv.programs.small import small_shapes
from symconv.proof.equality import decide
from symconv.proof.refute import Equation, find_witness

FEW_SIZES = 30
"""A mistake that differs at one of the 30 smallest sizes is not proved."""
RepairOf = Callable[[CodeReport, str | None], Repair | None]
MOST_CASES, SHAPES = 3, 4
"""The mistake is looked for in the first 3 wrong cases, or at 4 shapes if the code is read with numbers alone."""


def explained(report: CodeReport, function: str, prove: Prove) -> CodeReport:
    """The report with what explains it when it is asked for.

    Args:
        report: of reading.
        function: its bare name.
        prove: reads a changed text of the same file, and judges the same function.
    """
    explaining = _Explaining(function, prove, sum(not part.holds for part in report.parts) > 1)
    if report.parts:
        return replace(report, parts=tuple(map(explaining.report, report.parts)))
    return explaining.report(report)


class _Explaining:
    """Explains the results of one function.

    Args:
        function: its bare name.
        prove: reads a changed text.
        several: whether more than one result is wrong.
    """

    def __init__(self, function: str, prove: Prove, several: bool) -> None:
        self.function, self.prove, self.several = function, prove, several
        self.mends_all: Repair | None = None

    def report(self, report: CodeReport) -> CodeReport:
        """The report of one result with what explains it."""
        if report.status not in ("refuted", "proved except"):
            return report
        return replace(report, explain=lambda: explanation(report, self.prove, self.repair))

    def repair(self, report: CodeReport, mistake: str | None) -> Repair | None:
        """A change that mends a result; one that mends all is found once."""
        if self.mends_all is not None:
            return self.mends_all
        found, mends_all = repaired(report, self.function, self.prove, self.several, mistake)
        self.mends_all = found if mends_all else None
        return found


def explanation(report: CodeReport, prove: Prove, repair_of: RepairOf) -> Explanation:
    """The mistake and the repair of one result."""
    wrong = [case for case in report.failures if case.status == "refuted"][:MOST_CASES]
    words = next(filter(None, (mistake_of(report.layer, report.of, case) for case in wrong)), None)
    if words is None and not report.layer.is_concrete and any(_is_of_one_shape(case) for case in wrong):
        words = _mistake_at_shapes(report, prove)
    repair = repair_of(report, words)
    if words is None and repair is not None:
        words = wording.mistake_of(repair)
    return Explanation(words, None if repair is None else repair.line, repair)


def _is_of_one_shape(case: Case) -> bool:
    """Whether it was read with numbers for the sizes, since it was not decided in general."""
    return case.equation is not None and not case.equation.parameters


def _mistake_at_shapes(report: CodeReport, prove: Prove) -> str | None:
    """The usual mistake that gives what the code computes at some small shapes, if it was read at no others."""
    words: dict[str, None] | None = None
    for values in small_shapes(report.layer, SHAPES):
        layer = report.layer.at(**values)
        part = prove(report.source, values, report.of)
        case = next((case for case in part.cases if case.equation is not None), None)
        if case is None or case.equation is None:
            return None
        same = dict.fromkeys(
            said
            for said, formula in usual_mistakes(layer, report.of)
            if (words is None or said in words) and _is_proved(replace(case.equation, left=formula.form), layer)
        )
        if case.status == "refuted" or words is not None:
            words = same if words is None else {said: None for said in words if said in same or case.status == "proved"}
    return f"{next(iter(words))} (so at {SHAPES} shapes)" if words else None


def mistake_of(layer: Layer, of: str, case: Case) -> str | None:
    """The usual mistake that gives what the code computes in a case, if that is proved."""
    if case.shape is not None:
        return _mistake_by_shape(layer, of, case)
    if case.equation is None or (_is_of_one_shape(case) and not layer.is_concrete):
        return None  # what is equal at one shape of many may be so by chance
    if not case.equation.right.terms:
        return "nothing is computed: every entry is 0"
    right = formula_of(layer, of)
    for words, form in _scaled(layer, right.form.resized(case.values), case):
        if _is_proved(replace(case.equation, left=form), layer):
            return words
    for words, formula in usual_mistakes(layer, of):
        if _is_proved(replace(case.equation, left=formula.form.resized(case.values)), layer):
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
            yield f"the result is divided by {by}", right * Form.access(used[name], ())
    for size, words in {Polynomial.constant(2): "2", **named}.items():
        yield f"the result is multiplied by {words}", right * Form((Term.make(size, ()),))


def _mistake_by_shape(layer: Layer, of: str, case: Case) -> str | None:
    """The mistake that gives a wrong shape, at the sizes at which it was found."""
    assert case.shape is not None
    try:
        concrete = layer if layer.is_concrete else layer.at(**case.sizes)
    except SymconvError:
        return None
    shape = tuple(int(size.evaluate({**case.sizes})) for size in case.shape)
    return mistake_by_shape(concrete, of, shape, shape_of(formula_of(concrete, of).layout))


def _is_proved(equation: Equation, layer: Layer) -> bool:
    try:
        if find_witness(equation, FEW_SIZES) is not None:
            return False
        return decide(equation, layer.writer).proved
    except SymconvError:
        return False
