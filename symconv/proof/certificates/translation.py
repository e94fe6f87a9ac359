"""Theorem files in the few steps of ``checker.v``, each with all that it needs to be checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv import verify
from symconv.proof.certificates.kernel import (
    Bounds,
    Formula,
    KernelTerm,
    KernelTheorem,
    Rule,
    Untranslated,
    frozen,
    total,
)  # fmt: skip
from symconv.proof.certificates.kernel_layer import described
from symconv.proof.certificates.kernel_line import Line
from symconv.proof.certificates.multipliers import Certificate
from symconv.proof.certificates.reading import Reading
from symconv.proof.certificates.rules_in_kernel import Step

NOTHING = Certificate((), ())
"""What shows nothing."""


class _Believing(verify.Assumed):
    """What is assumed, for the shape of a step alone: every inequality is believed, as Rocq is shown it."""

    def __init__(self, assumed: verify.Assumed) -> None:
        self.__dict__.update(assumed.__dict__)

    def implies(self, p: verify.Poly, facts: list[verify.Poly], pairs: verify.Pairs = ()) -> bool:
        return True

    def contradicts(self, facts: list[verify.Poly], pairs: verify.Pairs = ()) -> bool:
        return True

    def positive(self, p: verify.Poly) -> bool:
        return True


def translated(theorem: Mapping[str, Any], keep_wrong_steps: bool = False) -> KernelTheorem:
    """The theorem, as JSON gives it.

    Args:
        theorem: the theorem.
        keep_wrong_steps: put a step of which nothing is shown in place of one that cannot be shown, so that the
            checker says itself where it stops.

    Raises:
        Untranslated: a step is wrong, or it has no translation; or it is about a layer with a definition, and it is not
            found why the numbers are those of a layer, or why the sums are finite.
        verify.Rejected: the file cannot be read.
    """
    with verify.work_for(theorem):
        reading = Reading(theorem)
        line = Line(reading.facts, reading.shapes)
        formulas = {label: _formula(label, reading, line, keep_wrong_steps) for label in reading.formulas}
        first = next(iter(formulas.values()))
        places = {
            label: _places(first.last, formula.last, label, keep_wrong_steps) for label, formula in formulas.items()
        }
        try:
            layer = described(reading, line)
            if layer is not None and any(one.ends is None for one in formulas.values()):
                raise Untranslated("it is not found why the sums of a layer are finite")
        except Untranslated:
            if not keep_wrong_steps:
                raise
            layer = None
        return KernelTheorem(
            tuple(reading.free), tuple(reading.bound), tuple(map(frozen, reading.facts)), reading.maxima(),
            tuple((t, None if s is None else tuple(map(frozen, s))) for t, s in reading.shapes.items()),
            reading.laws(), layer, formulas, places,
        )  # fmt: skip


def _formula(label: str, reading: Reading, line: Line, keep_wrong_steps: bool) -> Formula:
    start, (_, steps) = reading.start(label), reading.formulas[label]
    line.begin(start)
    order, origins, terms = list(start), list[int](), reading.formulas[label][0]
    try:
        ends: tuple[tuple[Bounds, ...], ...] | None = tuple(line.bounds(term) for term in start)
    except Untranslated:
        ends = None
    for number, step in enumerate(steps, 1):
        try:
            with line.attempt():
                order, terms = _step(step, order, terms, reading, line)
        except Untranslated as error:
            if not keep_wrong_steps:
                raise Untranslated(f"formula {label!r}, step {number} ({step['rule']}): {error}") from None
            line.steps.append((0, Rule("Contract", (len(reading.laws()), 0, 0, 0, 1, NOTHING))))
            origins += [number] * (len(line.steps) - len(origins))
            return Formula(tuple(start), ends, tuple(line.steps), tuple(origins), ())
        origins += [number] * (len(line.steps) - len(origins))
    line.end()
    origins += [0] * (len(line.steps) - len(origins))
    return Formula(tuple(start), ends, tuple(line.steps), tuple(origins), tuple(line.terms))


def _step(
    data: Mapping[str, Any], order: list[KernelTerm], terms: list[verify.Term], reading: Reading, line: Line
) -> tuple[list[KernelTerm], list[verify.Term]]:
    """The line after a step of the file, from the line before: as data of ``checker.v``, and as the file has it."""
    try:
        rule, step = verify.read_step(data, terms, reading.assumed)
        found = verify.RULES[rule][0](terms[step["at"]], step, _Believing(reading.assumed))
        if not any(one == step["result"] for one in found):
            raise Untranslated("the rule does not give this")
    except verify.Rejected as error:
        raise Untranslated(error.why) from None
    at = step["at"]
    term, to = order[at], [reading.term(one) for one in step["result"]]
    new = {n for one in step["result"] for n in one[2]}
    known = {n: i for n, i in reading.bound.items() if i in term.bound or n in new}
    made = Step(reading, line, term, to, data, known)
    try:
        getattr(made, data["rule"].replace(" ", "_").replace("-", "_"), made.same_term)()
    except (IndexError, KeyError, ValueError):
        raise Untranslated("its parts do not fit") from None
    return [*order[:at], *to, *order[at + 1 :]], [*terms[:at], *step["result"], *terms[at + 1 :]]


def _places(
    first: Sequence[KernelTerm], other: Sequence[KernelTerm], label: str, keep_wrong_steps: bool
) -> tuple[int, ...]:
    """Where the terms of the first line are in the other."""
    left, places = list(other), []
    for term in first:
        same = (at for at, one in enumerate(left) if one.key == term.key and total([one]) == total([term]))
        at = next(same, None)
        if at is None:
            break
        places.append(at)
        del left[at]
    if (left or len(places) < len(first)) and not keep_wrong_steps:
        raise Untranslated(f"formula {label!r}: its last line is not that of the first")
    return tuple(places)
