"""Claims as they are written: the syntax trees of both sides of every equality in a text, entry by entry.

A list or a matrix is one claim for every entry. In a = b = c, each of b and c is claimed of a.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from symconv.claims.parse.statements import Container, Signs, Statement, statements_of
from symconv.claims.parse.text import Node, nodes_of, parse
from symconv.errors import ClaimError
from symconv.foundations.values import Cached


@dataclass(frozen=True)
class Written(Cached):
    """One formula, with its left side if it has one.

    Args:
        text: its own words.
        whole: the text in which it stands; places are those of this text.
        left, right: syntax trees.
        adds, loops, aside: as of its statement, with the loops as trees.
        containers: the lists and matrices that stand in them, by their names there.
    """

    text: str
    whole: str
    left: Node | None
    right: Node
    containers: Mapping[str, Container] = field(default_factory=dict)
    adds: bool = False
    loops: tuple[Node, ...] = ()
    aside: tuple[str, ...] = ()
    in_chain: bool = False
    """Whether it is one equality of a = b = c."""

    def __str__(self) -> str:
        return self.text

    @cached_property
    def left_nodes(self) -> tuple[Node, ...]:
        """Every node of the left side."""
        return () if self.left is None else tuple(nodes_of(self.left))

    @cached_property
    def right_nodes(self) -> tuple[Node, ...]:
        """Every node of the right side."""
        return tuple(nodes_of(self.right))


@dataclass(frozen=True)
class Group:
    """Claims that are judged together: one for each entry, or with left sides; ``shape`` is that of an array."""

    claims: tuple[Written, ...]
    shape: tuple[int, ...] | None = None
    others: tuple[Written, ...] = ()
    """Claims that it was parted from, whose names mean the same."""


def groups_of(text: str, tensors: Collection[str] = (), positions: bool = True) -> list[Group]:
    """The claims of a text.

    Args:
        tensors: names at which letters are parted that run together.
        positions: whether the trees know where they stand in the text, which takes longer.

    Raises:
        ClaimError: it cannot be read; the message has the place.
    """
    alone: list[Written] = []
    groups: list[Group] = []
    for statement in statements_of(text, tensors):
        first, *others = range(len(statement.sides))
        pairs: list[tuple[int | None, int]] = [(first, other) for other in others] or [(None, first)]
        for left, right in pairs:
            container = statement.container(right)
            if container is not None:
                groups.append(_entries(text, statement, left, container, positions))
            else:
                alone.append(_written(text, statement, left, right, positions))
    return ([Group(tuple(alone))] if alone else []) + groups


def single(text: str, tensors: Collection[str] = (), positions: bool = True) -> Written:
    """The one formula of a text.

    Raises:
        ClaimError: it has several.
    """
    groups = groups_of(text, tensors, positions)
    if len(groups) != 1 or len(groups[0].claims) != 1:
        raise ClaimError(text, "it has several formulas", "write one formula, with or without a left side")
    return groups[0].claims[0]


def sides_of(text: str, tensors: Collection[str] = ()) -> list[tuple[list[Node], str]]:
    """The sides of every statement of a text that has no lists, and its own words."""
    return [([parse(text, side) for side in one.sides], one.text) for one in statements_of(text, tensors)]


def _written(text: str, statement: Statement, left: int | None, right: int, positions: bool) -> Written:
    sides: tuple[Any, Any] = (
        None if left is None else parse(text, statement.sides[left], positions=positions),
        parse(text, statement.sides[right], positions=positions),
    )
    own = statement.text
    if len(statement.sides) > 2 and left is not None:
        own = " = ".join(_words(text, statement.sides[side]) for side in (left, right))
    loops = tuple(parse(text, signs, "loop", positions=positions) for signs in statement.loops)
    in_chain = len(statement.sides) > 2
    return Written(own, text, *sides, statement.containers, statement.adds, loops, statement.aside, in_chain)


def _entries(text: str, statement: Statement, left: int | None, container: Container, positions: bool) -> Group:
    """One claim for every cell; its left side is that of the whole, or the cell of a list in the same place."""
    names = None if left is None else statement.container(left)
    if names is not None and len(names.cells) != len(container.cells):
        at = statement.sides[0][0].at
        wrong = f"the left side has {len(names.cells)} entries, the right side {len(container.cells)}"
        raise ClaimError(text, wrong, "give both sides as many entries", text, at)
    claims = []
    for number, cell in enumerate(container.cells):
        above = None
        if names is not None:
            above = parse(text, names.cells[number], positions=positions)
        elif left is not None and not number:
            above = parse(text, statement.sides[left], positions=positions)
        right = parse(text, cell, positions=positions)
        claims.append(Written(_words(text, cell), text, above, right, statement.containers))
    return Group(tuple(claims), None if len(container.shape) == 1 or names is not None else container.shape)


def _words(text: str, signs: Signs) -> str:
    return text[signs[0].at : signs[-1].end]
