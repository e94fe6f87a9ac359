"""A function that is known by its numbers alone: is it linear in each tensor, and where does it differ from a formula?

Exact whole numbers are passed as floats, small enough that every sum of the right result is exact in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations
from math import prod

import numpy as np

from symconv.foundations.arrays import Array
from symconv.foundations.values import Cached

Arrays = Mapping[str, Array]
MOST_FOUND = 24
"""Product terms that are looked for in one wrong entry."""
MISSES = 5
"""A difference is looked for with 5 draws before it is taken for zero."""


@dataclass(frozen=True)
class Box(Cached):
    """A function of tensors, and the right formula for what it gives.

    Args:
        function: gives a result for arrays by name, whole numbers in float64, as the layer has them.
        right: gives the right result for whole numbers.
        shapes: of the tensors that the function has.
        bits: how many bits of a whole number are exact in the function's floats.
        tolerance: how far results may be off; 0 for exact results.
    """

    function: Callable[[Arrays], Array]
    right: Callable[[Arrays], Array]
    shapes: Mapping[str, tuple[int, ...]]
    bits: int = 53
    tolerance: float = 0.0
    calls: list[int] = field(default_factory=lambda: [0], compare=False)

    def __call__(self, arrays: Arrays) -> Array:
        """What the function gives."""
        self.calls[0] += 1
        return self.function(arrays)

    def difference(self, arrays: Arrays) -> Array:
        """What the function gives, less what is right; 0 if that is within the tolerance."""
        right = np.asarray(self.right(arrays), dtype=float)
        difference = np.asarray(self(arrays), dtype=float) - right
        return np.where(np.abs(difference) <= self.tolerance, 0.0, difference)

    def drawn(self, generator: np.random.Generator, low: int, high: int) -> dict[str, Array]:
        """Random whole numbers from ``low`` to ``high - 1`` for every tensor."""
        return {name: generator.integers(low, high, shape) for name, shape in self.shapes.items()}

    @property
    def largest(self) -> int:
        """The largest number that is used to look for wrong terms, so that products are exact."""
        return int(2 ** max(2, min(8, (self.bits - 5) // max(1, len(self.shapes)))))

    # -- linear in each tensor? ----------------------------------------------------------------------

    def not_linear_in(self, generator: np.random.Generator, relative: float, trials: int = 2) -> str | None:
        """A tensor in which the function is not linear (or linear with a constant), if tests find one.

        Args:
            generator: of the numbers of the tests, eighths.
            relative: how far sums may be off, in relation to the largest.
            trials: of each tensor.
        """
        for _ in range(trials):
            for name, shape in self.shapes.items():
                others = self.drawn(generator, -9, 10)
                one, other = generator.integers(-40, 41, shape) / 8, generator.integers(-40, 41, shape) / 8
                at = [self({**others, name: array}).astype(float) for array in (one, other, 3 * one - 2 * other)]
                scale = max(1.0, *(float(np.max(np.abs(values), initial=0)) for values in at))
                close = np.abs(3 * at[0] - 2 * at[1] - at[2]) <= 10 * relative * scale
                if not np.all(close):  # a nan is not close
                    return name
        return None

    # -- which product terms differ? -----------------------------------------------------------------

    def wrong_terms(
        self, entry: tuple[int, ...], generator: np.random.Generator
    ) -> dict[tuple[tuple[str, int], ...], float]:
        """Terms of one entry whose coefficients are wrong, each with what it has too much; found by halving.

        A term is the tensors' names with the flat indices in them. The function must be linear in each tensor.
        """
        found: dict[tuple[tuple[str, int], ...], float] = {}
        for names in self._subsets:
            whole = {name: np.arange(prod(self.shapes[name])) for name in names}
            for term, too_much in self._halved(entry, whole, generator):
                found[term] = too_much
                if len(found) >= MOST_FOUND:
                    return found
        return found

    @cached_property
    def _subsets(self) -> list[tuple[str, ...]]:
        names = list(self.shapes)
        return list(chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)))

    def _halved(
        self, entry: tuple[int, ...], support: dict[str, Array], generator: np.random.Generator
    ) -> Iterator[tuple[tuple[tuple[str, int], ...], float]]:
        """The wrong terms with one entry of each tensor in the support, and none of other tensors."""
        for _ in range(MISSES if any(len(places) > 1 for places in support.values()) else 1):
            numbers = {name: generator.integers(1, self.largest + 1, len(places)) for name, places in support.items()}
            if self._only(entry, support, numbers):
                break
        else:
            return
        name = max(support, key=lambda one: len(support[one]), default=None)
        if name is None or len(support[name]) == 1:
            ones = {one: np.ones(1, dtype=int) for one in support}
            if too_much := self._only(entry, support, ones):
                yield tuple((one, int(places[0])) for one, places in support.items()), too_much
            return
        places = support[name]
        for half in (places[: len(places) // 2], places[len(places) // 2 :]):
            yield from self._halved(entry, {**support, name: half}, generator)

    def _only(self, entry: tuple[int, ...], support: Mapping[str, Array], numbers: Mapping[str, Array]) -> float:
        """The difference of one entry that comes from terms with all these tensors (inclusion and exclusion)."""
        total = 0.0
        for count in range(len(support) + 1):
            for names in combinations(support, count):
                arrays = {name: np.zeros(prod(shape), dtype=np.int64) for name, shape in self.shapes.items()}
                for name in names:
                    arrays[name][support[name]] = numbers[name]
                shaped = {name: array.reshape(self.shapes[name]) for name, array in arrays.items()}
                total += (-1) ** (len(support) - count) * float(self.difference(shaped)[entry])
        return total

    # -- all unit vectors ----------------------------------------------------------------------------

    @property
    def unit_vectors(self) -> int:
        """How many calls it takes to see all values on unit vectors and 0."""
        return prod(prod(shape) + 1 for shape in self.shapes.values())

    def first_wrong_unit(self) -> Arrays | None:
        """Unit vectors (or 0) for each tensor at which the function is wrong; None if it is right at all."""
        return self._units({}, list(self.shapes))

    def _units(self, chosen: dict[str, Array], left: list[str]) -> Arrays | None:
        if not left:
            return chosen if np.any(self.difference(chosen) != 0) else None
        name, *rest = left
        for place in range(-1, prod(self.shapes[name])):
            array = np.zeros(prod(self.shapes[name]), dtype=np.int64)
            if place >= 0:
                array[place] = 1
            found = self._units({**chosen, name: array.reshape(self.shapes[name])}, rest)
            if found is not None:
                return found
        return None
