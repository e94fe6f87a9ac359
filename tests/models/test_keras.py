"""Descriptions of Keras models, read without Keras, and compared with Keras itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import Conv, Model, Sequential, Softmax, SymconvError, from_keras
from symconv.models.keras_graph import read_keras
from symconv.models.keras_layers import dense_rows, depthwise_first, kernel_first
from tests.tools import require_module


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


def sequential(shape: tuple[Any, ...], *layers: dict[str, Any]) -> dict[str, Any]:
    entry = layer("InputLayer", batch_shape=[None, *shape])
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [entry, *layers]}}


def test_channels_are_first() -> None:
    found = from_keras(sequential((8, 6, 3), layer("Conv2D", filters=4, kernel_size=[3, 2], strides=[2, 1])))
    assert found == Conv((8, 6), (3, 2), in_channels=3, out_channels=4, stride=(2, 1), bias=True)
    first = layer("Conv2D", filters=4, kernel_size=[3, 2], data_format="channels_first")
    assert from_keras(sequential((3, 8, 6), first)).output_shape == (4, 6, 5)  # type: ignore[union-attr]


def test_weights_are_brought_into_that_order() -> None:
    """By plain loops over the sums that Keras describes."""
    random = np.random.default_rng(0)
    kernel = random.normal(size=(3, 2, 4, 5))  # kernel, in, out
    assert all(kernel_first(kernel)[o, c, i, j] == kernel[i, j, c, o] for i, j, c, o in np.ndindex(kernel.shape))
    depthwise = random.normal(size=(3, 2, 4, 2))  # kernel, in, multiplier
    turned = depthwise_first(depthwise)
    assert turned.shape == (8, 1, 3, 2)
    assert all(turned[2 * c + m, 0, i, j] == depthwise[i, j, c, m] for i, j, c, m in np.ndindex(depthwise.shape))
    x, dense = random.normal(size=(4, 5, 3)), random.normal(size=(60, 7))  # channels last
    flat = np.moveaxis(x, -1, 0).reshape(-1)
    assert np.allclose(dense_rows((3, 4, 5), dense) @ flat, x.reshape(-1) @ dense)


@pytest.mark.parametrize(("stride", "size"), [(1, 7), (2, 7), (2, 8), (3, 8)])
def test_same_padding_has_the_odd_element_at_the_end(stride: int, size: int) -> None:
    conv = layer("Conv1D", filters=1, kernel_size=[4], strides=[stride], padding="same")
    found = from_keras(sequential((size, 1), conv))
    assert found == Conv(size, 4, stride=stride, padding=found.padding, bias=True)  # type: ignore[union-attr]
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + 4 - size)
    low, high = found.padding[0] if isinstance(found.padding[0], tuple) else (found.padding[0],) * 2  # type: ignore[union-attr]
    assert found.output_size == (outputs,) and (low, high) == (total // 2, total - total // 2)  # type: ignore[union-attr]


def test_separable_layers_and_activations_are_parts_of_their_own() -> None:
    net = from_keras(sequential((8, 8, 3), layer("SeparableConv2D", filters=4, kernel_size=[3, 3], activation="relu")))
    assert isinstance(net, Sequential)
    assert [part.name for part in net] == ["separableconv2d.depthwise", "separableconv2d", "separableconv2d.relu"]


def test_a_softmax_at_the_end() -> None:
    net = from_keras(sequential(
        (6, 5, 3), layer("Conv2D", filters=4, kernel_size=[3, 3], activation="relu"), layer("Flatten"),
        layer("Dense", units=3, activation="softmax"),
    ))  # fmt: skip
    assert isinstance(net, Sequential) and net.given[-1] == Softmax()
    assert [part.name for part in net][-2:] == ["dense", "dense.softmax"]


@pytest.mark.parametrize(("axis", "order", "ours"), [
    (-1, "channels_last", 0), (1, "channels_last", 1), (2, "channels_last", 2), (-1, "channels_first", 2),
    (1, "channels_first", 0), ([-1], "channels_last", 0),
])  # fmt: skip
def test_the_axis_of_softmax(axis: Any, order: str, ours: int) -> None:
    conv = layer("Conv2D", filters=4, kernel_size=[1, 1], data_format=order)
    net = from_keras(sequential((6, 5, 3), conv, layer("Softmax", axis=axis)))
    assert isinstance(net, Sequential) and net.given[-1] == Softmax(ours)
    if axis == -1:
        conv = layer("Conv2D", filters=4, kernel_size=[1, 1], data_format=order, activation="softmax")
        net = from_keras(sequential((6, 5, 3), conv))
        assert isinstance(net, Sequential) and net.given[-1] == Softmax(ours)


def test_softmax_along_several_axes_is_not_read() -> None:
    model = from_keras(sequential((6, 5, 3), layer("Softmax", axis=[1, 2])))
    assert isinstance(model, Model) and "axis=[1, 2]" in model.unread["softmax"]


def test_the_older_format() -> None:
    """Keras 2 names what a layer reads in lists, and the input's shape batch_input_shape."""
    entry = {"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_input_shape": [None, 6, 2]},
             "inbound_nodes": []}  # fmt: skip
    conv = {**layer("Conv1D", filters=2, kernel_size=[3], padding="causal"), "inbound_nodes": [[["i", 0, 0, {}]]]}
    add = {**layer("Add"), "inbound_nodes": [[["i", 0, 0, {}], ["conv1d", 0, 0, {}]]]}
    config = {"layers": [add, conv, entry], "input_layers": [["i", 0, 0]], "output_layers": [["add", 0, 0]]}
    net = from_keras(json.dumps({"class_name": "Functional", "config": config}))
    assert net.output_shape == (2, 6)  # type: ignore[union-attr]


def test_what_is_not_read_is_named() -> None:
    model = from_keras(sequential((8,), layer("Dense", units=3, activation="softmin")))
    assert isinstance(model, Model) and list(model.unread) == ["dense.softmin"]
    assert model.network_to("dense").output_shape == (3,)


def test_sizes_that_are_open() -> None:
    description = sequential((None, None, 3), layer("Conv2D", filters=4, kernel_size=[3, 3]))
    assert str(from_keras(description).output_shape) == "(4, n_1 - 2, n_2 - 2)"  # type: ignore[union-attr]
    assert from_keras(description, (5, 8, 8, 3)).output_shape == (5, 4, 6, 6)  # type: ignore[union-attr]
    with pytest.raises(SymconvError, match="4 dimensions"):
        from_keras(description, (3,))


# -- against Keras -------------------------------------------------------------------------------------


def models(keras: Any) -> dict[str, Any]:
    L = keras.layers

    def chain(shape: tuple[int, ...], *layers: Any) -> Any:
        return keras.Sequential([keras.Input(shape), *layers])

    made: dict[str, Any] = {}
    for padding in ("same", "valid"):
        for stride in (1, 2, 3):
            said = {"strides": stride, "padding": padding}
            made |= {
                f"conv {said}": chain((9, 8, 3), L.Conv2D(4, (2, 3), activation="elu", **said)),
                f"depthwise {said}": chain((9, 8, 3), L.DepthwiseConv2D(3, depth_multiplier=2, **said)),
                f"separable {said}": chain((9, 8, 3), L.SeparableConv2D(5, 3, depth_multiplier=2, **said)),
                f"max {said}": chain((9, 8, 3), L.MaxPooling2D(3, **said)),
            }
            for kernel in (1, 2, 3, 4, 5):
                made[f"transposed {kernel} {said}"] = chain((5, 4, 3), L.Conv2DTranspose(2, kernel, **said))
    made["softmax"] = chain(
        (4, 5, 2),
        L.Conv2D(3, 1, activation="softmax"),
        L.Softmax(axis=1),
        L.Flatten(),
        L.Softmax(),
        L.Dense(4, "softmax"),
    )
    made["average"] = chain((9, 8, 3), L.AveragePooling2D(3, strides=1, padding="same"))
    made["causal"] = chain((9, 2), L.Conv1D(3, 2, padding="causal", dilation_rate=2), L.Flatten(), L.Dense(4))
    made["flat"] = chain((4, 5, 2), L.Flatten(), L.BatchNormalization(), L.ReLU(6), L.Dense(4), L.Dense(3))
    made["image"] = chain((4, 5, 2), L.BatchNormalization(), L.Dense(3), L.LeakyReLU(), L.GlobalMaxPooling2D())
    made["pads"] = chain(
        (4, 5, 2), L.ZeroPadding2D(((1, 0), (0, 2))), L.Cropping2D(((0, 2), (1, 0))), L.UpSampling2D((2, 3))
    )
    made["bilinear"] = chain((4, 5, 2), L.UpSampling2D(2, interpolation="bilinear"))
    made["three axes"] = chain((6, 5, 4, 2), L.Conv3D(3, 2, padding="same", strides=2, activation="hard_swish"))
    entry = keras.Input((8, 8, 3))
    x = L.Conv2D(8, 3, strides=2, padding="same", activation="relu")(entry)
    shared = L.Conv2D(8, 1)
    y = L.Add()([shared(x), shared(L.DepthwiseConv2D(3, padding="same")(x))])
    y = chain((4, 4, 16), L.Conv2D(5, 3, padding="same"), L.ReLU())(L.Concatenate()([y, x]))
    made["decoder"] = chain(
        (5,), L.Dense(24), L.Reshape((3, 4, 2)), L.Conv2DTranspose(3, 2, strides=2), L.Rescaling(-2, 0.5)
    )
    made["rows"] = chain((4, 3, 2), L.Reshape((-1, 2)), L.LayerNormalization(), L.Conv1D(3, 2, activation="mish"))
    made["exchanged"] = chain((4, 3, 2), L.Permute((2, 3, 1)), L.Conv2D(2, 2), L.PReLU(shared_axes=[1, 2]))
    made["normalised"] = chain((4, 3, 4), L.GroupNormalization(2), L.LayerNormalization(center=True), L.Conv2D(2, 2))
    made["vector"] = chain((4,), L.Dense(6), L.LayerNormalization(), L.PReLU(), L.Dense(3, "log_softmax"))
    made["split in rows"] = chain((6, 4), L.Reshape((3, 2, 4)), L.Conv2D(2, 2), L.Reshape((2, 1, 2)))
    left = keras.Input((4, 3))
    made["difference"] = keras.Model(left, L.Subtract()([L.Conv1D(3, 1)(left), L.Average()([left, L.Dense(3)(left)])]))
    made["branches"] = keras.Model(entry, L.Dense(5)(L.Dropout(0.5)(L.GlobalAveragePooling2D()(y))))
    return made


@pytest.fixture
def keras() -> Iterator[Any]:
    """Keras on PyTorch, in double precision."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    require_module("torch")
    found = require_module("keras")
    require_module("h5py")
    before = found.config.floatx()
    found.config.set_floatx("float64")
    yield found
    found.config.set_floatx(before)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Keras itself
def test_outputs_and_all_gradients_are_those_of_keras(keras: Any, tmp_path: Path) -> None:
    torch = require_module("torch")
    random = np.random.default_rng(0)
    for name, model in models(keras).items():
        for weight in model.weights:
            positive = "variance" in weight.path
            weight.assign(random.uniform(0.5, 1.5, weight.shape) if positive else random.normal(size=weight.shape))
        model.save(tmp_path / "model.keras")
        shape = (2, *model.inputs[0].shape[1:])
        x = torch.tensor(random.normal(size=shape), requires_grad=True)
        with keras.device("cpu"):
            y = model(x, training=False)
        upstream = random.normal(size=tuple(y.shape))
        (y * torch.tensor(upstream)).sum().backward()
        net = read_keras(tmp_path / "model.keras", shape).network
        last = net.outputs[0]
        delta = {net.delta(last.number): np.moveaxis(upstream, -1, 1)}
        values = net.evaluate(X=np.moveaxis(x.detach().numpy(), -1, 1), **delta)
        is_single = any(type(layer).__name__ in SINGLE for layer in model.layers)
        assert_close(values[last.after.name], np.moveaxis(y.detach().numpy(), -1, 1), name, is_single)
        assert_close(values["dL_dX"], np.moveaxis(x.grad.numpy(), -1, 1), name, is_single)
        gradients = net.by_model(values)
        assert len(gradients) == len(model.trainable_weights), name
        for weight in model.trainable_weights:
            (own,) = [one for one in gradients if weight.path.endswith(one) or one.endswith(weight.path)]
            assert_close(gradients[own], weight.value.grad.numpy(), f"{name}: {own}", is_single)


SINGLE = ("Dense", "Softmax", "LayerNormalization", "BatchNormalization", "GroupNormalization")
"""Layers that Keras computes in single precision, whatever it is told."""


def assert_close(found: Any, wanted: Any, name: str, is_single: bool) -> None:
    assert found.shape == wanted.shape, name
    least = 5e-6 if is_single else 1e-10
    assert abs(found - wanted).max() <= least * max(abs(wanted).max(), 1e-3), name
