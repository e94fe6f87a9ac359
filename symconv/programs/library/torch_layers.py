"""PyTorch's layers as functions: convolutions, padding, unfold and fold, pooling, linear maps."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.programs import arrays, reduce, shaping
from symconv.programs.arrays import Numbers
from symconv.programs.library import numpy_reduce, sliding
from symconv.programs.library.axes import one_or_more
from symconv.programs.library.numpy_pad import Pair, padded
from symconv.programs.library.registry import function
from symconv.programs.library.windows import windows
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array


def per_axis(machine: Machine, value: Any, axes: int, least: int, what: str) -> list[Polynomial]:
    """One number for all axes, or one for each.

    Raises:
        CodeError: there are too many, or one is too small.
    """
    items = [arrays.integer(machine, one) for one in one_or_more(machine, value)]
    if len(items) not in (1, axes):
        raise CodeError("RuntimeError", f"expected {what} to be a single integer value or a list of {axes} values")
    for one in items:
        if not machine.choose(one - least):
            raise CodeError("RuntimeError", f"{what} {one!r} is too small")
    return items * axes if len(items) == 1 else items


def batched(machine: Machine, input: Any, axes: int) -> tuple[Array, bool]:
    """The input with a batch axis, and whether it had none."""
    x = arrays.data(machine, input)
    if x.rank not in (axes + 1, axes + 2):
        raise CodeError("RuntimeError", f"Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input")
    if x.rank == axes + 2:
        return x, False
    made = shaping.reshaped(machine, x, [ONE, *x.shape])
    assert isinstance(made, Array)
    return made, True


def finished(machine: Machine, made: Array, bias: Any, single: bool) -> Array:
    """With its bias, and without the batch axis that was added."""
    if bias is not None:
        given = arrays.data(machine, bias)
        if given.rank != 1 or not arrays.same_size(machine, given.shape[0], made.shape[1]):
            raise CodeError("RuntimeError", "expected bias to be 1-dimensional with an element for each output channel")
        wide = shaping.reshaped(machine, given, [given.shape[0], *[ONE] * (made.rank - 2)])
        added = arrays.elementwise(machine, lambda a, b: a + b, made, wide)
        assert isinstance(added, Array)
        made = added
    if single:
        result = shaping.reshaped(machine, made, made.shape[1:])
        assert isinstance(result, Array)
        return result
    return made


def _weight(machine: Machine, weight: Any, axes: int) -> Array:
    w = arrays.data(machine, weight)
    if w.rank != axes + 2:
        raise CodeError("RuntimeError", f"expected {axes + 2}-dimensional weight")
    return w


def _groups(machine: Machine, groups: Any) -> Polynomial:
    count = arrays.integer(machine, groups)
    if not machine.choose(count - 1):
        raise CodeError("RuntimeError", "non-positive groups is not supported")
    return count


def _convolution(axes: int) -> Any:
    def conv(
        machine: Machine, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
    ) -> Array:  # fmt: skip
        (x, single), w = batched(machine, input, axes), _weight(machine, weight, axes)
        strides = per_axis(machine, stride, axes, 1, "stride")
        dilations = per_axis(machine, dilation, axes, 1, "dilation")
        count = _groups(machine, groups)
        pads = _pads(machine, padding, w.shape[2:], strides, dilations)
        return finished(machine, sliding.convolved(machine, x, w, strides, pads, dilations, count), bias, single)

    return conv


def _pads(machine: Machine, padding: Any, kernel: Any, strides: Any, dilations: Any) -> list[Pair]:
    if padding == "valid":
        return [(ZERO, ZERO)] * len(kernel)
    if padding == "same":
        if any(stride != ONE for stride in strides):
            raise CodeError("RuntimeError", "padding='same' is not supported for strided convolutions")
        totals = [d * (size - 1) for d, size in zip(dilations, kernel)]
        halves = [machine.floor(total, Polynomial.constant(2)) for total in totals]
        return [(half, total - half) for half, total in zip(halves, totals)]
    if isinstance(padding, str):
        raise CodeError("RuntimeError", "padding must be 'valid' or 'same'")
    return [(pad, pad) for pad in per_axis(machine, padding, len(kernel), 0, "padding")]


def _transposed(axes: int) -> Any:
    def conv(
        machine: Machine, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any,
        groups: Any, dilation: Any,
    ) -> Array:  # fmt: skip
        (x, single), w = batched(machine, input, axes), _weight(machine, weight, axes)
        strides = per_axis(machine, stride, axes, 1, "stride")
        dilations = per_axis(machine, dilation, axes, 1, "dilation")
        pads = per_axis(machine, padding, axes, 0, "padding")
        extra = per_axis(machine, output_padding, axes, 0, "output_padding")
        for more, s, d in zip(extra, strides, dilations):
            if more != ZERO and not (machine.choose(s - 1 - more) or machine.choose(d - 1 - more)):
                raise CodeError("RuntimeError", "output padding must be smaller than either stride or dilation")
        count = _groups(machine, groups)
        made = sliding.transposed(machine, x, w, strides, pads, extra, dilations, count)
        return finished(machine, made, bias, single)

    return conv


for _axes in (1, 2, 3):
    function(
        f"torch.nn.functional.conv{_axes}d", f"torch.conv{_axes}d",
        takes="input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1",
    )(_convolution(_axes))  # fmt: skip
    function(
        f"torch.nn.functional.conv_transpose{_axes}d", f"torch.conv_transpose{_axes}d",
        takes="input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1",
    )(_transposed(_axes))  # fmt: skip


@function("torch.nn.functional.pad", takes="input, pad, mode='constant', value=None")
def pad(machine: Machine, input: Any, pad: Any, mode: Any, value: Any) -> Array:
    x = arrays.data(machine, input)
    widths = [arrays.integer(machine, one) for one in one_or_more(machine, pad)]
    if mode != "constant":
        raise Unread(f"F.pad(.., mode={mode!r})", "this mode is not read", "use np.pad, or mode='constant'")
    if len(widths) % 2 or len(widths) > 2 * x.rank:
        raise CodeError("RuntimeError", "Padding length should be an even number, at most twice the dimensions")
    ends: list[Pair] = [(ZERO, ZERO)] * x.rank
    for at in range(len(widths) // 2):
        low, high = widths[2 * at], widths[2 * at + 1]
        if not (machine.choose(low) and machine.choose(high)):
            raise Unread("F.pad(..)", f"{low!r} or {high!r} is negative, which crops", "use a slice")
        ends[x.rank - 1 - at] = (low, high)
    return padded(machine, x, ends, ZERO if value is None else value)


# -- unfold and fold -----------------------------------------------------------------------------------------


@function("torch.nn.functional.unfold", takes="input, kernel_size, dilation=1, padding=0, stride=1")
def unfold(machine: Machine, input: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Numbers:
    x, single = batched(machine, input, 2)
    kernel = per_axis(machine, kernel_size, 2, 1, "kernel_size")
    dilations = per_axis(machine, dilation, 2, 1, "dilation")
    pads = per_axis(machine, padding, 2, 0, "padding")
    strides = per_axis(machine, stride, 2, 1, "stride")
    x = padded(machine, x, [(ZERO, ZERO), (ZERO, ZERO), *((one, one) for one in pads)])
    spans = [d * (size - 1) + 1 for d, size in zip(dilations, kernel)]
    for at, span in zip((2, 3), spans):
        if not machine.choose(x.shape[at] - span):
            raise CodeError("RuntimeError", "calculated shape of the array of sliding blocks must be at least one")
    every = sliding.spaced(machine, windows(machine, x, [2, 3], spans, strides), [4, 5], dilations)
    n, c, oh, ow, kh, kw = every.shape
    order = shaping.transposed(machine, every, [0, 1, 4, 5, 2, 3])
    made = shaping.reshaped(machine, order, [n, c * kh * kw, oh * ow])
    result = shaping.reshaped(machine, made, made.shape[1:]) if single else made
    return arrays.copy(machine, result)


@function("torch.nn.functional.fold", takes="input, output_size, kernel_size, dilation=1, padding=0, stride=1")
def fold(
    machine: Machine, input: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Numbers:  # fmt: skip
    given = arrays.data(machine, input)
    if given.rank not in (2, 3):
        raise CodeError("RuntimeError", "Expected 2D or 3D input tensor")
    single = given.rank == 2
    sizes = per_axis(machine, output_size, 2, 1, "output_size")
    kernel = per_axis(machine, kernel_size, 2, 1, "kernel_size")
    dilations = per_axis(machine, dilation, 2, 1, "dilation")
    pads = per_axis(machine, padding, 2, 0, "padding")
    strides = per_axis(machine, stride, 2, 1, "stride")
    positions = []
    for size, k, d, p, s in zip(sizes, kernel, dilations, pads, strides):
        left = size + 2 * p - d * (k - 1) - 1
        if not machine.choose(left):
            raise CodeError("RuntimeError", "the sliding blocks do not fit in the output")
        positions.append(machine.floor(left, s) + 1)
    batch = ONE if single else given.shape[0]
    channels = machine.floor(given.shape[-2], kernel[0] * kernel[1])
    if not machine.exactly(given.shape[-2] - channels * kernel[0] * kernel[1]):
        raise CodeError("RuntimeError", "the size of dimension 1 is not divisible by the product of kernel_size")
    if not machine.exactly(given.shape[-1] - positions[0] * positions[1]):
        raise CodeError("RuntimeError", "the size of dimension 2 is not the number of sliding blocks")
    columns = shaping.reshaped(machine, given, [batch, channels, *kernel, *positions])
    assert isinstance(columns, Array)
    made = _overlapped(machine, columns, sizes, dilations, pads, strides)
    return shaping.reshaped(machine, made, made.shape[1:]) if single else made


def _overlapped(machine: Machine, columns: Array, sizes: Any, dilations: Any, pads: Any, strides: Any) -> Array:
    """Blocks (N, C, KH, KW, OH, OW) added where they overlap: (N, C, H, W)."""
    from symconv.algebra.forms import Delta, Term
    from symconv.geometry.axes import axes_of
    from symconv.programs.flat import row_major, summed

    dims, form = arrays.relettered(machine, columns)
    out = arrays.new_dims(machine, sizes)
    at = [row_major(dimension) for dimension in dims]
    places = [
        Delta.equal(
            Polynomial.name(out[axis][0].letter) + pads[axis],
            at[4 + axis] * strides[axis] + at[2 + axis] * dilations[axis],
        )
        for axis in (0, 1)
    ]
    gone = axes_of(dims[2:])
    total = summed(form * Form((Term.make(ONE, places),)), gone)
    whole = (*dims[:2], *out)
    return arrays.make(machine, whole, machine.tidy(total, axes_of(whole)), columns.kind)


@function(
    "torch.nn.functional.avg_pool2d",
    takes="input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None",
)
def avg_pool2d(machine: Machine, input: Any, kernel_size: Any, stride: Any, padding: Any) -> Numbers:
    x, single = batched(machine, input, 2)
    kernel = per_axis(machine, kernel_size, 2, 1, "kernel_size")
    strides = kernel if stride is None else per_axis(machine, stride, 2, 1, "stride")
    pads = per_axis(machine, padding, 2, 0, "padding")
    for p, k in zip(pads, kernel):
        if not machine.choose(k - 2 * p):
            raise CodeError("RuntimeError", "pad should be at most half of effective kernel size")
    x = padded(machine, x, [(ZERO, ZERO), (ZERO, ZERO), *((one, one) for one in pads)])
    for at, k in zip((2, 3), kernel):
        if not machine.choose(x.shape[at] - k):
            raise CodeError("RuntimeError", "Output size is too small")
    every = windows(machine, x, [2, 3], kernel, strides)
    made = numpy_reduce.mean(machine, every, (Polynomial.constant(4), Polynomial.constant(5)), False)
    return shaping.reshaped(machine, made, made.shape[1:]) if single else made


@function("torch.nn.functional.linear", takes="input, weight, bias=None")
def linear(machine: Machine, input: Any, weight: Any, bias: Any) -> Any:
    x, w = numpy_reduce.numbers(machine, input, weight)
    if w.rank != 2 or not x.rank:
        raise Unread("F.linear(..)", "its weight is not a matrix", "use @")
    labels = [("x", at) for at in range(x.rank - 1)]
    made = reduce.contracted(machine, [(x, [*labels, "k"]), (w, ["o", "k"])], [*labels, "o"])
    return made if bias is None else arrays.elementwise(machine, lambda a, b: a + b, made, bias)
