"""From the signs of a formula to its syntax tree: a grammar, a parser library, and errors that point at the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from symconv.claims.interpret.limits import require_short_numbers
from symconv.claims.parse.brackets import WORDS
from symconv.claims.parse.tokens import Sign
from symconv.errors import ClaimError

Node = Any
"""A lark Tree or Token."""

KEPT = frozenset(
    ("NAME", "WHOLE", "INT", "DECIMAL", "COMPARE", "DNAME", "CALL", "TRUE", "PRIME", "MATRIX", "SET", "RANGE", "STRING")
)
"""Kinds of sign that stand in the syntax tree; the others only build it."""


def parse(text: str, signs: Sequence[Sign], start: str = "start", positions: bool = True) -> Tree:  # type: ignore[type-arg]
    """The syntax tree of one side of a claim.

    Args:
        positions: whether its nodes know where they stand in the ``text``, which takes longer.

    Raises:
        ClaimError: the signs are not a formula; the message has the place.
    """
    try:
        tree = _parser(positions).parse(signs, start=start)
    except UnexpectedInput as error:
        if (power := _indexed_power(signs)) is not None:
            wrong, right = "a power whose exponent has indices is not read", "write a sum of products of entries"
            raise ClaimError(text, wrong, right, text, power) from None
        at = _place(error, signs, text)
        raise ClaimError(text, _what(text, signs, at), WORDS, text, at) from None
    if any(sign.kind == "CARET" for sign in signs):
        require_short_numbers(tree, text)
    return tree.children[0]  # type: ignore[return-value]


def _place(error: UnexpectedInput, signs: Sequence[Sign], text: str) -> int:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return int(error.token.start_pos or 0)
    return signs[-1].end if signs else len(text)


def _indexed_power(signs: Sequence[Sign]) -> int | None:
    """The place of the first power such as x[i]**w[i], which ends too early for the grammar; None if there is none."""
    for caret, name, after in zip(signs, signs[1:], signs[2:]):
        if caret.kind == "CARET" and name.text.isalpha() and after.text in ("[", "_") and after.at == name.end:
            return caret.at
    return None


def _what(text: str, signs: Sequence[Sign], at: int) -> str:
    """What is wrong at a place, in the writer's own words."""
    sign = next((one for one in signs if one.at == at), None)
    if sign is None:
        return "it ends too early" if at >= len(text.rstrip()) else "something is missing there"
    found = text[sign.at : sign.end]
    if sign.kind == "COMMAND":
        return f"the command {found!r} is not read"
    if sign.kind == "TEXT":
        return f"the words {sign.text[:40]!r} are not read"
    return f"{found!r} is not expected there"


class _Signs(Lexer):
    """Signs as tokens of the parser."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, signs: Sequence[Sign]) -> Iterator[Token]:  # type: ignore[override]
        for kind, text, at, end, _ in signs:
            yield Token(_terminal(kind), text, at, 1, at, 1, end, end)


@cache
def _terminal(kind: str) -> str:
    """The grammar's name for a kind of sign; * and a dot in a circle are signs of multiplication there."""
    return kind if kind in KEPT else "_TIMES" if kind in ("AST", "ODOT") else f"_{kind}"


class _Tree(Tree):  # type: ignore[type-arg]
    """A node that knows what it is by a plain text, which is compared faster than a token of the grammar."""

    def __init__(self, data: str, children: list[Any]) -> None:
        super().__init__(str(data), children)


@cache
def _parser(positions: bool) -> Lark:
    grammar = files("symconv.claims.parse").joinpath("grammar.lark").read_text(encoding="utf-8")
    starts = ["start", "loop"]
    return Lark(grammar, start=starts, parser="lalr", lexer=_Signs, propagate_positions=positions, tree_class=_Tree)


# -- what stands in a tree -----------------------------------------------------------------------------


def plain(token: Any) -> str:
    r"""The name in a token: delta of \delta, in of \mathrm{in}."""
    return str(token)


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


def names_in(node: Node, but_not: Callable[[Node], bool] | None = None) -> list[str]:
    """The names in an index, but not those inside some nodes."""
    return [plain(one.children[0]) for one in nodes_of(node, but_not) if one.data == "name"]


def nodes_of(tree: Node, but_not: Callable[[Node], bool] | None = None) -> Iterator[Node]:
    """Every node of a tree, each in front of what it is made of, but not some and what these are made of."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if but_not is not None and but_not(node):
            continue
        yield node
        for child in reversed(node.children):
            if isinstance(child, Tree):
                waiting.append(child)


def subscript_text(node: Node, between: str = "") -> str:
    """The subscript as text, if it is only names and numbers."""
    parts = [plain(child.children[0]) for child in node.children if child.data in ("name", "number")]
    return between.join(parts) if len(parts) == len(node.children) else "?"
