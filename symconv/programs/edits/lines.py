"""A line moved out of a loop, and a line of each axis changed alike."""

from __future__ import annotations

import ast
import io
import tokenize
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from symconv.programs.edits.function import Function
from symconv.programs.edits.names import twins
from symconv.programs.edits.text import Edit, Text
from symconv.programs.edits.together import joined

NEAR = 2
"""Lines that are alike are at most two lines apart."""


def changes(f: Function) -> Iterator[Edit]:
    """The last line of a loop, behind it or behind one around it."""
    loops = [node for node in f.nodes if isinstance(node, (ast.For, ast.While, ast.If))]
    for loop in loops:
        last = loop.body[-1]
        simple = isinstance(last, (ast.Return, ast.Assign, ast.AugAssign)) and last.lineno == last.end_lineno
        if not simple or last.lineno == loop.lineno:
            continue
        around = [node for node in loops if node is not loop and any(one is loop for one in ast.walk(node))]
        for outer in (loop, *around):
            if outer is loop and len(loop.body) == 1:
                continue
            if _ends_with(outer, last):
                start = f.text.starts[last.lineno - 1]
                cost = 0 if isinstance(last, ast.Return) else 2
                yield Edit(cost, last.lineno, start, start + last.col_offset, " " * outer.col_offset, "outside")


def _ends_with(outer: ast.stmt, last: ast.stmt) -> bool:
    """Whether nothing follows a statement in what is around it."""
    return max(getattr(node, "end_lineno", 0) or 0 for node in ast.walk(outer)) == last.end_lineno


# -- a line of each axis -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """A line as words, each with the place of its start in the text; the last place is that of its end."""

    words: Sequence[str]
    places: Sequence[int]
    ends: Sequence[int]


def alike(text: Text, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Each change of a line made in the line of the other axis as well."""
    by_line: dict[int, list[Edit]] = {}
    for edit in edits:
        if "\n" not in text.source[edit.start : edit.end] + edit.text:
            by_line.setdefault(edit.line, []).append(edit)
    words = {number: line for number in by_line if (line := _words(text, number)) is not None}
    for one, other in combinations(sorted(words), 2):
        if other - one <= NEAR and (names := _alike(words[one].words, words[other].words)) is not None:
            for edit in by_line[one]:
                yield from _in_both(text, edit, words[one], words[other], names)


def _words(text: Text, number: int) -> _Line | None:
    """The words of a line that is a statement of its own."""
    line, start = text.lines[number - 1], text.starts[number - 1]
    try:
        tokens = [one for one in tokenize.generate_tokens(io.StringIO(line.strip()).readline) if one.string.strip()]
    except tokenize.TokenError:
        return None
    indent = start + len(line) - len(line.lstrip())
    places = [indent + one.start[1] for one in tokens]
    return _Line([one.string for one in tokens], places, [indent + one.end[1] for one in tokens])


def _alike(one: Sequence[str], other: Sequence[str]) -> Mapping[str, str] | None:
    """What stands in one line for the words of another, if they set names and differ by those of the axes only."""
    if len(one) != len(other) or one[1:2] != ["="] or one[1:] == other[1:]:
        return None
    names = dict(zip(one, other))
    same = all(names[a] == b and (a == b or b in twins(a)) for a, b in zip(one[1:], other[1:]))
    return names if same else None


def _in_both(text: Text, edit: Edit, one: _Line, other: _Line, names: Mapping[str, str]) -> Iterator[Edit]:
    """A change of one line, and the same of the other."""
    start, end = bisect_left(one.places, edit.start), bisect_left(one.ends, edit.end)
    if start == len(one.places) or end == len(one.ends) or edit.start == edit.end:
        return
    if one.places[start] != edit.start or one.ends[end] != edit.end:
        return
    words = _split(edit.text)
    if words is not None:
        there = "".join(names.get(word, word) for word in words)
        placed = [(edit.start, edit.end, edit.text), (other.places[start], other.ends[end], there)]
        yield joined(text.source, edit.cost, edit.line, placed, edit.kind)


def _split(text: str) -> list[str] | None:
    """A piece of a line as words, and what is between them."""
    try:
        tokens = [one for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.string]
    except tokenize.TokenError:
        return None
    found, at = list[str](), 0
    for one in tokens:
        if one.start[0] == 1 and one.string.strip():
            found += [text[at : one.start[1]], one.string]
            at = one.end[1]
    return [*found, text[at:]]
