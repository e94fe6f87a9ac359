"""Random layers against PyTorch and SciPy: outputs and gradients of every view, exactly equal on whole numbers."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from symconv import Conv, SymconvError
from symconv.layers import Layer
from tests.tools import require_module, thinned

LAYERS, PARTS = 3000, 10
"""Draws; about a quarter describe no layer, and both sides must refuse them."""
EXHAUSTIVE = 20_000


def numbers(generator: np.random.Generator, shape: tuple[int, ...], multiple: int = 1) -> Any:
    return generator.integers(-9, 10, shape).astype(np.float64) * multiple


def compare(seed: int) -> str:
    """One random layer; says what became of it."""
    torch = require_module("torch")
    from tests.views.drawn import draw

    drawn = draw(random.Random(seed))
    generator = np.random.default_rng(seed)
    batch = drawn.arguments.get("batch_size")
    arrays = {"input": numbers(generator, (batch or 1, *drawn.input_shape), drawn.multiple)}
    if drawn.weight_shape is not None:
        arrays["weight"] = numbers(generator, drawn.weight_shape)
    if drawn.arguments.get("bias"):
        outputs = drawn.arguments["out_channels"]
        arrays["bias"] = numbers(generator, (outputs,))
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
    try:
        expected = drawn.torch_output(tensors["input"], tensors.get("weight"), tensors.get("bias"))
        refusal = None
    except (RuntimeError, ValueError) as error:
        refusal = error
    try:
        layer = drawn.kind(**drawn.arguments)
    except SymconvError as error:
        assert refusal is not None, f"{drawn} is refused, but PyTorch computes it: {error}"
        assert error.right and error.wrong
        return "refused"
    assert refusal is None, f"{drawn} is made, but PyTorch refuses it: {refusal}"
    upstream = numbers(generator, tuple(expected.shape), drawn.multiple)
    (expected * torch.tensor(upstream)).sum().backward()
    results = {"output": expected.detach().numpy()}
    results.update({f"grad_{name}": tensor.grad.numpy() for name, tensor in tensors.items()})
    if batch is None:
        arrays["input"], upstream = arrays["input"][0], upstream[0]
        results["output"], results["grad_input"] = results["output"][0], results["grad_input"][0]
    assert set(results) == set(layer.quantities), f"{drawn}: {set(results)} and {layer.quantities}"
    assert_equal(layer, {**arrays, "grad_output": upstream}, results, str(drawn))
    return type(layer).__name__


def assert_equal(layer: Layer, arrays: dict[str, Any], expected: dict[str, Any], label: str) -> None:
    named = {getattr(layer.notation, role): values for role, values in arrays.items()}
    if layer.constants:  # exact fractions in place of rounded ones
        named = {name: values.astype(np.int64) for name, values in named.items()}
    for name, view in layer.views.items():
        for quantity, values in expected.items():
            formula = getattr(view, quantity)
            needed = {t.name: named[t.name] for t in formula.form.tensors if t.name in named}
            found = formula.evaluate(**needed)
            assert found.shape == values.shape == formula.shape, f"{label}: {name} {quantity} {found.shape}"
            assert (found == values).all(), f"{label}: {name} {quantity}"


@pytest.mark.torch
@pytest.mark.parametrize("part", range(PARTS))
def test_random_layers_against_pytorch(part: int) -> None:
    made = [compare(seed) for seed in range(part * LAYERS // PARTS, (part + 1) * LAYERS // PARTS)]
    assert len(made) - made.count("refused") >= 200
    assert {"Conv", "ConvTranspose", "AvgPool", "Unfold", "Fold", "Upsample", "ZeroInsertion"} <= set(made)


@pytest.mark.torch
@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(40))
def test_many_random_layers_against_pytorch(part: int) -> None:
    first = 1_000_000 + part * EXHAUSTIVE // 40
    assert all(compare(seed) for seed in range(first, first + EXHAUSTIVE // 40))


# -- SciPy ---------------------------------------------------------------------------------------------


def one_channel(layer: Conv, x: Any, w: Any) -> list[Any]:
    arrays = {"X": x[None], "w": w[None, None]}
    return [view.output.evaluate(**arrays)[0] for view in layer.views.values()]


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(("mode", "flip"), list(product(["valid", "full", "same"], [False, True])))
def test_scipy_signal(ndim: int, mode: str, flip: bool) -> None:
    """signal.correlate, and signal.convolve for flip. SciPy's "same" is the middle of "full"."""
    signal = require_module("scipy.signal")
    generator = np.random.default_rng((ndim, flip))
    for _ in range(8):
        n = tuple(generator.integers(3, 7, ndim).tolist())
        k = tuple(generator.integers(1, 4, ndim).tolist())
        x, w = numbers(generator, n), numbers(generator, k)
        function = signal.convolve if flip else signal.correlate
        expected = function(x, w, mode=mode, method="direct")
        halves = tuple(((K - 1 - (K - 1) // 2, (K - 1) // 2)) for K in k)
        padding: Any = halves if mode == "same" else mode
        for found in one_channel(Conv(n, k, padding=padding, flip=flip), x, w):
            assert found.shape == expected.shape and (found == expected).all(), (n, k, mode, flip)


SCIPY_MODES = {"zeros": "constant", "circular": "wrap", "reflect": "mirror", "replicate": "nearest"}


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("mode", thinned(SCIPY_MODES, 2))
def test_scipy_ndimage(ndim: int, mode: str) -> None:
    """ndimage.correlate extends the input; what we call reflect is its "mirror". An even kernel's centre is K // 2."""
    ndimage = require_module("scipy.ndimage")
    generator = np.random.default_rng(ndim)
    for _ in range(8):
        n = tuple(generator.integers(3, 6, ndim).tolist())
        k = tuple(generator.integers(1, 4, ndim).tolist())
        x, w = numbers(generator, n), numbers(generator, k)
        expected = ndimage.correlate(x, w, mode=SCIPY_MODES[mode], cval=0.0)
        padding = tuple((K // 2, K - 1 - K // 2) for K in k)
        for found in one_channel(Conv(n, k, padding=padding, padding_mode=mode), x, w):
            assert (found == expected).all(), (n, k, mode)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_scipy_upfirdn(stride: int) -> None:
    """signal.upfirdn puts zeros between, filters, and keeps every s-th element: a flipped, full, strided layer."""
    signal = require_module("scipy.signal")
    generator = np.random.default_rng(stride)
    for up, n, k in product([1, 2, 3], [1, 4, 5], [1, 2, 3]):
        x, w = numbers(generator, (n,)), numbers(generator, (k,))
        expected = signal.upfirdn(w, x, up=up, down=stride)
        layer = Conv(n, k, stride=stride, padding="full", input_dilation=up, flip=True)
        for found in one_channel(layer, x, w):
            assert (found == expected[: found.shape[0]]).all() and not expected[found.shape[0] :].any(), (up, n, k)
