"""Resampling: every axis multiplied by a fixed matrix, whose rows need not be one row that slides."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import gcd, prod

import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, require_terms
from symconv.algebra.polynomial import ZERO, Polynomial
from symconv.algebra.sympy_out import against_zero
from symconv.errors import SymconvError
from symconv.foundations.later import np
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.shapes import Geometry
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain import Index, Plain
from symconv.layers.plain_axis import AxisNumbers, Row
from symconv.layers.plain_numpy import Array, Arrays
from symconv.views import Patches, View

Matrix = list[list[Fraction]]
"""A row for every output of an axis, a column for every input."""


@dataclass(frozen=True)
class MatrixNumbers(AxisNumbers):
    """An axis of which every output reads all inputs, each with a factor of its own."""

    matrix: tuple[tuple[Fraction, ...], ...] = ()


class PlainResampling(Plain):
    """Products with the entries of a matrix for every axis."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        assert isinstance(layer, Resampling)
        n = int(layer.arguments()["input_size"][axis])
        return MatrixNumbers(n, K=n, matrix=tuple(map(tuple, layer.matrix(axis))))

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        assert isinstance(a, MatrixNumbers)
        return len(a.matrix)

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        assert isinstance(a, MatrixNumbers)
        return [{j: j for j, factor in enumerate(row) if factor} for row in a.matrix]

    def _factor_at(self, position: Index, offset: Index, inside: int) -> Fraction:
        rows = (a.matrix[i] for a, i in zip(self.axes, position) if isinstance(a, MatrixNumbers))
        return prod((row[j] for row, j in zip(rows, offset)), start=Fraction(1))


class Resampling(Channelwise):
    """A layer that multiplies every axis of its input by a fixed matrix.

    In the scheme its kernel is as large as the input and does not move: offset k reads input k, with a factor that
    depends on the output. A subclass gives the number of outputs, the factor as a formula, and the matrix by plain
    arithmetic. The layer has no view in patches, since its windows do not share one small network.
    """

    FITS = ""
    output_is = "rows"

    @abstractmethod
    def outputs(self, axis: int) -> Polynomial:
        """The number of outputs on an axis."""

    @abstractmethod
    def factor(self, axis: int, i: Polynomial, j: Polynomial) -> Sequence[sp.Expr]:
        """The terms of what input j counts in output i of an axis, before the fixed factor of the layer."""

    @abstractmethod
    def matrix(self, axis: int) -> Matrix:
        """What every input counts in every output of an axis, by plain arithmetic (concrete sizes only).

        It must not share a formula with ``factor``, which is compared with it.
        """

    def scheme(self, axis: int) -> AxisScheme:
        n = self.axis_numbers("input_size")[axis]
        return AxisScheme(n, n, ZERO, outputs=self.outputs(axis))

    @cached_property
    def fixed_kernel(self) -> sp.Expr:
        """The product of the factors of all axes."""
        letters = zip(self.output_positions, self.kernel_offsets)
        names = [(Polynomial.name(i.letter), Polynomial.name(k.letter)) for i, k in letters]
        terms = product(*(self.factor(axis, i, k) for axis, (i, k) in enumerate(names)))
        return sp.Add(*(sp.Mul(*term) for term in terms))

    def where(self, value: Polynomial, *least: Polynomial) -> sp.Expr:
        """The value where none of the others is negative, else 0."""
        number = self.stage_writer.polynomial
        return sp.Piecewise(
            (number(value), against_zero(sp.And(*(sp.Ge(number(tightened(one)), 0) for one in least)))), (0, True)
        )

    @classmethod
    def view_kinds(cls) -> tuple[type[View], ...]:
        """All but the patches."""
        return tuple(view for view in super().view_kinds() if not issubclass(view, Patches))

    @property
    def patches(self) -> Patches:
        raise SymconvError(f"the patches of {self!r}", "every output has factors of its own", "use direct")

    def bounded_matrix(self, axis: int) -> Matrix:
        """The matrix, if it is not too large to be made.

        Raises:
            SizeLimitError: it has more entries than there may be terms.
        """
        entries = int(self.arguments()["input_size"][axis]) * int(self.output_size[axis])
        require_terms(entries, DEFAULT_MAX_TERMS, f"the matrix of {self!r}")
        return self.matrix(axis)

    def _unread(self, axis: int) -> tuple[int, ...]:
        return tuple(j for j, column in enumerate(zip(*self.bounded_matrix(axis))) if not any(column))

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = PlainResampling

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        for axis in range(self.ndim):
            rows = np.array(self.matrix(axis), dtype=object)
            rows = rows.astype(x.dtype) if x.dtype.kind == "f" else rows
            x = np.moveaxis(np.tensordot(x, rows, axes=(2 + axis, 1)), -1, 2 + axis)
        return x


def tightened(number: Polynomial) -> Polynomial:
    """What is not negative at the same whole numbers: g q + c >= 0 is q + floor(c / g) >= 0."""
    parts = {monomial: coefficient for monomial, coefficient in number.terms if monomial}
    constant = number - Polynomial(parts.items())
    divisor = gcd(*(int(one) for one in parts.values()))
    if divisor < 2 or constant.value is None:
        return number
    return Polynomial([(m, c // divisor) for m, c in parts.items()]) + constant.value // divisor
