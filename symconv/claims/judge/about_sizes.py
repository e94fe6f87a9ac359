"""Whether a claim is about sizes, and the verdict on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from symconv.claims.judge.sizes import SizeCheck
from symconv.claims.judge.whole import is_whole
from symconv.claims.parse.names import Names
from symconv.claims.parse.size_formulas import may_be_likely, size_tree
from symconv.claims.report import CheckReport

SUMMED = re.compile(r"sum|∑|Σ|partial|∂|d[A-Z]/d|delta|δ")
"""Signs of a claim that is not about sizes."""


def about_sizes(names: Names, items: Sequence[Any], of: str | None, likely: bool = False) -> CheckReport | None:
    """The verdict on a claim about sizes; None if it is not one, or if it may be another and must be ``likely``."""
    text = items[0]
    if of == "output_size" and len(items) == 1 and isinstance(text, str) and "=" not in text:
        text = f"out = {text}"
    if likely and (not isinstance(text, str) or SUMMED.search(text) or not may_be_likely(text)):
        return None
    tree = size_tree(text) if len(items) == 1 and isinstance(text, str) and of in (None, "output_size") else None
    if tree is None:
        return None
    checked = SizeCheck(names, text, tree)
    if likely and not checked.is_likely:
        return None
    if not likely and not checked.is_about_the_output and is_whole(names, text):
        return None
    report = checked.run()
    if report is None and likely:
        checked.require_sizes()
    return report


def is_a_product(text: Any) -> bool:
    """Whether only names are multiplied, as in O = I * F, which says more often that O is a convolution."""
    tree = size_tree(text) if isinstance(text, str) else None
    sides = () if tree is None else tree.children[1:]
    return bool(sides) and all(node.data in ("times", "name") for side in sides for node in side.iter_subtrees())
