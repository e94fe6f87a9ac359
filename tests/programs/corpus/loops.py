"""Convolutions in nested loops, as in courses: forward and backward, one to three axes."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0,), (0,), (pad,), (pad,)), mode="constant", constant_values=0)
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += np.sum(dout[n, f])
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    dw[f] += x_pad[n, :, hs : hs + HH, ws : ws + WW] * dout[n, f, i, j]
                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def filter_image(image, kernel):
    """One channel, stride 1, no padding."""
    rows, cols = image.shape
    size_y, size_x = kernel.shape
    result = np.zeros((rows - size_y + 1, cols - size_x + 1))
    for y in range(result.shape[0]):
        for x in range(result.shape[1]):
            total = 0.0
            for i in range(size_y):
                for j in range(size_x):
                    total += image[y + i, x + j] * kernel[i, j]
            result[y, x] = total
    return result


def conv_seven_loops(x, w, stride=1, pad=0):
    """Every entry by itself; what lies outside the image is skipped."""
    N, C, H, W = x.shape
    F, _, K1, K2 = w.shape
    OH = (H + 2 * pad - K1) // stride + 1
    OW = (W + 2 * pad - K2) // stride + 1
    y = np.zeros((N, F, OH, OW))
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    for c in range(C):
                        for k in range(K1):
                            for l in range(K2):
                                r = i * stride + k - pad
                                q = j * stride + l - pad
                                if 0 <= r < H and 0 <= q < W:
                                    y[n, f, i, j] += x[n, c, r, q] * w[f, c, k, l]
    return y


def conv_dilated(x, w, stride, dilation):
    n, c, h, wd = x.shape
    o, _, kh, kw = w.shape
    span_h = dilation * (kh - 1) + 1
    span_w = dilation * (kw - 1) + 1
    out = np.empty((n, o, (h - span_h) // stride + 1, (wd - span_w) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            top, left = i * stride, j * stride
            patch = x[:, :, top : top + span_h : dilation, left : left + span_w : dilation]
            for f in range(o):
                out[:, f, i, j] = (patch * w[f]).sum(axis=(1, 2, 3))
    return out


def conv_grouped(x, w, groups):
    N, C, H, W = x.shape
    F, Cg, KH, KW = w.shape
    Fg = F // groups
    out = np.zeros((N, F, H - KH + 1, W - KW + 1))
    for g in range(groups):
        for f in range(Fg):
            for i in range(H - KH + 1):
                for j in range(W - KW + 1):
                    window = x[:, g * Cg : (g + 1) * Cg, i : i + KH, j : j + KW]
                    out[:, g * Fg + f, i, j] = np.sum(window * w[g * Fg + f], axis=(1, 2, 3))
    return out


def conv_backward_entries(x, w, dy, stride, pad):
    """Both gradients with every entry by itself, without a padded copy."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n in range(N):
        for f in range(F):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    for k in range(KH):
                        for l in range(KW):
                            r, q = i * stride - pad + k, j * stride - pad + l
                            if r < 0 or r >= H or q < 0 or q >= W:
                                continue
                            for c in range(C):
                                dx[n, c, r, q] += w[f, c, k, l] * dy[n, f, i, j]
                                dw[f, c, k, l] += x[n, c, r, q] * dy[n, f, i, j]
    return dx, dw


def conv1d_forward(x, w, b, stride=1, padding=0, dilation=1):
    batch, cin, length = x.shape
    cout, _, k = w.shape
    if padding > 0:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    steps = (length + 2 * padding - dilation * (k - 1) - 1) // stride + 1
    y = np.zeros((batch, cout, steps))
    for t in range(steps):
        for tap in range(k):
            y[:, :, t] += x[:, :, t * stride + tap * dilation] @ w[:, :, tap].T
        y[:, :, t] += b
    return y


def conv1d_backward(x, w, grad, stride=1):
    grad_x = np.zeros_like(x)
    grad_w = np.zeros_like(w)
    k = w.shape[-1]
    for t in range(grad.shape[-1]):
        start = t * stride
        grad_w += np.einsum("no,nck->ock", grad[:, :, t], x[:, :, start : start + k])
        grad_x[:, :, start : start + k] += np.einsum("no,ock->nck", grad[:, :, t], w)
    return grad_x, grad_w, grad.sum(axis=(0, 2))


def conv3d(volume, kernel, stride=1):
    D, H, W = volume.shape
    a, b, c = kernel.shape
    out = np.zeros(((D - a) // stride + 1, (H - b) // stride + 1, (W - c) // stride + 1))
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                cube = volume[z * stride : z * stride + a, y * stride : y * stride + b, x * stride : x * stride + c]
                out[z, y, x] = np.sum(cube * kernel)
    return out


def bias_gradient(dout):
    N, F, H, W = dout.shape
    db = np.zeros(F)
    for f in range(F):
        db[f] = dout[:, f, :, :].sum()
    return db


def true_convolution(signal, taps):
    """The convolution of mathematics: the kernel is read backwards."""
    n, k = len(signal), len(taps)
    y = np.zeros(n - k + 1)
    for i in range(n - k + 1):
        for j in range(k):
            y[i] += signal[i + k - 1 - j] * taps[j]
    return y


def full_padding(x, w):
    """As many outputs as there are places where the kernel meets the image."""
    H, W = x.shape
    kh, kw = w.shape
    out = np.zeros((H + kh - 1, W + kw - 1))
    for i in range(H + kh - 1):
        for j in range(W + kw - 1):
            for a in range(max(0, kh - 1 - i), min(kh, H + kh - 1 - i)):
                for b in range(max(0, kw - 1 - j), min(kw, W + kw - 1 - j)):
                    out[i, j] += w[a, b] * x[i + a - kh + 1, j + b - kw + 1]
    return out


def gradient_by_gathering(w, dout, H, W, stride):
    """The gradient with respect to the input, every pixel asking which outputs have read it."""
    F, C, KH, KW = w.shape
    N, _, OH, OW = dout.shape
    dx = np.zeros((N, C, H, W))
    for r in range(H):
        for q in range(W):
            for k in range(KH):
                for l in range(KW):
                    if (r - k) % stride != 0 or (q - l) % stride != 0:
                        continue
                    i, j = (r - k) // stride, (q - l) // stride
                    if 0 <= i < OH and 0 <= j < OW:
                        dx[:, :, r, q] += dout[:, :, i, j] @ w[:, :, k, l]
    return dx
