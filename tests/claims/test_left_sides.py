"""Left sides are taken at their word, in lists, arrays, text and SymPy; nothing is divided by what may be 0."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy import Eq, Idx, IndexedBase, Sum, symbols

from symconv import AvgPool, Conv, ConvTranspose, Fold, Unfold, Upsample, ZeroInsertion, check, exercises, prove_equal
from symconv.claims.report import QUANTITIES, formula_of
from symconv.errors import ClaimError, FormulaError, SymconvError
from symconv.layers import Layer
from tests.brute import Entries, compiled

ONE = {"in_channels": 1, "out_channels": 1, "bias": False}
SMALL, IMAGE, WIDE = Conv(3, 2), Conv((3, 3), (2, 2)), Conv(13, 2)
LINE, PLANE = Conv.general(1, **ONE), Conv.general(2, **ONE)
GROUPS = Conv(2, 1, in_channels=4, out_channels=4, groups=2)
FIRST, SECOND = "X1*w1 + X2*w2", "X2*w1 + X3*w2"
X1, X2, X3, w1, w2, h1, h2 = symbols("X1 X2 X3 w1 w2 h1 h2")
v11, v12, v21, v22, v31, v32 = symbols("v11 v12 v21 v22 v31 v32")
ONE_ENTRY, OTHER_ENTRY = X1 * w1 + X2 * w2, X2 * w1 + X3 * w2
h, x, w, delta = map(IndexedBase, ("h", "x", "w", "delta"))
i, k, q, t = symbols("i k q t", integer=True)
(s,), (d,), (p,), (K,), (n,), (m,) = (
    LINE.stride, LINE.dilation, LINE.padding, LINE.kernel_size, LINE.input_size, LINE.output_size
)  # fmt: skip
BODY = w[k] * x[s * i + d * k - p]
SUM = Sum(BODY, (k, 0, K - 1))


def outcome(layer: Layer, claim: Any, of: str | None = None, **options: Any) -> str:
    """The status of a claim, with the number of entries that it is about; "error" if it cannot be read."""
    try:
        report = check(layer, claim, of, **options)
    except ClaimError:
        return "error"
    return report.status + (f" {report.scope.partition(', ')[2]}" if report.holds and report.entries else "")


ENTRIES: list[tuple[Any, str | None, str]] = [
    ([f"h2 = {FIRST}", f"h1 = {SECOND}"], None, "refuted"),
    ([f"h2 = {SECOND}", f"h1 = {FIRST}"], None, "proved 2 of 2 entries"),
    ([f"h1 = {FIRST}", f"h1 = {SECOND}"], None, "refuted"),
    ([f"h1 = {SECOND}", f"h1 = {FIRST}"], None, "refuted"),
    ([f"h1 = {FIRST}", f"h1 = {FIRST}"], None, "proved 1 of 2 entries"),
    ([f"h2 = {SECOND}"] * 3, None, "proved 1 of 2 entries"),
    (f"h2 = {FIRST}, h1 = {SECOND}", None, "refuted"),
    (f"h2 = {SECOND}, h1 = {FIRST}", None, "proved 2 of 2 entries"),
    (r"h_{2} = X_{1} w_{1} + X_2 w_2, h_1 = X_2 w_1 + X_3 w_2", None, "refuted"),
    (r"$h_{2} = X_2 w_1 + X_3 w_2$, $h_1 = X_1 w_1 + X_2 w_2$", None, "proved 2 of 2 entries"),
    ([f"h[1] = {SECOND}", f"y1 = {FIRST}"], None, "proved 2 of 2 entries"),
    # some with left sides
    ([f"h1 = {FIRST}", SECOND], None, "proved 2 of 2 entries"),
    ([FIRST, f"h2 = {FIRST}"], None, "refuted"),
    ([FIRST, f"h1 = {SECOND}"], None, "error"),
    ([f"h2 = {SECOND}", FIRST], None, "error"),
    ([f"h1 = {FIRST}", SECOND, SECOND], None, "error"),
    (f"h = {FIRST}, {SECOND}", None, "proved 2 of 2 entries"),
    ([f"h = {FIRST}", f"h = {SECOND}"], None, "error"),
    ([FIRST, "X2*w1 + q"], None, "error"),
    ([FIRST, "h[i] = sum(k, w[k]*x[i + k])"], None, "error"),
    (["sum(k, w[k]*x[i + k])", "sum(k, w[k]*x[i + k])"], None, "error"),
    # arrays
    ([[f"h1 = {FIRST}", f"h2 = {SECOND}"]], None, "proved 2 of 2 entries"),
    ([[f"h2 = {SECOND}", f"h1 = {FIRST}"]], None, "error"),
    ([[f"h1 = {FIRST}"], [f"h2 = {SECOND}"]], None, "error"),
    (np.array([[Eq(h1, ONE_ENTRY), Eq(h2, OTHER_ENTRY)]]), None, "proved 2 of 2 entries"),
    (np.array([[Eq(h2, OTHER_ENTRY), Eq(h1, ONE_ENTRY)]]), None, "error"),
    (sp.Array([ONE_ENTRY, OTHER_ENTRY]), None, "proved 2 of 2 entries"),
    (sp.Matrix([ONE_ENTRY, OTHER_ENTRY]), None, "refuted"),
    (sp.Matrix([[ONE_ENTRY, OTHER_ENTRY]]), None, "proved 2 of 2 entries"),
    # gradients and the matrix
    (["dL/dw2 = delta1*X2 + delta2*X3", "dL/dw1 = delta1*X1 + delta2*X2"], None, "proved 2 of 2 entries"),
    (["dL/dw2 = delta1*X1 + delta2*X2", "dL/dw1 = delta1*X2 + delta2*X3"], None, "refuted"),
    (["dL/dX3 = delta2*w2", r"\frac{\partial L}{\partial X_1} = \delta_1 w_1"], None, "proved 2 of 3 entries"),
    (["dL/dX3 = delta2*w2", "h1 = X1"], None, "refuted"),
    (["dL/dX3 = delta2*w2", f"h1 = {FIRST}"], None, "proved 1 of 2 entries"),
    (["v11 = w2", "v21 = w1", "v22 = w1", "v32 = w2", "v12 = 0", "v31 = 0"], None, "refuted"),
    (["v31 = 0", "v22 = w1", "v11 = w1", "v32 = w2", "v12 = 0", "v21 = w2"], None, "proved 6 of 6 entries"),
    # SymPy
    ([Eq(h2, ONE_ENTRY), Eq(h1, OTHER_ENTRY)], None, "refuted"),
    ([Eq(h2, OTHER_ENTRY), f"h1 = {FIRST}"], None, "proved 2 of 2 entries"),
    ([Eq(h[1], OTHER_ENTRY), Eq(h[0], ONE_ENTRY)], None, "proved 2 of 2 entries"),
    ([Eq(h[1], ONE_ENTRY), Eq(h[0], OTHER_ENTRY)], None, "refuted"),
    ([Eq(h1, ONE_ENTRY), Eq(h1, OTHER_ENTRY)], None, "refuted"),
    ([symbols("x1") * w1 + X2 * w2, OTHER_ENTRY], None, "proved 2 of 2 entries"),
    (Eq(IndexedBase("dL_dw")[0], symbols("delta1") * X1 + symbols("delta2") * X2), None, "proved 1 of 2 entries"),
    (Eq(symbols("dL_dw2"), symbols("delta1") * X1 + symbols("delta2") * X2), None, "refuted"),
    (Eq(symbols("q"), ONE_ENTRY), None, "error"),
    (Eq(symbols("h3"), ONE_ENTRY), None, "error"),
    (Eq(h[2], ONE_ENTRY), None, "error"),
    (Eq(h1, h1), None, "error"),
    (Eq(ONE_ENTRY, h1), None, "error"),
    (Eq(h1, ONE_ENTRY), "grad_weight", "error"),
    ([ONE_ENTRY, X2 * w1 + symbols("foo") * w2], None, "error"),
    ([ONE_ENTRY, sp.Ne(h2, OTHER_ENTRY)], None, "error"),
    # constraints
    ([Eq(v31, 0), Eq(v12, 0), Eq(v22, v11), Eq(v32, v21)], "constraints", "proved"),
    ([Eq(v32, v21), Eq(v31, 0.0), Eq(v22 / 2, v11 / 2), Eq(v12, 0)], "constraints", "proved"),
    ([Eq((v31 * w1 + v12 * w1) / w1, 0)], "constraints", "error"),
    ([Eq(sp.true, sp.false, evaluate=False)], "constraints", "error"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "of", "expected"), ENTRIES, ids=[f"{n} {row[0]}"[:70] for n, row in enumerate(ENTRIES)]
)
def test_each_claim_is_compared_with_the_entry_that_it_names(claim: Any, of: str | None, expected: str) -> None:
    assert outcome(SMALL, claim, of) == expected


LABELS: list[tuple[Layer, Any, str]] = [
    (IMAGE, "h11 = X11*w11 + X12*w12 + X21*w21 + X22*w22", "proved 1 of 4 entries"),
    (IMAGE, "h11 = X111*w11 + X12*w12 + X21*w21 + X22*w22", "write X11: labels have no number"),
    (IMAGE, "h11 = X11*w1111 + X12*w12 + X21*w21 + X22*w22", "write w11: labels have no number"),
    (IMAGE, "h11 = X1*w11", "write labels as X11"),
    (IMAGE, "h111 = X11*w11", "write h11: labels have no number"),
    (IMAGE, r"\frac{\partial L}{\partial w_{1,1,1}} = \delta_{11}", "write w11: labels have no number"),
    (IMAGE, Eq(symbols("h111"), symbols("X11")), "write h11: labels have no number"),
    (IMAGE, r"h_{1,1} = X_{1,1} w_{1,1} + X_{1,2} w_{12} + X_{21} w_{21} + X_{22} w_{22}", "proved 1 of 4 entries"),
    (IMAGE, "h11 = X41*w11", "refuted"),
    (SMALL, "h1 = X11*w1 + X12*w2", "write X1: labels have no number"),
    (SMALL, "h1 = X1*w1 + X2*w3", "refuted"),
    (WIDE, "h12 = X12*w1 + X13*w2", "proved 1 of 12 entries"),
    (WIDE, r"h_{12} = X_{1,2} w_1 + X_{1,3} w_2", "write X2: labels have no number"),
    (Conv((3, 3), (2, 2), out_channels=2), "h111 = X111*w111", "write X11: labels have no number"),
    (GROUPS, "h11 = X11*w11 + X21*w12", "write labels as w111"),
    (GROUPS, "h[1,0,1] = x[1,0,1]*w[1,0,0,0] + x[1,1,1]*w[1,0,1,0]", "proved 1 of 8 entries"),
    (GROUPS, "h[2,1] = x[1,0,1]*w[1,0,0,0] + x[1,1,1]*w[1,0,1,0]", "proved 1 of 8 entries"),
    (GROUPS, "h32 = X32*w311 + X42*w321", "proved 1 of 8 entries"),
]


@pytest.mark.parametrize(("layer", "claim", "expected"), LABELS, ids=[str(row[1])[:50] for row in LABELS])
def test_a_label_with_other_numbers_than_are_printed_is_never_refuted(layer: Layer, claim: Any, expected: str) -> None:
    if expected.startswith("write"):
        with pytest.raises(ClaimError, match=expected):
            check(layer, claim)
    else:
        assert outcome(layer, claim) in (expected, expected.replace("entries", "entry"))


# -- formulas with indices -----------------------------------------------------------------------------

LAYERS: list[Layer] = [
    SMALL, LINE, Conv.general(1), Conv(3, 2, bias=True, batch_size=2),
    Conv((3, 2), (2, 1), in_channels=4, out_channels=2, groups=2, stride=(2, 1), padding=1),
    ConvTranspose((2, 3), (2, 2), stride=2, in_channels=2, out_channels=2, groups=2),
    AvgPool(4, 3, stride=1, padding=1, count_include_pad=False), Conv(4, 3, padding=1, padding_mode="reflect"),
]  # fmt: skip
MORE: list[Layer] = [
    Conv((3, 3), (2, 2), out_channels=2, bias=True), Conv(7, 3, stride=2, padding=1, dilation=2, bias=True),
    Conv(4, 3, padding=1, padding_mode="circular"), Conv(5, 3, padding=1, padding_mode="replicate"),
    Conv(3, 2, input_dilation=2, flip=True), ConvTranspose(3, 3, stride=2, padding=1, output_padding=1, bias=True),
    AvgPool((4, 4), 2), Unfold((3, 3), 2), Fold((3, 3), (2, 2)), Upsample(3, 2), ZeroInsertion(3, 2), Conv.general(2),
    Conv.general(1, padding_mode="circular"), ConvTranspose.general(1),
    Conv.general(1, groups=sp.Symbol("G", positive=True, integer=True)),
]  # fmt: skip


@pytest.mark.parametrize(
    "layer", [*LAYERS, *(pytest.param(layer, marks=pytest.mark.exhaustive) for layer in MORE)], ids=repr
)
def test_a_layers_own_formulas_are_read_as_what_they_are(layer: Layer) -> None:
    for of in layer.quantities:
        for view in layer.views.values():
            report = check(layer, getattr(view, of).formula)
            assert report.holds and report.of == of
    for of in QUANTITIES[4:8]:
        try:
            formula = formula_of(layer, of)
        except SymconvError:  # a layer without weights or biases
            continue
        report = check(layer, formula.formula)
        assert report.holds and report.of == of
        if layer.is_concrete:
            assert check(layer, formula.array(), of).holds


@pytest.mark.parametrize("of", ["output", "grad_input", "grad_weight", "matrix"])
def test_letters_on_the_left_side_are_taken_in_their_order(of: str) -> None:
    """Every order of them, against loops at some sizes."""
    for layer in (PLANE, Conv.general(1, bias=False)):
        formula = formula_of(layer, of)
        letters, right = [axis.letter for axis in formula.axes], formula.formula.rhs
        base, value = IndexedBase(str(formula.quantity)), compiled(right)
        sizes = {name: {"n": 3, "K": 2, "C": 2}.get(name[0], 1) for name in layer.symbol_names}
        sizes |= {name: one.evaluate(sizes) for name, one in layer.defined.items()}
        tensors = {
            name: Entries(tuple(int(axis.size.evaluate(sizes)) for dimension in layout for axis in dimension), seed)
            for seed, (name, layout) in enumerate(formula.layouts.items(), start=7)
        }
        shape = [int(axis.size.evaluate(sizes)) for axis in formula.axes]
        for order in permutations(range(len(letters)) if len(letters) < 4 else [0, 1, 2, 3]):
            equation = Eq(base[tuple(symbols(letters[at], integer=True) for at in order)], right, evaluate=False)
            same = all(
                value({**sizes, **dict(zip(letters, at))}, tensors)
                == value({**sizes, **dict(zip(letters, (at[one] for one in order)))}, tensors)
                for at in product(*map(range, shape))
                if all(at[one] < size for one, size in zip(order, shape))
            )
            report = check(layer, equation)
            assert report.holds == same and report.status != "undecided", (equation, report)
            if of != "matrix":
                assert prove_equal(formula, equation).proved == same


GENERAL: list[tuple[Any, str]] = [
    (Eq(h[i], SUM), "proved"),
    (Eq(h[q], SUM.subs(i, q)), "proved"),
    (Eq(symbols("h"), SUM), "proved"),
    (Eq(h[q], SUM), "error"),
    (Eq(h[i, i], SUM), "error"),
    (Eq(h[2 * i], SUM.subs(i, 2 * i)), "error"),
    (Eq(h[i + 1], SUM), "error"),
    (Eq(IndexedBase("nonsense")[i, i, i], SUM), "error"),
    (Eq(IndexedBase("dL_dw")[i], SUM), "refuted"),
    (Eq(SUM, h[i]), "error"),
    (Eq(IndexedBase("h", offset=1)[i], SUM), "error"),
    (Eq(IndexedBase("dL_dw")[t], Sum(delta[i] * x[s * i + d * t - p], (i, 0, m - 1))), "proved"),
    (Eq(IndexedBase("grad_weight")[t], Sum(delta[i] * x[s * i + d * t - p], (i, 0, m - 1))), "proved"),
    (Eq(IndexedBase("dL_dw")[K], Sum(delta[i] * x[s * i + d * K - p], (i, 0, m - 1))), "error"),
    (SUM.subs(i, sp.Dummy("i")), "error"),
    (SUM.xreplace({w: IndexedBase("z")}), "error"),
    # division
    (Sum(s * BODY, (k, 0, K - 1)) / s, "proved"),
    (-Sum(s * BODY, (k, 0, K - 1)) / s, "refuted"),
    (Sum(s**2 * BODY / (s * (p + 1)), (k, 0, K - 1)) * (p + 1) / s, "proved"),
    (Sum(((p + 2) * BODY - BODY) / (p + 1), (k, 0, K - 1)), "proved"),
    (Sum(p * BODY, (k, 0, K - 1)) / p, "error"),
    (Sum(i * BODY, (k, 0, K - 1)) / i, "error"),
    (Sum((n - K) * BODY, (k, 0, K - 1)) / (n - K), "error"),
    (Sum((k * BODY + BODY) / (k + 1), (k, 0, K - 1)), "error"),
    (Sum(s * BODY / (2 * s - 2), (k, 0, K - 1)), "error"),
    (SUM * Sum((t + s) / s, (s, 1, 2)), "error"),
    (SUM * sp.sqrt(p + 1) / sp.sqrt(p + 1 + 0 * q), "proved"),
    (SUM * sp.sqrt(s) * sp.sqrt(s + 1) / s, "error"),
    (Sum(BODY * p ** sp.Rational(-1, 2), (k, 0, K - 1)), "error"),
    (sp.Piecewise((Sum(p * BODY, (k, 0, K - 1)) / p, p > 0), (SUM, True)), "error"),
    (sp.Piecewise((Sum(s * BODY, (k, 0, K - 1)) / s, p > 0), (SUM, True)), "proved"),
    (SUM + sp.KroneckerDelta(p, 0) * sp.floor(n / (2 * p)), "error"),
    (SUM + sp.KroneckerDelta(p, 0) * Sum(x[p * k], (k, 0, 3)), "refuted"),
    # ranges
    (Eq(h[Idx("i", m)], SUM), "proved"),
    (Eq(h[Idx("q", m)], SUM.subs(i, Idx("q", m))), "proved"),
    (Eq(h[Idx("q", (0, n + 2 * p))], SUM.subs(i, q)), "proved"),
    (Eq(h[Idx("i", 1)], Sum(w[k] * x[d * k - p], (k, 0, K - 1))), "error"),
    (SUM.subs(i, Idx("i", 1)), "error"),
    (Sum(w[Idx("k", K)] * x[s * i + d * Idx("k", K) - p], Idx("k", K)), "proved"),
    (Sum(w[Idx("k", K - 1)] * x[s * i + d * Idx("k", K - 1) - p], Idx("k", K - 1)), "refuted"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "expected"), GENERAL)
def test_a_sympy_formula_means_what_it_says(claim: Any, expected: str) -> None:
    try:
        status = check(LINE, claim).status
    except FormulaError:
        status = "error"
    assert status == expected


def test_without_a_left_side_letters_may_stand_for_the_indices_in_any_order() -> None:
    layer = Conv.general(1, bias=False)
    claim = "sum(c, k, x[c, s t + d k - p] w[q, c, k])"  # t is met before q, which is the channel
    assert check(layer, claim).holds
    assert check(layer, f"h[q, t] = {claim}").holds
    assert check(layer, f"h[t, q] = {claim}").status == "refuted"


# -- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tenth",
    [0.1, np.float64(0.1), np.float32(0.1), np.float16(0.1), sp.Float("0.1"), sp.Float("0.1", 30), "0.1", "1/10"],
)
def test_a_float_is_the_decimal_that_it_is_printed_as(tenth: Any) -> None:
    layer = AvgPool(10, 10)
    assert check(layer, [[tenth]] * 10, "matrix").holds
    assert not check(layer, [[tenth]] * 9 + [[0.1 + 1e-16]], "matrix").holds
    if isinstance(tenth, np.floating):
        assert check(layer, np.full((10, 1), tenth), "matrix").holds
    if not isinstance(tenth, str):
        assert check(layer, [sp.Add(*(sp.Float("0.1") * symbols(f"X{one}") for one in range(1, 11)))]).holds


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), np.float64("-inf"), 1e300, 1e-300, 1j, None, True, b"1"]
)
def test_what_is_no_number_is_refused(number: Any) -> None:
    with pytest.raises(ClaimError):
        check(SMALL, [number, OTHER_ENTRY])


# -- prove_equal ---------------------------------------------------------------------------------------


def test_prove_equal_compares_the_entry_on_the_left_side() -> None:
    formula = PLANE.direct.output
    right, (one, other) = formula.formula.rhs, formula.formula.lhs.indices
    turned = right.subs({one: other, other: one}, simultaneous=True)
    for a, b, expected in [
        (formula, formula.formula, "proved"), (formula.formula, formula, "proved"), (formula, right, "proved"),
        (formula, Eq(h[q, t], right.subs({one: q, other: t})), "proved"),
        (formula, Eq(h[t, q], right.subs({one: q, other: t})), "refuted"),
        (formula, Eq(h[other, one], right), "refuted"), (formula, Eq(h[other, one], turned), "proved"),
        (formula.formula, Eq(h[one, other], 2 * right), "refuted"),
    ]:  # fmt: skip
        assert prove_equal(a, b).status == expected, (a, b)
    for a, b in [
        (formula, Eq(h[one, one], right)), (formula, Eq(h[one], right)), (formula, Eq(h[q, t], right)),
        (formula, Eq(IndexedBase("nonsense")[one, other], right)), (formula.formula, right), (formula.formula, 0),
        (formula, Eq(IndexedBase("dL_dw")[one, other], right)), (formula.formula, Eq(h[other, one], right)),
        (Eq(right, 0), Eq(right, 1)), (formula, Eq(h[Idx(one, 1), other], right)),
        (LINE.direct.output, Eq(h[K], SUM.subs(i, K))), (formula, sp.true),
    ]:  # fmt: skip
        with pytest.raises(FormulaError):
            print(a, b, prove_equal(a, b))


def test_prove_equal_takes_ranges_and_multipliers_as_its_docstring_says() -> None:
    y, z = IndexedBase("y"), IndexedBase("z", shape=(symbols("r", integer=True),))
    only_positive = sp.Piecewise((1, i >= 0), (0, True))
    assert prove_equal(y[Idx("i", 3)] * only_positive, y[Idx("i", 3)]).proved
    assert prove_equal(y[i] * only_positive, y[i]).refuted
    assert prove_equal(Sum(y[Idx("i", 3)], Idx("i", 3)), y[0] + y[1] + y[2]).proved
    with pytest.raises(FormulaError, match="may leave the range"):
        prove_equal(Sum(y[Idx(k, 3)], (k, 0, q)), 0)
    for step in (q, -q, 2 * q, -3 * q):
        verdict = prove_equal(Sum(z[step * k], (k, -sp.oo, sp.oo)), Sum(z[step * t], (t, -sp.oo, sp.oo)))
        assert verdict.proved and verdict.scope == "all whole numbers q, r >= 1"
    for bad in (1 / q, Sum(y[k] / k, (k, 0, 3)), y[i] * q**-2, y[i] * sp.sqrt(q), y[sp.floor(i / (q - t))]):
        with pytest.raises(FormulaError):
            prove_equal(bad, bad)
    nonnegative = symbols("u", integer=True, nonnegative=True)
    assert prove_equal(sp.floor(i / nonnegative), sp.floor(i / nonnegative)).scope == "all whole numbers u >= 1 and i"


def test_weights_of_other_shapes_are_not_compared() -> None:
    C, size = symbols("C n", integer=True, positive=True)
    one, other = (kind(size, 1, in_channels=C, out_channels=1) for kind in (Conv, ConvTranspose))
    with pytest.raises(FormulaError, match=r"w has the shapes \(1, C, 1\) and \(C, 1, 1\)"):
        prove_equal(one.direct.output, other.direct.output)


# -- exercises -----------------------------------------------------------------------------------------


def test_an_answer_is_right_only_if_it_says_what_is_asked() -> None:
    sheet = exercises(SMALL, 19, 0)
    entry = next(one for one in sheet if one.kind == "output_entry" and str(one.answer).startswith("h1"))
    for answer, right in [
        (FIRST, True), (f"h1 = {FIRST}", True), (rf"h_{{1}} = {FIRST}", True), (f"y[0] = {FIRST}", True),
        (f"{FIRST}, {SECOND}", False), (f"h1 = {FIRST}, h2 = {SECOND}", False), (f"h2 = {SECOND}", False),
        (f"h2 = {FIRST}", False), (SECOND, False), (f"h = {FIRST}", False), ("h1", False), ("h1 = h1", False),
        ("X1*v11 + X2*v21", False), ("h[i] = sum(k, w[k]*x[i + k])", False),
    ]:  # fmt: skip
        assert sheet.grade(entry.number, answer).right == right, answer
    assert "another entry" in sheet.grade(entry.number, f"h2 = {SECOND}").feedback
    general = next(one for one in sheet if one.kind == "general_formula")
    left, _, right_side = str(general.answer).partition(" = ")
    assert sheet.grade(general.number, right_side).right
    assert not sheet.grade(general.number, f"{general.answer}, {right_side}").right
    assert not sheet.grade(general.number, left).right


@pytest.mark.parametrize(
    "claim",
    [
        "h1 = 2*X1*w1 + X2*w2", "h1 = X1*w1 + X2*w2 + X1*X2 - X1^2", "h1 = X1*w1 + X2*w2 + X1^2 - X1",
        "h1 = X1*w1 + X2*w2 + X1^3 - 3*X1^2 + 2*X1", "h1 = X1*w1 + X2*w2 + X1^2*w1 - X1*w1^2", "h1 = 0", "h1 = 1",
        "h1 = X1*w1 + X2*w2 + X1^4 - 10*X1^3 + 35*X1^2 - 50*X1 + 24*X1^0 - 24",
    ],
)  # fmt: skip
def test_the_numbers_of_a_refutation_differ(claim: str) -> None:
    """Also where 0, 1, 2, .. are zeros of the difference; both values are computed again from the texts."""
    report = check(Conv(3, 2), claim)
    assert report.status == "refuted" and report.witness is not None
    numbers = {name: value for (name, _), value in report.witness.values.items()}
    entry = {label: sp.Integer(numbers.get(label, 0)) for label in ("X1", "X2", "w1", "w2")}
    x1, x2, w1, w2 = (entry[label] for label in ("X1", "X2", "w1", "w2"))
    sides = {
        "h1 = 2*X1*w1 + X2*w2": 2 * x1 * w1 + x2 * w2,
        "h1 = X1*w1 + X2*w2 + X1*X2 - X1^2": x1 * w1 + x2 * w2 + x1 * x2 - x1**2,
        "h1 = X1*w1 + X2*w2 + X1^2 - X1": x1 * w1 + x2 * w2 + x1**2 - x1,
        "h1 = X1*w1 + X2*w2 + X1^3 - 3*X1^2 + 2*X1": x1 * w1 + x2 * w2 + x1**3 - 3 * x1**2 + 2 * x1,
        "h1 = X1*w1 + X2*w2 + X1^2*w1 - X1*w1^2": x1 * w1 + x2 * w2 + x1**2 * w1 - x1 * w1**2,
        "h1 = 0": 0,
        "h1 = 1": 1,
    }
    assert report.witness.left == x1 * w1 + x2 * w2 != report.witness.right
    assert report.witness.right == sides.get(claim, x1 * w1 + x2 * w2 + (x1 - 1) * (x1 - 2) * (x1 - 3) * (x1 - 4) - 24)
