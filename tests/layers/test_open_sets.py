"""Layers, views and padding modes that the library does not have work wherever its own do, or say what they lack."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symconv
from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    MaxPool,
    Sequential,
    SymconvError,
    check,
    exercises,
    figures_of,
    prove,
    spot_check,
    write_notes,
)
from symconv.cli.main import main
from symconv.descriptions.description import read_description
from symconv.geometry.padding import MODES
from symconv.layers import KINDS, kinds_by_name
from symconv.notes import NotesStyle
from symconv.notes.languages import CATALOGUES
from symconv.questions.languages import CATALOGUES as QUESTIONS
from symconv.views import VIEWS, Direct
from tests.layers.made import BARE, LAYER_WORDS, QUESTION_WORDS, SYMMETRIC, Bilinear, Mute, Shifts
from tests.tools import require_module, thinned

TEXTS = ("tex", "beamer", "md", "ipynb", "html")


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Bilinear, Mute):
        monkeypatch.setitem(KINDS, kind.__name__, kind)
    for catalogues, words in ((CATALOGUES, LAYER_WORDS), (QUESTIONS, QUESTION_WORDS)):
        for key, texts in words.items():
            for language, text in zip(("en", "de"), texts):
                monkeypatch.setitem(catalogues[language], key, text)  # type: ignore[arg-type]


@pytest.fixture
def shifts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VIEWS, Shifts.name, Shifts)


@pytest.fixture
def modes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODES, "symmetric", SYMMETRIC)
    monkeypatch.setitem(MODES, "bare", BARE)


def text_of(layer: Any, folder: Path, language: str = "en") -> str:
    """The notes in Markdown; all formats of text are written."""
    paths = write_notes(layer, folder, TEXTS, style=NotesStyle(language=language), force=True)
    (path,) = (path for path in paths if path.suffix == ".md")
    return path.read_text(encoding="utf-8")


# -- a kind of layer -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("layers")
@pytest.mark.parametrize("make", [lambda: Bilinear(4), lambda: Bilinear((3, 2), channels=2, batch_size=2),
                                  lambda: Bilinear.general(1)])  # fmt: skip
def test_a_new_layer_is_proved_and_checked_in_numbers(make: Any) -> None:
    assert prove(make()).holds
    assert spot_check(make(), trials=2).passed


@pytest.mark.usefixtures("layers")
def test_claims_about_a_new_layer_are_judged() -> None:
    assert check(Bilinear(3), ["X1", "X1/2 + X2/2", "X2", "X2/2 + X3/2", "X3"]).status == "proved"
    assert check(Bilinear(3), ["X1", "X1 + X2", "X2", "X2/2 + X3/2", "X3"]).status == "refuted"


@pytest.mark.usefixtures("layers")
def test_a_new_layer_is_what_pytorch_computes() -> None:
    torch = require_module("torch")
    x = np.random.default_rng(1).standard_normal((1, 2, 3, 4))
    layer = Bilinear((3, 4), channels=2, batch_size=1)
    theirs = torch.nn.functional.interpolate(torch.tensor(x), size=(5, 7), mode="bilinear", align_corners=True)
    assert np.allclose(layer.direct.output.evaluate(X=x).astype(float), theirs.numpy())
    report = Sequential(Conv((4, 4), 2), Bilinear.lazy(), loss="squared").spot_check(trials=1)
    assert report.passed and "PyTorch's autograd" in {row.against for row in report.rows}


@pytest.mark.usefixtures("layers")
@pytest.mark.parametrize("language", thinned(["en", "de"], 2))
def test_notes_on_a_new_layer_have_its_words(tmp_path: Path, language: str) -> None:
    text = text_of(Bilinear((3, 2)), tmp_path, language)
    assert LAYER_WORDS["a_layer.Bilinear"][language == "de"] in text
    assert LAYER_WORDS["kind.Bilinear"][language == "de"] in text
    assert ("three views" if language == "en" else "drei Sichten") in text
    text_of(Bilinear.general(2), tmp_path, language)


@pytest.mark.usefixtures("layers")
def test_figures_of_a_new_layer_have_its_factors() -> None:
    figures = {figure.key: figure for figure in figures_of(Bilinear(3))}
    labels = {shape.text for shape in figures["neurons-shared"].drawing.walk() if hasattr(shape, "text")}
    assert {"window", "matrix", "patches", "backward-input"} <= set(figures) and "1/2" in labels


@pytest.mark.usefixtures("layers")
@pytest.mark.parametrize("language", thinned(["en", "de"], 2))
def test_exercises_about_a_new_layer(language: str) -> None:
    for layer, count in ((Bilinear(3), 8), (Bilinear((3, 2), channels=2), 6), (Bilinear.general(1), 2)):
        sheet = exercises(layer, count, language=language)
        assert len(sheet) == count and QUESTION_WORDS["a.Bilinear"][language == "de"] in sheet.sheet()


@pytest.mark.usefixtures("layers")
def test_a_new_layer_in_networks_and_files(tmp_path: Path) -> None:
    text = (
        "input: [1, 3]\nlayers:\n  - bilinear\n  - conv: {kernel_size: 2}\nviews: {1: fully_connected}\nloss: squared\n"
    )
    network = read_description(text, "net.yaml").network
    assert network.prove().holds and network.spot_check(trials=1).passed
    assert LAYER_WORDS["in_network.Bilinear"][0] in text_of(network, tmp_path)
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["spot-check", "--network", str(path), "--trials", "1"]) == 0


@pytest.mark.usefixtures("layers")
def test_a_new_layer_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exercise = ["exercises", str(tmp_path), "--count", "2", "--format", "md"]
    for command in (["prove"], ["spot-check", "--trials", "1"], exercise, ["derive"]):
        assert main([*command, "--layer", "bilinear", "--input-size", "3"]) == 0
    assert "X1/2 + X2/2" in capsys.readouterr().out
    assert main(["prove", "--layer", "bilinea", "--input-size", "3"]) == 2
    assert "did you mean bilinear?" in capsys.readouterr().err


@pytest.mark.usefixtures("layers")
def test_what_a_layer_does_not_say_is_not_available(tmp_path: Path) -> None:
    assert prove(Mute(3)).holds and prove(Mute.general(2)).holds and figures_of(Mute(3))
    network = Sequential(Mute(3), loss="squared")
    assert network.prove().holds
    wanting = {
        "plain_output": [lambda: spot_check(Mute(3)), lambda: write_notes(Mute(3), tmp_path), network.spot_check],
        "arithmetic": [lambda: exercises(Mute(3), 1), lambda: exercises(Mute.general(1), 1), Mute(3).plain],
        "run_in_pytorch": [lambda: Mute(3).run_in_pytorch(None, None, None, None)],
    }
    for why, calls in wanting.items():
        for call in calls:
            with pytest.raises(SymconvError, match=f"not available for Mute: .*{why}"):
                call()


# -- a view --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shifts")
@pytest.mark.parametrize("make", [
    lambda: Conv.general(2), lambda: Conv((3, 3), 2, bias=True, out_channels=2), lambda: ConvTranspose.general(1),
    lambda: AvgPool(4, 2), lambda: MaxPool(4, 2),
])  # fmt: skip
def test_a_new_view_is_proved_of_every_layer(make: Any) -> None:
    layer = make()
    report = prove(layer)
    assert report.holds and all("shifts" in theorem.views for theorem in report.theorems)
    assert layer.shifts.output == layer.views["shifts"].output
    assert "shifts" in {row.view for row in spot_check(layer, trials=1).rows}


@pytest.mark.usefixtures("shifts")
@pytest.mark.parametrize(("language", "words"), [
    ("en", ["# Four views", "the four views", "All four end", "### A weighted sum of shifted inputs"]),
    ("de", ["# Vier Sichten", "die vier Sichten", "Alle vier enden", "### A weighted sum of shifted inputs"]),
])  # fmt: skip
def test_notes_count_the_views_and_show_a_new_one(tmp_path: Path, language: str, words: list[str]) -> None:
    for layer in (Conv((3, 3), 2), Conv.general(1)):
        text = text_of(layer, tmp_path, language)
        assert [one for one in words if one not in text] == []
        assert "three views" not in text and "drei Sichten" not in text


def test_notes_of_the_library_s_own_views_count_three(tmp_path: Path) -> None:
    assert "# Three views of one convolution" in text_of(Conv(3, 2), tmp_path)
    assert "# Two views of one max pooling layer" in text_of(MaxPool(4, 2), tmp_path)


@pytest.mark.usefixtures("shifts")
def test_a_new_view_on_the_command_line_in_networks_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--input-size", "3", "--kernel-size", "2"]
    assert main(["derive", *size, "--view", "shifts", "--of", "output"]) == 0
    assert Shifts.title in capsys.readouterr().out
    assert main(["derive", *size, "--view", "dense"]) == 2
    assert "fully_connected, patches, shifts" in capsys.readouterr().err
    network = Sequential(Conv(3, 2), MaxPool.lazy(kernel_size=2), views={1: "shifts", 2: "shifts"}, loss="squared")
    assert network.prove().holds
    text = "input: [1, 3]\nlayers:\n  - conv: {kernel_size: 2}\nviews: {1: shifts}\nloss: squared\n"
    assert read_description(text, "net.yaml").network.chosen_views == {1: "shifts"}


@pytest.mark.usefixtures("shifts")
def test_rocq_files_have_a_new_view() -> None:
    assert Shifts.title in prove(Conv(3, 2)).to_rocq()
    assert "definition of the layer, direct, fully_connected, patches, shifts" in prove(Conv.general(1)).to_rocq()
    assert "Theorem one_axis" in prove(Conv.general(1), views=["direct", "fully_connected", "patches"]).to_rocq()


def test_an_unknown_attribute_is_no_view() -> None:
    with pytest.raises(AttributeError, match="shifts"):
        Conv(3, 2).shifts  # type: ignore[attr-defined]  # noqa: B018
    assert Conv(3, 2).direct.name == Direct.name


# -- a padding mode ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("modes")
def test_a_new_padding_mode_is_proved_and_agrees_with_numpy() -> None:
    assert prove(Conv.general(1, padding_mode="symmetric")).holds
    layer = Conv((3, 2), (2, 3), padding=((2, 3), (2, 1)), padding_mode="symmetric", stride=(1, 2))
    assert prove(layer).holds and spot_check(layer, trials=3).passed
    x = np.arange(1, 7).reshape(1, 3, 2)
    padded = np.pad(x[0], ((2, 3), (2, 1)), mode="symmetric")
    w = np.arange(6).reshape(1, 1, 2, 3)
    expected = [[(padded[i : i + 2, j : j + 3] * w[0, 0]).sum() for j in (0, 2)] for i in range(7)]
    assert layer.direct.output.evaluate(X=x, w=w)[0].tolist() == expected
    with pytest.raises(SymconvError, match="at most 3 can be added on a side, since it is mirrored once"):
        Conv(3, 2, padding=4, padding_mode="symmetric")


@pytest.mark.usefixtures("modes")
def test_notes_exercises_and_networks_with_a_new_padding_mode(tmp_path: Path) -> None:
    layer = Conv(4, 3, padding=2, padding_mode="symmetric")
    for language in ("en", "de"):
        assert "`symmetric`" in text_of(layer, tmp_path, language)
        sheet = exercises(layer, 8, language=language)
        assert "symmetric" in sheet.sheet()
    network = Sequential(layer, Activation("tanh"), loss="squared")
    report = network.spot_check(trials=1)
    assert report.passed and "not compared with PyTorch" in str(report)
    assert main(["spot-check", "--input-size", "3", "--kernel-size", "2", "--padding", "1", "--padding-mode",
                 "symmetric", "--trials", "1"]) == 0  # fmt: skip
    text = "input: [1, 3]\nlayers:\n  - conv: {kernel_size: 2, padding: 1, padding_mode: symmetric}\nloss: squared\n"
    assert read_description(text, "net.yaml").network.spot_check(trials=1).passed


@pytest.mark.usefixtures("modes")
def test_what_a_padding_mode_does_not_say_is_not_available(tmp_path: Path) -> None:
    layer = Conv(3, 2, padding=1, padding_mode="bare")
    assert prove(layer).holds
    network = Sequential(layer, loss="squared")
    for call in (
        lambda: spot_check(layer), lambda: write_notes(layer, tmp_path), network.spot_check,
        lambda: exercises(layer, 1),
    ):  # fmt: skip
        with pytest.raises(SymconvError, match=r"bare.* Extension"):
            call()


@pytest.mark.parametrize("mode", MODES)
def test_the_plain_position_of_a_mode_is_that_of_numpy(mode: str) -> None:
    extension = MODES[mode]
    assert extension.position is not None and extension.numpy is not None and extension.pytorch is not None
    for n in range(1, 6):
        most = n - 1 if mode == "reflect" else n
        numbered = np.pad(np.arange(1, n + 1), most, mode=extension.numpy)  # type: ignore[call-overload]
        for q in (*range(-most, 0), *range(n, n + most)):
            place = extension.position(q, n)
            assert numbered[q + most] == (0 if place is None else place + 1)


# -- nothing but layers/ knows the kinds ---------------------------------------------------------------


def sources(words: Collection[str]) -> Iterator[tuple[Path, ast.Module]]:
    """The modules outside the room that have one of the words."""
    root = Path(symconv.__file__).parent
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "layers" not in path.relative_to(root).parts[:1] and any(word in text for word in words):
            yield path, ast.parse(text)


def named(node: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} | {
        one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)
    }


def test_nothing_outside_the_room_asks_of_which_kind_a_layer_is() -> None:
    """Not by isinstance or issubclass, not by a comparison of classes, not by a method for a kind."""
    kinds = set(KINDS) | {"Channelwise", "Folding", "Pooling"}
    found = []
    for path, tree in sources(kinds):
        for node in ast.walk(tree):
            asked: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in ("isinstance", "issubclass"):
                    asked = node.args[1:]
            elif isinstance(node, ast.Compare):
                asked = [node.left, *node.comparators]
            elif isinstance(node, ast.MatchClass):
                asked = [node.cls]
            elif isinstance(node, ast.FunctionDef) and any("register" in ast.dump(one) for one in node.decorator_list):
                asked = [one.annotation for one in node.args.args if one.annotation is not None]
            found += [f"{path.name}:{one.lineno}" for one in asked if named(one) & kinds]
    assert found == []


def test_names_on_the_command_line_and_in_files_follow_from_the_class() -> None:
    assert kinds_by_name("-")["max-pool"] is MaxPool and kinds_by_name("_")["conv_transpose"] is ConvTranspose
    assert {name: kind.__name__ for name, kind in KINDS.items()} == {name: name for name in KINDS}
