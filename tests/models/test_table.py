"""The table of a model, and ``symconv model``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import from_keras, prove
from symconv.cli.main import main
from symconv.models.keras_graph import read_keras


def description(*layers: dict[str, Any]) -> dict[str, Any]:
    entry = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 9, 9, 2]}}
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [entry, *layers]}}


CONV = {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3], "strides": [2, 2]}}
POOL = {"class_name": "MaxPooling2D", "config": {"name": "pool", "pool_size": [2, 2], "strides": [1, 1]}}
DENSE = {"class_name": "Dense", "config": {"name": "out", "units": 3}}
FLAT = {"class_name": "Flatten", "config": {"name": "flat"}}
OWN = {"class_name": "Lambda", "config": {"name": "own"}}


def test_a_row_has_shape_field_parameters_and_products() -> None:
    model = read_keras(description(CONV, POOL, FLAT, DENSE))
    rows = {row[0]: row[3:7] for row in model.cells}
    assert rows == {
        "conv": ["4 x 4 x 4", "3 x 3", "76", "1,152"],  # 4 (2 3 3 + 1), 4 4 4 times 2 3 3
        "pool": ["4 x 3 x 3", "5 x 5", "", ""],
        "flat": ["36", "9 x 9", "", ""],
        "out": ["3", "9 x 9", "111", "108"],
    }
    assert model.total == (187, 1260) and model.holds


def test_what_is_never_read_stands_beside_it() -> None:
    layer = {**CONV, "config": {**CONV["config"], "strides": [4, 2]}}  # type: ignore[dict-item]
    assert "no output reads the input at index 3, 7, 8" in read_keras(description(layer)).cells[0][-1]


def test_equal_layers_are_proved_once() -> None:
    again = {**CONV, "config": {**CONV["config"], "name": "again", "padding": "same", "filters": 2}}  # type: ignore[dict-item]
    proof = prove(read_keras(description(again, CONV, POOL)))
    assert proof.holds and list(proof.layers) == ["again", "conv", "pool"]
    assert "all 3 layers are proved in all views" in proof.summary


def test_a_model_of_which_no_layer_is_read_is_not_proved() -> None:
    proof = prove(read_keras(description(OWN)))
    assert not proof.holds and not proof
    assert proof.summary.startswith("it has no layer to prove; not read: own")


def test_symconv_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.json"
    file.write_text(json.dumps(description(CONV, FLAT)), encoding="utf-8")
    assert main(["model", str(file), "--prove", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["holds"] and printed["proof"]["holds"] and printed["parameters"] == 76
    assert [node["output_shape"] for node in printed["nodes"]] == [[4, 4, 4], [64]]
    assert main(["model", str(file), "--input-size", "11", "11", "2"]) == 0
    assert "4 x 5 x 5" in capsys.readouterr().out
    assert main(["model", str(file), "--notes", str(tmp_path / "notes"), "--format", "md"]) == 0
    assert list((tmp_path / "notes").glob("*.md"))


def test_symconv_model_says_what_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.json"
    file.write_text(json.dumps(description(CONV, OWN)), encoding="utf-8")
    assert main(["model", str(file)]) == 1
    assert "not read: own: symconv does not read Lambda" in capsys.readouterr().out
    assert main(["model", str(file), "--notes", str(tmp_path / "notes")]) == 2
    assert "it is not read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to read"), (["net.h5"], "its kind is not known"), (["net.py"], "no code of a file is run"),
        (["net.json", "--format", "md"], "without --notes"), (["net.json", "--input-size", "n"], "not a whole number"),
        (["net.json"], "no such file"),
    ],
)  # fmt: skip
def test_bad_usage(arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [str(tmp_path / one) if one.startswith("net.") else one for one in arguments]
    assert main(["model", *given]) == 2
    assert words in capsys.readouterr().err


def test_a_network_keeps_the_models_names() -> None:
    net = from_keras(description(CONV, FLAT, DENSE))
    assert dict(net.tensor_names) == {  # type: ignore[union-attr]
        "w1": "conv/kernel", "b1": "conv/bias", "w3": "out/kernel", "b3": "out/bias",
    }  # fmt: skip
    assert repr(net).startswith("Sequential(Conv.lazy(")
    x, own = np.ones((2, 9, 9)), {"w3": np.ones((3, 64)), "b3": np.zeros(3), "conv.bias": np.zeros(4)}
    values = net.evaluate(X=x, w1=np.ones((4, 2, 3, 3)), **own)  # type: ignore[union-attr]
    assert values["z3"].tolist() == [64 * 18] * 3 and "dL_dX" not in values
    again = net.with_views("patches")  # type: ignore[union-attr]
    assert again.tensor_names == net.tensor_names  # type: ignore[union-attr]
