"""What is found of a user's function: the verdict by cases, and, when it is asked for, the mistake and its repair.

All three ways to judge a function (reading, running, probing) give the same report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from symconv.algebra.polynomial import Polynomial
from symconv.errors import SymconvError
from symconv.foundations.values import Cached, FrozenMapping, freeze
from symconv.printing.tables import Column, TableReport
from symconv.programs.conditions import EVERY_SHAPE, Sizes
from symconv.programs.steps import Lines
from symconv.proof.certificates.saving import TheoremFiles
from symconv.proof.equation import Equation
from symconv.proof.verdict import Witness

Status = Literal["proved", "proved except", "refuted", "undecided", "not read", "not judged"]
Way = Literal["reading", "running", "probing"]
Ending = Literal["", "an error", "its checks"]

WORST: Sequence[Status] = ("refuted", "proved except", "not read", "not judged", "undecided", "proved")
"""Of several verdicts, the first of these that is among them is that of the whole."""


@dataclass(frozen=True)
class Case:
    """What is found for some of the sizes.

    Args:
        where: the sizes: every shape, p = 0.
        status: "proved", "refuted", "undecided", "not read" or "not judged".
        reason: why, in words; of a program that raises, the exception and its text.
        line: the line of the source at which that is seen, counted from 1.
        sizes: the smallest sizes at which it fails.
        witness: an entry there with what the code gives ("computed") and what is right, and numbers to try.
        equation: the right formula (left) and the code's (right), if the code was read or run as a formula.
        values: letters of the layer that have these values in the equation.
        shape: of a result of the wrong shape, as the function has it.
        ended_by: "an error", if the code or its forward pass raises one; "its checks", if they exclude all sizes.
    """

    where: Sizes
    status: Status
    reason: str = ""
    line: int | None = None
    sizes: Mapping[str, int] = field(default_factory=FrozenMapping)
    witness: Witness | None = None
    equation: Equation | None = field(default=None, repr=False, compare=False)
    values: Mapping[str, Polynomial] = field(default_factory=FrozenMapping, repr=False, compare=False)
    shape: tuple[Polynomial, ...] | None = field(default=None, repr=False, compare=False)
    ended_by: Ending = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        freeze(self, "sizes", "values")

    def to_dict(self) -> dict[str, Any]:
        """The case, as plain JSON values."""
        return {
            "where": str(self.where), "status": self.status, "reason": self.reason, "line": self.line,
            "sizes": dict(self.sizes), "witness": None if self.witness is None else self.witness.to_dict(),
        }  # fmt: skip


@dataclass(frozen=True)
class Repair:
    """A change of one line by which the function is right, which was proved before it is shown.

    Where two lines do the same for two axes, both may change.

    Args:
        line: the first that changes, counted from 1.
        before, after: the lines from it to the last that changes, as they are, and as they should be.
        where: the sizes for which the changed function is proved.
    """

    line: int
    before: str
    after: str
    where: Sizes = EVERY_SHAPE

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"

    @property
    def scope(self) -> str:
        """The sizes for which the changed function is proved, in words."""
        return str(self.where)

    @property
    def place(self) -> str:
        """The lines, in words."""
        more = self.after.count("\n")
        return f"lines {self.line} to {self.line + more}" if more else f"line {self.line}"

    @property
    def text(self) -> str:
        """What belongs there, on one line."""
        return "; ".join(line.strip() for line in self.after.splitlines())

    def to_dict(self) -> dict[str, Any]:
        """The change, as plain JSON values."""
        return {"line": self.line, "before": self.before, "after": self.after, "scope": self.scope}


@dataclass(frozen=True)
class Explanation:
    """Why a function is wrong: the mistake in words, the line that it comes from, the change that mends it."""

    mistake: str | None = None
    line: int | None = None
    repair: Repair | None = None

    def __call__(self) -> Explanation:
        """Itself, as what makes it, once it is made."""
        return self


@dataclass(frozen=True, repr=False)
class CodeReport(TableReport, TheoremFiles, Cached):
    """What was found of a function.

    Args:
        function: its name, with the file if there is one.
        layer: the layer that it should compute.
        of: the quantity.
        status: "proved" for everything in ``where``; "proved except" where cases are refuted; "refuted";
            "undecided"; "not read", with the line and the construct; "not judged", with what is missing.
        decided_by: "reading", "running" or "probing".
        where: for what it is decided.
        cases: what was found, by sizes.
        notes: what else a reader should know, a sentence each.
        source: the text of the function's file, if it is known.
        parts: of a function with several results, a report for each.
        explain: what makes ``mistake``, ``line`` and ``repair`` when they are asked for.
        look: what finds out what each line computes when that is asked for.

    >>> from symconv import Conv, prove_code
    >>> report = prove_code("def gradient(dout): return dout.sum(axis=1)", Conv.general(1), of="grad_bias")
    >>> report
    <CodeReport: gradient, grad_bias: proved for every shape>
    """

    function: str
    layer: Any
    of: str
    status: Status
    decided_by: Way
    where: Sizes = field(default_factory=Sizes)
    cases: tuple[Case, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = field(default="", repr=False)
    parts: tuple[CodeReport, ...] = ()
    explain: Callable[[], Explanation] = field(default=Explanation, repr=False, compare=False)
    look: Callable[[], Lines] = field(default=Lines, repr=False, compare=False)

    columns: ClassVar[Sequence[Column]] = (
        Column("result", 20), Column("where", 28), Column("verdict"), Column("line", is_number=True), Column("why", 60),
    )  # fmt: skip

    @staticmethod
    def together(parts: Sequence[CodeReport]) -> CodeReport:
        """The report of a function with several results; the first part's names are those of the whole."""
        first, *others = parts
        if not others:
            return first
        status = next(status for status in WORST if any(part.status == status for part in parts))
        places = dict.fromkeys(part.where for part in parts)
        notes = dict.fromkeys(note for part in parts for note in part.notes)
        of = ", ".join(part.of for part in parts)
        return CodeReport(
            first.function, first.layer, of, status, first.decided_by,
            first.where if len(places) == 1 else Sizes(), (), tuple(notes), first.source, tuple(parts),
        )  # fmt: skip

    @property
    def holds(self) -> bool:
        """Whether it is proved for everything in its scope."""
        return self.status == "proved"

    @cached_property
    def _explanation(self) -> Explanation:
        return Explanation() if self.holds else self.explain()

    def __getstate__(self) -> dict[str, Any]:
        """A copy has the explanation: what made it belongs to the reading, of which a copy knows nothing."""
        return {**super().__getstate__(), "explain": self._explanation, "look": self.lines}

    @cached_property
    def lines(self) -> Lines:
        """The function's lines with what each computes, as a formula; nothing of what was run and not read."""
        return self.parts[0].lines if self.parts else self.look()

    @property
    def mistake(self) -> str | None:
        """The usual mistake that gives exactly what the code computes, in words; None if none is known to."""
        if self.parts:
            return next((part.mistake for part in self.parts if part.mistake), None)
        return self._explanation.mistake

    @property
    def line(self) -> int | None:
        """The line that is wrong; of a program that raises, that at which it does; None if it is not known."""
        if self.parts:
            return next((part.line for part in self.parts if part.line), None)
        return self._explanation.line or next((case.line for case in self.failures if case.line), None)

    @property
    def repair(self) -> Repair | None:
        """A change of one line by which the function is proved; None if none was found."""
        if self.parts:
            return next((part.repair for part in self.parts if part.repair), None)
        return self._explanation.repair

    @property
    def failures(self) -> tuple[Case, ...]:
        """The cases that are not proved, refuted ones first."""
        cases = [case for part in self.parts for case in part.failures] if self.parts else self.cases
        return tuple(sorted((case for case in cases if case.status != "proved"), key=lambda c: WORST.index(c.status)))

    @property
    def witness(self) -> Witness | None:
        """Numbers that show that it is wrong."""
        return next((case.witness for case in self.failures if case.witness is not None), None)

    def certificates(self) -> list[dict[str, Any]]:
        """A theorem file about each result, for ``symconv verify`` and Rocq, that the layer's formula is the code's.

        That the code's formula is what the code computes is symconv's reading of it, and not in the file.

        Raises:
            SymconvError: the function is not proved by reading it, or not by a common last line of both formulas.

        >>> from symconv import Conv, prove_code, verify
        >>> report = prove_code("def gradient(dout): return dout.sum(axis=1)", Conv.general(1), of="grad_bias")
        >>> [verify.check(one).is_defined for one in report.certificates()]
        [True]
        """
        from symconv.proof.certificates.equations import certificate_of  # only to write one

        if not self.holds or self.decided_by != "reading":
            right = "use prove_code on a function that can be read, and that is right"
            raise SymconvError(f"theorem files about {self.function}", "it is not proved by reading it", right)
        if self.parts:
            return [one for part in self.parts for one in part.certificates()]
        made = []
        for case in self.cases:
            if case.equation is not None:
                layer = None if case.values else self.layer
                entry = [axis.letter for axis in getattr(self.layer.direct, self.of).axes]
                title = f"{self.function}: {self.of} of {self.layer!r}"
                sides = ("layer", "code")
                made.append(certificate_of(case.equation, sides, self.of, title, str(case.where), layer, entry))
        return made

    # -- in words ------------------------------------------------------------------------------------

    @property
    def scope(self) -> str:
        """For what it is decided, in words."""
        if self.where or not self.parts:
            return str(self.where)
        return "; ".join(dict.fromkeys(part.scope for part in self.parts if part.where))

    @property
    def _verdict(self) -> str:
        how = "" if self.decided_by == "reading" else f" by {self.decided_by}"
        return f"{self.status}{how}" + (f" for {self.scope}" if self.holds and self.scope else "")

    @property
    def summary(self) -> str:
        first = f"{self.function}, {self.of}: {self._verdict}"
        return "; ".join((first, *(case_in_words(case) for case in self.failures[:1]), *self._reasons))

    @property
    def opening(self) -> str:
        return f"{self.function}, {self.of} of {self.layer!r}: {self._verdict}"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [
            [part.of, str(case.where), case.status, case.line or "", case.reason]
            for part in self.parts or (self,)
            for case in part.cases
        ]

    @property
    def _reasons(self) -> list[str]:
        """The mistake, its line and its repair, a phrase each."""
        found = []
        if self.mistake:
            found.append(f"because: {self.mistake}")
        if self.line and self.source:
            found.append(f"line {self.line}: {self._text(self.line)}")
        if (repair := self.repair) is not None:
            found.append(f"repair: {repair.text} ({repair.place}; proved for {repair.scope})")
        return found

    def _text(self, line: int) -> str:
        lines = self.source.splitlines()
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""

    @property
    def ending(self) -> str:
        lines = [line for part in self.parts or (self,) for line in part._reasons_of(bool(self.parts))]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def _reasons_of(self, is_part: bool) -> list[str]:
        """Why it fails, in lines, under its name if it is one of several results."""
        lines = list(self._reasons)
        if (witness := self.witness) is not None:
            lines.append(f"numbers: {witness}")
        return [f"{self.of}:", *(f"  {line}" for line in lines)] if is_part and lines else lines

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        repair = self.repair
        return {
            "function": self.function, "layer": repr(self.layer), "of": self.of, "status": self.status,
            "decided_by": self.decided_by, "scope": self.scope, "cases": [case.to_dict() for case in self.cases],
            "mistake": self.mistake, "line": self.line, "repair": None if repair is None else repair.to_dict(),
            "notes": list(self.notes), "parts": [part.to_dict() for part in self.parts],
        }  # fmt: skip


def status_of(cases: Sequence[Case]) -> Status:
    """The verdict on a function whose cases together are everything in its scope."""
    found = {case.status for case in cases}
    if found == {"proved", "refuted"}:
        return "proved except"
    return next((status for status in WORST if status in found), "not judged")


def case_in_words(case: Case) -> str:
    """A case that is not proved, in a phrase."""
    where = "" if not case.where or case.where == EVERY_SHAPE else f"{case.where}: "
    line = "" if case.line is None else f" (line {case.line})"
    return f"{where}{case.reason or case.status}{line}"
