"""Indexing as NumPy does it: entries, slices, new axes, arrays of indices. Each index is shown to be inside its array.

An index that leaves the array at some sizes tells the sizes apart: where it does, the program raises ``IndexError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays
from symconv.programs.arrays import Numbers
from symconv.programs.division import exact_quotient, with_rest
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, Condition, IndexArray, ListValue, Slice, size_of

FULL = Slice(None, None, None)


def select(machine: Machine, array: Numbers, items: Any) -> Any:
    """array[items]: a view for slices, a copy for arrays of indices, a number for whole numbers on every axis."""
    found = view(machine, array, items)
    if isinstance(found.array, IndexArray):
        return found.array if found.array.dims else found.array.value
    if not found.array.dims and any(one is Ellipsis for one in (items if isinstance(items, tuple) else (items,))):
        raise Unread("an index with ... of one entry", "NumPy gives a view of it", "leave ... out")
    if found.advanced or not found.array.dims:
        return arrays.copy(machine, found.array, keeps_order=not found.advanced)
    return found.array


@dataclass
class View:
    """A part of an array, under way: its dimensions so far, and for each letter of the array the index there."""

    dims: list[tuple[Axis, ...]] = field(default_factory=list)
    values: dict[str, Polynomial] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part of an array. ``advanced`` if an array of indices made it, so that entries may be in it twice."""

    array: Any
    advanced: bool


def view(machine: Machine, array: Numbers, items: Any) -> Part:
    """The part of an array that array[items] is, in the array's own memory."""
    wanted = _complete(machine, array, items)
    for at, (item, dimension) in enumerate(zip([item for item in wanted if item is not None], array.dims)):
        if len(dimension) > 1 and not _is_full(item) and not _has_digits(machine, item, dimension):
            return view(machine, arrays.flattened(machine, array, at), items)
    index_arrays = [item for item in wanted if isinstance(item, IndexArray)]
    index_dims, contents = arrays.aligned(machine, index_arrays) if index_arrays else ((), [])
    entries = iter(contents)
    new, at, place = View(), 0, None
    for item in wanted:
        if item is None:
            new.dims.append(())
            continue
        dimension = array.dims[at]
        at += 1
        if isinstance(item, Slice):
            _slice(machine, new, dimension, item)
        else:
            advanced = isinstance(item, IndexArray)
            letters = axes_of(index_dims) if advanced else ()
            _point(machine, new, dimension, next(entries) if advanced else item, letters)
            if index_arrays and place is None:
                place = len(new.dims)
    if index_arrays:
        place = place if _are_together(wanted) else 0
        new.dims[place:place] = index_dims
    return Part(_through(array, new, all(map(_is_full, wanted))), bool(index_arrays))


def _through(array: Numbers, new: View, whole: bool) -> Numbers:
    dims = tuple(new.dims)
    if isinstance(array, IndexArray):
        return IndexArray(dims, array.value.substitute(new.values))
    index = {letter: at.substitute(new.values) for letter, at in array.index.items()}
    return Array(dims, array.cell, index, array.contiguous and whole, array.loose)


def _are_together(wanted: Sequence[Any]) -> bool:
    """Whether the indices that are not slices follow each other: their dimensions then come in their place."""
    places = [at for at, item in enumerate(wanted) if isinstance(item, (IndexArray, Polynomial))]
    return places == list(range(places[0], places[-1] + 1))


def _is_full(item: Any) -> bool:
    return item is None or item == FULL


# -- what is given -----------------------------------------------------------------------------------------


def _complete(machine: Machine, array: Numbers, items: Any) -> list[Any]:
    """An index for every dimension, with ``None`` for new ones."""
    given = [_item(machine, item) for item in (items if isinstance(items, tuple) else (items,))]
    if sum(item is Ellipsis for item in given) > 1:
        raise CodeError("IndexError", "an index can only have a single ellipsis ('...')")
    missing = array.rank - sum(item is not None and item is not Ellipsis for item in given)
    if missing < 0:
        raise CodeError("IndexError", f"too many indices: the array has {array.rank} dimensions")
    if Ellipsis not in [item for item in given if not isinstance(item, (Polynomial, IndexArray))]:
        given.append(Ellipsis)
    at = next(at for at, item in enumerate(given) if item is Ellipsis)
    return [*given[:at], *[FULL] * missing, *given[at + 1 :]]


def _item(machine: Machine, item: Any) -> Any:
    if item is None or item is Ellipsis or isinstance(item, (Slice, Polynomial)):
        return item
    if isinstance(item, IndexArray):
        return item if item.dims else item.value
    if isinstance(item, (bool, Condition)) or (isinstance(item, Array) and item.kind == "boolean"):
        raise Unread("an index that is True or False", "a mask is not read", "multiply by it, or use np.where")
    if isinstance(item, ListValue):
        return index_list(machine, machine.get(item, "items"))
    if isinstance(item, Array) and item.rank and item.kind == "data" and not item.form.tensors:
        raise CodeError("IndexError", "arrays used as indices must be of integer (or boolean) type")
    if isinstance(item, Array) and item.rank:
        raise Unread("an array of indices", "its entries are not known", "make it with np.arange, + and *")
    return arrays.integer(machine, item)


def index_list(machine: Machine, items: Sequence[Any]) -> IndexArray:
    """A list of whole numbers as an array of indices: an arithmetic progression."""
    numbers = [arrays.integer(machine, item) for item in items]
    steps = {after - before for before, after in pairwise(numbers)}
    if not numbers or len(steps) > 1:
        raise Unread("a list of indices", "it is not evenly spaced", "use a slice, or take the parts one by one")
    axis = Axis(machine.fresh(), Polynomial.constant(len(numbers)))
    step = next(iter(steps), ZERO)
    return IndexArray(((axis,),), numbers[0] + step * Polynomial.name(axis.letter))


# -- one dimension -----------------------------------------------------------------------------------------


def inside(machine: Machine, index: Polynomial, size: Polynomial, letters: Sequence[Axis] = ()) -> Polynomial:
    """An index, counted from 0, of an axis of that size.

    Raises:
        CodeError: it is outside.
    """
    if not machine.always(index, letters):
        index = index + size
        if not machine.always(index, letters):
            raise CodeError("IndexError", f"index {index - size!r} is out of bounds for axis of size {size!r}")
    if not machine.always(size - 1 - index, letters):
        raise CodeError("IndexError", f"index {index!r} is out of bounds for axis of size {size!r}")
    return index


def _point(
    machine: Machine, new: View, dimension: tuple[Axis, ...], index: Polynomial, letters: Sequence[Axis]
) -> None:
    """One index, or in an array of indices the one at its letters."""
    index = inside(machine, index, size_of(dimension), letters)
    if len(dimension) == 1:
        new.values[dimension[0].letter] = index
    elif dimension:
        digits = _digits(machine, index, dimension, letters)
        assert digits is not None
        new.values.update({axis.letter: digit for axis, digit in zip(dimension, digits)})


def _slice(machine: Machine, new: View, dimension: tuple[Axis, ...], item: Slice) -> None:
    if _is_full(item):
        renamed = tuple(Axis(machine.fresh(), axis.size) for axis in dimension)
        new.values.update({old.letter: Polynomial.name(axis.letter) for old, axis in zip(dimension, renamed)})
        new.dims.append(renamed)
        return
    start, step, length = bounds(machine, item, size_of(dimension))
    if not dimension:
        new.dims.append(() if length == ONE else (Axis(machine.fresh(), length),))
        return
    axis = Axis(machine.fresh(), length)
    new.values[dimension[0].letter] = start + step * Polynomial.name(axis.letter)
    new.dims.append((axis,))


def bounds(machine: Machine, item: Slice, size: Polynomial) -> tuple[Polynomial, Polynomial, Polynomial]:
    """(start, step, length) of a slice of an axis, as Python clips it."""
    step = ONE if item.step is None else arrays.integer(machine, item.step)
    if not machine.always(step - 1):
        if not machine.always(-step - 1):
            raise CodeError("ValueError", "slice step cannot be zero")
        before = Polynomial.constant(-1)
        start = size - 1 if item.start is None else _clipped(machine, item.start, size, before, size - 1)
        stop = before if item.stop is None else _clipped(machine, item.stop, size, before, size - 1)
        return start, step, _count(machine, start - stop, -step)
    start = ZERO if item.start is None else _clipped(machine, item.start, size, ZERO, None)
    if item.stop is not None and step != ONE:
        steps = exact_quotient(arrays.integer(machine, item.stop) - start, step)
        last = None if steps is None else size - 1 - start - step * (steps - 1)
        if steps is not None and last is not None and all(map(machine.implies, (steps - 1, last, start))):
            return start, step, steps  # the end may be past the last entry, by less than a step
    stop = size if item.stop is None else _clipped(machine, item.stop, size, ZERO, size)
    return start, step, _count(machine, stop - start, step)


def _clipped(machine: Machine, bound: Any, size: Polynomial, least: Polynomial, most: Polynomial | None) -> Polynomial:
    """An end of a slice: counted from the back if it is negative, and cut to what there is."""
    end = arrays.integer(machine, bound)
    if not machine.always(end):
        end = end + size
        if not machine.always(end):
            return least
    if most is not None and not machine.always(most - end):
        return most
    return end


def _count(machine: Machine, span: Polynomial, step: Polynomial) -> Polynomial:
    """How many steps there are in a span that they may not fill."""
    if step == ONE:
        return span if machine.always(span) else ZERO
    return machine.floor(span - 1, step) + 1 if machine.always(span - 1) else ZERO


# -- flattened dimensions ----------------------------------------------------------------------------------


def _has_digits(machine: Machine, item: Any, dimension: tuple[Axis, ...]) -> bool:
    """Whether an index of a flattened dimension is seen to have digits in its axes."""
    if isinstance(item, IndexArray):
        dims, index = arrays.relettered(machine, item)
        return _digits(machine, index, dimension, axes_of(dims)) is not None
    return isinstance(item, Polynomial) and _digits(machine, item, dimension, ()) is not None


def _digits(
    machine: Machine, index: Polynomial, axes: tuple[Axis, ...], letters: Sequence[Axis]
) -> list[Polynomial] | None:
    """The index on each axis of a row-major index, divided by the strides one by one; None if that does not show."""
    digits = []
    rest = index
    for at in range(len(axes)):
        stride = size_of(axes[at + 1 :])
        if not stride:
            return None  # of no elements no index has digits
        digit, rest = with_rest(rest, stride)
        digits.append(digit)
    for digit, axis in zip(digits, axes):
        if not (machine.implies(digit, letters) and machine.implies(axis.size - 1 - digit, letters)):
            return None
    return digits
