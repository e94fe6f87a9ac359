"""Tensors and their entries as nodes, as a notation names them, and expressions of entries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.printing.names import name_of, tensor_name
from symconv.printing.notation import Notation
from symconv.printing.parts import Coloured
from symconv.printing.tree import Added, Entry, Name, Negative, Node, Number, Parentheses, Power, Product, Quotient


@dataclass(frozen=True)
class TensorNodes:
    r"""Tensors and their entries, bold or with a macro if the notation says so.

    Args:
        notation: the notation.
        names: the tensors that may be bold; scalars are not.
        numbered: whether other names are those of scalars, which end in the number of their part of a network.

    >>> TensorNodes(Notation(), frozenset(["X"]))("X12").below
    ('12',)
    """

    notation: Notation
    names: frozenset[str]
    numbered: bool = False

    @cached_property
    def _macros(self) -> dict[str, str]:
        return dict(self.notation.macros)

    def __call__(self, label: str) -> Name:
        """A tensor by its name, or an entry by its label."""
        owner = self._owner(label)
        is_tensor = label in self.names or (owner == label and self.numbered)
        made = tensor_name(label) if is_tensor else name_of(label)
        macro = self._macros.get(owner, "")
        return replace(made, bold=self.notation.bold and owner in self.names, macro=macro)

    def _owner(self, label: str) -> str:
        """The tensor that has an entry with the label; the label itself if none has."""
        without = (label, re.sub(r"(_\d+)+$", "", label), label.rstrip("0123456789"))
        return next((name for name in without if name in self.names or name in self._macros), label)

    def entry(self, name: str, indices: Sequence[Node]) -> Node:
        """A tensor at indices; without any, the tensor."""
        return Entry(self(name), tuple(indices)) if indices else self(name)

    def expression(self, expr: Any, colours: Mapping[str, str] | None = None) -> Node:
        """A SymPy expression of entries: sums, products and powers; ``colours`` by label."""
        return _tree(sp.sympify(expr, strict=True), self, colours or {})


def _tree(expr: sp.Expr, names: TensorNodes, colours: Mapping[str, str]) -> Node:
    if isinstance(expr, sp.Symbol):
        name = names(expr.name)
        return Coloured(colours[expr.name], name) if expr.name in colours else name
    if expr.is_Rational:
        return Number(Fraction(int(expr.p), int(expr.q)))
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp > 0:
        return Power(_tree(expr.base, names, colours), int(expr.exp))
    if isinstance(expr, sp.Add):
        first, *rest = (_tree(term, names, colours) for term in expr.as_ordered_terms())
        return Added((first, *rest))
    coefficient, others = expr.as_coeff_Mul()
    factors = others.as_ordered_factors() if isinstance(others, sp.Mul) else [others]
    written = [_tree(one, names, colours) for one in factors]
    parts: list[Node] = [Parentheses(one) if isinstance(one, Added) else one for one in written]
    size = abs(coefficient)
    if size.p != 1:
        parts.insert(0, Number(int(size.p)))
    node = parts[0] if len(parts) == 1 else Product(tuple(parts), tight=True)
    if size.q != 1:
        node = Quotient(node, Number(int(size.q)))
    return Negative(node) if coefficient < 0 else node
