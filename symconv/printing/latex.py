"""LaTeX: the writer of the tree of mathematics, and what is put together from its text.

Fragments need amsmath and nothing else. A sum is written over its index names only: tensors are zero
outside their shape, so every sum runs over all integers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.printing import mathematics
from symconv.printing.mathematics import Style
from symconv.printing.names import in_latex
from symconv.printing.notation import Notation, latex_name, latex_tensor
from symconv.printing.quantity import Quantity as Quantity, subscripted as subscripted
from symconv.printing.tree import (
    Added,
    Bound,
    Bracket,
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

SIGNS = {"=": "=", "<": "<", "<=": r"\le", ">=": r"\ge"}


class LatexWriter(TreeWriter):
    """The tree in LaTeX."""

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

    def added(self, node: Added) -> str:
        first, *rest = node.terms
        return " ".join([self.write(first), *map(self.signed, rest)])

    def signed(self, term: Node) -> str:
        return f"- {self.write(term.term)}" if isinstance(term, Negative) else f"+ {self.write(term)}"

    def power(self, node: Power) -> str:
        base = self.write(node.base)
        apart = set("^(") & set(base) and not isinstance(node.base, Parentheses)
        return (rf"\left({base}\right)" if apart else base) + f"^{{{node.exponent}}}"

    def quotient(self, node: Quotient) -> str:
        return rf"\frac{{{self.write(node.above)}}}{{{self.write(node.below)}}}"

    def root(self, node: Root) -> str:
        return rf"\sqrt{{{self.write(node.inside)}}}"

    def partial(self, node: Partial) -> str:
        return rf"\partial {self.write(node.of)}"

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

    def relation(self, node: Relation) -> str:
        first, *rest = self.each(node.parts)
        return first + "".join(f" {SIGNS[sign]} {part}" for sign, part in zip(node.signs, rest))

    def bracket(self, node: Bracket) -> str:
        return f"[{self.write(node.relation)}]"

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


class EntryPrinter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX with our names: X_{12}, \\delta_{1}, v_{10,3}, each in its colour if it has one."""

    def __init__(self, colours: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.colours = colours or {}

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        name = latex_name(expr.name)
        return rf"{{\color{{{self.colours[expr.name]}}}{name}}}" if expr.name in self.colours else name


def expression(expr: Any, colours: Mapping[str, str] | None = None) -> str:
    """LaTeX of a SymPy expression, matrix or array of entries; ``colours`` by symbol name."""
    return str(EntryPrinter(colours).doprint(expr))


# -- notation --------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\\(?:text|math[a-z]+|operatorname|boldsymbol|color|mark|begin|end)\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|.", re.S
)
"""A token of LaTeX; what names and words stand in is one with them."""


def lettered(latex: str, notation: Notation, names: Iterable[str]) -> str:
    r"""The LaTeX with the letters of the named tensors as the notation has them: its macros, or bold.

    >>> lettered(r"h_{i} = \sum_{k} w_{k} \, X_{i + k}", Notation(weight=r"\mathbf{w}"), ["h", "w", "X"])
    'h_{i} = \\sum_{k} \\mathbf{w}_{k} \\, X_{i + k}'
    """
    if not notation.bold and not notation.macros:
        return latex
    macros = dict(notation.macros)
    letters = names if notation.bold else macros
    return _dressed(latex, [(*_head(name), macros.get(name, "")) for name in sorted({*letters, *macros})])


def emboldened(latex: str, names: Iterable[str]) -> str:
    r"""The LaTeX with the letters of the named tensors bold, of whole tensors and of their entries.

    >>> emboldened(r"h_{i} = \sum_{k} w_{k} \, X_{i + k}", ["h", "w", "X"])
    '\\boldsymbol{h}_{i} = \\sum_{k} \\boldsymbol{w}_{k} \\, \\boldsymbol{X}_{i + k}'
    """
    return _dressed(latex, [(*_head(name), "") for name in sorted(names)])


def _dressed(latex: str, heads: Sequence[tuple[str, str, str]]) -> str:
    written, at = [], 0
    while (token := _TOKEN.match(latex, at)) is not None:
        at = token.end()
        fits = (macro for letter, rest, macro in heads if token[0] == letter and latex.startswith(rest, at))
        macro = next(fits, None)
        written.append(token[0] if macro is None else macro or rf"\boldsymbol{{{token[0]}}}")
    return "".join(written)


def _head(name: str) -> tuple[str, str]:
    """How a tensor's name begins in LaTeX, also with the indices of an entry: its letter, and what follows it."""
    written = latex_tensor(name)
    letter = _TOKEN.match(written)
    assert letter is not None
    return letter[0], written[letter.end() :].removesuffix("}")


def convolved(notation: Notation, has_bias: bool) -> str:
    """The layer as one operation on whole tensors: h = X * w + b."""
    names = map(latex_name, (notation.output, notation.input, notation.weight, notation.bias))
    output, read, weight, bias = names
    return f"{output} = {read} {notation.convolution} {weight}" + (f" + {bias}" if has_bias else "")


def multiplied(notation: Notation, has_bias: bool) -> str:
    """The dense layer as one product of whole tensors: h = X v + a, or h = v^T X + a."""
    names = map(latex_name, (notation.output, notation.input, notation.dense_weight, notation.dense_bias))
    output, read, weight, bias = names
    factors = [read, weight] if notation.vectors == "row" else [transposed(weight), read]
    return rf"{output} = {factors[0]} \, {factors[1]}" + (f" + {bias}" if has_bias else "")


def transposed(matrix: str) -> str:
    return rf"{matrix}^{{\mathsf{{T}}}}"
