"""What a program changes that others see: lists that a loop goes through, defaults, names of a module, arguments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, prove_code

H = sp.Symbol("H", integer=True, positive=True)
COPY = Conv(H, 1, bias=False)
"""With w = 1 it copies its input."""


def status(text: str) -> str:
    return prove_code(text, COPY).status


@pytest.mark.parametrize(
    ("rounds", "verdict"),
    [
        ("for q in r: r[0] = q", "proved"),
        ("for at, q in enumerate(r): r[at] = q", "proved"),
        ("for q in list(r): r.append(q)", "proved"),
        ("for q in r:\n        if len(r) < 3: r.append(q)", "not read"),
        ("for q, _ in zip(r, (1, 2)):\n        if len(r) < 3: r.append(q)", "not read"),
    ],
)
def test_a_list_that_grows_while_a_loop_goes_through_it_is_not_read(rounds: str, verdict: str) -> None:
    """Python goes on with what was appended."""
    grows = "append" in rounds and "list(r)" in rounds
    text = f"def forward(x, w):\n    r = [1]\n    {rounds}\n    return x * w[0, 0, 0] * len(r) / {2 if grows else 1}"
    assert status(text) == verdict


@pytest.mark.parametrize(
    "text",
    [
        "def add(acc=[]):\n    acc.append(1)\n    return len(acc)\ndef forward(x, w): return x * w[0, 0, 0] * add()",
        "acc = []\ndef forward(x, w):\n    acc.append(1)\n    return x * w[0, 0, 0] * len(acc)",
        "n = 0\ndef forward(x, w):\n    global n\n    n += 1\n    return x * w[0, 0, 0] * n",
        "one = np.zeros(1)\ndef forward(x, w):\n    one[0] += 1\n    return x * w[0, 0, 0] * one[0]",
    ],
)
def test_a_function_that_is_right_only_when_it_is_called_first_is_not_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "layers.py"
    path.write_text(f"import numpy as np\n{text}\n", encoding="utf-8")
    report = prove_code(f"{path}::forward", COPY)
    assert report.status == "not read" and "the next one starts from that" in report.cases[0].reason


def test_an_argument_that_is_changed_in_place_is_noted() -> None:
    report = prove_code("def forward(x, w):\n    w *= 2\n    return x * w[0, 0, 0] / 2", COPY)
    assert report.holds and "line 2 changes the argument w" in report.notes


def test_an_array_of_one_element_becomes_an_entry_as_the_installed_numpy_has_it() -> None:
    text = "def forward(x, w):\n    out = np.zeros_like(x)\n    for i in range(x.shape[1]):\n"
    text += "        out[0, i] = x[:, i] * w[0, 0, 0]\n    return out"
    out = np.zeros((1, 1))
    try:
        out[0, 0] = np.ones(1)
    except ValueError:
        assert status(text) == "refuted"
    else:
        assert prove_code(text, COPY).scope == "every shape, with NumPy before 2.4"
