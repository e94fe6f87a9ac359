"""The ways in: prove_code of objects, assert_computes, @computes, the command line, sweeps of a folder."""

from __future__ import annotations

import json

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, computes, prove_code
from symconv.cli.commands.prove_code import value_of
from symconv.cli.main import main
from symconv.errors import ArgumentsError, SymconvError
from symconv.programs.arguments import binding
from symconv.sweeps import sweep
from symconv.testing import assert_computes

N, K, S, P = (sp.Symbol(name, integer=True) for name in ("n", "K", "s", "p"))
RIGHT = """
import numpy as np

def forward(x, w, stride=1):
    out = np.zeros((x.shape[0] - w.shape[0]) // stride + 1)
    for i in range(out.shape[0]):
        out[i] = np.sum(w * x[i * stride:i * stride + w.shape[0]])
    return out
"""
LOST = RIGHT.replace("x[i * stride:i * stride + w", "x[i:i + w")
LAYOUTS = {"input": "W", "weight": "W", "output": "W"}
OPTIONS = ["--input-size", "n", "--kernel-size", "K", "--stride", "s"]
LAYOUT_OPTIONS = [word for role in LAYOUTS for word in ("--layout", f"{role}=W")]


def correlate(x, w):
    return np.correlate(x, w, "valid")


def compare(x, w):
    return np.correlate(x, w, "valid") if x.max() > 0 else np.convolve(x, w[::-1], "valid")


def flipped(x, w):
    return np.fft.ifft(np.fft.fft(x) * np.fft.fft(w, len(x))).real[len(w) - 1 :]


def test_reading_comes_first_then_running_then_probing(tmp_path):
    read = prove_code(RIGHT, Conv(N, K, stride=S), layouts=LAYOUTS)
    assert read and read.decided_by == "reading" and read.scope == "every shape"
    ran = prove_code(correlate, Conv(N, K), layouts=LAYOUTS)
    assert ran, str(ran)
    probed = prove_code(compare, Conv(N, K), layouts=LAYOUTS)
    assert probed and probed.decided_by == "probing" and "not for every shape" in probed.scope
    wrong = prove_code(flipped, Conv(N, K), layouts=LAYOUTS)
    assert wrong.decided_by == "probing" and wrong.mistake == "the kernel is read backwards (flipped)"


def test_a_text_is_never_run(tmp_path):
    file = tmp_path / "layers.py"
    file.write_text(RIGHT + "raise SystemExit('it was run')\n", encoding="utf-8")
    assert prove_code(f"{file}::forward", Conv(N, K, stride=S), layouts=LAYOUTS)


def test_assertions_and_marks():
    layer = Conv(N, K)
    assert_computes(RIGHT, layer, layouts=LAYOUTS)
    marked = computes(layer, layouts=LAYOUTS)(correlate)
    assert marked is correlate
    assert_computes(marked)
    with pytest.raises(AssertionError, match="because: the stride is left out"):
        assert_computes(LOST, Conv(N, K, stride=S), layouts=LAYOUTS)
    with pytest.raises(ArgumentsError):
        assert_computes(compare)
    with pytest.raises(ArgumentsError):
        computes("Conv(3, 2)")


def _run(capsys, *arguments):
    code = main(["prove-code", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_command_line(tmp_path, capsys):
    file = tmp_path / "layers.py"
    file.write_text(LOST, encoding="utf-8")
    code, out, _ = _run(capsys, f"{file}::forward", *OPTIONS, *LAYOUT_OPTIONS)
    assert code == 1 and "because: the stride is left out" in out
    file.write_text(RIGHT, encoding="utf-8")
    code, out, _ = _run(capsys, f"{file}::forward", *OPTIONS, *LAYOUT_OPTIONS, "--arguments", "stride=s", "--json")
    assert code == 0 and json.loads(out)["status"] == "proved"
    assert _run(capsys, f"{file}::forward", *OPTIONS, *LAYOUT_OPTIONS, "-q")[:2] == (0, "")
    for wrong in (
        [],
        [file],
        [f"{file}::other"],
        [f"{file}::forward", "--arguments", "stride"],
        [f"{file}::forward", "--arguments", "stride=wieght"],
        [f"{file}::forward", "--of", "outputx"],
        [tmp_path / "none.py::forward"],
    ):
        code, out, err = _run(capsys, *wrong, *OPTIONS, *LAYOUT_OPTIONS)
        assert code in (1, 2) and (out + err).strip()


def test_running_needs_to_be_asked_for(tmp_path, capsys):
    file = tmp_path / "layers.py"
    other = "\ndef other(x, w):\n    return np.frompyfunc(lambda a: a, 1, 1)(np.correlate(x, w))\n"
    file.write_text(RIGHT + other, encoding="utf-8")
    options = [f"{file}::other", "--input-size", "n", "--kernel-size", "K", *LAYOUT_OPTIONS]
    code, out, _ = _run(capsys, *options)
    assert code == 1 and "not read" in out
    code, out, _ = _run(capsys, *options, "--run")
    assert code == 0 and ("by running" in out or "by probing" in out)


def test_a_folder_of_submissions(tmp_path, capsys):
    for name, text in (("ada", RIGHT), ("bob", LOST), ("eve", "def other(x): return x\n"), ("sue", "def forward(: 1")):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    found = sweep(tmp_path, Conv(N, K, stride=S), function="forward", layouts=LAYOUTS, details=True)
    assert [row.status for row in found] == ["proved", "refuted", "not judged", "not judged"]
    assert not found and "1 of 4" in str(found) and "stride is left out" in found[1].why
    assert found[1].found["mistake"] == "the stride is left out" and len(found.to_dict()["rows"]) == 4
    code, out, _ = _run(capsys, tmp_path, "--function", "forward", *OPTIONS, *LAYOUT_OPTIONS)
    assert code == 1 and "ada.py" in out and "bob.py" in out
    with pytest.raises(SymconvError):
        sweep(tmp_path / "none", Conv(3, 2), function="forward")


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-2", -2), ("None", None), ("s", "s"), ("(1, (s, 2))", (1, ("s", 2))), ("[1]", [1]),
     ("{stride: 2, 'pad': (p, p)}", {"stride": 2, "pad": ("p", "p")}), ("weight:HWIO", "weight:HWIO"),
     ("__import__('os')", "__import__('os')")],
)  # fmt: skip
def test_values_on_the_command_line(text, value):
    assert value_of(text) == value


LAYER = Conv((N, N), (K, K), in_channels=2, out_channels=3, stride=S, padding=P, batch_size=4, bias=True)


@pytest.mark.parametrize(
    ("name", "of", "kind"),
    [("x", "output", "input"), ("A_prev", "output", "input"), ("W", "output", "weight"), ("kernel", "output", "weight"),
     ("b", "grad_input", "bias"), ("dZ", "grad_input", "grad_output"), ("g", "grad_weight", "grad_output")],
)  # fmt: skip
def test_names_by_convention(name, of, kind):
    assert binding(LAYER, of).argument(name).role == kind


def test_numbers_by_convention():
    bound = binding(LAYER, "output", {"hp": {"stride": "stride", "k": "kernel_size"}, "mode": "'zeros'"})
    assert [str(bound.argument(name).value) for name in ("stride", "pad", "k", "stride_h", "pw", "C_in")] == [
        "s", "p", "K", "s", "p", "2"
    ]  # fmt: skip
    assert {key: str(one.value) for key, one in bound.argument("conv_param").items.items()} == {
        "stride": "s",
        "pad": "p",
    }
    assert bound.argument("hp").items["k"].value == bound.argument("k").value
    assert bound.argument("mode").value == "zeros"
    assert bound.argument("something") is None


@pytest.mark.parametrize(
    "options",
    [{"arguments": {"x": "inptu"}}, {"arguments": {"x": object()}}, {"arguments": ["x"]}, {"of": "h"}, {"of": ()},
     {"of": 3}, {"of": {1.5: "output"}}, {"layouts": {"input": "NHWW"}}, {"layouts": {"input": "HWC"}},
     {"layouts": {"image": "NHWC"}}, {"layouts": {"weight": "O(IHW"}}, {"layouts": {"weight": "OIHZ"}}],
)  # fmt: skip
def test_bad_bindings_say_what_would_be_right(options):
    with pytest.raises(SymconvError) as caught:
        binding(LAYER, **{"of": "output", **options})
    assert caught.value.right
