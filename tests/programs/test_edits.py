"""Small changes of a text: the right line is among them, and a mistake is told by the change that mends it."""

from __future__ import annotations

import ast

import pytest

from symconv.programs.edits import edits_of
from symconv.programs.report import Repair
from symconv.programs.wording import mistake_of

BEGIN = "def f(x, w, b, stride, pad):\n"
CHANGES = (
    ("y[i : i + K, j : j + K] += w", "y[i * stride : i * stride + K, j * stride : j * stride + K] += w"),
    ("oh = 1 + (H + 2 * pad - K)", "oh = 1 + (H + 2 * pad - K) // stride"),
    ("h0, w0 = i * stride, j", "h0, w0 = i * stride, j * stride"),
    ("r, q = i + pad + k, j + pad + l", "r, q = i - pad + k, j - pad + l"),
    ("q = j * stride + l", "q = j * stride + l - pad"),
    ("y[i] = np.sum(x * w + b)", "y[i] = np.sum(x * w) + b"),
    ("ok = 0 < r < H and 0 < q < W", "ok = 0 <= r < H and 0 <= q < W"),
    ("ok = r >= H or q >= W", "ok = r < 0 or r >= H or q < 0 or q >= W"),
    ("oh, ow = (h - k) // stride, (v - l) // stride", "oh, ow = (h - k) // stride + 1, (v - l) // stride + 1"),
    ("z = np.tile(np.arange(height), width)", "z = np.tile(np.arange(width), height)"),
    ("total = x[0]", "total = 0"),
    ("z = F.unfold(x, 3, dilation=stride)", "z = F.unfold(x, 3, stride=stride)"),
    ("y = convolve2d(x, w)", "y = correlate2d(x, w)"),
    ("y[k, i] += b", "np.add.at(y, (k, i), b)"),
    ("y = np.flip(w, axis=2)", "y = np.flip(w, axis=(2, 3))"),
    ("y = y / K", "y = y / (K * K)"),
    ("y = y / (H * W)", "y = y / (k * k)"),
    ("z = H - K", "z = H + 2 * pad - K"),
    ("z = r - (i - k)", "z = r - (i - k) * stride"),
    ("y = w[::-1, :, ::-1]", "y = w[:, :, ::-1]"),
    ("y = x[:, :H]", "y = x[:, pad:pad + H]"),
    ("y = x[i : i + K]", "y = x[i * K:(i + 1) * K]"),
    ("y = x[i : i + K]", "y = x[i:i + stride * (K - 1) + 1:stride]"),
    ("y = x.reshape(H, W)", "y = x.reshape(W, H).T"),
    ("y = w.view(-1, H).t()", "y = w.view(H, -1)"),
    ('y = np.einsum("nfji,nchw->fc", x, w)', 'y = np.einsum("nfij,nchw->fc", x, w)'),
    ("h, v = x.shape", "v, h = x.shape"),
    ("y = x[0, i]", "y = x[:, i]"),
)  # fmt: skip
SETS = "    H = W = K = i = j = k = l = h = v = r = q = height = width = L = 1\n    total = y = 0\n"


@pytest.mark.parametrize(("wrong", "right"), CHANGES)
def test_the_right_line_is_among_the_changes(wrong: str, right: str) -> None:
    rest = "    for k in range(K):\n        total += k\n    return y\n"
    text = f"{BEGIN}{SETS}    {wrong}\n{rest}"
    wanted = ast.dump(ast.parse(f"{BEGIN}{SETS}    {right}\n{rest}"))
    changed = []
    for edit in edits_of(text, "f"):
        try:
            changed.append(ast.dump(ast.parse(edit.of(text))))
        except SyntaxError:
            continue
    assert wanted in changed


WORDS = (
    ("y[i] = a * b", "y[i] += a * b", "it is overwritten, where += belongs"),
    ("g.mean(axis=0)", "g.sum(axis=0)", "the result is divided by a size: mean stands where sum belongs"),
    ("r = i + k", "r = i * stride + k", "the stride is left out"),
    ("r = i * d + k", "r = i * d + k - pad", "the padding is left out"),
    ("dx = z[:, p:-p]", "dx = z[:, p : p + W]", "a slice that ends at -p is empty where p is 0"),
    ("y = W - kh", "y = W - kw", "the numbers of one axis are used on another: kh stands where kw belongs"),
    ("y = x[:, ::-1].T", "y = x[:, :].T", "an axis is flipped that should not be"),
    ("y = dx", "y = dx[..., pad:dx.shape[-1] - pad]", "the padding is not removed"),
    ("y = np.roll(x, k)", "y = np.roll(x, -k)", "the sign is wrong: -k belongs where k stands"),
    ("h = s * H - p", "h = s * H - 2 * p", "the padding is counted once, not at both ends"),
    ("y = g / (h * w)", "y = g", "it is divided by h * w, which does not belong there"),
    ("y = g / k", "y = g / (k * k)", "it is divided by k, not by k * k"),
    ("y = g.sum(axis=1)", "y = g.sum(axis=0)", "the axis is wrong: 1 stands where 0 belongs"),
    ("if r >= H:", "if r < 0 or r >= H:", "the lower bound is missing: a negative index counts from the end"),
    ("y = w.view(-1, f).t() @ z", "y = w.view(f, -1) @ z", "(- 1, f).t() stands where (f, - 1) belongs"),
    ("y = x[g : g + C]", "y = x[g * C : (g + 1) * C]", "g:g + C stands where g * C:(g + 1)* C belongs"),
    ("r = i + k\n    q = j + l", "r = i * s + k\n    q = j * s + l", "the stride is left out"),
    ("total = x[0]", "total = 0", "the sum does not start from 0: x[0] stands where 0 belongs"),
    ("y = x[i, j]", "y = x[j, i]", "i and j are exchanged"),
    ("    return y", "return y", "the line is done in a loop, and belongs behind it"),
    ("f(x, stride=d)", "f(x, dilation=d)", "stride and dilation are exchanged"),
    ("a = i + 1", "a = i", "+ 1 does not belong there"),
    ("if 0 < r and 0 < q:", "if 0 <= r and 0 <= q:", "< stands where <= belongs"),
)


@pytest.mark.parametrize(("before", "after", "words"), WORDS)
def test_a_mistake_is_told_by_its_change(before: str, after: str, words: str) -> None:
    assert mistake_of(Repair(1, before, after)) == words
