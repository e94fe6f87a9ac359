# ruff: noqa: E501
r"""The public claims that no reader of the tests has, said again as programs by hand; see ``said_again.py``.

A claim is known by its start; several claims that say the same have one program.
"""

from __future__ import annotations

from typing import Any

from symconv import Sequential
from symconv.layers import Layer
from tests.claims.by_programs import mistake_is_the_claim, program_agrees
from tests.claims.said_again import Again

OVER = "for o, i, j in np.ndindex(G4.shape):"
GW3 = f"y = np.zeros(W4.shape, dtype=object)\n{OVER} y[o] += G4[o, i, j]*X4[:, i*s:i*s+K1, j*s:j*s+K2]"
GX3 = f"y = np.zeros(X4.shape, dtype=object)\n{OVER} y[:, i*s:i*s+K1, j*s:j*s+K2] += G4[o, i, j]*W4[o]"
Y3 = f"y = np.zeros(Y4.shape, dtype=object)\n{OVER} y[o, i, j] = (W4[o]*X4[:, i*s:i*s+K1, j*s:j*s+K2]).sum()"
Y3B = f"{Y3} + b_[o]"
OVER4 = "for e, o, i, j in np.ndindex(G4.shape):"
GW4 = f"y = np.zeros(W4.shape, dtype=object)\n{OVER4} y[o] += G4[e, o, i, j]*X4[e, :, i*s:i*s+K1, j*s:j*s+K2]"
GX4 = f"y = np.zeros(X4.shape, dtype=object)\n{OVER4} y[e, :, i*s:i*s+K1, j*s:j*s+K2] += G4[e, o, i, j]*W4[o]"
FULL = "corr(np.pad(G, np.array(W.shape)[:, None] - 1), {})"
GX2, WRONG_GX2 = FULL.format("rot(W)"), FULL.format("W")
EACH_GX = "y = np.zeros(X4.shape, dtype=object)\nfor o, c in np.ndindex(W4.shape[:2]): y[c] += {}"
FLIPPED = "corr(np.pad(G4[o], [(K1-1, K1-1), (K2-1, K2-1)]), {})"
SCATTERED = (
    "y = np.zeros(n + 2*p, dtype=object)\nfor i in range(m):\n  for k in range(K): y[{}] += W[k]*G[i]\ny = y[p:p+n]"
)
DENSE = r"\begin{bmatrix}o_{11}\\o_{12}"
ROW = "[W[0,0], W[0,1], 0, W[1,0], W[1,1]]"

PROGRAMS: dict[str, Again] = {
    r"\frac{\partial L}{\partial x_{22}} = ": Again("", "holds", "", "all(sum(g[i,j]*d_out(i, j, 1, 1) for i in Z for j in Z if 0 <= i < m1 and 0 <= j < m2) == v for v in [G[0,0]*W[1,1] + G[0,1]*W[1,0] + G[1,0]*W[0,1] + G[1,1]*W[0,0]])"),
    r"\frac{\partial L}{\partial X} = \begin{vmatrix}": Again("", "grad_input", "", "[[G[0,0]*W[0,0], G[0,0]*W[0,1]+G[0,1]*W[0,0], G[0,1]*W[0,1]], [G[0,0]*W[1,0]+G[1,0]*W[0,0], G[0,0]*W[1,1]+G[0,1]*W[1,0]+G[1,0]*W[0,1]+G[1,1]*W[0,0], G[0,1]*W[1,1]+G[1,1]*W[0,1]], [G[1,0]*W[1,0], G[1,0]*W[1,1]+G[1,1]*W[1,0], G[1,1]*W[1,1]]]"),
    r"\frac{\partial L}{\partial X} = \begin{bmatrix} 0&0&0&0 \\ 0&\delta_{11}&\delta_{12}&0 \\ 0&\delta_{21}&\delta_{22}&0 \\ 0&0&0&0 \end{bmatrix} *": Again("", "grad_input", "", "corr(np.pad(G, 1), np.array([[W[1,1], W[1,0]], [W[0,1], W[0,0]]]))"),
    r"\frac{\partial L}{\partial X} = \begin{bmatrix} 0&0&0&0 \\ 0&\delta_{11}&\delta_{12}&0 \\ 0&\delta_{21}&\delta_{22}&0 \\ 0&0&0&0 \end{bmatrix} \star": Again("", "grad_input", "", "corr(np.pad(G, 1), W)", "convolved(G, rot(W))"),
    **dict.fromkeys((
        r"\frac{\partial L}{\partial W} = X * \frac", r"\frac{\partial L}{\partial F} = \begin{bmatrix} x_{11}", r"\frac{\partial L}{\partial F} = \text{Convolution}",
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y} * X", r"{ \frac{\partial L}{\partial K} = X", r"\frac{\partial L}{\partial K} = I * \delta",
    ), Again("", "grad_weight", "", "corr(X, G)")),
    **dict.fromkeys((
        r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} *_{full}", r"\frac{\partial L}{\partial X} = \text{full", r"\frac{\partial\mathcal{L}}{\partial\mathbf{X}} =",
        r"\nabla_X L = \nabla_Y L", r"\delta_x = \delta_y * \text{flip}", r"\frac{\partial L}{\partial X} = \text{pad}\left(", r"\frac{\partial L}{\partial I} = \delta * \text{rot180}(K)",
        r"\frac{\partial \mathcal{L}}{\partial X}=\delta_Y * \text{rot180}(K)", r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} * \text{rot180}(K)", r"\frac{\partial L}{\partial X} \;=\; \delta * \text{rot180}(W)",
    ), Again("", "grad_input", "", GX2)),
    r"\frac{\partial \mathcal{L}}{\partial X} = \frac{\partial \mathcal{L}}{\partial Y} \star_{\text{full}}": Again("", "grad_input", "", EACH_GX.format(FLIPPED.format("rot(W4[o, c])"))),
    r"\frac{\partial C}{\partial a^{l-1}_i} = \sum_{m}": Again("", "grad_input", "i", "sum(g[q]*w[i-q] for q in Z)"),
    r"\frac{\partial C}{\partial w^l_m} = \sum_{i=0}^{n-K} \Gamma": Again("", "grad_weight", "k", "sum(g[i]*x[i+k] for i in range(n-K+1))"),
    r"O_{f,i,j} = \sum_{ch=1}": Again("", "output", "f i j", "b[(f,)] + sum(w[f,c,r,q]*x[c,(i-1)*s+r,(j-1)*s+q] for c in range(1, C_in+1) for r in range(1, K1+1) for q in range(1, K2+1))"),
    r"\frac{\partial L}{\partial X_{ch,p,q}} = \sum_{f}\sum_{i}\sum_{j}\frac": Again("", "grad_input", "c p q", "sum(g[f,i,j]*w[f,c,p-(i-1)*s,q-(j-1)*s] for f in range(1, C_out+1) for i in range(1, m1+1) for j in range(1, m2+1))"),
    r"\frac{\partial O_{f,i,j}}{\partial X_{ch,p,q}}": Again("", "holds", "", "all(W4[f,c,p,q] == d_out(f+1, 1, 1, c+1, p+1, q+1) for f, c, p, q in np.ndindex(W4.shape))"),
    **dict.fromkeys((
        "dkernel[o, c, a, b] += dout", "dW[o, c, u, v] = sum(G[o, i, j]", "dkernel[kh, kw, cin, cout] +=", "dW[o] += G[o, i, j] * x[:",
        'kernels_gradient[i, j] = signal.correlate2d(self.input[j], output_gradient[i], "valid")',
    ), Again("", "grad_weight", "", GW3)),
    **dict.fromkeys((
        r"dx[c, h, w] = \sum_{\substack", "dx[i*stride+kh, j*stride+kw, cin] +=", "dx[:, i:i+K1, j:j+K2] += G[o, i, j] * W[o]", "dL/dx[c_in, i, j] = sum(c_out",
        r"\frac{\partial \mathcal{L}}{\partial X(c_{in}", 'input_gradient[j] += signal.convolve2d(output_gradient[i], self.kernels[i, j], "full")', "dx[c,i+p,j+q] += dy",
        "dx[c,i*s+kh,j*s+kw] += dy", "dX = col2im(W.T @ dY)", r"\frac{\partial L}{\partial X_{c,i,j}} = \sum_{k,m,n}",
    ), Again("", "grad_input", "", GX3)),
    'input_gradient[j] += signal.correlate2d(output_gradient[i], self.kernels[i, j], "full")': Again("", "grad_input", "", EACH_GX.format(FLIPPED.format("W4[o, c]")), EACH_GX.format("convolved(G4[o], rot(W4[o, c]))")),
    **dict.fromkeys((
        "y[c_out, i, j] = sum(K[c_out", 'self.output[i] += signal.correlate2d(self.input[j], self.kernels[i, j], "valid")', "Y = W_{row} X_{col}", r"\text{out} = W_{flat}",
    ), Again("", "output", "", Y3)),
    **dict.fromkeys(("dw[i,j,k,l] = np.sum(x[:,j", "dw[f] += x[n, :, i*s", "dW[c] += a_prev[i, :"), Again("", "grad_weight", "", GW4)),
    "da_prev_pad[i, :, h*s": Again("", "grad_input", "", GX4),
    **dict.fromkeys(("db = dout.sum(axis=(0, 2, 3))", "db[f] = np.sum(dout[:, f", "db[c] += dZ[i, c, h, w]", r"\boxed{ \frac{\partial L}{\partial b_{c_o}}", "db[f] += dout[n, f].sum()"), Again("", "grad_bias", "", "[sum(G4[e, f].sum() for e in range(len(G4))) for f in range(C_out)]")),
    "y = einsum('oc,cij->oij', w, x)": Again("", "output", "", "np.einsum('oc,cij->oij', W4[:, :, 0, 0], X4)"),
    "dx = np.einsum('oc,oij->cij', w, dy)": Again("", "grad_input", "", "np.einsum('oc,oij->cij', W4[:, :, 0, 0], G4)"),
    **dict.fromkeys(("dw = np.einsum('oij,cij->oc', dy, x)", r"\frac{\partial L}{\partial w_{o,c}} = \sum_{i,j}", "dL/dw[o,c] = sum(i, j"), Again("", "grad_weight", "", "np.einsum('oij,cij->oc', G4, X4)[:, :, None, None]")),
    "dw = np.einsum('oij,cij->co', dy, x)": Again("", "grad_weight", "", "np.einsum('oij,cij->co', G4, X4)[:, :, None, None]"),
    r"\frac{\partial L}{\partial K_{m, n}} = \sum_{i=0}^{H_{\mathrm{out}} - 1}": Again("", "grad_weight", "a c", "sum(g[i,j]*d_out_w(i, j, a, c) for i in range(m1) for j in range(m2))"),
    r"\frac{\partial Z_{i, j}}{\partial K_{m, n}}": Again("", "holds", "", "all(d_out_w(i, j, a, c) == X[i*strides[0] + a, j*strides[1] + c] for i, j in np.ndindex(G.shape) for a, c in np.ndindex(W.shape))"),
    "∂L/∂w_{mn} = Σ_i Σ_j (∂L/∂y_{ij}) × (∂y": Again("", "grad_weight", "a c", "sum(g[i,j]*d_out_w(i, j, a, c) for i in range(m1) for j in range(m2))"),
    **dict.fromkeys(("∂L/∂w_{mn} = Σ_i Σ_j (∂L/∂y_{ij}) × x", r"\frac{\partial L}{\partial k(a',b')}", r"\frac{\partial \mathcal{L}}{\partial K}(m,n)="), Again("", "grad_weight", "a c", "sum(g[i,j]*x[i+a,j+c] for i in range(m1) for j in range(m2))")),
    r"\frac{\partial L}{\partial x(r',c')} = \sum_{a=0}^{K_1-1}\sum_{b=0}^{K_2-1} \frac{\partial L}{\partial y(r'-a,c'-b)}": Again("", "grad_input", "i j", "sum(g[i-a,j-c]*w[a,c] for a in range(K1) for c in range(K2))"),
    r"\frac{\partial L}{\partial x(r',c')} = \sum_{a=0}^{K_1-1}\sum_{b=0}^{K_2-1} \frac{\partial L}{\partial y(r'+a,c'+b)}": Again("", "grad_input", "i j", "sum(g[i+a,j+c]*w[a,c] for a in range(K1) for c in range(K2))", "sum(g[u,v]*w[a,c] for u in range(m1) for v in range(m2) for a in range(K1) for c in range(K2) if u - a == i and v - c == j)"),
    r"db = \sum_h \sum_w dZ_{hw}": Again("", "grad_bias", "", "[G.sum()]"),
    r"\frac{\partial L}{\partial b} = sum(": Again("", "grad_bias", "", "[G.sum()]"),
    **dict.fromkeys((
        "output = ⌊(n + 2p - k) / s⌋ + 1", r"H_{out} = \left\lfloor \frac{H_{in} - F_h", r"H_2 = \lfloor", r"O = \left\lfloor \frac{I - K + 2P}{S}", r"o = \lfloor \frac{n+2p-f}{s}",
        r"W_{out} = \left\lfloor \frac{W_{in} - F + 2P}{S}", r"H_{out} = \left\lfloor \frac{H_{in} + 2p - f}{s} + 1", "W1 = \\lfloor (W - F + 2P)/S", "H1 = \\lfloor (H - F + 2P)/S",
    ), Again("", "size", "", "(n + 2*p - K)//s + 1")),
    r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial y_{11}} + \frac{\partial L}{\partial y_{22}}": Again("", "grad_bias", "", "[G[0,0] + G[1,1]]", "[G.sum() - G[0,1] - G[1,0]]"),
    **dict.fromkeys(("N=(W-F+2P)/S+1", "N = (W - F + 2P) / S + 1", "oh = (h + 2 * p - k) / s + 1", "O = 1 + (W-K+2P)/S"), Again("", "size", "", "Fraction(n - K + 2*p, s) + 1", "Fraction(n + 2*p - K + s, s)")),
    r"O = \frac{I-K+2P}{S} +1": Again("", "size", "", "Fraction(n - K + 2*p, s) + 1"),
    "W1 = floor((W - F)/S) + 1": Again("", "size", "", "(n - K)//s + 1", "(n + 2*0 - K)//s + 1"),
    r"H_{out}=1+\lfloor": Again("", "size", "", "1 + (n - K)//s"),
    "output_size = input_size - effective_K + 1": Again("", "size", "", "n - (d*(K-1) + 1) + 1"),
    r"m = \lfloor (n + 2p - K_{eff})/s": Again("", "size", "", "(n + 2*p - (d*(K-1) + 1))//s + 1"),
    **dict.fromkeys(("output_size = strides * (input_size-1) + kernel_size", "W1 = (W2-1)*S - 2P + F"), Again("", "size", "", "s*(n-1) + K - 2*p")),
    "W1 = (W2-1)*S - P + F": Again("", "size", "", "s*(n-1) + K - p"),
    "W1 = s(W2 - 1) + K": Again("", "holds", "", "n == s*(counted - 1) + K"),
    "H_2 = H_1 - K + 1": Again("", "size", "", "n - K + 1"),
    **dict.fromkeys(("K_{eff} = K + (K-1)(d-1)", "effective_K = kernel_size"), Again("", "holds", "", "K + (K-1)*(d-1) == len(range(0, d*K, d)) + (d-1)*(K-1) == max(d*k for k in range(K)) + 1")),
    "k_{eff} = d(k-1) + 1": Again("", "holds", "", "d*(K-1) + 1 == max(d*k for k in range(K)) + 1"),
    r"\text{params} = (F^2 C_{in}+1)C_{out}": Again("", "parameters", "", "(K**2*C_in + 1)*C_out"),
    r"64 \times (27+1) = 1792": Again("", "parameters", "", "1792 if 64*(27 + 1) == 1792 else 0"),
    r"Params = (f \cdot f \cdot C_{in}) \cdot C_{out} + C_{out}": Again("", "parameters", "", "K*K*C_in*C_out + C_out"),
    **dict.fromkeys((r"y = x \star_d w", "y = x *_d w", "y = x *_2 w"), Again("", "output", "", "corr(X, W, 1, d)")),
    "output[i, j] = sum(input[i + k*d, j + l*d]": Again("", "output", "i j", "sum(x[i+k*d,j+q*d]*w[k,q] for k in range(K1) for q in range(K2))"),
    r"(I *_d K)(i,j) = \sum_m \sum_n I(i + dm": Again("", "output", "i j", "sum(x[i+d*a,j+d*c]*w[a,c] for a in Z for c in Z)"),
    "Y[i*s : i*s + K] += X[i] * w": Again("", "output", "", "y = np.zeros(s*(n-1) + K, dtype=object)\nfor i in range(n): y[i*s:i*s+K] += X[i]*W"),
    **dict.fromkeys((
        r"\theta \leftarrow \theta", r"\theta_{t+1} = \theta_t", "kernels -= learning_rate", r"w_{new} = w_{old} -", r"w_{\text{new}} = w_{\text{old}} -",
    ), Again("", "step", "", "W - eta*gradient")),
    r"w_{new} = w_{old} +": Again("", "step", "", "W + eta*gradient", "W - (-eta)*gradient"),
    r"\Delta w_k = -\eta": Again("", "holds", "", "all(stepped[k] - W[k] == -eta*gradient[k] for k in range(K))"),
    r"\delta^{l} = (\delta^{l+1} * \text{rot}_{180}(W^{l+1})) \odot": Again("", "holds", "", "close(delta[1], np.array([sum(delta[2][i-k]*w[2][k] for k in range(2) if 0 <= i-k < 5) for i in range(6)]) * slope(z[1]))"),
    r"\frac{\partial C}{\partial w^l_m} = \sum_i \delta^l_i": Again("", "holds", "", "all(close(gw[l], [sum(delta[l][i]*a[l-1][i+k] for i in range(len(delta[l]))) for k in range(len(w[l]))]) for l in (1, 2))"),
    r"\frac{\partial L}{\partial W^{[2]}} = \delta": Again("", "holds", "", "close(gw[2], np.outer(delta[2], a[1]))"),
    r"\delta^{[1]} = W^{[2]T}": Again("", "holds", "", "close(delta[1], w[2].T @ delta[2] * a[1] * (1 - a[1]))"),
    r"\delta^{[1]} = W^{[2]}\delta": Again("", "holds", "", "w[2].shape[1] == len(delta[2]) and close(delta[1], w[2] @ delta[2] * slope(z[1]))"),
    **dict.fromkeys(("dX_{col} = W^T dY",), Again("", "holds", "", "True")),
    **dict.fromkeys(("dW = dY X_{col}^T", "dW = dout @ X_col.T"), Again("", "grad_weight", "", GW3)),
    **dict.fromkeys((
        r"(I * K)(i, j) = \sum_{m}\sum_{n} I(i+m", r"S(i, j) = (I * K)(i, j) = \sum_{p=0}^{m-1}", "S(i, j) = (I * K)(i, j) = ∑[m]", r"(I \star K)[i, j] = \sum_{m}", r"(X * W)[i, j] = ", r"(X * K)[i, j] = ",
    ), Again("", "output", "i j", "sum(w[a,c]*x[i+a,j+c] for a in range(K1) for c in range(K2))")),
    **dict.fromkeys((r"S(i,j) = (K*I)(i,j) = ", r"(I * K)[i, j] = \sum_{m} \sum_{n} I[m, n]"), Again("", "output", "i j", "sum(x[a,c]*w[i-a,j-c] for a in range(n1) for c in range(n2))")),
    r"y_{ij}=\sum_{u=1}^U": Again("", "output", "i j", "sum(w[u,v]*x[i-u+1,j-v+1] for u in range(1, K1+1) for v in range(1, K2+1))"),
    **dict.fromkeys((r"(x * w)[n] = \sum_{k=0}^{K-1}x[n + k]", r"(x \star w)[n] = ", "(x * w)[n] = sum_m x[n+m] w[m]", r"x_i^l = \sum\limits"), Again("", "output", "t", "sum(w[q]*x[t+q] for q in range(K))")),
    **dict.fromkeys((
        "S(t) = (I * K)(t) = ∑[a]", r"(x * w)[n] = \sum_{k=-\infty}^{\infty} x[k] w[n-k]", "(x * w)[n] = Σₖ x[n-k]", r"y[n] = \sum_{k=0}^{K-1} x[n-k]", r"y[n] = \sum_{k=0}^{M-1} h[k]", "y[n] = (x * w)[n] = ∑_m",
    ), Again("", "output", "t", "sum(x[a]*w[t-a] for a in range(n))")),
    r"(x * w)[n] = \sum_m x[n-m]": Again("", "output", "t", "sum(x[t-q]*w[q] for q in range(K)) + b_[0]"),
    r"O_{ij} = \sum_{p=0}^{K-1}": Again("", "output", "i j", "sum(x[s*i+a,s*j+c]*w[a,c] for a in range(K) for c in range(K))"),
    r"\frac{\partial L}{\partial f_{pq}} = ": Again("", "grad_weight", "a c", "sum(g[i,j]*x[s*i+a,s*j+c] for i in range(m1) for j in range(m2))"),
    **dict.fromkeys(("dw[f] += dout[n, f, i, j] * x_pad[n", "dw[f] += dout[n, f, h, v] * x_padded[n"), Again("", "grad_weight", "", GW4.replace("X4", "padded_4"))),
    **dict.fromkeys(("dx_pad[n, :, i * stride", "dx_padded[n, :, h*stride"), Again("", "grad_input", "", GX4.replace("zeros(X4", "zeros(padded_4") + "\ny = y[:, :, p:p+n1, p:p+n2]")),
    r"\delta^l=(\delta^{l+1} * rot180(w^{l+1}))\odot": Again("", "holds", "", "close(delta[1], np.array([sum(delta[2][i-k]*w[2][k] for k in range(2) if 0 <= i-k < 5) for i in range(6)]) * slope(z[1]))"),
    r"\frac{\partial C}{\partial w^l}=\delta^l*rot180(a^{l-1})": Again("", "grad_weight", "", "corr(rot(X), rot(G))"),
    r"y_t = \sum_{\tau=0}": Again("", "output", "t", "sum(w[q]*x[t+q] for q in range(K))"),
    **dict.fromkeys((r"(x \star w)[t] = \sum_\tau",), Again("", "output", "t", "sum(w[q]*x[t+q] for q in Z)")),
    r"[\mathbf{H}]_{i,j} = \sum_a": Again("", "output", "i j", "sum(w[a,c]*x[i+a,j+c] for a in Z for c in Z)"),
    r"[\mathbf{H}]_{i,j} = \sum_{a=-1}": Again("", "output", "i j", "sum(w[a+1,c+1]*x[i+a,j+c] for a in range(-1, 2) for c in range(-1, 2))"),
    DENSE: Again("", "output", "", f"y = [sum(one*v for one, v in zip([0]*at + {ROW}, np.ravel(X))) for at in (0, 1, 3, 4)]\ny = np.reshape(y, (2, 2))"),
    **dict.fromkeys((
        r"\frac{\partial L}{\partial F_1} = \delta_1", r"\partial L/\partial F_1 = ", r"\partial L/\partial F_{11} = ",
    ), Again("", "holds", "", "corr(X, G)[0,0] == G[0,0]*X[0,0] + G[0,1]*X[0,1] + G[1,0]*X[1,0] + G[1,1]*X[1,1]")),
    r"\frac{\partial O_{11}}{\partial F_{11}} = X_{11}": Again("", "holds", "", "d_out_w(0, 0, 0, 0) == X[0,0]"),
    r"\frac{\partial O_{11}}{\partial X_{22}} = F_{22}": Again("", "holds", "", "d_out(0, 0, 1, 1) == W[1,1]"),
    **dict.fromkeys((r"dL/dx[j] = \sum_{i+p=j}", r"\frac{\partial L}{\partial x_j} = \sum_{m + s = j}"), Again("", "grad_input", "j", "sum(g[i]*w[q] for i in Z for q in Z if i + q == j)")),
    r"\frac{\partial L}{\partial x_j} = \sum_{m - s = j}": Again("", "grad_input", "j", "sum(g[i]*w[q] for i in Z for q in Z if i - q == j)", "sum(g[j+q]*w[q] for q in range(K))"),
    **dict.fromkeys(("dx_pad[i*s:i*s+K] += w", "dx_pad[i*s + k] += w[k]"), Again("", "grad_input", "", SCATTERED.format("i*s+k"))),
    "dx_pad[i + k] += w[k]": Again("", "grad_input", "", SCATTERED.format("i+k"), "[gx(j, s=1) for j in range(n)]"),
    **dict.fromkeys((r"(x *_d w)(i) = \sum_{s + d t = i}",), Again("", "output", "i", "sum(x[a]*w[t] for a in Z for t in Z if a + d*t == i)")),
}  # fmt: skip
NOT_AGAIN = {
    "r = 8": "receptive fields of this network have no loops in the tests",
    "RF = 1 + 2*1": "the same",
    "P = (F - 1)/2": "it says of the layer's padding what it is, not what follows",
    r"P = \lfloor F/2": "the same",
    "out(h, w) = \\max_{m=0": "the loops know one stride for both axes",
    r"dX_{col} = W^T dY": "the patches' gradient is no quantity of the loops",
}
"""Claims that are not said again, by their starts, and why."""


def said_of(subject: Any, claim: str) -> Again | None:
    """The program for a claim; the one with the longest start."""
    starts = [start for start in PROGRAMS if claim.startswith(start)]
    return PROGRAMS[max(starts, key=len)] if starts else None


def again(row: Any) -> bool:
    """Assert what a row says by its program; whether it has one."""
    truth, subject, claim, options, _ = row
    program = None if any(claim.startswith(start) for start in NOT_AGAIN) else said_of(subject, claim)
    if program is None or (isinstance(subject, Sequential) and "loss" not in repr(subject)):
        return False
    base = options.get("index_base", 0)
    assert program_agrees(subject, program, base) is (truth == "right"), (truth, claim)
    if program.mistake and isinstance(getattr(subject, "layer", subject), Layer):
        assert mistake_is_the_claim(subject, program, base), claim
    return True
