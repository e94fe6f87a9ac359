"""Sums over a range of what ranges and the coefficient alone have: counting, and sums of powers.

A name that no entry and no bracket has is held by ranges, and the sum over it is a polynomial in their ends. They must
be one lower and one upper bound; if there are more, the sum is split at the places where they meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import comb, lcm

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Range, Term
from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.algebra.products import Product
from symconv.algebra.rules import Application, RuleName, known_facts, replaced

HIGHEST_POWER = 6
"""Powers up to 6 are added up."""

Held = tuple[str, tuple[Range, ...], tuple[Range, ...], Term]
"""A bound name, its lower and its upper bounds, and the term without them and without the sum."""


def count(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_v [v - a >= 0] [b - v >= 0] = (b - a + 1) [b - a + 1 >= 0], a and b free of v."""
    for name, low, high, rest in _between_two(term):
        if name not in rest.coefficient.names:
            length = low.expression + high.expression + 1
            result, products = _if_not_empty(
                Term(rest.coefficient * length, rest.factors, rest.bound), length, assumptions
            )
            return Application(RuleName.COUNT, (low, high, name), (result,), products)
    return None


def telescope(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_v c(v) [v - a >= 0] [b - v >= 0] = (F(b + 1) - F(a)) [b - a + 1 >= 0] where F(v + 1) - F(v) = c(v)."""
    for name, low, high, rest in _between_two(term):
        if name in rest.coefficient.names and (total := antidifference(rest.coefficient, name)) is not None:
            first, last = -low.expression.without(name), high.expression.without(name)
            value = total.substitute({name: last + 1}) - total.substitute({name: first})
            scale = lcm(*(Fraction(c).denominator for _, c in total.terms))
            length = low.expression + high.expression + 1
            result, products = _if_not_empty(Term(value, rest.factors, rest.bound), length, assumptions)
            digits = (total * scale, Polynomial.constant(scale))
            return Application(RuleName.TELESCOPE, (low, high, name), (result,), products, digits)
    return None


def _if_not_empty(term: Term, length: Polynomial, assumptions: Assumptions) -> tuple[Term, tuple[Product, ...]]:
    """The term where the length is not negative, with the products that show that it never is."""
    products = assumptions.products_for(length, known_facts(term))
    if products is not None:
        return Term.make(term.coefficient, term.factors, term.bound), products
    return Term.make(term.coefficient, (*term.factors, Range(length)), term.bound), ()


def antidifference(coefficient: Polynomial, name: str) -> Polynomial | None:
    """F with F(v + 1) - F(v) = c(v); None if the power of v is too high.

    >>> antidifference(Polynomial.name("v"), "v")
    -1/2*v + 1/2*v*v
    """
    parts: dict[int, Polynomial] = {}
    for monomial, number in coefficient.terms:
        power = monomial.count(name)
        rest = Polynomial([(tuple(n for n in monomial if n != name), number)])
        parts[power] = parts.get(power, ZERO) + rest
    if max(parts) > HIGHEST_POWER:
        return None
    return sum((part * _sum_of_powers(power, name) for power, part in parts.items()), ZERO)


def _sum_of_powers(power: int, name: str) -> Polynomial:
    """sum_{u < v} u^k: v^(k + 1) is the sum of all (u + 1)^(k + 1) - u^(k + 1) below, which are lower powers."""
    lower = sum((_sum_of_powers(i, name) * comb(power + 1, i) for i in range(power)), ZERO)
    return (Polynomial([((name,) * (power + 1), 1)]) - lower) * Fraction(1, power + 1)


def where_bounds_meet(term: Term) -> Iterator[Polynomial]:
    """Conditions that say which of several bounds of a counted name is the closest one."""
    for _, lows, highs, _ in _held_by_ranges(term):
        for bounds in (lows, highs):
            yield from ((one.expression - other.expression) for one, other in combinations(bounds, 2))


def where_multiples_meet(term: Term, assumptions: Assumptions) -> Iterator[Polynomial]:
    """The same for bounds of multiples: of S v + a >= 0 and T v + b >= 0 it is T a - S b >= 0.

    Where it holds, the first follows from the second.
    """
    for name in sorted(names_in_ranges(term)):
        bounds = [one.expression for one in term.factors if isinstance(one, Range) and name in one.expression.names]
        multiples = [one for one in bounds if not one.unit(name)]
        is_counted = all(one.degree({name}) == 1 for one in bounds)
        if is_counted and all(one.without(name).names.isdisjoint(term.bound) for one in multiples):
            for one, other in combinations(bounds, 2):
                first, second = one.coefficient(name), other.coefficient(name)
                sign = next((s for s in (1, -1) if all(assumptions.is_positive(c * s) for c in (first, second))), 0)
                if sign:
                    yield (second * one.without(name) - first * other.without(name)) * sign


def names_in_ranges(term: Term) -> frozenset[str]:
    """Bound names that no entry and no bracket has."""
    others = (f for f in term.factors if not isinstance(f, Range))
    return frozenset(term.bound).difference(*(one.names for factor in others for one in factor.polynomials))


def _between_two(term: Term) -> Iterator[tuple[str, Range, Range, Term]]:
    """A bound name with one lower and one upper bound."""
    for name, lows, highs, rest in _held_by_ranges(term):
        if len(lows) == len(highs) == 1:
            yield name, lows[0], highs[0], rest


def _held_by_ranges(term: Term) -> Iterator[Held]:
    """Bound names that are in the coefficient and in ranges alone, there as v - a >= 0 or b - v >= 0."""
    for name in term.bound:
        held = [factor for factor in term.factors if any(name in one.names for one in factor.polynomials)]
        if all(isinstance(factor, Range) and factor.expression.unit(name) for factor in held):
            rest = term
            for factor in held:
                rest = replaced(rest, factor)
            rest = Term(rest.coefficient, rest.factors, tuple(b for b in term.bound if b != name))
            lows, highs = (
                tuple(f for f in held if isinstance(f, Range) and f.expression.unit(name) == sign) for sign in (1, -1)
            )
            yield name, lows, highs, rest
