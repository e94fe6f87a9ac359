"""BatchGroupedConv against loops over single examples, XLA and PyTorch."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import (
    BatchGroupedConv,
    Conv,
    Sequential,
    check,
    exercises,
    figures_of,
    prove,
    solve_sharing,
    spot_check,
    write_notes,
)
from symconv.errors import GeometryError, SymconvError
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


def test_the_dense_layer_of_one_example_of_every_group() -> None:
    """Whose examples do not lie side by side; its weights are those that the direct view gives its inputs."""
    layer = BatchGroupedConv(3, 2, batch_group_count=2, out_channels=2, batch_size=4)
    expected = [f"{one.lhs} = {one.rhs}" for one in layer.fully_connected.constraints]
    assert [f"{one.lhs} = {one.rhs}" for one in solve_sharing(layer).equations] == expected
    assert check(layer, ", ".join(expected), of="constraints").holds
    assert not check(layer, ", ".join(expected[1:]), of="constraints").holds
    assert all(exercises(layer, 12, seed=seed) for seed in range(2))
    with pytest.raises(SymconvError, match=r"figures of .* use batch_size=2, an example of each group"):
        figures_of(layer)


@pytest.mark.parametrize("channels", [1, 2])
def test_notes_figures_and_exercises(channels: int, tmp_path: Path) -> None:
    layer = BatchGroupedConv(
        (3, 2), (2, 1), batch_group_count=2, in_channels=channels, out_channels=4, batch_size=2, bias=True
    )
    assert figures_of(layer) and exercises(layer, 12) and solve_sharing(layer).equations
    assert all(path.exists() for path in write_notes(layer, tmp_path, formats=("tex", "md", "html", "ipynb")))


def test_it_is_not_a_layer_of_a_network() -> None:
    with pytest.raises(SymconvError, match="BatchGroupedConv in a network"):
        Sequential(BatchGroupedConv.lazy(kernel_size=2), input_shape=(1, 3), batch_size=2)
