"""Looking for a place at which two formulas of a large layer differ, without making all product terms.

Parts of the entries are compared: the first and the last corner, a line along each axis, the places that the
difference itself names, and some places at random. If even one entry has too many products, a tensor is set to zero
outside a small window, which is a choice of its numbers like any other. So a disagreement is a witness; that none is
found proves nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from symconv.algebra.concrete.blocks import Block
from symconv.algebra.concrete.compare import Disagreement, compare_in
from symconv.algebra.concrete.plan import concrete_shape
from symconv.algebra.forms import Access, Delta, Form, Range, Tensor, Term
from symconv.errors import FormulaError, InfiniteSumError, SizeLimitError
from symconv.proof.equation import Equation

MOST_TERMS = 20_000
"""Product terms of a part; a larger one is made smaller."""
MOST_WORK = 3_000_000
"""Product terms in all."""
CORNER = 3
"""Entries along each axis of a corner."""
WINDOW = 4
"""Elements along each axis of a tensor that are not set to zero."""
DRAWS = 40
"""Entries at random."""

Window: TypeAlias = "tuple[Tensor, tuple[int, ...]]"
"""A tensor, and where the window begins in which it is not zero."""


def disagreement(equation: Equation, difference: Form, most_work: int = MOST_WORK) -> Disagreement | None:
    """A place at which the sides of an equation without parameters differ.

    Args:
        equation: without parameters.
        difference: the normal form of the sides' difference, whose brackets name places; may be empty.
        most_work: product terms in all, about.

    Raises:
        SizeLimitError: nothing could be compared.
    """
    axes, constants = equation.at_numbers()
    work = 0
    failed: SizeLimitError | None = None
    for block in _blocks([size for _, size in axes], _named_places(axes, difference)):
        for window in (None, *_windows(equation)):
            forms = [_within(form, window) for form in equation.sides]
            part, found = block, None
            while found is None:
                try:
                    found = compare_in(part, forms, axes, MOST_TERMS, constants)
                except SizeLimitError as error:
                    if max(part.shape, default=1) == 1:
                        failed = error
                        break
                    part = _smaller(part)
                except (InfiniteSumError, FormulaError):
                    return None
            if found is None:
                continue  # even a single entry has too many terms
            if found.disagreement is not None:
                return found.disagreement
            work += found.made + 1_000
            if work > most_work:
                return None
            if window is None:
                break  # nothing was left out
    if failed is not None and not work:
        raise failed
    return None


def _blocks(sizes: Sequence[int], named: Sequence[Sequence[int]]) -> Iterator[Block]:
    """Parts of the entries, those first in which a difference is the likeliest and the smallest."""
    generator = random.Random(0)
    corner = tuple(min(size, CORNER) for size in sizes)
    ends = tuple(size - length for size, length in zip(sizes, corner))
    yield Block((0,) * len(sizes), corner)
    for axis, places in enumerate(named):
        for place in places:
            yield Block(_at((0,) * len(sizes), axis, place), _at(corner, axis, 1))
    yield Block(ends, corner)
    ones = (1,) * len(sizes)
    for start in ((0,) * len(sizes), tuple(size // 2 for size in sizes)):
        for axis, size in enumerate(sizes):
            yield Block(_at(start, axis, 0), _at(ones, axis, size))
    for _ in range(DRAWS):
        yield Block(tuple(generator.randrange(size) for size in sizes), ones)


def _at(values: tuple[int, ...], axis: int, value: int) -> tuple[int, ...]:
    return (*values[:axis], value, *values[axis + 1 :])


def _smaller(block: Block) -> Block:
    """Half of its longest axis."""
    axis = max(range(len(block.shape)), key=lambda at: block.shape[at])
    return Block(block.start, _at(block.shape, axis, -(-block.shape[axis] // 2)))


def _named_places(axes: Sequence[tuple[str, int]], difference: Form) -> list[list[int]]:
    """Along each axis, the indices at which a bracket of the difference begins or ceases to hold."""
    places: list[list[int]] = []
    for letter, size in axes:
        found: dict[int, None] = {}
        for factor in (factor for term in difference for factor in term.factors):
            if isinstance(factor, (Delta, Range)) and factor.expression.names == {letter}:
                sign, rest = factor.expression.unit(letter), factor.expression.without(letter).value
                if sign and rest is not None:
                    edge = int(-rest) * sign
                    found |= dict.fromkeys(at for at in (edge - 1, edge, edge + 1) if 0 <= at < size)
        places.append(list(found)[:12])
    return places


def _windows(equation: Equation) -> Iterator[Window]:
    """For each tensor of the equation its first corner, its last one and two others."""
    tensors = {tensor.name: tensor for side in equation.sides for tensor in side.tensors}
    for tensor in tensors.values():
        shape = concrete_shape(tensor, {})
        if not shape or max(shape) <= WINDOW:
            continue
        generator = random.Random(0)
        last = tuple(max(0, size - WINDOW) for size in shape)
        drawn = (tuple(generator.randint(0, start) for start in last) for _ in range(2))
        yield from ((tensor, start) for start in chain([(0,) * len(shape), last], drawn))


def _within(form: Form, window: Window | None) -> Form:
    """The form where a tensor is zero outside the window."""
    return form if window is None else Form(tuple(_term_within(term, window) for term in form))


def _term_within(term: Term, window: Window) -> Term:
    tensor, starts = window
    ranges = [
        side
        for factor in term.factors
        if isinstance(factor, Access) and factor.tensor.name == tensor.name
        for index, start in zip(factor.indices, starts)
        for side in (Range(index - start), Range(start + WINDOW - 1 - index))
    ]
    return replace(term, factors=(*term.factors, *ranges))
