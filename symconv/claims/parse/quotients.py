"""What a part of a claim is read as: a formula over a product of sizes, with conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp


@dataclass(frozen=True)
class Quotient:
    """A formula, over a product of sizes."""

    above: sp.Expr
    below: sp.Expr = sp.S.One

    @staticmethod
    def sum(parts: Sequence[Quotient]) -> Quotient:
        below = sp.Mul(*dict.fromkeys(part.below for part in parts if part.below is not sp.S.One))
        if below is sp.S.One or all(part.below == below for part in parts):
            return Quotient(sp.Add(*(part.above for part in parts)), below)
        return Quotient(sp.Add(*(part.above * (below / part.below) for part in parts)), below)

    @staticmethod
    def product(parts: Sequence[Quotient]) -> Quotient:
        above = sp.Mul(*(part.above for part in parts))
        return Quotient(above, sp.Mul(*(part.below for part in parts if part.below is not sp.S.One)))


def where(value: sp.Expr, conditions: Sequence[sp.Basic]) -> sp.Expr:
    """The value if all conditions hold, else 0."""
    unknown = [one for one in conditions if not one.lhs.is_number]
    if any(one.lhs < 0 for one in conditions if one.lhs.is_number):
        return sp.S.Zero
    return sp.Piecewise((value, sp.And(*unknown)), (0, True)) if unknown else value


def index_text(index: sp.Expr) -> str:
    """An index as text; most are letters, whose names SymPy need not print."""
    return str(index.name) if index.is_Symbol else str(index)
