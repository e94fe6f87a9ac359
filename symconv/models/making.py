"""Parts of ours from numbers that every library has, under whatever names: windows, pads, sizes and weights.

Padding is a pair (low, high) for every axis here, and a weight has its numbers in PyTorch's order of axes.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

import sympy as sp

from symconv.foundations.values import FrozenMapping
from symconv.layers import Layer, Lazy
from symconv.layers.adaptive_avg_pool import AdaptiveAvgPool
from symconv.layers.adaptive_max_pool import AdaptiveMaxPool
from symconv.layers.avg_pool import AvgPool
from symconv.layers.convolution import Conv
from symconv.layers.fold import Fold
from symconv.layers.interpolate import Interpolate
from symconv.layers.max_pool import MaxPool
from symconv.layers.pad import Pad
from symconv.layers.shuffling import PixelShuffle, PixelUnshuffle
from symconv.layers.transposed import ConvTranspose
from symconv.layers.unfold import Unfold
from symconv.layers.upsample import Upsample
from symconv.models.parts import Piece, UnreadError, Weight
from symconv.models.readers import Step, Steps, Tensor
from symconv.networks.arguments import exact, same
from symconv.networks.joins import Multiply
from symconv.networks.modules import Activation, Flatten, Linear
from symconv.networks.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from symconv.networks.rearranging import Permute, Reshape, Slice
from symconv.networks.scaling import PReLU, Rescaling, Scale, Shift
from symconv.networks.softmax import LogSoftmax, Softmax

Pairs = Sequence[tuple[int, int]]


def weights(**given: Weight | None) -> Mapping[str, Weight]:
    """Those that are there."""
    return FrozenMapping({role: one for role, one in given.items() if one is not None})


def lazy(kind: type[Layer], **options: Any) -> Lazy:
    """The layer without the options that say what goes without saying."""
    defaults = {name: one.default for name, one in inspect.signature(kind).parameters.items()}
    if "kernel_size" in options and "stride" in defaults and defaults["stride"] is None:
        defaults["stride"] = options["kernel_size"]
    said = {name: value for name, value in options.items() if value not in (None, defaults[name])}
    axes = len(next(value for value in options.values() if isinstance(value, tuple)))
    return kind.lazy(**{name: value for name, value in said.items() if value != (defaults[name],) * axes})


def simple(padding: Pairs) -> Any:
    """The padding as one writes it: a number an axis, or pairs if the sides differ."""
    return tuple(low for low, _ in padding) if all(low == high for low, high in padding) else tuple(padding)


def conv(
    kernel: Sequence[int],
    out_channels: int,
    weight: Weight,
    bias: Weight | None = None,
    step: str = "",
    **options: Any,
) -> Piece:
    part = lazy(Conv, kernel_size=tuple(kernel), out_channels=out_channels, bias=bias is not None, **options)
    return Piece(part, weights(weight=weight, bias=bias), step)


def conv_transpose(
    kernel: Sequence[int],
    out_channels: int,
    padding: Pairs,
    weight: Weight,
    bias: Weight | None = None,
    output_padding: Sequence[int] = (),
    **options: Any,
) -> Piece:
    """Negative padding at the end is as many more outputs there."""
    extra = [u + max(-high, 0) for u, (_, high) in zip(output_padding or [0] * len(kernel), padding)]
    ends = [(low, max(high, 0)) for low, high in padding]
    part = lazy(
        ConvTranspose, kernel_size=tuple(kernel), out_channels=out_channels, padding=simple(ends),
        output_padding=tuple(extra), bias=bias is not None, **options,
    )  # fmt: skip
    return Piece(part, weights(weight=weight, bias=bias))


def max_pool(
    kernel: Sequence[int], stride: Sequence[int], padding: Pairs, dilation: Sequence[int], ceil_mode: bool = False
) -> Piece:
    part = lazy(
        MaxPool, kernel_size=tuple(kernel), stride=tuple(stride), padding=simple(padding), dilation=tuple(dilation),
        ceil_mode=ceil_mode,
    )  # fmt: skip
    return Piece(part)


def avg_pool(
    kernel: Sequence[Any],
    stride: Sequence[Any],
    padding: Pairs,
    count_include_pad: bool = True,
    ceil_mode: bool = False,
    divisor: int | None = None,
) -> Piece:
    counts = count_include_pad or not any(map(any, padding))
    part = lazy(
        AvgPool, kernel_size=tuple(kernel), stride=tuple(stride), padding=simple(padding), count_include_pad=counts,
        ceil_mode=ceil_mode, divisor_override=divisor,
    )  # fmt: skip
    return Piece(part)


def global_pool(kind: str, shape: Sequence[Any], step: str = "") -> Piece:
    """The average or the largest element of every channel, with spatial axes of size 1."""
    if len(shape) < 2:
        raise UnreadError(f"an input of shape {tuple(shape)} has no spatial axes")
    size = tuple(shape[1:])
    pool = AvgPool if kind == "average" else MaxPool
    return Piece(pool.lazy(kernel_size=size), step=step)


def reduced(kind: str, x: Tensor, over: Sequence[int], keepdim: bool) -> list[Piece]:
    """The average, sum, largest or least of all entries along some dimensions, which are counted with the batch.

    They are brought to the end as one axis, over which it pools.
    """
    whole = x.whole
    left = [at for at in range(1, len(whole)) if at not in over]
    rows, count = product(whole[at] for at in left), product(whole[at] for at in over)
    shape = tuple(1 if at in over else size for at, size in enumerate(whole) if at and (keepdim or at not in over))
    if not shape:
        raise UnreadError("it leaves an example no axis")
    pieces = [
        replace(permuted((0, *left, *over)), step="order"), reshape((rows, count), "rows"),
        global_pool("average" if kind in ("average", "sum") else "max", (rows, count), "pool"),
    ]  # fmt: skip
    if kind == "sum":
        pieces.append(replace(rescaling(count), step="count"))
    if kind == "min":
        pieces = [replace(rescaling(-1), step="opposite"), *pieces, replace(rescaling(-1), step="back")]
    return [*pieces, reshape(shape)]


def product(sizes: Iterable[Any]) -> Any:
    """The number of entries of a shape."""
    found = sp.Mul(*sizes)
    return int(found) if found.is_Integer else found


def linear(out_features: int, weight: Weight, bias: Weight | None = None, step: str = "") -> Piece:
    return Piece(Linear(None, out_features, bias is not None), weights(weight=weight, bias=bias), step)


def batch_norm(eps: float, mean: Weight, variance: Weight, gamma: Weight | None, beta: Weight | None) -> Piece:
    learned = both(gamma, beta)
    own = {**learned, **weights(running_mean=mean, running_var=variance)}
    return Piece(BatchNorm(None, eps, bool(learned)), FrozenMapping(own))


def batch_norm_of_data(eps: float, gamma: Weight | None, beta: Weight | None) -> Piece:
    """Batch normalisation in training form."""
    own = both(gamma, beta)
    return Piece(BatchNorm(None, eps, bool(own), training=True), own)


def layer_norm(shape: tuple[int, ...], eps: float, gamma: Weight | None, beta: Weight | None) -> Piece:
    if gamma is None and beta is not None:
        raise UnreadError("it learns a shift without a scale")
    part = LayerNorm(shape, eps, elementwise_affine=gamma is not None, bias=gamma is None or beta is not None)
    return Piece(part, weights(weight=gamma, bias=beta))


def group_norm(groups: int, eps: float, gamma: Weight | None, beta: Weight | None) -> Piece:
    own = both(gamma, beta)
    return Piece(GroupNorm(groups, eps=eps, affine=bool(own)), own)


def instance_norm(eps: float, gamma: Weight | None, beta: Weight | None) -> Piece:
    own = both(gamma, beta)
    return Piece(InstanceNorm(eps=eps, affine=bool(own)), own)


def both(gamma: Weight | None, beta: Weight | None) -> Mapping[str, Weight]:
    """Scale and shift, if there are any.

    Raises:
        UnreadError: only one of them is there.
    """
    if (gamma is None) != (beta is None):
        raise UnreadError("only one of scale and shift is learned")
    return weights(weight=gamma, bias=beta)


def activation(name: str, **options: Any) -> Piece:
    if len(name) == 1:
        raise UnreadError(f"the activation {name!r}")  # a letter would stand for any function
    return Piece(Activation(name, **options))


def softmax(axis: Any, shape: Sequence[Any]) -> Piece:
    """Along one axis, which is counted with the batch."""
    rank = len(shape) + 1
    if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
        raise UnreadError(f"softmax along axis {axis!r} of {rank} dimensions")
    if axis % rank == 0:
        raise UnreadError("it goes along the batch")
    return Piece(Softmax(axis % rank - 1))


def log_softmax(axis: Any, shape: Sequence[Any]) -> Piece:
    """The logarithm of softmax along one axis, which is counted with the batch."""
    found = softmax(axis, shape).part
    assert isinstance(found, Softmax)
    return Piece(LogSoftmax(found.axis))


LEAST_THRESHOLD = 20
"""From here on, softplus(z) is z to nine digits; PyTorch has z itself where beta z is larger than its threshold."""


def softplus(beta: float, threshold: float = LEAST_THRESHOLD) -> Piece | list[Piece]:
    """log(1 + exp(beta z)) / beta."""
    if threshold < LEAST_THRESHOLD:
        raise UnreadError(
            f"softplus with threshold={threshold}, where it jumps to z; from {LEAST_THRESHOLD} on it is read"
        )
    if beta == 1:
        return activation("softplus")
    if beta == 0:
        raise UnreadError("softplus with beta=0, which divides by 0")
    before, after = exact(beta, "beta"), 1 / exact(beta, "beta")
    return [Piece(Rescaling(before), step="in"), Piece(Activation("softplus"), step="f"), Piece(Rescaling(after))]


def power(exponent: Any) -> Piece:
    return activation("power", exponent=exponent)


def gelu(approximate: str) -> Piece:
    if approximate not in ("none", "tanh"):
        raise UnreadError(f"gelu with approximate={approximate!r}")
    return activation("gelu_tanh" if approximate == "tanh" else "gelu")


def prelu(weight: Weight, count: int | None = None) -> Piece:
    """A slope, or one for every channel; how many, if the model has them in another shape."""
    (slopes,) = weight.shape or (1,) if count is None else (count,)
    return Piece(PReLU(slopes), weights(weight=weight))


def rescaling(scale: Any, offset: Any = 0) -> Piece:
    return Piece(Rescaling(scale, offset))


def scaled(weight: Weight, step: str = "") -> Piece:
    """Times a tensor of the model."""
    return Piece(Scale(weight.shape or (), weight.learned), weights(**{_role("weight", weight): weight}), step)


def shifted(weight: Weight, step: str = "") -> Piece:
    """Plus a tensor of the model."""
    return Piece(Shift(weight.shape or (), weight.learned), weights(**{_role("bias", weight): weight}), step)


def _role(role: str, weight: Weight) -> str:
    return role if weight.learned else f"fixed_{role}"


def reshape(shape: Sequence[Any], step: str = "") -> Piece:
    """A new shape for an example."""
    return Piece(Reshape(tuple(shape)), step=step)


def sliced(axis: int, start: Any, stop: Any, step: int = 1, name: str = "") -> Piece:
    """Some entries along an axis, which is counted with the batch."""
    if axis == 0:
        raise UnreadError("it takes some examples of the batch")
    return Piece(Slice(axis - 1, start, stop, step), step=name)


def permuted(dims: Sequence[int]) -> Piece:
    """Another order of the axes, which are counted with the batch."""
    rank = len(dims)
    order = [at % rank for at in dims]
    if order[:1] != [0]:
        raise UnreadError("it moves the batch")
    return Piece(Permute(tuple(at - 1 for at in order[1:])))


def expanded(x: Tensor, sizes: Sequence[Any]) -> Tensor | Steps:
    """A tensor whose spatial axes of size 1 are repeated."""
    whole = x.whole
    if len(sizes) == len(whole) and all(map(same, whole, sizes)):
        return x
    if len(sizes) != len(whole) or not all(map(same, whole[:2], sizes)) or len(whole) < 3:
        raise UnreadError(f"it repeats other axes of {tuple(whole)} than spatial ones")
    if any(not same(own, 1) and not same(own, one) for own, one in zip(whole[2:], sizes[2:])):
        raise UnreadError(f"it repeats axes of {tuple(whole)} that have more than one element")
    factors = tuple(one if same(own, 1) else 1 for own, one in zip(whole[2:], sizes[2:]))
    return Steps((Step("repeat", Piece(Upsample.lazy(scale_factor=factors)), (x,)),))


def with_number(x: Tensor, scale: Any, offset: Any = 0) -> Tensor | Piece:
    """scale x + offset, which may be x itself."""
    return x if (scale, offset) == (1, 0) else rescaling(scale, offset)


def with_tensor(scale: Any, sign: Any, weight: Weight) -> Piece | list[Piece]:
    """scale x + sign w of a tensor of the model, where the sign is 1 or -1."""
    first, last = ([rescaling(one)] if one != 1 else [] for one in (scale * sign, sign))
    names = ["first", "shift"] if first else ["shift"]
    pieces = [*first, shifted(weight), *last]
    return [*(replace(piece, step=name) for piece, name in zip(pieces[:-1], names)), pieces[-1]]


def split(tensor: Tensor, axis: int, sizes: Sequence[Any]) -> Steps:
    """One part for each of these sizes, one after the other along an axis, which is counted with the batch."""
    steps, start = [], 0
    for at, size in enumerate(sizes):
        steps.append(Step(str(at), sliced(axis, start, start + size), (tensor,)))
        start += size
    return Steps(tuple(steps), tuple(step.name for step in steps))


def gated(tensor: Tensor, axis: int) -> Steps:
    """The first half along an axis times the sigmoid of the second, as GLU."""
    axis %= len(tensor.whole)
    half = tensor.whole[axis] / sp.Integer(2)
    if half.is_integer is False:
        raise UnreadError(f"axis {axis} has {tensor.whole[axis]} entries, which are not two halves")
    half = int(half) if half.is_Integer else half
    return Steps((
        Step("value", sliced(axis, 0, half), (tensor,)),
        Step("in", sliced(axis, half, None), (tensor,)),
        Step("gate", activation("sigmoid"), ("in",)),
        Step("out", Multiply(), ("value", "gate")),
    ))  # fmt: skip


def shuffled(groups: int, shape: Sequence[Any]) -> list[Piece]:
    """Channels of one group after the other as the first of every group, then the second, .."""
    channels, *size = shape
    if isinstance(channels, int) and channels % groups:
        raise UnreadError(f"{groups} groups do not divide {channels} channels")
    dims = (1, 0, *range(2, len(size) + 2))
    return [
        Piece(Reshape((groups, -1, *size)), step="groups"), Piece(Permute(dims), step="exchange"),
        Piece(Reshape((channels, *size))),
    ]  # fmt: skip


def clamp(low: float, high: float) -> Piece:
    return activation("relu6") if (low, high) == (0, 6) else activation("hardtanh", min_val=low, max_val=high)


def flatten(step: str = "") -> Piece:
    return Piece(Flatten(), step=step)


def adaptive(kind: str, output: Sequence[Any], shape: Sequence[Any]) -> Piece:
    """Pooling to a size; None for an axis that is left as it is. With sizes that divide it is pooling as usual."""
    wanted = tuple(size if asked is None else asked for asked, size in zip(output, shape[1:]))
    if all(size == 1 for size in wanted):
        return global_pool(kind, shape)
    if all(isinstance(size, int) and asked and size % asked == 0 for asked, size in zip(wanted, shape[1:])):
        kernel = tuple(size // asked for asked, size in zip(wanted, shape[1:]))
        return Piece((AvgPool if kind == "average" else MaxPool).lazy(kernel_size=kernel))
    return Piece((AdaptiveAvgPool if kind == "average" else AdaptiveMaxPool).lazy(output_size=wanted))


def pad(padding: Pairs, mode: str) -> Piece:
    """Padding of spatial axes, by the name that symconv has for the mode."""
    return Piece(lazy(Pad, padding=simple(padding), padding_mode=mode))


def resize(shape: Sequence[Any], size: Any, scale: Any, mode: str, **options: Any) -> Piece:
    """Interpolation to a size or by a factor; of the nearest element by whole factors it is up-sampling.

    ``options`` are those of ``Interpolate``; for whole factors, all usual ones give the same.
    """
    sizes = tuple(shape[1:])
    factors = scale if size is None else _ratios(size, sizes)
    listed = tuple(factors) if isinstance(factors, (tuple, list)) else (factors,) * len(sizes)
    if len(listed) != len(sizes):
        raise UnreadError(f"size={size} and scale_factor={scale} for {len(sizes)} spatial axes")
    usual = (options.get("coordinates"), options.get("rounding")) in USUAL
    whole = all(one is not None and one >= 1 and one == int(one) for one in listed)
    if mode in ("nearest", "nearest-exact") and usual and whole:
        return Piece(Upsample.lazy(scale_factor=tuple(map(int, listed))))
    to = {"scale_factor": tuple(listed)} if size is None else {"size": _per_axis(size, sizes)}
    said = {name: value for name, value in options.items() if value}
    return Piece(Interpolate.lazy(**to, mode=mode, **said))


USUAL = (
    (None, None),
    ("asymmetric", "floor"),
    ("half_pixel", "round_prefer_floor"),
    ("half_pixel", "round_prefer_ceil"),
)
"""Rules by which the nearest element is floor(i / f) for a whole factor f."""


def _per_axis(size: Any, sizes: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(size) if isinstance(size, (tuple, list)) else (size,) * len(sizes)


def _ratios(size: Any, sizes: Sequence[Any]) -> tuple[Fraction | None, ...]:
    """The factors to a size; None for one that is not known."""
    known = zip(_per_axis(size, sizes), sizes)
    return tuple(Fraction(m, n) if isinstance(m, int) and isinstance(n, int) else None for m, n in known)


def pixel_shuffle(factor: int, depth_first: bool = False) -> Piece:
    return Piece(lazy(PixelShuffle, upscale_factor=(factor, factor), depth_first=depth_first))


def pixel_unshuffle(factor: int, depth_first: bool = False) -> Piece:
    return Piece(lazy(PixelUnshuffle, downscale_factor=(factor, factor), depth_first=depth_first))


def folding(shape: Sequence[Any], kernel: Any, output_size: Any = None, **options: Any) -> Piece:
    """Patches of an image as columns; or with an output size, columns added up to one."""
    per_axis = {name: value if isinstance(value, (tuple, list)) else (value,) * 2 for name, value in options.items()}
    kernel = tuple(kernel) if isinstance(kernel, (tuple, list)) else (kernel,) * 2
    given: dict[str, Any] = {name: tuple(value) for name, value in per_axis.items()}
    if output_size is None:
        return Piece(Unfold.lazy(kernel_size=kernel, **given))
    size = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * 2
    channels = sp.Rational(sp.sympify(shape[0]), prod(kernel)) if isinstance(shape[0], int) else shape[0] / prod(kernel)
    if channels.is_integer is False:
        raise UnreadError(f"{shape[0]} rows are not columns of {kernel} windows")
    return Piece(Fold(size, kernel, channels=int(channels) if channels.is_Integer else channels, **given))


def same_pads(
    sizes: Sequence[Any], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], at_start: bool = False
) -> Pairs:
    """The padding for ceil(n / s) outputs, an odd element at the end, or at the start (ONNX, TensorFlow, XLA)."""
    if not all(isinstance(size, int) for size in sizes):
        raise UnreadError(f"padding for a size {tuple(sizes)} that is a symbol")
    pairs = []
    for n, K, s, d in zip(sizes, kernel, stride, dilation):
        total = max(0, (-(-n // s) - 1) * s + d * (K - 1) + 1 - n)
        pairs.append((total - total // 2, total // 2) if at_start else (total // 2, total - total // 2))
    return tuple(pairs)


def interpolation(mode: str, coordinates: str, rounding: str) -> dict[str, Any]:
    """ONNX's words for how a tensor is resized, as ``resize`` has them."""
    if mode not in ("nearest", "linear", "cubic") or coordinates == "tf_crop_and_resize":
        raise UnreadError(f"mode={mode} with {coordinates}")
    options = {"mode": mode, "coordinates": coordinates}
    return {**options, "rounding": rounding} if mode == "nearest" else options
