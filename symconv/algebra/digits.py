"""Rules about a number and its digits: e = S a + b with 0 <= b < S has one solution (a, b).

They cost more than the rules of ``rules.py``, and apply where indices are flattened, divided or interleaved: a reshape,
a stride, a floor. Conditions are shown with products of facts (``products.py``). They are tried only where the plain
rules have not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.forms import Access, Delta, Range, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.algebra.products import Product
from symconv.algebra.rules import (
    Application,
    Rule,
    RuleName,
    drop_range_by_products,
    empty_by_products,
    known_facts,
    replaced,
    simplifying,
)

Split = tuple[Polynomial, Polynomial, Polynomial]
"""S, a, b of an expression S a + b."""


def with_products(order: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The plain rules, and those that multiply facts or take numbers apart; in the order in which they are tried."""
    evaluate, *plain, rewrite = simplifying(order)
    first = (evaluate, empty_by_products, one_element, drop_implied_bracket, split_bracket)
    more = (divide_range, drop_range_by_products, range_at_its_edge, one_quotient, count)
    return (*first, *plain, *more, rewrite, only_value)


def one_element(term: Term, assumptions: Assumptions) -> Application | None:
    """T[.., e, ..] = [e = 0] T[.., 0, ..] on an axis of one element: elsewhere both sides are 0."""
    for factor in term.factors:
        if isinstance(factor, Access):
            for at, (index, size) in enumerate(zip(factor.indices, factor.tensor.shape or ())):
                if size == ONE and index:
                    only = Access(factor.tensor, (*factor.indices[:at], ZERO, *factor.indices[at + 1 :]))
                    result = replaced(term, factor, only, Delta.equal(index, ZERO))
                    return Application(RuleName.ONE_ELEMENT, (factor,), (result,), (), (index,))
    return None


def range_at_its_edge(term: Term, assumptions: Assumptions) -> Application | None:
    """[e >= 0] g = [e = 0] g if e <= 0 wherever g is not 0."""
    for factor in term.factors:
        if isinstance(factor, Range):
            rest = replaced(term, factor)
            if (products := assumptions.products_for(-factor.expression, known_facts(rest))) is not None:
                result = replaced(term, factor, Delta.equal(factor.expression, ZERO))
                return Application(RuleName.RANGE_AT_ITS_EDGE, (factor,), (result,), products)
    return None


def drop_implied_bracket(term: Term, assumptions: Assumptions) -> Application | None:
    """[e = 0] g = g if e >= 0 and e <= 0 wherever g is not 0."""
    for factor in term.factors:
        if isinstance(factor, Delta):
            rest = replaced(term, factor)
            products = _all_follow((factor.expression, -factor.expression), rest, assumptions)
            if products is not None:
                return Application(RuleName.DROP_IMPLIED_BRACKET, (factor,), (rest,), products)
    return None


def only_value(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_v g(v) = g(0) if v = 0 wherever g(v) is not 0; and g(v) = g(0) if v = 0 is assumed of a free index."""
    sizes = assumptions.bounds.keys() | assumptions.definitions.keys()
    for name in sorted(term.names - sizes):
        facts = known_facts(term) if name in term.bound else ()
        below = assumptions.products_for(-Polynomial.name(name), facts)
        above = None if below is None else assumptions.products_for(Polynomial.name(name), facts)
        if below is not None and above is not None:
            bound = (other for other in term.bound if other != name)
            products = tuple(dict.fromkeys((*below, *above)))
            return Application(RuleName.ONLY_VALUE, (name,), (term.substitute({name: ZERO}, bound),), products)
    return None


def split_bracket(term: Term, assumptions: Assumptions) -> Application | None:
    """[S a + b = 0] = [a = 0] [b = 0] if -S < b < S: a multiple of S that is less than S away from 0 is 0."""
    for factor in term.factors:
        if isinstance(factor, Delta):
            rest = replaced(term, factor)
            for size, a, b in _splits(factor.expression, assumptions):
                products = _all_follow((size - 1 - b, size - 1 + b), rest, assumptions)
                if products is not None:
                    new = (Delta.equal(a, ZERO), Delta.equal(b, ZERO))
                    result = replaced(term, factor, *new)
                    return Application(RuleName.SPLIT_BRACKET, (factor,), (result,), products, (size, a, b))
    return None


def divide_range(term: Term, assumptions: Assumptions) -> Application | None:
    """[S a + b >= 0] = [a >= 0] if 0 <= b < S: for a <= -1 it is at most b - S, and that is negative."""
    for factor in term.factors:
        if isinstance(factor, Range):
            rest = replaced(term, factor)
            for size, a, b in _divisions(factor.expression, assumptions):
                products = _all_follow((b, size - 1 - b), rest, assumptions)
                if products is not None:
                    result = replaced(term, factor, Range(a))
                    return Application(RuleName.DIVIDE_RANGE, (factor,), (result,), products, (size, a, b))
    return None


def one_quotient(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_v [e - S v >= 0] [S - 1 - e + S v >= 0] = 1, e and S free of v, S >= 1: the one v is floor(e / S).

    With other conditions on v: v >= a is e - S a >= 0, and v <= b is S b + S - 1 - e >= 0.
    """
    for name in term.bound:
        held = [factor for factor in term.factors if any(name in one.names for one in factor.polynomials)]
        if name in term.coefficient.names or not all(isinstance(factor, Range) for factor in held):
            continue
        for low, high in permutations(held, 2):
            size, e = -low.expression.coefficient(name), low.expression.without(name)  # type: ignore[union-attr]
            if low.expression + high.expression != size - 1 or name in size.names:  # type: ignore[union-attr]
                continue
            others = [factor.expression for factor in held if factor not in (low, high)]  # type: ignore[union-attr]
            if all(map(_unit_of(name), others)) and assumptions.is_positive(size):
                rest = term
                for factor in held:
                    rest = replaced(rest, factor)
                new = [Range(_of_quotient(other, name, size, e)) for other in others]
                bound = tuple(other for other in term.bound if other != name)
                result = Term.make(rest.coefficient, (*rest.factors, *new), bound)
                return Application(RuleName.ONE_QUOTIENT, (low, high, name), (result,), (), (size, e))
    return None


def _unit_of(name: str) -> Callable[[Polynomial], int]:
    return lambda polynomial: polynomial.unit(name)


def _of_quotient(condition: Polynomial, name: str, size: Polynomial, e: Polynomial) -> Polynomial:
    """The condition v - a or b - v (>= 0) on v = floor(e / S), of e."""
    rest = condition.without(name)
    return e + size * rest if condition.unit(name) == 1 else size * rest + size - 1 - e


def count(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_v [v - a >= 0] [b - v >= 0] = b - a + 1 if that is not negative, a and b free of v."""
    for name, low, high, rest in _held_by_two_ranges(term):
        if low.expression.unit(name) == 1 and high.expression.unit(name) == -1:
            length = low.expression + high.expression + 1
            if (products := assumptions.products_for(length, known_facts(rest))) is not None:
                result = Term.make(rest.coefficient * length, rest.factors, rest.bound)
                return Application(RuleName.COUNT, (low, high, name), (result,), products)
    return None


def _held_by_two_ranges(term: Term) -> Iterator[tuple[str, Range, Range, Term]]:
    """A bound name that is in two ranges and nowhere else, these in both orders, and the term without all three."""
    for name in term.bound:
        held = [factor for factor in term.factors if any(name in one.names for one in factor.polynomials)]
        if len(held) == 2 and name not in term.coefficient.names:
            one, other = held
            if isinstance(one, Range) and isinstance(other, Range):
                rest = replaced(replaced(term, one), other)
                rest = Term(rest.coefficient, rest.factors, tuple(b for b in term.bound if b != name))
                yield name, one, other, rest
                yield name, other, one, rest


def _all_follow(wanted: tuple[Polynomial, ...], rest: Term, assumptions: Assumptions) -> tuple[Product, ...] | None:
    """Products with which all wanted (each >= 0) follow where the rest is not zero; None if one was not shown."""
    facts = known_facts(rest)
    shown: list[Product] = []
    for polynomial in wanted:
        products = assumptions.products_for(polynomial, facts)
        if products is None:
            return None
        shown += products
    return tuple(dict.fromkeys(shown))


def _splits(expression: Polynomial, assumptions: Assumptions) -> Iterator[Split]:
    """Ways to write an expression as S a + b, the products of most names first, a not a number."""
    for size in _radices(expression, assumptions):
        a, b = expression.divided_by_term(size)
        if a and a.value is None and b:
            yield size, a, b
            if size.value is not None and b.value is None:
                yield size, a + 1, b - size


def _divisions(expression: Polynomial, assumptions: Assumptions) -> Iterator[Split]:
    """Ways to write what is not negative as S a + b; if a floor has the name q, n - D c as D (q - c) and a rest."""
    for size in _radices(expression, assumptions):
        a, b = expression.divided_by_term(size)
        if a and a.value is None:
            yield from ((size, a + more, b - size * more) for more in (0, -1, 1))
    for name, floor in assumptions.defined:
        if isinstance(floor, Floor) and not floor.exact:
            c, over = (expression - floor.numerator).divided_by_term(floor.denominator)
            if not over and (c or floor.denominator.value != 1):
                a = Polynomial.name(name) - floor.offset + c
                yield floor.denominator, a, expression - floor.denominator * a


def _radices(expression: Polynomial, assumptions: Assumptions) -> list[Polynomial]:
    """Products of names that are at least 1, and numbers above 1, that divide some of the terms; largest first."""
    bounds = assumptions.bounds
    products = {
        part
        for monomial, _ in expression.terms
        for count in range(1, min(len(monomial), 4))
        for part in combinations(monomial, count)
        if all(bounds.get(name, 0) >= 1 for name in part)
    }
    numbers = {abs(c) for monomial, c in expression.terms if monomial and isinstance(c, int) and abs(c) > 1}
    by_size = sorted(products, key=lambda part: (-len(part), part))
    return [*(Polynomial(((part, 1),)) for part in by_size), *map(Polynomial.constant, sorted(numbers, reverse=True))]
