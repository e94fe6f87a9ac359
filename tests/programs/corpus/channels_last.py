"""Arrays with their channels last, as in TensorFlow and in courses that use it."""

import numpy as np


def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), "constant", constant_values=(0, 0))


def conv_single_step(a_slice_prev, W, b):
    s = np.multiply(a_slice_prev, W)
    return np.sum(s) + b


def conv_forward(A_prev, W, b, hparameters):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    n_H = int((n_H_prev + 2 * pad - f) / stride) + 1
    n_W = int((n_W_prev + 2 * pad - f) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = h * stride
                    vert_end = vert_start + f
                    horiz_start = w * stride
                    horiz_end = horiz_start + f
                    a_slice = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    Z[i, h, w, c] = conv_single_step(a_slice, W[:, :, :, c], b[c])
    cache = (A_prev, W, b, hparameters)
    return Z, cache


def conv_backward(dZ, cache):
    (A_prev, W, b, hparameters) = cache
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride = hparameters["stride"]
    pad = hparameters["pad"]
    (m, n_H, n_W, n_C) = dZ.shape
    dA_prev = np.zeros((m, n_H_prev, n_W_prev, n_C_prev))
    dW = np.zeros((f, f, n_C_prev, n_C))
    db = np.zeros(n_C)
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = zero_pad(dA_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        da_prev_pad = dA_prev_pad[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start, horiz_start = h * stride, w * stride
                    vert_end, horiz_end = vert_start + f, horiz_start + f
                    a_slice = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    da_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                    db[c] += dZ[i, h, w, c]
        dA_prev[i, :, :, :] = da_prev_pad[pad : pad + n_H_prev, pad : pad + n_W_prev, :]
    return dA_prev, dW, db


def conv_matmul(images, kernel):
    """Stride 1, no padding: one product of matrices for every element of the kernel."""
    b, h, w, cin = images.shape
    kh, kw, _, cout = kernel.shape
    oh, ow = h - kh + 1, w - kw + 1
    out = np.zeros((b, oh, ow, cout))
    for u in range(kh):
        for v in range(kw):
            out += images[:, u : u + oh, v : v + ow, :] @ kernel[u, v]
    return out


def conv_tensordot(x, w, s):
    """A product of tensors for every position."""
    n, h, wd, _ = x.shape
    kh, kw, _, co = w.shape
    oh, ow = (h - kh) // s + 1, (wd - kw) // s + 1
    out = np.zeros((n, oh, ow, co))
    for i in range(oh):
        for j in range(ow):
            out[:, i, j, :] = np.tensordot(
                x[:, i * s : i * s + kh, j * s : j * s + kw, :], w, axes=([1, 2, 3], [0, 1, 2])
            )
    return out


def depthwise(x, w):
    """A kernel of its own for every channel; weights are (KH, KW, C)."""
    h, wd, c = x.shape
    kh, kw, _ = w.shape
    out = np.zeros((h - kh + 1, wd - kw + 1, c))
    for i in range(h - kh + 1):
        for j in range(wd - kw + 1):
            out[i, j] = (x[i : i + kh, j : j + kw] * w).sum(axis=0).sum(axis=0)
    return out


def pointwise(x, w):
    """Kernels of one pixel are a product with a matrix (C_in, C_out)."""
    n, h, wd, c = x.shape
    return np.dot(x.reshape(-1, c), w).reshape(n, h, wd, w.shape[1])
