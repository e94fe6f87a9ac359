"""The lines of derivations as text: many lines that have most of their terms in common, each term written once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

from symconv.algebra.forms import Form, Term
from symconv.algebra.normal_form import Step
from symconv.algebra.sympy_out import Writer

MOST_TERMS = 500
"""Lines of a theorem are written until they have 500 terms together."""


class Lines(StrPrinter):  # type: ignore[misc]
    """Writes forms as SymPy writes them."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self.writer, self.count = writer, 0
        self.terms: dict[Term, sp.Expr] = {}
        self.texts: dict[sp.Basic, str] = {}

    def form(self, form: Form) -> str:
        """``str(writer.form(form))``."""
        self.count += len(form.terms)
        return str(self.doprint(sp.Add(*map(self._term, form))))

    def steps(self, steps: Sequence[Step]) -> Iterator[tuple[Step, str]]:
        """Every step with its line, up to the first that is too much."""
        for step in steps:
            if self.count + len(step.after.terms) > MOST_TERMS:
                return
            yield step, self.form(step.after)

    def _term(self, term: Term) -> sp.Expr:
        if term not in self.terms:
            self.terms[term] = self.writer.term(term)
        return self.terms[term]

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if not isinstance(expr, (sp.Sum, sp.Piecewise)):
            return str(super()._print(expr, **kwargs))
        if expr not in self.texts:
            self.texts[expr] = str(super()._print(expr, **kwargs))
        return self.texts[expr]
