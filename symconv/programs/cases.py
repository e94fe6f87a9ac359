"""The sizes for which a program is read: all of a layer's, with some letters replaced and some conditions added."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

from symconv.algebra.assumptions import Assumptions, Defined, Floor
from symconv.algebra.polynomial import Polynomial
from symconv.foundations.values import Cached

LARGEST = 8
"""Sizes up to 8 are drawn where the smallest ones satisfy no condition."""


@dataclass(frozen=True)
class Scope(Cached):
    """Some of the sizes of a layer.

    Args:
        layer: what the layer assumes.
        values: letters that are replaced, such as p by 0, in the others.
        facts: what else is not negative.
        defined: letters that the code defines in addition, and that facts are about.
        words: what is special, in words.
    """

    layer: Assumptions
    values: Mapping[str, Polynomial] = field(default_factory=dict)
    facts: tuple[Polynomial, ...] = ()
    defined: tuple[tuple[str, Defined], ...] = ()
    words: tuple[str, ...] = ()

    @cached_property
    def _replaced(self) -> tuple[Assumptions, dict[str, Polynomial]]:
        """What is assumed, and every letter that is replaced: also those that became plain by it."""
        values = dict(self.values)
        defined: list[tuple[str, Defined]] = []
        for name, what in (*self.layer.defined, *self.defined):
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
    def assumptions(self) -> Assumptions:
        """What is known of the letters that are left."""
        return self._replaced[0]

    @property
    def all_values(self) -> dict[str, Polynomial]:
        """Every letter that is replaced."""
        return self._replaced[1]

    @property
    def where(self) -> str:
        """The sizes in words."""
        return ", ".join(self.words) or "every shape"

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
        return [replace(one, words=self.words) for one in possible] if len(possible) == 1 else possible

    def _with(self, fact: Polynomial) -> Scope:
        """These sizes with one more condition; one that says what a letter is replaces the letter."""
        known = self.assumptions
        met = known.implies(-fact) or known.products_for(-fact) is not None
        if met and (found := self._solved(fact)) is not None:
            name, value = found
            values = {key: one.substitute({name: value}) for key, one in self.values.items()}
            facts = tuple(one.substitute({name: value}) for one in self.facts)
            words = (*self.words, f"{name} = {readable(value)}")
            return Scope(self.layer, {**values, name: value}, facts, self.defined, words)
        return replace(self, facts=(*self.facts, fact), words=(*self.words, in_words(fact)))

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
        words = tuple(f"{name} = {size}" for name, size in sorted(sizes.items()))
        return Scope(self.layer, {**values, **numbers}, (), (), words)

    def smallest(self, names: Iterable[str], tries: int) -> Iterable[dict[str, int]]:
        """Sizes in it, the smallest first, by the layer's own letters."""
        free = [name for name in names if name not in self.all_values]
        known = self.assumptions
        wanted = [*free, *known.bounds]
        draws = known.draws(wanted, random.Random(0), tries // 10, LARGEST)
        for found in chain(known.smallest(wanted, tries), draws):
            values = {name: number for name, number in found.items() if name not in self.assumptions.definitions}
            values.update({name: int(value.evaluate(found)) for name, value in self.values.items()})
            yield values


def in_words(fact: Polynomial) -> str:
    """fact >= 0 as people write it.

    >>> p, n = Polynomial.name("p"), Polynomial.name("n")
    >>> in_words(p - 1), in_words(n - 2 * p)
    ('p >= 1', 'n >= 2 p')
    """
    left = Polynomial([(m, c) for m, c in fact.variable_terms if c > 0])
    right = Polynomial([(m, -c) for m, c in fact.variable_terms if c < 0])
    number = fact.constant_term
    if not left:
        return f"{readable(right)} <= {number}"
    if number > 0 and right:
        return f"{readable(left + number)} >= {readable(right)}"
    return f"{readable(left)} >= {readable(right - number)}"


def readable(number: Polynomial) -> str:
    """A number in letters: 2 p + 1."""
    names = sorted(number.variable_terms, key=lambda term: (term[1] < 0, -len(term[0]), term[0]))
    text = ""
    for names_of, coefficient in [*names, *([((), number.constant_term)] if number.constant_term else [])]:
        size = abs(coefficient)
        body = " ".join(names_of)
        part = body if body and size == 1 else f"{size} {body}".strip()
        text += (" - " if coefficient < 0 else " + ") + part
    if not text:
        return "0"
    return text.removeprefix(" + ") if text.startswith(" + ") else "-" + text.removeprefix(" - ")
