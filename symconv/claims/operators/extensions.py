"""The layer's input with its padding, in any padding mode: circular, reflected, repeated."""

from __future__ import annotations

from itertools import product

import sympy as sp

from symconv.claims.operators.values import Algebra, Dim, Index, Whole


def extended(algebra: Algebra, value: Whole) -> Whole:
    """The input, extended at both ends of every axis as the layer extends it."""
    layer = algebra.layer
    write, first = layer.writer.polynomial, len(value.channels)
    lows = [write(scheme.low) for scheme in layer.schemes]
    sizes = [dim.size for dim in value.positions]
    dims = [Dim("", sp.expand(size + low + write(one.high))) for size, low, one in zip(sizes, lows, layer.schemes)]

    def entry(index: Index) -> sp.Expr:
        places = [at - low for at, low in zip(index[first:], lows)]
        if algebra.written_out:
            return _element(algebra, value, index[:first], places)
        axes = zip(places, sizes)
        branches = [layer.extension.branches(q, size, algebra.fresh()) for q, size in axes]
        parts = []
        for one in product(*branches):
            read = value.entry((*index[:first], *(branch.index for branch in one)))
            if conditions := [branch.condition for branch in one if branch.condition is not sp.true]:
                read = sp.Piecewise((read, sp.And(*conditions)), (0, True))
            if summed := [symbol for branch in one for symbol in branch.summed]:
                read = sp.Sum(read, *((symbol, -sp.oo, sp.oo) for symbol in summed))
            parts.append(read)
        return sp.Add(*parts)

    return value.derived((*value.channels, *dims), entry, bounded=False)


def _element(algebra: Algebra, value: Whole, channels: Index, places: list[sp.Expr]) -> sp.Expr:
    """The element that stands at a place which is a number."""
    algebra.layer.require_arithmetic("a matrix of entries")
    position = algebra.layer.extension.position
    assert position is not None
    own = [position(int(at), int(dim.size)) for at, dim in zip(places, value.positions)]
    return sp.S.Zero if None in own else value.entry((*channels, *map(sp.Integer, own)))
