"""How an access reads its tensor: a view of the array, zero-padded where an index leaves the box.

Every index is affine, so the entries that an access reads as its names run are a strided view; only where zeros
around the tensor would be many more than what is read, they are gathered one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

from symconv.algebra.concrete.contract import Strided
from symconv.algebra.concrete.plan import Plan, concrete_shape, linear
from symconv.algebra.forms import Access
from symconv.foundations.later import np, npt

Array: TypeAlias = "npt.NDArray[Any]"
Slices = tuple[slice, ...]


@dataclass(frozen=True)
class Padding:
    """The part ``source`` of an array, put at ``target`` among zeros."""

    shape: tuple[int, ...]
    source: Slices
    target: Slices

    def of(self, array: Array) -> Array:
        padded = np.zeros(self.shape, dtype=array.dtype)
        padded[self.target] = array[self.source]
        return padded


@dataclass(frozen=True)
class View:
    """Entries at ``first`` and at ``steps`` from there, counted in elements of a contiguous array."""

    shape: tuple[int, ...]
    first: int
    steps: tuple[int, ...]

    def of(self, array: Array) -> Array:
        size = array.itemsize
        return np.lib.stride_tricks.as_strided(
            array.reshape(-1)[self.first :], self.shape, [step * size for step in self.steps]
        )


@dataclass(frozen=True)
class Gathering:
    """The entries at ``places``, zero if they are not ``inside``."""

    places: tuple[Array, ...]
    inside: Array

    def of(self, array: Array) -> Array:
        return np.where(self.inside, array[self.places], np.zeros((), dtype=array.dtype))


@dataclass(frozen=True)
class Reading:
    """What an access reads of its tensor (C-contiguous), over the names of ``strided``."""

    tensor: str
    strided: Strided
    steps: tuple[Padding | View | Gathering, ...]

    def of(self, array: Array) -> Array:
        for step in self.steps:
            array = step.of(array)
        return array


def reading(access: Access, term_plan: Plan, values: Mapping[str, int]) -> Reading:
    """How the access is read as the plan's names run."""
    shape = concrete_shape(access.tensor, values)
    assert shape is not None, f"{access.tensor.name} has no shape"
    lengths = {name: length for name, (_, length) in term_plan.ranges.items()}
    names = tuple(name for name in lengths if any(name in index.names for index in access.indices))
    indices = [linear(index) for index in access.indices]
    padding, lows = _padding([term_plan.interval(index) for index in access.indices], shape)
    padded = shape if padding is None else padding.shape
    if prod(padded) > 4 * (prod(shape) + prod(lengths[name] for name in names)):
        return Reading(
            access.tensor.name, Strided.contiguous(names, lengths), (_gathering(access, names, shape, term_plan),)
        )
    first, steps = 0, dict.fromkeys(names, 0)
    step = prod(padded)
    for (constant, parts), size, low in zip(indices, padded, lows):
        step //= size
        first += step * (constant - low)
        for name, coefficient in parts:
            first += step * coefficient * term_plan.ranges[name][0]
            steps[name] += step * coefficient
    ordered = dict(sorted(steps.items(), key=lambda item: -abs(item[1])))
    view = View(tuple(lengths[name] for name in ordered), first, tuple(ordered.values()))
    stages: list[Padding | View] = [] if padding is None else [padding]
    if view.shape != padded or view.first or Strided.contiguous(tuple(ordered), lengths).steps != ordered:
        stages.append(view)
    return Reading(access.tensor.name, Strided(ordered), tuple(stages))


def _padding(intervals: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> tuple[Padding | None, list[int]]:
    """Zeros as far as the indices go beyond the box, if they do; and the index at which each axis then begins."""
    if all(low >= 0 and high < size for (low, high), size in zip(intervals, shape)):
        return None, [0] * len(shape)
    sizes, lows, source, target = [], [], [], []
    for (low, high), size in zip(intervals, shape):
        if low >= 0 and high < size:
            low, high = 0, size - 1
        begin, end = max(low, 0), max(min(high + 1, size), low, 0)
        sizes.append(high - low + 1)
        lows.append(low)
        source.append(slice(begin, end))
        target.append(slice(begin - low, end - low))
    return Padding(tuple(sizes), tuple(source), tuple(target)), lows


def _gathering(access: Access, names: tuple[str, ...], shape: tuple[int, ...], term_plan: Plan) -> Gathering:
    inside: Any = np.ones((1,) * len(names), dtype=bool)
    places = []
    for index, size in zip(access.indices, shape):
        at = np.asarray(index.evaluate(term_plan.checked_mesh(names, index)))
        inside = inside & (at >= 0) & (at < size)
        places.append(at.clip(0, size - 1))
    everywhere = tuple(term_plan.ranges[name][1] for name in names)
    return Gathering(tuple(places), np.broadcast_to(inside, everywhere))
