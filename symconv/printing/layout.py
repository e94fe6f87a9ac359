"""How a formula is set: every node of the tree of mathematics as parts, for writers to which only that matters.

MathML and widths are written from parts. A node becomes parts when a writer comes to it, so nothing is made twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import singledispatch
from typing import Any, Generic, TypeVar

from symconv.errors import FormulaError, shown
from symconv.printing import tree
from symconv.printing.authored import read
from symconv.printing.greek import GREEK_LETTERS
from symconv.printing.parts import (
    PART_METHODS,
    THIN,
    Coloured,
    Fence,
    Grid,
    Line,
    Numeral,
    Part,
    Scripts,
    Sign,
    Space,
    Symbol,
    Underbrace,
    joined,
    line,
)
from symconv.printing.tree import Marked, Node, Operator, Quotient, Root, Text

Written = TypeVar("Written")

LETTERS = {**GREEK_LETTERS, "ell": "ℓ"}
PRIMES = ("", "′", "″", "‴")
RELATIONS = {"=": "=", "<": "<", "<=": "≤", ">=": "≥"}


class PartWriter(ABC, Generic[Written]):
    """Makes something of the parts of a formula: a subclass has a method for every kind of part."""

    def write(self, node: Node) -> Written:
        part = laid_out(node)
        made: Written = getattr(self, METHODS[type(part)])(part)
        return made

    @abstractmethod
    def symbol(self, part: Symbol) -> Written: ...
    @abstractmethod
    def numeral(self, part: Numeral) -> Written: ...
    @abstractmethod
    def sign(self, part: Sign) -> Written: ...
    @abstractmethod
    def operator(self, part: Operator) -> Written: ...
    @abstractmethod
    def text(self, part: Text) -> Written: ...
    @abstractmethod
    def space(self, part: Space) -> Written: ...
    @abstractmethod
    def line(self, part: Line) -> Written: ...
    @abstractmethod
    def scripts(self, part: Scripts) -> Written: ...
    @abstractmethod
    def underbrace(self, part: Underbrace) -> Written: ...
    @abstractmethod
    def quotient(self, part: Quotient) -> Written: ...
    @abstractmethod
    def root(self, part: Root) -> Written: ...
    @abstractmethod
    def fence(self, part: Fence) -> Written: ...
    @abstractmethod
    def grid(self, part: Grid) -> Written: ...
    @abstractmethod
    def coloured(self, part: Coloured) -> Written: ...
    @abstractmethod
    def marked(self, part: Marked) -> Written: ...


METHODS: dict[type[Any], str] = {
    **PART_METHODS, **{kind: tree.METHODS[kind] for kind in (Operator, Text, Quotient, Root, Marked)},
}  # fmt: skip


@singledispatch
def laid_out(node: Node) -> Node:
    """The node as a part; what is inside is set when a writer comes to it.

    Raises:
        FormulaError: not a node.
    """
    if type(node) in METHODS:
        return node
    kinds = ", ".join(kind.__name__ for kind in (*tree.METHODS, *PART_METHODS))
    raise FormulaError(f"{shown(node)} in mathematics", "it is not a node of the tree", f"use {kinds}")


@laid_out.register
def _line(node: Line) -> Node:
    """A line without lines in it."""
    parts: list[Node] = []
    for part in map(laid_out, node.parts):
        parts += part.parts if isinstance(part, Line) else [part]
    return parts[0] if len(parts) == 1 else Line(tuple(parts))


@laid_out.register
def _name(node: tree.Name) -> Node:
    letters = LETTERS.get(node.letters, node.letters)
    base = read(node.macro) if node.macro else Symbol(letters, "bold-italic" if node.bold else "italic")
    above: list[Node | str] = ["(", _word(node.above), ")"] if node.above else []
    if node.primes:
        above.insert(0, Symbol(PRIMES[node.primes] if node.primes < len(PRIMES) else "′" * node.primes))
    below = joined(map(_word, node.below), ",") if node.below else None
    return Scripts(base, below, line(*above) if above else None) if above or below else base


def _word(text: str) -> Node:
    """A number or a word in an index."""
    return Numeral(text) if text.isdigit() else Symbol(text, "italic" if len(text) == 1 else "upright")


@laid_out.register
def _number(node: tree.Number) -> Node:
    written: Node = Numeral(str(abs(node.value.numerator)))
    if node.value.denominator != 1:
        written = Quotient(written, Numeral(str(node.value.denominator)))
    return line("-", written) if node.value < 0 else written


@laid_out.register
def _operator(node: Operator) -> Node:
    """The function's name; a letter is a symbol."""
    name = read(node.latex)
    return Scripts(name, None, Symbol("′" * node.primes)) if node.primes else name


@laid_out.register
def _entry(node: tree.Entry) -> Node:
    base, indices = laid_out(node.name), joined(node.indices, ",")
    if isinstance(base, Scripts) and base.below is None:
        return Scripts(base.base, indices, base.above)
    return Scripts(base, indices)


@laid_out.register
def _product(node: tree.Product) -> Node:
    return laid_out(joined(node.factors, *(() if node.tight else (THIN,))))


@laid_out.register
def _negative(node: tree.Negative) -> Node:
    return laid_out(line("-", node.term))


@laid_out.register
def _added(node: tree.Added) -> Node:
    first, *rest = node.terms
    signed = [one for term in rest for one in (("-", term.term) if isinstance(term, tree.Negative) else ("+", term))]
    return laid_out(line(first, *signed))


@laid_out.register
def _power(node: tree.Power) -> Node:
    base, exponent = laid_out(node.base), Numeral(str(node.exponent))
    if isinstance(base, Scripts) and base.above is None:
        return Scripts(base.base, base.below, exponent)
    alone = isinstance(base, (Symbol, Numeral, Fence))
    return Scripts(base if alone else Fence("(", base, ")"), None, exponent)


@laid_out.register
def _partial(node: tree.Partial) -> Node:
    sign: Node = Sign("∂")
    return laid_out(line(sign if node.order == 1 else Scripts(sign, None, Numeral(str(node.order))), node.of))


@laid_out.register
def _bound(node: tree.Bound) -> Node:
    """An index, with its sum sign if it has limits."""
    if node.low is None or node.high is None:
        return laid_out(node.name)
    return Scripts(Sign("∑", large=True), line(node.name, "=", node.low), node.high)


@laid_out.register
def _summation(node: tree.Summation) -> Node:
    free = [one for one in node.over if one.high is None]
    sign = [Scripts(Sign("∑", large=True), joined(free, ",", THIN))] if free else []
    return laid_out(line(*sign, *(one for one in node.over if one.high is not None), node.body))


@laid_out.register
def _parentheses(node: tree.Parentheses) -> Node:
    return Fence("(", node.inside, ")")


@laid_out.register
def _call(node: tree.Call) -> Node:
    return laid_out(line(node.function, node.argument if node.bare else Fence("(", node.argument, ")")))


@laid_out.register
def _relation(node: tree.Relation) -> Node:
    first, *rest = node.parts
    return laid_out(line(first, *(one for sign, part in zip(node.signs, rest) for one in (RELATIONS[sign], part))))


@laid_out.register
def _bracket(node: tree.Bracket) -> Node:
    return laid_out(line("[", node.relation, "]"))


def found(node: Node, wanted: Callable[[Node], bool]) -> bool:
    """Whether a node of a kind is anywhere in a formula."""
    return wanted(node) or any(found(one, wanted) for one in children(node))


def children(node: Node) -> list[Node]:
    """The nodes that a node has inside, as it stands."""
    inside: list[Node] = []
    for value in vars(node).values():
        inside += [one for one in _flat(value) if isinstance(one, Node)]
    return inside


def _flat(value: Any) -> list[Any]:
    return [one for part in value for one in _flat(part)] if isinstance(value, tuple) else [value]


__all__ = ["METHODS", "Part", "PartWriter", "children", "found", "laid_out"]
