"""Where the entries of a term belong: they are added to slices of the whole, one for every value of a few names.

In the index of each axis one name is spread along a slice; the others (kernel offsets, say) are run through.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from math import prod
from operator import mul
from typing import Any, TypeAlias

from symconv.algebra.concrete.plan import Plan, linear
from symconv.foundations.later import np, npt

Array: TypeAlias = "npt.NDArray[Any]"
Key = tuple[Any, ...]
ELEMENTS_A_SLICE = 50
"""Adding a slice takes about as long as adding 50 single entries."""
NOWHERE = slice(0, 0)


@dataclass(frozen=True)
class Placement:
    """Entries with axes named ``order``, those at ``repeated`` of length 1, and how they are added to the whole.

    ``slices`` are pairs (where in the whole, which entries); if there are none, ``places`` has the position of
    every single entry that lies inside, and which these are.
    """

    order: tuple[str, ...]
    shape: tuple[int, ...]
    repeated: tuple[int, ...]
    is_whole: bool
    slices: tuple[tuple[Key, Key], ...]
    places: tuple[tuple[Array, ...], Array] | None = None

    def add(self, total: Array, entries: Array) -> None:
        """Add the entries, which have axes for the names of ``order`` that are not repeated."""
        if self.repeated:
            entries = np.broadcast_to(np.expand_dims(entries, self.repeated), self.shape)
        if self.places is not None:
            places, inside = self.places
            np.add.at(total, places, entries[inside])
        for where, which in self.slices:
            total[where] += entries[which]


def placement(term_plan: Plan, shape: tuple[int, ...], present: Collection[str]) -> Placement:
    """Where the entries of the plan belong in an array of the given shape; ``present`` names are in some operand."""
    axes = [index.names for index in term_plan.axes]
    spread = [max(sorted(names), key=lambda n: term_plan.ranges[n][1]) if names else None for names in axes]
    run = [name for name in term_plan.ranges if name not in spread and any(name in names for names in axes)]
    first = next((at for at, names in enumerate(axes) if len(names) > 1), len(axes))
    order = tuple(name for name in (*spread[:first], *run, *spread[first:]) if name is not None)
    if len(set(order)) == len(order) and all(sum(name in names for names in axes) == 1 for name in spread if name):
        slices = prod(term_plan.ranges[name][1] for name in run)
        lengths = tuple(term_plan.ranges[name][1] for name in order)
        repeated = tuple(at for at, name in enumerate(order) if name not in present)
        if all(index.single_name for index in term_plan.axes) and lengths == shape:
            return Placement(order, lengths, repeated, not repeated, (((...,), (...,)),))
        if slices == 1 or slices * ELEMENTS_A_SLICE <= prod(lengths):
            return Placement(order, lengths, repeated, False, _slices(term_plan, order, spread, shape))
    order = tuple(dict.fromkeys(order))
    lengths = tuple(term_plan.ranges[name][1] for name in order)
    repeated = tuple(at for at, name in enumerate(order) if name not in present)
    return Placement(order, lengths, repeated, False, (), _places(term_plan, order, lengths, shape))


def _slices(
    term_plan: Plan, order: tuple[str, ...], spread: list[str | None], shape: tuple[int, ...]
) -> tuple[tuple[Key, Key], ...]:
    """For every value of the names that are run through: where in the whole, and which of the entries."""
    run = [name for name in order if name not in spread]
    values = [range(start, start + length) for start, length in (term_plan.ranges[name] for name in run)]
    axes = []
    for index, along, size in zip(term_plan.axes, spread, shape):
        constant, parts = linear(index)
        weights = dict(parts)
        axes.append(
            (
                along,
                constant,
                [weights.get(name, 0) for name in run],
                _Meetings(weights.get(along or "", 0), *term_plan.ranges.get(along or "", (0, 1)), size),
            )
        )
    slices = []
    for at in product(*values):
        which: dict[str | None, Any] = {name: value - whole[0] for name, value, whole in zip(run, at, values)}
        where = []
        for along, start, steps, meetings in axes:
            which[along], outer = meetings[start + sum(map(mul, steps, at))]
            where.append(outer)
        if NOWHERE not in where:
            slices.append((tuple(where), tuple(which[name] for name in order)))
    return tuple(slices)


class _Meetings(dict[int, tuple[slice, Any]]):
    """By where an axis's index is at 0: which values along it are inside, and where they are; each worked out once."""

    def __init__(self, step: int, low: int, length: int, size: int) -> None:
        self.step, self.low, self.length, self.size = step, low, length, size

    def __missing__(self, start: int) -> tuple[slice, Any]:
        if self.step:
            self[start] = _meeting(start + self.step * self.low, self.step, self.length, self.size)
        else:
            self[start] = (slice(0, 1), start) if 0 <= start < self.size else (NOWHERE, NOWHERE)
        return self[start]


def _meeting(first: int, step: int, length: int, size: int) -> tuple[slice, slice]:
    """Of the positions first, first + step, .. those from 0 to size - 1: which of them, and where; else none."""
    if step > 0:
        begin, end = max(0, -(first // step)), min(length, (size - 1 - first) // step + 1)
    else:
        begin, end = max(0, -((size - 1 - first) // -step)), min(length, first // -step + 1)
    if begin >= end:
        return NOWHERE, NOWHERE
    past = first + step * end
    return slice(begin, end), slice(first + step * begin, past if past >= 0 else None, step)


def _places(
    term_plan: Plan, order: tuple[str, ...], lengths: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[tuple[Array, ...], Array]:
    """The position of every entry that is inside, and which those are."""
    inside = np.ones(lengths, dtype=bool)
    places = []
    for index, size in zip(term_plan.axes, shape):
        place = np.asarray(index.evaluate(term_plan.checked_mesh(order, index)))
        inside &= (place >= 0) & (place < size)
        places.append(np.broadcast_to(place, lengths))
    return tuple(place[inside] for place in places), inside
