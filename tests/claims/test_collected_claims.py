# ruff: noqa: E501
r"""Claims collected from courses, answers, notes and programs: those of kinds that the other tables lack.

Most are from READMEs, notes and answers in several languages. What each is was found by hand; a program of the tests says
it again where their own reader does not have it.
"""

from __future__ import annotations

from typing import Any

import pytest

from symconv import Conv, check
from tests.claims.public_again import again
from tests.claims.test_field_by_loops import recheck
from tests.claims.test_public_claims import C2, CN2, K1, K2, L1, L2, P1, S1, SQ, SQ1, B, C, F, K, L2b, n, n1, n2, p, s

R, X = "right", "wrong"
FF = Conv(n, K, flip=True, padding="full")
FFb = Conv(n, K, flip=True, padding="full", bias=True)
FF2 = Conv((n1, n2), (K1, K2), flip=True, padding="full")
FL2 = Conv((n1, n2), (K1, K2), flip=True)
L1b = Conv(n, K, bias=True)
GB = Conv.general(2, dilation=1, bias=True, batch_size=B)
SQB = Conv((n, n), (K, K), stride=s, padding=p, in_channels=C, out_channels=F, bias=True, batch_size=B)
SQC = Conv((n, n), (K, K), in_channels=C, out_channels=F, bias=True)
SS = Conv((n, n), (K, K), stride=s)

ROWS: list[tuple[Any, ...]] = [
    (R,L2,r"\frac{\partial L}{\partial X} = \text{pad}\left(\frac{\partial L}{\partial O}\right) ⋆ \text{rot180}(K)"),
    (R,L2,r"{ \frac{\partial L}{\partial K} = X ⋆ \frac{\partial L}{\partial O} }"),
    (R,L2b,r"\frac{\partial L}{\partial b} = sum( \frac{\partial L}{\partial O})"),
    (R,L2,r"\frac{\partial L}{\partial K} = I * \delta"),
    (R,L2,r"\frac{\partial L}{\partial I} = \delta * \text{rot180}(K)"),
    (R,L2,r"\frac{\partial \mathcal{L}}{\partial K}(m,n)=\sum_{i,j}\delta_Y(i,j)\,X(i+m,j+n)"),
    (R,L2,r"\frac{\partial \mathcal{L}}{\partial X}=\delta_Y * \text{rot180}(K)"),
    (R,FF2,r"y_{ij}=\sum_{u=1}^U\sum_{v=1}^V\omega_{uv}x_{i-u+1,j-v+1}",{"index_base":1}),
    (R,C2,r"\frac{\partial L}{\partial X_{c,i,j}} = \sum_{k,m,n} \frac{\partial L}{\partial Y_{k, i-m, j-n}} \cdot W_{k,c,m,n}"),
    (R,GB,r"\boxed{ \frac{\partial L}{\partial b_{c_o}} = \sum_n\sum_h\sum_w G_{n,c_o,h,w} }"),
    (R,SQB,"dw[f] += dout[n, f, i, j] * x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]"),
    (R,SQB,"dx_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW] += dout[n, f, i, j] * w[f]"),
    (R,SQB,"db[f] += dout[n, f].sum()"),
    (R,SQB,"dw[f] += dout[n, f, h, v] * x_padded[n, :, h*stride:h*stride + WW, v*stride:v*stride + HH]"),
    (R,SQB,"dx_padded[n, :, h*stride:h*stride+HH, v*stride:v*stride+WW] += dout[n,f,h,v] * w[f]"),
    (R,CN2,r"\delta^l=(\delta^{l+1} * rot180(w^{l+1}))\odot \sigma'(z^l)"),
    (R,FL2,r"\frac{\partial C}{\partial w^l}=\delta^l*rot180(a^{l-1})"),
    (R,L2,r"(I * K)(i, j) = \sum_{m}\sum_{n} I(i+m, j+n) \cdot K(m, n)"),
    (R,FF2,r"S(i,j) = (K*I)(i,j) = \sum_m \sum_n I(i-m, j-n) K(m,n)"),
    (R,L2,r"S(i, j) = (I * K)(i, j) = \sum_{p=0}^{m-1} \sum_{q=0}^{n-1} I(i+p, j+q) \cdot K(p, q)"),
    (R,SQ,r"O = \left\lfloor \frac{I - K + 2P}{S} \right\rfloor + 1"),
    (R,FF,"S(t) = (I * K)(t) = ∑[a] I(a) * K(t - a)"),
    (R,L2,"S(i, j) = (I * K)(i, j) = ∑[m] ∑[n] I(i+m, j+n) * K(m, n)"),
    (R,FFb,r"(x * w)[n] = \sum_m x[n-m] \cdot w[m] + b"),
    (R,FF,r"(x * w)[n] = \sum_{k=-\infty}^{\infty} x[k] w[n-k]"),
    (R,FF2,r"(I * K)[i, j] = \sum_{m} \sum_{n} I[m, n] \cdot K[i-m, j-n]"),
    (R,L2,r"(I \star K)[i, j] = \sum_{m} \sum_{n} I[i+m, j+n] \cdot K[m, n]"),
    (R,L1,r"(x * w)[n] = \sum_{k=0}^{K-1}x[n + k]\cdot w[k]"),
    (R,SQ1,r"(X * W)[i, j] = \sum_{m=0}^{K-1}\sum_{n=0}^{K-1} X[i+m, j+n] \cdot W[m, n]"),
    (R,L1,r"(x \star w)[n] = \sum_{m} x[m] \cdot w[m - n]"),
    (R,FF,"y[n] = (x * w)[n] = ∑_m x[m] w[n - m]"),
    (R,L1,"(x * w)[n] = sum_m x[n+m] w[m]"),
    (R,FF,"(x * w)[n] = Σₖ x[n-k] · w[k]"),
    (R,L2,r"(X * K)[i, j] = \sum_{m=0}^{k_h-1} \sum_{n=0}^{k_w-1} X[i+m, j+n] K[m, n]"),
    (R,SQ,r"H_{out} = \left\lfloor \frac{H_{in} + 2p - f}{s} + 1 \right\rfloor, \quad W_{out} = \left\lfloor \frac{W_{in} + 2p - f}{s} + 1 \right\rfloor"),
    (R,SQC,r"Params = (f \cdot f \cdot C_{in}) \cdot C_{out} + C_{out}"),
    (R,SS,r"H_{out} = \left\lfloor\frac{H-K}{S}\right\rfloor + 1"),
    (R,SS,r"O_{ij} = \sum_{p=0}^{K-1}\sum_{q=0}^{K-1} x_{Si+p,\, Sj+q} \cdot f_{pq}"),
    (R,SS,r"\frac{\partial L}{\partial f_{pq}} = \sum_{i=0}^{H_{out}-1}\sum_{j=0}^{W_{out}-1} \frac{\partial L}{\partial o_{ij}} \cdot x_{Si+p,\, Sj+q}"),
    (R,SQ,r"W_{out} = \left\lfloor \frac{W_{in} - F + 2P}{S} \right\rfloor + 1, \quad H_{out} = \left\lfloor \frac{H_{in} - F + 2P}{S} \right\rfloor + 1"),
    (R,Conv.general(2),r"H_{out} = \left\lfloor\frac{H_{in} + 2 * \text{padding[0]} - \text{dilation[0]} \times (\text{kernel_size[0]} - 1) - 1}{\text{stride[0]}} + 1\right\rfloor"),
    (R,L1b,r"y[n] = \sum_{k} w[k] \cdot x[n+k] + b"),
    (R,FF,r"y[n] = \sum_{k=0}^{K-1} x[n-k] \, h[k]"),
    (R,FF,r"y[n] = \sum_{k=0}^{M-1} h[k] \cdot x[n-k] = h[0]x[n] + h[1]x[n-1] + h[2]x[n-2] + \dots + h[M-1]x[n-M+1]"),
    (R,L1,r"o=(i-k)+1"),
    (R,Conv(n,K,padding=p),r"o=(i-k)+2p+1"),
    (R,S1,r"o=\left \lfloor\frac{i-k}{s} \right \rfloor +1"),
    (X,SQ,r"N = (W - F + 2P) / S + 1"),
    (X,SQ,"O = 1 + (W-K+2P)/S"),
    (R,Conv(64,4,stride=2,padding=1),r"O = \frac{I-K+2P}{S} +1"),
    (R,P1,r"o = \lfloor \frac{n+2p-f}{s} + 1 \rfloor"),
    (R,L1,r"x_i^l = \sum\limits_{a=0}^{m-1} w_a y_{a+i}^{l-1}"),
    (R,L1,r"Die Ausgabe ist $y_i = \sum_k w_k x_{i+k}$ und der Gradient ist $\frac{\partial L}{\partial w_k} = \sum_i \delta_i x_{i+k}$."),
    (R,L1b,r"如果存在偏置，则： $$ \frac{\partial L}{\partial b} = \sum_i \delta_i $$"),
    (R,L2,r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} * \text{rot180}(K)"),
    (R,L2,r"\frac{\partial L}{\partial X} \;=\; \delta * \text{rot180}(W),"),
]  # fmt: skip
NOT_AGAIN = ("Die Ausgabe ist", "如果存在偏置")
"""Words and several formulas, which the programs do not have."""
PARTS = 4


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(1, PARTS))])
def test_collected_claims(part: int) -> None:
    for truth, subject, claim, *more in ROWS[part::PARTS]:
        options = more[0] if more else {}
        report = check(subject, claim, **options)
        assert report.status == ("proved" if truth == R else "refuted"), (claim, str(report))
        if not claim.startswith(NOT_AGAIN):
            row = (truth, subject, claim, options, "")
            assert again(row) or recheck(row) is not None, claim
