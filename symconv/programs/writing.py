"""Assignments to parts of arrays, plain and with +=."""

from __future__ import annotations

from typing import Any

from symconv.algebra.forms import Delta, Form, Range, Term
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.geometry.axes import Layout, axes_of
from symconv.programs import arrays
from symconv.programs.index import Part, placed, summed
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, size_of


def assign(machine: Machine, part: Part, value: Any, *, converts: bool = True) -> None:
    """part[...] = value: what is not in the part stays. An array ``converts`` to its type what is set, a list not."""
    array = _target(machine, part)
    index, contribution = _contribution(machine, array, value, "=", converts)
    if part.advanced:
        _require_different(machine, array, index)
    cell = array.cell
    own = arrays.relettered(machine, array)[0]
    renamed = {a.letter: Polynomial.name(b.letter) for a, b in zip(array.axes, axes_of(own))}
    here = {letter: at.substitute(renamed) for letter, at in array.index.items()}
    region = machine.tidy(placed(Array(own, cell, here), own), cell.axes)
    one = Form.constant(ONE)
    kept = Form() if region == one else cell.form * (one - region)
    machine.store(cell, machine.tidy(kept + contribution, cell.axes))


def add(
    machine: Machine, part: Part, value: Any, sign: int = 1, *, repeats: bool = False, converts: bool = True
) -> None:
    """part += value, or -= for ``sign`` -1. With ``repeats``, entries that are in the part twice are added twice."""
    array = _target(machine, part)
    index, contribution = _contribution(machine, array, value, "+=" if sign == 1 else "-=", converts)
    if part.advanced and not repeats:
        _require_different(machine, array, index)
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


def _contribution(
    machine: Machine, array: Array, value: Any, sign: str, converts: bool
) -> tuple[tuple[Layout, dict[str, Polynomial]], Form]:
    """Where the value goes (its dimensions, and the cell's index in them), and what it adds to the cell."""
    given = arrays.data(machine, value)
    order = ("boolean", "integer", "mixed", "data")
    rounds = order.index(given.kind) > order.index(array.kind) or array.kind == given.kind == "mixed"
    if converts and rounds:
        raise Unread(f"numbers in an array of type {array.kind}", "they would be rounded", "make it an array of floats")
    dims, form = arrays.relettered(machine, given)
    if dims and not array.rank:
        raise Unread("an array as one entry", "it depends on NumPy's version whether that raises", "use .item() or [0]")
    while len(dims) > array.rank:
        if sign != "=" or not machine.exactly(size_of(dims[0]) - 1):
            raise CodeError("ValueError", f"an array of {len(dims)} dimensions is assigned to {array.rank}")
        form = form.substitute({axis.letter: Polynomial() for axis in dims[0]})
        dims = dims[1:]
    together, values = arrays.common(machine, [array.dims, dims])
    for mine, one in zip(array.dims, together):
        if not arrays.same_size(machine, size_of(mine), size_of(one)):
            raise CodeError("ValueError", f"a dimension of {size_of(one)!r} is assigned to one of {size_of(mine)!r}")
    fresh = {axis.letter: Polynomial.name(machine.fresh()) for axis in axes_of(together)}
    index = {letter: at.substitute(values).substitute(fresh) for letter, at in array.index.items()}
    renamed = tuple(
        tuple(type(axis)(str(fresh[axis.letter].single_name), axis.size) for axis in dimension)
        for dimension in together
    )
    places = [Delta.equal(Polynomial.name(axis.letter), index[axis.letter]) for axis in array.cell.axes]
    entry = form.substitute(values).substitute(fresh)
    if machine.steps is not None:
        machine.steps.written(machine, renamed, index, entry, sign)
    return (renamed, index), summed(entry.times(places), axes_of(renamed))


def _require_different(machine: Machine, array: Array, target: tuple[Layout, dict[str, Polynomial]]) -> None:
    """That no entry is meant twice: NumPy keeps one of them, and adds one of them."""
    dims, index = target
    axes = axes_of(dims)
    other = {axis.letter: Polynomial.name(f"{axis.letter}*") for axis in axes}
    same = [Delta.equal(at, at.substitute(other)) for at in index.values()]
    twice = (*axes, *(type(axis)(f"{axis.letter}*", axis.size) for axis in axes))
    for axis in axes:
        later = Range(Polynomial.name(axis.letter) - other[axis.letter] - 1)
        if not machine.vanishes(Form((Term.make(ONE, (*same, later)),)), twice):
            raise Unread(
                "an assignment at an array of indices", "an index may be there twice, and NumPy takes only one of them",
                "use np.add.at, or slices",
            )  # fmt: skip
