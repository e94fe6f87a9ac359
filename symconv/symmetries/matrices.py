"""A symmetry that is given by its matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv.errors import SymconvError, shown
from symconv.foundations.values import FrozenMapping
from symconv.symmetries.shapes import MapShape
from symconv.symmetries.symmetry import LinearGenerator, Rows, Symmetry


@dataclass(frozen=True, repr=False)
class Intertwiner(Symmetry):
    """Two matrices that a linear map A turns into each other, on_output A = A on_input.

    Args:
        on_input: a square matrix of rational numbers that acts on the inputs, numbered in row-major order.
        on_output: one that acts on the outputs.

    Raises:
        SymconvError: one is not a square matrix of rational numbers.

    >>> from symconv import solve_sharing
    >>> turn = [[0, -1], [1, 0]]
    >>> solve_sharing(symmetry=Intertwiner(turn, turn), input_size=2, output_size=2).equations
    (Eq(v11, v22), Eq(v12, -v21))
    """

    on_input: Any
    on_output: Any

    def __post_init__(self) -> None:
        for name in ("on_input", "on_output"):
            object.__setattr__(self, name, _matrix(getattr(self, name), name))

    def __repr__(self) -> str:
        return f"Intertwiner({self.on_input.tolist()}, {self.on_output.tolist()})"

    @property
    def in_words(self) -> str:
        return f"a {self.on_input.rows}x{self.on_input.rows} matrix"

    def generators(self, shape: MapShape) -> Iterator[LinearGenerator]:
        for matrix, count, what in ((self.on_input, shape.inputs, "input"), (self.on_output, shape.outputs, "output")):
            if matrix.rows != count:
                wrong = f"the map has {count} {what}s"
                raise SymconvError(f"on_{what} with {matrix.rows} rows", wrong, f"use a {count}x{count} matrix")
        yield LinearGenerator("the matrices", _rows(self.on_input), _rows(self.on_output))


def _matrix(given: Any, name: str) -> sp.ImmutableDenseMatrix:
    right = "use a square list of lists of whole numbers or fractions"
    if isinstance(given, str):
        raise SymconvError(f"{name}={shown(given)}", "not a matrix", right)
    try:
        rows = given.tolist() if hasattr(given, "tolist") else [list(row) for row in given]
        entries = [[_rational(entry) for entry in row] for row in rows]
    except (TypeError, ValueError):
        raise SymconvError(f"{name}={shown(given)}", "not a matrix of rational numbers", right) from None
    if not entries or any(len(row) != len(entries) for row in entries):
        raise SymconvError(f"{name}={shown(given)}", "not a square matrix", right)
    return sp.ImmutableDenseMatrix(entries)


def _rational(entry: Any) -> sp.Rational:
    if isinstance(entry, (str, float, bool)):
        raise ValueError("text, floats and truth values are not rational numbers")
    number = Fraction(int(entry.p), int(entry.q)) if isinstance(entry, sp.Rational) else Fraction(entry)
    return sp.Rational(number.numerator, number.denominator)


def _rows(matrix: sp.ImmutableDenseMatrix) -> Rows:
    return tuple(
        FrozenMapping({at: Fraction(int(entry.p), int(entry.q)) for at, entry in enumerate(row) if entry})
        for row in matrix.tolist()
    )
