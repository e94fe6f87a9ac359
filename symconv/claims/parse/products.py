"""Expressions that are sums of products of entries, read as they stand."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from symconv.algebra.extent import HIGHEST_DEGREE
from symconv.formulas.labels import Polynomials


def products_of(expression: sp.Expr) -> Polynomials | None:
    """A polynomial in symbols that is multiplied out; None for any other expression.

    >>> x, w = sp.symbols("X1 w1")
    >>> products_of(3 * x * w - x**2)
    {('X1', 'X1'): -1, ('X1', 'w1'): 3}
    >>> products_of(x * (w + 1)) is None
    True
    """
    result: Polynomials = {}
    for term in sp.Add.make_args(expression):
        coefficient: int | Fraction = 1
        labels: list[str] = []
        for factor in sp.Mul.make_args(term):
            if isinstance(factor, sp.Symbol):
                labels.append(str(factor) if isinstance(factor, sp.Dummy) else factor.name)
            elif isinstance(factor, sp.Rational):
                coefficient = int(factor.p) if factor.q == 1 else Fraction(int(factor.p), int(factor.q))
            elif isinstance(factor, sp.Pow) and isinstance(factor.base, sp.Symbol) and _is_counted(factor.exp):
                labels += [factor.base.name] * int(factor.exp)
            else:
                return None
        key = tuple(sorted(labels))
        result[key] = result.get(key, 0) + coefficient
    return {key: value for key, value in result.items() if value}


def _is_counted(exponent: sp.Expr) -> bool:
    return isinstance(exponent, sp.Integer) and 0 < exponent <= HIGHEST_DEGREE
