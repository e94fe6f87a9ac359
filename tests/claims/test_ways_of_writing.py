r"""Tables of claims by the way in which they are written, each with the verdict that plain loops give it.

Which formulas are right follows from the definition, h_i = \sum_k w_k x_{s i + d k - p}, and its
derivatives.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, Notation, check
from symconv.errors import ClaimError, SymconvError
from symconv.layers import Layer

n, K, s = sp.symbols("n K s", integer=True, positive=True)
ONE: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "bias": False}
SMALL, PLANE, DILATED = Conv(3, 2), Conv((3, 3), (2, 2)), Conv((4, 4), (2, 2), dilation=2)
LINE = Conv.general(1, stride=1, padding=0, dilation=1, **ONE)
STRIDED = Conv.general(1, padding=0, dilation=1, **ONE)
FULL = Conv.general(1, **ONE)
IMAGE = Conv.general(2, stride=1, padding=0, dilation=1, **ONE)
BIASED = Conv.general(1, stride=1, padding=0, dilation=1, in_channels=1, out_channels=1, bias=True)
SHORT, SQUARE = Conv(n, 2), Conv((n, n), (K, K))
CHANNELS = Conv.general(1)
BACK = ConvTranspose.general(1, output_padding=0, **ONE)

TABLES: dict[str, list[tuple[Layer, str, str]]] = {
    "containers": [
        (SMALL, "[X1 X2 X3] conv [w1 w2] = [X1w1+X2w2  X2w1+X3w3]", "refuted"),
        (SMALL, "[X1 X2 X3] conv [w1 w2] = [X1w1+X2w2  X2w1+X3w2]", "proved"),
        (SMALL, r"[X1, X2, X3] \ast [w1, w2] = [X1w1+X2w2, X2w1+X3w2]", "proved"),
        (SMALL, "[X1w1+X2w2  X2w1+X3w3]", "refuted"),
        (SMALL, "[X1w1+X2w2, X2w1+X3w2]", "proved"),
        (SMALL, "[X1 w1 + X2 w2   X2 w1 + X3 w2]", "proved"),
        (SMALL, "[X1*w1 + X2*w2; X2*w1 + X3*w2]", "proved"),
        (SMALL, "[[X1*w1 + X2*w2, X2*w1 + X3*w2]]", "proved"),
        (SMALL, "[[X1*w1 + X2*w2], [X2*w1 + X3*w2]]", "proved"),
        (SMALL, "(X1w1 + X2w2, X2w1 + X3w2)", "proved"),
        (SMALL, "h = [X1w1 + X2w2, X2w1 + X3w2]", "proved"),
        (SMALL, "h := [X1w1 + X2w2, X3w2 + X2w2]", "refuted"),
        (SMALL, r"\begin{bmatrix} X_1 w_1 + X_2 w_2 & X_2 w_1 + X_3 w_2 \end{bmatrix}", "proved"),
        (SMALL, r"\mathbf{h} = \begin{pmatrix} w_1X_1+w_2X_2 \\ w_1X_2+w_2X_3 \end{pmatrix}", "proved"),
        (SMALL, r"h = \left[ \begin{array}{c} w_1X_1+w_2X_2 \\ w_1X_2+w_2X_2 \end{array} \right]", "refuted"),
        (SMALL, r"\begin{pmatrix} h_1 \\ h_2 \end{pmatrix} = \begin{pmatrix} w_1 X_1 + w_2 X_2 \\ w_1 X_2 + w_2 X_3"
         r" \end{pmatrix}", "proved"),
        (SMALL, r"\begin{aligned} h_1 &= w_1 X_1 + w_2 X_2 \\ h_2 &= w_1 X_2 + w_2 X_3 \end{aligned}", "proved"),
        (SMALL, r"\begin{align*} h_1 &= w_1 X_1 + w_2 X_2, \\ h_2 &= w_1 X_2 + w_1 X_3. \end{align*}", "refuted"),
        (SMALL, r"\begin{cases} h_1 = w_1 x_1 + w_2 x_2 \\ h_2 = w_1 x_2 + w_2 x_3 \end{cases}", "proved"),
        (SMALL, r"\left\{ \begin{array}{l} h_1 = w_1x_1 + w_2x_2 \\ h_2 = w_1x_2 + w_1x_3 \end{array} \right.",
         "refuted"),
        (SMALL, "v = [[w1, 0], [w2, w1], [0, w2]]", "proved"),
        (SMALL, "v = [[w1, w2, 0], [0, w1, w2]]", "refuted"),
        (SMALL, r"\frac{\partial L}{\partial X} = \begin{bmatrix} \delta_1 w_1 \\ \delta_1 w_2 + \delta_2 w_1 \\ "
         r"\delta_2 w_2 \end{bmatrix}", "proved"),
        (SMALL, "dL/dX = [delta1 w1, delta1 w2 + delta2 w2, delta2 w2]", "refuted"),
    ],
    "statements": [
        (SMALL, "h1 = X1*w1 + X2*w2; h2 = X2*w1 + X3*w2", "proved"),
        (SMALL, "$h_1 = X_1w_1+X_2w_2$ and $h_2 = X_2w_1+X_3w_2$.", "proved"),
        (SMALL, "h1 = X1w1+X2w2\nh2 = X2w1+X3w2", "proved"),
        (SMALL, "X1w1+X2w2\nX2w1+X3w2", "proved"),
        (SMALL, "v31=v12=0, v11=v22, v21=v32", "proved"),
        (SMALL, "v31=v12=0, v11=v22, v21=v11", "refuted"),
        (LINE, r"y_i = \sum_k w_k x_{i+k} = \sum_j w_{j-i} x_j", "proved"),
        (LINE, r"y_i = \sum_k w_k x_{i+k} = \sum_j w_{i-j} x_j", "refuted"),
        (LINE, r"y_i = \sum_k w_k x_{i-k} = \sum_j w_{j-i} x_j", "refuted"),
        (LINE, r"\begin{aligned} y_i &= \sum_k w_k x_{i+k} \\ &= \sum_j w_{j-i} x_j \end{aligned}", "proved"),
        (LINE, "y_i = \\sum_k\n w_k x_{i+k}", "proved"),
        (LINE, r"y_i = \sum_{k=0}^{K-1} w_k x_{i+k}, \quad i = 0, \dots, m-1", "proved"),
        (LINE, r"y_i = \sum_{k=0}^{K-1} w_k x_{i+k} \quad \text{for } i = 0, 1, \ldots, n-K", "proved"),
        (LINE, r"y_i = \sum_{k=0}^{K-1} w_k x_{i-k} \quad \forall i", "refuted"),
        (LINE, r"\[ y_i = \sum_{k} w_k x_{i+k}. \]", "proved"),
        (LINE, r"\begin{equation} y_i = \sum_{k} w_k x_{i+k} \tag{1} \label{a} \end{equation}", "proved"),
        (LINE, r"y_i = \sum_k w_k x_{i+k} % my formula", "proved"),
        (LINE, r"y_i=\sum_{k}w_{k}\cdot x_{i+k}\text{.}", "proved"),
    ],
    "sums": [
        (LINE, r"\sum_{k=0}^{K-1}w_kx_{i+k}", "proved"),
        (LINE, r"\sum^{K-1}_{k=0} w_{k} x_{i+k}", "proved"),
        (LINE, r"\sum_{k=-\infty}^{+\infty} w_k x_{i+k}", "proved"),
        (LINE, r"\sum_{0 \le k < K} w_k x_{i+k}", "proved"),
        (LINE, r"\sum_{0 < k < K} w_k x_{i+k}", "refuted"),
        (LINE, r"\sum_{k \ge 0} w_k x_{i+k}", "proved"),
        (LINE, r"\sum_{k \in \{0, \dots, K-1\}} w_k x_{i+k}", "proved"),
        (LINE, r"\sum_{k \in \{1, \dots, K-1\}} w_k x_{i+k}", "refuted"),
        (LINE, r"\sum_{k \in \mathbb{Z}} w_k x_{i+k}", "proved"),
        (FULL, r"\frac{\partial L}{\partial x_j} = \sum_{i, k : s i + d k - p = j} \delta_i w_k", "proved"),
        (FULL, r"\frac{\partial L}{\partial x_j} = \sum_{\substack{i, k \\ s i + d k - p = j}} \delta_i w_k", "proved"),
        (FULL, r"\frac{\partial L}{\partial x_j} = \sum_{\substack{i, k \\ s i + d k + p = j}} \delta_i w_k",
         "refuted"),
        (LINE, r"\frac{\partial L}{\partial x_j} = \sum_{i+k=j} \delta_i w_k", "proved"),
        (LINE, r"\frac{\partial L}{\partial x_j} = \sum_{i-k=j} \delta_i w_k", "refuted"),
        (LINE, r"y_i = w_0 x_i + \dots + w_{K-1} x_{i+K-1}", "proved"),
        (LINE, r"y_i = w_0 x_i + w_1 x_{i+1} + \cdots + w_{K-1} x_{i+K-1}", "proved"),
        (LINE, r"y_i = w_0 x_{i+K-1} + \dots + w_{K-1} x_i", "refuted"),
        (FULL, r"y_i = w_0 x_{s i - p} + w_1 x_{s i + d - p} + \cdots + w_{K-1} x_{s i + d(K-1)-p}", "proved"),
        (BIASED, r"y_i = b + w_0 x_i + \dots + w_{K-1} x_{i+K-1}", "proved"),
        (LINE, r"y_i = \sum_{k=1}^{K} w_k x_{i+k-1}", "proved"),
        (SHORT, "h_i = w_1 x_i + w_2 x_{i+1}", "proved"),
        (SHORT, "h_i = w_1 x_i + w_2 x_{i+2}", "refuted"),
        (SMALL, r"h_2 = \sum_{k=1}^2 w_k X_{k+1}", "proved"),
        (LINE, "dL/dw[k] = x[i+k] delta[i]", "proved"),
        (FULL, "dL/dx[j] = sum(k, w[k] delta[(j+p-d k)/s])", "refuted"),
        (LINE, "dL/dx[j] = sum(k, w[k] sum(q, delta[q] [q >= j-k] [q <= j-k]))", "proved"),
        (LINE, "dL/dx[j] = sum(k, w[k] sum(q, delta[q] [q >= j-k] [q <= j-k+1]))", "refuted"),
        (STRIDED, r"\frac{\partial L}{\partial x_j} = \sum_k w_k \delta_{\lfloor (j-k)/s \rfloor}", "refuted"),
        (LINE, r"\frac{\partial L}{\partial x_j} = \sum_k w_k \delta_{\lfloor (2j-2k)/2 \rfloor}", "proved"),
    ],
    "derivatives": [
        (LINE, r"\nabla_{w_k} L = \sum_i \delta_i x_{i+k}", "proved"),
        (LINE, r"\partial_{w_k} L = \sum_i \delta_i x_{i+k}", "proved"),
        (LINE, r"\dfrac{\partial L}{\partial w_k} = \sum_i \dfrac{\partial L}{\partial y_i} x_{i+k}", "proved"),
        (LINE, r"\frac{d L}{d w_k} = \sum_i \frac{d L}{d y_i} x_{i-k}", "refuted"),
        (LINE, r"\frac{dE}{dw_k} = \sum_i \frac{dE}{dy_i} x_{i+k}", "proved"),
        (LINE, r"\frac{\mathrm{d}J}{\mathrm{d}w_k} = \sum_i \frac{\mathrm{d}J}{\mathrm{d}z_i} x_{i+k}", "proved"),
        (LINE, "∂L/∂wₖ = ∑ᵢ δᵢ xᵢ₊ₖ", "proved"),
        (LINE, r"\frac{\partial \mathcal{L}}{\partial w_k} = \sum_i \delta_i x_{i+k}", "proved"),
        (FULL, "dw[k] = sum(i, dy[i] * x[i*s + k*d - p])", "proved"),
        (FULL, "grad_w[k] = sum(i, grad_output[i] * x[i*s + k*d + p])", "refuted"),
        (FULL, "dW[k] = sum(i, dZ[i] * X[i*s + k*d - p])", "proved"),
        (IMAGE, r"\frac{\partial E}{\partial x_{ij}} = \sum_{a}\sum_{b}"
         r" \frac{\partial E}{\partial y_{(i-a)(j-b)}} w_{ab}",
         "proved"),
    ],
    "layer numbers": [
        (IMAGE, r"\frac{\partial L}{\partial w^{(l)}_{a,b}} = \sum_{i,j} \delta^{(l)}_{i,j} x_{i+a,j+b}", "proved"),
        (IMAGE, r"\frac{\partial C}{\partial w^{l}_{a,b}} = \sum_i \sum_j \delta^{l}_{i,j} a^{l-1}_{i+a,j+b}",
         "proved"),
        (IMAGE, r"z^{l}_{i,j} = \sum_a \sum_b w^{l}_{a,b} a^{l-1}_{i+a,j+b}", "proved"),
        (IMAGE, r"z^{l}_{i,j} = \sum_a \sum_b w^{l}_{a,b} a^{l-1}_{i-a,j-b}", "refuted"),
        (IMAGE, r"x_{i,j}^{l} = \sum_a \sum_b w_{a,b}^{l} x_{i+a,j+b}^{l-1}", "proved"),
        (IMAGE, r"\delta^{l}_{i,j} = \sum_a\sum_b \delta^{l+1}_{i-a,j-b} w^{l+1}_{a,b}", "proved"),
        (IMAGE, r"\delta^{l}_{i,j} = \sum_a\sum_b \delta^{l+1}_{i+a,j+b} w^{l+1}_{a,b}", "refuted"),
    ],
    "names": [
        (IMAGE, r"[\mathbf{Y}]_{i,j} = \sum_{a,b} [\mathbf{W}]_{a,b} [\mathbf{X}]_{i+a,j+b}", "proved"),
        (IMAGE, r"S(i,j) = \sum_m\sum_n I(i+m,j+n) K(m,n)", "proved"),
        (IMAGE, r"S(i,j) = \sum_m\sum_n I(i-m,j-n) K(m,n)", "refuted"),
        (IMAGE, r"(I * K)_{ij} = \sum_m\sum_n I_{i+m,j+n} K_{m,n}", "proved"),
        (IMAGE, r"h_{ij} = \sum_{a,b} f_{ab} x_{i+a,j+b}", "proved"),
        (LINE, r"y[n] = \sum_{k=0}^{K-1} h[k] x[n+k]", "proved"),
        (IMAGE, "dL/dW_{m,n} = sum(i, j, dL/dY_{i,j} X_{i+m,j+n})", "proved"),
        (IMAGE, "out[i, j] = (img[i:i+K1, j:j+K2] * kernel).sum()", "proved"),
        (IMAGE, r"x_{ij} = \sum_{a,b} \omega_{ab} y_{(i+a)(j+b)}", "proved"),
        (LINE, r"y_i = \sum_{m=0}^{M-1} w_m x_{i+m}", "proved"),
        (LINE, r"y_i = \sum_{m=0}^{M-2} w_m x_{i+m}", "refuted"),
        (LINE, r"\frac{\partial L}{\partial w_k} = \sum_{i=0}^{N-1} \delta_i x_{i+k}", "proved"),
        (FULL, "y[i] = sum(w[k]*x[i*stride + k*dilation - padding] for k in range(kernel_size))", "proved"),
        (FULL, "y[i] = sum(w[k]*x[i*S + k*D - P] for k in range(F))", "proved"),
        (FULL, "y[i] = sum(w[k]*x[i*D + k*S - P] for k in range(F))", "refuted"),
        (IMAGE, r"y_{ij} = \sum_{di,dj} w_{di,dj} x_{i+di,j+dj}", "proved"),
        (CHANNELS, "y[co, i] = b[co] + sum(ci, k, w[co, ci, k] * x[ci, s*i + d*k - p])", "proved"),
        (BIASED, r"y_i = b + \sum_k w_k a_{i+k}", "proved"),
        (SQUARE, r"y_{i,j} = \sum_{m=0}^{K-1} \sum_{n=0}^{K-1} w_{m,n} x_{i+m,j+n}", "proved"),
        (PLANE, "h1 = w1x1+w2x2+w3x4+w4x5", "proved"),
        (PLANE, "h1 = w1x1+w2x2+w3x3+w4x4", "refuted"),
        (DILATED, "w1*x1+w2*x3+w3*x9+w4*x11, w1*x2+w2*x4+w3*x10+w4*x12, w1*x5+w2*x7+w3*x13+w4*x15, "
         "w1*x6+w2*x8+w3*x14+w4*x16", "proved"),
        (SMALL, "X0*w0 + X1*w1, X1*w0 + X2*w1", "proved"),
        (SMALL, "X0*w0 + X1*w1, X1*w0 + X2*w0", "refuted"),
    ],
    "Python": [
        (LINE, "y[i] = sum(w[k]*x[i+k] for k in range(K))", "proved"),
        (LINE, "y[i] = sum(w[k]*x[i+k] for k in range(1, K))", "refuted"),
        (IMAGE, "y[i][j] = sum(w[a][b]*x[i+a][j+b] for a in range(K1) for b in range(K2))", "proved"),
        (LINE, "dx[j] = sum(w[k]*dy[j-k] for k in range(K) if 0 <= j - k < m)", "proved"),
        (LINE, "y[i] += w[k]*x[i+k]", "proved"),
        (FULL, "dx[s*i + d*k - p] += dy[i]*w[k]", "proved"),
        (FULL, "dx[s*i + d*k + p] += dy[i]*w[k]", "refuted"),
        (BACK, "y[s*j + d*k - p] += x[j]*w[k]", "proved"),
        (LINE, "y = np.zeros(m)\nfor i in range(m):\n    for k in range(K):\n        y[i] += w[k] * x[i + k]",
         "proved"),
        (LINE, "for i in range(m):\n    for k in range(1, K):\n        y[i] += w[k] * x[i + k]", "refuted"),
        (STRIDED, "y[i] = np.sum(w * x[i*s:i*s+K])", "proved"),
        (IMAGE, "y[i,j] = np.sum(x[i:i+K1, j:j+K2] * w)", "proved"),
        (LINE, "y[i] = np.dot(w, x[i:i+K])", "proved"),
        (LINE, "y[i] = w @ x[i:i+K]", "proved"),
        (LINE, "y[i] = np.dot(w[::-1], x[i:i+K])", "refuted"),
        (LINE, "y[i] = (w * x[i:i+K]).sum()", "proved"),
        (FULL, 'h[i] = einsum("k,ik->i", w, P)', "proved"),
        (FULL, "dL/dw[k] = np.einsum('i,ik->k', delta, P)", "proved"),
    ],
    "Unicode": [
        (LINE, "yᵢ = ∑ₖ wₖ xᵢ₊ₖ", "proved"),
        (LINE, "yᵢ = ∑ₖ wₖ xᵢ₋ₖ", "refuted"),
        (LINE, "y[i] = Σ_k w[k]·x[i+k]", "proved"),
        (LINE, "y_i = ∑_(k=0)^(K-1) w_k x_(i+k)", "proved"),
        (LINE, "∂J/∂w_k = ∑_i δ_i x_{i+k}", "proved"),
        (SMALL, "h₁ = X₁w₁ + X₂w₂, h₂ = X₂w₁ + X₃w₂", "proved"),
        (SMALL, "h₁ = X₁w₁ + X₂w₂, h₂ = X₂w₁ + X₃w₁", "refuted"),
    ],
}  # fmt: skip
ROWS = [(kind, *row) for kind, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize(("kind", "layer", "claim", "status"), ROWS, ids=[f"{row[0]}: {row[2]}"[:90] for row in ROWS])
def test_a_claim_as_it_is_written(kind: str, layer: Layer, claim: str, status: str) -> None:
    report = check(layer, claim)
    assert report.status == status, str(report)


def test_the_first_sentence_of_the_project() -> None:
    report = check(SMALL, "[X1 X2 X3] conv [w1 w2] = [X1w1+X2w2  X2w1+X3w3]")
    assert report.explanation[0].startswith("X3*w3 should be X3*w2")


ANSWER = "h1 = X1v11+X2v21+X3v31\nh2 = X1v12+X2v22+X3v32\nv31 = v12 = 0, v11 = v22, v21 = v32"
SEVERAL: list[tuple[str | list[str], str, tuple[str, ...]]] = [
    (ANSWER, "proved", ()),
    (ANSWER.splitlines(), "proved", ()),
    (ANSWER.replace("v21 = v32", "v21 = v31"), "refuted", ("w2 is missing",)),
    (ANSWER.replace("h2 = X1v12", "h2 = X1v11").splitlines(), "refuted", ("X1*w1 should not be there",)),
    (["h1 = X1 w1 + X2 w2", "dL/dw1 = X1 delta1 + X2 delta1"], "refuted", ("X2*delta1 should be X2*delta2",)),
    (["h1 = X1 w1 + X2 w2, h2 = X2 w1 + X3 w2", "dL/dw2 = X2 delta1 + X3 delta2"], "proved", ()),
    (["dL/dw[k] = sum(i, delta[i] x[i+k])", "dL/dx[j] = sum(k, delta[j-k] w[k])"], "proved", ()),
    (["dL/dw[k] = sum(i, delta[i] x[i+k])", "dL/dx[j] = sum(k, delta[j+k] w[k])"], "refuted",
     ("the kernel's index has the wrong sign",)),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "status", "reason"), SEVERAL, ids=[str(row[0])[:50] for row in SEVERAL])
def test_claims_about_several_quantities(claims: str | list[str], status: str, reason: tuple[str, ...]) -> None:
    report = check(SMALL, claims)
    assert (report.status, report.explanation) == (status, reason)


def test_each_quantity_is_named() -> None:
    report = check(SMALL, ANSWER)
    assert report.of == "matrix"
    assert "what is said of output is proved" in report.notes
    with pytest.raises(ClaimError, match="several formulas"):  # the second could be about any entry
        check(SMALL, ["h1 = X1 w1 + X2 w2, h2 = X2 w1 + X3 w2", "X1"])


READ_AS: list[tuple[Layer, str, str]] = [
    (IMAGE, r"S(i,j) = \sum_m\sum_n I(i+m,j+n) K(m,n)", "K is the kernel"),
    (LINE, r"\frac{dE}{dw_k} = \sum_i \frac{dE}{dy_i} x_{i+k}", "E is the loss"),
    (LINE, r"y_i = \sum_{m=0}^{M-1} w_m x_{i+m}", "M is K"),
    (PLANE, "h1 = w1x1+w2x2+w3x4+w4x5", "X is numbered row by row, X1 to X9"),
    (LINE, "dL/dw[k] = x[i+k] delta[i]", "i stands twice and is summed over"),
    (FULL, "dx[s*i + d*k - p] += dy[i]*w[k]", "it is added up over i, k"),
    (FULL, "dL/dx[j] = sum(k, w[k] delta[(j+p-d k)/s])", "is rounded down"),
    (LINE, r"y_i = \sum_k w_k x_{i+k} \quad \forall i", "says which entries are meant, and is not judged"),
]


@pytest.mark.parametrize(("layer", "claim", "sentence"), READ_AS, ids=[row[1][:60] for row in READ_AS])
def test_the_report_says_what_was_taken_for_what(layer: Layer, claim: str, sentence: str) -> None:
    assert any(sentence in one for one in check(layer, claim).notes)


UNREAD: list[tuple[Layer, str, str]] = [
    (LINE, r"y_i = \sum_k w_k x_{i+k} \foo", r"\\foo"),
    (SMALL, "h = [X1w1 + X2w2, X2w1 + X3w2", r"'\[' is not closed"),
    (SMALL, r"\begin{bmatrix} w_1 & 0 \\ w_2 \end{bmatrix}", "different lengths"),
    (SMALL, r"\begin{bmatrix} w_1 & 0", "is not ended"),
    (LINE, "y[i] = np.sum(w * x[i:i+K+1])", "elements where another array has"),
    (LINE, r"y_i = w_0 x_i + \dots", "behind them|too early|nothing stands after the dots"),
    (LINE, r"y_i = w_0 x_i + \dots + w_{K-1} x_{i+K+1} + w_2 x_i x_i", "equal steps"),
    (Conv.general(2, **ONE), r"y_{ij} = \sum_{a,b} w_{ab} x_{si+da-p, sj+db-p}", "si"),
    (SMALL, "5", "names no entry"),
    (IMAGE, r"Y_{i,j} = \sum_{u=0}^{F-1} \sum_{v=0}^{F-1} X_{i+u, j+v} W_{u,v}", "F stands for K1 and for K2"),
    (LINE, "y_i = ", "empty"),
    (
        BIASED,
        r"y_i = b + w_0 x_i + \dots + w_{K-1} x_{i\sum_k w_k x_{i+k}+K-1}",
        "an entry of a tensor stands in an index",
    ),
    (LINE, r"\nabla_{w_k} y_i = x_{i+k} q", "."),
    (LINE, r"y_i = \begin{cases} w_0 \end{cases}", "only a value with its condition, and else 0, is read"),
]


@pytest.mark.parametrize(("layer", "claim", "message"), UNREAD, ids=[row[1][:60] for row in UNREAD])
def test_what_is_not_read_is_named(layer: Layer, claim: str, message: str) -> None:
    with pytest.raises(SymconvError, match=message):
        check(layer, claim)


PIECES = [
    *"[](){}_^=+-*/,;:.&ijk1290hwxK'", "\\\\", "\n", r"\begin{bmatrix}", r"\end{bmatrix}", "+=", "for k in range(K)",
    "np.sum(", r"\dots", r"\substack{", "^{(l)}", "..", r"\mathbf{", "₁", "ₖ", "∑", "conv", "//", r"\lfloor", r"\{",
]  # fmt: skip
"""Pieces that are put into claims to spoil them."""


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.exhaustive)])
def test_spoiled_claims_get_a_report_or_an_error_of_ours(count: int) -> None:
    chance = random.Random(3)
    for _ in range(count):
        _, layer, text, _ = chance.choice(ROWS)
        for _ in range(chance.choice([1, 1, 2, 3])):
            at = chance.randrange(len(text) + 1)
            kept = chance.randrange(2)
            text = (
                text[:at] + chance.choice(["", chance.choice(PIECES), chance.choice(ROWS)[2][:at]]) + text[at + kept :]
            )
        try:
            str(check(chance.choice([layer, chance.choice(ROWS)[1]]), text))
        except SymconvError:
            continue


def test_an_error_points_into_the_writers_own_text() -> None:
    text = r"$$ y_i \;=\; \sum_k \mathbf{w}_k \, x_{i+k} + \foo $$"
    with pytest.raises(ClaimError) as caught:
        check(LINE, text)
    assert caught.value.position == text.index(r"\foo")


def test_a_name_of_the_notation_goes_first() -> None:
    """What the layer itself calls a tensor is never given another meaning."""
    layer = Conv(n, K, notation=Notation(input="K_in", weight="x", output="S"))
    assert check(layer, "S[i] = sum(k, x[k] K_in[i + k])").holds
    assert not check(layer, "S[i] = sum(k, K_in[k] x[i + k])").holds


def test_input_that_is_padded_otherwise_is_an_error() -> None:
    """np.pad with another amount, on other axes or in another mode is never taken for the layer's padding."""
    padded = Conv(n, K, stride=2, padding=1)
    assert check(padded, "y[i] = np.sum(np.pad(x, 1)[2*i:2*i+K] * w)").holds
    for pad in ("np.pad(x, 2)", "np.pad(x, (1, 0))", "np.pad(x, 1, mode='reflect')", "np.pad(x, ((0, 0), (1, 1)))"):
        with pytest.raises(SymconvError):
            check(padded, f"y[i] = np.sum({pad}[2*i:2*i+K] * w)")


def test_a_loop_must_reach_every_entry() -> None:
    """range(n - K) leaves one out, range(n) names entries that there are not."""
    body = "h[i] = sum(w[k]*x[i+k] for k in range(K))"
    assert check(LINE, f"for i in range(n - K): {body}").status == "refuted"
    assert check(LINE, f"for i in range(1, n - K + 1): {body}").status == "refuted"
    longer = check(LINE, f"for i in range(n): {body}")
    assert longer.holds and "a program would fail" in longer.remarks[-1]
    assert not check(LINE, f"for i in range(n - K + 1): {body}").remarks
