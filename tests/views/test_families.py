"""Every family of layers has its general theorem, and it holds at random shapes by brute force."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, Fold, Notation, Unfold, Upsample, ZeroInsertion, prove, prove_equal
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.numeric.reference import forward
from tests.brute import compiled
from tests.tools import draws

FEW, SHAPES = 40, 300
positive = {"integer": True, "positive": True}
nonnegative = {"integer": True, "nonnegative": True}
G, N, l, l1, l2 = sp.symbols("G N l l1 l2", **positive)
low, high, low2, high2, cut = sp.symbols("p_l p_h q_l q_h cut", **nonnegative)
ALL: dict[str, Any] = {"groups": G, "batch_size": N}

FAMILIES: dict[str, Layer] = {
    "zeros": Conv.general(1, **ALL),
    "circular": Conv.general(1, padding_mode="circular", **ALL),
    "reflect": Conv.general(1, padding_mode="reflect", **ALL),
    "replicate": Conv.general(1, padding_mode="replicate", **ALL),
    "flip": Conv.general(1, flip=True, **ALL),
    "input dilation": Conv.general(1, input_dilation=l, **ALL),
    "(low, high)": Conv.general(1, padding=((low, high),), **ALL),
    "cropping": Conv.general(1, padding=((-low, high - cut),), **ALL),
    "same": Conv.general(1, stride=1, padding="same", **ALL),
    "same_tf": Conv.general(1, padding="same_tf", **ALL),
    "full": Conv.general(1, padding="full", **ALL),
    "everything": Conv.general(1, input_dilation=l, padding=((low, high),), padding_mode="circular", flip=True, **ALL),
    "everything reflected": Conv.general(
        1, input_dilation=l, padding=((low, high - cut),), padding_mode="reflect", flip=True, **ALL
    ),
    "depthwise": Conv.general(1, in_channels=G, out_channels=G, groups=G, batch_size=N),
    "transposed": ConvTranspose.general(1, **ALL),
    "average": AvgPool.general(1, batch_size=N),
    "average without padding": AvgPool.general(1, batch_size=N, count_include_pad=False),
    "unfold": Unfold.general(1, batch_size=N),
    "fold": Fold.general(1, batch_size=N),
    "up-sampling": Upsample.general(1, batch_size=N),
    "zero insertion": ZeroInsertion.general(1, batch_size=N),
    "2-D": Conv.general(2, **ALL),
    "2-D circular and replicate": Conv.general(2, padding_mode="replicate", padding=((low, high), (low2, high2))),
    "2-D transposed": ConvTranspose.general(2, **ALL),
    "2-D dilated input, circular": Conv.general(2, input_dilation=(l1, l2), padding_mode="circular"),
    "2-D average": AvgPool.general(2, count_include_pad=False),
    "2-D fold": Fold.general(2),
}


class Values:
    """An array on all of Z^r: zero outside."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __getitem__(self, index: tuple[int, ...]) -> Any:
        inside = all(0 <= at < size for at, size in zip(index, self.array.shape, strict=True))
        return self.array[index] if inside else 0


def truth(layer: Layer, quantity: str, arrays: dict[str, Any], at: tuple[int, ...]) -> Any:
    """The entry by NumPy's own forward pass: a layer is linear in each tensor, so a unit tensor gives a derivative."""
    own = {role: values for role, values in arrays.items() if role != "grad_output"}
    if quantity == "output":
        return forward(layer, own)[at]
    role = quantity.removeprefix("grad_")
    unit = np.zeros_like(own[role])
    unit[at] = 1
    if role == "bias":
        own = {name: np.zeros_like(values) for name, values in own.items()}
    elif "bias" in own:
        own["bias"] = np.zeros_like(own["bias"])
    return (forward(layer, {**own, role: unit}) * arrays["grad_output"]).sum()


@pytest.mark.parametrize("count", draws(FEW, SHAPES))
@pytest.mark.parametrize(
    "family",
    [name if one.ndim == 1 else pytest.param(name, marks=pytest.mark.slow) for name, one in FAMILIES.items()],
)
def test_the_general_theorem_and_random_shapes(family: str, count: int) -> None:
    general = FAMILIES[family]
    report = prove(general)
    assert report.holds, str(report)
    assert [theorem.of for theorem in report.theorems] == [*sorted(general.quantities, key=ORDER.index)]
    sides = {
        theorem.of: {
            **{name: compiled(formula.formula.rhs) for name, formula in theorem.formulas.items()},
            "normal form": compiled(general.writer.form(theorem.normal)),
        }
        for theorem in report.theorems
    }
    generator = random.Random(family)
    shapes, nonzero = set(), 0
    count = count if general.ndim == 1 else count // 3  # the same features have their 300 shapes on one axis
    for seed in range(count):
        values = general.assumptions.draw(general.symbol_names, generator, 4 if general.ndim == 1 else 2)
        assert values is not None
        layer = general.at(**{name: values[name] for name in general.symbol_names})
        shapes.add(repr(layer))
        arrays = random_arrays(layer, seed)
        tensors = tensors_of(general, layer, arrays, values)
        quantity = generator.choice(general.quantities)
        formula = getattr(layer.direct, quantity)
        at = tuple(generator.randrange(size) for size in formula.shape)
        expected = truth(layer, quantity, arrays, at)
        environment = {**values, **letters_at(getattr(general.direct, quantity).layout, at, values)}
        found = {name: side(dict(environment), tensors) for name, side in sides[quantity].items()}
        assert set(found.values()) == {expected}, (layer, quantity, at, expected, found)
        nonzero += expected != 0
    assert nonzero > count // 3
    assert len(shapes) > count // 6


ORDER = ("output", "grad_weight", "grad_input", "grad_bias")


def random_arrays(layer: Layer, seed: int) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    roles = ["input", *(role for role in ("weight", "bias") if f"grad_{role}" in layer.quantities)]
    shapes = {role: getattr(layer, f"{role}_shape") for role in roles}
    shapes["grad_output"] = layer.output_shape
    return {role: generator.integers(-9, 10, shape).astype(object) for role, shape in shapes.items()}


def tensors_of(general: Layer, layer: Layer, arrays: dict[str, Any], values: dict[str, int]) -> dict[str, Values]:
    """Every tensor with an axis for each index of the general formulas, by its name; fixed tensors too."""
    named = {getattr(layer.notation, role): array for role, array in arrays.items()} | layer.constants
    return {
        name: Values(np.reshape(array, [int(axis.size.evaluate(values)) for axis in axes_of(layout)]))
        for name, layout in general.direct.layouts.items()
        for array in [named[name]]
    }


def letters_at(layout: Any, at: tuple[int, ...], values: dict[str, int]) -> dict[str, int]:
    """The index letters of an entry, from its place in PyTorch's shape."""
    result: dict[str, int] = {}
    for place, dimension in zip(at, layout, strict=True):
        sizes = [int(axis.size.evaluate(values)) for axis in dimension]
        parts = np.unravel_index(place, sizes) if sizes else ()
        result.update({axis.letter: int(part) for axis, part in zip(dimension, parts)})
    return result


# -- the adjoint ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ndim", [1, 2, 3, 4, 5])
def test_a_transposed_convolution_is_the_adjoint(ndim: int) -> None:
    """Its output is the convolution's grad_input, for every shape, in every view; and the other way round."""
    conv = Conv.general(ndim, bias=False, **(ALL if ndim < 3 else {}))
    adjoint = conv.adjoint
    for view, other in product(conv.views.values(), adjoint.views.values()):
        assert prove_equal(view.grad_input, other.output).proved
    assert prove_equal(conv.direct.output, adjoint.direct.grad_input).proved


def test_what_is_not_the_adjoint_is_refuted() -> None:
    """The formula that courses give, with the stride ignored."""
    conv = Conv.general(1, bias=False)
    right = conv.adjoint.direct.output[sp.symbols("c j", integer=True)]
    assert prove_equal(conv.direct.grad_input, right).proved
    brackets = right.atoms(sp.KroneckerDelta)
    for stride in (1, conv.stride[0] + 1):
        wrong = {bracket: bracket.subs(conv.stride[0], stride) for bracket in brackets}
        assert prove_equal(conv.direct.grad_input, right.xreplace(wrong)).refuted


@pytest.mark.parametrize("count", draws(FEW, SHAPES))
def test_the_adjoint_at_random_shapes(count: int) -> None:
    """<conv(x), y> = <x, transposed(y)> in numbers, by two NumPy implementations that share no formula."""
    general = Conv.general(1, bias=False, **ALL)
    generator = random.Random(0)
    lost = 0
    for seed in range(count):
        values = general.assumptions.draw(general.symbol_names, generator, 5)
        assert values is not None
        conv = general.at(**{name: values[name] for name in general.symbol_names})
        adjoint = conv.adjoint
        assert (adjoint.input_shape, adjoint.output_shape) == (conv.output_shape, conv.input_shape)
        assert adjoint.weight_shape == conv.weight_shape
        arrays = random_arrays(conv, seed)
        x, w, y = arrays["input"], arrays["weight"], arrays["grad_output"]
        back = forward(adjoint, {"input": y, "weight": w})
        assert (forward(conv, {"input": x, "weight": w}) * y).sum() == (x * back).sum()
        assert (conv.direct.grad_input.evaluate(w=w, delta=y) == back).all()
        lost += conv.leftover != (0,)
    assert lost > count // 15


def test_fold_is_the_adjoint_of_unfold() -> None:
    for ndim in (1, 2, 3):
        unfold = Unfold.general(ndim, batch_size=N)
        fold = Fold.general(ndim, batch_size=N, notation=Notation(input="delta", grad_output="X"))
        assert prove_equal(unfold.direct.grad_input, fold.direct.output).proved
        assert prove_equal(unfold.direct.output, fold.direct.grad_input).proved
