"""NumPy's functions and methods that put the same entries into another shape or order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs import arrays, index, shaping
from symconv.programs.arrays import Numbers
from symconv.programs.library.axes import axis_numbers, known_int
from symconv.programs.library.numpy_make import as_array, as_kind
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, IndexArray, Slice

REVERSED = Slice(None, None, Polynomial.constant(-1))


@function("numpy.reshape", takes="a, shape, order='C', *, copy=None")
def reshape(machine: Machine, a: Any, shape: Any) -> Numbers:
    return shaping.reshaped(machine, as_array(machine, a), arrays.sizes(machine, shape))


@function("array.reshape", takes="a, *shape, order='C', copy=None")
def method_reshape(machine: Machine, a: Any, *shape: Any) -> Numbers:
    if not shape:
        raise CodeError("TypeError", "reshape() takes exactly 1 argument (0 given)")
    return reshape(machine, a, shape[0] if len(shape) == 1 else shape)


@function("numpy.ravel", "array.ravel", takes="a, order='C'")
def ravel(machine: Machine, a: Any) -> Numbers:
    return shaping.reshaped(machine, as_array(machine, a), [-ONE])


@function("array.flatten", takes="a, order='C'")
def flatten(machine: Machine, a: Any) -> Numbers:
    return method_copy(machine, ravel(machine, a))


@function("numpy.copy", takes="a, order='K', subok=False")
def copy(machine: Machine, a: Any) -> Numbers:
    return arrays.copy(machine, as_array(machine, a))


@function("array.copy", takes="a, order='C'")
def method_copy(machine: Machine, a: Any) -> Numbers:
    made = arrays.copy(machine, a)
    return replace(made, contiguous=True) if isinstance(made, Array) else made


@function("array.astype", takes="a, dtype, order='K', casting='unsafe', subok=True, copy=True")
def astype(machine: Machine, a: Any, dtype: Any, casting: Any, copy: Any) -> Numbers:
    kind = arrays.kind_of(dtype)
    if isinstance(a, IndexArray) and kind == "integer":
        return a
    made = as_kind(machine, arrays.data(machine, a), kind)
    if copy is True or not isinstance(a, Array):
        return made
    return replace(made, loose=(*a.loose, (a.cell, a.cell.form)))  # it may be the array itself


@function("numpy.transpose", "numpy.permute_dims", takes="a, axes=None")
def transpose(machine: Machine, a: Any, axes: Any) -> Numbers:
    array = as_array(machine, a)
    if axes is None:
        return shaping.transposed(machine, array, range(array.rank)[::-1])
    order = axis_numbers(machine, axes, array.rank, repeats=True)
    if len(order) != array.rank:
        raise CodeError("ValueError", "axes don't match array")
    if len(set(order)) < len(order):
        raise CodeError("ValueError", "repeated axis in transpose")
    return shaping.transposed(machine, array, order)


@function("array.transpose", takes="a, *axes")
def method_transpose(machine: Machine, a: Any, *axes: Any) -> Numbers:
    if not axes or axes == (None,):
        return transpose(machine, a, None)
    return transpose(machine, a, axes[0] if len(axes) == 1 else axes)


@function("numpy.swapaxes", "array.swapaxes", takes="a, axis1, axis2")
def swapaxes(machine: Machine, a: Any, axis1: Any, axis2: Any) -> Numbers:
    array = as_array(machine, a)
    one, two = axis_numbers(machine, (axis1, axis2), array.rank, repeats=True)
    order = list(range(array.rank))
    order[one], order[two] = two, one
    return shaping.transposed(machine, array, order)


@function("numpy.moveaxis", takes="a, source, destination")
def moveaxis(machine: Machine, a: Any, source: Any, destination: Any) -> Numbers:
    array = as_array(machine, a)
    places = axis_numbers(machine, source, array.rank), axis_numbers(machine, destination, array.rank)
    if len(places[0]) != len(places[1]):
        raise CodeError("ValueError", "`source` and `destination` arguments must have the same number of elements")
    order = [at for at in range(array.rank) if at not in places[0]]
    for goal, at in sorted(zip(places[1], places[0])):
        order.insert(goal, at)
    return shaping.transposed(machine, array, order)


@function("numpy.rollaxis", takes="a, axis, start=0")
def rollaxis(machine: Machine, a: Any, axis: Any, start: Any) -> Numbers:
    array = as_array(machine, a)
    (at,) = axis_numbers(machine, axis, array.rank)
    goal = known_int(machine, start, "start=..")
    goal += array.rank if goal < 0 else 0
    if not 0 <= goal <= array.rank:
        raise CodeError("AxisError", f"'start' arg requires {-array.rank} <= start < {array.rank + 1}")
    order = [one for one in range(array.rank) if one != at]
    order.insert(goal - (at < goal), at)
    return shaping.transposed(machine, array, order)


@function("numpy.expand_dims", takes="a, axis")
def expand_dims(machine: Machine, a: Any, axis: Any) -> Numbers:
    array = as_array(machine, a)
    count = len(axis_numbers(machine, axis, 64, repeats=True))
    new = axis_numbers(machine, axis, array.rank + count)
    return _selected(machine, array, tuple(None if at in new else index.FULL for at in range(array.rank + count)))


def _selected(machine: Machine, array: Numbers, items: tuple[Any, ...]) -> Numbers:
    """array[items] for slices and new axes."""
    found: Numbers = index.view(machine, array, items).array
    return found


@function("numpy.squeeze", "array.squeeze", takes="a, axis=None")
def squeeze(machine: Machine, a: Any, axis: Any) -> Numbers:
    array = as_array(machine, a)
    axes = None if axis is None else axis_numbers(machine, axis, array.rank, lists=False)
    return shaping.squeezed(machine, array, axes)


@function("numpy.atleast_1d", takes="ary")
def atleast_1d(machine: Machine, ary: Any) -> Numbers:
    return _at_least(machine, ary, 1)


@function("numpy.atleast_2d", takes="ary")
def atleast_2d(machine: Machine, ary: Any) -> Numbers:
    return _at_least(machine, ary, 2)


def _at_least(machine: Machine, value: Any, rank: int) -> Numbers:
    array = as_array(machine, value)
    return _selected(machine, array, (None,) * max(rank - array.rank, 0) + (index.FULL,) * array.rank)


@function("numpy.broadcast_to", takes="array, shape, subok=False")
def broadcast_to(machine: Machine, array: Any, shape: Any) -> Numbers:
    given = as_array(machine, array)
    sizes = arrays.sizes(machine, shape)
    if given.rank > len(sizes):
        raise CodeError("ValueError", "input operand has more dimensions than allowed by the axis remapping")
    for size in sizes:
        if not machine.always(size):
            raise CodeError("ValueError", f"all elements of broadcast shape must be non-negative: {size!r}")
    return shaping.broadcast(machine, given, sizes)


# -- the entries in another order ----------------------------------------------------------------------------


@function("numpy.flip", takes="m, axis=None")
def flip(machine: Machine, m: Any, axis: Any) -> Numbers:
    array = as_array(machine, m)
    axes = range(array.rank) if axis is None else axis_numbers(machine, axis, array.rank, lists=False)
    return _selected(machine, array, tuple(REVERSED if at in axes else index.FULL for at in range(array.rank)))


@function("numpy.flipud", takes="m")
def flipud(machine: Machine, m: Any) -> Numbers:
    return _flipped_at(machine, m, 0)


@function("numpy.fliplr", takes="m")
def fliplr(machine: Machine, m: Any) -> Numbers:
    return _flipped_at(machine, m, 1)


def _flipped_at(machine: Machine, m: Any, at: int) -> Numbers:
    array = as_array(machine, m)
    if array.rank <= at:
        raise CodeError("ValueError", f"Input must be >= {at + 1}-d.")
    return flip(machine, array, Polynomial.constant(at))


@function("numpy.rot90", takes="m, k=1, axes=(0, 1)")
def rot90(machine: Machine, m: Any, k: Any, axes: Any) -> Numbers:
    array = as_array(machine, m)
    given = axes if isinstance(axes, tuple) else tuple(machine.get(axes, "items"))
    if len(given) != 2:
        raise CodeError("ValueError", "len(axes) must be 2.")
    one, two = axis_numbers(machine, given, array.rank, repeats=True)
    if one == two:
        raise CodeError("ValueError", "Axes must be different.")
    for _ in range(known_int(machine, k, "the number of turns") % 4):
        array = flip(machine, swapaxes(machine, array, Polynomial.constant(one), Polynomial.constant(two)),
                     Polynomial.constant(one))  # fmt: skip
    return array


@function("numpy.take", "array.take", takes="a, indices, axis=None, out=None, mode='raise'")
def take(machine: Machine, a: Any, indices: Any, axis: Any) -> Any:
    array = as_array(machine, a)
    if axis is None:
        array, at = shaping.reshaped(machine, array, [-ONE]), 0
    else:
        (at,) = axis_numbers(machine, axis, array.rank)
    chosen = indices if isinstance(indices, Polynomial) else as_array(machine, indices)
    return index.select(machine, array, (*(index.FULL,) * at, chosen))


@function("numpy.diagonal", "array.diagonal", takes="a, offset=0, axis1=0, axis2=1")
def diagonal(machine: Machine, a: Any) -> Numbers:
    raise Unread("np.diagonal(..)", "it is not read", "use np.einsum('ii->i', a)")


@function("array.item", takes="a, *args")
def item(machine: Machine, a: Any) -> Any:
    if not machine.exactly(size_of_all(a) - 1):
        raise CodeError("ValueError", "can only convert an array of size 1 to a Python scalar")
    return scalar(machine, a)


def size_of_all(array: Numbers) -> Polynomial:
    """The number of entries."""
    total = ONE
    for size in array.shape:
        total = total * size
    return total


def scalar(machine: Machine, array: Numbers) -> Any:
    """The only entry of an array of size 1."""
    flat = shaping.reshaped(machine, array, [])
    return flat.value if isinstance(flat, IndexArray) else arrays.copy(machine, flat)


@function("array.fill", takes="a, value")
def fill(machine: Machine, a: Any, value: Any) -> None:
    from symconv.programs import writing

    if not isinstance(a, Array):
        raise Unread(".fill(..) of an array of indices", "its entries are not kept one by one", "use np.full")
    writing.assign(machine, index.view(machine, a, Ellipsis), value)
