"""What a sweep gives back: a row for each item, in the order of the items, and a table of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from symconv.foundations.reports import first_failure
from symconv.printing.tables import Column, TableReport

MOST_ROWS = 40
"""A table shows at most 40 rows, those that do not hold first."""


@dataclass(frozen=True)
class Row:
    """What was found of one item.

    Args:
        item: the item in words, at most 200 characters.
        status: the report's own, such as "proved" or "refuted"; "holds" or "fails" of a task that returns a bool,
            "done" of one that returns anything else, and "error" if the task raised an error.
        holds: whether all is well.
        why: the report's summary, or the error, in a line.
        found: what the task returned, as JSON has it; of a report only with ``details``.
        seconds: how long it took, wherever it ran. Rows are compared without it.
    """

    item: str
    status: str
    holds: bool
    why: str
    found: Any = None
    seconds: float = field(default=0.0, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return dict(vars(self))


@dataclass(frozen=True, repr=False)
class Sweep(TableReport):
    """The rows of all items; it holds if every row does.

    Args:
        task: what was done with every item, in words.
        rows: one for each item, in the order of the items.
        resumed: how many of the rows were read from the file of an earlier run.

    Raises:
        IndexError: ``sweep[number]`` of a row that is not there.

    >>> from symconv import Conv, sweep
    >>> found = sweep([Conv(3, 2), Conv(5, 3)], "prove")
    >>> found.holds, [row.status for row in found]
    (True, ['proved', 'proved'])
    """

    task: str
    rows: tuple[Row, ...]
    resumed: int = 0

    columns: ClassVar[Sequence[Column]] = (
        Column("item", 44), Column("verdict"), Column("why", 60), Column("s", is_number=True),
    )  # fmt: skip

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return self.holds

    def __getitem__(self, number: int) -> Row:
        return self.rows[number]

    @property
    def holds(self) -> bool:
        """Whether every row holds."""
        return all(row.holds for row in self.rows)

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that do not hold."""
        return tuple(row for row in self.rows if not row.holds)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows have each status, the commonest first."""
        return dict(Counter(row.status for row in self.rows).most_common())

    @property
    def summary(self) -> str:
        return first_failure([f"{row.item}: {row.status}" for row in self.failures], f"all {len(self.rows)} items hold")

    @property
    def opening(self) -> str:
        each = ", ".join(f"{count:,} {status}" for status, count in self.counts.items())
        well = len(self.rows) - len(self.failures)
        return f"{self.task}: {well:,} of {len(self.rows):,} items hold" + (f" ({each})" if each else "")

    @property
    def _shown(self) -> Sequence[Row]:
        """The rows of the table: all, or the first that do not hold and then the first of the others."""
        if len(self.rows) <= MOST_ROWS:
            return self.rows
        return (*self.failures[:MOST_ROWS], *(row for row in self.rows if row.holds))[:MOST_ROWS]

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[row.item, row.status, row.why, f"{row.seconds:.2f}"] for row in self._shown]

    @property
    def ending(self) -> str:
        more = len(self.rows) - len(self._shown)
        return f"{more:,} more rows; all are in .rows" if more else ""

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "task": self.task, "holds": self.holds, "counts": dict(self.counts),
            "rows": [row.to_dict() for row in self.rows],
        }  # fmt: skip
