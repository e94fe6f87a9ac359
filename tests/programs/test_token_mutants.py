"""A right program with one token changed is never proved if its value changes at some shape."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from symconv import prove_code
from tests.programs.numbers import is_right, shapes
from tests.programs.program import Program
from tests.programs.right import BY_PLACE
from tests.programs.token_mutants import mutants

DEFAULT = ("loops.py::bias_gradient", "columns.py::conv1d_matrix")
QUICK = (
    "loops.py::filter_image", "loops.py::conv1d_backward", "loops.py::true_convolution",
    "channels_last.py::conv_matmul",
    "windows.py::weight_gradient_windows",
)  # fmt: skip
MORE = (
    "loops.py::conv_forward_naive", "loops.py::conv_backward_naive", "loops.py::conv_dilated",
    "loops.py::conv1d_forward",
    "loops.py::conv3d", "loops.py::gradient_by_gathering", "channels_last.py::conv_forward",
    "channels_last.py::conv_tensordot", "channels_last.py::depthwise", "channels_last.py::pointwise",
    "columns.py::forward_by_indices", "columns.py::backward_by_indices", "columns.py::forward_by_patches",
    "columns.py::conv1d_by_index", "columns.py::conv1d_matrix_gradient", "columns.py::forward_by_flat_index",
    "windows.py::forward_windows", "windows.py::forward_windows_dilated", "windows.py::forward_strided",
    "windows.py::weight_gradient_correlation", "windows.py::input_gradient_rotated",
    "windows.py::input_gradient_dilated", "windows.py::forward_shifted", "windows.py::backward_shifted",
    "windows.py::depthwise_einsum", "windows.py::grouped_einsum", "windows.py::full_convolution_kron",
    "windows.py::conv3d_windows", "pooling.py::average_pool", "pooling.py::nearest_upsample",
    "pooling.py::nearest_upsample_backward", "transposed.py::conv_transpose_stamps", "transposed.py::conv_transpose1d",
    "transposed.py::conv_transpose_slices", "kernels.py::numba_forward", "kernels.py::scatter_input_gradient",
)  # fmt: skip


def verdict(program: Program, text: str, folder: Path, seed: int) -> str:
    """What is said of a mutant; "wrong proof" if it is proved and some run is wrong."""
    path = folder / program.file
    path.write_text(text, encoding="utf-8")
    report = prove_code(
        f"{path}::{program.name}", program.layer(), of=program.of, arguments=program.arguments, layouts=program.layouts
    )
    if report.status not in ("proved", "refuted"):
        return report.status
    rng = random.Random(seed)
    tried = shapes(program.layer(), rng, 60 if report.status == "proved" else 400)
    wrong = any(not is_right(program, text, values, rng) for values in tried)
    return report.status if wrong == (report.status == "refuted") else f"wrong: {report.status}"


@pytest.mark.parametrize(
    "place", [*DEFAULT, *(pytest.param(place, marks=pytest.mark.exhaustive) for place in (*QUICK, *MORE))]
)
def test_no_wrong_mutant_is_proved_and_no_right_one_refuted(place: str, tmp_path: Path) -> None:
    program = BY_PLACE[place]
    texts = mutants(program, random.Random(place), 4 if place in DEFAULT else 12)
    found = Counter(verdict(program, text, tmp_path, at) for at, text in enumerate(texts))
    assert not found["wrong: proved"] and not found["wrong: refuted"], found
