r"""How second derivatives are written: v_w as a w with a dot, G_w_w as G with the two tensors above it.

In plain text they have their names, so that what is printed is what ``evaluate`` takes.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace

from symconv.derivatives.naming import VECTOR
from symconv.printing.greek import GREEK_LETTERS
from symconv.printing.mathematics import Style
from symconv.printing.names import in_latex
from symconv.printing.tree import Name, Node

MATRIX = re.compile(r"([GFABKH]|Hv)_(\w+)")
"""A matrix, or a product with one, and the tensors that it is about."""


class DerivativeStyle(Style):
    """The style of formulas of derivatives, with dots for changes."""

    @staticmethod
    def of(style: Style) -> DerivativeStyle:
        """The same style otherwise."""
        return DerivativeStyle(**{field.name: getattr(style, field.name) for field in fields(style)})

    def tensor(self, name: str) -> Node:
        if name.startswith(VECTOR):
            return self._changing(name)
        found = MATRIX.fullmatch(name)
        return super().tensor(name) if found is None else self._matrix(name, found[1], found[2])

    def _changing(self, name: str) -> Node:
        own = super().tensor(name.removeprefix(VECTOR))
        if not isinstance(own, Name):
            return own
        dotted = rf"\dot{{{in_latex(replace(own, above='', below=(), primes=0))}}}"
        return replace(own, letters=VECTOR + GREEK_LETTERS.get(own.letters, own.letters), macro=dotted, source=name)

    def _matrix(self, name: str, letter: str, tensors: str) -> Node:
        """G^{w X}; of the second derivative of the loss H^{h}."""
        above = [one for one in map(super().tensor, tensors.split("_")) if isinstance(one, Name)]
        base = rf"\left({letter[0]} \dot{{\theta}}\right)" if letter == "Hv" else letter
        return Name(name, macro=rf"{base}^{{{' '.join(map(in_latex, above))}}}", source=name)
