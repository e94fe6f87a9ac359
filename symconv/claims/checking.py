"""check: is this formula right, and if not, what is wrong with it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from numbers import Number
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import sympy as sp
from sympy.logic.boolalg import BooleanAtom

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.claims.interpret.definitions import Definitions, quantity_names
from symconv.claims.interpret.limits import require_readable
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.interpret.readings import judged, readings_of
from symconv.claims.judge.constraints import check_constraints
from symconv.claims.judge.entries import EntriesCheck
from symconv.claims.judge.general import GeneralCheck
from symconv.claims.parse.names import Names
from symconv.claims.parse.products import products_of
from symconv.claims.parse.symbolic import decimal, read_symbolic
from symconv.claims.parse.text import several
from symconv.claims.report import QUANTITIES, CheckReport, formula_of
from symconv.errors import ClaimError, SymconvError, instead_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.verbs import verb
from symconv.layers import Layer

Claim: TypeAlias = "str | sp.Basic | Sequence[str | sp.Basic] | sp.NDimArray | npt.NDArray[Any]"
"""What users pass for a claim: text or SymPy, one or several, or an array."""


@verb(Layer, "a claim", "a layer")
def check(
    layer: Layer,
    claim: Claim,
    of: str | None = None,
    *,
    index_base: int | None = None,
    max_terms: int = DEFAULT_MAX_TERMS,
) -> CheckReport:
    """Check a formula that somebody claims.

    Args:
        layer: a layer, concrete or with symbols.
        claim: text (plain or LaTeX), a SymPy expression or Eq, or several of them, each with its entry in front
            (``h2 = ..``) or one for every entry in row-major order; or a SymPy or NumPy array of the quantity's
            shape. Single entries have their printed labels (``X1*w1 + X2*w2``); a general formula has indices
            (``sum(k, w[k]*x[i + k])``, ``\\\\sum_k w_k x_{i+k}``) and may have its name in front
            (``dL/dw[k] = ..``). A left side is always taken at its word. For "constraints": equations among the
            v_ij, such as "v31 = v12 = 0".
        of: the quantity: "output" (unless the claim says another), "grad_input", "grad_weight", "grad_bias",
            "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix", "constraints", "grad_matrix", "dense_bias",
            "patches", "grad_patches".
        index_base: the number from which indices of general formulas count, 0 or 1; in text that of the layer's
            notation unless told otherwise. SymPy's formulas count from 0, as Python does.
        max_terms: limit for the exact comparison at concrete sizes.

    Returns:
        A CheckReport; ``report.holds`` where the claim is proved.

    Raises:
        ClaimError: the claim cannot be read; the message has the place.
        SymconvError: no such quantity.

    >>> from symconv import Conv
    >>> print(check(Conv(3, 2), ["X1*w1 + X2*w2", "X2*w1 + X3*w3"]))
    output of Conv(3, 2): refuted
    wrong:   number 2 of 2, at index [0, 1]
    because: X3*w3 should be X3*w2; there is no w3 in this layer
    right:   X2*w1 + X3*w2
    numbers: with X3 = 1, w2 = 1 and all others 0: 0 claimed, 1 right
    """
    if index_base not in (None, 0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={index_base!r}", "indices count from 0 or 1", "use 0 or 1")
    if of is not None and of not in QUANTITIES:
        raise SymconvError(f"of={of!r}", "no such quantity", instead_of(of, QUANTITIES))
    shape, items = _items(claim, of)
    if of == "constraints":
        return check_constraints(layer, items)
    base = index_base if index_base is not None else _base_of(layer, items)
    names = Names(layer)
    ways = [readings_of(names, item) if isinstance(item, str) else iter([read_symbolic(names, item)]) for item in items]

    def judge(readings: Sequence[Meaning]) -> CheckReport:
        report = _judged(names.definitions, readings, shape, of, items, base, max_terms)
        expressions = [reading.value.above for reading in readings]
        labels = [entry for reading in readings for entry in reading.labels.values()]
        return replace(report, unfolded=names.definitions.named(expressions, labels))

    return judged(ways, judge)


def _judged(
    definitions: Definitions, readings: Sequence[Meaning], shape: tuple[int, ...] | None, of: str | None,
    items: Sequence[Any], index_base: int, max_terms: int,
) -> CheckReport:  # fmt: skip
    """The verdict on claims that have been read."""
    layer = definitions.layer
    of = _quantity(layer, readings, of, items)
    formula = formula_of(layer, of)
    task = (layer, of, formula, tuple(items), index_base, max_terms, definitions)
    if shape is None and len(readings) == 1 and not _about_entries(readings[0], layer, formula):
        return GeneralCheck(*task).run(readings[0])
    layer.require_concrete(f"the entries of {of}")
    return EntriesCheck(*task).run(readings, shape)


def _base_of(layer: Layer, items: Sequence[Any]) -> int:
    """The number from which indices count in claims of that kind."""
    in_sympy = any(not isinstance(item, str) or item.lstrip().startswith("Eq(") for item in items)
    return 0 if in_sympy else layer.notation.formula_base


def _items(claim: Any, of: str | None) -> tuple[tuple[int, ...] | None, list[Any]]:
    """The claim as a list of texts and expressions, and its shape if it is an array of several axes."""
    if isinstance(claim, str):
        return None, several(claim) if of != "constraints" else [claim]
    if isinstance(claim, (sp.MatrixBase, sp.NDimArray)):
        shape, parts = tuple(map(int, claim.shape)), sp.flatten(claim)
    elif isinstance(claim, (sp.Expr, sp.Equality, BooleanAtom, Number)):
        return None, [_item(claim)]
    else:
        shape, parts = _listed(claim)
    if not parts or not shape:
        raise ClaimError(repr(claim)[:60], "not a formula", "give text, a SymPy expression, or a list or array of them")
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
    raise ClaimError(repr(item)[:60], "not an entry of a formula", "use text, SymPy expressions or numbers")


def read_one(layer: Layer, item: Any, names: Names | None = None) -> Meaning:
    """What a claim says, in its likeliest reading; ``names`` are the layer's, if they are known."""
    names = names or Names(layer)
    return next(readings_of(names, item)) if isinstance(item, str) else read_symbolic(names, item)


def _quantity(layer: Layer, readings: Sequence[Meaning], of: str | None, items: Sequence[Any]) -> str:
    """The quantity that the claims are about: the one given, or the one on their left sides."""
    roles = quantity_names(layer)
    found: dict[str, Any] = {}
    for reading, item in zip(readings, items):
        if reading.left is None:
            continue
        one = roles.get(reading.left[0], reading.left[0])
        if one not in QUANTITIES:
            raise ClaimError(str(item), f"check knows no quantity {one}", instead_of(one, QUANTITIES))
        if of is not None and one != of:
            raise ClaimError(str(item), f"its left side is {one}, but of={of!r}", "leave one of the two out")
        found.setdefault(one, item)
    if len(found) > 1:
        raise ClaimError(
            str([*found.values()][1]), f"the claims are about {' and '.join(sorted(found))}",
            "check one quantity at a time",
        )  # fmt: skip
    chosen = of or next(iter(found), "output")
    if chosen in ("grad_input", "grad_weight", "grad_bias") and chosen not in layer.quantities:
        raise SymconvError(f"of={chosen!r}", "the layer has no such quantity", instead_of(chosen, layer.quantities))
    return chosen


def _about_entries(reading: Meaning, layer: Layer, formula: TensorFormula) -> bool:
    """Whether a claim is about one entry, by labels or numbers, and not about all of them."""
    if reading.labels:
        return True
    if reading.left is not None and reading.left[1]:
        return all(index.is_Integer for index in reading.left[1])
    has_one = layer.is_concrete and bool(formula.axes) and prod(map(int, formula.shape)) == 1
    return has_one and not reading.free and not reading.value.above.has(sp.Sum)
