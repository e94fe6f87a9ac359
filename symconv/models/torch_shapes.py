"""Readers of PyTorch's modules that change shapes, pad or resize, and of the functions that do the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import sympy as sp

from symconv.models import making
from symconv.models.padding import padded
from symconv.models.parts import UnreadError
from symconv.models.readers import Made, moving, reads
from symconv.models.shapes import reshaped
from symconv.models.torch_calls import CASTS, TorchCall, pairs_from_last
from symconv.models.torch_modules import FUNCTION, MODULE


@reads(MODULE, "Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
@reads(FUNCTION, "contiguous", "clone")
@moving
def nothing(call: TorchCall) -> Made:
    return call.x


WHOLE = tuple(f"{name}Tensor" for name in ("Byte", "Char", "Short", "Int", "Long", "Bool"))


@reads(FUNCTION, *CASTS)
@moving
def cast(call: TorchCall) -> Made:
    """Numbers are read in double precision; whole numbers would be rounded."""
    for one in (*call.args[1:], *call.options.values()):
        kind = getattr(one, "dtype", one)
        if getattr(kind, "is_floating_point", True) is False or str(one).endswith(WHOLE):
            raise UnreadError(f"it makes {kind} of its numbers")
    return call.inputs[0]


@reads(FUNCTION, "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
def dropout(call: TorchCall) -> Made:
    if call.given("training", 2, True):
        raise UnreadError("it is random after eval() too; pass training=self.training")
    return call.x


@reads(MODULE, "Flatten")
def flatten_module(call: TorchCall) -> Made:
    return _flatten(call, call.module.start_dim, call.module.end_dim)


@reads(FUNCTION, "flatten")
def flatten(call: TorchCall) -> Made:
    return _flatten(call, call.given("start_dim", 1, 0), call.given("end_dim", 2, -1))


def _flatten(call: TorchCall, start: int, end: int) -> Made:
    whole = call.x.whole
    start, end = start % len(whole), end % len(whole)
    if start == 0 and end > 0:
        raise UnreadError("it flattens the batch as well; use start_dim=1")
    return reshaped(call.x, [*whole[:start], sp.Mul(*whole[start : end + 1]), *whole[end + 1 :]])


@reads(MODULE, "Unflatten")
def unflatten_module(call: TorchCall) -> Made:
    at, whole = call.module.dim % len(call.x.whole), call.x.whole
    return reshaped(call.x, [*whole[:at], *call.module.unflattened_size, *whole[at + 1 :]])


@reads(MODULE, "ChannelShuffle")
def channel_shuffle_module(call: TorchCall) -> Made:
    return making.shuffled(call.module.groups, call.shape)


@reads(FUNCTION, "channel_shuffle", "native_channel_shuffle")
def channel_shuffle(call: TorchCall) -> Made:
    return making.shuffled(call.given("groups", 1), call.shape)


@reads(MODULE, "ZeroPad1d", "ZeroPad2d", "ZeroPad3d")
def zero_pad(call: TorchCall) -> Made:
    return padded(call.x, pairs_from_last(call.module.padding))


@reads(MODULE, "ConstantPad1d", "ConstantPad2d", "ConstantPad3d")
def constant_pad(call: TorchCall) -> Made:
    return padded(call.x, pairs_from_last(call.module.padding), "constant", call.module.value)


PAD_MODULES = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def _pad_module(mode: str, call: TorchCall) -> Made:
    return padded(call.x, pairs_from_last(call.module.padding), mode)


for _mode, _module in PAD_MODULES.items():
    reads(MODULE, *(f"{_module}{ndim}d" for ndim in (1, 2, 3)))(partial(_pad_module, _mode))


@reads(FUNCTION, "pad")
def pad(call: TorchCall) -> Made:
    pairs = pairs_from_last(call.given("pad", 1))
    return padded(call.x, pairs, call.given("mode", 2, "constant"), call.given("value", 3) or 0)


@reads(MODULE, "Unfold", "Fold")
def folding_module(call: TorchCall) -> Made:
    m = call.module
    return making.folding(
        call.shape, m.kernel_size, getattr(m, "output_size", None), dilation=m.dilation, padding=m.padding,
        stride=m.stride,
    )  # fmt: skip


@reads(FUNCTION, "unfold")
def unfold(call: TorchCall) -> Made:
    if call.ndim != 2:
        raise UnreadError("Tensor.unfold, which takes windows along one axis; torch.nn.functional.unfold is read")
    return _folding(call, 1, None)


@reads(FUNCTION, "fold")
def fold(call: TorchCall) -> Made:
    return _folding(call, 2, call.given("output_size", 1))


def _folding(call: TorchCall, first: int, output_size: Any) -> Made:
    names = (("dilation", 1), ("padding", 0), ("stride", 1))
    given = {name: call.given(name, first + 1 + at, usual) for at, (name, usual) in enumerate(names)}
    return making.folding(call.shape, call.given("kernel_size", first), output_size, **given)


@reads(MODULE, "Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d")
def upsample_module(call: TorchCall) -> Made:
    m = call.module
    return making.resize(call.shape, m.size, m.scale_factor, m.mode, align_corners=bool(m.align_corners))


@reads(FUNCTION, "interpolate", "upsample")
def interpolate(call: TorchCall) -> Made:
    if call.given("antialias", 6, False):
        raise UnreadError("antialias=True is not available")
    if call.given("recompute_scale_factor", 5):
        raise UnreadError("recompute_scale_factor=True; give size=.. instead")
    return making.resize(
        call.shape, call.given("size", 1), call.given("scale_factor", 2), call.given("mode", 3, "nearest"),
        align_corners=bool(call.given("align_corners", 4, False)),
    )  # fmt: skip


@reads(MODULE, "PixelShuffle")
def pixel_shuffle_module(call: TorchCall) -> Made:
    return making.pixel_shuffle(call.module.upscale_factor)


@reads(FUNCTION, "pixel_shuffle")
def pixel_shuffle(call: TorchCall) -> Made:
    return making.pixel_shuffle(call.given("upscale_factor", 1))


@reads(MODULE, "PixelUnshuffle")
def pixel_unshuffle_module(call: TorchCall) -> Made:
    return making.pixel_unshuffle(call.module.downscale_factor)


@reads(FUNCTION, "pixel_unshuffle")
def pixel_unshuffle(call: TorchCall) -> Made:
    return making.pixel_unshuffle(call.given("downscale_factor", 1))
