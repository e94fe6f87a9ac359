"""Arrays in other shapes: reshape, transpose, new and removed dimensions, broadcasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symconv.algebra.forms import Delta, Form, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis, Layout
from symconv.programs import arrays
from symconv.programs.arrays import Numbers
from symconv.programs.division import exact_quotient
from symconv.programs.flat import row_major, summed
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, IndexArray, size_of


def transposed(machine: Machine, array: Numbers, order: Sequence[int]) -> Numbers:
    """The dimensions in another order."""
    dims = tuple(array.dims[at] for at in order)
    if isinstance(array, IndexArray):
        return IndexArray(dims, array.value)
    return replace(array, dims=dims, contiguous=array.contiguous and list(order) == list(range(array.rank)))


def axis_number(machine: Machine, axis: Any, rank: int) -> int:
    """The number of a dimension, negative ones counted from the back."""
    value = arrays.integer(machine, axis).value
    if value is None:
        raise Unread("axis=..", "the number of the axis depends on sizes", "use a number")
    if not -rank <= value < rank:
        raise CodeError("AxisError", f"axis {value} is out of bounds for array of dimension {rank}")
    return int(value) % rank


def reshaped(machine: Machine, array: Numbers, shape: Sequence[Polynomial]) -> Numbers:
    """The same entries in row-major order, in another shape; one size may be -1."""
    sizes = _completed(machine, array, shape)
    source = array.axes
    target = tuple(Axis(machine.fresh(), size) for size in sizes)
    found = arrays.refined(machine, source, target)
    if found is None:
        return _reshaped_by_number(machine, array, target)
    common, values = found
    dims = _grouped(target, common, values)
    if isinstance(array, IndexArray):
        return IndexArray(dims, array.value.substitute(values))
    index = {letter: at.substitute(values) for letter, at in array.index.items()}
    loose = array.loose if array.contiguous else (*array.loose, (array.cell, array.cell.form))
    return Array(dims, array.cell, index, array.contiguous, loose)


def _completed(machine: Machine, array: Numbers, shape: Sequence[Polynomial]) -> list[Polynomial]:
    """The sizes of a new shape, with what -1 stands for; NumPy takes any other negative number as -1."""
    total = size_of(array.axes)
    sizes = list(shape)
    open_places = [
        at for at, size in enumerate(sizes) if not _is_product(size, array.axes) and not machine.always(size)
    ]
    if len(open_places) > 1:
        raise CodeError("ValueError", "can only specify one unknown dimension")
    if open_places:
        (at,) = open_places
        known = size_of(tuple(Axis("", size) for size in (*sizes[:at], *sizes[at + 1 :])))
        missing = exact_quotient(total, known)
        if missing is None:
            missing = machine.floor(total, known)
            if not machine.exactly(total - known * missing):
                raise CodeError("ValueError", f"cannot reshape {total!r} entries by {known!r}")
        elif not machine.always(known - 1):
            raise CodeError("ValueError", f"cannot reshape {total!r} entries by {known!r}")
        sizes[at] = missing
    count = size_of(tuple(Axis("", size) for size in sizes))
    if not arrays.same_size(machine, total, count):
        raise CodeError("ValueError", f"cannot reshape array of {total!r} entries into {count!r}")
    return sizes


def _is_product(size: Polynomial, axes: Sequence[Axis]) -> bool:
    """Whether a size is the product of some axes' sizes, so that it is not negative."""
    for axis in axes:
        if (rest := exact_quotient(size, axis.size)) is not None:
            size = rest
    return size == ONE


def _grouped(target: Sequence[Axis], common: Sequence[Axis], values: dict[str, Polynomial]) -> Layout:
    """The common axes that each target axis is made of."""
    return tuple(tuple(axis for axis in common if axis.letter in values[one.letter].names) for one in target)


def _reshaped_by_number(machine: Machine, array: Numbers, target: tuple[Axis, ...]) -> Numbers:
    """A reshape whose shapes have no common factors: entries have the same number in row-major order."""
    if isinstance(array, IndexArray):
        raise Unread("a reshape of an array of indices", "the shapes have no common factors", "use two loops")
    same = Form((Term.make(ONE, (Delta.equal(row_major(array.axes), row_major(target)),)),))
    form = machine.tidy(summed(array.form * same, array.axes), target)
    made = arrays.make(machine, tuple((axis,) for axis in target), form, array.kind)
    return replace(made, loose=(*array.loose, (array.cell, array.cell.form)))


def broadcast(machine: Machine, array: Numbers, shape: Sequence[Polynomial]) -> Numbers:
    """The array as one of another shape, its dimensions of size 1 repeated. It is read only, as in NumPy."""
    target = arrays.new_dims(machine, shape)
    dims, content = arrays.relettered(machine, array)
    together, values = arrays.common(machine, [target, dims])
    for size, dimension in zip(shape, together):
        if len(together) != len(shape) or not arrays.same_size(machine, size, size_of(dimension)):
            raise CodeError("ValueError", f"an array of shape {array.shape} does not broadcast to {tuple(shape)}")
    if isinstance(array, IndexArray):
        return IndexArray(together, content.substitute(values))
    made = arrays.make(machine, together, content.substitute(values), array.kind)
    return replace(made, loose=(*array.loose, (array.cell, array.cell.form)))


def squeezed(machine: Machine, array: Numbers, axes: Sequence[int] | None) -> Numbers:
    """Without dimensions of size 1: the given ones, or all."""
    gone = [at for at, size in enumerate(array.shape) if machine.exactly(size - 1)] if axes is None else list(axes)
    for at in gone:
        if not machine.exactly(array.shape[at] - 1):
            raise CodeError("ValueError", f"axis {at} has size {array.shape[at]!r}, not 1")
    values = {axis.letter: ZERO for at in gone for axis in array.dims[at]}
    dims = tuple(dimension for at, dimension in enumerate(array.dims) if at not in gone)
    if isinstance(array, IndexArray):
        return IndexArray(dims, array.value.substitute(values))
    index = {letter: at.substitute(values) for letter, at in array.index.items()}
    return replace(array, dims=dims, index=index)
