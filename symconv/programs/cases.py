"""The sizes for which a program is read: all of a layer's, with some letters replaced and some conditions added."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from math import prod

from symconv.algebra.assumptions import Assumptions, Defined, Floor
from symconv.algebra.polynomial import Polynomial
from symconv.foundations.values import Cached
from symconv.programs.conditions import Condition, Sizes

FIRST, LARGEST, TRIES, MOST_ENTRIES = 3, 4, 1500, 4000
"""In numbers, the 3 smallest sizes are tried first, then sizes drawn up to 4, of a product of up to 4,000."""


@dataclass(frozen=True)
class Scope(Cached):
    """Some of the sizes of a layer.

    Args:
        layer: what the layer assumes.
        values: letters that are replaced, such as p by 0, in the others.
        facts: what else is not negative.
        defined: letters that the code defines in addition, and that facts are about.
        said: those of the facts that tell it from other sizes.
    """

    layer: Assumptions
    values: Mapping[str, Polynomial] = field(default_factory=dict)
    facts: tuple[Polynomial, ...] = ()
    defined: tuple[tuple[str, Defined], ...] = ()
    said: tuple[Polynomial, ...] = ()

    @cached_property
    def _replaced(self) -> tuple[Assumptions, dict[str, Polynomial]]:
        """What is assumed, and every letter that is replaced: also those that became plain by it."""
        values = dict(self.values)
        defined: list[tuple[str, Defined]] = []
        for name, what in _in_order([(name, one.substitute(values)) for name, one in self._all_defined]):
            new = what.substitute(values)
            if isinstance(new, Floor) and not new.exact:
                whole, core = new.reduced()
                if not core.numerator or core.denominator.value == 1:
                    values[name] = whole + core.numerator
                    continue
                number = core.numerator.value, core.denominator.value
                if number[0] is not None and number[1]:
                    values[name] = whole + int(number[0]) // int(number[1])
                    continue
            defined.append((name, new))
        lower = [(name, least) for name, least in self.layer.lower if name not in values]
        facts = [values[name] - least for name, least in self.layer.lower if name in values]
        facts += [fact.substitute(values) for fact in (*self.layer.facts, *self.facts)]
        kept = [fact for fact in dict.fromkeys(facts) if fact.value is None or fact.value < 0]
        return Assumptions(tuple(lower), tuple(kept), tuple(defined)), values

    @property
    def _all_defined(self) -> tuple[tuple[str, Defined], ...]:
        return (*self.layer.defined, *self.defined)

    @property
    def key(self) -> Hashable:
        """What tells it from other sizes of the same layer."""
        return tuple(sorted(self.values.items())), self.facts, self.defined

    @property
    def assumptions(self) -> Assumptions:
        """What is known of the letters that are left."""
        return self._replaced[0]

    @property
    def all_values(self) -> dict[str, Polynomial]:
        """Every letter that is replaced."""
        return self._replaced[1]

    @property
    def where(self) -> Sizes:
        """The conditions, without what follows from the rest."""
        values = [Condition.value(name, value) for name, value in self.values.items()]
        kept = list(dict.fromkeys(fact for fact in self.said if fact.value is None))
        known = replace(self, facts=(), said=()).assumptions
        for fact in list(kept):
            others = [one for one in kept if one != fact]
            if known.and_also(others).implies(fact):
                kept = others
        equal = [fact for at, fact in enumerate(kept) if -fact in kept[:at]]
        kept = [fact for fact in kept if fact not in equal and -fact not in equal]
        return Sizes.under(*values, *(Condition.of(fact, "=") for fact in equal), *map(Condition.of, kept))

    @property
    def is_empty(self) -> bool:
        """Whether there are no such sizes."""
        known = self.assumptions
        return known.contradicts(()) or known.products_against(()) is not None

    def split(self, condition: Polynomial, defined: Iterable[tuple[str, Defined]]) -> list[Scope]:
        """The sizes at which the condition is not negative, and those at which it is.

        Args:
            defined: letters that the code defines, of which the condition may be.
        """
        known = {name for name, _ in (*self.layer.defined, *self.defined)}
        new = [(name, what) for name, what in defined if name not in known]
        if new:
            return replace(self, defined=(*self.defined, *new)).split(condition, ())
        parts = [self._with(fact) for fact in (condition, -condition - 1)]
        possible = [part for part in parts if not part.is_empty]
        return [replace(one, said=self.said) for one in possible] if len(possible) == 1 else possible

    def _with(self, fact: Polynomial) -> Scope:
        """These sizes with one more condition; one that says what a letter is replaces the letter."""
        known = self.assumptions
        met = known.implies(-fact) or known.products_for(-fact) is not None
        if met and (found := self._solved(fact)) is not None:
            name, value = found
            values = {key: one.substitute({name: value}) for key, one in self.values.items()}
            facts, said = (tuple(one.substitute({name: value}) for one in of) for of in (self.facts, self.said))
            return Scope(self.layer, {**values, name: value}, facts, self.defined, said)
        return replace(self, facts=(*self.facts, fact), said=(*self.said, fact))

    def _solved(self, equation: Polynomial) -> tuple[str, Polynomial] | None:
        """A letter that equation = 0 gives, with its value: a number if it can be."""
        known = self.assumptions
        found = []
        for name in sorted(equation.names - known.definitions.keys()):
            value = equation.without(name) * -equation.unit(name)
            if equation.unit(name) and name not in known.underlying(value.names):
                found.append((value.value is None, len(value.terms), name, value))
        return min(found, key=lambda one: one[:3])[2:] if found else None

    def at(self, sizes: Mapping[str, int]) -> Scope:
        """One shape of these sizes."""
        numbers = {name: Polynomial.constant(size) for name, size in sizes.items()}
        values = {name: value.substitute(numbers) for name, value in self.values.items()}
        return Scope(self.layer, {**values, **dict(sorted(numbers.items()))})

    def small(self, names: Iterable[str], count: int) -> Iterator[dict[str, int]]:
        """Sizes in it by the layer's own letters: some of the smallest, then others that are small."""
        known = self.assumptions
        wanted = sorted({*(name for name in names if name not in self.all_values), *known.bounds})
        drawn = known.draws(wanted, random.Random(0), 4 * count, LARGEST)
        seen: set[tuple[tuple[str, int], ...]] = set()
        for found in chain(islice(known.smallest(wanted, TRIES), FIRST), drawn, known.smallest(wanted, TRIES)):
            sizes = self._own(found)
            key = tuple(sorted(sizes.items()))
            if key not in seen and prod(max(size, 1) for size in sizes.values()) <= MOST_ENTRIES:
                seen.add(key)
                yield sizes
            if len(seen) >= count:
                return

    def _own(self, found: Mapping[str, int]) -> dict[str, int]:
        """Sizes by the layer's letters, those that are replaced among them."""
        values = {name: number for name, number in found.items() if name not in self.assumptions.definitions}
        return {**values, **{name: int(value.evaluate(found)) for name, value in self.values.items()}}

    def smaller(self, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Sizes in it of which one is smaller."""
        known = self.assumptions
        free = {name: size for name, size in sizes.items() if name not in self.values}
        for name, size in sorted(free.items(), key=lambda item: (-item[1], item[0])):
            least = known.bounds.get(name, 0)
            for less in dict.fromkeys((least, (least + size) // 2, size - 1)):
                values = {**free, name: less}
                if least <= less < size and (point := self._point(values)) is not None:
                    yield self._own(point)

    def contains(self, sizes: Mapping[str, int]) -> bool:
        """Whether a shape, by the layer's letters, is in it."""
        point = self._point({name: size for name, size in sizes.items() if name not in self.values})
        return point is not None and all(value.evaluate(point) == sizes[name] for name, value in self.values.items())

    def _point(self, values: dict[str, int]) -> dict[str, int] | None:
        """These sizes with those that are defined by them; None if they are not in it."""
        known = self.assumptions
        point = dict(values)
        for name, what in known.defined:
            if not what.exists(point):
                return None
            point[name] = what.evaluate(point)
        facts = all(fact.evaluate(point) >= 0 for fact in known.facts)
        return point if facts and all(point[name] >= least for name, least in known.lower) else None


def _in_order(defined: list[tuple[str, Defined]]) -> Iterator[tuple[str, Defined]]:
    """Definitions, each after those of the names that it is of."""
    left = dict(defined)
    while left:
        ready = [name for name, what in left.items() if what.names.isdisjoint(left.keys() - {name})] or [
            next(iter(left))
        ]
        for name in ready:
            yield name, left.pop(name)
