"""Right programs with one token changed: the verdict is that of real runs, and the changed line is found and mended."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from symconv import CodeReport, prove_code
from tests.programs.numbers import is_right, shapes
from tests.programs.program import Program
from tests.programs.right import BY_PLACE, RIGHT
from tests.programs.single_edits import SingleEdit, drawn

RUNS = 60
EXPLAINED = (
    "loops.py::conv_forward_naive", "loops.py::conv_backward_naive", "loops.py::filter_image",
    "loops.py::conv_dilated", "loops.py::conv1d_forward", "loops.py::conv1d_backward", "loops.py::conv3d",
    "loops.py::true_convolution", "channels_last.py::conv_matmul", "channels_last.py::conv_tensordot",
    "columns.py::forward_by_slices", "columns.py::backward_by_slices", "columns.py::conv1d_by_index",
    "windows.py::forward_windows", "windows.py::weight_gradient_windows", "windows.py::backward_shifted",
    "pooling.py::average_pool", "transposed.py::conv_transpose_stamps", "transposed.py::conv_transpose1d",
    "kernels.py::scatter_input_gradient",
)  # fmt: skip
QUICK = ("loops.py::true_convolution", "loops.py::filter_image")


def judged(program: Program, text: str, folder: Path) -> CodeReport:
    path = folder / program.file
    path.write_text(text, encoding="utf-8")
    return prove_code(
        f"{path}::{program.name}", program.layer(), of=program.of, arguments=program.arguments, layouts=program.layouts
    )


def is_wrong(program: Program, text: str, report: CodeReport, seed: int) -> bool:
    """Whether a real run is wrong, at random shapes or at those that the report names."""
    rng = random.Random(seed)
    named = [dict(case.sizes) for case in report.failures if case.sizes for _ in range(3)]
    tried = [*named, *shapes(program.layer(), rng, RUNS)]
    return any(not is_right(program, text, values, rng) for values in tried)


def is_as_run(program: Program, edit: SingleEdit, folder: Path, seed: int) -> str:
    """The verdict, or that it is false."""
    text = edit.of(program.text)
    report = judged(program, text, folder)
    wrong = is_wrong(program, text, report, seed)
    if report.status == "proved":
        return "false proof" if wrong else "proved"
    if report.status in ("refuted", "proved except"):
        return "refuted" if wrong else "false refutation"
    return f"open, {'wrong' if wrong else 'right'}"


@pytest.mark.parametrize(
    "place",
    [
        program.place if program.place in QUICK else pytest.param(program.place, marks=pytest.mark.exhaustive)
        for program in RIGHT
        if not program.needs
    ],
)
def test_the_verdict_is_that_of_real_runs(place: str, tmp_path: Path) -> None:
    program = BY_PLACE[place]
    edits = drawn(program, random.Random(place), 4 if place in QUICK else 60)
    found = Counter(is_as_run(program, edit, tmp_path, at) for at, edit in enumerate(edits))
    assert not found["false proof"] and not found["false refutation"], found
    assert found["open, wrong"] <= 0.05 * sum(found.values()), found


@pytest.mark.parametrize("count", [1, pytest.param(12, marks=pytest.mark.exhaustive)])
def test_the_changed_line_is_found_with_a_change_that_mends_it(count: int, tmp_path: Path) -> None:
    found = Counter[bool]()
    for place in QUICK if count == 1 else EXPLAINED:
        program = BY_PLACE[place]
        for edit in drawn(program, random.Random(f"{place} explained"), count):
            report = judged(program, edit.of(program.text), tmp_path)
            if report.status in ("refuted", "proved except"):
                found[report.line == edit.line and report.repair is not None] += 1
    assert found[True] >= 0.8 * sum(found.values()), found
