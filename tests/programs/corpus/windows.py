"""Windows as views of an array, contracted by einsum and tensordot; gradients as convolutions of their own."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view


def forward_windows(x, w, stride=1, padding=0):
    p = padding
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    windows = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,ocij->nohw", windows, w)


def forward_windows_dilated(x, w, s, d):
    kh, kw = w.shape[-2:]
    span = (d * (kh - 1) + 1, d * (kw - 1) + 1)
    view = sliding_window_view(x, span, axis=(-2, -1))
    view = view[:, :, ::s, ::s, ::d, ::d]
    return np.tensordot(view, w, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def forward_strided(x, w, stride):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    sn, sc, sh, sw = x.strides
    shape = (N, C, OH, OW, KH, KW)
    strides = (sn, sc, sh * stride, sw * stride, sh, sw)
    windows = as_strided(x, shape=shape, strides=strides)
    return np.einsum("bchwkt,fckt->bfhw", windows, w, optimize=True)


def forward_strided_last(x, w):
    """Channels last, one example."""
    H, W, C = x.shape
    kh, kw, _, _ = w.shape
    view = np.lib.stride_tricks.as_strided(x, (H - kh + 1, W - kw + 1, kh, kw, C), (*x.strides[:2], *x.strides))
    return np.tensordot(view, w, axes=3)


def weight_gradient_windows(x, dout, KH, KW, stride, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(xp, (KH, KW), axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,nfhw->fcij", windows, dout)


def weight_gradient_correlation(x, dout):
    """Stride 1: the upstream gradient slides over the input."""
    windows = sliding_window_view(x, dout.shape[2:], axis=(2, 3))
    return np.einsum("ncijhw,nohw->ocij", windows, dout)


def input_gradient_rotated(w, dout):
    """Stride 1, no padding: a full correlation with the kernel rotated by 180 degrees."""
    kh, kw = w.shape[2:]
    padded = np.pad(dout, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    rotated = np.rot90(w, 2, axes=(2, 3))
    windows = sliding_window_view(padded, (kh, kw), axis=(2, 3))
    return np.einsum("nohwij,ocij->nchw", windows, rotated)


def input_gradient_dilated(x, w, dout, stride):
    """Zeros between the entries of the upstream gradient, then a full correlation with the flipped kernel."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    wide = np.zeros((N, F, H - KH + 1, W - KW + 1))
    wide[:, :, ::stride, ::stride] = dout
    wide = np.pad(wide, ((0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)))
    windows = sliding_window_view(wide, (KH, KW), axis=(2, 3))
    return np.tensordot(windows, w[:, :, ::-1, ::-1], axes=[(1, 4, 5), (0, 2, 3)]).transpose(0, 3, 1, 2)


def forward_shifted(x, w, b, stride=1, pad=0):
    """A shifted image for every element of the kernel."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW)) + b[None, :, None, None]
    for i in range(KH):
        for j in range(KW):
            shifted = xp[:, :, i : i + stride * (OH - 1) + 1 : stride, j : j + stride * (OW - 1) + 1 : stride]
            out += np.einsum("nchw,fc->nfhw", shifted, w[:, :, i, j])
    return out


def backward_shifted(x, w, dout, stride=1, pad=0):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(KH):
        for j in range(KW):
            rows = slice(i, i + stride * (OH - 1) + 1, stride)
            cols = slice(j, j + stride * (OW - 1) + 1, stride)
            dxp[:, :, rows, cols] += np.einsum("nfhw,fc->nchw", dout, w[:, :, i, j])
            dw[:, :, i, j] = np.tensordot(dout, xp[:, :, rows, cols], axes=([0, 2, 3], [0, 2, 3]))
    dx = dxp[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, dout.sum((0, 2, 3))


def depthwise_einsum(x, w):
    """w is (C, 1, KH, KW)."""
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,cij->nchw", windows, w[:, 0])


def grouped_einsum(x, w, g):
    N, C, H, W = x.shape
    F, Cg, KH, KW = w.shape
    xg = x.reshape(N, g, Cg, H, W)
    wg = w.reshape(g, F // g, Cg, KH, KW)
    view = sliding_window_view(xg, (KH, KW), axis=(3, 4))
    return np.einsum("ngchwij,gfcij->ngfhw", view, wg).reshape(N, F, H - KH + 1, W - KW + 1)


def full_convolution_kron(x, w):
    """One axis, full padding: rows of shifted kernels by np.eye, no loop over outputs."""
    n, k = x.size, w.size
    out = np.zeros(n + k - 1)
    for j in range(k):
        out += w[k - 1 - j] * (np.eye(n + k - 1, n, k=-j) @ x)
    return out


def conv3d_windows(x, w):
    view = sliding_window_view(x, w.shape[2:], axis=(1, 2, 3))
    return np.einsum("cdhwijk,ocijk->odhw", view, w)


def circular_roll(x, w):
    """One axis, as many outputs as inputs, by np.roll."""
    out = np.zeros_like(x)
    for k in range(w.shape[0]):
        out = out + w[k] * np.roll(x, -k)
    return out
