"""Which names stand in a claim, and with how many indices: seen in its syntax tree before their meaning is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from lark import Token, Tree

from symconv.claims.parse.names import Names
from symconv.claims.parse.text import Node, chain_of, names_in, nodes_of, plain, subscript_text

WITHOUT_USES = frozenset(("subscript", "limits", "limit", "member", "comparison", "sum_head", "number"))
NAMED_DERIVATIVES = frozenset(("derivative_access", "derivative_entry"))
ENTRIES = frozenset(("entry", "access"))
DERIVATIVES = frozenset(("derivative", "gradient"))
BINDING = frozenset(("limits", "limit", "member", "range"))
"""Kinds of node; a set is asked faster, since what a node is called is a token."""

_NUMBERED = re.compile(r"([A-Za-z]+)\d+")


class Use(NamedTuple):
    """A name with indices; ``ranks`` are the numbers of indices that they may be, empty for a label."""

    name: str
    ranks: frozenset[int] = frozenset()
    whole: str = ""
    """The name with its subscript, if that is one name or number: C_in, K_1."""
    is_entry: bool = False
    """Whether its indices are numbers."""
    below: bool = False
    """Whether the loss is differentiated by it."""
    above: bool = False
    """Whether it is an entry that is differentiated itself."""


def uses_of(tree: Node) -> Iterator[Use]:
    """The names that have indices in a tree, in the order in which they stand there; not those inside an index."""
    waiting = [(tree, False)]
    while waiting:
        node, below = waiting.pop()
        if node.data in WITHOUT_USES:
            continue
        if node.data in NAMED_DERIVATIVES:
            yield _derivative_use(node)
            continue
        if node.data in ENTRIES:
            use = use_of(node)
            if use is not None:
                yield use._replace(below=below) if below else use
            continue
        if node.data in DERIVATIVES:
            by, *above = _items(node) if node.data == "gradient" else _items(node)[::-1]
            waiting.append((by, True))
            use = use_of(above[-1]) if above[-1].data in ENTRIES else None
            if use is not None:
                yield use._replace(above=True)
            continue
        if node.data == "times":
            parts = [part for _, part in chain_of(node, ("times",))]
            for head, arguments in pairwise(parts):
                if head.data == "name" and arguments.data == "parens" and len(arguments.children) > 1:
                    yield Use(plain(head.children[0]), frozenset((len(arguments.children),)))
        elif node.data == "name":
            if "^(" in plain(node.children[0]):  # b^{l}
                yield Use(plain(node.children[0]), whole=plain(node.children[0]))
            if (label := _NUMBERED.fullmatch(plain(node.children[0]))) is not None:
                yield Use(label[1], whole=label[0])
            continue
        waiting += [(child, below) for child in reversed(node.children) if isinstance(child, Tree)]


def called_operands(sides: Sequence[Node | None]) -> Iterator[Use]:
    """F and k of (F * k)(p) = .., with the number of indices that they are called with on another side: F(s)."""
    operands = [name for side in sides for name in _operands(side)]
    for node in (node for side in sides if side is not None and operands for node in nodes_of(side)):
        parts = [part for _, part in chain_of(node, ("times",))] if node.data == "times" else []
        for head, arguments in pairwise(parts):
            name = plain(head.children[0]) if head.data == "name" else ""
            if name in operands and arguments.data == "parens":
                yield Use(name, frozenset((len(arguments.children),)))


def _operands(left: Node | None) -> list[str]:
    """The two names of an operation that is called, or has an index, on a left side."""
    if left is None or left.data not in ("times", "indexed"):
        return []
    inner = left.children[0]
    inner = inner.children[0] if inner.data == "parens" and len(inner.children) == 1 else inner
    parts = inner.children if inner.data in ("times", "convolved") and len(inner.children) == 2 else ()
    names = [plain(one.children[0]) for one in parts if one.data == "name"]
    return names if len(set(names)) == 2 else []


def in_order(left: Node | None) -> list[str] | None:
    """The operands of * in (F * k)(p) = .., in their order; None of a left side without them, or with another sign."""
    names = _operands(left)
    inner = left.children[0] if names and left is not None else None
    inner = inner.children[0] if inner is not None and inner.data == "parens" else inner
    return names if inner is not None and inner.data == "times" else None


def _derivative_use(node: Node) -> Use:
    """The use of Y in dL/dY[i, j] and dL/dY_{ij}."""
    by = re.split(r"[/_]d", str(node.children[0]), maxsplit=1)[-1]
    items = list(node.children[1:])
    if node.data == "derivative_entry" and items:
        items = list(items[0].children)
    numbers = not items or all(item.data == "number" for item in items)
    label = re.fullmatch(r"(.*?[A-Za-z])(\d+|(?:_\d+)+)", by)
    ranks = {len(items)} | (_run_together(items[0]) if len(items) == 1 else set())
    return Use(label[1] if label else by, frozenset() if numbers else frozenset(ranks), by, numbers, below=True)


def use_of(node: Node) -> Use | None:
    """The use of a name that an entry is."""
    if node.data.startswith("derivative"):
        return None
    head, items = node.children[0], list(node.children[1:])
    name = plain(head if node.data == "access" else head.children[0])
    whole = ""
    if node.data == "entry":
        whole = f"{name}_{subscript_text(items[0])}"
        items = list(items[0].children)
        if all(item.data == "number" for item in items):
            return Use(name, whole=whole, is_entry=True)
    ranks = {len(items)}
    if len(items) == 1:
        ranks |= _run_together(items[0])
    return Use(name, frozenset(ranks), whole)


def _run_together(item: Node) -> set[int]:
    """How many indices ij, i j and (i+a)(j+b) may be."""
    if item.data == "name":
        name = plain(item.children[0])
        return {len(name)} if name.isalpha() and len(name) <= 6 else set()
    if item.data == "times":
        return {len(chain_of(item, ("times",)))}
    return set()


def left_of(tree: Node | None, by: bool = False) -> Use | None:
    """The name on a left side, or with ``by`` that by which the loss is differentiated there."""
    if tree is None:
        return None
    if by and tree.data in NAMED_DERIVATIVES:
        return _derivative_use(tree)
    if by:
        parts = [child for child in tree.children if isinstance(child, Tree)] if tree.data == "derivative" else []
        parts = list(tree.children[:1]) if tree.data == "gradient" else parts[1:]
        return left_of(parts[0]) if parts else None
    if tree.data == "name":
        name = plain(tree.children[0])
        label = _NUMBERED.fullmatch(name)
        return Use(label[1], whole=name) if label else Use(name)
    if tree.data in ("entry", "access"):
        return use_of(tree)
    if tree.data == "times" and len(tree.children) == 2 and tree.children[1].data == "parens":
        head, arguments = tree.children
        if head.data == "name":
            return Use(plain(head.children[0]), frozenset((len(arguments.children),)))
    return None


def words_of(nodes: Sequence[Node], names: Names) -> frozenset[str]:
    """Names of several letters that are one index: they are bound by a sum or stand on the left, and are used whole.

    ij of w_{ij} stands alone in its brackets and is two indices; di of x_{i+di} is one.
    """
    bound: set[str] = set()
    whole: set[str] = set()
    for node in nodes:
        for child in node.children:
            if isinstance(child, Token) or child.data != "name":
                continue
            name = plain(child.children[0])
            if len(name) < 2 or not name.isalpha() or name in names.sizes or name in names.known:
                continue
            if node.data in BINDING:
                bound.add(name)
            elif node.data == "call" or (node.data in ("subscript", "access") and len(_items(node)) > 1):
                bound.add(name)
                whole.add(name)
            elif node.data not in ("subscript", "access", "parens"):
                whole.add(name)
    return frozenset(bound & whole)


def _items(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Tree)]


def looped_in(nodes: Sequence[Node], names: Names, own: bool = False) -> frozenset[str]:
    """Names that stand alone as an index of an entry, which are indices whatever size of no symbol has that name.

    With ``own``, the layer's symbols too that stand nowhere else: n of dw[f] += dout[n, f, i] * x[n, i:i+K].
    """
    found = {plain(item.children[0]) for node in nodes for item in _indices_of(node, names) if item.data == "name"}
    inside = {id(item) for node in nodes for item in _indices_of(node, names) if item.data == "name"}
    others = {plain(node.children[0]) for node in nodes if own and node.data == "name" and id(node) not in inside}
    return frozenset(
        one
        for one in found
        if (not names.is_own(one) or (own and one not in others)) and re.fullmatch("[a-zA-Z]|[kcfoi][a-z]", one)
    )


def added_in(nodes: Sequence[Node], names: Names) -> frozenset[str]:
    """Letters that are added to an index, as m is in dx[2*i + m] += delta[i]/4; of no symbol of the layer."""
    alone, found = looped_in(nodes, names), set[str]()
    for item in (item for node in nodes for item in _indices_of(node, names)):
        parts = [part for sign, part in chain_of(item, ("add", "subtract")) if sign != "subtract"]
        if alone & {name for part in parts for name in names_in(part)}:
            found |= {plain(part.children[0]) for part in parts if part.data == "name"}
    return frozenset(one for one in found - alone if re.fullmatch("[a-z]", one) and not names.is_own(one))


def _indices_of(node: Node, names: Names) -> list[Node]:
    """The indices of the entry that a node is, x[i], x_i or x(i)."""
    if node.data == "times":
        head, arguments = node.children[0], node.children[-1]
        is_entry = head.data == "name" and arguments.data == "parens" and plain(head.children[0]) in names.known
        return _items(arguments) if is_entry else []
    entry = entry_in(node) if node.data in ENTRIES else None
    return [] if entry is None else entry[1]


def entry_in(node: Node) -> tuple[str, list[Node]] | None:
    """The name and the indices that a node is; None if it is something else."""
    if node.data == "entry":
        return plain(node.children[0].children[0]), _items(node.children[1])
    return (plain(node.children[0]), _items(node)) if node.data == "access" else None
