"""Formulas in SymPy, as the tree of mathematics: sums with their limits, and brackets [a = b] for Kronecker deltas."""

from __future__ import annotations

from typing import Any

from symconv.algebra.sympy_in import Reader
from symconv.printing.mathematics import Style
from symconv.printing.tree import Node

WITH_LIMITS = Style(limits=True)


def formula_tree(expr: Any) -> Node:
    """A SymPy expression in the language of the algebra, as it reads.

    >>> from sympy import IndexedBase, Sum, symbols
    >>> from symconv.printing.text import text_of
    >>> i, k, K = symbols("i k K", integer=True)
    >>> text_of(formula_tree(Sum(IndexedBase("w")[k] * IndexedBase("x")[i + k], (k, 0, K - 1))))
    'sum(k = 0..K - 1, w[k]*x[i + k])'
    """
    return WITH_LIMITS.form(Reader().form(expr))
