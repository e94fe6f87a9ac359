"""Convolution, cross-correlation and transposed convolution of whole tensors, with every mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sympy as sp

from symconv.claims.operators.values import Algebra, Dim, Index, Whole, misfit, shape_text

T = TypeVar("T")
MODES = ("valid", "full", "same")


@dataclass(frozen=True)
class Sliding:
    """How one tensor slides over another.

    Args:
        flips: whether the second is read backwards, as in a convolution of mathematics.
        mode: "valid", "full" or "same".
        stride, dilation, padding: one for every axis of positions, as a layer has them.
        fixed_order: whether the second tensor slides, even if it is the larger one.
        centre_low: of an even window in mode "same", whether there is more of it after the position than before.
    """

    flips: bool
    mode: str = "valid"
    stride: tuple[sp.Expr, ...] = ()
    dilation: tuple[sp.Expr, ...] = ()
    padding: tuple[sp.Expr, ...] = ()
    fixed_order: bool = False
    centre_low: bool = True

    def at(self, axis: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        """Stride, dilation and padding on an axis."""
        given = (self.stride, self.dilation, self.padding)
        return tuple(
            sp.sympify(_of_axis(one, axis), strict=True) if one else sp.Integer(default)
            for one, default in zip(given, (1, 1, 0))
        )


def _of_axis(given: Sequence[T], axis: int) -> T:
    if 1 < len(given) <= axis:
        raise misfit(f"it has more than {len(given)} axes, and {len(given)} numbers are given")
    return given[axis if len(given) > 1 else 0]


def slide(algebra: Algebra, one: Whole, other: Whole, how: Sliding) -> Whole:
    """The second tensor slides over the first; axes of channels that both have are summed over, groups are kept."""
    if len(one.positions) != len(other.positions) or not one.positions:
        raise misfit(f"shapes {shape_text(one.shape)} and {shape_text(other.shape)} do not slide over each other")
    heads, summed, split = _channels(algebra, one, other)
    window = [dim.size for dim in other.positions]
    axes = [_axis(how, at, dim.size, size) for at, (dim, size) in enumerate(zip(one.positions, window))]
    dims = (*heads, *(Dim("", size) for size, _, _, _ in axes))
    first = len(heads)

    def entry(index: Index) -> sp.Expr:
        def product(bound: Index) -> sp.Expr:
            channels, offsets = bound[: len(summed)], bound[len(summed) :]
            a, b = split(index[:first], channels)
            places = zip(index[first:], offsets, window, axes)
            at = [step * t + d * (size - 1 - u if how.flips else u) - low for t, u, size, (_, step, d, low) in places]
            return algebra.within(one, (*a, *at)) * other.entry((*b, *offsets))

        return algebra.sum([*(dim.size for dim in summed), *window], product, len(window) if other.bounded else 0)

    # Full and unpadded results are zero outside their box by themselves; others are cut.
    return Whole(dims, entry, len(dims), bounded=how.mode == "full" and not how.stride)


def _axis(how: Sliding, axis: int, size: sp.Expr, window: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Of one axis: the size of the result, the stride, the dilation, and the padding before."""
    stride, dilation, padding = how.at(axis)
    span = dilation * (window - 1)
    if how.mode == "full":
        low, total = span, 2 * span
    elif how.mode == "same":
        low, total = (sp.floor(span / 2) if how.centre_low else span - sp.floor(span / 2)), span
    else:
        low, total = padding, 2 * padding
    room = sp.expand(size + total - span - 1)
    return (room if stride == 1 else sp.floor(room / stride)) + 1, stride, dilation, low


def spread(algebra: Algebra, one: Whole, other: Whole, how: Sliding, output_padding: Sequence[sp.Expr] = ()) -> Whole:
    """The transposed convolution: every element of the first tensor spreads over a window of the result."""
    if len(one.positions) != len(other.positions) or not one.positions:
        raise misfit(f"shapes {shape_text(one.shape)} and {shape_text(other.shape)} do not slide over each other")
    heads, summed, split = _channels(algebra, one, other)
    window = [dim.size for dim in other.positions]
    sizes = []
    for at, (dim, size) in enumerate(zip(one.positions, window)):
        stride, dilation, padding = how.at(at)
        more = sp.sympify(_of_axis(output_padding, at), strict=True) if output_padding else sp.Integer(0)
        sizes.append(sp.expand(stride * (dim.size - 1) - 2 * padding + dilation * (size - 1) + 1 + more))
    dims = (*heads, *(Dim("", size) for size in sizes))
    first, places = len(heads), [dim.size for dim in one.positions]

    def entry(index: Index) -> sp.Expr:
        def product(bound: Index) -> sp.Expr:
            channels, rest = bound[: len(summed)], bound[len(summed) :]
            at, offsets = rest[: len(places)], rest[len(places) :]
            a, b = split(index[:first], channels)
            factors = []
            for axis, (t, i, u) in enumerate(zip(index[first:], at, offsets)):
                stride, dilation, padding = how.at(axis)
                factors.append(algebra.equal(t, sp.expand(stride * i + dilation * u - padding)))
            return sp.Mul(*factors) * one.entry((*a, *at)) * other.entry((*b, *offsets))

        return algebra.sum([*(dim.size for dim in summed), *places, *window], product)

    return Whole(dims, entry, len(dims), bounded=False)


Split = Callable[[Index, Index], tuple[Index, Index]]


def _channels(algebra: Algebra, one: Whole, other: Whole) -> tuple[list[Dim], list[Dim], Split]:
    """The axes of channels of the result, those that are summed over, and how both tensors are read at them."""
    roles = {dim.role: dim for dim in one.channels}
    shared = [dim.role for dim in other.channels if dim.role in roles]
    for dim in other.channels:
        if dim.role in roles and not algebra.same(dim.size, roles[dim.role].size):
            raise misfit(
                f"tensors of shapes {shape_text(one.shape)} and {shape_text(other.shape)}: their channels differ"
            )
    summed = [roles[role] for role in shared if role != "group"]
    kept = {dim.role: dim for dim in (*one.channels, *other.channels) if dim.role not in {d.role for d in summed}}
    order = [role for role in ("batch", "group", "output channel", "input channel") if role in kept]
    if algebra.layer.inputs_first and "batch" not in order:
        order.sort(key=("group", "input channel", "output channel").index)
    heads = [kept[role] for role in order]

    def split(index: Index, bound: Index) -> tuple[Index, Index]:
        values = {**dict(zip(order, index)), **dict(zip((dim.role for dim in summed), bound))}
        return tuple(values[dim.role] for dim in one.channels), tuple(values[dim.role] for dim in other.channels)

    return heads, summed, split


def flipped(value: Whole) -> Whole:
    """The tensor flipped: every axis of positions is read backwards."""
    sizes = [dim.size for dim in value.positions]
    return value.moved(value.positions, lambda index: [size - 1 - one for one, size in zip(index, sizes)])


def _for_each(given: Sequence[T], axes: int) -> Sequence[T]:
    """One for every axis, of one for all of them or one for each."""
    if len(given) == 1:
        return [given[0]] * axes
    if len(given) != axes:
        raise misfit(f"it has {axes} {'axis' if axes == 1 else 'axes'}, and {len(given)} numbers are given")
    return given


def with_zeros(algebra: Algebra, value: Whole, steps: Sequence[sp.Expr]) -> Whole:
    """The tensor with steps - 1 zeros between neighbours."""
    each = [sp.sympify(step, strict=True) for step in _for_each(steps, len(value.positions))]
    if all(step == 1 for step in each):
        return replace(value, tensor="")
    sizes, first = [dim.size for dim in value.positions], len(value.channels)
    dims = (*value.channels, *(Dim("", sp.expand(step * (size - 1) + 1)) for step, size in zip(each, sizes)))

    def entry(index: Index) -> sp.Expr:
        def element(at: Index) -> sp.Expr:
            here = sp.Mul(*(algebra.equal(t, step * i) for t, i, step in zip(index[first:], at, each)))
            return here * value.entry((*index[:first], *at))

        return algebra.sum(sizes, element)

    return value.derived(dims, entry)


def every(value: Whole, steps: Sequence[sp.Expr]) -> Whole:
    """The entries 0, s, 2 s, .. of each axis of positions, with a step s for each."""
    dims = [Dim("", sp.floor((dim.size - 1) / step) + 1) for dim, step in zip(value.positions, steps)]
    return value.moved(dims, lambda index: [at * step for at, step in zip(index, steps)], bounded=False)


def padded(algebra: Algebra, value: Whole, ends: Sequence[tuple[sp.Expr, sp.Expr]]) -> Whole:
    """The tensor with zeros at both ends of every axis; less than 0 crops it."""
    each = _for_each(ends, len(value.positions))
    dims = [Dim("", sp.expand(dim.size + low + high)) for dim, (low, high) in zip(value.positions, each)]
    crops = any(sp.sympify(end, strict=True).could_extract_minus_sign() for pair in each for end in pair)
    first, inner = len(value.channels), value
    return Whole(
        (*value.channels, *dims),
        lambda index: algebra.within(
            inner, (*index[:first], *(one - low for one, (low, _) in zip(index[first:], each)))
        ),
        len(value.dims),
        not crops,
    )
