"""Operators that slide one tensor over another, by the names that papers, NumPy, SciPy and PyTorch have for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from symconv.algebra.polynomial import ONE
from symconv.claims.operators.convolutions import MODES, Sliding, flipped, padded, spread, with_zeros
from symconv.claims.operators.extensions import extended
from symconv.claims.operators.registry import Arguments, Reads, operator
from symconv.claims.operators.values import Index, Whole, misfit
from symconv.layers import Layer


def _two(reader: Reads, given: Arguments, name: str, more: int = 0) -> tuple[Whole, Whole]:
    """The two tensors; ``more`` tensors may follow."""
    if len(given.values) < 2:
        raise reader.wrong(f"{name} needs two tensors", f"write {name}(x, w)")
    if len(given.values) > 2 + more or any(value.is_scalar and not value.tensor for value in given.values[2:]):
        raise reader.wrong(f"{name} has {len(given.values)} arguments", "write stride=.., padding=.. by their names")
    return given.values[0], given.values[1]


def _require_groups(reader: Reads, given: Arguments) -> None:
    """That a function has as many groups as the layer, if it says how many, or if its library does."""
    layer = reader.algebra.layer
    counts = numbers(given.options.get("groups", ())) or ((sp.S.One,) if given.of_torch else ())
    own = sp.sympify(layer.groups, strict=True)
    if counts and sp.expand(counts[0] - own) != 0:
        raise misfit(f"it has groups={counts[0]}, and the layer has groups={own}")


def numbers(values: Sequence[Whole]) -> tuple[sp.Expr, ...]:
    """Sizes that stand for themselves."""
    return tuple(value.entry(()) for value in values if value.is_scalar)


def flips_in_layer(layer: Layer) -> bool:
    """Whether conv reads the kernel backwards; what a transposed layer is made of does not."""
    return layer.flip and not layer.spreads


def _mode(given: Arguments, default: str) -> str:
    return next((word for word in given.words if word in MODES), given.mode or default)


@operator("conv", "conv1d", "conv2d", "conv3d", "convolution", "convolution2d", "conv1", "convlayer",
          options="stride padding dilation bias groups")  # fmt: skip
def conv(reader: Reads, given: Arguments) -> Whole:
    """What layers compute, with stride, padding and dilation if they are given; a third tensor is the bias."""
    one, other = _two(reader, given, "conv", 1)
    _require_groups(reader, given)
    options = {name: numbers(values) for name, values in given.options.items() if name not in ("bias", "groups")}
    how = None
    if options.keys() & {"stride", "padding", "dilation"}:
        how = Sliding(
            flips_in_layer(reader.algebra.layer), stride=options.get("stride", (sp.S.One,)),
            padding=options.get("padding", ()), dilation=options.get("dilation", ()), fixed_order=True,
        )  # fmt: skip
    result = reader.convolved(one, other, _mode(given, ""), "layer", how)
    bias = given.values[2:3] or given.options.get("bias", ())
    return reader.algebra.added(result, bias[0]) if bias and bias[0].tensor else result


@operator("corr", "crosscorrelation", "crosscorr", "xcorr", "correlation")
def correlation(reader: Reads, given: Arguments) -> Whole:
    return reader.convolved(*_two(reader, given, "corr"), _mode(given, ""), "correlation")


@operator("correlate")
def correlate(reader: Reads, given: Arguments) -> Whole:
    """NumPy's, valid unless told otherwise."""
    return _correlated(reader, *_two(reader, given, "correlate"), _mode(given, "valid"))


@operator("correlate2d")
def correlate2d(reader: Reads, given: Arguments) -> Whole:
    """SciPy's, full unless told otherwise."""
    return _correlated(reader, *_two(reader, given, "correlate2d"), _mode(given, "full"))


def _correlated(reader: Reads, one: Whole, other: Whole, mode: str) -> Whole:
    """NumPy and SciPy slide the smaller tensor over the larger one; if it comes first, the result is read backwards."""
    how = Sliding(False, mode, fixed_order=True, centre_low=False)
    if mode == "valid" and _is_smaller(one, other):
        return flipped(reader.convolved(other, one, mode, "correlation", how))
    return reader.convolved(one, other, mode, "correlation", how)


def _is_smaller(one: Whole, other: Whole) -> bool:
    """Whether a tensor is known to be smaller than another on every axis of positions."""
    sizes = [(a.size, b.size) for a, b in zip(one.positions, other.positions)]
    return bool(sizes) and all(sp.expand(a - b).is_negative for a, b in sizes)


@operator("convolve", "convolve2d", "fftconvolve", "conv2", "convn")
def convolve(reader: Reads, given: Arguments) -> Whole:
    """NumPy's, SciPy's and Matlab's, with the second tensor flipped; full unless told otherwise."""
    one, other = _two(reader, given, "convolve")
    how = Sliding(True, _mode(given, "full"), fixed_order=True, centre_low=False)
    if how.mode == "valid" and _is_smaller(one, other):
        one, other = other, one
    return reader.convolved(one, other, how.mode, "convolution", how)


@operator("convtranspose", "convtranspose1d", "convtranspose2d", "convtranspose3d", "transposedconv", "deconv",
          options="stride padding dilation output_padding groups")  # fmt: skip
def conv_transpose(reader: Reads, given: Arguments) -> Whole:
    one, other = _two(reader, given, "conv_transpose")
    _require_groups(reader, given)
    options = {name: numbers(values) for name, values in given.options.items()}
    how = Sliding(
        False,
        stride=options.get("stride", ()),
        padding=options.get("padding", ()),
        dilation=options.get("dilation", ()),
    )
    return spread(reader.algebra, one, other, how, options.get("output_padding", ()))


# -- what is done to one tensor --------------------------------------------------------------------------


def _one(reader: Reads, given: Arguments, name: str) -> Whole:
    if not given.values or given.values[0].is_scalar:
        raise reader.wrong(f"{name} needs a tensor", f"write {name}(w)")
    return given.values[0]


@operator("rot180", "rotate180", "rot180deg", "flip", "reverse", "flipped", "rotated", "flipkernel", "turn",
          options="axis")  # fmt: skip
def rotated(reader: Reads, given: Arguments) -> Whole:
    """Read backwards along every axis of positions, or along those that are given, counted with the channels."""
    value = _one(reader, given, "rot180")
    axes = numbers(given.options.get("axis", ())) or numbers(given.values[1:])
    if not axes:
        return flipped(value)
    for axis in axes:
        if not axis.is_Integer or not -len(value.dims) <= axis < len(value.dims):
            raise reader.wrong(f"{axis} is not an axis", f"axes are 0 to {len(value.dims) - 1}")
        place = int(axis) % len(value.dims) - len(value.channels)
        if place < 0:
            raise reader.wrong(f"axis {axis} is one of channels", "flip the axes of positions")
        value = _axis_flipped(value, place)
    return value


@operator("rot90")
def quarter_turns(reader: Reads, given: Arguments) -> Whole:
    """Two of them are half a turn."""
    value = _one(reader, given, "rot90")
    if numbers(given.values[1:]) != (2,):
        raise reader.wrong("a quarter turn is not read", "write rot180(w) or rot90(w, 2)")
    return flipped(value)


def _axis_flipped(value: Whole, axis: int) -> Whole:
    sizes = [dim.size for dim in value.positions]

    def index(given: Index) -> list[sp.Expr]:
        return [sizes[at] - 1 - one if at == axis else one for at, one in enumerate(given)]

    return value.moved(value.positions, index)


@operator("flipud")
def rows_backwards(reader: Reads, given: Arguments) -> Whole:
    return _axis_flipped(_one(reader, given, "flipud"), 0)


@operator("fliplr")
def columns_backwards(reader: Reads, given: Arguments) -> Whole:
    value = _one(reader, given, "fliplr")
    return _axis_flipped(value, len(value.positions) - 1)


@operator("upsample", "up", "dilate", "dilated", "insertzeros", "zeroinsert", "zeroinsertion", "stretch", "spread",
          options="stride")  # fmt: skip
def zeros_inserted(reader: Reads, given: Arguments) -> Whole:
    """step - 1 zeros between neighbours; the step is the layer's stride unless it is given."""
    value = _one(reader, given, "upsample")
    steps = numbers(given.values[1:]) or numbers(given.options.get("stride", ()))
    layer = reader.algebra.layer
    own = [layer.writer.polynomial(scheme.l if scheme.s == ONE else scheme.s) for scheme in layer.schemes]
    return with_zeros(reader.algebra, value, steps or own)


@operator("pad", "padded", "zeropad", "pad1d", "pad2d")
def zeros_around(reader: Reads, given: Arguments) -> Whole:
    """Zeros at both ends, as many as the layer has unless it is said; else the input as the layer pads it."""
    value = _one(reader, given, "pad")
    layer = reader.algebra.layer
    ends = [(one, one) for one in numbers(given.values[1:])]
    own = [(layer.writer.polynomial(one.low), layer.writer.polynomial(one.high)) for one in layer.schemes]
    for group in given.groups:
        ends = _ends(reader, group, len(value.dims) - len(value.positions), len(value.positions), given.of_torch)
    if not ends and layer.padding_mode != "zeros" and value.tensor == layer.notation.input:
        return extended(reader.algebra, value)
    return padded(reader.algebra, value, ends or own)


def _ends(reader: Reads, group: Sequence[Any], before: int, ndim: int, of_torch: bool) -> list[tuple[Any, Any]]:
    """The zeros at both ends of every axis of positions, as NumPy has them; PyTorch begins at the last axis."""
    pairs = [one for one in group if isinstance(one, list)]
    flat = [one for one in group if not isinstance(one, list)]
    if of_torch and flat and not pairs and len(flat) % 2 == 0 and len(flat) <= 2 * ndim:
        found = [(low, high) for low, high in zip(flat[::2], flat[1::2])]
        return [(sp.S.Zero, sp.S.Zero)] * (ndim - len(found)) + found[::-1]
    if not of_torch and len(flat) == 2 and not pairs and not before:
        return [(flat[0], flat[1])] * ndim
    zeros = all(sp.sympify(end, strict=True) == 0 for pair in pairs[:before] for end in pair)
    if not of_torch and not flat and all(len(pair) == 2 for pair in pairs) and len(pairs) == before + ndim and zeros:
        return [(low, high) for low, high in pairs[before:]]
    raise reader.wrong("the padding does not fit the tensor's axes", "give two numbers for each axis of positions")


@operator("crop", "cropped", "unpad")
def cropped(reader: Reads, given: Arguments) -> Whole:
    """Without the ends, as many elements as the layer's padding has unless it is said."""
    value = _one(reader, given, "crop")
    layer = reader.algebra.layer
    ends = [(-one, -one) for one in numbers(given.values[1:])]
    own = [(-layer.writer.polynomial(one.low), -layer.writer.polynomial(one.high)) for one in layer.schemes]
    return padded(reader.algebra, value, ends or own)
