r"""Docstrings are plain text with formulas in it: a ``*`` in them is a product or a star, never emphasis."""

from __future__ import annotations

import re
from typing import Any

LITERAL = re.compile(r"``.*?``")
BEFORE_NAPOLEON = 400


def escaped(line: str) -> str:
    r"""A line in which every star outside of literals is itself.

    >>> escaped("P*[g] = ``a*b`` * c")
    'P\\*[g] = ``a*b`` \\* c'
    """
    literals = LITERAL.findall(line)
    between = (text.replace("*", r"\*") for text in LITERAL.split(line))
    return "".join(text + literal for text, literal in zip(between, [*literals, ""]))


def escape_stars(_app: Any, _kind: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """In place, as Sphinx asks for it; examples, which go on to the next empty line, stay as they are."""
    example = False
    for at, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example:
            lines[at] = escaped(line)


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", escape_stars, priority=BEFORE_NAPOLEON)
    return {"parallel_read_safe": True}
