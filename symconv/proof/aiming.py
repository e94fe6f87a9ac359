"""Numbers at which a term of a normal form is not zero: two forms that differ by it differ there, if anywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Delta, Term
from symconv.algebra.normal_form import Derivation
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.reindexing import term_key
from symconv.algebra.rules import known_facts, replaced

MOST_TERMS, OF_A_TERM, MOST_FAILURES, LARGEST = 8, 6, 8, 3
"""Six values are drawn for each of up to eight terms, until eight were not found."""


def differing(derivations: Sequence[Derivation]) -> list[Term]:
    """Terms that not all normal forms have, the shortest first."""
    results: list[frozenset[Term]] = [frozenset(one.result) for one in derivations]
    terms = frozenset[Term]().union(*results) - (results[0].intersection(*results) if results else frozenset())
    return sorted(terms, key=lambda term: (len(term.bound), len(term.factors), term_key(term)))[:MOST_TERMS]


def where_not_zero(
    terms: Sequence[Term], assumptions: Assumptions, names: Sequence[str], generator: random.Random
) -> Iterator[dict[str, int]]:
    """Values of the names, such that no factor of one of the terms is 0 for some values of its bound names.

    All together only a few draws may fail, since looking for what is not there takes long.
    """
    failures = 0
    for term, _ in product(terms, range(OF_A_TERM)):
        if failures < MOST_FAILURES:
            values = _drawn(term, assumptions, names, generator)
            failures += values is None
            if values is not None:
                yield values


def _drawn(
    term: Term, assumptions: Assumptions, names: Sequence[str], generator: random.Random
) -> dict[str, int] | None:
    """Brackets are solved for a name if they can; their names, and those of ranges, are drawn as if all were free."""
    solved: list[tuple[str, Polynomial]] = []
    bound, known = frozenset(term.bound), assumptions
    while (found := _solution(term, known)) is not None:
        bracket, name, value = found
        solved.append((name, value))
        known = _without(name, value, known)
        term = replaced(term, bracket).substitute({name: value}, (other for other in term.bound if other != name))
    gone = {name for name, _ in solved}
    free = replace(known, facts=tuple(dict.fromkeys((*known.facts, *known_facts(term)))))
    wanted = gone.union(names, *(value.names for _, value in solved)) - gone
    values = free.draw(wanted | term.names, generator, LARGEST)
    if values is None:
        return None
    for name, value in reversed(solved):
        values[name] = int(value.evaluate(values))
    values = {name: value for name, value in values.items() if name not in bound}
    return values if assumptions.holds(values) else None


def _without(name: str, value: Polynomial, known: Assumptions) -> Assumptions:
    """What is assumed, with the value of a name in its place."""
    values = {name: value}
    facts = [fact.substitute(values) for fact in known.facts]
    if name in known.bounds:
        facts.append(value - known.bounds[name])
    lower = tuple((other, least) for other, least in known.lower if other != name)
    defined = tuple((other, what.substitute(values)) for other, what in known.defined)
    return replace(known, lower=lower, facts=tuple(facts), defined=defined)


def _solution(term: Term, known: Assumptions) -> tuple[Delta, str, Polynomial] | None:
    """A bracket, and a name with the value that it gives it; rather not a name that has a least value.

    What a definition is made of does not get a value with definitions in it, which might be made of it.
    """
    sizes = [size.names for factor in term.factors if isinstance(factor, Access) for size in factor.tensor.shape or ()]
    fixed = frozenset(known.definitions).union(*sizes)
    inside = frozenset[str]().union(*(one.names for one in known.definitions.values()))
    for factor in term.factors:
        if isinstance(factor, Delta):
            names = factor.expression.names
            own = names - fixed if names.isdisjoint(known.definitions) else names - fixed - inside
            units = [name for name in own if factor.expression.unit(name)]
            if units:
                name = min(units, key=lambda one: (one in known.bounds, one))
                return factor, name, factor.expression.without(name) * -factor.expression.unit(name)
    return None
