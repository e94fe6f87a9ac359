r"""Marks in LaTeX that say to which entries a piece of a formula belongs.

``\mark{output=3 weight=1 input=4}{X_{2} w_{2}}`` is the product of weight 1 and input 4 in output 3, all flat indices
in PyTorch's shape. Writers that can light up what belongs together read the marks, all others leave them out.
"""

from __future__ import annotations

import re

COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
"""One command of LaTeX."""

_START = re.compile(r"\\mark\{([^{}]*)\}\{")


def marked(latex: str, **places: int) -> str:
    r"""The LaTeX under a mark.

    >>> marked("w_{1}", weight=0)
    '\\mark{weight=0}{w_{1}}'
    """
    return rf"\mark{{{' '.join(f'{kind}={at}' for kind, at in places.items())}}}{{{latex}}}"


def unmarked(latex: str) -> str:
    r"""The LaTeX without its marks.

    >>> unmarked(r"h = \mark{weight=0}{w_{1}} + 1")
    'h = w_{1} + 1'
    """
    while (start := _START.search(latex)) is not None:
        end = _closing(latex, start.end())
        latex = latex[: start.start()] + latex[start.end() : end] + latex[end + 1 :]
    return latex


def _closing(latex: str, at: int) -> int:
    """Where the brace that is open before ``at`` is closed."""
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(latex[at], 0)
        at += 2 if latex[at] == "\\" else 1
    return at - 1
