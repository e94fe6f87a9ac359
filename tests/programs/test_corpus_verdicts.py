"""What symconv says of the corpus: right programs are proved for every shape, wrong ones are refuted."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv import CodeReport, prove_code
from tests.programs.program import CORPUS, Program, WrongProgram
from tests.programs.right import RIGHT
from tests.programs.test_corpus import named
from tests.programs.wrong import WRONG

OPEN = {
    "loops.py::conv_grouped": "channels g * (F / G) + f, assigned",
}
"""Right programs that are not proved for every shape, with what is hard in them; at small shapes they are."""
DEFAULT = (
    "filter_image", "conv_matmul", "forward_by_indices", "forward_strided", "conv2d_class_forward", "conv1d_numpy",
    "tensor_unfold", "patch_embedding", "numba_forward", "nearest_upsample", "conv_transpose_stamps",
)  # fmt: skip


def judged(program: Program, folder: Path) -> CodeReport:
    return prove_code(
        f"{folder / program.file}::{program.name}", program.layer(),
        of=program.of, arguments=program.arguments, layouts=program.layouts,
    )  # fmt: skip


@pytest.mark.parametrize(
    "program",
    [
        one if one.name in DEFAULT else pytest.param(one, marks=pytest.mark.slow)
        for one in RIGHT
        if one.place not in OPEN
    ],
    ids=named,
)
def test_right_programs_are_proved(program: Program) -> None:
    report = judged(program, CORPUS)
    assert report.holds and report.status == "proved", str(report)


@pytest.mark.slow
@pytest.mark.parametrize("place", sorted(OPEN))
def test_what_is_open_is_not_refuted(place: str) -> None:
    (program,) = (one for one in RIGHT if one.place == place)
    assert judged(program, CORPUS).status in ("undecided", "not read", "proved")


@pytest.mark.parametrize(
    "wrong",
    [
        one if one.right.name in DEFAULT else pytest.param(one, marks=pytest.mark.slow)
        for one in WRONG
        if one.right.place not in OPEN
    ],
    ids=named,
)
def test_no_wrong_program_is_proved(wrong: WrongProgram, tmp_path: Path) -> None:
    (tmp_path / wrong.right.file).write_text(wrong.text, encoding="utf-8")
    report = judged(wrong.right, tmp_path)
    assert not report.holds and report.status != "proved", str(report)
