"""The letters of a setting: symbols for sizes, what is assumed of them, and letters that stand for something."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import sympy as sp

from symconv.algebra.assumptions import Assumptions, Defined
from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader


class SymbolTable:
    """Symbols for sizes, with what is assumed of them, and letters that stand for something computed from them.

    It is filled while what it belongs to is being made.

    Args:
        shared: another table, if it has the same symbols and letters; what is assumed here is not assumed there.
    """

    def __init__(self, shared: SymbolTable | None = None) -> None:
        self.reader: Reader = Reader() if shared is None else shared.reader
        self.defined: dict[str, Defined] = {} if shared is None else shared.defined
        self._facts: list[Polynomial] = []
        self._least: dict[str, int] = {}

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What formulas rely on; letters that are defined later, when they are asked for, are not part of it."""
        return (frozenset(self.symbols.items()), frozenset(self._facts))

    @property
    def symbols(self) -> Mapping[str, sp.Symbol]:
        """The user's own symbols by name."""
        return self.reader.symbols

    @property
    def names(self) -> set[str]:
        """The names of the symbols."""
        return self.reader.names

    @property
    def taken(self) -> set[str]:
        """The names of symbols and letters."""
        return self.names.union(self.defined)

    def assume(self, numbers: Iterable[Polynomial]) -> None:
        """That none of these is negative."""
        self._facts.extend(numbers)

    def define(self, letter: str, defined: Defined, least: int, taken: Iterable[str]) -> Polynomial:
        """The letter that stands for something known to be at least ``least``; the same one for the same thing.

        A letter that is taken, here or by one of the names in ``taken``, gets a prime.
        """
        for name, known in self.defined.items():
            if known == defined:
                return Polynomial.name(name)
        name = fresh(letter, self.taken.union(taken))
        self.defined[name], self._least[name] = defined, least
        return Polynomial.name(name)

    @property
    def assumptions(self) -> Assumptions:
        """What is known so far."""
        own = Assumptions(tuple(self._least.items()), (), tuple(self.defined.items()))
        return self.reader.assumptions.and_also(self._facts, own)
