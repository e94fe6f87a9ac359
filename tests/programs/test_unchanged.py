"""What a forward pass and ``__init__`` keep is what they were given only if nothing changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv import CodeReport, Conv, prove_code

LAYER = Conv.general(1, stride=1, padding=0, dilation=1, in_channels=1, out_channels=1, bias=False)
CLASS = """
import numpy as np

def helper(array):
    array += 1

def touch(layer):
    layer.x = 2 * layer.x

class Layer:
    def __init__(self, w):
        self.w = w

    def scale(self, by):
        self.x = by * self.x

    def forward(self, x):
        self.x = x
        {}
        K = self.w.shape[2]
        return np.array([[np.sum(x[0, i:i + K] * self.w[0, 0]) for i in range(x.shape[1] - K + 1)]])

    def backward(self, dout):
        dw = np.zeros_like(self.w)
        for i in range(dout.shape[1]):
            dw += dout[0, i] * self.x[:, i:i + self.w.shape[2]]
        return dw
"""
KEPT = ["pass", "x = 2 * x", "y = x.copy(); y += 1", "z = np.pad(x, ((0, 0), (1, 1))); z *= 2", "print(x.shape)",
        "y = 2 * self.x; y *= 2", "y = np.array(x); y[0] = 0", "n = x.shape[1]; n += 1"]  # fmt: skip
CHANGED = ["y = self.x; y *= 2", "x *= 2", "np.multiply(x, 2, out=x)", "np.maximum(x, 0, x)", "x.fill(0)",
           "self.x = 2 * self.x", "self.x *= 2", "self.scale(2)", "np.add.at(self.x, 0, 1)", "self.x[0] = 0",
           "y = x[:, 1:]; y += 1",
           "for z in [x]: z += 1", "helper(x)", "y = x.T; y[0] = 2", "y = np.einsum('ci->ci', x); y[0] = 1",
           "y = np.array(x, copy=False); y += 1", "helper(array=self.x.reshape(-1))", "(y := x).fill(1)",
           "y, z = x, 1; y[0] += z", "np.copyto(x, 0)", "getattr(x, 'fill')(0)",
           "setattr(self, 'x', 2 * x)", "self.__dict__.update(x=2 * x)", "me = self; me.x = 2 * x", "touch(self)",
           "f = lambda a: a.fill(0); f(x)", "for row in x: row *= 2", "x.flat[0] = 1"]  # fmt: skip


def proved(folder: Path, text: str, name: str, of: str = "grad_weight") -> CodeReport:
    path = folder / "layers.py"
    path.write_text(text, encoding="utf-8")
    return prove_code(f"{path}::{name}", LAYER, of=of)


@pytest.mark.parametrize("line", KEPT)
def test_what_is_kept_as_it_was_given_is_known(tmp_path: Path, line: str) -> None:
    assert proved(tmp_path, CLASS.format(line), "Layer.backward").status == "proved"


@pytest.mark.parametrize("line", CHANGED)
def test_what_may_be_changed_is_never_taken_for_what_was_given(tmp_path: Path, line: str) -> None:
    assert proved(tmp_path, CLASS.format(line), "Layer.backward").status in ("refuted", "not read")


CACHED = [("y = x", "proved"), ("y = x; y += 1", "refuted"), ("helper(x)", "refuted")]


@pytest.mark.parametrize(("line", "status"), CACHED)
def test_a_cache_of_parameters_is_what_was_given(tmp_path: Path, line: str, status: str) -> None:
    text = f"""
import numpy as np
def helper(array):
    array += 1
def conv_forward(x, w):
    {line}
    out = np.array([[np.sum(x[0, i:i + w.shape[2]] * w[0, 0]) for i in range(x.shape[1] - w.shape[2] + 1)]])
    cache = (x, w)
    return out, cache
def conv_backward(dout, cache):
    x, w = cache
    dw = np.zeros_like(w)
    for i in range(dout.shape[1]):
        dw += dout[0, i] * x[:, i:i + w.shape[2]]
    return dw
"""
    assert proved(tmp_path, text, "conv_backward").status == status


INITS = [
    ("self.w = w", "proved"), ("self.w = np.array(w)", "proved"), ("self.w = np.random.randn(1, 1, 3) * 0.1", "proved"),
    ("Layer.w = w", "proved"), ("self.w = np.zeros_like(w)", "proved"), ("self.w = 2 * w", "refuted"),
    ("self.w = w; self.w[:] = 0", "refuted"), ("self.w = w; self.double()", "refuted"),
    ("self.w = w[:, :, ::-1]", "refuted"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "status"), INITS)
def test_what_is_computed_from_a_weight_is_not_the_weight(tmp_path: Path, line: str, status: str) -> None:
    """An attribute is the weight by its name, unless ``__init__`` says what else it makes of the weight."""
    text = f"""
import numpy as np
class Layer:
    w = None
    def __init__(self, w):
        {line}
    def double(self):
        self.w = self.w + self.w
    def forward(self, x):
        K = self.w.shape[2]
        return np.array([[np.sum(x[0, i:i + K] * self.w[0, 0]) for i in range(x.shape[1] - K + 1)]])
"""
    assert proved(tmp_path, text, "Layer.forward", "output").status == status


@pytest.mark.parametrize("name", ["__getattr__", "__getattribute__"])
def test_attributes_of_a_class_that_makes_its_own_are_not_read(tmp_path: Path, name: str) -> None:
    text = f"""
class Layer:
    def __init__(self, w):
        self.kept = w
    def {name}(self, name):
        return 2 * self.kept
    def forward(self, x):
        return self.w[0] * x[:, :1]
"""
    report = proved(tmp_path, text, "Layer.forward", "output")
    assert report.status == "not read" and name in str(report)
