"""Which entries are collected together, and how many product terms they make, before any is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from symconv.algebra.concrete.plan import Plan, plan
from symconv.algebra.extent import about
from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.errors import SizeLimitError
from symconv.foundations.given import term_limit

DEFAULT_MAX_TERMS = 1_000_000
MOST_MADE = 10**9
"""Nobody is told how to make more terms than this."""


@dataclass(frozen=True)
class Block:
    """A box of neighbouring entries: the first one's index, and the number of entries along each axis."""

    start: tuple[int, ...]
    shape: tuple[int, ...]

    @staticmethod
    def whole(axes: Sequence[tuple[str, int]]) -> Block:
        return Block((0,) * len(axes), tuple(size for _, size in axes))

    def split(self, parts: int) -> list[Block]:
        """At most ``parts`` blocks, one after the other along the first axis of more than one entry."""
        axis = next(at for at, size in enumerate(self.shape) if size > 1)
        count = min(parts, self.shape[axis])
        cuts = [self.shape[axis] * at // count for at in range(count + 1)]
        return [self._part(axis, low, high) for low, high in pairwise(cuts)]

    def _part(self, axis: int, low: int, high: int) -> Block:
        start, shape = list(self.start), list(self.shape)
        start[axis], shape[axis] = start[axis] + low, high - low
        return Block(tuple(start), tuple(shape))

    def of(self, form: Form, axes: Sequence[tuple[str, int]]) -> tuple[Form, list[tuple[str, int]]]:
        """The form and its axes with the block's entries alone, counted from 0."""
        moved = {letter: Polynomial.name(letter) + first for (letter, _), first in zip(axes, self.start) if first}
        return form.substitute(moved) if moved else form, [(a[0], size) for a, size in zip(axes, self.shape)]

    def index(self, flat: int) -> tuple[int, ...]:
        """The index of an entry by its flat number in the block."""
        index = []
        for size in reversed(self.shape):
            flat, at = divmod(flat, size)
            index.append(at)
        return tuple(i + first for i, first in zip(reversed(index), self.start))


def estimate_terms(form: Form, axes: Sequence[tuple[str, int]], values: Mapping[str, int]) -> int:
    """An upper bound on the product terms that would be made."""
    return sum(p.count for p in (plan(term, axes, values) for term in form) if p is not None)


def require_terms(count: int, max_terms: int, what: str) -> None:
    if count > term_limit(max_terms):
        more = f"pass max_terms={count} to compute it anyway, or ask for" if count <= MOST_MADE else "use"
        right = f"{more} single entries, smaller sizes or the general formula"
        raise SizeLimitError(f"{what} with about {about(count)} terms", f"the limit is {about(max_terms)}", right)


def block_plans(form: Form, axes: Sequence[tuple[str, int]], values: Mapping[str, int], block: Block) -> list[Plan]:
    """How the terms of the form are made in a block; ``count`` of each is an upper bound on its product terms."""
    form, axes = block.of(form, axes)
    return [p for p in (plan(term, axes, values) for term in form) if p is not None]
