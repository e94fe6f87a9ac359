"""What compilers do with arrays, each operation as the formula of one entry, in SymPy's own words.

The identities of ``test_compilers.py`` are written with these; nothing here knows symconv.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import sympy as sp

Index = Any
"""A whole number or a SymPy expression."""

_numbers = count()


def summed() -> sp.Symbol:
    """A new name to sum over."""
    return sp.Symbol(f"t{next(_numbers)}", integer=True)


def where(*conditions: Any) -> sp.Expr:
    """One if all conditions hold, else zero."""
    return sp.Piecewise((1, sp.And(*conditions)), (0, True))


@dataclass(frozen=True)
class Array:
    """Entries inside ``shape``; what ``entry`` gives outside means nothing."""

    shape: tuple[Index, ...]
    entry: Callable[..., sp.Expr]

    def __getitem__(self, index: tuple[Index, ...]) -> sp.Expr:
        return self.entry(*index)

    def inside(self, index: Sequence[Index]) -> sp.Expr:
        return where(*(sp.And(at >= 0, at < size) for at, size in zip(index, self.shape)))


def tensor(name: str, *shape: Index) -> Array:
    base = sp.IndexedBase(name, shape=shape)
    return Array(shape, lambda *index: base[index])


def constant(value: Index, *shape: Index) -> Array:
    return Array(shape, lambda *index: sp.sympify(value))


def elementwise(function: Callable[..., sp.Expr], *arrays: Array) -> Array:
    return Array(arrays[0].shape, lambda *index: function(*(array[index] for array in arrays)))


def transpose(array: Array, *order: int) -> Array:
    """Axis a of the result is axis order[a] of the array."""
    place = {axis: at for at, axis in enumerate(order)}
    return Array(
        tuple(array.shape[axis] for axis in order),
        lambda *index: array[tuple(index[place[axis]] for axis in range(len(order)))],
    )


def broadcast(array: Array, axis: int, size: Index) -> Array:
    """A new axis on which all entries are the same."""
    shape = (*array.shape[:axis], size, *array.shape[axis:])
    return Array(shape, lambda *index: array.entry(*index[:axis], *index[axis + 1 :]))


def reduce(array: Array, axis: int = 0) -> Array:
    """The sum over an axis."""

    def entry(*index: Index) -> sp.Expr:
        t = summed()
        return sp.Sum(array.entry(*index[:axis], t, *index[axis:]), (t, 0, array.shape[axis] - 1))

    return Array((*array.shape[:axis], *array.shape[axis + 1 :]), entry)


def _along(array: Array, axis: int, size: Index, moved: Callable[[Index], Index]) -> Array:
    shape = (*array.shape[:axis], size, *array.shape[axis + 1 :])
    return Array(shape, lambda *index: array.entry(*index[:axis], moved(index[axis]), *index[axis + 1 :]))


def slice_(array: Array, start: Index, end: Index, stride: Index = 1, axis: int = 0) -> Array:
    return _along(array, axis, sp.ceiling((end - start) / sp.sympify(stride)), lambda i: start + stride * i)


def dynamic_slice(array: Array, start: Index, size: Index, axis: int = 0) -> Array:
    return _along(array, axis, size, lambda i: start + i)


def reverse(array: Array, axis: int = 0) -> Array:
    return _along(array, axis, array.shape[axis], lambda i: array.shape[axis] - 1 - i)


def pad(array: Array, value: Index, low: Index, interior: Index, high: Index, axis: int = 0) -> Array:
    """``low`` and ``high`` entries at the ends and ``interior`` entries between neighbors, all of one value."""
    size = array.shape[axis]

    def entry(*index: Index) -> sp.Expr:
        t = summed()
        read = array.entry(*index[:axis], t, *index[axis + 1 :]) - value
        there = sp.KroneckerDelta(index[axis], low + (interior + 1) * t)
        return value + sp.Sum(read * there, (t, 0, size - 1))

    shape = (*array.shape[:axis], low + size + (size - 1) * interior + high, *array.shape[axis + 1 :])
    return Array(shape, entry)


def concatenate(one: Array, *others: Array, axis: int = 0) -> Array:
    if not others:
        return one
    other, split = concatenate(*others, axis=axis), one.shape[axis]

    def entry(*index: Index) -> sp.Expr:
        at = index[axis]
        rest = (*index[:axis], at - split, *index[axis + 1 :])
        return one[index] * where(at < split) + other[rest] * where(at >= split)

    return Array((*one.shape[:axis], split + other.shape[axis], *one.shape[axis + 1 :]), entry)


def update(array: Array, new: Array, start: Index) -> Array:
    """The array with a part of axis 0 overwritten."""

    def entry(at: Index, *rest: Index) -> sp.Expr:
        inside = where(at >= start, at < start + new.shape[0])
        return array.entry(at, *rest) * (1 - inside) + new.entry(at - start, *rest) * inside

    return Array(array.shape, entry)


def select(predicate: Callable[..., Any], yes: Array, no: Array) -> Array:
    """Entries of ``yes`` where the condition on the index holds, and else those of ``no``."""
    return Array(yes.shape, lambda *index: sp.Piecewise((yes[index], predicate(*index)), (no[index], True)))


def dot(one: Array, other: Array, contract: int = 1, batch: int = 0) -> Array:
    """Sums over the last ``contract`` axes of one and the first after the batch axes of the other; batch axes lead."""
    kept, also = one.shape[batch : len(one.shape) - contract], other.shape[batch + contract :]

    def entry(*index: Index) -> sp.Expr:
        names = [summed() for _ in range(contract)]
        lead, left, right = index[:batch], index[batch : batch + len(kept)], index[batch + len(kept) :]
        product = one.entry(*lead, *left, *names) * other.entry(*lead, *names, *right)
        limits = [(t, 0, size - 1) for t, size in zip(names, other.shape[batch : batch + contract])]
        return sp.Sum(product, *limits) if limits else product

    return Array((*one.shape[:batch], *kept, *also), entry)


def convolve(
    x: Array, w: Array, stride: Index = 1, low: Index = 0, high: Index = 0, ldilation: Index = 1, rdilation: Index = 1
) -> Array:
    """Input (feature, space) and kernel (feature, output, space); the result is (output, space).

    The input is dilated, padded, and read at every ``stride``; the kernel is dilated.
    """
    features, size = x.shape
    _, outputs, kernel = w.shape

    def entry(output: Index, at: Index) -> sp.Expr:
        c, j, k = summed(), summed(), summed()
        there = sp.KroneckerDelta(stride * at + rdilation * k - low, ldilation * j)
        return sp.Sum(x[c, j] * w[c, output, k] * there, (j, 0, size - 1), (k, 0, kernel - 1), (c, 0, features - 1))

    room = low + ldilation * (size - 1) + 1 + high - rdilation * (kernel - 1) - 1
    return Array((outputs, sp.floor(room / sp.sympify(stride)) + 1), entry)
