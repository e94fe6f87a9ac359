"""Estimated widths of formulas, in ems, and the rows of a sum that is longer than a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from symconv.printing.layout import PartWriter
from symconv.printing.parts import (
    NOTHING,
    THIN,
    Coloured,
    Fence,
    Grid,
    Line,
    Numeral,
    Scripts,
    Sign,
    Space,
    Symbol,
    Underbrace,
    line,
    plus,
)
from symconv.printing.tree import Added, Bracket, Marked, Node, Operator, Product, Quotient, Root, Summation, Text

WIDE, NARROW = "+−=≤≥<>≠←→", ",'′″‴"
"""Signs with space around them, and those that are thin."""


class WidthWriter(PartWriter[float]):
    """The width of a formula in ems."""

    def symbol(self, part: Symbol) -> float:
        return sum(0.25 if letter in NARROW else 0.58 for letter in part.text)

    def numeral(self, part: Numeral) -> float:
        return sum(0.33 if digit == "." else 0.58 for digit in part.text)

    def sign(self, part: Sign) -> float:
        if part.large:
            return 1.1
        if part.text in WIDE:
            return 1.3
        return 0.25 if part.text in NARROW else 0.33 if part.text in "[]()|." else 0.58

    def operator(self, part: Operator) -> float:
        return 0.58 * (1 + len(part.letters))

    def text(self, part: Text) -> float:
        return 0.58 * len(part.words.replace(" ", ""))

    def space(self, part: Space) -> float:
        return 0.25 if part.width < 0.5 else 0.58 * part.width

    def line(self, part: Line) -> float:
        return sum(map(self.write, part.parts))

    def scripts(self, part: Scripts) -> float:
        """Limits of a large sign stand above each other, so the wider one counts."""
        scripts = [self.write(one) for one in (part.below, part.above) if one]
        is_large = isinstance(part.base, Sign) and part.base.large
        return self.write(part.base) + 0.72 * (max(scripts, default=0.0) if is_large else sum(scripts))

    def underbrace(self, part: Underbrace) -> float:
        return max(self.write(part.inside), 0.72 * self.write(part.below) if part.below else 0.0) + 0.58

    def quotient(self, part: Quotient) -> float:
        return max(self.write(part.above), self.write(part.below)) + 0.25

    def root(self, part: Root) -> float:
        return self.write(part.inside) + 0.58

    def fence(self, part: Fence) -> float:
        return self.write(part.inside) + 2 * 0.9

    def grid(self, part: Grid) -> float:
        """As wide as the widest row."""
        return max(sum(map(self.write, row)) + 1.1 * (len(row) - 1) for row in part.rows) + 4

    def coloured(self, part: Coloured) -> float:
        return self.write(part.inside)

    def marked(self, part: Marked) -> float:
        return self.write(part.inside)


width = WidthWriter().write
"""Estimated width in ems of a formula. A fraction counts as the wider of its two parts."""


def terms_of(node: Node) -> list[Node]:
    """A sum as pieces between which a line may break: its terms, each with its sign but the first."""
    if isinstance(node, Added):
        first, *rest = node.terms
        return [first, *map(plus, rest)]
    return [node]


def rows_of(given: Node | Sequence[Node], room: float, stacking: bool = False) -> list[Node]:
    """A sum in as few rows as there is room for, broken before + and -.

    A product stays together unless it is longer than a row. The sum may be given in pieces, each with its sign. If
    ``stacking``, conditions of a long product may stand below each other.
    """
    terms = terms_of(given) if isinstance(given, Node) else given
    rows: list[list[Node]] = [[]]
    used = 0.0
    for piece in (piece for term in terms for piece in _fitting(term, room, stacking)):
        size = width(piece)
        if rows[-1] and used + size > room:
            rows.append([])
            used = 1.0
        rows[-1].append(piece)
        used += size
    return [line(*row) for row in rows]


def _fitting(term: Node, room: float, stacking: bool) -> list[Node]:
    """The term as one piece if it fits on a row, or does with conditions below each other; else factor by factor."""
    if width(term) + 1 <= room:
        return [term]
    conditions = _conditions(term) if stacking else ()
    for count in range(2, len(conditions) + 1):
        together = _with_conditions(term, conditions, count)
        if width(together) + 1 <= room:
            return [together]
    return list(_factors(term))


def _conditions(term: Node) -> tuple[Node, ...]:
    """The conditions in the brackets that the term ends with."""
    if isinstance(term, Line) and term.parts:
        return _conditions(term.parts[-1])
    if isinstance(term, Summation):
        return _conditions(term.body)
    if isinstance(term, Product) and not term.tight:
        if not isinstance(term.factors[-1], Bracket):
            return _conditions(term.factors[-1])
        brackets = takewhile(lambda factor: isinstance(factor, Bracket), reversed(term.factors))
        return tuple(bracket.relation for bracket in brackets if isinstance(bracket, Bracket))[::-1]
    return ()


def _with_conditions(term: Node, conditions: tuple[Node, ...], rows: int) -> Node:
    """The term with these last conditions in one bracket, in a number of rows."""
    if isinstance(term, Line):
        return line(*term.parts[:-1], _with_conditions(term.parts[-1], conditions, rows))
    if isinstance(term, Summation):
        return Summation(term.over, _with_conditions(term.body, conditions, rows))
    assert isinstance(term, Product), "conditions stand in products"
    if not isinstance(term.factors[-1], Bracket):
        return Product((*term.factors[:-1], _with_conditions(term.factors[-1], conditions, rows)))
    columns = -(-len(conditions) // rows)
    cells = [*conditions, *[NOTHING] * (-len(conditions) % columns)]
    stack = Grid(tuple(tuple(cells[at : at + columns]) for at in range(0, len(cells), columns)))
    return Product((*term.factors[: -len(conditions)], stack))


def _factors(term: Node) -> Iterator[Node]:
    """A term in pieces: what stands before its product with the first factor, and the others; sums in it as well."""
    if isinstance(term, Line) and term.parts:
        *before, last = term.parts
        first, *rest = _factors(last)
        yield line(*before, first)
        yield from rest
    elif isinstance(term, Summation):
        first, *rest = _factors(term.body)
        yield Summation(term.over, first)
        yield from rest
    elif isinstance(term, Product) and not term.tight:
        *before, last = term.factors
        pieces = [*before, *_factors(last)]
        yield pieces[0]
        yield from (line(THIN, factor) for factor in pieces[1 : len(before) + 1])
        yield from pieces[len(before) + 1 :]
    else:
        yield term
