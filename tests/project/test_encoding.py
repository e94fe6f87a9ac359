"""Nothing depends on the encoding of the machine: every text file is read and written as UTF-8, by name."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for room in ("symconv", "benchmarks", "docs", "tests") for path in sorted((ROOT / room).rglob("*.py"))]
OPENING = ("open", "read_text", "write_text")
CALLED = re.compile(rf"\b({'|'.join(OPENING)})\b")

PAGES = ("tour.md", "formats.md", "how-to-notes.md")


def without_encoding(source: str) -> Iterator[int]:
    """The lines of calls that read or write text in whatever encoding the machine has."""
    for node in ast.walk(ast.parse(source)) if CALLED.search(source) else ():
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        binary = isinstance(function, ast.Attribute) and ast.unparse(function.value) in ("os", "archive", "tarfile")
        if name not in OPENING or binary or any(keyword.arg in ("encoding", None) for keyword in node.keywords):
            continue
        modes = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name != "open" or not any(set(mode) <= set("rwab+") and "b" in mode for mode in modes):
            yield node.lineno


def test_every_text_is_read_and_written_as_utf_8() -> None:
    found = [f"{path}:{line}" for path in SOURCES for line in without_encoding(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("path.read_text()", [1]),
        ("path.write_text('x')", [1]),
        ("open(path)", [1]),
        ("open(path, 'w')", [1]),
        ("open(path, 'rb')\nos.open(path, 0)\npath.read_text(encoding='utf-8')\npath.read_bytes()", []),
    ],
)
def test_a_call_without_an_encoding_is_found(source: str, lines: list[int]) -> None:
    assert list(without_encoding(source)) == lines


@pytest.mark.slow
def test_the_docs_hold_under_an_ascii_locale() -> None:
    """With no help of Python's own UTF-8 mode."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    names = " or ".join(page.replace(".md", "") for page in PAGES)
    command = [sys.executable, "-X", "warn_default_encoding", "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/project/test_docs.py", "-k", f"test_python_examples and ({names})"],
        cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
