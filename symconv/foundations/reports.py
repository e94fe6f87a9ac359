"""What all reports share: whether what they are about holds, and why, in a line."""

from __future__ import annotations

LONGEST = 300
"""The number of characters of a report's summary that its ``repr`` shows."""


MOST_CHARACTERS = 4_000
"""The number of characters of one formula, or of one list of names, that a report prints."""


def bounded(text: str, where: str, most: int = MOST_CHARACTERS) -> str:
    """A text that is printed: its beginning if it is long, with where all of it is.

    >>> bounded("X1*w1 + X2*w2 + X3*w3", "report.right", most=13)
    'X1*w1 + X2*w2 .. (8 more characters; all are in report.right)'
    """
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()} .. ({len(text) - most:,} more characters; all are in {where})"


class Judgement:
    """A report that is true if what it is about holds, and says in its ``repr`` why or why not.

    So ``assert check(conv, claim)`` fails on a wrong claim, and pytest shows the reason. A subclass has ``holds`` and
    ``summary``, a line of words; ``str`` is the whole report.
    """

    @property
    def holds(self) -> bool:
        """Whether what the report is about holds."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """What was found, in a line."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        summary = " ".join(self.summary.split())
        shown = summary if len(summary) <= LONGEST else f"{summary[: LONGEST - 2].rstrip()} .."
        return f"<{type(self).__name__}: {shown}>"


def first_failure(failures: list[str], well: str) -> str:
    """A line about many checks: the first that failed, and the number of the others."""
    if not failures:
        return well
    more = len(failures) - 1
    return failures[0] + (f" (and {more} more)" if more else "")
