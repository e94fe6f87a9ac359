"""The plugin for pytest, in runs of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

INSTALLED = any(one.value == "symconv.pytest_plugin" for one in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "symconv.pytest_plugin")
TEX = r"""% symconv: defaults Conv(n, K)
Text.

% symconv:
\[ h_i = \sum_k w_k x_{i+k} \]
% symconv:
$h_i = w_0 x_i$
"""


def test_it_is_off_unless_asked_for(pytester: pytest.Pytester) -> None:
    pytester.makefile(".tex", lecture=TEX)
    assert pytester.runpytest_inprocess(*PLUGIN).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_wrong_formula_fails_at_its_line(pytester: pytest.Pytester) -> None:
    pytester.makefile(".tex", lecture=TEX)
    result = pytester.runpytest_inprocess(*PLUGIN, "--symconv", "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*lecture.tex::line 5 PASSED*", "*lecture.tex::line 7 FAILED*"])
    result.stdout.fnmatch_lines(["*lecture.tex:7: output refuted*", "*h_i = w_0 x_i*", "*right: *h?i?*", "*numbers:*"])


def test_an_ini_setting_turns_it_on(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsymconv = true\nsymconv_layer = Conv(n, K)\n")
    pytester.makefile(".md", page="<!-- symconv: -->\n$h_i = \\sum_k w_k x_{i+k}$\n", other="No mark.\n")
    pytester.makepyfile(
        module='def f():\n    """Add.\n\n    .. symconv:\n\n    h[i] = sum(k, w[k] x[i - k])\n    """\n',
        test_module="def test_it():\n    assert True\n",
    )
    result = pytester.runpytest_inprocess(*PLUGIN, "-v")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*module.py::line 6 FAILED*", "*page.md::line 2 PASSED*"])


def test_a_notebook_names_its_cell(pytester: pytest.Pytester) -> None:
    cell = '{"cell_type": "markdown", "source": ["<!-- symconv: Conv(n, K) -->\\n", "$h_i = w_0 x_i$"]}'
    pytester.makefile(".ipynb", lecture=f'{{"cells": [{cell}]}}')
    result = pytester.runpytest_inprocess(*PLUGIN, "--symconv", "-v")
    result.stdout.fnmatch_lines(["*lecture.ipynb::cell 1, line 2 FAILED*", "*lecture.ipynb:cell 1:2: output refuted*"])


def test_two_formulas_of_one_line_have_different_names(pytester: pytest.Pytester) -> None:
    pytester.makefile(".md", page="<!-- symconv: Conv(n, K) --><!-- symconv: wrong Conv(n, K) -->$h_i = w_0 x_i$\n")
    result = pytester.runpytest_inprocess(*PLUGIN, "--symconv", "-v")
    result.stdout.fnmatch_lines(["*page.md::line 1 FAILED*", "*page.md::line 1 (2) PASSED*"])


def test_what_cannot_be_read_is_an_error_of_collection(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("lecture.tex").write_bytes(b"% symconv: \xff")
    result = pytester.runpytest_inprocess(*PLUGIN, "--symconv")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*not UTF-8*"])


def test_nothing_is_imported_before_it_is_on() -> None:
    code = "import sys, symconv.pytest_plugin; print(sorted({'sympy', 'numpy', 'lark'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
