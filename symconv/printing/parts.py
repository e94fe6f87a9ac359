"""Mathematics as it is set: the parts that documents put together, beside the nodes of the tree of mathematics.

A part says how something stands on the page, a node of ``tree.py`` what it is. Both are nodes: a document's formulas
mix them. ``symconv.printing.layout`` makes parts of all of it, for writers to which only the place on the page matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symconv.printing.tree import Negative, Node, Partial, Quotient, Relation, Text


class Part(Node):
    """A node that says how something is set."""

    __slots__ = ()


@dataclass(frozen=True)
class Symbol(Part):
    """A letter, a Greek letter or a word in one style: "italic", "upright", "bold", "bold-italic", "sans", "script"."""

    text: str
    style: str = "italic"


@dataclass(frozen=True)
class Numeral(Part):
    """A number as it is written, such as 0.25."""

    text: str


@dataclass(frozen=True)
class Sign(Part):
    """An operator, a bracket or punctuation; ``large`` for a sum sign."""

    text: str
    large: bool = False


@dataclass(frozen=True)
class Space(Part):
    """A space; ``width`` is in ems."""

    width: float


@dataclass(frozen=True)
class Line(Part):
    """Parts side by side."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Scripts(Part):
    base: Node
    below: Node | None = None
    above: Node | None = None


@dataclass(frozen=True)
class Underbrace(Part):
    inside: Node
    below: Node | None = None


@dataclass(frozen=True)
class Fence(Part):
    """Brackets that are as tall as what stands between them."""

    left: str
    inside: Node
    right: str


@dataclass(frozen=True)
class Grid(Part):
    """A matrix in square brackets."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Coloured(Part):
    color: str
    inside: Node


PARTS = (Symbol, Numeral, Sign, Space, Line, Scripts, Underbrace, Fence, Grid, Coloured)
PART_METHODS = {kind: kind.__name__.lower() for kind in PARTS}

# -- putting together ----------------------------------------------------------------------------------

NOTHING = Line(())
DOTS, LOW_DOTS, DOWN, DIAGONAL = Sign("⋯"), Sign("…"), Sign("⋮"), Sign("⋱")
THIN, THICK, QUAD, QQUAD = Space(0.167), Space(0.278), Space(1.0), Space(2.0)
ZERO = Coloured("zero", Numeral("0"))
"""The gray 0 of matrices."""


Given = Node | str | int
"""What is put together: a node, a whole number, or a sign."""


def part(given: Given) -> Node:
    """A node as it is, a whole number as a numeral, and text as a sign."""
    if isinstance(given, Node):
        return given
    return Numeral(str(given)) if isinstance(given, int) else Sign("−" if given == "-" else given)


def line(*given: Given) -> Node:
    """Parts side by side.

    >>> line(Symbol("a"), "=", 2)
    Line(parts=(Symbol(text='a', style='italic'), Sign(text='=', large=False), Numeral(text='2')))
    """
    parts = tuple(map(part, given))
    return parts[0] if len(parts) == 1 else Line(parts)


def joined(nodes: Iterable[Node], *between: Node | str) -> Node:
    """The nodes with the same parts between each and the next."""
    parts: list[Node | str] = []
    for node in nodes:
        parts += [*between, node] if parts else [node]
    return line(*parts)


def listed(nodes: Iterable[Node]) -> Node:
    """The nodes with commas."""
    return joined(nodes, ",")


def equation(*sides: Node) -> Node:
    return Relation(sides, ("=",) * (len(sides) - 1))


def derivative(above: Node, below: Node) -> Node:
    """The partial derivative of a quantity with respect to another."""
    return Quotient(Partial(above), Partial(below))


def bracketed(node: Node) -> Node:
    """In brackets of the usual size."""
    return line("(", node, ")")


def plus(term: Node) -> Node:
    """A term that is added, or taken away if it is negative, to those before it."""
    return line("-", term.term) if isinstance(term, Negative) else line("+", term)


def transposed(matrix: Node) -> Node:
    return Scripts(matrix, None, Symbol("T", "sans"))


def grid(rows: Iterable[Sequence[Node]]) -> Node:
    return Grid(tuple(map(tuple, rows)))


def words(text: str) -> Node:
    return Text(text)
