"""List comprehensions, several equations about whole tensors, and entries that are the rest of a tensor."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, check
from symconv.claims.parse.rewriting import equations, item_by_item
from symconv.layers import Layer

n, K, s, d, p, N = sp.symbols("n K s d p N", integer=True, positive=True)
H, W, KH, KW = sp.symbols("H W KH KW", integer=True, positive=True)
C_in, C_out = sp.symbols("C_in C_out", integer=True, positive=True)
LINE, STRIDED, PLANE = Conv(n, K), Conv(n, K, stride=s), Conv((H, W), (KH, KW))
SQUARE = Conv.general(2, in_channels=1, out_channels=1, bias=False, stride=1, padding=0, dilation=1)
ALL = {"in_channels": C_in, "out_channels": C_out, "bias": True, "batch_size": N}
PYTORCH = (
    r"\text{out}(N_i, C_{\text{out}_j}) = \text{bias}(C_{\text{out}_j}) + "
    r"\sum_{k = 0}^{C_{in} - 1} \text{weight}(C_{\text{out}_j}, k) \star \text{input}(N_i, k)"
)

ROWS: list[tuple[Layer, str, str]] = [
    (LINE, "h = [sum(w[k]*x[i+k] for k in range(K)) for i in range(n-K+1)]", "proved"),
    (LINE, "h = np.array([sum(w[k]*x[i+k] for k in range(K)) for i in range(n - K + 1)])", "proved"),
    (LINE, "h = [sum(w[k]*x[i+k] for k in range(K)) for i in range(n-K)]", "refuted"),
    (LINE, "h = [sum(w[k]*x[i+k] for k in range(K)) for i in range(n-K+2)]", "refuted"),
    (LINE, "h = [sum(w[k]*x[i-k] for k in range(K)) for i in range(n-K+1)]", "refuted"),
    (LINE, "dw = [sum(delta[i]*x[i+k] for i in range(n-K+1)) for k in range(K)]", "proved"),
    (LINE, "dw = [sum(delta[i]*x[i+k] for i in range(n-K+1)) for k in range(K-1)]", "refuted"),
    (STRIDED, "y = [sum(w[k] * x[i*s + k] for k in range(K)) for i in range((n-K)//s + 1)]", "proved"),
    (STRIDED, "y = [sum(w[k] * x[i*s + k] for k in range(K)) for i in range((n-K+1)//s)]", "refuted"),
    (PLANE, "y = [[sum(w[a][b]*x[i+a][j+b] for a in range(KH) for b in range(KW)) for j in range(W-KW+1)] "
            "for i in range(H-KH+1)]", "proved"),
    (PLANE, "y = [[sum(w[a][b]*x[i+a][j+b] for a in range(KH) for b in range(KW)) for j in range(H-KH+1)] "
            "for i in range(W-KW+1)]", "refuted"),
    (LINE, "y = x * w, dL/dw = x * delta, dL/dx = delta *_full rot180(w)", "proved"),
    (LINE, "dW = conv(x, dy)\ndX = conv_full(dy, flip(w))", "proved"),
    (LINE, "dW = conv(x, dy); dX = conv_full(dy, flip(flip(x)))", "refuted"),
    (STRIDED, "dW = conv(x, dy); dX = conv_full(dy, flip(w))", "refuted"),
    (Conv(n, K, **ALL), PYTORCH, "proved"),
    (Conv((H, W), (KH, KW), **ALL), PYTORCH, "proved"),
    (Conv(n, K, stride=s, padding=p, dilation=d, **ALL), PYTORCH, "proved"),
    (Conv(n, K, **ALL), PYTORCH.replace(r"\text{bias}(C_{\text{out}_j}) + ", ""), "refuted"),
    (Conv(n, K, **ALL), PYTORCH.replace("- 1}", "- 2}"), "refuted"),
    (Conv(n, K, **{**ALL, "out_channels": C_in}), PYTORCH.replace("_j}, k)", r"_j}, C_{\text{out}_j})"), "refuted"),
    (LINE, r"\frac{\partial L}{\partial w_k} = \sum_{i=0}^{N-m} \delta_i x_{i+k}", "proved"),
    (LINE, r"\frac{\partial L}{\partial w_k} = \sum_{i=0}^{N-m-1} \delta_i x_{i+k}", "refuted"),
    (LINE, "O = I * F", "proved"), (LINE, "out = in * kernel", "proved"), (LINE, "O = I * I", "refuted"),
    (LINE, "O = I - F + 1", "proved"), (LINE, "m = n * K", "refuted"), (LINE, "O = I + F - 1", "refuted"),
    (LINE, r"y_i = \sum_{j=0}^{k-1} w_j x_{i+j}", "proved"),
    (LINE, r"y_i = \sum_{j=1}^{k-1} w_j x_{i+j}", "refuted"),
    (PLANE, r"\frac{\partial E}{\partial w_{m',n'}} = "
            r"\sum_{i=0}^{H-kh}\sum_{j=0}^{W-kw} \delta_{i,j} o_{i+m', j+n'}", "proved"),
    (SQUARE, r"\frac{\partial E}{\partial w_{m',n'}^l} = "
             r"\sum_{i=0}^{H-k_1}\sum_{j=0}^{W-k_2} \delta^l_{i,j} o^{l-1}_{i+m', j+n'}", "proved"),
    (SQUARE, r"\frac{\partial E}{\partial w_{m',n'}^l} = "
             r"\sum_{i=0}^{H-k_1}\sum_{j=0}^{W-k_1} \delta^l_{i,j} o^{l-1}_{i+m', j+n'}", "refuted"),
    (SQUARE, r"\frac{\partial E}{\partial x_{a,b}} = "
             r"\sum_{m=0}^{k_1-1}\sum_{n=0}^{k_2-1} \delta_{a-m,b-n} w_{m,n}", "proved"),
    (SQUARE, r"\frac{\partial E}{\partial x_{a,b}} = "
             r"\sum_{m=0}^{k_1-2}\sum_{n=0}^{k_2-1} \delta_{a-m,b-n} w_{m,n}", "refuted"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "verdict"), ROWS, ids=[row[1][:60] for row in ROWS])
def test_a_claim_in_other_words(layer: Layer, claim: str, verdict: str) -> None:
    assert check(layer, claim).status == verdict


def test_lengths_of_lists_are_those_of_python() -> None:
    """A list with any length near the right one, by Python itself."""
    for size, kernel, stride in ((5, 2, 1), (6, 3, 2), (7, 2, 3)):
        x, w = np.arange(1, size + 1) ** 2, np.arange(3, 3 + kernel)
        right = [int(w @ x[i : i + kernel]) for i in range(0, size - kernel + 1, stride)]
        for more in (-1, 0, 1):
            length = f"({size} - {kernel})//{stride} + {1 + more}"
            reach = range((size - kernel) // stride + 1 + more)
            found = [sum(int(w[k] * x[i * stride + k]) for k in range(kernel) if i * stride + k < size) for i in reach]
            claim = f"y = [sum(w[k]*x[i*{stride} + k] for k in range({kernel})) for i in range({length})]"
            assert check(Conv(size, kernel, stride=stride), claim, index_base=0).holds == (found == right), claim


def test_the_reading_is_said() -> None:
    report = check(Conv(n, K, **ALL), PYTORCH)
    assert "the star is the layer's own operation" in report.read_as[0]
    report = check(LINE, ROWS[2][1])
    assert "items" in str(report)


def test_what_is_not_written_in_that_way_stays() -> None:
    for text in ("h = [w[0]*x[0], w[1]*x[1]]", "h[i] = sum(k, w[k]*x[i+k])", "h = [1 for i in y]", "for", "[for]", ""):
        assert item_by_item(text) == (text, [])
    assert equations("h1 = a, b") == ["h1 = a, b"]
    assert equations("a = b;c = d") == ["a = b", "c = d"]
