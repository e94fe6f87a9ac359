"""Every example in the README and the docs gives what is printed there."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from symconv.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_python_examples(page: Path) -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    test = parser.get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


def test_there_are_examples() -> None:
    assert sum(page.read_text(encoding="utf-8").count(">>> ") for page in PAGES) > 25


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_console_examples(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command, output in re.findall(
        r"```console\n\$ symconv ([^\n]*)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
    ):
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out == output


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).is_file(), target


def test_the_readme_has_the_two_commands() -> None:
    commands = re.findall(r"```console\n([^$].*?)\n```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(commands) == 2
    assert commands[0].endswith("symconv demo")
    assert commands[1].endswith("python -m pytest")
