"""NumPy's and SciPy's functions with the smaller tensor first, against the functions themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symconv import Conv, check

Computed = Callable[[Any, Any, Any], Any]
LINE = Conv(7, 3)
ROWS: list[tuple[str, Computed]] = [
    ("Y = np.correlate(w, x, 'valid')", lambda x, w, dy: np.correlate(w, x, "valid")),
    ("Y = np.correlate(w, x, 'valid')[::-1]", lambda x, w, dy: np.correlate(w, x, "valid")[::-1]),
    ("Y = np.correlate(x, w, 'valid')", lambda x, w, dy: np.correlate(x, w, "valid")),
    ("Y = np.convolve(w[::-1], x, 'valid')", lambda x, w, dy: np.convolve(w[::-1], x, "valid")),
    ("Y = np.convolve(w, x, 'valid')", lambda x, w, dy: np.convolve(w, x, "valid")),
    ("dw = np.correlate(dy, x, 'valid')", lambda x, w, dy: np.correlate(dy, x, "valid")),
    ("dw = flip(np.correlate(dy, x, 'valid'))", lambda x, w, dy: np.correlate(dy, x, "valid")[::-1]),
    ("dw = np.convolve(dy[::-1], x, 'valid')", lambda x, w, dy: np.convolve(dy[::-1], x, "valid")),
    ("dx = np.convolve(w, dy)", lambda x, w, dy: np.convolve(w, dy)),
    ("dx = np.correlate(w, dy, 'full')", lambda x, w, dy: np.correlate(w, dy, "full")),
]


@pytest.mark.parametrize(("claim", "computed"), ROWS, ids=[row[0] for row in ROWS])
def test_it_is_judged_as_numpy_computes_it(claim: str, computed: Computed) -> None:
    generator = np.random.default_rng(0)
    x, w, dy = (generator.integers(1, 50, size) for size in (7, 3, 5))
    right = {
        "Y": [sum(w[k] * x[i + k] for k in range(3)) for i in range(5)],
        "dw": [sum(dy[i] * x[i + k] for i in range(5)) for k in range(3)],
        "dx": [sum(dy[i] * w[j - i] for i in range(5) if 0 <= j - i < 3) for j in range(7)],
    }[claim.partition(" ")[0]]
    found = np.asarray(computed(x, w, dy)).tolist()
    assert check(LINE, claim).status == ("proved" if found == right else "refuted")


def test_on_two_axes_scipy_does_the_same() -> None:
    image = Conv((4, 5), (3, 2))
    assert check(image, "dW = scipy.signal.correlate2d(X, dY, 'valid')").holds
    assert check(image, "Y = scipy.signal.convolve2d(rot180(W), X, 'valid')").holds
    assert check(image, "Y = rot180(scipy.signal.correlate2d(W, X, 'valid'))").holds
    assert not check(image, "Y = scipy.signal.correlate2d(W, X, 'valid')").holds
