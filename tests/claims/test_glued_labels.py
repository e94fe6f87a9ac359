"""Entries as people type them, with the numbers right behind the letter: O11 = X11F11 + X12F12, ∂O11/∂F11 = X11, δ1x1.

The products are found by loops over the layer's windows and written in the letters of lectures; then one is changed.
"""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from symconv import Conv, check
from symconv.errors import ClaimError

LETTERS = [("X", "F", "O"), ("x", "w", "y"), ("I", "K", "O"), ("X", "W", "Z"), ("x", "k", "y"), ("X", "w", "h")]
Terms = list[tuple[Any, ...]]


def _label(letter: str, index: tuple[int, ...]) -> str:
    return letter + "".join(str(at + 1) for at in index)


def _windows(sizes: Any, kernel: Any, stride: int, padding: int) -> list[tuple[tuple[int, ...], ...]]:
    """Outputs, offsets and the inputs that they read, padding left out."""
    outputs = [(n + 2 * padding - k) // stride + 1 for n, k in zip(sizes, kernel)]
    found = []
    for i, k in product(product(*map(range, outputs)), product(*map(range, kernel))):
        j = tuple(stride * a + b - padding for a, b in zip(i, k))
        if all(0 <= at < size for at, size in zip(j, sizes)):
            found.append((i, k, j))
    return found


def _written(draw: random.Random, windows: Any, quantity: str) -> tuple[str, list[str]]:
    """The left side, and the right side's terms."""
    x, w, h = draw.choice(LETTERS)
    i, k, j = draw.choice(windows)
    gradient = draw.choice([lambda at: _label("δ", at), lambda at: f"∂L/∂{_label(h, at)}"])
    between = draw.choice(["", " ", "*", "·"])
    if gradient(i)[0] != "δ" and not between:
        between = " "
    if quantity == "output":
        terms = [[_label(x, b), _label(w, a)] for at, a, b in windows if at == i]
        return _label(h, i), [between.join(draw.sample(one, 2)) for one in terms]
    if quantity == "grad_weight":
        terms = [[gradient(at), _label(x, b)] for at, a, b in windows if a == k]
        return f"∂L/∂{_label(w, k)}", [between.join(one) for one in terms]
    if quantity == "grad_input":
        terms = [[gradient(at), _label(w, a)] for at, a, b in windows if b == j]
        return f"∂L/∂{_label(x, j)}", [between.join(one) for one in terms]
    if quantity == "jacobian_weight":
        return f"∂{_label(h, i)}/∂{_label(w, k)}", [_label(x, j)]
    return f"∂{_label(h, i)}/∂{_label(x, j)}", [_label(w, k)]


SHAPES = [
    ((3,), (2,), 1, 0), ((5,), (3,), 1, 0), ((6,), (3,), 2, 0), ((4,), (3,), 1, 1), ((3, 3), (2, 2), 1, 0),
    ((4, 4), (3, 3), 1, 0), ((4, 3), (2, 3), 1, 0), ((5, 5), (3, 3), 2, 0), ((3, 3), (2, 2), 1, 1),
]  # fmt: skip
"""Sizes of the input and the kernel, stride, padding."""


@pytest.mark.parametrize("quantity", ["output", "grad_weight", "grad_input", "jacobian_weight", "jacobian_input"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_a_loop_finds_is_proved_and_what_is_changed_refuted(shape: Any, quantity: str) -> None:
    draw = random.Random(f"{shape} {quantity}")
    layer = Conv(*shape[:2], stride=shape[2], padding=shape[3])
    for _ in range(4):
        left, terms = _written(draw, _windows(*shape), quantity)
        claim = f"{left} = {' + '.join(terms)}"
        report = check(layer, claim)
        assert report.holds, (claim, str(report))
        assert report.of == quantity, claim
        if len(terms) > 1:
            wrong = f"{left} = {' + '.join(terms[1:])}"
            assert check(layer, wrong).status == "refuted", wrong
        other = f"{left} = {' + '.join([*terms, terms[0]])}"
        assert check(layer, other).status == "refuted", other


@pytest.mark.parametrize(
    ("layer", "claim", "of"),
    [
        (Conv(3, 2), "dh_1/dw_2 = X_2", "jacobian_weight"),
        (Conv(3, 2), "dh1/dX2 = w2", "jacobian_input"),
        (Conv(3, 2, bias=True), "z1 = w1a1 + w2a2 + b", "output"),
        (Conv(3, 2, bias=True), "a_1 = w_1 x_1 + w_2 x_2 + b", "output"),
        (Conv(3, 2, bias=True), "a_1 = b", "dense_bias"),
        (Conv(3, 2), "V^T = [[w1,w2,0],[0,w1,w2]]", "matrix"),
        (Conv(3, 2), "w.grad = [δ1*x1 + δ2*x2, δ1*x2 + δ2*x3]", "grad_weight"),
        (Conv(3, 2, bias=True), "conv.bias.grad = δ1 + δ2", "grad_bias"),
        (Conv((3, 3), (2, 2), bias=True), "δ = ∂L/∂Z; db = Σ δ", "grad_bias"),
        (Conv((3, 3), (2, 2)), "∂L/∂X = Full Convolution(180° rotated F, ∂L/∂O)", "grad_input"),
        (Conv((3, 3), (2, 2)), r"dX = \text{full-conv}(\text{rot}_{180} W, dZ)", "grad_input"),
        (Conv((3, 3), (2, 2)), "dX = full convolution(W rotated by 180°, dZ)", "grad_input"),
        (Conv(3, 2), "dL/dX = W^T delta where W = [[w1,w2,0],[0,w1,w2]]", "matrix"),
    ],
)
def test_right_in_other_forms(layer: Any, claim: str, of: str) -> None:
    report = check(layer, claim)
    assert report.holds, str(report)
    assert report.of == of


@pytest.mark.parametrize(
    ("layer", "claim", "reason"),
    [
        (Conv(3, 2), "dh_1/dw_2 = X_1", "X1 should be X2"),
        (Conv(3, 2, bias=True), "z1 = w1a1 + w2a3 + b", "X3*w2 should be X2*w2"),
        (Conv(3, 2), "V^T = [[w1,w2,0],[0,w2,w1]]", "w2 should be w1"),
        (Conv((3, 3), (2, 2)), "∂L/∂X = Full Convolution(F, ∂L/∂O)", "the kernel must be flipped the other way"),
        (Conv((3, 3), (2, 2)), "Z = X * W + b", "the layer has no bias"),
        (Conv(3, 2), "dL/dX = W^T delta where W = [[w1,w2,0],[0,w2,w1]]", "w2 should be w1"),
    ],
)
def test_wrong_in_other_forms(layer: Any, claim: str, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted", str(report)
    assert any(reason in one for one in report.explanation), report.explanation


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("A = relu(X * W)", "relu is an activation"),
        (r"a = \sigma(w * x)", "sigma is an activation"),
        ("∂L/∂O = δ", "holds by definition"),
        (r"\delta = \frac{\partial L}{\partial z}", "holds by definition"),
    ],
)
def test_what_is_beside_the_layer_is_said(claim: str, wrong: str) -> None:
    with pytest.raises(ClaimError, match=wrong):
        check(Conv((3, 3), (2, 2)), claim)


def test_a_row_that_stays_on_its_page_is_a_row() -> None:
    lines = r"\begin{aligned} h_1 &= X_1 w_1 + X_2 w_2 \\* h_2 &= X_2 w_1 + X_3 w_2 \end{aligned}"
    assert check(Conv(3, 2), lines).holds
    assert check(Conv(3, 2), lines.replace("X_3 w_2", "X_3 w_1")).status == "refuted"
    matrix = r"V^T = \begin{bmatrix} w_1 & w_2 & 0 \\*[2pt] 0 & w_1 & w_2 \end{bmatrix}"
    assert check(Conv(3, 2), matrix).holds
