"""Reading what users pass for networks and steps: sizes and exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symconv.errors import GeometryError, SymconvError
from symconv.parameters import Number


def whole(value: Any, what: str) -> Number:
    """A size: an int of at least 1, or a SymPy integer expression.

    Raises:
        GeometryError: it is something else.
    """
    if isinstance(value, sp.Expr) and not value.is_number and value.is_integer is not False:
        return value
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    scalar = isinstance(value, (int, float, np.integer, np.floating, sp.Expr)) and not isinstance(value, bool)
    if not scalar or number != value or number < 1:
        raise GeometryError(f"{what}={value!r}", "it is no whole number of at least 1", "use 1, 2, 3, .. or a symbol")
    return number


def exact(value: Any, what: str) -> Fraction:
    """A number as a fraction; a float as it is written, so that 0.1 is 1/10.

    Raises:
        SymconvError: it is no finite number.
    """
    try:
        if isinstance(value, (bool, str)):
            raise ValueError
        if isinstance(value, sp.Rational):
            return Fraction(int(value.p), int(value.q))
        return value if isinstance(value, Fraction) else Fraction(str(value))
    except (TypeError, ValueError, ZeroDivisionError):
        raise SymconvError(
            f"{what}={value!r}", "it is no number", "use a number such as 0.1 or Fraction(1, 10)"
        ) from None


def same(a: Number, b: Number) -> bool:
    """Whether two sizes are the same for all values of their symbols."""
    return bool(sp.expand(sp.sympify(a, strict=True) - sp.sympify(b, strict=True)) == 0)
