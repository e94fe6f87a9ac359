"""What the reports of all spot checks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from symconv.foundations.reports import first_failure
from symconv.printing.tables import Column, TableReport


def finite(number: float) -> float | None:
    """The number for JSON, which has no nan and no infinity."""
    return number if np.isfinite(number) else None


def fewer_trials(done: int, asked: int) -> str:
    """That trials were left out, in words; empty if none were."""
    return f"{done} of {asked} trials, since more take long" if done < asked else ""


class CheckRow:
    """One check, over all trials: the worst error and the tolerance that it must not pass.

    A subclass is a dataclass with these fields, and says what else it counts.
    """

    quantity: str
    against: str
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance; a nan is not."""
        return self.error <= self.tolerance

    @property
    def verdict(self) -> str:
        """yes or NO."""
        return "yes" if self.passed else "NO"

    def cell(self, column: str) -> str:
        """What stands in a column of the table."""
        if column == "error":
            return f"{self.error:.1e}" if self.error else "0"
        if column == "tolerance":
            return f"{self.tolerance:.0e}" if self.tolerance else "exact"
        return str(self.verdict if column == "passed" else getattr(self, column))

    def to_dict(self) -> dict[str, Any]:
        """The row, as plain JSON values."""
        return {**vars(self), "error": finite(self.error), "passed": self.passed}


class SpotTable(TableReport):
    """A report with a row for every check.

    A subclass has the ``subject``, ``seed``, ``trials`` and ``rows``, and as ``kind`` what the subject is.
    """

    kind: ClassVar[str]
    seed: int
    trials: int
    rows: Sequence[Any]

    @property
    def subject(self) -> object:
        """What was checked."""
        raise NotImplementedError

    @property
    def details(self) -> Mapping[str, Any]:
        """What else is to be said, as plain JSON values by name."""
        return {}

    @property
    def passed(self) -> bool:
        """Whether no row's error passes its tolerance."""
        return all(row.passed for row in self.rows)

    @property
    def holds(self) -> bool:
        """Whether every check passed, as ``passed``."""
        return self.passed

    @property
    def summary(self) -> str:
        failures = [
            f"{row.quantity} against {row.against}: error {row.error:.1e}, tolerance {row.tolerance:.0e}"
            for row in self.rows
            if not row.passed
        ]
        return first_failure(failures, f"all {len(self.rows)} checks passed")

    @property
    def max_error(self) -> float:
        """The largest error of all rows; nan where a row has one."""
        return float(np.max([row.error for row in self.rows]))

    @property
    def opening(self) -> str:
        result = "all passed" if self.passed else "FAILED"
        return f"{self.subject!r}: {self.trials} trials, seed {self.seed}, {result}"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[row.cell(column.head) for column in self.columns] for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            self.kind: repr(self.subject), "seed": self.seed, "trials": self.trials, "passed": self.passed,
            "max_error": finite(self.max_error), **self.details, "rows": [row.to_dict() for row in self.rows],
        }  # fmt: skip


CHECK = (Column("quantity"), Column("against"))
JUDGED = (Column("error", is_number=True), Column("tolerance", is_number=True), Column("passed"))
"""Columns that all spot checks have."""
