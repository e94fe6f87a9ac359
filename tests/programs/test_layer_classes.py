"""Classes that make their weights late, keep parameters in dictionaries and have shapes for sizes: right, and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from symconv import AvgPool, Conv
from symconv.layers import Layer
from symconv.programs.prove import prove_code

C, F, H, W, K, N, s, d = sp.symbols("C F H W K N s d", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
USUAL = {"in_channels": C, "out_channels": F, "batch_size": N}
LAYER = Conv((H, W), (K, K), stride=s, padding=p, bias=True, **USUAL)
PLAIN = Conv((H, W), (K, K), stride=s, **USUAL)

LATE = """
import numpy as np

class Layer:
    def __init__(self, out_channels, field_size, stride, pad):
        self.out_channels, self.field, self.stride, self.pad = out_channels, field_size, stride, pad
        self.params = {"W": None, "b": None}

    def start(self, in_channels):
        self.params["W"] = np.random.rand(self.out_channels, in_channels, self.field, self.field) / self.field
        self.params["b"] = np.zeros((self.out_channels, 1, 1))

    def forward(self, X):
        if self.params["W"] is None:
            self.start(X.shape[1])
        k, s, p = self.field, self.stride, self.pad
        X = np.pad(X, ((0, 0), (0, 0), (p, p), (p, p)))
        windows = np.lib.stride_tricks.sliding_window_view(X, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        return np.einsum("nchwij,fcij->nfhw", windows, self.params["W"]) + self.params["b"]
"""

HELPED = """
import numpy as np

class Layer:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.params = {"out": out_channels, "k": kernel_size, "stride": stride, "padding": padding}
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)

    def windows(self, X, kernel_size, stride, padding):
        X = np.pad(X, ((0, 0), (0, 0), (padding[0], padding[0]), (padding[1], padding[1])))
        view = np.lib.stride_tricks.sliding_window_view(X, kernel_size, axis=(2, 3))
        return view[:, :, :: stride[0], :: stride[1]]

    def forward(self, X):
        k, s, p = self.params["k"], self.params["stride"], self.params["padding"]
        H_out, W_out = (X.shape[2] + 2 * p - k) // s + 1, (X.shape[3] + 2 * p - k) // s + 1
        view = self.windows(X, (k, k), (s, s), (p, p))
        out = np.empty((X.shape[0], self.params["out"], H_out, W_out))
        out[:] = np.einsum("nchwij,fcij->nfhw", view, self.W) + self.b[:, None, None]
        return out
"""

OF_SHAPES = """
import numpy as np

class Layer:
    def __init__(self, input_shape, filters, kernel_shape, stride):
        self.input_shape, self.kernel_shape, self.stride = input_shape, kernel_shape, stride
        self.W = np.random.randn(filters, input_shape[0], *kernel_shape)

    def forward(self, X):
        assert X.shape[1:] == self.input_shape
        kh, kw = self.kernel_shape
        h, w = (X.shape[2] - kh) // self.stride + 1, (X.shape[3] - kw) // self.stride + 1
        out = np.zeros((X.shape[0], self.W.shape[0], h, w))
        for i in range(h):
            for j in range(w):
                top, left = i * self.stride, j * self.stride
                window = X[:, :, top:top + kh, left:left + kw]
                out[:, :, i, j] = np.tensordot(window, self.W, ((1, 2, 3), (1, 2, 3)))
        return out
"""

CLASSES = (
    (LATE, LAYER, ("(self.out_channels, 1, 1)", "(self.out_channels, 1)")),
    (LATE.replace('["W"] is None', '["b"] is None'), LAYER, ("axis=(2, 3)", "axis=(3, 2)")),
    (HELPED, LAYER, ("stride[1]", "stride[0] + 1")),
    (OF_SHAPES, PLAIN, ("j * self.stride", "j")),
)


def forward_of(text: str, tmp_path: Path) -> str:
    path = tmp_path / "layer.py"
    path.write_text(text, encoding="utf-8")
    return f"{path}::Layer.forward"


@pytest.mark.parametrize(("text", "layer", "edit"), CLASSES)
def test_a_class_is_read_as_it_makes_its_weights(
    text: str, layer: Layer, edit: tuple[str, str], tmp_path: Path
) -> None:
    report = prove_code(forward_of(text, tmp_path), layer)
    assert report.status == "proved", str(report)
    assert edit[0] in text
    assert prove_code(forward_of(text.replace(*edit), tmp_path), layer).status in ("refuted", "proved except")


def test_a_bias_that_a_user_of_the_class_gives_is_the_layers(tmp_path: Path) -> None:
    """What ``__init__`` is given is not made again by a method that is called only if it was not."""
    text = LATE.replace("stride, pad):\n", "stride, pad, b):\n").replace('"b": None', '"b": b')
    wrong = text.replace('self.params["W"] is None', 'self.params["b"] is None')
    assert prove_code(forward_of(wrong, tmp_path), LAYER).status in ("refuted", "proved except")
    later = wrong.replace('"b": b}', '"b": None}\n        self.params["b"] = b')
    assert prove_code(forward_of(later, tmp_path), LAYER).status in ("refuted", "proved except")


ZEROS_BETWEEN = """
def conv(x, w, stride=1, dilation={default}):
    step = dilation + {more}
    n, c, h, wd = x.shape
    f, _, k, _ = w.shape
    reach = step * (k - 1) + 1
    out = np.zeros((n, f, (h - reach) // stride + 1, (wd - reach) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride:i * stride + reach:step, j * stride:j * stride + reach:step]
            out[:, :, i, j] = np.einsum("nckl,fckl->nf", window, w)
    return out
"""


@pytest.mark.parametrize(("default", "more", "proved"), [(0, 1, True), (1, 0, True), (0, 0, False), (1, 1, False)])
def test_a_dilation_that_is_0_by_default_counts_the_zeros_between(default: int, more: int, proved: bool) -> None:
    layer = Conv((H, W), (K, K), stride=s, dilation=d, **USUAL)
    report = prove_code(ZEROS_BETWEEN.format(default=default, more=more), layer)
    assert (report.status == "proved") == proved, str(report)
    assert report.status in ("proved", "refuted", "proved except")


def test_np_average_is_a_mean_without_weights() -> None:
    layer = AvgPool((H * K, W * K), (K, K), channels=C, batch_size=N)
    text = "def pool(x, k):\n    n, c, h, w = x.shape\n    return np.average({}, axis=(3, 5){})"
    blocks = "x.reshape(n, c, h // k, k, w // k, k)"
    assert prove_code(text.format(blocks, ""), layer).status == "proved"
    assert prove_code(text.format(blocks, ", weights=x"), layer).status == "not read"


def test_a_context_that_is_not_read_is_named() -> None:
    text = "def conv(x, w):\n    with torch.autocast('cpu'):\n        return F.conv2d(x, w)"
    report = prove_code(text, Conv((H, W), (K, K), **USUAL))
    assert report.status == "not read"
    assert "with torch.autocast('cpu')" in str(report)
    quiet = text.replace("torch.autocast('cpu')", "torch.inference_mode()")
    assert prove_code(quiet, Conv((H, W), (K, K), **USUAL)).status == "proved"
