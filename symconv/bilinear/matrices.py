"""Matrices that anybody gives, read exactly: integers, fractions, floats by their exact value; text is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isfinite, lcm
from numbers import Integral, Rational
from typing import Any, TypeAlias

import sympy as sp

from symconv.errors import SymconvError, shown
from symconv.foundations.later import np, npt

Matrix: TypeAlias = tuple[tuple[Fraction, ...], ...]
"""Rows of fractions, all of one length."""

MOST_PLACES = 1_000_000
"""A matrix has at most a million entries, and so has the tensor of an identity that is checked."""
MOST_DIGITS = 400
"""Numbers with more digits above or below the line are refused."""


def matrix_of(name: str, given: Any) -> Matrix:
    """The rows of a matrix.

    Args:
        name: what it is called, for errors.
        given: lists or tuples of rows, an array of NumPy, or a matrix or two-dimensional array of SymPy.

    Raises:
        SymconvError: it is not a matrix, a row has another length, or an entry is not a rational number.
    """
    rows = _rows(name, given)
    if not rows or not rows[0]:
        raise SymconvError(f"{name} without entries", "a matrix has rows and columns", f"use {USE}")
    width = len(rows[0])
    for at, row in enumerate(rows):
        if len(row) != width:
            wrong = f"row {at} has {counted(len(row), 'entry', 'entries')} and row 0 has {width}"
            raise SymconvError(f"the matrix {name}", wrong, "give rows of one length")
    if len(rows) * width > MOST_PLACES:
        raise SymconvError(
            f"{name} with {len(rows) * width:,} entries", "it is too large", f"use up to {MOST_PLACES:,}"
        )
    return tuple(tuple(number_of(f"{name}[{i}, {j}]", one) for j, one in enumerate(row)) for i, row in enumerate(rows))


USE = "rows of whole numbers and fractions, such as [[1, 0], [Fraction(1, 2), 1]]"


def _rows(name: str, given: Any) -> list[list[Any]]:
    if isinstance(given, sp.MatrixBase):
        return [list(given.row(at)) for at in range(given.rows)]
    if isinstance(given, sp.NDimArray):
        given = given.tolist()
    elif isinstance(given, np.ndarray):
        if np.ma.isMaskedArray(given):
            raise SymconvError(f"{name} as a masked array", "a masked entry has no value", "fill it")
        given = given.tolist()
    if not isinstance(given, (list, tuple)) or not all(isinstance(row, (list, tuple)) for row in given):
        raise SymconvError(f"{name}={shown(given)}", "not a matrix", f"use {USE}")
    return [list(row) for row in given]


def number_of(place: str, given: Any) -> Fraction:
    """An entry as a fraction.

    Raises:
        SymconvError: it is not a rational number.
    """
    if isinstance(given, np.generic):
        given = given.item()
    if isinstance(given, sp.Expr) and given.is_Rational:
        given = Fraction(int(given.p), int(given.q))
    elif isinstance(given, sp.Float):
        given = float(given)
    if isinstance(given, float) and isfinite(given):
        given = Fraction(given)
    if isinstance(given, bool) or not isinstance(given, (Integral, Rational)):
        what = "it is text" if isinstance(given, str) else "not a rational number"
        raise SymconvError(f"{place} = {shown(given)}", what, "use ints, Fractions or SymPy rationals")
    number = Fraction(given)
    if max(number.numerator.bit_length(), number.denominator.bit_length()) * 3 > MOST_DIGITS * 10:
        raise SymconvError(f"{place} of more than {MOST_DIGITS} digits", "it is too large", "use smaller numbers")
    return number


def counted(number: int, one: str, more: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(2, "row"), counted(2, "entry", "entries")
    ('1 row', '2 rows', '2 entries')
    """
    return f"{number} {one if number == 1 else more or one + 's'}"


def transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix))


def kronecker(one: Matrix, other: Matrix) -> Matrix:
    """Every entry of one times the whole other matrix, in its place."""
    return tuple(tuple(a * b for a in row for b in below) for row in one for below in other)


def whole(matrix: Matrix) -> tuple[Integers, int]:
    """The matrix times the least number that makes all entries whole, and that number."""
    factor = lcm(*(one.denominator for row in matrix for one in row))
    rows = [[one.numerator * (factor // one.denominator) for one in row] for row in matrix]
    return rows, factor


Integers: TypeAlias = list[list[int]]


def largest(rows: Iterable[Sequence[int]]) -> int:
    return max(abs(one) for row in rows for one in row)


def in_sympy(matrix: Matrix) -> sp.ImmutableDenseMatrix:
    return sp.ImmutableDenseMatrix([[sp.Rational(one.numerator, one.denominator) for one in row] for row in matrix])


def in_numpy(matrix: Matrix) -> npt.NDArray[np.object_]:
    """An array of fractions."""
    made = np.empty((len(matrix), len(matrix[0])), dtype=object)
    for at, row in enumerate(matrix):
        made[at, :] = row
    return made
