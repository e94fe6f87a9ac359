"""Tensors of the user's own that build a graph and go back through it, as small engines of derivatives do."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from symconv import Conv
from symconv.programs.prove import prove_code

C, F, H, K, s = sp.symbols("C F H K s", integer=True, positive=True)
LINE = Conv(H, K, in_channels=C, out_channels=F, stride=s)

ENGINE = """
import numpy as np

class Tensor:
    def __init__(self, data, children=(), requires_grad=True):
        self.data = np.asarray(data)
        self.grad = np.zeros_like(self.data)
        self._backward = lambda: None
        self._prev = children

    def __add__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other)
        out = Tensor(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other)
        out = Tensor(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def conv1d(self, weight, stride=1):
        n, k = self.data.shape[1], weight.data.shape[2]
        m = (n - k) // stride + 1
        y = np.zeros((weight.data.shape[0], m))
        for i in range(m):
            y[:, i] = np.tensordot(weight.data, self.data[:, i * stride:i * stride + k], axes=([1, 2], [0, 1]))
        out = Tensor(y, (self, weight))

        def _backward():
            for i in range(m):
                window = self.data[:, i * stride:i * stride + k]
                weight.grad += out.grad[:, i][:, None, None] * window[None]
                self.grad[:, i * stride:i * stride + k] += np.tensordot(out.grad[:, i], weight.data, axes=1)
        out._backward = _backward
        return out

    def backward(self, grad):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = grad
        for v in reversed(topo):
            v._backward()


def forward(x, w, stride):
    return Tensor(x).conv1d(Tensor(w), stride).data

def forward_twice(x, w, stride):
    return (Tensor(x).conv1d(Tensor(w), stride) * 0.5 + Tensor(x).conv1d(Tensor(w), stride) * 0.5).data

def gradients(x, w, dout, stride):
    a, b = Tensor(x), Tensor(w)
    y = a.conv1d(b, stride)
    y.backward(dout)
    return a.grad, b.grad
"""
BOTH = ("grad_input", "grad_weight")


def judged(folder: Path, text: str, name: str, of: str | tuple[str, ...]) -> str:
    (folder / "engine.py").write_text(text, encoding="utf-8")
    return prove_code(f"{folder / 'engine.py'}::{name}", LINE, of=of).status


@pytest.mark.parametrize(("name", "of"), [("forward", "output"), ("forward_twice", "output"), ("gradients", BOTH)])
def test_an_engine_is_read(name: str, of: str | tuple[str, ...], tmp_path: Path) -> None:
    assert judged(tmp_path, ENGINE, name, of) == "proved"


@pytest.mark.parametrize(
    ("right", "wrong", "name", "of"),
    [
        ("return out\n\n    def conv1d", "return self\n\n    def conv1d", "forward_twice", "output"),
        ("weight.grad += out", "weight.grad = out", "gradients", BOTH),
        ("v._backward()", "v._prev", "gradients", BOTH),
        ("reversed(topo)", "topo[:1]", "gradients", BOTH),
    ],
)
def test_a_mistake_in_an_engine_is_seen(
    right: str, wrong: str, name: str, of: str | tuple[str, ...], tmp_path: Path
) -> None:
    text = ENGINE.replace(right, wrong)
    found = judged(tmp_path, text, name, of)
    assert text != ENGINE and found == "refuted"


def test_a_tensor_without_children_need_not_be_gone_through(tmp_path: Path) -> None:
    """The kernel is no other tensor's result: nothing goes on from it."""
    assert judged(tmp_path, ENGINE.replace("(self, weight))", "(self,))"), "gradients", BOTH) == "proved"


def test_a_set_has_no_order(tmp_path: Path) -> None:
    """Python may go through the children in any order; whoever keeps them in a set is not judged by one."""
    text = ENGINE.replace("self._prev = children", "self._prev = set(children)")
    assert judged(tmp_path, text, "forward_twice", "output") == "proved"
    assert judged(tmp_path, text, "gradients", BOTH) == "not read"
