"""symconv differentiate: formulas, layers and networks on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv.cli.main import main

CONV = ["--input-size", "4", "--kernel-size", "2"]


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["y[i] = sum(k, w[k]^2*x[i + k])", "w", "x"], "d2y_dw_dx[i, k, j] = 2*w[k]*[j = i + k]\n"),
        (["y[i] = x[i]*w[i]", "x", "--shape", "x=3", "--latex"], "= w_{i} \\, [i = i']\n"),
        ([*CONV, "--second", "hessian"], "d2L_dw_dw[k, k'] = sum(i, i', X[i + k]*X[i' + k']*H_h[i, i'])\n"),
        (["weight", "input", *CONV, "--second", "gauss-newton"], "G_w_X[k, j] = "),
        ([*CONV, "--second", "kfac", "--prove"], "(expand) of the Fisher block of w"),
        (["--layer", "avg-pool", *CONV], "d2L_dX_dX[j, j'] = "),
    ],
)
def test_what_is_printed(arguments: list[str], printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["differentiate", *arguments]) == 0
    assert printed in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "a formula and what it is differentiated by are needed"),
        (["y[i] = x[i]"], "a formula and what it is differentiated by are needed"),
        (["y[i] = x[i", "x"], "is not closed"),
        (["y[i] = x[i]", "z"], "y has no such tensor"),
        (["y[i] = x[i]", "x", "--shape", "x"], "not of the form NAME=SIZE"),
        (["y[i] = x[i]", "x", "--shape", "x=0"], "not a size"),
        (["weight", "input", "bias", *CONV], "a block is of two tensors at most"),
        (["output", *CONV], "it has no derivative"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["differentiate", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_network_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [3]\nloss: squared\nlayers:\n  - linear: {out_features: 2}\n", encoding="utf-8")
    assert main(["differentiate", "--network", str(path), "w1", "b1", "--prove"]) == 0
    printed = capsys.readouterr().out
    assert "d2L_dw1_db1[i, j, i'] = X[j]*[i = i']" in printed and "A_w1[j, j'] = X[j]*X[j']" in printed
