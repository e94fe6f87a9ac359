"""Transposed layers whose outputs are left out unevenly: every input is added to its outputs, one product at a time."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv, ConvTranspose, prove, prove_equal, spot_check
from symconv.errors import GeometryError
from symconv.geometry.arguments import SEQUENCES
from tests.tools import parts, require_module

p, q, n, K, s, d = sp.symbols("p q n K s d", integer=True, positive=True)


def drawn(chance: random.Random) -> ConvTranspose | None:
    ndim, groups = chance.choice([1, 1, 2]), chance.choice([1, 2])
    size, kernel, stride, dilation = (tuple(chance.randint(1, 3) for _ in range(ndim)) for _ in range(4))
    padding = tuple((chance.randint(0, 2), chance.randint(0, 2)) for _ in range(ndim))
    extra = tuple(chance.randint(0, max(a, b) - 1) for a, b in zip(stride, dilation))
    try:
        return ConvTranspose(
            size, kernel, in_channels=groups, out_channels=2 * groups, groups=groups, stride=stride,
            dilation=dilation, padding=padding, output_padding=extra, batch_size=2,
        )  # fmt: skip
    except GeometryError:
        return None


def scattered(layer: ConvTranspose, x: Any, w: Any) -> Any:
    """Input j with offset k is added to output s j + d k - low, if there is one."""
    out = np.zeros([int(size) for size in layer.output_shape])
    ends = [end[0] if isinstance(end, SEQUENCES) else end for end in layer.padding]
    each = w.shape[1]
    for c, o in product(range(x.shape[1]), range(each)):
        for j in product(*map(range, x.shape[2:])):
            for k in product(*map(range, w.shape[2:])):
                steps = zip(layer.stride, j, layer.dilation, k, ends)
                at = tuple(int(step * a + gap * b - low) for step, a, gap, b, low in steps)
                if all(0 <= i < m for i, m in zip(at, out.shape[2:])):
                    out[(slice(None), c * each + o, *at)] += x[(slice(None), c, *j)] * w[(c, o, *k)]
    return out


@pytest.mark.parametrize("part", parts(25, 1, "exhaustive"))
def test_random_layers_against_loops(part: int) -> None:
    compared = 0
    for seed in range(20 * part, 20 * part + 20):
        if (layer := drawn(random.Random(seed))) is None:
            continue
        generator = np.random.default_rng(seed)
        x, w = (
            generator.integers(-9, 10, [int(m) for m in shape]) for shape in (layer.input_shape, layer.weight_shape)
        )
        for view in layer.views.values():
            assert (view.output.evaluate(X=x, w=w) == scattered(layer, x, w)).all(), layer
        compared += 1
    assert compared >= 8


@pytest.mark.torch
def test_random_layers_against_pytorch() -> None:
    torch = require_module("torch")
    for seed in range(1000, 1020):
        if (layer := drawn(random.Random(seed))) is not None:
            generator = np.random.default_rng(seed)
            shapes = [[int(m) for m in shape] for shape in (layer.input_shape, layer.weight_shape, layer.output_shape)]
            x, w, upstream = (torch.tensor(generator.standard_normal(shape)) for shape in shapes)
            x.requires_grad_(True), w.requires_grad_(True)
            (layer.run_in_pytorch(torch, x, w, None) * upstream).sum().backward()
            given = {"X": x.detach().numpy(), "w": w.detach().numpy(), "delta": upstream.numpy()}
            for view in layer.views.values():
                for quantity, tensor in (("grad_input", x), ("grad_weight", w)):
                    formula = getattr(view, quantity)
                    needed = {one.name: given[one.name] for one in formula.form.tensors}
                    assert np.allclose(formula.evaluate(**needed), tensor.grad.numpy(), rtol=1e-10, atol=1e-10), layer


def test_every_shape() -> None:
    layer = ConvTranspose.general(1, padding=((p, q),))
    assert prove(layer).holds and prove(layer.family()).holds
    assert spot_check(ConvTranspose((3, 2), 2, stride=2, padding=((1, 0), (0, 1))), trials=2).passed


def test_an_uneven_layer_is_a_convolution_of_the_input_with_zeros_between() -> None:
    back = ConvTranspose(n, K, stride=s, dilation=d, padding=((p, q),))
    span = d * (K - 1)
    same = Conv(n, K, dilation=d, input_dilation=s, flip=True, padding=((span - p, span - q),))
    assert prove_equal(back.direct.output, same.direct.output).status == "proved"


def test_one_sided_padding_reads_nothing_that_comes_later() -> None:
    """Causal: output i is made of the inputs up to i."""
    causal = Conv.general(1, stride=1, padding=((d * (K - 1), 0),), dilation=d, kernel_size=K)
    assert prove(causal).holds and causal.output_size == causal.input_size
    for i, output in enumerate(Conv(4, 2, dilation=2, padding=((2, 0),)).direct.output.array()[0]):
        assert {str(one) for one in output.free_symbols if str(one)[0] == "X"} <= {f"X{j + 1}" for j in range(i + 1)}
