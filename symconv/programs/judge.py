"""Is what a function returns the layer's quantity, for every shape?

The function is read for all sizes at once. Where a condition of the code tells sizes apart, it is read for each case.
What it returns and the layer's own formula are then one equation for each case, which the algebra decides.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from symconv.algebra.sympy_out import Writer
from symconv.claims.report import formula_of
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.phrases import Phrase
from symconv.layers import Layer
from symconv.programs import arrays
from symconv.programs.arguments import Binding, Result
from symconv.programs.cases import Scope
from symconv.programs.comparing import WrongShapeError, equation
from symconv.programs.conditions import EVERY_SHAPE, THIS_SHAPE, Sizes
from symconv.programs.inputs import Inputs
from symconv.programs.interpret.reader import Reader
from symconv.programs.machine import Machine
from symconv.programs.outcomes import EXCLUDED, CodeError, Fork, ForwardError, Outcome, OutOfScope, TooLarge, Unread
from symconv.programs.report import Case, CodeReport, Ending, status_of
from symconv.programs.results import result_of
from symconv.programs.small import overlapping_shapes
from symconv.programs.source import Target
from symconv.programs.steps import Lines, Steps
from symconv.programs.unsaid import why_unsaid
from symconv.programs.values import Array
from symconv.programs.work import OF_A_DECISION, OF_AN_OPEN_ONE, Spent, Work
from symconv.proof.deciding import decide
from symconv.proof.equation import Equation
from symconv.proof.verdict import Witness

LET_THROUGH = " that the code lets through: {checks}"
MOST_CASES = 48
"""A function is read for at most 48 cases of sizes."""
MOST_READINGS = 100
"""A function is read at no more shapes in numbers once it was read 100 times."""
MOST_REFUTED = 5
"""No more sizes are told apart once the function is wrong in 5 cases."""
MOST_NAMED = 2
"""Of cases in which the same line raises, the first three are named."""
SHAPES, OVERLAPPING, MOST_UNREAD, MOST_REDUCED = 12, 2, 4, 16
"""Where a function is not decided for every shape, it is read at 12 small shapes, and at two more at which windows
overlap, until five of them are not read. Sizes at which it fails are made smaller in up to 16 tries."""


def judge(target: Target, bound: Binding, work: Work | None = None) -> CodeReport:
    """The report of a function whose text is found, by readings that take up to so much work together."""
    readings = Readings(target, bound, work or Work())
    return CodeReport.together([_Judge(readings, result).report() for result in bound.results])


def holds(target: Target, bound: Binding, work: Work) -> bool:
    """Whether a function is proved: the first case of sizes in which it is not decides."""
    readings = Readings(target, bound, work)
    return all(_Judge(readings, result).holds() for result in bound.results)


class Reading:
    """The function read for some sizes: what it returns, or what ended the reading."""

    def __init__(self, target: Target, bound: Binding, scope: Scope, work: Work, steps: Steps | None = None) -> None:
        self.machine = Machine(scope.assumptions, work)
        self.machine.steps = steps
        self.outcome: Exception | None = None
        self.returned: Any = None
        try:
            self.inputs = Inputs(Reader(target, self.machine), bound, scope.all_values)
            self.returned = self.inputs.run()
        except (Outcome, Fork, SymconvError) as outcome:
            self.outcome = outcome

    def result(self, wanted: Result) -> Any:
        """One of the results.

        Raises:
            Outcome: reading ended without it.
            Fork: a condition tells the sizes apart.
        """
        if self.outcome is not None:
            raise self.outcome
        inputs = self.inputs
        return result_of(inputs.reader, inputs.made, self.returned, wanted.place, wanted.of)


class Readings:
    """Readings of a function by the sizes, each made once for all results."""

    def __init__(self, target: Target, bound: Binding, work: Work) -> None:
        self.target, self.binding = target, bound
        self.work, self.in_numbers = work, Work(work.steps // 3, work.whole)
        self._made: dict[Hashable, Reading] = {}

    @property
    def count(self) -> int:
        """How many readings were made."""
        return len(self._made)

    def at(self, scope: Scope, work: Work | None = None) -> Reading:
        """The function read for these sizes."""
        if scope.key not in self._made:
            self._made[scope.key] = Reading(self.target, self.binding, scope, work or self.work)
        return self._made[scope.key]


@dataclass(frozen=True)
class Found:
    """What is found for some sizes, with them."""

    scope: Scope
    case: Case | None
    reason: Exception | None = None


class _Judge:
    """Judges one result of a function."""

    def __init__(self, readings: Readings, result: Result) -> None:
        self.readings, self.target, self.wanted = readings, readings.target, result
        self.layer: Layer = readings.binding.layer
        self.formula: TensorFormula = formula_of(self.layer, result.of)
        self.notes: dict[str, None] = {"sums are in exact arithmetic": None}
        self.outside: dict[str, None] = {}
        self.checked = False
        self.shapes: dict[str, None] = {}
        self.shown = Scope(self.layer.assumptions)

    def report(self) -> CodeReport:
        whole = Scope(self.layer.assumptions)
        cases = _merged(self._cases(whole))
        if not cases:
            reason = ": ".join((EXCLUDED, *self.outside))
            cases = [Case(EVERY_SHAPE, "not judged", reason, ended_by="its checks" if self.checked else "")]
        where = THIS_SHAPE if self.layer.is_concrete else EVERY_SHAPE
        if self.outside:
            where = replace(where, more=Phrase(LET_THROUGH, checks="; ".join(self.outside)))
        for words in self.shapes:
            where = replace(where, more=Phrase("{before}, {words}", before=where.more, words=words))
        return CodeReport(
            self.target.name, self.layer, self.wanted.of, status_of(cases), "reading", where, tuple(cases),
            tuple(self.notes), self.target.module.text, look=self._lines,
        )  # fmt: skip

    def holds(self) -> bool:
        """Whether it is proved, for sizes that the code's own checks let through."""
        cases = [found.case for found in _until_not_proved(self._read(Scope(self.layer.assumptions)))]
        return all(case.status == "proved" for case in cases if case is not None) and any(cases)

    def _lines(self) -> Lines:
        """What the function's lines compute, at the last sizes for which it gives a formula."""
        layer = self.layer
        steps = Steps({*layer.symbol_names, *layer.defined}, layer.notation.names)
        reading = Reading(self.target, self.readings.binding, self.shown, Work(), steps)
        given = None
        with suppress(Outcome, Fork, WrongShapeError, SymconvError):
            result = reading.result(self.wanted)
            given = equation(reading.machine, self.formula, self.shown, result, self.wanted.arrangement)
        return steps.lines(self.target.function, self.shown.where, given)

    def _cases(self, whole: Scope) -> list[Case]:
        """What is found, by cases of the sizes; where the same line raises in several, sizes are sought in one."""
        cases: list[Case] = []
        raised: dict[tuple[int | None, object], int] = {}
        for found in self._read(whole):
            case = found.case
            if case is None:
                continue
            raises = case.status == "refuted" and case.witness is None
            kind = (case.line, found.reason.kind if isinstance(found.reason, CodeError) else type(found.reason))
            if raises and (at := raised.get(kind)) is not None:
                first = cases[at]
                if len(first.where.cases) <= MOST_NAMED:
                    cases[at] = replace(first, where=first.where.or_(case.where))
                continue
            if case.equation is not None:
                self.shown = found.scope
            closer = self._closer(found).case
            assert closer is not None
            if raises and closer.status == "refuted":
                raised[kind] = len(cases)
            cases.append(closer)
            if sum(one.status == "refuted" for one in cases) >= MOST_REFUTED:
                cases.append(Case(Sizes("other sizes"), "not judged", f"{MOST_REFUTED} cases of sizes are wrong"))
                break
        return cases

    # -- cases of sizes ------------------------------------------------------------------------------------

    def _read(self, whole: Scope) -> Iterator[Found]:
        """What is found, by cases of the sizes."""
        waiting, count = [whole], 0
        while waiting:
            scope = waiting.pop(0)
            reading = self.readings.at(scope)
            try:
                found = self._judged(scope, reading)
            except Fork as fork:
                waiting[:0] = scope.split(fork.condition, reading.machine.base.defined)
                count += 1
                if count > MOST_CASES:
                    reason = f"the code tells more than {MOST_CASES} cases of sizes apart"
                    yield Found(whole, Case(Sizes("some sizes"), "not read", reason), TooLarge("the program", reason))
                    return
                continue
            yield found
            if isinstance(found.reason, Spent):
                return

    def _judged(self, scope: Scope, reading: Reading) -> Found:
        """What is found for sizes that the code does not tell apart."""
        machine = reading.machine
        try:
            result = reading.result(self.wanted)
            why = why_unsaid(result.form) if isinstance(result, Array) else None
            unsaid = Unread("the result", f"it depends on {why}", "prove the parts that do not")
            if isinstance(result, Array) and why and result.rank != len(self.wanted.arrangement.groups):
                raise unsaid
            given = equation(machine, self.formula, scope, result, self.wanted.arrangement)
            if why:
                raise unsaid
        except OutOfScope as outcome:
            at = outcome.text if outcome.line is None else f"line {outcome.line}: {self._line(outcome.line)}"
            self.checked = outcome.line is not None if not self.outside else self.checked
            self.outside[at] = None
            return Found(scope, None)
        except CodeError as outcome:
            line = outcome.line or machine.line
            self.notes.update(machine.notes)
            reason = f"{outcome.kind}: {outcome.text}"
            return Found(scope, Case(scope.where, "refuted", reason, line, ended_by="an error"), outcome)
        except WrongShapeError as outcome:
            line = machine.return_line or machine.line
            return Found(scope, Case(scope.where, "refuted", str(outcome), line, shape=outcome.shape), outcome)
        except Spent as outcome:
            where = Sizes("other sizes") if scope.facts or scope.values else scope.where
            return Found(scope, Case(where, "undecided", outcome.why, outcome.line or machine.line), outcome)
        except Unread as outcome:
            line = outcome.line or machine.line
            ended_by: Ending = "an error" if isinstance(outcome, ForwardError) else ""
            return Found(scope, Case(scope.where, "not read", outcome.text, line, ended_by=ended_by), outcome)
        except SymconvError as error:
            return Found(scope, Case(scope.where, "undecided", str(error), machine.line), error)
        self.notes.update(machine.notes)
        self.shapes.update(machine.scope)
        return self._decided(machine, scope, given, result)

    def _decided(self, machine: Machine, scope: Scope, given: Equation, result: Any) -> Found:
        line = _last_line(result, machine)
        writer = Writer(dict(self.layer.writer.symbols), dict(machine.base.definitions))
        try:
            verdict = decide(given, writer)
        except SymconvError as error:
            return Found(scope, Case(scope.where, "undecided", str(error), line, equation=given), error)
        machine.work.charge(OF_AN_OPEN_ONE if verdict.undecided else OF_A_DECISION)
        if verdict.proved:
            return Found(scope, Case(scope.where, "proved", verdict.reason, equation=given))
        if verdict.witness is None:
            return Found(scope, Case(scope.where, "undecided", verdict.reason, line, equation=given))
        witness = self._complete(scope, verdict.witness)
        reason = "it computes something else"
        if unset := arrays.unset_line(given.right):
            reason, line = f"entries of the np.empty of line {unset} are not set", unset
        sizes = {name: size for name, size in witness.sizes.items() if name in self.layer.symbol_names}
        return Found(scope, Case(scope.where, "refuted", reason, line, sizes, witness, given, scope.all_values))

    def _complete(self, scope: Scope, witness: Witness) -> Witness:
        """The witness with a number for every letter of the layer, and its sides by their names."""
        known = dict(witness.sizes)
        sizes = {name: size for name, size in known.items() if name in self.layer.symbol_names}
        for name, value in scope.values.items():
            if value.names <= known.keys():
                sizes[name] = int(value.evaluate(known))
        return replace(witness, sizes=dict(sorted(sizes.items())), sides=("right", "computed"))

    # -- numbers -------------------------------------------------------------------------------------------

    def _closer(self, found: Found) -> Found:
        """What is not decided, or raises, looked at in numbers: the smallest sizes first."""
        case = found.case
        if case is None or case.status == "proved" or case.witness is not None:
            return found
        if self.layer.is_concrete:
            return found
        proved = unread = 0
        overlapping = (sizes for sizes in overlapping_shapes(self.layer, OVERLAPPING) if found.scope.contains(sizes))
        for sizes in chain(found.scope.small(self.layer.symbol_names, SHAPES), overlapping):
            at = self._at(found.scope, sizes)
            if at is None:
                unread += 1
                if unread > MOST_UNREAD:
                    break
                continue
            if at.status == "refuted":
                return self._smallest(found.scope, sizes, at)
            proved += at.status == "proved"
        if case.status == "refuted":
            reason = f"it may raise ({case.reason}), but at no size that was tried does"
            return Found(found.scope, replace(case, status="undecided", reason=reason))
        if proved:
            case = replace(case, reason=f"{case.reason}; proved at {proved} small shapes")
        return Found(found.scope, case, found.reason)

    def _smallest(self, scope: Scope, sizes: dict[str, int], case: Case) -> Found:
        """A case that is refuted at one shape, at sizes of which none can be smaller."""
        left = MOST_REDUCED
        while left:
            for smaller in scope.smaller(sizes):
                left -= 1
                at = self._at(scope, smaller)
                if at is not None and at.status == "refuted":
                    sizes, case = smaller, at
                    break
                if not left:
                    break
            else:
                break
        shown = {name: size for name, size in sorted(sizes.items()) if name in self.layer.symbol_names}
        witness = None if case.witness is None else replace(case.witness, sizes=shown)
        return Found(scope, replace(case, where=scope.where, sizes=shown, witness=witness))

    def _at(self, scope: Scope, sizes: Mapping[str, int]) -> Case | None:
        """The case at one shape; None if nothing is found there."""
        if self.readings.count >= MOST_READINGS:
            return None
        try:
            there = scope.at(sizes)
            found = self._judged(there, self.readings.at(there, self.readings.in_numbers))
        except Fork:
            return None
        if found.case is None:
            return Case(Sizes(), "not judged")
        return None if found.case.status == "not read" and not isinstance(found.reason, TooLarge) else found.case

    def _line(self, line: int | None) -> str:
        lines = self.target.module.text.splitlines()
        return lines[line - 1].strip() if line and line <= len(lines) else ""


def _last_line(result: Any, machine: Machine) -> int | None:
    """The line that wrote a result last."""
    if isinstance(result, Array) and result.cell.lines:
        return result.cell.lines[-1]
    return machine.return_line or machine.line or None


def _until_not_proved(all_found: Iterable[Found]) -> Iterator[Found]:
    """What is found, up to the first case that is not proved."""
    for found in all_found:
        yield found
        if found.case is not None and found.case.status != "proved":
            return


def _merged(cases: list[Case]) -> list[Case]:
    """The cases; if all are proved, one."""
    if cases and all(case.status == "proved" for case in cases):
        first = cases[0]
        if len(cases) == 1:
            return [first]
        how = f"in {len(cases)} cases: " + "; ".join(str(case.where) for case in cases)
        return [replace(first, where=EVERY_SHAPE, reason=how)]
    return cases
