"""Layers as classes that keep their weights and what the backward pass needs."""

import numpy as np


class Conv2D:
    def __init__(self, W, b, stride=1, pad=0):
        self.W = W
        self.b = b
        self.stride = stride
        self.pad = pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = 1 + (H + 2 * self.pad - FH) // self.stride
        out_w = 1 + (W + 2 * self.pad - FW) // self.stride
        xp = np.pad(x, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)), "constant")
        out = np.zeros((N, FN, out_h, out_w))
        for i in range(out_h):
            for j in range(out_w):
                r, q = i * self.stride, j * self.stride
                patch = xp[:, :, r : r + FH, q : q + FW]
                out[:, :, i, j] = np.tensordot(patch, self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        self.x = x
        self.xp = xp
        return out

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = self.x.shape
        self.dW = np.zeros_like(self.W)
        dxp = np.zeros_like(self.xp)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                r, q = i * self.stride, j * self.stride
                patch = self.xp[:, :, r : r + FH, q : q + FW]
                self.dW += np.einsum("nf,nchw->fchw", dout[:, :, i, j], patch)
                dxp[:, :, r : r + FH, q : q + FW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], self.W)
        self.db = dout.sum(axis=(0, 2, 3))
        return dxp[:, :, self.pad : self.pad + H, self.pad : self.pad + W]


def conv2d_class_forward(x, W, b, stride, pad):
    return Conv2D(W, b, stride, pad).forward(x)


def conv2d_class_backward(x, W, b, dout, stride, pad):
    layer = Conv2D(W, b, stride=stride, pad=pad)
    layer.forward(x)
    dx = layer.backward(dout)
    return dx, layer.dW, layer.db


class Convolution1D:
    """Parameters and gradients in dictionaries."""

    def __init__(self, weight, bias, stride):
        self.params = {"W": weight, "b": bias}
        self.grads = {}
        self.stride = stride
        self.cache = None

    @property
    def kernel_size(self):
        return self.params["W"].shape[2]

    def positions(self, n):
        return (n - self.kernel_size) // self.stride + 1

    def forward(self, X):
        y = np.zeros((X.shape[0], self.params["W"].shape[0], self.positions(X.shape[2])))
        for t in range(y.shape[2]):
            part = X[:, :, t * self.stride : t * self.stride + self.kernel_size]
            y[:, :, t] = np.einsum("nck,ock->no", part, self.params["W"]) + self.params["b"]
        self.cache = X
        return y

    def backward(self, delta):
        X = self.cache
        dX = np.zeros_like(X)
        dW = np.zeros_like(self.params["W"])
        for t in range(delta.shape[2]):
            window = slice(t * self.stride, t * self.stride + self.kernel_size)
            dW += np.einsum("no,nck->ock", delta[:, :, t], X[:, :, window])
            dX[:, :, window] += np.einsum("no,ock->nck", delta[:, :, t], self.params["W"])
        self.grads["W"] = dW
        self.grads["b"] = np.sum(delta, axis=(0, 2))
        return dX


def convolution1d_gradients(X, weight, bias, delta, stride):
    layer = Convolution1D(weight, bias, stride)
    layer.forward(X)
    dX = layer.backward(delta)
    return dX, layer.grads["W"], layer.grads["b"]


class Conv3x3:
    """A single image with kernels of three by three, by a generator of regions."""

    def __init__(self, filters):
        self.filters = filters
        self.num_filters = filters.shape[0]

    def iterate_regions(self, image):
        h, w = image.shape
        for i in range(h - 2):
            for j in range(w - 2):
                im_region = image[i : (i + 3), j : (j + 3)]
                yield im_region, i, j

    def forward(self, input):
        self.last_input = input
        h, w = input.shape
        output = np.zeros((h - 2, w - 2, self.num_filters))
        for im_region, i, j in self.iterate_regions(input):
            output[i, j] = np.sum(im_region * self.filters, axis=(1, 2))
        return output

    def backprop(self, d_L_d_out):
        d_L_d_filters = np.zeros(self.filters.shape)
        for im_region, i, j in self.iterate_regions(self.last_input):
            for f in range(self.num_filters):
                d_L_d_filters[f] += d_L_d_out[i, j, f] * im_region
        return d_L_d_filters


def conv3x3_forward(image, filters):
    return Conv3x3(filters).forward(image)


def conv3x3_backprop(image, filters, d_L_d_out):
    conv = Conv3x3(filters)
    conv.forward(image)
    return conv.backprop(d_L_d_out)
