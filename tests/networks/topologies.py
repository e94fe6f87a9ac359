"""Networks with branches, each of symconv and as PyTorch runs it: a residual block, a dense block, a small U-Net."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symconv import Activation, Add, BatchNorm, Concat, Conv, ConvTranspose, Graph, MaxPool

Torch = Callable[[Any, Any, Mapping[str, Any]], Any]
"""Of torch, the input, and tensors by the names of PyTorch: the output."""


def convolution(out_channels: Any, size: int = 3, **options: Any) -> Any:
    return Conv.lazy(kernel_size=(size, size), out_channels=out_channels, padding=size // 2, **options)


def residual_block(channels: Any, out_channels: Any, shape: tuple[Any, ...], batch: Any, stride: int = 1) -> Graph:
    """The basic block of ResNet (He et al. 2016), with a projection."""
    return Graph(
        {
            "conv1": convolution(out_channels, stride=stride),
            "bn1": BatchNorm(training=True),
            "relu1": Activation("relu"),
            "conv2": convolution(out_channels),
            "bn2": BatchNorm(training=True),
            "downsample.0": (Conv.lazy(kernel_size=(1, 1), out_channels=out_channels, stride=stride), "input"),
            "downsample.1": BatchNorm(training=True),
            "add": (Add(), "bn2", "downsample.1"),
            "relu2": Activation("relu"),
        },
        input_shape=(channels, *shape), batch_size=batch,
    )  # fmt: skip


def residual_block_in_torch(stride: int = 1) -> Torch:
    def run(torch: Any, x: Any, own: Mapping[str, Any]) -> Any:
        functional = torch.nn.functional

        def norm(x: Any, name: str) -> Any:
            return functional.batch_norm(x, None, None, own[f"{name}.weight"], own[f"{name}.bias"], training=True)

        main = functional.relu(norm(functional.conv2d(x, own["conv1.weight"], stride=stride, padding=1), "bn1"))
        main = norm(functional.conv2d(main, own["conv2.weight"], padding=1), "bn2")
        side = norm(functional.conv2d(x, own["downsample.0.weight"], stride=stride), "downsample.1")
        return functional.relu(main + side)

    return run


def identity_block(channels: Any, shape: tuple[Any, ...], batch: Any) -> Graph:
    """The basic block whose input is added as it is."""
    return Graph(
        {
            "conv1": convolution(channels),
            "bn1": BatchNorm(training=True),
            "relu1": Activation("relu"),
            "conv2": convolution(channels),
            "bn2": BatchNorm(training=True),
            "add": (Add(), "bn2", "input"),
            "relu2": Activation("relu"),
        },
        input_shape=(channels, *shape), batch_size=batch,
    )  # fmt: skip


def identity_block_in_torch(torch: Any, x: Any, own: Mapping[str, Any]) -> Any:
    functional = torch.nn.functional

    def norm(x: Any, name: str) -> Any:
        return functional.batch_norm(x, None, None, own[f"{name}.weight"], own[f"{name}.bias"], training=True)

    main = functional.relu(norm(functional.conv2d(x, own["conv1.weight"], padding=1), "bn1"))
    return functional.relu(norm(functional.conv2d(main, own["conv2.weight"], padding=1), "bn2") + x)


def dense_block(channels: Any, growth: Any, shape: tuple[Any, ...], batch: Any, layers: int = 3) -> Graph:
    """A block of DenseNet (Huang et al. 2017): every layer reads the outputs of all layers before it."""
    nodes: dict[str, Any] = {}
    read = ["input"]
    for number in range(1, layers + 1):
        if number > 1:
            nodes[f"concat{number}"] = (Concat(), *read)
        nodes[f"norm{number}"] = (BatchNorm(training=True), f"concat{number}" if number > 1 else "input")
        nodes[f"relu{number}"] = Activation("relu")
        nodes[f"conv{number}"] = convolution(growth)
        read.append(f"conv{number}")
    nodes["out"] = (Concat(), *read)
    return Graph(nodes, input_shape=(channels, *shape), batch_size=batch)


def dense_block_in_torch(layers: int = 3) -> Torch:
    def run(torch: Any, x: Any, own: Mapping[str, Any]) -> Any:
        functional = torch.nn.functional
        found = [x]
        for number in range(1, layers + 1):
            weight, bias = own[f"norm{number}.weight"], own[f"norm{number}.bias"]
            both = functional.batch_norm(torch.cat(found, dim=1), None, None, weight, bias, training=True)
            found.append(functional.conv2d(functional.relu(both), own[f"conv{number}.weight"], padding=1))
        return torch.cat(found, dim=1)

    return run


def unet(channels: Any, width: Any, classes: Any, shape: tuple[Any, ...], batch: Any) -> Graph:
    """A U-Net (Ronneberger et al. 2015) with two levels."""
    return Graph(
        {
            "down1": convolution(width, bias=True),
            "relu1": Activation("relu"),
            "pool1": MaxPool.lazy(kernel_size=2),
            "down2": convolution(2 * width, bias=True),
            "relu2": Activation("relu"),
            "pool2": MaxPool.lazy(kernel_size=2),
            "bottom": convolution(4 * width, bias=True),
            "relu3": Activation("relu"),
            "up2": ConvTranspose.lazy(kernel_size=(2, 2), out_channels=2 * width, stride=2, bias=True),
            "join2": (Concat(), "relu2", "up2"),
            "conv2": convolution(2 * width, bias=True),
            "relu4": Activation("relu"),
            "up1": ConvTranspose.lazy(kernel_size=(2, 2), out_channels=width, stride=2, bias=True),
            "join1": (Concat(), "relu1", "up1"),
            "conv1": convolution(width, bias=True),
            "relu5": Activation("relu"),
            "head": convolution(classes, 1, bias=True),
        },
        input_shape=(channels, *shape), batch_size=batch,
    )  # fmt: skip


def unet_in_torch(torch: Any, x: Any, own: Mapping[str, Any]) -> Any:
    functional = torch.nn.functional

    def conv(x: Any, name: str, padding: int = 1) -> Any:
        return functional.conv2d(x, own[f"{name}.weight"], own[f"{name}.bias"], padding=padding)

    def up(x: Any, name: str) -> Any:
        return functional.conv_transpose2d(x, own[f"{name}.weight"], own[f"{name}.bias"], stride=2)

    first = functional.relu(conv(x, "down1"))
    second = functional.relu(conv(functional.max_pool2d(first, 2), "down2"))
    bottom = functional.relu(conv(functional.max_pool2d(second, 2), "bottom"))
    second = functional.relu(conv(torch.cat([second, up(bottom, "up2")], dim=1), "conv2"))
    first = functional.relu(conv(torch.cat([first, up(second, "up1")], dim=1), "conv1"))
    return conv(first, "head", 0)
