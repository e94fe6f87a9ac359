"""Claims in steps, in other orders of indices, about averages and maxima, re-checked by loops."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, MaxPool, SymconvError, check

n, K, s, B = sp.symbols("n K s B", integer=True, positive=True)
LINE, SMALL = Conv(n, K), Conv(3, 2)
L_X, L_W = r"\frac{\partial L}{\partial x_j} = ", r"\frac{\partial L}{\partial w_k} = "
L_H, H_W, H_X = (
    r"\frac{\partial L}{\partial h_i} ", r"\frac{\partial h_i}{\partial w_k}", r"\frac{\partial h_i}{\partial x_j}"
)  # fmt: skip
STEPS = [
    (LINE, rf"{L_W} \sum_i {L_H} {H_W}", 1), (LINE, rf"{L_X} \sum_i {L_H} {H_X}", 1),
    (LINE, rf"{L_X} \sum_i \frac{{\partial L}}{{\partial h_j}} \frac{{\partial h_i}}{{\partial x_i}}", 0),
    (LINE, rf"\frac{{\partial L}}{{\partial v_{{ji}}}} = {L_H} \frac{{\partial h_i}}{{\partial v_{{ji}}}}", 1),
    (LINE, L_W + r"\sum_{i,j} \frac{\partial L}{\partial v_{ji}} \frac{\partial v_{ji}}{\partial w_k}", 1),
    (LINE, L_X + r"\sum_{i,k} \frac{\partial L}{\partial P_{ik}} \frac{\partial P_{ik}}{\partial x_j}", 1),
    (LINE, rf"{H_W} = x_{{i+k}}", 1), (LINE, rf"{H_W} = x_{{i-k}}", 0),
    (LINE, rf"{H_X} = v_{{ji}}", 1), (LINE, rf"{H_X} = v_{{ij}}", 0),
    (LINE, "dL/dw[k] = sum(i, delta[i] dh_dw[i,k])", 1), (LINE, "dL/dw[k] = sum(i, x[i] dh_dw[i,k])", 0),
    (SMALL, r"\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial h_1} \frac{\partial h_1}{\partial w_1} + "
     r"\frac{\partial L}{\partial h_2} \frac{\partial h_2}{\partial w_1}", 1),
    (SMALL, r"\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial h_1} \frac{\partial h_1}{\partial w_1}", 0),
    (SMALL, r"\frac{\partial h_1}{\partial w_2} = X_2", 1), (SMALL, r"\frac{\partial h_2}{\partial w_2} = X_2", 0),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "right"), STEPS, ids=[row[1] for row in STEPS])
def test_derivatives_in_steps(layer: Any, claim: str, right: int) -> None:
    assert check(layer, claim).status == ("proved" if right else "refuted")


IMAGES = Conv.general(2, padding=0, dilation=1, bias=False, batch_size=B)
LAST = "the channels of images and kernels are their last indices"
ORDERS = [
    ("h[b,i,j,o] = sum(a,e,c, x[b, s1 i + a, s2 j + e, c] w[a,e,c,o])", LAST),
    ("h[b,i,j,o] = sum(a,e,c, x[b, s1 i + a, s2 j + e, c] w[o,c,a,e])",
     "the channels of images are their last indices"),
    ("output[b, i, j, k] = sum_{di, dj, q} input[b, strides[1] * i + di, strides[2] * j + dj, q] * "
     "filter[di, dj, q, k]", LAST),
    ("dL/dw[a,e,c,o] = sum(b,i,j, x[b, s1 i + a, s2 j + e, c] delta[b,i,j,o])", LAST),
    ("h[b,i,j,o] = sum(a,e,c, x[b, s1 i + a, s2 j + e, c] w[a,e,o,c])", ""),
    ("h[b,i,j,o] = sum(a,e,c, x[b, i + a, s2 j + e, c] w[a,e,c,o])", ""),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "words"), ORDERS, ids=[row[0] for row in ORDERS])
def test_channels_last(claim: str, words: str) -> None:
    report = check(IMAGES, claim)
    assert report.holds == bool(words)
    assert not words or words in report.read_as


def test_single_entries_have_the_order_of_the_layer() -> None:
    layer = Conv(2, 2, in_channels=4, out_channels=2, groups=2, batch_size=2)
    assert check(layer, "dL/dw122 = dL/dv72").status == "refuted"


AVERAGES = [
    ("h[i] = 1/K sum(k = 0..K-1, x[s i + k])", lambda x, size, step, i: x[step * i : step * i + size].sum() / size, 1),
    ("h[i] = D sum(k = 0..K-1, x[s i + k])", lambda x, size, step, i: x[step * i : step * i + size].sum() / size, 1),
    ("h[i] = sum(k = 0..K-1, x[s i + k])", lambda x, size, step, i: x[step * i : step * i + size].sum(), 0),
    ("h[i] = 1/s sum(k = 0..K-1, x[s i + k])", lambda x, size, step, i: x[step * i : step * i + size].sum() / step, 0),
    ("h[i] = 1/K sum(k = 0..K-1, x[i + k])", lambda x, size, step, i: x[i : i + size].sum() / size, 0),
    ("h[i] = K D D sum(k = 0..K-1, x[s i + k])",
     lambda x, size, step, i: x[step * i : step * i + size].sum() / size, 1),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "says", "right"), AVERAGES, ids=[row[0] for row in AVERAGES])
def test_averages_with_letters(claim: str, says: Any, right: int) -> None:
    assert check(AvgPool(n, K, stride=s), claim).status == ("proved" if right else "refuted")
    draw, agreed = np.random.default_rng(0), []
    for size, step in ((2, 1), (3, 2), (2, 3), (4, 3)):
        x = draw.normal(size=12)
        windows = range((12 - size) // step + 1)
        agreed += [np.isclose(says(x, size, step, i), x[step * i : step * i + size].mean()) for i in windows]
    assert all(agreed) if right else not all(agreed)


def test_the_witness_of_an_average_has_its_own_numbers() -> None:
    witness = check(AvgPool(n, K, stride=s), "h[i] = 1/(K s) sum(k = 0..K-1, x[s i + k])").witness
    assert witness is not None
    assert witness.right * witness.sizes["s"] == witness.left


POOL = MaxPool.general(1, channels=1)
MAXIMA = [
    ("h[i] = max(k, x[s i + d k - p])", lambda t: {t["s"] * t["i"] + t["d"] * k - t["p"] for k in range(t["K"])}, 1),
    (r"h_i = \max_{k} x_{s i + d k - p}", lambda t: {t["s"] * t["i"] + t["d"] * k - t["p"] for k in range(t["K"])}, 1),
    ("h[i] = max(k = 0..K-1, x[s i + d (K-1-k) - p])",
     lambda t: {t["s"] * t["i"] + t["d"] * k - t["p"] for k in range(t["K"])}, 1),
    ("y[i] = max(x[i*s + k*d - p] for k in range(K))",
     lambda t: {t["s"] * t["i"] + t["d"] * k - t["p"] for k in range(t["K"])}, 1),
    ("h[i] = max(k, x[s i + k - p])", lambda t: {t["s"] * t["i"] + k - t["p"] for k in range(t["K"])}, 0),
    ("h[i] = max(k, x[i + d k - p])", lambda t: {t["i"] + t["d"] * k - t["p"] for k in range(t["K"])}, 0),
    (r"h_{i} = \max_{0 \le k < K} x_{s i + d k}", lambda t: {t["s"] * t["i"] + t["d"] * k for k in range(t["K"])}, 0),
    ("h[i] = max(k = 0..K, x[s i + d k - p])",
     lambda t: {t["s"] * t["i"] + t["d"] * k - t["p"] for k in range(t["K"] + 1)}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "reads", "right"), MAXIMA, ids=[row[0] for row in MAXIMA])
def test_maxima(claim: str, reads: Any, right: int) -> None:
    """The positions of a window, counted by hand, are those of max pooling or not."""
    assert check(POOL, claim).status == ("proved" if right else "refuted")
    chance, agreed = random.Random(0), []
    for _ in range(60):
        t = {"K": chance.randint(2, 4), "s": chance.randint(1, 3), "d": chance.randint(1, 3), "i": chance.randint(0, 3)}
        t["p"] = chance.randint(0, t["K"] // 2)
        own = {t["s"] * t["i"] + t["d"] * k - t["p"] for k in range(t["K"])}
        agreed.append({j for j in reads(t) if 0 <= j < 9} == {j for j in own if 0 <= j < 9})
    assert all(agreed) if right else not all(agreed)


def test_maxima_of_entries() -> None:
    pool = MaxPool(4, 2)
    assert check(pool, ["h1 = max(X1, X2)", "h2 = max(X3, X4)"]).holds
    assert check(pool, r"h_1 = \max(X_1, X_2)").holds
    assert check(pool, "h2 = max(X2, X3)").explanation == ("X2 should be X4",)
    assert check(pool, "h1 = max(X1, X2, X3)").status == "refuted"


@pytest.mark.parametrize(
    "claim", ["h[i] = 2 max(k, x[s i + k])", "h[i] = max(k, x[s i + k]) + 1", "h[i] = max(k, delta[i])"]
)
def test_a_maximum_of_something_else_is_an_error(claim: str) -> None:
    with pytest.raises(SymconvError):
        check(POOL, claim)
