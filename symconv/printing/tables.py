"""Reports with a table, in text for a terminal and in HTML for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from symconv.errors import printable
from symconv.foundations.reports import Judgement
from symconv.printing import jupyter as display


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        head: what stands above it.
        width: in text, the most characters in a line of a cell.
        is_number: whether it is aligned on the right.
    """

    head: str
    width: int | None = None
    is_number: bool = False


class TableReport(Judgement):
    """A report with a table between what it is about and what follows from it.

    A subclass has ``columns``, ``cells`` and ``opening``, and ``ending`` and ``latex`` if there is something to say.
    """

    columns: ClassVar[Sequence[Column]]

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        """The rows of the table."""
        raise NotImplementedError

    @property
    def opening(self) -> str:
        """What the report is about, in lines of words."""
        raise NotImplementedError

    @property
    def ending(self) -> str:
        """What follows, in words; empty if nothing does."""
        return ""

    def latex(self) -> str:
        """What is found as a formula; empty if it is not one."""
        return ""

    def __str__(self) -> str:
        from tabulate import tabulate  # slow to load, and only needed to print

        table = tabulate(
            [[printable(one) if isinstance(one, str) else one for one in row] for row in self.cells],
            [column.head for column in self.columns],
            tablefmt="simple",
            disable_numparse=True,
            colalign=["right" if column.is_number else "left" for column in self.columns],
            maxcolwidths=[column.width for column in self.columns],
        )
        return "\n\n".join(filter(None, (printable(self.opening), table, printable(self.ending))))

    def _repr_html_(self) -> str:
        parts = [display.words(self.opening)]
        parts += [display.mathematics(formula) for formula in (self.latex(),) if formula]
        parts += [display.table(self.cells, [column.head for column in self.columns])]
        return display.block(*parts, *(display.words(words) for words in (self.ending,) if words))
