r"""Claims as textbooks, papers, answers, documentation and code print them, by what is special about them.

Which are right follows from the definition, h_i = \sum_k w_k x_{s i + d k - p}, and its derivatives; for each table of
formulas with indices, the right ones are computed once more by plain loops.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, Notation, check
from symconv.errors import SymconvError
from symconv.layers import Layer

n, K, s, C, G, N, m = sp.symbols("n K s C G N m", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
ONE: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "bias": False}
PLAIN: dict[str, Any] = {**ONE, "stride": 1, "padding": 0, "dilation": 1}
SMALL, SQUARE = Conv(3, 2), Conv((3, 3), (2, 2))
LINE, IMAGE, FULL = Conv.general(1, **PLAIN), Conv.general(2, **PLAIN), Conv.general(1)
FLIPPED = Conv.general(2, **PLAIN, flip=True)
EQUAL = Conv((n, n), (K, K))
BATCH, PADDED, STRIDED = Conv(n, K, batch_size=N), Conv(n, K, padding=p), Conv(n, K, stride=s)
GROUPS = Conv(n, K, in_channels=4, out_channels=6, groups=2)
DEPTHWISE = Conv(n, K, in_channels=C, out_channels=C, groups=C)
MANY = Conv((n, n), (K, K), in_channels=C, out_channels=m, stride=s, bias=True)
MULTIPLIED = Conv(n, K, in_channels=C, out_channels=2 * C, groups=C)
COLUMNS = Conv(3, 2, notation=Notation(vectors="column"))
TALL, WIDE = (
    r"\begin{bmatrix} w_1 & 0 \\ w_2 & w_1 \\ 0 & w_2 \end{bmatrix}",
    (r"\begin{bmatrix} w_1 & w_2 & 0 \\ 0 & w_1 & w_2 \end{bmatrix}"),
)

Row = tuple[Layer, str, str, str]
"""A layer, a claim, the verdict or "error", and words of the report or of the error."""

DENSE: list[Row] = [
    (LINE, "h = W x", "proved", "W is the dense weight v"),
    (LINE, r"\mathbf{h} = \mathbf{W}\mathbf{x}", "proved", "v has the outputs down the rows"),
    (LINE, "h = W^T x", "proved", "v has the outputs across the columns"),
    (FULL, r"\mathbf{h} = \mathbf{W}\mathbf{x} + \mathbf{b}", "proved", "outputs down the rows"),
    (SMALL, "y = Wx", "proved", "W is the dense weight v"),
    (SMALL, "y = Ax", "proved", "A is the dense weight v"),
    (Conv(3, 2, bias=True), "y = Wx + b", "proved", ""),
    (SMALL, "y = Wx + b", "refuted", "the layer has no bias; the rest is right"),
    (SMALL, "y = x * w + b", "refuted", "the layer has no bias; the rest is right"),
    (SMALL, r"\frac{\partial L}{\partial x} = W^T \frac{\partial L}{\partial y}", "proved", "outputs down the rows"),
    (LINE, r"\frac{\partial L}{\partial \mathbf{x}} = \mathbf{W}^T \boldsymbol{\delta}", "proved", ""),
    (LINE, r"\frac{\partial L}{\partial \mathbf{W}} = \boldsymbol{\delta} \mathbf{x}^T", "proved", "grad_matrix"),
    (LINE, "dL/dW = x^T delta", "proved", "vectors are rows"),
    (SMALL, "dW = X^T dh", "proved", "vectors are rows"),
    (SMALL, "dW = dh X^T", "proved", "v has the outputs down the rows"),
    (Conv(3, 1), "dL/dW = x^T delta", "proved", "vectors are rows"),
    (LINE, "h = 2 W x", "refuted", ""),
    (LINE, "h = W W x", "refuted", ""),
    (Conv(3, 2, bias=True), r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}", "proved", "W^(l) is the dense weight v"),
    (SMALL, "W = " + WIDE, "proved", "outputs down the rows"),
    (SMALL, "T = " + TALL, "proved", "outputs across the columns"),
    (SMALL, r"T = \begin{bmatrix} w_2 & w_1 & 0 \\ 0 & w_2 & w_1 \end{bmatrix}", "refuted", ""),
    (SMALL, "v = " + WIDE, "refuted", "it is the transpose of the right matrix"),
    (SMALL, "h = " + WIDE + " x", "proved", ""),
    (SMALL, "h = x " + WIDE, "refuted", ""),
    (SMALL, r"h = \begin{bmatrix} X_1 & X_2 \\ X_2 & X_3 \end{bmatrix}\begin{bmatrix} w_1 \\ w_2 \end{bmatrix}",
     "proved", ""),
    (LINE, "W_{ij} = w_{j-i}", "proved", "W has the outputs down the rows"),
    (LINE, "T_{i,j} = w_{j-i}", "proved", "T is the dense weight"),
    (LINE, "T_{i,j} = w_{i-j}", "proved", "T is the dense weight"),
    (LINE, "T_{i,j} = w_{i+j}", "refuted", "T is the dense weight"),
    (LINE, "v_{ji} = w_{j-i}", "proved", ""),
]  # fmt: skip
CHAINS: list[Row] = [
    (IMAGE, r"S(i,j) = (I*K)(i,j) = \sum_m \sum_n I(m,n) K(i-m,j-n)",
     "refuted", "the kernel's index has the wrong sign"),
    (IMAGE, r"S(i,j) = (I*K)(i,j) = \sum_m \sum_n I(i+m,j+n) K(m,n)", "proved", "* is the cross-correlation"),
    (IMAGE, r"s(i,j) = (I \ast K)(i,j) = \sum_m \sum_n I(i+m,j+n) K(m,n)", "proved", "s is the output"),
    (IMAGE, r"S(i,j) = (K*I)(i,j) = \sum_m \sum_n I(i-m,j-n) K(m,n)", "refuted", "K is the kernel"),
    (FLIPPED, r"S(i,j) = (I*K)(i,j) = \sum_m \sum_n I(m,n) K(i-m,j-n)", "refuted",
     "the position that is read is K1 - 1 and K2 - 1 too small"),
    (LINE, r"s(t) = (x * w)(t) = \sum_{a=-\infty}^{\infty} x(a) w(t-a)", "refuted", "s is the output"),
    (LINE, r"y_i = (w \star x)_i = \sum_{k=0}^{K-1} w_k x_{i+k}", "proved", "it is the cross-correlation"),
    (LINE, r"y = x * w = \sum_k w_k x_{i+k}", "proved", "* is the cross-correlation"),
    (LINE, r"y = x * w = \sum_k w_k x_{i-k}", "refuted", "the kernel's index has the wrong sign"),
    (LINE, r"(x * w)[i] = \sum_k w[k] x[i+k]", "proved", ""),
]  # fmt: skip
NAMES: list[Row] = [
    (IMAGE, r"\frac{\partial L}{\partial W} = X * \frac{\partial L}{\partial Y}", "proved", "Y is the output"),
    (IMAGE, r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} *_{full} rot_{180}(W)", "proved", ""),
    (IMAGE, r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} *_{full} W", "proved",
     "* is the convolution of mathematics"),
    (IMAGE, r"\frac{\partial L}{\partial F} = \text{Convolution}(X, \frac{\partial L}{\partial O})", "proved",
     "F is the kernel"),
    (IMAGE, r"\delta^{l} = \text{rot180}(w^{l+1}) * \delta^{l+1}", "proved", "w^(l+1) is the kernel"),
    (IMAGE, r"\frac{\partial E}{\partial X} = conv(\frac{\partial E}{\partial O}, F, 'full')", "refuted",
     "the kernel must be flipped the other way"),
    (SMALL, r"Z^{[l]} = W^{[l]} * A^{[l-1]}", "proved", "A^(l-1) is the input"),
    (SMALL, r"dW^{[l]} = dZ^{[l]} * A^{[l-1]}", "proved", "A^(l-1) is the input"),
    (SMALL, "foo = bar * baz", "error", "the left side is not a quantity"),
    (PADDED, "Z = zero_pad(X) * W", "proved", "Z is the output"),
    (IMAGE, "O = I * F", "proved", "I is the input"),
    (LINE, "S = I * K", "proved", "K is the kernel"),
    (IMAGE, "out = signal.convolve2d(X, W, 'valid')", "refuted", "flipped the other way"),
    (IMAGE, "out = scipy.signal.correlate2d(X, W, 'valid')", "proved", ""),
    (LINE, "dX = np.convolve(dY, W, mode='full')", "proved", ""),
    (EQUAL, r"x_{ij}^{\ell} = \sum_{a=0}^{m-1} \sum_{b=0}^{m-1} \omega_{ab} y_{(i+a)(j+b)}^{\ell - 1}",
     "proved", "m is K"),
    (SQUARE, r"dX_{22} = dO_{11}F_{22} + dO_{12}F_{21} + dO_{21}F_{12} + dO_{22}F_{11}", "proved", "F is the kernel"),
    (SQUARE, r"dX_{22} = dO_{11}F_{11} + dO_{12}F_{12} + dO_{21}F_{21} + dO_{22}F_{22}", "refuted", ""),
    (ConvTranspose(n, K, stride=s, padding=p), "o' = s(i' - 1) + k - 2p", "proved", ""),
    (ConvTranspose(n, K, stride=s, padding=p),
     r"H_{out} = (H_{in}-1) \times stride - 2 \times padding + kernel\_size + 1",
     "refuted", "1 too large"),
]  # fmt: skip
INDICES: list[Row] = [
    (FULL, r"h_{o,i} = \sum_c \sum_k w_{o,c}[k] x_c[s i + d k - p] + b_o", "proved", ""),
    (FULL, r"y^{(o)}[i] = b^{(o)} + \sum_c \sum_k w^{(o,c)}[k] x^{(c)}[s i + d k - p]", "proved", ""),
    (FULL, r"y_o[i] = b_o + \sum_{c}\sum_k w_{oc}[k] x_c[s i + d k - p]", "proved", ""),
    (FULL, r"y_o(i) = b_o + \sum_{c}\sum_k w_{oc}(k) x_c(s i + d k - p)", "proved", ""),
    (FULL, r"y_o(i) = b_o + \sum_{c}\sum_k w_{oc}(k) x_c(s i + d k)", "refuted", "the padding is left out"),
    (FULL, r"y_{o,i} = b_o + \sum_{c=1}^{C_{in}} \sum_{k=0}^{K-1} w_{o,c,k} x_{c,s i + d k - p}",
     "proved", "c counts from 1"),
    (FULL, r"y_{o,i} = b_o + \sum_{c=1}^{C_{in}-1} \sum_{k=0}^{K-1} w_{o,c,k} x_{c,s i + d k - p}", "refuted",
     "leaves out its first term"),
    (GROUPS, r"y_{o,i} = \sum_{c=0}^{1}\sum_k w_{o,c,k} x_{2\lfloor o/3 \rfloor + c, i+k}",
     "proved", "through all groups"),
    (GROUPS, r"y_{o,i} = \sum_{c=0}^{1}\sum_k w_{o,c,k} x_{c, i+k}", "refuted", "through all groups"),
    (GROUPS, r"y_{o,i} = \sum_{c=0}^{1}\sum_k w_{o,c,k} x_{3\lfloor o/2 \rfloor + c, i+k}", "refuted", ""),
    (GROUPS, r"y_{g,o,i} = \sum_{c,k} w_{g,o,c,k} x_{g,c,i+k}", "proved", ""),
    (DEPTHWISE, r"y_{c,i} = \sum_k w_{c,0,k} x_{c,i+k}", "proved", ""),
    (DEPTHWISE, r"y_{c,i} = \sum_k w_{c,k} x_{c,i-k}", "refuted", "wrong sign"),
    (MULTIPLIED, r"y_{o,i} = \sum_k w_{o,0,k} x_{\lfloor o/2 \rfloor,i+k}", "proved", "through all groups"),
    (MULTIPLIED, r"y_{o,i} = \sum_k w_{o,0,k} x_{\lfloor o/3 \rfloor,i+k}", "refuted", ""),
    (GROUPS, r"\frac{\partial L}{\partial w_{o,c,k}} = \sum_i \delta_{o,i} x_{2\lfloor o/3 \rfloor + c, i+k}", "proved",
     "o/3 is rounded down"),
    (GROUPS, r"\frac{\partial L}{\partial w_{o,c,k}} = \sum_i \delta_{o,i} x_{c, i+k}", "refuted", ""),
    (Conv(n, K, in_channels=2 * G, out_channels=3 * G, groups=G),
     "y[o,i] = sum(c, k, w[o,c,k] x[2*floor(o/3)+c, i+k])", "proved", "o/3 is rounded down"),
    (FULL, "y[i,o] = b[o] + sum(k, c, x[s i + d k - p, c] w[k,c,o])", "proved", "last indices"),
    (LINE, r"h_i = \sum_k w_k x_{i+k} + b", "refuted", "the layer has no bias; the rest is right"),
    (IMAGE, r"h_{ij} = \sum_{a,b} w_{ab} x_{i+a,j+b} + b", "refuted", "the layer has no bias; the rest is right"),
    (SMALL, "h1 = w1*X1 + w2*X2 + b", "refuted", "the layer has no bias; the rest is right"),
    (LINE, r"v_{j,i} = \begin{cases} w_{j-i} & 0 \le j-i < K \\ 0 & \text{otherwise} \end{cases}", "proved", ""),
    (LINE, r"\frac{\partial y_i}{\partial x_j} = \begin{cases} w_{j-i} & \text{if } 0 \le j-i < K \\ 0 & \text{else}"
     r" \end{cases}", "proved", ""),
    (LINE, r"\frac{\partial y_i}{\partial x_j} = \begin{cases} w_{j-i} & \text{if } 0 \le j-i < K-1 \\ 0 & \text{else}"
     r" \end{cases}", "refuted", ""),
    (LINE, "n - K", "error", "it names no entry and no tensor"),
]  # fmt: skip
PARTS: list[Row] = [
    (BATCH, r"\frac{\partial L}{\partial w_k} = \sum_{b=1}^{N} \sum_i \delta^{(b)}_i x^{(b)}_{i+k}",
     "proved", "b counts from 1"),
    (BATCH, r"\frac{\partial L}{\partial w_k} = \frac{1}{N} \sum_{b} \sum_i \delta_{b,i} x_{b,i+k}", "refuted",
     "the right formula is not divided by N"),
    (BATCH, r"\frac{\partial L_b}{\partial w_k} = \sum_i \delta_{b,i} x_{b,i+k}",
     "proved", "L_b is what example b adds to L"),
    (BATCH, r"\frac{\partial L^{(b)}}{\partial w_k} = \sum_i \delta^{(b)}_i x^{(b)}_{i-k}", "refuted", "wrong sign"),
    (LINE, r"\frac{\partial L_i}{\partial w_k} = \delta_i x_{i+k}", "proved", "L_i is what patch i adds to L"),
    (IMAGE, r"\frac{\partial L_{ij}}{\partial w_{ab}} = \delta_{ij} x_{i+a,j+b}", "proved", "patch i, j"),
    (SMALL, r"\frac{\partial L_1}{\partial w_1} = \delta_1 X_1", "error", "only derivatives of the loss are read"),
]  # fmt: skip
DX = r"\frac{\partial L}{\partial x_j} ="
LIMITS: list[Row] = [
    (LINE, DX + r" \sum_{i=\max(0, j-K+1)}^{\min(j, n-K)} \delta_i w_{j-i}", "proved", ""),
    (LINE, DX + r" \sum_{i=\max\{0, j-K+1\}}^{\min\{j, n-K\}} \delta_i w_{j-i}",
     "proved", ""),
    (LINE, DX + r" \sum_{i=\max(0, j-K+2)}^{\min(j, n-K)} \delta_i w_{j-i}",
     "refuted", "last term"),
    (PADDED, "y[i] = sum(k=max(0,p-i)..min(K-1,n-1+p-i), w[k] x[i+k-p])", "proved", ""),
    (PADDED, "y[i] = sum(w[k]*x[i+k-p] for k in range(max(0,p-i), min(K, n+p-i)))", "proved", ""),
    (PADDED, "y[i] = sum(w[k]*x[i+k-p] for k in range(max(1,p-i), min(K, n+p-i)))", "refuted", "first term"),
    (STRIDED, DX + r" \sum_{i=\lceil (j-K+1)/s \rceil}^{\lfloor j/s \rfloor} \delta_i w_{j - s i}",
     "proved", "j/s is rounded down"),
    (STRIDED, DX + r" \sum_{i=\lfloor (j-K+1)/s \rfloor}^{\lfloor j/s \rfloor} \delta_i w_{j - s i}",
     "proved", ""),
    (STRIDED, DX + r" \sum_{i=\max(0, \lceil (j-K+1)/s \rceil)}^{\min(\lfloor j/s \rfloor, m-1)}"
     r" \delta_i w_{j - s i}", "proved", ""),
    (STRIDED, DX + r" \sum_{i=\lceil (j-K)/s \rceil + 1}^{\lfloor j/s \rfloor} \delta_i w_{j - s i}",
     "refuted", ""),
    (STRIDED, "dx[j] = sum(w[j - s*i]*dy[i] for i in range((j-K+s)//s, j//s + 1))", "proved", ""),
    (STRIDED, "dx[j] = sum(w[j - s*i]*dy[i] for i in range((j-K+s)//s, j//s))", "refuted", ""),
    (LINE, r"h_i = \lfloor i/2 \rfloor w_0 x_i", "error", "stands outside an index"),
    (LINE, r"y_i = \sum_{k=0}^{w_0} x_{i+k} w_k", "error", "an entry of a tensor stands in an index"),
    (LINE, r"h_i = \max(0, x_i)", "error", "max is read at the end of a sum"),
    (FULL, r"h_{o, i} = b_o + \sum_{0 \le c \le C_in-1} \sum_k W_{o, c, k} x_{c, s i+d k-p}", "proved", ""),
]  # fmt: skip
CODE: list[Row] = [
    (STRIDED, "for i in range(m):\n  for k in range(K):\n    dx[i*s+k] += w[k]*dy[i]", "proved", ""),
    (STRIDED, "for i in range(m):\n  for k in range(K):\n    dx[i+k] += w[k]*dy[i]",
     "refuted", "the stride is left out"),
    (IMAGE, "dW += x[i:i+K1, j:j+K2] * dout[i, j]", "proved", "it is added up over i, j"),
    (IMAGE, "dW += x[i:i+K1, j:j+K2] * dout[j, i]", "refuted", ""),
    (IMAGE, "dx[i:i+K1, j:j+K2] += w * dout[i, j]", "proved", ""),
    (IMAGE, "dx[i:i+K1, j:j+K2] += w * dout[j, i]", "refuted", ""),
    (STRIDED, "dx[i*s:i*s+K] += w * dout[i]", "proved", ""),
    (STRIDED, "dx[i:i+K] += w * dout[i]", "refuted", "the stride is left out"),
    (MANY, "out[f, i, j] = np.sum(x[:, i*s:i*s+K, j*s:j*s+K] * w[f]) + b[f]", "proved", ""),
    (MANY, "out[f, i, j] = np.sum(x[:, i*s:i*s+K, j*s:j*s+K] * w[f, :, :, :]) + b[f]", "proved", ""),
    (MANY, "out[f, i, j] = np.sum(x[:, i*s:i*s+K, j*s:j*s+K] * w[f])", "refuted", "the bias is left out"),
    (MaxPool(4, 2), "y1 = max(x1, x2), y2 = max(x3, x4)", "proved", ""),
    (MaxPool(4, 2), "y1 = max(x1, x2), y2 = max(x2, x3)", "refuted", ""),
    (MaxPool((n, n), (2, 2)), r"y_{i,j} = \max(x_{2i,2j}, x_{2i+1,2j}, x_{2i,2j+1}, x_{2i+1,2j+1})", "proved", ""),
    (AvgPool((n, n), (K, K)), r"y_{ij} = \frac{1}{K} \sum_{a=0}^{K-1}\sum_{b=0}^{K-1} x_{K i + a, K j + b}",
     "refuted", ""),
]  # fmt: skip
SAME, EVEN = Conv(n, K, padding="same"), Conv(n, 4, padding=((1, 2),))
LAST = Conv((n, n), (K, K), in_channels=C, out_channels=m, batch_size=N, stride=s)
BACK, SHIFTED = ConvTranspose(n, K, stride=s), ConvTranspose(n, K, stride=s, padding=p)
LIBRARIES: list[Row] = [
    (LAST, "output[b, i, j, k] = sum_{di, dj, q} "
     "input[b, strides[1] * i + di, strides[2] * j + dj, q] * filter[di, dj, q, k]",
     "proved", "last indices"),
    (LAST, "output[b, i, j, k] = sum_{di, dj, q} "
     "input[b, strides[1] * i + dj, strides[2] * j + di, q] * filter[di, dj, q, k]",
     "refuted", ""),
    (EVEN, r"y_i = \sum_{k=0}^{3} w_k x_{i+k-1}", "proved", ""),
    (EVEN, r"y_i = \sum_{k=0}^{3} w_k x_{i+k-2}", "refuted", ""),
    (EVEN, r"y_i = \sum_{k=-1}^{2} w_{k+1} x_{i+k}", "proved", ""),
    (EVEN, r"\frac{\partial L}{\partial x_j} = \sum_k w_k \delta_{j-k+1}", "proved", ""),
    (EVEN, r"\frac{\partial L}{\partial x_j} = \sum_k w_k \delta_{j-k+2}", "refuted", ""),
    (SAME, r"y_i = \sum_k w_k x_{i+k-\lfloor (K-1)/2 \rfloor}", "proved", ""),
    (SAME, r"y_i = \sum_k w_k x_{i+k-\lfloor K/2 \rfloor}", "refuted", ""),
    (SAME, r"m = \lceil n/s \rceil", "proved", ""),
    (BACK, "y[s*i + k] += x[i]*w[k]", "proved", ""),
    (BACK, "y[i + s*k] += x[i]*w[k]", "refuted", ""),
    (BACK, "for i in range(n):\n    y[i*s:i*s+K] += x[i]*w", "proved", ""),
    (BACK, "for i in range(n):\n    y[i:i+K] += x[i]*w", "refuted", "the stride is left out"),
    (BACK, "y = W^T x", "proved", "W is the dense weight v"),
    (BACK, "y = upsample(x, s) *_{full} w", "proved", "* is the convolution of mathematics"),
    (BACK, "y = x *_{full} w", "refuted", ""),
    (SHIFTED, "y[s*i + k - p] += x[i]*w[k]", "proved", ""),
    (SHIFTED, "y[s*i + k + p] += x[i]*w[k]", "refuted", "the padding has the wrong sign"),
    (LINE, r"y_i = \sum_{k=-r}^{r} w_k x_{i+k}", "error", "the sum runs from -r to r"),
]  # fmt: skip
ROWS = [*LIBRARIES, *DENSE, *CHAINS, *NAMES, *INDICES, *PARTS, *LIMITS, *CODE]


@pytest.mark.parametrize(("layer", "claim", "verdict", "words"), ROWS, ids=[row[1][:70] for row in ROWS])
def test_a_claim_as_it_is_printed(layer: Layer, claim: str, verdict: str, words: str) -> None:
    if verdict == "error":
        with pytest.raises(SymconvError) as caught:
            check(layer, claim)
        assert words in str(caught.value)
    else:
        report = check(layer, claim)
        assert report.status == verdict and words in str(report), str(report)


def test_a_matrix_of_columns_has_the_outputs_down_the_rows() -> None:
    assert check(COLUMNS, WIDE, "matrix").read_as[-1] == "the outputs are down the rows"
    assert check(COLUMNS, TALL, "matrix").holds
    assert not check(COLUMNS, r"\begin{bmatrix} w_2 & w_1 & 0 \\ 0 & w_2 & w_1 \end{bmatrix}", "matrix").holds


def test_a_name_of_the_notation_is_not_the_dense_weight() -> None:
    with pytest.raises(SymconvError):
        check(Conv(3, 2, notation=Notation(weight="W")), "h = W x")


# -- the same by plain loops --------------------------------------------------------------------------


def test_parts_of_the_gradient_are_those_of_loops() -> None:
    """What each example and each patch adds, of small layers with random whole numbers."""
    draw = np.random.default_rng(3)
    for stride, size in product((1, 2), (3, 5)):
        layer = Conv(size, 2, stride=stride, batch_size=2)
        x, w = (draw.integers(-5, 6, shape) for shape in (layer.input_shape, layer.weight_shape))
        delta = draw.integers(-5, 6, layer.output_shape)
        given = {"X": x, "w": w, "delta": delta}
        patches = layer.views["patches"]
        by_example = patches.example_grad_weight.evaluate(**{name: given[name] for name in ("X", "delta")})
        for e, k in product(range(2), range(2)):
            own = sum(int(delta[e, 0, i] * x[e, 0, stride * i + k]) for i in range(delta.shape[-1]))
            assert by_example[e, 0, 0, k] == own
    with pytest.raises(SymconvError, match="no batch"):
        Conv(3, 2).views["patches"].example_grad_weight  # noqa: B018


def test_channels_through_all_groups_are_those_of_loops() -> None:
    """y[o, i] = sum(c, k, w[o, c, k] x[2*floor(o/3) + c, i + k]) with PyTorch's arrays."""
    draw = np.random.default_rng(4)
    layer = Conv(4, 2, in_channels=4, out_channels=6, groups=2)
    x, w = draw.integers(-5, 6, layer.input_shape), draw.integers(-5, 6, layer.weight_shape)
    right = layer.direct.output.evaluate(X=x, w=w)
    for o, i in product(range(6), range(3)):
        assert right[o, i] == sum(int(w[o, c, k] * x[2 * (o // 3) + c, i + k]) for c in range(2) for k in range(2))


# -- ends of sums that are rounded, against loops -------------------------------------------------------

LOWS = ("(j-K+1)//s", "(j-K+s)//s", "max(0, (j-K+s)//s)", "(j-K)//s + 1", "(j-K)//s + 2", "(j-K+2*s-1)//s", "0")
HIGHS = ("j//s + 1", "j//s", "min(j//s + 1, m)", "(j+s)//s", "(j+1)//s", "m", "(j-1)//s + 1")
SHAPES = [
    (size, kernel, stride) for size in range(1, 8) for kernel in range(1, min(size, 4) + 1) for stride in (1, 2, 3)
]


def is_right(low: str, high: str) -> bool:
    """Whether dx[j] has exactly the products w[j - s i] dy[i], each once, at many shapes."""
    code = [compile(one, one, "eval") for one in (low, high)]
    for size, kernel, stride in SHAPES:
        outputs = (size - kernel) // stride + 1
        for j in range(size):
            known = {"j": j, "K": kernel, "s": stride, "m": outputs, "max": max, "min": min, "__builtins__": {}}
            first, end = (eval(one, known) for one in code)  # of this file's own texts
            wanted = {i for i in range(outputs) if 0 <= j - stride * i < kernel}
            if wanted != {i for i in range(first, end) if 0 <= i < outputs and 0 <= j - stride * i < kernel}:
                return False
    return True


def test_ends_of_sums_that_are_rounded_are_those_of_loops() -> None:
    seen = set()
    for low, high in product(LOWS, HIGHS):
        report = check(STRIDED, f"dx[j] = sum(w[j - s*i]*dy[i] for i in range({low}, {high}))")
        right = is_right(low, high)
        seen.add(right)
        assert report.status == ("proved" if right else "refuted"), (low, high, str(report))
    assert seen == {True, False}
