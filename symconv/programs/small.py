"""Small numbers for the letters of a layer, at which a function is run or a change of it is tried."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import islice, product
from math import prod
from typing import Any

import sympy as sp

from symconv.errors import SizeLimitError, SymconvError
from symconv.layers import Layer

SHAPES, TRIES, LARGEST, MOST_TERMS = 6, 600, 8, 20_000
"""6 shapes, found in 600 tries with sizes up to 8, each of at most 20,000 product terms."""

TINY, MOST_ROUNDS = (0, 1, 1, 2, 2, 3, 4), 200
"""Tiny shapes have these sizes, of a product of at most 200."""


def small_shapes(layer: Layer, count: int = SHAPES, seed: int = 0) -> Iterator[dict[str, int]]:
    """Small numbers for the letters of a layer, as different as they can be, and then some that are 0 or 1.

    Raises:
        SizeLimitError: none were found.
    """
    generator, found = random.Random(seed), list[dict[str, int]]()
    for tried in range(TRIES):
        least = 2 if len(found) < count // 2 and tried < TRIES // 2 else 0
        values = {name: generator.randint(least, 3 + tried * (LARGEST - 3) // TRIES) for name in layer.symbol_names}
        if values not in found and _fits(layer, values):
            found.append(values)
            yield values
        if len(found) == count:
            return
    if not found:
        raise SizeLimitError(f"small shapes of {layer!r}", "none were found", "give numbers for its sizes")


def tiny_shapes(layer: Layer, count: int) -> list[dict[str, int]]:
    """Shapes at which loops have few rounds, and as many sizes as possible are not 1."""
    generator, found = random.Random(0), list[dict[str, int]]()
    for _ in range(TRIES):
        values = {name: generator.choice(TINY) for name in layer.symbol_names}
        if prod(max(size, 1) for size in values.values()) <= MOST_ROUNDS and values not in found:
            found.append(values)
    found.sort(key=lambda values: -sum(size > 1 for size in values.values()))
    return list(islice((values for values in found if _fits(layer, values)), count))


def overlapping_shapes(layer: Layer, count: int) -> Iterator[dict[str, int]]:
    """Tiny shapes with several windows along every axis, of which neighbors overlap; none if there are none."""
    kernels = {name for scheme in layer.schemes for name in scheme.K.names}
    inputs = [name for scheme in layer.schemes for name in sorted(scheme.n.names - kernels)]
    pads = {name for scheme in layer.schemes for name in scheme.low.names} - kernels
    seen: list[dict[str, int]] = []
    for kernel, size, pad in product((2, 3), (3, 4, 2), (0, 1)):
        values = dict.fromkeys(layer.symbol_names, 1)
        values |= dict.fromkeys(kernels & values.keys(), kernel) | dict.fromkeys(pads & values.keys(), pad)
        values |= {name: size + at for at, name in enumerate(dict.fromkeys(inputs)) if name in values}
        if len(seen) < count and values not in seen and _overlaps(layer, values):
            seen.append(values)
            yield values


def _overlaps(layer: Layer, values: dict[str, int]) -> bool:
    """Whether there is such a layer, with several windows of which neighbors overlap."""
    try:
        at = layer.at(**values)
    except SymconvError:
        return False
    axes = [(scheme.K.value, scheme.s.value, m.value) for scheme, m in zip(at.schemes, at.m)]
    return all(None not in axis and axis[0] > axis[1] and axis[2] > 1 for axis in axes)  # type: ignore[operator]


def _fits(layer: Layer, values: dict[str, int]) -> bool:
    """Whether there is such a layer, and it is small."""
    try:
        return layer.at(**values).direct.output.estimated_terms <= MOST_TERMS
    except SymconvError:
        return False


def with_values(arguments: Any, values: Mapping[str, int]) -> Any:
    """What the user says of parameters, with numbers for the layer's letters."""
    if isinstance(arguments, Mapping):
        return {name: with_values(one, values) for name, one in arguments.items()}
    if isinstance(arguments, (tuple, list)):
        return type(arguments)(with_values(one, values) for one in arguments)
    if isinstance(arguments, str):
        return values.get(arguments, arguments)
    if isinstance(arguments, sp.Expr):
        found = arguments.subs(
            {symbol: values[str(symbol)] for symbol in arguments.free_symbols if str(symbol) in values}
        )
        return int(found) if found.is_Integer else found
    return arguments
