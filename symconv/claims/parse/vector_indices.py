r"""Vectors for indices: F(\mathbf{s}) k(\mathbf{t}) with s + l t = p, where a layer has several axes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import FREE, LONGEST, closing

_BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)\s*\{?\s*([a-z])\s*\}?(?![A-Za-z])")
_CALLED = re.compile(r"\s*\$*\(\s*\\?[A-Za-z]+\s*(?:\*|∗|⋆|\\ast|\\star)\s*\\?[A-Za-z]+\s*\)\s*\(\s*[a-z]\s*\)\s*=")
_HEAD = re.compile(r"(?P<call>(?:[A-Za-z]\}?|\))\s*(?=\())|(?P<sum>\\sum(?:\\limits)?\s*_\s*)(?=\{|\\?[a-z])")
_LETTER = re.compile(r"(?<![A-Za-z\\])([a-z])(?![A-Za-z])")
MOST_VECTORS, MOST_AXES = 5, 3
"""Claims with more than 5 vectors, or about more than 3 axes, are not rewritten."""


def with_components(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    r"""The claim with as many indices as axes for every vector, and what they are; None if it has no vectors.

    >>> from symconv import Conv
    >>> with_components(Names.of(Conv((5, 5), (2, 2))), r"(F * k)(\mathbf{p}) = \sum_{\mathbf{t}} F(\mathbf{t})")[0]
    '(F * k)(u,r) = \\sum_{q,z} F(q,z)'
    """
    ndim = names.layer.ndim
    if len(text) > LONGEST or ndim < 2 or "[" in text:
        return None
    vectors = set(_BOLD.findall(text))
    if not vectors and _CALLED.match(text):  # (F * k)(p): every letter in brackets is one
        vectors = {letter for inside in re.findall(r"(?<=[A-Za-z)])\(([^()]*)\)", text) for letter in _alone(inside)}
        if any("," in inside for inside in re.findall(r"\(([^()]*)\)", text)):
            return None
    if not vectors or len(vectors) > MOST_VECTORS or ndim > MOST_AXES:
        return None
    used = set(re.findall(r"[A-Za-z]\w*", text)) | {*names.sizes} | {*names.known}
    free = iter(letter for letter in FREE if letter not in used)
    own = {letter: [next(free) for _ in range(ndim)] for letter in sorted(vectors)}
    plain, result, at = _BOLD.sub(r" \1", text), "", 0
    while found := _HEAD.search(plain, at):
        start = found.end()
        end = closing(plain, start) if plain[start] in "({" else start
        inside = plain[start + 1 : end] if end > start else plain[start]
        if end < 0 or not vectors & set(_alone(inside)):
            result, at = result + plain[at:start], start
            continue
        parts = [_component(own, inside, axis) for axis in range(ndim)]
        opening, close = ("{", "}") if found["sum"] else ("(", ")")
        result += plain[at:start] + opening + ",".join(map(str.strip, parts)) + close
        at = end + 1
    said = tuple(f"{one} is the vector ({', '.join(letters)})" for one, letters in own.items())
    return result + plain[at:], said


def _component(own: Mapping[str, Sequence[str]], text: str, axis: int) -> str:
    """An index with the letters of one axis for its vectors."""
    return _LETTER.sub(lambda one: own[one[1]][axis] if one[1] in own else one[1], text)


def _alone(text: str) -> list[str]:
    """The letters of an index that stand alone in it."""
    return _LETTER.findall(text)
