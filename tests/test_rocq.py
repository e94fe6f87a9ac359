"""Proofs for Rocq compile; wrong ones do not."""

from __future__ import annotations

import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, Notation, SymconvError, prove, sgd_step
from symconv.cli import main
from tests.tools import require_tool

n = sp.Symbol("n", integer=True, positive=True)


def compiled(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    require_tool("coqc")
    path = folder / "proof.v"
    path.write_text(text)
    return subprocess.run(["coqc", path.name], cwd=folder, capture_output=True, text=True, check=False)


LAYERS = [
    Conv(3, 2),
    Conv((3, 3), (2, 2), out_channels=2),
    Conv(4, 2, in_channels=2, stride=2, padding=1, bias=True),
    Conv((3, 2), (2, 2), in_channels=2, stride=(2, 1), padding=((1, 0), (0, 1))),
    ConvTranspose(3, 2, stride=2, padding=1),
    Conv(3, 3, padding=1, padding_mode="reflect", in_channels=2, out_channels=2, groups=2, batch_size=2),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_concrete_layer_compiles(layer: Conv, tmp_path: Path) -> None:
    text = prove(layer).to_rocq()
    done = compiled(text, tmp_path)
    assert done.returncode == 0, done.stderr
    entries = sum(len(sp.flatten(getattr(layer.direct, quantity).array())) for quantity in layer.quantities)
    assert text.count("\nLemma ") == 2 * entries
    assert "Admitted" not in text and "Axiom" not in text


GENERAL = [
    Conv.general(1),
    Conv(n, 3, stride=2, padding=1),
    Conv(2 * n + 1, n, padding=((1, 0),), bias=True),
    Conv(n, sp.Symbol("k"), stride=sp.Symbol("forall"), in_channels=sp.Symbol("c"), dilation=sp.Symbol("nat")),
]


@pytest.mark.parametrize("layer", GENERAL, ids=repr)
def test_the_general_theorem_compiles_without_axioms(layer: Conv, tmp_path: Path) -> None:
    done = compiled(prove(layer).to_rocq(), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Closed under the global context") == 2


def test_the_shipped_file_states_what_it_should() -> None:
    text = files("symconv.proof").joinpath("one_axis.v").read_text()
    for view in ("direct", "dense", "patches"):
        for quantity in ("output", "grad_weight", "grad_input"):
            assert f"Definition {view}_{quantity} " in text
    assert not re.search(r"\b(Axiom|Admitted|Parameter|admit)\b", text)
    assert "s * i + d * k - p" in text


WRONG = [
    ("another entry", "patches_output 0 = direct_output 0", "patches_output 0 = direct_output 1"),
    ("another weight", "patches_grad_weight 0 = direct_grad_weight 0", "patches_grad_weight 0 = direct_grad_weight 1"),
    ("a shifted window", "X (i + k)", "X (i + k + 1)"),
    ("a wrong bracket", "bracket j (i + k)", "bracket j (i - k)"),
    (
        "a wrong chain",
        "fully_connected_grad_v (j i : Z) : R := if inside j 3 && inside i 2 then (X j",
        "fully_connected_grad_v (j i : Z) : R := if inside j 3 && inside i 2 then (X i",
    ),
]


@pytest.mark.parametrize(("right", "wrong"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_lemma_does_not_compile(right: str, wrong: str, tmp_path: Path) -> None:
    text = prove(Conv(3, 2)).to_rocq()
    assert right in text
    assert compiled(text.replace(right, wrong, 1), tmp_path).returncode != 0


def test_a_wrong_general_statement_does_not_compile(tmp_path: Path) -> None:
    text = prove(Conv.general(1)).to_rocq()
    other = text.replace(":= s * i + d * k - p.", ":= s * i - d * k + p.")
    assert compiled(other, tmp_path).returncode == 0  # the theorem holds for any positions that are read
    wrong = text.replace("rewrite sum_scale, sum_sift; reflexivity.", "reflexivity.", 1)
    assert compiled(wrong, tmp_path).returncode != 0
    wrong = text.replace("= direct_output R zero add mul", "= patches_grad_weight R zero add mul", 1)
    assert compiled(wrong, tmp_path).returncode != 0


def test_what_has_no_file() -> None:
    for layer in (Conv(3, 2), Conv.general(1)):
        with pytest.raises(SymconvError, match="weight after the step"):
            sgd_step(layer).prove().to_rocq()
    for layer, words in [
        (Conv.general(2), "one axis"),
        (Conv.general(1, padding_mode="circular"), "one axis"),
        (ConvTranspose.general(1), "one axis"),
        (Conv(3, 2, padding=1, padding_mode="circular"), "over all integers"),
        (Conv((30, 30), (5, 5)), "lemmas"),
    ]:
        with pytest.raises(SymconvError, match=words):
            prove(layer).to_rocq()


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "layer.v"
    assert main(["prove", "--input-size", "3", "--kernel-size", "2", "--rocq", str(path)]) == 0
    assert compiled(path.read_text(), tmp_path).returncode == 0
    assert main(["prove", "--general", "1", "--rocq", str(path)]) == 0
    assert "Theorem this_layer" in path.read_text()
    assert main(["prove", "--general", "2", "--rocq", str(path)]) == 2


def test_names_that_mean_something_in_the_file(tmp_path: Path) -> None:
    names = Notation(input="forall", weight="sum", grad_output="add", dense_weight="direct_output", patch="match")
    done = compiled(prove(Conv(3, 2, notation=names)).to_rocq(), tmp_path)
    assert done.returncode == 0, done.stderr
    text = prove(Conv(3, 2, notation=Notation(input="w_at"))).to_rocq()
    assert "Definition w_at (j : Z)" in text and "Variable w' :" in text
    assert compiled(text, tmp_path).returncode == 0
    with pytest.raises(SymconvError, match="p_l is no symbol"):
        prove(Conv(n, sp.Symbol("K"), padding="same")).to_rocq()
