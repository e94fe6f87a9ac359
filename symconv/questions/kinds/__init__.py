"""The kinds of exercise, a module each for those that belong together; ``KINDS`` in the order of a sheet."""

from __future__ import annotations

from symconv.questions.kinds import (
    choices,
    entries,
    general,
    matrix,
    numbers,
    receptive_field as reading,
    size_formula,
    sizes,
)
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.subject import Subject

KINDS: list[Kind[Subject]] = [
    *sizes.KINDS, *size_formula.KINDS, *numbers.KINDS, *reading.KINDS, *matrix.KINDS, *entries.KINDS, *choices.KINDS,
    *general.KINDS,
]  # fmt: skip

__all__ = ["KINDS", "Kind", "Place"]
