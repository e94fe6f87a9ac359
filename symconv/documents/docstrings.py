"""Marks in the docstrings of a module, which is parsed and not run; the formula is the paragraph that follows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from symconv.documents.places import WORD, Found

MARK = re.compile(rf"\s*(?:\.\.\s+|#\s*){WORD}(.*)")
"""A comment of reStructuredText, or one as in Python."""
DELIMITERS = (("``", "``"), ("`", "`"), ("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))


def in_module(text: str) -> Iterator[Found]:
    """The marks in all docstrings of a module.

    Raises:
        SyntaxError: it is not a Python module.
    """
    found: list[Found] = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or not node.body:
            continue
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            before = first.value.lineno - 1
            found += [replace(one, line=one.line + before) for one in in_docstring(first.value.value)]
    yield from sorted(found, key=lambda one: one.line)


def in_docstring(text: str) -> Iterator[Found]:
    """The marks on lines of their own, each with the paragraph that follows."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if (mark := MARK.match(line)) is not None:
            start, formula = _paragraph(lines, number + 1)
            yield Found((start if formula else number) + 1, mark[1].strip(), formula or None)


def _paragraph(lines: list[str], start: int) -> tuple[int, str]:
    """The next lines with something on them, without the signs of their markup: where they begin, and the formula."""
    while start < len(lines) and (not lines[start].strip() or lines[start].strip() == ".. math::"):
        start += 1
    parts = takewhile(lambda line: line.strip() and not MARK.match(line), lines[start:])
    return start, _undressed(" ".join(line.strip() for line in parts))


def _undressed(text: str) -> str:
    """A formula without `..`, ``..``, :math:`..`, $..$, \\(..\\) or .. math::"""
    text = re.sub(r"^(\.\.\s+math::|:math:)\s*", "", text)
    for left, right in DELIMITERS:
        if text.startswith(left) and text.endswith(right) and len(text) >= len(left) + len(right):
            return text[len(left) : len(text) - len(right)].strip()
    return text.strip()
