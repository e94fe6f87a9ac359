"""NumPy's functions that put several arrays into one, or one several times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays, index, shaping, writing
from symconv.programs.arrays import Numbers
from symconv.programs.iterables import items_of, whole_segment
from symconv.programs.library.axes import axis_numbers, one_or_more
from symconv.programs.library.numpy_make import as_array, as_kind, broadcast_copy, has_items
from symconv.programs.library.numpy_shape import atleast_1d, atleast_2d
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import (
    Array,
    IndexArray,
    ListValue,
    RangeValue,
    Real,
    Repeated,
    Segment,
    Slice,
    as_made,
    size_of,
)


@function("numpy.concatenate", "numpy.concat", takes="arrays, axis=0, out=None, *, dtype=None, casting='same_kind'")
def concatenate(machine: Machine, arrays: Any, axis: Any) -> Numbers:
    parts = given(machine, arrays)
    if axis is None:
        return joined(machine, [shaping.reshaped(machine, as_array(machine, one), [-ONE]) for one in parts], 0)
    if isinstance(parts, Repeated):
        return _joined_repeated(machine, parts, axis)
    found = [as_array(machine, one) for one in parts]
    if not found:
        raise CodeError("ValueError", "need at least one array to concatenate")
    if not found[0].rank:
        raise CodeError("ValueError", "zero-dimensional arrays cannot be concatenated")
    (at,) = axis_numbers(machine, axis, found[0].rank)
    return joined(machine, found, at)


def given(machine: Machine, value: Any) -> Any:
    """The arrays of a sequence: a tuple of them, or as many as a loop had rounds."""
    if isinstance(value, Array) and value.rank > 1 and len(value.dims[0]) == 1:
        return Repeated(value.dims[0], replace(value, dims=value.dims[1:], contiguous=False))
    if isinstance(value, (Array, IndexArray)):
        raise Unread("an array of arrays", "it is not read", "use a list or a tuple")
    if isinstance(value, Repeated):
        return value
    items = one_or_more(machine, value)
    if len(items) == 1 and isinstance(items[0], Segment):
        return items[0].repeated
    if any(isinstance(one, Segment) for one in items):
        raise Unread("a list from a loop and more", "it is not read", "use np.zeros and assign the parts")
    return items


def joined(machine: Machine, parts: Sequence[Numbers], at: int) -> Numbers:
    """Arrays one after the other along a dimension.

    Raises:
        CodeError: their other dimensions differ.
    """
    ranks = {part.rank for part in parts}
    if len(ranks) > 1:
        raise CodeError("ValueError", "all the input array dimensions must match exactly: the arrays differ in rank")
    if len(parts) == 1:
        return arrays.copy(machine, parts[0])
    numbers = [arrays.data(machine, part) for part in parts]
    sizes = [number.shape[at] for number in numbers]
    across = []
    for number in numbers:
        if len(number.dims[at]) > 1:
            flat = arrays.flattened(machine, number, at)
            assert isinstance(flat, Array)
            number = flat
        dims, form = arrays.relettered(machine, number)
        across.append((dims, form))
    dims, values = _same_elsewhere(machine, [dims for dims, _ in across], at)
    axis = Axis(machine.fresh(), sum(sizes, ZERO))
    total, start = Form(), ZERO
    for (own, form), size in zip(across, sizes):
        place = Polynomial.name(axis.letter) - start
        form = form.substitute(values).substitute({one.letter: place for one in own[at]})
        total = total + form.within([place], [size])
        start = start + size
    whole = (*dims[:at], (axis,), *dims[at + 1 :])
    tidied, ordered = machine.tidy(total, axes_of(whole)), all(number.contiguous for number in numbers)
    return arrays.make(machine, whole, tidied, arrays.common_kind(numbers), contiguous=ordered)


def _same_elsewhere(machine: Machine, layouts: Sequence[Any], at: int) -> tuple[Any, dict[str, Polynomial]]:
    """The dimensions of all but one, which must be the same, and all letters in theirs."""
    for other in range(len(layouts[0])):
        sizes = [size_of(dims[other]) for dims in layouts]
        for size in sizes[1:]:
            if other != at and not arrays.same_size(machine, size, sizes[0]):
                raise CodeError(
                    "ValueError",
                    f"all the input array dimensions except for the concatenation axis must match exactly, but along "
                    f"dimension {other} the sizes are {sizes[0]!r} and {size!r}",
                )
    return arrays.common(machine, [(*dims[:at], (), *dims[at + 1 :]) for dims in layouts])


def _joined_repeated(machine: Machine, parts: Repeated, axis: Any) -> Array:
    """As many arrays of one shape as a loop had rounds, along a dimension."""
    item = arrays.data(machine, parts.item)
    if not item.rank:
        raise CodeError("ValueError", "zero-dimensional arrays cannot be concatenated")
    (at,) = axis_numbers(machine, axis, item.rank)
    if not has_items(machine, parts):
        raise CodeError("ValueError", "need at least one array to concatenate")
    whole = arrays.repeated(machine, parts)
    first, *rest = whole.dims
    rest[at] = (*first, *rest[at])
    return Array(tuple(rest), whole.cell, whole.index)


@function("numpy.stack", takes="arrays, axis=0, out=None, *, dtype=None, casting='same_kind'")
def stack(machine: Machine, arrays: Any, axis: Any) -> Numbers:
    return stacked(machine, given(machine, arrays), axis)


def stacked(machine: Machine, parts: Any, axis: Any) -> Numbers:
    """Arrays of one shape along a new dimension."""
    if isinstance(parts, Repeated):
        if not has_items(machine, parts):
            raise CodeError("ValueError", "need at least one array to stack")
        whole = arrays.repeated(machine, parts)
        (at,) = axis_numbers(machine, axis, whole.rank)
        return shaping.transposed(machine, whole, [*range(1, at + 1), 0, *range(at + 1, whole.rank)])
    found = [as_array(machine, one) for one in parts]
    if not found:
        raise CodeError("ValueError", "need at least one array to stack")
    for one in found[1:]:
        if one.rank != found[0].rank or not all(
            arrays.same_size(machine, a, b) for a, b in zip(one.shape, found[0].shape)
        ):
            raise CodeError("ValueError", "all input arrays must have the same shape")
    (at,) = axis_numbers(machine, axis, found[0].rank + 1)
    new = [index.view(machine, one, (*(index.FULL,) * at, None, Ellipsis)).array for one in found]
    return joined(machine, new, at)


@function("numpy.vstack", takes="tup, *, dtype=None, casting='same_kind'")
def vstack(machine: Machine, tup: Any) -> Numbers:
    parts = given(machine, tup)
    if isinstance(parts, Repeated):
        return _joined_repeated(machine, Repeated(parts.axes, atleast_2d(machine, parts.item)), ZERO)
    return concatenate(machine, tuple(atleast_2d(machine, one) for one in parts), ZERO)


@function("numpy.hstack", takes="tup, *, dtype=None, casting='same_kind'")
def hstack(machine: Machine, tup: Any) -> Numbers:
    parts = given(machine, tup)
    if isinstance(parts, Repeated):
        item = atleast_1d(machine, parts.item)
        return _joined_repeated(machine, Repeated(parts.axes, item), ZERO if item.rank == 1 else ONE)
    found = [atleast_1d(machine, one) for one in parts]
    return concatenate(machine, tuple(found), ZERO if found and found[0].rank == 1 else ONE)


@function("numpy.append", takes="arr, values, axis=None")
def append(machine: Machine, arr: Any, values: Any, axis: Any) -> Numbers:
    return concatenate(machine, (arr, values), axis)


@function("numpy.insert", takes="arr, obj, values, axis=None")
def insert(machine: Machine, arr: Any, obj: Any, values: Any, axis: Any) -> Numbers:
    array = arrays.data(machine, arr)
    if axis is None and array.rank != 1:
        raise Unread("np.insert(..) without an axis", "it flattens the array", "say axis=..")
    if not isinstance(values, (Polynomial, Real)) or (array.kind != "data" and isinstance(values, Real)):
        raise Unread("np.insert(..)", "only of one number of the array's type it is read", "use np.concatenate")
    at = 0 if axis is None else axis_numbers(machine, axis, array.rank)[0]
    size, before = array.shape[at], (index.FULL,) * at
    times = _before_inner_ones(machine, obj, size)
    if times is not None and not machine.choose(size - 1):
        return arrays.copy(machine, array)
    place = ZERO if times is not None else _place_to_insert(machine, obj, size)
    longer = size + (ONE if times is None else (size - 1) * times)
    shape = [*array.shape[:at], longer, *array.shape[at + 1 :]]
    made = as_kind(machine, broadcast_copy(machine, arrays.data(machine, values), shape), array.kind)
    parts = [(Slice(None, None, times + 1), index.FULL)] if times is not None else [
        (Slice(None, place, None), Slice(None, place, None)), (Slice(place + 1, None, None), Slice(place, None, None)),
    ]  # fmt: skip
    for there, here in parts:
        writing.assign(
            machine, index.view(machine, made, (*before, there)), index.select(machine, array, (*before, here))
        )
    return made


def _before_inner_ones(machine: Machine, obj: Any, size: Polynomial) -> Polynomial | None:
    """How often each index but the first stands in what is inserted before; None if it is something else."""
    if isinstance(obj, RangeValue):
        is_all = obj.start == ONE and obj.step == ONE and machine.equal(obj.stop, size)
        return ONE if is_all else None
    if isinstance(obj, ListValue) and (segment := whole_segment(machine, obj)) is not None:
        axes, value = segment.axes, as_made(segment.item)
    elif isinstance(obj, IndexArray) and obj.rank == 1:
        axes, value = obj.axes, obj.value
    elif isinstance(obj, ListValue):
        return _in_numbers(items_of(machine, obj), size)
    else:
        return None
    for at, axis in enumerate(axes):
        if value == Polynomial.name(axis.letter) + 1 and machine.equal(axis.size, size - 1):
            return size_of((*axes[:at], *axes[at + 1 :]))
    return None


def _in_numbers(items: Sequence[Any], size: Polynomial) -> Polynomial | None:
    """How often each of 1, 2, .. up to the last index is among some numbers, if all are as often."""
    numbers = [one.value if isinstance(one, Polynomial) else None for one in items]
    if None in numbers or size.value is None:
        return None
    inner = range(1, int(size.value))
    times = len(numbers) // len(inner) if inner else 0
    is_all = Counter(numbers) == Counter(dict.fromkeys(inner, times) if times else {})
    return Polynomial.constant(times) if is_all else None


def _place_to_insert(machine: Machine, obj: Any, size: Polynomial) -> Polynomial:
    """An index, from the end if it is negative, up to the one behind the last."""
    if not isinstance(obj, Polynomial):
        raise Unread("np.insert(..)", "before other indices than one, or all but the first", "use zeros and a slice")
    place = obj if machine.choose(obj) else obj + size
    if not machine.choose(place) or not machine.choose(size - place):
        raise CodeError("IndexError", f"index {obj!r} is out of bounds for axis with size {size!r}")
    return place


@function("numpy.roll", takes="a, shift, axis=None")
def roll(machine: Machine, a: Any, shift: Any, axis: Any) -> Numbers:
    array = as_array(machine, a)
    if axis is None:
        flat = shaping.reshaped(machine, array, [-ONE])
        return shaping.reshaped(machine, roll(machine, flat, shift, ZERO), array.shape)
    axes = axis_numbers(machine, axis, array.rank, repeats=True)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(axes)
    if len(shifts) != len(axes):
        if len(axes) > 1:
            raise CodeError("ValueError", "'shift' and 'axis' should be scalars or 1D sequences")
        axes = axes * len(shifts)
    for at, one in zip(axes, shifts):
        by, size = arrays.integer(machine, one), array.shape[at]
        if not machine.choose(size - 1):
            continue
        by = by - size * machine.floor(by, size)
        before = (index.FULL,) * at
        parts = [
            index.view(machine, array, (*before, Slice(size - by, None, None))).array,
            index.view(machine, array, (*before, Slice(None, size - by, None))).array,
        ]
        array = joined(machine, parts, at)
    return array


# -- one array several times ---------------------------------------------------------------------------------


@function("numpy.repeat", "array.repeat", takes="a, repeats, axis=None")
def repeat(machine: Machine, a: Any, repeats: Any, axis: Any) -> Numbers:
    array = as_array(machine, a)
    if isinstance(repeats, (ListValue, tuple, Array, IndexArray)):
        items = one_or_more(machine, repeats) if isinstance(repeats, (ListValue, tuple)) else ()
        if len(items) != 1:
            raise Unread("np.repeat(.., several numbers)", "it is not read", "repeat by one number")
        repeats = items[0]
    if isinstance(repeats, Real):
        if not machine.choose(repeats.numerator) or not machine.choose(repeats.denominator - 1):
            raise Unread("np.repeat(..)", "by a negative float", "repeat by a whole number")
        repeats = machine.floor(repeats.numerator, repeats.denominator)  # NumPy cuts a float off
    times = arrays.integer(machine, repeats)
    if not machine.choose(times):
        raise CodeError("ValueError", "repeats may not contain negative values.")
    if axis is None:
        array, at = shaping.reshaped(machine, array, [-ONE]), 0
    else:
        (at,) = axis_numbers(machine, axis, array.rank)
    return _times(machine, array, at, times, inside=True)


def _times(machine: Machine, array: Numbers, at: int, times: Polynomial, *, inside: bool) -> Numbers:
    """Every entry (``inside``), or the whole, several times along a dimension."""
    dims, content = arrays.relettered(machine, array)
    axis = Axis(machine.fresh(), times)
    new = (*dims[at], axis) if inside else (axis, *dims[at])
    whole = (*dims[:at], new, *dims[at + 1 :])
    return (
        IndexArray(whole, content)
        if isinstance(array, IndexArray)
        else arrays.make(machine, whole, content, array.kind)
    )


@function("numpy.tile", takes="A, reps")
def tile(machine: Machine, A: Any, reps: Any) -> Numbers:
    array = as_array(machine, A)
    times = arrays.sizes(machine, reps)
    array = index.view(machine, array, (*(None,) * max(len(times) - array.rank, 0), Ellipsis)).array
    for at, one in enumerate([*[ONE] * (array.rank - len(times)), *times]):
        if not machine.choose(one):
            raise CodeError("ValueError", f"negative dimensions are not allowed: {one!r}")
        if one != ONE:
            array = _times(machine, array, at, one, inside=False)
    return arrays.copy(machine, array)


# -- taking apart ----------------------------------------------------------------------------------------------


@function("numpy.split", takes="ary, indices_or_sections, axis=0")
def split(machine: Machine, ary: Any, indices_or_sections: Any, axis: Any) -> Numbers:
    """As many parts as are wanted, one after the other: read as an array whose first axis counts them."""
    array = as_array(machine, ary)
    try:
        (at,) = axis_numbers(machine, axis, array.rank)
    except CodeError as error:  # NumPy asks for ary.shape[axis]
        if error.kind != "AxisError":
            raise
        raise CodeError("IndexError", "tuple index out of range") from error
    if isinstance(indices_or_sections, (tuple, ListValue, Array, IndexArray)):
        raise Unread("np.split(..)", "at places that are listed it is not read", "use slices")
    count = arrays.integer(machine, indices_or_sections)
    if not machine.choose(count - 1):
        raise CodeError("ValueError", "number sections must be larger than 0.")
    size = machine.floor(array.shape[at], count)
    if not machine.exactly(array.shape[at] - size * count):
        raise CodeError("ValueError", "array split does not result in an equal division")
    parts = shaping.reshaped(machine, array, [*array.shape[:at], count, size, *array.shape[at + 1 :]])
    return shaping.transposed(machine, parts, [at, *range(at), *range(at + 1, parts.rank)])


@function("numpy.hsplit", takes="ary, indices_or_sections")
def hsplit(machine: Machine, ary: Any, indices_or_sections: Any) -> Numbers:
    array = as_array(machine, ary)
    if not array.rank:
        raise CodeError("ValueError", "hsplit only works on arrays of 1 or more dimensions")
    return split(machine, array, indices_or_sections, ONE if array.rank > 1 else ZERO)


@function("numpy.vsplit", takes="ary, indices_or_sections")
def vsplit(machine: Machine, ary: Any, indices_or_sections: Any) -> Numbers:
    array = as_array(machine, ary)
    if array.rank < 2:
        raise CodeError("ValueError", "vsplit only works on arrays of 2 or more dimensions")
    return split(machine, array, indices_or_sections, ZERO)
