"""symconv runs in the browser: what it needs at run time is pure Python, or in Pyodide's package set."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution, requires
from pathlib import Path
from typing import Any

import pytest

from tests.tools import require_module

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "live.ipynb"
IN_PYODIDE = {"numpy", "markupsafe"}
"""Packages with compiled code that Pyodide builds (pyodide-lock.json of 0.20 to 314)."""


def needed(name: str, found: set[str]) -> set[str]:
    """The packages that one needs at run time, without extras, and those that they need."""
    for requirement in requires(name) or []:
        extra = re.search(r"\bextra\s*==", requirement) or re.search(r"(platform_system|sys_platform)", requirement)
        other = re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")
        if not extra and other not in found:
            found.add(other)
            needed(other, found)
    return found


def test_all_that_is_needed_is_pure_python() -> None:
    names = needed("symconv", set())
    assert {"sympy", "numpy", "jinja2", "lark", "mpmath"} <= names
    for name in names - IN_PYODIDE:
        for about in (file for file in distribution(name).files or [] if file.name == "WHEEL"):
            assert "Root-Is-Purelib: true" in Path(str(about.locate())).read_text(encoding="utf-8"), name
        compiled = [file for file in distribution(name).files or [] if file.suffix in (".so", ".pyd", ".dylib")]
        # mypyc's and Cython's speedups come beside a pure wheel, which Pyodide takes
        assert not compiled or name in ("markdown-it-py",), (name, compiled[:2])


PROGRAM = """
import sys
for name in ("multiprocessing.pool", "fcntl", "termios", "resource"):
    sys.modules[name] = None  # not in Pyodide
from symconv import Conv, prove, check, exercises, figures_of
conv = Conv((3, 3), (2, 2))
assert prove(conv).holds and prove(Conv.general(1)).holds
assert check(conv, "h11 = w11*X11 + w12*X12 + w21*X21 + w22*X22").holds
assert len(exercises(conv, 3)) == 3 and figures_of(conv)[0]._repr_svg_()
"""


def test_it_proves_without_what_pyodide_lacks() -> None:
    """No processes, no terminals, no locks of files."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1500:]


@pytest.mark.slow
def test_the_notebook_for_the_browser(capsys: pytest.CaptureFixture[str]) -> None:
    nbformat = require_module("nbformat")
    notebook = nbformat.reads(NOTEBOOK.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "%pip install" in code[0].source and all(not cell.outputs for cell in code)
    names: dict[str, Any] = {}
    for cell in code[1:]:
        *lines, last = cell.source.split("\n")
        exec("\n".join(lines), names)
        shown = eval(last, names)
        kinds = [
            kind for kind in ("_repr_html_", "_repr_latex_", "_repr_svg_", "_repr_markdown_") if hasattr(shown, kind)
        ]
        assert kinds and any(getattr(shown, kind)() for kind in kinds), last
