"""Averages over windows, and what undoes them."""

import numpy as np


def average_pool(x, size, stride):
    N, C, H, W = x.shape
    OH, OW = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.zeros((N, C, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = np.mean(window, axis=(2, 3))
    return out


def average_pool_backward(dout, x_shape, size, stride):
    dx = np.zeros(x_shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            share = dout[:, :, i, j][:, :, None, None] / (size * size)
            dx[:, :, i * stride : i * stride + size, j * stride : j * stride + size] += share
    return dx


def average_pool_reshape(x, size):
    """Windows side by side, in an image that they fill."""
    N, C, H, W = x.shape
    return x.reshape(N, C, H // size, size, W // size, size).mean(axis=(3, 5))


def average_pool_repeat_backward(dout, size):
    return dout.repeat(size, axis=2).repeat(size, axis=3) / size**2


def average_pool_kron_backward(dout, size):
    return np.kron(dout, np.ones((size, size))) / (size * size)


def nearest_upsample(x, factor):
    return np.repeat(np.repeat(x, factor, axis=-2), factor, axis=-1)


def nearest_upsample_tile(x, factor):
    C, H, W = x.shape
    return np.tile(x[:, :, None, :, None], (1, 1, factor, 1, factor)).reshape(C, H * factor, W * factor)


def nearest_upsample_backward(dout, factor):
    C, H, W = dout.shape
    dx = np.zeros((C, H // factor, W // factor))
    for i in range(H // factor):
        for j in range(W // factor):
            dx[:, i, j] = dout[:, i * factor : (i + 1) * factor, j * factor : (j + 1) * factor].sum(axis=(1, 2))
    return dx
