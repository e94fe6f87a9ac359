"""What groups, batches, padding modes and words mean, each by a small case worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from sympy import Eq, Matrix, symbols

from symconv import AvgPool, Conv, ConvTranspose, Upsample, prove, prove_equal, spot_check
from symconv.geometry import padding
from symconv.geometry.padding import Branch, Extension

n, K, s = symbols("n K s", integer=True, positive=True)


# -- one new extension, and nothing else ---------------------------------------------------------------


def symmetric(q: sp.Expr, size: sp.Expr, r: sp.Symbol) -> Sequence[Branch]:
    """The mirror that repeats the first and the last element (NumPy's "symmetric")."""
    return [Branch(q), Branch(-1 - q, sp.Le(q, -1)), Branch(2 * size - 1 - q, sp.Ge(q, size))]


def test_a_new_padding_mode_is_one_new_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(padding.MODES, "symmetric", Extension(symmetric, lambda size: size, "it is mirrored once"))
    for ndim in (1, 2):
        assert prove(Conv.general(ndim, padding_mode="symmetric")).holds
    layer = Conv((3, 4), (2, 3), padding=((3, 1), (2, 4)), padding_mode="symmetric", stride=(1, 2))
    assert prove(layer).holds
    generator = np.random.default_rng(0)
    x, w = generator.integers(-9, 10, (1, 3, 4)), generator.integers(-9, 10, (1, 1, 2, 3))
    extended = np.pad(x, [(0, 0), (3, 1), (2, 4)], mode="symmetric")
    plain = Conv(extended.shape[1:], (2, 3), stride=(1, 2)).direct.output.evaluate(X=extended, w=w)
    for view in layer.views.values():
        assert (view.output.evaluate(X=x, w=w) == plain).all()


# -- padding modes -------------------------------------------------------------------------------------

BY_HAND = {
    "zeros": [0, "X1", "X2", "X3", 0],
    "circular": ["X3", "X1", "X2", "X3", "X1"],
    "reflect": ["X2", "X1", "X2", "X3", "X2"],
    "replicate": ["X1", "X1", "X2", "X3", "X3"],
}


@pytest.mark.parametrize("mode", BY_HAND)
def test_what_stands_beyond_the_ends(mode: str) -> None:
    """A kernel of one weight shows the extended input."""
    w1 = sp.Symbol("w1")
    for view in Conv(3, 1, padding=1, padding_mode=mode).views.values():
        expected = [w1 * sp.Symbol(name) if name else 0 for name in BY_HAND[mode]]
        assert list(view.output.array()[0]) == expected


def test_zero_padding_is_not_circular_padding_and_the_edge_shows_it() -> None:
    for ndim in (1, 2):
        plain, circular = (Conv.general(ndim, bias=False, padding_mode=mode) for mode in ("zeros", "circular"))
        verdict = prove_equal(plain.direct.output, circular.direct.output)
        assert verdict.refuted and verdict.witness is not None
        sizes, index = verdict.witness.sizes, verdict.witness.index
        axes = [""] if ndim == 1 else ["1", "2"]
        reached = [
            sizes[f"s{a}"] * index[f"i{a}"] + sizes[f"d{a}"] * k - sizes[f"p{a}"]
            for a in axes
            for k in range(sizes[f"K{a}"])
        ]
        assert any(position < 0 or position >= sizes[f"n{axes[0]}"] for position in reached), "an edge"
        assert prove_equal(plain.direct.grad_input, circular.direct.grad_input).refuted


def test_the_two_sames_differ_with_stride_two_first_at_two_inputs() -> None:
    """PyTorch's split of d (K - 1), which it refuses with a stride itself, against TensorFlow's rule."""
    low = sp.floor((K - 1) / 2)
    pytorch = Conv(n, K, stride=2, padding=((low, K - 1 - low),))
    tensorflow = Conv(n, K, stride=2, padding="same_tf")
    verdict = prove_equal(pytorch.direct.output, tensorflow.direct.output)
    assert verdict.refuted and verdict.witness is not None
    assert (verdict.witness.sizes["n"], verdict.witness.sizes["K"]) == (2, 3)
    for size in range(1, 3):  # no smaller shape differs
        for kernel in range(1, 4):
            one = Conv(size, kernel, stride=2, padding=(((kernel - 1) // 2, kernel // 2),))
            other = Conv(size, kernel, stride=2, padding="same_tf")
            assert one.output_shape == other.output_shape
            equal = one.direct.output.array() == other.direct.output.array()
            assert equal == ((size, kernel) != (2, 3)), (size, kernel)
    for kind in ("same", "same_tf"):
        assert Conv(n, K, padding=kind).output_size == (n,)
    assert prove_equal(Conv(n, K, padding="same").direct.output, Conv(n, K, padding="same_tf").direct.output).proved


def test_words() -> None:
    assert Conv(5, 4, padding="same").padding == ((1, 2),)
    assert Conv(5, 4, stride=2, padding="same_tf").padding == ((1, 2),)
    assert Conv(6, 3, stride=2, padding="same_tf").padding == ((0, 1),)
    assert Conv(7, 2, stride=5, padding="same_tf").padding == (0,)
    assert Conv(5, 3, dilation=2, padding="full").padding == (4,)
    assert Conv(5, 3, padding="valid").padding == (0,)
    assert repr(Conv(5, 4, padding="same")) == "Conv(5, 4, padding='same')"


def test_negative_padding_crops() -> None:
    cropped, plain = Conv(6, 2, padding=((-2, -1),)), Conv(3, 2)
    assert cropped.output_shape == plain.output_shape
    shifted = {sp.Symbol(f"X{at}"): sp.Symbol(f"X{at + 2}") for at in (1, 2, 3)}
    expected = plain.direct.output.array().applyfunc(lambda entry: entry.subs(shifted, simultaneous=True))
    assert cropped.patches.output.array() == expected
    assert cropped.unread == ((0, 1, 5),)


# -- groups and batches --------------------------------------------------------------------------------


def test_groups_are_blocks_of_the_matrix() -> None:
    layer = Conv(2, 2, in_channels=2, out_channels=2, groups=2)
    w11, w12, w21, w22 = symbols("w11 w12 w21 w22")
    assert layer.weight_shape == (2, 1, 2)
    assert layer.fully_connected.matrix == Matrix([[w11, 0], [w12, 0], [0, w21], [0, w22]])
    v = {f"v{row}{column}": symbols(f"v{row}{column}") for row in range(1, 5) for column in (1, 2)}
    zeros = [equation for equation in layer.fully_connected.constraints if equation.rhs == 0]
    assert set(zeros) == {Eq(v[name], 0) for name in ("v31", "v41", "v12", "v22")}


def test_depthwise_is_one_convolution_a_channel() -> None:
    layer = Conv(3, 2, in_channels=2, out_channels=2, groups=2)
    alone = Conv(3, 2)
    generator = np.random.default_rng(1)
    x, w = generator.integers(-9, 10, (2, 3)), generator.integers(-9, 10, (2, 1, 2))
    for view in layer.views.values():
        found = view.output.evaluate(X=x, w=w)
        for channel in (0, 1):
            one = alone.direct.output.evaluate(X=x[channel : channel + 1], w=w[channel : channel + 1])
            assert (found[channel] == one[0]).all()


def test_as_many_groups_as_channels_has_no_channel_index() -> None:
    G = symbols("G", integer=True, positive=True)
    layer = Conv(n, K, in_channels=G, out_channels=G, groups=G)
    assert str(layer.direct.output.formula) == "Eq(h[g, i], Sum(X[g, i + k]*w[g, k], (k, 0, K - 1)))"
    assert prove(layer).holds
    assert layer.weight_shape == (G, 1, K)


def test_symbolic_groups_divide_symbolic_channels() -> None:
    G, c = symbols("G c", integer=True, positive=True)
    layer = Conv(n, K, in_channels=G * c, out_channels=2 * G, groups=G)
    assert layer.weight_shape == (2 * G, c, K)
    assert not layer.definitions
    C = symbols("C", integer=True, positive=True)
    other = Conv(n, K, in_channels=C, out_channels=C, groups=G)
    assert other.weight_shape == (C, C / G, K)
    assert other.input_shape == (C, n)
    assert "G dividing C" in prove(other).scope
    assert other.at(n=4, K=2, C=6, G=3).weight_shape == (6, 2, 2)
    with pytest.raises(ValueError, match="4 groups do not divide 6 channels"):
        other.at(n=4, K=2, C=6, G=4)


def test_weight_gradients_sum_over_the_batch() -> None:
    layer = Conv(2, 2, batch_size=2)
    X11, X12, X21, X22 = symbols("X11 X12 X21 X22")
    assert layer.input_shape == (2, 1, 2) and layer.output_shape == (2, 1, 1)
    names = {str(symbol) for symbol in sp.flatten(layer.grad_output)}
    assert names == {"delta11", "delta21"}
    d1, d2 = symbols("delta11 delta21")
    for view in layer.views.values():
        assert view.grad_weight.array().tolist() == [[[X11 * d1 + X21 * d2, X12 * d1 + X22 * d2]]]
    assert layer.fully_connected.grad_matrix == Matrix([[X11 * d1 + X21 * d2], [X12 * d1 + X22 * d2]])
    assert [sp.flatten(patch) for patch in layer.patches.patches] == [[X11, X12], [X21, X22]]
    assert len(layer.patches.grad_per_patch) == 2


def test_a_batch_of_one_has_its_axis_and_no_index() -> None:
    layer = Conv(3, 2, batch_size=1)
    assert layer.output_shape == (1, 1, 2)
    assert str(layer.direct.output.formula) == str(Conv(3, 2).direct.output.formula)


# -- flip, dilation, transposed --------------------------------------------------------------------------


def test_flip_is_polynomial_multiplication() -> None:
    """Full, flipped: the coefficients of the product of two polynomials."""
    x = symbols("x")
    layer = Conv(3, 2, padding="full", flip=True)
    inputs, weights = sp.flatten(layer.input), sp.flatten(layer.weight)
    product = sp.Poly(sum(a * x**i for i, a in enumerate(inputs)) * sum(b * x**i for i, b in enumerate(weights)), x)
    for view in layer.views.values():
        assert list(view.output.array()[0]) == [sp.expand(c) for c in reversed(product.all_coeffs())]


def test_input_dilation_by_hand() -> None:
    X1, X2, w1, w2 = symbols("X1 X2 w1 w2")
    for view in Conv(2, 2, input_dilation=2).views.values():
        assert list(view.output.array()[0]) == [X1 * w1, X2 * w2]


def test_the_transposed_matrix_is_the_transpose() -> None:
    """Of one channel: the dense matrix of the transposed layer is the transpose of the convolution's."""
    for stride, pad in ((1, 0), (2, 0), (2, 1)):
        conv = Conv(5, 3, stride=stride, padding=pad)
        back = conv.adjoint
        assert back.fully_connected.matrix == conv.fully_connected.matrix.T


def test_a_layer_of_single_elements() -> None:
    """No index is left to run along, with whole numbers that become fractions."""
    for include in (True, False):
        pool = AvgPool((1, 1, 1), (2, 2, 2), padding=1, count_include_pad=include)
        for view in pool.views.values():
            found = view.output.evaluate(X=np.array([[[[8]]]]))
            assert found.tolist() == [[[[1 if include else 8]]]]
            assert view.grad_input.evaluate(delta=np.array([[[[8]]]])).shape == (1, 1, 1, 1)


def test_layers_without_weights() -> None:
    pool = AvgPool(4, 2)
    half = sp.Rational(1, 2)
    assert pool.fully_connected.matrix == Matrix([[half, 0], [half, 0], [0, half], [0, half]])
    fixed = [equation for equation in pool.fully_connected.constraints if equation.rhs != 0]
    assert {(str(equation.lhs), equation.rhs) for equation in fixed} == {
        ("v11", half), ("v21", half), ("v32", half), ("v42", half),
    }  # fmt: skip
    assert pool.quantities == ("output", "grad_input")
    up = Upsample(2, 3)
    fixed_kernel = ConvTranspose(2, 3, stride=3).direct.output.evaluate(X=np.array([[4, 7]]), w=np.ones((1, 1, 3), int))
    assert (up.direct.output.evaluate(X=np.array([[4, 7]])) == fixed_kernel).all()
    with pytest.raises(ValueError, match="no weights to learn"):
        pool.direct.grad_weight  # noqa: B018
    with pytest.raises(ValueError, match="unknown: D"):
        pool.direct.output.evaluate(X=np.ones((1, 4)), D=2)


# -- every number of axes ------------------------------------------------------------------------------


@pytest.mark.parametrize("ndim", [1, 2, 3, *(pytest.param(ndim, marks=pytest.mark.slow) for ndim in (4, 5))])
def test_every_feature_on_every_number_of_axes(ndim: int) -> None:
    G, N = symbols("G N", integer=True, positive=True)
    rest = {"groups": G, "batch_size": N, "bias": True}
    low, high = symbols("p_l p_h", integer=True, nonnegative=True)
    dilation = symbols(f"l1:{ndim + 1}", integer=True, positive=True)
    general = [
        Conv.general(ndim, input_dilation=dilation, flip=True, padding=((low, high),) * ndim, **rest),
        Conv.general(ndim, padding_mode="circular", **rest),
        ConvTranspose.general(ndim, **rest),
        AvgPool.general(ndim, count_include_pad=False, batch_size=N),
    ]
    if ndim < 3:  # three branches an axis: 27 and more terms a formula on more axes, below at one shape
        general += [Conv.general(ndim, padding_mode=mode, **rest) for mode in ("reflect", "replicate")]
    for layer in general:
        assert prove(layer).holds, layer
    for mode in ("reflect", "replicate"):
        small = Conv((2,) * ndim, (2,) * ndim, padding=((1, 0),) * ndim, padding_mode=mode, bias=True)
        if ndim < 5:
            assert prove(small).holds and spot_check(small, trials=1).passed


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate"])
def test_every_view_ends_with_the_same_line_on_the_board(mode: str) -> None:
    """One rule a line, no line without a change, and a last line that reads the same in every view."""
    layers = [
        Conv.general(1, padding_mode=mode),
        Conv.general(2, padding_mode=mode),
        Conv(5, 3, padding=1, padding_mode=mode),
    ]
    layers += [ConvTranspose.general(1), AvgPool.general(1), AvgPool((4, 4), 2)] if mode == "zeros" else []
    for layer in layers:
        for theorem in prove(layer).theorems:
            last = set()
            for view in theorem.views:
                lines = theorem.board(view)
                shown = [str(layer.writer.form(line.form)) for line in lines]
                assert all(one != other for one, other in pairwise(shown)), shown
                assert lines[0].rule == "" and all(line.rule for line in lines[1:])
                assert len(lines) == 2 or not any(line.rule in ("re-index", "collect") for line in lines)
                last.add(shown[-1])
                assert theorem.latex(view).count("\\\\\n") == len(lines) - 1
            assert len(last) == 1, last
            assert last == {str(layer.writer.form(theorem.normal))}
