"""Claims as people write them: what is right, what is wrong, and what is said of it."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, Notation, check, solve_sharing
from symconv.claims.interpret.readings import read_one
from symconv.claims.report import formula_of
from symconv.errors import ClaimError, SymconvError
from tests.brute import Entries, compiled

ONE = {"in_channels": 1, "out_channels": 1, "bias": False}
SMALL = Conv(3, 2)
IMAGE = Conv((3, 3), (2, 2), out_channels=2)
STRIDED = Conv(5, 3, stride=2, padding=1)
CHANNELS = Conv(4, 2, in_channels=2, out_channels=2, bias=True)
PLAIN = Conv.general(1, stride=1, padding=0, dilation=1, **ONE)
LINE = Conv.general(1, **ONE)
FULL = Conv.general(1)
PLANE = Conv.general(2, **ONE)
BACK = ConvTranspose.general(1, **ONE, output_padding=0)
BATCH = Conv.general(1, batch_size=sp.Symbol("N", integer=True, positive=True), **ONE)
POOL = AvgPool(4, 2)

RIGHT = "proved", ""
V = [[sp.Symbol("w1"), 0], [sp.Symbol("w2"), sp.Symbol("w1")], [0, sp.Symbol("w2")]]

CLAIMS: list[tuple[Any, Any, str | None, tuple[str, str]]] = [
    # single entries
    (SMALL, ["X1*w1 + X2*w2", "X2*w1 + X3*w2"], None, RIGHT),
    (SMALL, ["X1w1+X2w2", "X2w1+X3w3"], None, ("refuted", "X3*w3 should be X3*w2; this layer has no w3")),
    (SMALL, "X1w1+X2w2, X2w1+X3w2", None, RIGHT),
    (SMALL, r"$X_1 w_1 + X_2 w_2$, $X_2 w_1 + X_3 w_2$", None, RIGHT),
    (LINE, "Σ_k w_k x_{s i + d k - p}", None, RIGHT),
    (LINE, "y[i] = sum_k w[k] x[s i + d k - p]", None, RIGHT),
    (LINE, r"y(i) = \sum_k w(k) x(s i + d k - p)", None, RIGHT),
    (LINE, r"\[ h_i = \sum_k w_k x_{s i + d k - p} \]", None, RIGHT),
    (LINE, r"\frac{dL}{dw_k} = \sum_i δ_i x_{s i + d k - p}", None, RIGHT),
    (LINE, "∂L/∂w_k = ∑_i δ_i x_{s i + d k - p}", None, RIGHT),
    (LINE, "sum(k, w[k]*x[s(i + 1) + d k - p - s])", None, RIGHT),
    (SMALL, ["X1 w1 + X2 w2", "X_2 w_1 + X_3 w_2"], None, RIGHT),
    (SMALL, ["X1*w1 + X2*w2", "X2*w1 + X3*w3"], None, ("refuted", "X3*w3 should be X3*w2; this layer has no w3")),
    (SMALL, ["X1*w1 + X2*w2", "X1*w1 + X3*w2"], None, ("refuted", "X1*w1 should be X2*w1")),
    (SMALL, ["X1*w2 + X2*w1", "X2*w2 + X3*w1"], None, ("refuted", "read backwards")),
    (SMALL, ["X1*w1 + X2*w2", "X2*w1"], None, ("refuted", "X3*w2 is missing")),
    (SMALL, ["X1*w1 + X2*w2 + X3*w2", "X2*w1 + X3*w2"], None, ("refuted", "X3*w2 should not be there")),
    (SMALL, ["X1*w1 + 2*X2*w2", "X2*w1 + X3*w2"], None, ("refuted", "2*X2*w2 should be X2*w2")),
    (SMALL, "h2 = X2*w1 + X3*w2", None, RIGHT),
    (SMALL, "h_1 = X_1 w_1 + X_2 w_2", None, RIGHT),
    (SMALL, "y_2 = x_2 w_1 + x_3 w_3", None, ("refuted", "this layer has no w3")),
    (SMALL, r"\frac{\partial L}{\partial w_1} = \delta_1 X_1 + \delta_2 X_2", None, RIGHT),
    (SMALL, r"\frac{\partial L}{\partial w_2} = \delta_1 X_1 + \delta_2 X_2", None, ("refuted", "X1*delta1")),
    (SMALL, "dL/dX2 = delta1*w2 + delta2*w1", None, RIGHT),
    (SMALL, "dL/dX2 = delta1*w1 + delta2*w2", None, ("refuted", "delta1*w1")),
    (SMALL, ["delta1*X1 + delta2*X2", "delta1*X2 + delta2*X3"], "grad_weight", RIGHT),
    (SMALL, ["w1*delta1", "w2*delta1 + w1*delta2", "w2*delta2"], "grad_input", RIGHT),
    (SMALL, ["w2*delta1", "w1*delta1 + w2*delta2", "w1*delta2"], "grad_input", ("refuted", "read backwards")),
    (STRIDED, ["X1*w2 + X2*w3", "X2*w1 + X3*w2 + X4*w3", "X4*w1 + X5*w2"], None, RIGHT),
    (STRIDED, ["X1*w2 + X2*w3", "X1*w1 + X2*w2 + X3*w3", "X2*w1 + X3*w2 + X4*w3"], None, ("refuted", "stride is left out")),
    (STRIDED, ["X1*w1 + X2*w2 + X3*w3", "X3*w1 + X4*w2 + X5*w3", "X5*w1"], None, ("refuted", "padding is left out")),
    (SMALL, sp.Matrix(V), "matrix", RIGHT),
    (SMALL, sp.Matrix(V).T, "matrix", ("refuted", "transpose")),
    (SMALL, np.array(V, dtype=object), "matrix", RIGHT),
    (SMALL, [["w1", "0"], ["w2", "w2"], ["0", "w1"]], "matrix", ("refuted", "w2 should be w1")),
    (SMALL, [["w2", "0"], ["w1", "w2"], ["0", "w1"]], "matrix", ("refuted", "read backwards")),
    (SMALL, sp.Matrix([[1, 2]]), "matrix", ("refuted", "its shape is (1, 2)")),
    (SMALL, ["X1", "X2", "X2", "X3"], "jacobian_weight", RIGHT),
    (SMALL, ["X1", "X2", "X3", "X2"], "jacobian_weight", ("refuted", "X3 should be X2")),
    (SMALL, "v31 = v12 = 0, v11 = v22, v21 = v32", "constraints", RIGHT),
    (SMALL, ["v31 = 0", "v12 = 0", "v22 = v11", "v32 = v21"], "constraints", RIGHT),
    (SMALL, "v31 = v12 = 0; v11 = v22 = w1; v21 = v32 = w2", "constraints", RIGHT),
    (SMALL, "v31 = v12 = 0, v11 = v22", "constraints", ("refuted", "v21 = v32 is missing")),
    (SMALL, "v31 = v12 = 0, v11 = v22 = v21 = v32", "constraints", ("refuted", "v21 = v22 is superfluous")),
    (SMALL, "v31 = 0, v11 = v22, v21 = v32", "constraints", ("refuted", "v12 = 0 is missing")),
    (SMALL, "v31 = v13 = 0", "constraints", ("error", "no weight v13")),
    (POOL, ["(X1 + X2)/2", "1/2 X3 + 1/2 X4"], None, RIGHT),
    (POOL, ["X1 + X2", "X3 + X4"], None, ("refuted", "X1 should be X1/2")),
    # general formulas, in text
    (LINE, "sum(i, delta[i]*x[s*i + d*m - p])", "grad_weight", RIGHT),
    (LINE, "grad_weight[m] = sum(i, delta[i]*x[s*i + d*m - p])", None, RIGHT),
    (LINE, "dL/dw[k] = sum(i = 0..m-1, delta[i] x[s i + d k - p])", None, RIGHT),
    (LINE, "sum(k, w[k]*x[i + k])", None, ("refuted", "stride, dilation and padding are left out")),
    (LINE, "sum(k, w[k]*x[s*i + k - p])", None, ("refuted", "dilation is left out")),
    (LINE, "sum(k, w[k]*x[i + d*k - p])", None, ("refuted", "stride is left out")),
    (LINE, "sum(k, w[k]*x[s*i + d*k])", None, ("refuted", "padding is left out")),
    (LINE, "sum(k, w[k]*x[d*i + s*k - p])", None, ("refuted", "stride and dilation are exchanged")),
    (LINE, "sum(k, w[k]*x[s*i - d*k - p])", None, ("refuted", "dilation has the wrong sign")),
    (LINE, "sum(k, w[k]*x[s*i + d*k - p + 1])", None, ("refuted", "read is one too large")),
    (LINE, "sum(k, w[k]*x[s*i + d*k - p - 1])", None, ("refuted", "one too small")),
    (LINE, "sum(k, w[K - 1 - k]*x[s*i + d*k - p])", None, ("refuted", "backwards (flipped)")),
    (LINE, "sum(k, w[K - 1 - k]*x[s*i + d*(K - 1 - k) - p])", None, RIGHT),
    (LINE, "sum(k = 0..K-2, w[k]*x[s*i + d*k - p])", None, ("refuted", "leaves out its last term")),
    (LINE, "sum(k = 1..K, w[k]*x[s*i + d*k - p])", None, ("refuted", "leaves out its first term")),
    (LINE, "Sum(X[d*k + i*s - p]*w[k], (k, 0, K - 1))", None, RIGHT),
    (LINE, "3*sum(k, w[k]*x[s*i + d*k - p])", None, ("refuted", "the right formula times 3")),
    (LINE, "-sum(k, w[k]*x[s*i + d*k - p])", None, ("refuted", "the right formula times -1")),
    (LINE, "dL/dw[k] = sum(i, delta[i]*x[i + d*k - p])", None, ("refuted", "stride is left out")),
    (LINE, "dL/dw[k] = sum(i, delta[i]*x[s*i + d*k - p]) / m", None, ("refuted", "not divided by m")),
    (LINE, "dL/dw[i] = sum(k, delta[i]*x[s*i + d*k - p])", None, ("refuted", "runs over k; it should run over i")),
    (LINE, "grad_input[j] = sum(i, k, delta[i] w[k] [j = s i + d k - p])", None, RIGHT),
    (LINE, "grad_input[j] = sum(i, k, delta[i] w[k] [j = s i + d k + p])", None, ("refuted", "padding has the wrong sign")),
    (LINE, "grad_input[j] = sum(i, k, delta[i] w[k] [j = i + k])", None, ("refuted", "left out")),
    (PLAIN, "dL/dx[j] = sum(k, delta[j - k]*w[k])", None, RIGHT),
    (PLAIN, "dL/dx[j] = sum(k, delta[j + k]*w[k])", None, ("refuted", "")),
    (PLAIN, "sum(k, w[k]*x[i - k])", None, ("refuted", "index has the wrong sign")),
    (FULL, "h[o, i] = b[o] + sum(c, k, w[o, c, k] x[c, s i + d k - p])", None, RIGHT),
    (FULL, "h[o, i] = sum(c, k, w[o, c, k] x[c, s i + d k - p])", None, ("refuted", "")),
    (FULL, "h[o, i] = b[o] + sum(c, k, w[c, o, k] x[c, s i + d k - p])", None, ("refuted", "channels are exchanged")),
    (FULL, "dL/db[o] = sum(i, delta[o, i])", None, RIGHT),
    (FULL, "dL/db[o] = sum(i, delta[o, i]) / m", None, ("refuted", "not divided by m")),
    (FULL, "dL/dw[o, c, k] = sum(i, delta[o, i] x[c, s i + d k - p])", None, RIGHT),
    (FULL, "dL/dw[o, c, k] = sum(i, delta[o, i + 1] x[c, s i + d k - p])", None, ("refuted", "gradient's index 2 is one too large")),
    (PLANE, "sum(a, b, w[a, b] x[s1 i1 + d1 a - p1, s2 i2 + d2 b - p2])", None, RIGHT),
    (PLANE, "sum(a, b, w[a, b] x[s2 i1 + d1 a - p1, s1 i2 + d2 b - p2])", None, ("refuted", "")),
    (PLANE, "sum(a, b, w[b, a] x[s1 i1 + d1 a - p1, s2 i2 + d2 b - p2])", None, ("refuted", "")),
    (BACK, "h[i] = sum(j, k, x[j] w[k] [i = s j + d k - p])", None, RIGHT),
    (BACK, "h[i] = sum(j, k, x[j] w[k] [i = d j + s k - p])", None, ("refuted", "stride and dilation are exchanged")),
    (BACK, "h[i] = sum(j, k, x[j] w[k] [i = j + d k - p])", None, ("refuted", "stride is left out")),
    (BATCH, "dL/dw[k] = sum(e, i, delta[e, i] x[e, s i + d k - p])", None, RIGHT),
    (BATCH, "dL/dw[k] = 1/N sum(e, i, delta[e, i] x[e, s i + d k - p])", None, ("refuted", "not divided by N")),
    (SMALL, "h[1] = w[1]*x[1] + w[2]*x[2]", None, ("refuted", "")),
    (SMALL, SMALL.fully_connected.matrix, "matrix", RIGHT),
    (SMALL, SMALL.fully_connected.matrix.T, "matrix", ("refuted", "transpose")),
    (SMALL, "v[i, j] = sum(k, w[k]*[j = i + k])", None, ("refuted", "the transpose")),
    (PLAIN, "v[i, j] = sum(k, w[k]*[j = i + k])", None, ("refuted", "the transpose")),
    (PLAIN, "v[j, i] = w[j - i]", None, RIGHT),
    (PLAIN, r"y_i = \sum_\tau w_\tau x_{i+\tau}", None, RIGHT),
    (PLAIN, r"\sum_k w_k x_{i+k} / (K - 1)", None, ("error", "the divisor may be 0")),
    (LINE, r"\sum_k w_k x_{si+dk-p}", None, RIGHT),
    (LINE, "dL/dw[n] = sum(i, delta[i] x[s i + d n - p])", None, RIGHT),
    (PLAIN, "sum(n = 0..K-1, w[n] x[i + n])", None, RIGHT),
    (POOL, ["0.5 X1 + 0.5*X2", "X3/2 + X4/2"], None, RIGHT),
    (Conv(3, 2, bias=True), ["X1*w1 + X2*w2 + b", "X2*w1 + X3*w2 + b_1"], None, RIGHT),
    (LINE, LINE.direct.output.formula, None, RIGHT),
    (Conv(3, 2, bias=True), Conv(3, 2, bias=True).direct.output.formula, None, RIGHT),
    # LaTeX
    (LINE, r"\sum_i \delta_i x_{s i + d m - p}", "grad_weight", RIGHT),
    (LINE, r"\frac{\partial L}{\partial w_m} = \sum_i \delta_i x_{s i + d m - p}", None, RIGHT),
    (LINE, r"\frac{\partial L}{\partial w_k} = \sum_{i=0}^{m-1} \frac{\partial L}{\partial h_i} x_{si+dk-p}", None, RIGHT),
    (LINE, r"\sum_{k=0}^{K-1} w_k x_{i+k}", None, ("refuted", "stride, dilation and padding are left out")),
    (PLAIN, r"\sum_{k=0}^{K-1} w_k x_{i+k}", None, RIGHT),
    (PLAIN, r"y_i = \sum_{k=0}^{K-1} w_{k}\, x_{i+k}", None, RIGHT),
    (PLAIN, r"y_i = \sum_{k=0}^{K-1} w_{k} \cdot x_{i-k}", None, ("refuted", "")),
    (PLAIN, r"y_i = \sum_{k=1}^{K} w_k x_{i+k-1}", None, ("proved", "")),  # it shows that it counts from 1
    (PLAIN, r"\sum_{j,k} w_k x_j \delta_{j, i+k}", None, RIGHT),
    (PLAIN, r"\sum_{j,k} w_k x_j \left[ j = i + k \right]", None, RIGHT),
    (PLAIN, r"\sum_j \sum_k w_k x_j [j = i + k + 1]", None, ("refuted", "one too small|one too large")),
    (PLAIN, r"\frac{1}{2} \sum_k w_k x_{i+k}", None, ("refuted", "the right formula times 1/2")),
    (PLANE, r"\sum_{k_1, k_2} w_{k_1, k_2} x_{s_1 i_1 + d_1 k_1 - p_1,\, s_2 i_2 + d_2 k_2 - p_2}", None, RIGHT),
    (FULL, r"h_{o,i} = b_o + \sum_{c=0}^{C_{in}-1} \sum_{k=0}^{K-1} w_{o,c,k}\, X_{c,\, s i + d k - p}", None, RIGHT),
    (FULL, r"\frac{\partial L}{\partial X_{c,j}} = \sum_{o,i,k} \delta_{oi} w_{ock} [j = si + dk - p]", None, RIGHT),
    (FULL, r"\frac{\partial L}{\partial X_{c,j}} = \sum_{o,i,k} \delta_{oi} w_{cok} [j = si + dk - p]", None, ("refuted", "exchanged")),
    (SMALL, r"\sum_{k} w_k x_{i+k}", None, RIGHT),
    (SMALL, "sum(k = 0..1, w[k]*x[i + k])", None, RIGHT),
    (STRIDED, "sum(k, w[k]*x[s*i + k - p])", None, RIGHT),
    (STRIDED, "sum(k, w[k]*x[2*i + k - 1])", None, RIGHT),
    (STRIDED, "sum(k, w[k]*x[i + k - 1])", None, ("refuted", "stride is left out")),
    (CHANNELS, r"b_o + \sum_{c,k} w_{ock} x_{c,i+k}", None, RIGHT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "claim", "of", "expected"), CLAIMS, ids=[f"{n} {row[1]}"[:60] for n, row in enumerate(CLAIMS)]
)
def test_a_claim(layer: Any, claim: Any, of: str | None, expected: tuple[str, str]) -> None:
    status, words = expected
    if status == "error":
        with pytest.raises(ClaimError, match=words):
            check(layer, claim, of)
        return
    report = check(layer, claim, of)
    assert report.status == status, str(report)
    if status == "refuted":
        explained = " ".join(report.explanation)
        assert any(word in explained for word in words.split("|")), str(report)
        assert words == "" or report.explanation
        assert str(report) and report.to_dict()["status"] == "refuted"
        if report.witness is not None:
            recheck(layer, claim, report)
        else:
            assert report.of in ("constraints", "matrix")


def test_there_are_sixty() -> None:
    assert len(CLAIMS) >= 60
    assert sum(expected[0] == "refuted" for *_, expected in CLAIMS) > 30


def recheck(layer: Any, claim: Any, report: Any) -> None:
    """The witness by brute force: what is claimed and what is right, at these numbers, differ."""
    witness = report.witness
    assert witness.left != witness.right
    if report.entry is not None:  # single entries: the printed labels and their values
        values = {sp.Symbol(label): value for (label, _), value in witness.values.items()}
        right = formula_of(layer, report.of)[report.entry]
        assert right.subs(values).subs(dict.fromkeys(right.free_symbols, 0)) == witness.left
        return
    formula = formula_of(layer, report.of)
    meaning = read_one(layer, claim)
    sizes = {**witness.sizes}
    tensors = {
        name: Entries(
            tuple(int(axis.size.evaluate(sizes)) for dimension in layout for axis in dimension),
            given={at: value for (tensor, at), value in witness.values.items() if tensor == name},
        )
        for name, layout in formula.layouts.items()
    }
    index = dict(witness.index)
    right = compiled(formula.formula.rhs)({**sizes, **index}, tensors)
    letters = [axis.letter for axis in formula.axes]
    if meaning.left is not None and meaning.left[1]:
        names = dict(zip(map(str, meaning.left[1]), letters))
    else:
        free = [name for name in meaning.free if name not in letters]
        names = {**{name: name for name in meaning.free if name in letters}}
        names.update(zip(free, [letter for letter in letters if letter not in names]))
    claimed_index = {name: index[letter] for name, letter in names.items()}
    above = compiled(meaning.value.above)({**sizes, **index, **claimed_index}, tensors)
    below = compiled(meaning.value.below)(sizes, tensors)
    assert Fraction(above, below) != right, (claim, above, below, right)


# -- how it feels --------------------------------------------------------------------------------------


def test_the_known_slip_in_a_blink() -> None:
    begin = time.process_time()
    report = check(SMALL, ["X1*w1 + X2*w2", "X2*w1 + X3*w3"])
    assert time.process_time() - begin < 1
    assert report.status == "refuted" and report.entry == (0, 1)
    assert report.explanation == ("X3*w3 should be X3*w2; this layer has no w3",)
    assert report.witness is not None
    assert (report.witness.left, report.witness.right) == (1, 0)
    assert "number 2 of 2" in str(report)


def test_a_sympy_formula_and_an_index_base() -> None:
    i, k = sp.symbols("i k", integer=True)
    s, d, p = LINE.stride[0], LINE.dilation[0], LINE.padding[0]
    K, n = LINE.kernel_size[0], LINE.input_size[0]
    x, w = sp.IndexedBase("X", shape=(n,)), sp.IndexedBase("w", shape=(K,))
    assert check(LINE, sp.Sum(w[k] * x[s * i + d * k - p], (k, 0, K - 1))).holds
    assert check(LINE, sp.Sum(w[k] * x[i + d * k - p], (k, 0, K - 1))).explanation == ("the stride is left out",)
    from_one = r"\sum_{k=1}^{K} w_k x_{i+k-1}"
    assert check(PLAIN, from_one, index_base=1).holds
    assert check(PLAIN, from_one).holds  # it shows that it counts from 1
    assert check(PLAIN, r"\sum_{k} w_k x_{i+k-1}").explanation[0] == "it is right where indices count from 1"
    assert check(SMALL, list(sp.flatten(SMALL.direct.output.array()))).holds
    assert check(IMAGE, IMAGE.direct.output.array()).holds
    assert not check(IMAGE, IMAGE.direct.output.array().applyfunc(lambda e: e + 1)).holds


ERRORS: list[tuple[Any, str, str]] = [
    (LINE, "sum(k, w[k]*zz(i + k))", r"character 13\): the name 'zz' is not known; tensors are .*delta.*sizes are .*K"),
    (LINE, "w[k]*x[i]", "no sum binds the index k"),
    (LINE, "sum(k, w[k]*x[i, k])", "x has 1 index, not 2; write X"),
    (LINE, "sum(k, w*x[i + k])", "w has indices; write w"),
    (LINE, "sum(k, w[k] x[i", r"character 14\): '\[' is not closed"),
    (LINE, "sum(k, w[k] x[i + ])", "is not expected there"),
    (LINE, "", "says nothing"),
    (LINE, "sum(k, w[k]) = sum(k, w[k]) = 1", "the left side is not a quantity"),
    (LINE, "q*w[k] = sum(k, w[k])", "not a quantity"),
    (LINE, "dL/dw[a, b] = 1", "2 indices|give one letter"),
    (LINE, r"\sum w_k", "does not say over which index"),
    (LINE, "x[i]/w[0]", "the divisor may be 0"),
    (LINE, "x[1/2]", "must be a whole number"),
    (SMALL, "h_1.5 = X1", "must be a whole number"),
    (SMALL, ["X1*w1"], "1 claim, but output has 2 entries"),
    (SMALL, "h3 = X1", "this layer has no h3"),
    (CHANNELS, "sum(q, r, w[q, r] x[q])", "w has 3 indices"),
    (
        CHANNELS,
        "sum(k, w[k] x[i + k])",
        "w has 3 indices, not 1; .*, or check a layer with in_channels=1 and out_channels=1",
    ),
]


@pytest.mark.parametrize(("layer", "claim", "message"), ERRORS, ids=[str(row[1])[:40] for row in ERRORS])
def test_a_claim_that_cannot_be_read(layer: Any, claim: Any, message: str) -> None:
    with pytest.raises(SymconvError, match=message):
        check(layer, claim)


def test_arguments_that_are_none() -> None:
    with pytest.raises(SymconvError, match="no such quantity"):
        check(SMALL, "X1", "gradient")
    with pytest.raises(SymconvError, match="0 or 1"):
        check(SMALL, "X1", index_base=2)
    with pytest.raises(SymconvError, match="not a layer"):
        check("SMALL", "X1")  # type: ignore[arg-type]
    with pytest.raises(SymconvError, match="of='grad_weight'"):
        check(SMALL, "h2 = X2*w1", "grad_weight")
    with pytest.raises(SymconvError, match="not a formula"):
        check(SMALL, [])


HOSTILE = [
    "__import__('os').system('x')", "x.__class__", "(" * 10_000, "[" * 3000 + "]" * 3000, "(" * 1500 + "1" + ")" * 1500,
    "9**9**9**9", "9^9^9", "9" * 3000, "+" * 1_000_000, "+" * 3999, "x[" * 1000, r"\input{secret}", r"\write18{ls}",
    r"\sum_{\input{x}} w_k", "a\0b", "\u202e", "sum(k, " * 500, "-" * 3000 + "X1", "lambda: 0",
    "{}{}{}", "%s %n", "<script>", "\\", "^", "_", "= =", "((((", "x[i]" * 900,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text)[:30] for text in HOSTILE])
def test_hostile_text_does_nothing_but_fail(text: str) -> None:
    begin = time.process_time()
    for layer in (SMALL, LINE):
        with pytest.raises(SymconvError) as caught:
            check(layer, [text, "X1"] if layer is SMALL else text)
        assert len(str(caught.value)) < 1000
    assert time.process_time() - begin < 2


# -- weight sharing, derived ---------------------------------------------------------------------------


def test_sharing_of_the_smallest_layer() -> None:
    sharing = solve_sharing(SMALL)
    assert str(sharing).endswith("zero:   v12 = v31 = 0\nshared: v11 = v22, v21 = v32\n6 free weights become 2")
    assert {str(e.lhs) + "=" + str(e.rhs) for e in sharing.equations} == {"v12=0", "v31=0", "v11=v22", "v21=v32"}
    assert set(sharing.equations) == set(SMALL.fully_connected.constraints)


def test_sharing_of_the_image() -> None:
    sharing = solve_sharing(IMAGE)
    assert (sharing.before, sharing.after) == (72, 8)
    assert sorted(map(len, sharing.classes)) == [4] * 8


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate"])
def test_sharing_is_necessary_and_sufficient(mode: str) -> None:
    """Against linear algebra: v satisfies the equations exactly where some w gives it."""
    for n, kernel, low, high in [(3, 2, 1, 1), (3, 3, 1, 1), (2, 3, 1, 1), (4, 3, 2, 2)]:
        layer = Conv(n, kernel, padding=((min(low, n - 1), min(high, n - 1)),), padding_mode=mode)
        sharing = solve_sharing(layer)
        matrix = layer.fully_connected.matrix
        weights = list(sp.flatten(layer.weight))
        image = sp.Matrix([[sp.diff(entry, weight) for weight in weights] for entry in matrix])
        free = list(layer.fully_connected.free_matrix)
        conditions = sp.Matrix([[sp.diff(e.lhs - e.rhs, v) for v in free] for e in sharing.equations])
        assert (conditions * image).is_zero_matrix  # sufficient weights satisfy them
        assert len(free) - conditions.rank() == image.rank() == sharing.after  # and nothing else does


def test_sharing_in_general() -> None:
    sharing = solve_sharing(LINE)
    assert str(sharing).startswith("v[j, i] = 0 unless j = d*k + i*s - p for some 0 <= k < K")
    assert "-i*s + j is the same" in str(sharing)
    with pytest.raises(SymconvError, match="more than once"):
        solve_sharing(Conv.general(1, padding_mode="circular"))
    with pytest.raises(SymconvError, match="no weights"):
        solve_sharing(POOL)
    with pytest.raises(SymconvError, match="not a layer"):
        solve_sharing(3)  # type: ignore[arg-type]


def test_the_general_sharing_is_that_of_every_shape() -> None:
    """Zero unless some k reads it; equal where the difference is the same: against the matrix at numbers."""
    for n, K, s, d, p in [(5, 2, 1, 1, 0), (6, 3, 2, 1, 1), (7, 2, 2, 3, 2), (4, 3, 1, 1, 2)]:
        layer = Conv(n, K, stride=s, dilation=d, padding=p)
        matrix = layer.fully_connected.matrix
        places = [(j, i) for j in range(matrix.rows) for i in range(matrix.cols)]
        for j, i in places:
            assert (matrix[j, i] == 0) == (not any(j == s * i + d * k - p for k in range(K)))
        used = [place for place in places if matrix[place] != 0]
        for one in used:
            for other in used:
                assert (matrix[one] == matrix[other]) == (one[0] - s * one[1] == other[0] - s * other[1])


def test_the_step_between_has_the_zeros_and_not_the_sharing() -> None:
    view = SMALL.locally_connected
    U11, U12, U21, U22 = sp.symbols("U11 U12 U21 U22")
    assert view.sparse_matrix == sp.Matrix([[U11, 0], [U12, U21], [0, U22]])
    assert view.matrix == SMALL.fully_connected.matrix
    for layer in (LINE, FULL, PLANE, Conv.general(1, padding_mode="reflect"), ConvTranspose.general(1)):
        from symconv import prove

        assert prove(layer, views=["direct", "fully_connected", "locally_connected"]).holds


def test_entries_that_are_no_polynomials_are_refused() -> None:
    X1, X2, X3, w1, w2 = sp.symbols("X1 X2 X3 w1 w2")
    for wrong in (
        X1 ** sp.Rational(3, 2) * w1 + X2 * w2,
        (X1 * w1 + X2 * w2) / sp.Symbol("w3"),
        X1**w1,
        1 / X1,
        sp.nan,
    ):
        with pytest.raises(SymconvError):
            check(SMALL, [wrong, X2 * w1 + X3 * w2])
    assert check(SMALL, [1.0 * X1 * w1 + X2 * w2, X2 * w1 + X3 * w2]).holds


def test_numbered_entries_count_from_the_index_base() -> None:
    assert check(SMALL, "h[1] = w[1]*x[1] + w[2]*x[2]", index_base=1).holds
    assert check(SMALL, "h[0] = w[0]*x[0] + w[1]*x[1]").holds
    assert check(SMALL, r"h_i = w_1 x_i + w_2 x_{i+1}").explanation == ("it is right where indices count from 1",)


def test_constraints_with_linear_relations() -> None:
    """Reflection reads some inputs twice; then equalities are not all that must hold."""
    layer = Conv(4, 3, padding=1, padding_mode="reflect")
    every = list(solve_sharing(layer).equations)
    assert solve_sharing(layer).relations
    assert check(layer, every, "constraints").holds
    equalities = [equation for equation in every if equation not in solve_sharing(layer).relations]
    report = check(layer, equalities, "constraints")
    assert not report.holds and "is missing" in report.explanation[0]
    assert check(SMALL, "v31 = v12 = 0, v11 - v22 = 0, v21 = v32", "constraints").holds


def test_a_tensor_name_with_an_underscore_is_read() -> None:
    layer = Conv(3, 2, notation=Notation(output="h_out"))
    assert check(layer, "h_out_1 = X1*w1 + X2*w2").holds
    assert not check(layer, "h_out_2 = X1*w1 + X2*w2").holds
    assert check(layer, ["X1*w1 + X2*w2", "X2*w1 + X3*w2"]).holds


def test_a_derivative_by_an_entry_with_its_printed_label() -> None:
    """Numbers of two digits are set apart by _, on the left side too; the right sum by plain loops."""
    layer = Conv((12, 12), (3, 3), out_channels=2)
    products = [f"delta_{o}_{8 - a}_{2 - b}*w{o}{a + 1}{b + 1}" for o in (1, 2) for a in range(3) for b in range(2)]
    for left in ("dL/dX_8_2", "dL_dX_8_2", "dL/dX_{8,2}"):
        assert check(layer, f"{left} = {' + '.join(products)}").holds
        report = check(layer, f"{left} = {' + '.join(products[1:])}")
        assert report.status == "refuted" and report.entry == (0, 7, 1)
    with pytest.raises(ClaimError, match="no X_13_2"):
        check(layer, "dL/dX_13_2 = 0")
