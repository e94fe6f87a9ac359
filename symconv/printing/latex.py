"""LaTeX: the writer of the tree of mathematics, and what is put together from its text.

Fragments need amsmath and nothing else. A sum is written over its index names only: tensors are zero
outside their shape, so every sum runs over all integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.printing import mathematics
from symconv.printing.authored import LETTERS, SIGNS as AUTHORED_SIGNS, SPACES, STYLES
from symconv.printing.mathematics import Style
from symconv.printing.names import in_latex
from symconv.printing.notation import Notation, latex_name
from symconv.printing.parts import (
    PART_METHODS,
    THIN,
    ZERO,
    Coloured,
    Fence,
    Grid,
    Line,
    Numeral,
    Scripts,
    Sign,
    Space,
    Symbol,
    Underbrace,
)
from symconv.printing.quantity import Quantity as Quantity
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import (
    Added,
    Bound,
    Call,
    Entry,
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
COMMAND_OF_STYLE = {style: command for command, style in STYLES.items()}
COMMANDS = {
    **{sign: command for command, sign in reversed(AUTHORED_SIGNS.items())},
    **{letter: rf"\{name}" for name, letter in reversed(LETTERS.items())},
    "−": "-", "∑": r"\sum", "∏": r"\prod", "<": "<", ">": ">", "′": "'", "″": "''", "‴": "'''",
}  # fmt: skip
"""How letters and signs are written that are not what one types."""


class LatexWriter(TreeWriter):
    """The tree and the parts of documents in LaTeX; marks are left out."""

    SIGNS = SIGNS
    METHODS: ClassVar[Mapping[type[Any], str]] = {**TreeWriter.METHODS, **PART_METHODS}
    SPACES: ClassVar[Mapping[float, str]] = {width: command for command, width in reversed(SPACES.items())}
    """The command for a space of a width."""

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
        return (" " if node.tight else f" {self.SPACES[THIN.width]} ").join(self.each(node.factors))

    def negative(self, node: Negative) -> str:
        return ("-" if node.tight else "- ") + self.write(node.term)

    def power(self, node: Power) -> str:
        base = self.write(node.base)
        apart = set("^(") & set(base) and not isinstance(node.base, Parentheses)
        return (rf"\left({base}\right)" if apart else base) + f"^{{{node.exponent}}}"

    def quotient(self, node: Quotient) -> str:
        return rf"\{'t' * node.small}frac{{{self.write(node.above)}}}{{{self.write(node.below)}}}"

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
        signs = [rf"\sum_{{{f',{self.SPACES[THIN.width]} '.join(free)}}}"] if free else []
        return " ".join([*signs, *(self.bound(one) for one in node.over if one.high is not None)])

    def summation(self, node: Summation) -> str:
        return f"{self.sums(node)} {self.write(node.body)}"

    def parentheses(self, node: Parentheses) -> str:
        return rf"\left({self.write(node.inside)}\right)"

    def call(self, node: Call) -> str:
        argument = self.write(node.argument)
        return self.write(node.function) + (f" {argument}" if node.bare else rf"\left({argument}\right)")

    # -- parts of documents --------------------------------------------------------------------------

    def symbol(self, node: Symbol) -> str:
        letters = COMMANDS.get(node.text, node.text)
        if node.style == "italic":
            return letters if len(node.text) == 1 else rf"\mathit{{{letters}}}" if node.text.isalpha() else letters
        return rf"{COMMAND_OF_STYLE[node.style]}{{{letters}}}"

    def numeral(self, node: Numeral) -> str:
        return node.text.replace(",", "{,}")  # without the space after a comma of a list

    def sign(self, node: Sign) -> str:
        return COMMANDS.get(node.text, node.text)

    def space(self, node: Space) -> str:
        return self.SPACES[node.width]

    def line(self, node: Line) -> str:
        """The parts with spaces in the source between them, except at brackets, commas and a minus in front."""
        text, before, in_front = "", None, True
        for part in flattened(node):
            written = self.write(part)
            called = _is(part, "([") and isinstance(before, (Operator, Name, Symbol, Scripts))
            close = before is None or _is(part, ",.;)]}′″‴!") or _is(before, "([{") or (_is(before, "−") and in_front)
            text += written if close or called else f" {written}"
            in_front = before is None or _is(before, "([{,=<>≤≥")
            before = part
        return text

    def scripts(self, node: Scripts) -> str:
        base = self.write(node.base)
        has_scripts = isinstance(node.base, (Scripts, Entry, Line)) or (isinstance(node.base, Name) and node.base.below)
        base = f"{{{base}}}" if has_scripts else base
        above = "" if node.above is None else self.write(node.above)
        primes = len(above) - len(above.lstrip("'"))
        below = "" if node.below is None else f"_{{{self.write(node.below)}}}"
        raised = f"^{{{above[primes:].lstrip()}}}" if above[primes:] else ""
        return base + "'" * primes + (below + raised if _is(node.base, "∑∏") else raised + below)

    def underbrace(self, node: Underbrace) -> str:
        below = "" if node.below is None else f"_{{{self.write(node.below)}}}"
        return rf"\underbrace{{{self.write(node.inside)}}}{below}"

    def fence(self, node: Fence) -> str:
        left, right = (COMMANDS.get(one, one) for one in (node.left, node.right))
        space = " " if left.startswith("\\") else ""
        return rf"\left{left}{space}{self.write(node.inside)}{space}\right{right}"

    def grid(self, node: Grid) -> str:
        """Rows of numbers are short and stand on one line of the source, other rows on lines of their own."""
        rows = [" & ".join(self.each(row)) for row in node.rows]
        short = len(rows) == 1 or all(_is_number(cell) for row in node.rows for cell in row)
        between = " " if short else "\n"
        body = f" \\\\{between}".join(rows)
        return rf"\begin{{bmatrix}}{between}{body}{between}\end{{bmatrix}}"

    def coloured(self, node: Coloured) -> str:
        return r"\zero" if node == ZERO else rf"{{\color{{{node.color}}}{self.write(node.inside)}}}"

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


def flattened(node: Line) -> Iterator[Node]:
    """The parts of a line and of the lines in it."""
    for part in node.parts:
        yield from flattened(part) if isinstance(part, Line) else (part,)


def _is_number(node: Node) -> bool:
    return isinstance(node, (Number, Numeral)) or (isinstance(node, Negative) and _is_number(node.term))


def _is(node: Node | None, signs: str) -> bool:
    return isinstance(node, Sign) and node.text in signs


WRITER = LatexWriter()


def latex_of(node: Node) -> str:
    """The tree in LaTeX."""
    return WRITER.write(node)


def cells_of(cells: Sequence[Node], writer: LatexWriter = WRITER) -> str:
    """A line of columns, with & between them."""
    text, *rest = map(writer.write, cells) if cells else ("",)
    for cell in rest:
        after_empty = text.endswith("&")
        space = " " if cell and (after_empty or cell[0].isalpha()) else ""
        text += ("&" if after_empty else " &") + space + cell
    return text.strip()


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
    def _nodes(self) -> TensorNodes:
        return TensorNodes(self.notation, self.names, self.numbered)

    def __call__(self, label: str) -> str:
        """A tensor by its name, or an entry by its label."""
        return in_latex(self.node(label))

    def node(self, label: str) -> Name:
        """The same as a part of a tree."""
        return self._nodes(label)

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
