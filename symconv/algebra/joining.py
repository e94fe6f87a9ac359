"""Parts of a sum joined: two that a condition keeps apart, and those over all residues by a number.

A normal form keeps parts as they are. Here one part is written as the whole less the others, which cancel as like
terms. That comes before sums are split (``splitting.py``), since a whole costs less to compare than its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.counting import names_in_ranges
from symconv.algebra.digits import with_products
from symconv.algebra.forms import Access, Delta, Form, Range, Term
from symconv.algebra.normal_form import Derivation, Like, like, normal_form
from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.algebra.reindexing import require_finite
from symconv.algebra.rules import Application, RuleName, apply_first, replaced
from symconv.algebra.splitting import LARGEST_STRIDE, Asked, entries_of, with_implied
from symconv.errors import InfiniteSumError


class Joins:
    """The parts that a form has, each used once."""

    def __init__(self, form: Form, order: Sequence[str]) -> None:
        self.order = order
        self.parts: dict[Like, Polynomial] = {like(term): term.coefficient for term in form}

    def split(self, term: Term, assumptions: Assumptions, done: frozenset[Asked]) -> tuple[Application, Asked] | None:
        """A part as the whole less the others, if these are there too."""
        if self.parts.get(like(term)) == term.coefficient:
            for application in (*_conditions(term, self.parts, assumptions), *_residues(term, assumptions)):
                _, *others = application.result
                if not all(_is_finite(one, assumptions) for one in application.result):
                    continue
                keys = [self._key(other, assumptions) for other in others]
                if None not in keys and like(term) not in keys:
                    for key in (like(term), *keys):
                        self.parts.pop(key, None)  # type: ignore[arg-type]
                    return application, None
        return None

    def _key(self, other: Term, assumptions: Assumptions) -> Like | None:
        """Which of the parts cancels it."""
        result = normal_form(Form((other,)), assumptions, self.order, products=True).result.terms
        if len(result) == 1 and self.parts.get(key := like(result[0])) == -result[0].coefficient:
            return key
        return None


def _is_finite(term: Term, assumptions: Assumptions) -> bool:
    """Whether it can be seen of the whole and the other parts too, as of the one that is there."""
    try:
        require_finite(term, assumptions)
    except InfiniteSumError:
        return False
    return True


class Totals:
    """Like terms added up if a rule applies to their sum, in which no coefficient is in the way."""

    def __init__(self, derivation: Derivation, order: Sequence[str]) -> None:
        self.rules = with_products(order)
        self.totals = {like(term): term.coefficient for term in derivation.result}

    def split(self, term: Term, assumptions: Assumptions, done: frozenset[Asked]) -> tuple[Application, Asked] | None:
        """The first of like terms as all of them less the others, which cancel."""
        total = self.totals.pop(like(term), term.coefficient)
        if total == term.coefficient:
            return None
        whole = Term(total, term.factors, term.bound)
        if apply_first(whole, self.rules, assumptions) is None:
            return None
        rest = Term(term.coefficient - total, term.factors, term.bound)
        return Application(RuleName.SPLIT_COEFFICIENT, (), (whole, rest)), None


def _conditions(term: Term, parts: dict[Like, Polynomial], assumptions: Assumptions) -> Iterator[Application]:
    """g [e >= 0] = g - g [-e - 1 >= 0]; g has the ranges of both parts, if they follow in this one.

    A name that only ranges have may be another end's distance in the other part: then any of them may be the condition.
    """
    loose = names_in_ranges(term)
    others = [Term(value, *key) for key, value in parts.items() if value == term.coefficient and key != like(term)]
    for other in others:
        if entries_of(other) == entries_of(term):
            ranges = {factor.expression for factor in other.factors if isinstance(factor, Range)}
            for factor in term.factors:
                if isinstance(factor, Range) and (opposite := -factor.expression - 1) in ranges:
                    more = sorted(ranges - {opposite} - {f.expression for f in term.factors if isinstance(f, Range)})
                    if (with_more := with_implied(term, more, assumptions)) is not None:
                        whole = with_more[-1].result[0] if with_more else term
                        yield at_condition(whole, factor, with_more)
    if loose and any(entries_of(other) == entries_of(term) for other in others):
        for factor in term.factors:
            if isinstance(factor, Range) and not loose.isdisjoint(factor.expression.names):
                yield at_condition(term, factor)


def at_condition(term: Term, condition: Range, first: tuple[Application, ...] = ()) -> Application:
    """g [e >= 0] = g - g [-e - 1 >= 0]."""
    opposite = replaced(term, condition, Range(-condition.expression - 1))
    less = Term(-opposite.coefficient, opposite.factors, opposite.bound)
    result = (replaced(term, condition), less)
    return Application(RuleName.JOIN, (condition,), result, (), (condition.expression,), first)


def _residues(term: Term, assumptions: Assumptions) -> Iterator[Application]:
    """sum_q g(S q) as the sum of all g(v) less those of the other residues by S."""
    for name in term.bound:
        size = _stride(term, name)
        if 1 < size <= LARGEST_STRIDE:
            for above in range(size):
                if (steps := _multiplied(term, name, size, above, assumptions)) is not None:
                    yield of_residues(steps[-1].result[0] if steps else term, name, size, assumptions, steps)


def _stride(term: Term, name: str) -> int:
    """What divides the name's coefficients in all entries and brackets; if it is in none, in ranges."""
    indices = [p for f in term.factors if not isinstance(f, Range) for p in f.polynomials if name in p.names]
    bounds = [f.expression for f in term.factors if isinstance(f, Range) and name in f.expression.names]
    held = indices or [one for one in bounds if not one.unit(name)]
    numbers = [c for one in held for monomial, c in one.terms if name in monomial]
    if any(one.degree({name}) > 1 for one in held) or not all(isinstance(c, int) for c in numbers):
        return 1
    return gcd(*map(int, numbers))


def _multiplied(
    term: Term, name: str, size: int, above: int, assumptions: Assumptions
) -> tuple[Application, ...] | None:
    """The steps after which S divides the name's coefficients in all ranges; upper bounds are raised by a number."""
    steps: list[Application] = []
    for factor in term.factors:
        if isinstance(factor, Range) and name in factor.expression.names:
            numbers = [c for monomial, c in factor.expression.terms if name in monomial]
            if not all(isinstance(c, int) for c in numbers) or factor.expression.degree({name}) > 1:
                return None
            times = size // gcd(size, *map(int, numbers))
            if times > 1:
                number, rest = Polynomial.constant(times), _rest(factor.expression, times, name, above, assumptions)
                changed = replaced(term, factor, Range(number * factor.expression + rest))
                digits = (number, factor.expression, rest)
                steps.append(Application(RuleName.MULTIPLY_RANGE, (factor,), (changed,), (), digits))
                term = changed
    if above and not any(step.digits[2] for step in steps):
        return None  # the same as with 0
    return tuple(steps)


def _rest(expression: Polynomial, times: int, name: str, above: int, assumptions: Assumptions) -> Polynomial:
    """What is added to S e, from 0 to S - 1: of a floor by S its rest, to an upper bound a number."""
    for other, one in reversed(assumptions.defined):
        sign = expression.unit(other)
        if sign and isinstance(one, Floor) and not one.exact and one.denominator.value == times:
            rest = one.numerator - one.denominator * (Polynomial.name(other) - one.offset)
            return rest if sign == 1 else one.denominator - 1 - rest
    falls = expression.coefficient(name).terms[-1][1] < 0
    return ZERO + (min(above, times - 1) if falls else 0)


def of_residues(
    term: Term, name: str, size: int, assumptions: Assumptions, first: tuple[Application, ...] = ()
) -> Application:
    """sum_q g(S q) = sum_v g(v) - sum_{0 < r < S} sum_q g(S q + r)."""
    new = term.new_name("u", assumptions.names)
    bound = (*(other for other in term.bound if other != name), new)
    whole = _whole(term.substitute({name: Polynomial.name(new) * Fraction(1, size)}, bound))
    step = Polynomial.name(name) * size
    others = (whole.substitute({new: step + rest}, term.bound) for rest in range(1, size))
    less = (Term(-other.coefficient, other.factors, other.bound) for other in others)
    digits = (Polynomial.constant(size), Polynomial.name(name))
    return Application(RuleName.JOIN_RESIDUES, (new,), (whole, *less), (), digits, first)


def _whole(term: Term) -> Term:
    """The same with whole numbers as such."""

    def of(polynomial: Polynomial) -> Polynomial:
        return Polynomial([(m, int(c) if c == int(c) else c) for m, c in polynomial.terms])

    factors = [
        Access(f.tensor, tuple(map(of, f.indices))) if isinstance(f, Access)
        else Delta.equal(of(f.expression), ZERO) if isinstance(f, Delta) else Range(of(f.expression))
        for f in term.factors
    ]  # fmt: skip
    return Term.make(of(term.coefficient), factors, term.bound)
