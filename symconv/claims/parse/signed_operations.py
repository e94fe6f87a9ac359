r"""Signs of the layer's operation that say its dilation or stride: (F *_d k)(p), y = x \star_2 w."""

from __future__ import annotations

import re

import sympy as sp

from symconv.claims.parse.names import Names
from symconv.errors import ClaimError

_SIGN = re.compile(
    r"(?P<sign>\\ast|\\star|\\circledast|\*|∗|⋆|★|⊛)\s*_\s*"
    r"(?:\{\s*(?P<braced>[A-Za-z]|\d+)\s*\}|(?P<bare>[A-Za-z]|\d)(?![A-Za-z0-9]))"
)
_AS_FACTOR = r"(?=\s*(?:[a-z](?![A-Za-z])|\\(?:mathbf|boldsymbol|bm|vec|cdot|times|,)(?![a-z])|[*·]))"


def without_steps(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    r"""The claim with \star for \star_d, if d is the layer's dilation or stride; None if it has no such sign.

    Raises:
        ClaimError: what stands below the sign is neither.

    >>> from symconv import Conv
    >>> without_steps(Names.of(Conv(9, 3, dilation=2)), "y = x ⋆_2 w")
    ('y = x ⋆ w', ('the 2 of ⋆_2 is the dilation',))
    """
    said: dict[str, None] = {}
    factors: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        below = found["braced"] or found["bare"]
        written = f"{found['sign']}_{below}"
        step = _meant(names, text, written, below, found.start())
        said[f"the {below} of {written} is the {step}"] = None
        if not below.isdigit() and not names.is_own(below) and (size := _only(names, step)) is not None:
            factors[below] = f"({size})"
        return found["sign"]

    changed = _SIGN.sub(plain, text)
    for letter, size in factors.items():  # l t in the formula of *_l
        changed = re.sub(rf"(?<![A-Za-z\\]){letter}{_AS_FACTOR}", f"{size} ", changed)
    return (changed, tuple(said)) if said else None


def _meant(names: Names, text: str, written: str, below: str, at: int) -> str:
    """Which of the layer's steps it is."""
    size = sp.Integer(below) if below.isdigit() else names.sizes.get(below)
    steps = {word: _only(names, word) for word in ("dilation", "stride")}
    for word, step in steps.items():
        if step is not None and size == step != 1:
            return word
    if size is None or size == 1:
        likely = [word for word, step in steps.items() if step is not None and step != 1]
        if size == 1 and not likely:
            return "dilation"
        if below in "dlr" and steps["dilation"] is not None and (size is None or "dilation" in likely):
            return "dilation"
    wrong = f"the {below} of {written} is neither the layer's dilation nor its stride"
    raise ClaimError(text, wrong, "write the sign without it, or describe the layer with that dilation", text, at)


def _only(names: Names, parameter: str) -> sp.Expr | None:
    """The dilation or the stride of a layer that has the same on every axis."""
    value = names.layer.values.get(parameter)
    if not isinstance(value, tuple):
        return sp.S.One
    sizes = {names.layer.writer.polynomial(one) for one in value}
    return sizes.pop() if len(sizes) == 1 else None
