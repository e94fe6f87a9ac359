"""What was found in a document: one result for each marked formula."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.claims.report import CheckReport
from symconv.errors import SymconvError
from symconv.foundations.reports import Judgement, first_failure
from symconv.foundations.values import Cached


@dataclass(frozen=True, repr=False)
class FormulaResult(Judgement, Cached):
    """One marked formula.

    Args:
        path, line: where it stands, lines counted from 1; in a notebook those of its cell.
        mark: what stands behind "symconv:".
        formula: the formula; empty if there is none.
        report: what ``check`` found, if the formula could be read.
        error: what is wrong with the formula or its mark, if they could not be read.
        cell: the number of the notebook's cell, counted from 1.
        wrong: whether the mark says that the formula is wrong.
    """

    path: str
    line: int
    mark: str
    formula: str
    report: CheckReport | None = None
    error: SymconvError | None = None
    cell: int | None = None
    wrong: bool = False

    @property
    def place(self) -> str:
        """The file and the line, as editors read it."""
        return f"{self.path}:{self.line}" if self.cell is None else f"{self.path}:cell {self.cell}:{self.line}"

    @property
    def status(self) -> str:
        """Proved, refuted, undecided, or unreadable."""
        return "unreadable" if self.report is None else self.report.status

    @property
    def holds(self) -> bool:
        """Whether the formula is as the mark says: proved, or refuted if it is there as a wrong one."""
        return self.status == ("refuted" if self.wrong else "proved")

    @cached_property
    def summary(self) -> str:
        if self.report is None:
            return f"{self.place}: unreadable: {self.error}"
        more = ""
        if self.wrong:
            more = ", as its mark says" if self.holds else ", but its mark says that it is wrong"
        return f"{self.place}: {self.report.of} {self.report.status}{more}"

    def __str__(self) -> str:
        if self.holds or self.report is None:
            return self.summary
        details = str(self.report).splitlines()[1:]
        formula = " ".join(self.formula.split())
        return "\n".join([self.summary, f"  {formula}", *(f"  {line}" for line in details)])

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        error = self.error
        return {
            "path": self.path, "line": self.line, "cell": self.cell, "mark": self.mark, "formula": self.formula,
            "status": self.status, "holds": self.holds, "wrong": self.wrong,
            "report": None if self.report is None else self.report.to_dict(),
            "error": None if error is None else {"given": error.given, "wrong": error.wrong, "right": error.right},
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class DocumentReport(Judgement):
    """The results of a document, in the order in which the marks stand. It holds if all of them do.

    Args:
        path: the document.
        results: one for each marked formula.

    >>> report = DocumentReport("lecture.tex", ())
    >>> report.holds, str(report)
    (True, 'lecture.tex: no formula is marked')
    """

    path: str
    results: tuple[FormulaResult, ...]

    @property
    def holds(self) -> bool:
        """Whether every marked formula is as its mark says; true of a document without marks."""
        return all(result.holds for result in self.results)

    @property
    def summary(self) -> str:
        count = len(self.results)
        well = f"{self.path}: {count} {'formula' if count == 1 else 'formulas'}, all as marked"
        failures = [result.summary for result in self.results if not result.holds]
        return first_failure(failures, well if count else f"{self.path}: no formula is marked")

    def __str__(self) -> str:
        good = sum(result.holds for result in self.results)
        count = len(self.results)
        total = f"{self.path}: {good} of {count} {'formula' if count == 1 else 'formulas'} as marked"
        return "\n".join([*map(str, self.results), total if count else self.summary])

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {"path": self.path, "holds": self.holds, "formulas": [result.to_dict() for result in self.results]}
