"""Functions that are read and wrong: the mistake is named, and one edit is proved to mend them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import sympy as sp

from symconv import Conv, prove_code
from symconv.programs import explain
from symconv.programs.edits import edits_of
from symconv.programs.run import check_code
from symconv.programs.small import small_shapes, with_values
from tests.programs.layers_in_code import function_of

C, F, H, W, K, N, P, S = (sp.Symbol(name, integer=True) for name in ("C", "F", "H", "W", "K", "N", "p", "s"))
CHANNELS = {"in_channels": C, "out_channels": F}

BACKWARD = """
def backward(x, w, g, stride, pad):
    f, c, k, _ = w.shape
    xp = np.zeros((c, x.shape[1] + 2 * pad, x.shape[2] + 2 * pad))
    xp[:, pad:pad + x.shape[1], pad:pad + x.shape[2]] = x
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for o in range(f):
        for i in range(g.shape[1]):
            for j in range(g.shape[2]):
                a, b = i * stride, j * stride
                dxp[:, a:a + k, b:b + k] += w[o] * g[o, i, j]
                dw[o] += xp[:, a:a + k, b:b + k] * g[o, i, j]
    return dxp[:, pad:pad + x.shape[1], pad:pad + x.shape[2]], dw
"""
STRIDED = Conv((H, W), (K, K), **CHANNELS, stride=S, padding=P)
MEAN = "def bias(g):\n    return g.mean(axis=0).sum(axis=(1, 2))\n"
FORWARD = """
def forward(x, w, stride):
    m = (len(x) - len(w)) // stride + 1
    out = np.zeros(m)
    for i in range(m):
        for k in range(len(w)):
            out[i] += x[i * stride + k] * w[k]
    return out
"""
ONE_AXIS = Conv(H, K, stride=S)
IN_ONE = {"layouts": {"input": "W", "weight": "W", "output": "W"}}

WRONG = {
    "the stride is lost": (
        BACKWARD, "a, b = i * stride, j * stride", "a, b = i, j * stride", STRIDED,
        {"of": ("grad_input", "grad_weight")},
        "the stride is left out on axis 0", "a, b = i * stride, j * stride",
    ),
    "the padding may be 0": (
        BACKWARD, "pad:pad + x.shape[1], pad:pad + x.shape[2]], dw", "pad:-pad, pad:-pad], dw", STRIDED,
        {"of": ("grad_input", None)}, "the slice pad:-pad is empty where the padding is 0",
        "return dxp[:, pad:dxp.shape[1] - pad, pad:dxp.shape[2] - pad], dw",
    ),
    "the batch's mean": (
        MEAN, "", "", Conv((H, W), (K, K), **CHANNELS, bias=True, batch_size=N), {"of": "grad_bias"},
        "the result is divided by the batch size", "return g.sum(axis=0).sum(axis=(1, 2))",
    ),
    "overwritten": (
        FORWARD, "out[i] += ", "out[i] = ", ONE_AXIS, IN_ONE,
        "only the last term of the sum over k is kept: it is overwritten, where += belongs",
        "out[i] += x[i * stride + k] * w[k]",
    ),
    "the stride on the kernel": (
        FORWARD, "i * stride + k", "i + k * stride", ONE_AXIS, IN_ONE,
        "the stride multiplies the kernel's index, not the output's", None,
    ),
    "flipped": (
        FORWARD, "* w[k]", "* w[len(w) - 1 - k]", ONE_AXIS, IN_ONE, "the kernel is read backwards (flipped)", None,
    ),
}  # fmt: skip


TWO_LINES = BACKWARD.replace("a, b = i * stride, j * stride", "a = i\n                b = j")
BEYOND = """
def forward(x, w, stride):
    m = (len(x) - len(w)) // stride + 1
    step = x.strides[0] * stride
    return np.lib.stride_tricks.as_strided(x, (m, len(w)), (step, step)) @ w
"""
ONCE = """
def input_gradient(g, w, n):
    at = np.arange(len(g))[:, None] + np.arange(len(w))
    dx = np.zeros(n)
    dx[at] += g[:, None] * w
    return dx
"""
ALONE = BACKWARD.replace("return dxp[:, pad:pad + x.shape[1], pad:pad + x.shape[2]], dw", "return dxp, dw")


@pytest.mark.slow
def test_a_line_of_each_axis_changes_and_what_is_right_stays_right():
    report = prove_code(TWO_LINES, STRIDED, of=("grad_input", "grad_weight"))
    assert report.repair.text == "a = i * stride; b = j * stride"
    assert report.repair.place == "lines 10 to 11"
    report = prove_code(ALONE, STRIDED, of=("grad_input", "grad_weight"))
    assert report.mistake == "the padding is not removed"
    assert report.repair.text == "return dxp[..., pad:dxp.shape[-2] - pad, pad:dxp.shape[-1] - pad], dw"


def test_an_index_that_is_there_twice_is_added_once():
    report = prove_code(ONCE, Conv(H, K), of="grad_input", arguments={"n": "H"}, layouts=IN_ONE["layouts"])
    assert report.status == "refuted" and report.line == 5
    assert report.repair.text == "np.add.at(dx, at, g[:, None] * w)"
    assert report.mistake == "an index may be there twice, and += adds it once: np.add.at adds it each time"


def test_a_view_beyond_the_memory_of_its_array_is_refuted():
    report = prove_code(BEYOND, ONE_AXIS, **IN_ONE)
    assert report.status == "refuted", str(report)
    assert any("beyond the memory" in case.reason for case in report.cases)


BACKWARDS = {
    "read": "return (x * w[0])[:, ::-1]",
    "assigned": "out = np.zeros_like(x); out[:, ::-1] = x * w[0]; return out",
    "added to": "out = np.zeros_like(x); out[:, ::-1] += x * w[0]; return out",
}


@pytest.mark.parametrize("line", BACKWARDS.values(), ids=BACKWARDS)
def test_a_tensor_of_pytorch_has_no_steps_backwards(line: str) -> None:
    """Not even on an axis with one element, on which those of NumPy change nothing."""
    text = f"import numpy as np\ndef f(x, w):\n    {line}\n"
    assert prove_code(text, Conv(1, 1)).status == "proved"
    report = prove_code(text.replace("numpy as np", "torch").replace("np.", "torch."), Conv(1, 1))
    assert report.status == "refuted" and "step must be greater than zero" in str(report)


def test_a_flip_of_pytorch_is_read():
    text = "import torch\ndef f(x, w):\n    return torch.nn.functional.conv1d(x[None], w.flip(2))[0]\n"
    report = prove_code(text, Conv(5, 2))
    assert report.mistake == "the kernel is read backwards (flipped)" and report.repair is not None


SLOWER = ("the padding may be 0", "the stride on the kernel")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOWER else name for name in WRONG]
)
def test_the_mistake_is_named_and_the_edit_is_proved(name):
    source, right, wrong, layer, options, mistake, repair = WRONG[name]
    changed = source.replace(right, wrong) if right else source
    assert changed != source or not right
    report = prove_code(changed, layer, **options)
    assert report.status in ("refuted", "proved except"), str(report)
    assert report.mistake == mistake
    if repair is not None:
        assert report.repair is not None and report.repair.after.strip() == repair
        assert report.line == report.repair.line
        assert changed.splitlines()[report.repair.line - 1] == report.repair.before
        lines = changed.splitlines()
        lines[report.repair.line - 1] = report.repair.after
        _runs_right("\n".join(lines) + "\n", layer, options)
    assert f"because: {mistake}" in str(report)


def _runs_right(source, layer, options):
    for values in small_shapes(layer, 3):
        assert check_code(function_of(source), layer.at(**values), **with_values({}, values), **options)


@pytest.mark.parametrize("source", [BACKWARD, FORWARD, MEAN])
def test_every_edit_is_a_change_of_a_text_that_python_reads(source):
    name = ast.parse(source).body[0].name
    edits = edits_of(source, name)
    assert len(edits) > 5
    assert edits == sorted(edits)
    readable = 0
    for edit in edits:
        changed = edit.of(source)
        assert changed != source
        assert changed[: edit.start] == source[: edit.start]
        try:
            ast.parse(changed)
            readable += 1
        except SyntaxError:
            pass
    assert readable >= 0.95 * len(edits)


@pytest.mark.parametrize("steps", [0, 30, 300, 3_000])
def test_an_explanation_ends_with_its_steps(steps, monkeypatch):
    """Whatever is left unexplained, the verdict is the same."""
    monkeypatch.setattr(explain, "OF_AN_EXPLANATION", steps)
    source, right, wrong, layer, options, *_ = WRONG["the stride is lost"]
    report = prove_code(source.replace(right, wrong), layer, **options)
    assert report.status == "refuted"
    assert (report.mistake is None and report.repair is None) or steps > 30


def test_what_is_found_depends_on_no_clock():
    """No file of this room measures time."""
    files = Path(explain.__file__).parent.rglob("*.py")
    assert not [
        path.name
        for path in files
        if re.search(r"\b(process_time|perf_counter|monotonic)\b", path.read_text(encoding="utf-8"))
    ]
