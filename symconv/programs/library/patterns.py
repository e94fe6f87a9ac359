"""The patterns of einops: rearrange, reduce, repeat and einsum."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.programs import arrays, dictionaries, shaping
from symconv.programs.arrays import Numbers
from symconv.programs.library import numpy_join, numpy_reduce
from symconv.programs.library.numpy_make import as_array
from symconv.programs.library.registry import function
from symconv.programs.machine import Machine
from symconv.programs.outcomes import CodeError, Unread
from symconv.programs.values import Array, DictValue, IndexArray, ListValue

Group = tuple[str, ...]
"""The names of a dimension; of none, its size is 1."""


@dataclass(frozen=True)
class Side:
    """One side of a pattern: a group for every dimension."""

    groups: tuple[Group, ...]

    @property
    def names(self) -> list[str]:
        return [name for group in self.groups for name in group]


TOKEN = re.compile(r"\s*(\.\.\.|[()]|[A-Za-z_][A-Za-z_0-9]*|\d+)")


def side(text: str) -> Side:
    """A side of a pattern.

    Raises:
        CodeError: it is not one.
    """
    groups: list[Group] = []
    inner: list[str] | None = None
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if found is None:
            raise CodeError("EinopsError", f"unexpected characters in the pattern {text!r}")
        token, at = found.group(1), found.end()
        if token == "...":
            raise Unread("an ellipsis in a pattern", "it is not read", "name every axis")
        if token == "(":
            if inner is not None:
                raise CodeError("EinopsError", "brackets inside brackets")
            inner = []
        elif token == ")":
            if inner is None:
                raise CodeError("EinopsError", "brackets are not balanced")
            groups.append(tuple(inner))
            inner = None
        elif token.isdigit() and token != "1":
            raise Unread(f"the number {token} in a pattern", "it is not read", "give the axis a name")
        elif inner is not None:
            inner += [] if token == "1" else [token]
        else:
            groups.append(() if token == "1" else (token,))
    if inner is not None:
        raise CodeError("EinopsError", "brackets are not balanced")
    found_side = Side(tuple(groups))
    if len(set(found_side.names)) < len(found_side.names):
        raise CodeError("EinopsError", "an axis comes twice on one side of the pattern")
    return found_side


def sides(pattern: Any) -> tuple[Side, Side]:
    """Both sides of a pattern."""
    if not isinstance(pattern, str) or pattern.count("->") != 1:
        raise CodeError("EinopsError", "a pattern has one ->")
    left, right = pattern.split("->")
    return side(left), side(right)


def taken_apart(
    machine: Machine, array: Numbers, left: Side, given: Mapping[str, Any]
) -> tuple[Numbers, dict[str, Polynomial]]:
    """The array with a dimension for every name on the left, and their sizes."""
    if array.rank != len(left.groups):
        raise CodeError("EinopsError", f"the pattern has {len(left.groups)} axes, the array {array.rank}")
    sizes = {name: arrays.integer(machine, value) for name, value in given.items()}
    for name in sizes:
        if name not in left.names:
            raise CodeError("EinopsError", f"the axis {name} is not in the pattern")
    for group, whole in zip(left.groups, array.shape):
        known = numpy_reduce.product_of([sizes[name] for name in group if name in sizes])
        unknown = [name for name in group if name not in sizes]
        if len(unknown) > 1:
            raise CodeError("EinopsError", f"could not infer sizes for {', '.join(unknown)}")
        if unknown:
            if not machine.choose(known - 1):
                raise CodeError("EinopsError", "a size is not positive")
            sizes[unknown[0]] = machine.floor(whole, known)
            known = known * sizes[unknown[0]]
        if not arrays.same_size(machine, known, whole):
            raise CodeError("EinopsError", f"an axis of size {whole!r} is not {known!r}")
    return shaping.reshaped(machine, array, [sizes[name] for name in left.names]), sizes


def put_together(
    machine: Machine, array: Numbers, names: Sequence[str], right: Side, sizes: Mapping[str, Polynomial]
) -> Numbers:
    """Dimensions by name in the order and the groups of the right side."""
    order = shaping.transposed(machine, array, [list(names).index(name) for name in right.names])
    shape = [numpy_reduce.product_of([sizes[name] for name in group]) for group in right.groups]
    return shaping.reshaped(machine, order, shape)


def _tensor(machine: Machine, value: Any) -> Numbers:
    """The array that is given; of a list, its items along a new first dimension."""
    if isinstance(value, (ListValue, tuple)):
        return numpy_join.stack(machine, value, Polynomial())
    if not isinstance(value, (Array, IndexArray)):
        raise CodeError("EinopsError", "not an array")
    return as_array(machine, value)


@function("einops.rearrange", takes="tensor, pattern, **axes_lengths")
def rearrange(machine: Machine, tensor: Any, pattern: Any, axes_lengths: Any) -> Numbers:
    left, right = sides(pattern)
    if set(left.names) != set(right.names):
        raise CodeError("EinopsError", "identifiers only on one side of expression")
    array, sizes = taken_apart(machine, _tensor(machine, tensor), left, _given(machine, axes_lengths))
    return put_together(machine, array, left.names, right, sizes)


def _given(machine: Machine, axes_lengths: Any) -> Mapping[str, Any]:
    found: Any = dictionaries.contents(machine, axes_lengths) if isinstance(axes_lengths, DictValue) else axes_lengths
    return {str(name): value for name, value in found.items()}


@function("einops.reduce", takes="tensor, pattern, reduction, **axes_lengths")
def reduce(machine: Machine, tensor: Any, pattern: Any, reduction: Any, axes_lengths: Any) -> Numbers:
    if reduction not in ("sum", "mean"):
        raise Unread(
            f"einops.reduce(.., {reduction!r})", "only sums and means are read", "max pooling: run or probe it"
        )
    left, right = sides(pattern)
    if set(right.names) - set(left.names):
        raise CodeError("EinopsError", "identifiers only on one side of expression")
    array, sizes = taken_apart(machine, _tensor(machine, tensor), left, _given(machine, axes_lengths))
    gone = tuple(Polynomial.constant(at) for at, name in enumerate(left.names) if name not in right.names)
    if gone and reduction == "mean":
        array = numpy_reduce.mean(machine, array, gone, False)
    elif gone:
        array = numpy_reduce.numpy_sum(machine, array, gone, None, False)
    return put_together(machine, array, [name for name in left.names if name in right.names], right, sizes)


@function("einops.repeat", takes="tensor, pattern, **axes_lengths")
def repeat(machine: Machine, tensor: Any, pattern: Any, axes_lengths: Any) -> Numbers:
    left, right = sides(pattern)
    if set(left.names) - set(right.names):
        raise CodeError("EinopsError", "unexpected identifiers on the left side of repeat")
    given = {name: arrays.integer(machine, value) for name, value in _given(machine, axes_lengths).items()}
    new = [name for name in right.names if name not in left.names]
    if any(name not in given for name in new):
        raise CodeError("EinopsError", "specify sizes for new axes in repeat")
    own = {name: value for name, value in given.items() if name not in new}
    array, sizes = taken_apart(machine, _tensor(machine, tensor), left, own)
    for name in new:
        if not machine.choose(given[name]):
            raise CodeError("EinopsError", "a size is negative")
        sizes[name] = given[name]
    wide = shaping.reshaped(machine, array, [*[ONE] * len(new), *array.shape])
    whole = shaping.broadcast(machine, wide, [*(sizes[name] for name in new), *array.shape])
    return put_together(machine, arrays.copy(machine, whole), [*new, *left.names], right, sizes)


@function("einops.einsum", takes="*tensors_and_pattern")
def einsum(machine: Machine, *tensors_and_pattern: Any) -> Array:
    *tensors, pattern = tensors_and_pattern
    if not tensors or not isinstance(pattern, str) or pattern.count("->") != 1:
        raise CodeError("ValueError", "einops.einsum takes arrays, then a pattern with one ->")
    inputs, output = pattern.split("->")
    parts = [part.split() for part in inputs.split(",")]
    if any(not name.isidentifier() for part in (*parts, output.split()) for name in part):
        raise Unread("einops.einsum(..)", "only names of axes are read in its pattern", "use np.einsum")
    if len(parts) != len(tensors):
        raise CodeError("ValueError", f"{len(parts)} parts for {len(tensors)} arrays")
    operands = numpy_reduce.numbers(machine, *tensors)
    for part, operand in zip(parts, operands):
        if len(part) != operand.rank:
            raise CodeError("ValueError", "a part does not have a name for each dimension")
    kept = output.split()
    if not set(kept) <= {name for part in parts for name in part} or len(set(kept)) < len(kept):
        raise CodeError("EinopsError", "the result has an axis that no array has, or one twice")
    return numpy_reduce.product(machine, [(one, list(part)) for one, part in zip(operands, parts)], list(kept))
