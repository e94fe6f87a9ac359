"""Nothing that a user edited is lost: every file of every format and export is kept, and says so, until forced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from symconv import Conv, exercises, figures_of, write_notes
from symconv.errors import OutputError
from symconv.foundations.seals import is_sealed
from symconv.notes.writers import FORMATS
from symconv.questions.exports import EXPORTS
from tests.tools import require_module, require_tool

LAYER = Conv(3, 2)
Write = Callable[[Path, bool], list[Path]]

NOTES: dict[str, Write] = {
    name: lambda folder, force, name=name: write_notes(LAYER, folder, name, force=force)  # type: ignore[misc]
    for name in FORMATS
}
QUIZZES: dict[str, Write] = {
    name: lambda folder, force, name=name: exercises(LAYER, 3).write(folder, name, force=force)  # type: ignore[misc]
    for name in EXPORTS
}


def _figure(folder: Path, force: bool) -> list[Path]:
    path = folder / "figure.svg"
    figures_of(LAYER)[0].save(path, force=force)
    return [path]


WRITERS: dict[str, Write] = {**NOTES, **QUIZZES, "a figure": _figure}


def _of(name: str) -> object:
    if name in FORMATS and FORMATS[name].needs_latex:
        return pytest.param(name, marks=pytest.mark.tex)
    return name if name in (*EXPORTS, "a figure") else pytest.param(name, marks=pytest.mark.slow)


@pytest.mark.parametrize("name", [_of(name) for name in WRITERS])
def test_every_file_that_was_edited_is_kept(name: str, tmp_path: Path) -> None:
    if name in FORMATS and FORMATS[name].needs_latex:
        require_tool("pdflatex")
    if name == "ipynb":
        require_module("nbformat")
    write = WRITERS[name]
    paths = write(tmp_path, False)
    first = {path: path.read_bytes() for path in paths}
    assert paths and all(is_sealed(data) for data in first.values())
    write(tmp_path, False)  # untouched files give way
    for edited in paths:
        middle = len(first[edited]) // 2
        mine = first[edited][:middle] + b"mine" + first[edited][middle:]
        edited.write_bytes(mine)
        with pytest.raises(OutputError, match=r"changed after symconv wrote it.*force"):
            write(tmp_path, False)
        assert {path: path.read_bytes() for path in paths} == {**first, edited: mine}
        write(tmp_path, True)
        assert {path: path.read_bytes() for path in paths} == first
