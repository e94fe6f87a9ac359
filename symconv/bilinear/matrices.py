"""Matrices that anybody gives, read exactly: integers, fractions, floats by their exact value, square roots and roots
of unity of SymPy; text is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isfinite, lcm
from numbers import Integral, Rational
from typing import Any, TypeAlias

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.errors import SymconvError, shown
from symconv.foundations.cyclotomic import Cyclotomic, Number, read_number, root_of_unity, square_root
from symconv.foundations.later import np, npt

Matrix: TypeAlias = tuple[tuple[Number, ...], ...]
"""Rows of exact numbers, all of one length."""

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
        SymconvError: it is not a matrix, a row has another length, or an entry is not an exact number.
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


def number_of(place: str, given: Any) -> Number:
    """An entry as an exact number: a fraction, or a sum of roots of unity.

    Raises:
        SymconvError: it is neither.
    """
    if isinstance(given, np.generic):
        given = given.item()
    if isinstance(given, Cyclotomic):
        return given
    if isinstance(given, complex) and isfinite(given.real) and isfinite(given.imag):
        return Fraction(given.real) + Fraction(given.imag) * root_of_unity(4)
    if isinstance(given, sp.Float):
        given = float(given)
    elif isinstance(given, sp.Expr):
        given = _read(place, given)
        if isinstance(given, Cyclotomic):
            return given
    if isinstance(given, float) and isfinite(given):
        given = Fraction(given)
    if isinstance(given, bool) or not isinstance(given, (Integral, Rational)):
        what = "it is text" if isinstance(given, str) else "not an exact number"
        raise SymconvError(f"{place} = {shown(given)}", what, "use ints, Fractions or numbers of SymPy")
    number = Fraction(given)
    if max(number.numerator.bit_length(), number.denominator.bit_length()) * 3 > MOST_DIGITS * 10:
        raise SymconvError(f"{place} of more than {MOST_DIGITS} digits", "it is too large", "use smaller numbers")
    return number


def _read(place: str, given: sp.Expr) -> Number:
    try:
        return read_number(given)
    except SymconvError as error:
        raise SymconvError(f"{place} = {shown(given)}", f"not an exact number: {error.wrong}", error.right) from None


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


def order_of(*matrices: Matrix) -> int:
    """The order of the root of unity of which all entries are sums of powers; 1 if they are rational."""
    return lcm(*(one.order for rows in matrices for row in rows for one in row if isinstance(one, Cyclotomic)))


def in_powers(matrix: Matrix, order: int) -> tuple[dict[int, Integers], int]:
    """For every power of the root that is used its whole numbers, and over what number the sum of all is the matrix."""
    terms = [[_terms(one, order) for one in row] for row in matrix]
    factor = lcm(*(one.denominator for row in terms for entry in row for one in entry.values()))
    found = {}
    for power in sorted({power for row in terms for entry in row for power in entry}):
        found[power] = [[int(entry.get(power, 0) * factor) for entry in row] for row in terms]
    return found, factor


def _terms(number: Number, order: int) -> dict[int, Fraction]:
    if isinstance(number, Cyclotomic):
        return {power * (order // number.order): one for power, one in number.terms}
    return {0: number} if number else {}


Integers: TypeAlias = list[list[int]]


def largest(rows: Iterable[Sequence[int]]) -> int:
    return max(abs(one) for row in rows for one in row)


def magnitude(number: Number) -> Fraction:
    """The absolute value, or a little more if it is not rational."""
    if isinstance(number, Fraction):
        return abs(number)
    square = number * number.conjugate()
    root = square_root(square) if isinstance(square, Fraction) else None
    return root if isinstance(root, Fraction) else Fraction(ceil(abs(number) * FINE) + 1, FINE)


FINE = 2**20
"""Absolute values are rounded up to a multiple of 1 over this."""


def in_sympy(matrix: Matrix) -> sp.ImmutableDenseMatrix:
    return sp.ImmutableDenseMatrix([[_in_sympy(one) for one in row] for row in matrix])


def _in_sympy(number: Number) -> sp.Expr:
    exact = isinstance(number, Fraction)
    return sp.Rational(number.numerator, number.denominator) if exact else sp.sympify(number)  # type: ignore[union-attr]


def in_numpy(matrix: Matrix) -> npt.NDArray[np.object_]:
    """An array of exact numbers."""
    made = np.empty((len(matrix), len(matrix[0])), dtype=object)
    for at, row in enumerate(matrix):
        made[at, :] = row
    return made


@dataclass(frozen=True)
class Numbers:
    """A matrix of fractions, the same whatever the sizes are; ``shape`` if a side has several axes."""

    matrix: Matrix
    shape: tuple[int, ...] = ()

    @property
    def names(self) -> Iterable[str]:
        return ()

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        array = in_numpy(self.matrix)
        return array.reshape(self.shape) if self.shape else array

    def renamed(self, values: Mapping[str, Polynomial]) -> Numbers:
        return self
