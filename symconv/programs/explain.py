"""Why a function that was read is wrong: the usual mistake that is proved to be what it computes, and the repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symconv.algebra.forms import Form, Term
from symconv.algebra.polynomial import Polynomial
from symconv.claims.report import formula_of
from symconv.errors import SymconvError
from symconv.geometry.symbols import Reciprocal
from symconv.layers import Layer
from symconv.programs.differences import shape_of
from symconv.programs.mistakes import factors, usual_mistakes
from symconv.programs.repair import Prove, repaired
from symconv.programs.report import Case, CodeReport, Explanation
from symconv.programs.sizes import mistake_by_shape
from symconv.proof.equality import decide
from symconv.proof.refute import Equation, find_witness

FEW_SIZES = 30
"""A mistake that differs at one of the 30 smallest sizes is not proved."""
MOST_CASES = 3
"""The mistake is looked for in the first 3 wrong cases."""


def explained(report: CodeReport, function: str, prove: Prove) -> CodeReport:
    """The report with what explains it when it is asked for.

    Args:
        report: of reading.
        function: its bare name.
        prove: reads a changed text of the same file, and judges the same function.
    """
    if report.parts:
        return replace(report, parts=tuple(explained(part, function, prove) for part in report.parts))
    if report.status not in ("refuted", "proved except"):
        return report
    return replace(report, explain=lambda: explanation(report, function, prove))


def explanation(report: CodeReport, function: str, prove: Prove) -> Explanation:
    """The mistake and the repair of one result."""
    wrong = [case for case in report.failures if case.status == "refuted"][:MOST_CASES]
    words = (mistake_of(report.layer, report.of, case) for case in wrong)
    repair = repaired(report, function, prove)
    return Explanation(next(filter(None, words), None), None if repair is None else repair.line, repair)


def mistake_of(layer: Layer, of: str, case: Case) -> str | None:
    """The usual mistake that gives what the code computes in a case, if that is proved."""
    if case.shape is not None:
        return _mistake_by_shape(layer, of, case)
    if case.equation is None or not (layer.is_concrete or case.equation.parameters):
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
