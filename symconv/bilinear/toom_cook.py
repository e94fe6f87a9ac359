"""Matrices of known algorithms: Winograd's and Toom-Cook's for any sizes and points, and Karatsuba's.

Toom-Cook multiplies polynomials by their values at points, and Winograd's minimal filtering F(m, r) is its transpose
(Winograd 1980; Lavin and Gray 2016). With the points a_1, .., a_(N-1), N = m + r - 1, and infinity,

    x^(i + k) = sum over l of a_l^(i + k) N_l(x) / f_l + [i + k = N - 1] M(x),

where M is the product of all x - a_l, N_l the same without one factor, and f_l = N_l(a_l). Coefficient q of this is the
identity of a bilinear algorithm with C[i, l] = a_l^i, A[l, k] = a_l^k / f_l, and B[l, q] that coefficient of N_l.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import prod
from typing import Any

from symconv.bilinear.matrices import Matrix, number_of, transposed
from symconv.errors import SymconvError, shown
from symconv.foundations.cyclotomic import Number

MOST_SIZE = 64
"""Tiles and kernels of at most 64 elements: numbers grow with the power of the size."""
FIRST = (Fraction(0),)
MAGNITUDES = (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(4), Fraction(1, 4), Fraction(3, 4), Fraction(4, 3),
              Fraction(3), Fraction(1, 3), Fraction(3, 2), Fraction(2, 3))  # fmt: skip


def usual_points() -> Iterator[Fraction]:
    """0, 1, -1, 2, -2, 1/2, -1/2, .., as wincnn and its users choose them; then larger whole numbers.

    >>> [str(point) for point in islice(usual_points(), 7)]
    ['0', '1', '-1', '2', '-2', '1/2', '-1/2']
    """
    yield from FIRST
    for magnitude in (*MAGNITUDES, *(Fraction(n) for n in range(5, 5 + 2 * MOST_SIZE))):
        yield magnitude
        yield -magnitude


def size_of(name: str, given: Any) -> int:
    """A size from 1 to 64.

    Raises:
        SymconvError: it is another number, or none.
    """
    if isinstance(given, bool) or not hasattr(given, "__index__") or not 1 <= given.__index__() <= MOST_SIZE:
        raise SymconvError(f"{name}={shown(given)}", "not a usable size", f"use a whole number from 1 to {MOST_SIZE}")
    return int(given.__index__())


def points_of(given: Sequence[Any] | None, count: int) -> tuple[Number, ...]:
    """As many points as are needed, those that are given or the usual ones.

    Raises:
        SymconvError: there are not as many, one is not an exact number, or two are the same.
    """
    if given is None:
        return tuple(islice(usual_points(), count))
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise SymconvError(f"points={shown(given)}", "not a list of points", "use numbers such as (0, 1, -1)")
    points = tuple(number_of(f"points[{at}]", one) for at, one in enumerate(given))
    if len(points) != count:
        wrong = f"{count} points are needed beside infinity"
        raise SymconvError(f"{len(points)} points", wrong, f"give {count}, or none for the usual ones")
    if len(set(points)) != count:
        twice = next(one for at, one in enumerate(points) if one in points[:at])
        raise SymconvError(f"the point {twice} twice", "points must differ", "use different numbers")
    return points


def toom_cook(m: int, r: int, points: Sequence[Number]) -> tuple[Matrix, Matrix, Matrix]:
    """C, A and B of the correlation with m outputs and r weights; fractions are in A."""
    count = m + r - 1
    zero, one = Fraction(0), Fraction(1)
    whole = _times_all(points)
    C: list[list[Number]] = []
    A: list[list[Number]] = []
    B: list[list[Number]] = []
    for at, point in enumerate(points):
        others = _divided(whole, point)
        value: Number = prod((point - other for place, other in enumerate(points) if place != at), start=one)
        sign = -1 if at == 0 and isinstance(value, Fraction) and value < 0 else 1  # as wincnn has it
        C.append([point**i for i in range(m)])
        A.append([sign * point**k / value for k in range(r)])
        B.append([*(sign * one for one in others), zero])
    C.append([*[zero] * (m - 1), one])
    A.append([*[zero] * (r - 1), one])
    B.append(whole)
    assert len(C) == count
    return transposed(tuple(map(tuple, C))), tuple(map(tuple, A)), tuple(map(tuple, B))


def _times_all(points: Sequence[Number]) -> list[Number]:
    """The coefficients of the product of all x - a, from the lowest."""
    result: list[Number] = [Fraction(1)]
    for point in points:
        result = [above - point * own for above, own in zip([Fraction(0), *result], [*result, Fraction(0)])]
    return result


def _divided(polynomial: Sequence[Number], point: Number) -> list[Number]:
    """The quotient by x - a of a polynomial with the root a (Horner's scheme)."""
    result: list[Number] = []
    carry: Number = Fraction(0)
    for coefficient in reversed(polynomial[1:]):
        carry = coefficient + point * carry
        result.append(carry)
    return result[::-1]


def karatsuba(size: int) -> tuple[Matrix, Matrix, Matrix]:
    """C, A and B of the correlation with as many outputs as weights, by Karatsuba's halves of halves.

    The product of two polynomials of s coefficients takes products of the lower and the upper halves, and of the sums
    of both (Karatsuba and Ofman 1962). Its transpose is the correlation.
    """
    evaluate, interpolate = _halves(size)
    return transposed(evaluate), evaluate, interpolate


def _halves(size: int) -> tuple[Matrix, Matrix]:
    """What is multiplied, a row for every product; and of every product, with what sign it counts in coefficient q."""
    one, zero = Fraction(1), Fraction(0)
    if size == 1:
        return ((one,),), ((one,),)
    half = (size + 1) // 2
    low, low_in = _halves(half)
    high, high_in = _halves(size - half)
    rows = [(*row, *(zero,) * (size - half)) for row in low]
    rows += [(*(zero,) * half, *row) for row in high]
    rows += [(*row, *row[: size - half]) for row in low]
    length = 2 * size - 1

    def at(row: Sequence[Number], place: int, sign: int = 1) -> list[Number]:
        return [sign * row[q - place] if 0 <= q - place < len(row) else zero for q in range(length)]

    def plus(a: Sequence[Number], b: Sequence[Number]) -> tuple[Number, ...]:
        return tuple(x + y for x, y in zip(a, b))

    back = [plus(at(row, 0), at(row, half, -1)) for row in low_in]
    back += [plus(at(row, 2 * half), at(row, half, -1)) for row in high_in]
    back += [tuple(at(row, half)) for row in low_in]
    return tuple(rows), tuple(back)
