"""A text with the places of its syntax, and a change of it."""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Edit:
    """A change of a text.

    Args:
        cost: likelier changes first.
        line: the line that changes, from 1.
        start, end: the piece of the text that is replaced, by characters.
        text: what stands there instead.
        kind: what is done, in a word; several changes of a line that are of one kind are also made together.
    """

    cost: int
    line: int
    start: int = field(compare=False)
    end: int = field(compare=False)
    text: str = field(compare=False)
    kind: str = field(default="", compare=False)

    def of(self, source: str) -> str:
        """The changed text."""
        return source[: self.start] + self.text + source[self.end :]


class Text:
    """A text with the places of its syntax."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def place(self, line: int, column: int) -> int:
        """The place of a column in bytes."""
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def line(self, place: int) -> int:
        """The number of the line that a place is in."""
        return bisect_right(self.starts, place)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a piece of syntax stands."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr) -> str:
        """The text of an expression."""
        start, end = self.span(node)
        return self.source[start:end]
