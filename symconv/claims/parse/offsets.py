"""Letters of a window's elements where no weight says how far they go: k of dx[s*i + k] += delta[i]/K.

A kernel w[k] has K elements, so that a sum over k ends where the kernel does. Where the layer has no weights, as in
average pooling and up-sampling, such a letter runs over the window: 0 to K - 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from symconv.claims.parse.names import Names
from symconv.layers import Layer

Ends = tuple[sp.Expr, sp.Expr]


def has_no_weights(names: Names) -> bool:
    """Whether the names are those of a layer whose windows have no weights to learn."""
    return isinstance(names.layer, Layer) and names.layer.fixed_kernel is not None


def window_of(names: Names, left: Sequence[str], index: sp.Symbol, value: sp.Expr) -> Ends | None:
    """The first and the last number of an index that is added to others in positions of one axis; else None.

    Args:
        left: the indices on the left side, which brackets in the value say to be equal to others.
    """
    layer = names.layer
    if not has_no_weights(names) or _is_bounded(index, value, left):
        return None
    sizes = {symbol for size in names.sizes.values() for symbol in size.free_symbols}
    axes = set[int]()
    for axis, position in _positions(value, left, layer.ndim):
        if index in position.free_symbols:
            if not position.free_symbols - sizes - {index}:
                return None
            axes.add(axis)
    if len(axes) != 1:
        return None
    (axis,) = axes
    return sp.S.Zero, layer.writer.polynomial(layer.schemes[axis].K) - 1


def _is_bounded(index: sp.Symbol, value: sp.Expr, left: Sequence[str]) -> bool:
    """Whether a condition says where an index ends, besides what an index of the left side is."""
    conditions = [condition for case in value.atoms(sp.Piecewise) for _, condition in case.args]
    brackets = value.atoms(sp.KroneckerDelta)
    conditions += [one for one in brackets if not {str(side) for side in one.args} & {*left}]
    return any(index in one.free_symbols for one in conditions)


def _positions(value: sp.Expr, left: Sequence[str], ndim: int) -> Iterator[tuple[int, sp.Expr]]:
    """The axis and the position of every index of an entry, and of what is equal to an index of the left side."""
    for entry in value.atoms(sp.Indexed):
        yield from enumerate(entry.indices[-ndim:])
    own = {name: axis for axis, name in enumerate(left[-ndim:])}
    for bracket in value.atoms(sp.KroneckerDelta):
        for side, other in (bracket.args, bracket.args[::-1]):
            if str(side) in own:
                yield own[str(side)], other
