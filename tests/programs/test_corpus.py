"""The corpus is what it says: right programs are right at random shapes, wrong ones are not."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.programs.numbers import is_right, shapes
from tests.programs.program import Program, WrongProgram
from tests.programs.right import RIGHT
from tests.programs.wrong import WRONG
from tests.tools import require_module


def named(one: Program | WrongProgram) -> str:
    return one.place if isinstance(one, Program) else f"{one.right.place}-{one.mistake}".replace(" ", "_")


def runnable(program: Program) -> None:
    for package in program.needs:
        require_module(package)


def test_there_are_enough() -> None:
    assert len(RIGHT) >= 60 and len(WRONG) >= 60
    assert max(Counter(map(named, RIGHT)).values()) == 1


@pytest.mark.parametrize("count", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("program", RIGHT, ids=named)
def test_right_programs_are_right(program: Program, count: int) -> None:
    runnable(program)
    rng = random.Random(named(program))
    for values in shapes(program.layer(), rng, count):
        assert is_right(program, program.text, values, rng), values


@pytest.mark.parametrize("program", WRONG, ids=named)
def test_wrong_programs_are_wrong_somewhere(program: WrongProgram) -> None:
    runnable(program.right)
    rng = random.Random(1)
    assert any(
        not is_right(program.right, program.text, values, rng) for values in shapes(program.right.layer(), rng, 40)
    )


@pytest.mark.parametrize("program", WRONG, ids=named)
def test_wrong_programs_differ_in_one_line(program: WrongProgram) -> None:
    right, wrong = program.right.text.splitlines(), program.text.splitlines()
    assert [at + 1 for at, (a, b) in enumerate(zip(right, wrong, strict=True)) if a != b] == [program.number]
