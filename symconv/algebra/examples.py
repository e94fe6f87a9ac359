"""Numbers for names, at which facts hold: what they show not to follow needs no search.

Whether facts contradict each other is asked again and again, and most often they do not. One example is enough to see
that. There are a thousand of them, the same ones for all questions, with small random numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

from symconv.algebra.polynomial import Polynomial
from symconv.foundations.later import np

if TYPE_CHECKING:
    from symconv.foundations.later import npt

Numbers: TypeAlias = "npt.NDArray[np.int64]"


class Computed(Protocol):
    """What a name stands for."""

    @property
    def names(self) -> frozenset[str]: ...

    def computed(self, values: Mapping[str, Numbers]) -> Numbers: ...


COUNT = 1_024
"""How many examples there are."""
ABOVE = (0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 7)
"""By how much a name is above its least value."""
ANY = (-3, -2, -1, 0, 0, 1, 1, 2, 3, 4, 6, 9)
"""The values of a name that has no least one."""
LARGEST_VALUE, LARGEST_COEFFICIENT, HIGHEST_DEGREE = 100, 10**6, 5
"""Polynomials with greater coefficients, or of a higher degree, are not computed: numbers stay far below 2^63."""


class Examples:
    """Examples that satisfy some assumptions.

    Args:
        least: the least value of names that have one.
        defined: names that stand for something.
        facts: polynomials that are not negative.

    >>> n, k = Polynomial.name("n"), Polynomial.name("k")
    >>> examples = Examples({"n": 1}, {}, ())
    >>> examples.satisfy([k, n - 1 - k]), examples.satisfy([k - n, -k])
    (True, False)
    """

    def __init__(self, least: Mapping[str, int], defined: Mapping[str, Computed], facts: Iterable[Polynomial]) -> None:
        self.least, self.defined = least, defined
        self._values: dict[str, Numbers] = {}
        self._where: dict[Polynomial, int] = {}
        self._left = (1 << COUNT) - 1
        for fact in facts:
            self._left &= self._holds(fact)

    def satisfy(self, facts: Iterable[Polynomial]) -> bool:
        """Whether all facts (each >= 0) hold at an example, so that they cannot contradict each other."""
        left = self._left
        for fact in facts:
            if not left:
                break
            left &= self._holds(fact)
        return bool(left)

    def _holds(self, fact: Polynomial) -> int:
        """The examples at which a fact holds, as the bits of a number; none if that is not computed."""
        if (known := self._where.get(fact)) is None:
            known = self._where[fact] = self._computed(fact) if _is_small(fact) else 0
        return known

    def _computed(self, fact: Polynomial) -> int:
        values = fact.evaluate({name: self._of(name) for name in fact.names})
        return int.from_bytes(np.packbits(np.broadcast_to(values >= 0, COUNT)).tobytes(), "big")

    def _of(self, name: str) -> Numbers:
        """The values of a name in all examples."""
        if (known := self._values.get(name)) is None:
            one = self.defined.get(name)
            known = np.array(_drawn(name, self.least.get(name)))
            if one is not None:
                known = one.computed({other: self._of(other) for other in one.names}) + 0 * known
            self._values[name] = np.clip(known, -LARGEST_VALUE, LARGEST_VALUE)
        return known


@lru_cache(maxsize=1024)
def _drawn(name: str, least: int | None) -> tuple[int, ...]:
    """Random numbers, always the same ones."""
    draw = random.Random(name).choices
    return tuple(draw(ANY, k=COUNT) if least is None else [least + more for more in draw(ABOVE, k=COUNT)])


def _is_small(fact: Polynomial) -> bool:
    return all(isinstance(c, int) and abs(c) < LARGEST_COEFFICIENT and len(m) <= HIGHEST_DEGREE for m, c in fact.terms)
