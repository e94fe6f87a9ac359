"""The layout of PDFs as it can be measured: how full pages are, how small letters are, how many slides there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import (
    Activation,
    Add,
    AvgPool,
    Conv,
    ConvTranspose,
    Flatten,
    Graph,
    Linear,
    MaxPool,
    Sequential,
    Unfold,
    sgd_step,
    write_notes,
)
from symconv.notes.style import NotesStyle
from tests.tools import require_tool

LAYERS: dict[str, Any] = {
    "ordinary": Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1),
    "3x3": Conv((3, 3), (2, 2), out_channels=2),
    "1-D": Conv(3, 2), "1-D bias": Conv(5, 3, bias=True), "1-D strided": Conv(9, 3, stride=2),
    "1-D dilated": Conv(8, 3, dilation=2), "1-D padded": Conv(5, 3, padding=1),
    "1-D circular": Conv(5, 3, padding=1, padding_mode="circular"),
    "1-D reflected": Conv(5, 3, padding=1, padding_mode="reflect"),
    "grouped": Conv((4, 3), (2, 2), in_channels=2, out_channels=2, groups=2),
    "batch": Conv((3, 3), (2, 2), batch_size=2), "28x28": Conv((28, 28), (5, 5)),
    "32x32": Conv((32, 32), (3, 3), in_channels=16, out_channels=16, padding=1),
    "28x28 bias": Conv((28, 28), (5, 5), out_channels=6, padding=2, bias=True), "3-D": Conv((3, 3, 3), (2, 2, 2)),
    "transposed": ConvTranspose((2, 2), (2, 2), stride=2), "transposed 1-D": ConvTranspose(3, 3, stride=2, padding=1),
    "pooling": AvgPool((4, 4), 2), "max pooling": MaxPool((4, 4), 2), "unfolding": Unfold((3, 3), 2),
    "flip": Conv(4, 2, flip=True), "every 1-D": Conv.general(1), "every 2-D": Conv.general(2),
    "every transposed": ConvTranspose.general(1), "every pooling": AvgPool.general(1),
}  # fmt: skip
OTHERS: dict[str, Any] = {
    "network": Sequential(
        Conv((4, 4), 2, out_channels=2, bias=True), Activation("relu"), AvgPool.lazy(kernel_size=3), Flatten(),
        Linear.lazy(out_features=2), loss="cross_entropy",
    ),
    "LeNet": Sequential(
        Conv((28, 28), 5, out_channels=6, padding=2, bias=True), Activation("tanh"), AvgPool.lazy(kernel_size=2),
        Conv.lazy(kernel_size=5, out_channels=16, bias=True), Activation("tanh"), AvgPool.lazy(kernel_size=2),
        Flatten(), Linear.lazy(out_features=120), Activation("tanh"), Linear.lazy(out_features=84), Activation("tanh"),
        Linear.lazy(out_features=10), loss="cross_entropy",
    ),
    "residual": Graph(
        {
            "first": Conv((5, 5), (3, 3), out_channels=2, padding=1), "relu": Activation("relu"),
            "second": Conv((5, 5), (3, 3), in_channels=2, out_channels=2, padding=1), "sum": (Add(), "second", "first"),
            "flat": Flatten(), "last": Linear.lazy(out_features=2),
        },
        loss="cross_entropy",
    ),
    "batch of 32": Sequential(
        Conv((4, 4), 3, out_channels=2, batch_size=32), Activation("relu"), Flatten(), Linear.lazy(out_features=2),
        loss="mse",
    ),
    "step": sgd_step(Conv(3, 2), schedule="sequential"),
    "step of a mean": sgd_step(Conv((3, 3), (2, 2), out_channels=2), schedule="mean"),
}  # fmt: skip
IN_ALL_RUNS = ("ordinary", "3x3", "28x28", "every 2-D", "LeNet")

TOP, BOTTOM = 0.078, 0.922
"""Where the text of a page begins and ends, as shares of its height (margins of 2.3 cm on A4)."""
FULL = 0.6
SMALLEST_TYPE, SMALLEST_ON_SLIDES = 5.9, 7.9
MOST_FRAMES = 25


def measured(names: tuple[str, ...] | list[str]) -> list[Any]:
    """The subjects, but for some in the exhaustive tier alone."""
    return [one if one in IN_ALL_RUNS else pytest.param(one, marks=pytest.mark.exhaustive) for one in names]


def written(subject: Any, folder: Path, kind: str, **options: Any) -> Path:
    (path,) = write_notes(subject, folder, [kind], name="notes", **options)
    return path


def pages(path: Path) -> list[Any]:
    """Every page as gray levels."""
    require_tool("pdftoppm")
    done = subprocess.run(["pdftoppm", "-gray", "-r", "25", str(path)], capture_output=True, check=True, timeout=120)
    found, at, data = [], 0, done.stdout
    while at < len(data):
        head = re.compile(rb"P5\s+(\d+)\s+(\d+)\s+255\s").match(data, at)
        assert head is not None
        width, height = int(head[1]), int(head[2])
        raw = np.frombuffer(data, dtype=np.uint8, count=width * height, offset=head.end())
        found.append(raw.reshape(height, width))
        at = head.end() + width * height
    return found


def filled(page: Any) -> float:
    """How far down a page there is something, as a share of the text's height; the page's number does not count."""
    height = len(page)
    rows = np.flatnonzero((page < 200).any(axis=1))
    inside = rows[rows < BOTTOM * height]
    return float((inside.max() / height - TOP) / (BOTTOM - TOP)) if len(inside) else 0.0


def smallest(path: Path) -> float:
    """The size of the smallest letters, in points."""
    require_tool("pdftohtml")
    words = ["pdftohtml", "-xml", "-stdout", "-i", "-zoom", "3", str(path)]
    text = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120, errors="replace").stdout
    return min(int(size) for size in re.findall(r'<fontspec id="\d+" size="(\d+)"', text)) / 3


@pytest.mark.tex
@pytest.mark.parametrize("name", measured([*LAYERS, *OTHERS]))
def test_pages_are_full_and_letters_large(name: str, tmp_path: Path) -> None:
    path = written({**LAYERS, **OTHERS}[name], tmp_path, "pdf")
    *before, _ = map(filled, pages(path))
    assert min(before, default=1.0) >= FULL, before
    assert smallest(path) >= SMALLEST_TYPE


@pytest.mark.tex
@pytest.mark.parametrize("name", measured([*LAYERS, *OTHERS]))
def test_slides_are_few_and_large(name: str, tmp_path: Path) -> None:
    path = written({**LAYERS, **OTHERS}[name], tmp_path, "beamer-pdf")
    assert len(pages(path)) <= MOST_FRAMES
    assert smallest(path) >= SMALLEST_ON_SLIDES


@pytest.mark.tex
@pytest.mark.parametrize("name", measured([*LAYERS, *OTHERS]))
def test_short_notes_have_two_pages(name: str, tmp_path: Path) -> None:
    assert len(pages(written({**LAYERS, **OTHERS}[name], tmp_path, "pdf", detail="short"))) <= 2


@pytest.mark.tex
def test_a_pdf_says_what_it_is(tmp_path: Path) -> None:
    require_tool("pdfinfo")
    for kind in ("pdf", "beamer-pdf"):
        style = NotesStyle(title="Faltung & mehr", author="Emmy Noether")
        path = written(Conv(3, 2), tmp_path, kind, style=style)
        said = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
        assert re.search("Title: +Faltung & mehr", said) and re.search("Author: +Emmy Noether", said)
