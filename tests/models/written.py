"""Models of PyTorch as people write them: blocks of well-known papers, small, with the habits of their code."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.tools import require_module

torch = require_module("torch")
nn, functional = torch.nn, torch.nn.functional


class WithForward(nn.Module):  # type: ignore[misc, name-defined]
    """Modules by name, and a function of them and the input."""

    def __init__(self, forward: Callable[[Any, Any], Any], **parts: Any) -> None:
        super().__init__()
        self.run = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: Any) -> Any:
        return self.run(self, x)


def conv_bn(inside: int, out: int, kernel: int = 3, **more: Any) -> Any:
    conv = nn.Conv2d(inside, out, kernel, padding=kernel // 2, bias=False, **more)
    return nn.Sequential(OrderedDict(conv=conv, bn=nn.BatchNorm2d(out), act=nn.ReLU(inplace=True)))


class SqueezeExcite(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, channels: int, reduction: int = 2) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction, bias=False), nn.ReLU(inplace=True),
            nn.Linear(channels // reduction, channels, bias=False), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


class ConvNeXtBlock(nn.Module):  # type: ignore[misc, name-defined]
    """Liu et al. 2022, as in their repository."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(torch.randn(dim))

    def forward(self, x: Any) -> Any:
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = self.act(x)
        x = self.pwconv2(x)
        if self.gamma is not None:
            x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return shortcut + x


class LayerNormFirst(nn.Module):  # type: ignore[misc, name-defined]
    """A normalisation over channels that come first, by moving them to the end and back."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Any) -> Any:
        return self.norm(x.transpose(1, -1)).transpose(1, -1)


class InvertedResidual(nn.Module):  # type: ignore[misc, name-defined]
    """MobileNetV2, as in torchvision."""

    def __init__(self, inside: int, out: int, stride: int, expand: int) -> None:
        super().__init__()
        hidden = round(inside * expand)
        self.use_res_connect = stride == 1 and inside == out
        layers: list[Any] = []
        if expand != 1:
            layers += [nn.Conv2d(inside, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True)]
        layers += [
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True), nn.Conv2d(hidden, out, 1, bias=False), nn.BatchNorm2d(out),
        ]  # fmt: skip
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Any) -> Any:
        if self.use_res_connect:
            return x + self.conv(x)
        return self.conv(x)


class TemporalBlock(nn.Module):  # type: ignore[misc, name-defined]
    """Bai, Kolter and Koltun 2018: causal convolutions whose end is chomped off."""

    def __init__(self, inside: int, out: int, dilation: int) -> None:
        super().__init__()
        self.padding = dilation
        self.conv1 = nn.Conv1d(inside, out, 2, padding=dilation, dilation=dilation)
        self.conv2 = nn.Conv1d(out, out, 2, padding=dilation, dilation=dilation)
        self.downsample = nn.Conv1d(inside, out, 1) if inside != out else None
        self.dropout = nn.Dropout(0.2)

    def forward(self, x: Any) -> Any:
        out = self.dropout(functional.relu(self.conv1(x)[:, :, : -self.padding].contiguous()))
        out = self.dropout(functional.relu(self.conv2(out)[:, :, : -self.padding].contiguous()))
        res = x if self.downsample is None else self.downsample(x)
        return functional.relu(out + res)


class Fire(nn.Module):  # type: ignore[misc, name-defined]
    """SqueezeNet, as in torchvision."""

    def __init__(self, inside: int, squeeze: int, out: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inside, squeeze, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze, out, 1)
        self.expand3x3 = nn.Conv2d(squeeze, out, 3, padding=1)

    def forward(self, x: Any) -> Any:
        x = self.squeeze_activation(self.squeeze(x))
        return torch.cat([functional.relu(self.expand1x1(x)), functional.relu(self.expand3x3(x))], 1)


def shuffle_unit(self: Any, x: Any) -> Any:
    """ShuffleNetV2, as in torchvision."""
    x1, x2 = x.chunk(2, dim=1)
    out = torch.cat((x1, self.branch2(x2)), dim=1)
    batch_size, num_channels, height, width = out.size()
    out = out.view(batch_size, 2, num_channels // 2, height, width)
    out = torch.transpose(out, 1, 2).contiguous()
    return out.view(batch_size, num_channels, height, width)


def unet(self: Any, x: Any) -> Any:
    """With interpolation to the size of the skip connection."""
    skips = []
    for down in self.downs:
        x = down(x)
        skips.append(x)
        x = functional.max_pool2d(x, 2)
    x = self.bottom(x)
    for up, skip in zip(self.ups, reversed(skips)):
        x = functional.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=True)
        x = up(torch.cat([skip, x], dim=1))
    return self.head(x)


def dense(self: Any, x: Any) -> Any:
    features = [x]
    for layer in self.layers:
        features.append(layer(torch.cat(features, 1)))
    return torch.cat(features, 1)


def inception(self: Any, x: Any) -> Any:
    branch_pool = self.branch_pool(functional.avg_pool2d(x, kernel_size=3, stride=1, padding=1))
    return torch.cat([self.branch1(x), self.branch5(x), self.branch3(x), branch_pool], 1)


def wavenet(self: Any, x: Any) -> Any:
    x, total = self.start(x), 0
    for dilation, (filters, gates, skips, residuals) in enumerate(zip(self.f, self.g, self.s, self.r)):
        padded = functional.pad(x, (2**dilation, 0))
        z = torch.tanh(filters(padded)) * torch.sigmoid(gates(padded))
        total = total + skips(z)
        x = residuals(z) + x
    return self.end(functional.relu(total))


def variational(self: Any, x: Any) -> Any:
    """The mean and the logarithm of the variance from one layer, by chunk; the mean is decoded."""
    mu, logvar = self.encoder(x.flatten(1)).chunk(2, dim=-1)
    return self.decoder(mu) + 0.5 * self.other(logvar)


def patches(self: Any, x: Any) -> Any:
    """The embedding of a vision transformer: patches as a row of vectors, with positions, and their mean."""
    x = self.proj(x).flatten(2).transpose(1, 2)
    x = self.norm(x + self.pos_embed)
    return self.head(x.transpose(1, 2).mean(-1, keepdim=True).squeeze(-1))


def mixer(self: Any, x: Any) -> Any:
    x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
    return x + self.channels(self.norm2(x))


def residual_scale(self: Any, x: Any) -> Any:
    out = self.conv2(functional.leaky_relu(self.conv1(x), 0.2, inplace=True))
    return out.mul(0.2) + x


def constants(self: Any, x: Any) -> Any:
    if self.depth > 1:
        for layer in self.layers[: self.depth]:
            x = layer(x)
            x += 1
    return (x - 0.5) / math.sqrt(2) if self.scale else x


def efficient(self: Any, x: Any) -> Any:
    inside = self.expand(x)
    scale = inside.mean([2, 3], keepdim=True)
    scale = self.e(functional.silu(self.r(scale)))
    return x + self.project(torch.sigmoid(scale) * inside)


def classifier(self: Any, x: Any) -> Any:
    x = functional.max_pool2d(functional.relu(self.conv(x)), 2)
    x = torch.flatten(x, 1)
    x = self.fc2(functional.relu(self.fc1(x)))
    return functional.log_softmax(x, dim=1)


def pyramid(self: Any, x: Any) -> Any:
    c1 = self.stem(x)
    c2 = self.down(c1)
    above = functional.interpolate(self.top(c2), scale_factor=2, mode="nearest")
    return self.smooth(self.lateral(c1) + above)


class MaskedConv(nn.Conv2d):  # type: ignore[misc, name-defined]
    """PixelCNN's: what comes later in the image is not read."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        mask = torch.ones_like(self.weight)
        mask[:, :, 1, 1:], mask[:, :, 2:] = 0, 0
        self.register_buffer("mask", mask)

    def forward(self, x: Any) -> Any:
        return functional.conv2d(x, self.weight * self.mask, self.bias, self.stride, self.padding)


class SamePadConv(nn.Conv2d):  # type: ignore[misc, name-defined]
    """TensorFlow's padding, which a forward pass works out from the size of its input."""

    def forward(self, x: Any) -> Any:
        needed = []
        for n, k, s, d in zip(x.size()[-2:], self.weight.shape[-2:], self.stride, self.dilation):
            needed.append(max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0))
        if needed[0] > 0 or needed[1] > 0:
            x = functional.pad(x, [p for n in reversed(needed) for p in (n // 2, n - n // 2)])
        return functional.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def convolutional_attention(self: Any, x: Any) -> Any:
    """CBAM: channels by their averages and maxima over space, space by those over channels."""
    pooled = self.mlp(x.mean((2, 3))) + self.mlp(x.amax(dim=(2, 3)))
    x = x * torch.sigmoid(pooled)[:, :, None, None]
    both = torch.cat([torch.mean(x, dim=1, keepdim=True), torch.max(x, dim=1, keepdim=True)[0]], dim=1)
    return x * torch.sigmoid(self.conv(both))


def selective_kernel(self: Any, x: Any) -> Any:
    """SKNet: branches weighted by a softmax of what they see together."""
    first, second = self.first(x), self.second(x)
    seen = functional.relu(self.squeeze((first + second).mean(-1).mean(-1)))
    weights = torch.softmax(torch.stack([self.a(seen), self.b(seen)], dim=1), dim=1)
    return weights[:, 0, :, None, None] * first + weights[:, 1, :, None, None] * second


def fitted(self: Any, x: Any) -> Any:
    """U-Net's way up, padded to the size of what it joins."""
    up = self.up(functional.avg_pool2d(x, 2))
    dy, dx = x.size()[2] - up.size()[2], x.size()[3] - up.size()[3]
    if dy or dx:
        up = functional.pad(up, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
    return self.conv(torch.cat([x, up], dim=1))


def linears(*sizes: int) -> Any:
    layers: list[Any] = []
    for inside, out in pairwise(sizes):
        layers += [nn.Linear(inside, out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convs(count: int, inside: int, out: int, kernel: int, **more: Any) -> Any:
    return nn.ModuleList(
        nn.Conv1d(inside, out, kernel, dilation=2**at if kernel > 1 else 1, **more) for at in range(count)
    )


WRITTEN: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "ResNet block with squeeze and excitation": (
        lambda: WithForward(
            lambda s, x: functional.relu(s.se(s.bn2(s.conv2(s.block(x)))) + s.down(x)),
            block=conv_bn(2, 4, stride=2), conv2=nn.Conv2d(4, 4, 3, padding=1), bn2=nn.BatchNorm2d(4),
            se=SqueezeExcite(4), down=nn.Conv2d(2, 4, 1, stride=2),
        ), (2, 2, 6, 6)),
    "VGG with adaptive pooling": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2), nn.Conv2d(2, 4, 3, padding=1),
            nn.ReLU(True), nn.MaxPool2d(2, 2), nn.AdaptiveAvgPool2d((3, 3)), nn.Flatten(), nn.Linear(36, 5),
            nn.ReLU(True), nn.Dropout(), nn.Linear(5, 3),
        ), (2, 1, 16, 20)),
    "MobileNetV2 blocks": (
        lambda: nn.Sequential(conv_bn(1, 2, stride=2), InvertedResidual(2, 2, 1, 2), InvertedResidual(2, 3, 2, 2)),
        (2, 1, 8, 8)),
    "U-Net by interpolation": (
        lambda: WithForward(
            unet, downs=nn.ModuleList([conv_bn(1, 2), conv_bn(2, 3)]), bottom=conv_bn(3, 4),
            ups=nn.ModuleList([conv_bn(7, 3), conv_bn(5, 2)]), head=nn.Conv2d(2, 1, 1),
        ), (1, 1, 7, 6)),
    "WaveNet": (
        lambda: WithForward(
            wavenet, start=nn.Conv1d(1, 2, 1), f=convs(2, 2, 2, 2), g=convs(2, 2, 2, 2), s=convs(2, 2, 3, 1),
            r=convs(2, 2, 2, 1), end=nn.Conv1d(3, 2, 1),
        ), (2, 1, 7)),
    "DenseNet block": (
        lambda: WithForward(dense, layers=nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(2 + 2 * at), nn.ReLU(), nn.Conv2d(2 + 2 * at, 2, 3, padding=1, bias=False))
            for at in range(3)
        )), (1, 2, 4, 4)),
    "EfficientNet block": (
        lambda: WithForward(
            efficient,
            expand=nn.Sequential(nn.Conv2d(2, 4, 1), nn.SiLU()), r=nn.Conv2d(4, 1, 1), e=nn.Conv2d(1, 4, 1),
            project=nn.Conv2d(4, 2, 1),
        ), (2, 2, 4, 4)),
    "Inception": (
        lambda: WithForward(
            inception, branch1=conv_bn(2, 1, 1), branch5=nn.Sequential(conv_bn(2, 1, 1), conv_bn(1, 2, 5)),
            branch3=nn.Sequential(conv_bn(2, 1, 1), conv_bn(1, 2)), branch_pool=conv_bn(2, 1, 1),
        ), (1, 2, 5, 5)),
    "ConvNeXt block": (lambda: ConvNeXtBlock(3), (2, 3, 5, 4)),
    "normalised channels first": (lambda: nn.Sequential(nn.Conv2d(1, 3, 2), LayerNormFirst(3)), (2, 1, 4, 5)),
    "TCN": (
        lambda: WithForward(
            lambda s, x: s.linear(s.tcn(x)[:, :, -1]),
            tcn=nn.Sequential(TemporalBlock(1, 2, 1), TemporalBlock(2, 2, 2)), linear=nn.Linear(2, 3),
        ), (2, 1, 8)),
    "autoencoder": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
            nn.ConvTranspose2d(2, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
        ), (1, 1, 8, 8)),
    "variational encoder": (
        lambda: WithForward(variational, encoder=linears(12, 6, 4), decoder=linears(2, 5, 12), other=nn.Linear(2, 12)),
        (2, 1, 3, 4)),
    "DCGAN discriminator": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(2, 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(4), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(4, 1, 2, 1, 0, bias=False), nn.Sigmoid(),
            nn.Flatten(),
        ), (2, 1, 8, 8)),
    "DCGAN generator": (
        lambda: WithForward(
            lambda s, x: s.main(x.view(x.size(0), -1, 1, 1)),
            main=nn.Sequential(nn.ConvTranspose2d(3, 4, 2, 1, 0, bias=False), nn.BatchNorm2d(4), nn.ReLU(True),
                               nn.ConvTranspose2d(4, 1, 4, 2, 1, bias=False), nn.Tanh()),
        ), (2, 3)),
    "shared weights, compared": (
        lambda: WithForward(
            lambda s, x: s.head(torch.abs(s.tower(x[:, :1]) - s.tower(x[:, 1:]))) if s.absolute
            else s.head((s.tower(x[:, :1]) - s.tower(x[:, 1:])) ** 2),
            tower=nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3)), head=nn.Linear(3, 1),
            absolute=False,
        ), (2, 2, 6)),
    "ShuffleNetV2 unit": (lambda: WithForward(shuffle_unit, branch2=conv_bn(2, 2, 1)), (2, 4, 3, 4)),
    "SqueezeNet": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.ReLU(True), nn.MaxPool2d(3, 2, ceil_mode=True),
                              Fire(2, 1, 2), nn.Conv2d(4, 3, 1), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(1)),
        (2, 1, 11, 12)),
    "patches with positions": (
        lambda: WithForward(patches, proj=nn.Conv2d(1, 4, 2, stride=2), norm=nn.LayerNorm(4), head=nn.Linear(4, 2),
                            pos_embed=nn.Parameter(torch.randn(1, 6, 4))), (2, 1, 4, 6)),
    "MLP-Mixer": (
        lambda: WithForward(mixer, norm1=nn.LayerNorm(3), norm2=nn.LayerNorm(3),
                            tokens=nn.Sequential(nn.Linear(4, 5), nn.GELU(), nn.Linear(5, 4)),
                            channels=nn.Sequential(nn.Linear(3, 5), nn.GELU(), nn.Linear(5, 3))), (2, 4, 3)),
    "residual scale": (
        lambda: WithForward(residual_scale, conv1=nn.Conv2d(2, 3, 3, padding=1), conv2=nn.Conv2d(3, 2, 3, padding=1)),
        (1, 2, 4, 4)),
    "super-resolution": (
        lambda: nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.PReLU(), nn.Conv2d(4, 8, 3, padding=1),
                              nn.PixelShuffle(2), nn.PReLU(2), nn.Conv2d(2, 1, 1)), (1, 1, 3, 4)),
    "control flow on constants": (
        lambda: WithForward(constants, layers=nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)]),
                            depth=2, scale=True), (2, 3)),
    "tied autoencoder": (
        lambda: WithForward(
            lambda s, x: functional.linear(functional.relu(s.encoder(x)), s.encoder.weight.t(), s.bias),
            encoder=nn.Linear(5, 3), bias=nn.Parameter(torch.randn(5)),
        ), (2, 5)),
    "classifier with log_softmax": (
        lambda: WithForward(
            classifier,
            conv=nn.Conv2d(1, 2, 3, 1), fc1=nn.Linear(8, 5), fc2=nn.Linear(5, 4),
        ), (2, 1, 6, 6)),
    "gated convolution": (
        lambda: nn.Sequential(nn.Conv1d(2, 6, 3, padding=1), nn.GLU(dim=1), nn.Conv1d(3, 2, 1), nn.Mish()), (2, 2, 6)),
    "grouped with channel shuffle": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 1, groups=2), nn.ChannelShuffle(2), nn.Conv2d(4, 2, 3, groups=2)),
        (1, 2, 4, 4)),
    "3-D with group norm": (
        lambda: nn.Sequential(nn.Conv3d(1, 4, 2), nn.GroupNorm(2, 4), nn.ELU(), nn.MaxPool3d(2), nn.Flatten(),
                              nn.Linear(4, 2)), (2, 1, 3, 3, 3)),
    "spatial attention": (
        lambda: WithForward(
            lambda s, x: x * torch.sigmoid(s.conv(s.squeeze(x))), squeeze=nn.Conv2d(3, 2, 1),
            conv=nn.Conv2d(2, 1, 3, padding=1),
        ), (2, 3, 4, 4)),
    "feature pyramid": (
        lambda: WithForward(
            pyramid,
            stem=conv_bn(1, 2), down=conv_bn(2, 3, stride=2), lateral=nn.Conv2d(2, 2, 1), top=nn.Conv2d(3, 2, 1),
            smooth=nn.Conv2d(2, 1, 3, padding=1),
        ), (1, 1, 4, 6)),
    "focus and global max": (
        lambda: WithForward(
            lambda s, x: s.head(functional.adaptive_max_pool2d(functional.hardswish(s.conv(torch.cat(
                [x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1))), 1).flatten(1)),
            conv=nn.Conv2d(4, 3, 1), head=nn.Linear(3, 2),
        ), (2, 1, 4, 6)),
    "PixelCNN": (
        lambda: nn.Sequential(MaskedConv(1, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 1)), (2, 1, 4, 5)),
    "padding by the input's size": (
        lambda: nn.Sequential(SamePadConv(2, 3, 3, stride=2), nn.ReLU(), SamePadConv(3, 2, (2, 3), dilation=2)),
        (2, 2, 6, 5)),
    "attention to channels and space": (
        lambda: WithForward(convolutional_attention, mlp=linears(3, 2, 3), conv=nn.Conv2d(2, 1, 3, padding=1)),
        (2, 3, 4, 5)),
    "selective kernels": (
        lambda: WithForward(
            selective_kernel, first=nn.Conv2d(2, 4, 3, padding=1), second=nn.Conv2d(2, 4, 3, padding=2, dilation=2),
            squeeze=nn.Linear(4, 3), a=nn.Linear(3, 4), b=nn.Linear(3, 4),
        ), (2, 2, 4, 5)),
    "U-Net with a size that is fitted": (
        lambda: WithForward(fitted, up=nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
                            conv=nn.Conv2d(4, 1, 3, padding=1)), (1, 2, 5, 7)),
    "maxout": (
        lambda: WithForward(
            lambda s, x: torch.minimum(torch.max(*torch.chunk(s.conv(x), 2, 1)), s.other(x)).sum(dim=(2, 3)),
            conv=nn.Conv2d(1, 4, 3), other=nn.Conv2d(1, 2, 3),
        ), (2, 1, 4, 5)),
    "distances of two parts": (
        lambda: WithForward(
            lambda s, x: s.head(torch.abs(s.conv(x[:, :1]) - s.conv(x[:, 1:])).amin(dim=1)),
            conv=nn.Conv1d(1, 3, 3), head=nn.Linear(4, 1),
        ), (2, 2, 6)),
    "kernels made of one parameter": (
        lambda: WithForward(
            lambda s, x: functional.conv1d(
                functional.conv1d(x, s.w[[1, 0]]), (torch.tanh(s.w[:1]) ** 2)[:, :, [2, 0, 1]].expand(1, 2, 3)
            ), w=nn.Parameter(torch.randn(2, 1, 3)),
        ), (2, 1, 7)),
}  # fmt: skip
"""Each made anew, with the shape of a small batch."""
