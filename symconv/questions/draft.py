"""From a draft to an exercise: nothing is given out before its solution is proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symconv.claims import check
from symconv.errors import ExerciseError, SymconvError
from symconv.layers import Layer
from symconv.questions.exercise import Answer, AnswerType, Difficulty, Exercise, Near, Option


@dataclass(frozen=True)
class Proved:
    """A claim that ``check`` has to prove."""

    claim: str
    of: str


@dataclass(frozen=True)
class Refuted:
    """A claim that ``check`` has to refute."""

    claim: str
    of: str


@dataclass(frozen=True)
class Equal:
    """Two ways to the same value: symconv's, and plain arithmetic."""

    ours: Any
    plain: Any
    what: str


@dataclass(frozen=True)
class Different:
    """A wrong value, which must not be the right one."""

    wrong: Any
    right: Any
    what: str


Evidence = Proved | Refuted | Equal | Different


@dataclass(frozen=True)
class Draft:
    """An exercise before its number, and what has to hold for it to be right.

    Args:
        kind, points, question, solution, answer, answer_type, quantity, options, near, among: as of
            ``Exercise``.
        evidence: what has to hold.
        written: quantities of which it writes formulas, beside those that the evidence has claims about.
    """

    kind: str
    points: int
    question: str
    solution: str
    answer: Answer
    answer_type: AnswerType
    evidence: tuple[Evidence, ...]
    quantity: str | None = None
    options: tuple[Option, ...] = ()
    near: tuple[Near, ...] = ()
    among: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    def verified(self, layer: Layer | None, number: int, difficulty: Difficulty = "medium") -> Exercise:
        """The exercise.

        Args:
            layer: with names that ``check`` reads; None if the exercise is not about a layer, and has no claims.
            number: its place on the sheet.
            difficulty: "easy", "medium" or "hard".

        Raises:
            ExerciseError: a part of the evidence does not hold, or there is none for the answer.
        """
        if self.answer_type in ("formula", "constraints"):
            of = self.quantity or "constraints"
            _require(Proved(str(self.answer), of) in self.evidence, self, "its answer is not among what is checked")
        _require(bool(self.evidence), self, "nothing of it is checked")
        for one in self.evidence:
            _examine(layer, one, self)
        claimed = (one.of for one in self.evidence if isinstance(one, Proved | Refuted))
        return Exercise(
            self.kind, number, self.points, self.question, self.solution, self.answer, self.answer_type, self.quantity,
            self.options, self.near, layer, difficulty, self.among,
            tuple(dict.fromkeys((*self.written, *claimed))),
        )  # fmt: skip


def _examine(layer: Layer | None, one: Evidence, draft: Draft) -> None:
    if isinstance(one, Equal):
        _require(bool(one.ours == one.plain), draft, f"{one.what}: {one.ours} here, {one.plain} by plain arithmetic")
    elif isinstance(one, Different):
        _require(bool(one.wrong != one.right), draft, f"{one.what}: {one.wrong} is said to be wrong, and is right")
    else:
        assert layer is not None
        wanted = "proved" if isinstance(one, Proved) else "refuted"
        try:
            status = check(layer, one.claim, one.of).status
        except SymconvError as error:
            raise _failure(draft, f"{one.claim} cannot be read: {error}") from error
        _require(status == wanted, draft, f"{one.claim} should be {wanted} and is {status}")


def _require(holds: bool, draft: Draft, wrong: str) -> None:
    if not holds:
        raise _failure(draft, wrong)


def _failure(draft: Draft, wrong: str) -> ExerciseError:
    return ExerciseError(f"an exercise of the kind {draft.kind}", wrong, "it is not given out; please report it")
