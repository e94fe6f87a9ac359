"""Claims that can be read in several ways, reasons that are true, and errors that are always ours."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, check, exercises
from symconv.errors import ClaimError, SizeLimitError, SymconvError
from symconv.layers import Layer

N = sp.Symbol("N", integer=True, positive=True)
ONE: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "bias": False}
PLAIN = Conv.general(1, stride=1, padding=0, dilation=1, **ONE)
LINE = Conv.general(1, **ONE)
FULL = Conv.general(1)
BATCH = Conv.general(1, batch_size=N, **ONE)
PLANE = Conv.general(2, **ONE)
SMALL = Conv(3, 2)
POOL = MaxPool.general(1, channels=1)

DELTAS: list[tuple[Layer, str, str]] = [
    # the textbook formula: one delta is the upstream gradient, the other Kronecker's
    (FULL, r"dL/dx[c,j] = \sum_{o,i,k} \delta_{o,i} w_{o,c,k} \delta_{j, s i + d k - p}", "proved"),
    (FULL, r"dL/dx[c,j] = \sum_{o,i,k} \delta_{o,i} w_{o,c,k} \delta_{s i + d k - p, j}", "proved"),
    (FULL, "dL/dx[c,j] = sum(o, i, k, delta[o,i] w[o,c,k] delta[j, s i + d k - p])", "proved"),
    (FULL, r"dL/dx[c,j] = \sum_{o,i,k} \delta_{o,i} w_{o,c,k} \delta_{j, s i + d k + p}", "refuted"),
    (FULL, r"dL/dx[c,j] = \sum_{o,i,k} \delta_{o,i} w_{o,c,k} \delta_{j, i}", "refuted"),
    (FULL, r"v[c,j,o,i] = \sum_k w_{o,c,k} \delta_{j, s i + d k - p}", "proved"),
    (FULL, r"dL/dw[o,c,k] = \sum_i \delta_{o,i} x_{c, s i + d k - p}", "proved"),
    (FULL, r"dL/dw[o,c,k] = \sum_{i,q} \delta_{o,q} \delta_{q,i} x_{c, s i + d k - p}", "proved"),
    (FULL, "dL/db[o] = sum(i, delta[o, i])", "proved"),
    (BATCH, r"dL/dx[e,j] = \sum_{i,k} \delta_{e,i} w_k \delta_{j, s i + d k - p}", "proved"),
    (BATCH, r"dL/dx[e,j] = \sum_{i,k} \delta_{e,i} w_k \delta_{j, s i + d k}", "refuted"),
    (PLANE, r"dL/dx[j1,j2] = \sum_{i1,i2,k1,k2} \delta_{i1,i2} w_{k1,k2} \delta_{j1, s1 i1 + d1 k1 - p1}"
     r" \delta_{j2, s2 i2 + d2 k2 - p2}", "proved"),
    (PLANE, r"dL/dx[j1,j2] = \sum_{i1,i2,k1,k2} \delta_{i1,i2} w_{k1,k2} \delta_{j1, s1 i1 + d1 k1 - p1}"
     r" \delta_{j2, s2 i1 + d2 k2 - p2}", "refuted"),
    # an upstream gradient with one index: two of them are Kronecker's, run together too
    (LINE, r"dL/dx_j = \sum_{i,k} \delta_i w_k \delta_{j, s i + d k - p}", "proved"),
    (PLAIN, r"v[j,i] = \sum_{k,q} w_k \delta_{jq} \delta_{q, i + k}", "proved"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "claim", "status"), DELTAS, ids=[row[1][:60] for row in DELTAS])
def test_a_delta_with_two_indices(layer: Layer, claim: str, status: str) -> None:
    report = check(layer, claim)
    assert report.status == status, str(report)
    if status == "refuted":
        assert report.witness is not None and report.witness.left != report.witness.right


def test_the_report_says_how_a_delta_was_read() -> None:
    report = check(FULL, DELTAS[0][1])
    assert report.read_as == (
        "delta[o, i] is the upstream gradient", "delta[j, d*k + i*s - p] is 1 where j = d*k + i*s - p, else 0",
    )  # fmt: skip
    assert "read as: delta[o, i] is the upstream gradient" in str(report)
    assert list(report.notes) == report.to_dict()["notes"]
    assert check(FULL, "dL/db[o] = sum(i, delta[o, i])").read_as == ()
    wrong = check(FULL, DELTAS[3][1])
    assert wrong.read_as[-1].startswith("it is proved in none of")


def test_a_delta_that_fits_no_reading_is_an_error_that_says_both() -> None:
    with pytest.raises(SymconvError, match=r"however delta is read.*KroneckerDelta.*upstream gradient"):
        check(FULL, "dL/db[o] = sum(i, q, delta[o, i] delta[o, i])")
    many = " ".join(f"delta[o, i + {at}]" for at in range(9))
    with pytest.raises(SymconvError, match="two ways at 9 places"):
        check(FULL, f"dL/db[o] = sum(i, {many})")


# -- reasons -------------------------------------------------------------------------------------------

REASONS: list[tuple[Layer, str, str]] = [
    (PLAIN, "y[i] = 1/2 sum(k, w[K-1-k] x[i+k])", "the kernel is read backwards (flipped), and it is divided by 2"),
    (PLAIN, "y[i] = 1/2 sum(k, w[k] x[i+k])", "the right formula times 1/2"),
    (PLAIN, "y[i] = 2/2 sum(k, w[K-1-k] x[i+k])", "the kernel is read backwards (flipped)"),
    (PLAIN, "dL/dx[j] = sum(k, delta[j+k] w[k])", "the kernel's index has the wrong sign"),
    (PLAIN, "y[i] = sum(k, w[k] x[i-k])", "the kernel's index has the wrong sign"),
    (LINE, "y[i] = sum(j, v[i,j] x[j])", "the indices of v are exchanged"),
    (Conv(5, 1, stride=2), "h[i] = sum(k, w[k] x[i + k])", "the stride is left out"),
    (Conv(5, 1, stride=2), "h[i] = w[0] x[i]", "the stride is left out"),
    (Conv(5, 1, stride=2), "X1*w1, X2*w1, X3*w1", "the stride is left out"),
    (Conv(7, 1, stride=2, dilation=3), "h[i] = sum(k, w[k] x[i + 3 k])", "the stride is left out"),
    (POOL, "h[i] = sum(k, S[i,k] x[i + d k - p])", "the stride is left out"),
    (POOL, "P[i,k] = sum(q, S[i,q]) x[s i + d k - p]", ""),
]


@pytest.mark.parametrize(("layer", "claim", "reason"), REASONS, ids=[row[1] for row in REASONS])
def test_reasons_are_true(layer: Layer, claim: str, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted" or not reason
    assert reason in (report.explanation[0] if report.explanation else "")
    assert bool(report.explanation) == bool(reason)


# -- what stands for something -------------------------------------------------------------------------


def test_the_report_says_what_names_stand_for() -> None:
    report = check(LINE, "h[i] = sum(j, v[j,i] x[j])")
    assert report.unfolded == ("v",) and not report.is_circular
    assert report.notes == ("v is the layer's: v[j, i] = Sum(KroneckerDelta(j, d*k + i*s - p)*w[k], (k, 0, K - 1))",)
    for claim in ("h1 = h1", "v11 = v22", "dL/dX2 = dL/dX2", "P11 = P11"):
        assert check(SMALL, claim).holds and check(SMALL, claim).is_circular
    assert not check(SMALL, "v11 = v12").holds


def test_an_answer_that_names_what_is_asked_for_is_not_right() -> None:
    sheet = exercises(SMALL, 20)
    asked = {one.number: str(one.answer).partition(" = ")[0] for one in sheet if one.kind == "output_entry"}
    number = next(number for number, left in asked.items() if left == "h1")
    assert sheet.grade(number, "X1*w1 + X2*w2").right
    for answer in ("h1", "v11*X1 + v21*X2 + v31*X3", "X1*w1 + X2*v21"):
        mark = sheet.grade(number, answer)
        assert mark.status == "wrong" and "names" in str(mark)
    assert not sheet.grade(number, "v11*X1").right


def test_tensors_in_sympy_claims_have_the_names_of_text() -> None:
    i, k = sp.symbols("i k", integer=True)
    s, d, p = LINE.stride[0], LINE.dilation[0], LINE.padding[0]
    total = sp.Sum(sp.IndexedBase("w")[k] * sp.IndexedBase("x")[s * i + d * k - p], (k, 0, LINE.kernel_size[0] - 1))
    assert check(LINE, total).holds
    with pytest.raises(ClaimError, match="the name 'q' is not known"):
        check(LINE, sp.Sum(sp.IndexedBase("q")[k], (k, 0, 1)))
    with pytest.raises(SymconvError, match="v has 3 indices"):
        check(LINE, sp.Sum(sp.IndexedBase("v")[k, i, 0], (k, 0, 1)))


def test_a_summed_name_of_the_layer_is_not_caught_by_a_definition() -> None:
    """The body of v has s in it, which is another s than the one that is summed over."""
    s, i = LINE.stride[0], sp.Symbol("i", integer=True)
    v, x = sp.IndexedBase("v"), sp.IndexedBase("X")
    assert check(LINE, sp.Sum(v[s, i] * x[s], (s, 0, LINE.input_size[0] - 1))).holds
    assert check(LINE, "h[i] = sum(d, v[d, i] x[d])").holds


def test_zero_extension_of_an_output_is_explicit() -> None:
    """h is zero outside its box, also where its formula would go on reading the input."""
    assert not check(LINE, "h[i] = sum(q, h[i + q] [q = 1])").holds
    wide = Conv(7, 2, stride=3)
    assert check(wide, "dL/dw[k] = sum(i = 0..7, delta[i] P[i, k])").holds
    assert not check(wide, "h[i] = h[i + 1] + h[i] - sum(k, w[k] x[3 i + 3 + k])").holds  # the last output
    assert check(wide, "h[i] = h[i + 2] + h[i]").holds and not check(wide, "h[i] = h[i + 1] + h[i]").holds


# -- errors --------------------------------------------------------------------------------------------

MISSING: list[tuple[Layer, Any, str | None, str]] = [
    (
        MaxPool(4, 2),
        "v11 = X1",
        None,
        "MaxPool.* has no dense weights, since its matrix depends on the input",
    ),
    (MaxPool(4, 2), "h1 = v11*X1", None, "no dense weights"),
    (MaxPool(4, 2), "dL/dw1 = 1", None, "MaxPool.* has no weight"),
    (MaxPool(4, 2), [["1", "0"], ["0", "1"]], "matrix", "its matrix depends on the input"),
    (MaxPool(4, 2), "v11 = 0", "constraints", "its matrix depends on the input"),
    (AvgPool(4, 2), "h1 = w1*X1", None, "AvgPool.* has no weight"),
    (SMALL, "h1 = X1*w1 + X2*w1 + b", None, "Conv.* has no bias"),
    (SMALL, "h1 = S11*X1", None, "has no switch"),
    (LINE, "dL/dw[k] = sum(i, dL/dh[i,1] x[s i + d k - p])", None, "dL/dh has 1 index, not 2; write delta"),
    (LINE, "dL/dh[i,1] = 1", None, "the upstream gradient delta, which is given"),
]


@pytest.mark.parametrize(("layer", "claim", "of", "message"), MISSING, ids=[str(row[1]) for row in MISSING])
def test_what_a_layer_has_not_is_named(layer: Layer, claim: Any, of: str | None, message: str) -> None:
    with pytest.raises(SymconvError, match=message):
        check(layer, claim, of)


FUZZED: list[Layer] = [
    SMALL, Conv((3, 3), (2, 2), out_channels=2), Conv(4, 2, in_channels=2, out_channels=2, bias=True), LINE, FULL,
    PLANE, ConvTranspose.general(1, **ONE, output_padding=0), BATCH, AvgPool(4, 2), MaxPool(4, 2), POOL,
    Conv(4, 2, groups=2, in_channels=4, out_channels=2, batch_size=2), Conv.general(1, padding_mode="circular", **ONE),
]  # fmt: skip
REAL = [
    "X1*w1 + X2*w2", "h1 = X1*v11+X2*v21+X3*v31", "v11 = v22", "dL/dX2 = delta1*w2 + delta2*w1",
    r"\frac{\partial L}{\partial w_1} = \delta_1 X_1 + \delta_2 X_2", "sum(k, w[k]*x[s*i + d*k - p])",
    "dL/dx[j] = sum(i, delta[i] v[j,i])", "h[i] = sum(k, w[k] P[i,k])", DELTAS[0][1],
    r"\sum_{k=0}^{K-1} w_k x_{s i + d k - p}", "dL/dw[k] = 1/m sum(i, delta[i] x[s i + d k - p])",
    "dL/dv[j,i] = x[j] delta[i]", "h[i] = sum(k, S[i,k] x[s i + d k - p])", "S11*X1 + S12*X2", "dL/dh[i,1] = 1",
    "a1 = b1", "P[i,k] = x[s i + d k - p]", "dL/dP[i,k] = delta[i] w[k]", "dL/dw[k] = sum(i, dL/dh[i] P[i,k])",
    "v31 = v12 = 0, v11 = v22", "U11*X1", "h[e,g,o,i] = sum(c,k, w[g,o,c,k] x[e,g,c,i+k])", "D*(X1 + X2)",
]  # fmt: skip
PIECES = [
    *"[](){}_^=+-*/,ijk120hvPxwSaUDmKb'. oce\\",
    "delta",
    r"\delta",
    "sum",
    "dL/d",
    "dL_d",
    r"\frac",
    r"\sum",
    "..",
]
QUANTITIES = [None] * 12 + ["output", "grad_input", "matrix", "constraints", "grad_matrix", "patches", "dense_bias"]


def mutated(text: str, generator: random.Random) -> str:
    for _ in range(generator.choice([0, 1, 1, 2])):
        at, kind = generator.randrange(len(text) + 1), generator.choice(["put", "cut", "set", "splice"])
        if kind == "splice":
            other = generator.choice(REAL)
            low, high = sorted(generator.sample(range(len(other) + 1), 2))
            text = text[:at] + other[low:high] + text[at:]
        else:
            piece = "" if kind == "cut" else generator.choice(PIECES)
            text = text[:at] + piece + text[at + (kind != "put") :]
    return text


def answers(count: int, seed: int) -> list[str]:
    """What ``check`` says to mutated claims: a report or an error of ours, never another."""
    generator = random.Random(seed)
    result = []
    for _ in range(count):
        layer, text, of = (
            generator.choice(FUZZED),
            mutated(generator.choice(REAL), generator),
            generator.choice(QUANTITIES),
        )
        try:
            result.append(str(check(layer, text, of, index_base=generator.choice([0, 0, 1]))))
        except SymconvError as error:
            result.append(str(error))
    return result


@pytest.mark.parametrize("count", [200, pytest.param(20_000, marks=pytest.mark.exhaustive)])
def test_mutated_claims_get_a_report_or_an_error_of_ours(count: int) -> None:
    assert len(answers(count, 0)) == count


@pytest.mark.slow
def test_the_answer_does_not_depend_on_the_hash_seed() -> None:
    """In another process, whose strings hash differently, it is the same as here."""
    code = "from tests.claims.test_readings import answers; print(answers(30, 5))"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{answers(30, 5)}\n"


@pytest.mark.parametrize(
    ("layer", "claim"),
    [
        (Conv(1000, 900), "h1 = h1^6"),
        (Conv.general(2, padding_mode="reflect", **ONE), "h[i1, i2] = h[i1, i2]^2"),
        (MaxPool(10**9, 2), "h1 = X1"),
    ],
    ids=str,
)
def test_what_is_too_large_when_it_is_written_out_is_refused(layer: Layer, claim: str) -> None:
    with pytest.raises(SizeLimitError, match="limit"):
        check(layer, claim)
    assert check(MaxPool(10**9, 2), "h_1 = h_1").holds


PATCHES = [("ijcab", True), ("cijab", True), ("cabij", True), ("abcij", True), ("abijc", True), ("ijabc", True),
           ("cijba", False), ("cjiab", False), ("icjab", False)]  # fmt: skip


@pytest.mark.parametrize(("order", "right"), PATCHES)
def test_patches_may_have_their_axes_in_any_order(order: str, right: bool) -> None:
    """NumPy's own einsum, with the patches laid out in that order, is the oracle of what is right."""
    layer = Conv((5, 4), (3, 2), in_channels=2, out_channels=3)
    draw = np.random.default_rng(1)
    X, w = draw.integers(-9, 9, (2, 5, 4)), draw.integers(-9, 9, (3, 2, 3, 2))
    windows = np.lib.stride_tricks.sliding_window_view(X, (3, 2), axis=(1, 2))  # c, i, j, a, b
    h = layer.direct.output.evaluate(X=X, w=w)
    if right:
        assert (np.einsum(f"ocab,{order}->oij", w, np.einsum(f"cijab->{order}", windows)) == h).all()
    report = check(layer, f"h = einsum('ocab,{order}->oij', w, P)")
    assert report.holds is right and check(layer, f"einsum('ocab,{order}->oij', w, P)").holds is right
    assert any("in the order" in one for one in report.read_as) is (right and order != "ijcab")


ARROWS = [("h", "ocab,ijcab->oij", "w, P", True), ("h", "ocab,ijcab->oji", "w, P", False),
          ("h", "ocab,ijcab->jio", "w, P", False), ("h", "pcab,rqcab->pqr", "w, P", False),
          ("h", "pcab,qrcab->pqr", "w, P", True), ("dL/dw", "oij,ijcab->ocab", "delta, P", True),
          ("dL/dw", "oij,ijcab->ocba", "delta, P", False), ("dL/dw", "oij,ijcab->coab", "delta, P", False),
          ("h[o, i, j]", "ocab,ijcab->oij", "w, P", True), ("h[o, j, i]", "ocab,ijcab->oij", "w, P", True),
          ("h[o, i, j]", "ocab,ijcab->oji", "w, P", False)]  # fmt: skip


@pytest.mark.parametrize(("left", "letters", "tensors", "right"), ARROWS)
def test_the_letters_after_an_arrow_are_the_axes_in_their_order(
    left: str, letters: str, tensors: str, right: bool
) -> None:
    """A layer of equal sizes, so that no shape tells them apart; where they differ by name alone they are the same."""
    for layer in (Conv((5, 5), (3, 3), in_channels=2, out_channels=2), Conv.general(2, bias=False)):
        assert check(layer, f"{left} = einsum('{letters}', {tensors})").status == ("proved" if right else "refuted")


def test_an_arrow_with_too_few_letters_is_named() -> None:
    with pytest.raises(ClaimError, match="2 axes, and h has 3"):
        check(Conv((5, 5), (3, 3), in_channels=2, out_channels=2), "h = einsum('ocab,ijcab->oi', w, P)")


def test_an_arrow_may_have_the_channels_last() -> None:
    report = check(Conv((5, 5), (3, 3), in_channels=2, out_channels=2), "h = einsum('ocab,ijcab->ijo', w, P)")
    assert report.holds and any("channels of images are their last" in words for words in report.read_as)
