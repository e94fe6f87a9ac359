"""A layer's tensors as arrays of exact symbols, with which a function can compute."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.errors import SymconvError, instead_of, shown
from symconv.layers import Layer
from symconv.programs.arguments import ROLES
from symconv.programs.arrangement import arrangement
from symconv.programs.differences import Variables
from symconv.programs.exact import Entry
from symconv.programs.symbolic import symbols_of_shape


def symbols_of(layer: Layer, role: str, layout: str | None = None) -> Any:
    """The entries of one of a layer's tensors as symbols; see ``Layer.symbols``."""
    layer.require_concrete("an array of its entries")
    if not isinstance(role, str) or role not in ROLES:
        raise SymconvError(f"role={shown(role)}", "no such tensor", instead_of(role, ROLES))
    if layout is not None and not isinstance(layout, str):
        raise SymconvError(f"layout={shown(layout)}", "not a layout", 'use letters, such as "OIHW"')
    layer.require(role)
    variables, name = layer.once(Variables), getattr(layer.notation, role)
    array = symbols_of_shape(variables.shapes[name], variables.first[name])
    return arrangement(layer, role, variables.layouts[name], layout).arranged(array)


def expression_of(layer: Layer, entry: Any) -> sp.Expr:
    """What was computed with the symbols of a layer, as a SymPy expression in its labels.

    >>> from symconv import Conv
    >>> conv = Conv(3, 2)
    >>> x, w = conv.symbols("input"), conv.symbols("weight")
    >>> expression_of(conv, x[0, 1] * w[0, 0, 1] + 2 * x[0, 0])
    2*X1 + X2*w2
    """
    if not isinstance(entry, Entry):
        return sp.sympify(entry, strict=True)
    variables = layer.once(Variables)
    terms = (
        sp.Mul(sp.Rational(number), *(sp.Symbol(variables.label(one)) for one in term))
        for term, number in entry.terms.items()
    )
    return sp.Add(*terms)
