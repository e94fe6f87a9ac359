"""to_numpy and to_torch: the code gives what the formula gives, and is read back and proved."""

from __future__ import annotations

import re

import numpy as np
import pytest

from symconv import AvgPool, Conv, ConvTranspose, prove_code, to_numpy, to_torch
from symconv.errors import SymconvError
from symconv.programs.small import small_shapes
from tests.programs.layers_in_code import function_of
from tests.tools import require_module

LAYERS = [
    Conv.general(1),
    Conv.general(2, batch_size=2),
    Conv.general(1, bias=False, stride=1, dilation=1, padding=0),
    Conv.general(1, groups=2),
    ConvTranspose.general(1),
    AvgPool.general(1),
    Conv(6, 3, in_channels=2, out_channels=3, stride=2, padding=((1, 2),)),
    Conv((5, 6), (2, 3), padding=-1),
]
CASES = [
    pytest.param(layer, of, style, id=f"{layer!r}-{of}-{style}")
    for layer in LAYERS
    for of in layer.quantities
    for style in (None, "loops")
]


def _arrays(formula, layer, seed):
    generator = np.random.default_rng(seed)
    shapes = {name: one.shape for name, one in formula._numbers.operands.items()}
    return {name: generator.integers(-9, 10, shape).astype(float) for name, shape in shapes.items()}


@pytest.mark.parametrize(("layer", "of", "style"), CASES)
def test_code_of_numpy_gives_the_formulas_numbers(layer, of, style):
    source = to_numpy(getattr(layer.direct, of), style)
    function = function_of(source)
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    for values in [{}] if layer.is_concrete else small_shapes(layer, 4):
        concrete = layer.at(**values) if values else layer
        formula = getattr(concrete.direct, of)
        arrays = _arrays(formula, concrete, 3)
        given = {name: arrays[name] if name in arrays else values[name] for name in names}
        assert np.allclose(function(**given), formula.evaluate(**arrays), atol=1e-9)


@pytest.mark.parametrize("view", ["fully_connected", "patches"])
@pytest.mark.parametrize("of", ["output", "grad_input", "grad_weight"])
def test_code_of_other_views(view, of):
    layer = Conv(5, 2, in_channels=2, stride=2, padding=1)
    formula = getattr(layer.views[view], of)
    arrays = _arrays(formula, layer, 5)
    assert np.array_equal(function_of(to_numpy(formula))(**arrays), formula.evaluate(**arrays))


READ_BACK = [layer for layer in LAYERS if layer.is_concrete or layer.ndim == 1]


@pytest.mark.parametrize(
    ("layer", "of", "style"),
    [
        pytest.param(layer, of, style, id=f"{layer!r}-{of}-{style}")
        for layer in (Conv.general(1), Conv.general(1, bias=False, stride=1, dilation=1, padding=0))
        for of in layer.quantities
        for style in (None, "loops")
    ],
)
def test_code_is_read_back_and_proved(layer, of, style):
    report = prove_code(to_numpy(getattr(layer.direct, of), style), layer, of=of)
    assert report and report.decided_by == "reading", str(report)


@pytest.mark.torch
@pytest.mark.parametrize("of", ["output", "grad_weight", "grad_input", "grad_bias"])
@pytest.mark.parametrize("layer", LAYERS[:2])
def test_code_of_pytorch_gives_pytorchs_numbers(layer, of):
    torch = require_module("torch")
    names: dict = {}
    exec(to_torch(getattr(layer.direct, of), name="written"), names)
    for values in small_shapes(layer, 3):
        concrete = layer.at(**values)
        formula = getattr(concrete.direct, of)
        arrays = _arrays(formula, concrete, 7)
        wanted = names["written"].__code__.co_varnames[: names["written"].__code__.co_argcount]
        given = {name: torch.from_numpy(arrays[name]) if name in arrays else values[name] for name in wanted}
        assert np.allclose(names["written"](**given).numpy(), formula.evaluate(**arrays))


def test_names_and_bad_input():
    formula = Conv(3, 2).direct.output
    assert "def forward(" in to_numpy(formula, name="forward")
    assert to_numpy(Conv(3, 2).direct) == to_numpy(formula)
    for arguments in ((formula, "fast"), (3,), (formula, "loops", "not a name")):
        with pytest.raises(SymconvError):
            to_numpy(*arguments)
    with pytest.raises(SymconvError, match="no limits"):
        to_numpy(Conv.general(1, padding_mode="circular").direct.output)
    with pytest.raises(SymconvError, match="plain convolution"):
        to_numpy(ConvTranspose(3, 2).direct.output, "windows")


def test_lines_are_short_and_names_are_pythons():
    for layer in LAYERS[:3]:
        for of in layer.quantities:
            source = to_numpy(getattr(layer.direct, of), "loops")
            assert max(map(len, source.splitlines())) < 120
            assert not re.search(r"'\W", source)
