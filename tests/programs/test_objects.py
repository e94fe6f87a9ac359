"""What a backward pass finds: what __init__, the forward pass, PyTorch's context and other files have left."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from symconv import Conv
from symconv.programs.prove import prove_code

C, F, H, W, K, L, N, s = sp.symbols("C F H W K KW N s", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
LAYER = Conv((H, W), (K, L), in_channels=C, out_channels=F, stride=s, padding=p, bias=True, batch_size=N)
PLAIN = Conv((H, W), (K, L), bias=False)

COLUMNS = """
import numpy as np


def columns(x, kh, kw, stride, pad):
    n, c, h, w = x.shape
    oh, ow = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    found = np.zeros((n, c, kh, kw, oh, ow))
    for i in range(kh):
        for j in range(kw):
            found[:, :, i, j] = x[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
    return found.reshape(n, c * kh * kw, oh * ow)
"""

CLASS = """
import numpy as np
{imports}


class Base:
    def __init__(self, rate):
        self.rate = rate
        self.columns = None


class Conv2d(Base):
    def __init__(self, nb_filters, in_channels, kernel_size, stride=1, pad=0, rate=0.1):
        super().__init__(rate)
        self.kernel = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
        self.weights = {{"val": np.random.randn(nb_filters, in_channels, *self.kernel) * 0.01, "grad": 0}}
        self.b = np.zeros(nb_filters)
        self.stride, self.pad = stride, pad

    def forward(self, x, training=True):
        kh, kw = self.kernel
        self.columns = columns(x, kh, kw, self.stride, self.pad)
        n, c, h, w = x.shape
        oh, ow = (h + 2 * self.pad - kh) // self.stride + 1, (w + 2 * self.pad - kw) // self.stride + 1
        flat = self.weights["val"].reshape(self.weights["val"].shape[0], -1)
        out = flat @ self.columns + self.b.reshape(-1, 1)
        return out.reshape(n, -1, oh, ow)

    def backward(self, dout):
        n, f = dout.shape[:2]
        flat = dout.reshape(n, f, -1)
        self.weights["grad"] = np.einsum("nfm,nkm->fk", flat, self.columns).reshape(self.weights["val"].shape)
        self.db = {bias_gradient}
        return None
"""
RESULTS = {"self.weights['grad']": None, "self.db": "grad_bias"}


def folder(path: Path, text: str) -> str:
    (path / "tools").mkdir()
    (path / "pyproject.toml").write_text("", encoding="utf-8")
    (path / "tools" / "unrolling.py").write_text(COLUMNS, encoding="utf-8")
    (path / "layers.py").write_text(text, encoding="utf-8")
    return str(path / "layers.py")


@pytest.mark.parametrize(
    "imports",
    [
        "from tools.unrolling import columns",
        "from tools.unrolling import *",
        "import numpy as np\nfrom tools.unrolling import *",
        "from .tools.unrolling import columns",
        "import tools.unrolling as t\ncolumns = t.columns",
        "from tools import unrolling\ncolumns = unrolling.columns",
    ],
)
def test_other_files_are_read(tmp_path: Path, imports: str) -> None:
    text = CLASS.format(imports=imports, bias_gradient="flat.sum(axis=(0, 2))")
    report = prove_code(f"{folder(tmp_path, text)}::Conv2d.forward", LAYER)
    assert report.status == "proved"
    assert "unrolling.py is read too" in report.notes


def test_a_file_that_is_not_there_is_not_guessed(tmp_path: Path) -> None:
    text = CLASS.format(imports="from tools.missing import columns", bias_gradient="flat.sum(axis=(0, 2))")
    assert prove_code(f"{folder(tmp_path, text)}::Conv2d.forward", LAYER).status == "not read"


@pytest.mark.parametrize(
    ("gradient", "status"), [("flat.sum(axis=(0, 2))", "proved"), ("flat.sum(axis=2).mean(axis=0)", "refuted")]
)
def test_a_backward_pass_has_what_the_forward_pass_left(tmp_path: Path, gradient: str, status: str) -> None:
    text = CLASS.format(imports="from tools.unrolling import columns", bias_gradient=gradient)
    path = f"{folder(tmp_path, text)}::Conv2d.backward"
    report = prove_code(path, LAYER, of={"self.db": "grad_bias"})
    assert report.cases[-1].status == status or report.status.startswith(status)


WEIGHTS = """
    def forward(self, x):
        {first}
        self.kept = x
        return None

    def backward(self, dout):
        dw = np.zeros_like(self.w)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                top, left = i * self.stride, j * self.stride
                part = self.kept[:, :, top:top + self.w.shape[2], left:left + self.w.shape[3]]
                dw += np.einsum("nf,nckl->fckl", dout[:, :, i, j], part)
        return dw
"""


@pytest.mark.parametrize(
    ("first", "status"),
    [
        ("x = np.pad(x, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))", "proved"),
        ("pass", "refuted"),
        ("x = np.sqrt(x)", "not read"),
    ],
)
def test_what_is_kept_is_what_the_forward_pass_made_of_it(first: str, status: str) -> None:
    text = "import numpy as np\nclass Conv2d:\n    pass\n" + WEIGHTS.format(first=first)
    layer = LAYER
    report = prove_code(_method(text), layer, of="grad_weight")
    assert status in (report.status, report.cases[-1].status)


def _method(text: str) -> str:
    """A function that calls the method, as a text has to end with one."""
    return text.replace("class Conv2d:\n    pass\n", "class Conv2d:\n") + (
        "\ndef weight_gradient(x, w, dout, stride, pad):\n    layer = Conv2d()\n    layer.w = w\n"
        "    layer.stride, layer.pad = stride, pad\n    layer.forward(x)\n    return layer.backward(dout)\n"
    )


CACHE = """
def conv_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return None, (x, w, b, conv_param)


def conv_backward(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = {of}[:, :, i * stride:i * stride + w.shape[2], j * stride:j * stride + w.shape[3]]
            dw += np.einsum("nf,nckl->fckl", dout[:, :, i, j], part)
    return dw
"""


def test_a_cache_holds_what_the_forward_pass_put_in_it() -> None:
    """The input is padded before it is kept under the same name; to pad it once more is wrong."""
    again = "np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))"
    assert prove_code(CACHE.format(of="x"), LAYER, of="grad_weight").status == "proved"
    assert prove_code(CACHE.format(of=again), LAYER, of="grad_weight").status in ("refuted", "proved except")


CONTEXT = """
import torch
import torch.nn.functional as F
from torch.nn.grad import conv2d_input


class Conv2dFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None, stride=1, padding=0):
        ctx.stride, ctx.padding = stride, padding
        ctx.save_for_backward(input, weight)
        return F.conv2d(input, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx, grad_output):
        input, weight = ctx.saved_tensors
        grad_input = grad_weight = None
        if ctx.needs_input_grad[0]:
            grad_input = conv2d_input(input.shape, weight, grad_output, ctx.stride, ctx.padding)
        if ctx.needs_input_grad[1]:
            grad_weight = torch.nn.grad.conv2d_weight(input, weight.shape, grad_output, {stride}, ctx.padding)
        return grad_input, grad_weight, grad_output.sum((0, 2, 3)), None, None
"""


@pytest.mark.parametrize(("stride", "status"), [("ctx.stride", "proved"), ("1", "refuted")])
def test_a_context_of_pytorch(tmp_path: Path, stride: str, status: str) -> None:
    (tmp_path / "layers.py").write_text(CONTEXT.format(stride=stride), encoding="utf-8")
    path = f"{tmp_path / 'layers.py'}::Conv2dFunction"
    assert prove_code(f"{path}.forward", LAYER).status == "proved"
    report = prove_code(f"{path}.backward", LAYER, of=("grad_input", "grad_weight", "grad_bias"))
    found = [part.status for part in report.parts]
    assert found == ["proved", "proved", "proved"] if status == "proved" else found != ["proved"] * 3


ONE_CHANNEL = """
def correlate(image, kernel):
    h, w = image.shape
    kh, kw = kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = {number}(np.sum(image[i:i + kh, j:j + kw] * {kernel}))
    return out
"""


@pytest.mark.parametrize(
    ("kernel", "number", "status"),
    [
        ("kernel", "np.float32", "proved"),
        ("kernel", "float", "proved"),
        ("kernel[::-1, ::-1]", "float", "refuted"),
        ("kernel", "np.float", "refuted"),
    ],
)
def test_one_channel_has_no_axis(kernel: str, number: str, status: str) -> None:
    report = prove_code(ONE_CHANNEL.format(kernel=kernel, number=number), PLAIN)
    assert report.status == status
    if number == "np.float":
        assert "AttributeError" in report.cases[0].reason


DRAWN = """
class Conv2d:
    def __init__(self, depth, in_channels, kernel_size, out_size):
        self.weights = np.random.randn(depth, in_channels, kernel_size[0], kernel_size[1])
        self.biases = np.random.randn(depth, *out_size)

    def forward(self, x):
        self.x = x
        return self.biases

def forward(x):
    return Conv2d().forward(x)
"""


def test_a_tensor_of_another_rank_is_not_taken_for_the_layers(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text(DRAWN, encoding="utf-8")
    report = prove_code(f"{tmp_path / 'layers.py'}::Conv2d.forward", LAYER, arguments={"self.out_size": "output_size"})
    assert report.status == "not read"
    assert "self.biases" in report.cases[0].reason
