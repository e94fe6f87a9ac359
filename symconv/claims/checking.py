"""check: is this formula right, and if not, what is wrong with it?"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import sympy as sp

from symconv.algebra.concrete import DEFAULT_MAX_TERMS
from symconv.claims.constraints import check_constraints
from symconv.claims.entries import EntriesCheck
from symconv.claims.expressions import Quotient
from symconv.claims.general import GeneralCheck
from symconv.claims.limits import require_readable
from symconv.claims.meaning import Meaning, Reading
from symconv.claims.names import Names
from symconv.claims.products import products_of
from symconv.claims.report import QUANTITIES, CheckReport, formula_of
from symconv.claims.text import parse, several
from symconv.errors import ClaimError, SymconvError
from symconv.layers import Layer, require_layer
from symconv.tensors import TensorFormula


def check(
    layer: Layer, claim: Any, of: str | None = None, *, index_base: int = 0, max_terms: int = DEFAULT_MAX_TERMS
) -> CheckReport:
    """Check a formula that somebody claims.

    Args:
        layer: a layer, concrete or with symbols.
        claim: text (plain or LaTeX), a SymPy expression, or several of them, one for every entry in row-major
            order; or a SymPy or NumPy array of the quantity's shape. Single entries have their printed labels
            (``X1*w1 + X2*w2``); a general formula has indices (``sum(k, w[k]*x[i + k])``,
            ``\\\\sum_k w_k x_{i+k}``) and may have its name in front (``dL/dw[k] = ..``). For "constraints": equations
            among the v_ij, such as "v31 = v12 = 0".
        of: the quantity: "output" (unless the claim says another), "grad_input", "grad_weight", "grad_bias",
            "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix", "constraints".
        index_base: the number from which indices of general formulas count, 0 or 1.
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
    require_layer(layer, "a claim")
    if index_base not in (0, 1) or isinstance(index_base, bool):
        raise SymconvError(f"index_base={index_base!r}", "indices count from 0 or 1", "use 0 or 1")
    if of is not None and of not in QUANTITIES:
        raise SymconvError(f"of={of!r}", "there is no such quantity", f"use {', '.join(QUANTITIES)}")
    shape, items = _items(claim, of)
    if of == "constraints":
        return check_constraints(layer, items)
    names = Names(layer)
    readings = [read_one(layer, item, names) for item in items]
    of = _quantity(layer, readings, of, items)
    formula = formula_of(layer, of)
    task = (layer, of, formula, tuple(items), index_base, max_terms)
    if len(readings) == 1 and not _about_entries(readings[0], layer, formula):
        return GeneralCheck(*task).run(readings[0])
    layer.require_concrete(f"the entries of {of}")
    return EntriesCheck(*task).run(readings, shape)


def _items(claim: Any, of: str | None) -> tuple[tuple[int, ...] | None, list[Any]]:
    """The claim as a list of texts and expressions, and its shape where it is an array."""
    if isinstance(claim, str):
        return None, several(claim) if of != "constraints" else [claim]
    if isinstance(claim, (sp.MatrixBase, sp.NDimArray)):
        return tuple(map(int, claim.shape)), [_sympified(item) for item in sp.flatten(claim)]
    if isinstance(claim, (sp.Expr, sp.Equality)):
        return None, [_sympified(claim)]
    try:
        array = np.asarray(claim, dtype=object)
    except ValueError:
        array = np.empty(0)
    if array.size == 0 or array.ndim == 0:
        raise ClaimError(
            repr(claim)[:60], "it is no formula", "give text, a SymPy expression, or a list or array of them"
        )
    return (array.shape if array.ndim > 1 else None), [_sympified(item) for item in array.ravel()]


def _sympified(item: Any) -> Any:
    if isinstance(item, str):
        return item
    if isinstance(item, sp.Basic):
        require_readable(item)
    if isinstance(item, sp.Expr) and products_of(item) is not None:
        return item
    if isinstance(item, (sp.Expr, sp.Equality)):
        if item.has(sp.nan, sp.oo, -sp.oo, sp.zoo) and not item.has(sp.Sum):
            raise ClaimError(str(item)[:60], "it is no number", "use finite entries")
        return item.xreplace({number: sp.Rational(number) for number in item.atoms(sp.Float)})
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        number = sp.Integer(int(item))
        require_readable(number)
        return number
    raise ClaimError(repr(item)[:60], "it is no entry of a formula", "use text, SymPy expressions or whole numbers")


def read_one(layer: Layer, item: Any, names: Names | None = None) -> Meaning:
    """What a claim says; ``names`` are the layer's, where they are known."""
    names = names or Names(layer)
    if isinstance(item, str):
        try:
            return Reading(names, item).sides(parse(item, positions=False))
        except ClaimError:  # once more, for the place of what is wrong
            return Reading(names, item).sides(parse(item))
    if isinstance(item, sp.Equality):
        item = item.rhs
    if layer.is_concrete and (polynomial := products_of(item)) is not None:
        texts = {label for product in polynomial for label in product}
        labels = names.labels(texts)
        return Meaning(Quotient(item), None, () if labels else tuple(sorted(texts)), labels)
    ours = layer.writer.symbols  # a symbol of a size is that size, whatever else it is declared to be
    item = item.xreplace({one: ours[one.name] for one in item.free_symbols if one.is_Symbol and one.name in ours})
    symbols = {symbol.name for symbol in item.free_symbols if symbol.is_Symbol}
    labels = names.labels(symbols)
    tensors = {str(indexed.base.label) for indexed in item.atoms(sp.Indexed)} if not labels else set()
    tensors |= {name for name, layout in layer.direct.layouts.items() if not any(layout)}
    above, below = sp.fraction(sp.together(item)) if item.is_Mul and not labels else (item, sp.Integer(1))
    free = symbols - {*layer.symbol_names, *layer.defined} - tensors
    return Meaning(Quotient(above, below), None, () if labels else tuple(sorted(free)), labels)


def _quantity(layer: Layer, readings: Sequence[Meaning], of: str | None, items: Sequence[Any]) -> str:
    """The quantity that the claims are about: the one given, or the one on their left side."""
    names, loss = layer.notation, layer.notation.loss
    roles = {names.output: "output", names.dense_weight: "matrix"}
    roles.update({f"d{loss}_d{getattr(names, role)}": f"grad_{role}" for role in ("input", "weight", "bias")})
    found = {roles.get(reading.left[0], reading.left[0]) for reading in readings if reading.left is not None}
    for one in found:
        if one not in QUANTITIES:
            raise ClaimError(str(items[0]), f"{one} is no quantity that is checked", f"use {', '.join(QUANTITIES)}")
        if of is not None and one != of:
            raise ClaimError(str(items[0]), f"its left side is {one}, but of is {of}", "leave one of them out")
    if len(found) > 1:
        raise ClaimError(
            str(items[0]), f"the claims are about {' and '.join(sorted(found))}", "check one quantity at a time"
        )
    chosen = of or next(iter(found), "output")
    if chosen.startswith("grad_") and chosen not in layer.quantities:
        raise SymconvError(f"of={chosen!r}", "the layer has no such quantity", f"use {', '.join(layer.quantities)}")
    return chosen


def _about_entries(reading: Meaning, layer: Layer, formula: TensorFormula) -> bool:
    """Whether a claim is about one entry, by labels or numbers, and not about all of them."""
    if reading.labels:
        return True
    if reading.left is not None and reading.left[1]:
        return all(index.is_Integer for index in reading.left[1])
    return layer.is_concrete and bool(formula.axes) and not reading.free and prod(map(int, formula.shape)) == 1
