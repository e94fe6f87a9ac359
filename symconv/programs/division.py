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


def with_rest(numerator: Polynomial, denominator: Polynomial, name: str | None = None) -> tuple[Polynomial, Polynomial]:
    """A quotient and a rest, none of whose products has the denominator's first product in it, or a name.

    Args:
        name: a name whose coefficient in the denominator is 1 or -1, and which is in no other product of it.

    >>> i, j, h, p = map(Polynomial.name, "ijhp")
    >>> with_rest(i * (h + p * 2) + j, h + p * 2)
    (i, j)
    """
    quotient, rest, left = Polynomial(), Polynomial(), numerator
    first = Polynomial((max(denominator.terms, key=_degree),))
    if name is not None:
        first = Polynomial.name(name) * denominator.unit(name)
    while left:
        term = Polynomial((max(left.terms, key=_degree),))
        part = exact_quotient(term, first)
        if part is None:
            rest, left = rest + term, left - term
        else:
            quotient, left = quotient + part, left - part * denominator
    return quotient, rest


def _degree(term: tuple[tuple[str, ...], Any]) -> tuple[int, tuple[str, ...]]:
    return len(term[0]), term[0]
