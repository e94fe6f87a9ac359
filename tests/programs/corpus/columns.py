"""Convolutions as products of matrices: im2col and col2im in their usual forms."""

import numpy as np


def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):
    N, C, H, W = x_shape
    out_height = (H + 2 * padding - field_height) // stride + 1
    out_width = (W + 2 * padding - field_width) // stride + 1
    i0 = np.repeat(np.arange(field_height), field_width)
    i0 = np.tile(i0, C)
    i1 = stride * np.repeat(np.arange(out_height), out_width)
    j0 = np.tile(np.arange(field_width), field_height * C)
    j1 = stride * np.tile(np.arange(out_width), out_height)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), field_height * field_width).reshape(-1, 1)
    return k, i, j


def im2col_indices(x, field_height, field_width, padding=1, stride=1):
    p = padding
    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    k, i, j = get_im2col_indices(x.shape, field_height, field_width, padding, stride)
    cols = x_padded[:, k, i, j]
    C = x.shape[1]
    return cols.transpose(1, 2, 0).reshape(field_height * field_width * C, -1)


def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):
    N, C, H, W = x_shape
    H_padded, W_padded = H + 2 * padding, W + 2 * padding
    x_padded = np.zeros((N, C, H_padded, W_padded), dtype=cols.dtype)
    k, i, j = get_im2col_indices(x_shape, field_height, field_width, padding, stride)
    cols_reshaped = cols.reshape(C * field_height * field_width, -1, N)
    cols_reshaped = cols_reshaped.transpose(2, 0, 1)
    np.add.at(x_padded, (slice(None), k, i, j), cols_reshaped)
    return x_padded[:, :, padding : padding + H, padding : padding + W]


def forward_by_indices(x, w, b, stride=1, pad=0):
    n_filters, d_filter, h_filter, w_filter = w.shape
    n_x, d_x, h_x, w_x = x.shape
    h_out = (h_x - h_filter + 2 * pad) // stride + 1
    w_out = (w_x - w_filter + 2 * pad) // stride + 1
    x_col = im2col_indices(x, h_filter, w_filter, padding=pad, stride=stride)
    w_col = w.reshape(n_filters, -1)
    out = w_col @ x_col + b.reshape(-1, 1)
    out = out.reshape(n_filters, h_out, w_out, n_x)
    return out.transpose(3, 0, 1, 2)


def backward_by_indices(x, w, dout, stride=1, pad=0):
    n_filter, d_filter, h_filter, w_filter = w.shape
    x_col = im2col_indices(x, h_filter, w_filter, padding=pad, stride=stride)
    db = np.sum(dout, axis=(0, 2, 3))
    dout_reshaped = dout.transpose(1, 2, 3, 0).reshape(n_filter, -1)
    dw = dout_reshaped @ x_col.T
    dw = dw.reshape(w.shape)
    w_reshape = w.reshape(n_filter, -1)
    dx_col = w_reshape.T @ dout_reshaped
    dx = col2im_indices(dx_col, x.shape, h_filter, w_filter, padding=pad, stride=stride)
    return dx, dw, db


def im2col(input_data, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = input_data.shape
    out_h = (H + 2 * pad - filter_h) // stride + 1
    out_w = (W + 2 * pad - filter_w) // stride + 1
    img = np.pad(input_data, [(0, 0), (0, 0), (pad, pad), (pad, pad)], "constant")
    col = np.zeros((N, C, filter_h, filter_w, out_h, out_w))
    for y in range(filter_h):
        y_max = y + stride * out_h
        for x in range(filter_w):
            x_max = x + stride * out_w
            col[:, :, y, x, :, :] = img[:, :, y:y_max:stride, x:x_max:stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * out_h * out_w, -1)


def col2im(col, input_shape, filter_h, filter_w, stride=1, pad=0):
    N, C, H, W = input_shape
    out_h = (H + 2 * pad - filter_h) // stride + 1
    out_w = (W + 2 * pad - filter_w) // stride + 1
    col = col.reshape(N, out_h, out_w, C, filter_h, filter_w).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1))
    for y in range(filter_h):
        y_max = y + stride * out_h
        for x in range(filter_w):
            x_max = x + stride * out_w
            img[:, :, y:y_max:stride, x:x_max:stride] += col[:, :, y, x, :, :]
    return img[:, :, pad : H + pad, pad : W + pad]


def forward_by_slices(x, W, b, stride, pad):
    FN, C, FH, FW = W.shape
    N, C, H, Wd = x.shape
    out_h = 1 + (H + 2 * pad - FH) // stride
    out_w = 1 + (Wd + 2 * pad - FW) // stride
    col = im2col(x, FH, FW, stride, pad)
    col_W = W.reshape(FN, -1).T
    out = np.dot(col, col_W) + b
    return out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)


def backward_by_slices(x, W, dout, stride, pad):
    FN, C, FH, FW = W.shape
    col = im2col(x, FH, FW, stride, pad)
    dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
    db = np.sum(dout, axis=0)
    dW = np.dot(col.T, dout)
    dW = dW.transpose(1, 0).reshape(FN, C, FH, FW)
    dcol = np.dot(dout, W.reshape(FN, -1))
    dx = col2im(dcol, x.shape, FH, FW, stride, pad)
    return dx, dW, db


def forward_by_patches(x, w):
    """One example: a row for every patch, collected in a list."""
    C, H, W = x.shape
    F, _, k1, k2 = w.shape
    rows = []
    for i in range(H - k1 + 1):
        for j in range(W - k2 + 1):
            rows.append(x[:, i : i + k1, j : j + k2].reshape(-1))
    matrix = np.array(rows)
    return (matrix @ w.reshape(F, -1).T).T.reshape(F, H - k1 + 1, W - k2 + 1)


def conv1d_by_index(x, w, stride, dilation):
    """An index array (positions, taps) for the last axis."""
    k = w.shape[2]
    m = (x.shape[2] - dilation * (k - 1) - 1) // stride + 1
    index = stride * np.arange(m)[:, None] + dilation * np.arange(k)[None, :]
    return np.einsum("ncmk,ock->nom", x[:, :, index], w)


def conv1d_matrix(x, w):
    """The matrix of the layer, built entry by entry, times the signal."""
    n, k = x.shape[0], w.shape[0]
    m = n - k + 1
    T = np.zeros((m, n))
    for i in range(m):
        T[i, i : i + k] = w
    return T @ x


def conv1d_matrix_gradient(x, w, g):
    n, k = x.shape[0], w.shape[0]
    m = n - k + 1
    T = np.zeros((m, n))
    for i in range(m):
        for j in range(k):
            T[i, i + j] = w[j]
    return T.T.dot(g)


def forward_by_flat_index(x, w):
    """One channel: the flat index of every pixel of every patch, and np.take."""
    H, W = x.shape
    kh, kw = w.shape
    start = np.arange(H - kh + 1)[:, None] * W + np.arange(W - kw + 1)
    offset = np.arange(kh)[:, None] * W + np.arange(kw)
    patches = np.take(x, start.ravel()[:, None] + offset.ravel()[None, :])
    return (patches @ w.ravel()).reshape(H - kh + 1, W - kw + 1)
