"""Rules about a number and its digits: e = S a + b with 0 <= b < S has one solution (a, b).

They cost more than the rules of ``rules.py``, and apply where indices are flattened, divided or interleaved: a reshape,
a stride, a floor. Conditions are shown with products of facts (``products.py``). They are tried only where the plain
rules have not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations

from symconv.algebra.assumptions import Assumptions, Floor
from symconv.algebra.counting import count, names_in_ranges, telescope
from symconv.algebra.floors import (
    combine_brackets,
    divisors,
    like_floors,
    multiply_range,
    quotients_with_a_name,
    settle_floor,
)
from symconv.algebra.forms import Access, Delta, Factor, Range, Term
from symconv.algebra.polynomial import ONE, ZERO, Coefficient, Monomial, Polynomial, without_names
from symconv.algebra.products import Product
from symconv.algebra.rules import (
    Application,
    Rule,
    RuleName,
    drop_range_by_products,
    empty_by_products,
    known_facts,
    replaced,
    sift,
    simplifying,
    solvable_names,
)

Split = tuple[Polynomial, Polynomial, Polynomial]
"""S, a, b of an expression S a + b."""


def with_products(order: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The plain rules, and those that multiply facts or take numbers apart; in the order in which they are tried."""
    evaluate, *plain, rewrite = simplifying(order, sift)
    first = (evaluate, join_digits, empty_by_products, one_element, drop_implied_bracket, split_bracket)
    more = (multiply_range, divide_range, drop_range_by_products, range_at_its_edge, one_quotient, count, telescope)
    return (
        *first,
        *plain,
        *more,
        rewrite,
        adds_up_to_one,
        combine_brackets,
        rewrite_multiples,
        divisors,
        settle_floor,
        only_value,
        index_at_its_edge,
    )


def with_ranges(order: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The plain rules, and products of facts for ranges alone: indices stay whole, so that it costs little."""
    *plain, rewrite = simplifying(order)
    return (*plain, divide_range, drop_range_by_products, rewrite)


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


def index_at_its_edge(term: Term, assumptions: Assumptions) -> Application | None:
    """T[.., e, ..] g = [e = n - 1] T[.., n - 1, ..] g on an axis of n elements if e >= n - 1 wherever that is not 0.

    Only for an index that has no bound name, of which ranges and brackets say enough; and the same with 0 for n - 1.
    """
    facts = known_facts(term)
    for factor in term.factors:
        if isinstance(factor, Access):
            for at, (index, size) in enumerate(zip(factor.indices, factor.tensor.shape or ())):
                is_pinned = index.value is None and index != size - 1 and _is_pinned(size, term)
                if (index.names.isdisjoint(assumptions.definitions) and not is_pinned) or not index.names.isdisjoint(
                    term.bound
                ):
                    continue
                for edge, wanted in ((size - 1, index - size + 1), (ZERO, -index)):
                    if wanted and (products := assumptions.products_for(wanted, facts)) is not None:
                        there = Access(factor.tensor, (*factor.indices[:at], edge, *factor.indices[at + 1 :]))
                        result = replaced(term, factor, there, Delta.equal(index, edge))
                        return Application(RuleName.INDEX_AT_ITS_EDGE, (factor,), (result,), products, (index, edge))
    return None


def _is_pinned(size: Polynomial, term: Term) -> bool:
    """Whether a bracket is about the names of a size alone."""
    brackets = (factor.expression.names for factor in term.factors if isinstance(factor, Delta))
    return any(names and names <= size.names for names in brackets)


def adds_up_to_one(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_c p[.., c] = [0 <= e] [e < size] for every other index e: the entries of a softmax add up to 1."""
    for factor in term.factors:
        if isinstance(factor, Access) and factor.tensor.applied is not None and factor.tensor.shape is not None:
            axes = factor.tensor.applied.adds_up_to_one
            names = [factor.indices[axis].single_name or "" for axis in axes]
            others = [place for place in range(len(factor.indices)) if place not in axes]
            boxes = [(factor.indices[place], factor.tensor.shape[place]) for place in others]
            inside = [Range(one) for index, size in boxes for one in (index, size - 1 - index)]
            rest = replaced(term, factor, *inside)
            rest = Term(rest.coefficient, rest.factors, tuple(name for name in term.bound if name not in names))
            is_alone = len(set(names)) == len(axes) and set(names) <= set(term.bound) and rest.names.isdisjoint(names)
            if axes and is_alone and all(assumptions.is_positive(factor.tensor.shape[axis]) for axis in axes):
                return Application(RuleName.ADDS_UP_TO_ONE, (factor, *names), (rest,))
    return None


def rewrite_multiples(term: Term, assumptions: Assumptions) -> Application | None:
    """q f(n + 2 q) [2 q = m] = m/2 f(n + m) [2 q = m]: multiples of what is 0 are taken out, with one product of names.

    The bracket is one that no free index can be solved for. The product of names has a summed name if it can, else
    a floor or maximum, and else it is the last in order.
    """
    for factor in term.factors:
        if (
            isinstance(factor, Delta)
            and factor.expression.variable_terms
            and not solvable_names(factor, term, assumptions)
        ):
            chosen = max(
                factor.expression.variable_terms,
                key=lambda pair: (
                    pair[1] in (1, -1) and set(pair[0]).isdisjoint(term.bound),
                    not set(pair[0]).isdisjoint(term.bound),
                    not assumptions.definitions.keys().isdisjoint(pair[0]),
                    pair,
                ),
            )
            others = (_reduced(one, factor.expression, *chosen) for one in replaced(term, factor).factors)
            coefficient = _without_multiples(term.coefficient, factor.expression, *chosen, fractions=True)
            result = Term.make(coefficient, (*others, factor), term.bound)
            if result != term and _degree(result) <= _degree(term):
                return Application(RuleName.REWRITE_UNDER_BRACKET, (factor,), (result,))
    return None


def _degree(term: Term) -> int:
    """How many names its longest product has; if that grew, two brackets could rewrite each other without end."""
    polynomials = (term.coefficient, *(one for factor in term.factors for one in factor.polynomials))
    return max((len(monomial) for one in polynomials for monomial, _ in one.terms), default=0)


def _reduced(factor: Factor, zero: Polynomial, monomial: Monomial, number: Coefficient) -> Factor:
    if isinstance(factor, Access):
        return Access(factor.tensor, tuple(_without_multiples(one, zero, monomial, number) for one in factor.indices))
    expression = _without_multiples(factor.expression, zero, monomial, number)
    return Delta.equal(expression, ZERO) if isinstance(factor, Delta) else Range(expression)


def _without_multiples(
    polynomial: Polynomial, zero: Polynomial, monomial: Monomial, number: Coefficient, fractions: bool = False
) -> Polynomial:
    """With multiples of what is 0 subtracted, one for each term that has the product of names as a factor."""
    multiple: list[tuple[Monomial, Coefficient]] = []
    for names, coefficient in polynomial.terms:
        times = Fraction(coefficient) / number
        if (left := without_names(names, monomial)) is not None and (fractions or times.denominator == 1):
            multiple.append((left, int(times) if times.denominator == 1 else times))
    if not multiple:
        return polynomial
    rest = polynomial - zero * Polynomial(multiple)
    return Polynomial([(names, int(c) if c == int(c) else c) for names, c in rest.terms])


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
    """sum_v g(v) = g(c) if v = c wherever g(v) is not 0; and g(v) = g(c) if v = c is assumed of a free name."""
    for name, value in _values(term, assumptions):
        facts = known_facts(term) if name in term.bound else ()
        difference = Polynomial.name(name) - value
        below = assumptions.products_for(-difference, facts)
        above = None if below is None else assumptions.products_for(difference, facts)
        if below is not None and above is not None:
            bound = (other for other in term.bound if other != name)
            products = tuple(dict.fromkeys((*below, *above)))
            result = term.substitute({name: value}, bound)
            return Application(RuleName.ONLY_VALUE, (name,), (result,), products, (value,))
    return None


def _values(term: Term, assumptions: Assumptions) -> Iterator[tuple[str, Polynomial]]:
    """Names and what they may be: an index is 0, and a floor is the whole part of its quotient or one off."""
    sizes = assumptions.bounds.keys() | assumptions.definitions.keys()
    yield from ((name, ZERO) for name in sorted(term.names - sizes))
    for index in _of_pinned_axes(term):
        yield from ((name, index.without(name) * -index.unit(name)) for name in term.bound if index.unit(name))
    for name in term.bound if assumptions.defined else ():
        yield from ((name, value) for value in dict.fromkeys(quotients_with_a_name(name, term, assumptions)))
    for name, floor in assumptions.defined:
        if isinstance(floor, Floor) and not floor.exact and name in term.names:
            whole, rest = floor.numerator.divided_by_term(floor.denominator)
            yield from ((name, whole + floor.offset + more) for more in (0, -1, 1) if rest)
            yield from ((name, other) for other in like_floors(name, assumptions))


def _of_pinned_axes(term: Term) -> Iterator[Polynomial]:
    """Indices on axes of which a bracket says how long they are: on one of one element they are 0."""
    for factor in term.factors:
        if isinstance(factor, Access):
            yield from (i for i, size in zip(factor.indices, factor.tensor.shape or ()) if _is_pinned(size, term))


def split_bracket(term: Term, assumptions: Assumptions) -> Application | None:
    """[S a + b = 0] = [a = 0] [b = 0] if -S < b < S: a multiple of S that is less than S away from 0 is 0."""
    for factor in term.factors:
        if isinstance(factor, Delta):
            rest = replaced(term, factor)
            for size, a, b in _splits(factor.expression, term, assumptions):
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
            for size, a, b in _divisions(factor.expression, term, assumptions):
                if a == factor.expression:
                    continue
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
        if (found := _quotient(term, name, assumptions)) is not None:
            low, high, size, e, result = found
            return Application(RuleName.ONE_QUOTIENT, (low, high, name), (result,), (), (size, e))
    return None


def _quotient(
    term: Term, name: str, assumptions: Assumptions
) -> tuple[Range, Range, Polynomial, Polynomial, Term] | None:
    """The ranges that make the name a quotient, S, e, and the term without the sum over it."""
    held = [factor for factor in term.factors if any(name in one.names for one in factor.polynomials)]
    if name in term.coefficient.names or not all(isinstance(factor, Range) for factor in held):
        return None
    ranges = [factor for factor in held if isinstance(factor, Range)]
    for low, high in permutations(ranges, 2):
        size, e = -low.expression.coefficient(name), low.expression.without(name)
        if low.expression + high.expression != size - 1 or name in size.names:
            continue
        others = [factor.expression for factor in ranges if factor not in (low, high)]
        if all(map(_unit_of(name), others)) and assumptions.is_positive(size):
            rest = term
            for factor in held:
                rest = replaced(rest, factor)
            new = [Range(_of_quotient(other, name, size, e)) for other in others]
            bound = tuple(other for other in term.bound if other != name)
            return low, high, size, e, Term.make(rest.coefficient, (*rest.factors, *new), bound)
    return None


def _unit_of(name: str) -> Callable[[Polynomial], int]:
    return lambda polynomial: polynomial.unit(name)


def _of_quotient(condition: Polynomial, name: str, size: Polynomial, e: Polynomial) -> Polynomial:
    """The condition v - a or b - v (>= 0) on v = floor(e / S), of e."""
    rest = condition.without(name)
    return e + size * rest if condition.unit(name) == 1 else size * rest + size - 1 - e


def join_digits(term: Term, assumptions: Assumptions) -> Application | None:
    """sum_{q, r} [r >= 0] [S - 1 - r >= 0] g(S q + r) = sum_u g(u), S >= 1: every u has one quotient and one rest.

    Conditions v >= a and v <= b on q alone become conditions on u, as in ``one_quotient``.
    """
    for high in term.factors:
        if not isinstance(high, Range):
            continue
        for rest in term.bound:
            size = high.expression.without(rest) + 1
            if high.expression.unit(rest) != -1 or Range(Polynomial.name(rest)) not in term.factors or size.value == 1:
                continue
            if not size.names.isdisjoint(term.bound) or not assumptions.is_positive(size):
                continue
            new = term.new_name("u", assumptions.names)
            for name in term.bound:
                if name != rest:
                    moved = term.substitute(
                        {rest: Polynomial.name(new) - size * Polynomial.name(name)},
                        (new if other == rest else other for other in term.bound),
                    )
                    if (found := _quotient(moved, name, assumptions)) is not None and found[2] == size:
                        digits = (size, *map(Polynomial.name, (name, rest, new)))
                        return Application(RuleName.JOIN_DIGITS, (high, name, rest), (found[-1],), (), digits)
    return None


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


def _splits(expression: Polynomial, term: Term, assumptions: Assumptions) -> Iterator[Split]:
    """Ways to write an expression as S a + b, the products of most names first, a not a number.

    Of e - S (u + v) it is floor(e / S) - u - v and the rest, if that floor has a name.
    """
    for size in _radices(expression, term, assumptions):
        a, b = expression.divided_by_term(size)
        if a and a.value is None and (b or len(size.terms) > 1):
            yield size, a, b
            if b.value is None:
                yield from ((size, a + more, b - size * more) for more in (1, -1))
    for name, floor in assumptions.defined:
        if isinstance(floor, Floor) and not floor.exact and floor.denominator.value is not None:
            rest = floor.numerator - floor.denominator * (Polynomial.name(name) - floor.offset)
            for b in (rest, -rest):
                a, over = (expression - b).divided_by_term(floor.denominator)
                if not over and len(a.names.intersection(term.bound)) > 1:
                    yield floor.denominator, a, b


def _divisions(expression: Polynomial, term: Term, assumptions: Assumptions) -> Iterator[Split]:
    """Ways to write what is not negative as S a + b; if a floor has the name q, n - D c as D (q - c) and a rest."""
    for size in _radices(expression, term, assumptions):
        a, b = expression.divided_by_term(size)
        if a and a.value is None:
            yield from ((size, a + more, b - size * more) for more in (0, -1, 1))
    for below, b in _rests(expression, term, assumptions):
        a, over = (expression - b).divided_by_term(below)
        if over.names <= below.names and expression != a:
            shifts = (0, 1, -1) if over else (0,)
            yield from ((below, a + more, b + over - below * more) for more in shifts)


def _rests(expression: Polynomial, term: Term, assumptions: Assumptions) -> Iterator[tuple[Polynomial, Polynomial]]:
    """D and what may be from 0 to D - 1: the rests of floors that have a name, and of summed names that are quotients.

    Of floors by numbers only for names that are counted, and for D q; others are multiplied out (``floors.py``).
    """
    counted = not expression.names.isdisjoint(names_in_ranges(term))
    for name, floor in assumptions.defined:
        if (
            isinstance(floor, Floor)
            and not floor.exact
            and (counted or floor.denominator.value is None or _has_multiple(expression, name, floor.denominator))
        ):
            rest = floor.numerator - floor.denominator * (Polynomial.name(name) - floor.offset)
            yield from ((floor.denominator, b) for b in (rest, floor.denominator - 1 - rest))
    for factor in term.factors:
        if isinstance(factor, Range) and factor.expression != expression:
            for name in term.bound:
                size = factor.expression.coefficient(name)
                if size.value not in (-1, 0, 1) and name not in expression.names:
                    yield size if size.terms[-1][1] > 0 else -size, factor.expression


def _has_multiple(expression: Polynomial, name: str, size: Polynomial) -> bool:
    """Whether the floor's name goes away with its rest."""
    return name in expression.names and expression.coefficient(name) in (size, -size)


def _radices(expression: Polynomial, term: Term, assumptions: Assumptions) -> list[Polynomial]:
    """Sums that are coefficients, products of names that are at least 1, and numbers above 1; largest first."""
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
    coefficients = {expression.coefficient(name) for name in term.bound if name in expression.names}
    sums = sorted(one for one in coefficients if len(one.terms) > 1 and assumptions.is_positive(one))
    return [
        *sums,
        *(Polynomial(((part, 1),)) for part in by_size),
        *map(Polynomial.constant, sorted(numbers, reverse=True)),
    ]
