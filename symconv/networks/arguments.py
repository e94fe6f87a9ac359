"""Reading what users pass for networks and steps: sizes and exact numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from symconv.algebra.extent import MOST_DIGITS, about, digits_of
from symconv.errors import GeometryError, SizeLimitError, SymconvError, shown
from symconv.geometry.arguments import Number, require_short

Exact: TypeAlias = "int | float | Fraction | Decimal | sp.Expr"
"""What users pass for an exact number; a float is taken as it is written."""


def whole(value: Any, what: str, least: int = 1) -> Number:
    """A size: an int of at least ``least``, or a SymPy integer expression.

    Raises:
        GeometryError: it is something else.
    """
    if isinstance(value, sp.Expr) and not value.is_number and value.is_integer is not False:
        return value
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    scalar = isinstance(value, (int, float, np.integer, np.floating, sp.Expr)) and not isinstance(value, bool)
    if not scalar or number != value or number < least:
        wrong, right = (
            f"not a whole number of at least {least}",
            f"use {least}, {least + 1}, {least + 2}, .. or a symbol",
        )
        raise GeometryError(f"{what}={shown(value)}", wrong, right)
    require_short(number, what)
    return number


def exact(value: Any, what: str) -> Fraction:
    """A number as a fraction; a float as it is written, so that 0.1 is 1/10.

    Raises:
        SymconvError: it is not a finite number.
    """
    try:
        if isinstance(value, (bool, str)):
            raise ValueError
        if isinstance(value, sp.Rational):
            return _short(Fraction(int(value.p), int(value.q)), what)
        if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) > MOST_DIGITS:
            raise _too_long(what, abs(value.adjusted()))
        return _short(Fraction(value if isinstance(value, (int, Fraction)) else str(value)), what)
    except SizeLimitError:
        raise
    except (TypeError, ValueError, ZeroDivisionError):
        raise SymconvError(
            f"{what}={shown(value)}", "not a number", "use a number such as 0.1 or Fraction(1, 10)"
        ) from None


def require_axis(axis: Any) -> None:
    """Raise if it is not an axis of one example, counted from its start or its end.

    Raises:
        SymconvError: it is not a whole number.
    """
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise SymconvError(f"axis={shown(axis)}", "not a whole number", "use 0 for channels, or 1, 2, .. or -1")


def axis_of_example(axis: int, count: int, where: str) -> int:
    """The axis of an example, counted from its start.

    Raises:
        GeometryError: the input lacks that axis.
    """
    if not -count <= axis < count:
        dimensions = f"{count} dimension{'s' * (count != 1)}"
        raise GeometryError(f"{where} with {dimensions}", "the axis is outside them", f"use {-count} to {count - 1}")
    return axis % count


def _short(number: Fraction, what: str) -> Fraction:
    if (digits := max(digits_of(number.numerator), digits_of(number.denominator))) > MOST_DIGITS:
        raise _too_long(what, digits)
    return number


def _too_long(what: str, digits: int) -> SizeLimitError:
    return SizeLimitError(what, f"it has about {about(digits)} digits", f"use a number of at most {MOST_DIGITS:,}")


def same(a: Number, b: Number) -> bool:
    """Whether two sizes are the same for all values of their symbols."""
    return bool(sp.expand(sp.sympify(a, strict=True) - sp.sympify(b, strict=True)) == 0)
