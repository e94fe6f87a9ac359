"""Formulas brought to one form by every rule there is: the plain ones, products of facts, digits, and sums in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.budget import Budget
from symconv.algebra.counting import HIGHEST_POWER
from symconv.algebra.forms import Delta, Form, Range, Term
from symconv.algebra.joining import Joins, Totals
from symconv.algebra.normal_form import (
    MOST_IN_PARTS,
    MOST_STEPS,
    Derivation,
    Like,
    in_parts,
    like,
    normal_form,
    work,
)
from symconv.algebra.polynomial import ZERO
from symconv.algebra.reindexing import term_key
from symconv.algebra.splitting import MAXIMA, MOST_CONDITIONS, Splits
from symconv.errors import InfiniteSumError, SizeLimitError

STEPS = 600_000
"""How many steps the search takes at most, with effort 1."""
FEW_STEPS = 50_000
"""The first 50,000 of them are for ranges alone."""
ROUNDS = 6
"""Sums are split in at most six rounds, each as the terms that still differ ask for."""


@dataclass(frozen=True)
class Attempt:
    """What came of it: derivations that end with one form, or the last ones that were found and what stopped them."""

    agreed: tuple[Derivation, ...] | None
    last: tuple[Derivation, ...] = ()
    stopped: str = ""

    def missing(self) -> str:
        """The step that is missing, in words, as far as the last forms show it."""
        if self.stopped:
            return self.stopped
        first, *others = ({*one.result} for one in self.last)
        different = sorted(first.symmetric_difference(*others), key=term_key)
        return next((why for term in different for why in _obstacles(term)), "no rule makes the two last forms one")


def agreement(
    forms: Sequence[Form], assumptions: Assumptions, order: Sequence[str] = ()
) -> tuple[Derivation, ...] | None:
    """Derivations of all forms that end with one form; None if they were not found with a bounded amount of work.

    >>> from symconv.algebra.forms import Range, Term
    >>> from symconv.algebra.polynomial import ONE, Polynomial
    >>> v, m = Polynomial.name("v"), Polynomial.name("m")
    >>> whole = Form((Term.make(ONE, [Range(v), Range(m - 1 - v)], ["v"]),))
    >>> (derivation, _) = agreement([whole, Form.constant(m)], Assumptions((("m", 1),)))
    >>> [str(step.rule) for step in derivation.steps]
    ['count']
    """
    return attempt(forms, assumptions, order).agreed


def attempt(forms: Sequence[Form], assumptions: Assumptions, order: Sequence[str] = (), effort: int = 1) -> Attempt:
    """The same with what was found if they do not agree; a higher effort allows that many times the work."""
    if sum(map(work, forms)) > MOST_STEPS * effort:
        return Attempt(None, (), "the formulas have too many terms, or too many like factors in one, to be taken apart")
    few = Budget(FEW_STEPS)
    if (soon := _by_ranges(forms, assumptions.with_budget(few), order)) is not None:
        return Attempt(soon, soon)
    assumptions = assumptions.with_budget(Budget(STEPS * effort - FEW_STEPS + max(few.left, 0)))
    found: tuple[Derivation, ...] = ()
    try:
        found = tuple(normal_form(form, assumptions, order, products=True) for form in forms)
        found = tuple(in_parts(one, assumptions, order, MAXIMA, (), MOST_IN_PARTS * effort) for one in found)
        found = tuple(_joined(one, assumptions, order) for one in found)
        for _ in range(ROUNDS * effort):
            if all(one.result == found[0].result for one in found):
                return Attempt(found, found)
            settled = _settled(found)
            different = [Form(tuple(t for t in one.result if like(t) not in settled)) for one in found]
            for floors in (False, True):
                splits, before = Splits.between(different, assumptions, floors), found
                found = tuple(
                    in_parts(one, assumptions, order, splits, settled, MOST_IN_PARTS * effort) for one in found
                )
                found = tuple(in_parts(one, assumptions, order, Totals(one, order)) for one in found)
                if any(len(one.records) > len(other.records) for one, other in zip(found, before)):
                    break
            else:
                return Attempt(None, found)
    except SizeLimitError:
        return Attempt(None, found, f"more work than effort={effort} allows; a higher effort may decide it")
    except InfiniteSumError as error:
        return Attempt(None, found, f"that a sum in it is finite: {error.wrong}")
    return Attempt(
        None, found, f"more rounds of splitting sums than effort={effort} allows; a higher effort may decide it"
    )


def _by_ranges(forms: Sequence[Form], assumptions: Assumptions, order: Sequence[str]) -> tuple[Derivation, ...] | None:
    """Derivations that agree once ranges that follow by products of facts are left out."""
    try:
        found = tuple(normal_form(form, assumptions, order, ranges=True) for form in forms)
    except (SizeLimitError, InfiniteSumError):
        return None
    return found if all(one.result == found[0].result for one in found) else None


def _joined(derivation: Derivation, assumptions: Assumptions, order: Sequence[str]) -> Derivation:
    """Parts of sums joined until none are left: evens and odds, and those of both parities of these."""
    while True:
        longer = in_parts(derivation, assumptions, order, Joins(derivation.result, order))
        if len(longer.records) == len(derivation.records):
            return derivation
        derivation = longer


def _settled(found: Sequence[Derivation]) -> frozenset[Like]:
    """Terms that all results have with the same coefficient, also 0."""
    results = [{like(term): term.coefficient for term in one.result} for one in found]
    keys = {like(term) for one in found for term in one.finished}
    return frozenset(key for key in keys if len({one.get(key, ZERO) for one in results}) == 1)


def _obstacles(term: Term) -> Iterator[str]:
    """Why a term is not the same as others that have its value, as far as its factors tell."""
    for factor in term.factors:
        names = [name for polynomial in factor.polynomials for name in polynomial.names if name in term.bound]
        if isinstance(factor, Delta) and names:
            yield f"the bracket [{factor.expression!r} = 0] is not solved: no summed name has coefficient 1 or -1 in it"
    for name in term.bound:
        if term.coefficient.degree({name}) > HIGHEST_POWER:
            yield f"powers of a summed name above {HIGHEST_POWER} are not added up"
        held = [factor for factor in term.factors if any(name in one.names for one in factor.polynomials)]
        if held and all(isinstance(factor, Range) for factor in held):
            yield "a sum over a range is not counted, since a bound has a multiple of the summed name"
    ranges = [factor for factor in term.factors if isinstance(factor, Range)]
    if len(ranges) > MOST_CONDITIONS:
        yield f"a term has more than {MOST_CONDITIONS} conditions"
    if ranges:
        yield f"whether [{ranges[0].expression!r} >= 0] holds in it does not follow from what is known"
