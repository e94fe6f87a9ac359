"""Fast algorithms as views: general proofs for every length, and random layers in exact numbers."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, BilinearAlgorithm, Conv, ConvTranspose, MaxPool, SymconvError, prove
from symconv.errors import ViewError
from symconv.layers import Layer
from symconv.numeric.reference import forward
from symconv.verify import check
from symconv.views import ON_REQUEST, View
from tests.tools import draws, require_module, thinned
from tests.views.fast_draws import drawn_layer

NAMES = ("im2col", "kn2row", "circulant", "polyphase", "winograd", "karatsuba", "fft")
FEW, MANY = 6, 300
n, p, d, s = sp.symbols("n p d s", integer=True, positive=True)
G = sp.Symbol("G", integer=True, positive=True)


def view_of(layer: Layer, name: str, m: int = 2) -> View:
    view = getattr(layer, name)
    found = view(m) if name == "winograd" else view
    assert isinstance(found, View)
    return found


# -- every length ----------------------------------------------------------------------------------------


GENERAL: list[tuple[str, Layer]] = [
    *((name, Conv.general(ndim, groups=G)) for name in ("im2col", "kn2row") for ndim in (1, 2)),
    *((name, Conv.general(1, padding_mode="circular")) for name in ("im2col", "kn2row")),
    ("fft", Conv.general(1, groups=G)),
    ("im2col", ConvTranspose.general(1)), ("kn2row", ConvTranspose.general(1)),
    ("polyphase", Conv.general(1, dilation=1)), ("winograd", Conv.general(1, kernel_size=3, stride=1, dilation=1)),
    ("winograd", Conv.general(1, kernel_size=3, stride=2, dilation=1, groups=G)),
    ("karatsuba", Conv.general(1, kernel_size=4, stride=1, dilation=1)),
]  # fmt: skip
SLOW: list[tuple[str, Layer]] = [
    ("circulant", Conv.general(1)), ("circulant", Conv.general(1, padding_mode="circular")),
    ("fft", Conv.general(2)), ("fft", Conv.general(1, padding_mode="reflect")),
    ("fft", Conv.general(1, padding_mode="circular")), ("fft", Conv.general(1, flip=True)),
    ("circulant", Conv.general(2)), ("polyphase", Conv.general(1)), ("polyphase", Conv.general(2)),
    ("circulant", ConvTranspose.general(1)), ("winograd", Conv.general(1, kernel_size=3, stride=1)),
    ("winograd", Conv.general(2, kernel_size=3, stride=1, dilation=1)),
    ("winograd", Conv.general(2, kernel_size=3, stride=1)),
    ("winograd", Conv.general(1, kernel_size=5, stride=1, dilation=2)),
    ("karatsuba", Conv.general(2, kernel_size=3, stride=1, dilation=1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "layer"), [*thinned(GENERAL, 2), *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)], ids=repr
)
def test_a_general_theorem(name: str, layer: Layer) -> None:
    """Outputs and all gradients are those of the direct view, for every length: tiles are joined."""
    report = prove(layer, views=["direct", view_of(layer, name)])
    assert report.holds, str(report)


@pytest.mark.parametrize("name", ["im2col", "kn2row", "polyphase"])
def test_the_checker_accepts_the_proof(name: str) -> None:
    layer = Conv.general(1, stride=2, dilation=1)
    for theorem in prove(layer, views=["direct", name]).theorems:
        assert check(theorem.certificate())


def test_a_wrong_algorithm_is_not_proved() -> None:
    """The identity is not assumed of matrices for which it does not hold; numbers refute it."""

    class Wrong(ON_REQUEST["winograd"]):  # type: ignore[misc]
        def algorithm_for(self, weights: int) -> BilinearAlgorithm:
            right = super().algorithm_for(weights)
            A = right.A.tolist()
            A[1][0] += 1
            return BilinearAlgorithm(right.C, A, right.B)

    for layer in (Conv(7, 3), Conv.general(1, kernel_size=3, stride=1, dilation=1, in_channels=1, out_channels=1)):
        report = prove(layer, views=["direct", Wrong(layer)])
        assert [theorem.verdict.status for theorem in report.theorems][:3] == ["refuted"] * 3


# -- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", draws(FEW, MANY))
def test_random_layers(name: str, count: int) -> None:
    """Outputs are those of plain NumPy, and <grad, v> is <dL/dh, change of h by v> for the gradients."""
    chance, done, refused = random.Random(name), 0, 0
    while done < count:
        layer = drawn_layer(chance, transposed=True)
        if layer is None:
            continue
        try:
            view = view_of(layer, name, chance.choice([1, 2, 3, 4]))
        except ViewError:
            refused += 1
            continue
        assert_right(layer, view, done)
        done += 1
    assert refused < 3 * count + 20


def assert_right(layer: Layer, view: View, seed: int) -> None:
    generator = np.random.default_rng(seed)
    x, w, x_more, w_more, y = (
        generator.integers(-9, 10, shape).astype(object)
        for shape in (layer.input_shape, layer.weight_shape, layer.input_shape, layer.weight_shape, layer.output_shape)
    )
    bias = np.zeros(layer.out_channels, dtype=object) if layer.bias_term else None
    arrays = {"input": x, "weight": w, **({} if bias is None else {"bias": bias})}
    given = {"X": x, "w": w, **({} if bias is None else {"b": bias})}
    assert (view.output.evaluate(**given) == forward(layer, arrays)).all()
    by_weight = forward(layer, {**arrays, "weight": w_more})
    by_input = forward(layer, {**arrays, "input": x_more})
    assert (view.grad_weight.evaluate(X=x, delta=y) * w_more).sum() == (y * by_weight).sum()
    assert (view.grad_input.evaluate(w=w, delta=y) * x_more).sum() == (y * by_input).sum()


@pytest.mark.torch
@pytest.mark.parametrize("name", NAMES)
def test_random_layers_against_autograd(name: str) -> None:
    torch = require_module("torch")
    chance, done = random.Random(f"torch {name}"), 0
    while done < MANY:
        layer = drawn_layer(chance, transposed=True)
        if layer is None or layer.lacks_in_pytorch():
            continue
        try:
            view = view_of(layer, name, chance.choice([1, 2, 3]))
        except ViewError:
            continue
        generator = torch.Generator().manual_seed(done)
        x, w, y = (
            torch.randint(-9, 10, tuple(map(int, shape)), generator=generator).double()
            for shape in (layer.input_shape, layer.weight_shape, layer.output_shape)
        )
        x.requires_grad_()
        w.requires_grad_()
        b = torch.zeros(int(layer.out_channels)).double() if layer.bias_term else None
        batched = x if layer.batch_size is not None else x[None]
        output = layer.run_in_pytorch(torch, batched, w, b)
        output = output if layer.batch_size is not None else output[0]
        (output * y).sum().backward()
        own = {name: one.detach().numpy() for name, one in (("X", x), ("w", w), ("delta", y))}
        bias = {} if b is None else {"b": b.numpy()}
        np.testing.assert_allclose(view.output.evaluate(X=own["X"], w=own["w"], **bias), output.detach(), atol=1e-8)
        np.testing.assert_allclose(view.grad_weight.evaluate(X=own["X"], delta=own["delta"]), w.grad, atol=1e-8)
        np.testing.assert_allclose(view.grad_input.evaluate(w=own["w"], delta=own["delta"]), x.grad, atol=1e-8)
        done += 1


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_with_numbers_is_proved(name: str) -> None:
    """By collected product terms as well, with the numbers in the matrices."""
    layer = Conv(6, 3, in_channels=2, padding=1, bias=True)
    report = prove(layer, views=["direct", "patches", view_of(layer, name)])
    assert report.holds and "collected terms" in report.theorems[0].verdict.by


# -- what views are there --------------------------------------------------------------------------------


def test_the_usual_views_stay_the_usual_ones() -> None:
    layer = Conv(5, 3)
    assert list(layer.views) == ["direct", "fully_connected", "patches"]
    assert prove(layer).theorems[0].views == ("direct", "fully_connected", "patches")
    assert set(NAMES) <= set(layer.views_on_request)
    before = dict(layer.definitions), layer.assumptions
    assert prove(layer, views=["direct", *NAMES]).holds
    assert (dict(layer.definitions), layer.assumptions) == before


def test_a_view_that_a_layer_does_not_have_says_why() -> None:
    cases: list[tuple[Layer, str, str]] = [
        (AvgPool(4, 2), "im2col", "no weights"), (MaxPool(4, 2), "circulant", "chooses"),
        (Conv.general(1), "winograd", "must be numbers"), (Conv(5, 2, input_dilation=2), "karatsuba", "dilated"),
        (ConvTranspose(3, 2, stride=2), "polyphase", "dilated"), (ConvTranspose.general(1), "fft", "by a letter"),
        (Conv(3, 2, flip=True), "polyphase", "flipped"),
    ]  # fmt: skip
    for layer, name, why in cases:
        assert name not in layer.views_on_request and not hasattr(layer, name)
        with pytest.raises(ViewError, match=why):
            getattr(layer, name)
        with pytest.raises(ViewError, match=why):
            prove(layer, views=["direct", name])
    with pytest.raises(SymconvError, match="m=0"):
        Conv(5, 3).winograd(0)
    with pytest.raises(AttributeError, match="no attribute"):
        Conv(5, 3).strassen  # noqa: B018


def test_several_tiles_of_one_layer() -> None:
    layer = Conv(9, 3)
    report = prove(layer, views=["direct", layer.winograd(2), layer.winograd(4), layer.winograd(2, (0, 1, 2))])
    assert report.holds and report.theorems[0].views == ("direct", "winograd(2)", "winograd(4)", "winograd(2; 0, 1, 2)")


# -- what they are made of -------------------------------------------------------------------------------


def test_the_matrices_of_views() -> None:
    X1, X2, X3, w1, w2 = sp.symbols("X1:4 w1:3")
    layer = Conv(3, 2)
    assert layer.im2col.columns.array().tolist() == [[X1, X2], [X2, X3]]
    assert layer.im2col.kernel_matrix.array().tolist() == [[w1, w2]]
    assert layer.circulant.matrix == sp.Matrix([[w1, 0, w2], [w2, w1, 0], [0, w2, w1]])
    assert layer.kn2row.shifted.shape == (2, 1, 3)
    strided = Conv(6, 3, stride=2)
    w3 = sp.Symbol("w3")
    assert strided.polyphase.kernel_phases.array().tolist() == [[[[w1, w3], [w2, 0]]]]
    assert Conv((4, 4), (3, 3)).winograd(2).multiplications == 16
    assert Conv(9, 3, stride=2).winograd(2).multiplications == 6


def test_the_circulant_matrix_is_one() -> None:
    """Every row is the one before it, moved on by one, also on two axes and with a dilation."""
    matrix = np.array(Conv(7, 2, dilation=3, padding=1).circulant.matrix)
    assert all((np.roll(matrix[:, at], 1) == matrix[:, at + 1]).all() for at in range(len(matrix) - 1))
    blocks = np.array(Conv((3, 4), (2, 2)).circulant.matrix).reshape(3, 4, 3, 4)
    assert (blocks == np.roll(np.roll(blocks, 1, (0,)), 1, (2,))).all()
    assert (blocks == np.roll(np.roll(blocks, 1, (1,)), 1, (3,))).all()


def test_im2col_is_one_product_of_numpy() -> None:
    layer = Conv((5, 6), (3, 2), in_channels=2, out_channels=3, stride=2, padding=1, batch_size=2)
    generator = np.random.default_rng(0)
    x, w = (generator.integers(-9, 10, shape) for shape in (layer.input_shape, layer.weight_shape))
    view: Any = layer.im2col
    product = view.kernel_matrix.evaluate(w=w) @ view.columns.evaluate(X=x)
    right = forward(layer, {"input": x, "weight": w})
    assert (product.reshape(3, 2, *right.shape[2:]).swapaxes(0, 1) == right).all()
