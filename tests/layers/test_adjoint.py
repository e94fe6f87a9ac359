"""Every layer has an adjoint: <A x, y> = <x, A^T y> in exact numbers, by implementations that share no formula."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symconv import Conv, ConvTranspose, Pad, SymconvError, prove_equal
from symconv.layers import KINDS, Layer
from symconv.layers.adjoint import Adjoint
from tests.views.test_families import forward, random_arrays

FEW, MANY = 4, 60
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "Conv": [
        {"padding_mode": "circular"}, {"input_dilation": 2}, {"flip": True}, {"padding": ((2, 1),)}, {"groups": 2},
        {"padding": ((-1, 0),)}, {},
    ],
    "Pad": [{"padding_mode": mode} for mode in ("zeros", "circular", "reflect", "replicate")],
}  # fmt: skip


def general_layers() -> list[Layer]:
    return [kind.general(ndim) for kind in KINDS.values() for ndim in (1, 2)]


@pytest.mark.parametrize("layer", general_layers(), ids=repr)
def test_the_adjoint_is_the_gradient_for_every_shape(layer: Layer) -> None:
    adjoint = layer.adjoint
    output = adjoint.output if isinstance(adjoint, Adjoint) else adjoint.direct.output
    assert prove_equal(layer.direct.grad_input, output).proved


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_the_adjoint_identity_at_random_shapes(kind: str, count: int) -> None:
    general, chance, done = KINDS[kind].general(1), random.Random(kind), 0
    for seed in range(2 * count):
        values = general.assumptions.draw(general.symbol_names, chance, 4)
        if values is None:
            continue
        try:
            layer = general.at(**{name: values[name] for name in general.symbol_names})
        except SymconvError:  # of numbers that describe no layer, such as a window in the padding alone
            continue
        assert_adjoint(layer, seed)
        done += 1
    assert done > count // 3


@pytest.mark.parametrize(("kind", "options"), [(kind, one) for kind, many in OPTIONS.items() for one in many])
def test_the_adjoint_identity_with_options(kind: str, options: dict[str, Any]) -> None:
    if kind == "Conv":
        layer: Layer = Conv(5, 2, **{"in_channels": 2, "out_channels": 4, "padding": 1, "bias": True, **options})
    else:
        layer = Pad(4, 2, channels=2, **options)
    assert_adjoint(layer, 0)


def assert_adjoint(layer: Layer, seed: int) -> None:
    """With the numbers of the layer's own NumPy on one side, and the adjoint's formula on the other."""
    arrays = random_arrays(layer, seed)
    x, y = arrays["input"], arrays["grad_output"]
    arrays = {role: array for role, array in arrays.items() if role != "grad_output"}
    if "bias" in arrays:
        arrays["bias"] = arrays["bias"] * 0
    adjoint = layer.adjoint
    given = {layer.notation.grad_output: y, **layer.chosen(x)}
    if "weight" in arrays:
        given[layer.notation.weight] = arrays["weight"]
    formula = adjoint.output if isinstance(adjoint, Adjoint) else adjoint.direct.output
    back = formula.evaluate(**given)
    assert back.shape == x.shape == adjoint.output_shape and adjoint.input_shape == y.shape
    total = (forward(layer, arrays) * y).sum()
    assert Fraction(total) == Fraction((x * back).sum()) or np.isclose(float(total), float((x * back).sum()))


def test_twice_the_adjoint() -> None:
    """Of a transposed convolution with extra outputs, which the convolution does not read; and of any other layer."""
    back = ConvTranspose(3, 2, stride=3, output_padding=2, in_channels=2, out_channels=3)
    assert back.adjoint.input_shape == back.output_shape and back.adjoint.output_shape == back.input_shape
    assert_adjoint(back, 1)
    assert_adjoint(ConvTranspose(3, 2, stride=1, dilation=3, output_padding=2), 1)
    for kind in KINDS.values():
        layer = kind.general(1)
        assert prove_equal(layer.direct.output, grad_input(layer.adjoint)).proved or "bias" in layer.PARAMETERS
    assert repr(Conv(3, 2, flip=True).adjoint) == "Conv(3, 2, flip=True).adjoint"


def grad_input(adjoint: Any) -> Any:
    return adjoint.grad_input if isinstance(adjoint, Adjoint) else adjoint.direct.grad_input


def test_the_gradient_of_the_weights_through_the_adjoint() -> None:
    """d <x, A^T y> / d w, which is what the layer's own grad_weight is."""
    conv = Conv.general(1, padding_mode="circular", bias=False)
    assert prove_equal(conv.adjoint.grad_weight, conv.direct.grad_weight).proved
