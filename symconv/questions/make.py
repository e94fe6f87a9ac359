"""exercises: from a layer to a sheet of exercises."""

from __future__ import annotations

import random

from symconv.errors import ExerciseError, shown
from symconv.foundations.verbs import verb
from symconv.layers import Layer
from symconv.questions.kinds import KINDS, Kind, Place
from symconv.questions.languages import Texts
from symconv.questions.sheet import Exercises
from symconv.questions.subject import Subject

MOST_ELEMENTS, LARGEST_SEED = 10**12, 2**64 - 1
"""Solutions are about single entries, and their numbers fit if the layer's tensors have at most 10^12 elements."""


@verb(Layer, "exercises", "a layer")
def exercises(conv: Layer, n: int, seed: int = 0, *, language: str = "en") -> Exercises:
    """Questions about a layer, each with its solution.

    Every solution is verified by ``check`` if it is a claim, and by plain arithmetic that shares no code with the
    formulas; wrong options are refuted. The same arguments give the same bytes.

    Args:
        conv: a layer, concrete or with symbols.
        n: how many, all of them different; n >= 1.
        seed: a whole number; a different seed gives different questions.
        language: "en" or "de".

    Returns:
        Exercises, which ``write`` as a sheet and ``grade`` an answer.

    Raises:
        ExerciseError: the layer has fewer questions, which are counted, or ``n`` or ``seed`` is no such number.
        SymconvError: no layer, or no such language.

    >>> from symconv.layers import Conv
    >>> sheet = exercises(Conv(3, 2), 3)
    >>> print(sheet[0])
    1. Which entries of $X$ does $h_{1}$ read?
    >>> sheet[0].answer
    ('X1', 'X2')
    """
    conv.require_arithmetic("exercises")
    for name, number, least in (("n", n, 1), ("seed", seed, None)):
        if isinstance(number, bool) or not isinstance(number, int) or (least is not None and number < least):
            raise ExerciseError(
                f"{name}={shown(number)}", f"not a whole number{' of at least 1' if least else ''}", f"use {name}=1"
            )
    if abs(seed) > LARGEST_SEED:
        raise ExerciseError(f"seed={shown(seed)}", "it is too large", "use a number below 2^64")
    if conv.is_concrete:
        conv.require_elements(MOST_ELEMENTS, "exercises")
    subject = Subject(conv, Texts(language))
    chosen = _chosen(subject, n, random.Random(seed))
    made = [
        subject.verified(kind.draft(subject, place, random.Random(f"{seed} {kind.name} {place}")), number)
        for number, (kind, place) in enumerate(chosen, start=1)
    ]
    return Exercises(subject, seed, tuple(made))


def _chosen(subject: Subject, n: int, chance: random.Random) -> list[tuple[Kind, Place]]:
    """So many different questions, of as many kinds as there are, in the order of the kinds."""
    waiting = {kind: list(kind.places(subject)) for kind in KINDS}
    available = sum(map(len, waiting.values()))
    if n > available:
        raise ExerciseError(
            f"n={shown(n)} exercises on {subject.layer!r}",
            f"there are {available} different questions about it" if available else "there are no questions about it",
            f"use at most {available}" if available else "use a layer of which formulas can be checked",
        )
    for places in waiting.values():
        chance.shuffle(places)
    chosen: list[tuple[Kind, Place]] = []
    asked: set[Place] = set()
    while len(chosen) < n:
        kinds = [kind for kind, places in waiting.items() if places]
        chance.shuffle(kinds)
        for kind in kinds[: n - len(chosen)]:
            # No exercise gives away another's answer while there are others.
            place = next((place for place in waiting[kind] if place not in asked), waiting[kind][0])
            waiting[kind].remove(place)
            asked.add(place)
            chosen.append((kind, place))
    return sorted(chosen, key=lambda pair: KINDS.index(pair[0]))
