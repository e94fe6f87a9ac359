"""From forms, polynomials and names to the tree of mathematics: the only place that decides how a formula reads.

Tensors are zero outside their shape, so a sum is written over its index names only; with limits where a ``Style``
asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Term
from symconv.algebra.polynomial import Monomial, Polynomial
from symconv.algebra.sympy_out import INDICES, Limits, sides, summation_limits
from symconv.printing.names import name_of, tensor_name
from symconv.printing.notation import LETTERS
from symconv.printing.quantity import Quantity
from symconv.printing.tree import (
    Added,
    Bound,
    Bracket,
    Entry,
    Name,
    Negative,
    Node,
    Number,
    Parentheses,
    Partial,
    Power,
    Product,
    Quotient,
    Relation,
    Summation,
    Text,
)

READING_ORDER = "".join(LETTERS.values())


@dataclass(frozen=True)
class Style:
    """How the formulas of one layer, network or step are written.

    Args:
        order: which tensors come first in a product.
        bold: the names of tensors in bold.
        macros: the LaTeX of tensors that the notation has some for.
        base: the number from which indices count.
        limits: whether sums have limits.
        letters: of indices, in the order in which they are read.
    """

    order: tuple[str, ...] = ()
    bold: frozenset[str] = frozenset()
    macros: tuple[tuple[str, str], ...] = ()
    base: int = 0
    limits: bool = False
    letters: str = READING_ORDER

    # -- names and entries ---------------------------------------------------------------------------

    def index(self, polynomial: Polynomial) -> Node:
        """An index or size in this style."""
        return index(polynomial, self.letters)

    def tensor(self, name: str) -> Node:
        if not name.isidentifier():
            return Text(name)
        made = tensor_name(name)
        macro = next((latex for known, latex in self.macros if f"{name}_".startswith(f"{known}_")), "")
        return replace(made, bold=name in self.bold, macro=macro)

    def entry(self, name: str, indices: Sequence[Node]) -> Node:
        return Entry(self.tensor(name), tuple(indices)) if indices else self.tensor(name)

    def quantity(self, quantity: Quantity, letters: Sequence[str]) -> Node:
        """The left side of a formula, with the letters of its axes."""
        indices = [*map(name_of, letters)]
        if quantity.denominator is None:
            return self.entry(quantity.numerator, indices)
        above = self.entry(quantity.numerator, indices[: quantity.split])
        ends = [*(at for _, at in quantity.more), len(indices)]
        below = [Partial(self.entry(name, indices[at:end])) for (name, at), end in zip(quantity.denominators, ends)]
        return Quotient(Partial(above, len(below)), below[0] if len(below) == 1 else Product(tuple(below)))

    def access(self, access: Access) -> Node:
        indices = [*map(self.index, access.indices)]
        applied = access.tensor.applied
        if applied is None:
            return self.entry(access.tensor.name, indices)
        made: Node = applied.tree(lambda name: self.entry(name, indices))
        return made

    # -- products and sums ---------------------------------------------------------------------------

    def over(self, axes: Iterable[tuple[str, Polynomial]]) -> tuple[Bound, ...]:
        """Indices that run along whole axes, each a letter and the axis' size."""
        if not self.limits:
            return tuple(Bound(name_of(letter)) for letter, _ in axes)
        low = Number(self.base)
        return tuple(Bound(name_of(letter), low, self.index(size + (self.base - 1))) for letter, size in axes)

    def term(self, term: Term, letters: frozenset[str] = frozenset()) -> Node:
        """A term without its sign; ``letters`` are the indices of the entry."""
        limits: Limits = {}
        used: set[Range] = set()
        if self.limits and term.bound:
            limits, used = summation_limits(term)
        counted = [name for name in letters.union(term.bound) if name[0] != self.letters[-1]]
        shift = {name: Polynomial.name(name) - self.base for name in counted} if self.base else {}
        factors = [self._shifted(factor, shift) for factor in term.factors if factor not in used]
        coefficient = abs_of(term.coefficient.substitute(shift))
        body = self._product(coefficient, factors)
        return Summation(self._bounds(term, limits, shift), body) if term.bound else body

    def _shifted(self, factor: Factor, shift: Mapping[str, Polynomial]) -> Factor:
        moved = factor.substitute(shift) if shift else factor
        if isinstance(moved, Access) and self.base:
            return Access(moved.tensor, tuple(at + self.base for at in moved.indices))
        return moved

    def _product(self, coefficient: Polynomial, factors: Sequence[Factor]) -> Node:
        parts: list[Node] = []
        if coefficient.value != 1 or not factors:
            parts.append(
                self.index(coefficient) if len(coefficient.terms) < 2 else Parentheses(self.index(coefficient))
            )
        accesses = [f for f in factors if isinstance(f, Access)]
        accesses.sort(key=lambda f: self.order.index(f.tensor.name) if f.tensor.name in self.order else len(self.order))
        for first, same in groupby(accesses):
            count = len(list(same))
            parts.append(self.access(first) if count == 1 else Power(self.access(first), count))
        parts += [delta(f, self.letters) for f in factors if isinstance(f, Delta)]
        parts += ranges((f for f in factors if isinstance(f, Range)), self.letters)
        return Product(tuple(parts)) if len(parts) > 1 else parts[0]

    def _bounds(self, term: Term, limits: Limits, shift: Mapping[str, Polynomial]) -> tuple[Bound, ...]:
        """The indices without limits, then those with limits, the outermost first."""
        free = [name for name in term.bound if limits.get(name, (None, None)) == (None, None)]
        bounds = [Bound(name_of(name)) for name in sorted(free, key=lambda name: (_rank(name, self.letters), name))]
        for name, (low, high) in reversed(limits.items()):
            if low is not None and high is not None:
                ends = (self.index(end.substitute(shift) + (self.base if name in shift else 0)) for end in (low, high))
                bounds.append(Bound(name_of(name), *ends))
        return tuple(bounds)

    def form(self, form: Form, letters: Iterable[str] = ()) -> Node:
        """A form: its terms, added; those without a sum first."""
        axes = frozenset(letters)
        terms: list[Node] = []
        for term in sorted(form.terms, key=lambda term: bool(term.bound)):
            written = self.term(term, axes)
            terms.append(Negative(written) if is_negative(term.coefficient) else written)
        return self.sum_of(terms)

    @staticmethod
    def sum_of(terms: Sequence[Node]) -> Node:
        """The terms, added; 0 if there are none."""
        if not terms:
            return Number(0)
        return terms[0] if len(terms) == 1 and not isinstance(terms[0], Negative) else Added(tuple(terms))

    def equation(self, left: Node, *rights: Node) -> Relation:
        return Relation((left, *rights), ("=",) * len(rights))


PLAIN = Style()


def with_factors_in_front(node: Node) -> Node:
    """The formula with numbers and scalars, which no index changes, in front of its sums: eta sum of delta x."""
    if isinstance(node, Added):
        return Added(tuple(map(with_factors_in_front, node.terms)))
    if isinstance(node, Negative):
        return replace(node, term=with_factors_in_front(node.term))
    if not isinstance(node, Summation) or not isinstance(node.body, Product):
        return node
    bound = {one.name for one in node.over}
    fixed = tuple(one for one in node.body.factors if _is_scalar(one) and one not in bound)
    rest = tuple(one for one in node.body.factors if one not in fixed)
    if not fixed or not rest:
        return node
    return Product((*fixed, replace(node, body=Product(rest) if len(rest) > 1 else rest[0])))


def _is_scalar(node: Node) -> bool:
    """A number, a name without indices, or a quotient or power of these."""
    if isinstance(node, Quotient):
        return _is_scalar(node.above) and _is_scalar(node.below)
    return isinstance(node, (Number, Name)) or (isinstance(node, Power) and _is_scalar(node.base))


def is_negative(coefficient: Polynomial) -> bool:
    return coefficient.value is not None and coefficient.value < 0


def abs_of(coefficient: Polynomial) -> Polynomial:
    return -coefficient if is_negative(coefficient) else coefficient


# -- indices and brackets --------------------------------------------------------------------------------


def index(polynomial: Polynomial, letters: str = READING_ORDER) -> Node:
    """An index or size: s i + d k - p, with index letters before sizes, and no minus first where there is a plus."""
    terms: list[Node] = []
    ordered = sorted(polynomial.terms, key=lambda pair: _reading_order(pair, letters))
    first_positive = next((at for at, (_, coefficient) in enumerate(ordered) if coefficient > 0), 0)
    for monomial, coefficient in [ordered.pop(first_positive), *ordered] if ordered else []:
        names = sorted(monomial, key=lambda name: (name[0] in letters, name))
        number: list[Node] = [] if coefficient in (1, -1) and names else [Number(max(coefficient, -coefficient))]
        factors = (*number, *map(name_of, names))
        body = factors[0] if len(factors) == 1 else Product(factors, tight=True)
        terms.append(Negative(body, tight=True) if coefficient < 0 else body)
    if not terms:
        return Number(0)
    return terms[0] if len(terms) == 1 else Added(tuple(terms))


def _reading_order(pair: tuple[Monomial, Any], letters: str) -> tuple[Any, ...]:
    monomial, coefficient = pair
    first = min((_rank(name, letters) for name in monomial), default=len(letters))
    return (first, -len(monomial), coefficient < 0, monomial)


def _rank(name: str, letters: str) -> int:
    """The place of an index letter, which may have a number and primes; other names come last."""
    is_letter = name[0] in letters and (name[1:].strip("'").isdigit() or not name[1:].strip("'"))
    return letters.index(name[0]) if is_letter else len(letters)


def delta(factor: Delta, letters: str = READING_ORDER) -> Node:
    left, right = sides(factor, INDICES.translate(str.maketrans(READING_ORDER, letters)))
    return Bracket(Relation((index(left, letters), index(right, letters)), ("=",)))


def ranges(factors: Iterable[Range], letters: str = READING_ORDER) -> list[Node]:
    """[0 <= e < n] for a pair of ranges, [e >= 0] for one alone."""
    waiting = [factor.expression for factor in factors]
    written: list[Node] = []
    while waiting:
        first = waiting.pop(0)
        partner = next((other for other in waiting if _are_ends(first, other, letters)), None)
        if partner is None:
            written.append(_one_range(first, letters))
            continue
        waiting.remove(partner)
        low = max(first, partner, key=lambda e: sum(c > 0 for _, c in e.terms) - sum(c < 0 for _, c in e.terms))
        parts = (Number(0), index(low, letters), index(first + partner + 1, letters))
        written.append(Bracket(Relation(parts, ("<=", "<"))))
    return written


def _are_ends(one: Polynomial, other: Polynomial, letters: str) -> bool:
    """Whether two ranges say low <= e < high for the same e: its indices cancel in their sum."""
    both = (one + other).names
    return any(
        any(c > 0 for m, c in end.terms if set(m) & own) and not own & both
        for end in (one, other)
        for own in [{name for name in end.names if _rank(name, letters) < len(letters)}]
    )


def _one_range(expression: Polynomial, letters: str) -> Node:
    """[e >= 0], or [i' < i] if it compares two names."""
    signs = sorted(coefficient for monomial, coefficient in expression.terms if len(monomial) == 1)
    if expression.constant_term == -1 and signs == [-1, 1] and len(expression.terms) == 3:
        less, more = (Polynomial(tuple((m, 1) for m, c in expression.terms if m and c == sign)) for sign in (-1, 1))
        return Bracket(Relation((index(less, letters), index(more, letters)), ("<",)))
    return Bracket(Relation((index(expression, letters), Number(0)), (">=",)))
