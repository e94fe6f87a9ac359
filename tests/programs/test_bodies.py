"""Lists of symbolic length, dictionaries that loops fill, loops that are left: the verdict beside real runs."""

from __future__ import annotations

import itertools
import textwrap
import warnings
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, prove_code
from tests.programs.bodies import BEGIN, DICTIONARIES, END, LEFT, LISTS, WINDOW

N, K, S = sp.symbols("n K s", integer=True, positive=True)
BODIES = {
    f"{kind} {at}": BEGIN + textwrap.indent(body.replace("WINDOW", WINDOW).strip("\n"), "    ") + "\n" + END
    for kind, bodies in (("list", LISTS), ("dictionary", DICTIONARIES), ("left", LEFT))
    for at, body in enumerate(bodies)
}
OPEN = ("list 12", "list 15")
"""Right and wrong ones that are not read."""


def is_right(text: str) -> bool:
    """Whether it gives what the layer does at all small shapes."""
    names: dict[str, Any] = {}
    exec(text, names)
    rng = np.random.default_rng(0)
    for n, k, s in itertools.product(range(1, 7), range(1, 4), range(1, 4)):
        if k > n:
            continue
        x, w = rng.integers(-4, 5, (1, n)) + 0.5, rng.integers(-4, 5, (1, 1, k)) + 0.25
        right = np.array([[x[0, i * s : i * s + k] @ w[0, 0] for i in range((n - k) // s + 1)]])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                got = names["forward"](x.copy(), w.copy(), s)
        except (IndexError, KeyError, TypeError, ValueError):
            return False
        if got.shape != right.shape or not np.allclose(got.astype(float), right):
            return False
    return True


@pytest.mark.parametrize("name", BODIES)
def test_the_verdict_is_that_of_real_runs(name: str) -> None:
    text = BODIES[name]
    status = prove_code(text, Conv(N, K, stride=S), arguments={"x": "input", "w": "weight", "s": S}).status
    if name in OPEN:
        assert status == "not read"
    else:
        assert status in (("proved",) if is_right(text) else ("refuted", "proved except"))
