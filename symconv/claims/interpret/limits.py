"""Claims are bounded before any work starts: how large the numbers in a text become, and a formula multiplied out.

What a formula costs is estimated from its tree (``algebra/extent.py``); nothing is computed of one that is refused.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.algebra.extent import MANY, MOST_DIGITS, about, extent
from symconv.errors import ClaimError

HIGHEST_POWER = 6
"""Powers in a text are whole numbers up to this."""


def require_short_numbers(tree: Any, text: str) -> None:
    """Refuse powers and products of numbers that grow long: SymPy computes them as soon as they are written.

    Raises:
        ClaimError: a number may get too many digits.
    """
    digits: dict[int, int] = {}
    for node in tree.iter_subtrees():
        inside = [digits[id(child)] for child in node.children if id(child) in digits]
        if node.data == "number":
            count = len(node.children[0])
        elif node.data in ("powered", "raised"):
            count = inside[0] * HIGHEST_POWER
        elif node.data in ("add", "subtract"):
            count = max(inside) + 1
        else:
            count = sum(inside)
        digits[id(node)] = count = min(count, MANY)
        if node.data in ("powered", "raised") and count > MOST_DIGITS:
            wrong, at = f"its numbers may get up to {about(count)} digits", getattr(node.meta, "start_pos", None)
            raise ClaimError(text, wrong, f"the limit is {MOST_DIGITS:,}; use lower powers", text, at)


def expanded(expression: sp.Expr) -> sp.Expr:
    """The expression multiplied out.

    Raises:
        SizeLimitError: that would have too many terms.
    """
    extent(expression).require_multiplied_out(shortly(expression))
    return sp.expand(expression)


def require_readable(item: Any) -> None:
    """Refuse a SymPy expression with too many parts to read.

    Raises:
        SizeLimitError: it has too many, or they are nested too deep, or its numbers are too long.
    """
    extent(item).require_small("a SymPy expression")


def shortly(expression: sp.Expr) -> str:
    text = str(expression)
    return text if len(text) <= 60 else f"{text[:57]}..."
