# ruff: noqa: E501
"""Claims of public questions, courses and programs, of kinds that the other tables do not have.

Sizes whose names the claim itself must decide, effective kernels, derivatives of an output by any name, letters of loops,
names that programs spell out, the padded input's gradient, kernels of one element, dilated stars, layers counted by number.
Each verdict was found by hand first; loops of the tests' own say it again wherever they read the claim.
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
    Sequential,
    check,
    sgd_step,
)
from symconv.errors import ClaimError
from tests.claims.public_again import NOT_AGAIN, again
from tests.claims.test_field_by_loops import recheck

n, K, s, d, p, m, B, C, G, q, F, M = symbols("n K s d p m B C G q F M", integer=True, positive=True)
n1, n2, K1, K2, H, W, k, f = symbols("n1 n2 K1 K2 H W k f", integer=True, positive=True)
L1, S1, P1, D1 = Conv(n, K), Conv(n, K, stride=s), Conv(n, K, stride=s, padding=p), Conv(n, K, dilation=d)
G1 = Conv.general(1, in_channels=1, out_channels=1, bias=False)
G2 = Conv.general(2, in_channels=1, out_channels=1, bias=False)
SQ = Conv((n, n), (K, K), stride=s, padding=p)
SQ1 = Conv((n, n), (K, K))
L2 = Conv((n1, n2), (K1, K2))
L2b = Conv((n1, n2), (K1, K2), bias=True)
C2 = Conv.general(2, stride=1, padding=0, dilation=1, bias=False)
C2S = Conv.general(2, stride=s, padding=0, dilation=1, bias=True)
CB = Conv.general(2, stride=1, padding=0, dilation=1, bias=True, batch_size=B)
CBS = Conv.general(2, stride=s, padding=0, dilation=1, bias=True, batch_size=B)
IM = Conv((3, 3), (2, 2))
IMb = Conv((3, 3), (2, 2), bias=True)
I4 = Conv((4, 4), (3, 3))
IP = Conv((4, 4), (3, 3), stride=2, padding=1)
CT = ConvTranspose(n, K, stride=s)
CTP = ConvTranspose(n, K, stride=s, padding=p, output_padding=0)
CTG = ConvTranspose.general(1, in_channels=1, out_channels=1, bias=False)
MP = MaxPool(n, K, stride=s)
AP = AvgPool(n, K, stride=s)
MP2 = MaxPool((n, n), (K, K), stride=s)
PW = Conv((H, W), (1, 1), in_channels=C, out_channels=F)
CN = Sequential(Conv(8, 3), Activation("relu"), Conv(6, 2), input_shape=(1, 8), loss="squared")
CN2 = Sequential(Conv((8, 8), (3, 3)), Activation("relu"), Conv((6, 6), (2, 2)), input_shape=(1, 8, 8), loss="squared")
NT = Sequential(Linear(4, 3), Activation("sigmoid"), Linear(3, 2), input_shape=(4,), loss="squared")
SD = sgd_step(L1, loss=None)

ROWS: list[tuple[str, Any, str, dict[str, Any], str]] = [
    ("right", IMb, "y_{11} = x_{11}w_{11} + x_{12}w_{12} + x_{21}w_{21} + x_{22}w_{22} + b", {}, ""),
    (
        "right",
        IMb,
        "y_{12} = x_{12}w_{11} + x_{13}w_{12} + x_{22}w_{21} + x_{23}w_{22} + b\\\\ y_{21} = x_{21}w_{11} + x_{22}w_{12} + x_{31}w_{21} + x_{32}w_{22} + b",
        {},
        "",
    ),
    (
        "right",
        IMb,
        "\\frac{\\partial L}{\\partial b} = \\frac{\\partial L}{\\partial y_{11}} + \\frac{\\partial L}{\\partial y_{12}} + \\frac{\\partial L}{\\partial y_{21}} + \\frac{\\partial L}{\\partial y_{22}}",
        {},
        "",
    ),
    (
        "wrong",
        IMb,
        "\\frac{\\partial L}{\\partial b} = \\frac{\\partial L}{\\partial y_{11}} + \\frac{\\partial L}{\\partial y_{22}}",
        {},
        "delta12, delta21 are missing",
    ),
    (
        "right",
        IM,
        "\\frac{\\partial L}{\\partial x_{22}} = \\frac{\\partial L}{\\partial y_{11}}\\frac{\\partial y_{11}}{\\partial x_{22}} + \\frac{\\partial L}{\\partial y_{12}}\\frac{\\partial y_{12}}{\\partial x_{22}} + \\frac{\\partial L}{\\partial y_{21}}\\frac{\\partial y_{21}}{\\partial x_{22}} + \\frac{\\partial L}{\\partial y_{22}}\\frac{\\partial y_{22}}{\\partial x_{22}}",
        {},
        "",
    ),
    (
        "right",
        IM,
        "\\frac{\\partial L}{\\partial X} = \\begin{vmatrix} \\delta_{11} w_{11} & \\delta_{11} w_{12} + \\delta_{12} w_{11} & \\delta_{12} w_{12} \\\\ \\delta_{11} w_{21} + \\delta_{21} w_{11} & \\delta_{11} w_{22} + \\delta_{12} w_{21} + \\delta_{21} w_{12} + \\delta_{22} w_{11} & \\delta_{12} w_{22} + \\delta_{22} w_{12} \\\\ \\delta_{21} w_{21} & \\delta_{21} w_{22} + \\delta_{22} w_{21} & \\delta_{22} w_{22} \\end{vmatrix}",
        {},
        "",
    ),
    (
        "right",
        IM,
        "\\frac{\\partial L}{\\partial X} = \\begin{bmatrix} 0&0&0&0 \\\\ 0&\\delta_{11}&\\delta_{12}&0 \\\\ 0&\\delta_{21}&\\delta_{22}&0 \\\\ 0&0&0&0 \\end{bmatrix} * \\begin{bmatrix} w_{22} & w_{21} \\\\ w_{12} & w_{11} \\end{bmatrix}",
        {},
        "",
    ),
    ("right", IM, "\\frac{\\partial L}{\\partial W} = X * \\frac{\\partial L}{\\partial Y}", {}, ""),
    (
        "right",
        IM,
        "\\frac{\\partial L}{\\partial F} = \\begin{bmatrix} x_{11}&x_{12}&x_{13} \\\\ x_{21}&x_{22}&x_{23}\\\\ x_{31}&x_{32}&x_{33}\\end{bmatrix} * \\begin{bmatrix} \\delta_{11} & \\delta_{12} \\\\ \\delta_{21} & \\delta_{22} \\end{bmatrix}",
        {},
        "",
    ),
    (
        "wrong",
        IM,
        "\\frac{\\partial L}{\\partial X} = \\begin{bmatrix} 0&0&0&0 \\\\ 0&\\delta_{11}&\\delta_{12}&0 \\\\ 0&\\delta_{21}&\\delta_{22}&0 \\\\ 0&0&0&0 \\end{bmatrix} \\star \\begin{bmatrix} w_{11} & w_{12} \\\\ w_{21} & w_{22} \\end{bmatrix}",
        {},
        "the kernel is read backwards (flipped)",
    ),
    ("right", IP, "z_{11} = w_{22}a_{11} + w_{23}a_{12} + w_{32}a_{21} + w_{33}a_{22}", {}, ""),
    ("right", IP, "\\frac{\\partial L}{\\partial a_{11}} = \\frac{\\partial L}{\\partial z_{11}} w_{22}", {}, ""),
    (
        "right",
        IP,
        "\\frac{\\partial L}{\\partial a_{22}} = \\frac{\\partial L}{\\partial z_{11}} w_{33} + \\frac{\\partial L}{\\partial z_{12}} w_{31} + \\frac{\\partial L}{\\partial z_{21}} w_{13} + \\frac{\\partial L}{\\partial z_{22}} w_{11}",
        {},
        "",
    ),
    ("right", Conv(n, K, bias=True), "z^l_i = \\sum_{m=0}^{K-1} w^{l}_{m}a^{l-1}_{i+m} + b^l", {}, ""),
    (
        "right",
        L1,
        "\\frac{\\partial C}{\\partial a_i} = \\sum_{m=\\max(i-K+1,0)}^{\\min(i,n-K)} \\frac{\\partial C}{\\partial z_m} w_{i-m}",
        {},
        "",
    ),
    (
        "right",
        L1,
        "\\frac{\\partial C}{\\partial a^{l-1}_i} = \\sum_{m} \\frac{\\partial C}{\\partial z^{l}_m} \\frac{\\partial z^{l}_m}{\\partial a^{l-1}_i} = \\sum_m \\Gamma^l_m w^l_{i-m}",
        {},
        "",
    ),
    (
        "right",
        Conv(n, K, bias=True),
        "\\frac{\\partial C}{\\partial b} = \\sum_{i=0}^{n-K} \\frac{\\partial C}{\\partial z_i}",
        {},
        "",
    ),
    ("right", L1, "\\frac{\\partial C}{\\partial w^l_m} = \\sum_{i=0}^{n-K} \\Gamma^l_i a^{l-1}_{i+m}", {}, ""),
    (
        "right",
        C2S,
        "O_{f,i,j} = \\sum_{ch=1}^{n_{ch}}\\sum_{r=1}^{f_r}\\sum_{c=1}^{f_c} W_{f,ch,r,c} X_{ch,(i-1)s+r,(j-1)s+c} + b_f",
        {"index_base": 1},
        "",
    ),
    (
        "right",
        C2S,
        "O_{f,i,j} = (\\sum_{ch=1}^{C_{in}}\\sum_{r=1}^{K_1}\\sum_{c=1}^{K_2} W_{f,ch,r,c} * X_{ch,(i-1)s+r,(j-1)s+c}) + b_f",
        {"index_base": 1},
        "",
    ),
    (
        "right",
        Conv.general(2, stride=s, padding=0, dilation=1, bias=False),
        "\\frac{\\partial L}{\\partial X_{ch,p,q}} = \\sum_{f}\\sum_{i}\\sum_{j}\\frac{\\partial L}{\\partial O_{f,i,j}}W_{f,ch,p-(i-1)s,q-(j-1)s}",
        {"index_base": 1},
        "",
    ),
    (
        "right",
        Conv.general(2, stride=s, padding=0, dilation=1, bias=False),
        "\\frac{\\partial O_{f,i,j}}{\\partial X_{ch,p,q}} = W_{f,ch,p-(i-1)s,q-(j-1)s}",
        {"index_base": 1},
        "",
    ),
    ("right", C2, "dkernel[o, c, a, b] += dout[o, i, j] * x[c, i+a, j+b]", {}, ""),
    (
        "right",
        C2,
        "dW[o, c, u, v] = sum(G[o, i, j] * x[c, i+u, j+v] for i in range(H_out) for j in range(W_out))",
        {},
        "",
    ),
    (
        "right",
        C2,
        "dx[c, h, w] = \\sum_{\\substack{o,i,j,u,v \\\\ i+u=h,\\; j+v=w}} G[o, i, j]\\; W[o, c, u, v]",
        {},
        "",
    ),
    (
        "right",
        Conv.general(2, stride=s, padding=0, dilation=1, bias=False),
        "dkernel[kh, kw, cin, cout] += dout[i, j, cout] * x[i*stride+kh, j*stride+kw, cin]",
        {},
        "",
    ),
    (
        "right",
        Conv.general(2, stride=s, padding=0, dilation=1, bias=False),
        "dx[i*stride+kh, j*stride+kw, cin] += dout[i, j, cout] * kernel[kh, kw, cin, cout]",
        {},
        "",
    ),
    ("right", C2, "\\text{out}[o, i, j] = \\sum_{c,\\,u,\\,v} x[c,\\, i+u,\\, j+v]\\; W[o, c, u, v]", {}, ""),
    ("right", C2, "dW[o] += G[o, i, j] * x[:, i:i+K1, j:j+K2]", {}, ""),
    ("right", C2, "dx[:, i:i+K1, j:j+K2] += G[o, i, j] * W[o]", {}, ""),
    (
        "right",
        C2,
        "y[c_out, i, j] = sum(K[c_out, c_in, di, dj] * x[c_in, i+di, j+dj] for c_in in range(C_in) for di in range(K1) for dj in range(K2))",
        {},
        "",
    ),
    ("right", C2, "dL/dx[c_in, i, j] = sum(c_out, di, dj, K[c_out, c_in, di, dj] * G[c_out, i - di, j - dj])", {}, ""),
    ("right", CB, "dw[i,j,k,l] = np.sum(x[:,j,k:k+m1,l:l+m2]*dout[:,i,:,:])", {}, ""),
    ("right", CBS, "dw[f] += x[n, :, i*s:i*s+K1, j*s:j*s+K2] * dout[n, f, i, j]", {}, ""),
    ("right", CBS, "dx[n, :, i*s:i*s+K1, j*s:j*s+K2] += w[f] * dout[n, f, i, j]", {}, ""),
    ("wrong", CBS, "dx[n, :, i:i+K1, j:j+K2] += w[f] * dout[n, f, i, j]", {}, "the stride is left out"),
    ("right", CB, "db = dout.sum(axis=(0, 2, 3))", {}, ""),
    ("right", CB, "db[f] = np.sum(dout[:, f, :, :])", {}, ""),
    ("right", CBS, "out[n, f, i, j] = np.sum(x[n, :, i*s:i*s+K1, j*s:j*s+K2] * w[f]) + b[f]", {}, ""),
    ("right", C2, 'kernels_gradient[i, j] = signal.correlate2d(self.input[j], output_gradient[i], "valid")', {}, ""),
    ("right", C2, 'input_gradient[j] += signal.convolve2d(output_gradient[i], self.kernels[i, j], "full")', {}, ""),
    (
        "wrong",
        C2,
        'input_gradient[j] += signal.correlate2d(output_gradient[i], self.kernels[i, j], "full")',
        {},
        "the kernel must be flipped the other way: w and rot180(w) are exchanged",
    ),
    ("right", C2, 'self.output[i] += signal.correlate2d(self.input[j], self.kernels[i, j], "valid")', {}, ""),
    ("right", PW, "y = einsum('oc,cij->oij', w, x)", {}, ""),
    ("right", PW, "dx = np.einsum('oc,oij->cij', w, dy)", {}, ""),
    ("right", PW, "dw = np.einsum('oij,cij->oc', dy, x)", {}, ""),
    ("wrong", PW, "dw = np.einsum('oij,cij->co', dy, x)", {}, ""),
    ("right", PW, "\\frac{\\partial L}{\\partial w_{o,c}} = \\sum_{i,j} \\delta_{o,i,j} x_{c,i,j}", {}, ""),
    ("right", PW, "dL/dw[o,c] = sum(i, j, delta[o,i,j] x[c,i,j])", {}, ""),
    (
        "right",
        L2,
        "\\frac{\\partial L}{\\partial X} = \\frac{\\partial L}{\\partial Y} *_{full} \\text{rot}_{180}(W)",
        {},
        "",
    ),
    (
        "right",
        Conv((n1, n2), (K1, K2), out_channels=F, in_channels=C),
        "\\frac{\\partial \\mathcal{L}}{\\partial X} = \\frac{\\partial \\mathcal{L}}{\\partial Y} \\star_{\\text{full}} \\text{rot}_{180}(W)",
        {},
        "",
    ),
    (
        "right",
        L2,
        "\\frac{\\partial L}{\\partial X} = \\text{full\\_conv}\\left(\\text{rot}_{180}(F), \\frac{\\partial L}{\\partial O}\\right)",
        {},
        "",
    ),
    (
        "right",
        L2,
        "\\frac{\\partial L}{\\partial F} = \\text{Convolution}(X, \\frac{\\partial L}{\\partial O})",
        {},
        "",
    ),
    ("right", L2, "\\frac{\\partial L}{\\partial W} = \\frac{\\partial L}{\\partial Y} * X", {}, ""),
    (
        "right",
        L2,
        "\\frac{\\partial\\mathcal{L}}{\\partial\\mathbf{X}} = \\frac{\\partial\\mathcal{L}}{\\partial\\mathbf{Y}} * \\text{rot}_{180}(\\mathbf{K})",
        {},
        "",
    ),
    ("right", L2, "\\nabla_X L = \\nabla_Y L \\ast \\text{rot}180(W)", {}, ""),
    ("right", L1, "\\delta_x = \\delta_y * \\text{flip}(w)", {}, ""),
    (
        "right",
        Conv((n1, n2), (K1, K2), stride=s),
        "\\frac{\\partial L}{\\partial K_{m, n}} = \\sum_{i=0}^{H_{\\mathrm{out}} - 1} \\sum_{j=0}^{W_{\\mathrm{out}} - 1} \\frac{\\partial L}{\\partial Z_{i, j}} \\cdot \\frac{\\partial Z_{i, j}}{\\partial K_{m, n}} = \\sum_{i=0}^{H_{\\mathrm{out}} - 1} \\sum_{j=0}^{W_{\\mathrm{out}} - 1} \\delta_{i, j} \\cdot X_{i \\cdot s + m, \\, j \\cdot s + n}",
        {},
        "",
    ),
    (
        "right",
        Conv.general(2, in_channels=1, out_channels=1, bias=False, padding=0, dilation=1),
        "\\frac{\\partial Z_{i, j}}{\\partial K_{m, n}} = X_{i \\cdot S_h + m, \\, j \\cdot S_w + n}",
        {},
        "",
    ),
    ("right", L2, "∂L/∂w_{mn} = Σ_i Σ_j (∂L/∂y_{ij}) × (∂y_{ij}/∂w_{mn})", {}, ""),
    ("right", L2, "∂L/∂w_{mn} = Σ_i Σ_j (∂L/∂y_{ij}) × x_{i+m, j+n}", {}, ""),
    (
        "right",
        L2,
        "\\frac{\\partial L}{\\partial k(a',b')} = \\sum_{r=0}^{H_{out}-1}\\sum_{c=0}^{W_{out}-1} \\frac{\\partial L}{\\partial y(r,c)} x(r+a', c+b')",
        {},
        "",
    ),
    (
        "right",
        L2,
        "\\frac{\\partial L}{\\partial x(r',c')} = \\sum_{a=0}^{K_1-1}\\sum_{b=0}^{K_2-1} \\frac{\\partial L}{\\partial y(r'-a,c'-b)} k(a,b)",
        {},
        "",
    ),
    (
        "wrong",
        L2,
        "\\frac{\\partial L}{\\partial x(r',c')} = \\sum_{a=0}^{K_1-1}\\sum_{b=0}^{K_2-1} \\frac{\\partial L}{\\partial y(r'+a,c'+b)} k(a,b)",
        {},
        "the kernel's index has the wrong sign",
    ),
    (
        "right",
        Conv.general(2, stride=s, padding=0, dilation=1, bias=False),
        "\\frac{\\partial \\mathcal{L}}{\\partial X(c_{in}, i', j')} = \\sum_{c_{out}} \\sum_{i, j} \\delta(c_{out}, i, j) W(c_{out}, c_{in}, i' - i \\cdot s, j' - j \\cdot s)",
        {},
        "",
    ),
    ("right", L2b, "db = \\sum_h \\sum_w dZ_{hw}", {}, ""),
    (
        "right",
        Conv.general(2, stride=s, padding=0, dilation=1, bias=True, batch_size=B),
        "db[c] += dZ[i, c, h, w]",
        {},
        "",
    ),
    ("right", CBS, "da_prev_pad[i, :, h*s:h*s+K1, w*s:w*s+K2] += W[c] * dZ[i, c, h, w]", {}, ""),
    ("right", CBS, "dW[c] += a_prev[i, :, h*s:h*s+K1, w*s:w*s+K2] * dZ[i, c, h, w]", {}, ""),
    ("wrong", SQ, "N=(W-F+2P)/S+1", {}, "the floor is left out: it is right only where the division is exact"),
    ("right", SQ1, "N=(W-F+2P)/S+1", {}, ""),
    (
        "wrong",
        SQ,
        "oh = (h + 2 * p - k) / s + 1",
        {},
        "the floor is left out: it is right only where the division is exact",
    ),
    ("right", SQ, "output = ⌊(n + 2p - k) / s⌋ + 1", {}, ""),
    ("wrong", SQ, "H_{out}=1+\\frac{H-K}{S}", {}, ""),
    ("right", MP2, "H_{out}=1+\\lfloor\\frac{H-PH}{S}\\rfloor", {}, ""),
    (
        "right",
        G1,
        "L_{out} = \\left\\lfloor\\frac{L_{in} + 2 \\times \\text{padding} - \\text{dilation} \\times (\\text{kernel\\_size} - 1) - 1}{\\text{stride}} + 1\\right\\rfloor",
        {},
        "",
    ),
    ("right", SQ, "W' = \\lfloor (W-F+2P)/S \\rfloor + 1", {}, ""),
    ("right", SQ, "H' = \\lfloor (H-F+2P)/S \\rfloor + 1", {}, ""),
    ("right", Conv((H, W), (K, K)), "H_2 = H_1 - K + 1", {}, ""),
    ("right", Conv((H, W), (F, F), stride=s, padding=p), "W_2 = \\lfloor (W_1 - F + 2P)/S \\rfloor + 1", {}, ""),
    ("right", Conv((H, W), (F, F), stride=s, padding=p), "H_2 = \\lfloor (H_1 - F + 2P)/S \\rfloor + 1", {}, ""),
    ("right", Conv.general(2), "W_2 = \\lfloor (W_1 - D(F - 1) - 1 + 2P)/S \\rfloor + 1", {}, ""),
    ("right", SQ, "H_{out} = \\left\\lfloor \\frac{H_{in} - F_h + 2P}{S} \\right\\rfloor + 1", {}, ""),
    ("right", D1, "K_{eff} = K + (K-1)(d-1)", {}, ""),
    ("right", D1, "k_{eff} = d(k-1) + 1", {}, ""),
    ("wrong", D1, "k_{eff} = k + (k-1)d", {}, ""),
    ("right", D1, "effective_K = kernel_size + (kernel_size - 1) * (dilation - 1)", {}, ""),
    ("right", D1, "output_size = input_size - effective_K + 1", {}, ""),
    ("right", G1, "m = \\lfloor (n + 2p - K_{eff})/s \\rfloor + 1", {}, ""),
    ("right", CTP, "n^* = (n-1)s + k - 2p", {}, ""),
    ("right", CTP, "output_size = strides * (input_size-1) + kernel_size - 2*padding", {}, ""),
    ("right", SQ, "n^* = floor( \\frac{n -k + 2p + s}{s} )", {}, ""),
    ("right", S1, "out_height = ceil(float(in_height - filter_height + 1) / float(strides))", {}, ""),
    ("right", Conv(n, 3, padding=1), "P = (F - 1)/2", {}, ""),
    ("right", Conv(n, 5, padding="same"), "P = \\lfloor F/2 \\rfloor", {}, ""),
    ("wrong", Conv(n, 5, padding="same"), "P = F - 1", {}, ""),
    ("wrong", Conv(n, 4, padding="same"), "P = \\lfloor F/2 \\rfloor", {}, "it is 1 too large"),
    ("right", Conv((32, 32), (3, 3), padding=1), "(32 + 2 - 3)/1 + 1 = 32", {}, ""),
    ("right", Conv((28, 28), (3, 3), in_channels=3, out_channels=64, bias=True), "64 \\times (27+1) = 1792", {}, ""),
    (
        "right",
        Conv((28, 28), (3, 3), in_channels=3, out_channels=64, bias=True),
        "\\text{params} = (F^2 C_{in}+1)C_{out}",
        {},
        "",
    ),
    ("right", D1, "y = x \\star_d w", {}, ""),
    ("right", D1, "y = x *_d w", {}, ""),
    ("right", D1, "y[i] = \\sum_{k=0}^{K-1} x[i + d \\cdot k] \\, w[k]", {}, ""),
    (
        "right",
        Conv((n1, n2), (K1, K2), dilation=d),
        "output[i, j] = sum(input[i + k*d, j + l*d] * kernel[k, l] for k in range(kernel_height) for l in range(kernel_width))",
        {},
        "",
    ),
    (
        "right",
        Conv((n1, n2), (K1, K2), dilation=d),
        "(I *_d K)(i,j) = \\sum_m \\sum_n I(i + dm, j + dn) K(m,n)",
        {},
        "",
    ),
    ("right", CT, "Y[i*s : i*s + K] += X[i] * w", {}, ""),
    ("right", SD, "\\theta \\leftarrow \\theta - \\eta \\nabla_\\theta L", {}, ""),
    ("right", SD, "\\theta_{t+1} = \\theta_t - \\alpha \\frac{\\partial L}{\\partial \\theta_t}", {}, ""),
    ("right", SD, "kernels -= learning_rate * kernels_gradient", {}, ""),
    ("right", SD, "w_{new} = w_{old} - \\eta \\frac{\\partial L}{\\partial w}", {}, ""),
    ("right", SD, "w_{\\text{new}} = w_{\\text{old}} - \\eta \\cdot \\frac{\\partial L}{\\partial w}", {}, ""),
    (
        "wrong",
        SD,
        "w_{new} = w_{old} + \\eta \\frac{\\partial L}{\\partial w}",
        {},
        "the gradient must be subtracted: the step has the wrong sign",
    ),
    ("right", SD, "\\Delta w_k = -\\eta \\frac{\\partial L}{\\partial w_k}", {}, ""),
    ("right", CN2, "\\delta^{l} = (\\delta^{l+1} * \\text{rot}_{180}(W^{l+1})) \\odot \\sigma'(z^l)", {}, ""),
    ("right", CN, "\\frac{\\partial C}{\\partial w^l_m} = \\sum_i \\delta^l_i a^{l-1}_{i+m}", {}, ""),
    ("right", NT, "\\frac{\\partial L}{\\partial W^{[2]}} = \\delta^{[2]} a^{[1]T}", {}, ""),
    ("right", NT, "\\delta^{[1]} = W^{[2]T}\\delta^{[2]} \\odot a^{[1]} \\odot (1 - a^{[1]})", {}, ""),
    ("wrong", NT, "\\delta^{[1]} = W^{[2]}\\delta^{[2]} \\odot g'(z^{[1]})", {}, "the indices of w3 are exchanged"),
    (
        "right",
        Sequential(
            Conv((8, 8), (3, 3)),
            Activation("relu"),
            MaxPool((6, 6), 2, stride=2),
            Conv((3, 3), (3, 3)),
            input_shape=(1, 8, 8),
        ),
        "r = 8",
        {},
        "",
    ),
    (
        "right",
        Sequential(
            Conv((8, 8), (3, 3)),
            Activation("relu"),
            MaxPool((6, 6), 2, stride=2),
            Conv((3, 3), (3, 3)),
            input_shape=(1, 8, 8),
        ),
        "RF = 1 + 2*1 + 1*1 + 2*2",
        {},
        "",
    ),
    ("right", C2, "Y = W_{row} X_{col}", {}, ""),
    ("right", C2, "\\text{out} = W_{flat} \\cdot \\text{im2col}(X)", {}, ""),
    ("right", C2, "dX_{col} = W^T dY", {}, ""),
    ("right", C2, "dW = dY X_{col}^T", {}, ""),
    ("right", C2, "dX = col2im(W.T @ dY)", {}, ""),
    ("right", C2, "dW = dout @ X_col.T", {}, ""),
    ("right", L1, "y_t = \\sum_{\\tau=0}^{K-1} w_\\tau x_{t+\\tau}", {}, ""),
    ("right", L1, "(x \\star w)[t] = \\sum_\\tau x[t+\\tau] w[\\tau]", {}, ""),
    ("right", L2, "[\\mathbf{H}]_{i,j} = \\sum_a \\sum_b [\\mathsf{V}]_{a,b} [\\mathbf{X}]_{i+a,j+b}", {}, ""),
    (
        "right",
        Conv((n, n), (3, 3), padding=1),
        "[\\mathbf{H}]_{i,j} = \\sum_{a=-1}^{1} \\sum_{b=-1}^{1} [\\mathbf{V}]_{a+1,b+1} [\\mathbf{X}]_{i+a,j+b}",
        {},
        "",
    ),
    (
        "right",
        MP2,
        "out(h, w) = \\max_{m=0, \\ldots, kH-1} \\max_{n=0, \\ldots, kW-1} input(\\text{stride[0]} \\times h + m, \\text{stride[1]} \\times w + n)",
        {},
        "",
    ),
    (
        "right",
        Conv((3, 3), (2, 2)),
        "\\begin{bmatrix}o_{11}\\\\o_{12}\\\\o_{21}\\\\o_{22}\\end{bmatrix} = \\begin{bmatrix} w_{11}&w_{12}&0&w_{21}&w_{22}&0&0&0&0\\\\ 0&w_{11}&w_{12}&0&w_{21}&w_{22}&0&0&0\\\\ 0&0&0&w_{11}&w_{12}&0&w_{21}&w_{22}&0\\\\ 0&0&0&0&w_{11}&w_{12}&0&w_{21}&w_{22}\\end{bmatrix} \\begin{bmatrix}x_{11}\\\\x_{12}\\\\x_{13}\\\\x_{21}\\\\x_{22}\\\\x_{23}\\\\x_{31}\\\\x_{32}\\\\x_{33}\\end{bmatrix}",
        {},
        "",
    ),
    (
        "right",
        Conv((3, 3), (2, 2)),
        "\\frac{\\partial L}{\\partial F_1} = \\delta_1 X_1 + \\delta_2 X_2 + \\delta_3 X_4 + \\delta_4 X_5",
        {},
        "",
    ),
    (
        "right",
        Conv((3, 3), (2, 2)),
        "\\partial L/\\partial F_1 = \\partial L/\\partial O_1 * X_1 + \\partial L/\\partial O_2 * X_2 + \\partial L/\\partial O_3 * X_4 + \\partial L/\\partial O_4 * X_5",
        {},
        "",
    ),
    (
        "right",
        Conv((3, 3), (2, 2)),
        "\\partial L/\\partial F_{11} = \\partial L/\\partial O_{11} * X_{11} + \\partial L/\\partial O_{12} * X_{12} + \\partial L/\\partial O_{21} * X_{21} + \\partial L/\\partial O_{22} * X_{22}",
        {},
        "",
    ),
    ("right", Conv((3, 3), (2, 2)), "\\frac{\\partial O_{11}}{\\partial F_{11}} = X_{11}", {}, ""),
    ("right", Conv((3, 3), (2, 2)), "\\frac{\\partial O_{11}}{\\partial X_{22}} = F_{22}", {}, ""),
    ("right", Conv((H, W), (F, F), stride=s, padding=p), r"W1 = \lfloor (W - F + 2P)/S \rfloor + 1", {}, ""),
    ("right", SQ, r"H1 = \lfloor (H - F + 2P)/S \rfloor + 1", {}, ""),
    ("right", CTP, "W1 = (W2-1)*S - 2P + F", {}, ""),
    ("wrong", CTP, "W1 = (W2-1)*S - P + F", {}, ""),
    ("wrong", P1, "W1 = floor((W - F)/S) + 1", {}, "the padding is left out"),
    ("wrong", S1, "W1 = s(W2 - 1) + K", {}, "it is right only where the stride leaves nothing over"),
    ("right", S1, "D = floor((n-K)/s) + 1", {}, ""),
    ("right", C2, "dx[c,i+p,j+q] += dy[o,i,j]*w[o,c,p,q]", {}, ""),
    ("right", C2S, "dx[c,i*s+kh,j*s+kw] += dy[o,i,j]*w[o,c,kh,kw]", {}, ""),
    ("right", L1, r"dL/dx[j] = \sum_{i+p=j} \delta_i w_p", {}, ""),
    ("right", L1, r"\frac{\partial L}{\partial x_j} = \sum_{m + s = j} \delta_m w_s", {}, ""),
    (
        "wrong",
        L1,
        r"\frac{\partial L}{\partial x_j} = \sum_{m - s = j} \delta_m w_s",
        {},
        "the kernel's index has the wrong sign",
    ),
    ("right", P1, "dx_pad[i*s:i*s+K] += w * dy[i]", {}, ""),
    ("right", P1, "dx_pad[i*s + k] += w[k] * dy[i]", {}, ""),
    ("wrong", P1, "dx_pad[i + k] += w[k] * dy[i]", {}, "the stride is left out"),
    (
        "right",
        Conv(n, K, padding="full", dilation=d, flip=True),
        r"(x *_d w)(i) = \sum_{s + d t = i} x(s) w(t)",
        {},
        "",
    ),
    ("right", Conv(9, 3, dilation=2), r"y = x *_2 w", {}, ""),
]

PARTS = 8


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(1, PARTS))])
def test_public_claims(part: int) -> None:
    for truth, subject, claim, options, words in ROWS[part::PARTS]:
        report = check(subject, claim, **options)
        assert report.status == ("proved" if truth == "right" else "refuted"), (claim, str(report))
        assert words in str(report), (claim, str(report))


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(1, PARTS))])
def test_public_claims_by_loops(part: int) -> None:
    """Every row is found to be as the table says by a program that says it again, or by the tests' own reader."""
    for row in ROWS[part::PARTS]:
        excused = any(row[2].startswith(start) for start in NOT_AGAIN)
        assert again(row) or excused or recheck(row) is not None, row[2]


READINGS: list[tuple[Any, str, str]] = [
    (Conv((H, W), (F, F), stride=s, padding=p), r"W1 = \lfloor (W - F + 2P)/S \rfloor + 1", "W1 is m2"),
    (D1, r"K_{eff} = K + (K-1)(d-1)", "K_{eff} is K*d - d + 1"),
    (D1, r"y = x *_d w", "the d of *_d is the dilation"),
    (P1, "dx_pad[i*s:i*s+K] += w * dy[i]", "dx_pad is dL_dX with the padding of the input"),
    (NT, r"\frac{\partial L}{\partial W^{[2]}} = \delta^{[2]} a^{[1]T}", "superscripts count the parts with weights"),
    (SD, r"\theta \leftarrow \theta - \eta \nabla_\theta L", "theta is the weight w"),
    (C2, "input_gradient[j] += signal.convolve2d(output_gradient[i], self.kernels[i, j], 'full')",
     "output_gradient is the gradient with respect to the output"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "claim", "words"), READINGS)
def test_a_public_claim_says_how_it_was_read(subject: Any, claim: str, words: str) -> None:
    assert words in str(check(subject, claim))


UNREAD: list[tuple[Any, str, str]] = [
    (Conv(9, 3, dilation=2), r"y = x *_3 w", "the 3 of *_3 is neither the layer's dilation nor its stride"),
    (P1, "dx_pad[j] = sum(i, dy[i] w[j - s i])", "dx_pad is read only where something is added to it"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "claim", "words"), UNREAD)
def test_what_is_not_read_is_said(subject: Any, claim: str, words: str) -> None:
    with pytest.raises(ClaimError) as raised:
        check(subject, claim)
    assert words in str(raised.value)
