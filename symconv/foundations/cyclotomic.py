"""Exact numbers beside the rationals: sums of roots of unity, which have all square roots of rationals and all cosines
of rational multiples of pi among them.

A number is a polynomial in w = exp(2 pi i / n) with rational coefficients, reduced by the n-th cyclotomic polynomial,
so that it is zero only if all coefficients are. One that is rational is a ``Fraction``, never a ``Cyclotomic``.

>>> w = root_of_unity(8)
>>> w ** 8, (w + w ** 7) ** 2
(Fraction(1, 1), Fraction(2, 1))
>>> sum(root_of_unity(5, k) for k in range(5))
Fraction(0, 1)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from numbers import Rational
from typing import Any, TypeAlias

import mpmath  # type: ignore[import-untyped]
import sympy as sp
from sympy.polys.euclidtools import dup_invert

from symconv.errors import SizeLimitError, SymconvError
from symconv.foundations.later import np, npt

MOST_ORDER = 2000
"""The largest order of a root of unity that is computed with."""
DIGITS = 40
"""Decimal digits with which a number is computed before it becomes a float."""


class Cyclotomic:
    """A number that is not rational: numerators of the powers of w = exp(2 pi i / order), over one denominator."""

    __slots__ = ("denominator", "numerators", "order")
    order: int
    numerators: tuple[int, ...]
    denominator: int

    def __init__(self, order: int, numerators: tuple[int, ...], denominator: int) -> None:
        self.order, self.numerators, self.denominator = order, numerators, denominator

    @property
    def terms(self) -> list[tuple[int, Fraction]]:
        """The exponents of w with their coefficients."""
        return [(at, Fraction(c, self.denominator)) for at, c in enumerate(self.numerators) if c]

    # -- arithmetic ------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, (Cyclotomic, Rational)):
            return NotImplemented
        one, two, order = _together(self, other)
        (a, over_a), (b, over_b) = one, two
        return _number(order, [x * over_b + y * over_a for x, y in zip(a, b)], over_a * over_b)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Rational):
            top, below = int(other.numerator), int(other.denominator)
            return _number(self.order, [top * one for one in self.numerators], below * self.denominator)
        if not isinstance(other, Cyclotomic):
            return NotImplemented
        (a, over_a), (b, over_b), order = _together(self, other)
        powers = [0] * order
        pairs = [(at, y) for at, y in enumerate(b) if y]
        for at, x in enumerate(a):
            if x:
                for place, y in pairs:
                    powers[(at + place) % order] += x * y
        return _number(order, _reduced(order, powers), over_a * over_b)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Cyclotomic:
        return Cyclotomic(self.order, tuple(-one for one in self.numerators), self.denominator)

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, (Cyclotomic, Rational)) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Cyclotomic):
            return self * other.inverse()
        return self * (1 / Fraction(other)) if isinstance(other, Rational) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> Any:
        base: Any = self if exponent >= 0 else self.inverse()
        result: Any = Fraction(1)
        for digit in bin(abs(exponent))[2:]:
            result = result * result * (base if digit == "1" else 1)
        return result

    def inverse(self) -> Number:
        """1 over the number, by Euclid's algorithm for polynomials."""
        own = [sp.QQ(one) for one in reversed(self.numerators)]
        while own and not own[0]:
            own.pop(0)
        found = dup_invert(own, [sp.QQ(one) for one in reversed(_minimal(self.order))], sp.QQ)
        parts = [Fraction(int(one.numerator), int(one.denominator)) * self.denominator for one in reversed(found)]
        over = lcm(*(one.denominator for one in parts))
        whole = [int(one * over) for one in parts]
        return _number(self.order, [*whole, *[0] * (len(self.numerators) - len(whole))], over)

    def conjugate(self) -> Cyclotomic:
        """With -i in place of i."""
        powers = [0] * self.order
        for at, one in enumerate(self.numerators):
            powers[-at % self.order] += one
        return Cyclotomic(self.order, tuple(_reduced(self.order, powers)), self.denominator)

    # -- comparison ------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Cyclotomic):
            return not self - other
        return False if isinstance(other, Rational) else NotImplemented

    def __hash__(self) -> int:
        """Of the number in the lowest order in which it can be written, in which there is one way to."""
        lowest = _lowest(self)
        return hash((lowest.order, lowest.numerators, lowest.denominator))

    def __bool__(self) -> bool:
        return True

    @property
    def is_real(self) -> bool:
        return self == self.conjugate()

    # -- out -------------------------------------------------------------------------------------------

    def precise(self) -> Any:
        """The number in ``DIGITS`` digits, as one of mpmath."""
        with mpmath.workdps(DIGITS):
            return mpmath.fsum(_value(self.order, at) * one.numerator / one.denominator for at, one in self.terms)

    def __complex__(self) -> complex:
        return complex(self.precise())

    def __float__(self) -> float:
        if not self.is_real:
            raise TypeError(f"{self} is not real")
        return float(self.precise().real)

    def __abs__(self) -> float:
        return float(abs(self.precise()))

    def _sympy_(self) -> sp.Expr:
        parts = [(sp.Rational(one.numerator, one.denominator), 2 * sp.pi * at / self.order) for at, one in self.terms]
        real = sp.Add(*(factor * sp.cos(angle) for factor, angle in parts))
        if self.is_real:
            return real
        return real + sp.I * sp.Add(*(factor * sp.sin(angle) for factor, angle in parts))

    def __repr__(self) -> str:
        return str(self._sympy_())


Number: TypeAlias = Fraction | Cyclotomic


def root_of_unity(order: int, power: int = 1) -> Number:
    """exp(2 pi i power / order), exactly.

    Raises:
        SizeLimitError: the order is too large.
    """
    common = gcd(order, power)
    order, power = order // common, power // common % (order // common)
    if order % 4 == 2:  # w = -(w^2)^((order / 2 + 1) / 2) of half the order
        half = order // 2
        found = root_of_unity(half, power * (half + 1) // 2)
        return -found if power % 2 else found
    _require_small(order)
    powers = [0] * order
    powers[power] = 1
    return _number(order, _reduced(order, powers), 1)


def square_root(of: Fraction) -> Number:
    """The root that is not negative, or i times one, by Gauss's sums.

    >>> square_root(Fraction(9, 4)), square_root(Fraction(-3)) ** 2
    (Fraction(3, 2), Fraction(-3, 1))
    """
    whole = of.numerator * of.denominator
    result: Number = Fraction(1, of.denominator)
    if whole < 0:
        result = result * root_of_unity(4)
    for prime, times in sp.factorint(abs(whole), limit=MOST_ORDER).items():
        result = result * prime ** (times // 2)
        if times % 2:
            result = result * _root_of_prime(int(prime))
    return result


@lru_cache(maxsize=256)
def _root_of_prime(prime: int) -> Number:
    if prime == 2:
        return root_of_unity(8) + root_of_unity(8, 7)
    _require_small(prime if prime % 4 == 1 else 4 * prime)
    total: Number = Fraction(0)
    for at in range(prime):  # Gauss's sum, the root of prime or i times it
        total = total + root_of_unity(prime, at * at)
    return total if prime % 4 == 1 else total * root_of_unity(4, 3)


def root_of(of: Number) -> Number | None:
    """A square root that is a sum of roots of unity: of a rational, or of c (2 + 2 cos t); None if it is not one.

    sqrt(2 + sqrt(2)) is 2 cos(pi/8), as 2 + 2 cos t is (2 cos(t/2))^2.
    """
    if isinstance(of, Fraction):
        return square_root(of)
    order, mean = lcm(2, of.order), sum((one * _mean(of.order, at) for at, one in of.terms), Fraction(0))
    for at in range(order // 2 + 1):
        own = 2 + 2 * _mean(order, at)
        if own and mean and of == (2 + root_of_unity(order, at) + root_of_unity(order, -at)) * (mean / own):
            return square_root(mean / own) * (root_of_unity(2 * order, at) + root_of_unity(2 * order, -at))
    return None


def read_number(given: sp.Expr) -> Number:
    """A number of SymPy's made of rationals, I, square roots, and exp, cos and sin of rational multiples of pi.

    >>> read_number(sp.sqrt(2) * sp.cos(sp.pi / 4))
    Fraction(1, 1)
    >>> read_number(sp.cos(sp.pi / 8)) ** 2 - sp.Rational(1, 2) == read_number(sp.sqrt(2) / 4)
    True

    Raises:
        SymconvError: a part is none of these.
    """
    if given.is_Rational:
        return Fraction(int(given.p), int(given.q))
    if given == sp.I:
        return root_of_unity(4)
    if isinstance(given, (sp.Add, sp.Mul)):
        result: Number = Fraction(isinstance(given, sp.Mul))
        for part in given.args:
            own = read_number(part)
            result = result * own if isinstance(given, sp.Mul) else result + own
        return result
    if isinstance(given, (sp.cos, sp.sin)):
        turn = _turn(given.args[0])
        one, other = root_of_unity(turn.denominator, turn.numerator), root_of_unity(turn.denominator, -turn.numerator)
        if isinstance(given, sp.cos):
            return (one + other) * Fraction(1, 2)
        return (one - other) * Fraction(-1, 2) * root_of_unity(4)
    if isinstance(given, sp.exp):
        turn = _turn(given.args[0] / sp.I)
        return root_of_unity(turn.denominator, turn.numerator)
    if isinstance(given, sp.Pow) and given.exp.is_Rational:
        return _power(given.base, Fraction(int(given.exp.p), int(given.exp.q)), given)
    raise _unread(given)


def _power(base: sp.Expr, exponent: Fraction, whole: sp.Expr) -> Number:
    if base == -1:
        return root_of_unity(2 * exponent.denominator, exponent.numerator)
    own = read_number(base)
    root = own if exponent.denominator == 1 else root_of(own) if exponent.denominator == 2 else None
    if root is None or (not root and exponent < 0):
        raise _unread(whole)
    return root**exponent.numerator


def _turn(angle: sp.Expr) -> Fraction:
    """The angle in whole turns."""
    part = angle / (2 * sp.pi)
    if not part.is_Rational:
        raise _unread(angle)
    return Fraction(int(part.p), int(part.q))


def _unread(part: sp.Expr) -> SymconvError:
    return SymconvError(
        f"the number {str(part)[:80]}", "it is not known as a sum of roots of unity",
        "use rationals, I, square roots, and exp, cos and sin of rational multiples of pi",
    )  # fmt: skip


def has_complex(numbers: Iterable[Any]) -> bool:
    """Whether one of the numbers is not real."""
    return any(isinstance(one, Cyclotomic) and not one.is_real for one in numbers)


def over_powers(sums: Mapping[int, npt.NDArray[Any]], order: int, denominator: int) -> dict[Any, Number]:
    """Of whole numbers for some powers of the root of this order, the places where their sum is not 0, with the sum."""
    nonzero: Any = sum((array != 0).astype(np.int64) for array in sums.values())
    found = {}
    for place in zip(*(axis.tolist() for axis in np.nonzero(nonzero))):
        powers = [0] * order
        for power, array in sums.items():
            powers[power] = int(array[place])
        if value := _number(order, _reduced(order, powers), denominator):
            found[place] = value
    return found


# -- polynomials in w --------------------------------------------------------------------------------------


def _require_small(order: int) -> None:
    if order > MOST_ORDER:
        raise SizeLimitError(
            f"roots of unity of order {order}", f"orders up to {MOST_ORDER} are computed with", "use a smaller length"
        )


def _number(order: int, numerators: Sequence[int], denominator: int) -> Number:
    """In lowest terms; a fraction if it is rational."""
    if not any(numerators[1:]):
        return Fraction(numerators[0], denominator)
    common = gcd(denominator, *numerators)
    return Cyclotomic(order, tuple(one // common for one in numerators), denominator // common)


def _together(one: Any, other: Any) -> tuple[tuple[Sequence[int], int], tuple[Sequence[int], int], int]:
    """Both with numerators of the powers of one root, each with its denominator."""
    order = lcm(*(each.order for each in (one, other) if isinstance(each, Cyclotomic)))
    _require_small(order)
    return _within(one, order), _within(other, order), order


def _within(number: Any, order: int) -> tuple[Sequence[int], int]:
    if not isinstance(number, Cyclotomic):
        return (int(number.numerator), *(0,) * (len(_minimal(order)) - 2)), int(number.denominator)
    if number.order == order:
        return number.numerators, number.denominator
    powers = [0] * order
    for at, one in enumerate(number.numerators):
        powers[at * (order // number.order)] = one
    return _reduced(order, powers), number.denominator


@lru_cache(maxsize=256)
def _minimal(order: int) -> tuple[int, ...]:
    """The coefficients of the cyclotomic polynomial, from the lowest."""
    return tuple(int(one) for one in reversed(sp.cyclotomic_poly(order, sp.Symbol("x"), polys=True).all_coeffs()))


def _reduced(order: int, powers: list[int]) -> list[int]:
    """The rest by the cyclotomic polynomial, whose leading coefficient is 1."""
    minimal = _minimal(order)
    degree = len(minimal) - 1
    lower = [(at, one) for at, one in enumerate(minimal[:-1]) if one]
    for place in range(len(powers) - 1, degree - 1, -1):
        if leading := powers[place]:
            for at, one in lower:
                powers[place - degree + at] -= leading * one
    return powers[:degree]


def _lowest(number: Cyclotomic) -> Cyclotomic:
    """The same number by a root of unity of the lowest order."""
    for prime in sp.primefactors(number.order):
        lower = _projected(number, int(prime))
        if lower is not None and lower == number:
            return _lowest(lower)
    return number


def _projected(number: Cyclotomic, prime: int) -> Cyclotomic | None:
    """The mean of the conjugates over the field of the order without this factor; the number, if that field has it."""
    order = number.order // prime
    powers = [0] * order
    over = number.denominator * (1 if order % prime == 0 else prime - 1)
    for at, one in enumerate(number.numerators):
        if order % prime == 0:  # only every prime-th power is in the field
            powers[at // prime] += one if at % prime == 0 else 0
        else:  # w^at is a root of order prime, of which the mean is taken, times one of the other order
            is_one = at % prime == 0
            powers[at * pow(prime, -1, order) % order if order > 1 else 0] += one * (prime - 1 if is_one else -1)
    found = _number(order, _reduced(order, powers), over)
    return found if isinstance(found, Cyclotomic) else None


@lru_cache(maxsize=4096)
def _mean(order: int, power: int) -> Fraction:
    """The mean of all conjugates of w^power (Ramanujan's sum over its number of terms)."""
    own = order // gcd(order, power)
    return Fraction(int(sp.mobius(own)), int(sp.totient(own)))


@lru_cache(maxsize=4096)
def _value(order: int, power: int) -> Any:
    with mpmath.workdps(DIGITS):
        return mpmath.expjpi(mpmath.mpf(2 * power) / order)
