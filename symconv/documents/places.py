"""Marks and formulas of a text brought together: which formula a mark is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

WORD = "symconv:"


@dataclass(frozen=True)
class Row:
    """A formula, and its place in the text."""

    start: int
    end: int
    formula: str


@dataclass(frozen=True)
class Span:
    """What stands between delimiters, from ``start`` to ``end`` in the text: a formula, or several in rows."""

    start: int
    end: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Comment:
    """The words of a mark, from ``start`` to ``end`` in the text."""

    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Found:
    """A mark with its formula; the line is the formula's, counted from 1, or the mark's if there is no formula."""

    line: int
    words: str
    formula: str | None


@dataclass(frozen=True)
class Scanned:
    """The marks and the formulas of a text, each in order."""

    comments: Sequence[Comment]
    spans: Sequence[Span]


def mark_in(words: str, start: int, end: int) -> Iterator[Comment]:
    """The mark in a comment, if it is one."""
    if found := re.match(rf"[\s%]*{WORD}(.*)", words, re.DOTALL):
        yield Comment(start, end, found[1].strip())


class Lines:
    """The lines of a text, by places in it."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *accumulate(len(line) for line in text.split("\n") for line in (line + "\n",))]

    def of(self, place: int) -> int:
        """The line of a place, counted from 1."""
        return bisect_right(self.starts, place)


def formulas_of_marks(text: str, scanned: Scanned) -> Iterator[Found]:
    """Every mark with its formula, or with its formulas, if they are rows.

    It is the formula that stands in front of the mark on its line; else the row that follows, if the mark stands
    inside a formula; else all rows of the next formula. In a text without delimiters it is the lines that follow.
    """
    lines = Lines(text)
    spans = scanned.spans
    starts = [span.start for span in spans]
    for comment in scanned.comments:
        if not spans:
            yield _bare(text, lines, comment)
            continue
        after = bisect_right(starts, comment.start)
        before = spans[after - 1] if after else None
        behind = text[lines.starts[lines.of(comment.start) - 1] : comment.start].strip()
        rows: Sequence[Row] = spans[after].rows if after < len(spans) else ()
        if before is not None and comment.start < before.end:
            rows = [row for row in before.rows if (row.start if behind else row.end) < comment.start]
            rows = rows[-1:] if behind else before.rows[len(rows) : len(rows) + 1]
        elif before is not None and _is_behind(text, lines, comment, before):
            rows = before.rows[-1:]
        if not rows:
            yield Found(lines.of(comment.start), comment.words, None)
        yield from (Found(lines.of(row.start), comment.words, row.formula) for row in rows)


def _is_behind(text: str, lines: Lines, comment: Comment, span: Span) -> bool:
    """Whether a mark is the last on its line, and a formula ends on that line."""
    end = text.find("\n", comment.end)
    last = not text[comment.end : end if end >= 0 else len(text)].strip()
    return last and lines.of(span.end - 1) == lines.of(comment.start)


def _bare(text: str, lines: Lines, comment: Comment) -> Found:
    """The lines behind a mark up to an empty one or a comment."""
    found = re.compile(r"\s*((?:[^\s%<][^\n]*(?:\n[ \t]*(?![\s%<])|$|\n))+)").match(text, comment.end)
    if found is None:
        return Found(lines.of(comment.start), comment.words, None)
    return Found(lines.of(found.start(1)), comment.words, found[1].strip())
