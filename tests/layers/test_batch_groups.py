"""BatchGroupedConv against loops over single examples, XLA and PyTorch."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv import BatchGroupedConv, Conv, prove, spot_check
from symconv.errors import GeometryError
from tests.tools import parts, require_module


def drawn(chance: random.Random) -> BatchGroupedConv:
    ndim, groups = chance.choice([1, 2]), chance.choice([1, 2, 3])
    kernel, stride, dilation = (tuple(chance.randint(1, 2) for _ in range(ndim)) for _ in range(3))
    size = tuple(chance.randint(d * (k - 1) + 1, 5) for k, d in zip(kernel, dilation))
    return BatchGroupedConv(
        size, kernel, batch_group_count=groups, in_channels=chance.randint(1, 2), stride=stride, dilation=dilation,
        out_channels=groups * chance.randint(1, 2), batch_size=groups * chance.randint(1, 2),
        padding=tuple((chance.randint(0, 1), chance.randint(0, 1)) for _ in range(ndim)),
    )  # fmt: skip


def arrays_of(layer: BatchGroupedConv, seed: int) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    shapes = {"X": layer.input_shape, "w": layer.weight_shape, "delta": layer.output_shape}
    return {name: generator.standard_normal([int(size) for size in shape]) for name, shape in shapes.items()}


def entries(layer: BatchGroupedConv, of: str, arrays: dict[str, Any]) -> list[Any]:
    """The quantity by every view."""
    formulas = [getattr(view, of) for view in layer.views.values()]
    return [one.evaluate(**{t.name: arrays[t.name] for t in one.form.tensors}) for one in formulas]


def test_every_group_of_examples_has_its_own_channels() -> None:
    """Each output channel by a convolution of the examples of its group alone."""
    for seed in range(8):
        layer = drawn(random.Random(seed))
        given, arrays = layer.arguments(), arrays_of(layer, seed)
        count = int(given["batch_group_count"])
        examples, channels = int(layer.batch_size) // count, int(layer.out_channels) // count
        alone = Conv(
            given["input_size"], given["kernel_size"], in_channels=given["in_channels"], out_channels=channels,
            stride=given["stride"], padding=given["padding"], dilation=given["dilation"], batch_size=examples,
        )  # fmt: skip
        wanted = [
            alone.direct.output.evaluate(
                X=arrays["X"][g * examples : (g + 1) * examples], w=arrays["w"][g * channels : (g + 1) * channels]
            )
            for g in range(count)
        ]
        for found in entries(layer, "output", arrays):
            assert np.allclose(found, np.concatenate(wanted, axis=1)), layer
        assert spot_check(layer, trials=1).passed


def test_every_shape() -> None:
    assert prove(BatchGroupedConv.general(2)).holds


def test_it_is_xlas() -> None:
    jax = require_module("jax")
    jax.config.update("jax_enable_x64", True)
    for seed in range(100, 104):
        layer = drawn(random.Random(seed))
        given, arrays = layer.arguments(), arrays_of(layer, seed)

        pads = [end if isinstance(end, tuple) else (end, end) for end in given["padding"]]

        def run(x: Any, w: Any, given: Any = given, pads: Any = pads) -> Any:
            return jax.lax.conv_general_dilated(
                x, w, given["stride"], pads, rhs_dilation=given["dilation"],
                batch_group_count=int(given["batch_group_count"]),
            )  # fmt: skip

        output, back = jax.vjp(run, arrays["X"], arrays["w"])
        expected = dict(zip(("grad_input", "grad_weight"), back(arrays["delta"]))) | {"output": output}
        for of, wanted in expected.items():
            assert all(np.allclose(found, wanted) for found in entries(layer, of, arrays)), (layer, of)


@pytest.mark.torch
@pytest.mark.parametrize("part", parts(10, 1, "exhaustive"))
def test_outputs_and_gradients_are_pytorchs(part: int) -> None:
    """Of the groups side by side, as channels in groups."""
    torch = require_module("torch")
    for seed in range(50 * part, 50 * part + (50 if part else 10)):
        layer = drawn(random.Random(seed))
        arrays = arrays_of(layer, seed)
        x, w = (torch.tensor(arrays[name], requires_grad=True) for name in "Xw")
        output = layer.run_in_pytorch(torch, x, w, None)
        output.backward(torch.tensor(arrays["delta"]))
        expected = {"output": output.detach(), "grad_input": x.grad, "grad_weight": w.grad}
        for of, wanted in expected.items():
            assert all(np.allclose(found, wanted.numpy()) for found in entries(layer, of, arrays)), (layer, of)


@pytest.mark.parametrize(("more", "wrong"), [
    ({"batch_group_count": 2, "out_channels": 2}, "without a batch"),
    ({"batch_group_count": 2, "out_channels": 2, "batch_size": 3}, "2 groups do not divide 3 examples"),
    ({"batch_group_count": 2, "out_channels": 3, "batch_size": 2}, "do not divide 3 channels"),
])  # fmt: skip
def test_errors_say_what_is_wrong(more: dict[str, int], wrong: str) -> None:
    with pytest.raises(GeometryError, match=wrong):
        BatchGroupedConv(3, 2, **more)
