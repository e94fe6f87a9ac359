"""Marks and formulas in LaTeX: comments, and what stands between mathematical delimiters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.documents.places import Comment, Found, Row, Scanned, Span, formulas_of_marks, mark_in

ENVIRONMENTS = (
    "equation", "align", "gather", "multline", "displaymath", "math", "eqnarray", "flalign", "alignat", "dmath",
)  # fmt: skip
"""Environments that hold a formula."""
ROWS = ("align", "gather", "eqnarray", "flalign", "alignat")
"""Those whose rows are formulas of their own."""
VERBATIM = ("verbatim", "lstlisting", "minted", "comment", "Verbatim")

COMMENT = re.compile(r"(?<!\\)%([^\n]*)")
TOKEN = re.compile(
    rf"\\begin\{{(?P<verbatim>{'|'.join(VERBATIM)})\*?\}}"
    rf"|\\begin\{{(?P<environment>(?:{'|'.join(ENVIRONMENTS)})\*?)\}}"
    r"|%(?P<comment>[^\n]*)|\\(?P<open>[\[(])|(?P<dollars>\$\$?)|\\verb\*?(?P<verb>[^A-Za-z\s*])|\\.",
    re.DOTALL,
)
CLOSING = {"[": r"\]", "(": r"\)"}


def in_tex(text: str) -> Iterator[Found]:
    """Marks in comments: % symconv: .."""
    return formulas_of_marks(text, _scanned(text))


def _scanned(text: str) -> Scanned:
    """The text in one pass."""
    comments: list[Comment] = []
    spans: list[Span] = []
    finder = Finder(text)
    at = 0
    while (found := TOKEN.search(text, at)) is not None:
        at = found.end()
        if found["comment"] is not None:
            comments += mark_in(found["comment"], found.start(), found.end())
        elif found["verbatim"]:
            at = finder.behind(rf"\end{{{found['verbatim']}", at)
        elif found["verb"]:
            at = finder.behind(found["verb"], at)
        elif closing := _closing(found):
            end = finder.find(closing, at)
            if end is None or (closing == "$" and text.find("\n\n", at, end) >= 0):
                continue
            for one in COMMENT.finditer(text, at, end):
                comments += mark_in(one[1], one.start(), one.end())
            spans.append(Span(found.start(), end + len(closing), tuple(rows_of(text, at, end, found["environment"]))))
            at = end + len(closing)
    return Scanned(comments, spans)


def _closing(found: re.Match[str]) -> str:
    """The delimiter that closes a formula; empty if the token opens none."""
    if found["environment"]:
        return rf"\end{{{found['environment']}}}"
    return CLOSING[found["open"]] if found["open"] else found["dollars"] or ""


class Finder:
    """Looks for delimiters; for one that there is not, only once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.missing: set[str] = set()

    def find(self, closing: str, at: int) -> int | None:
        """Where a delimiter stands that is not escaped."""
        end = -1 if closing in self.missing else self.text.find(closing, at)
        while end > 0 and closing.startswith("$") and self.text[end - 1] == "\\":
            end = self.text.find(closing, end + 1)
        if end < 0:
            self.missing.add(closing)
            return None
        return end

    def behind(self, closing: str, at: int) -> int:
        """The place behind a delimiter, or the end of the text."""
        end = self.find(closing, at)
        return len(self.text) if end is None else end + len(closing)


PART = re.compile(r"\\begin\{|\\end\{|\\\\\*?(?:\[[^\]\n]{0,20}\])?|%[^\n]*|\\.", re.DOTALL)


INNER = re.compile(r"(\s*\\begin\{(aligned|gathered|split)\}).*(\\end\{\2\}\s*)\Z", re.DOTALL)
"""Rows inside a display."""

SPACE = re.compile(r"(?:&|\s|\{\}|\\q?quad\b|\\(?:thin|med|thick)space\b|\\[,;:! ])*")
SIGN = re.compile(r"[=+\-]|\\cdot|\\times|$")
"""What a row begins with that goes on with the formula above it."""


def _is_equation(formula: str) -> bool:
    """Whether it has an equals sign outside all brackets."""
    depth = 0
    for found in re.finditer(r"\\.|[\[({})\]=]", formula, re.DOTALL):
        if found[0] == "=" and not depth:
            return True
        depth += (found[0] in "[({") - (found[0] in "])}")
    return False


def rows_of(text: str, start: int, end: int, environment: str | None) -> Iterator[Row]:
    """The formulas between two delimiters: the rows of an environment that has some, else all of it.

    A row goes on with the formula above it if it begins with a sign, or is indented and no equation.
    """
    name = (environment or "").rstrip("*")
    if (inner := INNER.match(text, start, end)) is not None:
        name, start, end = "align", inner.end(1), inner.start(3)
    if name == "alignat" and (found := re.compile(r"\s*\{\d+\}").match(text, start)):
        start = found.end()
    cuts = [start]
    depth = 0
    for found in PART.finditer(text, start, end) if name in ROWS else ():
        depth += (found[0] == r"\begin{") - (found[0] == r"\end{")
        if not depth and found[0].startswith("\\\\"):
            cuts.append(found.end())
    pieces = list(zip(cuts, [*cuts[1:], end]))
    rows: list[Row] = []
    for low, high in pieces:
        formula = COMMENT.sub("", text[low:high]).strip()
        formula = re.sub(r"\\\\\*?(\[[^\]\n]{0,20}\])?$", "", formula).strip()
        indented = SPACE.match(formula)
        rest = formula[indented.end() :] if indented else formula
        if rows and (SIGN.match(rest) or (formula.startswith("&") and not _is_equation(rest))):
            rows[-1] = Row(rows[-1].start, high, f"{rows[-1].formula} {rest}".strip())
        elif formula:
            rows.append(Row(_first(text, low, high), high, formula))
    yield from rows


def _first(text: str, low: int, high: int) -> int:
    """The place of the first letter that is not in a comment."""
    found = re.compile(r"(?:\s|%[^\n]*)*").match(text, low, high)
    return low if found is None else min(found.end(), high - 1)
