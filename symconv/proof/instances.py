"""A layer with numbers as an instance of the general theorem about its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.proof.verdict import Verdict

INSTANCE = "an instance of the general theorem"


def instance(layer: Layer, proved: Callable[[Layer], Verdict], scope: str) -> Verdict | None:
    """The verdict on a layer with numbers that follows from the theorem about all layers of its kind.

    Args:
        layer: with numbers.
        proved: the theorem, for a layer with letters.
        scope: of the layer, in words.

    Returns:
        None if the general theorem is not proved, or does not have this layer as an instance.
    """
    try:
        family = layer.family()
        numbers = _numbers(family.arguments(), layer.arguments())
        if numbers is None or set(numbers) != set(family.symbol_names) or family.at(**numbers) != layer:
            return None
        if not family.assumptions.holds(dict(numbers)):
            return None
        general = proved(family)
    except SymconvError:
        return None
    if not general.proved:
        return None
    return Verdict("proved", scope, f"{INSTANCE}, which holds for {general.scope}", by=INSTANCE)


def _numbers(letters: Any, values: Any) -> dict[str, int] | None:
    """The number for each letter with which one is the other; None if they differ in anything else."""
    if isinstance(letters, sp.Symbol):
        return {str(letters): int(values)} if isinstance(values, (int, sp.Integer)) else None
    if isinstance(letters, sp.Expr) and letters.could_extract_minus_sign():
        return None if not isinstance(values, (int, sp.Integer)) else _numbers(-letters, -values)
    if isinstance(letters, dict) and isinstance(values, dict):
        pairs = [(letters[name], values[name]) for name in letters]
    elif isinstance(letters, tuple) and isinstance(values, tuple) and len(letters) == len(values):
        pairs = list(zip(letters, values))
    else:
        return {} if letters == values else None
    found: dict[str, int] = {}
    for letter, value in pairs:
        numbers = _numbers(letter, value)
        if numbers is None or any(found.get(name, number) != number for name, number in numbers.items()):
            return None
        found |= numbers
    return found
