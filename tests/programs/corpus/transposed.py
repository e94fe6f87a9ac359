"""Transposed convolutions; weights are (C_in, C_out, KH, KW), as in PyTorch."""

import numpy as np


def conv_transpose_stamps(x, w, stride):
    N, C, H, W = x.shape
    _, F, KH, KW = w.shape
    out = np.zeros((N, F, (H - 1) * stride + KH, (W - 1) * stride + KW))
    for i in range(H):
        for j in range(W):
            stamp = np.tensordot(x[:, :, i, j], w, axes=1)
            out[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += stamp
    return out


def conv_transpose_entries(x, w, b, stride, padding):
    C, H, W = x.shape
    _, F, KH, KW = w.shape
    OH = (H - 1) * stride - 2 * padding + KH
    OW = (W - 1) * stride - 2 * padding + KW
    out = np.zeros((F, OH, OW))
    for f in range(F):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    for k in range(KH):
                        for l in range(KW):
                            r, q = i * stride + k - padding, j * stride + l - padding
                            if r >= 0 and r < OH and q >= 0 and q < OW:
                                out[f, r, q] += x[c, i, j] * w[c, f, k, l]
        out[f] += b[f]
    return out


def conv_transpose_zeros_between(x, w, stride):
    """Zeros between, full padding, then a correlation with the flipped kernel."""
    C, H, W = x.shape
    _, F, KH, KW = w.shape
    wide = np.zeros((C, (H - 1) * stride + 1 + 2 * (KH - 1), (W - 1) * stride + 1 + 2 * (KW - 1)))
    wide[:, KH - 1 : KH + (H - 1) * stride : stride, KW - 1 : KW + (W - 1) * stride : stride] = x
    flipped = np.flip(w, axis=(2, 3))
    OH, OW = (H - 1) * stride + KH, (W - 1) * stride + KW
    out = np.zeros((F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = wide[:, i : i + KH, j : j + KW]
            out[:, i, j] = np.einsum("ckl,cfkl->f", window, flipped)
    return out


def conv_transpose1d(x, w, stride, padding):
    """Everything first, then the padding is cut off."""
    n, cin, length = x.shape
    _, cout, k = w.shape
    full = np.zeros((n, cout, (length - 1) * stride + k))
    for t in range(length):
        for tap in range(k):
            full[:, :, t * stride + tap] += x[:, :, t] @ w[:, :, tap]
    return full[:, :, padding : full.shape[2] - padding]


def conv_transpose_slices(x, w, stride):
    """A strided slice of the output for every element of the kernel."""
    N, C, H, W = x.shape
    _, F, KH, KW = w.shape
    out = np.zeros((N, F, stride * (H - 1) + KH, stride * (W - 1) + KW))
    for k in range(KH):
        for l in range(KW):
            part = np.einsum("nchw,cf->nfhw", x, w[:, :, k, l])
            out[:, :, k : k + stride * H : stride, l : l + stride * W : stride] += part
    return out


def conv_transpose_backward(x, w, dout, stride):
    """The gradients of the layer: a convolution, and the windows of the upstream gradient."""
    N, C, H, W = x.shape
    _, F, KH, KW = w.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(H):
        for j in range(W):
            window = dout[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dx[:, :, i, j] = np.tensordot(window, w, axes=((1, 2, 3), (1, 2, 3)))
            dw += np.tensordot(x[:, :, i, j], window, axes=(0, 0))
    return dx, dw
