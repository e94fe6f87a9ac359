"""What of the notes is wanted: sections, figures, entries, in short or in full."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from symconv import (
    Activation,
    AvgPool,
    Conv,
    Flatten,
    Linear,
    MaxPool,
    Sequential,
    prove,
    prove_code,
    sgd_step,
    write_notes,
)
from symconv.cli.commands import derive, notes as command
from symconv.cli.main import main
from symconv.errors import OutputError, SymconvError
from symconv.notes import fragments
from symconv.notes.build.documents import document_of
from symconv.notes.fragments import FRAGMENTS
from symconv.notes.model import Document, Figure, Heading
from symconv.notes.sections import SECTIONS, SHORT, Choice
from symconv.notes.style import NotesStyle
from symconv.notes.writers.markdown import MarkdownWriter
from tests.tools import thinned

LAYER = Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1)
NETWORK = Sequential(
    Conv((4, 4), 2, out_channels=2), Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="cross_entropy"
)
SUBJECTS: dict[str, Any] = {"layer": LAYER, "network": NETWORK, "step": sgd_step(Conv(4, 2), schedule="sequential")}


def document(subject: Any, **choice: Any) -> Document:
    return document_of(subject, NotesStyle(), choice=Choice(**choice))


def labels(one: Document) -> list[str]:
    """The sections of a document."""
    return [block.label.removeprefix("sec:") for block in one.blocks if isinstance(block, Heading) and block.label]


def said(one: Document) -> str:
    return str(MarkdownWriter("notes").document(one)["notes.md"])


def drawn(one: Document) -> list[str]:
    return [block.label.removeprefix("fig:") for block in one.walk() if isinstance(block, Figure)]


@pytest.mark.parametrize("kind", thinned(reversed(SUBJECTS), 3))
def test_every_section_stands_alone(kind: str) -> None:
    """With its own heading, and no reference to what is left out."""
    for name in {*SECTIONS[kind], *SHORT[kind]}:
        one = document(SUBJECTS[kind], sections=(name,))
        assert labels(one) in ([name], [name, "references"])
        text = said(one)
        known = set(re.findall(r"<!-- \w+ (\S+) -->", text)) | set(one.numbers)
        assert {label for label in re.findall(r"\]\(#([^)]*)\)", text) if ":" in label} <= known


@pytest.mark.slow
def test_sections_keep_their_order_whatever_the_order_of_the_names() -> None:
    assert labels(document(LAYER, sections=("outputs", "layer"))) == ["layer", "outputs", "references"]
    assert labels(document(LAYER))[:9] == list(SECTIONS["layer"])


@pytest.mark.slow
def test_figures_are_those_that_are_asked_for() -> None:
    assert drawn(document(LAYER, figures=("matrix", "window"))) == ["window", "matrix"]
    assert drawn(document(LAYER, figures=())) == []
    assert drawn(document(LAYER, sections=("views",), figures=("extent",))) == []
    assert len(drawn(document(Conv((3, 3), 2)))) == 11
    assert {"neuron", "pattern"} < {*drawn(document(LAYER))} and "neurons-free" not in drawn(document(LAYER))
    assert drawn(document(LAYER, figures=("neurons-free",))) == ["neurons-free"]


@pytest.mark.slow
def test_entries_are_as_many_as_asked_for() -> None:
    for count, most in ((0, 0), (2, 2), (5, 4), (25, 18)):
        text = said(document(LAYER, sections=("views",), entries=count))
        assert len(re.findall(r"h_\{\d+\} (?:&|\\, )?=", text.replace("&=", "="))) == most
    text = said(document(NETWORK, entries=0, sections=("example",)))
    assert "_{11} &=" not in text and "= \\begin{bmatrix}" in text


@pytest.mark.parametrize(
    "given",
    [
        dict(sections=("view",)), dict(sections=(3,)), dict(figures=("windows",)), dict(detail="long"),
        dict(entries=-1), dict(entries=True), dict(entries=2.0), dict(entries=10**6),
    ],
    ids=repr,
)  # fmt: skip
def test_mistakes_are_explained(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SymconvError) as caught:
        write_notes(Conv(3, 2), tmp_path, **given)
    assert next(iter(given)) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_a_subject_does_not_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="notes on a layer do not have it"):
        write_notes(LAYER, tmp_path, sections=["forwards"])
    with pytest.raises(OutputError, match="no such figure"):
        write_notes(MaxPool((4, 4), 2), tmp_path, figures=["matrix"])
    with pytest.raises(OutputError, match="nothing to say"):
        write_notes(Conv.general(1), tmp_path, sections=["general"])
    with pytest.raises(OutputError, match="nothing to choose"):
        report = prove_code("def f(x, w):\n    return w[0] * x[:, :1]\n", Conv(3, 2))
        write_notes(report, tmp_path, detail="short")


def test_the_command_line_has_the_same_choice(tmp_path: Path) -> None:
    every = {*SECTIONS["layer"], *SECTIONS["network"], *SECTIONS["step"], *SHORT["layer"]}
    assert {*command.SECTIONS} == every
    words = [
        "notes", str(tmp_path), "--input-size", "5", "--kernel-size", "3", "--sections", "views,outputs", "--figures",
        "matrix", "--entries", "0",
    ]  # fmt: skip
    assert main(words) == 0
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\\label\{((?:sec|fig):[^}]*)\}", text) == [
        "sec:views", "fig:matrix", "sec:outputs", "sec:references",
    ]  # fmt: skip
    assert main([*words[:-6], "--sections", "viewz"]) == 2
    assert main([*words[:6], "--figures", "none", "--detail", "short", "--force"]) == 0
    assert "tikzpicture" not in path.read_text(encoding="utf-8")


# -- what proofs and examples show -----------------------------------------------------------------------


@pytest.mark.slow
def test_proofs_start_from_their_own_view() -> None:
    """Each derivative of the dense view has v in it, and each of the patches has P; no two views read the same."""
    for conv in (Conv(3, 2), LAYER, Conv.general(2), Conv(5, 3, stride=2, bias=True)):
        text = said(document(conv, sections=("derivatives",), figures=(), entries=0))
        for proof in text.split("*Direct convolution.*")[1:]:
            dense, patches = re.split(r"\*Small networks over patches\.?\*", proof)
            direct, dense = re.split(r"\*[^*]*shared weights\.?\*|\*Fully connected[^*]*\*", dense)
            if "partial b" in direct:
                continue
            assert "v_{" in dense and "P_{" in patches and "v_{" not in direct and "P_{" not in direct


@pytest.mark.slow
def test_the_example_of_contributions_shows_some() -> None:
    for conv in (LAYER, Conv(5, 3, padding=1), Conv((4, 4), 3, padding=2), Conv(6, 3, padding=1, stride=2)):
        text = said(document(conv, sections=("derivatives",), figures=()))
        (line,) = (line for line in text.splitlines() if "underbrace" in line)
        assert r"\underbrace{0}" not in line


def test_worked_numbers_are_those_of_plain_loops() -> None:
    """h of the 1-D example is computed again by hand."""
    text = said(document(Conv(3, 2), sections=("example",)))
    x, w = (
        [int(one) for one in re.search(rf"{name} = \\begin{{bmatrix}}\n([^\\]*)\n\\end", text)[1].split(" & ")]  # type: ignore[index]
        for name in "Xw"
    )
    h = [sum(w[k] * x[i + k] for k in range(2)) for i in range(2)]
    assert f"h = \\begin{{bmatrix}}\n{h[0]} & {h[1]}\n\\end{{bmatrix}}" in text


# -- pieces by themselves ------------------------------------------------------------------------------


@pytest.mark.slow
def test_pieces_are_plain_latex() -> None:
    for conv in (Conv(3, 2), LAYER, Conv.general(2), MaxPool((4, 4), 2), AvgPool(4, 2)):
        pieces = fragments(conv)
        assert ("matrix" in pieces) == (conv.is_concrete and "fully_connected" in conv.views)
        for piece in pieces.values():
            text = piece.latex()
            assert text and not re.search(r"\\(?:mark|zero|color)\b", text) and "\n\n" not in text
            assert text.count("\\begin{") == text.count("\\end{")


def test_steps_have_every_view() -> None:
    text = fragments(Conv(3, 2))["steps-grad_input"].latex()
    assert text.count("\\text{(sift)}") == 3 and "small networks over patches" in text
    (theorem,) = prove(Conv(3, 2), of=["grad_input"]).theorems
    assert text == theorem.latex(steps=True) != theorem.latex()


def test_pieces_to_paste_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    layer = ["--input-size", "3", "--kernel-size", "2"]
    assert main(["derive", *layer, "--copy-latex", "matrix,constraints"]) == 0
    text = capsys.readouterr().out
    assert re.findall("(?m)^% (.*)", text) == ["matrix", "constraints"] and "v_{31} = v_{12} = 0" in text
    assert main(["derive", "--copy-latex", "steps", *layer]) == 0
    assert re.findall("(?m)^% (.*)", capsys.readouterr().out) == [
        "steps output",
        "steps grad weight",
        "steps grad input",
    ]
    assert main(["derive", "--copy-latex", *layer]) == 0
    assert "h = X * w" in capsys.readouterr().out
    assert main(["derive", *layer, "--stride", "2", "--copy-latex"]) == 0
    assert "X * w" not in capsys.readouterr().out
    assert main(["derive", *layer, "--copy-latex", "matrx"]) == 2
    assert main(["derive", "--general", "1", "--copy-latex", "matrix"]) == 2
    assert {*derive.FRAGMENTS} == {*FRAGMENTS}


@pytest.mark.slow
def test_averages_and_cross_entropy_are_said_as_lectures_say_them() -> None:
    mean = "mean of the elements under its window"
    assert mean in said(document(AvgPool((4, 4), 2), sections=("views",), figures=()))
    for other in (AvgPool(4, 2, padding=1), AvgPool(4, 2, divisor_override=3), MaxPool(4, 2), Conv(3, 2)):
        assert mean not in said(document(other, sections=("views",), figures=(), entries=0))
    text = said(document(NETWORK, sections=("backwards",)))
    assert re.search(r"that is \$\\delta\^\{\(4\)\} = p\^\{\(4\)\} - t\$, the softmax minus the target", text)
