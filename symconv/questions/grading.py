"""Marking an answer: by check if it is a formula, else by comparing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symconv.claims import CheckReport, check
from symconv.claims.interpret.readings import read_one
from symconv.errors import ClaimError, SymconvError
from symconv.questions.exercise import Answer, Exercise
from symconv.questions.languages import Texts

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Mark:
    """What is said to an answer.

    Args:
        status: "right", "wrong", "undecided" (``check`` can neither prove nor refute it), or "unreadable".
        feedback: a sentence or two; those of ``check`` are in English.
        report: what ``check`` found, of a formula.
    """

    status: str
    feedback: str
    report: CheckReport | None = None

    @property
    def right(self) -> bool:
        return self.status == "right"

    def __str__(self) -> str:
        return self.feedback


def marked(exercise: Exercise, answer: Any, texts: Texts) -> Mark:
    """The mark of an answer to an exercise."""
    if exercise.answer_type in ("formula", "constraints"):
        return _claim(exercise, answer, texts)
    try:
        if exercise.answer_type == "choice":
            return _chosen(exercise, _choice(answer), texts)
        if exercise.answer_type == "list":
            return _compared({_spelled(exercise, one) for one in _names(answer)}, set(_texts(exercise.answer)), texts)
        given: Answer = _numbers(answer) if exercise.answer_type == "numbers" else _number(answer)
    except (ValueError, TypeError, ArithmeticError):
        return Mark("unreadable", texts(f"unreadable.{exercise.answer_type}"))
    if given == exercise.answer:
        return Mark("right", texts("right"))
    near = next((one.feedback for one in exercise.near if one.value == given), "")
    return Mark("wrong", f"{texts('wrong')} {near}".strip())


# -- formulas ------------------------------------------------------------------------------------------


def _claim(exercise: Exercise, answer: Any, texts: Texts) -> Mark:
    assert exercise.layer is not None
    if not isinstance(answer, str) or not answer.strip():
        return Mark("unreadable", texts("unreadable.formula"))
    of = exercise.quantity or "constraints"
    # A list of one: what is asked for is one formula, and commas do not make it several.
    claim = answer if of == "constraints" else [_with_left(exercise, answer)]
    try:
        report = check(exercise.layer, claim, of)
    except ClaimError as error:
        return Mark("unreadable", f"{texts('unreadable.formula')} {error.wrong}; {error.right}")
    except SymconvError as error:
        return Mark("unreadable", f"{texts('unreadable.formula')} {error}")
    if report.status == "undecided":
        return Mark("undecided", texts("undecided"), report)
    if not report.holds:
        return Mark("wrong", " ".join([texts("wrong"), *(f"{one}." for one in report.explanation)]), report)
    missed = None if of == "constraints" else _misses(exercise, report, texts)
    return Mark("right", texts("right"), report) if missed is None else Mark("wrong", missed, report)


def _misses(exercise: Exercise, report: CheckReport, texts: Texts) -> str | None:
    """Why a right formula is not the answer; None if it is."""
    layer = report.layer
    if exercise.kind == "general_formula":
        if report.entries:
            return texts("wrong_general")
    elif report.entries != check(layer, [exercise.answer], report.of).entries:
        return texts("wrong_entry")
    return texts("wrong_names", names=texts.listed(report.unfolded)) if report.unfolded else None


def _with_left(exercise: Exercise, answer: str) -> str:
    """The answer with its own left side, or else with that of the question."""
    left = str(exercise.answer).partition(" = ")[0]
    return answer if _has_left(answer) else f"{left} = {answer}"


def _has_left(answer: str) -> bool:
    """Whether the answer is an equation; an equals sign within brackets does not make it one."""
    depth = 0
    for character in answer:
        depth += (character in "([{") - (character in ")]}")
        if character == "=" and depth == 0:
            return True
    return False


# -- what is compared ----------------------------------------------------------------------------------


def _chosen(exercise: Exercise, given: int, texts: Texts) -> Mark:
    if not 0 <= given < len(exercise.options):
        raise ValueError
    return Mark("right" if given == exercise.answer else "wrong", exercise.options[given].feedback)


def _compared(given: set[str], right: set[str], texts: Texts) -> Mark:
    if given == right:
        return Mark("right", texts("right"))
    parts = [texts("wrong")]
    if missing := sorted(right - given):
        parts.append(texts("missing", count=len(missing)))
    if superfluous := sorted(given - right):
        parts.append(texts("superfluous", names=texts.listed(superfluous)))
    return Mark("wrong", " ".join(parts))


def _number(answer: Any) -> Fraction:
    if isinstance(answer, (bool, float)):
        raise TypeError
    if isinstance(answer, str) and not re.fullmatch(r"\s*[+-]?\d{1,40}(/\d{1,40})?\s*", answer):
        raise ValueError
    return Fraction(answer)


def _numbers(answer: Any) -> tuple[int, ...]:
    """3 x 2, "3, 2" or [3, 2]."""
    if isinstance(answer, str):
        answer = re.split(r"\s*[x×,;\s]\s*", answer.strip(" ()[]"))
    if not isinstance(answer, (list, tuple)):
        raise TypeError
    numbers = [_number(part) for part in answer]
    if any(number.denominator != 1 for number in numbers):
        raise ValueError
    return tuple(map(int, numbers))


def _names(answer: Any) -> tuple[str, ...]:
    """Labels in any order: "X2, X3" or a list; X_{23} is X23."""
    if isinstance(answer, str):
        answer = re.split(r"[;\s]+|,(?![^{]*\})", answer)
    if not isinstance(answer, Iterable):
        raise TypeError
    return tuple(one for one in map(str, answer) if one.strip())


def _spelled(exercise: Exercise, text: str) -> str:
    """A label as the layer prints it: X12 for X_{1,2}."""
    assert exercise.layer is not None
    try:
        reading = read_one(exercise.layer, text)
    except SymconvError:
        return _label(text)
    known = [label for label in reading.labels if str(reading.value.above) == label and reading.value.below == 1]
    return known[0] if known and reading.left is None else _label(text)


def _label(text: str) -> str:
    r"""A label as it is printed: X_{10,3} is X_10_3, \delta_{1} is delta1."""
    text = text.strip(" $\\").replace(" ", "")
    match = re.fullmatch(r"(.*?)_\{([\d,]+)\}|(.*?[A-Za-z])_(\d+)", text)
    if match is None:
        return text
    if match[3]:
        return f"{match[3]}{match[4]}"
    joint = "_" if "," in match[2] else ""
    return f"{match[1]}{joint}{match[2].replace(',', '_')}"


def _choice(answer: Any) -> int:
    """The place of an option: 0, or its letter."""
    if isinstance(answer, str):
        letter = answer.strip().strip("()").lower()
        if len(letter) != 1 or letter not in LETTERS:
            raise ValueError
        return LETTERS.index(letter)
    if isinstance(answer, bool) or not isinstance(answer, int):
        raise TypeError
    return answer


def _texts(answer: Answer) -> tuple[str, ...]:
    assert isinstance(answer, tuple)
    return tuple(map(str, answer))
