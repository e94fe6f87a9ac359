r"""Sums in claims about one entry, written out: h_2 = \sum_k w_k x_{k+1} of a layer of known size."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import sympy as sp

from symconv.errors import ClaimError
from symconv.geometry.axes import Layout

MOST_TERMS = 10_000
"""Sums in a claim about one entry are written out up to 10,000 terms."""


def written_out(formula: sp.Expr, layouts: Mapping[str, Layout], base: int) -> sp.Expr:
    """The formula with every sum as its terms.

    Args:
        base: the number from which indices count.

    Raises:
        ClaimError: a sum has no end, or too many terms.
    """
    if not formula.has(sp.Sum):
        return formula
    if isinstance(formula, sp.Sum):
        return _terms(formula, layouts, base)
    return formula.func(*(written_out(part, layouts, base) for part in formula.args))


def _terms(total: sp.Sum, layouts: Mapping[str, Layout], base: int) -> sp.Expr:
    body = written_out(total.function, layouts, base)
    ranges = []
    for symbol, low, high in total.limits:
        if low.is_Integer and high.is_Integer:
            ranges.append((symbol, range(int(low), int(high) + 1)))
        else:
            ranges.append((symbol, _along(symbol, body, layouts, base)))
    if (count := prod(len(values) for _, values in ranges)) > MOST_TERMS:
        raise ClaimError(str(total), f"it has {count:,} terms", f"the limit is {MOST_TERMS:,}")
    for symbol, values in ranges:
        body = sp.Add(*(body.xreplace({symbol: sp.Integer(value)}) for value in values))
    return body


def _along(symbol: sp.Symbol, body: sp.Expr, layouts: Mapping[str, Layout], base: int) -> range:
    """The indices of an axis along which a sum runs that has no limits."""
    for entry in sorted(body.atoms(sp.Indexed), key=str):
        axes = [axis for dimension in layouts.get(str(entry.base.label), ()) for axis in dimension]
        for index, axis in zip(entry.indices, axes):
            if index == symbol:
                return range(base, base + int(axis.size.value or 0))
    raise ClaimError(str(body), f"the sum over {symbol} has no limits", "write them, such as k = 0..K-1")
