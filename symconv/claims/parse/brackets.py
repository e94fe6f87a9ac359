"""Brackets among the signs of a claim: which belong together."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.claims.parse.tokens import Sign
from symconv.errors import ClaimError

DEEPEST = 60
"""Brackets are nested at most 60 deep."""
WORDS = "write a sum of products such as sum(k, w[k]*x[i + k]), or \\sum_k w_k x_{i+k}, or X1*w1 + X2*w2"
OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "ACCESS": "RSQB", "CALLED": "RPAR", "LFLOOR": "RFLOOR",
           "LCEIL": "RCEIL", "LBRACE_SET": "RBRACE_SET"}  # fmt: skip
CLOSING = frozenset(OPENING.values())
NAMED = ("NAME", "WHOLE")


def require_brackets(text: str, signs: Sequence[Sign]) -> None:
    """Brackets match and are not nested too deep.

    Raises:
        ClaimError: they do not; the message has the place.
    """
    stack: list[Sign] = []
    for sign in signs:
        if sign.kind in OPENING:
            stack.append(sign)
            if len(stack) > DEEPEST:
                raise ClaimError(text, f"brackets are nested more than {DEEPEST} deep", WORDS, text, sign.at)
        elif sign.kind in CLOSING and (not stack or OPENING[stack.pop().kind] != sign.kind):
            raise ClaimError(text, f"{sign.text!r} closes no bracket", WORDS, text, sign.at)
    if stack:
        raise ClaimError(text, f"{stack[-1].text!r} is not closed", WORDS, text, stack[-1].at)


def closing(signs: Sequence[Sign], at: int) -> int:
    """The place of the bracket that closes the one at ``at``."""
    depth = 0
    for place in range(at, len(signs)):
        depth += (signs[place].kind in OPENING) - (signs[place].kind in CLOSING)
        if not depth:
            return place
    return len(signs) - 1


def brace(kind: str, sign: Sign) -> Sign:
    """A brace in the place of another sign."""
    return Sign(kind, "{" if kind == "LBRACE" else "}", sign.at, sign.end)


def after(signs: Sequence[Sign], at: int) -> int:
    """The place after the argument that starts at ``at``."""
    if at < len(signs) and signs[at].kind == "LBRACE":
        return closing(signs, at) + 1
    return at + 1


def opening(signs: Sequence[Sign], at: int) -> int:
    """The place of the bracket that the one at ``at`` closes."""
    depth = 0
    for place in range(at, -1, -1):
        depth += (signs[place].kind in CLOSING) - (signs[place].kind in OPENING)
        if not depth:
            return place
    return 0
