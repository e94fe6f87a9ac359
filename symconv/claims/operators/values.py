"""Whole tensors in a claim, each with its axes and a formula for one entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, product

import sympy as sp

from symconv.claims.parse.names import Names
from symconv.errors import ClaimError
from symconv.geometry.axes import Axis, axes_of

Index = tuple[sp.Expr, ...]
CHANNELS = ("batch", "group", "output channel", "input channel")
"""Axes that are not positions."""


@dataclass(frozen=True)
class Dim:
    """One axis of a whole tensor: what it numbers ("" if that is not known) and how many there are."""

    role: str
    size: sp.Expr

    @property
    def is_position(self) -> bool:
        return self.role not in CHANNELS


@dataclass(frozen=True)
class Whole:
    """A tensor, or a matrix whose first ``rows`` axes number its rows.

    A tensor is a column: all its axes are rows. ``entry`` is the formula for one entry; outside the box it is zero if
    ``bounded``. ``tensor`` is the layer's tensor if it is one, as it stands.
    """

    dims: tuple[Dim, ...]
    entry: Callable[[Index], sp.Expr]
    rows: int
    bounded: bool = True
    tensor: str = ""

    @property
    def is_column(self) -> bool:
        return self.rows == len(self.dims)

    @property
    def is_scalar(self) -> bool:
        return not self.dims

    @property
    def channels(self) -> tuple[Dim, ...]:
        return tuple(dim for dim in self.dims if not dim.is_position)

    @property
    def positions(self) -> tuple[Dim, ...]:
        return tuple(dim for dim in self.dims if dim.is_position)

    @property
    def shape(self) -> tuple[sp.Expr, ...]:
        return tuple(dim.size for dim in self.dims)

    @property
    def transposed(self) -> Whole:
        rows, entry = len(self.dims) - self.rows, self.entry
        dims = self.dims[self.rows :] + self.dims[: self.rows]
        return Whole(dims, lambda index: entry(index[rows:] + index[:rows]), rows, self.bounded)

    def derived(self, dims: Iterable[Dim], entry: Callable[[Index], sp.Expr], bounded: bool = True) -> Whole:
        """A tensor made of this one."""
        dims = tuple(dims)
        return Whole(dims, entry, len(dims), bounded)

    def moved(self, dims: Iterable[Dim], index: Callable[[Index], Sequence[sp.Expr]], bounded: bool = True) -> Whole:
        """The tensor read at other indices of its positions, on axes of other sizes."""
        first, entry = len(self.channels), self.entry
        return self.derived(
            (*self.channels, *dims), lambda i: entry((*i[:first], *index(i[first:]))), bounded and self.bounded
        )


def number(value: sp.Expr) -> Whole:
    """A number or a size as a value."""
    return Whole((), lambda _: value, 0)


class Algebra:
    """What values are made with: entries of the layer's tensors, sums, conditions.

    ``written_out`` for matrices that are given entry by entry: indices are numbers, and entries are labels.
    """

    def __init__(self, names: Names, written_out: bool = False) -> None:
        self.names, self.layer = names, names.layer
        self.written_out = written_out
        self.sizes = names.sizes_of_layer
        self._count = count(1)

    def same(self, one: sp.Expr, other: sp.Expr) -> bool:
        """Whether two sizes are equal for every such layer."""
        return self.sizes.equal(one, other)

    # -- entries -------------------------------------------------------------------------------------

    def tensor(self, name: str) -> Whole:
        """One of the layer's tensors, the dense weights and patches as matrices."""
        layout = self.names.layouts[name]
        axes = axes_of(layout)
        dims = self.roles_of(axes)
        rows = len(axes)
        notation = self.layer.notation
        if name in (notation.dense_weight, f"d{notation.loss}_d{notation.dense_weight}"):
            rows = len(layout[0])
        if name in (notation.patch, f"d{notation.loss}_d{notation.patch}"):
            rows = len(layout[0])
        return Whole(dims, lambda index: self.access(name, index), rows, tensor=name)

    def roles_of(self, axes: Sequence[Axis]) -> tuple[Dim, ...]:
        """The axes with what they number; positions by their letter."""
        roles = self._roles
        return tuple(Dim(roles.get(axis.letter.rstrip("'"), axis.letter[:1]), self.size(axis)) for axis in axes)

    def size(self, axis: Axis) -> sp.Expr:
        return self.layer.writer.polynomial(axis.size)

    @property
    def _roles(self) -> dict[str, str]:
        layer = self.layer
        axes = {
            "batch": layer.batch_axes, "group": layer.group_axes, "output channel": layer.output_channels,
            "input channel": layer.input_channels,
        }  # fmt: skip
        return {axis.letter: role for role, some in axes.items() for axis in some}

    def access(self, name: str, index: Index) -> sp.Expr:
        if not self.written_out:
            return self.layer.writer.access(self.names.tensors[name], index)
        entry = self.names.definitions.entry(name, [int(one) for one in index])
        return sp.S.Zero if entry is None else sp.Symbol(entry.label)

    def within(self, value: Whole, index: Index) -> sp.Expr:
        """The entry, zero outside the box."""
        if self.written_out:
            inside = all(0 <= int(one) < int(size) for one, size in zip(index, value.shape))
            return value.entry(index) if inside else sp.S.Zero
        if value.bounded:
            return value.entry(index)
        facts = [fact for one, size in zip(index, value.shape) for fact in (one, size - 1 - one)]
        conditions = [sp.Ge(fact, 0, evaluate=False) for fact in facts]
        return sp.Piecewise((value.entry(index), sp.And(*conditions)), (0, True))

    # -- sums ----------------------------------------------------------------------------------------

    def sum(self, sizes: Sequence[sp.Expr], body: Callable[[Index], sp.Expr], bounded: int = 0) -> sp.Expr:
        """The sum over indices from 0 that are less than these sizes.

        Of the last ``bounded`` indices the body says itself that it is zero beyond, and proofs are easier if it is not
        said twice.
        """
        if not sizes:
            return body(())
        if self.written_out:
            return sp.Add(
                *(body(tuple(map(sp.Integer, one))) for one in product(*(range(int(size)) for size in sizes)))
            )
        letters = tuple(self.fresh() for _ in sizes)
        free = len(sizes) - bounded
        limits = [(letter, 0, size - 1) for letter, size in zip(letters[:free], sizes)]
        limits += [(letter, -sp.oo, sp.oo) for letter in letters[free:]]
        return sp.Sum(body(letters), *limits)

    def fresh(self) -> sp.Symbol:
        """A letter that nothing else has."""
        while (name := f"u{next(self._count)}") in self.names.sizes or name in self.names.known:
            pass
        return sp.Symbol(f"{name}'", integer=True)

    def equal(self, one: sp.Expr, other: sp.Expr) -> sp.Expr:
        """1 where they are equal, else 0."""
        return sp.KroneckerDelta(one, other)

    # -- what all operators share --------------------------------------------------------------------

    def literal(self, rows: Sequence[Sequence[sp.Expr]]) -> Whole:
        """A matrix given by its entries; one column is a column."""
        height, width = sp.Integer(len(rows)), sp.Integer(len(rows[0]))
        if width == 1:
            return Whole((Dim("", height),), lambda index: rows[int(index[0])][0], 1)
        if height == 1:
            return Whole((Dim("", width),), lambda index: rows[0][int(index[0])], 0)
        return Whole((Dim("", height), Dim("", width)), lambda index: rows[int(index[0])][int(index[1])], 1)

    def scaled(self, value: Whole, factor: sp.Expr) -> Whole:
        entry = value.entry
        return replace(value, entry=lambda index: factor * entry(index), tensor="")

    def added(self, one: Whole, other: Whole, sign: int = 1) -> Whole:
        """The sum; a tensor without positions, such as a bias, is added at every position."""
        if len(one.dims) < len(other.dims):
            one, other = self.scaled(other, sp.Integer(sign)), one
            sign = 1
        places = self._aligned(one, other)

        def entry(index: Index) -> sp.Expr:
            return one.entry(index) + sign * other.entry(tuple(index[at] for at in places))

        return Whole(one.dims, entry, one.rows, one.bounded and one.dims == other.dims and other.bounded)

    def multiplied(self, one: Whole, other: Whole) -> Whole:
        """The product entry by entry."""
        if len(one.dims) < len(other.dims):
            one, other = other, one
        places = self._aligned(one, other)

        def entry(index: Index) -> sp.Expr:
            return one.entry(index) * other.entry(tuple(index[at] for at in places))

        return Whole(one.dims, entry, one.rows, one.bounded)

    def _aligned(self, one: Whole, other: Whole) -> list[int]:
        """Of every axis of the smaller tensor, the place of the larger one's axis that it goes with."""
        if len(one.dims) == len(other.dims) and all(self.same(a, b) for a, b in zip(one.shape, other.shape)):
            return list(range(len(one.dims)))
        places, start = [], 0
        for dim in other.dims:
            found = next(
                (
                    at
                    for at in range(start, len(one.dims))
                    if one.dims[at].role == dim.role and self.same(one.dims[at].size, dim.size)
                ),
                None,
            )
            if found is None or not dim.role:
                raise misfit(
                    f"shapes {shape_text(one.shape)} and {shape_text(other.shape)} are put together entry by entry"
                )
            places.append(found)
            start = found + 1
        return places


class MisfitError(ClaimError):
    """Two tensors whose shapes do not go together: the claim is wrong, not unreadable."""


class UnreadError(ClaimError):
    """What has no meaning in one reading, and may have one in another."""


class MissingError(ClaimError):
    """A tensor that other layers have, and this one has not."""


def misfit(words: str) -> MisfitError:
    """The error that says which shapes do not go together."""
    return MisfitError("the claim", words, "make the shapes fit")


@lru_cache(maxsize=256)
def size_text(size: sp.Expr) -> str:
    """A size as text; many readings of one claim have the same ones, and SymPy takes long to write them."""
    return str(size)


def shape_text(shape: Sequence[sp.Expr]) -> str:
    """(n - K + 1,)."""
    sizes = ", ".join(map(size_text, shape))
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"
