"""Canonical bound variables: whole indices of the accesses, else of brackets and ranges; and that a sum is finite.

Two terms that differ only in how their sums are indexed get the same indices #1, #2, .. here, unless they have more
like factors than orders are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Delta, Factor, Range, Term
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import known_facts
from symconv.errors import InfiniteSumError

MAXIMUM_ORDERS = 120
"""Ties between like factors are broken by trying every order, up to this many; past it, one is taken."""


def term_key(term: Term) -> tuple:  # type: ignore[type-arg]
    return (tuple(factor.sort_key for factor in term.factors), term.bound, term.coefficient.terms)


@dataclass(frozen=True, slots=True)
class Reindexed:
    term: Term
    changes: tuple[str, ...]
    names: tuple[tuple[str, Polynomial], ...] = ()
    inverse: tuple[tuple[str, Polynomial], ...] = ()


@dataclass(frozen=True, slots=True)
class _Pinning:
    """A choice of new variables #1, #2, .. under way: old names written in the new, names still loose."""

    values: dict[str, Polynomial]
    loose: tuple[str, ...]
    changes: tuple[str, ...] = ()
    inverse: tuple[Polynomial, ...] = ()

    def pin(self, name: str, index: Polynomial, original: Polynomial) -> _Pinning:
        """Make ``index``, with ``name`` at coefficient 1 or -1, the new variable; ``original`` is it in old names."""
        solution, changes = Polynomial.name(_new_name(len(self.values) + 1)), self.changes
        if index.single_name != name:
            solution = (solution - index.without(name)) * index.unit(name)
            changes = (*changes, repr(index))
        new = {name: solution}
        values = {old: value.substitute(new) if name in value.names else value for old, value in self.values.items()}
        values[name] = solution
        return _Pinning(values, tuple([n for n in self.loose if n != name]), changes, (*self.inverse, original))

    def in_old_names(self, index: Polynomial) -> Polynomial:
        """An index in the names that are pinned or loose, as it was before."""
        return index.substitute({_new_name(at): old for at, old in enumerate(self.inverse, 1)})

    def final_values(self) -> dict[str, Polynomial]:
        """The old names written in #1, #2, .."""
        final = {_new_name(at): Polynomial.name(f"#{at}") for at in range(1, len(self.values) + 1)}
        return {old: value.substitute(final) for old, value in self.values.items()}


def _new_name(number: int) -> str:
    """A new variable while names are pinned: the term may have a #1 of its own, from an earlier re-indexing."""
    return f"#{number}*"


def reindex(term: Term, assumptions: Assumptions, order: Sequence[str] = ()) -> Reindexed:
    """Choose canonical bound variables: whole indices of the accesses, in the order of the factors.

    Replacing v by u = v + e (or e - v) is a bijection of Z for every value of the other names, so the
    sum does not change. Where factors tie (the same tensor twice, or several names to choose from)
    every choice is tried and the least result kept.
    """
    if not term.bound:
        return Reindexed(term, ())
    best: Reindexed | None = None
    for count, pinning in enumerate(_pinnings(term, order)):
        if count == MAXIMUM_ORDERS:
            break
        inverse = tuple([(f"#{at}", old) for at, old in enumerate(pinning.inverse, 1)])
        values = pinning.final_values()
        renamed = term.substitute(values, [name for name, _ in inverse])
        candidate = Reindexed(renamed, pinning.changes, tuple(values.items()), inverse)
        if best is None or term_key(candidate.term) < term_key(best.term):
            best = candidate
    assert best is not None
    require_finite(best.term, assumptions)
    return best


def _pinnings(term: Term, preferred: Sequence[str]) -> Iterator[_Pinning]:
    """Indices of the accesses first; ranges, in every order, only for the names that these leave loose."""
    groups: dict[tuple[int, str], list[Factor]] = {}
    for factor in term.factors:
        if isinstance(factor, Access):
            name = factor.tensor.name
            place = preferred.index(name) if name in preferred else len(preferred)
            groups.setdefault((place, name), []).append(factor)
    for entries in _arrangements([group for _, group in sorted(groups.items())]):
        for pinning in _pinned(_Pinning({}, term.bound), entries):
            held = _by_quotients(pinning, entries)
            yield from _pinned_by_conditions(held, term) if held.loose else (held,)


def _turned(bracket: Delta, term: Term) -> Delta:
    """[e = 0] or [-e = 0], that in which the rest by a summed name's number is less."""
    expression = bracket.expression
    sizes = [expression.coefficient(name) for name in term.bound if name in expression.names]
    if len(sizes) != 1 or not isinstance(size := sizes[0].value, int):
        return bracket
    number: int = abs(size)

    def rest(one: Polynomial) -> Polynomial:
        return one - one.whole_quotient(Polynomial.constant(number)) * number

    return min(bracket, Delta(-expression), key=lambda one: rest(one.expression).terms[::-1])


def _pinned_by_conditions(pinning: _Pinning, term: Term) -> Iterator[_Pinning]:
    """Brackets first, so that what they say does not depend on the ranges."""
    brackets = [_turned(factor, term).expression for factor in term.factors if isinstance(factor, Delta)]
    ranges = [factor.expression for factor in term.factors if isinstance(factor, Range)]
    for by_brackets in _pinned_by_any(pinning, brackets):
        for held in _pinned_by_any(by_brackets, ranges):
            for rest in permutations(held.loose):
                complete = held
                for name in rest:
                    complete = complete.pin(name, Polynomial.name(name), Polynomial.name(name))
                yield complete


def _pinned_by_any(pinning: _Pinning, conditions: Sequence[Polynomial]) -> Iterator[_Pinning]:
    """Pin names by one condition after the other, as long as one pins any; each choice of the next is tried."""
    written = [(one, one.substitute(pinning.values)) for one in conditions] if pinning.loose else []
    choices = [(name, new, old) for old, new in written for name in pinning.loose if new.unit(name)]
    if not choices:
        quotients = (_quotient(new, pinning.loose) for _, new in written)
        choices = [(name, new, pinning.in_old_names(new)) for name, new in filter(None, quotients)]
    for choice in choices:
        yield from _pinned_by_any(pinning.pin(*choice), conditions)
    if not choices:
        yield pinning


Order = tuple[Polynomial, ...]


def _arrangements(groups: Sequence[list[Factor]]) -> Iterator[Order]:
    """Every order within every group, one at a time (there can be very many)."""
    if all([len(group) == 1 for group in groups]):
        yield tuple([index for (factor,) in groups for index in factor.polynomials])
        return
    for group in permutations(groups[0]):
        for rest in _arrangements(groups[1:]):
            yield (*(index for factor in group for index in factor.polynomials), *rest)


def _pinned(pinning: _Pinning, order: Order) -> Iterator[_Pinning]:
    """Pin names along the order; branch where an index offers several."""
    for at, original in enumerate(order):
        if not pinning.loose:
            break
        index = original.substitute(pinning.values)
        candidates = [name for name in pinning.loose if index.unit(name)]
        if len(candidates) > 1:
            for name in candidates:
                yield from _pinned(pinning.pin(name, index, original), order[at + 1 :])
            return
        if candidates:
            pinning = pinning.pin(candidates[0], index, original)
    yield pinning


def _by_quotients(pinning: _Pinning, order: Order) -> _Pinning:
    """Pin names that no index has with coefficient 1 or -1: of an index S e + rest, e becomes the new variable.

    So 3 k + 4 and 3 k + 1 are both 3 u + 1, and 2 i + 2 j is 2 u.
    """
    for original in order if pinning.loose else ():
        while (held := _quotient(original.substitute(pinning.values), pinning.loose)) is not None:
            name, quotient = held
            pinning = pinning.pin(name, quotient, pinning.in_old_names(quotient))
    return pinning


def _quotient(index: Polynomial, loose: Sequence[str]) -> tuple[str, Polynomial] | None:
    """The name with the greatest S, which does not depend on what the names are, and e of the index S e + rest."""
    found = []
    for name in loose:
        size = index.coefficient(name)
        if len(size.terms) == 1:
            quotient = index.whole_quotient(size if size.terms[0][1] > 0 else -size)
            if quotient.unit(name):
                found.append((size.terms[0][0], abs(size.terms[0][1]), name, quotient))
    if not found:
        return None
    *_, name, quotient = max(found, key=lambda one: (len(one[0]), one[0], one[1]))
    return name, quotient


# -- finiteness ----------------------------------------------------------------------------------------


def require_finite(term: Term, assumptions: Assumptions) -> None:
    """Every bound name must be held between bounds by accesses, brackets and ranges.

    A name is pinned by an index in which it has a coefficient that cannot be zero, once every other
    bound name in that index is pinned. Names that only hold each other are judged together: they are
    bounded where no direction leaves all the factors' bounds unbroken.
    """
    alone = [f.indices for f in term.factors if isinstance(f, Access) and f.tensor.shape is not None]
    loose = set(term.bound).difference([index.single_name for indices in alone for index in indices])
    while loose and (pinned := {name for name in loose if _is_pinned(name, term, loose, assumptions)}):
        loose -= pinned
    if loose and not _bounded_together(term, loose, assumptions):
        names = ", ".join(sorted(name.replace("#", "index ") for name in loose))
        raise InfiniteSumError(
            f"a sum over {names}",
            "no tensor of known shape, bracket or pair of limits keeps it finite for all sizes",
            "give the sum limits, the IndexedBase a shape, or a stride or dilation positive=True",
        )


def _bounded_together(term: Term, loose: set[str], assumptions: Assumptions) -> bool:
    """Whether the bounds leave no direction in which a loose name can run off.

    A direction d has whole numbers, and if d >= 1 then s d >= d for a product s of names that are at least 1.
    """
    slopes = [Polynomial(tuple((m, c) for m, c in fact.terms if loose.intersection(m))) for fact in known_facts(term)]
    slopes = [_primitive(slope) for slope in slopes if slope.degree(loose) == 1]
    alone = {(slope.single_name, 1) for slope in slopes} | {((-slope).single_name, -1) for slope in slopes}
    linear = Assumptions()

    def runs_off(name: str, sign: int) -> bool:
        known = [Polynomial.name(one) * up for one, up in {*alone, (name, sign)} if one is not None]
        scaled = [one * (by - 1) for one in known for by in _multipliers(slopes, one, assumptions)]
        return not linear.contradicts([*slopes, *scaled, Polynomial.name(name) * sign - 1])

    return not any(runs_off(name, sign) for name in loose for sign in (1, -1))


def _primitive(slope: Polynomial) -> Polynomial:
    """Without a number that all its coefficients have in common."""
    common = slope.content()
    return Polynomial([(m, c // common) for m, c in slope.terms])


def _multipliers(slopes: Sequence[Polynomial], one: Polynomial, assumptions: Assumptions) -> set[Polynomial]:
    """The products of names, each at least 1, that multiply a name somewhere."""
    (name,) = one.names
    found = {tuple(n for n in m if n != name) for slope in slopes for m, _ in slope.terms if name in m}
    return {Polynomial([(m, 1)]) for m in found if m and all(assumptions.bounds.get(n, 0) >= 1 for n in m)}


def _is_pinned(name: str, term: Term, loose: set[str], assumptions: Assumptions) -> bool:
    below = above = False
    for factor in term.factors:
        if isinstance(factor, Access) and factor.tensor.shape is None:
            continue
        for index in factor.polynomials:
            if name not in index.names or len(index.names & loose) > 1:
                continue
            if sign := index.unit(name):
                rising, falling = sign > 0, sign < 0
            else:
                coefficient = index.coefficient(name)
                rising = assumptions.is_positive(coefficient)
                falling = not rising and assumptions.is_positive(-coefficient)
            if not isinstance(factor, Range) and (rising or falling):
                return True
            below, above = below or rising, above or falling
    return below and above
