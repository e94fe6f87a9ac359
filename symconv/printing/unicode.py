"""Unicode mathematics for terminals, from the tree of mathematics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from symconv.printing.greek import GREEK_LETTERS
from symconv.printing.tree import (
    Bound,
    Call,
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
    Root,
    Summation,
    TreeWriter,
)

_BELOW = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")) | {"−": "₋", "′": "′"}
_ABOVE = dict(zip("0123456789+-=()nT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵀ")) | {"−": "⁻"}
_LETTERS = {**GREEK_LETTERS, "ell": "ℓ"}


class UnicodeWriter(TreeWriter):
    """The tree in one line of Unicode: h[i] = ∑ₖ w[k] X[s·i + d·k − p]."""

    MINUS = "−"
    SIGNS: ClassVar[Mapping[str, str]] = {**TreeWriter.SIGNS, "<=": "≤", ">=": "≥"}

    def name(self, node: Name) -> str:
        above = _raised(f"({node.above})") if node.above else ""
        below = _lowered(",".join(node.below)) or "".join(f"_{part}" for part in node.below)
        return _LETTERS.get(node.letters, node.letters) + above + below + "′" * node.primes

    def number(self, node: Number) -> str:
        return str(node.value).replace("-", "−")

    def operator(self, node: Operator) -> str:
        return _LETTERS.get(node.letters, node.letters) + "′" * node.primes

    def product(self, node: Product) -> str:
        return ("·" if node.tight else " ").join(self.each(node.factors))

    def negative(self, node: Negative) -> str:
        return ("−" if node.tight else "− ") + self.write(node.term)

    def power(self, node: Power) -> str:
        base = self.write(node.base)
        apart = set("(⁽") & set(base) and not isinstance(node.base, Parentheses)
        return (f"({base})" if apart else base) + _raised(str(node.exponent))

    def quotient(self, node: Quotient) -> str:
        above, below = map(_in_brackets, self.each((node.above, node.below)))
        by_several = isinstance(node.above, Partial) and isinstance(node.below, Product)
        return f"{above}/({below})" if by_several else f"{above}/{below}"

    def root(self, node: Root) -> str:
        return f"√({self.write(node.inside)})"

    def partial(self, node: Partial) -> str:
        return f"∂{'' if node.order == 1 else _raised(str(node.order))}{self.write(node.of)}"

    def bound(self, node: Bound) -> str:
        name = self.write(node.name)
        ends = [] if node.low is None or node.high is None else self.each((node.low, node.high))
        return f"{name}={'..'.join(ends)}" if ends else name

    def summation(self, node: Summation) -> str:
        over = [self.bound(one) for one in node.over]
        below = _lowered(",".join(over)) or f"{{{', '.join(over)}}}"
        return f"∑{below} {self.write(node.body)}"

    def call(self, node: Call) -> str:
        argument = self.write(node.argument)
        return self.write(node.function) + (f" {argument}" if node.bare else f"({argument})")


def _in_brackets(text: str) -> str:
    return f"({text})" if re.search(r"[ ·/]", text) and "∂" not in text else text


def _lowered(text: str) -> str:
    """The text in small letters below the line; empty if one has no such sign."""
    if any(sign not in _BELOW and sign not in "," and sign not in _BELOW.values() for sign in text):
        return ""
    return "".join(_BELOW.get(sign, sign) for sign in text)


def _raised(text: str) -> str:
    return "".join(_ABOVE.get(sign, sign) for sign in text) if set(text) <= _ABOVE.keys() else f"^({text})"


_WRITER = UnicodeWriter()


def unicode(node: Node) -> str:
    """The tree in one line of Unicode.

    >>> from symconv.printing.names import name_of, tensor_name
    >>> from symconv.printing.tree import Entry
    >>> unicode(Product((Entry(tensor_name("w2"), (name_of("k1"),)), Entry(Name("delta"), (name_of("i'"),)))))
    'w⁽²⁾[k₁] δ[i′]'
    """
    return _WRITER.write(node)
