"""What symconv writes carries marks, and passes."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from symconv import (
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    MaxPool,
    Notation,
    NotesStyle,
    Unfold,
    Upsample,
    check_document,
    write_notes,
)
from symconv.cli.main import main
from symconv.layers import Layer
from tests.tools import thinned

G = sp.Symbol("G", integer=True)
LAYERS = [
    Conv(3, 2), Conv.general(2), Conv.general(1, padding_mode="reflect"), ConvTranspose(3, 2, stride=2), AvgPool(4, 2),
    MaxPool(4, 2), Unfold(4, 2), Fold.general(1), Upsample.general(1), Conv.general(1, groups=G, batch_size=2),
    Conv(3, 2, notation=Notation(weight="W", bold=True, index_base=0)),
]  # fmt: skip


@pytest.mark.parametrize("layer", thinned(LAYERS, 3), ids=lambda layer: repr(layer)[:50])
def test_notes_carry_marks_and_pass(layer: Layer, tmp_path: Path) -> None:
    files = write_notes(layer, tmp_path, ("tex", "md", "ipynb"), style=NotesStyle(language="de"))
    counts = set()
    for file in (one for one in files if one.suffix != ".svg"):
        report = check_document(file)
        assert report.holds, str(report)
        counts.add(len(report.results))
    assert len(counts) == 1 and counts.pop() >= 2


@pytest.mark.parametrize("form", ["--latex", "--copy-latex"])
@pytest.mark.parametrize("options", [["--general", "2"], ["--input-size", "3", "--kernel-size", "2", "--bias"],
                                     ["--layer", "max-pool", "--general"]], ids=str)  # fmt: skip
def test_derivations_carry_marks_and_pass(
    options: list[str], form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", *options, form, "--marks"]) == 0
    file = tmp_path / "formulas.tex"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    report = check_document(file)
    assert report.holds and len(report.results) >= 4, str(report)
