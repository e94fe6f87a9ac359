"""Entries as sums of products, by plain arithmetic: in LaTeX, as a claim for ``check``, and in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symconv.layers.plain import Plain
from symconv.printing.latex import latex_of
from symconv.printing.parts import THIN, bracketed, joined
from symconv.printing.tree import Added, Negative, Node, Number
from symconv.questions.naming import Index, Naming

Entry = tuple[str, Index]
"""A tensor by its role, and an index of PyTorch's shape."""


@dataclass(frozen=True)
class Term:
    """A coefficient times entries."""

    coefficient: Fraction
    factors: tuple[Entry, ...]


@dataclass(frozen=True)
class Sum:
    """Terms, added."""

    terms: tuple[Term, ...]

    def __len__(self) -> int:
        return len(self.terms)

    @property
    def collected(self) -> dict[tuple[Entry, ...], Fraction]:
        """The coefficient of every product, whatever the order; equal for equal sums."""
        result: dict[tuple[Entry, ...], Fraction] = {}
        for term in self.terms:
            product = tuple(sorted(term.factors))
            result[product] = result.get(product, Fraction(0)) + term.coefficient
        return result

    def tree(self, naming: Naming) -> Node:
        """w_1 X_1 + w_2 X_2."""
        return _added(
            (term.coefficient, [naming.entry(*factor) for factor in term.factors], THIN) for term in self.terms
        )

    def claim(self, naming: Naming) -> str:
        """The sum as text: "w1*X1 + w2*X2"."""
        text = ""
        for at, term in enumerate(self.terms):
            size = abs(term.coefficient)
            parts = [str(size)] if size != 1 or not term.factors else []
            parts += [naming.claim_label(*factor) for factor in term.factors]
            text += (" " if at else "") + _sign(term.coefficient, at) + "*".join(parts)
        return text or "0"

    def value(self, arrays: Mapping[str, Any]) -> Fraction:
        """The sum with numbers for its entries, by role."""
        total = Fraction(0)
        for term in self.terms:
            product = term.coefficient
            for role, at in term.factors:
                product *= int(arrays[role][at])
            total += product
        return total

    def number_tree(self, arrays: Mapping[str, Any]) -> Node:
        """The same with the numbers substituted: 2 · 3 + (-1) · 4."""
        return _added(
            (term.coefficient, [_bracketed(int(arrays[role][index])) for role, index in term.factors], "·")
            for term in self.terms
        )


def _added(terms: Iterable[tuple[Fraction, list[Node], Node | str]]) -> Node:
    """Products of a coefficient and factors, with what stands between these, added."""
    nodes: list[Node] = []
    for coefficient, factors, between in terms:
        size = abs(coefficient)
        front: list[Node] = [Number(size)] if size != 1 or not factors else []
        product = joined([*front, *factors], between)
        nodes.append(Negative(product, tight=not nodes) if coefficient < 0 else product)
    if not nodes:
        return Number(0)
    return nodes[0] if len(nodes) == 1 else Added(tuple(nodes))


def _sign(coefficient: Fraction, at: int) -> str:
    if coefficient < 0:
        return "- " if at else "-"
    return "+ " if at else ""


def fraction(number: Fraction | int) -> str:
    """A number in LaTeX."""
    return latex_of(Number(Fraction(number)))


def _bracketed(number: int) -> Node:
    return bracketed(Number(number)) if number < 0 else Number(number)


def entry_sum(plain: Plain, of: str, at: Index) -> Sum:
    """One entry of the output or of a gradient."""
    return {
        "output": output_sum, "grad_weight": weight_gradient, "grad_input": input_gradient, "grad_bias": bias_gradient,
    }[of](plain, at)  # fmt: skip


def output_sum(plain: Plain, at: Index) -> Sum:
    terms = []
    for one in plain.products(at):
        weight = () if one.weight is None else (("weight", one.weight),)
        terms.append(Term(one.coefficient, (*weight, ("input", one.input))))
    if plain.layer.bias_term:
        terms.append(Term(Fraction(1), (("bias", (at[len(plain.batch)],)),)))
    return Sum(tuple(terms))


def weight_gradient(plain: Plain, at: Index) -> Sum:
    """By the chain rule: every product with this weight, with the upstream gradient in the weight's place."""
    through = plain.through_weight(at)
    return Sum(tuple(Term(one.coefficient, (("grad_output", o), ("input", one.input))) for o, one in through))


def input_gradient(plain: Plain, at: Index) -> Sum:
    """By the chain rule: every product with this input, with the upstream gradient in the input's place."""
    terms = []
    for output, one in plain.through_input(at):
        weight = () if one.weight is None else (("weight", one.weight),)
        terms.append(Term(one.coefficient, (("grad_output", output), *weight)))
    return Sum(tuple(terms))


def bias_gradient(plain: Plain, at: Index) -> Sum:
    return Sum(tuple(Term(Fraction(1), (("grad_output", output),)) for output in plain.through_bias(at[0])))
