"""Claims in operators, against plain loops over whole numbers: what is proved holds there, what is refuted does not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, Notation, SymconvError, check
from symconv.errors import ClaimError

n, K, s, p, d = sp.symbols("n K s p d", integer=True, positive=True)
n1, n2, K1, K2, C, O, B = sp.symbols("n1 n2 K1 K2 C O B", integer=True, positive=True)
Array = Any


# -- the oracle: loops, no code of symconv -----------------------------------------------------------------


def correlated(a: Array, b: Array, mode: str = "valid") -> Array:
    """sum over u of a[t + u] b[u], by loops, on any number of axes."""
    if mode == "full":
        a = np.pad(a, [(size - 1, size - 1) for size in b.shape])
    elif mode == "same":
        a = np.pad(a, [((size - 1) // 2, size - 1 - (size - 1) // 2) for size in b.shape])
    sizes = [m - size + 1 for m, size in zip(a.shape, b.shape)]
    if min(sizes) < 1:
        return np.zeros([max(size, 0) for size in sizes], dtype=int)
    out = np.zeros(sizes, dtype=int)
    for t in np.ndindex(*sizes):
        out[t] = sum(int(a[tuple(np.add(t, u))]) * int(b[u]) for u in np.ndindex(*b.shape))
    return out


def turned(a: Array) -> Array:
    return a[tuple(slice(None, None, -1) for _ in a.shape)]


def convolved(a: Array, b: Array, mode: str = "valid") -> Array:
    return correlated(a, turned(b), mode)


def spaced(a: Array, step: int) -> Array:
    out = np.zeros([step * (size - 1) + 1 for size in a.shape], dtype=int)
    out[tuple(slice(None, None, step) for _ in a.shape)] = a
    return out


def padded(a: Array, width: int) -> Array:
    return np.pad(a, width) if width >= 0 else a[tuple(slice(-width, size + width) for size in a.shape)]


@dataclass(frozen=True)
class Truth:
    """A layer of one channel in numbers, and its derivatives, from h[i] = sum w[k] x[s i + d k - p] alone."""

    x: Array
    w: Array
    delta: Array
    s: int
    p: int
    d: int

    def reads(self) -> list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]:
        """Every output, kernel offset and input that meet."""
        found = []
        for i, k in product(np.ndindex(*self.delta.shape), np.ndindex(*self.w.shape)):
            j = tuple(self.s * a + self.d * b - self.p for a, b in zip(i, k))
            if all(0 <= at < size for at, size in zip(j, self.x.shape)):
                found.append((i, k, j))
        return found

    def of(self, quantity: str) -> Array:
        shapes = {"h": self.delta.shape, "dx": self.x.shape, "dw": self.w.shape}
        out = np.zeros(shapes[quantity], dtype=int)
        for i, k, j in self.reads():
            if quantity == "h":
                out[i] += self.w[k] * self.x[j]
            elif quantity == "dx":
                out[j] += self.delta[i] * self.w[k]
            else:
                out[k] += self.delta[i] * self.x[j]
        return out


def drawn(chance: random.Random, ndim: int, sizes: Mapping[str, int]) -> Truth:
    stride, pad, dilation = (sizes.get(name, default) for name, default in (("s", 1), ("p", 0), ("d", 1)))
    kernel = [chance.randint(2, 3) for _ in range(ndim)]
    inputs = [dilation * (k - 1) + 1 + chance.randint(1, 4) for k in kernel]
    outputs = [(m + 2 * pad - dilation * (k - 1) - 1) // stride + 1 for m, k in zip(inputs, kernel)]

    def array(shape: list[int]) -> Array:
        return np.array([chance.randint(-5, 5) for _ in range(int(np.prod(shape)))]).reshape(shape)

    return Truth(array(inputs), array(kernel), array(outputs), stride, pad, dilation)


def same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool((a == b).all())


# -- the table ---------------------------------------------------------------------------------------------

LINE, PLANE = Conv(n, K), Conv((n1, n2), (K1, K2))
STRIDED, PADDED, DILATED = Conv(n, K, stride=s), Conv(n, K, padding=p), Conv(n, K, dilation=d)
Says = Callable[[Truth], Array]
ROWS: list[tuple[Any, str, str, Says, bool]] = [
    # layer, claim, quantity, the claim in loops, whether it is right
    (LINE, "h = x \\star w", "h", lambda t: correlated(t.x, t.w), True),
    (LINE, "h = corr(x, w)", "h", lambda t: correlated(t.x, t.w), True),
    (LINE, "h = corr(x, rot180(w))", "h", lambda t: correlated(t.x, turned(t.w)), False),
    (LINE, "h = conv(x, w)", "h", lambda t: correlated(t.x, t.w), True),
    (LINE, "conv(x, flip(w))", "h", lambda t: correlated(t.x, turned(t.w)), False),
    (LINE, "h = np.convolve(x, w[::-1], mode='valid')", "h", lambda t: convolved(t.x, turned(t.w)), True),
    (LINE, "h = np.convolve(x, w, 'valid')", "h", lambda t: convolved(t.x, t.w), False),
    (LINE, "h = np.correlate(x, w)", "h", lambda t: correlated(t.x, t.w), True),
    (LINE, "h = np.correlate(x, w, 'full')", "h", lambda t: correlated(t.x, t.w, "full"), False),
    (LINE, "dL/dX = conv(delta, rot180(w), 'full')", "dx", lambda t: correlated(t.delta, turned(t.w), "full"), True),
    (LINE, "dL/dX = conv(delta, w, full)", "dx", lambda t: correlated(t.delta, t.w, "full"), False),
    (LINE, "dL/dX = conv(delta, rot180(w), valid)", "dx", lambda t: correlated(t.delta, turned(t.w)), False),
    (LINE, "dL/dX = np.convolve(delta, w)", "dx", lambda t: convolved(t.delta, t.w, "full"), True),
    (LINE, "dL/dX = np.convolve(delta, rot180(w))", "dx", lambda t: convolved(t.delta, turned(t.w), "full"), False),
    (LINE, r"\frac{\partial L}{\partial X} = \delta \star_{full} \text{rot}_{180}(w)", "dx",
     lambda t: correlated(t.delta, turned(t.w), "full"), True),
    (LINE, r"\frac{\partial L}{\partial X} = \delta \star_{\text{full}} w", "dx",
     lambda t: correlated(t.delta, t.w, "full"), False),
    (LINE, "dL/dw = x \\star delta", "dw", lambda t: correlated(t.x, t.delta), True),
    (LINE, "dL/dw = conv(x, delta)", "dw", lambda t: correlated(t.x, t.delta), True),
    (LINE, "dL/dw = conv(x, rot180(delta))", "dw", lambda t: correlated(t.x, turned(t.delta)), False),
    (LINE, "dL/dw = 2 conv(x, delta)", "dw", lambda t: 2 * correlated(t.x, t.delta), False),
    (LINE, "dL/dw = -conv(x, delta)", "dw", lambda t: -correlated(t.x, t.delta), False),
    (LINE, "dL/dw = flip(convolve(flip(x), delta, 'valid'))", "dw",
     lambda t: turned(convolved(turned(t.x), t.delta)), True),
    (PLANE, "h = x \\star w", "h", lambda t: correlated(t.x, t.w), True),
    (PLANE, "h = scipy.signal.convolve2d(x, rot180(w), mode='valid')", "h",
     lambda t: convolved(t.x, turned(t.w)), True),
    (PLANE, "h = scipy.signal.convolve2d(x, w, mode='valid')", "h", lambda t: convolved(t.x, t.w), False),
    (PLANE, "h = scipy.signal.correlate2d(x, w, mode='valid')", "h", lambda t: correlated(t.x, t.w), True),
    (PLANE, "h = conv(x, fliplr(w))", "h", lambda t: correlated(t.x, t.w[:, ::-1]), False),
    (PLANE, "dL/dX = conv_full(delta, fliplr(flipud(w)))", "dx",
     lambda t: correlated(t.delta, turned(t.w), "full"), True),
    (PLANE, "dL/dX = conv_full(delta, flipud(w))", "dx", lambda t: correlated(t.delta, t.w[::-1], "full"), False),
    (PLANE, "dL/dX = convolve2d(delta, w, 'full')", "dx", lambda t: convolved(t.delta, t.w, "full"), True),
    (PLANE, "dL/dw = conv(x, delta)", "dw", lambda t: correlated(t.x, t.delta), True),
    (PLANE, "dL/dw = F.conv2d(x, delta)", "dw", lambda t: correlated(t.x, t.delta), True),
    (STRIDED, "dL/dX = conv(delta, rot180(w), 'full')", "dx",
     lambda t: correlated(t.delta, turned(t.w), "full"), False),
    (STRIDED, "dL/dw = conv(x, delta)", "dw", lambda t: correlated(t.x, t.delta), False),
    (STRIDED, "h = conv(x, w, stride=s)", "h", lambda t: correlated(t.x, t.w)[:: t.s], True),
    (STRIDED, "h = conv(x, w, stride=1)", "h", lambda t: correlated(t.x, t.w), False),
    (PADDED, "h = conv(pad(x, p), w)", "h", lambda t: correlated(padded(t.x, t.p), t.w), True),
    (PADDED, "h = conv(x, w, padding=p)", "h", lambda t: correlated(padded(t.x, t.p), t.w), True),
    (PADDED, "h = conv(x, w, padding=2p)", "h", lambda t: correlated(padded(t.x, 2 * t.p), t.w), False),
    (PADDED, "dL/dw = conv(x, delta)", "dw", lambda t: correlated(t.x, t.delta), False),
    (PADDED, "dL/dw = conv(pad(x), delta)", "dw", lambda t: correlated(padded(t.x, t.p), t.delta), True),
    (PADDED, "dL/dX = conv(delta, rot180(w), full)", "dx", lambda t: correlated(t.delta, turned(t.w), "full"), False),
    (PADDED, "dL/dX = crop(conv(delta, rot180(w), full), p)", "dx",
     lambda t: padded(correlated(t.delta, turned(t.w), "full"), -t.p), True),
    (DILATED, "h = conv(x, upsample(w, d))", "h", lambda t: correlated(t.x, spaced(t.w, t.d)), True),
    (DILATED, "h = conv(x, w, dilation=d)", "h", lambda t: correlated(t.x, spaced(t.w, t.d)), True),
    (DILATED, "dL/dX = conv(delta, rot180(upsample(w, d)), full)", "dx",
     lambda t: correlated(t.delta, turned(spaced(t.w, t.d)), "full"), True),
    (DILATED, "dL/dX = conv(delta, rot180(w), full)", "dx", lambda t: correlated(t.delta, turned(t.w), "full"), False),
]  # fmt: skip
IDS = [f"{row[0]!r}: {row[1]}" for row in ROWS]


@pytest.mark.parametrize(("layer", "claim", "quantity", "says", "right"), ROWS, ids=IDS)
def test_a_claim_with_one_meaning(layer: Any, claim: str, quantity: str, says: Says, right: bool) -> None:
    report = check(layer, claim)
    assert report.status == ("proved" if right else "refuted")
    assert right or report.explanation or report.witness
    sizes = {name: [2, 3] if name == "s" else [1, 2] if name == "p" else [2, 3] for name in layer.symbol_names}
    chance, agreed = random.Random(1), []
    for _ in range(6):
        given = {name: chance.choice(values) for name, values in sizes.items() if name in ("s", "p", "d")}
        truth = drawn(chance, layer.ndim, given)
        agreed.append(same(says(truth), truth.of(quantity)))
    assert all(agreed) if right else not all(agreed)


STARS = [
    # claim, its two meanings in loops (cross-correlation, convolution), quantity
    ("h = x * w", "h", lambda t: correlated(t.x, t.w), lambda t: convolved(t.x, t.w)),
    ("h = x * rot180(w)", "h", lambda t: correlated(t.x, turned(t.w)), lambda t: convolved(t.x, turned(t.w))),
    ("dL/dX = delta *_{full} rot180(w)", "dx", lambda t: correlated(t.delta, turned(t.w), "full"),
     lambda t: convolved(t.delta, turned(t.w), "full")),
    ("dL/dX = delta *_{full} w", "dx", lambda t: correlated(t.delta, t.w, "full"),
     lambda t: convolved(t.delta, t.w, "full")),
    (r"\nabla_w L = x \ast \delta", "dw", lambda t: correlated(t.x, t.delta), lambda t: convolved(t.x, t.delta)),
    (r"\frac{\partial L}{\partial w} = x \circledast \text{rot180}(\delta)", "dw",
     lambda t: correlated(t.x, turned(t.delta)), lambda t: convolved(t.x, turned(t.delta))),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "quantity", "correlation", "convolution"), STARS, ids=[row[0] for row in STARS])
def test_a_star_is_read_in_the_meaning_that_is_right(
    claim: str, quantity: str, correlation: Says, convolution: Says
) -> None:
    report = check(LINE, claim)
    chance = random.Random(2)
    truths = [drawn(chance, 1, {}) for _ in range(5)]
    is_right = [all(same(says(t), t.of(quantity)) for t in truths) for says in (correlation, convolution)]
    assert is_right.count(True) == 1
    assert report.holds
    word = "the cross-correlation" if is_right[0] else "the convolution"
    other = "the convolution" if is_right[0] else "the cross-correlation"
    assert report.read_as[0].startswith(f"* is {word}")
    assert any(other in remark and remark.endswith("it is wrong") for remark in report.remarks)


REASONS = [
    (STRIDED, "dL/dX = delta *_{full} rot180(w)", "the stride is left out: insert stride - 1 zeros"),
    (STRIDED, "dL/dw = x * delta", "the stride is left out: insert stride - 1 zeros"),
    (PADDED, "dL/dX = delta *_{full} rot180(w)", "the padding is left out: crop the result by it"),
    (PADDED, "dL/dw = x *_{valid} delta", "the padding is left out: pad X first"),
    (PADDED, "dL/dw = np.correlate(x, delta, 'valid')", "the padding is left out: pad X first"),
    (Conv(n, K, stride=s, padding=p), "dW = X * dY", "the stride is left out: insert stride - 1 zeros"),
    (LINE, "dL/dX = conv(delta, w, full)", "w and rot180(w) are exchanged"),
    (LINE, "dL/dX = conv(delta, rot180(w), valid)", "the convolution must be full"),
    (LINE, "dL/dw = conv(x, delta, full)", "the convolution must be valid"),
    (DILATED, "dL/dX = delta *_{full} rot180(w)", "the dilation is left out: insert dilation - 1 zeros"),
    (Conv(n, K, bias=True), "h = x * w", "bias"),
    (STRIDED, "∂L/∂X = delta *_{full} rot180(X)", "its shape is (m + n - 1,)"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "reason"), REASONS, ids=[f"{row[0]!r}: {row[1]}" for row in REASONS])
def test_the_reason_is_said(layer: Any, claim: str, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted"
    assert reason in " ".join(report.explanation)


IMAGES = Conv((n1, n2), (K1, K2), in_channels=C, out_channels=C, padding=1)
OF_PADDED = [
    # layer, claim, the claim in loops with the padded input, whether that is right
    (PADDED, r"\frac{\partial L}{\partial W} = X \star \frac{\partial L}{\partial y}",
     lambda t: correlated(padded(t.x, t.p), t.delta), True),
    (PADDED, "dW = X * dY", lambda t: correlated(padded(t.x, t.p), t.delta), True),
    (PADDED, "dW = dY * X", lambda t: correlated(padded(t.x, t.p), t.delta), True),
    (PADDED, "dW = 2*(X * dY)", lambda t: 2 * correlated(padded(t.x, t.p), t.delta), False),
    (PADDED, r"dW = X \star rot180(dY)", lambda t: correlated(padded(t.x, t.p), turned(t.delta)), False),
    (PADDED, r"dW = rot180(X \star dY)", lambda t: turned(correlated(padded(t.x, t.p), t.delta)), False),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "says", "is_right"), OF_PADDED, ids=[row[1] for row in OF_PADDED])
def test_a_sign_may_pad_the_input_as_the_layer_does(layer: Any, claim: str, says: Says, is_right: bool) -> None:
    report = check(layer, claim)
    chance = random.Random(4)
    truths = [drawn(chance, 1, {"pad": chance.randint(1, 2)}) for _ in range(5)]
    assert all(same(says(t), t.of("dw")) for t in truths) == is_right == report.holds
    said = "it is right only with the padded input; with X as it is, it is wrong"
    assert (said in report.remarks) == is_right


def test_a_sign_pads_the_input_of_images_with_channels() -> None:
    assert check(IMAGES, r"\nabla_W L = X \star \nabla_Y L").holds
    assert check(IMAGES, r"\nabla_W L = X \star (-2\nabla_Y L)").status == "refuted"


def test_where_the_stride_leaves_elements_over_the_shape_is_said_to_differ() -> None:
    for claim in ("dL/dX = upsample(delta, s) *_{full} rot180(w)", "dL/dX = conv_transpose(delta, w, stride=s)"):
        report = check(STRIDED, claim)
        assert report.holds
        assert any("the shape is right only where" in remark for remark in report.remarks)
    chance = random.Random(3)
    for _ in range(10):
        t = drawn(chance, 1, {"s": chance.randint(2, 3)})
        claimed, right = correlated(spaced(t.delta, t.s), turned(t.w), "full"), t.of("dx")
        assert same(claimed, right[: len(claimed)])
        assert not right[len(claimed) :].any()


MATRICES = [
    (LINE, "h = x v", True), (LINE, "h = v^T x", True), (LINE, r"h = v^\top x", True), (LINE, "h = v v^T x", False),
    (LINE, "dL/dX = v delta", True), (LINE, "dL/dX = v^T delta", True), (LINE, "dL/dX = 2 v delta", False),
    (LINE, "dL/dv = x delta^T", True), (LINE, "dL/dv = 2 x delta^T", False),
    (LINE, "h = P w", True), (LINE, "dL/dw = P^T delta", True), (LINE, "dL/dw = P^T h", False),
    (LINE, "h = im2col(x) w", True), (LINE, "dL/dX = col2im(delta w^T)", True), (LINE, "dL/dP = delta w^T", True),
    (LINE, "vec(h) = toeplitz(w)^T vec(x)", True),
    (PLANE, "vec(h) = v^T vec(x)", True), (PLANE, "dL/dX = v delta", True),
    (Conv.general(2, batch_size=B), "h = x v + a", True), (Conv.general(2, batch_size=B), "dL/dv = x^T delta", True),
    (Conv.general(2, batch_size=B), "dL/dX = delta v^T", True), (Conv.general(2, batch_size=B), "h = x v", False),
    (Conv.general(2, batch_size=B), "dL/db = np.sum(delta, axis=(0, 2, 3))", True),
    (Conv.general(2, batch_size=B), "dL/db = np.sum(delta, axis=(2, 3))", False),
    (ConvTranspose(n, K, stride=s), "h = upsample(x, s) *_{full} w", True),
    (ConvTranspose(n, K, stride=s), "h = conv_transpose(x, w, stride=s)", True),
    (ConvTranspose(n, K, stride=s), "dL/dX = conv(delta, w, stride=s)", True),
    (ConvTranspose(n, K, stride=s), "dL/dX = conv(delta, w)", False),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "right"), MATRICES, ids=[f"{row[0]!r}: {row[1]}" for row in MATRICES])
def test_a_claim_about_matrices(layer: Any, claim: str, right: bool) -> None:
    assert check(layer, claim).status == ("proved" if right else "refuted")


COLUMN = r"\begin{bmatrix} X_1 \\ X_2 \\ X_3 \end{bmatrix}"
GIVEN = [
    (r"h = \begin{bmatrix} w_1 & w_2 & 0 \\ 0 & w_1 & w_2 \end{bmatrix} " + COLUMN, "proved", ""),
    (r"h = \begin{bmatrix} w_1 & w_2 & 0 \\ 0 & w_2 & w_1 \end{bmatrix} " + COLUMN, "refuted", "should be X2*w1"),
    (r"h = \begin{bmatrix} w_1 & w_2 & 0 \\ 0 & w_1 & w_2 \end{bmatrix} x", "proved", ""),
    ("dL/dX = [[w1, 0], [w2, w1], [0, w2]] delta", "proved", ""),
    ("dL/dX = [[w1, 0], [w1, w2], [0, w2]] delta", "refuted", ""),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "status", "reason"), GIVEN, ids=[row[0][:40] for row in GIVEN])
def test_a_matrix_that_is_given(claim: str, status: str, reason: str) -> None:
    report = check(Conv(3, 2), claim)
    assert report.status == status
    assert reason in " ".join(report.explanation)


def test_the_convolution_that_is_printed_is_read() -> None:
    for layer in (LINE, PLANE, STRIDED, PADDED, Conv.general(2), Conv.general(1, flip=True), Conv.general(1, groups=C)):
        assert check(layer, layer.direct.latex()).holds
        assert check(layer, layer.fully_connected.latex()).holds
    column = Conv(n, K, notation=Notation(vectors="column", convolution="\\star"))
    assert check(column, column.direct.latex()).holds
    assert check(column, column.fully_connected.latex()).holds


@pytest.mark.parametrize("claim", ["h = x * q", "h = conv(x)", "h = rot90(x, 1)", "h = x w", "h = frobnicate(x, w)"])
def test_what_cannot_be_read_is_an_error(claim: str) -> None:
    with pytest.raises(SymconvError):
        check(LINE, claim)


LINE, PLANE = Conv(n, K), Conv((n1, n2), (K1, K2))
CHANNELED, GROUPED = (Conv(n, K, in_channels=4, out_channels=4, groups=groups) for groups in (1, 2))

UNREAD_OPTIONS = [
    (PLANE, "dx = scipy.signal.convolve2d(dy, w, mode='full', boundary='wrap')", "boundary='wrap' is not read"),
    (LINE, "y = conv(x, w, mode='vaild')", "mode='vaild' is not read; words there are valid, full, same"),
    (LINE, "y = conv(x, w, 2)", "conv has 3 arguments; write stride"),
    (PLANE, "dx = correlate2d(dy, w, stride=2)", "the option stride of correlate2d is not read"),
]
"""What a function is told may change what it computes, so that nothing of it may be passed over."""


@pytest.mark.parametrize(("layer", "claim", "words"), UNREAD_OPTIONS)
def test_an_option_that_is_not_read_is_an_error(layer: Conv, claim: str, words: str) -> None:
    with pytest.raises(ClaimError, match=re.escape(words)):
        check(layer, claim)


OPTIONS = [
    (LINE, "y = conv(x, w, strides=2)", "refuted"),
    (CHANNELED, "y = F.conv1d(x, w, groups=2)", "refuted"),
    (CHANNELED, "y = F.conv1d(x, w, groups=1)", "proved"),
    (GROUPED, "y = F.conv1d(x, w, groups=2)", "proved"),
    (GROUPED, "y = F.conv1d(x, w)", "refuted"),  # PyTorch's default is one group
    (PLANE, "dx = correlate2d(dy, np.flip(w, axis=(0, 1)), mode='full')", "proved"),
    (PLANE, "dx = correlate2d(dy, np.flip(w, axis=0), mode='full')", "refuted"),
]


@pytest.mark.parametrize(("layer", "claim", "status"), OPTIONS)
def test_options_are_taken_at_their_word(layer: Conv, claim: str, status: str) -> None:
    assert check(layer, claim).status == status


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate"])
def test_the_input_may_be_padded_in_any_mode(mode: str) -> None:
    """dW is what slides over the padded input; a sum in NumPy, over numpy.pad, says so too."""
    letters = sp.symbols("n K p", integer=True, positive=True)
    names = {"circular": "wrap", "reflect": "reflect", "replicate": "edge"}
    draw = np.random.default_rng(0)
    x, delta = draw.integers(-9, 9, 7), draw.integers(-9, 9, 7)
    padded = np.pad(x, 1, mode=names[mode])
    layer = Conv(7, 3, padding=1, padding_mode=mode)
    right = np.correlate(padded, delta, "valid")
    assert (layer.direct.grad_weight.evaluate(X=x[None], delta=delta[None])[0, 0] == right).all()
    for one in (layer, Conv(letters[0], letters[1], padding=letters[2], padding_mode=mode)):
        report = check(one, "dW = X * dY")
        assert report.holds and "only with the padded input" in str(report)
        assert check(one, "dW = correlate(pad(X), dY)").holds
    left_out = check(layer, "dW = conv(X, dY)")
    assert left_out.status == "refuted" and "the padding is left out" in str(left_out)


@pytest.mark.parametrize("layer", [Conv(5, 3), Conv((5, 4), (2, 3)), Conv(6, 2, in_channels=2, stride=2)], ids=repr)
def test_the_filter_is_a_row_in_frameworks(layer: Conv) -> None:
    """W as (C_out, C_in K), patches as its columns: dX = col2im(W^T dY), as NumPy adds it up."""
    draw = np.random.default_rng(1)
    w, delta = draw.integers(-9, 9, layer.weight_shape), draw.integers(-9, 9, layer.output_shape)
    columns = w.reshape(1, -1).T @ delta.reshape(1, -1)
    image = np.zeros(layer.input_shape, dtype=int)
    for place, at in enumerate(np.ndindex(*map(int, layer.output_shape[1:]))):
        patch = columns[:, place].reshape(layer.weight_shape[1:])
        window = tuple(slice(i * s, i * s + k) for i, s, k in zip(at, layer.stride, patch.shape[1:]))
        image[(slice(None), *window)] += patch
    assert (layer.direct.grad_input.evaluate(w=w, delta=delta) == image).all()
    for claim in ("dX = col2im(W.T @ dY)", r"dX = col2im(W^T dY)", "dX = col2im(dY.T @ W)", "dX = col2im(W dY^T)"):
        assert check(layer, claim).holds, claim
    wrong = check(layer, "dX = col2im(W.T @ dY + W.T @ dY)")
    assert wrong.status == "refuted"
