"""Models of PyTorch as an engineer writes them: blocks of published networks, in many styles of ``forward``.

Functional, ``Sequential`` of small modules, loops over a ``ModuleList``, methods of tensors, einops, einsum; with
coordinates, tokens and kernels that the model computes itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tests.models.written import WithForward
from tests.tools import require_module

torch = require_module("torch")
einops = require_module("einops")
nn, F = torch.nn, torch.nn.functional

Model = Any
Making = Callable[[], Model]
ENGINEERED: dict[str, tuple[Making, Any]] = {}
"""By name: how it is made, and the shape of its input."""


def of_size(*size: Any) -> Callable[[Making], Making]:
    def joined(make: Making) -> Making:
        ENGINEERED[make.__name__] = (make, size)
        return make

    return joined


def own(module: Model, **tensors: Any) -> Model:
    """With parameters of its own."""
    for name, tensor in tensors.items():
        setattr(module, name, nn.Parameter(tensor))
    return module


# -- mobile networks -----------------------------------------------------------------------------------


class HardSwish(nn.Module):  # type: ignore[misc, name-defined]
    def forward(self, x: Any) -> Any:
        return x * F.relu6(x + 3, inplace=True) / 6


class Squeeze(nn.Module):  # type: ignore[misc, name-defined]
    """torchvision's SqueezeExcitation, with relu6 for its gate."""

    def __init__(self, channels: int, inside: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(channels, inside, 1), nn.Conv2d(inside, channels, 1)
        self.activation = nn.ReLU()

    def _scale(self, x: Any) -> Any:
        return F.relu6(self.fc2(self.activation(self.fc1(self.avgpool(x)))) + 3.0) / 6.0

    def forward(self, x: Any) -> Any:
        return self._scale(x) * x


class InvertedResidual3(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, before: int, hidden: int, after: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.use_res_connect = stride == 1 and before == after
        self.block = nn.Sequential(
            nn.Conv2d(before, hidden, 1, bias=False), nn.BatchNorm2d(hidden, eps=0.001), HardSwish(),
            nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden, eps=0.001), Squeeze(hidden, 2), nn.Hardswish(inplace=True),
            nn.Conv2d(hidden, after, 1, bias=False), nn.BatchNorm2d(after, eps=0.001),
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        result = self.block(x)
        if self.use_res_connect:
            result += x
        return result


@of_size(2, 2, 6, 6)
def mobilenet_v3() -> Model:
    return nn.Sequential(InvertedResidual3(2, 4, 2, 3, 1), InvertedResidual3(2, 6, 4, 5, 2))


def drop_path(x: Any, probability: float, training: bool) -> Any:
    if probability == 0.0 or not training:
        return x
    return x * x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(1 - probability)


class DropPath(nn.Module):  # type: ignore[misc, name-defined]
    def forward(self, x: Any) -> Any:
        return drop_path(x, 0.2, self.training)


class FusedMBConv(nn.Module):  # type: ignore[misc, name-defined]
    """EfficientNetV2, as in timm."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.conv_exp, self.bn1 = nn.Conv2d(channels, hidden, 3, padding=1, bias=False), nn.BatchNorm2d(hidden)
        self.conv_reduce, self.conv_expand = nn.Conv2d(hidden, 2, 1), nn.Conv2d(2, hidden, 1)
        self.conv_pwl, self.bn2 = nn.Conv2d(hidden, channels, 1, bias=False), nn.BatchNorm2d(channels)
        self.act, self.drop_path = nn.SiLU(inplace=True), DropPath()

    def forward(self, x: Any) -> Any:
        shortcut = x
        x = self.act(self.bn1(self.conv_exp(x)))
        gate = self.conv_expand(self.act(self.conv_reduce(x.mean((2, 3), keepdim=True))))
        x = self.bn2(self.conv_pwl(x * torch.sigmoid(gate)))
        return self.drop_path(x) + shortcut


@of_size(2, 3, 5, 5)
def efficientnet_v2() -> Model:
    return FusedMBConv(3, 6)


@of_size(2, 2, 4, 4)
def ghostnet() -> Model:
    def forward(s: Any, x: Any) -> Any:
        first = s.primary(x)
        return torch.cat([first, s.cheap(first)], dim=1)[:, : s.out, :, :]

    primary = nn.Sequential(nn.Conv2d(2, 3, 1, bias=False), nn.BatchNorm2d(3), nn.ReLU(inplace=True))
    cheap = nn.Sequential(nn.Conv2d(3, 3, 3, 1, 1, groups=3, bias=False), nn.BatchNorm2d(3), nn.ReLU(inplace=True))
    return WithForward(forward, primary=primary, cheap=cheap, out=5)


# -- normalised at the end -----------------------------------------------------------------------------


class LayerNorm2d(nn.LayerNorm):  # type: ignore[misc, name-defined]
    def forward(self, x: Any) -> Any:
        x = F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class Permute(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = list(dims)

    def forward(self, x: Any) -> Any:
        return torch.permute(x, self.dims)


class CNBlock(nn.Module):  # type: ignore[misc, name-defined]
    """ConvNeXt, as in torchvision."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim), Permute(0, 2, 3, 1), nn.LayerNorm(dim, eps=1e-6),
            nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim), Permute(0, 3, 1, 2),
        )  # fmt: skip
        self.layer_scale, self.stochastic_depth = nn.Parameter(torch.randn(dim, 1, 1)), DropPath()

    def forward(self, x: Any) -> Any:
        result = self.layer_scale * self.block(x)
        result = self.stochastic_depth(result)
        result += x
        return result


@of_size(2, 1, 8, 8)
def convnext() -> Model:
    return nn.Sequential(nn.Conv2d(1, 3, 2, stride=2), LayerNorm2d(3, eps=1e-6), CNBlock(3), CNBlock(3))


@of_size(1, 2, 4, 4)
def nafnet() -> Model:
    """A gate without an activation."""

    def forward(s: Any, image: Any) -> Any:
        left, right = s.conv2(s.conv1(s.norm(image))).chunk(2, dim=1)
        x = left * right
        return image + s.conv3(x * s.sca(x)) * s.beta

    return own(WithForward(
        forward, norm=LayerNorm2d(2), conv1=nn.Conv2d(2, 4, 1), conv2=nn.Conv2d(4, 4, 3, padding=1, groups=4),
        sca=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(2, 2, 1)), conv3=nn.Conv2d(2, 2, 1),
    ), beta=torch.randn(1, 2, 1, 1))  # fmt: skip


@of_size(2, 5, 4)
def conformer() -> Model:
    def forward(s: Any, x: Any) -> Any:
        x = F.glu(s.pointwise1(s.norm(x).transpose(1, 2)), dim=1)
        return s.pointwise2(F.silu(s.bn(s.depthwise(x)))).transpose(1, 2)

    return WithForward(
        forward, norm=nn.LayerNorm(4), pointwise1=nn.Conv1d(4, 8, 1), bn=nn.BatchNorm1d(4),
        depthwise=nn.Conv1d(4, 4, 3, padding=1, groups=4), pointwise2=nn.Conv1d(4, 4, 1),
    )  # fmt: skip


@of_size(2, 4, 3)
def gmlp() -> Model:
    def forward(s: Any, x: Any) -> Any:
        u, v = F.gelu(s.proj1(s.norm(x))).chunk(2, dim=-1)
        return s.proj2(u * s.spatial(s.inner(v))) + x

    return WithForward(forward, norm=nn.LayerNorm(3), proj1=nn.Linear(3, 8), inner=nn.LayerNorm(4),
                       spatial=nn.Conv1d(4, 4, 1), proj2=nn.Linear(4, 3))  # fmt: skip


@of_size(2, 3, 4, 4)
def swin_merging() -> Model:
    def forward(s: Any, x: Any) -> Any:
        x = s.embed(x).permute(0, 2, 3, 1)
        parts = [x[:, 0::2, 0::2, :], x[:, 1::2, 0::2, :], x[:, 0::2, 1::2, :], x[:, 1::2, 1::2, :]]
        return s.reduction(s.norm(torch.cat(parts, -1)))

    return WithForward(forward, embed=nn.Conv2d(3, 2, 1), norm=nn.LayerNorm(8), reduction=nn.Linear(8, 4, bias=False))


@of_size(2, 2, 5, 5)
def poolformer() -> Model:
    def forward(s: Any, x: Any) -> Any:
        y = s.norm(x)
        return x + (s.pool(y) - y) * s.scale.unsqueeze(-1).unsqueeze(-1)

    pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return own(WithForward(forward, norm=nn.GroupNorm(1, 2), pool=pool), scale=torch.randn(2))


class Residual(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, fn: Any) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Any) -> Any:
        return self.fn(x) + x


@of_size(2, 3, 6, 6)
def convmixer() -> Model:
    return nn.Sequential(
        nn.Conv2d(3, 4, 2, stride=2), nn.GELU(), nn.BatchNorm2d(4),
        *[nn.Sequential(
            Residual(nn.Sequential(nn.Conv2d(4, 4, 3, groups=4, padding="same"), nn.GELU(), nn.BatchNorm2d(4))),
            nn.Conv2d(4, 4, 1), nn.GELU(), nn.BatchNorm2d(4),
        ) for _ in range(2)],
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


# -- branches ------------------------------------------------------------------------------------------


class BasicConv2d(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, before: int, after: int, **more: Any) -> None:
        super().__init__()
        self.conv, self.bn = nn.Conv2d(before, after, bias=False, **more), nn.BatchNorm2d(after, eps=0.001)

    def forward(self, x: Any) -> Any:
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):  # type: ignore[misc, name-defined]
    """GoogLeNet, as in torchvision."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.branch1 = BasicConv2d(before, 1, kernel_size=1)
        self.branch2 = nn.Sequential(BasicConv2d(before, 2, kernel_size=1), BasicConv2d(2, 2, kernel_size=3, padding=1))
        self.branch3 = nn.Sequential(BasicConv2d(before, 1, kernel_size=1), BasicConv2d(1, 2, kernel_size=5, padding=2))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), BasicConv2d(before, 1, kernel_size=1))

    def _forward(self, x: Any) -> list[Any]:
        return [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]

    def forward(self, x: Any) -> Any:
        return torch.cat(self._forward(x), 1)


@of_size(1, 3, 16, 16)
def googlenet() -> Model:
    def forward(s: Any, x: Any) -> Any:
        first = torch.unsqueeze(x[:, 0], 1) * (0.229 / 0.5) + (0.485 - 0.5) / 0.5
        second = torch.unsqueeze(x[:, 1], 1) * (0.224 / 0.5) + (0.456 - 0.5) / 0.5
        third = torch.unsqueeze(x[:, 2], 1) * (0.225 / 0.5) + (0.406 - 0.5) / 0.5
        x = s.maxpool(s.inception3a(s.stem(torch.cat((first, second, third), 1))))
        return s.fc(s.dropout(torch.flatten(s.avgpool(s.inception4a(x)), 1)))

    return WithForward(
        forward, stem=BasicConv2d(3, 2, kernel_size=7, stride=2, padding=3), inception3a=Inception(2),
        maxpool=nn.MaxPool2d(3, stride=2, ceil_mode=True), inception4a=Inception(6),
        avgpool=nn.AdaptiveAvgPool2d((1, 1)), dropout=nn.Dropout(0.2), fc=nn.Linear(6, 3),
    )  # fmt: skip


@of_size(1, 2, 7, 7)
def inception_v3() -> Model:
    def forward(s: Any, x: Any) -> Any:
        branch = x
        for layer in s.branch7x7:
            branch = layer(branch)
        return torch.cat([s.branch1x1(x), branch, F.max_pool2d(x, kernel_size=3, stride=1, padding=1)], 1)

    branch = [
        BasicConv2d(2, 2, kernel_size=1), BasicConv2d(2, 2, kernel_size=(1, 7), padding=(0, 3)),
        BasicConv2d(2, 2, kernel_size=(7, 1), padding=(3, 0)),
    ]  # fmt: skip
    return WithForward(forward, branch1x1=BasicConv2d(2, 2, kernel_size=1), branch7x7=nn.ModuleList(branch))


@of_size(2, 8, 4, 4)
def res2net() -> Model:
    def forward(s: Any, x: Any) -> Any:
        parts, out, last = torch.split(x, 2, 1), None, None
        for conv, bn, part in zip(s.convs, s.bns, parts):
            last = F.relu(bn(conv(part if last is None else last + part)))
            out = last if out is None else torch.cat((out, last), 1)
        return torch.cat((out, parts[3]), 1) + x

    return WithForward(
        forward, convs=nn.ModuleList(nn.Conv2d(2, 2, 3, padding=1, bias=False) for _ in range(3)),
        bns=nn.ModuleList(nn.BatchNorm2d(2) for _ in range(3)),
    )  # fmt: skip


@of_size(2, 2, 4, 4)
def repvgg() -> Model:
    def branch(kernel: int) -> Model:
        return nn.Sequential(nn.Conv2d(2, 2, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(2))

    return WithForward(
        lambda s, x: F.relu(s.dense(x) + s.one(x) + s.bn(x)), dense=branch(3), one=branch(1), bn=nn.BatchNorm2d(2)
    )


@of_size(1, 2, 6, 6)
def deeplab() -> Model:
    def forward(s: Any, x: Any) -> Any:
        found = [conv(x) for conv in s.convs]
        pooled = x
        for module in s.pooling:
            pooled = module(pooled)
        found.append(F.interpolate(pooled, size=x.shape[-2:], mode="bilinear", align_corners=False))
        return s.project(torch.cat(found, dim=1))

    return WithForward(
        forward, convs=nn.ModuleList([nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 3, padding=2, dilation=2)]),
        pooling=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(2, 2, 1), nn.ReLU()), project=nn.Conv2d(6, 2, 1),
    )  # fmt: skip


@of_size(1, 2, 6, 6)
def pspnet() -> Model:
    def forward(s: Any, x: Any) -> Any:
        size = (x.size(2), x.size(3))
        levels = [F.interpolate(level(x), size=size, mode="bilinear", align_corners=True) for level in s.levels]
        return torch.cat([x, *levels], 1)

    return WithForward(forward, levels=nn.ModuleList(
        nn.Sequential(nn.AdaptiveAvgPool2d(bins), nn.Conv2d(2, 1, 1)) for bins in (1, 2, 3, 4)
    ))  # fmt: skip


@of_size(1, 3, 6, 6)
def yolo() -> Model:
    def forward(s: Any, x: Any) -> Any:
        y = list(s.cv1(x).chunk(2, 1))
        y.extend(block(y[-1]) for block in s.blocks)
        x = s.cv2(torch.cat(y, 1))
        return s.cv3(torch.cat([x] + [pool(x) for pool in s.pools], 1))

    return WithForward(
        forward, cv1=nn.Conv2d(3, 4, 1), cv2=nn.Conv2d(8, 3, 1), cv3=nn.Conv2d(9, 2, 1),
        blocks=nn.ModuleList(nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.SiLU()) for _ in range(2)),
        pools=nn.ModuleList(nn.MaxPool2d(kernel, 1, kernel // 2) for kernel in (3, 5)),
    )  # fmt: skip


@of_size(1, 2, 8, 8)
def hrnet() -> Model:
    def forward(s: Any, x: Any) -> Any:
        high, low = s.high(x), s.low(s.down(x))
        up = F.interpolate(s.to_high(low), scale_factor=2.0, mode="nearest")
        return F.relu(high + up) + F.interpolate(s.back(F.relu(low + s.to_low(high))), scale_factor=2.0)

    return WithForward(
        forward, high=nn.Conv2d(2, 2, 3, padding=1), down=nn.Conv2d(2, 3, 3, 2, 1), low=nn.Conv2d(3, 3, 3, padding=1),
        to_high=nn.Conv2d(3, 2, 1), to_low=nn.Conv2d(2, 3, 3, 2, 1), back=nn.Conv2d(3, 2, 1),
    )  # fmt: skip


@of_size(1, 2, 9, 9)
def large_kernel_attention() -> Model:
    return WithForward(
        lambda s, x: x.clone() * s.conv1(s.spatial(s.conv0(x))),
        conv0=nn.Conv2d(2, 2, 5, padding=2, groups=2),
        spatial=nn.Conv2d(2, 2, 7, padding=9, groups=2, dilation=3),
        conv1=nn.Conv2d(2, 2, 1),
    )


@of_size(2, 4, 3, 3)
def efficient_channel_attention() -> Model:
    def forward(s: Any, x: Any) -> Any:
        y = s.conv(s.pool(x).squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
        return x * s.sigmoid(y).expand_as(x)

    return WithForward(forward, pool=nn.AdaptiveAvgPool2d(1), conv=nn.Conv1d(1, 1, 3, padding=1, bias=False),
                       sigmoid=nn.Sigmoid())  # fmt: skip


@of_size(2, 4)
def highway() -> Model:
    def forward(s: Any, x: Any) -> Any:
        gate = torch.sigmoid(s.gate(x))
        return F.relu(s.plain(x)) * gate + x * (1 - gate)

    return WithForward(forward, plain=nn.Linear(4, 4), gate=nn.Linear(4, 4))


@of_size(2, 4, 4)
def attention_pooling() -> Model:
    return WithForward(lambda s, x: (x * torch.softmax(s.mask(x), dim=2)).sum(-1), mask=nn.Conv1d(4, 1, 1))


@of_size(1, 2, 3, 5, 5)
def r2plus1d() -> Model:
    return nn.Sequential(
        nn.Conv3d(2, 3, (1, 3, 3), padding=(0, 1, 1), bias=False), nn.BatchNorm3d(3), nn.ReLU(inplace=True),
        nn.Conv3d(3, 2, (3, 1, 1), padding=(1, 0, 0), bias=False), nn.AdaptiveAvgPool3d(1), nn.Flatten(),
        nn.Linear(2, 2),
    )  # fmt: skip


# -- with tensors of its own ---------------------------------------------------------------------------


@of_size(2, 1, 5, 6)
def coordinates() -> Model:
    """CoordConv (Liu and others 2018)."""

    def forward(s: Any, x: Any) -> Any:
        b, _, h, w = x.size()
        rows = torch.linspace(-1, 1, h, device=x.device, dtype=x.dtype).view(1, 1, h, 1).expand(b, 1, h, w)
        columns = torch.linspace(-1, 1, w).view(1, 1, 1, w).expand(b, 1, h, w).to(x)
        return s.conv(torch.cat([x, rows, columns], dim=1))

    return WithForward(forward, conv=nn.Conv2d(3, 2, 3))


@of_size(2, 1, 5, 6)
def coordinates_by_repeating() -> Model:
    def forward(s: Any, x: Any) -> Any:
        batch_size, _, x_dim, y_dim = x.size()
        xx = torch.arange(x_dim).repeat(1, y_dim, 1).type_as(x)
        yy = torch.arange(y_dim).repeat(1, x_dim, 1).transpose(1, 2).type_as(x)
        xx, yy = xx.permute(0, 2, 1) / (x_dim - 1) * 2 - 1, yy.permute(0, 2, 1) / (y_dim - 1) * 2 - 1
        both = [one.unsqueeze(0).repeat(batch_size, 1, 1, 1) for one in (xx, yy)]
        return s.conv(torch.cat([x, *both], dim=1))

    return WithForward(forward, conv=nn.Conv2d(3, 2, 3))


@of_size(2, 1, 5, 6)
def a_grid_in_front() -> Model:
    module = WithForward(
        lambda s, x: s.conv(torch.cat([s.grid.expand(x.shape[0], -1, -1, -1), x], dim=1)), conv=nn.Conv2d(3, 2, 3)
    )
    module.register_buffer("grid", torch.randn(1, 2, 5, 6))
    return module


@of_size(2, 2, 4, 5)
def a_channel_of_ones() -> Model:
    def forward(s: Any, x: Any) -> Any:
        ones = torch.ones(x.size(0), 1, x.size(2), x.size(3), dtype=x.dtype)
        return s.conv(torch.cat([torch.zeros_like(x[:, :1]), x, ones], 1))

    return WithForward(forward, conv=nn.Conv2d(4, 2, 3))


@of_size(2, 2, 4, 4)
def class_token() -> Model:
    def forward(s: Any, x: Any) -> Any:
        tokens = s.proj(x).flatten(2).transpose(1, 2)
        tokens = torch.cat((s.cls_token.expand(x.shape[0], -1, -1), tokens), dim=1) + s.pos_embed
        return s.head(s.norm(tokens)[:, 0])

    module = WithForward(forward, proj=nn.Conv2d(2, 4, 2, 2), norm=nn.LayerNorm(4), head=nn.Linear(4, 2))
    return own(module, cls_token=torch.randn(1, 1, 4), pos_embed=torch.randn(1, 5, 4))


@of_size(2, 2, 6, 6)
def a_shortcut_with_zeros() -> Model:
    """ResNet's option A: every second element, and channels of zeros."""
    return WithForward(
        lambda s, x: F.relu(s.conv(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1), "constant", 0)),
        conv=nn.Conv2d(2, 4, 3, 2, 1),
    )


@of_size(1, 2, 5, 5)
def padded_with_a_value() -> Model:
    return nn.Sequential(nn.ConstantPad2d((1, 0, 2, 1), 0.5), nn.Conv2d(2, 2, 3))


class StandardizedConv(nn.Conv2d):  # type: ignore[misc, name-defined]
    def forward(self, x: Any) -> Any:
        weight = self.weight - self.weight.mean(dim=(1, 2, 3), keepdim=True)
        weight = weight / (weight.view(weight.size(0), -1).std(dim=1).view(-1, 1, 1, 1) + 1e-5)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


@of_size(2, 2, 5, 5)
def standardized_weights() -> Model:
    return nn.Sequential(StandardizedConv(2, 4, 3), nn.GroupNorm(2, 4), nn.ReLU())


@of_size(2, 2, 5)
def normalized_weights() -> Model:
    conv = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3))
    return nn.Sequential(conv, nn.ELU(), nn.utils.parametrizations.spectral_norm(nn.Conv1d(3, 2, 2)))


@of_size(1, 2, 6, 6)
def blurred_pooling() -> Model:
    kernel = torch.tensor([1.0, 2.0, 1.0])
    kernel = kernel[:, None] * kernel[None, :] / 16
    module = WithForward(
        lambda s, x: F.conv2d(F.pad(s.conv(x), (1, 1, 1, 1), "reflect"), s.filt, stride=2, groups=s.filt.shape[0]),
        conv=nn.Conv2d(2, 2, 3, padding=1),
    )
    module.register_buffer("filt", kernel[None, None].repeat(2, 1, 1, 1))
    return module


# -- einops and products -------------------------------------------------------------------------------


@of_size(2, 3, 4, 4)
def patches_by_einops() -> Model:
    layers = __import__("einops.layers.torch", fromlist=["Rearrange"])
    return nn.Sequential(
        layers.Rearrange("b c (h p) (w q) -> b (h w) (p q c)", p=2, q=2), nn.Linear(12, 5), nn.LayerNorm(5),
        layers.Reduce("b n d -> b d", "mean"), nn.Linear(5, 2),
    )  # fmt: skip


@of_size(2, 4, 4, 4)
def functions_of_einops() -> Model:
    def forward(s: Any, x: Any) -> Any:
        x = einops.rearrange(x, "b (g c) h w -> b (c g) h w", g=2)
        x = einops.reduce(s.conv(x), "b c (h 2) (w 2) -> b c h w", "max")
        x = einops.repeat(x, "b c h w -> b c (h 2) (w 2)")
        return s.fc(einops.rearrange(x, "b c h w -> b (c h w)"))

    return WithForward(forward, conv=nn.Conv2d(4, 2, 3, padding=1), fc=nn.Linear(32, 2))


@of_size(2, 3, 4)
def products() -> Model:
    def forward(s: Any, x: Any) -> Any:
        x = torch.einsum("bcl,oc->bol", x, s.mix) + s.grid @ x
        x = torch.einsum("dlc,bcl->bd", s.all, x)
        return torch.addmm(s.bias, x @ s.square, s.square)

    return own(WithForward(forward), mix=torch.randn(3, 3), grid=torch.randn(3, 3), all=torch.randn(2, 4, 3),
               square=torch.randn(2, 2), bias=torch.randn(2))  # fmt: skip


@of_size(2, 2, 4, 4)
def convolution_by_unfold() -> Model:
    def forward(s: Any, x: Any) -> Any:
        columns = s.weight.view(3, -1) @ F.unfold(x, 3, padding=1)
        return F.fold(s.unfold(columns.view(x.size(0), 3, 4, 4)), (4, 4), 2, stride=2)

    return own(WithForward(forward, unfold=nn.Unfold(2, stride=2)), weight=torch.randn(3, 2, 3, 3))


@of_size(2, 4, 6)
def copies() -> Model:
    def forward(s: Any, x: Any) -> Any:
        y = s.first(x)
        x = y.repeat(1, 2, 1) + y.repeat_interleave(2, dim=1) + torch.roll(x, 1, dims=2) + torch.flip(x, [1, 2])
        return torch.addcmul(torch.lerp(x, s.second(x), 0.3), x, s.second(x), value=0.5)

    return WithForward(forward, first=nn.Conv1d(4, 2, 1), second=nn.Conv1d(4, 4, 1))


# -- up-sampling and the rest --------------------------------------------------------------------------


@of_size(1, 2, 5, 4)
def super_resolution() -> Model:
    """SRCNN: the image is made larger by a cubic first."""

    def forward(s: Any, x: Any) -> Any:
        large = F.interpolate(x, scale_factor=2, mode="bicubic", align_corners=False)
        return s.c2(F.relu(s.c1(large))) + s.up(x)

    return WithForward(
        forward, c1=nn.Conv2d(2, 2, 3, padding=1), c2=nn.Conv2d(2, 2, 3, padding=1),
        up=nn.Upsample(size=(10, 8), mode="bicubic", align_corners=True),
    )  # fmt: skip


@of_size(1, 3, 8, 8)
def style_transfer() -> Model:
    return nn.Sequential(
        nn.ReflectionPad2d(4), nn.Conv2d(3, 2, 9), nn.InstanceNorm2d(2, affine=True), nn.ReLU(),
        nn.Upsample(scale_factor=2, mode="nearest"), nn.ReflectionPad2d(1), nn.Conv2d(2, 3, 3), nn.Tanh(),
    )  # fmt: skip


@of_size((2, 3, 4, 4), (2, 5))
def modulated_by_a_second_input() -> Model:
    class Modulated(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.linear, self.conv = nn.Linear(5, 4), nn.Conv2d(3, 2, 1)

        def forward(self, x: Any, condition: Any) -> Any:
            gamma, beta = self.linear(condition).chunk(2, 1)
            return self.conv(x) * gamma[:, :, None, None] + beta.unsqueeze(2).unsqueeze(3)

    return Modulated()


@of_size(2, 3, 8)
def methods_of_a_tensor() -> Model:
    return WithForward(
        lambda s, x: s.conv(x).relu().mean(dim=2).sigmoid().mul(2).sub(1).div(math.sqrt(2)).flatten(1).log_softmax(1),
        conv=nn.Conv1d(3, 2, 3),
    )
