"""From forms to SymPy: the same language, for people and for programs that know SymPy."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symconv.algebra.assumptions import Defined, Floor, Maximum
from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.algebra.polynomial import Coefficient, Polynomial
from symconv.foundations.values import cached_property


class Writer:
    """Writes forms as SymPy expressions.

    Args:
        symbols: the SymPy symbol of a name, or what gives them; any other name becomes an integer symbol.
        defined: names that are written as what they stand for and not as a symbol.
        apply: whether f(z) is written as that function, or as a tensor with its name.
        shapes: whether tensors are written with their shapes, if they have one.
        plain: names whose symbols are spelled as they are.

    ``polynomials`` and ``bases`` have what has been written.
    """

    def __init__(
        self,
        symbols: Mapping[str, sp.Symbol] | Callable[[], Mapping[str, sp.Symbol]] | None = None,
        defined: Mapping[str, Defined] | None = None,
        apply: bool = True,
        shapes: bool = True,
        plain: Container[str] = (),
    ):
        self._given = symbols or {}
        self.plain = plain
        self.defined = dict(defined or {})
        self.apply, self.shapes = apply, shapes
        self.polynomials: dict[Polynomial, sp.Expr] = {}
        self.bases: dict[Tensor, sp.IndexedBase] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_given": self.symbols, "plain": ()}

    @cached_property
    def symbols(self) -> dict[str, sp.Symbol]:
        """The symbols of names, with those that have been written."""
        return dict(self._given() if callable(self._given) else self._given)

    def symbol(self, name: str) -> sp.Expr:
        defined = self.defined.get(name)
        if isinstance(defined, Floor):
            quotient = self.polynomial(defined.numerator) / self.polynomial(defined.denominator)
            return (quotient if defined.exact else sp.floor(quotient)) + defined.offset
        if isinstance(defined, Maximum):
            return sp.Max(*map(self.polynomial, defined.of))
        return self.symbols.setdefault(name, sp.Symbol(name, integer=True))

    def polynomial(self, polynomial: Polynomial) -> sp.Expr:
        written = self.polynomials.get(polynomial)
        if written is None:
            terms = [self._product(*term) for term in polynomial.terms]
            written = self.polynomials[polynomial] = terms[0] if len(terms) == 1 else sp.Add(*terms)
        return written

    def _product(self, names: tuple[str, ...], coefficient: Coefficient) -> sp.Expr:
        if len(names) < 2 and coefficient == 1:
            return self.symbol(names[0]) if names else sp.S.One
        if not names:
            return sp.Rational(coefficient)
        factors = [self.symbol(name) for name in names]
        return sp.Mul(*factors) if coefficient == 1 else sp.Mul(sp.Rational(coefficient), *factors)

    def text(self, polynomial: Polynomial) -> str:
        """``str(self.polynomial(polynomial))``, without making the expression where every name is a symbol.

        >>> s, i, p = map(Polynomial.name, "sip")
        >>> Writer().text(2 * s * i - p * p - 1)
        '2*i*s - p**2 - 1'
        """
        if any(self._is_spelled_otherwise(name) for name in polynomial.names):
            return str(self.polynomial(polynomial))
        return as_sympy_prints(polynomial)

    def _is_spelled_otherwise(self, name: str) -> bool:
        if name in self.defined or name in self.plain:
            return name in self.defined
        symbol = self.symbols.get(name)
        return symbol is not None and symbol.name != name

    def base(self, tensor: Tensor) -> sp.IndexedBase:
        made = self.bases.get(tensor)
        if made is None:
            known = tensor.shape if self.shapes else None
            shape = None if known is None else tuple(map(self.polynomial, known))
            made = self.bases[tensor] = sp.IndexedBase(tensor.name, shape=shape)
        return made

    def access(self, tensor: Tensor, indices: Sequence[sp.Expr]) -> sp.Expr:
        """The tensor at the indices; its plain symbol if it has no axes."""

        def entry(one: Tensor) -> sp.Expr:
            base = self.base(one)
            return base[tuple(indices)] if indices else self.symbols.get(one.name, base.label)

        if tensor.applied is None or not self.apply:
            return entry(tensor)
        argument = tensor.applied.argument
        return tensor.applied.expression(lambda name: entry(replace(argument, name=name)))

    def form(self, form: Form) -> sp.Expr:
        return sp.Add(*(self.term(term) for term in form))

    def term(self, term: Term) -> sp.Expr:
        """Sum(.., limits): limits from pairs of ranges or from the axis that a bound name runs along."""
        limits, used = summation_limits(term)
        body = [self.polynomial(term.coefficient)]
        conditions = []
        for factor in term.factors:
            if isinstance(factor, Access):
                body.append(self.access(factor.tensor, tuple(map(self.polynomial, factor.indices))))
            elif isinstance(factor, Delta):
                body.append(sp.KroneckerDelta(*map(self.polynomial, sides(factor))))
            elif factor not in used:
                conditions.append(sp.Ge(self.polynomial(factor.expression), 0))
        product = sp.Mul(*body)
        if conditions:
            product = sp.Piecewise((product, sp.And(*conditions)), (0, True))
        if not limits:
            return product
        written = []
        for name, (low, high) in limits.items():
            lower = -sp.oo if low is None else self.polynomial(low)
            upper = sp.oo if high is None else self.polynomial(high)
            written.append((self.symbol(name), lower, upper))
        return sp.Sum(product, *written)


def entries_of(array: sp.Array) -> list[sp.Expr]:
    """The entries of a dense array in row-major order, as ``sp.flatten(array)``, which looks up each by its index.

    >>> entries_of(sp.Array([[1, 2], [3, 4]]))
    [1, 2, 3, 4]
    """
    return list(array.args[0])


def bracket(left: sp.Expr, right: sp.Expr) -> sp.KroneckerDelta:
    """``sp.KroneckerDelta(left, right)`` as it stands: SymPy would ask whether the two can be equal.

    >>> i, j = sp.symbols("i j")
    >>> bracket(i, j) == sp.KroneckerDelta(i, j, evaluate=False)
    True
    """
    return sp.Expr.__new__(sp.KroneckerDelta, left, right)


def against_zero(condition: sp.Basic) -> sp.Basic:
    """The condition with all its comparisons against 0.

    SymPy brings the conditions of a Piecewise to a form of its own, again and again until nothing changes. Over some
    comparisons, such as i - k >= n s - s, it goes in circles and never ends; those against a number are settled.

    >>> i, n, s = sp.symbols("i n s")
    >>> against_zero(sp.Ge(i, n * s - s))
    i - n*s + s >= 0
    """
    return condition.xreplace({one: one.func(one.lhs - one.rhs, 0) for one in condition.atoms(Relational)})


PLAIN = (sp.Indexed, sp.Symbol, sp.Integer, sp.KroneckerDelta)
"""Factors that have no sum and no case distinction in them."""


def sum_over(body: sp.Expr, limits: Sequence[tuple[sp.Symbol, sp.Expr, sp.Expr]]) -> sp.Sum:
    """``sp.Sum(body, *limits)``. Of a plain product it is put together at once: SymPy would look for what to unfold.

    >>> i, n, x = sp.Symbol("i"), sp.Symbol("n"), sp.IndexedBase("x")
    >>> sum_over(2 * x[i], [(i, sp.Integer(0), n - 1)]) == sp.Sum(2 * x[i], (i, 0, n - 1))
    True
    """
    if not all(isinstance(factor, PLAIN) for factor in sp.Mul.make_args(body)):
        return sp.Sum(body, *limits)
    made = sp.Expr.__new__(sp.Sum, body, *(sp.Tuple(*limit) for limit in limits))
    made.is_commutative = body.is_commutative
    return made


def as_sympy_prints(polynomial: Polynomial) -> str:
    """The polynomial as SymPy's printer writes it: terms by falling powers of the first name, but 2 - 3*n."""
    names = sorted(polynomial.names)
    terms = sorted(polynomial.terms, key=lambda term: [-term[0].count(name) for name in names])
    if len(terms) == 2 and len(names) == 1 and terms[0][1] < 0 < polynomial.constant_term:
        terms.reverse()
    text = ""
    for monomial, coefficient in terms:
        powers = [(name, monomial.count(name)) for name in names if name in monomial]
        factors = [name if power == 1 else f"{name}**{power}" for name, power in powers]
        above, below = abs(coefficient.numerator), coefficient.denominator
        shown = "*".join(factors if above == 1 and factors else [str(above), *factors]) + (
            f"/{below}" if below > 1 else ""
        )
        text += (" - " if coefficient < 0 else " + ") + shown
    return ("-" if text[1:2] == "-" else "") + text[3:] if text else "0"


Limits = dict[str, tuple[Polynomial | None, Polynomial | None]]


def summation_limits(term: Term) -> tuple[Limits, set[Range]]:
    """The limits under which a term's sum is usually written, inner first, and the ranges they stand for.

    From a pair of ranges low <= v <= high; else from a tensor axis whose index is v itself; else
    the sum is over all integers (None, None).
    """
    bound = frozenset(term.bound)
    limits: Limits = {}
    pairs: dict[str, set[Range]] = {}
    ranges = [factor for factor in term.factors if isinstance(factor, Range)]
    ranges.sort(key=lambda r: len(r.expression.names & bound))
    for name in term.bound:
        low = next((r for r in ranges if r.expression.unit(name) == 1), None)
        high = next((r for r in ranges if r.expression.unit(name) == -1), None)
        if low and high:
            limits[name] = (-low.expression.without(name), high.expression.without(name))
            pairs[name] = {low, high}
        else:
            size = _axis_size(term, name)
            limits[name] = (None, None) if size is None else (Polynomial(), size - 1)
    ordered = _inner_first(limits)
    used = {r for name, pair in pairs.items() if ordered[name] != (None, None) for r in pair}
    return ordered, used


def _axis_size(term: Term, name: str) -> Polynomial | None:
    """The size of an axis that the name runs along, one of its own letter first."""
    found = [
        (letter != name.rstrip("'"), size)
        for factor in term.factors
        if isinstance(factor, Access) and factor.tensor.shape is not None
        for index, size, letter in zip(
            factor.indices, factor.tensor.shape, factor.tensor.letters or ("",) * factor.tensor.rank
        )
        if index.single_name == name
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _inner_first(limits: Limits) -> Limits:
    """Order sums so that limits mention only names of sums further out; (None, None) if they cannot."""
    ordered: Limits = {}
    waiting = dict(limits)
    while waiting:
        mentioned = {other for name in waiting for other in _names(waiting[name]) - {name}}
        inner = [name for name in waiting if name not in mentioned]
        if not inner:
            return {**ordered, **dict.fromkeys(waiting, (None, None))}
        for name in inner:
            ordered[name] = waiting.pop(name)
    return ordered


def _names(limit: tuple[Polynomial | None, Polynomial | None]) -> frozenset[str]:
    return frozenset().union(*(end.names for end in limit if end is not None))


INDICES = "jik"
"""Letters that name an index, the one that a bracket is best solved for first."""


def sides(delta: Delta, indices: str = INDICES) -> tuple[Polynomial, Polynomial]:
    """The two sides under which a bracket is usually written: [j = s i + d k - p], [l j = s i + d k - p].

    Of the ways to write it, the first in which none of the ``indices`` is subtracted on the right; these are tried on
    the left in their order.
    """
    expression = delta.expression
    alone = [m[0] for m, c in expression.terms if len(m) == 1 and expression.unit(m[0])]
    ways = [{name} for letter in indices for name in alone if _is_index(name, letter)]
    ways.append({name for name in expression.names if _is_index(name, indices[0])})
    ways.append(set(alone[:1]))
    written = [_split(expression, names) for names in ways if names] or [(expression, Polynomial())]
    return next((way for way in written if _adds_indices(way[1], indices)), written[0])


def _adds_indices(side: Polynomial, indices: str) -> bool:
    return all(c > 0 for m, c in side.terms if any(_is_index(name, letter) for name in m for letter in indices))


def _is_index(name: str, letter: str) -> bool:
    return name[0] == letter and (not name[1:].strip("'") or name[1:].strip("'").isdigit())


def _split(expression: Polynomial, names: set[str]) -> tuple[Polynomial, Polynomial]:
    """The terms with one of the names on the left, their first coefficient positive, the others on the right."""
    left = Polynomial(tuple((m, c) for m, c in expression.terms if names.intersection(m)))
    right = left - expression
    positive = not left or left.terms[0][1] > 0
    return (left, right) if positive else (-left, -right)
