"""symconv share: from a layer, from a symmetry, with letters; as text, LaTeX and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from symconv.cli.commands.share import SYMMETRIES
from symconv.cli.main import main
from symconv.symmetries import SYMMETRIES as BY_NAME, read_symmetry

LAYER = ["--input-size", "5", "--kernel-size", "3"]


SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "command-line.schema.json").read_text(encoding="utf-8"))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["share", *arguments]) == 0
    return capsys.readouterr().out


def test_the_options_name_every_symmetry_that_has_a_word() -> None:
    assert [read_symmetry(word) for word in SYMMETRIES] == list(BY_NAME.values())


def test_text_latex_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert "15 free weights become 3" in printed(capsys, *LAYER)
    assert "they are the layer with any kernel" in printed(capsys, *LAYER, "--symmetry", "shifts")
    assert printed(capsys, *LAYER, "--symmetry", "shifts", "--latex").startswith(r"\left(\begin{array}{ccc}")
    found = json.loads(printed(capsys, *LAYER, "--symmetry", "shifts,reflections", "--json"))
    assert found["after"] == 4 and found["layer"]["kernel"] == ["w1", "w2", "w1"]
    assert json.loads(printed(capsys, *LAYER, "--json"))["after"] == 3


def test_letters_and_maps_without_a_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "--general", "2", "--symmetry", "D4", "--json"))["holds"] is True
    assert "conditions" in json.loads(printed(capsys, "--general", "--json"))
    sizes = ["--input-size", "3", "--output-size", "3", "--in-channels", "2"]
    assert "18 free weights become 6" in printed(capsys, *sizes, "--symmetry", "circular-shifts")
    assert "n + s" not in printed(capsys, "--input-size", "n", "--output-size", "m", "--symmetry", "shifts")


@pytest.mark.parametrize(
    "options", [[], ["--symmetry", "shifts"], ["--symmetry", "shifts", "--general"], ["--general"]]
)
def test_json_is_what_the_schema_says(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    given = options if "--general" in options else [*options, *LAYER]
    schema = {**SCHEMA, "anyOf": [{"$ref": "#/$defs/share"}], "unevaluatedProperties": False}
    assert not list(Draft202012Validator(schema).iter_errors(json.loads(printed(capsys, *given, "--json"))))


def test_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["share", *LAYER, "--symmetry", "shift"]) == 2
    assert "did you mean shifts" in capsys.readouterr().err
    assert main(["share", *LAYER, "--latex"]) == 2
    assert "add --symmetry" in capsys.readouterr().err
    assert main(["share", "--input-size", "3", "--symmetry", "shifts"]) == 2
    assert "no output_size" in capsys.readouterr().err


def test_theorem_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From a layer and from a symmetry, for both checkers."""
    saved, rocq = tmp_path / "sharing.json", tmp_path / "sharing.v"
    for more, count in (([], 2), (["--symmetry", "shifts"], 4)):
        printed(capsys, *LAYER, *more, "--save", str(saved), "--rocq", str(rocq))
        assert main(["verify", str(saved)]) == 0
        assert f"verified, {count} theorems" in capsys.readouterr().out
        assert rocq.read_text(encoding="utf-8").count("Theorem proved") == count
    assert main(["share", "--input-size", "3", "--output-size", "2", "--symmetry", "reflections", "--save", "-"]) == 2
    assert "no layer is made of them" in capsys.readouterr().err
