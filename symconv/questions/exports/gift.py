r"""GIFT: one text file of questions, each in one paragraph; HTML with LaTeX between \( and \).

https://docs.moodle.org/en/GIFT_format
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.foundations.files import MARKER
from symconv.questions.exercise import Exercise
from symconv.questions.exports.export import Sheet, printable, shares, spellings
from symconv.questions.exports.markup import html, inline_html


def written(sheet: Sheet) -> str:
    """The file: a category with the sheet's title, and its questions."""
    category = _line(printable(sheet.title).replace("/", "//"))
    parts = [f"// {MARKER}", f"$CATEGORY: $course$/top/{category}", *(_question(sheet, one) for one in sheet)]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Text in which nothing is a sign of GIFT.

    >>> print(escaped(r"a = \nu_{1} ~ b: # c"))
    a \= \\nu_\{1\} \~ b\: \# c
    """
    return re.sub(r"([\\~=#{}:])", r"\\\1", _line(printable(text)))


def _line(text: str) -> str:
    """On one line: an empty one would end the question."""
    return re.sub(r"\s*[\n\r\x85\u2028\u2029]\s*", " ", text).strip()


def _question(sheet: Sheet, exercise: Exercise) -> str:
    title = f"{exercise.number:02d} {sheet.words('kind.' + exercise.kind)}"
    asked = escaped(f"<div>{html(sheet.introduction)}</div>{html(exercise.question)}")
    tags = f"// [id:{exercise.id}] [tag:{exercise.kind}] [tag:{exercise.difficulty}]"
    answers = "\n".join([*_answers(sheet, exercise), f"####{escaped(html(exercise.solution))}"])
    return f"{tags}\n::{escaped(title)}::[html]{asked} {{{_start(exercise)}{answers}\n}}"


def _start(exercise: Exercise) -> str:
    """What stands before the answers: the sign of numerical questions."""
    return "#\n" if isinstance(exercise.answer, int) and exercise.answer_type == "number" else ""


def _answers(sheet: Sheet, exercise: Exercise) -> Iterator[str]:
    if exercise.answer_type == "choice":
        for at, option in enumerate(exercise.options):
            yield _answer("=" if at == exercise.answer else "~", inline_html(option.text), option.feedback)
    elif exercise.answer_type == "list":
        assert isinstance(exercise.answer, tuple)
        names, right = exercise.among or tuple(map(str, exercise.answer)), set(map(str, exercise.answer))
        gains, losses = iter(shares(len(right))), iter(shares(len(names) - len(right)))
        for name in names:
            share = next(gains) if name in right else -next(losses)
            percent = f"{share:.5f}".rstrip("0").rstrip(".")
            yield f"~%{percent}%{escaped(inline_html(sheet.shown_name(name)))}"
    elif exercise.answer_type in ("number", "numbers"):
        exact = ":0" if _start(exercise) else ""
        for text in spellings(exercise.answer):
            yield f"={escaped(text)}{exact}"
        for near in exercise.near:
            for text in spellings(near.value):
                yield _answer(f"=%0%{escaped(text)}{exact}", "", near.feedback)


def _answer(sign: str, text: str, feedback: str) -> str:
    said = f"#{escaped(inline_html(feedback))}" if feedback else ""
    return f"{sign}{escaped(text)}{said}"
