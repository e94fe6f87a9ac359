"""What the reports of all spot checks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symconv.foundations.reports import Judgement, first_failure
from symconv.printing import jupyter as display


def finite(number: float) -> float | None:
    """The number for JSON, which has no nan and no infinity."""
    return number if np.isfinite(number) else None


def fewer_trials(done: int, asked: int) -> str:
    """That trials were left out, in words; empty if none were."""
    return f"{done} of {asked} trials, since more take long" if done < asked else ""


class SpotTable(Judgement):
    """A report with a row for every check. A subclass has ``rows`` and says in ``_table`` how they are shown."""

    rows: Sequence[Any]

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

    def _table(self, style: str) -> str:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return display.block(display.words(str(self).partition("\n\n")[0]), self._table("html"))
