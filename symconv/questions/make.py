"""exercises: from a layer, a network or a step to a sheet of exercises."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any, get_args

from symconv.errors import ExerciseError, instead_of, shown
from symconv.foundations.verbs import verb
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks import Graph
from symconv.questions.exercise import Difficulty
from symconv.questions.kinds import KINDS, Kind, Place
from symconv.questions.languages import Texts
from symconv.questions.of_networks import NETWORK_KINDS, NetworkSubject
from symconv.questions.of_steps import STEP_KINDS, StepSubject
from symconv.questions.sheet import Exercises
from symconv.questions.subject import About, Subject

MOST_ELEMENTS, LONGEST_AXIS, LARGEST_SEED = 10**12, 1_000_000, 2**64 - 1
"""Solutions are about single entries; an axis of at most a million elements is walked through for some of them."""

DIFFICULTIES: tuple[str, ...] = get_args(Difficulty)
LONGEST_TITLE = 200

Kinds = Sequence[Kind[Any]]


@verb(Layer, "exercises", "a layer, a network or a step")
def exercises(
    conv: Layer, n: int, seed: int = 0, *, language: str = "en", difficulty: str | None = None, title: str = ""
) -> Exercises:
    """Questions about a layer, a network or a step of gradient descent, each with its solution.

    Every solution is verified by ``check`` if it is a claim, and by plain arithmetic that shares no code with the
    formulas; wrong options are refuted. The same arguments give the same bytes.

    Args:
        conv: a layer, concrete or with symbols; a network or a step, concrete.
        n: how many, all of them different; n >= 1.
        seed: a whole number; a different seed gives different questions.
        language: "en" or "de".
        difficulty: "easy", "medium" or "hard"; by default, all.
        title: of the sheet; by default it says what the exercises are about.

    Returns:
        Exercises, which ``write`` as a sheet and ``grade`` an answer.

    Raises:
        ExerciseError: there are fewer questions, which are counted, or ``n`` or ``seed`` is no such number.
        SymconvError: not a layer, or no such language.

    >>> from symconv import Conv
    >>> sheet = exercises(Conv(3, 2), 3)
    >>> print(sheet[0])
    1. Which entries of $X$ does $h_{1}$ read?
    >>> sheet[0].answer
    ('X1', 'X2')
    """
    conv.require_arithmetic("exercises")
    if conv.is_concrete:
        conv.require_entries("exercises")
        longest = max(int(axis.padded.value or 0) for axis in conv.schemes)
        conv.require_elements(MOST_ELEMENTS if longest <= LONGEST_AXIS else LONGEST_AXIS, "exercises")
    return _made(Subject(conv, Texts(language)), KINDS, n, seed, difficulty, title)


def exercises_on_network(network: Graph, n: int, seed: int = 0, *, language: str = "en",
                         difficulty: str | None = None, title: str = "") -> Exercises:  # fmt: skip
    """Questions about a network; see ``exercises``."""
    _require_concrete(network, network.is_concrete)
    return _made(NetworkSubject(network, Texts(language)), NETWORK_KINDS, n, seed, difficulty, title)


def exercises_on_step(step: Step, n: int, seed: int = 0, *, language: str = "en",
                      difficulty: str | None = None, title: str = "") -> Exercises:  # fmt: skip
    """Questions about a step of gradient descent; see ``exercises``."""
    _require_concrete(step, step.layer.is_concrete)
    return _made(StepSubject(step, Texts(language)), STEP_KINDS, n, seed, difficulty, title)


exercises.register(Graph, exercises_on_network)
exercises.register(Step, exercises_on_step)


def _require_concrete(subject: object, is_concrete: bool) -> None:
    if not is_concrete:
        raise ExerciseError(
            f"exercises on {shown(subject)}", "it has symbols", "give numbers for its sizes; a layer may have symbols"
        )


def _made(subject: About, kinds: Kinds, n: int, seed: int, difficulty: str | None, title: str) -> Exercises:
    for name, number, least in (("n", n, 1), ("seed", seed, None)):
        if isinstance(number, bool) or not isinstance(number, int) or (least is not None and number < least):
            raise ExerciseError(
                f"{name}={shown(number)}", f"not a whole number{' of at least 1' if least else ''}", f"use {name}=1"
            )
    if abs(seed) > LARGEST_SEED:
        raise ExerciseError(f"seed={shown(seed)}", "it is too large", "use a number below 2^64")
    if difficulty is not None and (not isinstance(difficulty, str) or difficulty not in DIFFICULTIES):
        raise ExerciseError(
            f"difficulty={shown(difficulty)}", "no such difficulty", instead_of(difficulty, DIFFICULTIES)
        )
    if not isinstance(title, str) or len(title) > LONGEST_TITLE or not re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]*", title):
        raise ExerciseError(f"title={shown(title)}", "not a line of text", f"use at most {LONGEST_TITLE} characters")
    wanted = [kind for kind in kinds if difficulty in (None, kind.difficulty)]
    chosen = _chosen(subject, wanted, n, random.Random(seed))
    made = [
        subject.verified(
            kind.draft(subject, place, random.Random(f"{seed} {kind.name} {place}")), number, kind.difficulty
        )
        for number, (kind, place) in enumerate(chosen, start=1)
    ]
    return Exercises(subject, seed, tuple(made), title)


def _chosen(subject: About, all_kinds: Kinds, n: int, chance: random.Random) -> list[tuple[Kind[Any], Place]]:
    """So many different questions, of as many kinds as there are, in the order of the kinds."""
    waiting = {kind: list(kind.places(subject)) for kind in all_kinds}
    available = sum(map(len, waiting.values()))
    if n > available:
        raise ExerciseError(
            f"n={shown(n)} exercises on {subject.asked!r}",
            f"there are {available} different questions about it" if available else "there are no questions about it",
            f"use at most {available}" if available else "use a layer of which formulas can be checked",
        )
    for places in waiting.values():
        chance.shuffle(places)
    chosen: list[tuple[Kind[Any], Place]] = []
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
    return sorted(chosen, key=lambda pair: all_kinds.index(pair[0]))
