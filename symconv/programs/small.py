"""Small numbers for the letters of a layer, at which a function is run or a change of it is tried."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp

from symconv.errors import SizeLimitError, SymconvError
from symconv.layers import Layer

SHAPES, TRIES, LARGEST, MOST_TERMS = 6, 600, 8, 20_000
"""6 shapes, found in 600 tries with sizes up to 8, each of at most 20,000 product terms."""


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
