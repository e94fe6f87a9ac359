"""From text to a syntax tree: a grammar, a parser library, and errors that point at the character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from symconv.claims.interpret.limits import require_short_numbers
from symconv.errors import ClaimError
from symconv.printing.names import GREEK_LETTERS

LONGEST = 4000
DEEPEST = 60
"""A claim has at most 4,000 characters, and brackets nested at most 60 deep; both are checked before parsing."""

Node = Any
"""A lark Tree or Token."""

WORDS = "write a sum of products such as sum(k, w[k]*x[i + k]), or \\sum_k w_k x_{i+k}, or X1*w1 + X2*w2"
OPENING, CLOSING = "([{", ")]}"


def parse(text: str, positions: bool = True) -> Tree:  # type: ignore[type-arg]
    """The syntax tree of a claim: its sides, separated by "=".

    Args:
        positions: whether the nodes know where they stand, which takes as long again.

    Raises:
        ClaimError: the text is not a formula; the message has the place.
    """
    if len(text) > LONGEST:
        raise ClaimError(text[:40] + "..", f"it has {len(text):,} characters", f"use at most {LONGEST:,}", text)
    _check_brackets(text)
    try:
        tree = _parser(positions).parse(text)
    except UnexpectedInput as error:
        at = len(text) if isinstance(error, UnexpectedEOF) or _is_end(error) else int(error.pos_in_stream or 0)
        raise ClaimError(text, _what(error, text, at), WORDS, text, at) from None
    require_short_numbers(tree, text)
    return tree


def several(text: str) -> list[str]:
    """The formulas of a text that are separated by commas outside all brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING)
        lowered = ord(text[at + 1]) in LOWERED if at + 1 < len(text) else False
        if character == "," and depth == 0 and text[at - 1 : at] != "\\" and not lowered:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _is_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _what(error: UnexpectedInput, text: str, at: int) -> str:
    if at >= len(text):
        return "it ends too early"
    found = text[at]
    if isinstance(error, UnexpectedCharacters) and found == "\\":
        command = text[at : at + 1] + "".join(c for c in text[at + 1 : at + 20].split()[:1])[:19]
        return f"the command {command!r} is not read"
    return f"{found!r} is not expected there"


def _check_brackets(text: str) -> None:
    """Brackets match and are not nested too deep."""
    stack: list[tuple[str, int]] = []
    for at, character in enumerate(text):
        if character in OPENING:
            stack.append((character, at))
            if len(stack) > DEEPEST:
                raise ClaimError(text, f"brackets are nested more than {DEEPEST} deep", WORDS, text, at)
        elif character in CLOSING and (not stack or OPENING.index(stack.pop()[0]) != CLOSING.index(character)):
            raise ClaimError(text, f"{character!r} closes no bracket", WORDS, text, at)
    if stack:
        raise ClaimError(text, f"{stack[-1][0]!r} is not closed", WORDS, text, stack[-1][1])


@cache
def _parser(positions: bool) -> Lark:
    grammar = files("symconv.claims.parse").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", propagate_positions=positions)


# -- what stands in a tree -----------------------------------------------------------------------------

GREEK = {letter: name for name, letter in GREEK_LETTERS.items()}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ′", "0123456789aehijklmnoprstuvx'")


def plain(token: Any) -> str:
    r"""The name in a token: delta of \delta, in of \mathrm{in}, n1 of n₁, C_in of Cᵢₙ."""
    text = str(token).rstrip("[")
    if text in GREEK:
        return GREEK[text]
    if worded := re.fullmatch(r"\{\s*(.*?)_\{(\\mathrm.*)\}\s*\}", text):  # {y_{\mathrm{out}}}
        return "_".join([plain(worded[1]), *re.findall(r"\\mathrm\{([A-Za-z]+)\}", worded[2])])
    if styled := re.fullmatch(r"\\[a-z]+\s*\{\s*(.*?)\s*\}", text):
        return plain(styled[1])
    if letters := re.search(r"[ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+", text):
        text = f"{text[: letters.start()]}_{text[letters.start() :]}"
    return text.translate(LOWERED).lstrip("\\")


def chain_of(node: Node, kinds: Sequence[str]) -> list[tuple[str, Node]]:
    """The parts of a + b - c or a b c, without recursion: each with the operator in front of it."""
    parts: list[tuple[str, Node]] = []
    while node.data in kinds:
        left, right = node.children
        parts.append((str(node.data), right))
        node = left
    return [("", node), *reversed(parts)]


def is_whole(node: Node) -> bool:
    """Whether it is a whole number as it stands."""
    return bool(node.data == "number" and str(node.children[0]).isdigit())


def names_in(node: Node) -> list[str]:
    """The names of an index on the left side."""
    return [plain(one.children[0]) for one in node.iter_subtrees() if one.data == "name"]


def subscript_text(node: Node, between: str = "") -> str:
    """The subscript as text, if it is only names and numbers."""
    parts = [plain(child.children[0]) for child in node.children if child.data in ("name", "number")]
    return between.join(parts) if len(parts) == len(node.children) else "?"
