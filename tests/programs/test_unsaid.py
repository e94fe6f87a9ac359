"""What nobody says of a function: an activation, an unusual name of the input, a layer that cannot be made."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, prove_code
from symconv.layers import Layer
from symconv.programs.judge import judge
from symconv.programs.prove import binding
from symconv.programs.source import find
from symconv.programs.work import Work

C, F, H, K, N, s = sp.symbols("C F H K N s", integer=True, positive=True)
LINE = Conv(H, K, in_channels=C, out_channels=F, bias=True, batch_size=N)
FORWARD = """
def conv_forward(A_prev, W, b, activation, stride=1):
    n, c, h = A_prev.shape
    f, _, k = W.shape
    out = np.zeros((n, f, h - k + 1))
    for i in range(h - k + 1):
        out[:, :, i] = np.einsum("nck,fck->nf", A_prev[:, :, i:i + k], W)
    return activation(out + b[:, None])
"""


def test_an_activation_without_a_default_is_the_identity_and_the_report_says_so() -> None:
    report = prove_code(FORWARD, LINE)
    assert report.holds
    assert "activation is taken to be the identity: what is judged is the layer without it" in report.notes
    wrong = FORWARD.replace("activation(out + b[:, None])", "activation(out) + activation(out)")
    assert prove_code(wrong, LINE).status == "refuted"


@pytest.mark.parametrize(("layer", "name"), [(LINE, "features"), (ConvTranspose(H, K, batch_size=N), "Y")])
def test_the_only_parameter_of_a_pass_that_nobody_knows_is_its_input(layer: Layer, name: str) -> None:
    text = f"def forward({name}, factor=2): return factor * {name}"
    report = prove_code(text, layer)
    assert report.status == "refuted" and f"{name} is taken to be the input" in report.notes


def test_the_only_unknown_parameter_of_a_backward_pass_is_the_upstream_gradient() -> None:
    report = prove_code("def backward(above): return above.sum((0, 2))", LINE, of="grad_bias")
    assert report.holds and "above is taken to be grad_output" in report.notes


def test_two_unknown_parameters_are_asked_for() -> None:
    report = prove_code("def forward(one, other): return one + other", LINE)
    assert report.status == "undecided" and "nobody says what it is" in str(report)


STRIDED = """
import numpy as np

class Conv1D:
    def __init__(self, W, size, stride):
        self.W, self.stride = W, stride
        self.out = (size - W.shape[2]) / stride + 1
        if not self.out.is_integer():
            raise ValueError("the stride does not divide")
        self.out = int(self.out)

    def forward(self, x):
        k = self.W.shape[2]
        used = np.zeros((x.shape[0], x.shape[1], self.stride * (self.out - 1) + k))
        used[...] = x
        out = np.zeros((x.shape[0], self.W.shape[0], self.out))
        for i in range(self.out):
            out[:, :, i] = np.einsum("nck,fck->nf", used[:, :, i * self.stride:i * self.stride + k], self.W)
        return out
"""


def test_sizes_for_which_a_layer_cannot_be_made_are_outside_the_scope(tmp_path: Path) -> None:
    """At other sizes the assignment raises; but the layer cannot be made there."""
    layer = Conv(H, K, in_channels=C, out_channels=F, stride=s, batch_size=N)
    path = tmp_path / "layers.py"
    path.write_text(STRIDED, encoding="utf-8")
    report = prove_code(f"{path}::Conv1D.forward", layer, arguments={"self.size": H})
    assert report.status == "proved", str(report)
    assert "that the code lets through" in report.scope


def test_all_readings_of_a_function_have_one_budget() -> None:
    target = find(FORWARD)
    report = judge(target, binding(LINE), Work(20))
    assert report.status == "undecided"
    assert "undecided within the budget of 20 steps" in report.cases[0].reason


@pytest.mark.parametrize(
    ("result", "layout", "scope", "note"),
    [
        ("g.sum((0, 2))[:, None]", "O1", "(F, 1) in place of (F,)", "added to an array of that shape it makes (F, F)"),
        ("g.sum((0, 2))[None]", "1O", "(1, F) in place of (F,)", "the entries are the same"),
    ],
)
def test_a_result_that_is_right_up_to_its_shape_says_so(result: str, layout: str, scope: str, note: str) -> None:
    report = prove_code(f"def gradient(g): return {result}", LINE, of="grad_bias")
    assert report.scope == f"every shape, up to the shape, which is {scope}"
    assert any(note in one for one in report.notes)
    said = prove_code(f"def gradient(g): return {result}", LINE, of=f"grad_bias:{layout}")
    assert said.scope == "every shape"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("np.maximum(0, x)", "a relu: the layer has none"),
        ("issubclass(x, int)", "issubclass(): this function of Python is not read"),
        ("kernel(x)", "kernel: the text does not define or import it"),
        ("np", "a module as an array: it is not numbers"),
        ("len", "a function as an array: it is not numbers"),
    ],
)
def test_what_is_not_read_is_said_in_the_words_of_python(result: str, reason: str) -> None:
    report = prove_code(f"def forward(x, w, b): return {result}", LINE)
    assert report.status == "not read" and reason in report.cases[0].reason
