"""Thousands of graded answers: right only if they say what is asked, and all of it, by loops over whole numbers."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from symconv import AvgPool, Conv, ConvTranspose, Exercise, exercises
from symconv.layers import Layer
from symconv.questions.sheet import Exercises
from tests.claims.claim_sets import Truth, left_text, right_text, some_products
from tests.tools import parts

ANSWERS, PARTS, SOME = 5000, 5, 40

LAYERS: list[Layer] = [
    Conv(3, 2),
    Conv(4, 3, stride=2, padding=1, bias=True),
    Conv((3, 2), (2, 2), out_channels=2, bias=True),
    Conv(3, 2, in_channels=4, out_channels=2, groups=2),
    ConvTranspose(2, 2, stride=2, out_channels=2),
    AvgPool(5, 2, stride=1),
]

Graded = tuple[Any, bool]
"""An answer, and whether it is right."""


@cache
def sheet_of(number: int, language: str) -> Exercises:
    for count in (40, 30, 20, 14):
        try:
            return exercises(LAYERS[number], count, 0, language=language)
        except ValueError:
            continue
    return exercises(LAYERS[number], 8, 0, language=language)


@cache
def truth_of(number: int) -> Truth:
    return Truth(LAYERS[number])


def entry_answer(truth: Truth, exercise: Exercise, draw: random.Random) -> Graded:
    of = str(exercise.quantity)
    label = str(exercise.answer).partition(" = ")[0].removeprefix("dL/d")
    asked = truth.oracle.labels[label][1] if of != "grad_bias" or label != "b" else (0,)
    products, in_latex = some_products(truth, of, asked, draw), draw.random() < 0.5
    text, right = right_text(products, draw, in_latex), truth.is_right(of, asked, products)
    kind = draw.choice(["bare", "bare", "left", "left", "other left", "several", "itself", "repeated"])
    if kind == "bare":
        return text, right
    own = left_text(truth, of, asked, draw, in_latex)
    if kind == "left":
        return f"{own} = {text}", right
    if kind == "other left":
        other = draw.choice(truth.places(of))
        return f"{left_text(truth, of, other, draw, in_latex)} = {text}", right and other == asked
    if kind == "several":
        more = right_text(truth.products(of, draw.choice(truth.places(of))), draw, in_latex)
        return draw.choice([f"{text}, {more}", f"{own} = {text}, {more}", f"{more}, {own} = {text}"]), False
    if kind == "itself":
        return draw.choice([own, f"{own} = {own}"]), False
    return f"{own} = {text} = {text}", False


def list_answer(exercise: Exercise, draw: random.Random) -> Graded:
    right = list(exercise.answer)  # type: ignore[arg-type]
    name = re.match(r"[A-Za-z]+", right[0])
    assert name is not None
    others = [f"{name[0]}{number}" for number in range(1, 9)] + [
        f"{name[0]}{a}{b}" for a in (1, 2, 3) for b in (1, 2, 3)
    ]
    chosen = list(right)
    if draw.random() < 0.4:
        chosen = chosen[:-1] + draw.sample(others, draw.randint(0, 2))
    draw.shuffle(chosen)
    is_right = set(chosen) == set(right)
    if draw.random() < 0.2:
        return ", ".join([*chosen, f"{chosen[0]} = 0"] if chosen else ["0 = 0"]), False
    return draw.choice([", ".join(chosen), chosen, tuple(chosen)]), is_right and bool(chosen)


def number_answer(exercise: Exercise, draw: random.Random) -> Graded:
    right = exercise.answer
    if isinstance(right, tuple):
        given = tuple(draw.sample(right, len(right))) if draw.random() < 0.5 else right
        given = (*given, 1) if draw.random() < 0.3 else given
        text = draw.choice([", ", " x ", " "]).join(map(str, given))
        return draw.choice([text, given, list(given)]), given == right
    number = right if draw.random() < 0.5 else right + draw.choice([-2, -1, 1, 2])  # type: ignore[operator]
    many = draw.random() < 0.2
    return (f"{number}, {number}" if many else draw.choice([number, str(number)])), number == right and not many


def choice_answer(exercise: Exercise, draw: random.Random) -> Graded:
    at = draw.randrange(len(exercise.options))
    letter = "abcdefgh"[at]
    answer = draw.choice([letter, letter.upper(), f"({letter})", at])
    if draw.random() < 0.2:
        return draw.choice([f"{letter}, {letter}", -1, "z", f"{letter}{letter}", True, 0.0]), False
    return answer, at == exercise.answer


def constraint_answer(exercise: Exercise, draw: random.Random) -> Graded:
    """Every chain of equal weights as equations; a missing one and one of weights that differ make it wrong."""
    chains = [chain.split(" = ") for chain in str(exercise.answer).split(", ")]
    equations = []
    for chain in chains:
        draw.shuffle(chain)
        hub = "0" if "0" in chain else chain[0]
        equations += [[one, hub] if draw.random() < 0.5 else [hub, one] for one in chain if one != hub]
    draw.shuffle(equations)
    kind = draw.choice(["all", "all", "missing", "extra", "twice"])
    if kind == "missing":
        equations.pop()
    if kind == "extra" and len(chains) > 1:
        equations.append([draw.choice(chains[0]), draw.choice(chains[1])])
    if kind == "twice":
        equations.append(draw.choice(equations))
    right = kind in ("all", "twice") or (kind == "extra" and len(chains) == 1)
    return draw.choice([", ", "; "]).join(" = ".join(pair) for pair in equations), right


def general_answer(exercise: Exercise, draw: random.Random) -> Graded:
    left, _, right = str(exercise.answer).partition(" = ")
    letters = re.findall(r"i_\{\d\}|j_\{\d\}", left)
    renamed = exercise.answer
    if len(letters) == 2:
        renamed = f"{left.replace(letters[0], '#').replace(letters[1], letters[0]).replace('#', letters[1])} = {right}"
    return draw.choice([
        (exercise.answer, True), (right, True), (f"{right}, {right}", False), (f"{exercise.answer}, {right}", False),
        (left, False), (f"{left} = {left}", False), (f"{left} = 2 ({right})", False),
        (renamed, renamed == exercise.answer),
    ])  # fmt: skip


def graded(number: int, exercise: Exercise, draw: random.Random) -> Graded:
    if exercise.kind == "general_formula":
        return general_answer(exercise, draw)
    if exercise.answer_type == "formula":
        return entry_answer(truth_of(number), exercise, draw)
    if exercise.answer_type == "constraints":
        return constraint_answer(exercise, draw)
    if exercise.answer_type == "choice":
        return choice_answer(exercise, draw)
    return list_answer(exercise, draw) if exercise.answer_type == "list" else number_answer(exercise, draw)


def run(part: int, answers: int) -> None:
    draw = random.Random(part)
    counts: Counter[bool] = Counter()
    for _ in range(answers):
        number = draw.randrange(len(LAYERS))
        sheet = sheet_of(number, draw.choice(["en", "de"]))
        # Formulas are asked for as often as all else together.
        formulas = [one for one in sheet if one.answer_type in ("formula", "constraints")]
        exercise = draw.choice(formulas if formulas and draw.random() < 0.5 else list(sheet))
        answer, right = graded(number, exercise, draw)
        mark = sheet.grade(exercise.number, answer)
        assert mark.right == right, (exercise.kind, exercise.question, exercise.answer, answer, mark)
        counts[right] += 1
    assert min(counts.values()) > answers // 5


@pytest.mark.parametrize("part", parts(PARTS, 2))
def test_answers_are_right_only_if_they_say_what_is_asked(part: int) -> None:
    run(part, SOME)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
def test_many_answers(part: int) -> None:
    run(part + PARTS, ANSWERS // PARTS)
