"""Models of PyTorch with the topologies of well known networks, at any width, made by hand."""

from __future__ import annotations

from typing import Any

from tests.tools import require_module

torch = require_module("torch")
nn, F, Tensor = torch.nn, torch.nn.functional, torch.Tensor
Module: Any = nn.Module


def lenet(classes: int = 10) -> Any:
    """LeCun and others 1998, as one meets it today."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(16 * 5 * 5, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes),
    )  # fmt: skip


class VGG16(Module):
    """Simonyan and Zisserman 2015, configuration D."""

    PLAN = (1, 1, "M", 2, 2, "M", 4, 4, 4, "M", 8, 8, 8, "M", 8, 8, 8, "M")

    def __init__(self, width: int = 64, hidden: int = 4096, classes: int = 1000, size: int = 7) -> None:
        super().__init__()
        layers: list[Any] = []
        channels = 3
        for step in self.PLAN:
            if step == "M":
                layers.append(nn.MaxPool2d(2, 2))
            else:
                layers += [nn.Conv2d(channels, int(step) * width, 3, padding=1), nn.ReLU(inplace=True)]
                channels = int(step) * width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((size, size))
        self.classifier = nn.Sequential(
            nn.Linear(channels * size * size, hidden), nn.ReLU(True), nn.Dropout(), nn.Linear(hidden, hidden),
            nn.ReLU(True), nn.Dropout(), nn.Linear(hidden, classes),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


class Basic(Module):
    """Two 3x3 convolutions and a shortcut (He and others 2016)."""

    expansion = 1

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            shortcut = self.downsample(x)
        out += shortcut
        return self.relu(out)


class Bottleneck(Module):
    """1x1, 3x3 and 1x1 with four times the channels."""

    expansion = 4

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, after, 1, bias=False), nn.BatchNorm2d(after)
        self.relu = nn.ReLU()
        self.downsample: Any = nn.Identity()
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        return self.relu(self.bn3(self.conv3(out)) + self.downsample(x))


class ResNet(Module):
    """He and others 2016."""

    def __init__(self, block: Any, blocks: tuple[int, ...], width: int = 64, classes: int = 1000) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        self.relu, self.maxpool = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        layers, before = [], width
        for number, count in enumerate(blocks):
            made = []
            for at in range(count):
                made.append(block(before, width * 2**number, 2 if number and not at else 1))
                before = width * 2**number * block.expansion
            layers.append(nn.Sequential(*made))
        self.layer1, self.layer2, self.layer3, self.layer4 = layers
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(before, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).view(x.size(0), -1))


def resnet18(**options: Any) -> Any:
    return ResNet(Basic, (2, 2, 2, 2), **options)


def resnet50(**options: Any) -> Any:
    return ResNet(Bottleneck, (3, 4, 6, 3), **options)


class InvertedResidual(Module):
    """Widen, a depthwise convolution, narrow (Sandler and others 2018)."""

    def __init__(self, before: int, after: int, stride: int, expand: int) -> None:
        super().__init__()
        hidden = before * expand
        self.adds = stride == 1 and before == after
        layers: list[Any] = []
        if expand != 1:
            layers += [nn.Conv2d(before, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True)]
        layers += [nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden)]
        layers += [nn.ReLU6(inplace=True), nn.Conv2d(hidden, after, 1, bias=False), nn.BatchNorm2d(after)]
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(Module):
    """Sandler and others 2018; every number of channels is divided by ``narrow``."""

    PLAN = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

    def __init__(self, narrow: int = 1, classes: int = 1000) -> None:
        super().__init__()
        before = 32 // narrow
        features: list[Any] = [nn.Conv2d(3, before, 3, 2, 1, bias=False), nn.BatchNorm2d(before), nn.ReLU6()]
        for expand, channels, count, stride in self.PLAN:
            for at in range(count):
                features.append(InvertedResidual(before, channels // narrow, 1 if at else stride, expand))
                before = channels // narrow
        last = 1280 // narrow
        features += [nn.Conv2d(before, last, 1, bias=False), nn.BatchNorm2d(last), nn.ReLU6()]
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean([2, 3]))


class UNet(Module):
    """Ronneberger and others 2015, padded so that the output is as large as the input."""

    def __init__(self, width: int = 64, depth: int = 4, classes: int = 2) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(self.double(before, after) for before, after in zip([1, *widths], widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in reversed(widths[:-1]))
        self.join = nn.ModuleList(self.double(2 * w, w) for w in reversed(widths[:-1]))
        self.out = nn.Conv2d(width, classes, 1)

    @staticmethod
    def double(before: int, after: int) -> Any:
        return nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.Conv2d(after, after, 3, padding=1), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for level in self.down:
            x = level(F.max_pool2d(x, 2) if kept else x)
            kept.append(x)
        kept.pop()
        for up, join in zip(self.up, self.join):
            x = join(torch.cat([kept.pop(), up(x)], dim=1))
        return self.out(x)


class WaveNet(Module):
    """van den Oord and others 2016: causal dilated convolutions, gates, residual and skip connections."""

    def __init__(self, channels: int = 16, layers: int = 8, classes: int = 8) -> None:
        super().__init__()
        self.start = nn.Conv1d(1, channels, 1)
        dilations = [2**at for at in range(layers)]
        self.pads = nn.ModuleList(nn.ConstantPad1d((d, 0), 0.0) for d in dilations)
        self.filters = nn.ModuleList(nn.Conv1d(channels, channels, 2, dilation=d) for d in dilations)
        self.gates = nn.ModuleList(nn.Conv1d(channels, channels, 2, dilation=d) for d in dilations)
        self.residuals = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in dilations)
        self.skips = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in dilations)
        self.end1, self.end2 = nn.Conv1d(channels, channels, 1), nn.Conv1d(channels, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        x, total = self.start(x), None
        for pad, filter_, gate, residual, skip in zip(
            self.pads, self.filters, self.gates, self.residuals, self.skips
        ):  # fmt: skip
            padded = pad(x)
            z = torch.tanh(filter_(padded)) * torch.sigmoid(gate(padded))
            total = skip(z) if total is None else total + skip(z)
            x = residual(z) + x
        return self.end2(F.relu(self.end1(F.relu(total))))


class DenseLayer(Module):
    """Huang and others 2017: what is new is put behind all that was there."""

    def __init__(self, before: int, growth: int, bottleneck: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(before), nn.Conv2d(before, bottleneck * growth, 1, bias=False)
        middle = bottleneck * growth
        self.norm2, self.conv2 = nn.BatchNorm2d(middle), nn.Conv2d(middle, growth, 3, padding=1, bias=False)

    def forward(self, *features: Tensor) -> Tensor:
        x = torch.cat(features, 1)
        return self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class DenseNet(Module):
    """Huang and others 2017."""

    def __init__(
        self, growth: int = 32, blocks: tuple[int, ...] = (6, 12, 24, 16), start: int = 64, classes: int = 1000
    ) -> None:
        super().__init__()
        self.conv0, self.norm0 = nn.Conv2d(3, start, 7, 2, 3, bias=False), nn.BatchNorm2d(start)
        channels, made, transitions = start, [], []
        for number, count in enumerate(blocks):
            made.append(nn.ModuleList(DenseLayer(channels + at * growth, growth, 4) for at in range(count)))
            channels += count * growth
            if number < len(blocks) - 1:
                transitions.append(nn.Sequential(
                    nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False),
                    nn.AvgPool2d(2, 2),
                ))  # fmt: skip
                channels //= 2
        self.blocks, self.transitions = nn.ModuleList(made), nn.ModuleList(transitions)
        self.norm5, self.classifier = nn.BatchNorm2d(channels), nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.norm0(self.conv0(x))), 3, stride=2, padding=1)
        for at, block in enumerate(self.blocks):
            features = [x]
            for layer in block:
                features.append(layer(*features))
            x = torch.cat(features, 1)
            x = self.transitions[at](x) if at < len(self.transitions) else x
        x = F.adaptive_avg_pool2d(F.relu(self.norm5(x)), (1, 1))
        return self.classifier(torch.flatten(x, 1))


SMALL: dict[str, tuple[Any, tuple[int, ...]]] = {
    "LeNet": (lambda: lenet(4), (2, 1, 28, 28)),
    "VGG-16": (lambda: VGG16(width=1, hidden=5, classes=3, size=1), (2, 3, 32, 32)),
    "ResNet-18": (lambda: resnet18(width=2, classes=3), (2, 3, 32, 32)),
    "ResNet-50": (lambda: resnet50(width=1, classes=3), (2, 3, 32, 32)),
    "MobileNetV2": (lambda: MobileNetV2(narrow=8, classes=3), (1, 3, 32, 32)),
    "U-Net": (lambda: UNet(width=2, depth=2), (1, 1, 8, 12)),
    "WaveNet": (lambda: WaveNet(channels=2, layers=4, classes=3), (2, 1, 20)),
    "DenseNet": (lambda: DenseNet(growth=2, blocks=(2, 3), start=4, classes=3), (1, 3, 32, 32)),
}
"""Narrow, and with a small input, so that every number can be compared."""

REAL: dict[str, tuple[Any, tuple[int, ...]]] = {
    "LeNet": (lenet, (1, 28, 28)),
    "VGG-16": (VGG16, (3, 224, 224)),
    "ResNet-18": (resnet18, (3, 224, 224)),
    "ResNet-50": (resnet50, (3, 224, 224)),
    "MobileNetV2": (MobileNetV2, (3, 224, 224)),
    "U-Net": (UNet, (1, 512, 512)),
    "WaveNet": (lambda: WaveNet(channels=64, layers=10, classes=256), (1, 16000)),
    "DenseNet": (DenseNet, (3, 224, 224)),
}
"""As published."""
