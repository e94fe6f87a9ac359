"""Formulas of two layers with the letters of one: an adjoint calls its output i, which is the layer's input j."""

from __future__ import annotations

import re

from symconv.algebra.forms import Form, Term
from symconv.algebra.polynomial import Polynomial
from symconv.formulas.tensor_formula import TensorFormula

OTHER = {"i": "j", "j": "i", "o": "c", "c": "o"}
"""Letters of outputs and inputs, which change places."""


def exchanged(formula: TensorFormula) -> TensorFormula:
    """The formula with the letters of inputs and outputs exchanged, if its channels have two letters."""
    names = {name for term in formula.form for name in term.names}
    letters = OTHER if {"o", "c"} <= names else {"i": "j", "j": "i"}
    pairs = {
        name: letters[name[0]] + name[1:] for name in names if name[0] in letters and re.fullmatch(r"[a-z]\d*", name)
    }
    return formula.replaced(Form(tuple(_renamed(term, pairs) for term in formula.form)))


def _renamed(term: Term, pairs: dict[str, str]) -> Term:
    values = {name: Polynomial.name(to) for name, to in pairs.items()}
    return term.substitute(values, tuple(pairs.get(name, name) for name in term.bound))
