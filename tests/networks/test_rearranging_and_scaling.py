"""Reshape, Permute, Slice, Rescaling, Scale, Shift, PReLU, LogSoftmax, Add with scales: against NumPy and PyTorch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    Add,
    Conv,
    Graph,
    LogSoftmax,
    Permute,
    PReLU,
    Rescaling,
    Reshape,
    Scale,
    Sequential,
    Shift,
    Slice,
    SymconvError,
    check,
    prove,
    spot_check,
)
from symconv.errors import GeometryError
from tests.tools import parts, require_module

Array = Any
C, g, n, m = sp.symbols("C g n m", integer=True, positive=True)
DRAWS, PART = 500, 50


# -- every module against autograd ---------------------------------------------------------------------


def regrouped(chance: random.Random, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Another shape: primes in a row, grouped anew where both the old and the new sizes divide each other."""
    sizes: list[int] = []
    for size in shape:
        factor = chance.choice([one for one in range(1, size + 1) if size % one == 0])
        sizes += [factor, size // factor] if chance.random() < 0.6 else [size]
    made: list[int] = []
    for size in sizes:
        if made and chance.random() < 0.4:
            made[-1] *= size
        else:
            made.append(size)
    return tuple(made)


def drawn(chance: random.Random) -> tuple[Any, tuple[int, ...], Callable[[Any, Any, dict[str, Any]], Any]]:
    """A module, the shape of an example, and what PyTorch does with a batch."""
    shape = tuple(chance.choice([1, 2, 3, 4, 6]) for _ in range(chance.randint(1, 3)))
    kind = chance.choice(["reshape", "permute", "slice", "rescaling", "scale", "shift", "prelu", "log_softmax"])
    if kind == "reshape":
        to = regrouped(chance, shape)
        return Reshape(to), shape, lambda torch, x, own: x.reshape(len(x), *to)
    if kind == "permute":
        dims = chance.sample(range(len(shape)), len(shape))
        return Permute(tuple(dims)), shape, lambda torch, x, own: x.permute(0, *(at + 1 for at in dims))
    axis = chance.randrange(len(shape))
    if kind == "slice":
        start = chance.randrange(shape[axis])
        stop = chance.choice([None, chance.randint(start + 1, shape[axis])])
        step = chance.randint(1, 3)
        index = (slice(None),) * (axis + 1) + (slice(start, stop, step),)
        return Slice(axis, start, stop, step), shape, lambda torch, x, own: x[index]
    if kind == "rescaling":
        scale, offset = chance.choice([-1, 0.5, 3]), chance.choice([0, 1, -0.25])
        return Rescaling(scale, offset), shape, lambda torch, x, own: scale * x + offset
    if kind == "prelu":
        count = chance.choice([1, shape[0]])
        return PReLU(count), shape, lambda torch, x, own: torch.nn.functional.prelu(x, own["weight"])
    if kind == "log_softmax":
        return LogSoftmax(axis), shape, lambda torch, x, own: torch.log_softmax(x, axis + 1)
    kept = tuple(chance.choice([1, size]) for size in shape[chance.randint(0, len(shape)) :])
    if kind == "scale":
        return Scale(kept), shape, lambda torch, x, own: own["weight"] * x
    return Shift(kept), shape, lambda torch, x, own: x + own["bias"]


@pytest.mark.torch
@pytest.mark.parametrize("part", parts(DRAWS // PART, 1, "exhaustive"))
def test_outputs_and_gradients_are_pytorchs(part: int) -> None:
    torch = require_module("torch")
    for seed in range(part * PART, (part + 1) * PART):
        module, shape, run = drawn(random.Random(seed))
        generator = np.random.default_rng(seed)
        network = Sequential(module, input_shape=shape, batch_size=2)
        x = torch.tensor(generator.standard_normal((2, *shape)), requires_grad=True)
        own = {
            role: torch.tensor(generator.standard_normal(network.shape_of(name)), requires_grad=True)
            for role, name in network.parts[0].roles.items()
        }
        output = run(torch, x, own)
        delta = generator.standard_normal(tuple(output.shape))
        output.backward(torch.tensor(delta))
        arrays = {name: own[role].detach().numpy() for role, name in network.parts[0].roles.items()}
        found = network.evaluate(X=x.detach().numpy(), delta1=delta, **arrays)
        assert np.allclose(found["a1"], output.detach().numpy(), rtol=1e-12, atol=1e-12), (seed, module, shape)
        assert np.allclose(found["dL_dX"], x.grad.numpy(), rtol=1e-12, atol=1e-12), (seed, module, shape)
        for role, name in network.parts[0].roles.items():
            assert np.allclose(found[f"dL_d{name}"], own[role].grad.numpy(), rtol=1e-12, atol=1e-12), (seed, module)


# -- by hand -------------------------------------------------------------------------------------------


def test_a_shuffle_of_channels_in_letters() -> None:
    """(g C, n) as (g, C, n), exchanged, and as one row of channels again; channel c C + k was channel k g + c."""
    net = Sequential(Reshape((g, C, n)), Permute((1, 0, 2)), Reshape((g * C, n)), input_shape=(g * C, n))
    assert net.output_shape == (g * C, n)
    x = np.arange(2 * 3 * 4).reshape(6, 4)
    found = net.at(g=2, C=3, n=4).evaluate(X=x, delta3=x)
    assert (found["a3"] == x.reshape(2, 3, 4).transpose(1, 0, 2).reshape(6, 4)).all()
    assert (found["dL_dX"] == x.reshape(3, 2, 4).transpose(1, 0, 2).reshape(6, 4)).all()


@pytest.mark.parametrize("module", [
    Reshape((2, -1)), Permute((1, 0)), Slice(0, 1, None), Slice(1, 0, 3, 2), Rescaling(-2, 0.5), Scale((4, 1)),
    Shift(()), PReLU(4), LogSoftmax(), Scale((4, 1), learned=False),
])  # fmt: skip
def test_what_is_printed_is_read_and_proved(module: Any) -> None:
    network = Sequential(module, input_shape=(4, 6))
    for formula in (network.forward["a1"], network.grad_input, *network.gradients.values()):
        assert check(network, formula.text()).status == "proved", formula.text()
    assert spot_check(network, trials=2).passed


def test_a_network_of_all_of_them() -> None:
    parts_of_it = [
        Conv.lazy(kernel_size=3, out_channels=4), PReLU(4), Reshape((2, 2, -1)), Permute((1, 0, 2)), Scale((2, 1, 1)),
        Slice(2, 1, -1), Shift((2,)), Rescaling(0.5), Reshape((4, 2)), LogSoftmax(-1),
    ]  # fmt: skip
    network = Sequential(*parts_of_it, loss="mse", input_shape=(1, 6), batch_size=2)
    assert prove(network).holds and spot_check(network, trials=2).passed


@pytest.mark.parametrize("scales", [(1, -1), (2, 0.5), (-1, 1)])
def test_sums_with_scales(scales: tuple[float, float]) -> None:
    network = Graph({"f": Rescaling(3), "out": (Add(scales), "f", "input")}, input_shape=(2,))
    found = network.evaluate(X=np.array([1.0, -2.0]), delta2=np.array([1.0, 10.0]))
    slope = 3 * scales[0] + scales[1]
    assert found["a2"].tolist() == [slope, -2 * slope] and found["dL_dX"].tolist() == [slope, 10 * slope]
    assert spot_check(network, trials=1).passed


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Sequential(Reshape((3, 2)), input_shape=(2, 3)), "2 entries in a row are cut into rows of 3"),
    (lambda: Sequential(Reshape((3, 3)), input_shape=(2, 3)), "same number of entries"),
    (lambda: Sequential(Reshape((4, -1)), input_shape=(2, 3)), "no size is left"),
    (lambda: Sequential(Reshape((g, -1)), input_shape=(C,)), "no size is left"),
    (lambda: Reshape((2, -1, -1)), "not a shape"),
    (lambda: Reshape(()), "not a shape"),
    (lambda: Permute((0, 0)), "not every axis once"),
    (lambda: Permute("01"), "not an order of axes"),  # type: ignore[arg-type]
    (lambda: Sequential(Permute((1, 0)), input_shape=(2, 3, 4)), "it has 3 axes, not 2"),
    (lambda: Sequential(Slice(0, 2, 2), input_shape=(3,)), "it takes entries 2 to 2 of 3"),
    (lambda: Sequential(Slice(0, 1, 5), input_shape=(3,)), "it takes entries 1 to 5 of 3"),
    (lambda: Sequential(Slice(0, -4, 3), input_shape=(3,)), "it takes entries -1 to 3 of 3"),
    (lambda: Sequential(Slice(2), input_shape=(3,)), "the axis is outside"),
    (lambda: Slice(0, 0.5), "not a whole number"),  # type: ignore[arg-type]
    (lambda: Slice(0, 0, None, 0), "not a whole number"),
    (lambda: Sequential(Scale((2,)), input_shape=(3,)), "axis -1 has 3 entries, not 2"),
    (lambda: Scale((3,), learned="no"), "neither True nor False"),  # type: ignore[arg-type]
    (lambda: Sequential(PReLU(2), input_shape=(3,)), "it has 3 channels, not 2"),
    (lambda: PReLU(0), "not a whole number of at least 1"),
    (lambda: Rescaling("2"), "not a number"),  # type: ignore[arg-type]
    (lambda: Graph({"f": Rescaling(3), "out": (Add((1, 2, 3)), "f", "input")}, input_shape=(2,)), "there are 2 inputs"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_errors_say_what_is_wrong(number: int) -> None:
    make, wrong = WRONG[number]
    with pytest.raises((SymconvError, GeometryError), match=wrong):
        make()
