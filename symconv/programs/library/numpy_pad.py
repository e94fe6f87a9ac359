"""np.pad in its modes, and what else extends an array at its ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symconv.algebra.forms import Form, Range, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, DictValue, IndexArray, ListValue, size_of

Pair = tuple[Polynomial, Polynomial]

OUTSIDE: dict[str, Callable[[Polynomial, Polynomial], tuple[Polynomial, Polynomial]]] = {
    "edge": lambda at, size: (ZERO, size - 1),
    "wrap": lambda at, size: (at + size, at - size),
    "reflect": lambda at, size: (-at, 2 * size - 2 - at),
    "symmetric": lambda at, size: (-at - 1, 2 * size - 1 - at),
}
"""By mode, the index that is read before the first entry and after the last one, by the index that is outside."""

MOST: dict[str, Callable[[Polynomial], Polynomial]] = {
    "wrap": lambda size: size, "reflect": lambda size: size - 1, "symmetric": lambda size: size,
}  # fmt: skip
"""How many entries one turn has."""


@function(
    "numpy.pad",
    takes="array, pad_width, mode='constant', *, stat_length=None, constant_values=0, end_values=0, reflect_type=None",
)
def numpy_pad(machine: Machine, array: Any, pad_width: Any, mode: Any, constant_values: Any) -> Array:
    source = arrays.data(machine, array)
    widths = pairs(machine, pad_width, source.rank)
    if mode == "constant":
        return padded(machine, source, widths, constant_values)
    if constant_values != ZERO:
        raise CodeError("ValueError", f"unsupported keyword arguments for mode {mode!r}")
    if not isinstance(mode, str) or mode not in OUTSIDE:
        raise Unread(
            f"np.pad(.., mode={mode!r})", "this mode is not read", f"use one of constant, {', '.join(OUTSIDE)}"
        )
    for at, width in enumerate(widths):
        source = _continued(machine, source, at, width, mode)
    return source if any(low or high for low, high in widths) else _copied(machine, source)


def _copied(machine: Machine, array: Array) -> Array:
    return arrays.make(machine, *arrays.relettered(machine, array), array.kind)


def pairs(machine: Machine, width: Any, rank: int) -> list[Pair]:
    """np.pad's widths as a pair for every dimension, broadcast from one number, one or two of them, or one for each."""
    if isinstance(width, DictValue):
        raise Unread("np.pad(.., a dictionary)", "it is not read", "give a pair for every axis")
    if isinstance(width, (Array, IndexArray)):
        raise Unread("np.pad(.., an array)", "it is not read", "give a tuple for every axis")
    rows = _plain(machine, width)
    if not isinstance(rows, list):
        return [_pair(machine, rows, rows)] * rank
    if all(not isinstance(row, list) for row in rows):
        if len(rows) not in (1, 2):
            raise CodeError("ValueError", f"operands could not be broadcast together with remapped shapes ({rank}, 2)")
        return [_pair(machine, rows[0], rows[-1])] * rank
    if not all(isinstance(row, list) and len(row) in (1, 2) and len(row) == len(rows[0]) for row in rows):
        raise CodeError("ValueError", "pad_width has rows of different or wrong lengths")
    found = [_pair(machine, row[0], row[-1]) for row in rows]
    if len(found) not in (1, rank):
        raise CodeError("ValueError", f"pad_width is for {len(found)} dimensions, the array has {rank}")
    return found * rank if len(found) == 1 else found


def _plain(machine: Machine, value: Any) -> Any:
    """Tuples and lists as lists."""
    if isinstance(value, ListValue):
        value = machine.get(value, "items")
    return [_plain(machine, one) for one in value] if isinstance(value, tuple) else value


def _pair(machine: Machine, low: Any, high: Any) -> Pair:
    if isinstance(low, list) or isinstance(high, list):
        raise CodeError("ValueError", "pad_width is nested too deeply")
    widths = arrays.integer(machine, low), arrays.integer(machine, high)
    for width in widths:
        if not machine.choose(width):
            raise CodeError("ValueError", f"index can't contain negative values: {width!r}")
    return widths


def padded(machine: Machine, source: Array, widths: Sequence[Pair], value: Any = ZERO) -> Array:
    """The array with a number around it."""
    for at, (low, high) in enumerate(widths):
        if len(source.dims[at]) > 1 and (low or high):
            source = _single(machine, source, at)
    dims, form = arrays.relettered(machine, source)
    filling = _filling(machine, value)
    if filling.terms and source.kind != "data":
        raise Unread("np.pad(.., constant_values=..)", "the array has whole numbers", "use floats")
    outside = []
    for at, (low, high) in enumerate(widths):
        if low or high:
            dims, form, inside = _shifted(machine, dims, form, at, low, high)
            outside.append(inside)
    indices, sizes = [index for index, _ in outside], [size for _, size in outside]
    form = form.within(indices, sizes)
    if filling.terms and outside:
        form = form + filling - filling.within(indices, sizes)
    tidied = machine.tidy(form, axes_of(dims))
    return arrays.make(machine, dims, tidied, source.kind, contiguous=arrays.in_order(source))


def _filling(machine: Machine, value: Any) -> Form:
    """A number, or the same number in nested tuples."""
    while isinstance(value, (tuple, ListValue)):
        items = value if isinstance(value, tuple) else machine.get(value, "items")
        if not items or any(one != items[0] for one in items):
            raise Unread("np.pad(.., constant_values=..)", "they differ", "pad the axes one by one")
        value = items[0]
    number = arrays.data(machine, value)
    if number.rank:
        raise Unread("np.pad(.., constant_values=..)", "an array is not read", "use a number")
    return machine.tidy(number.form)


def _single(machine: Machine, source: Array, at: int) -> Array:
    made = arrays.flattened(machine, source, at)
    assert isinstance(made, Array)
    return made


def _shifted(
    machine: Machine, dims: Any, form: Form, at: int, low: Polynomial, high: Polynomial
) -> tuple[Any, Form, tuple[Polynomial, Polynomial]]:
    """A dimension made longer: the layout, the form with the index counted from the old start, and that index's box."""
    size = size_of(dims[at])
    axis = Axis(machine.fresh(), size + low + high)
    index = Polynomial.name(axis.letter) - low
    if dims[at]:
        form = form.substitute({dims[at][0].letter: index})
    return (*dims[:at], (axis,), *dims[at + 1 :]), form, (index, size)


def _continued(machine: Machine, source: Array, at: int, width: Pair, mode: str) -> Array:
    """A dimension made longer by entries of the array."""
    low, high = width
    if not low and not high:
        return source
    if len(source.dims[at]) > 1:
        source = _single(machine, source, at)
    size = source.shape[at]
    if not machine.choose(size - 1):
        raise CodeError("ValueError", f"can't extend empty axis {at} using modes other than 'constant' or 'empty'")
    if mode in MOST:
        for added in width:
            if not machine.choose(MOST[mode](size) - added):
                raise Unread(f"np.pad(.., mode={mode!r})", "more is added than the array has", "pad twice")
    dims, form = arrays.relettered(machine, source)
    old = dims[at]
    dims, middle, (index, _) = _shifted(machine, dims, form, at, low, high)
    before, after = OUTSIDE[mode](index, size)
    parts = middle.within([index], [size])
    for inner, holds in ((before, -index - 1), (after, index - size)):
        part = form.substitute({old[0].letter: inner}) if old else form
        parts = parts + part * Form((Term.make(ONE, (Range(holds),)),))
    return arrays.make(machine, dims, machine.tidy(parts, axes_of(dims)), source.kind)
