"""Channels numbered through all groups, as PyTorch has them: w[o, c, k] where formulas have w[g, o, c, k].

An index of a tensor's shape stands for the formula's indices that it flattens: e = S a + b with 0 <= b < S has one
solution, so that the entry is a sum in which one term is not 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import prod

import sympy as sp

from symconv.claims.parse.names import MADE, Names
from symconv.claims.parse.size_names import SizeNames


def is_flat(names: Names, tensor: str, indices: Sequence[sp.Expr]) -> bool:
    """Whether indices may be those of the tensor's shape, which are not those that formulas have."""
    layout = names.layouts[tensor]
    if len(indices) != len(layout) or not any(layout) or all(len(dimension) == 1 for dimension in layout):
        return False
    return all(dimension or index == 0 for index, dimension in zip(indices, layout))


def flat_words(names: Names, tensor: str) -> str:
    """How such indices were read."""
    if any(len(dimension) > 1 for dimension in names.layouts[tensor]):
        return "channels are numbered through all groups"
    return "an index of a dimension of one element is 0"


def flat_entry(names: Names, tensor: str, indices: Sequence[sp.Expr], fresh: Callable[[], str]) -> sp.Expr:
    """The entry at indices of the tensor's shape."""
    own: list[sp.Expr] = []
    letters: list[sp.Symbol] = []
    factors: list[sp.Expr] = []
    for index, dimension in zip(indices, names.layouts[tensor]):
        if len(dimension) == 1:
            own.append(index)
            continue
        new = [sp.Symbol(fresh() + MADE, integer=True) for _ in dimension]
        letters += new
        own += new
        factors.append(sp.KroneckerDelta(index, raveled(names, tensor, dimension, new)))
    access = names.layer.writer.access(names.tensors[tensor], tuple(own))
    product = sp.Mul(*factors, access)
    return sp.Sum(product, *((letter, -sp.oo, sp.oo) for letter in letters)) if letters else product


def entry_without_ones(
    names: Names, tensor: str, indices: Sequence[sp.Expr], fresh: Callable[[], str]
) -> sp.Expr | None:
    """The entry w[o, c] of a tensor whose other axes all have one element; None if the indices left out are others."""
    own = with_ones(names, tensor, indices, fresh)
    if own is None:
        return None
    access = names.layer.writer.access(names.tensors[tensor], own)
    return sp.Sum(access, *((letter, -sp.oo, sp.oo) for letter in own if letter not in indices))


def with_ones(
    names: Names, tensor: str, indices: Sequence[sp.Expr], fresh: Callable[[], str]
) -> tuple[sp.Expr, ...] | None:
    """The indices of w[o, c], with a new letter for each axis of one element; None if others are left out."""
    axes = names.tensors[tensor].shape or ()
    ones = [size.value == 1 for size in axes]
    if not sum(ones) or len(indices) != len(axes) - sum(ones):
        return None
    rest, single = iter(indices), iter([sp.Symbol(fresh() + MADE, integer=True) for _ in range(sum(ones))])
    return tuple(next(single) if one else next(rest) for one in ones)


def split_indices(
    names: Names, tensor: str, indices: Sequence[sp.Expr]
) -> tuple[tuple[sp.Expr, ...], Mapping[sp.Expr, sp.Expr]]:
    """The formula's indices for those of a left side, and what each of these is in them."""
    own: list[sp.Expr] = []
    values: dict[sp.Expr, sp.Expr] = {}
    for index, dimension in zip(indices, names.layouts[tensor]):
        if len(dimension) == 1:
            own.append(index)
            continue
        new = [sp.Symbol(axis.letter + MADE, integer=True) for axis in dimension]
        own += new
        values[index] = raveled(names, tensor, dimension, new)
    return tuple(own), values


_JOINED = re.compile(r"([a-z])\s*\*\s*(\w+)\s*\+\s*([a-z])(?=\s*[\],}])")


def with_channels_apart(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """y[b, k, q, i] for y[b, k*M + q, i] on a left side, if M is the number of a group's output channels."""
    left, equals, right = text.partition("=")
    layer = names.layer
    joined = _JOINED.search(left) if equals and layer.group_axes and layer.output_channels else None
    if joined is None:
        return None
    count = layer.writer.polynomial(layer.output_channels[0].size)
    known = SizeNames(names).meaning(joined[2], None)
    given = sp.Integer(joined[2]) if joined[2].isdigit() else known[0] if known is not None else None
    if given is None or sp.expand(given - count) != 0:
        return None
    words = f"{joined[0].strip()} is channel {joined[3]} of group {joined[1]}"
    return f"{left[: joined.start()]}{joined[1]}, {joined[3]}{left[joined.end() :]}={right}", (words,)


def raveled(names: Names, tensor: str, dimension: Sequence[object], letters: Sequence[sp.Expr]) -> sp.Expr:
    """The number of an element of a dimension, counted row by row."""
    sizes = [names.layer.writer.polynomial(axis.size) for axis in dimension]  # type: ignore[attr-defined]
    return sp.Add(*(letter * prod(sizes[at + 1 :]) for at, letter in enumerate(letters)))
