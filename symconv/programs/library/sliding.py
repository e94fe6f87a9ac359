"""Convolutions as functions: the sum over windows that PyTorch, JAX and SciPy name."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from symconv.algebra.forms import Delta, Form, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import axes_of
from symconv.programs import arrays, reduce, shaping
from symconv.programs.flat import summed
from symconv.programs.library.numpy_pad import Pair, padded
from symconv.programs.library.numpy_shape import flip
from symconv.programs.library.windows import windows
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError
from symconv.programs.values import Array, Slice

Numbers = Sequence[Polynomial]


def grouped(machine: Machine, array: Array, at: int, groups: Polynomial) -> Array:
    """A dimension as two: the group, and what is in it."""
    shape = list(array.shape)
    shape[at : at + 1] = [groups, machine.floor(shape[at], groups)]
    made = shaping.reshaped(machine, array, shape)
    assert isinstance(made, Array)
    return made


def convolved(
    machine: Machine, x: Array, w: Array, strides: Numbers, padding: Sequence[Pair], dilations: Numbers,
    groups: Polynomial = ONE,
) -> Array:  # fmt: skip
    """x (N, C, ..) correlated with w (O, C / groups, ..): (N, O, ..).

    Raises:
        CodeError: the kernel is larger than the padded input, or channels do not fit.
    """
    axes = len(strides)
    fits = machine.exactly(x.shape[1] - w.shape[1] * groups)
    if not fits:
        raise CodeError(
            "RuntimeError", f"the weight expects {w.shape[1]!r} channels a group, the input has {x.shape[1]!r}"
        )
    if not machine.exactly(w.shape[0] - groups * machine.floor(w.shape[0], groups)):
        raise CodeError("RuntimeError", "the output channels are not divisible by the groups")
    x = padded(machine, x, [(ZERO, ZERO), (ZERO, ZERO), *padding])
    x, w = grouped(machine, x, 1, groups), grouped(machine, w, 0, groups)
    places = list(range(3, 3 + axes))
    spans = [d * (size - 1) + 1 for d, size in zip(dilations, w.shape[3:])]
    for at, span in zip(places, spans):
        if not machine.choose(x.shape[at] - span):
            raise CodeError("RuntimeError", "Kernel size can't be greater than actual input size")
    every = windows(machine, x, places, spans, strides)
    read = spaced(machine, every, range(3 + axes, 3 + 2 * axes), dilations)
    outer: list[Hashable] = [f"o{at}" for at in range(axes)]
    inner: list[Hashable] = [f"k{at}" for at in range(axes)]
    product = reduce.contracted(
        machine, [(read, ["n", "g", "c", *outer, *inner]), (w, ["g", "f", "c", *inner])], ["n", "g", "f", *outer]
    )
    sizes = list(product.shape)
    made = shaping.reshaped(machine, product, [sizes[0], sizes[1] * sizes[2], *sizes[3:]])
    assert isinstance(made, Array)
    return made


def spaced(machine: Machine, array: Array, axes: Sequence[int], steps: Numbers) -> Array:
    """Entries at regular steps along some dimensions."""
    from symconv.programs.index import FULL, view

    by = dict(zip(axes, steps))
    found = view(machine, array, tuple(Slice(None, None, by[at]) if at in by else FULL for at in range(array.rank)))
    result: Array = found.array
    return result


def with_zeros_between(machine: Machine, x: Array, axes: Sequence[int], factors: Numbers) -> Array:
    """Zeros between neighbors: a factor of 2 puts one between each two."""
    for at, factor in zip(axes, factors):
        if factor == ONE:
            continue
        if len(x.dims[at]) > 1:
            flat = arrays.flattened(machine, x, at)
            assert isinstance(flat, Array)
            x = flat
        dims, form = arrays.relettered(machine, x)
        (wide,) = arrays.new_dims(machine, [factor * (x.shape[at] - 1) + 1])
        if dims[at]:
            old = dims[at][0]
            place = Delta.equal(Polynomial.name(wide[0].letter), factor * Polynomial.name(old.letter))
            form = summed(form * Form((Term.make(ONE, (place,)),)), [old])
        whole = (*dims[:at], wide, *dims[at + 1 :])
        x = arrays.make(machine, whole, machine.tidy(form, axes_of(whole)), x.kind)
    return x


def transposed(
    machine: Machine, x: Array, w: Array, strides: Numbers, padding: Numbers, extra: Numbers, dilations: Numbers,
    groups: Polynomial = ONE,
) -> Array:  # fmt: skip
    """The transposed convolution of x (N, C, ..) with w (C, O / groups, ..): (N, O, ..)."""
    axes = len(strides)
    if not machine.exactly(x.shape[1] - w.shape[0]):
        raise CodeError("RuntimeError", f"the weight expects {w.shape[0]!r} channels, the input has {x.shape[1]!r}")
    if not machine.exactly(w.shape[0] - groups * machine.floor(w.shape[0], groups)):
        raise CodeError("RuntimeError", "the input channels are not divisible by the groups")
    wide = with_zeros_between(machine, x, range(2, 2 + axes), strides)
    flipped = flip(machine, w, tuple(Polynomial.constant(at) for at in range(2, 2 + axes)))
    assert isinstance(flipped, Array)
    swapped = shaping.transposed(machine, grouped(machine, flipped, 0, groups), [0, 2, 1, *range(3, 3 + axes)])
    sizes = list(swapped.shape)
    weight = shaping.reshaped(machine, swapped, [sizes[0] * sizes[1], *sizes[2:]])
    assert isinstance(weight, Array)
    ends = []
    for size, d, p, more in zip(w.shape[2:], dilations, padding, extra):
        low = d * (size - 1) - p
        ends.append((low, low + more))
    return convolved(
        machine, _cropped(machine, wide, ends), weight, [ONE] * axes, _added(machine, ends), dilations, groups
    )


def _cropped(machine: Machine, x: Array, ends: Sequence[Pair]) -> Array:
    """Without what negative ends remove."""
    from symconv.programs.index import FULL, view

    cuts: list[Any] = []
    for size, (low, high) in zip(x.shape[2:], ends):
        start = ZERO if machine.choose(low) else -low
        stop = size if machine.choose(high) else size + high
        if not machine.choose(stop - start - 1):
            raise CodeError("RuntimeError", "the output of the transposed convolution is empty")
        cuts.append(FULL if (start, stop) == (ZERO, size) else Slice(start, stop, None))
    result: Array = view(machine, x, (FULL, FULL, *cuts)).array
    return result


def _added(machine: Machine, ends: Sequence[Pair]) -> list[Pair]:
    return [tuple(end if machine.choose(end) else ZERO for end in pair) for pair in ends]  # type: ignore[misc]
