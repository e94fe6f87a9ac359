"""Files that use ``xrange``: of Python 2, in which / of whole numbers rounds down, unless they import or set it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from symconv import CodeReport, Conv, prove_code

H, K, s = sp.symbols("H K s", integer=True, positive=True)
LINE = Conv(H, K, stride=s, bias=False)
FORWARD = """
import numpy as np

def forward(x, w, s):
    k = w.shape[2]
    m = (x.shape[1] - k) {division} s + 1
    out = np.zeros((1, m))
    for i in {rounds}(m):
        out[0, i] = (x[:, i * s:i * s + k] * w[0]).sum()
    return out
"""


def report(folder: Path, head: str, division: str, rounds: str = "xrange") -> CodeReport:
    path = folder / "layers.py"
    path.write_text(head + FORWARD.format(division=division, rounds=rounds), encoding="utf-8")
    return prove_code(f"{path}::forward", LINE)


IN_PYTHON_3 = (
    "from past.builtins import xrange",
    "from six.moves import xrange",
    "from six.moves import range as xrange",
    "xrange = range",
    "try:\n    xrange\nexcept NameError:\n    xrange = range",
)


@pytest.mark.parametrize("head", IN_PYTHON_3)
def test_a_file_that_imports_or_sets_xrange_is_of_python_3(tmp_path: Path, head: str) -> None:
    wrong = report(tmp_path, head, "/")
    assert wrong.status == "refuted" and "is a float in Python 3" in wrong.cases[0].reason
    assert report(tmp_path, head, "//").scope == "every shape"


@pytest.mark.parametrize("division", ["/", "//"])
def test_a_file_that_has_xrange_from_nowhere_is_proved_in_python_2_alone(tmp_path: Path, division: str) -> None:
    found = report(tmp_path, "", division)
    assert found.holds and found.scope == "every shape, in Python 2"
    assert any("Python 3 raises a NameError" in note for note in found.notes)


def test_division_from_the_future_is_that_of_python_3(tmp_path: Path) -> None:
    head = "from __future__ import division"
    assert report(tmp_path, head, "/").status == "refuted"
    assert report(tmp_path, head, "//").scope == "every shape, in Python 2"
