"""Sums split into parts, so that two normal forms have the same parts: at a condition, and by residues.

The normal form keeps a sum as it is: a sum over all k, and one over the even and one over the odd k, have the same
value and two normal forms. Where two normal forms differ, the conditions and strides of each are a reason to split the
other. Each split alone keeps the value of a term; which ones are made is only a matter of success.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Factor, Form, Range, Term, fresh
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.rules import Application, RuleName, known_facts

LARGEST_STRIDE = 8
"""Sums are split by the residues of numbers up to 8."""
MOST_CONDITIONS = 12
"""Sums over the same entries are split at no more than 12 conditions."""

Entries = tuple[Factor, ...]


def entries_of(term: Term) -> Entries:
    """Everything but the ranges: terms with the same entries can be parts of one sum."""
    return tuple(factor for factor in term.factors if not isinstance(factor, Range))


@dataclass(frozen=True)
class Splits:
    """Where to split: conditions by the entries of a term, and strides by the names of the tensors."""

    conditions: Mapping[Entries, tuple[Polynomial, ...]] = field(default_factory=dict)
    strides: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.conditions or self.strides)

    @staticmethod
    def between(forms: Iterable[Form]) -> Splits:
        """The splits that normal forms ask for."""
        conditions: dict[Entries, dict[Polynomial, None]] = {}
        counts: dict[Entries, int] = {}
        strides: dict[tuple[str, ...], int] = {}
        for term in (term for form in forms for term in form):
            found = conditions.setdefault(entries_of(term), {})
            counts[entries_of(term)] = counts.get(entries_of(term), 0) + 1
            found.update((f.expression, None) for f in term.factors if isinstance(f, Range))
            for stride in _strides(term):
                tensors = tensors_of(term)
                strides[tensors] = max(stride, strides.get(tensors, 1))
        several = {
            entries: tuple(sorted(found))
            for entries, found in conditions.items()
            if counts[entries] > 1 and 0 < len(found) <= MOST_CONDITIONS
        }
        return Splits(several, strides)

    def split(self, term: Term, assumptions: Assumptions) -> Application | None:
        """The first split of a term that is not one already."""
        stride = self.strides.get(tensors_of(term), 1)
        if stride > 1 and (name := _whole_step(term)) is not None:
            return by_residues(term, name, stride)
        for condition in self.conditions.get(entries_of(term), ()):
            facts = known_facts(term)
            if all(assumptions.products_for(side, facts) is None for side in (condition, -condition - 1)):
                return at_condition(term, condition)
        return None


def at_condition(term: Term, condition: Polynomial) -> Application:
    """g = g [e >= 0] + g [-e - 1 >= 0]: a whole number is at least 0 or at most -1."""
    parts = tuple(
        Term.make(term.coefficient, (*term.factors, Range(side)), term.bound) for side in (condition, -condition - 1)
    )
    return Application(RuleName.SPLIT, (Range(condition),), parts, (), (condition,))


def by_residues(term: Term, name: str, stride: int) -> Application:
    """sum_v g(v) = sum_{r < S} sum_q g(S q + r), for a number S >= 1: every whole number is S q + r once."""
    new = fresh("q", {*term.names, name})
    bound = (*(other for other in term.bound if other != name), new)
    step = Polynomial.name(new) * stride
    parts = tuple(term.substitute({name: step + rest}, bound) for rest in range(stride))
    digits = (Polynomial.constant(stride), Polynomial.name(name), Polynomial.name(new))
    return Application(RuleName.RESIDUES, (name,), parts, (), digits)


def tensors_of(term: Term) -> tuple[str, ...]:
    return tuple(sorted(factor.tensor.name for factor in term.factors if isinstance(factor, Access)))


def _strides(term: Term) -> Iterator[int]:
    """Numbers above 1 that multiply a bound name in every index that has it."""
    for name in term.bound:
        found = [c for index in _indices(term) for m, c in index.terms if m == (name,)]
        if found and len(set(found)) == 1 and isinstance(found[0], int) and 1 < abs(found[0]) <= LARGEST_STRIDE:
            yield abs(found[0])


def _whole_step(term: Term) -> str | None:
    """A bound name that an index has with the coefficient 1 or -1."""
    return next((name for name in term.bound for index in _indices(term) if index.unit(name)), None)


def _indices(term: Term) -> Iterator[Polynomial]:
    for factor in term.factors:
        if isinstance(factor, Access):
            yield from factor.indices
