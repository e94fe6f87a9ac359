"""The notes: they compile cleanly, say what they should, and are written whole or not at all."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import sympy as sp

from symconv import (
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    Notation,
    Unfold,
    Upsample,
    ZeroInsertion,
    prove,
    write_notes,
)  # fmt: skip
from symconv.algebra.polynomial import Polynomial
from symconv.errors import OutputError
from symconv.foundations import files
from symconv.layers import Layer
from symconv.notes.build.line_breaks import broken, shown
from symconv.printing.authored import read
from symconv.printing.latex import cells_of, index
from symconv.printing.notation import latex_name
from symconv.printing.tree import Added, Product
from symconv.printing.widths import width

LAYERS = [
    (Conv(3, 2), 7),
    (Conv((3, 3), (2, 2), out_channels=2), 8),
    (Conv.general(1), 6),
    (Conv.general(2), 7),
    (Conv.general(3), 8),
    (Conv.general(4), 9),
    (Conv.general(5), 9),
    (Conv((2, 2, 3, 2), (2, 1, 2, 2), out_channels=2), 12),
    (Conv((2,) * 5, (2,) * 5, padding=1), 14),
    (Conv((4, 4), (3, 3), in_channels=3, padding=1), 12),
    (
        Conv((6, 5), (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), in_channels=2, out_channels=2, bias=True),
        12,
    ),
    (Conv((3, 3, 3), (2, 2, 2)), 10),
    (Conv((28, 28), (3, 3)), 8),
    (Conv((32, 32), (5, 5), in_channels=3, out_channels=6, padding=2, bias=True), 12),
    (Conv((224, 224), (7, 7), in_channels=3, out_channels=64, stride=2, padding=3), 12),
    (Conv(sp.Symbol("n"), 3, stride=2, notation=Notation(input="x_in", weight="theta", output="y", index_base=0)), 6),
    (Conv(12, 4, padding=3, bias=True, notation=Notation(input="image", weight="\\omega", index_base=0)), 9),
    (
        Conv(
            (5, 4), (3, 2), in_channels=4, out_channels=2, groups=2, bias=True, batch_size=2, stride=(2, 1),
            padding=((1, 1), (-1, 2)), padding_mode="circular",
        ),
        10,
    ),
    (Conv(4, 3, padding=1, padding_mode="reflect"), 8),
    (Conv.general(1, padding_mode="replicate", groups=sp.Symbol("G"), batch_size=sp.Symbol("N")), 8),
    (Conv.general(1, padding="same_tf"), 7),
    (Conv(3, 2, input_dilation=2, flip=True), 8),
    (ConvTranspose((2, 3), (2, 2), stride=2, out_channels=2), 10),
    (ConvTranspose.general(2, groups=sp.Symbol("G")), 8),
    (AvgPool((4, 4), 2), 8),
    (AvgPool.general(1, count_include_pad=False), 6),
    (Unfold((3, 3), 2), 8),
    (Fold((3, 3), 2, batch_size=2), 9),
    (Upsample(2, 3), 7),
    (ZeroInsertion(3, 2), 7),
]  # fmt: skip


PAGES_OF_FIGURES = 7
"""Most pages that a layer's figures take; the others are counted without them."""


def run_latex(path: Path) -> str:
    """Compile twice, first without the drawings, and return the log; an error fails the test."""
    words = re.sub(
        r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    path.with_name("words.tex").write_text(words, encoding="utf-8")
    for source in ("words.tex", path.name):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", f"-jobname={path.stem}",
             source],
            cwd=path.parent, capture_output=True, text=True, errors="replace", check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    return path.with_suffix(".log").read_text(errors="replace", encoding="utf-8")


@pytest.mark.tex
@pytest.mark.parametrize(("conv", "most_pages"), LAYERS, ids=[repr(row[0]) for row in LAYERS])
def test_notes_compile(conv: Layer, most_pages: int, tmp_path: Path) -> None:
    (path,) = write_notes(conv, tmp_path)
    log = run_latex(path)
    assert "undefined" not in log.lower()
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([0-9.]+)pt too wide\)", log)]
    assert max(wide, default=0) <= 5
    pages = re.search(r"Output written on .*\((\d+) pages?", log.replace("\n", ""))
    assert pages is not None
    assert int(pages[1]) <= most_pages + PAGES_OF_FIGURES


@pytest.mark.tex
def test_every_fragment_compiles_on_its_own_with_amsmath(tmp_path: Path) -> None:
    fragments = []
    for conv in (Conv(3, 2, bias=True), Conv.general(2), Conv((4, 4), (2, 2), stride=2, in_channels=2)):
        for view in conv.views.values():
            formulas = [view.output, view.grad_input, view.grad_weight, view.jacobian("weight"), view.jacobian("input")]
            fragments += [formula.latex() for formula in formulas]
            fragments += [view.stage(name).latex() for name in view.definitions]
        fragments += [conv.patches.patch_grad_weight.latex(), conv.fully_connected.grad_dense_weight.latex()]
        report = prove(conv)
        fragments += [report.latex(), *(theorem.latex() for theorem in report.theorems)]
        fragments += [theorem.latex(view) for theorem in report.theorems for view in theorem.views]
    body = "\n".join(f"\\[ {fragment} \\]" for fragment in fragments)
    path = tmp_path / "fragments.tex"
    path.write_text(
        f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}\n{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    run_latex(path)
    assert len(fragments) > 70


def test_the_notes_say_what_they_should(tmp_path: Path) -> None:
    (path,) = write_notes(Conv(3, 2), tmp_path)
    text = path.read_text(encoding="utf-8")
    for piece in (
        r"h_{i} &= \sum_{k} w_{k} \, X_{i + k}",
        r"v_{j, i} &= \sum_{k} w_{k} \, [j = i + k]",
        r"P_{i, k} &= X_{i + k}",
        r"v_{11} = v_{22} = {\color{wA}w_{1}}",
        r"v_{31} = v_{12} = 0",
        r"h_{2} &= X_{2} {\color{wA}w_{1}} + X_{3} {\color{wB}w_{2}}",
        r"\frac{\partial L}{\partial w_{1}} &= X_{1} \delta_{1} + X_{2} \delta_{2}",
        r"\label{thm:output}", r"\label{thm:grad-weight}", r"\label{thm:grad-input}", r"\label{thm:general}",
        "sliding windows", "central differences",
    ):  # fmt: skip
        assert piece in text, piece


def test_the_same_layer_gives_the_same_bytes(tmp_path: Path) -> None:
    conv = Conv((3, 3), (2, 2), out_channels=2)
    (one,) = write_notes(conv, tmp_path / "a")
    (two,) = write_notes(conv, tmp_path / "b")
    assert one.read_bytes() == two.read_bytes()
    assert write_notes(conv, tmp_path / "a") == [one]  # our own file may be written again


def test_a_file_that_is_not_ours_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "conv-3-kernel-2.tex"
    path.write_text("my own notes", encoding="utf-8")
    with pytest.raises(OutputError, match="symconv did not write it"):
        write_notes(Conv(3, 2), tmp_path)
    assert path.read_text(encoding="utf-8") == "my own notes"
    write_notes(Conv(3, 2), tmp_path, force=True)
    assert files.MARKER in path.read_text(encoding="utf-8")


def test_a_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_notes(Conv(3, 2), tmp_path / "file" / "notes")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["../up", "a/b", "", "a b", "x\n", "$HOME"])
def test_a_file_name_is_plain(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="plain file name"):
        write_notes(Conv(3, 2), tmp_path, name=name)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="use tex"):
        write_notes(Conv(3, 2), tmp_path, formats=("docx",))


NAMES = [
    ("X", "X"), ("delta", r"\delta"), ("n1", "n_{1}"), ("C_in", r"C_{\mathrm{in}}"), ("v_10_3", "v_{10,3}"),
    ("k'", "k'"), ("image", r"\mathit{image}"), ("k1'", "k_{1}'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_names_in_latex(name: str, expected: str) -> None:
    assert latex_name(name) == expected


s, i, d, k, p, n = map(Polynomial.name, "sidkpn")
INDICES = [
    (s * i + d * k - p, "s i + d k - p"), (i + k, "i + k"), (k - i, "k - i"), (2 * i + k - 1, "2 i + k - 1"),
    (Polynomial(), "0"), (n - 1, "n - 1"), (-i, "-i"), (1 - i, "1 - i"),
]  # fmt: skip


@pytest.mark.parametrize(("polynomial", "expected"), INDICES, ids=[row[1] for row in INDICES])
def test_indices_in_latex(polynomial: Polynomial, expected: str) -> None:
    assert index(polynomial) == expected


def lines(left: str, right: str, room: float) -> list[str]:
    """Where a formula breaks, in LaTeX; the terms and factors of a sum are as in a text."""
    terms = [Product(tuple(map(read, term.split("*")))) if "*" in term else read(term) for term in right.split("+")]
    return [cells_of(cells) for cells in broken(read(left), Added(tuple(terms)) if len(terms) > 1 else terms[0], room)]


def test_layout() -> None:
    assert lines("h", "a+b", 36) == ["h &= a + b"]
    x, y, z = (" ".join(letter * 10) for letter in "xyz")
    assert lines("h", f"{x}+{y}", 12) == [f"h &= {x}", rf"&\quad + {y}"]
    assert lines("h", f"{x}+{y}*{z}", 20) == [f"h &= {x}", rf"&\quad + {y} \, {z}"]
    assert lines("h", f"x+{y}*{z}", 13) == [f"h &= x + {y}", rf"&\quad \, {z}"]
    assert shown(20, 6) == [0, 1, 2, 3, None, 19]
    assert width(read(r"\frac{a}{bbbb}")) < width(read("abbbb"))
    assert width(read("w_{111}")) < width(read("w111"))
