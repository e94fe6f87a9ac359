"""Claims that have been read, in one of their readings: of which quantity they are, and the check that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import sympy as sp

from symconv.claims.interpret.definitions import Definitions, derivative_name, quantity_names
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.judge.entries import EntriesCheck
from symconv.claims.judge.general import GeneralCheck
from symconv.claims.parse.names import Names
from symconv.claims.report import QUANTITIES, CheckReport, formula_of
from symconv.errors import ClaimError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer

MATRICES = ("matrix", "grad_matrix", "jacobian_input", "jacobian_weight", "jacobian_bias")
"""Quantities of which a row is not a column."""


def judged_as_read(
    definitions: Definitions, readings: Sequence[Meaning], shape: tuple[int, ...] | None, of: str | None,
    items: Sequence[Any], index_base: int, max_terms: int, is_text: bool,
) -> CheckReport:  # fmt: skip
    """The verdict on claims that have been read."""
    layer = definitions.layer
    of = quantity_of(layer, readings, of, items)
    formula = formula_of(layer, of)
    task = (layer, of, formula, tuple(items), index_base, max_terms, definitions)
    if is_text and shape is not None and len(shape) == 2 and 1 in shape and of not in MATRICES:
        shape = None  # a row or a column of entries
    if len(readings) == 1 and of == "output" and readings[0].left is None and _is_of_sizes(readings[0]):
        raise ClaimError(str(items[0]), "it names no entry and no tensor", "write a formula such as h1 = X1*w1 + X2*w2")
    if shape is None and len(readings) == 1 and not _about_entries(readings[0], layer, formula):
        return GeneralCheck(*task).run(readings[0])
    layer.require_concrete(f"the entries of {of}")
    if of == "matrix" and shape is not None and len(shape) == 2 and layer.notation.vectors == "column":
        turned = [readings[row * shape[1] + column] for column in range(shape[1]) for row in range(shape[0])]
        report = EntriesCheck(*task).run(turned, shape[::-1])
        if report.holds:
            return replace(report, read_as=(*report.read_as, "the outputs are down the rows"))
    return EntriesCheck(*task).run(readings, shape)


def of_entry(names: Names, reading: Meaning, of: str | None) -> Meaning:
    """The claim about an entry of its left side, or of what it is said to be of, in the order that it states."""
    if not reading.kept:
        return reading
    tensors = {quantity: tensor for tensor, quantity in quantity_names(names.layer).items()}
    name = tensors.get(of or "output", "") if reading.left is None else reading.left[0]
    return reading.of_entry(names, name) if name in names.layouts else reading


def _is_of_sizes(reading: Meaning) -> bool:
    """Whether a formula has numbers and sizes, and neither an index nor an entry."""
    return not reading.free and not reading.labels and not reading.value.above.has(sp.Indexed)


def quantity_of(layer: Layer, readings: Sequence[Meaning], of: str | None, items: Sequence[Any]) -> str:
    """The quantity that the claims are about: the one given, or the one on their left sides."""
    roles = quantity_names(layer)
    found: dict[str, Any] = {}
    for reading, item in zip(readings, items):
        if reading.left is None:
            continue
        one = roles.get(reading.left[0], reading.left[0])
        if one == derivative_name(layer, layer.notation.output):
            wrong = f"its left side is the upstream gradient {layer.notation.grad_output}, which is given"
            raise ClaimError(str(item), wrong, "use it on the right side", str(item), 0)
        if one not in QUANTITIES:
            raise ClaimError(str(item), f"check knows no quantity {one}", instead_of(one, QUANTITIES), str(item), 0)
        if of is not None and one != of:
            raise ClaimError(str(item), f"its left side is {one}, but of={shown(of)}", "leave one of the two out")
        found.setdefault(one, item)
    if len(found) > 1:
        raise ClaimError(
            str([*found.values()][1]), f"the claims are about {' and '.join(sorted(found))}",
            "check one quantity at a time",
        )  # fmt: skip
    chosen = of or next(iter(found), "output")
    if chosen in ("grad_input", "grad_weight", "grad_bias") and chosen not in layer.quantities:
        raise SymconvError(
            f"of={shown(chosen)}", "the layer has no such quantity", instead_of(chosen, layer.quantities)
        )
    return chosen


def _about_entries(reading: Meaning, layer: Layer, formula: TensorFormula) -> bool:
    """Whether a claim is about one entry, by labels or numbers, and not about all of them."""
    if reading.labels:
        return True
    if reading.left is not None and reading.left[1]:
        return layer.is_concrete and all(index.is_Integer for index in reading.left[1])
    has_one = layer.is_concrete and bool(formula.axes) and prod(map(int, formula.shape)) == 1
    return has_one and not reading.free and not reading.value.above.has(sp.Sum)
