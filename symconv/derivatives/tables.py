"""Formulas of a network by name, made when they are asked for, which show themselves as a table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from symconv.foundations.values import Lazy
from symconv.printing import jupyter as display

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST_ROWS = 20
"""Formulas are made for this many rows of a table that is printed."""
LONGEST = 70
"""The number of characters of a formula in a table."""


class Table(Lazy[K, V]):
    """A mapping whose ``str`` is a table of its formulas.

    Args:
        title: what they are.
        keys: their names.
        make: makes the value of a name.
        parts: the formulas of a value.

    >>> from symconv import Linear, Sequential, hessian
    >>> print(hessian(Sequential(Linear(2, 3, bias=False), loss="squared")))
    the Hessian, by parameters
    <BLANKLINE>
    of         shape         formula
    ---------  ------------  -----------------------------------------------
    w1 and w1  (3, 2, 3, 2)  d2L_dw1_dw1[i, j, i', j'] = X[j]*X[j']*[i = i']
    """

    def __init__(
        self, title: str, keys: Iterable[K], make: Callable[[K], V], parts: Callable[[V], Sequence[Any]]
    ) -> None:
        super().__init__(keys, make)
        self.title, self._parts = title, parts

    def __repr__(self) -> str:
        shown = ", ".join(map(_called, list(self)[:MOST_ROWS]))
        more = f", .. ({len(self) - MOST_ROWS} more)" if len(self) > MOST_ROWS else ""
        return f"<{self.title}: {shown}{more}>"

    @property
    def _rows(self) -> list[list[str]]:
        rows = []
        for key in list(self)[:MOST_ROWS]:
            for formula in self._parts(self[key]):
                text = formula.text()
                rows.append(
                    [_called(key), str(formula.shape), text if len(text) <= LONGEST else f"{text[:LONGEST]} .."]
                )
        return rows

    def __str__(self) -> str:
        from tabulate import tabulate  # slow to load, and only needed to print

        table = tabulate(self._rows, ["of", "shape", "formula"], tablefmt="simple", disable_numparse=True)
        more = f"\n.. and {len(self) - MOST_ROWS} more" if len(self) > MOST_ROWS else ""
        return f"{self.title}\n\n{table}{more}"

    def _repr_html_(self) -> str:
        return display.block(display.words(self.title), display.table(self._rows, ["of", "shape", "formula"]))


def _called(key: Hashable) -> str:
    """w1 and w3 of a block, w1 of a layer."""
    return " and ".join(key) if isinstance(key, tuple) else str(key)
