"""What users pass as a claim, as a list of texts and SymPy expressions: text, expressions, lists, arrays."""

from __future__ import annotations

from fractions import Fraction
from numbers import Number
from typing import Any

import numpy as np
import sympy as sp
from sympy.logic.boolalg import BooleanAtom
from sympy.tensor.array.arrayop import Flatten

from symconv.claims.interpret.limits import require_readable
from symconv.claims.parse.products import products_of
from symconv.claims.parse.symbolic import decimal
from symconv.errors import ClaimError, shown


def items_of(claim: Any) -> tuple[tuple[int, ...] | None, list[Any]]:
    """The claim as a list of texts and expressions, and its shape if it is an array of several axes."""
    if isinstance(claim, str):
        return None, [claim]
    if isinstance(claim, (sp.MatrixBase, sp.NDimArray)):
        shape = tuple(map(int, claim.shape))
        parts = claim.flat() if isinstance(claim, sp.MatrixBase) else [*Flatten(claim)]
    elif isinstance(claim, (sp.Expr, sp.Equality, BooleanAtom, Number)):
        return None, [_item(claim)]
    else:
        shape, parts = _listed(claim)
    if not parts or not shape:
        raise ClaimError(shown(claim), "not a formula", "give text, a SymPy expression, or a list or array of them")
    return (shape if len(shape) > 1 else None), [_item(part) for part in parts]


def _listed(claim: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The shape and the items of a list or a NumPy array; numbers of an array keep the precision that they have."""
    try:
        array = claim if isinstance(claim, np.ndarray) else np.asarray(claim, dtype=object)
    except ValueError:
        return (), []
    return array.shape, list(array.ravel())


def _item(item: Any) -> Any:
    """Text, or a SymPy formula or equation; a float is the decimal as which it is printed."""
    if isinstance(item, str):
        return item
    if isinstance(item, sp.Basic):
        require_readable(item)
    if isinstance(item, sp.Expr) and products_of(item) is not None:
        return item
    if isinstance(item, (sp.Expr, sp.Equality)):
        if item.has(sp.nan, sp.zoo) or (item.has(sp.oo, -sp.oo) and not item.has(sp.Sum)):
            kind = type(item).__name__  # SymPy cannot print every such expression
            raise ClaimError(f"a SymPy {kind}", "it has an entry that is not a number", "use finite entries")
        return item
    if isinstance(item, (bool, np.bool_, BooleanAtom)):
        raise ClaimError(
            str(item), "not a formula: SymPy evaluates an Eq of two equal sides",
            "write Eq(.., .., evaluate=False)",
        )  # fmt: skip
    if isinstance(item, (float, np.floating)):
        return decimal(str(item))
    if isinstance(item, (int, np.integer, Fraction)):
        number = sp.Rational(item.numerator, item.denominator)
        require_readable(number)
        return number
    raise ClaimError(shown(item), "not an entry of a formula", "use text, SymPy expressions or numbers")
