"""What is known of the names: lower bounds, facts ``e >= 0``, and names that stand for a floor or a maximum.

Linear arithmetic over these facts decides whether a range is implied. It treats every product of names
as a variable of its own, so it is sound, and incomplete where products interact.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from typing import Any, Protocol

from symconv.algebra.budget import Budget
from symconv.algebra.contraction import Contraction
from symconv.algebra.examples import Examples, Numbers
from symconv.algebra.forms import fresh
from symconv.algebra.inequalities import Inequalities
from symconv.algebra.polynomial import Coefficient, Polynomial
from symconv.algebra.products import Product, Ready, contradiction
from symconv.foundations.later import np
from symconv.foundations.values import Cached, cached_property


class Defined(Protocol):
    """What a name stands for, if it is not free: a floor, an exact quotient or a maximum of other names."""

    @property
    def names(self) -> frozenset[str]:
        """The names that it is made of."""

    def facts(self, name: str) -> tuple[Polynomial, ...]:
        """What is not negative, when ``name`` stands for it."""

    def exists(self, values: Mapping[str, int]) -> bool:
        """Whether it has a value there."""

    def evaluate(self, values: Mapping[str, int]) -> int: ...

    def computed(self, values: Mapping[str, Numbers]) -> Numbers:
        """About the same for many values at once; of examples it is seen whether they are right."""

    def substitute(self, values: Mapping[str, Polynomial]) -> Defined: ...


QUESTION = 30
"""What a question about products of facts costs, beside the searches that it takes."""


@dataclass(frozen=True, slots=True)
class Floor:
    """floor(numerator / denominator) + offset, with denominator >= 1; ``exact`` if it divides by assumption."""

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

    def computed(self, values: Mapping[str, Numbers]) -> Numbers:
        below = np.maximum(self.denominator.evaluate(values), 1)
        return self.numerator.evaluate(values) // below + self.offset  # type: ignore[no-any-return]

    def substitute(self, values: Mapping[str, Polynomial]) -> Floor:
        numerator, denominator = self.numerator.substitute(values), self.denominator.substitute(values)
        return Floor(numerator, denominator, self.offset, self.exact)

    def reduced(self) -> tuple[Polynomial, Floor]:
        """A polynomial and a floor whose sum this is, the multiples of the denominator taken out of the floor."""
        whole, rest = self.numerator.divided_by_term(self.denominator)
        return whole + self.offset, Floor(rest, self.denominator, 0, self.exact)

    def by(self, other: Floor, value: Polynomial) -> Polynomial | None:
        """This floor in terms of another, whose value is given: they differ by a polynomial, or add up to one.

        floor(-a / D) = -1 - floor((a - 1) / D), so ceilings and floors of the same thing are one.
        """
        if self.denominator != other.denominator:
            return None
        (whole, core), (more, known) = self._least(), other._least()
        if core == known:
            return value - more + whole
        whole, core = Floor(-self.numerator - 1, self.denominator)._least()
        return more - value - whole - 1 if core == known else None

    def least(self) -> Polynomial:
        """The numerator of a floor that is this one but for a polynomial, or of minus that floor."""
        (_, core), (_, other) = self._least(), Floor(-self.numerator - 1, self.denominator)._least()
        return min(core, other, key=lambda one: one.terms)

    def _least(self) -> tuple[Polynomial, Polynomial]:
        """A polynomial, and the numerator of a floor, whose sum this is; of a number D the numerator's are below it."""
        if (number := self.denominator.value) is None:
            whole, core = self.numerator.divided_by_term(self.denominator)
        else:
            whole = Polynomial([(m, c // number) for m, c in self.numerator.terms])
            core = self.numerator - whole * number
        return whole, core


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

    def computed(self, values: Mapping[str, Numbers]) -> Numbers:
        return reduce(np.maximum, (polynomial.evaluate(values) for polynomial in self.of))

    def substitute(self, values: Mapping[str, Polynomial]) -> Maximum:
        return Maximum(tuple(polynomial.substitute(values) for polynomial in self.of))


@dataclass(frozen=True)
class Assumptions(Cached):
    """Known of the free names of a formula.

    Args:
        lower: least value of a name, if there is one.
        facts: polynomials that are not negative.
        defined: names that stand for something, each after those that it is made of.
        contractions: identities of fixed matrices, checked for their numbers.
    """

    lower: tuple[tuple[str, int], ...] = ()
    facts: tuple[Polynomial, ...] = ()
    defined: tuple[tuple[str, Defined], ...] = ()
    contractions: tuple[Contraction, ...] = ()

    @cached_property
    def bounds(self) -> dict[str, int]:
        return dict(self.lower)

    @cached_property
    def definitions(self) -> dict[str, Defined]:
        return dict(self.defined)

    @cached_property
    def all_facts(self) -> tuple[Polynomial, ...]:
        """The facts, with those that hold by definition."""
        return self.facts + self._by_definition

    @cached_property
    def _by_definition(self) -> tuple[Polynomial, ...]:
        found: list[Polynomial] = []
        for name, defined in self.defined:
            found += defined.facts(name)
            if not isinstance(defined, Floor) or self.bounds.get(name, defined.offset - 1) >= defined.offset:
                continue
            if self._inequalities.implied(defined.numerator, (*self.facts, *found)):
                found.append(Polynomial.name(name) - defined.offset)  # with what it is of it is not negative
        return tuple(found)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that something is assumed of. Bound names must be others."""
        parts = [fact.names for fact in self.facts]
        parts += [defined.names | {name} for name, defined in self.defined]
        return frozenset(self.bounds).union(*parts)

    def and_also(self, facts: Iterable[Polynomial] = (), other: Assumptions | None = None) -> Assumptions:
        """These assumptions with more facts, and with everything that ``other`` assumes."""
        if other is None:
            return self._with_facts(tuple(facts))
        lower = dict(self.lower)
        for name, bound in other.lower:
            lower[name] = max(bound, lower.get(name, bound))
        both = Assumptions(
            tuple(sorted(lower.items())),
            tuple(dict.fromkeys((*self.facts, *other.facts, *facts))),
            _in_order(dict.fromkeys((*self.defined, *other.defined))),
            tuple(dict.fromkeys((*self.contractions, *other.contractions))),
        )
        if both in (self, other):  # nothing new: what is known to follow stays known
            return self if both == self else other
        for one in (self, other):  # what one has found out holds for both
            if one.bounds == lower:
                vars(both)["_inequalities"] = one._inequalities
            if one.defined == both.defined:
                vars(both)["_by_definition"] = one._by_definition
        return both

    def _with_facts(self, facts: tuple[Polynomial, ...]) -> Assumptions:
        """The same with more facts; what has been found out stays known."""
        old = {fact.terms for fact in self.facts}
        new = tuple({fact.terms: fact for fact in facts if fact.terms not in old}.values())
        if not new:
            return self
        both = Assumptions(self.lower, self.facts + new, self.defined, self.contractions)
        vars(both).update(
            bounds=self.bounds, definitions=self.definitions, names=self.names.union(*[fact.names for fact in new]),
            _inequalities=self._inequalities, _by_definition=self._by_definition,
            _known=_least_of(new, self._known), _monomials=self._monomials.union(_monomials_of(new)),
        )  # fmt: skip
        return both

    def is_positive(self, polynomial: Polynomial) -> bool:
        return self.implies(polynomial - 1)

    def implies(self, polynomial: Polynomial, also: Iterable[Polynomial] = ()) -> bool:
        """Whether polynomial >= 0 follows from the assumptions and from ``also`` (each >= 0)."""
        if (value := polynomial.value) is not None and value >= 0:
            return True
        if self.knows(polynomial):
            return True
        also = tuple(also)
        last = polynomial.terms[-1:]
        if any([_is_at_least(polynomial, fact) for fact in also if fact.terms[-1:] == last]):
            return True
        own = {term for term in polynomial.terms if term[0] not in self._monomials}  # must go in a difference
        if any([self.knows(polynomial - fact) for fact in also if own.issubset(fact.terms)]):
            return True
        return self._inequalities.implied(polynomial, (*also, *self.all_facts))

    def contradicts(self, facts: Iterable[Polynomial]) -> bool:
        """Whether the given facts (each >= 0) cannot all hold."""
        return self._inequalities.infeasible((*facts, *self.all_facts))

    @cached_property
    def budget(self) -> Budget | None:
        """What the searches for products of facts may take."""
        return None

    def with_budget(self, budget: Budget) -> Assumptions:
        """The same with answers of its own, which are paid from the budget."""
        own = replace(self)
        vars(own)["budget"] = budget
        return own

    @cached_property
    def _examples(self) -> Examples:
        return Examples(self.bounds, self.definitions, self.all_facts)

    @cached_property
    def _ready(self) -> Ready:
        return Ready(self.bounds)

    @cached_property
    def _by_products(self) -> dict[frozenset[Polynomial], tuple[Product, ...] | None]:
        """For facts that were asked about: the products with which they contradict the assumptions."""
        return {}

    def products_for(self, polynomial: Polynomial, also: Iterable[Polynomial] = ()) -> tuple[Product, ...] | None:
        """Products of facts with which polynomial >= 0 follows, none if it follows without; None if it does not.

        What follows is one of ``also`` or an assumption or polynomial <= -1, and the products of two of those.
        """
        also = tuple(also)
        value = polynomial.value
        if (value is not None and value >= 0) or self.knows(polynomial):
            return ()
        if any(_is_at_least(polynomial, fact) for fact in also):
            return ()
        return self.products_against((*also, -polynomial - 1))

    def products_against(self, facts: Iterable[Polynomial]) -> tuple[Product, ...] | None:
        """Products of facts with which the given facts (each >= 0) cannot all hold; None if none were found.

        Raises:
            SizeLimitError: the searches take more than the ``budget``.
        """
        facts = tuple(facts)
        key = frozenset(facts)
        if key not in self._by_products:
            worked = self._inequalities.worked
            if self._examples.satisfy(key):
                self._by_products[key] = None
            else:
                self._by_products[key] = () if self.contradicts(facts) else self._searched(facts)
            if self.budget is not None:
                self.budget.spend(QUESTION + self._inequalities.worked - worked)
        return self._by_products[key]

    def _searched(self, facts: Sequence[Polynomial]) -> tuple[Product, ...] | None:
        return contradiction((*facts, *self.all_facts), self.bounds, self.budget, self._ready)

    def greatest(self, polynomials: Iterable[Polynomial]) -> tuple[Polynomial, ...]:
        """Those of the polynomials that may be greater than every other."""
        kept: list[Polynomial] = []
        for one in sorted(set(polynomials)):
            if not any(self.implies(other - one) for other in kept):
                kept = [other for other in kept if not self.implies(one - other)] + [one]
        return tuple(kept)

    @cached_property
    def _known(self) -> dict[Any, Coefficient]:
        """For the names' part of every fact, the least number that makes it not negative when added."""
        return _least_of(self.all_facts, {})

    @cached_property
    def _monomials(self) -> frozenset[tuple[str, ...]]:
        """The products of names in the facts, and that of no name."""
        return frozenset([(), *_monomials_of(self.all_facts)])

    def knows(self, polynomial: Polynomial) -> bool:
        """Whether it is one of the facts, or a fact plus a non-negative number."""
        least = self._known.get(polynomial.variable_terms)
        return least is not None and polynomial.constant_term >= least

    @cached_property
    def _inequalities(self) -> Inequalities:
        return Inequalities(self.bounds)

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
        contractions = tuple(one.resized(values) for one in self.contractions)
        return replace(
            self, lower=tuple(sorted(lower.items())), facts=tuple(dict.fromkeys(facts)), defined=tuple(defined),
            contractions=contractions,
        )  # fmt: skip

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
        """Values that satisfy every assumption, at most ``largest`` if that can be; None where none was found.

        Names of a violated fact are drawn again, so that facts about separate names do not have to
        be met by chance all at once; if that does not help, larger values are tried.
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
        """Round names that must be multiples of others; random numbers are seldom multiples."""
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

    def holds(self, values: dict[str, int]) -> bool:
        """Whether the facts hold for the values; fills in what is defined."""
        return self._violated(values) is None

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
    """All ways to write ``total`` as an ordered sum of ``parts`` non-negative numbers."""
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


def _in_order(defined: Iterable[tuple[str, Defined]]) -> tuple[tuple[str, Defined], ...]:
    """Definitions, each after those of the names that it is made of."""
    waiting, done = list(defined), list[tuple[str, Defined]]()
    while waiting:
        names = {name for name, _ in waiting}
        ready = [one for one in waiting if not one[1].names & (names - {one[0]})]
        if not ready:  # in a circle: as they stand
            return (*done, *waiting)
        done += ready
        waiting = [one for one in waiting if one not in ready]
    return tuple(done)


def _reduced(defined: Defined) -> tuple[Polynomial, Defined | None]:
    """A polynomial and what is left to define, whose sum this is."""
    if not isinstance(defined, Floor):
        return Polynomial(), defined
    whole, core = defined.reduced()
    return whole, core if core.numerator else None


def _least_of(facts: Iterable[Polynomial], known: Mapping[Any, Coefficient]) -> dict[Any, Coefficient]:
    """For the names' part of every fact its least number, also of those that are known."""
    found = dict(known)
    for fact in facts:
        names, least = fact.variable_terms, fact.constant_term
        if names not in found or least < found[names]:
            found[names] = least
    return found


def _monomials_of(facts: Iterable[Polynomial]) -> list[tuple[str, ...]]:
    return [monomial for fact in facts for monomial, _ in fact.terms]


def _is_at_least(polynomial: Polynomial, fact: Polynomial) -> bool:
    """Whether the two differ by a non-negative number."""
    return polynomial.constant_term >= fact.constant_term and polynomial.variable_terms == fact.variable_terms
