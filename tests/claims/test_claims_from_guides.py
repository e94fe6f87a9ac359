# ruff: noqa: E501
r"""Claims of guides, answers and libraries' pages, in groups: all of one group say the same, and one program says it too.

The programs are those of ``by_programs``: loops over arrays of numbers at random shapes, without ``symconv``. A group
without a program is about numbers that are written out beside it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, Sequential, check
from symconv.errors import SymconvError
from symconv.networks import Activation
from tests.claims.by_programs import program_agrees
from tests.claims.said_again import Again

n, K, s, p, d, C, F, B, M, n1, n2, K1, K2 = sp.symbols("n K s p d C F B M n1 n2 K1 K2", integer=True, positive=True)
R, X = "right", "wrong"
L1, L1b, S1, FF = Conv(n, K), Conv(n, K, bias=True), Conv(n, K, stride=s), Conv(n, K, flip=True, padding="full")
L2, L2b, V1, Z2 = Conv((n1, n2), (K1, K2)), Conv((n1, n2), (K1, K2), bias=True), Conv(5, 3), Conv((3, 3), (2, 2))
C2 = Conv((n1, n2), (K1, K2), in_channels=C, out_channels=F)
CS = Conv((n1, n2), (K1, K2), in_channels=C, out_channels=F, stride=s)
SQ = Conv((n, n), (K, K), stride=s, padding=p)
NET = Sequential(Conv((8, 8), (3, 3)), Activation("relu"), Conv((6, 6), (2, 2)), loss="squared")
EACH = "for o, i, j in np.ndindex(G4.shape): y[o] += G4[o, i, j]*X4[:, i:i+K1, j:j+K2]"
GW4 = f"y = np.zeros(W4.shape, dtype=object)\n{EACH}"
GX1 = "sum(g[i]*w[j - s*i] for i in range(m))"

GROUPS: list[tuple[str, Any, str, str, str, tuple[str, ...]]] = [
    (R, L2, "output", "i j", "out2(i, j)", (
        r"\text{cross-correlation: } (X \star W)[i,j] = \sum_{h} \sum_{w} X[i+h, j+w] \cdot W[h,w]",
        r"\mathbf{y}[r, c] = \sum_{a=0}^{k_{1}-1} \sum_{b=0}^{k_{2}-1} \mathbf{X}[r + a, c + b] \mathbf{w}[a, b]",
        r"[\mathbf{H}]_{i, j} = \sum_{a} \sum_{b} [\mathbf{V}]_{a, b} [\mathbf{X}]_{i+a, j+b}",
        r"Y_{ij} = \sum_{u=0}^{K_h-1}\sum_{v=0}^{K_w-1} K_{uv} X_{i+u,j+v}",
        r"o_{i,j}=\sum_{m}\sum_{n}x_{i+m,j+n}w_{m,n}",
        "Y[i, j] = (X[i:i + h, j:j + w] * K).sum()",
        "Y[i, j] = (X[i:i + K1, j:j + K2] * W).sum()",
    )),
    (R, L2b, "output", "i j", "out2(i, j) + b[()]", (
        r"[\mathbf{H}]_{i, j} = u + \sum_{a} \sum_{b} [\mathbf{V}]_{a, b} [\mathbf{X}]_{i+a, j+b}",
        r"z^l_{i,j} = \sum_m \sum_n{a^{l-1}_{i+m,j+n} (\omega')^l_{m,n}} + b^l",
        "X * W + b = Y",
    )),
    (R, Conv((n1, n2), (K1, K2), flip=True, padding="full"), "output", "", "convolved(X, W)", (
        r"\text{convolution: } (X * W)[i,j] = \sum_{h} \sum_{w} X[i-h, j-w] \cdot W[h,w]",
    )),
    (R, L2, "grad_weight", "", "corr(X, G)", (
        r"\begin{aligned} \frac {\partial Loss} {\partial (\omega')^l_{m,n}} &= \sum_i \sum_j { \frac { \partial Loss } { \partial z^{l}_{i,j} } \frac { \partial z^{l}_{i,j} } { \partial ( \omega' )^l_{m,n} } } \\ &= \sum_i \sum_j { \delta^l_{i,j} a^{l-1}_{i+m, j+n} } \end{aligned}",
        r"\frac{\partial L}{\partial \mathbf{w}[a', b']} = \sum_{r} \sum_{c} \frac{\partial L}{\partial \mathbf{y}[r, c]} \mathbf{X}[r + a', c + b']",
        r"\frac{\partial L}{\partial k(a',b')} = \sum_{r=0}^{H-1}\sum_{c=0}^{W-1} \frac{\partial L}{\partial y(r,c)} x(r+a', c+b')",
        "dW = scipy.signal.correlate2d(X, dY, mode='valid')",
    )),
    (R, L2, "grad_input", "", "convolved(G, W)", (
        r"\frac{\partial L}{\partial \mathbf{X}[r', c']} = \sum_{a}\sum_{b} \frac{\partial L}{\partial \mathbf{y}[r' - a, c' - b]} \mathbf{w}[a, b]",
        "dX = scipy.signal.convolve2d(dY, W, mode='full')",
    )),
    (X, L2, "grad_input", "", "convolved(G, rot(W))", ("dX = scipy.signal.correlate2d(dY, W, mode='full')",)),
    (R, L1, "output", "i", "out(i)", (
        r"y(t) = \sum_{\tau=0}^{K-1} w(\tau) x(t+\tau)", "y[i] = np.dot(w, x[i:i+K])", "y[i] = (w * x[i:i+K]).sum()", "Y = T(w) x",
        "y[i] = sum(w[k] * x[i + k] for k in range(K))",
    )),
    (R, L1b, "output", "i", "out(i)", (r"y_i = w_1 x_i + w_2 x_{i+1} + \dots + w_K x_{i+K-1} + b",)),
    (X, L1, "output", "i", "sum(w[q]*x[i - q] for q in range(K))", (r"y(t) = \sum_{\tau=0}^{K-1} w(\tau) x(t-\tau)",)),
    (R, FF, "output", "t", "sum(x[a]*w[t-a] for a in Z)", (
        r"(f*g)(t) = \sum_{\tau} f(\tau) g(t-\tau)", r"(f * g)[n] = \sum_{m=-\infty}^{\infty} f[m] g[n-m]",
    )),
    (R, Conv(n, K, dilation=d, flip=True, padding="full"), "output", "t", "sum(w[q]*x[t - d*q] for q in range(K))", (
        r"f(t) = \sum_{k=0}^{K-1} x(t - d \cdot k) w(k)", "y[t] = sum(k, w[k]*x[t - d*k])",
        r"F(s) = (x *_d f)(s) = \sum_{i=0}^{k-1} f(i) \cdot x_{s - d \cdot i}",
    )),
    (X, Conv(n, K, dilation=d), "output", "t", "sum(w[q]*x[t - d*q] for q in range(K))", (r"(k \ast_{l} f)_t = \sum_{\tau=-\infty}^{\infty} k_\tau \cdot f_{\tau - lt}",)),
    (R, Conv(n, 3, padding=1), "output", "i", "w[0]*x[i-1] + w[1]*x[i] + w[2]*x[i+1]", (
        r"z_i = \omega_1 x_{i-1} + \omega_2 x_i + \omega_3 x_{i+1}", r"z_{i} = \sum_{j=1}^{3} \omega_j x_{i+j-2}",
    )),
    (R, Conv((n1, n2), 3, padding=1, bias=True), "output", "i j", "b[()] + sum(w[a, q]*x[i+a-1, j+q-1] for a in range(3) for q in range(3))", (
        r"h_{ij} = \beta + \sum_{m=1}^{3}\sum_{n=1}^{3} \omega_{mn} x_{i+m-2,j+n-2}",
    )),
    (R, Conv(n, K, padding=p, padding_mode="circular"), "output", "i", "sum(w[q]*x[(i+q-p) % n] for q in range(K))", (
        r"y_i = \sum_k w_k x_{(i+k-p) \bmod n}", "y[i] = sum(w[k]*x[(i+k-p) % n] for k in range(K))",
    )),
    (R, L1, "grad_weight", "k", "gw(k)", (
        r"\nabla_w L = x \star \delta", r"(\nabla_w L)_k = \sum_i \delta_i x_{i+k}", r"\bar{w}_k = \sum_i \bar{y}_i x_{i+k}",
        "dw[k] = np.sum(dout * x[k:k+m])", "grad_weight[k] = (grad_output * x[k:k+m]).sum()",
        r"\theta_{k} \leftarrow \theta_{k} - \eta \sum_i \delta_i x_{i+k}",
    )),
    (R, L1, "grad_input", "", "convolved(G, W)", (r"\nabla_{x} L = \delta * w",)),
    (R, S1, "grad_weight", "k", "gw(k)", ("dw[k] += dout[i] * x[i*stride + k]", r"\frac{\partial L}{\partial w_k} = \sum_{i=0}^{m-1} \delta_i x_{si+k}")),
    (X, S1, "grad_weight", "k", "gw(k, s=1)", (r"\frac{\partial L}{\partial w_k} = \sum_{i=0}^{m-1} \delta_i x_{i+k}",)),
    (R, S1, "grad_input", "j", GX1, (
        "dx[i*stride+k] += dout[i]*w[k]", r"\frac{\partial L}{\partial x} = \text{dilate}(\delta, s) *_{full} w",
        r"\frac{\partial L}{\partial x_j} = \sum_{i: 0 \le j - si < K} \delta_i w_{j-si}",
        r"\frac{\partial L}{\partial x_j} = \sum_{i} \sum_{k} \delta_i w_k [j = si + k]",
        r"\frac{\partial L}{\partial x_j} = \sum_{i} \sum_{k} \delta_i w_k \mathbb{1}\{j = si + k\}",
        r"\frac{\partial L}{\partial x_j} = \sum_{\substack{i,k \\ si+k=j}} \delta_i w_k",
    )),
    (R, C2, "grad_weight", "", GW4, (
        r"dW[o,c,u,v] = \sum_{i,\,j} G[o, i, j]\; x[c,\, i+u,\, j+v]", "dW_row = dY_col @ X_col.T", "dW = dout.reshape(F, -1) @ X_col.T",
    )),
    (R, C2, "output", "", "y = np.zeros(Y4.shape, dtype=object)\nfor o, i, j in np.ndindex(Y4.shape): y[o, i, j] = (W4[o]*X4[:, i:i+K1, j:j+K2]).sum()", (
        r"[\mathsf{H}]_{d, i,j} = \sum_{c}\sum_{a}\sum_{b} [\mathsf{V}]_{d, c, a, b} [\mathsf{X}]_{c, i+a, j+b}",
        r"Y_{col} = W_{row} X_{col}", "out = W.reshape(F, -1) @ im2col(X)",
    )),
    (R, C2, "grad_input", "", "y = np.zeros(X4.shape, dtype=object)\nfor o, i, j in np.ndindex(G4.shape): y[:, i:i+K1, j:j+K2] += G4[o, i, j]*W4[o]", (
        "dX = F.conv_transpose2d(dY, W)", "dX = col2im(W_row.T @ dY_col)",
    )),
    (R, CS, "output", "", "y = np.zeros(Y4.shape, dtype=object)\nfor o, i, j in np.ndindex(Y4.shape): y[o, i, j] = (W4[o]*X4[:, i*s:i*s+K1, j*s:j*s+K2]).sum()", (
        r"y_{n_{out},i,j}=\sum_{n_{in}} \sum_{k_x} \sum_{k_y}w_{n_{out},n_{in},k_x,k_y} \times x_{n_{in},s i+k_x,s j+k_y}",
    )),
    (R, Conv((n1, n2), 1, in_channels=C, out_channels=F), "output", "f i j", "sum(w[f, c, 0, 0]*x[c, i, j] for c in range(C_in))", (
        r"Y_{f,i,j} = \sum_{c} W_{f,c} X_{c,i,j}",
    )),
    (R, ConvTranspose(n, K, stride=s), "grad_weight", "k", "sum(x[i]*g[s*i + k] for i in range(n))", ("dL/dw[k] = sum(i, x[i] delta[s*i + k])",)),
    (R, ConvTranspose(n, K, stride=s), "grad_input", "i", "sum(w[q]*g[s*i + q] for q in range(K))", ("dL/dx[i] = sum(k, w[k] delta[s*i + k])",)),
    (R, ConvTranspose((n1, n2), (K1, K2)), "output", "", "convolved(X, W)", ("Y[i: i + h, j: j + w] += X[i, j] * K",)),
    (R, ConvTranspose(3, 2), "output", "", "convolved(X, W)", ("y = [x1w1, x1w2 + x2w1, x2w2 + x3w1, x3w2]",)),
    (R, Conv(4, 3), "output", "", "corr(X, W)", (
        r"F(2,3)=\left[\begin{array}{lll}{d_{0}} & {d_{1}} & {d_{2}} \\ {d_{1}} & {d_{2}} & {d_{3}}\end{array}\right]\left[\begin{array}{l}{g_{0}} \\ {g_{1}} \\ {g_{2}}\end{array}\right]=\left[\begin{array}{l}{d_0g_0+d_1g_1+d_2g_2} \\ {d_1g_0+d_2g_1+d_3g_2}\end{array}\right]",
        r"\left[\begin{array}{l}{y_0} \\ {y_1}\end{array}\right]=\left[\begin{array}{l}{d_0g_0+d_1g_1+d_2g_2} \\ {d_1g_0+d_2g_1+d_3g_2}\end{array}\right]",
        r"\begin{bmatrix} d_0 & d_1 & d_2 \\ d_1 & d_2 & d_3\end{bmatrix} \begin{bmatrix} g_0 \\ g_1 \\ g_2 \end{bmatrix} = \begin{bmatrix} y_0 \\ y_1 \end{bmatrix}",
        r"y_0 = (d_0 - d_2)g_0 + (d_1+d_2)\frac{g_0+g_1+g_2}{2} + (d_2-d_1)\frac{g_0-g_1+g_2}{2}",
        r"y_1 = (d_1+d_2)\frac{g_0+g_1+g_2}{2} - (d_2-d_1)\frac{g_0-g_1+g_2}{2} - (d_1-d_3)g_2",
    )),
    (R, V1, "output", "", "corr(X, W)", (
        r"\mathbf{y} = \begin{bmatrix} w_1 & w_2 & w_3 & 0 & 0 \\ 0 & w_1 & w_2 & w_3 & 0 \\ 0 & 0 & w_1 & w_2 & w_3\end{bmatrix} \mathbf{x}",
        r"\begin{bmatrix} y_0 \\ y_1 \\ y_2 \end{bmatrix} = \begin{bmatrix} w_0 & w_1 & w_2 & 0 & 0 \\ 0 & w_0 & w_1 & w_2 & 0 \\ 0 & 0 & w_0 & w_1 & w_2\end{bmatrix}\begin{bmatrix} x_0 \\ x_1 \\ x_2 \\ x_3 \\ x_4\end{bmatrix}",
    )),
    (R, V1, "grad_input", "", "convolved(G, W)", (
        r"\frac{\partial L}{\partial \mathbf{x}} = \begin{bmatrix} w_1 & 0 & 0 \\ w_2 & w_1 & 0 \\ w_3 & w_2 & w_1 \\ 0 & w_3 & w_2 \\ 0 & 0 & w_3\end{bmatrix} \begin{bmatrix} \delta_1 \\ \delta_2 \\ \delta_3 \end{bmatrix}",
        r"\frac{\partial L}{\partial x} = W^T \frac{\partial L}{\partial y}", "dx = np.convolve(dout, w)",
    )),
    (X, V1, "grad_input", "", "convolved(G, rot(W))", (
        r"\frac{\partial L}{\partial \mathbf{x}} = \begin{bmatrix} w_3 & 0 & 0 \\ w_2 & w_3 & 0 \\ w_1 & w_2 & w_3 \\ 0 & w_1 & w_2 \\ 0 & 0 & w_1\end{bmatrix} \begin{bmatrix} \delta_1 \\ \delta_2 \\ \delta_3 \end{bmatrix}",
        "dx = np.correlate(dout, w, mode='full')",
    )),
    (R, V1, "grad_weight", "", "corr(X, G)", (
        r"\frac{\partial L}{\partial w} = \begin{bmatrix} x_1 & x_2 & x_3 \\ x_2 & x_3 & x_4 \\ x_3 & x_4 & x_5\end{bmatrix} \begin{bmatrix} \delta_1 \\ \delta_2 \\ \delta_3 \end{bmatrix}",
        "dw = np.convolve(x, dout[::-1], mode='valid')",
    )),
    (R, Z2, "output", "", "corr(X, W)", (
        r"\begin{aligned} O_{11} &= X_{11}F_{11} + X_{12}F_{12} + X_{21}F_{21} + X_{22}F_{22} \\ O_{12} &= X_{12}F_{11} + X_{13}F_{12} + X_{22}F_{21} + X_{23}F_{22} \\ \vdots \end{aligned}",
        "O = X ⊛ F", r"\mathrm{vec}(Y) = \mathrm{toeplitz}(W)\, \mathrm{vec}(X)",
    )),
    (R, Z2, "grad_weight", "", "corr(X, G)", ("∂L/∂F11 = ∂L/∂O11 * X11 + ∂L/∂O12 * X12 + ∂L/∂O21 * X21 + ∂L/∂O22 * X22",)),
    (R, Z2, "grad_input", "", "convolved(G, W)", ("∂L/∂X22 = ∂L/∂O11 * F22 + ∂L/∂O12 * F21 + ∂L/∂O21 * F12 + ∂L/∂O22 * F11",)),
    (X, Z2, "grad_input", "", "convolved(G, rot(W))", ("∂L/∂X22 = ∂L/∂O11 * F11 + ∂L/∂O12 * F12 + ∂L/∂O21 * F21 + ∂L/∂O22 * F22",)),
    (R, SQ, "size", "", "(n + 2*p - K)//s + 1", (
        r"n^* = floor( \frac{n -k + 2p + s}{s} )", r"\text{newImgHeight} = \left\lfloor \frac{H + 2P - ksize}{S} + 1 \right\rfloor",
        "newImgHeight = floor(((img_height + 2*P - ksize) / S)+1)",
        r"\text{output\_width} = \left\lfloor \frac{N_\text{Width} - F_\text{Width} + 2 \times \text{padding}}{\text{stride}} + 1 \right\rfloor",
    )),
    (R, ConvTranspose(n, K, stride=s, padding=p), "size", "", "(n - 1)*s + K - 2*p", (
        r"n^* = (n-1)s + k - 2p", "output_size = stride * (input_size - 1) + kernel_size - 2 * padding",
    )),
    (R, Conv(4, 3, in_channels=16, out_channels=32), "parameters", "", "16*3*32", (r"parameters = 16 \times 3 \times 32 = 1536", r"16 \times 32 \times 3 = 1,536 parameters")),
    (R, C2, "parameters", "", "C_in*C_out*K1*K2", (r"C \times F \times K_1 \times K_2 parameters",)),
]  # fmt: skip


@pytest.mark.parametrize("group", GROUPS, ids=[f"{one[2]} {at}" for at, one in enumerate(GROUPS)])
def test_claims_of_a_group(group: tuple[str, Any, str, str, str, tuple[str, ...]]) -> None:
    truth, layer, of, letters, program, claims = group
    assert program_agrees(layer, Again("", of, letters, program), 0) is (truth == R), program
    for claim in claims:
        report = check(layer, claim)
        assert report.status == ("proved" if truth == R else "refuted"), (claim, str(report))


G2 = Conv((n, n), (K, K), in_channels=C, out_channels=2 * C, groups=C, stride=s, batch_size=B)
OTHERS: list[tuple[Any, str]] = [
    (G2, "output[b, i, j, k * channel_multiplier + q] = sum_{di, dj} input[b, strides[1] * i + di, strides[2] * j + dj, k] * filter[di, dj, k, q]"),
    (AvgPool((n1, n2), (K1, K2), stride=s, batch_size=B, channels=C), r"out(N_i, C_j, h, w) = \frac{1}{kH * kW} \sum_{m=0}^{kH-1} \sum_{n=0}^{kW-1} input(N_i, C_j, stride[0] \times h + m, stride[1] \times w + n)"),
    (MaxPool((n1, n2), 2, stride=2), r"y_{i,j} = \max_{0 \le a,b < 2} x_{2i+a, 2j+b}"),
    (ConvTranspose.general(2), r"oH = (iH - 1) \times sH - 2 \times padH + dH \times (kH - 1) + out\_padH + 1"),
    (ConvTranspose(n, K, stride=s, padding=p, output_padding=p), r"\begin{align} n_{out} &= (n_{in} - 1) s - 2 p + (f - 1) + p + 1 \\ &= (n_{in} - 1) s - p + f \end{align}"),
    (Conv((227, 227), 11, in_channels=3, out_channels=96, stride=4), "output size = (227-11)/4+1 = 55"),
    (Conv((227, 227), 11, in_channels=3, out_channels=96, stride=4), "output shape = 55 x 55 x 96"),
    (Conv((227, 227), 11, in_channels=3, out_channels=96), r"output size = (227 - 11 + 1) \times (227 - 11 + 1) = 217 \times 217"),
    (Conv((6, 6), 3, in_channels=3, out_channels=2), "(3x3x3) x (4x4) x (2) = 864 multiplications"),
    (Conv((6, 6), 3, in_channels=3, out_channels=2, bias=True), "(3x3x3x2) + (2) = 56 learnable parameters"),
    (Conv((n, n), (K, K), in_channels=M, out_channels=F, padding="same"), "Total number of multiplications = F x n^2 x K^2 x M"),
    (NET, r"\delta^1 = (\delta^2 *_{full} rot180(W^2)) \odot \sigma'(z^1)"),
    (NET, r"\frac{\partial L}{\partial W^2} = a^1 \star \delta^2"),
    (Conv((28, 28), 5, padding=2), "P = (F-1)/2 = 2"),
    (ConvTranspose((7, 7), 3, stride=2, padding=1, output_padding=1), r"H_{out} = (7-1)\times 2 - 2\times 1 + 3 + 1 = 14"),
]  # fmt: skip
"""Right claims, by the pages of libraries that state them, or by the numbers in them."""


@pytest.mark.parametrize(("layer", "claim"), OTHERS)
def test_claims_of_libraries_pages(layer: Any, claim: str) -> None:
    assert check(layer, claim).holds, claim


@pytest.mark.parametrize(
    ("layer", "claim"),
    [
        (G2, "output[b, i, j, k * 3 + q] = sum_{di, dj} input[b, strides[1] * i + di, strides[2] * j + dj, k] * filter[di, dj, k, q]"),
        (Conv((227, 227), 11, in_channels=3, out_channels=96), r"output size = (227 - 11) \times (227 - 11) = 216 \times 216"),
        (Conv(n, K, padding=p, padding_mode="circular"), r"y_i = \sum_k w_k x_{(i+k) \bmod n}"),
        (NET, r"\delta^1 = (\delta^2 *_{full} W^2) \star \sigma'(z^1)"),
    ],
)  # fmt: skip
def test_wrong_ones_of_these_kinds_are_not_proved(layer: Any, claim: str) -> None:
    with suppress(SymconvError):
        assert not check(layer, claim).holds
