"""Where marks and formulas stand in a text: in LaTeX, in Markdown, in a docstring. One pass from left to right."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from symconv.documents.marks import WORD

ENVIRONMENTS = (
    "equation", "align", "gather", "multline", "displaymath", "math", "eqnarray", "flalign", "alignat", "dmath",
)  # fmt: skip
"""Environments that hold a formula."""
ROWS = ("align", "gather", "eqnarray", "flalign", "alignat")
"""Those whose rows are formulas of their own."""
VERBATIM = ("verbatim", "lstlisting", "minted", "comment", "Verbatim")


@dataclass(frozen=True)
class Span:
    """A formula, from ``start`` to ``end`` in the text, and what stands there without its delimiters."""

    start: int
    end: int
    formula: str
    has_rows: bool = False


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


class Lines:
    """The lines of a text, by places in it."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]

    def of(self, place: int) -> int:
        """The line of a place, counted from 1."""
        return bisect_right(self._starts, place)


def in_tex(text: str) -> Iterator[Found]:
    """Marks in comments: % symconv: .."""
    yield from _joined(text, *_scan_tex(text))


def in_markdown(text: str) -> Iterator[Found]:
    """Marks in comments: <!-- symconv: .. -->"""
    yield from _joined(text, *_scan_markdown(text))


def in_docstring(text: str) -> Iterator[Found]:
    """Marks on lines of their own; the formula is the paragraph that follows."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(rf"\s*(?:\.\.\s+|#\s*)?{WORD}(.*)", line)
        if found is None:
            continue
        at = number + 1
        while at < len(lines) and not lines[at].strip():
            at += 1
        paragraph = []
        for one in lines[at:]:
            if not one.strip() or re.match(rf"\s*(?:\.\.\s+|#\s*)?{WORD}", one):
                break
            paragraph.append(one.strip())
        joined = " ".join(paragraph)
        if joined in (".. math::", "$$"):
            rest = lines[at + 1 :]
            joined = " ".join(
                one.strip() for one in rest[: next((i for i, l in enumerate(rest) if i and not l.strip()), len(rest))]
            )
        yield Found(at + 1 if joined else number + 1, found[1], _undressed(joined) or None)


def _undressed(text: str) -> str:
    """A formula without the marks of its markup: `..`, ``..``, :math:`..`, $..$, \\(..\\), .. math::"""
    text = re.sub(r"^(\.\.\s+math::|:math:|>>>)\s*", "", text.strip())
    for left, right in (("``", "``"), ("`", "`"), ("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        if text.startswith(left) and text.endswith(right) and len(text) >= len(left) + len(right):
            text = text[len(left) : len(text) - len(right)]
            break
    return text.strip()


# -- marks and formulas together -----------------------------------------------------------------------


def _joined(text: str, comments: list[Comment], spans: list[Span]) -> Iterator[Found]:
    """Every mark with its formula.

    That is the formula in which the mark stands (its row, if the rows are formulas), the one in front of it on the same
    line, or the next one.
    """
    lines = Lines(text)
    starts = [span.start for span in spans]
    for comment in comments:
        after = bisect_right(starts, comment.start)
        before = spans[after - 1] if after else None
        if before is not None and comment.start < before.end:
            place, formula = _row(text, before, comment)
            yield Found(lines.of(place), comment.words, formula)
        elif (
            before is not None and _ends_the_line(text, comment) and lines.of(before.end - 1) == lines.of(comment.start)
        ):
            yield Found(lines.of(before.start), comment.words, before.formula)
        else:
            following = spans[after] if after < len(spans) else None
            yield _following(text, lines, comment, following)


def _following(text: str, lines: Lines, comment: Comment, span: Span | None) -> Found:
    """The formula behind a mark: the next one, or the bare lines that follow at once."""
    rest = text[comment.end :].lstrip("\n") if span is None else text[comment.end : span.start]
    bare = rest.strip()
    if span is None and bare:
        paragraph = re.split(r"\n\s*\n|\n\s*(?:%|<!--)", bare)[0]
        if re.search(r"[=_^\[]", paragraph):
            return Found(lines.of(text.index(paragraph, comment.end)), comment.words, paragraph)
    if span is None:
        return Found(lines.of(comment.start), comment.words, None)
    first = re.split(r"\n\s*\n|\n\s*(?:%|<!--)", bare)[0]
    if first and "=" in first and not re.search(r"[.!?:]\s", first):
        return Found(lines.of(text.index(first, comment.end)), comment.words, first)
    return Found(lines.of(_first_letter(text, span.start)), comment.words, span.formula)


def _first_letter(text: str, start: int) -> int:
    """The line of the opening delimiter."""
    return start


def _ends_the_line(text: str, comment: Comment) -> bool:
    """Whether nothing but white space follows on the line."""
    end = text.find("\n", comment.end)
    return not text[comment.end : end if end >= 0 else len(text)].strip()


def _row(text: str, span: Span, comment: Comment) -> tuple[int, str]:
    """Of a formula whose rows are formulas, the row in which a mark stands: its place, and the row."""
    if not span.has_rows:
        return span.start, span.formula
    start, end = span.start, span.end
    for found in re.compile(r"\\\\").finditer(text, span.start, span.end):
        if found.end() <= comment.start:
            start = found.end()
        else:
            end = found.start()
            break
    row = _without_comments(text[start:end])
    row = re.sub(r"\\(begin|end)\{[a-z]+\*?\}(\{\d+\})?", " ", row)
    if not row.strip() and end < span.end:  # a mark on its own line before the row
        return _row(text, span, Comment(end + 2, end + 2, ""))
    inside = text[start:end]
    skipped = len(inside) - len(inside.lstrip())
    return start + skipped, row


# -- LaTeX ---------------------------------------------------------------------------------------------

_NAMES = "|".join(ENVIRONMENTS)
_TEX = re.compile(
    rf"\\begin\{{(?P<verbatim>{'|'.join(VERBATIM)})\*?\}}"
    rf"|\\begin\{{(?P<environment>{_NAMES})(?P<star>\*?)\}}"
    r"|(?P<comment>(?<!\\)%[^\n]*)|\\(?P<open>[\[(])|(?P<dollars>\$\$?)|\\verb(?P<verb>[^A-Za-z\s*])|\\."
)


def _scan_tex(text: str) -> tuple[list[Comment], list[Span]]:
    comments: list[Comment] = []
    spans: list[Span] = []
    at = 0
    while (found := _TEX.search(text, at)) is not None:
        at = found.end()
        if found["comment"]:
            comments += _mark(found["comment"][1:], found.start(), found.end())
        elif found["verbatim"]:
            at = _end(text, at, rf"\end{{{found['verbatim']}")
        elif found["verb"]:
            at = _end(text, at, found["verb"])
        elif found["environment"] or found["open"] or found["dollars"]:
            closing = _closing(found)
            end = _close(text, at, closing)
            if end is None:
                continue
            inside = text[at:end]
            marks = [
                comment
                for one in re.finditer(r"(?<!\\)%([^\n]*)", inside)
                for comment in _mark(one[1], at + one.start(), at + one.end())
            ]
            comments += marks
            has_rows = found["environment"] in ROWS
            spans.append(Span(found.start(), end + len(closing), _plain(inside, found["environment"]), has_rows))
            at = end + len(closing)
    return comments, spans


def _closing(found: re.Match[str]) -> str:
    if found["environment"]:
        return rf"\end{{{found['environment']}{found['star']}}}"
    if found["open"]:
        return {"[": r"\]", "(": r"\)"}[found["open"]]
    return found["dollars"]


def _close(text: str, at: int, closing: str) -> int | None:
    """Where a formula ends; None if it does not."""
    end = text.find(closing, at)
    while end > 0 and closing.startswith("$") and text[end - 1] == "\\":
        end = text.find(closing, end + 1)
    return None if end < 0 else end


def _end(text: str, at: int, closing: str) -> int:
    end = text.find(closing, at)
    return len(text) if end < 0 else end + len(closing)


def _mark(words: str, start: int, end: int) -> list[Comment]:
    found = re.match(rf"\s*%*\s*{WORD}(.*)", words, re.DOTALL)
    return [] if found is None else [Comment(start, end, found[1].strip())]


def _without_comments(text: str) -> str:
    return re.sub(r"(?<!\\)%[^\n]*", "", text)


def _plain(text: str, environment: str | None) -> str:
    """A formula without comments, and without the columns of an alignat."""
    text = _without_comments(text)
    return re.sub(r"^\s*\{\d+\}", "", text) if environment == "alignat" else text


# -- Markdown ------------------------------------------------------------------------------------------

_MARKDOWN = re.compile(
    r"(?P<comment><!--(?P<words>.*?)-->)|(?P<fence>^[ \t]*(?P<ticks>`{3,}|~{3,})(?P<info>[^\n]*)\n)"
    r"|(?P<code>(?<!`)(?P<quote>`+)(?!`))|(?P<dollars>(?<!\\)\$\$?)|\\(?P<open>[\[(])|\\.",
    re.DOTALL | re.MULTILINE,
)


def _scan_markdown(text: str) -> tuple[list[Comment], list[Span]]:
    comments: list[Comment] = []
    spans: list[Span] = []
    at = 0
    while (found := _MARKDOWN.search(text, at)) is not None:
        at = found.end()
        if found["comment"]:
            comments += _mark(found["words"], found.start(), found.end())
            continue
        if found["fence"]:
            closing = re.compile(rf"^[ \t]*{re.escape(found['ticks'])}", re.MULTILINE).search(text, at)
            end = len(text) if closing is None else closing.start()
            spans.append(Span(found.start(), end, _plain(text[at:end], None)))
            at = len(text) if closing is None else closing.end()
            continue
        if not (closing_text := found["quote"] or found["dollars"] or (found["open"] and _closing_of(found["open"]))):
            continue
        end_or_none = _close(text, at, closing_text)
        if end_or_none is None or (closing_text != "$$" and "\n\n" in text[at:end_or_none]):
            continue
        spans.append(Span(found.start(), end_or_none + len(closing_text), text[at:end_or_none]))
        at = end_or_none + len(closing_text)
    return comments, spans


def _closing_of(bracket: str) -> str:
    return {"[": r"\]", "(": r"\)"}[bracket]
