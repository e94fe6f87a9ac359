"""LaTeX: the writer of the tree of mathematics, and what is put together from its text.

Fragments need amsmath and nothing else. A sum is written over its index names only: tensors are zero
outside their shape, so every sum runs over all integers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.printing import mathematics
from symconv.printing.mathematics import Style
from symconv.printing.names import in_latex, name_of, tensor_name
from symconv.printing.notation import Notation, latex_name
from symconv.printing.quantity import Quantity as Quantity
from symconv.printing.tree import (
    Added,
    Bound,
    Call,
    Entry,
    Marked,
    Name,
    Negative,
    Node,
    Number,
    Operator,
    Parentheses,
    Partial,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Summation,
    Text,
    TreeWriter,
)

SIGNS = {**TreeWriter.SIGNS, "<=": r"\le", ">=": r"\ge"}


class LatexWriter(TreeWriter):
    """The tree in LaTeX."""

    SIGNS = SIGNS

    def name(self, node: Name) -> str:
        return in_latex(node)

    def number(self, node: Number) -> str:
        whole, below = abs(node.value.numerator), node.value.denominator
        size = str(whole) if below == 1 else rf"\frac{{{whole}}}{{{below}}}"
        return f"-{size}" if node.value < 0 else size

    def operator(self, node: Operator) -> str:
        return node.latex + "'" * node.primes

    def text(self, node: Text) -> str:
        return rf"\text{{{node.words}}}"

    def entry(self, node: Entry) -> str:
        base = self.write(node.name)
        return (f"{{{base}}}" if "_" in base else base) + f"_{{{', '.join(self.each(node.indices))}}}"

    def product(self, node: Product) -> str:
        return (" " if node.tight else r" \, ").join(self.each(node.factors))

    def negative(self, node: Negative) -> str:
        return ("-" if node.tight else "- ") + self.write(node.term)

    def power(self, node: Power) -> str:
        base = self.write(node.base)
        apart = set("^(") & set(base) and not isinstance(node.base, Parentheses)
        return (rf"\left({base}\right)" if apart else base) + f"^{{{node.exponent}}}"

    def quotient(self, node: Quotient) -> str:
        return rf"\frac{{{self.write(node.above)}}}{{{self.write(node.below)}}}"

    def root(self, node: Root) -> str:
        return rf"\sqrt{{{self.write(node.inside)}}}"

    def partial(self, node: Partial) -> str:
        return (r"\partial " if node.order == 1 else rf"\partial^{{{node.order}}} ") + self.write(node.of)

    def bound(self, node: Bound) -> str:
        if node.low is None or node.high is None:
            return self.write(node.name)
        return rf"\sum_{{{self.write(node.name)} = {self.write(node.low)}}}^{{{self.write(node.high)}}}"

    def sums(self, node: Summation) -> str:
        """The sum signs: one for all indices without limits, and one for every index with limits."""
        free = [self.bound(one) for one in node.over if one.high is None]
        signs = [r"\sum_{" + r",\, ".join(free) + "}"] if free else []
        return " ".join([*signs, *(self.bound(one) for one in node.over if one.high is not None)])

    def summation(self, node: Summation) -> str:
        return f"{self.sums(node)} {self.write(node.body)}"

    def parentheses(self, node: Parentheses) -> str:
        return rf"\left({self.write(node.inside)}\right)"

    def call(self, node: Call) -> str:
        argument = self.write(node.argument)
        return self.write(node.function) + (f" {argument}" if node.bare else rf"\left({argument}\right)")

    def marked(self, node: Marked) -> str:
        places = " ".join(f"{kind}={at}" for kind, at in node.places)
        return rf"\mark{{{places}}}{{{self.write(node.inside)}}}"

    # -- where a line may break ----------------------------------------------------------------------

    def pieces(self, node: Node) -> list[str]:
        """A sum as pieces between which a line may break; a piece starts with its sign or a thin space."""
        pieces: list[str] = []
        for term in node.terms if isinstance(node, Added) else (node,):
            negative = isinstance(term, Negative)
            shown = self.factors(term.term if isinstance(term, Negative) else term)
            sign = "- " if negative else "+ " if pieces else ""
            pieces += [sign + shown[0], *(rf"\, {part}" for part in shown[1:])]
        return pieces

    def factors(self, term: Node) -> list[str]:
        """A term as pieces: sum sign with the first factor, then the factors."""
        body = term.body if isinstance(term, Summation) else term
        parts = self.each(body.factors) if isinstance(body, Product) and not body.tight else [self.write(body)]
        return [f"{self.sums(term)} {parts[0]}", *parts[1:]] if isinstance(term, Summation) else parts


WRITER = LatexWriter()


def latex_of(node: Node) -> str:
    """The tree in LaTeX."""
    return WRITER.write(node)


def index(polynomial: Polynomial) -> str:
    """An index or size: s i + d k - p, with index letters before sizes.

    >>> s, i, d, k, p = map(Polynomial.name, "sidkp")
    >>> index(s * i + d * k - p)
    's i + d k - p'
    >>> index(k - i - 1)
    'k - i - 1'
    """
    return latex_of(mathematics.index(polynomial))


def aligned(relation: Relation) -> str:
    """The relation as a line of an ``align``: h &= X * w."""
    left, *rest = relation.parts
    rest_of_it = "".join(f" {SIGNS[sign]} {latex_of(part)}" for sign, part in zip(relation.signs, rest))
    return f"{latex_of(left)} &{rest_of_it.removeprefix(' ')}"


def pieces_of(node: Node) -> list[str]:
    """The tree as pieces between which a line may break; a piece starts with its sign or a thin space."""
    return WRITER.pieces(node)


def form(one: Form, order: Sequence[str] = ()) -> str:
    """A form: its terms, added."""
    return latex_of(Style(tuple(order)).form(one))


@dataclass(frozen=True)
class TensorNames:
    r"""Tensors and their entries in LaTeX, bold or with a macro if the notation says so.

    Args:
        notation: the notation.
        names: the tensors that may be bold; scalars are not.
        numbered: whether other names are those of scalars, which end in the number of their part of a network.

    >>> names = TensorNames(Notation(weight=r"\mathbf{W}", bold=True), frozenset(["X", "W"]))
    >>> names("X12"), names("W"), names("L")
    ('\\boldsymbol{X}_{12}', '\\mathbf{W}', 'L')
    """

    notation: Notation
    names: frozenset[str]
    numbered: bool = False

    @cached_property
    def _macros(self) -> dict[str, str]:
        return dict(self.notation.macros)

    def __call__(self, label: str) -> str:
        """A tensor by its name, or an entry by its label."""
        return in_latex(self.node(label))

    def node(self, label: str) -> Name:
        """The same as a part of a tree."""
        owner = self._owner(label)
        is_tensor = label in self.names or (owner == label and self.numbered)
        made = tensor_name(label) if is_tensor else name_of(label)
        macro = self._macros.get(owner, "")
        return replace(made, bold=self.notation.bold and owner in self.names, macro=macro)

    def _owner(self, label: str) -> str:
        """The tensor that has an entry with the label; the label itself if none has."""
        without = (label, re.sub(r"(_\d+)+$", "", label), label.rstrip("0123456789"))
        return next((name for name in without if name in self.names or name in self._macros), label)

    def entry(self, name: str, indices: Sequence[str]) -> str:
        """A tensor with indices that are LaTeX already."""
        base = self(name)
        if not indices:
            return base
        return (f"{{{base}}}" if "_" in base else base) + f"_{{{', '.join(indices)}}}"

    def expression(self, expr: Any, colors: Mapping[str, str] | None = None) -> str:
        """A SymPy expression of entries; ``colors`` by label."""
        return str(EntryPrinter(self, colors or {}).doprint(expr))


class EntryPrinter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX with our names: X_{12}, \\delta_{1}, v_{10,3}, each in its color if it has one."""

    def __init__(self, names: Callable[[str], str], colors: Mapping[str, str]) -> None:
        super().__init__()
        self.names, self.colors = names, colors

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        name = self.names(expr.name)
        return rf"{{\color{{{self.colors[expr.name]}}}{name}}}" if expr.name in self.colors else name


def expression(expr: Any) -> str:
    """LaTeX of a SymPy expression of sizes."""
    return str(EntryPrinter(latex_name, {}).doprint(expr))


# -- whole tensors ---------------------------------------------------------------------------------------


def convolved(names: TensorNames, has_bias: bool) -> str:
    """The layer as one operation on whole tensors: h = X * w + b."""
    own = names.notation
    output, read, weight, bias = map(names, (own.output, own.input, own.weight, own.bias))
    return f"{output} = {read} {own.convolution} {weight}" + (f" + {bias}" if has_bias else "")


def multiplied(names: TensorNames, has_bias: bool) -> str:
    """The dense layer as one product of whole tensors: h = X v + a, or h = v^T X + a."""
    own = names.notation
    output, read, weight, bias = map(names, (own.output, own.input, own.dense_weight, own.dense_bias))
    factors = [read, weight] if own.vectors == "row" else [transposed(weight), read]
    return rf"{output} = {factors[0]} \, {factors[1]}" + (f" + {bias}" if has_bias else "")


def transposed(matrix: str) -> str:
    return rf"{matrix}^{{\mathsf{{T}}}}"
