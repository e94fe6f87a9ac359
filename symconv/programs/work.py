"""How much work a call may take, all together: counted, so that nothing that it finds depends on a clock."""

from __future__ import annotations

from symconv.programs.outcomes import TooLarge

MOST_TOGETHER, MOST_CHANGED = 30_000, 12_000
"""Readings of a function for all cases of sizes take up to 30,000 statements and expressions together, those at small
shapes a third of that; those of a changed text, which may be its repair, up to 12,000."""
OF_AN_EXPLANATION, OF_A_CALL = 60_000, 100_000
"""The mistakes and the repair of all results of a function are looked for in 60,000 steps more: the mistakes in up to
half of what is left, the changes in the rest. A call takes 100,000 steps, all together."""
OF_A_SEARCH, OF_A_DECISION, OF_AN_OPEN_ONE = 50, 50, 2_000
"""The steps that other work counts as: a search for products of facts; an equation that is decided, and one that is not
when all rules were tried."""
OF_A_TEXT = 20
"""The steps that a changed text counts as before it is read, which is to be parsed."""


class Spent(TooLarge):
    """The work that all readings of a function may take is done."""

    def __init__(self, steps: int) -> None:
        wrong = f"undecided within the budget of {steps:,} steps; prove parts of it, or give numbers for some sizes"
        super().__init__("the program", wrong)


class Work:
    """Steps that are left.

    Args:
        steps: how many there are.
        whole: the work that it is a part of, from which its steps are taken too.

    >>> whole = Work(10)
    >>> part = Work(8, whole)
    >>> part.spend(6)
    >>> part.left, whole.left
    (2, 4)
    """

    def __init__(self, steps: int = MOST_TOGETHER, whole: Work | None = None) -> None:
        self.steps, self.whole = steps, whole
        self._left = steps

    @property
    def left(self) -> int:
        """How many steps are left, also of the work that it is a part of."""
        return self._left if self.whole is None else min(self._left, self.whole.left)

    def part(self, steps: int) -> Work:
        """A part of it, of up to ``steps`` steps."""
        return Work(steps, self)

    def charge(self, steps: int) -> None:
        """Take steps for work that is done, though fewer may be left."""
        self._left -= steps
        if self.whole is not None:
            self.whole.charge(steps)

    def spend(self, steps: int = 1) -> None:
        """Take steps from what is left.

        Raises:
            Spent: fewer are left.
        """
        self.charge(steps)
        if self.left < 0:
            raise Spent(self.steps)
