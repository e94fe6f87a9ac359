"""Convolutions by SciPy and by NumPy's own functions for one axis."""

import numpy as np
from scipy.linalg import toeplitz
from scipy.signal import convolve, convolve2d, correlate, correlate2d


def forward_correlate2d(x, w, b):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    out = np.zeros((N, F, H - KH + 1, W - KW + 1))
    for n in range(N):
        for f in range(F):
            for c in range(C):
                out[n, f] += correlate2d(x[n, c], w[f, c], mode="valid")
            out[n, f] += b[f]
    return out


def input_gradient_convolve2d(w, dout):
    F, C, KH, KW = w.shape
    N, _, OH, OW = dout.shape
    dx = np.zeros((N, C, OH + KH - 1, OW + KW - 1))
    for n in range(N):
        for c in range(C):
            for f in range(F):
                dx[n, c] += convolve2d(dout[n, f], w[f, c], mode="full")
    return dx


def weight_gradient_correlate(x, dout):
    """One example."""
    C, F = x.shape[0], dout.shape[0]
    return np.array([[correlate(x[c], dout[f], mode="valid") for c in range(C)] for f in range(F)])


def conv1d_toeplitz(x, w):
    n, k = x.shape[0], w.shape[0]
    column = np.zeros(n - k + 1)
    column[0] = w[0]
    row = np.concatenate([w, np.zeros(n - k)])
    return toeplitz(column, row) @ x


def conv1d_numpy(x, w):
    """np.convolve flips the kernel, so it is given a flipped one."""
    return np.convolve(x, w[::-1], mode="valid")


def conv3d_convolve(x, w):
    return convolve(x, w[::-1, ::-1, ::-1], mode="valid")
