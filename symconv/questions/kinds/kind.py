"""What a kind of exercise is."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symconv.questions.draft import Draft
from symconv.questions.naming import Index
from symconv.questions.subject import Subject

Place = tuple[str, Index]
"""What an exercise asks for: of what, and where. Two exercises of a kind with the same place are one question."""


@dataclass(frozen=True)
class Kind:
    """A kind of exercise.

    Args:
        name: as in ``Exercise.kind``.
        places: every question of this kind about a layer; each of them can be drafted.
        draft: one of them; what is drawn by chance is drawn from the generator that is passed.
    """

    name: str
    places: Callable[[Subject], Sequence[Place]]
    draft: Callable[[Subject, Place, random.Random], Draft]
