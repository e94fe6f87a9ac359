"""Windows as views: sliding_window_view, and as_strided with strides that are multiples of the array's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis
from symconv.programs import arrays, index
from symconv.programs.division import exact_quotient
from symconv.programs.flat import row_major
from symconv.programs.library.axes import axis_numbers, one_or_more
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, size_of

ITEMSIZE = Polynomial.name("itemsize")
"""The bytes of an entry, which are not known: strides are multiples of them."""


@function(
    "numpy.lib.stride_tricks.sliding_window_view",
    takes="x, window_shape, axis=None, *, subok=False, writeable=False",
)
def sliding_window_view(machine: Machine, x: Any, window_shape: Any, axis: Any, *, subok: Any, writeable: Any) -> Array:
    array = arrays.data(machine, x)
    sizes = [arrays.integer(machine, one) for one in one_or_more(machine, window_shape)]
    axes = list(range(array.rank)) if axis is None else axis_numbers(machine, axis, array.rank, repeats=True)
    if len(sizes) != len(axes):
        raise CodeError("ValueError", "Must provide matching length window_shape and axis")
    for size in sizes:
        if not machine.choose(size):
            raise CodeError("ValueError", "`window_shape` cannot contain negative values")
    return windows(machine, array, axes, sizes, [ONE] * len(axes))


def windows(
    machine: Machine, array: Array, axes: Sequence[int], sizes: Sequence[Polynomial], steps: Sequence[Polynomial]
) -> Array:
    """All windows along some dimensions: the positions take the place of these, the places in a window come last."""
    for at in set(axes):
        if len(array.dims[at]) > 1:
            flat = arrays.flattened(machine, array, at)
            assert isinstance(flat, Array)
            array = flat
    dims, at_cell = list(array.dims), dict(array.index)
    for at, size, step in zip(axes, sizes, steps):
        left = size_of(dims[at]) - size
        if not machine.choose(left):
            raise CodeError("ValueError", "window shape cannot be larger than input array shape")
        position = Axis(machine.fresh(), machine.floor(left, step) + 1)
        place = Axis(machine.fresh(), size)
        read = Polynomial.name(position.letter) * step + Polynomial.name(place.letter)
        old = {axis.letter: read for axis in dims[at]}
        at_cell = {letter: one.substitute(old) for letter, one in at_cell.items()}
        dims[at] = (position,)
        dims.append((place,))
    return Array(tuple(dims), array.cell, at_cell, False, (*array.loose, (array.cell, array.cell.form)))


# -- strides -----------------------------------------------------------------------------------------------


@function("array.strides", takes="a, /")
def strides(machine: Machine, a: Any) -> tuple[Polynomial, ...]:
    if not isinstance(a, Array):
        raise Unread(".strides of an array of indices", "it is not read", "use an array of data")
    return tuple(step * itemsize(machine, a) for step in steps(a))


@function("array.itemsize", takes="a, /")
def itemsize(machine: Machine, a: Any) -> Polynomial:
    if not isinstance(a, Array) or a.kind != "data":
        raise Unread(".itemsize", "the type of the array is not known", "use .strides of an array of data")
    if "itemsize" not in machine.base.bounds:
        lower = {**machine.base.bounds, "itemsize": 1}
        machine.base = type(machine.base)(tuple(sorted(lower.items())), machine.base.facts, machine.base.defined)
    return ITEMSIZE


def steps(array: Array) -> list[Polynomial]:
    """How many entries lie between neighbors along each dimension, in memory that is in row-major order.

    Raises:
        Unread: the memory may be in another order.
    """
    if not array.contiguous:
        place = _place_in_memory(array)
        found = [_step(place, dimension) for dimension in array.dims]
        if array.cell.ordered and None not in found:
            return [one for one in found if one is not None]
        raise Unread(
            "the strides of a view",
            "the order of its memory is not known",
            "make it contiguous first: np.ascontiguousarray",
        )
    result: list[Polynomial] = []
    step = ONE
    for size in reversed(array.shape):
        result.insert(0, step)
        step = step * size
    return result


def _place_in_memory(array: Array) -> Polynomial:
    """The number of an entry in its row-major memory, in the letters of the array's axes."""
    return row_major(array.cell.axes).substitute(array.index)


def _step(place: Polynomial, dimension: tuple[Axis, ...]) -> Polynomial | None:
    """By how much the place in memory grows along a dimension; None if it does not grow evenly."""
    own = {axis.letter for axis in dimension}
    steps = [place.coefficient(axis.letter) for axis in dimension]
    even = all(one == two * axis.size for one, two, axis in zip(steps, steps[1:], dimension[1:]))
    return steps[-1] if steps and even and place.degree(own) == 1 else None


@function(
    "numpy.lib.stride_tricks.as_strided",
    takes="x, shape=None, strides=None, subok=False, writeable=True, *, check_bounds=None",
)
def as_strided(machine: Machine, x: Any, shape: Any, strides: Any, subok: Any, writeable: Any) -> Array:
    array = arrays.data(machine, x)
    if shape is None or strides is None:
        raise Unread("as_strided(..)", "without shape and strides it is not read", "give both")
    sizes = arrays.sizes(machine, shape)
    bytes_between = arrays.sizes(machine, strides)
    if len(sizes) != len(bytes_between):
        raise CodeError("ValueError", "strides is incompatible with shape of requested array")
    entries = [exact_quotient(one, itemsize(machine, array)) for one in bytes_between]
    if any(one is None for one in entries):
        raise Unread("as_strided(..)", "the strides are not multiples of the array's", "make them of x.strides")
    return strided(machine, array, sizes, [one for one in entries if one is not None])


def strided(machine: Machine, array: Array, sizes: Sequence[Polynomial], between: Sequence[Polynomial]) -> Array:
    """The view with given steps in memory between neighbors, all of whose entries must lie in the array.

    Raises:
        CodeError: they do not.
        Unread: it does not show that they do, or which entries they are.
    """
    start = ZERO
    if array.contiguous:
        dims, cell_index = array.axes, array.index
    else:
        steps(array)
        start = _place_in_memory(array).substitute({axis.letter: ZERO for axis in array.axes})
        dims, cell_index = array.cell.axes, arrays.same_letters(array.cell.axes)
    for size in sizes:
        if not machine.always(size):
            raise CodeError("ValueError", f"negative dimensions are not allowed: {size!r}")
    axes = tuple(Axis(machine.fresh(), size) for size in sizes)
    flat = sum((Polynomial.name(axis.letter) * step for axis, step in zip(axes, between)), start)
    digits = index._digits(machine, flat, dims, axes)
    if digits is None:
        _require_inside(machine, size_of(dims) - start, sizes, between)
        raise Unread("as_strided(..)", "it does not show that all of it lies in the array", "use sliding_window_view")
    values = {axis.letter: digit for axis, digit in zip(dims, digits)}
    at_cell = {letter: at.substitute(values) for letter, at in cell_index.items()}
    new = tuple((axis,) for axis in axes)
    return Array(new, array.cell, at_cell, False, (*array.loose, (array.cell, array.cell.form)))


def _require_inside(
    machine: Machine, count: Polynomial, sizes: Sequence[Polynomial], between: Sequence[Polynomial]
) -> None:
    """That a view with steps forwards ends in the memory that it has, which tells the sizes apart."""
    if all(machine.implies(number) for number in (*(size - 1 for size in sizes), *between)):
        last = sum(((size - 1) * step for size, step in zip(sizes, between)), ZERO)
        if not machine.choose(count - 1 - last):
            raise CodeError("IndexError", "as_strided(..) reads beyond the memory of its array")
