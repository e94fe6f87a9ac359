"""NumPy's functions that make arrays of sizes, numbers and lists."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from symconv.algebra.forms import Delta, Form, Term
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays, shaping
from symconv.programs.arrays import Numbers
from symconv.programs.library.axes import one_or_more
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, IndexArray, Kind, ListValue, Real, Repeated, Segment, as_made


@function("numpy.zeros", takes="shape, dtype=None, order='C', *, device=None, like=None")
def zeros(machine: Machine, shape: Any, dtype: Any) -> Array:
    return arrays.filled(machine, arrays.sizes(machine, shape), Form(), arrays.kind_of(dtype))


@function("numpy.ones", takes="shape, dtype=None, order='C', *, device=None, like=None")
def ones(machine: Machine, shape: Any, dtype: Any) -> Array:
    return arrays.filled(machine, arrays.sizes(machine, shape), Form.constant(ONE), arrays.kind_of(dtype))


@function("numpy.empty", takes="shape, dtype=None, order='C', *, device=None, like=None")
def empty(machine: Machine, shape: Any, dtype: Any) -> Array:
    return arrays.unset(machine, arrays.sizes(machine, shape), arrays.kind_of(dtype))


@function("numpy.ndarray", takes="shape, dtype=None, buffer=None, offset=0, strides=None, order=None")
def ndarray(machine: Machine, shape: Any, dtype: Any) -> Array:
    return empty(machine, shape, dtype)


@function("numpy.full", takes="shape, fill_value, dtype=None, order='C', *, device=None, like=None")
def full(machine: Machine, shape: Any, fill_value: Any, dtype: Any) -> Array:
    sizes = arrays.sizes(machine, shape)
    value = arrays.data(machine, fill_value)
    made = broadcast_copy(machine, value, sizes)
    return made if dtype is None else as_kind(machine, made, arrays.kind_of(dtype))


def broadcast_copy(machine: Machine, value: Array, sizes: list[Polynomial]) -> Array:
    """A new array of that shape, filled with a value that broadcasts to it."""
    target = arrays.filled(machine, sizes, Form())
    return arrays.make(
        machine, *arrays.relettered(machine, shaping.broadcast(machine, value, target.shape)), value.kind
    )


LIKE = "a, dtype=None, order='K', subok=True, shape=None, *, device=None"


@function("numpy.zeros_like", takes=LIKE)
def zeros_like(machine: Machine, a: Any, dtype: Any, shape: Any) -> Array:
    return _ordered_as(a, arrays.filled(machine, *_like(machine, a, dtype, shape, Form())))


@function("numpy.ones_like", takes=LIKE)
def ones_like(machine: Machine, a: Any, dtype: Any, shape: Any) -> Array:
    return _ordered_as(a, arrays.filled(machine, *_like(machine, a, dtype, shape, Form.constant(ONE))))


def _ordered_as(like: Any, made: Array) -> Array:
    """A new array, whose memory has the order of the other's."""
    made.cell.ordered = made.rank < 2 or not isinstance(like, Array) or like.contiguous
    return replace(made, contiguous=made.cell.ordered)


@function("numpy.empty_like", takes=LIKE.replace("a,", "prototype,"))
def empty_like(machine: Machine, prototype: Any, dtype: Any, shape: Any) -> Array:
    sizes, _, kind = _like(machine, prototype, dtype, shape, Form())
    return _ordered_as(prototype, arrays.unset(machine, sizes, kind))


@function("numpy.full_like", takes="a, fill_value, dtype=None, order='K', subok=True, shape=None, *, device=None")
def full_like(machine: Machine, a: Any, fill_value: Any, dtype: Any, shape: Any) -> Array:
    sizes, _, kind = _like(machine, a, dtype, shape, Form())
    value = arrays.data(machine, fill_value)
    if kind != "data" and value.kind in ("data", "mixed"):
        raise Unread("np.full_like(..)", "a float in an array of whole numbers is rounded", "give dtype=float")
    return _ordered_as(a, as_kind(machine, broadcast_copy(machine, value, sizes), kind))


def _like(machine: Machine, a: Any, dtype: Any, shape: Any, form: Form) -> tuple[list[Polynomial], Form, Kind]:
    like = arrays.data(machine, a)
    sizes = list(like.shape) if shape is None else arrays.sizes(machine, shape)
    return sizes, form, like.kind if dtype is None else arrays.kind_of(dtype)


def as_kind(machine: Machine, array: Array, kind: Kind) -> Array:
    """A copy with entries of another type.

    Raises:
        Unread: they would be rounded.
    """
    order = ("data", "mixed", "integer", "boolean")
    if order.index(array.kind) < order.index(kind):
        raise Unread("an array of floats as one of whole numbers", "its entries would be rounded", "leave the type")
    return arrays.make(machine, *arrays.relettered(machine, array), kind, contiguous=arrays.in_order(array))


@function("numpy.arange", takes="start, stop=None, step=1, dtype=None, *, device=None, like=None")
def arange(machine: Machine, start: Any, stop: Any, step: Any, dtype: Any) -> Numbers:
    first, last = (ZERO, start) if stop is None else (start, stop)
    if any(isinstance(one, Real) for one in (first, step)):
        raise Unread("np.arange(..)", "its arguments are floats", "use whole numbers, // in place of /")
    kind: Kind = "integer" if dtype is None else arrays.kind_of(dtype)
    if isinstance(last, Real):
        kind = "data" if dtype is None else kind
        last = machine.floor(-last.numerator, last.denominator) * -1  # as many numbers as are less than it
    low, high, by = (arrays.integer(machine, one) for one in (first, last, step))
    if kind == "boolean":
        raise Unread("np.arange(.., dtype=bool)", "it is not read", "leave the type out")
    axis = Axis(machine.fresh(), count(machine, low, high, by))
    made = IndexArray(((axis,),), low + by * Polynomial.name(axis.letter))
    return made if kind == "integer" else as_kind(machine, arrays.data(machine, made), kind)


def count(machine: Machine, start: Polynomial, stop: Polynomial, step: Polynomial) -> Polynomial:
    """How many numbers range(start, stop, step) has."""
    if not machine.choose(step - 1):
        if not machine.choose(-step - 1):
            raise CodeError("ZeroDivisionError", "the step is 0")
        return count(machine, -start, -stop, -step)
    if step == ONE:
        return stop - start if machine.choose(stop - start) else ZERO
    return machine.floor(stop - start - 1, step) + 1 if machine.choose(stop - start - 1) else ZERO


@function("numpy.array", takes="object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None")
def array(machine: Machine, object: Any, dtype: Any) -> Numbers:
    made = as_array(machine, object)
    if dtype is None:
        return arrays.copy(machine, made)
    kind = arrays.kind_of(dtype)
    if kind == "integer" and isinstance(made, IndexArray):
        return made
    return as_kind(machine, arrays.data(machine, made), kind)


@function("numpy.asarray", "numpy.asanyarray", takes="a, dtype=None, order=None, *, device=None, copy=None, like=None")
def asarray(machine: Machine, a: Any, dtype: Any) -> Numbers:
    return _same_or_new(machine, a, dtype)


@function("numpy.ascontiguousarray", takes="a, dtype=None, *, like=None")
def ascontiguousarray(machine: Machine, a: Any, dtype: Any) -> Numbers:
    made = _same_or_new(machine, a, dtype)
    if isinstance(made, Array) and not made.rank:
        return shaping.reshaped(machine, made, [ONE])
    return contiguous(machine, made)


def contiguous(machine: Machine, array: Numbers) -> Numbers:
    """The array itself if its memory is known to be in row-major order, else what may be that or a copy."""
    if isinstance(array, IndexArray) or array.contiguous:
        return array
    made = arrays.make(machine, *arrays.relettered(machine, array), array.kind, contiguous=True)
    return replace(made, loose=(*array.loose, (array.cell, array.cell.form)))


def _same_or_new(machine: Machine, a: Any, dtype: Any) -> Numbers:
    if not isinstance(a, (Array, IndexArray)):
        return array(machine, a, dtype)
    if dtype is None or arrays.kind_of(dtype) == arrays.common_kind([a]):
        return a
    return as_kind(machine, arrays.data(machine, a), arrays.kind_of(dtype))


def has_items(machine: Machine, value: Repeated) -> bool:
    """Whether a list that a loop made is not empty."""
    return all([machine.choose(axis.size - 1) for axis in value.axes])


def as_array(machine: Machine, value: Any) -> Numbers:
    """What NumPy makes of a value, a list of evenly spaced whole numbers as an array of indices."""
    if isinstance(value, (Array, IndexArray)):
        return value
    items = one_or_more(machine, value) if isinstance(value, (ListValue, tuple)) else ()
    if len(items) == 1 and isinstance(items[0], Segment):
        value = items[0].repeated
    if isinstance(value, Repeated) and not has_items(machine, value):
        return arrays.filled(machine, [ZERO], Form())
    if len(items) > 1 and all(isinstance(one, Polynomial) for one in items):
        steps = {after - before for before, after in pairwise(items)}
        if len(steps) == 1:
            axis = Axis(machine.fresh(), Polynomial.constant(len(items)))
            return IndexArray(((axis,),), items[0] + steps.pop() * Polynomial.name(axis.letter))
    if isinstance(value, Repeated) and isinstance(number := as_made(value.item), Polynomial):
        return IndexArray((value.axes,), number)
    return arrays.data(machine, value)


@function("numpy.eye", takes="N, M=None, k=0, dtype=None, order='C', *, device=None, like=None")
def eye(machine: Machine, N: Any, M: Any, k: Any, dtype: Any) -> Array:
    rows, columns = (arrays.integer(machine, one) for one in (N, N if M is None else M))
    made = arrays.filled(machine, [rows, columns], Form(), arrays.kind_of(dtype))
    i, j = (Polynomial.name(axis.letter) for axis in made.axes)
    place = Delta.equal(i + arrays.integer(machine, k), j)
    return arrays.make(machine, made.dims, machine.tidy(Form((Term.make(ONE, (place,)),)), made.axes), made.kind)


@function("numpy.identity", takes="n, dtype=None, *, like=None")
def identity(machine: Machine, n: Any, dtype: Any) -> Array:
    return eye(machine, n, None, ZERO, dtype)


@function("numpy.indices", takes="dimensions, dtype=None, sparse=False")
def indices(machine: Machine, dimensions: Any) -> tuple[Numbers, ...]:
    ranges = [arange(machine, size, None, ONE, None) for size in arrays.sizes(machine, dimensions)]
    return tuple(_grid(machine, ranges, sparse=False))


@function("numpy.meshgrid", takes="*xi, copy=True, sparse=False, indexing='xy'")
def meshgrid(machine: Machine, *xi: Any, sparse: Any, indexing: Any) -> ListValue:
    if indexing not in ("xy", "ij"):
        raise CodeError("ValueError", "valid values for `indexing` are 'xy' and 'ij'")
    lines = [shaping.reshaped(machine, as_array(machine, one), [-ONE]) for one in xi]
    turned = indexing == "xy" and len(lines) > 1
    if turned:
        lines[0], lines[1] = lines[1], lines[0]
    grids = _grid(machine, lines, sparse=machine.holds(sparse))
    if turned:
        grids[0], grids[1] = grids[1], grids[0]
    return ListValue(machine.journal.tick(), tuple(grids))


def _grid(machine: Machine, lines: list[Numbers], *, sparse: bool) -> list[Numbers]:
    """Every line along a dimension of its own, in the order of the lines."""
    result: list[Numbers] = []
    for at, line in enumerate(lines):
        shape = [line.shape[0] if one == at else ONE for one in range(len(lines))]
        stretched = shape if sparse else [one.shape[0] for one in lines]
        whole = shaping.broadcast(machine, shaping.reshaped(machine, line, shape), stretched)
        result.append(arrays.copy(machine, whole))
    return result


@function("numpy.linspace", takes="start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0")
def linspace(machine: Machine, start: Any, stop: Any) -> Numbers:
    raise Unread("np.linspace(..)", "its entries are floats", "use np.arange")


@function("numpy.tri", takes="N, M=None, k=0, dtype=None, *, like=None")
def tri(machine: Machine, N: Any, M: Any, k: Any, dtype: Any) -> Array:
    from symconv.algebra.forms import Range

    rows, columns = (arrays.integer(machine, one) for one in (N, N if M is None else M))
    made = arrays.filled(machine, [rows, columns], Form(), arrays.kind_of(dtype))
    i, j = (Polynomial.name(axis.letter) for axis in axes_of(made.dims))
    inside = Range(i + arrays.integer(machine, k) - j)
    return arrays.make(machine, made.dims, machine.tidy(Form((Term.make(ONE, (inside,)),)), made.axes), made.kind)
