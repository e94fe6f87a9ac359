"""Claims about max pooling: the switches S are 1 at the largest element of every window and else 0.

They are not free numbers, so a claim is refuted by numbers for the input, from which the switches follow. For single
entries it is proved with what is known of switches: in every window they are 0 or 1, one of them is 1, and that one
is inside the input.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.algebra.concrete.blocks import require_terms
from symconv.algebra.polynomial import Polynomial
from symconv.claims.interpret.definitions import Definitions
from symconv.errors import FormulaError, GeometryError, InfiniteSumError, SizeLimitError
from symconv.formulas.labels import Polynomials
from symconv.foundations.values import Cached
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.proof.equation import Equation
from symconv.proof.refute import MAX_TERMS, sizes_to_try, witness
from symconv.proof.verdict import Verdict, Witness

MOST_SWITCHES = 4_000
"""Claims about entries of a layer with more switches are not judged."""
SIZES, INPUTS, LARGEST = 150, 4, 3
"""The search for a counterexample tries 150 sizes with 4 inputs each, of numbers up to 3."""

Place = tuple[tuple[int, ...], tuple[int, ...]]
"""The window and the kernel offset of a switch."""


@dataclass(frozen=True)
class _Given:
    """A tensor in numbers."""

    numbers: npt.NDArray[np.object_]

    @property
    def names(self) -> Iterable[str]:
        return ()

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        return self.numbers

    def renamed(self, values: Mapping[str, Polynomial]) -> _Given:
        return self


def decided(verdict: Verdict, equation: Equation, layer: Layer) -> Verdict:
    """The verdict, refuted where an input is found at which the sides of an equation with switches differ."""
    if verdict.status != "undecided" or not equation.constrained or not layer.has_switch:
        return verdict
    found = _difference(equation, layer)
    return verdict if found is None else Verdict("refuted", verdict.scope, "numbers that differ", witness=found)


def _difference(equation: Equation, layer: Layer) -> Witness | None:
    generator = random.Random(0)
    used = {tensor.name for side in (equation.left, equation.right) for tensor in side.tensors}
    used |= {layer.notation.input, layer.notation.switch}
    for values in islice(sizes_to_try(equation, generator), SIZES):
        for _ in range(INPUTS):
            try:
                concrete = layer.at(**{name: values[name] for name in layer.symbol_names})
                arrays = _drawn(concrete, generator)
                given = tuple((name, _Given(numbers.astype(object))) for name, numbers in arrays.items())
                numeric = replace(equation, fixed=(*equation.fixed, *given))
                found = numeric.compare(values, MAX_TERMS).disagreement
            except (SizeLimitError, InfiniteSumError, FormulaError, GeometryError):
                break
            if found is not None:
                shown = {name: numbers for name, numbers in arrays.items() if name in used}
                return replace(witness(numeric, values, found), values=_entries(concrete, shown))
    return None


def _drawn(layer: Layer, generator: random.Random) -> dict[str, npt.NDArray[Any]]:
    """Numbers for the input and the upstream gradient, and the switches that follow."""
    names = layer.notation

    def numbers(shape: Iterable[Any]) -> npt.NDArray[Any]:
        sizes = [int(size) for size in shape]
        return np.array([generator.randint(-1, LARGEST) for _ in range(int(np.prod(sizes)))]).reshape(sizes)

    x = numbers(layer.input_shape)
    return {names.input: x, names.grad_output: numbers(layer.output_shape), **layer.chosen(x)}


def _entries(layer: Layer, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[tuple[str, tuple[int, ...]], int]:
    """The entries that are not zero, with an index for every axis."""
    layouts = layer.direct.layouts
    result = {}
    for name, numbers in arrays.items():
        shaped = numbers.reshape([int(axis.size.value or 0) for axis in axes_of(layouts[name])])
        for index in np.argwhere(shaped).tolist():
            result[name, tuple(index)] = int(shaped[tuple(index)])
    return result


class Switches(Cached):
    """The switches of a concrete layer by their labels."""

    def __init__(self, definitions: Definitions, layer: Layer) -> None:
        self.definitions, self.layer = definitions, layer
        count = prod(int(axis.size.value or 0) for axis in axes_of(definitions.layouts[layer.notation.switch]))
        if count > MOST_SWITCHES:
            raise SizeLimitError(
                f"a claim about entries of a layer with {count:,} switches",
                f"it differs from its formula as written, and the limit for judging more is {MOST_SWITCHES:,} switches",
                "use a smaller layer of this kind, or symbols for the sizes",
            )
        self._windows = [[frozenset(window) for window in layer.windows(axis)] for axis in range(layer.ndim)]
        self.places = dict(self._places())
        self.inside: dict[tuple[int, ...], list[str]] = {}
        for label, (window, offset) in self.places.items():
            if self._is_inside(window, offset):
                self.inside.setdefault(window, []).append(label)

    @cached_property
    def inputs(self) -> set[str]:
        """The labels of the input."""
        sizes = [int(axis.size.value or 0) for axis in axes_of(self.layer.input_layout)]
        entries = (self.definitions.entry(self.layer.notation.input, at) for at in product(*map(range, sizes)))
        return {entry.label for entry in entries if entry is not None}

    def _places(self) -> Iterator[tuple[str, Place]]:
        name, ndim = self.layer.notation.switch, self.layer.ndim
        sizes = [int(axis.size.value or 0) for axis in axes_of(self.definitions.layouts[name])]
        for index in product(*map(range, sizes)):
            entry = self.definitions.entry(name, index)
            assert entry is not None
            yield entry.label, (index[:-ndim], index[-ndim:])

    def _is_inside(self, window: tuple[int, ...], offset: tuple[int, ...]) -> bool:
        positions = window[-self.layer.ndim :]
        return all(k in self._windows[axis][i] for axis, (i, k) in enumerate(zip(positions, offset)))

    def reduced(self, polynomial: Polynomials, max_terms: int) -> Polynomials:
        """The polynomial where S S = S, two of a window are never 1, and the last is 1 less the others."""
        result: Polynomials = {}
        for labels, coefficient in polynomial.items():
            others = [label for label in labels if label not in self.places]
            used = {label for label in labels if label in self.places}
            windows = [self.places[label][0] for label in used]
            outside = any(label not in self.inside[window] for label, window in zip(used, windows))
            if outside or len(set(windows)) < len(windows):
                continue
            ways = [self._in_others(label) for label in sorted(used)]
            for choice in product(*ways):
                key = tuple(sorted([*others, *(label for label, _ in choice if label)]))
                result[key] = result.get(key, 0) + coefficient * int(np.prod([sign for _, sign in choice]))
            require_terms(len(result), max_terms, "a claim about switches")
        return {key: value for key, value in result.items() if value}

    def _in_others(self, label: str) -> list[tuple[str, int]]:
        """A switch; the last of a window as 1 less the others."""
        window = self.inside[self.places[label][0]]
        return [("", 1), *((other, -1) for other in window[:-1])] if label == window[-1] else [(label, 1)]

    def numbers(self) -> Iterator[dict[str, int]]:
        """Numbers for every label, with the switches that belong to the input."""
        generator = random.Random(0)
        for _ in range(SIZES):
            arrays = _drawn(self.layer, generator)
            result: dict[str, int] = {}
            for (name, index), number in _entries(self.layer, arrays).items():
                entry = self.definitions.entry(name, index)
                assert entry is not None
                result[entry.label] = number
            yield result
