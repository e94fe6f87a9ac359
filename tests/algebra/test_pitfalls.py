"""Ways in which a prover goes wrong: each was once found here, or could be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from sympy import Eq, IndexedBase, KroneckerDelta, Max, Piecewise, Rational, Sum, Symbol

from symconv import AvgPool, Conv, Fold, Notation, Unfold, prove, prove_equal, spot_check, write_notes
from symconv.errors import FormulaError, GeometryError, NotationError, OutputError, SizeLimitError, SymconvError

i, j, k, q, a, m = sp.symbols("i j k q a m", integer=True)
n = Symbol("n", integer=True, positive=True)
Z, U, V = IndexedBase("Z", shape=(4,)), IndexedBase("U", shape=(5,)), IndexedBase("V", shape=(5000,))
X, w = IndexedBase("X", shape=(2,)), IndexedBase("w", shape=(1,))
h = Symbol("h", integer=True, positive=True)
big = IndexedBase("B", shape=(2**40, 2**40))

VERDICTS = [
    ("coefficients past 64 bits", Sum(V[k] * k**7, (k, 1024, 1024)), 0, "refuted"),
    ("and their sums", Sum(U[k] * k * 2**62, (k, 1, 4)), Sum(U[k] * k * (2**62 - 2**64), (k, 1, 4)), "refuted"),
    ("a name in its own limit is the outer one", Sum(Z[k], (k, 0, k)), Sum(Z[k], (k, 0, 3)), "refuted"),
    ("whatever it is called inside", Sum(Z[k], (k, 0, k)), Sum(Z[q], (q, 0, k)), "proved"),
    ("also under an outer sum", Sum(Sum(Z[k], (k, 0, k)), (k, 0, 3)), 4 * Z[0] + 3 * Z[1] + 2 * Z[2] + Z[3], "proved"),
    ("and in one sum", Sum(Z[k], (k, 0, k), (k, 0, 3)), 4 * Z[0] + 3 * Z[1] + 2 * Z[2] + Z[3], "proved"),
    ("a summed symbol's sign is not its range", Sum(Z[h], (h, 1, 3)), Sum(Z[k], (k, 0, 3)), "refuted"),
    (
        "nor that of a stride elsewhere",
        Sum(Z[k], (k, 0, 3)) + Sum(U[k * j], (j, 0, 4)),
        Sum(Z[k], (k, 1, 3)) + Sum(U[k * j], (j, 0, 4)),
        "refuted",
    ),
    ("a summed letter of the entry", Conv(2, 1).direct.output, Sum(X[i] * w[0], (i, 0, 1)), "refuted"),
    (
        "and in a difference",
        Conv(2, 1).direct.output,
        Conv(2, 1).direct.output.formula.rhs + Sum(X[i], (i, 0, 1)) - Sum(X[j], (j, 1, 1)),
        "refuted",
    ),
    ("a product with many zeros", sp.Mul(*(V[0] - q for q in range(10))), 0, "refuted"),
    (
        "a summed name in a floor",
        Sum(Z[k] * KroneckerDelta(a, sp.floor(k / 2)), (k, 0, 3)),
        Z[2 * a] + Z[2 * a + 1],
        "proved",
    ),
    ("in the floor of a limit", Sum(Z[k], (k, 0, sp.floor(q / 2)), (q, 0, 3)), 4 * Z[0] + 2 * Z[1], "proved"),
    (
        "which is another name outside",
        Z[sp.floor(k / 2)] + Sum(Z[sp.floor(k / 2)], (k, 0, 1)),
        Z[sp.floor(k / 2)] + 2 * Z[0],
        "proved",
    ),
    ("and is no number", Z[sp.floor(k / 2)] + Sum(Z[sp.floor(k / 2)], (k, 0, 1)), 3 * Z[sp.floor(k / 2)], "refuted"),
    ("in a maximum", Sum(Z[Max(k, a)], (k, 0, 3)), Sum(Z[k], (k, 0, 3)), "refuted"),
    ("its own name in a maximum", Sum(Z[k], (k, Max(0, k), 3)), Sum(Z[q], (q, Max(0, k), 3)), "proved"),
    ("which is that outside", Sum(Z[k], (k, Max(0, k), 3)), Sum(Z[k], (k, 0, 3)), "refuted"),
    ("and in a minimum", Sum(Z[k], (k, 0, sp.Min(k, 3))), Sum(Z[q], (q, 0, 3)), "refuted"),
    (
        "a maximum of a name that is summed inside",
        Sum(Z[k] * Sum(Z[q], (q, Max(a, k), 3)), (k, 0, 2)),
        sum(Z[at] * Sum(Z[q], (q, Max(a, at), 3)) for at in range(3)),
        "proved",
    ),
    (
        "either of two conditions",
        Piecewise((Z[0], sp.Or(i < j, Eq(i, k))), (0, True)),
        Piecewise((Z[0], i < j), (Z[0], Eq(i, k)), (0, True)),
        "proved",
    ),
    (
        "neither of them",
        Piecewise((Z[0], sp.Not(sp.Or(i < j, sp.Ne(i, k)))), (0, True)),
        Piecewise((Z[0], sp.And(k >= j, Eq(i, k))), (0, True)),
        "proved",
    ),
    (
        "one of them twice",
        Piecewise((Z[0], sp.Or(i < j, Eq(i, k))), (0, True)),
        Piecewise((Z[0], i < j), (0, True)) + Piecewise((Z[0], Eq(i, k)), (0, True)),
        "refuted",
    ),
    ("many like factors", Sum(Z[i], (i, 0, 1)) ** 9, Sum(Z[i], (i, 0, 1)) ** 8 * Sum(Z[i], (i, 0, 1)), "proved"),
]


@pytest.mark.parametrize(("what", "left", "right", "status"), VERDICTS, ids=[row[0] for row in VERDICTS])
def test_verdict(what: str, left: Any, right: Any, status: str) -> None:
    verdict = prove_equal(left, right)
    assert verdict.status == status, str(verdict)


def stretched(length: Any) -> Any:
    return IndexedBase("O", shape=(length,))


REFUSED: list[tuple[str, Callable[[], Any], type[SymconvError], str]] = [
    ("indices past 64 bits", lambda: prove_equal(big[2**24, 0], big[0, 0]), SizeLimitError, "64-bit"),
    ("sizes past 64 bits", lambda: Conv(10**30, 2).direct.output[0, 10**29], SizeLimitError, "64-bit"),
    ("in a shape", lambda: prove_equal(Sum(stretched(k)[0], (k, 0, 3)), 0), FormulaError, "in the shape of O"),
    ("names that rules use", lambda: prove_equal(U[Symbol("#1")], U[0]), NotationError, "not a plain identifier"),
    ("names that are floors", lambda: prove_equal(U[Symbol("floor((n)/(2))")], 0), NotationError, "not a plain"),
    ("one tensor of two shapes", lambda: prove_equal(Conv(5, 2).direct.grad_weight, Conv(6, 2).direct.grad_weight),
     FormulaError, "different shapes"),
    ("negative symbols", lambda: prove_equal(Z[Symbol("r", integer=True, negative=True)], 0), FormulaError, "negative"),
    ("even symbols", lambda: prove_equal(Z[Symbol("r", even=True)], 0), FormulaError, "even"),
    ("prime symbols", lambda: prove_equal(Z[Symbol("r", prime=True)], 0), FormulaError, "an assumption that symconv does not use"),
    ("negative sizes", lambda: Conv(Symbol("r", integer=True, negative=True), 2), GeometryError, "negative"),
    ("equations with other left sides", lambda: prove_equal(Eq(i, j), Eq(k, j)), FormulaError, "left sides differ"),
    ("a bracket with a range", lambda: prove_equal(KroneckerDelta(i, j, (0, 3)), 0), FormulaError, "with a range"),
    ("an offset", lambda: prove_equal(IndexedBase("O", offset=2)[i], 0), FormulaError, "offset"),
    ("an index that is an output size", lambda: Conv(n, 3, stride=2).direct.grad_weight[0, 0, m], FormulaError, "size of the layer"),
    ("counting back from a letter", lambda: Conv(n, 2).direct.output[0, -1], FormulaError, "count back"),
    ("too many terms to multiply out", lambda: prove_equal((Z[0] + Z[1]) ** 20, 0), SizeLimitError, "product of sums"),
    ("TeX in a size", lambda: Conv(Symbol(r"\input{x}"), 2), NotationError, "not a plain identifier"),
    ("HTML in a size", lambda: Conv(3, 2, stride=Symbol("<b>")), NotationError, "not a plain identifier"),
    ("spaces in a size", lambda: Conv(Symbol("a b"), 2), NotationError, "not a plain identifier"),
    ("no layer to prove", lambda: prove(5), SymconvError, "not a layer"),  # type: ignore[arg-type]
    ("no layer to check", lambda: spot_check("x"), SymconvError, "not a layer"),  # type: ignore[arg-type]
    ("no layer to write", lambda: write_notes(5, "d"), SymconvError, "not a layer"),  # type: ignore[arg-type]
    ("no directory", lambda: write_notes(Conv(3, 2), 5), OutputError, "not a path"),  # type: ignore[arg-type]
    ("a view of another layer", lambda: prove(Conv(3, 2), views=["direct", Conv(4, 2).patches]), SymconvError, "another layer"),
    ("a number that is none", lambda: Conv(n, 2).at(n=5.5), GeometryError, "whole number"),  # type: ignore[arg-type]
    ("no formats", lambda: write_notes(Conv(3, 2), "d", formats=()), OutputError, "no formats"),
    ("a null character", lambda: write_notes(Conv(3, 2), "a\0b"), OutputError, "null character"),
    ("a squared entry index", lambda: prove_equal(
        Conv(4, 2).direct.output, Conv(4, 2).direct.output.formula.rhs + KroneckerDelta(i**2, 4) * IndexedBase("X")[0]),
     FormulaError, "multiplies two indices"),
    ("a denominator that may be zero", lambda: prove_equal(sp.floor(n / (h - 5)), 0), FormulaError, "may be 0 or negative"),
    ("no such shape", lambda: Conv(5, 2, stride=-n), GeometryError, "no numbers make"),
    ("an index with a floor", lambda: Conv(3, 2).direct.output[0, sp.floor(i / 2)], FormulaError, "floor"),
    ("a symbol that only has the layer's name", lambda: Conv(n, 2).direct.output[0, Symbol("n")], FormulaError, "the layer's own"),
    ("labels from 1.0", lambda: Notation(index_base=1.0), NotationError, "0 or 1"),  # type: ignore[arg-type]
    ("a file name too long", lambda: write_notes(Conv(3, 2), "d" * 300), OutputError, "cannot be written"),
    ("nothing to prove", lambda: prove(Conv(3, 2), of=[]), SymconvError, "nothing to prove"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "use", "kind", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(what: str, use: Callable[[], Any], kind: type[SymconvError], message: str) -> None:
    with pytest.raises(kind, match=message):
        use()


def test_a_scope_names_every_symbol() -> None:
    total = Sum(Z[k], (k, 0, sp.floor(n / 2)))
    assert prove_equal(total, total).scope == "all whole numbers n >= 1"


def test_a_cancelling_loss_is_no_failure() -> None:
    assert spot_check(Conv(2, 2, padding=10**5), trials=2).passed


def test_layers_with_other_letters_have_other_files(tmp_path: Path) -> None:
    first = write_notes(Conv(n, 2), tmp_path)
    second = write_notes(Conv(n, 7, stride=3), tmp_path)
    general = write_notes(Conv.general(1), tmp_path)
    assert [path.name for path in (*first, *second, *general)] == [
        "conv-n-kernel-2.tex", "conv-n-kernel-7-stride-3.tex", "general-1d.tex",
    ]  # fmt: skip


def test_an_entry_keeps_the_users_symbols() -> None:
    plain = Symbol("i")
    entry = Conv(5, 3).direct.output[0, plain]
    assert plain in entry.free_symbols
    assert entry.subs(plain, 1).doit() == Conv(5, 3).direct.output[0, 1].subs(
        {symbol: IndexedBase(symbol.name[0], shape=(size,))[int(symbol.name[1:]) - 1]
         for symbol in Conv(5, 3).direct.output[0, 1].free_symbols for size in [5 if symbol.name[0] == "X" else 3]}
    )  # fmt: skip


def test_one_letter_for_two_sizes() -> None:
    """Both layers call their output size m; the strides differ, so the shapes of delta do, from some n on."""
    left, right = (Conv(n, 3, stride=stride, bias=True).direct.grad_bias for stride in (2, 3))
    verdict = prove_equal(left, right)
    assert verdict.refuted and verdict.witness is not None
    size = verdict.witness.sizes["n"]
    assert (size - 3) // 2 != (size - 3) // 3
    assert "delta" in str(verdict.witness.left)


# -- found by a reader with fresh eyes -----------------------------------------------------------------


def P(name: str) -> Symbol:
    return Symbol(name, integer=True, positive=True)


def test_the_fixed_factors_of_two_layers_are_not_one() -> None:
    wide, narrow = AvgPool(1, 3, 3, 1), AvgPool(1, 2, 2, 1)
    assert prove_equal(wide.direct.output, narrow.direct.output).refuted
    assert prove_equal(wide.direct.grad_input, narrow.direct.grad_input).refuted
    x = IndexedBase("X", shape=(4,))
    half = Rational(1, 2) * Sum(x[2 * i + k], (k, 0, 1))
    assert prove_equal(AvgPool(4, 2).direct.output, half).proved
    assert prove_equal(AvgPool(4, 2).direct.output, 2 * half).refuted
    included, excluded = AvgPool(4, 2), AvgPool(4, 2, count_include_pad=False)
    assert prove_equal(included.direct.output, excluded.direct.output).proved
    general = [AvgPool.general(1, count_include_pad=include) for include in (True, False)]
    verdict = prove_equal(*(layer.direct.output for layer in general))
    assert verdict.refuted and verdict.witness is not None and verdict.witness.sizes["p"] > 0


@pytest.mark.parametrize("letter", ["k", "i", "j", "o", "c"])
def test_a_size_of_one_layer_named_like_an_index_of_the_other(letter: str) -> None:
    plain, shifted = Conv(P("n"), 1), Conv(P("n"), 1, padding=((P(letter), -P(letter)),))
    for quantity in ("output", "grad_weight", "grad_input"):
        one, other = getattr(plain.direct, quantity), getattr(shifted.direct, quantity)
        assert prove_equal(one, other).refuted and prove_equal(other, one).refuted
    ended = Conv(P("n"), 1, padding=((1, 0),), padding_mode="replicate", dilation=P(letter))
    assert prove_equal(Conv(P("n"), 1, padding=((1, 0),)).direct.output, ended.direct.output).refuted


def test_an_entry_index_has_no_bound_but_its_box() -> None:
    layer = Conv(P("n"), 1, padding=((1, 0),), padding_mode="replicate")
    x, w = IndexedBase("X", shape=(P("n"),)), IndexedBase("w", shape=(1,))
    for index in (P("i"), Symbol("i", integer=True)):
        assert prove_equal(layer.direct.output, w[0] * x[index - 1]).refuted
    two = IndexedBase("w", shape=(2,))
    index, offset = Symbol("i", integer=True), Symbol("k", integer=True)
    extra = x[0] * (Sum(KroneckerDelta(index * offset, 0) * two[offset], (offset, 0, 1)) - two[0])
    claim = Sum(two[offset] * x[index + offset], (offset, 0, 1)) + extra
    assert not prove_equal(Conv(P("n"), 2).direct.output, claim).proved


def test_a_maximum_over_a_summed_name() -> None:
    """The summed N is another name than the size."""
    size = Symbol("N", integer=True)
    x, y = IndexedBase("X", shape=(size,)), IndexedBase("Y", shape=(5,))
    left, right = (x[0] + Sum(y[one], (size, -3, 3)) for one in (Max(size, 0), size))
    assert prove_equal(left, right).refuted
    assert prove_equal(left, x[0] + 4 * y[0] + y[1] + y[2] + y[3]).proved


def test_a_layers_size_that_is_summed_over_is_in_no_floor() -> None:
    """Beside the layer, floor(n / 2) has the layer's name, of a fixed n."""
    formula = Conv(n, 2, stride=2).direct.output
    x = IndexedBase("X", shape=(n,))
    with pytest.raises(FormulaError, match="summed name n"):
        prove_equal(formula, Sum(x[sp.floor((n - 2) / 2)], (n, 0, 3)))


def test_conditions_that_exclude_each_other_prove_nothing() -> None:
    q = Symbol("q", integer=True)
    one, other = Conv(10, 1, dilation=q + 5), Conv(10, 1, dilation=-q - 5, padding=((1, -1),))
    with pytest.raises(FormulaError, match="no sizes satisfy"):
        prove_equal(one.direct.output, other.direct.output)


def test_a_batch_of_one_has_another_shape() -> None:
    with pytest.raises(FormulaError, match="the shapes \\(1, n\\) and \\(1, 1, n\\)"):
        prove_equal(Conv(P("n"), 1).direct.output, Conv(P("n"), 1, batch_size=1).direct.output)


def test_an_index_of_a_part_of_a_dimension_is_checked_against_that_part() -> None:
    layer = Conv(5, 3, in_channels=4, out_channels=4, groups=2)
    assert layer.direct.output[(1, -1), 0] == layer.direct.output[3, 0]
    for wrong in ((2, 0), (0, 2), (3, 0)):
        with pytest.raises(IndexError, match="out of range, the size is 2"):
            layer.direct.output[wrong, 0]
    with pytest.raises(IndexError, match="the size is 2"):
        Unfold((4, 4), (2, 2)).direct.output[(0, 3), 0]


def test_what_no_output_of_a_fold_reads() -> None:
    layer = Fold(3, 2, padding=1)
    assert "(0, 0), (1, 3)" in layer.unread_in_words()
    jacobian = layer.direct.jacobian("input").array()
    zero = {
        (row, place)
        for row in range(2)
        for place in range(4)
        if not any(jacobian[0, at, row, place] for at in range(3))
    }
    assert zero == {(0, 0), (1, 3)}
    assert Fold(3, 2).unread_in_words() == ""


def test_conditions_that_sympy_divides_through() -> None:
    """SymPy writes 2 n - 1 <= q as n <= q / 2 + 1 / 2."""
    for mode in ("reflect", "replicate"):
        assert prove(Conv(P("n"), 2, padding=1, padding_mode=mode, input_dilation=2)).holds
        assert prove(Conv.general(1, padding_mode=mode, input_dilation=3)).holds
    assert prove(Conv(2 * P("n"), P("K"), stride=2, padding=2, padding_mode="replicate")).holds


def test_sums_of_known_length_are_written_out() -> None:
    x, w = IndexedBase("X", shape=(P("n"),)), IndexedBase("w", shape=(2,))
    output = Conv(P("n"), 2).direct.output
    assert prove_equal(output, w[0] * x[i] + w[1] * x[i + 1]).proved
    assert prove_equal(output, w[0] * x[i] + w[1] * x[i + 2]).refuted


def test_names_of_python() -> None:
    assert Conv(Symbol("self"), 1).at(self=3).input_size == (3,)
    with pytest.raises(SymconvError, match="no such derivative"):
        Conv(3, 2).direct.jacobian(["input"])  # type: ignore[arg-type]


def test_a_sum_is_written_over_the_axis_of_its_letter() -> None:
    assert "(k, 0, K - 1)" in str(Conv(P("n"), P("K")).direct.output[0, 0])
