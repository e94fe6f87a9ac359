"""Exact division of polynomials."""

from __future__ import annotations

from typing import Any

from symconv.algebra.polynomial import Polynomial


def exact_quotient(numerator: Polynomial, denominator: Polynomial) -> Polynomial | None:
    """numerator / denominator if it is a polynomial with whole coefficients, else None.

    >>> n, s = Polynomial.name("n"), Polynomial.name("s")
    >>> exact_quotient(n * s + s, s), exact_quotient(n, s)
    (1 + n, None)
    """
    if not denominator:
        return None
    quotient, rest = Polynomial(), numerator
    names, size = max(denominator.terms, key=_degree)
    while rest:
        monomial, coefficient = max(rest.terms, key=_degree)
        left = list(monomial)
        for name in names:
            if name not in left:
                return None
            left.remove(name)
        if coefficient % size:
            return None
        part = Polynomial(((tuple(left), coefficient // size),))
        quotient, rest = quotient + part, rest - part * denominator
    return quotient


def _degree(term: tuple[tuple[str, ...], Any]) -> tuple[int, tuple[str, ...]]:
    return len(term[0]), term[0]
