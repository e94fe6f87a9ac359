"""Functions as people write them, all right, and plain loops that share nothing with them or with symconv."""

from __future__ import annotations

import ast
import itertools
import linecache
from types import FunctionType

import numpy as np

# -- plain loops, the oracle ---------------------------------------------------------------------------


def plain_forward(x, w, b, stride, pad, dilation=1):
    """h[n, o, i1, i2], one product after the other."""
    n, c, height, width = x.shape
    f, _, kh, kw = w.shape
    mh = (height + 2 * pad - dilation * (kh - 1) - 1) // stride + 1
    mw = (width + 2 * pad - dilation * (kw - 1) - 1) // stride + 1
    out = [[[[0] * mw for _ in range(mh)] for _ in range(f)] for _ in range(n)]
    for e, o, i, j in itertools.product(range(n), range(f), range(mh), range(mw)):
        total = b[o]
        for q, u, v in itertools.product(range(c), range(kh), range(kw)):
            row, column = stride * i + dilation * u - pad, stride * j + dilation * v - pad
            if 0 <= row < height and 0 <= column < width:
                total = total + w[o, q, u, v] * x[e, q, row, column]
        out[e][o][i][j] = total
    return np.array(out)


def plain_backward(x, w, g, stride, pad, dilation=1):
    """dx, dw, db: every product of the forward pass gives one to each."""
    _, c, height, width = x.shape
    _, _, kh, kw = w.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(w[:, 0, 0, 0])
    for e, o, i, j in itertools.product(*map(range, g.shape)):
        db[o] += g[e, o, i, j]
        for q, u, v in itertools.product(range(c), range(kh), range(kw)):
            row, column = stride * i + dilation * u - pad, stride * j + dilation * v - pad
            if 0 <= row < height and 0 <= column < width:
                dx[e, q, row, column] += g[e, o, i, j] * w[o, q, u, v]
                dw[o, q, u, v] += g[e, o, i, j] * x[e, q, row, column]
    return dx, dw, db


# -- functions as people write them --------------------------------------------------------------------

FORWARD = {
    "naive": """
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param["stride"], conv_param["pad"]
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
""",
    "im2col": """
def forward(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, k, l = w.shape
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    xp[:, :, pad:pad + H, pad:pad + W] = x
    oh, ow = (H + 2 * pad - k) // stride + 1, (W + 2 * pad - l) // stride + 1
    col = np.empty((N, C, k, l, oh, ow))
    for y in range(k):
        for z in range(l):
            col[:, :, y, z] = xp[:, :, y:y + stride * oh:stride, z:z + stride * ow:stride]
    col = col.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, -1)
    out = col @ w.reshape(F, -1).T + b
    return out.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)
""",
    "windows": """
def forward(x, w, b, stride, pad):
    xp = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    win = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijab,ocab->noij", win, w) + b[None, :, None, None]
""",
    "strided": """
from numpy.lib.stride_tricks import as_strided
def forward(x, w, b, stride, pad):
    xp = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)]).astype(np.float32)
    n, c, h, v = xp.shape
    f, _, kh, kw = w.shape
    mh, mw = (h - kh) // stride + 1, (v - kw) // stride + 1
    s0, s1, s2, s3 = xp.strides
    win = as_strided(xp, (n, c, mh, mw, kh, kw), (s0, s1, s2 * stride, s3 * stride, s2, s3))
    return np.tensordot(win, w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2) + b.reshape(1, -1, 1, 1)
""",
    "fancy": """
def indices(shape, k, l, stride, pad):
    N, C, H, W = shape
    oh, ow = (H + 2 * pad - k) // stride + 1, (W + 2 * pad - l) // stride + 1
    i0 = np.tile(np.repeat(np.arange(k), l), C)
    i1 = stride * np.repeat(np.arange(oh), ow)
    j0 = np.tile(np.arange(l), k * C)
    j1 = stride * np.tile(np.arange(ow), oh)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    return np.repeat(np.arange(C), k * l).reshape(-1, 1), i, j, oh, ow

def forward(x, w, b, stride, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    q, i, j, oh, ow = indices(x.shape, w.shape[2], w.shape[3], stride, pad)
    cols = xp[:, q, i, j].transpose(1, 2, 0).reshape(x.shape[1] * w.shape[2] * w.shape[3], -1)
    res = w.reshape(w.shape[0], -1).dot(cols) + b.reshape(-1, 1)
    return res.reshape(w.shape[0], oh, ow, x.shape[0]).transpose(3, 0, 1, 2)
""",
}
BACKWARD = {
    "naive": """
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dx_pad, dw, db = np.zeros_like(x_pad), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += dout[n, f].sum()
            for i in range(H_out):
                for j in range(W_out):
                    a, c = i * stride, j * stride
                    dw[f] += x_pad[n, :, a:a + HH, c:c + WW] * dout[n, f, i, j]
                    dx_pad[n, :, a:a + HH, c:c + WW] += w[f] * dout[n, f, i, j]
    return dx_pad[:, :, pad:pad + H, pad:pad + W], dw, db
""",
    "offsets": """
def backward(x, w, g, stride=1, pad=0):
    n, c, h, v = x.shape
    f, _, kh, kw = w.shape
    mh, mw = g.shape[2], g.shape[3]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for a in range(kh):
        for b in range(kw):
            rows, columns = slice(a, a + stride * mh, stride), slice(b, b + stride * mw, stride)
            dw[:, :, a, b] = np.einsum("noij,ncij->oc", g, xp[:, :, rows, columns])
            dxp[:, :, rows, columns] += np.einsum("noij,oc->ncij", g, w[:, :, a, b])
    return dxp[:, :, pad:h + pad, pad:v + pad], dw, g.sum(axis=(0, 2, 3))
""",
    "scatter": """
def backward(x, w, g, stride, pad):
    n, c, h, v = x.shape
    f, _, kh, kw = w.shape
    dxp = np.zeros((n, c, h + 2 * pad, v + 2 * pad))
    dw = np.zeros_like(w)
    i, j, a, b = np.ogrid[:g.shape[2], :g.shape[3], :kh, :kw]
    rows, columns = i * stride + a, j * stride + b
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    for e in range(n):
        for q in range(c):
            np.add.at(dxp[e, q], (rows, columns), np.tensordot(g[e], w[:, q], axes=(0, 0)))
            dw[:, q] += np.tensordot(g[e], xp[e, q][rows, columns], axes=([1, 2], [0, 1]))
    return dxp[:, :, pad:pad + h, pad:pad + v], dw, g.sum((0, 2, 3))
""",
}


def function_of(source: str):
    """The last function of a source text, which inspect can find."""
    name = f"<written {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    names: dict = {"np": np, "__name__": "written"}
    exec(compile(source, name, "exec"), names)
    return [value for value in names.values() if isinstance(value, FunctionType) and value.__module__ == "written"][-1]


def mutants(source: str):
    """Every change of one token: a number, an operator, a comparison, a name for another, `=` for `+=`."""
    tree = ast.parse(source)
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and len(node.id) < 7})
    for at, node in enumerate(ast.walk(tree)):
        for change in _changes(node, names):
            changed = ast.parse(source)
            change([*ast.walk(changed)][at])
            yield ast.unparse(ast.fix_missing_locations(changed))


def _changes(node, names):
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield lambda one: setattr(one, "value", one.value + 1)
        yield lambda one: setattr(one, "value", one.value - 1)
    if isinstance(node, ast.BinOp):
        others = {ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Add], ast.FloorDiv: [ast.Mult]}
        for new in others.get(type(node.op), []):
            yield lambda one, new=new: setattr(one, "op", new())
    if isinstance(node, ast.AugAssign):
        yield lambda one: setattr(one, "op", ast.Sub())
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        other = names[(names.index(node.id) + 1) % len(names)]
        yield lambda one, other=other: setattr(one, "id", other)
