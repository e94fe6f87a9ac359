"""The tree of mathematics: what is printed, before it is text in any script.

It is made once, from forms, polynomials and names, and every writer has one short method for every kind of node. The
kinds are closed: a writer that lacks one cannot be made, and any other object in a tree is an error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from symconv.errors import SymconvError, shown


class Node:
    """A part of a tree."""

    __slots__ = ()


@dataclass(frozen=True)
class Name(Node):
    r"""A name: letters, with what stands above and below on their right.

    Args:
        letters: the word in plain letters, of a Greek letter its English name.
        above: the number of a part of a network.
        below: subscripts, each a word or a number.
        primes: how many primes follow.
        bold: whether it is the name of a tensor in bold.
        macro: how the notation wants it in LaTeX, such as ``\mathbf{W}``; empty for the usual way.
        source: the name in plain text, as users write it.
    """

    letters: str
    above: str = ""
    below: tuple[str, ...] = ()
    primes: int = 0
    bold: bool = False
    macro: str = ""
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Number(Node):
    value: int | Fraction


@dataclass(frozen=True)
class Operator(Node):
    """A function's name in plain letters and in LaTeX, such as relu, with as many primes as it is differentiated."""

    letters: str
    latex: str
    primes: int = 0


@dataclass(frozen=True)
class Text(Node):
    """Words between formulas."""

    words: str


@dataclass(frozen=True)
class Entry(Node):
    """A tensor at indices."""

    name: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True)
class Product(Node):
    """Factors; ``tight`` in an index or a size, such as s i, where they stand close."""

    factors: tuple[Node, ...]
    tight: bool = False


@dataclass(frozen=True)
class Negative(Node):
    """Minus a term; it is subtracted where it stands in a sum."""

    term: Node
    tight: bool = False


@dataclass(frozen=True)
class Added(Node):
    """Terms, added."""

    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Power(Node):
    base: Node
    exponent: int


@dataclass(frozen=True)
class Quotient(Node):
    """Above and below a line; ``small`` as in a line of text."""

    above: Node
    below: Node
    small: bool = False


@dataclass(frozen=True)
class Root(Node):
    inside: Node


@dataclass(frozen=True)
class Partial(Node):
    """The sign of a partial derivative before a quantity, of a higher order above the line of a fraction."""

    of: Node
    order: int = 1


@dataclass(frozen=True)
class Bound(Node):
    """An index that is summed over: all integers, or from ``low`` to ``high``."""

    name: Node
    low: Node | None = None
    high: Node | None = None


@dataclass(frozen=True)
class Summation(Node):
    """The sum of a product over indices, the outermost first."""

    over: tuple[Bound, ...]
    body: Node


@dataclass(frozen=True)
class Parentheses(Node):
    inside: Node


@dataclass(frozen=True)
class Call(Node):
    """A function of an argument, with round brackets or (log p) without."""

    function: Node
    argument: Node
    bare: bool = False


@dataclass(frozen=True)
class Relation(Node):
    """Parts with a sign between each and the next: "=", "<", "<=" or ">="."""

    parts: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Bracket(Node):
    """1 where the relation holds, else 0."""

    relation: Relation


@dataclass(frozen=True)
class Marked(Node):
    """A part that belongs to entries, which a page can light up: ``places`` has their flat indices by kind."""

    inside: Node
    places: tuple[tuple[str, int], ...] = ()


KINDS: tuple[type[Any], ...] = (
    Name, Number, Operator, Text, Entry, Product, Negative, Added, Power, Quotient, Root, Partial, Bound, Summation,
    Parentheses, Call, Relation, Bracket, Marked,
)  # fmt: skip
METHODS = {kind: kind.__name__.lower() for kind in KINDS}


class TreeWriter(ABC):
    """Writes trees as text: a subclass has a method for every kind of node.

    Where a line of plain text, of Unicode and of LaTeX differ in their signs alone, the method is here.
    """

    METHODS: ClassVar[Mapping[type[Any], str]] = METHODS
    MINUS: ClassVar[str] = "-"
    SIGNS: ClassVar[Mapping[str, str]] = {"=": "=", "<": "<", "<=": "<=", ">=": ">="}

    def write(self, node: Node) -> str:
        method = self.METHODS.get(type(node))
        if method is None:
            kinds = ", ".join(kind.__name__ for kind in self.METHODS)
            raise SymconvError(f"{shown(node)} in a formula", "it is not a node of the tree", f"use {kinds}")
        text: str = getattr(self, method)(node)
        return text

    def each(self, nodes: tuple[Node, ...]) -> list[str]:
        return [self.write(node) for node in nodes]

    @abstractmethod
    def name(self, node: Name) -> str: ...
    @abstractmethod
    def number(self, node: Number) -> str: ...
    @abstractmethod
    def operator(self, node: Operator) -> str: ...

    def text(self, node: Text) -> str:
        return node.words

    def entry(self, node: Entry) -> str:
        return f"{self.write(node.name)}[{', '.join(self.each(node.indices))}]"

    @abstractmethod
    def product(self, node: Product) -> str: ...
    @abstractmethod
    def negative(self, node: Negative) -> str: ...

    def added(self, node: Added) -> str:
        first, *rest = node.terms
        return " ".join([self.write(first), *map(self.signed, rest)])

    def signed(self, term: Node) -> str:
        """A term that follows another."""
        return f"{self.MINUS} {self.write(term.term)}" if isinstance(term, Negative) else f"+ {self.write(term)}"

    @abstractmethod
    def power(self, node: Power) -> str: ...
    @abstractmethod
    def quotient(self, node: Quotient) -> str: ...
    @abstractmethod
    def root(self, node: Root) -> str: ...
    @abstractmethod
    def partial(self, node: Partial) -> str: ...
    @abstractmethod
    def bound(self, node: Bound) -> str: ...
    @abstractmethod
    def summation(self, node: Summation) -> str: ...
    @abstractmethod
    def call(self, node: Call) -> str: ...

    def parentheses(self, node: Parentheses) -> str:
        return f"({self.write(node.inside)})"

    def relation(self, node: Relation) -> str:
        first, *rest = self.each(node.parts)
        return first + "".join(f" {self.SIGNS[sign]} {part}" for sign, part in zip(node.signs, rest))

    def bracket(self, node: Bracket) -> str:
        return f"[{self.write(node.relation)}]"

    def marked(self, node: Marked) -> str:
        return self.write(node.inside)
