"""Random layers without weights against loops over whole numbers and against PyTorch: outputs and derivatives."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv import SymconvError
from symconv.layers import Layer
from symconv.numeric.reference import forward
from tests.layers.drawn import FAMILIES, Array, Draw
from tests.tools import parts, require_module

DRAWS, PART, FEW = 500, 20, 10


def derivative(draw: Draw, x: Array, upstream: Array) -> Array:
    """The gradient of sum(upstream * output) by the loops, an input entry at a time; steps of 1 are exact.

    The layers are linear, or, for the largest element, all entries are more than 2 apart.
    """
    assert draw.loops is not None
    result, before = np.zeros(x.shape), draw.loops(x)
    for at in np.ndindex(x.shape[1:]):
        moved = x.copy()
        moved[(slice(None), *at)] += 1
        change = (draw.loops(moved) - before) * upstream
        result[(slice(None), *at)] = change.reshape(len(x), -1).sum(axis=1)
    return result


def drawn_arrays(draw: Draw, seed: int) -> tuple[Array, np.random.Generator]:
    generator = np.random.default_rng(seed)
    shape = (draw.arguments["batch_size"] or 1, *draw.shape)
    return 3.0 * generator.permutation(int(np.prod(shape))).reshape(shape) - 20, generator


def made(draw: Draw) -> Layer | None:
    try:
        layer = draw.kind(**draw.arguments)
    except SymconvError as error:
        assert draw.loops is None, f"{draw} is refused: {error}"
        assert error.right and error.wrong
        return None
    assert draw.loops is not None, f"{draw} should be refused"
    return layer


def assert_views(layer: Layer, x: Array, upstream: Array, expected: dict[str, Array], label: str) -> None:
    """All quantities of all views, and the layer's own plain NumPy."""
    names, batched = layer.notation, layer.batch_size is not None
    arrays = {names.input: x, names.grad_output: upstream, **layer.chosen(x if batched else x[0])}
    if not batched:
        arrays.update({names.input: x[0], names.grad_output: upstream[0]})
    for quantity, values in expected.items():
        values = values if batched else values[0]
        for name, view in layer.views.items():
            formula = getattr(view, quantity)
            needed = {t.name: arrays[t.name] for t in formula.form.tensors if t.name in arrays}
            found = np.asarray(formula.evaluate(**needed), dtype=float)
            assert found.shape == values.shape == formula.shape, f"{label}: {name} {quantity}"
            assert np.allclose(found, values, rtol=1e-10, atol=1e-10), f"{label}: {name} {quantity}"
    assert np.allclose(
        forward(layer, {"input": arrays[names.input]}), expected["output"] if batched else expected["output"][0]
    )


def compare_with_loops(family: str, seed: int) -> bool:
    draw = FAMILIES[family](random.Random(seed))
    layer = made(draw)
    if layer is None or draw.loops is None:
        return False
    x, generator = drawn_arrays(draw, seed)
    output = draw.loops(x)
    upstream = generator.standard_normal(output.shape)
    assert_views(layer, x, upstream, {"output": output, "grad_input": derivative(draw, x, upstream)}, str(draw))
    assert_plain(layer, x if draw.arguments["batch_size"] else x[0], output, str(draw))
    return True


def assert_plain(layer: Layer, x: Array, output: Array, label: str) -> None:
    """The layer's loops over products, on some outputs."""
    if layer.arithmetic is not None:
        plain = layer.plain()
        assert plain.output_shape == tuple(map(int, layer.output_shape)), label
        flat, outputs = output.reshape(-1), plain.outputs
        for at in range(0, len(outputs), max(1, len(outputs) // 5)):
            assert abs(float(plain.value(outputs[at], x.astype(int))) - flat[at]) < 1e-9, label


def compare_with_pytorch(family: str, seed: int) -> bool:
    torch = require_module("torch")
    draw = FAMILIES[family](random.Random(seed))
    layer = made(draw)
    if layer is None:
        if draw.torch is not None:
            with pytest.raises((RuntimeError, ValueError)):
                draw.torch(torch, torch.zeros(1, *draw.shape, dtype=torch.float64))
        return False
    x, generator = drawn_arrays(draw, seed)
    runs: list[Any] = [] if draw.torch is None else [draw.torch]
    if not layer.lacks_in_pytorch():
        runs.append(lambda torch, x: layer.run_in_pytorch(torch, x, None, None))
    for run in runs:
        tensor = torch.tensor(x, requires_grad=True)
        output = run(torch, tensor)
        upstream = generator.standard_normal(tuple(output.shape))
        (output * torch.tensor(upstream)).sum().backward()
        expected = {"output": output.detach().numpy(), "grad_input": tensor.grad.numpy()}
        assert_views(layer, x, upstream, expected, str(draw))
    return bool(runs)


@pytest.mark.parametrize(
    "seeds",
    [range(FEW), *(pytest.param(range(at, at + PART), marks=pytest.mark.exhaustive) for at in range(0, DRAWS, PART))],
    ids=str,
)
@pytest.mark.parametrize("family", FAMILIES)
def test_random_layers_against_loops(family: str, seeds: range) -> None:
    compared = [compare_with_loops(family, seed) for seed in seeds]
    assert sum(compared) >= len(seeds) // 3


@pytest.mark.torch
@pytest.mark.parametrize("part", parts(DRAWS // PART, 1, "exhaustive"))
@pytest.mark.parametrize("family", FAMILIES)
def test_random_layers_against_pytorch(family: str, part: int) -> None:
    first = 10_000 + part * PART
    compared = [compare_with_pytorch(family, seed) for seed in range(first, first + PART)]
    assert sum(compared) >= 3  # of some draws PyTorch has no layer
