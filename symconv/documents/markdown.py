"""Marks and formulas in Markdown: comments of HTML; formulas between dollars, in code, and in fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.documents.places import Comment, Found, Scanned, Span, formulas_of_marks, mark_in
from symconv.documents.tex import CLOSING, Finder, rows_of

TOKEN = re.compile(
    r"(?P<comment><!--)|(?P<fence>^[ \t]*(?P<ticks>`{3,}|~{3,})[^\n]*(?:\n|\Z))|(?P<quote>`+)"
    r"|(?P<dollars>\$\$?)|\\(?P<open>[\[(])|\\.",
    re.DOTALL | re.MULTILINE,
)


def in_markdown(text: str) -> Iterator[Found]:
    """Marks in comments: <!-- symconv: .. -->"""
    return formulas_of_marks(text, _scanned(text))


def _scanned(text: str) -> Scanned:
    """The text in one pass."""
    comments: list[Comment] = []
    spans: list[Span] = []
    finder = Finder(text)
    at = 0
    while (found := TOKEN.search(text, at)) is not None:
        at = found.end()
        if found["comment"]:
            end = finder.find("-->", at)
            if end is not None:
                comments += mark_in(text[at:end], found.start(), end + 3)
                at = end + 3
        elif found["fence"]:
            closing = re.compile(rf"^[ \t]*{re.escape(found['ticks'])}[`~]*[ \t]*$", re.MULTILINE).search(text, at)
            end, behind = (len(text), len(text)) if closing is None else closing.span()
            spans += _span(text, found.start(), at, end, behind)
            at = behind
        elif opened := found["quote"] or found["dollars"] or CLOSING.get(found["open"] or "", ""):
            end = finder.find(opened, at)
            if end is not None and _is_formula(text, opened, at, end):
                spans += _span(text, found.start(), at, end, end + len(opened))
                at = end + len(opened)
    return Scanned(comments, spans)


def _is_formula(text: str, opened: str, start: int, end: int) -> bool:
    """Whether delimiters hold a formula, without an empty line or a space just inside its dollars, as $5 or $6 has."""
    if opened == "$" and (text[start].isspace() or text[end - 1].isspace()):
        return False
    return opened == "$$" or text.find("\n\n", start, end) < 0


def _span(text: str, opened: int, start: int, end: int, closed: int) -> Iterator[Span]:
    if rows := tuple(rows_of(text, start, end, None)):
        yield Span(opened, closed, rows)
