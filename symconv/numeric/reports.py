"""What the reports of all spot checks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from symconv.algebra.extent import about
from symconv.errors import SizeLimitError, SymconvError
from symconv.foundations.reports import first_failure
from symconv.geometry.shapes import Geometry
from symconv.printing.tables import Column, TableReport


def finite(number: float) -> float | None:
    """The number for JSON, which has no nan and no infinity."""
    return number if np.isfinite(number) else None


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

MOST_TRIALS = 10_000
"""At most 10,000 trials are made."""
MOST_ELEMENTS, MOST_PRODUCTS = 10_000_000, 10**11
"""A tensor to be drawn has at most 10 million elements, and the outputs of all trials at most 10^11 products."""


def require_spot_check(layer: Geometry, trials: int) -> None:
    """That the numbers of a layer fit into memory, and that they are not too many to be computed.

    Raises:
        SizeLimitError: there are too many.
    """
    layer.require_elements(MOST_ELEMENTS, "a spot check")
    counts = (*layer.output_shape, *layer.kernel_size, layer.in_channels)
    count = trials * prod(map(int, counts))
    if count > MOST_PRODUCTS:
        raise SizeLimitError(
            f"a spot check of {layer!r} with {trials} trials", f"it makes about {about(count)} products",
            f"the limit is {MOST_PRODUCTS:,}; use fewer trials or smaller sizes, whose formulas are the same",
        )  # fmt: skip


def require_entries(count: int, name: str) -> None:
    """That a tensor is not too large to be drawn."""
    if count > MOST_ELEMENTS:
        wrong = f"it has about {about(count)} entries to be drawn"
        raise SizeLimitError(f"a spot check with {name}", wrong, f"the limit is {MOST_ELEMENTS:,}; use smaller sizes")


def require_draws(trials: object, seed: object) -> tuple[int, int]:
    """The number of trials and the seed.

    Raises:
        SymconvError: ``trials`` is not a whole number of at least 1, or ``seed`` none of at least 0.
    """
    for name, value, least in (("trials", trials, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise SymconvError(f"{name}={value!r}", f"not a whole number of at least {least}", f"use {name}={least}")
    if int(trials) > MOST_TRIALS:  # type: ignore[call-overload]
        raise SizeLimitError(f"trials={trials}", "they would take hours", f"use at most {MOST_TRIALS:,}")
    return int(trials), int(seed)  # type: ignore[call-overload]
