"""Right programs with one token changed: none is proved that is wrong, and what is said to fail does."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.programs.prove import prove_code
from tests.programs.mutants import mutants
from tests.programs.test_reading import LAYER, LINE, RIGHT, code, expected, shapes

PLAIN = ("two loops", "a window", "a step of range", "enumerate", "a counter", "a guard", "continue", "a tuple")
"""Programs whose mutants end soon when they are run."""
SHAPES = shapes(60)


def is_right(text: str, at: dict[str, int]) -> bool:
    """Whether it gives what is right at one shape."""
    generator = np.random.default_rng(0)
    x, w = generator.integers(1, 50, at["n"]), generator.integers(1, 50, at["K"])
    right = expected(list(map(int, x)), list(map(int, w)), at["s"], at["p"])
    names: dict[str, Any] = {"np": np}
    exec(text, names)
    try:
        found = names["conv"](x=x.astype(float), w=w.astype(float), s=at["s"], p=at["p"])
    except Exception:
        return False
    return np.shape(found) == (len(right),) and bool(np.array_equal(found, right))


def drawn(count: int, seed: int) -> list[str]:
    every = [text for name in PLAIN for text in mutants(code(RIGHT[name]))]
    return random.Random(seed).sample(every, count)


def judge_mutant(text: str) -> None:
    report = prove_code(text, LAYER, arguments={"s": "s", "p": "p"}, layouts=LINE)
    if report.status == "proved":
        assert all(is_right(text, at) for at in SHAPES), text
    for case in report.cases:
        if case.status == "refuted":
            assert not is_right(text, dict(case.sizes)), (text, case)


@pytest.mark.parametrize("text", drawn(15, 0))
def test_mutants(text: str) -> None:
    judge_mutant(text)


@pytest.mark.exhaustive
@pytest.mark.parametrize("text", drawn(600, 1))
def test_many_mutants(text: str) -> None:
    judge_mutant(text)
