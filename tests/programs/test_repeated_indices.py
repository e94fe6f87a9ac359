"""Assignments at arrays of indices in which an index is twice: in numbers the last one counts, as in NumPy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv import Conv, prove_code
from symconv.algebra.concrete.evaluate import evaluation

LINE = {"input": "W", "weight": "W", "output": "W"}
ONE = """
import numpy as np
def f(g, w, n):
    at = {at}
    dx = np.ones(n)
    dx[at] {sign} {value}
    return dx
"""
INDICES = (
    "np.arange(len(g))[:, None] + np.arange(len(w))",
    "np.arange(len(w)) + np.arange(len(g))[:, None] // 2",
    "np.arange(len(g))[:, None] * 0 + np.arange(len(w))",
    "(np.arange(len(g))[:, None] * 2 + np.arange(len(w))) % n",
    "np.arange(len(g))[::-1][:, None] + np.arange(len(w))",
    "np.tile(np.arange(len(w)), (len(g), 1))",
)
VALUES = ("g[:, None] * w", "g[:, None] * w + g[0]", "np.ones((len(g), 1)) * w")


def computed(text: str, n: int, k: int) -> tuple[Any, str]:
    """What the reader says is computed: a formula of g and w, and the verdict."""
    report = prove_code(text, Conv(n, k), of="grad_input", arguments={"n": n}, layouts=LINE)
    return report.cases[0].equation, report.cases[0].reason


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))])
def test_it_is_what_numpy_gives(seed: int) -> None:
    rng = random.Random(seed)
    numbers = np.random.default_rng(seed)
    read = 0
    rounds = 12 if seed else 4
    for _ in range(rounds):
        k, m = rng.randint(1, 3), rng.randint(1, 4)
        n = m + k - 1
        text = ONE.format(at=rng.choice(INDICES), sign=rng.choice(("+=", "-=", "=")), value=rng.choice(VALUES))
        equation, reason = computed(text, n, k)
        if equation is None:
            continue
        read += 1
        g, w = numbers.integers(-5, 6, m).astype(float), numbers.integers(-5, 6, k).astype(float)
        names: dict[str, Any] = {}
        exec(text, names)
        right = names["f"](g, w, n)
        (letter, _) = equation.axes[0]
        given = {"delta": g, "w": w}
        got = np.asarray(evaluation(equation.right, [(letter, n)], {}).of(given)).reshape(n)
        assert np.array_equal(got, right), (text, n, k, reason)
    assert read > rounds // 3
