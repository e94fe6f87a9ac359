"""Kernels: compiled loops as for Numba, and threads with a flat index and guards as on a GPU, written in Python."""

import numpy as np


def njit(function):
    """Stands for numba.njit."""
    return function


prange = range


@njit
def numba_forward(x, w, out_h, out_w, stride):
    n_batch, n_in, _, _ = x.shape
    n_out, _, kh, kw = w.shape
    out = np.zeros((n_batch, n_out, out_h, out_w))
    for n in prange(n_batch):
        for o in range(n_out):
            for i in range(out_h):
                for j in range(out_w):
                    acc = 0.0
                    for c in range(n_in):
                        for u in range(kh):
                            for v in range(kw):
                                acc += x[n, c, i * stride + u, j * stride + v] * w[o, c, u, v]
                    out[n, o, i, j] = acc
    return out


def conv1d_thread(tid, x, w, out, total):
    if tid < total:
        acc = 0.0
        for k in range(w.shape[0]):
            acc += x[tid + k] * w[k]
        out[tid] = acc


def launch_conv1d(x, w, threads):
    """Blocks of threads; the last block has some to spare."""
    total = x.shape[0] - w.shape[0] + 1
    out = np.zeros(total)
    blocks = (total + threads - 1) // threads
    for block in range(blocks):
        for thread in range(threads):
            conv1d_thread(block * threads + thread, x, w, out, total)
    return out


def conv2d_thread(index, image, kernel, out, padding):
    """One output, found from a flat index."""
    H, W = image.shape
    OH, OW = out.shape
    if index >= OH * OW:
        return
    row = index // OW
    col = index % OW
    value = 0.0
    for u in range(kernel.shape[0]):
        for v in range(kernel.shape[1]):
            y, x = row + u - padding, col + v - padding
            if y >= 0 and y < H and x >= 0 and x < W:
                value += image[y, x] * kernel[u, v]
    out[row, col] = value


def launch_conv2d(image, kernel, padding):
    H, W = image.shape
    out = np.zeros((H + 2 * padding - kernel.shape[0] + 1, W + 2 * padding - kernel.shape[1] + 1))
    for index in range(out.size):
        conv2d_thread(index, image, kernel, out, padding)
    return out


def flat_buffers(x, w, H, W, KH, KW):
    """Flat arrays and computed addresses, as in C; one channel."""
    OH, OW = H - KH + 1, W - KW + 1
    out = np.zeros(OH * OW)
    for i in range(OH):
        for j in range(OW):
            acc = 0
            for u in range(KH):
                for v in range(KW):
                    acc += x[(i + u) * W + (j + v)] * w[u * KW + v]
            out[i * OW + j] = acc
    return out


def scatter_input_gradient(w, g, length, stride):
    """One axis, by atomic additions as on a GPU."""
    dx = np.zeros(length)
    k = w.shape[0]
    for tid in range(g.shape[0] * k):
        t, tap = tid // k, tid % k
        np.add.at(dx, t * stride + tap, g[t] * w[tap])
    return dx
