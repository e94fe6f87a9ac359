"""Assignments to parts of arrays, plain and with +=."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

from symconv.algebra.forms import Delta, Form, Range, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.foundations.later import np
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.programs import arrays
from symconv.programs.flat import summed
from symconv.programs.index import Part
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, NoCommonFactorsError, Unread
from symconv.programs.values import Array, size_of

NO_ARRAY_AS_ENTRY = (2, 4)
"""The version of NumPy from which on an array of one element does not become an entry of another."""
MOST_PLACES = 500
"""In numbers, up to 500 places are looked at for those that mean the same entry."""


def assign(machine: Machine, part: Part, value: Any, *, converts: bool = True) -> None:
    """part[...] = value: what is not in the part stays. An array ``converts`` to its type what is set, a list not."""
    array = _target(machine, part)
    contribution = _contribution(machine, array, value, "=", converts, part.advanced)
    cell = array.cell
    own = arrays.relettered(machine, array)[0]
    renamed = {a.letter: Polynomial.name(b.letter) for a, b in zip(array.axes, axes_of(own))}
    here = {letter: at.substitute(renamed) for letter, at in array.index.items()}
    one = Form.constant(ONE)
    region = _placed(cell.axes, own, here, _last(machine, own, here) if part.advanced else one)
    region = machine.tidy(region, cell.axes)
    kept = Form() if region == one else cell.form * (one - region)
    machine.store(cell, machine.tidy(kept + contribution, cell.axes))


def add(
    machine: Machine, part: Part, value: Any, sign: int = 1, *, repeats: bool = False, converts: bool = True
) -> None:
    """part += value, or -= for ``sign`` -1. With ``repeats``, entries that are in the part twice are added twice."""
    array = _target(machine, part)
    different = part.advanced and not repeats
    contribution = _contribution(machine, array, value, "+=" if sign == 1 else "-=", converts, different)
    new = machine.tidy(contribution if sign == 1 else -contribution, array.cell.axes)
    machine.store(array.cell, machine.tidy(array.cell.form + new, array.cell.axes))


def _target(machine: Machine, part: Part) -> Array:
    array = part.array
    if not isinstance(array, Array):
        raise Unread(
            "an assignment to an array of indices", "its entries are not kept one by one", "compute it at once"
        )
    if array.loose:
        raise Unread("an assignment to a reshaped array", "it may be a copy or a view", "assign to the array itself")
    if array.cell.role:
        machine.note(f"line {machine.line} changes the argument {array.cell.role}")
    return array


def _contribution(machine: Machine, array: Array, value: Any, sign: str, converts: bool, different: bool) -> Form:
    """What a value adds to the cell; of ``different`` entries each is meant once."""
    given = arrays.data(machine, value)
    order = ("boolean", "integer", "mixed", "data")
    rounds = order.index(given.kind) > order.index(array.kind) or array.kind == given.kind == "mixed"
    if converts and rounds:
        raise Unread(f"numbers in an array of type {array.kind}", "they would be rounded", "make it an array of floats")
    dims, form = arrays.relettered(machine, given)
    if dims and not array.rank:
        if any(size_of(one) != ONE for one in dims):
            raise Unread("an array as one entry", "its size is not known to be 1", "use .item() or [0]")
        if machine.uses_torch:
            raise Unread("an array as one entry", "PyTorch takes it, NumPy 2.4 does not", "use .item() or [0]")
        require_old_numpy(machine, "ValueError", "setting an array element with a sequence")
        form = form.substitute({axis.letter: Polynomial() for axis in axes_of(dims)})
        dims = ()
    while len(dims) > array.rank:
        if sign != "=" or not machine.exactly(size_of(dims[0]) - 1):
            raise CodeError("ValueError", f"an array of {len(dims)} dimensions is assigned to {array.rank}")
        form = form.substitute({axis.letter: Polynomial() for axis in dims[0]})
        dims = dims[1:]
    try:
        together, values = arrays.common(machine, [array.dims, dims])
    except NoCommonFactorsError as error:
        flat = arrays.flat_at(machine, given, error.at, error)
        if flat is given:
            raise
        return _contribution(machine, array, flat, sign, converts, different)
    for mine, one in zip(array.dims, together):
        if not arrays.same_size(machine, size_of(mine), size_of(one)):
            raise CodeError("ValueError", f"a dimension of {size_of(one)!r} is assigned to one of {size_of(mine)!r}")
    fresh = {axis.letter: Polynomial.name(machine.fresh()) for axis in axes_of(together)}
    index = {letter: at.substitute(values).substitute(fresh) for letter, at in array.index.items()}
    renamed = tuple(
        tuple(type(axis)(str(fresh[axis.letter].single_name), axis.size) for axis in dimension)
        for dimension in together
    )
    entry = form.substitute(values).substitute(fresh)
    if machine.steps is not None:
        machine.steps.written(machine, renamed, index, entry, sign)
    if different:
        entry = entry * _last(machine, renamed, index)
    return _placed(array.cell.axes, renamed, index, entry)


def require_old_numpy(machine: Machine, kind: str, text: str) -> None:
    """Nothing, if the installed NumPy takes an array of one element for a number; newer versions raise."""
    if tuple(map(int, np.__version__.split(".")[:2])) >= NO_ARRAY_AS_ENTRY:
        raise CodeError(kind, f"{text}, since NumPy 2.4; use .item() or [0]")
    machine.scope["with NumPy before 2.4"] = None


def _placed(axes: tuple[Axis, ...], dims: Layout, index: dict[str, Polynomial], entry: Form) -> Form:
    """An entry of a part at its place in the cell, which has these axes."""
    places = [Delta.equal(Polynomial.name(axis.letter), index[axis.letter]) for axis in axes]
    return summed(entry.times(places), axes_of(dims))


def _last(machine: Machine, dims: Layout, index: dict[str, Polynomial]) -> Form:
    """1 at the last of the places that mean the same entry, which is what NumPy keeps, and all that it adds; else 0.

    Raises:
        Unread: there are such places, and the sizes are not numbers.
    """
    one = Form.constant(ONE)
    axes = axes_of(dims)
    if _are_different(machine, axes, index):
        return one
    joined = [at for at in index.values() if at.single_name is None]
    alone = {str(at.single_name) for at in index.values() if at.single_name is not None}
    alone -= {name for at in joined for name in machine.base.underlying(at.names)}
    moving = [axis for axis in axes if axis.letter not in alone]
    sizes = [axis.size.value for axis in moving]
    known = {axis.letter for axis in moving}
    shared = [at for at in index.values() if at.single_name not in alone]
    of_known = all(machine.base.underlying(at.names) <= known for at in shared)
    if not of_known or None in sizes or prod(map(int, sizes)) > MOST_PLACES:  # type: ignore[arg-type]
        raise Unread(
            "an assignment at an array of indices", "an index may be there twice, and NumPy takes only one of them",
            "use np.add.at, or slices",
        )  # fmt: skip
    kept: dict[tuple[int, ...], tuple[int, ...]] = {}
    for place in product(*(range(int(size)) for size in sizes)):  # type: ignore[arg-type]
        point = {axis.letter: number for axis, number in zip(moving, place)}
        for name, what in machine.base.defined:
            if what.names <= point.keys():
                point[name] = what.evaluate(point)
        kept[tuple(int(at.evaluate(point)) for at in shared)] = place
    return Form(
        tuple(
            Term.make(
                ONE, tuple(Delta.equal(Polynomial.name(a.letter), Polynomial.constant(n)) for a, n in zip(moving, at))
            )
            for at in kept.values()
        )
    )


def _are_different(machine: Machine, axes: tuple[Axis, ...], index: dict[str, Polynomial]) -> bool:
    """Whether no entry is meant twice."""
    other = {axis.letter: Polynomial.name(f"{axis.letter}*") for axis in axes}
    same = [Delta.equal(at, at.substitute(other)) for at in index.values()]
    twice = (*axes, *(type(axis)(f"{axis.letter}*", axis.size) for axis in axes))
    return all(
        machine.vanishes(
            Form((Term.make(ONE, (*same, Range(Polynomial.name(a.letter) - other[a.letter] - 1))),)), twice
        )
        for a in axes
    )
