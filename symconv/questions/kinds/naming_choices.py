"""The names among which those of an answer are chosen, by systems that mark no free text."""

from __future__ import annotations

import random
from collections.abc import Sequence

from symconv.questions.naming import Index
from symconv.questions.subject import Subject

MOST = 16
"""Names to choose from, unless the answer has more."""


def among(
    subject: Subject, role: str, right: Sequence[Index], candidates: Sequence[Index], chance: random.Random
) -> tuple[str, ...]:
    """Labels of the right entries and of others, in row-major order; all candidates if there are few.

    The others are drawn last, so that nothing else of an exercise depends on how many there are.
    """
    wrong = [at for at in candidates if at not in set(right)]
    kept = set(chance.sample(wrong, min(len(wrong), max(MOST - len(right), 2))))
    return tuple(subject.naming.label(role, at) for at in candidates if at in kept or at in set(right))
