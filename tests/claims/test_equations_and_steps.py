r"""Equations between sums of entries, and steps of gradient descent of a layer: both sides have the same numbers."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, check
from symconv.claims.parse.names import Names
from symconv.claims.parse.steps import with_gradient_of_step
from symconv.errors import ClaimError
from symconv.layers import Layer

n, K, s, p = sp.symbols("n K s p", integer=True, positive=True)
LINE, FIVE, PLANE = Conv(n, K), Conv(5, 3), Conv((3, 3), (2, 2))
DRAW = np.random.default_rng(3)
X, W, D = (DRAW.integers(-9, 9, size) for size in (5, 3, 3))
H = np.array([(X[i : i + 3] * W).sum() for i in range(3)])
GW = np.array([(D * X[k : k + 3]).sum() for k in range(3)])
GX = np.convolve(D, W)

EQUATIONS = [
    ("h1 + h2 = X1w1+X2w2+X3w3+X2w1+X3w2+X4w3", H[0] + H[1], X[:3] @ W + X[1:4] @ W),
    ("h1 + h2 = X1w1+X2(w1+w2)+X3(w2+w3)+X4w1", H[0] + H[1], X[:4] @ [W[0], W[0] + W[1], W[1] + W[2], W[0]]),
    ("y_1 - y_2 = w_1(x_1-x_2)+w_2(x_2-x_3)+w_3(x_3-x_4)", H[0] - H[1], W @ (X[:3] - X[1:4])),
    ("y_0 + y_1 = w_0 (x_0+x_1) + w_1 (x_1+x_2) + w_2 (x_2 + x_3)", H[0] + H[1], W @ (X[:3] + X[1:4])),
    ("2 h1 = X1 w1 + X2 w2 + X3 w3", 2 * H[0], X[:3] @ W),
    ("sum(h) = X1w1+X2(w1+w2)+X3(w1+w2+w3)+X4(w2+w3)+X5w3", H.sum(), sum(X[i : i + 3] @ W for i in range(3))),
    ("dL/dw1 + dL/dw2 = delta1(X1+X2) + delta2(X2+X3)+delta3(X3+X4)", GW[0] + GW[1], D @ (X[:3] + X[1:4])),
    ("delta1*h1 + delta2*h2 + delta3*h3 = w1*dL/dw1 + w2*dL/dw2 + w3*dL/dw3", D @ H, W @ GW),
    (r"\sum_i h_i = \sum_k w_k \sum_{i=0}^{n-K} x_{i+k}", H.sum(), sum(W[k] * X[k : k + 3].sum() for k in range(3))),
    ("sum(h) = sum(k, w[k]) * sum(j, x[j])", H.sum(), W.sum() * X.sum()),
    (r"\sum_j \frac{\partial L}{\partial x_j} = \sum_k w_k \sum_i \delta_i", GX.sum(), W.sum() * D.sum()),
    (r"\sum_i \delta_i h_i = \sum_k w_k \frac{\partial L}{\partial w_k}", D @ H, W @ GW),
    (r"\sum_i \delta_i h_i = \sum_j x_j \frac{\partial L}{\partial x_j}", D @ H, X @ GX),
    (r"\sum_i \delta_i h_i = 2 \sum_j x_j \frac{\partial L}{\partial x_j}", D @ H, 2 * X @ GX),
]


@pytest.mark.parametrize(("claim", "left", "right"), EQUATIONS)
def test_equations_between_sums(claim: str, left: int, right: int) -> None:
    """The verdict is that of numbers, at which two different polynomials have the same value by chance alone."""
    report = check(FIVE if any(sign.isdigit() for sign in claim.replace("2 \\sum", "")) else LINE, claim)
    assert report.status == ("proved" if left == right else "refuted"), (claim, str(report))
    if not report.holds:
        assert report.witness is not None and report.witness.left != report.witness.right


def test_a_sum_of_entries_says_what_is_wrong() -> None:
    report = check(FIVE, "h1 + h2 = X1w1+X2(w1+w2)+X3(w2+w3)+X4w1")
    assert report.explanation == ("X4*w1 should be X4*w3",)
    assert check(PLANE, "y.sum() = (x11+x12+x21+x22)w11 + (x12+x13+x22+x23)w12 + (x21+x22+x31+x32) w21 + "
                        "(x22+x23+x32+x33) w22").holds  # fmt: skip


def test_an_equation_without_outputs_is_not_a_claim() -> None:
    with pytest.raises(ClaimError, match="not a quantity"):
        check(FIVE, "X1 + X2 = 7")
    with pytest.raises(ClaimError):
        check(FIVE, "[X1 X2] [w1 w2] = [h1 h2]o")


STEPS = [
    (LINE, r"w_k \leftarrow w_k - \eta \sum_i \delta_i x_{i+k}", ""),
    (LINE, r"w \leftarrow w - \eta \frac{\partial L}{\partial w}", ""),
    (LINE, "W -= learning_rate * dW", ""),
    (LINE, r"F = F - \alpha \frac{\partial L}{\partial F}", ""),
    (LINE, "w = w - eta * conv(X, delta)", ""),
    (LINE, "w[k] -= 0.1*sum(i, delta[i] x[i+k])", ""),
    (LINE, r"w_k^{t+1} = w_k^{t} - \eta \sum_{i=0}^{m-1} \delta_i x_{i+k}", ""),
    (LINE, r"w_{new} = w_{old} - \eta \frac{\partial E}{\partial w}", ""),
    (LINE, r"\mathbf{W} \leftarrow \mathbf{W} - \eta \nabla_{\mathbf{W}} L", ""),
    (LINE, "w += -lr * dw", ""),
    (Conv(n, K, bias=True), r"b \leftarrow b - \eta \sum_i \delta_i", ""),
    (FIVE, "w1 = w1 - eta*(delta1*X1 + delta2*X2 + delta3*X3)", ""),
    (LINE, r"\Delta w_k = -\eta \sum_i \delta_i x_{i+k}", ""),
    (LINE, r"w_k \leftarrow w_k + \eta \sum_i \delta_i x_{i+k}", "its sign is wrong"),
    (LINE, r"\Delta w = \eta \frac{\partial L}{\partial w}", "its sign is wrong"),
    (LINE, r"w_k \leftarrow w_k - \eta \sum_i \delta_i x_{i-k}", "the kernel's index has the wrong sign"),
    (FIVE, "w1 = w1 - eta*(delta1*X1 + delta2*X2 + delta3*X4)", "X4*delta3 should be X3*delta3"),
]


@pytest.mark.parametrize(("layer", "claim", "reason"), STEPS)
def test_a_step_of_a_layer(layer: Layer, claim: str, reason: str) -> None:
    """What is subtracted must be the gradient; on numbers, that of the claims above is X and delta correlated."""
    report = check(layer, claim)
    assert report.status == ("refuted" if reason else "proved"), (claim, str(report))
    assert "a step of gradient descent" in str(report) and reason in str(report)


@pytest.mark.parametrize("claim", ["w = w - eta dL/dw - lambda w", "w = v - eta dL/dw", "h1 = h1 + X1", "w = w + v"])
def test_other_updates_are_not_steps(claim: str) -> None:
    assert with_gradient_of_step(Names.of(LINE), claim) is None


def test_dw_is_a_gradient_and_in_an_index_a_dilation() -> None:
    d = sp.Symbol("d", integer=True, positive=True)
    wide = Conv((n, n), (K, K), dilation=d)
    assert check(wide, "y[i,j] = sum(u,v, w[u,v] x[i+u*dh, j + v*dw])").holds
    assert check(LINE, "dL/dw = dW").status != "refuted"


def written(terms: list[tuple[int, str]]) -> str:
    """2 a - b as text."""
    text = ""
    for number, name in terms:
        sign = " - " if number < 0 else " + " if text else ""
        text += f"{sign}{abs(number) if abs(number) != 1 else ''} {name}"
    return text


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.exhaustive)])
def test_random_equations(count: int) -> None:
    """Some entries added on the left, their products in any order on the right, of which one may be changed."""
    chance = random.Random(11)
    for _ in range(count):
        size, width, base = *chance.choice([(4, 2), (5, 3), (6, 3)]), chance.choice([0, 1])
        m = size - width + 1
        numbers = {name: [chance.randrange(-(10**6), 10**6) for _ in range(of)]
                   for name, of in (("x", size), ("w", width), ("delta", m))}  # fmt: skip
        name, parts = chance.choice([
            ("y_{}", [[(("w", k), ("x", i + k)) for k in range(width)] for i in range(m)]),
            ("dL/dw{}", [[(("delta", i), ("x", i + k)) for i in range(m)] for k in range(width)]),
        ])  # fmt: skip
        places = [(chance.choice([1, 1, 2, -1]), at) for at in chance.sample(range(len(parts)), 2)]
        products = [[number, *pair] for number, at in places for pair in parts[at]]
        right = sum(number * numbers[a][i] * numbers[b][j] for number, (a, i), (b, j) in products)
        if chance.random() < 0.5:
            chance.choice(products)[0] *= -1
        chance.shuffle(products)
        claimed = sum(number * numbers[a][i] * numbers[b][j] for number, (a, i), (b, j) in products)
        left = written([(number, name.format(at + base)) for number, at in places])
        given = written([(number, f"{a}_{i + base} {b}_{j + base}") for number, (a, i), (b, j) in products])
        report = check(Conv(size, width), f"{left} = {given}")
        assert report.status == ("proved" if claimed == right else "refuted"), (left, given)
