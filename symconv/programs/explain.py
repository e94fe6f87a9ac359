"""Why a function that was read is wrong: the usual mistake that is proved to be what it computes, and the repair."""

from __future__ import annotations

from dataclasses import replace

from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.programs.mistakes import usual_mistakes
from symconv.programs.repair import Prove, repaired
from symconv.programs.report import Case, CodeReport, Explanation
from symconv.proof.equality import decide
from symconv.proof.refute import Equation, find_witness

FEW_SIZES = 6
"""A mistake that differs at one of the 6 smallest sizes is not proved."""


def explained(report: CodeReport, prove: Prove) -> CodeReport:
    """The report with what explains it when it is asked for.

    Args:
        report: of reading.
        prove: reads a changed text of the same file, and judges the same function.
    """
    if report.holds:
        return report
    parts = tuple(explained(part, prove) for part in report.parts)
    if parts:
        return replace(report, parts=parts)
    return replace(report, explain=lambda: explanation(report, prove))


def explanation(report: CodeReport, prove: Prove) -> Explanation:
    """The mistake and the repair of one result."""
    if report.status not in ("refuted", "proved except"):
        return Explanation()
    mistake = next(filter(None, (mistake_of(report.layer, report.of, case) for case in report.failures)), None)
    repair = repaired(report, prove)
    return Explanation(mistake, None if repair is None else repair.line, repair)


def mistake_of(layer: Layer, of: str, case: Case) -> str | None:
    """The usual mistake that gives what the code computes in a case, if that is proved."""
    if case.equation is None or case.status != "refuted":
        return None
    if not case.equation.right.terms:
        return "nothing is computed: every entry is 0"
    for words, formula in usual_mistakes(layer, of):
        if _is_proved(replace(case.equation, left=formula.form), layer):
            return words
    return None


def _is_proved(equation: Equation, layer: Layer) -> bool:
    try:
        if find_witness(equation, FEW_SIZES) is not None:
            return False
        return decide(equation, layer.writer).proved
    except SymconvError:
        return False
