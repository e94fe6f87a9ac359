"""symconv sweep: what an item is on the command line, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symconv.cli.main import main

LINE = '{"layer": "Conv(3, 2)", "claim": "h1 = X1*w1"}\n'
NETWORK = "{input: [1, 3], layers: [conv: {kernel_size: 2}]}"


def run(capsys, *arguments):
    code = main(["sweep", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def rows(out):
    return [(row["item"], row["status"]) for row in json.loads(out)["rows"]]


def test_layers(capsys):
    code, out, _ = run(capsys, "Conv(3, 2)", "Conv(n, K", "--json")
    assert (code, rows(out)) == (1, [("Conv(3, 2)", "proved"), ("Conv(n, K", "error")])
    code, out, _ = run(capsys, "Conv(3, 2)", "--task", "spot-check")
    assert code == 0 and "1 of 1 items hold" in out


def test_lines_of_a_file(capsys, tmp_path):
    (tmp_path / "layers.txt").write_text("Conv(3, 2)\n\nConv(n, K)\n", encoding="utf-8")
    code, out, _ = run(capsys, tmp_path / "layers.txt", "--of", "output", "--json")
    assert (code, rows(out)) == (0, [("Conv(3, 2)", "proved"), ("Conv(n, K)", "proved")])
    (tmp_path / "claims.jsonl").write_text(LINE, encoding="utf-8")
    code, out, _ = run(capsys, tmp_path / "claims.jsonl", "--task", "check", "--json")
    assert (code, rows(out)) == (1, [("layer=Conv(3, 2), claim=h1 = X1*w1", "refuted")])


def test_claims_of_one_layer(capsys):
    claim = "h[i] = sum(k, w[k]*X[i + k])"
    code, out, _ = run(capsys, claim, "--task", "check", "--input-size", "n", "--kernel-size", "K", "--json")
    assert (code, rows(out)) == (0, [(claim, "proved")])


def test_a_folder(capsys, tmp_path):
    (tmp_path / "net.yaml").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "a.md").write_text("<!-- symconv: Conv(3, 2) -->\n$$h_1 = X_1 w_1 + X_2 w_2$$\n", encoding="utf-8")
    (tmp_path / "f.py").write_text("def f(x, w):\n    return x * w[0]\n", encoding="utf-8")
    code, out, _ = run(capsys, tmp_path, "--json")
    assert (code, rows(out)) == (0, [(str(tmp_path / "net.yaml"), "proved")])
    code, out, _ = run(capsys, tmp_path, "--task", "check-document", "--json")
    assert code == 0 and len(rows(out)) == 2
    code, out, _ = run(capsys, tmp_path, "--task", "prove-code", "--function", "f", "--input-size", 3,
                       "--kernel-size", 1, "--json")  # fmt: skip
    assert rows(out)[0][0] == f"{tmp_path / 'f.py'}::f" and rows(out)[0][1] != "error"


def test_it_goes_on_with_the_same_file(capsys, tmp_path):
    file = tmp_path / "rows.jsonl"
    first = run(capsys, "Conv(3, 2)", "--save", file, "--json")[1]
    assert run(capsys, "Conv(3, 2)", "--save", file, "--json")[1] == first
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("given", "wrong"),
    [([], "nothing to do"), (["Conv(3, 2)", "--jobs", "0"], "processes"),
     (["f.py", "--task", "prove-code"], "function"),
     (["Conv(3, 2)", "--input-size", "3", "--kernel-size", "2"], "items are the layers"), (["none.txt"], "none.txt"),
     (["Conv(3, 2)", "--task", "porve"], "did you mean prove"), (["c.jsonl"], "line 1"), (["."], "no files")],
)  # fmt: skip
def test_bad_usage(capsys, tmp_path, monkeypatch, given, wrong):
    monkeypatch.chdir(tmp_path)
    Path("c.jsonl").write_text("no JSON\n", encoding="utf-8")
    code, _, err = run(capsys, *given)
    assert code == 2 and wrong in err
