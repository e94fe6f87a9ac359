"""What a spot check may cost: how many trials there are, and what is refused before any work starts.

Costs are counted in numbers: a product of an output counts as one, and so does each number that NumPy makes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symconv.algebra.extent import about
from symconv.errors import SizeLimitError, SymconvError, shown
from symconv.layers import Layer

MOST_TRIALS, LARGEST_SEED = 10_000, 2**64 - 1
"""At most 10,000 trials are made. A seed has at most 64 bits."""
MOST_ELEMENTS, MOST_PATCHED = 10_000_000, 30_000_000
"""The tensors to be drawn have at most 10 million elements, and the windows of a layer, side by side, 30 million."""
WORK, MOST_WORK = 300_000_000, 1_000_000_000
"""In all trials together about 300 million numbers are computed, so that of large subjects there are fewer trials; a
single trial computes at most a billion."""
OVERHEAD = 1_000_000
"""What a trial costs that computes nothing: as much as a million numbers."""
FEW_AXES, FRACTION = 4, 100
"""NumPy takes twice as long for a product with every axis beyond 4, and Python 100 times as long for a fraction."""


def require_draws(trials: object, seed: object) -> tuple[int, int]:
    """The number of trials and the seed.

    Raises:
        SymconvError: ``trials`` is not a whole number of at least 1, or ``seed`` none of at least 0.
    """
    for name, value, least in (("trials", trials, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise SymconvError(
                f"{name}={shown(value)}", f"not a whole number of at least {least}", f"use {name}={least}"
            )
    if int(trials) > MOST_TRIALS:  # type: ignore[call-overload]
        raise SizeLimitError(f"trials={shown(trials)}", "they would take hours", f"use at most {MOST_TRIALS:,}")
    if int(seed) > LARGEST_SEED:  # type: ignore[call-overload]
        raise SymconvError(f"seed={shown(seed)}", "it is too large", "use a number below 2^64")
    return int(trials), int(seed)  # type: ignore[call-overload]


def require_entries(count: int, of: Any, most: int = MOST_ELEMENTS) -> None:
    """That tensors with ``count`` entries together fit into memory.

    Raises:
        SizeLimitError: they do not.
    """
    if count > most:
        wrong = f"it has tensors with about {about(count)} entries"
        raise SizeLimitError(f"a spot check of {of!r}", wrong, f"the limit is {most:,}; {SMALLER}")


SMALLER = "use smaller sizes, whose formulas are the same"


def require_work(work: int, of: Any) -> int:
    """How many numbers a trial computes, if that is not too many.

    Raises:
        SizeLimitError: it is.
    """
    if work > MOST_WORK:
        wrong = f"a single trial computes about {about(work)} numbers"
        raise SizeLimitError(f"a spot check of {of!r}", wrong, f"the limit is {MOST_WORK:,}; {SMALLER}")
    return work


def trials_within(trials: int, work: int, of: Any) -> int:
    """How many of the trials there is time for, when each computes ``work`` numbers; at least 1.

    Raises:
        SizeLimitError: even one computes too many.
    """
    return max(1, min(trials, WORK // max(1, require_work(work, of))))


def output_products(layer: Layer) -> int:
    """About how many products and elements a layer has; fractions and many axes by the time that they take."""
    weight: int = 2 ** max(0, layer.ndim - FEW_AXES) * (FRACTION if layer.has_scale else 1)
    return weight * (layer.direct.output.estimated_terms + layer.largest_tensor)


def require_windows(layer: Layer, of: Any = None) -> None:
    """That the tensors of a layer, of a network or a step perhaps, fit into memory, and its windows side by side.

    Raises:
        SizeLimitError: they do not.
    """
    require_entries(layer.largest_tensor, of or layer)
    channels = min(int(layer.c_in.value or 1), int(layer.c_out.value or 1))
    count = layer.direct.output.estimated_terms // channels
    if count > MOST_PATCHED:
        wrong = f"its windows have about {about(count)} entries"
        raise SizeLimitError(f"a spot check of {of or layer!r}", wrong, f"the limit is {MOST_PATCHED:,}; {SMALLER}")
