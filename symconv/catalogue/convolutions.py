"""What people know about convolutions, for every size: name, both sides, a near miss, and a reference.

On one axis unless it is about two; tensors are zero outside their shape, so a sum over k needs no limits but those shown.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

i, j, k, l, o, c, g, q, r, t, u, v, z = sp.symbols("i j k l o c g q r t u v z", integer=True)
a, b = sp.symbols("a b", integer=True)
n, m, K, J, s, d, C, O, G, N = sp.symbols("n m K J s d C O G N", integer=True, positive=True)
p, e = sp.symbols("p e", integer=True, nonnegative=True)
x, y, delta = sp.IndexedBase("x", (n,)), sp.IndexedBase("y", (n,)), sp.IndexedBase("delta", (m,))
w, w2, w3 = sp.IndexedBase("w", (K,)), sp.IndexedBase("w2", (J,)), sp.IndexedBase("w3", (K,))
X, W = sp.IndexedBase("X", (C, n)), sp.IndexedBase("W", (O, C, K))
P, D, Z = sp.IndexedBase("P", (O, C)), sp.IndexedBase("D", (C, K)), sp.IndexedBase("Z", (C, C))
image, filter_ = sp.IndexedBase("X", (n, m)), sp.IndexedBase("w", (K, J))
gamma, beta, mu, rho, bias = (sp.IndexedBase(name, (O,)) for name in ("gamma", "beta", "mu", "rho", "b"))
grouped_x, grouped_w = sp.IndexedBase("X", (G, C, n)), sp.IndexedBase("W", (G, O, C, K))
long_w = sp.IndexedBase("w", (s * K,))
f, H = sp.IndexedBase("f"), sp.Symbol("H", integer=True, positive=True)
Y, joint_w = sp.IndexedBase("Y", (H, n)), sp.IndexedBase("W", (O, C + H, K))
oo, Sum, Bracket = sp.oo, sp.Sum, sp.KroneckerDelta
over_k, over_j, over_c = (k, 0, K - 1), (j, 0, n - 1), (c, 0, C - 1)


def where(*conditions: Any) -> sp.Expr:
    """One if all conditions hold, else zero."""
    return sp.Piecewise((1, sp.And(*conditions)), (0, True))


def boxes(at: sp.Expr, over: sp.Symbol) -> sp.Expr:
    """Summed over 0 to s - 1: s - |at| between -s and s, the kernel of linear interpolation, one box moved over another."""
    return where(at + over >= 0, at + over < s)


def half_pixel(at: sp.Expr) -> sp.Expr:
    """The kernel 1/4, 3/4, 3/4, 1/4."""
    return (Bracket(at, 0) + 3 * Bracket(at, 1) + 3 * Bracket(at, 2) + Bracket(at, 3)) / 4


BOOK, GUIDE = "Goodfellow, Bengio and Courville 2016, chapter 9", "Dumoulin and Visin 2016"
SIGNALS, BANKS = "Oppenheim and Schafer 2010, chapter 2", "Vaidyanathan 1993, chapter 4"

CONVOLUTIONS: dict[str, tuple[Any, Any, Any, str]] = {
    "a convolution commutes": (
        Sum(w[k] * w2[i - k], over_k), Sum(w2[k] * w[i - k], (k, 0, J - 1)), Sum(w2[k] * w[i + k], (k, 0, J - 1)), SIGNALS,
    ),
    "a convolution is associative": (
        Sum(w[k] * w2[j] * x[i - k - j], over_k, (j, 0, J - 1)),
        Sum(Sum(w[t - j] * w2[j], (j, 0, J - 1)) * x[i - t], (t, -oo, oo)),
        Sum(Sum(w[t + j] * w2[j], (j, 0, J - 1)) * x[i - t], (t, -oo, oo)), SIGNALS,
    ),
    "two convolution layers in one": (
        Sum(w2[j] * Sum(w[k] * x[i + j + k], over_k), (j, 0, J - 1)),
        Sum(Sum(w2[j] * w[t - j], (j, 0, J - 1)) * x[i + t], (t, 0, K + J - 2)),
        Sum(Sum(w2[j] * w[t - j], (j, 0, J - 1)) * x[i + t], (t, 0, K + J - 3)), BOOK,
    ),
    "a strided layer after another in one": (
        Sum(w2[j] * Sum(w[k] * x[s * (i + d * j) + k], over_k), (j, 0, J - 1)),
        Sum(Sum(w2[j] * w[t - s * d * j], (j, 0, J - 1)) * x[s * i + t], (t, -oo, oo)),
        Sum(Sum(w2[j] * w[t - d * j], (j, 0, J - 1)) * x[s * i + t], (t, -oo, oo)), GUIDE,
    ),
    "branches are added up": (
        Sum(w[k] * x[i + k], over_k) + Sum(w3[k] * x[i + k], over_k), Sum((w[k] + w3[k]) * x[i + k], over_k),
        Sum(w[k] * w3[k] * x[i + k], over_k), "Ding et al. 2019 (ACNet)",
    ),
    "a branch of 1x1 is a weight in the middle": (
        Sum(w[k] * x[i + k], over_k) + v * x[i + p], Sum((w[k] + v * Bracket(k, p)) * x[i + k], (k, -oo, oo)),
        Sum((w[k] + v * Bracket(k, p)) * x[i + k - 1], (k, -oo, oo)), "Ding et al. 2021 (RepVGG)",
    ),
    "a residual is an identity kernel": (
        X[o, i + p] + Sum(W[o, c, k] * X[c, i + k], over_k, over_c),
        Sum((W[o, c, k] + Bracket(o, c) * Bracket(k, p)) * X[c, i + k], (k, -oo, oo), (c, -oo, oo)),
        Sum((W[o, c, k] + Bracket(k, p)) * X[c, i + k], (k, -oo, oo), (c, -oo, oo)), "Zagoruyko and Komodakis 2017",
    ),
    "an identity kernel": (Sum(Bracket(k, p) * x[i + k - p], (k, -oo, oo)), x[i], x[i + 1], SIGNALS),
    "batch normalization folded into a layer": (
        gamma[o] * rho[o] * (Sum(W[o, c, k] * X[c, i + k], over_k, over_c) + bias[o] - mu[o]) + beta[o],
        Sum(gamma[o] * rho[o] * W[o, c, k] * X[c, i + k], over_k, over_c)
        + gamma[o] * rho[o] * (bias[o] - mu[o]) + beta[o],
        Sum(gamma[o] * rho[o] * W[o, c, k] * X[c, i + k], over_k, over_c) + gamma[o] * (bias[o] - mu[o]) + beta[o],
        "Jacob et al. 2018, section 3.2",
    ),
    "padding taken into a layer": (
        Sum(w[k] * Sum(x[j] * Bracket(j, i + k - p - e), over_j), over_k), Sum(w[k] * x[i + k - p - e], over_k),
        Sum(w[k] * x[i + k - p], over_k), GUIDE,
    ),
    "a kernel padded with zeros": (
        Sum(w[k - p] * x[i + k], (k, -oo, oo)), Sum(w[k] * x[i + p + k], over_k), Sum(w[k] * x[i - p + k], over_k), GUIDE,
    ),
    "a pointwise layer is a matrix product": (
        Sum(P[o, c] * X[c, i], over_c), Sum(X[c, i] * P[o, c], over_c), Sum(X[c, i] * P[c, o], over_c),
        "Lin, Chen and Yan 2014",
    ),
    "depthwise and pointwise make a separable layer": (
        Sum(P[o, c] * Sum(D[c, k] * X[c, s * i + d * k - p], over_k), over_c),
        Sum(P[o, c] * D[c, k] * X[c, s * i + d * k - p], over_k, over_c),
        Sum(P[o, c] * D[c, k] * X[c, s * i + k - p], over_k, over_c), "Chollet 2017",
    ),
    "pointwise and depthwise change places with one multiplier": (
        Sum(D[c, k] * Sum(Z[c, u] * X[u, i + k], (u, 0, C - 1)), over_k),
        Sum(Z[c, u] * Sum(D[c, k] * X[u, i + k], over_k), (u, 0, C - 1)),
        Sum(Z[c, u] * Sum(D[u, k] * X[u, i + k], over_k), (u, 0, C - 1)), "Howard et al. 2017",
    ),
    "grouped is block diagonal": (
        Sum(grouped_w[g, o, c, k] * grouped_x[g, c, i + k], over_k, over_c),
        Sum(Bracket(u, g) * grouped_w[g, o, c, k] * grouped_x[u, c, i + k], over_k, over_c, (u, 0, G - 1)),
        Sum(grouped_w[g, o, c, k] * grouped_x[u, c, i + k], over_k, over_c, (u, 0, G - 1)), "Xie et al. 2017 (ResNeXt)",
    ),
    "a separable kernel is two passes": (
        Sum(w[k] * w2[l] * image[i + k, j + l], over_k, (l, 0, J - 1)),
        Sum(w2[l] * Sum(w[k] * image[i + k, j + l], over_k), (l, 0, J - 1)),
        Sum(w2[l] * Sum(w[k] * image[i + l, j + k], over_k), (l, 0, J - 1)), SIGNALS,
    ),
    "a correlation is a convolution with the flipped kernel": (
        Sum(w[k] * x[i + k], over_k), Sum(w[K - 1 - k] * x[i + K - 1 - k], over_k), Sum(w[K - 1 - k] * x[i + k], over_k), BOOK,
    ),
    "shifts of the input shift the output": (
        Sum(w[k] * Sum(x[j] * Bracket(j, i + k - z), over_j), over_k), Sum(w[k] * x[(i - z) + k], over_k),
        Sum(w[k] * x[(i + z) + k], over_k), BOOK,
    ),
    "shifts by a multiple of the stride": (
        Sum(w[k] * x[s * i + k - s * z], over_k), Sum(w[k] * x[s * (i - z) + k], over_k), Sum(w[k] * x[s * i + k - z], over_k),
        "Zhang 2019",
    ),
    "a reflected input and a reflected kernel": (
        Sum(w[K - 1 - k] * x[n - 1 - i - k], over_k), Sum(w[k] * x[n - K - i + k], over_k), Sum(w[k] * x[n - 1 - i - k], over_k),
        "Cohen and Welling 2016",
    ),
    "a channel permutation of both": (
        Sum(Sum(W[o, u, k] * Bracket(c, u), (u, 0, C - 1)) * X[c, i + k], over_k, over_c),
        Sum(W[o, c, k] * X[c, i + k], over_k, over_c), Sum(W[o, c, k] * X[C - 1 - c, i + k], over_k, over_c),
        "Zaheer et al. 2017",
    ),
    "a stride is every s-th output": (
        Sum(Sum(w[k] * x[t + d * k - p], over_k) * Bracket(t, s * i), (t, -oo, oo)), Sum(w[k] * x[s * i + d * k - p], over_k),
        Sum(w[k] * x[s * i + d * k - s * p], over_k), GUIDE,
    ),
    "dilated is interleaved": (
        Sum(w[k] * Sum(x[j] * Bracket(j, d * (i + k) + r), over_j), over_k), Sum(w[k] * x[d * i + r + d * k], over_k),
        Sum(w[k] * x[d * i + r + k], over_k), "Yu and Koltun 2016",
    ),
    "dilated is zeros in the kernel": (
        Sum(Sum(w[k] * Bracket(t, d * k), over_k) * x[i + t], (t, -oo, oo)), Sum(w[k] * x[i + d * k], over_k),
        Sum(w[k] * x[i + (d + 1) * k], over_k), GUIDE,
    ),
    "the weight gradient is a dilated convolution": (
        Sum(delta[i] * x[s * i + d * k - p], (i, 0, m - 1)),
        Sum(Sum(delta[i] * Bracket(t, s * i), (i, 0, m - 1)) * x[t + d * k - p], (t, -oo, oo)),
        Sum(Sum(delta[i] * Bracket(t, s * i), (i, 0, m - 1)) * x[t + k - p], (t, -oo, oo)), GUIDE,
    ),
    "the input gradient is a full convolution": (
        Sum(delta[i] * w[k] * Bracket(j, i + k), over_k, (i, 0, m - 1)), Sum(w[k] * delta[j - k], over_k),
        Sum(w[k] * delta[j + k], over_k), GUIDE,
    ),
    "transposed is zero insertion and a flipped convolution": (
        Sum(delta[i] * w[k] * Bracket(j, s * i + k - p), over_k, (i, 0, m - 1)),
        Sum(w[K - 1 - k] * Sum(delta[i] * Bracket(s * i, j + p - (K - 1) + k), (i, 0, m - 1)), over_k),
        Sum(w[k] * Sum(delta[i] * Bracket(s * i, j + p - (K - 1) + k), (i, 0, m - 1)), over_k), GUIDE,
    ),
    "the bias gradient is a sum": (
        Sum(delta[i] * Bracket(o, u), (i, 0, m - 1), (u, -oo, oo)), Sum(delta[i], (i, 0, m - 1)), m * delta[0], BOOK,
    ),
    "sub-pixel is a transposed layer": (
        Sum(long_w[l] * x[j] * Bracket(s * i + r, s * j + l), over_j, (l, 0, s * K - 1)) * where(r >= 0, r < s),
        Sum(long_w[s * k + r] * x[i - k], (k, -oo, oo)) * where(r >= 0, r < s),
        Sum(long_w[s * k + r] * x[i + k], (k, -oo, oo)) * where(r >= 0, r < s), "Shi et al. 2016",
    ),
    "space to depth of a strided layer": (
        Sum(long_w[l] * x[s * i + l], (l, 0, s * K - 1)),
        Sum(long_w[s * k + r] * x[s * (i + k) + r], (r, 0, s - 1), over_k),
        Sum(long_w[s * k + r] * x[s * (i + k) - r], (r, 0, s - 1), over_k), BANKS,
    ),
    "a layer of concatenated channels adds up two": (
        Sum(joint_w[o, c, k] * (X[c, i + k + p] + Y[c - C, i + k]), (c, 0, C + H - 1), over_k),
        Sum(joint_w[o, c, k] * X[c, i + k + p], over_c, over_k) + Sum(joint_w[o, C + u, k] * Y[u, i + k], (u, 0, H - 1), over_k),
        Sum(joint_w[o, c, k] * X[c, i + k + p], over_c, over_k) + Sum(joint_w[o, u, k] * Y[u, i + k], (u, 0, H - 1), over_k),
        "Ronneberger, Fischer and Brox 2015 (U-Net)",
    ),
    "cropping the output is less padding": (
        Sum(Sum(w[k] * x[t + d * k - p], over_k) * Bracket(t, i + e), (t, -oo, oo)), Sum(w[k] * x[i + d * k - (p - e)], over_k),
        Sum(w[k] * x[i + d * k - (p + e)], over_k), "Ronneberger, Fischer and Brox 2015 (U-Net)",
    ),
    "linear up-sampling is a transposed layer": (
        ((s - r) * f[q] + r * f[q + 1]) * where(r >= 0, r < s),
        Sum(f[j] * boxes(s * q + r - s * j, k), (k, 0, s - 1), (j, -oo, oo)) * where(r >= 0, r < s),
        Sum(f[j] * boxes(s * q + r - s * j, k), (k, 0, s), (j, -oo, oo)) * where(r >= 0, r < s),
        "Long, Shelhamer and Darrell 2015",
    ),
    "bilinear up-sampling is a transposed layer": (
        ((s - r) * ((s - t) * f[q, u] + t * f[q, u + 1]) + r * ((s - t) * f[q + 1, u] + t * f[q + 1, u + 1]))
        * where(r >= 0, r < s, t >= 0, t < s),
        Sum(
            f[j, l] * boxes(s * q + r - s * j, k) * boxes(s * u + t - s * l, z),
            (k, 0, s - 1), (z, 0, s - 1), (j, -oo, oo), (l, -oo, oo),
        ) * where(r >= 0, r < s, t >= 0, t < s),
        Sum(
            f[j, l] * boxes(s * q + r - s * j, k) * boxes(s * u + t - s * l, k),
            (k, 0, s - 1), (z, 0, s - 1), (j, -oo, oo), (l, -oo, oo),
        ) * where(r >= 0, r < s, t >= 0, t < s), "Long, Shelhamer and Darrell 2015",
    ),
    "up-sampling by two with 1, 3, 3, 1, between even places": (
        (f[q - 1] + 3 * f[q]) / 4, Sum(f[j] * half_pixel(2 * q + 1 - 2 * j), (j, -oo, oo)),
        Sum(f[j] * half_pixel(2 * q - 2 * j), (j, -oo, oo)), "Long, Shelhamer and Darrell 2015",
    ),
    "up-sampling by two with 1, 3, 3, 1, between odd places": (
        (3 * f[q] + f[q + 1]) / 4, Sum(f[j] * half_pixel(2 * q + 2 - 2 * j), (j, -oo, oo)),
        Sum(f[j] * half_pixel(2 * q + 1 - 2 * j), (j, -oo, oo)), "Long, Shelhamer and Darrell 2015",
    ),
    "a checkpoint of a chain, the second layer's gradient": (
        Sum(delta[i] * Sum(w[k] * x[i + j + k], over_k), (i, 0, m - 1)),
        Sum(w[k] * Sum(delta[i] * x[i + j + k], (i, 0, m - 1)), over_k),
        Sum(w[k] * Sum(delta[i] * x[i + k], (i, 0, m - 1)), over_k), "Chen et al. 2016",
    ),
    "a checkpoint of a chain, the first layer's gradient": (
        Sum(delta[i] * w2[j] * x[i + j + k], (i, 0, m - 1), (j, 0, J - 1)),
        Sum(Sum(w2[j] * delta[t - j], (j, 0, J - 1)) * x[t + k], (t, -oo, oo)),
        Sum(Sum(w2[j] * delta[t + j], (j, 0, J - 1)) * x[t + k], (t, -oo, oo)), "Chen et al. 2016",
    ),
    "cropped windows, concatenated": (
        Sum(w[k] * x[i + k], over_k),
        Sum(w[k] * x[i + k] * where(k < e), over_k) + Sum(w[k] * x[i + k] * where(k >= e), over_k),
        Sum(w[k] * x[i + k] * where(k < e), over_k) + Sum(w[k] * x[i + k] * where(k > e), over_k), SIGNALS,
    ),
    "overlap and add": (
        Sum(w[k] * x[i - k], over_k),
        Sum(w[k] * x[i - k] * where(i - k < e), over_k) + Sum(w[k] * x[i - k] * where(i - k >= e), over_k),
        Sum(w[k] * x[i - k] * where(i - k <= e), over_k) + Sum(w[k] * x[i - k] * where(i - k >= e), over_k), SIGNALS,
    ),
    "attention to relative positions": (
        Sum(Sum(w[k] * Bracket(j, i + k), over_k) * x[j], over_j), Sum(w[k] * x[i + k], over_k), Sum(w[k] * x[i - k], over_k),
        "Cordonnier, Loukas and Jaggi 2020",
    ),
    "the sum of a full convolution": (
        Sum(Sum(w[k] * x[i - k], over_k), (i, 0, n + K - 2)), Sum(w[k], over_k) * Sum(x[j], over_j),
        Sum(w[k], over_k) * Sum(x[j], (j, 0, n - 2)), SIGNALS,
    ),
    "the product of polynomials": (
        Sum(w[k] * w2[j] * Bracket(i, k + j), over_k, (j, 0, J - 1)), Sum(w[k] * w2[i - k], over_k),
        Sum(w[k] * w2[i - k - 1], over_k), SIGNALS,
    ),
    "a difference of a convolution": (
        Sum(w[k] * x[i + 1 + k], over_k) - Sum(w[k] * x[i + k], over_k), Sum(w[k] * (x[i + k + 1] - x[i + k]), over_k),
        Sum(w[k] * (x[i + k] - x[i + k - 1]), over_k), SIGNALS,
    ),
    "summation by parts moves a difference": (
        Sum(w[k] * (x[i + k + 1] - x[i + k]), (k, -oo, oo)), Sum((w[k - 1] - w[k]) * x[i + k], (k, -oo, oo)),
        Sum((w[k] - w[k - 1]) * x[i + k], (k, -oo, oo)), SIGNALS,
    ),
    "the adjoint of a correlation": (
        Sum(delta[i] * Sum(w[k] * x[s * i + d * k - p], over_k), (i, 0, m - 1)),
        Sum(x[j] * Sum(w[k] * delta[i] * Bracket(j, s * i + d * k - p), over_k, (i, 0, m - 1)), over_j),
        Sum(x[j] * Sum(w[k] * delta[i] * Bracket(j, s * i + d * k), over_k, (i, 0, m - 1)), over_j), BOOK,
    ),
    "the energy of an autocorrelation": (
        Sum(x[j] * x[j + z], over_j), Sum(x[j - z] * x[j], (j, -oo, oo)), Sum(x[j - z] * x[j + z], (j, -oo, oo)), SIGNALS,
    ),
    "the backward pass of a backward pass": (
        Sum(Sum(delta[i] * y[j] * Bracket(j, s * i + d * k - p), (i, 0, m - 1)), over_j),
        Sum(delta[i] * y[s * i + d * k - p], (i, 0, m - 1)), Sum(delta[i] * y[s * i + k - p], (i, 0, m - 1)),
        "Pearlmutter 1994",
    ),
}  # fmt: skip
