"""How much work all readings of a function may take together: counted, so that no verdict depends on a clock."""

from __future__ import annotations

from symconv.programs.outcomes import TooLarge

MOST_TOGETHER, MOST_CHANGED = 30_000, 12_000
"""Readings of a function for all cases of sizes take up to 30,000 statements and expressions together, those at small
shapes a third of that; those of a changed text, which may be its repair, up to 12,000."""
OF_A_SEARCH, OF_A_DECISION, OF_AN_OPEN_ONE = 50, 50, 2_000
"""The steps that other work counts as: a search for products of facts; an equation that is decided, and one that is not
when all rules were tried."""


class Spent(TooLarge):
    """The work that all readings of a function may take is done."""

    def __init__(self, steps: int) -> None:
        wrong = f"undecided within the budget of {steps:,} steps; prove parts of it, or give numbers for some sizes"
        super().__init__("the program", wrong)


class Work:
    """Steps that are left.

    >>> work = Work(10)
    >>> work.spend(8)
    >>> work.left
    2
    """

    def __init__(self, steps: int = MOST_TOGETHER) -> None:
        self.steps = self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take steps from what is left.

        Raises:
            Spent: fewer are left.
        """
        self.left -= steps
        if self.left < 0:
            raise Spent(self.steps)
