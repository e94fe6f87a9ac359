"""How much work a search may take: counted, so that a verdict does not depend on how fast a machine is."""

from __future__ import annotations

from symconv.errors import SizeLimitError

QUESTIONS = 16
"""One question of a search takes at most a sixteenth of its budget."""


class Budget:
    """Steps that are left, each about half a microsecond of work.

    >>> budget = Budget(10)
    >>> budget.spend(8)
    >>> budget.left
    2
    """

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.share = steps // QUESTIONS

    def covers(self, steps: int) -> bool:
        """Take steps from what is left; whether they were there."""
        self.left -= steps
        return self.left >= 0

    def spend(self, steps: int) -> None:
        """Take steps from what is left.

        Raises:
            SizeLimitError: fewer are left.
        """
        if not self.covers(steps):
            raise SizeLimitError("a search", "it takes more work than its effort allows", "allow more with effort=..")
