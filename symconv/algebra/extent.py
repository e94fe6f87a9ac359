"""How large an expression is, and how large when it is multiplied out: upper bounds, found before any work starts.

They are computed from the expression's tree in numbers that stop at ``MANY``; parts that are shared are looked at
once, also where the expression would be very large if it were written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import sympy as sp

from symconv.errors import SizeLimitError

MANY = 10**18
"""Bounds are not told apart from here on."""
MOST_PARTS, DEEPEST, MOST_DIGITS = 20_000, 100, 1_000
"""Limits of an expression: parts, each as often as it occurs; levels of nesting; digits of a number."""
MOST_TERMS, HIGHEST_DEGREE, MOST_FACTORS = 10_000, 1_000, 200_000
"""Limits of the expression multiplied out: terms, factors in one term, factors in all of them."""


@dataclass(frozen=True)
class Extent:
    """Upper bounds of an expression.

    Args:
        terms: how many it has when it is multiplied out.
        degree: how many factors each of them has.
        digits, below: of the numerators of coefficients, and of their denominators.
        parts: of the expression as it stands.
        depth: how deep they are nested.
    """

    terms: int = 1
    degree: int = 0
    digits: int = 1
    below: int = 0
    parts: int = 1
    depth: int = 1

    @staticmethod
    def whole(inside: Sequence[Extent], terms: int = 1, degree: int = 0, digits: int = 1, below: int = 0) -> Extent:
        """An expression with these inside."""
        parts, depth = 1, 0
        for one in inside:
            parts += one.parts
            depth = max(depth, one.depth)
        return Extent(*[min(number, MANY) for number in (terms, degree, digits, below, parts, 1 + depth)])

    @staticmethod
    def of_number(above: int, below: int = 1) -> Extent:
        return Extent(digits=digits_of(above), below=0 if below == 1 else digits_of(below))

    @staticmethod
    def sum(inside: Sequence[Extent]) -> Extent:
        terms, below = sum(one.terms for one in inside), sum(one.below for one in inside)
        digits = max(1, *(one.digits for one in inside)) + below + len(str(terms))
        return Extent.whole(inside, terms, max(one.degree for one in inside), digits, below)

    @staticmethod
    def product(inside: Sequence[Extent]) -> Extent:
        terms, degree, digits, below = 1, 0, 0, 0
        for one in inside:
            terms = min(terms * one.terms, MANY)
            degree, digits, below = degree + one.degree, digits + one.digits, below + one.below
        return Extent.whole(inside, terms, degree, digits, below)

    @staticmethod
    def power(inside: Sequence[Extent], exponent: int) -> Extent:
        """The power of a sum of t terms has a term for each way to choose that many of the t, with repetition."""
        base, exponent = inside[0], min(exponent, MANY)
        digits = exponent * (base.digits + (len(str(base.terms)) if base.terms > 1 else 0))
        return Extent.whole(
            inside, _choices(base.terms, exponent), exponent * base.degree, digits, exponent * base.below
        )

    def require_small(self, what: str) -> None:
        """Refuse an expression that has too many parts, deep nesting or long numbers.

        Raises:
            SizeLimitError: it cannot.
        """
        digits = max(self.digits, self.below)
        for number, most, words in (
            (self.parts, MOST_PARTS, "parts"), (self.depth, DEEPEST, "levels"), (digits, MOST_DIGITS, "digits"),
        ):  # fmt: skip
            if number > most:
                right = f"the limit is {most:,}; write it with fewer"
                raise SizeLimitError(what, f"it has, or makes, up to {about(number)} {words}", right)

    def require_multiplied_out(self, what: str) -> None:
        """Refuse an expression that is too large to expand.

        Raises:
            SizeLimitError: it has too many terms then, or too many factors in them.
        """
        self.require_small(what)
        for number, most, words in (
            (self.terms, MOST_TERMS, "terms"), (self.degree, HIGHEST_DEGREE, "factors in a product"),
            (self.terms * self.degree, MOST_FACTORS, "factors"),
        ):  # fmt: skip
            if number > most:
                wrong = f"it expands to up to {about(number)} {words}"
                raise SizeLimitError(what, wrong, f"the limit is {most:,}; write it with fewer sums in products")


NAME = Extent(degree=1, digits=0)
"""The extent of a symbol."""


def extent(expression: sp.Basic) -> Extent:
    """The extent of a SymPy expression."""
    known: dict[int, Extent] = {}
    waiting = [expression]
    while waiting:
        one = waiting[-1]
        args = one.args
        if missing := [arg for arg in args if id(arg) not in known]:
            waiting += missing
        else:
            known[id(one)] = NAME if isinstance(one, sp.Symbol) else _extent(one, [known[id(arg)] for arg in args])
            waiting.pop()
    return known[id(expression)]


def _extent(one: sp.Basic, inside: Sequence[Extent]) -> Extent:
    if isinstance(one, sp.Rational):
        return Extent.of_number(int(one.p), int(one.q))
    if isinstance(one, sp.Float):
        return Extent(digits=2 + (abs(int(one._mpf_[2])) + int(one._mpf_[3])) * DIGITS // BITS)
    if not inside:
        return NAME
    if isinstance(one, sp.Add):
        return Extent.sum(inside)
    if isinstance(one, sp.Mul):
        return Extent.product(inside)
    if isinstance(one, sp.Pow) and isinstance(one.exp, sp.Integer):
        return Extent.power(inside, abs(int(one.exp)))
    if isinstance(one, sp.Sum):
        return Extent.whole(
            inside, inside[0].terms, inside[0].degree + len(inside) - 1, inside[0].digits, inside[0].below
        )
    # an entry, a bracket, a floor: one factor, with all that is inside to be carried along
    carried = sum(part.terms * max(part.degree, 1) for part in inside)
    return Extent.whole(inside, 1, carried, max(part.digits for part in inside), sum(part.below for part in inside))


DIGITS, BITS = 30_103, 100_000
"""A number of 100,000 bits has about 30,103 decimal digits."""


def digits_of(number: int) -> int:
    """At least as many digits as a whole number has, found without writing it."""
    return 1 + number.bit_length() * DIGITS // BITS


def about(number: int) -> str:
    """A number in words that stay short: a long one by its power of ten."""
    if number < MANY:
        return f"{number:,}"
    return "10^18 or more" if number == MANY else f"10^{digits_of(number) - 1}"


def _choices(terms: int, exponent: int) -> int:
    """comb(terms + exponent - 1, exponent), or MANY."""
    fewer = min(terms - 1, exponent)
    return MANY if fewer > 60 else min(MANY, comb(terms + exponent - 1, fewer))
