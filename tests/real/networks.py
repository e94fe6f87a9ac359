"""The linear layers of well-known networks at their own sizes, each by a name: what nobody should be refused."""

from __future__ import annotations

from collections.abc import Iterator

from symconv import AvgPool, Conv, ConvTranspose, MaxPool
from symconv.layers import Layer

Named = Iterator[tuple[str, Layer]]


def resnet50(batch_size: int | None = None) -> Named:
    """The 53 convolutions at 224 x 224 (He et al. 2016, table 1; the stride is that of the 3 x 3 convolution)."""

    def conv(size: int, kernel: int, inside: int, out: int, stride: int = 1) -> Conv:
        return Conv(
            (size, size), (kernel, kernel), in_channels=inside, out_channels=out, stride=stride, padding=kernel // 2,
            batch_size=batch_size,
        )  # fmt: skip

    yield "conv1", conv(224, 7, 3, 64, 2)
    channels, size = 64, 56
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 1):
        for block in range(blocks):
            stride = 2 if stage > 1 and block == 0 else 1
            name = f"layer{stage}.{block}"
            yield f"{name}.conv1", conv(size, 1, channels, width)
            yield f"{name}.conv2", conv(size, 3, width, width, stride)
            yield f"{name}.conv3", conv(size // stride, 1, width, 4 * width)
            if block == 0:
                yield f"{name}.downsample", conv(size, 1, channels, 4 * width, stride)
            channels, size = 4 * width, size // stride


def vgg16(batch_size: int | None = None) -> Named:
    """Simonyan and Zisserman 2015, configuration D."""
    channels, size = 3, 224
    for stage, (count, width) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for number in range(1, count + 1):
            yield (
                f"conv{stage}_{number}",
                Conv((size, size), (3, 3), in_channels=channels, out_channels=width, padding=1, batch_size=batch_size),
            )
            channels = width
        yield f"pool{stage}", MaxPool((size, size), (2, 2), channels=width, batch_size=batch_size)
        size //= 2


def mobilenet_v2(batch_size: int | None = None) -> Named:
    """Sandler et al. 2018, table 2: depthwise convolutions between pointwise ones."""
    size, channels = 112, 32
    yield (
        "stem",
        Conv((224, 224), (3, 3), in_channels=3, out_channels=32, stride=2, padding=1, batch_size=batch_size),
    )
    plan = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for stage, (times, out, count, first_stride) in enumerate(plan, 1):
        for block in range(count):
            stride, wide = first_stride if block == 0 else 1, times * channels
            name = f"block{stage}.{block}"
            if times > 1:
                yield (
                    f"{name}.expand",
                    Conv((size, size), (1, 1), in_channels=channels, out_channels=wide, batch_size=batch_size),
                )
            yield (
                f"{name}.depthwise",
                Conv(
                    (size, size), (3, 3), in_channels=wide, out_channels=wide, groups=wide, stride=stride, padding=1,
                    batch_size=batch_size,
                ),
            )  # fmt: skip
            size = -(-size // stride)
            yield (
                f"{name}.project",
                Conv((size, size), (1, 1), in_channels=wide, out_channels=out, batch_size=batch_size),
            )
            channels = out


def unet(batch_size: int | None = None) -> Named:
    """Ronneberger et al. 2015, figure 1: no padding, and up-convolutions."""
    size, channels = 572, 1
    for level in range(5):
        width = 64 * 2**level
        for number in (1, 2):
            yield (
                f"down{level}.{number}",
                Conv((size, size), (3, 3), in_channels=channels, out_channels=width, batch_size=batch_size),
            )
            channels, size = width, size - 2
        if level < 4:
            yield f"pool{level}", MaxPool((size, size), (2, 2), channels=width, batch_size=batch_size)
            size //= 2
    for level in range(3, -1, -1):
        width = 64 * 2**level
        yield (
            f"up{level}",
            ConvTranspose(
                (size, size), (2, 2), in_channels=2 * width, out_channels=width, stride=2, batch_size=batch_size
            ),
        )
        size *= 2
        for number in (1, 2):
            yield (
                f"up{level}.{number}",
                Conv(
                    (size, size), (3, 3), in_channels=2 * width if number == 1 else width, out_channels=width,
                    batch_size=batch_size,
                ),
            )  # fmt: skip
            size -= 2
    yield "last", Conv((size, size), (1, 1), in_channels=64, out_channels=2, batch_size=batch_size)


def wavenet(batch_size: int | None = None) -> Named:
    """Van den Oord et al. 2016: a stack of dilated layers on 16,000 samples, padded on one side."""
    for power in range(10):
        dilation = 2**power
        yield (
            f"dilated{dilation}",
            Conv(
                16_000, 2, in_channels=32, out_channels=64, dilation=dilation, padding=((dilation, 0),),
                batch_size=batch_size,
            ),
        )  # fmt: skip


def c3d(batch_size: int | None = None) -> Named:
    """Tran et al. 2015: kernels of 3 x 3 x 3 on 16 frames of 112 x 112."""
    frames, size, channels = 16, 112, 3
    for number, width in enumerate((64, 128, 256, 256, 512, 512, 512, 512), 1):
        yield (
            f"conv{number}",
            Conv(
                (frames, size, size), (3, 3, 3), in_channels=channels, out_channels=width, padding=1,
                batch_size=batch_size,
            ),
        )  # fmt: skip
        channels = width
        if number in (1, 2, 4, 6):
            time = 1 if number == 1 else 2
            yield (
                f"pool{number}",
                AvgPool((frames, size, size), (time, 2, 2), channels=width, batch_size=batch_size),
            )
            frames, size = frames // time, size // 2


NETWORKS = {
    "ResNet-50": resnet50, "VGG-16": vgg16, "MobileNetV2": mobilenet_v2, "U-Net": unet, "WaveNet": wavenet, "C3D": c3d,
}  # fmt: skip
"""By name, what gives the layers; each takes a batch size."""
