"""Floors by a number in one form: out of the ranges, and written as each other where brackets say enough.

Floors of floors, bounds by a half, and sums over residues say the same in many ways. Here ranges have no floors by
numbers, and what a bracket or a range fixes is a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import permutations
from math import ceil, floor
from typing import TypeGuard

from symconv.algebra.assumptions import Assumptions, Defined, Floor, Maximum
from symconv.algebra.counting import names_in_ranges
from symconv.algebra.forms import Delta, Range, Term
from symconv.algebra.inside_sums import greatest_of
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.products import Product
from symconv.algebra.rules import Application, RuleName, known_facts, replaced


def multiply_range(term: Term, assumptions: Assumptions) -> Application | None:
    """[F - x >= 0] = [N - D x >= 0] for F = floor(N / D) and a number D; and [x - F >= 0] = [D x + D - 1 - N >= 0].

    Not for names that are counted: their ends are floors. Nor if a bracket says that N is D F and a number: that
    writes N with F.
    """
    for factor in term.factors:
        if isinstance(factor, Range) and factor.expression.names.isdisjoint(names_in_ranges(term)):
            for name, one in reversed(assumptions.defined):
                sign = factor.expression.unit(name)
                if sign and isinstance(one, Floor) and not one.exact and one.denominator.value is not None:
                    size = one.denominator
                    rest = one.numerator - size * (Polynomial.name(name) - one.offset)
                    if _is_a_number(rest, term):
                        continue
                    b = rest if sign == 1 else size - 1 - rest
                    result = replaced(term, factor, Range(size * factor.expression + b))
                    digits = (size, factor.expression, b)
                    return Application(RuleName.MULTIPLY_RANGE, (factor,), (result,), (), digits)
    return None


def _is_a_number(rest: Polynomial, term: Term) -> bool:
    """Whether a bracket says that it is one number."""
    brackets = (factor.expression for factor in term.factors if isinstance(factor, Delta))
    return any((rest - zero).value is not None or (rest + zero).value is not None for zero in brackets)


def settle_floor(term: Term, assumptions: Assumptions) -> Application | None:
    """floor(N / D) under [N = D q + r] is q + floor(r / D): the one case that a bracket leaves, for a number D."""
    settled = _settled_by_brackets(term, assumptions) if assumptions.defined else {}
    order = {name: at for at, (name, _) in enumerate(assumptions.defined)}
    for name in sorted(settled.keys() & term.names, key=order.__getitem__, reverse=True):
        for value in settled[name]:
            if all(order.get(other, -1) < order[name] for other in value.names):
                return cases(term, name, value, value)
    return None


def _settled_by_brackets(term: Term, assumptions: Assumptions) -> dict[str, tuple[Polynomial, ...]]:
    """What brackets say that floors by numbers are: q and a number if [N = D q + r]; and of floors of these."""
    settled: dict[str, tuple[Polynomial, ...]] = {}
    brackets = [factor.expression for factor in term.factors if isinstance(factor, Delta)]
    for name, one in assumptions.defined if brackets else ():
        if isinstance(one, Floor) and not one.exact and isinstance(one.denominator.value, int):
            numerator = one.numerator.substitute({inner: values[0] for inner, values in settled.items()})
            if found := tuple(_quotients(numerator, one, brackets)):
                settled[name] = found
    return settled


def _quotients(numerator: Polynomial, one: Floor, brackets: Sequence[Polynomial]) -> Iterator[Polynomial]:
    """What a floor is whose numerator and k times what a bracket says to be 0 are D q and a number."""
    for zero in brackets:
        for times in range(int(one.denominator.constant_term)):
            number = numerator + zero * times
            quotient = number.whole_quotient(one.denominator)
            if (number - quotient * one.denominator).value is not None:
                yield quotient + one.offset


def like_floors(name: str, assumptions: Assumptions) -> Iterator[Polynomial]:
    """Floors with a name before this one that are about as large: floor(i/6) for floor(floor(i/2)/3)."""
    about = _without_rounding(assumptions)
    for other, _ in assumptions.defined:
        if other == name:
            return
        if name in about and other in about:
            (above, below), (known, by) = about[name], about[other]
            apart, over = above * by - known * below, below * by
            difference = Fraction(apart.terms[-1][1] if apart else 0) / over.terms[-1][1]
            if apart == over * difference:
                near = Polynomial.name(other) + floor(difference)
                yield from (near, near + 1)


def _without_rounding(assumptions: Assumptions) -> dict[str, tuple[Polynomial, Polynomial]]:
    """What floors would be if none of them was rounded down: a polynomial and what it is divided by."""
    about: dict[str, tuple[Polynomial, Polynomial]] = {}
    for name, one in assumptions.defined:
        if isinstance(one, Floor) and not one.exact:
            above, below = one.numerator + one.denominator * one.offset, one.denominator
            for inner in sorted(above.names & about.keys()):
                if above.degree({inner}) == 1:
                    value, by = about[inner]
                    above = above.coefficient(inner) * value + above.without(inner) * by
                    below = below * by
            about[name] = above, below
    return about


def quotients_with_a_name(name: str, term: Term, assumptions: Assumptions) -> Iterator[Polynomial]:
    """What floor(e / S) is in the floors that have a name, for a bound name v with a condition e - S v >= 0.

    Of e + S v >= 0 it is -floor(e / S), the least v. Other floors by S come last: they may be the same.
    """
    for fact in known_facts(term):
        size, e = fact.coefficient(name), fact.without(name)
        if size.value in (-1, 0, 1) or not e.names.isdisjoint(term.bound):
            continue
        sign = 1 if size.terms[-1][1] < 0 else -1
        quotient = Floor(e, size * -sign)
        named = [(Polynomial.name(other) - one.offset, one) for other, one in assumptions.defined if _is_plain(one)]
        known = [quotient.by(one, value) for value, one in named]
        yield from (value * sign for value in known if value is not None)
        yield from (value * sign for value, one in named if one.denominator == quotient.denominator)


def _is_plain(one: Defined) -> TypeGuard[Floor]:
    return isinstance(one, Floor) and not one.exact


def combine_brackets(term: Term, assumptions: Assumptions) -> Application | None:
    """[e = 0] [f = 0] = [e = 0] [f + k e = 0] if S > 1 divides all names in f + k e: two rests by one number S."""
    brackets = [factor for factor in term.factors if isinstance(factor, Delta)]
    for one, other in permutations(brackets, 2):
        for name in term.bound:
            size = one.expression.coefficient(name).value
            if isinstance(size, int) and abs(size) > 1 and name not in other.expression.names:
                for times in range(-abs(size) + 1, abs(size)):
                    sum_of_both = other.expression + one.expression * times
                    if times and sum_of_both.variable_terms and sum_of_both.content() % size == 0:
                        new = Delta.equal(sum_of_both, Polynomial())
                        digits = (one.expression, other.expression, Polynomial.constant(times))
                        result = (replaced(term, other, new),)
                        return Application(RuleName.COMBINE_BRACKETS, (one, other), result, (), digits)
    return None


def divisors(term: Term, assumptions: Assumptions) -> Application | None:
    """[S a + c = 0] = sum_{d | c} [S = d] [d a + c = 0] for a number c other than 0, and S >= 1, which divides it."""
    for factor in term.factors:
        if isinstance(factor, Delta) and 0 < abs(int(factor.expression.constant_term)) <= LARGEST_DIVIDED:
            for name in sorted(factor.expression.names & assumptions.bounds.keys()):
                size = Polynomial.name(name)
                a, rest = factor.expression.divided_by_term(size)
                number = int(factor.expression.constant_term)
                if a.value is None and rest.value is not None and assumptions.is_positive(size):
                    found = [d for d in range(1, abs(number) + 1) if number % d == 0]
                    pairs = [(Delta.equal(size, Polynomial.constant(d)), Delta.equal(a * d, -rest)) for d in found]
                    result = tuple(replaced(term, factor, *pair) for pair in pairs)
                    return Application(RuleName.DIVISORS, (factor,), result, (), (size, a, rest))
    return None


LARGEST_DIVIDED = 36
"""Numbers up to 36 are taken apart into divisors."""


def cases(
    term: Term, name: str, first: Polynomial, last: Polynomial, products: tuple[Product, ...] = ()
) -> Application:
    """g(v) = [v = a] g(a) + .. + [v = b] g(b), if a <= v <= b wherever g(v) is not 0, and b - a is a number."""
    values = [first + more for more in range(int((last - first).constant_term) + 1)]
    parts = []
    for value in values:
        there = term.substitute({name: value})
        bracket = Delta.equal(Polynomial.name(name), value)
        parts.append(Term.make(there.coefficient, (*there.factors, bracket), term.bound))
    return Application(RuleName.CASES, (name,), tuple(parts), products, (first, last))


MOST_CASES = 8
"""A name that a term holds between numbers is replaced by up to 8 of them."""


def cases_of_a_size(term: Term, assumptions: Assumptions) -> Application | None:
    """The cases of a free name that the conditions of a term hold between two numbers."""
    facts = known_facts(term)
    for name in sorted(term.free - _settled(term)):
        lows, highs = _ends(name, (*facts, *assumptions.all_facts))
        lows += [assumptions.bounds[name]] if name in assumptions.bounds else []
        if lows and highs and 0 <= min(highs) - max(lows) < MOST_CASES:
            first, last = Polynomial.constant(max(lows)), Polynomial.constant(min(highs))
            products = assumptions.products_for(last - Polynomial.name(name), facts)
            if products is not None and (found := cases(term, name, first, last, products)).result != (term,):
                return found
    return None


def cases_of_a_maximum(term: Term, assumptions: Assumptions) -> Application | None:
    """g(m) = g(a) [a is the greatest] + .. for the last name m of a maximum that a term has."""
    for name, one in reversed(assumptions.defined):
        if isinstance(one, Maximum) and name in term.names:
            parts = [
                Term.make(there.coefficient, (*there.factors, *greatest_of(one, at)), term.bound)
                for at, greatest in enumerate(one.of)
                for there in (term.substitute({name: greatest}),)
            ]
            return Application(RuleName.GREATEST, (name,), tuple(parts))
    return None


def _ends(name: str, facts: Iterable[Polynomial]) -> tuple[list[int], list[int]]:
    """The numbers between which facts about a name alone hold it."""
    lows: list[int] = []
    highs: list[int] = []
    for fact in facts:
        if fact.names == {name} and fact.degree({name}) == 1:
            by = Fraction(fact.coefficient(name).constant_term)
            number = -fact.constant_term / by
            (lows if by > 0 else highs).append(ceil(number) if by > 0 else floor(number))
    return lows, highs


def _settled(term: Term) -> frozenset[str]:
    """Free names of which a bracket says what number they are, and that are nowhere else."""
    brackets = [f for f in term.factors if isinstance(f, Delta) and len(f.expression.names) == 1]
    return frozenset(name for f in brackets for name in f.expression.names if name not in replaced(term, f).names)
