"""Numbers that satisfy what is known at a place of a program.

A fact that is negative at one of them does not follow, which is found out sooner than by a search for a proof.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.polynomial import Polynomial
from symconv.geometry.axes import Axis
from symconv.programs.loop import Loop

SMALLEST, TRIES, DRAWN, LARGEST = 12, 400, 16, 7
"""Of the sizes, the 12 smallest of 400 tries, and 16 drawn up to 7."""
PER_SIZES = 3
"""Indices that are drawn for each choice of sizes."""

Point = dict[str, int]


def of_sizes(known: Assumptions) -> list[Point]:
    """Some of the sizes that satisfy what is known."""
    names = sorted(known.bounds)
    found = list(islice(known.smallest(names, TRIES), SMALLEST))
    found += known.draws(names, random.Random(0), DRAWN, LARGEST)
    return found


def in_loops(points: Sequence[Point], loops: Iterable[Loop]) -> list[Point]:
    """The same with numbers for the indices of loops, on the path that is read."""
    generator = random.Random(0)
    loops = list(loops)
    found = []
    for point in points:
        for at in range(PER_SIZES):
            drawn: Point | None = dict(point)
            for loop in loops:
                drawn = None if drawn is None else _in_loop(drawn, loop, generator, at)
            if drawn is not None:
                found.append(drawn)
    return found


def _in_loop(point: Point, loop: Loop, generator: random.Random, at: int) -> Point | None:
    """A round of a loop: the first, the last or any, that is on the path."""
    for attempt in range(4):
        new = dict(point)
        for name, size in loop.parts:
            count = _value(size, new)
            if count is None or count < 1:
                return None
            last = (0, count - 1)[at % 2] if attempt == 0 and at < 2 else generator.randrange(count)
            new[name] = last
        for name, numerator, size in loop.quotients:
            top, by = _value(numerator, new), _value(size, new)
            if top is None or not by or by < 1:
                return None
            new[name] = top // by
        values = [_value(fact, new) for fact in loop.path]
        if all(value is not None and value >= 0 for value in values):
            return new
    return None


def with_axes(points: Iterable[Point], axes: Sequence[Axis]) -> Iterator[Point]:
    """The same with numbers for the letters of axes."""
    generator = random.Random(0)
    for at, point in enumerate(points):
        new = dict(point)
        for axis in axes:
            count = _value(axis.size, new)
            if count is None or count < 1:
                break
            new[axis.letter] = (0, count - 1, generator.randrange(count))[at % 3]
        else:
            yield new


def is_negative_somewhere(fact: Polynomial, points: Iterable[Point]) -> bool:
    """Whether the fact is negative at one of the points."""
    return any((value := _value(fact, point)) is not None and value < 0 for point in points)


def _value(number: Polynomial, point: Point) -> int | None:
    """A number at a point; None if it has a letter that the point does not have."""
    return int(number.evaluate(point)) if number.names <= point.keys() else None
