"""What is known of the names: lower bounds, facts ``e >= 0``, and names defined by a floor.

Linear arithmetic over these facts decides whether a range is implied. It treats every product of names
as a variable of its own, so it is sound, and incomplete where products interact.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from symconv.algebra.polynomial import Coefficient, Monomial, Polynomial

MAXIMUM_CONSTRAINTS = 120
"""Fourier-Motzkin elimination gives up (answers "not implied") past this many inequalities."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A name that stands for floor(numerator / denominator) + offset, with denominator >= 1."""

    numerator: Polynomial
    denominator: Polynomial
    offset: int = 0

    def evaluate(self, values: Mapping[str, int]) -> int:
        return int(self.numerator.evaluate(values)) // int(self.denominator.evaluate(values)) + self.offset


@dataclass(frozen=True)
class Assumptions:
    """Known of the free names of a formula.

    Args:
        lower: least value of a name, where there is one.
        facts: polynomials that are not negative.
        floors: names defined by a floor.
    """

    lower: tuple[tuple[str, int], ...] = ()
    facts: tuple[Polynomial, ...] = ()
    floors: tuple[tuple[str, Floor], ...] = ()

    @cached_property
    def bounds(self) -> dict[str, int]:
        return dict(self.lower)

    @cached_property
    def definitions(self) -> dict[str, Floor]:
        return dict(self.floors)

    @cached_property
    def all_facts(self) -> tuple[Polynomial, ...]:
        """The facts, with those that define each floor: 0 <= numerator - denominator*(m - offset) < denominator."""
        derived: list[Polynomial] = []
        for name, floor in self.floors:
            rest = floor.numerator - floor.denominator * (Polynomial.name(name) - floor.offset)
            derived += [rest, floor.denominator - 1 - rest]
        return self.facts + tuple(derived)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that something is assumed of. Bound names must be others."""
        parts = [fact.names for fact in self.facts]
        parts += [floor.numerator.names | floor.denominator.names | {name} for name, floor in self.floors]
        return frozenset(self.bounds).union(*parts)

    def and_also(self, facts: Iterable[Polynomial] = (), other: Assumptions | None = None) -> Assumptions:
        """These assumptions with more facts, and with everything that ``other`` assumes."""
        other = other or Assumptions()
        lower = dict(self.lower)
        for name, bound in other.lower:
            lower[name] = max(bound, lower.get(name, bound))
        return Assumptions(
            tuple(sorted(lower.items())),
            tuple(dict.fromkeys((*self.facts, *other.facts, *facts))),
            tuple(dict.fromkeys((*self.floors, *other.floors))),
        )

    def is_positive(self, polynomial: Polynomial) -> bool:
        return self.implies(polynomial - 1)

    def implies(self, polynomial: Polynomial, also: Iterable[Polynomial] = ()) -> bool:
        """Whether polynomial >= 0 follows from the assumptions and from ``also`` (each >= 0)."""
        also = tuple(also)
        if any(_exceeds(polynomial, fact) for fact in also):
            return True
        wanted = self._shifted(polynomial)
        if self._clearly_not_negative(wanted):
            return True
        related = _related(-wanted - 1, [self._shifted(fact) for fact in also] + list(self._shifted_facts))
        return self._infeasible(related)

    def contradicts(self, facts: Iterable[Polynomial]) -> bool:
        """Whether the given facts (each >= 0) cannot all hold."""
        return self._infeasible([self._shifted(fact) for fact in facts] + list(self._shifted_facts))

    @cached_property
    def _shifted_facts(self) -> tuple[Polynomial, ...]:
        return tuple(self._shifted(fact) for fact in self.all_facts)

    def _shifted(self, polynomial: Polynomial) -> Polynomial:
        """Every bounded name written as its lower bound plus something not negative."""
        moved = {n: Polynomial.name(n) + b for n in polynomial.names if (b := self.bounds.get(n, 0))}
        return polynomial.substitute(moved) if moved else polynomial

    def _clearly_not_negative(self, shifted: Polynomial) -> bool:
        """No negative coefficient, and only names that are not negative."""
        return all(c > 0 and all(name in self.bounds for name in m) for m, c in shifted.terms)

    def _infeasible(self, constraints: list[Polynomial]) -> bool:
        """Whether no rational values make all of the (shifted) polynomials not negative."""
        monomials = {m for constraint in constraints for m, _ in constraint.terms if m}
        signs = [Polynomial(((m, 1),)) for m in monomials if all(name in self.bounds for name in m)]
        return _eliminate([dict(constraint.terms) for constraint in dict.fromkeys([*constraints, *signs])])

    # -- drawing values ----------------------------------------------------------------------------

    def draw(self, names: Iterable[str], generator: random.Random, largest: int) -> dict[str, int] | None:
        """Values that satisfy every assumption, at most ``largest`` where that can be; None where none was found.

        Names of a violated fact are drawn again, so that facts about separate names do not have to
        be met by chance all at once; where that does not help, larger values are tried.
        """
        needed = set(names).union(*(fact.names for fact in self.facts))
        for floor in self.definitions.values():
            needed |= floor.numerator.names | floor.denominator.names
        drawn = sorted(needed - self.definitions.keys())
        for reach in (*range(largest, largest + 20), *(largest + 20 * 2**power for power in range(12))):
            values: dict[str, int] = {}
            redraw = drawn
            for _ in range(40):
                for name in redraw:
                    low = self.bounds.get(name, -reach)
                    values[name] = generator.randint(low, max(low, reach))
                violated = self._violated(values)
                if violated is None:
                    return values
                redraw = sorted(self.underlying(violated))
        return None

    def underlying(self, names: Iterable[str]) -> set[str]:
        """The names themselves and, for those defined by a floor, what it is made of."""
        found: set[str] = set()
        for name in names:
            floor = self.definitions.get(name)
            found |= {name} if floor is None else self.underlying(floor.numerator.names | floor.denominator.names)
        return found

    def _violated(self, values: dict[str, int]) -> frozenset[str] | None:
        """The names in the first assumption that the values break, or None; fills in the floors."""
        for name, floor in self.floors:
            if floor.denominator.evaluate(values) < 1:
                return floor.denominator.names
            values[name] = floor.evaluate(values)
            if values[name] < self.bounds.get(name, values[name]):
                return floor.numerator.names | floor.denominator.names
        return next((fact.names for fact in self.facts if fact.evaluate(values) < 0), None)

    def draws(
        self, names: Iterable[str], generator: random.Random, count: int, largest: int
    ) -> Iterator[dict[str, int]]:
        """Up to ``count`` draws, the largest value growing from 1 to ``largest`` on the way."""
        names = tuple(names)
        for attempt in range(count):
            values = self.draw(names, generator, 1 + attempt * largest // count)
            if values is not None:
                yield values


def _exceeds(polynomial: Polynomial, fact: Polynomial) -> bool:
    """Whether polynomial - fact is a number that is not negative."""
    left, right = polynomial.terms, fact.terms
    variable_left = left[1:] if left and not left[0][0] else left
    variable_right = right[1:] if right and not right[0][0] else right
    return variable_left == variable_right and polynomial.constant_term >= fact.constant_term


def _related(start: Polynomial, facts: list[Polynomial]) -> list[Polynomial]:
    """``start`` and the facts that share a product of names with it, directly or through others."""
    related = [start]
    reached = {m for m, _ in start.terms if m}
    waiting = [(fact, {m for m, _ in fact.terms if m}) for fact in facts]
    while touching := [pair for pair in waiting if not reached.isdisjoint(pair[1])]:
        waiting = [pair for pair in waiting if reached.isdisjoint(pair[1])]
        for fact, monomials in touching:
            related.append(fact)
            reached |= monomials
    return related


def _eliminate(constraints: list[dict[Monomial, Coefficient]]) -> bool:
    """Fourier-Motzkin: True where the inequalities (each >= 0) are infeasible over the rationals."""
    while True:
        if any(not _variables(c) and c.get((), 0) < 0 for c in constraints):
            return True
        constraints = [c for c in constraints if _variables(c)]
        if not constraints or len(constraints) > MAXIMUM_CONSTRAINTS:
            return False
        counts: dict[Monomial, list[int]] = {}
        for constraint in constraints:
            for monomial in _variables(constraint):
                counts.setdefault(monomial, [0, 0])[constraint[monomial] > 0] += 1
        variable = min(counts, key=lambda m: (counts[m][0] * counts[m][1] - sum(counts[m]), m))
        positive = [c for c in constraints if c.get(variable, 0) > 0]
        negative = [c for c in constraints if c.get(variable, 0) < 0]
        rest = [c for c in constraints if not c.get(variable, 0)]
        for upper in negative:
            for lower in positive:
                a, b = Fraction(lower[variable]), Fraction(-upper[variable])
                combined = {
                    m: lower.get(m, 0) / a + upper.get(m, 0) / b for m in lower.keys() | upper.keys() if m != variable
                }
                rest.append({m: c for m, c in combined.items() if c})
        constraints = list({tuple(sorted(c.items())): c for c in rest}.values())


def _variables(constraint: dict[Monomial, Coefficient]) -> list[Monomial]:
    return [monomial for monomial in constraint if monomial]
