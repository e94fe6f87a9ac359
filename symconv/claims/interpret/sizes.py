"""Sizes in claims, compared for every layer of a kind: equal, or numbers at which they differ."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cached_property

import sympy as sp

from symconv.algebra.assumptions import Assumptions, Defined
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.errors import ClaimError
from symconv.foundations.values import Cached
from symconv.layers import Layer

FIRST, SMALLEST, DRAWS, LARGEST = 60, 3_000, 300, 30
"""Numbers at which sizes are compared: the 3,000 smallest, 60 of them at once, and 300 random ones up to 30."""


class Sizes(Cached):
    """Sizes of one layer, as polynomials in which one thing has one name."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self._known: dict[Defined, Polynomial] = {}
        self._values = layer.assumptions.renaming(self._known, set(layer.symbol_names))
        self._read: dict[sp.Expr, tuple[Polynomial, Assumptions]] = {}

    @cached_property
    def _own(self) -> Assumptions:
        return self.layer.assumptions.renamed(self._values)

    def read(self, size: sp.Expr) -> tuple[Polynomial, Assumptions]:
        """A size, and what is assumed of the names in it.

        Raises:
            ClaimError: it divides by what may be 0.
        """
        if size not in self._read:
            reader = Reader(meanings=self._known)
            polynomial = reader.polynomial(sp.expand(size)).substitute(self._values)
            for name, low in reader.assumptions.lower:
                if low > 0 and name in self.layer.symbol_names and not self._own.is_positive(Polynomial.name(name)):
                    raise ClaimError(str(size), f"{name} may be 0", "divide by sizes that are at least 1")
            assumptions = self._own
            if reader.defined:
                renamed = {name: one.substitute(self._values) for name, one in reader.defined.items()}
                assumptions = assumptions.and_also((), Assumptions((), (), tuple(renamed.items())))
            self._read[size] = polynomial, assumptions
        return self._read[size]

    def equal(self, one: sp.Expr, other: sp.Expr) -> bool:
        """Whether two sizes are proved equal for every such layer."""
        if one == other:
            return True
        difference, assumptions = self.read(sp.sympify(one, strict=True) - sp.sympify(other, strict=True))
        if not difference.terms:
            return True
        return difference.value is None and assumptions.implies(difference) and assumptions.implies(-difference)

    def at_least(self, one: sp.Expr, other: sp.Expr) -> bool:
        """Whether the first is proved to be at least the second."""
        difference, assumptions = self.read(sp.sympify(one, strict=True) - sp.sympify(other, strict=True))
        return assumptions.implies(difference)

    def numbers(self) -> Iterator[dict[str, int]]:
        """Numbers for the layer's symbols, the smallest first."""
        yield from self.layer.assumptions.smallest(self.layer.symbol_names, FIRST)
        yield from self._numbers

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], ...]:
        names, assumptions = self.layer.symbol_names, self.layer.assumptions
        drawn = assumptions.draws(names, random.Random(0), DRAWS, LARGEST)
        return (*assumptions.smallest(names, SMALLEST), *drawn)

    def difference_at(self, one: sp.Expr, other: sp.Expr) -> dict[str, int] | None:
        """The layer's sizes at which two sizes are different numbers; None if none were found."""
        given = sp.sympify(one, strict=True) - sp.sympify(other, strict=True)
        difference, assumptions = self.read(given)
        for values in self.numbers():
            full = dict(values)
            for name, defined in assumptions.defined:
                if name not in full:
                    full[name] = defined.evaluate(full)
            if difference.evaluate(full):
                return {name: values[name] for name in self.layer.symbol_names}
        return None

    def at(self, size: sp.Expr, values: dict[str, int]) -> int:
        """The number that a size is."""
        polynomial, assumptions = self.read(size)
        full = dict(values)
        for name, defined in (*self.layer.assumptions.defined, *assumptions.defined):
            full.setdefault(name, defined.evaluate(full))
        return int(polynomial.evaluate(full))
