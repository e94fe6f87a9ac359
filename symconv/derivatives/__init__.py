"""Derivatives of formulas, of layers and of networks, once and twice."""

from __future__ import annotations

from symconv.derivatives.text import differentiate_text, formula_of
from symconv.formulas.differentiate import differentiate

differentiate.register(str, differentiate_text)

__all__ = ["differentiate", "formula_of"]
