"""Sums over dimensions, and products of arrays that are summed over common ones."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis, axes_of
from symconv.programs import arrays
from symconv.programs.flat import summed
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, NoCommonFactorsError, Unread
from symconv.programs.shaping import axis_number
from symconv.programs.values import Array, ListValue, size_of


def axis_numbers(machine: Machine, axis: Any, rank: int) -> list[int]:
    """The dimensions that an argument ``axis`` means: all of them for None."""
    if axis is None:
        return list(range(rank))
    if isinstance(axis, ListValue):
        axis = machine.get(axis, "items")
    numbers = [axis_number(machine, one, rank) for one in (axis if isinstance(axis, tuple) else (axis,))]
    if len(set(numbers)) < len(numbers):
        raise CodeError("ValueError", "duplicate value in 'axis'")
    return numbers


def total(machine: Machine, value: Any, axis: Any = None, *, keepdims: bool = False) -> Array:
    """The sum over some dimensions, or over all."""
    array = arrays.data(machine, value)
    gone = axis_numbers(machine, axis, array.rank)
    form = summed(array.form, [one for at in gone for one in array.dims[at]])
    dims = tuple(
        () if at in gone else dimension for at, dimension in enumerate(array.dims) if keepdims or at not in gone
    )
    renamed = tuple(tuple(Axis(machine.fresh(), axis.size) for axis in dimension) for dimension in dims)
    values = {a.letter: Polynomial.name(b.letter) for a, b in zip(axes_of(dims), axes_of(renamed))}
    tidied = machine.tidy(form, axes_of(dims)).substitute(values)
    return arrays.make(machine, renamed, tidied, "integer" if array.kind == "boolean" else array.kind)


Labels = Sequence[Hashable]


def contracted(machine: Machine, operands: Sequence[tuple[Array, Labels]], out: Labels) -> Array:
    """The product of arrays, whose dimensions have labels; equal labels are one dimension, those not in ``out`` summed.

    Raises:
        CodeError: dimensions with one label differ in size.
    """
    labels = list(dict.fromkeys(label for _, own in operands for label in own))
    contents, layouts = [], []
    for array, own in operands:
        if len(set(own)) < len(own):
            raise Unread("a label that is twice in one operand", "a diagonal is not read", "take it with a loop")
        dims, form = arrays.relettered(machine, array)
        place = {label: dimension for label, dimension in zip(own, dims)}
        layouts.append(tuple(place.get(label, ()) for label in labels))
        contents.append(form)
    for at in range(len(labels)):
        known = [size_of(dims[at]) for dims, (_, own) in zip(layouts, operands) if labels[at] in own]
        for size in known[1:]:
            if not arrays.same_size(machine, size, known[0]):
                raise CodeError("ValueError", f"summed dimensions have sizes {known[0]!r} and {size!r}")
    try:
        together, values = arrays.common(machine, layouts)
    except NoCommonFactorsError as error:
        label = labels[error.at]
        return contracted(machine, [(_flat_at(machine, array, own, label, error), own) for array, own in operands], out)
    form = contents[0].substitute(values)
    for content in contents[1:]:
        form = form * content.substitute(values)
    place = dict(zip(labels, together))
    form = summed(form, [axis for label in labels if label not in out for axis in place[label]])
    dims = tuple(place[label] for label in out)
    return arrays.make(machine, dims, machine.tidy(form, axes_of(dims)), arrays.common_kind([a for a, _ in operands]))


def _flat_at(machine: Machine, array: Array, labels: Labels, label: Hashable, error: NoCommonFactorsError) -> Array:
    """The array with the dimension of a label as a single axis."""
    if label not in labels:
        return array
    flat = arrays.flat_at(machine, array, list(labels).index(label) - array.rank, error)
    assert isinstance(flat, Array)
    return flat


def matmul(machine: Machine, left: Any, right: Any) -> Array:
    """left @ right."""
    a, b = arrays.data(machine, left), arrays.data(machine, right)
    if not a.rank or not b.rank:
        raise CodeError("ValueError", "matmul: an operand is a number, not an array")
    stacks = max(a.rank, b.rank) - 2
    outer: list[Hashable] = list(range(max(stacks, 0)))
    one: list[Hashable] = [*outer[len(outer) - (a.rank - 2) :], "i", "k"] if a.rank > 1 else ["k"]
    two: list[Hashable] = [*outer[len(outer) - (b.rank - 2) :], "k", "j"] if b.rank > 1 else ["k"]
    if stacks > 0 and a.rank > 1 and b.rank > 1 and a.rank + b.rank > max(a.rank, b.rank) + 2:
        _require_alike(machine, a, b)
    kept = [*outer, *(["i"] if a.rank > 1 else []), *(["j"] if b.rank > 1 else [])]
    return contracted(machine, [(a, one), (b, two)], kept)


def _require_alike(machine: Machine, a: Array, b: Array) -> None:
    """That the stacks of two stacks of matrices are the same; broadcasting between them is not read."""
    for one, other in zip(a.shape[-3::-1], b.shape[-3::-1]):
        if not machine.equal(one, other):
            raise Unread("@ of stacks of matrices", f"their sizes {one!r} and {other!r} differ", "use np.einsum")


def dot(machine: Machine, left: Any, right: Any) -> Array:
    """np.dot: the last dimension of the first with the last but one of the second."""
    a, b = arrays.data(machine, left), arrays.data(machine, right)
    if not a.rank or not b.rank:
        return arrays.elementwise(machine, lambda x, y: x * y, a, b)  # type: ignore[return-value]
    one: list[Hashable] = [("a", at) for at in range(a.rank - 1)]
    two: list[Hashable] = [("b", at) for at in range(b.rank)]
    two[max(b.rank - 2, 0)] = "k"
    return contracted(machine, [(a, [*one, "k"]), (b, two)], [label for label in (*one, *two) if label != "k"])
