"""Looking for numbers at which two formulas differ.

At given sizes the two sides are compared term by term, exactly and for all values of the tensors at
once, so a difference at those sizes is never missed; the tensor values are made from the product that
differs. The smallest sizes are tried first, all of them, and then random ones from small to larger.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.budget import Budget
from symconv.algebra.concrete.compare import Disagreement
from symconv.algebra.forms import Delta, Term
from symconv.errors import FormulaError, GeometryError, InfiniteSumError, SizeLimitError
from symconv.foundations.cyclotomic import Cyclotomic
from symconv.proof.aiming import where_not_zero
from symconv.proof.equation import Equation
from symconv.proof.verdict import Witness

if TYPE_CHECKING:
    from symconv.algebra.concrete.collect import Collected

SMALLEST, MANY_NAMES, SMALLEST_OF_MANY = 150, 20, 60
FIRST, AIMED, DRAWS = 40, 100, 100
LARGEST = 6
MAX_TERMS = 200_000
SEARCHED, TERM, PRODUCTS = 240_000, 200, 3
"""How far the search goes with effort 1: the 40 smallest sizes first; then in turn other small ones, fewer of more than
20 names, of which small ones differ in too many ways, sizes at which a bracket holds, and random sizes up to 6; each
layer with at most 200,000 product terms, and all together in 240,000 steps of half a microsecond: at each size 200 for
each term of a formula, and one for three product terms."""


def find_witness(
    equation: Equation,
    most: int | None = None,
    effort: int = 1,
    terms: Sequence[Term] = (),
    budget: Budget | None = None,
) -> Witness | None:
    """Numbers that refute the equation, or None where the search finds none, at ``most`` sizes or as many as it may.

    A higher effort tries that many times as many. First come sizes at which one of the ``terms``, by which the sides
    may differ, is not zero. What the search takes is paid from the ``budget``, which may be that of several searches.

    Entries of a known function, such as relu'(z), are not any numbers: an equation with them is not refuted here.
    """
    if not equation.is_free:
        return None
    budget = budget or Budget(SEARCHED * effort)
    count = sum(len(side.terms) for side in equation.sides)
    for values in islice(sizes_to_try(equation, random.Random(0), effort, terms), most):
        if (different := _different_shape(equation, values)) is not None:
            return different
        if not budget.covers(TERM * count):
            break
        try:
            comparison = equation.compare(values, MAX_TERMS)
        except (SizeLimitError, InfiniteSumError, FormulaError, GeometryError):
            continue
        if comparison.disagreement is not None:
            return witness(equation, values, comparison.disagreement)
        if not budget.covers(comparison.made // PRODUCTS):
            break
    return None


def sizes_to_try(
    equation: Equation, generator: random.Random, effort: int = 1, terms: Sequence[Term] = ()
) -> Iterator[dict[str, int]]:
    """Values of the parameters; entries are not drawn, since all of them are compared."""
    if not equation.parameters:
        return iter([{}])
    names, assumptions = _names(equation), _of_sizes(equation)
    letters = {letter for letter, _ in equation.axes}
    aimed = where_not_zero(terms, assumptions, names, random.Random(0))
    tries = (SMALLEST if len(names) <= MANY_NAMES else SMALLEST_OF_MANY) * effort
    smallest = assumptions.smallest(names, tries)
    return chain(
        ({name: value for name, value in values.items() if name not in letters} for values in aimed),
        islice(smallest, FIRST),
        _in_turn(
            smallest,
            _aimed(equation, assumptions, names, generator, AIMED * effort),
            assumptions.draws(names, generator, DRAWS * effort, LARGEST),
        ),
    )


def _in_turn(*several: Iterator[dict[str, int]]) -> Iterator[dict[str, int]]:
    """One of each, again and again, until none has more."""
    waiting = deque(several)
    while waiting:
        one = waiting.popleft()
        for values in one:
            yield values
            waiting.append(one)
            break


def _names(equation: Equation) -> list[str]:
    """The parameters, with everything else that is a size, so that a witness is a whole layer."""
    return sorted(equation.parameters | equation.assumptions.bounds.keys() | equation.cancelled)


def _of_sizes(equation: Equation) -> Assumptions:
    """What is assumed without what is about an entry's index, since all entries are compared."""
    letters = {letter for letter, _ in equation.axes}
    facts = tuple(fact for fact in equation.assumptions.facts if not fact.names & letters)
    return replace(equation.assumptions, facts=facts)


def _aimed(
    equation: Equation, assumptions: Assumptions, names: Sequence[str], generator: random.Random, count: int
) -> Iterator[dict[str, int]]:
    """Values at which a bracket of a term holds for some values of the summed names, and is 0 at most others."""
    aims = [
        (term, factor.expression, name)
        for side in equation.sides for term in side for factor in term.factors if isinstance(factor, Delta)
        for name in names if factor.expression.unit(name) and name not in assumptions.definitions
    ]  # fmt: skip
    fixed = assumptions.bounds.keys() | assumptions.definitions.keys()
    for _ in range(count if aims else 0):
        term, expression, name = generator.choice(aims)
        values = assumptions.draw(names, generator, 3)
        if values is None:
            return
        values |= {other: generator.choice((0, 0, 1, 2)) for other in names if other not in fixed}
        drawn = {other: generator.choice((0, 0, 1)) for other in sorted(expression.names - values.keys())}
        everywhere = {**values, **drawn, **{bound: generator.choice((0, 0, 1)) for bound in term.bound}}
        values[name] = int(expression.without(name).evaluate(everywhere)) * -expression.unit(name)
        if values[name] >= assumptions.bounds.get(name, values[name]) and assumptions.holds(values):
            yield values


def _different_shape(equation: Equation, values: Mapping[str, int]) -> Witness | None:
    """The witness where a shape differs at these sizes."""
    for pair in equation.shapes:
        left, right = (int(size.evaluate(values)) for size in (pair.left, pair.right))
        if left != right:
            one, other = (f"an axis of size {size} in {pair.name}" for size in (left, right))
            return Witness(dict(values), {}, {}, one, other)
    return None


def witness(equation: Equation, values: Mapping[str, int], found: Disagreement) -> Witness:
    """Tensor values made from the product that differs, with what both sides give there."""
    difference = found.difference
    index = {letter: at for (letter, _), at in zip(equation.axes, difference.entry)}
    values = {**values, **{name: 0 for name in sorted(equation.cancelled) if name not in values}}
    places = list(dict.fromkeys(difference.monomial))
    generator = random.Random(0)
    scattered = (tuple(generator.randint(-(10**6), 10**6) for _ in places) for _ in range(1000))
    terms = [_terms(side, difference.flat) for side in (found.left, found.right)]
    for numbers in chain([(1,) * len(places)], product(range(1, 8), repeat=min(len(places), 4)), scattered):
        if len(numbers) != len(places):
            continue
        entries = dict(zip(places, numbers))
        sides = [_value(side, entries) for side in terms]
        if sides[0] != sides[1]:
            return Witness(dict(values), index, entries, *sides)
    raise AssertionError("two polynomials with different coefficients agree at every point tried")


def _terms(side: Collected, entry: int) -> list[tuple[list[tuple[str, tuple[int, ...]]], Any]]:
    """The product terms of one entry: the places that each reads, and its coefficient."""
    return [
        ([(name, side.boxes.index(name, flat)) for name, flat in zip(names, flats)], coefficient)
        for _, names, flats, coefficient in side.terms_of(entry)
    ]


def _value(
    terms: Iterable[tuple[Sequence[tuple[str, tuple[int, ...]]], Any]],
    entries: Mapping[tuple[str, tuple[int, ...]], int],
) -> Any:
    """The value of one entry where only the given tensor entries are not zero."""
    total = sum(coefficient * prod(entries.get(place, 0) for place in places) for places, coefficient in terms)
    return total if isinstance(total, Cyclotomic) or total != int(total) else int(total)
