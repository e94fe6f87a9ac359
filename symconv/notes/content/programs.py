"""Lines of Python that make a subject of the notes again, for the notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import sympy as sp

import symconv
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks import Graph

PLAIN = (
    ast.Expression, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.Attribute, ast.BinOp,
    ast.UnaryOp, ast.Dict, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub,
)  # fmt: skip
"""What the text of a layer, network or step is made of; what has something else in it is not written as a program."""

FUNCTIONS = ("floor", "ceiling", "Max", "Min")
"""What sizes may use of SymPy."""


def definition(
    subject: Layer | Graph | Step, name: str, also: Iterable[str] = (), imports: Iterable[str] = ()
) -> str | None:
    """Imports, symbols, and ``name = ..``; None where the subject's own text is not a plain Python.

    Args:
        also: other names of ``symconv`` to import.
        imports: other imports, a line each.

    >>> from symconv import Conv
    >>> print(definition(Conv(sp.Symbol("n", integer=True, positive=True), 3), "conv", ["prove"]))
    from sympy import Symbol
    <BLANKLINE>
    from symconv import Conv, prove
    <BLANKLINE>
    n = Symbol("n", integer=True, positive=True)
    conv = Conv(n, 3)
    """
    try:
        tree = _Exact().visit(ast.parse(repr(subject), mode="eval"))
    except SyntaxError:
        return None
    if not all(isinstance(node, PLAIN) for node in ast.walk(tree)):
        return None
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"Fraction"})
    ours = sorted({one for one in names if one in symconv.__all__} | set(also), key=lambda one: (one.islower(), one))
    functions = [one for one in names if one in FUNCTIONS]
    letters = [one for one in names if one not in symconv.__all__ and one not in FUNCTIONS]
    known = symbols_of(subject)
    text = ast.unparse(tree)
    lines = ["from fractions import Fraction", ""] if any(map(_is_fraction, ast.walk(tree))) else []
    if letters or functions:
        lines += [f"from sympy import {', '.join([*(['Symbol'] if letters else []), *functions])}", ""]
    lines += [f"from symconv import {', '.join(ours)}", *imports, ""]
    lines += [f"{one} = {_symbol(known.get(one, sp.Symbol(one)))}" for one in letters]
    return "\n".join([*lines, f"{name} = {text}"])


class _Exact(ast.NodeTransformer):
    """Fractions of numbers, which Python would divide as floats."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        of_numbers = isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)
        if of_numbers and isinstance(node.op, ast.Div):
            return ast.Call(ast.Name("Fraction", ast.Load()), [node.left, node.right], [])
        return node


def _is_fraction(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "Fraction"


def symbols_of(subject: Layer | Graph | Step) -> Mapping[str, sp.Symbol]:
    """The symbols that a user gave it, by name."""
    if isinstance(subject, Layer):
        return {str(symbol.name): symbol for symbol in subject.writer.symbols.values()}
    if isinstance(subject, Step):
        rates = [
            sp.sympify(rate, strict=True) for rate in (subject.learning_rate, subject.momentum, subject.weight_decay)
        ]
        own = {symbol.name: symbol for rate in rates for symbol in rate.free_symbols}
        return {**symbols_of(subject.layer), **own}
    settings = [part.computation.setting for part in subject.parts]
    return {name: symbol for setting in settings for name, symbol in setting.writer.symbols.items()}


def _symbol(symbol: sp.Symbol) -> str:
    return str(sp.srepr(symbol)).replace("'", '"')
