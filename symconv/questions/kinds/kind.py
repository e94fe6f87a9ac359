"""What a kind of exercise is."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from symconv.questions.draft import Draft
from symconv.questions.exercise import Difficulty
from symconv.questions.naming import Index
from symconv.questions.subject import About

Place = tuple[str, Index]
"""What an exercise asks for: of what, and where. Two exercises of a kind with the same place are one question."""

Of = TypeVar("Of", bound=About)


@dataclass(frozen=True)
class Kind(Generic[Of]):
    """A kind of exercise.

    Args:
        name: as in ``Exercise.kind``.
        places: every question of this kind about a subject; each of them can be drafted.
        draft: one of them; what is drawn by chance is drawn from the generator that is passed.
        difficulty: "easy", "medium" or "hard".
    """

    name: str
    places: Callable[[Of], Sequence[Place]]
    draft: Callable[[Of, Place, random.Random], Draft]
    difficulty: Difficulty = "medium"
