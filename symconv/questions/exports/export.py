"""What an export is, what it reads of a sheet, and which forms of an answer are right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from symconv.questions.exercise import Answer, Exercise

Files = Mapping[str, "str | bytes"]


class Sheet(Protocol):
    """What exports read of a sheet of exercises."""

    @property
    def title(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def introduction(self) -> str: ...
    def __iter__(self) -> Iterator[Exercise]: ...
    def to_json(self) -> str: ...
    def shown_name(self, label: str) -> str:
        """A name of a list in the markup of questions."""

    def words(self, key: str) -> str:
        """A text in the sheet's language."""


@dataclass(frozen=True)
class Export:
    """An export: the files that it makes of a sheet and of the stem of their names."""

    written: Callable[[Any, str], Files]


def spellings(answer: Answer) -> list[str]:
    """The ways to write a number or several that all are right, the plainest first; no other text is.

    >>> from fractions import Fraction
    >>> spellings(3), spellings(Fraction(1, 4)), spellings((3, 2))
    (['3'], ['1/4', '0.25'], ['3, 2', '3,2', '3 2', '3x2', '3 x 2', '(3, 2)', '(3,2)'])
    """
    if isinstance(answer, tuple):
        numbers = [str(one) for one in answer]
        return [*(sign.join(numbers) for sign in (", ", ",", " ", "x", " x ")), f"({', '.join(numbers)})",
                f"({','.join(numbers)})"]  # fmt: skip
    number = Fraction(answer)
    return [str(number), *([decimal] if (decimal := _decimal(number)) else [])]


def _decimal(number: Fraction) -> str:
    """A fraction with at most six decimals, written as such; empty if it has more, or none."""
    scaled = number * 10**6
    if number.denominator == 1 or scaled.denominator != 1:
        return ""
    digits = f"{abs(scaled.numerator):07d}"
    return f"{'-' if number < 0 else ''}{digits[:-6]}.{digits[-6:]}".rstrip("0")


def answer_of(text: str, answer_type: str) -> Answer:
    """The answer that the first of its spellings says.

    >>> answer_of("1/4", "number"), answer_of("3, 2", "numbers")
    (Fraction(1, 4), (3, 2))
    """
    if answer_type == "numbers":
        return tuple(map(int, text.split(", ")))
    number = Fraction(text)
    return int(number) if number.denominator == 1 else number


def shares(count: int) -> list[float]:
    """What each of several right names is worth in percent: shares that Moodle knows, which add up to 100.

    >>> shares(2), sum(shares(12)), set(shares(12))
    ([50.0, 50.0], 100.0, {10.0, 5.0})
    """
    if count <= 10:
        return [100 / max(count, 1)] * count
    tens = max(20 - count, 0)
    return [10.0] * tens + [5.0] * (count - tens)


def printable(text: str) -> str:
    """The text without the characters that XML cannot have."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
