"""What is known of the names: lower bounds, facts ``e >= 0``, and names that stand for a floor or a maximum.

Linear arithmetic over these facts decides whether a range is implied. It treats every product of names
as a variable of its own, so it is sound, and incomplete where products interact.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Protocol

from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import Coefficient, Monomial, Polynomial

MAXIMUM_CONSTRAINTS = 120
"""Fourier-Motzkin elimination gives up (answers "not implied") past this many inequalities."""


class Defined(Protocol):
    """What a name stands for, where it is not free: a floor, an exact quotient or a maximum of other names."""

    @property
    def names(self) -> frozenset[str]:
        """The names that it is made of."""

    def facts(self, name: str) -> tuple[Polynomial, ...]:
        """What is not negative, when ``name`` stands for it."""

    def exists(self, values: Mapping[str, int]) -> bool:
        """Whether it has a value there."""

    def evaluate(self, values: Mapping[str, int]) -> int: ...

    def substitute(self, values: Mapping[str, Polynomial]) -> Defined: ...


@dataclass(frozen=True, slots=True)
class Floor:
    """floor(numerator / denominator) + offset, with denominator >= 1; ``exact`` where it divides by assumption."""

    numerator: Polynomial
    denominator: Polynomial
    offset: int = 0
    exact: bool = False

    @property
    def names(self) -> frozenset[str]:
        return self.numerator.names | self.denominator.names

    def facts(self, name: str) -> tuple[Polynomial, ...]:
        """0 <= numerator - denominator * (name - offset) < denominator."""
        rest = self.numerator - self.denominator * (Polynomial.name(name) - self.offset)
        return (rest, -rest if self.exact else self.denominator - 1 - rest)

    def exists(self, values: Mapping[str, int]) -> bool:
        denominator = int(self.denominator.evaluate(values))
        return denominator >= 1 and not (self.exact and int(self.numerator.evaluate(values)) % denominator)

    def evaluate(self, values: Mapping[str, int]) -> int:
        return int(self.numerator.evaluate(values)) // int(self.denominator.evaluate(values)) + self.offset

    def substitute(self, values: Mapping[str, Polynomial]) -> Floor:
        numerator, denominator = self.numerator.substitute(values), self.denominator.substitute(values)
        return Floor(numerator, denominator, self.offset, self.exact)

    def reduced(self) -> tuple[Polynomial, Floor]:
        """A polynomial and a floor whose sum this is, the multiples of the denominator taken out of the floor."""
        whole, rest = self.numerator.divided_by_term(self.denominator)
        return whole + self.offset, Floor(rest, self.denominator, 0, self.exact)


@dataclass(frozen=True, slots=True)
class Maximum:
    """The greatest of some polynomials."""

    of: tuple[Polynomial, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(polynomial.names for polynomial in self.of))

    def facts(self, name: str) -> tuple[Polynomial, ...]:
        return tuple(Polynomial.name(name) - polynomial for polynomial in self.of)

    def exists(self, values: Mapping[str, int]) -> bool:
        return True

    def evaluate(self, values: Mapping[str, int]) -> int:
        return max(int(polynomial.evaluate(values)) for polynomial in self.of)

    def substitute(self, values: Mapping[str, Polynomial]) -> Maximum:
        return Maximum(tuple(polynomial.substitute(values) for polynomial in self.of))


@dataclass(frozen=True)
class Assumptions:
    """Known of the free names of a formula.

    Args:
        lower: least value of a name, where there is one.
        facts: polynomials that are not negative.
        defined: names that stand for something, each after those that it is made of.
    """

    lower: tuple[tuple[str, int], ...] = ()
    facts: tuple[Polynomial, ...] = ()
    defined: tuple[tuple[str, Defined], ...] = ()

    @cached_property
    def bounds(self) -> dict[str, int]:
        return dict(self.lower)

    @cached_property
    def definitions(self) -> dict[str, Defined]:
        return dict(self.defined)

    @cached_property
    def all_facts(self) -> tuple[Polynomial, ...]:
        """The facts, with those that hold by definition."""
        return self.facts + tuple(fact for name, defined in self.defined for fact in defined.facts(name))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that something is assumed of. Bound names must be others."""
        parts = [fact.names for fact in self.facts]
        parts += [defined.names | {name} for name, defined in self.defined]
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
            tuple(dict.fromkeys((*self.defined, *other.defined))),
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

    def greatest(self, polynomials: Iterable[Polynomial]) -> tuple[Polynomial, ...]:
        """Those of the polynomials that may be greater than every other."""
        kept: list[Polynomial] = []
        for one in sorted(set(polynomials)):
            if not any(self.implies(other - one) for other in kept):
                kept = [other for other in kept if not self.implies(one - other)] + [one]
        return tuple(kept)

    @cached_property
    def _shifted_facts(self) -> tuple[Polynomial, ...]:
        return tuple(self._shifted(fact) for fact in self.all_facts)

    def _shifted(self, polynomial: Polynomial) -> Polynomial:
        """Every bounded name written as its lower bound plus something not negative."""
        known = self._known_shifts.get(polynomial)
        if known is None:
            known = self._known_shifts[polynomial] = polynomial.substitute(self._shifts)
        return known

    @cached_property
    def _shifts(self) -> dict[str, Polynomial]:
        return {name: Polynomial.name(name) + bound for name, bound in self.lower if bound}

    @cached_property
    def _known_shifts(self) -> dict[Polynomial, Polynomial]:
        """What ``_shifted`` has found: the same few polynomials are asked for again and again."""
        return {}

    def _clearly_not_negative(self, shifted: Polynomial) -> bool:
        """No negative coefficient, and only names that are not negative."""
        return all(c > 0 and all(name in self.bounds for name in m) for m, c in shifted.terms)

    def _infeasible(self, constraints: list[Polynomial]) -> bool:
        """Whether no rational values make all of the (shifted) polynomials not negative."""
        monomials = {m for constraint in constraints for m, _ in constraint.terms if m}
        signs = [Polynomial(((m, 1),)) for m in monomials if all(name in self.bounds for name in m)]
        return _eliminate([dict(constraint.terms) for constraint in dict.fromkeys([*constraints, *signs])])

    # -- one name for one thing --------------------------------------------------------------------

    def renaming(self, known: dict[Defined, Polynomial], taken: set[str]) -> dict[str, Polynomial]:
        """How to write the defined names so that equal things have equal names in several assumptions.

        ``known`` has what was defined so far, and gets what is new; ``taken`` are names with another meaning.
        """
        values: dict[str, Polynomial] = {}
        for name, defined in self.defined:
            whole, core = _reduced(defined.substitute(values))
            if core is None:
                values[name] = whole
            elif core in known:
                values[name] = known[core] + whole
            else:
                new = fresh(name, taken)
                taken.add(new)
                values[name] = Polynomial.name(new)
                known[core] = values[name] - whole
        return values

    def renamed(self, values: Mapping[str, Polynomial]) -> Assumptions:
        """The same with defined names replaced; those that become no plain name are left out of the definitions."""
        lower, facts = dict(self.lower), [fact.substitute(values) for fact in self.facts]
        defined = []
        for name, what in self.defined:
            new = values[name].single_name
            bound = lower.pop(name, None)
            if new is not None:
                defined.append((new, what.substitute(values)))
                lower.update({new: bound} if bound is not None else {})
            elif bound is not None:
                facts.append(values[name] - bound)
        return Assumptions(tuple(sorted(lower.items())), tuple(dict.fromkeys(facts)), tuple(defined))

    # -- drawing values ----------------------------------------------------------------------------

    def smallest(self, names: Iterable[str], tries: int) -> Iterator[dict[str, int]]:
        """Values that satisfy every assumption, in the order of how far they all together are from the least ones."""
        drawn = sorted(self._to_draw(names))
        steps = (step for total in range(tries) for step in _compositions(total, len(drawn)))
        for step in islice(steps, tries):
            values = {name: self.bounds.get(name, 0) + more for name, more in zip(drawn, step)}
            if self._violated(values) is None:
                yield values

    def draw(self, names: Iterable[str], generator: random.Random, largest: int) -> dict[str, int] | None:
        """Values that satisfy every assumption, at most ``largest`` where that can be; None where none was found.

        Names of a violated fact are drawn again, so that facts about separate names do not have to
        be met by chance all at once; where that does not help, larger values are tried.
        """
        drawn = sorted(self._to_draw(names))
        for reach in (*range(largest, largest + 20), *(largest + 20 * 2**power for power in range(12))):
            values: dict[str, int] = {}
            redraw = drawn
            for _ in range(40):
                for name in redraw:
                    low = self.bounds.get(name, -reach)
                    values[name] = generator.randint(low, max(low, reach))
                self._make_divisible(values)
                violated = self._violated(values)
                if violated is None:
                    return values
                redraw = sorted(self.underlying(violated))
        return None

    def _to_draw(self, names: Iterable[str]) -> set[str]:
        needed = set(names).union(*(fact.names for fact in self.facts))
        needed |= {name for defined in self.definitions.values() for name in defined.names}
        return needed - self.definitions.keys()

    def underlying(self, names: Iterable[str]) -> set[str]:
        """The names themselves and, for those that stand for something, what it is made of."""
        found: set[str] = set()
        for name in names:
            defined = self.definitions.get(name)
            found |= {name} if defined is None else self.underlying(defined.names)
        return found

    def _make_divisible(self, values: dict[str, int]) -> None:
        """Names that must be multiples of others are rounded to some, which random numbers would seldom be."""
        for defined in self.definitions.values():
            if not isinstance(defined, Floor) or not defined.exact or not defined.denominator.names <= values.keys():
                continue
            name, by = defined.numerator.single_name, int(defined.denominator.evaluate(values))
            if name is not None and by > 0:
                values[name] = max(values[name] - values[name] % by, by)

    def _violated(self, values: dict[str, int]) -> frozenset[str] | None:
        """The names in the first assumption that the values break, or None; fills in what is defined."""
        for name, defined in self.defined:
            if not defined.exists(values):
                return defined.names
            values[name] = defined.evaluate(values)
            if values[name] < self.bounds.get(name, values[name]):
                return defined.names
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


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to write ``total`` as an ordered sum of so many numbers that are not negative."""
    if parts == 0:
        if total == 0:
            yield ()
        return
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _reduced(defined: Defined) -> tuple[Polynomial, Defined | None]:
    """A polynomial and what is left to define, whose sum this is."""
    if not isinstance(defined, Floor):
        return Polynomial(), defined
    whole, core = defined.reduced()
    return whole, core if core.numerator else None


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
