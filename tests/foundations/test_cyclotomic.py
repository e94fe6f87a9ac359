"""Sums of roots of unity: exact arithmetic beside complex floats and SymPy."""

from __future__ import annotations

import cmath
import random
from fractions import Fraction

import pytest
import sympy as sp

from symconv import SymconvError
from symconv.foundations.cyclotomic import MOST_ORDER, Cyclotomic, Number, read_number, root_of_unity, square_root

ORDERS = (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20)


def drawn(chance: random.Random) -> tuple[Number, complex]:
    """A sum of some roots of unity with small coefficients, exact and in floats."""
    exact: Number = Fraction(0)
    near: complex = 0
    for _ in range(chance.randint(1, 3)):
        order, factor = chance.choice(ORDERS), Fraction(chance.randint(-3, 3), chance.randint(1, 3))
        power = chance.randrange(-order, 2 * order)
        exact = exact + factor * root_of_unity(order, power)
        near += float(factor) * cmath.exp(2j * cmath.pi * power / order)
    return exact, near


def test_arithmetic_is_that_of_complex_numbers() -> None:
    chance = random.Random(0)
    for _ in range(50):
        (a, x), (b, y) = drawn(chance), drawn(chance)
        for exact, near in ((a + b, x + y), (a - b, x - y), (a * b, x * y), (2 - a, 2 - x), (a**3, x**3)):
            assert cmath.isclose(complex(exact), near, abs_tol=1e-9)
        assert (a == b) == (abs(x - y) < 1e-9) and (a != b or hash(a) == hash(b))
        if b:
            assert a / b * b == a and hash(a / b * b) == hash(a)
        assert isinstance(a, Fraction) == (isinstance(a * 1, Fraction))


def test_one_number_written_in_two_orders_is_one() -> None:
    for order in ORDERS:
        for times in (2, 3):
            one, other = root_of_unity(order), root_of_unity(order * times, times)
            assert one == other and hash(one) == hash(other)
        assert sum(root_of_unity(order, at) for at in range(order)) == int(order == 1)


def test_square_roots() -> None:
    for number in (*range(1, 40), Fraction(3, 7), Fraction(-5, 2), -1, -12):
        root = square_root(Fraction(number))
        assert root * root == number
        assert cmath.isclose(complex(root), cmath.sqrt(number))


READ = [
    sp.sqrt(2) / 2, sp.I * sp.sqrt(3), sp.cos(sp.pi / 8), sp.sin(sp.pi / 5), sp.cos(3 * sp.pi / 16), sp.cos(sp.pi / 7),
    sp.exp(2 * sp.pi * sp.I / 5), (-1) ** sp.Rational(1, 4), 1 / (1 + sp.sqrt(2)), sp.sqrt(2 - sp.sqrt(3)),
    sp.cos(sp.pi / 24), sp.sin(sp.pi / 12) * sp.sqrt(6), (1 + sp.I) ** -3, sp.sqrt(-2), sp.sqrt(2) ** 3,
]  # fmt: skip


@pytest.mark.parametrize("number", READ, ids=str)
def test_numbers_of_sympy(number: sp.Expr) -> None:
    """Read, and written in a way that is read again."""
    read = read_number(number)
    assert cmath.isclose(complex(read), complex(number), abs_tol=1e-12)
    again = sp.sympify(read) if isinstance(read, Cyclotomic) else sp.Rational(read.numerator, read.denominator)
    assert cmath.isclose(complex(again), complex(number), abs_tol=1e-12) and read_number(again) == read


def test_numbers_that_are_none() -> None:
    x = sp.Symbol("x")
    for number in (x, sp.pi, sp.sqrt(x), sp.cbrt(2), sp.cos(1), sp.exp(1), sp.sqrt(1 + sp.sqrt(2)), sp.zoo, sp.nan):
        with pytest.raises(SymconvError, match="roots of unity"):
            read_number(number)
    with pytest.raises(SymconvError, match=str(MOST_ORDER)):
        root_of_unity(MOST_ORDER + 3)
