# ruff: noqa: E501
"""More claims as people write them, of other kinds than those of the other tables: each verdict was found by hand first.

Windows and slices of arrays, tuples as arguments, outer and inner products, channels with subscripts, labels that count
row by row, formulas of questions about stride and padding; and what is not read, with the place and what to write.
"""

from __future__ import annotations

from typing import Any

import pytest
from sympy import symbols

from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    check,
    sgd_step,
)
from symconv.errors import ClaimError

n, K, s, d, p, m, B, C, G, q, F, M = symbols("n K s d p m B C G q F M", integer=True, positive=True)
n1, n2, K1, K2, H, W, k = symbols("n1 n2 K1 K2 H W k", integer=True, positive=True)
L1, S1, P1, D1 = Conv(n, K), Conv(n, K, stride=s), Conv(n, K, stride=s, padding=p), Conv(n, K, dilation=d)
G1 = Conv.general(1, in_channels=1, out_channels=1, bias=False)
L2, S2, SM = Conv((n1, n2), (K1, K2)), Conv((n1, n2), (K1, K2), stride=s), Conv(n, 3, padding="same")
C2 = Conv.general(2, stride=1, padding=0, dilation=1, bias=False)
B2 = Conv.general(2, stride=s, padding=0, dilation=1, bias=True, batch_size=B)
IM, DW = Conv((3, 3), (2, 2)), Conv(n, K, in_channels=C, out_channels=C, groups=C)
CT = ConvTranspose(n, K, stride=s)
NT = Sequential(Linear(4, 3), Activation("sigmoid"), Linear(3, 2), input_shape=(4,), loss="squared")
CN = Sequential(Conv(8, 3), Activation("relu"), Conv(6, 2), input_shape=(1, 8), loss="squared")
ST = sgd_step(L1, loss=None)
PD = Conv((n1, n2), (k, k), stride=s, padding=p, notation=Notation(input="I", weight="F", output="O", loss="E"))
IK = Conv((m, n), (p, q), notation=Notation(input="I", weight="K", output="O"))

PW = Conv((H, W), (1, 1), in_channels=C, out_channels=F)

ROWS: list[tuple[str, Any, str, dict[str, Any], str]] = [
    ("right", PW, r"y_{o,i,j} = \sum_c w_{o,c} x_{c,i,j}", {}, "w is read without the axes that have one element"),
    ("right", PW, r"y_{o,i,j} = \sum_{c=1}^{C} w_{o,c} x_{c,i,j}", {"index_base": 1}, ""),
    ("wrong", PW, r"y_{o,i,j} = \sum_c w_{c,o} x_{c,i,j}", {}, "the weight's channels are exchanged"),
    ("right", PW, r"\frac{\partial L}{\partial x_{c,i,j}} = \sum_o w_{o,c} \delta_{o,i,j}", {}, ""),
    (
        "right",
        IM,
        r"\frac{\partial L}{\partial F_1} = \frac{\partial L}{\partial O_1} X_1 + \frac{\partial L}{\partial O_2} X_2 + \frac{\partial L}{\partial O_3} X_4 + \frac{\partial L}{\partial O_4} X_5",
        {},
        "",
    ),
    (
        "wrong",
        IM,
        r"\frac{\partial L}{\partial F_1} = \frac{\partial L}{\partial O_1} X_1 + \frac{\partial L}{\partial O_2} X_2 + \frac{\partial L}{\partial O_3} X_3 + \frac{\partial L}{\partial O_4} X_4",
        {},
        "X13*delta21 should be X21*delta21",
    ),
    ("right", P1, "y = F.conv1d(F.pad(x, (p, p)), w, stride=s)", {}, ""),
    ("wrong", P1, "y = F.conv1d(F.pad(x, (p, 0)), w, stride=s)", {}, "its shape is"),
    ("wrong", P1, "y = F.conv1d(F.pad(x, (p, p)), w, stride=s, padding=p)", {}, "its shape is"),
    ("right", NT, r"\frac{\partial L}{\partial W^l} = \delta^l (a^{l-1})^T", {}, ""),
    (
        "wrong",
        NT,
        r"\frac{\partial L}{\partial W^l} = a^{l-1} (\delta^l)^T",
        {},
        "it is the transpose of the right one",
    ),
    ("right", NT, r"dW^{[l]} = dZ^{[l]} A^{[l-1]T}", {}, ""),
    ("right", NT, r"\nabla_{W^{(l)}} L = \delta^{(l)} \otimes a^{(l-1)}", {}, ""),
    ("right", SM, r"p = \frac{K-1}{2}", {}, ""),
    ("right", SM, r"\text{padding} = \lfloor K/2 \rfloor", {}, ""),
    (
        "wrong",
        Conv(n, 4, padding="same"),
        r"y_i = \sum_k w_k x_{i+k-\lfloor K/2 \rfloor}",
        {},
        "it is right where indices count from 1",
    ),
    ("right", Conv(n, 5, padding=2), r"y_i = \sum_{k=-2}^{2} w_{k+2} x_{i+k}", {}, ""),
    ("wrong", Conv(n, 5), r"y_i = \sum_{k=-2}^{2} w_{k+2} x_{i+k}", {}, ""),
    ("right", L1, r"y_i = w_0 x_i + w_1 x_{i+1} + \ldots + w_{K-1} x_{i+K-1}", {}, ""),
    ("right", L1, r"y_i = \mathbf{w}^\top \mathbf{x}_{i:i+K-1}", {}, ""),
    ("right", L1, r"y_i = \langle w, x_{i:i+K} \rangle", {}, ""),
    (
        "right",
        L1,
        r"\frac{\partial L}{\partial w_k} = \sum_{i=1}^{n-K+1} \frac{\partial L}{\partial y_i} x_{i+k-1}",
        {"index_base": 1},
        "",
    ),
    (
        "wrong",
        L1,
        r"\frac{\partial L}{\partial w_k} = \sum_{i=1}^{n-K+1} \frac{\partial L}{\partial y_i} x_{i+k}",
        {"index_base": 1},
        "the position that is read is one too large",
    ),
    ("right", L2, r"(X \star K)_{i,j} = \sum_{u,v} X_{i+u,j+v} K_{u,v}", {}, ""),
    (
        "right",
        L2,
        "for i in range(n1-K1+1):\n    for j in range(n2-K2+1):\n        out[i,j] = (x[i:i+K1, j:j+K2] * w).sum()",
        {},
        "",
    ),
    (
        "wrong",
        S2,
        "for i in range((n1-K1)//s+1):\n    for j in range((n2-K2)//s+1):\n        out[i,j] = (x[i:i+K1, j:j+K2] * w).sum()",
        {},
        "the stride is left out",
    ),
    ("right", S2, "out[i,j] = (x[i*s:i*s+K1, j*s:j*s+K2] * w).sum()", {}, ""),
    ("right", L2, "dw[a,b] = np.sum(dout * x[a:a+n1-K1+1, b:b+n2-K2+1])", {}, ""),
    ("right", L2, "dx[i:i+K1, j:j+K2] += w * dout[i,j]", {}, ""),
    ("right", C2, r"y_{c_o} = \sum_{c_i} x_{c_i} \star w_{c_o,c_i}", {}, ""),
    (
        "right",
        C2,
        r"\frac{\partial L}{\partial W_{c_o,c_i}} = X_{c_i} \star \frac{\partial L}{\partial Y_{c_o}}",
        {},
        "",
    ),
    (
        "right",
        C2,
        r"\frac{\partial L}{\partial X_{c_i}} = \sum_{c_o} \frac{\partial L}{\partial Y_{c_o}} *_{full} W_{c_o,c_i}",
        {},
        "",
    ),
    ("right", DW, r"y_{c}[i] = \sum_k w_{c}[k] x_{c}[i+k]", {}, ""),
    ("right", D1, r"y[i] = \sum_{k=1}^{K} x[i + d \cdot (k-1)] w[k]", {"index_base": 1}, ""),
    ("right", G1, r"n_{out} = \left\lfloor \frac{n_{in} + 2p - d(k-1) - 1}{s} \right\rfloor + 1", {}, ""),
    ("right", Conv(n, K, padding="full"), r"o = i + (k - 1)", {}, ""),
    ("right", Conv(n, 2 * M + 1, padding="same"), r"o = i", {}, ""),
    ("right", Conv(n, K), r"o = (i - k) + 1", {}, ""),
    ("right", CT, r"o' = s(i' - 1) + k", {}, ""),
    ("right", MaxPool(n, K, stride=s), r"o = \left\lfloor \frac{i-k}{s} \right\rfloor + 1", {}, ""),
    ("right", MaxPool(n, K, stride=s), r"y_i = \max_{m=0}^{K-1} x_{si+m}", {}, ""),
    ("right", MaxPool(n, K, stride=s), r"y_i = \max_{0 \le k < K} x_{si+k}", {}, ""),
    ("right", AvgPool(n, K, stride=s), r"y_i = \frac{1}{K}\sum_{k=0}^{K-1} x_{si+k}", {}, ""),
    ("right", AvgPool(n, K, stride=s), "y[i] = np.mean(x[i*s:i*s+K])", {}, ""),
    ("right", AvgPool(n, K, stride=s), "y[i] = x[i*s:i*s+K].mean()", {}, ""),
    ("right", ST, r"w^{(t+1)} = w^{(t)} - \eta \frac{\partial L}{\partial w^{(t)}}", {}, ""),
    ("wrong", ST, r"w_k \leftarrow w_k - \eta \sum_i x_{i+k}", {}, ""),
    ("right", CN, r"\delta^{l} = \delta^{l+1} *_{full} rot180(w^{l+1}) \odot f'(z^l)", {}, ""),
    ("right", CN, r"\frac{\partial L}{\partial w^{l}} = a^{l-1} \star \delta^{l}", {}, ""),
    ("right", Conv(4, 2), "dx1 = w1*dy1, dx2 = w2*dy1 + w1*dy2, dx3 = w2*dy2 + w1*dy3, dx4 = w2*dy3", {}, ""),
    (
        "wrong",
        Conv(4, 2),
        "dx1 = w1*dy1, dx2 = w1*dy1 + w2*dy2, dx3 = w1*dy2 + w2*dy3, dx4 = w2*dy3",
        {},
        "delta1*w1 should be delta1*w2",
    ),
    (
        "right",
        Conv(4, 2),
        r"\begin{bmatrix} \partial L/\partial w_1 \\ \partial L/\partial w_2 \end{bmatrix} = \begin{bmatrix} \delta_1 x_1 + \delta_2 x_2 + \delta_3 x_3 \\ \delta_1 x_2 + \delta_2 x_3 + \delta_3 x_4 \end{bmatrix}",
        {},
        "",
    ),
    ("right", L1, r"W_{i,j} = w_{j-i}", {}, ""),
    ("right", L1, r"\frac{dL}{dx} = W^T \frac{dL}{dy}", {}, ""),
    ("right", L1, "dx = np.convolve(dy, w)", {}, ""),
    ("right", L1, "dw = np.correlate(x, dy, 'valid')", {}, ""),
    (
        "wrong",
        L1,
        "dw = np.convolve(x, dy, 'valid')",
        {},
        "it is right with the other meaning of the operation: cross-correlation and convolution are exchanged",
    ),
    ("right", L1, "y = [np.dot(w, x[i:i+K]) for i in range(n-K+1)]", {}, ""),
    ("right", L1, "y = np.array([w @ x[i:i+K] for i in range(n - K + 1)])", {}, ""),
    ("right", S1, "y = np.correlate(x, w, 'valid')[::s]", {}, ""),
    ("wrong", S1, "y = np.correlate(x, w, 'valid')", {}, "its shape is"),
    ("right", B2, "out[n, f, i, j] = np.sum(x[n, :, i*s:i*s+K1, j*s:j*s+K2] * w[f]) + b[f]", {}, ""),
    ("right", B2, "db = dout.sum((0, 2, 3))", {}, ""),
    (
        "right",
        Conv((32, 32), (5, 5), in_channels=3, out_channels=10, padding=2, bias=True),
        "parameters = 10*(5*5*3 + 1) = 760",
        {},
        "",
    ),
    (
        "right",
        Conv((32, 32), (5, 5), in_channels=3, out_channels=10, padding=2, bias=True),
        "(32+2*2-5)/1+1 = 32",
        {},
        "",
    ),
    (
        "wrong",
        Conv((227, 227), (11, 11), in_channels=3, out_channels=96, stride=4),
        "(227 - 11)/4 + 1 = 54",
        {},
        "it is 1 too small",
    ),
    ("right", Conv((227, 227), (11, 11), in_channels=3, out_channels=96, stride=4), "(227 - 11)/4 + 1 = 55", {}, ""),
    ("right", PD, r"\frac{\partial O_{k,h}}{\partial F_{i,j}} = I_{i+k*s-p, j+h*s-p}", {}, ""),
    ("right", IK, r"O(i,j)=(I\star K) (i,j)=\sum_{u=1}^p\sum_{v=1}^qI(i+u-1,j+v-1)K(u,v)", {}, ""),
    ("right", IK, r"dK(u',v') = \sum_{i=1}^{m-p+1}\sum_{j=1}^{n-q+1}dO(i,j)I(i+u'-1,j+v'-1)", {"index_base": 1}, ""),
    ("right", IK, r"dK = I\star dO", {}, ""),
    ("right", IK, r"O(i,j)=\sum_{i'=i}^{i+p-1}\sum_{j'=j}^{j+q-1}K(i'-i+1,j'-j+1)I(i',j')", {"index_base": 1}, ""),
    (
        "right",
        Conv((n1, n2), (K1, K2), flip=True, padding="full"),
        r"(X * W)[i,j] = \sum_{h} \sum_{w} X[i-h, j-w] \cdot W[h,w]",
        {},
        "",
    ),
    ("right", L2, r"(X \star W)[i,j] = \sum_{h} \sum_{w} X[i+h, j+w] \cdot W[h,w]", {}, ""),
    (
        "wrong",
        L2,
        r"(X \star W)[i,j] = \sum_{h} \sum_{w} X[i-h, j-w] \cdot W[h,w]",
        {},
        "the kernel's index has the wrong sign",
    ),
    (
        "right",
        Conv((3, 3), (2, 2)),
        r"\frac{\partial L}{\partial X_{22}} = \frac{\partial L}{\partial O_{11}} F_{22} + \frac{\partial L}{\partial O_{12}} F_{21} + \frac{\partial L}{\partial O_{21}} F_{12} + \frac{\partial L}{\partial O_{22}} F_{11}",
        {},
        "",
    ),
    ("right", L1, "dL/dx[j] = sum(i, delta[i] w[j-i])", {}, ""),
    ("right", D1, r"\frac{\partial L}{\partial w_k} = \sum_i \delta_i x_{i+dk}", {}, ""),
    (
        "wrong",
        D1,
        r"\frac{\partial L}{\partial w_k} = \sum_i \delta_i x_{di+k}",
        {},
        "stride and dilation are exchanged",
    ),
    ("right", S1, r"\delta^{l}_j = \sum_i \delta^{l+1}_i w_{j-si}", {}, ""),
    ("right", CT, r"y_j = \sum_i x_i w_{j-si}", {}, ""),
    ("right", CT, r"\frac{\partial L}{\partial x_i} = \sum_k w_k \delta_{si+k}", {}, ""),
    ("right", CT, r"\frac{\partial L}{\partial w_k} = \sum_i x_i \delta_{si+k}", {}, ""),
    ("wrong", CT, r"\frac{\partial L}{\partial w_k} = \sum_i x_i \delta_{i+k}", {}, "the stride is left out"),
    (
        "wrong",
        Conv((5, 5), (3, 3)),
        r"y_{i,j} = \sum_{m=0}^{1}\sum_{n=0}^{1} w_{m,n} x_{i+m,j+n}",
        {},
        "the sums over k1, k2 leave out their last terms",
    ),
    (
        "wrong",
        Conv((n, n), (K, K)),
        r"\frac{\partial L}{\partial w_{ab}} = \sum_{i=0}^{n-K-1} \sum_{j=0}^{n-K-1} \delta_{ij} x_{i+a,j+b}",
        {},
        "the sums over i1, i2 leave out their last terms",
    ),
    ("right", L2, "y = F.conv2d(F.pad(x, (0, 0)), w)", {}, ""),
    ("right", Conv((n1, n2), (K1, K2), padding=(p, q)), "y = F.conv2d(F.pad(x, (q, q, p, p)), w)", {}, ""),
    ("wrong", Conv((n1, n2), (K1, K2), padding=(p, q)), "y = F.conv2d(F.pad(x, (p, p, q, q)), w)", {}, "its shape is"),
    ("right", P1, "y = np.correlate(np.pad(x, (p, p)), w, 'valid')[::s]", {}, ""),
    (
        "right",
        Conv((n1, n2), (K1, K2), padding=p),
        "y = correlate2d(np.pad(x, ((p, p), (p, p))), w, mode='valid')",
        {},
        "",
    ),
    ("right", Conv((n1, n2), (K1, K2), stride=s), "y = correlate2d(x, w, mode='valid')[::s, ::s]", {}, ""),
    ("wrong", S1, "y = np.correlate(x, w, 'valid')[::2]", {}, "its shape is"),
    (
        "wrong",
        NT,
        r"\frac{\partial L}{\partial W^{(l)}} = a^{(l-1)} \otimes \delta^{(l)}",
        {},
        "it is the transpose of the right one",
    ),
    ("right", NT, r"\delta^{[l]} = W^{[l+1]T} \delta^{[l+1]} \odot \sigma'(z^{[l]})", {}, ""),
    ("right", IM, "dL/dw1 = delta1*x1 + delta2*x2 + delta3*x4 + delta4*x5", {}, ""),
    ("right", IM, "dw1 = dy1*x1 + dy2*x2 + dy3*x4 + dy4*x5", {}, ""),
    ("wrong", IM, "dL/dw1 = delta1*x1 + delta2*x2 + delta3*x3 + delta4*x4", {}, "X13*delta21 should be X21*delta21"),
    (
        "right",
        IM,
        r"\frac{\partial L}{\partial w_1} = \delta_1 x_1 + \delta_2 x_2 + \delta_3 x_4 + \delta_4 x_5",
        {},
        "",
    ),
    (
        "right",
        IM,
        r"\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial y_1} x_1 + \frac{\partial L}{\partial y_2} x_2 + \frac{\partial L}{\partial y_3} x_4 + \frac{\partial L}{\partial y_4} x_5",
        {},
        "",
    ),
    (
        "right",
        IM,
        r"\frac{\partial L}{\partial F_{11}} = \frac{\partial L}{\partial O_{11}} X_{11} + \frac{\partial L}{\partial O_{12}} X_{12} + \frac{\partial L}{\partial O_{21}} X_{21} + \frac{\partial L}{\partial O_{22}} X_{22}",
        {},
        "",
    ),
    (
        "right",
        IM,
        r"\frac{\partial L}{\partial F_{1}} = \frac{\partial L}{\partial O_{1}} X_{1} + \frac{\partial L}{\partial O_{2}} X_{2} + \frac{\partial L}{\partial O_{3}} X_{4} + \frac{\partial L}{\partial O_{4}} X_{5}",
        {},
        "",
    ),
    (
        "right",
        IM,
        r"\frac{\partial L}{\partial x_5} = \delta_1 w_4 + \delta_2 w_3 + \delta_3 w_2 + \delta_4 w_1",
        {},
        "",
    ),
]

PARTS = 12


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(1, PARTS))])
def test_more_claims(part: int) -> None:
    for truth, subject, claim, options, words in ROWS[part::PARTS]:
        report = check(subject, claim, **options)
        assert report.status == ("proved" if truth == "right" else "refuted"), (claim, str(report))
        assert words in str(report), (claim, str(report))


READINGS: list[tuple[Any, str, str]] = [
    (L1, r"y_i = \mathbf{w}^\top \mathbf{x}_{i:i+K-1}", "x_{i:i+K-1} is the K entries from i"),
    (C2, r"y_{c_o} = \sum_{c_i} x_{c_i} \star w_{c_o,c_i}", "c_o is read as the index o"),
    (IM, "dL/dw1 = delta1*x1 + delta2*x2 + delta3*x4 + delta4*x5", "delta is numbered row by row"),
    (NT, r"dW^{[l]} = dZ^{[l]} A^{[l-1]T}", "l counts the parts with weights"),
]


@pytest.mark.parametrize(("subject", "claim", "words"), READINGS)
def test_a_claim_says_how_it_was_read(subject: Any, claim: str, words: str) -> None:
    assert words in str(check(subject, claim))


UNREAD: list[tuple[Any, str, str, str]] = [
    (L1, "y[i] = x[i]**w[i]", "at character 12", "a power whose exponent has indices is not read"),
    (L1, "y[i] = sum(x[i]**w[i] for i in range(K))", "at character 16", "a power whose exponent has indices"),
    (L2, "dx[i:i+K1, j:j+K2] = w * dout[i,j]", "at character 1", "= overwrites what is in a slice"),
    (S1, "y = correlate(x, w, mode='valid')[::q]", "at character 34", "the step q is not known"),
    (S1, "y = correlate(x, w, (p, p))", "correlate", "numbers in brackets are not read in correlate"),
    (L1, "dw = delta.sum((x, 1))", "(x, 1)", "a tensor stands in brackets with others"),
    (P1, "y = F.conv1d(F.pad(x, (p, p, p, p)), w)", "F.pad", "the padding does not fit the tensor's axes"),
]


@pytest.mark.parametrize(("subject", "claim", "place", "words"), UNREAD)
def test_what_is_not_read_is_named_with_its_place(subject: Any, claim: str, place: str, words: str) -> None:
    with pytest.raises(ClaimError) as raised:
        check(subject, claim)
    assert words in str(raised.value), str(raised.value)
    assert place in str(raised.value), str(raised.value)


def test_several_equal_maxima_are_judged_one_after_the_other() -> None:
    """Both are read with what the layer takes the maximum of; a side without one is an error, not an exception."""
    pool = MaxPool(n, K, stride=s)
    with pytest.raises(ClaimError):
        check(pool, r"out(k) = W2 = \max_{m=0, \ldots, K - 1} input(stride \times k + m)")
