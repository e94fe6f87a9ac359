"""What an exercise is: its question, its solution, and an answer that a machine can mark."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Union

from symconv.layers import Layer

AnswerType = Literal["formula", "constraints", "number", "numbers", "list", "choice"]
Difficulty = Literal["easy", "medium", "hard"]
Answer = Union[str, int, Fraction, "tuple[str, ...]", "tuple[int, ...]"]


@dataclass(frozen=True)
class Option:
    """One of the answers to choose from.

    Args:
        text: what it says, in the markup of questions.
        feedback: what a reader who chooses it is told.
    """

    text: str
    feedback: str


@dataclass(frozen=True)
class Near:
    """A wrong number that many get, and what they did."""

    value: Answer
    feedback: str


@dataclass(frozen=True, repr=False)
class Exercise:
    """A question about one layer, with its solution.

    ``question`` and ``solution`` are Markdown with mathematics between ``$``, displays between lines of ``$$``
    (LaTeX of amsmath), and paragraphs between blank lines. They rely on the sheet's ``introduction``.

    Args:
        kind: a name such as "output_entry"; ``KINDS`` has all.
        number: its place on the sheet, from 1.
        points: what it is worth.
        question, solution: in Markdown.
        answer: the right answer.
        answer_type: what the answer is,
            "formula": a claim for ``check`` about ``quantity``, with its left side;
            "constraints": equations for ``check(.., of="constraints")``;
            "number": an int or a Fraction;
            "numbers": ints in order;
            "list": the things to be named, such as ("X2", "X3"), in any order;
            "choice": the place of the right option, counted from 0.
        quantity: of a formula, what it is about, as ``check`` has it.
        options: to choose from; empty where the answer is free.
        near: wrong numbers whose cause is known.
        layer: what it is about; for marking.
        difficulty: "easy", "medium" or "hard".
        among: of a list, the names that it may be chosen from, right ones and others.
        written: the quantities of which it writes formulas, such as "grad_weight".

    >>> from symconv import Conv, exercises
    >>> exercise = exercises(Conv(3, 2), 3)[0]
    >>> exercise.id, exercise.answer_type, exercise.answer
    ('1-read-inputs', 'list', ('X1', 'X2'))
    """

    kind: str
    number: int
    points: int
    question: str
    solution: str
    answer: Answer
    answer_type: AnswerType
    quantity: str | None = None
    options: tuple[Option, ...] = ()
    near: tuple[Near, ...] = ()
    layer: Layer | None = field(default=None, repr=False, compare=False)
    difficulty: Difficulty = "medium"
    among: tuple[str, ...] = ()
    written: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def id(self) -> str:
        """A name within its sheet, such as "3-output-entry"."""
        return f"{self.number}-{self.kind.replace('_', '-')}"

    def to_dict(self) -> dict[str, Any]:
        """The exercise as plain JSON values; see docs/exercises.md for the schema."""
        result: dict[str, Any] = {
            "id": self.id, "kind": self.kind, "points": self.points, "difficulty": self.difficulty,
            "question": self.question, "answer_type": self.answer_type, "answer": plain_answer(self.answer),
            "solution": self.solution,
        }  # fmt: skip
        if self.quantity is not None:
            result["quantity"] = self.quantity
        if self.options:
            result["options"] = [{"text": option.text, "feedback": option.feedback} for option in self.options]
        if self.among:
            result["among"] = list(self.among)
        if self.near:
            result["near"] = [{"answer": plain_answer(one.value), "feedback": one.feedback} for one in self.near]
        return result

    def _repr_markdown_(self) -> str:
        """The question, with its mathematics, in a notebook."""
        return str(self)

    def __repr__(self) -> str:
        return f"<Exercise {self.number}, {self.kind}: {' '.join(self.question.split()):.200}>"

    def __str__(self) -> str:
        return f"{self.number}. {self.question}"


def plain_answer(answer: Answer) -> Any:
    """An answer as JSON has it: a fraction as "1/3", a tuple as a list."""
    if isinstance(answer, tuple):
        return list(answer)
    return str(answer) if isinstance(answer, Fraction) else answer
