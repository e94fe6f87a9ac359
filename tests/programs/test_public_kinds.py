"""Kinds of writing that public code has: each right, and with a mistake; both are run at random shapes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest
import sympy as sp

from symconv import Conv
from symconv.layers import Layer
from symconv.programs.prove import prove_code
from tests.programs.numbers import is_right, shapes
from tests.programs.program import Program

C, F, H, W, K, N, s = sp.symbols("C F H W K N s", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
SQUARE = Conv((H, W), (K, K), in_channels=C, out_channels=F, stride=s, padding=p, batch_size=N)
LINE = Conv(H, K, in_channels=C, out_channels=F, stride=s)
FITTING = 40
"""Shapes at which a right function is right, and one of which at least its wrong twin is not."""


@dataclass(frozen=True)
class Kind:
    """A function, and what is exchanged in it for a wrong one."""

    text: str
    right: str
    wrong: str
    layer: Layer
    of: Any = "output"


SPREAD = """
import numpy as np

def backward(dout, x, w, stride, pad):
    k = w.shape[2]
    m = dout.shape[2]
    LINES
    assert (x.shape[2] + 2 * pad - k) % stride == 0 and (x.shape[3] + 2 * pad - k) % stride == 0
    full = np.pad(dout, ((0, 0), (0, 0), (k - 1, k - 1), (k - 1, k - 1)))
    views = np.lib.stride_tricks.sliding_window_view(full, (k, k), axis=(2, 3))
    dx = np.einsum("nfijkl,fckl->ncij", views, w[:, :, ::-1, ::-1])
    return dx[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
"""

KINDS = {
    "zeros between by a list of indices that is repeated": Kind(
        SPREAD.replace("LINES", """dout = np.insert(dout, [*range(1, m)] * (stride - 1), 0, axis=2)
    dout = np.insert(dout, list(np.arange(1, dout.shape[3])) * (stride - 1), 0, axis=3)"""),
        "list(np.arange(1, dout.shape[3])) * (stride - 1)", "list(np.arange(1, dout.shape[3])) * (k - 1)",
        SQUARE, "grad_input",
    ),
    "strides of a part of an array": Kind(
        """
import numpy as np

def conv(x, w, stride):
    f, c, k = w.shape
    m = (x.shape[1] - k) // stride + 1
    cut = x[:, : (m - 1) * stride + k]
    a, b = cut.strides
    view = np.lib.stride_tricks.as_strided(cut, (m, c, k), (stride * b, a, b))
    return np.einsum("fck,ick->fi", w, view)
""",
        "(stride * b, a, b)", "(b, a, stride * b)", LINE,
    ),
    "strides of an array that is turned": Kind(
        """
import numpy as np

def conv(x, w, stride):
    f, c, k = w.shape
    m = (x.shape[1] - k) // stride + 1
    last = x.T
    a, b = last.strides
    view = np.lib.stride_tricks.as_strided(last, (m, k, c), (stride * a, a, b))
    return np.einsum("fck,ikc->fi", w, view)
""",
        "(m, k, c), (stride * a, a, b)", "(m, k, c), (stride * a, b, a)", LINE,
    ),
    "axes in an order that a reshape does not know": Kind(
        """
import numpy as np

def conv(x, w, stride):
    f, c, k = w.shape
    m = (x.shape[1] - k) // stride + 1
    columns = np.stack([x[:, i * stride:i * stride + k] for i in range(m)])
    return (w.reshape(f, -1) @ columns.reshape(m, -1).T)
""",
        "columns.reshape", "columns.transpose(0, 2, 1).reshape", LINE,
    ),
    "strides of one image of a batch, which is padded": Kind(
        """
import numpy as np

def conv(x, w, pad):
    f, c, k, l = w.shape
    rows = []
    for image in range(x.shape[0]):
        planes = []
        for channel in range(c):
            plane = np.pad(x[image, channel, ...], pad)
            m, n = plane.shape[0] - k + 1, plane.shape[1] - l + 1
            a, b = plane.strides
            planes.append(np.lib.stride_tricks.as_strided(plane, (m, n, k, l), (a, b, a, b)))
        rows.append(np.einsum("cijkl,fckl->fij", np.stack(planes), w))
    return np.stack(rows)
""",
        "(a, b, a, b)", "(a, b, b, a)",
        Conv((H, W), (K, K), in_channels=C, out_channels=F, padding=p, batch_size=N),
    ),
    "shapes that are compared as tuples": Kind(
        """
import numpy as np

def conv(x, w, stride):
    if w.shape[2:] > x.shape[1:] or (w.shape[0], 2) <= (0, 5):
        raise ValueError("the kernel does not fit")
    f, c, k = w.shape
    m = (x.shape[1] - k) // stride + 1
    out = np.zeros((f, m))
    for i in range(m):
        out[:, i] = np.tensordot(w, x[:, i * stride:i * stride + k], 2)
    return out
""",
        "i * stride + k], 2)", "i * stride + k][::-1], 2)", LINE,
    ),
    "a dictionary with keys of f-strings": Kind(
        """
import numpy as np

def conv(x, w, stride):
    name, kept = "conv", {}
    kept[f"{name}/W"], kept[f"{name}/x"] = w, x
    f, c, k = kept["conv/W"].shape
    m = (x.shape[1] - k) // stride + 1
    out = np.zeros((f, m))
    for i in range(m):
        out[:, i] = np.tensordot(kept["conv/W"], kept["conv/x"][:, i * stride:i * stride + k], 2)
    return out
""",
        'kept[f"{name}/x"] = w, x', 'kept[f"{name}/x"] = w, 2 * x', LINE,
    ),
    "a mean that leaves out what is no number": Kind(
        """
import numpy as np

def conv(x, w, stride):
    f, c, k = w.shape
    m = (x.shape[1] - k) // stride + 1
    out = np.zeros((f, m))
    for i in range(m):
        out[:, i] = np.nanmean(w * x[:, i * stride:i * stride + k], axis=(1, 2)) * (c * k)
    return out
""",
        "* (c * k)", "* k", LINE,
    ),
    "numbers that are drawn and do not count": Kind(
        """
import numpy as np

def conv(x, w, stride):
    f, c, k = w.shape
    m = (x.shape[1] - k) // stride + 1
    out = np.random.randn(f, m) / np.sqrt(c * k)
    for i in range(m):
        out[:, i] = np.tensordot(w, x[:, i * stride:i * stride + k], 2)
    return out
""",
        "out[:, i] =", "out[:, 0] =", LINE,
    ),
}  # fmt: skip


def program(kind: Kind) -> Program:
    name = kind.text.split("def ")[1].split("(")[0]
    return Program(f"public.py::{name}", lambda: kind.layer, of=kind.of)


@pytest.mark.parametrize("name", KINDS)
def test_kinds(name: str) -> None:
    kind = KINDS[name]
    assert prove_code(kind.text, kind.layer, of=kind.of).status == "proved"
    assert kind.text.count(kind.right) == 1
    report = prove_code(kind.text.replace(kind.right, kind.wrong), kind.layer, of=kind.of)
    assert not report.holds and report.status != "proved", str(report)


@pytest.mark.parametrize("name", KINDS)
def test_kinds_are_what_they_say(name: str) -> None:
    kind, rng = KINDS[name], random.Random(name)
    wrong = kind.text.replace(kind.right, kind.wrong)
    many = [values for values in shapes(kind.layer, rng, FITTING) if _is_let_through(kind, values)]
    assert all(is_right(program(kind), kind.text, values, rng) for values in many)
    assert not all(is_right(program(kind), wrong, values, rng) for values in many)


def _is_let_through(kind: Kind, values: dict[str, int]) -> bool:
    """Whether the code's own assert holds."""
    if "assert" not in kind.text:
        return True
    at = kind.layer.at(**values)
    return all(((m.value - 1) * q.s.value + q.K.value) == q.n.value + 2 * values["p"] for q, m in zip(at.schemes, at.m))


CLASS = """
import numpy as np

def started(shape):
    count = np.prod(shape[:-1])
    return np.random.uniform(-1, 1, size=shape) * np.sqrt(6. / count), np.zeros((shape[-1],))

class Conv:
    def __init__(self, filters, kernel_shape=(3, 3), stride=1):
        self.params = {"filters": filters, "kernel_shape": kernel_shape, "stride": stride}
        self.cache = {}

    def forward(self, x):
        n, c, h, w = x.shape
        kh, kw = self.params["kernel_shape"]
        s = self.params["stride"]
        if "W" not in self.params:
            self.params["W"], self.params["b"] = started((c, kh, kw, self.params["filters"]))
        out = np.zeros((n, self.params["filters"], (h - kh) // s + 1, (w - kw) // s + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                part = x[:, :, i * s:i * s + kh, j * s:j * s + kw]
                out[:, :, i, j] = np.tensordot(part, self.params["W"], 3) + self.params["b"]
        self.cache["x"] = x
        return out
"""
UNPADDED = Conv((H, W), (K, K), in_channels=C, out_channels=F, stride=s, batch_size=N, bias=True)
WEIGHTS = {"weight": "IHWO"}


def test_weights_that_the_first_pass_makes(tmp_path: Any) -> None:
    path = tmp_path / "layers.py"
    path.write_text(CLASS, encoding="utf-8")
    place = f"{path}::Conv.forward"
    assert prove_code(place, UNPADDED, layouts=WEIGHTS).status == "proved"
    path.write_text(CLASS.replace('+ self.params["b"]', '+ 2 * self.params["b"]'), encoding="utf-8")
    assert prove_code(place, UNPADDED, layouts=WEIGHTS).status == "refuted"


OWN_BIAS = """
import numpy as np
from scipy import signal

class Conv:
    def __init__(self, input_shape, kernel_size, depth):
        channels, height, width = input_shape
        self.depth, self.channels, self.input_shape = depth, channels, input_shape
        self.kernels = np.random.randn(depth, channels, kernel_size, kernel_size)
        self.biases = np.random.randn(depth, height - kernel_size + 1, width - kernel_size + 1)

    def forward(self, input):
        self.input = input
        output = np.copy(self.biases)
        for i in range(self.depth):
            for j in range(self.channels):
                output[i] += signal.correlate2d(self.input[j], self.kernels[i, j], "valid")
        return output

    def backward(self, output_gradient):
        dx = np.zeros(self.input_shape)
        for i in range(self.depth):
            for j in range(self.channels):
                dx[j] += signal.convolve2d(output_gradient[i], self.kernels[i, j], "full")
        return dx
"""


def test_a_bias_of_another_shape_is_not_the_layers(tmp_path: Any) -> None:
    """Nothing is said of what depends on it; what does not is decided."""
    layer = Conv((H, W), (K, K), in_channels=C, out_channels=F, bias=True)
    path = tmp_path / "layers.py"
    path.write_text(OWN_BIAS, encoding="utf-8")
    report = prove_code(f"{path}::Conv.forward", layer)
    assert report.status == "not read" and "drawn at random" in str(report)
    assert prove_code(f"{path}::Conv.backward", layer, of="grad_input").status == "proved"
    path.write_text(OWN_BIAS.replace('"full"', '"same"'), encoding="utf-8")
    assert prove_code(f"{path}::Conv.backward", layer, of="grad_input").status in ("refuted", "proved except")


@pytest.mark.parametrize(
    "line",
    [
        "return out + np.random.rand(*out.shape)", "return out * np.sqrt(out.shape[0])", "return out / np.sqrt(2)",
        "return out * out.shape[0] ** 0.5", "return out * (np.random.default_rng(0).normal(size=out.shape) > 0)",
        "return out + (np.random.rand() if out.shape[0] > 1 else 0)",
    ],
)  # fmt: skip
def test_nothing_is_said_of_what_depends_on_numbers_that_are_not_known(line: str) -> None:
    text = KINDS["numbers that are drawn and do not count"].text.replace("return out", line)
    assert prove_code(text, LINE).status == "not read"


SAME = """
import numpy as np

def conv(x, w, padding="same"):
    f, c, k, l = w.shape
    a, b = (k // 2, l // 2) if padding == "same" else (0, 0)
    x = np.pad(x, ((0, 0), (a, a), (b, b)))
    m, n = x.shape[1] - k + 1, x.shape[2] - l + 1
    out = np.zeros((f, m, n))
    for i in range(m):
        for j in range(n):
            out[:, i, j] = np.tensordot(w, x[:, i:i + k, j:j + l], 3)
    return out
"""


@pytest.mark.parametrize(("size", "padding"), [((3, 3), 1), ((5, 3), (2, 1)), ((3, 3), 0), ((K, K), 0)])
def test_a_padding_that_has_a_name_is_the_layers(size: Any, padding: Any) -> None:
    layer = Conv((H, W), size, in_channels=C, out_channels=F, padding=padding)
    assert prove_code(SAME, layer).status == "proved"
    assert prove_code(SAME.replace("x[:, i:i + k", "2 * x[:, i:i + k"), layer).status == "refuted"


OPTIMIZER = """
import numpy as np

class Conv:
    def __init__(self, in_channels, out_channels, kernel_size, optimizer):
        self.W = np.random.randn(out_channels, in_channels, kernel_size)
        self.optimizer = optimizer

    def forward(self, x):
        self.x = x
        k = self.W.shape[2]
        return np.stack([np.tensordot(self.W, x[:, i:i + k], 2) for i in range(x.shape[1] - k + 1)], axis=1)

    def backward(self, dout):
        k, dx, dw = self.W.shape[2], np.zeros_like(self.x), np.zeros_like(self.W)
        BEFORE
        for i in range(dout.shape[1]):
            dx[:, i:i + k] += np.tensordot(dout[:, i], self.W, 1)
            dw += dout[:, i][:, None, None] * self.x[:, i:i + k]
        self.W = self.optimizer.update(self.W, dw)
        AFTER
        return dx
"""


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("pass", "pass", "proved"),
        ("pass", "dx = 2 * dx", "refuted"),
        ("pass", "dx = dx + dw.sum() * 0 + self.W.sum() - self.W.sum()", "not read"),
        ("W = self.W", "dx = dx + W.sum() - 2 * W.sum()", "not read"),
        ("kept = dx.T", "self.optimizer.update(kept)", "not read"),
        ("self.optimizer(self.x)", "pass", "not read"),
        ("_, k = self.optimizer(3), k", "pass", "not read"),
        ("self.optimizer.lists = [dw]", "pass", "not read"),
    ],
)
def test_what_a_call_that_nobody_knows_may_change_is_not_known(
    before: str, after: str, status: str, tmp_path: Any
) -> None:
    path = tmp_path / "layers.py"
    path.write_text(OPTIMIZER.replace("BEFORE", before).replace("AFTER", after), encoding="utf-8")
    layer = Conv(H, K, in_channels=C, out_channels=F)
    assert prove_code(f"{path}::Conv.backward", layer, of="grad_input").status == status


BOTH = """
import numpy as np
import torch

TOKENS = torch.arange(3)

def conv(x, w):
    f, c, k = w.shape
    views = np.lib.stride_tricks.sliding_window_view(x, k, axis=1).transpose(1, 0, 2)
    return np.einsum("fck,ick->fi", w, views)
"""


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [("x, k, ", "x, k, ", "proved"), ("x, k, ", "2 * x, k, ", "refuted"), ("x, k, ", "torch.abs(x), k, ", "not read")],
)
def test_arrays_are_of_the_library_that_the_function_uses(old: str, new: str, status: str) -> None:
    layer = Conv(H, K, in_channels=C, out_channels=F)
    assert prove_code(BOTH.replace(old, new), layer).status == status


VARIABLE = """
import numpy as np

class Variable:
    def __init__(self, data, name=None):
        self.data, self.name, self.grad = data, name, None

    def __add__(self, other):
        return Variable(self.data + other.data)

def conv(x, w):
    f, c, k = w.shape
    views = np.lib.stride_tricks.sliding_window_view(x, k, axis=1)
    made = Variable(np.einsum("fck,cik->fi", w, views), "conv")
    return FACTOR
"""


@pytest.mark.parametrize(
    ("returned", "status"),
    [("made", "proved"), ("made + made", "refuted"), ("(made, x)", "proved"), ("Variable", "not read")],
)
def test_the_data_of_an_object_is_judged(returned: str, status: str) -> None:
    report = prove_code(VARIABLE.replace("FACTOR", returned), Conv(H, K, in_channels=C, out_channels=F))
    assert report.status == status
    assert any(".data is judged" in note for note in report.notes) == (returned != "Variable")
