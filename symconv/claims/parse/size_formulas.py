"""Formulas of sizes, m = floor((n + 2p - K)/s) + 1: from text to SymPy, and their numbers at given sizes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import ceil, floor
from typing import Any, Protocol

import sympy as sp
from lark import Lark
from lark.exceptions import UnexpectedInput

from symconv.claims.parse.size_names import may_be_a_size
from symconv.errors import ClaimError, SymconvError

LONGEST = 1_000
"""A claim about sizes has at most 1,000 characters."""
ENTRY = re.compile(r"[A-Za-z0-9'}](?<!\\left)\[(?!\d)")
"""What an entry of a tensor begins with; sizes have numbers in brackets, as in stride[0]."""
HIGHEST = 6
"""Powers in it are whole numbers up to this."""


@cache
def _parser() -> Lark:
    grammar = files("symconv.claims.parse").joinpath("sizes.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic")


@cache
def _pattern(terminal: str) -> re.Pattern[str]:
    return re.compile(_parser().get_terminal(terminal).pattern.to_regexp())


def may_be_likely(text: str) -> bool:
    """Whether the first name is one of a size, without which no claim about sizes is likely."""
    left, equals, _ = text.partition("=")
    name = _pattern("NAME").search(_pattern("SPACE").sub(" ", left)) if equals else None
    return name is not None and may_be_a_size(name[0])


def size_tree(text: str) -> Any | None:
    """The syntax tree of a claim about sizes; None if it is not one, as h[i] = 7, which is about an entry."""
    if len(text) > LONGEST or ENTRY.search(text):
        return None
    text = re.sub(r"\\\\\s*&?\s*(?==)", " ", text)
    try:
        return _parser().parse(text.strip().rstrip(".,;"))
    except UnexpectedInput:
        return None


class Meanings(Protocol):
    """What names of sizes mean."""

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None: ...


def sides_of(names: Meanings, tree: Any) -> list[sp.Expr] | None:
    """The sides of equations of sizes; None if a name in them is not one."""
    reader = Sides(names, tree)
    return None if reader.unknown else reader.sides


class Sides:
    """The sides of a claim, read on an axis if one is given; ``unknown`` are names that are not sizes."""

    def __init__(self, names: Meanings, tree: Any, axis: int | None = None) -> None:
        self.names, self.axis = names, axis
        self.named: dict[str, sp.Expr] = {}
        self.unknown: list[str] = []
        self.sides = [self.read(side) for side in tree.children]

    @property
    def names_used(self) -> tuple[str, ...]:
        return (*self.named, *self.unknown)

    def read(self, node: Any) -> sp.Expr:
        value: sp.Expr = getattr(self, f"_{node.data}")(*node.children)
        return value

    def _name(self, token: Any) -> sp.Expr:
        found = self.names.meaning(str(token), self.axis)
        if found is None:
            return self._split(str(token))
        size, axis = found
        self.named.setdefault(str(token), size)
        self.axis = axis if self.axis is None else self.axis
        return size

    def _split(self, name: str) -> sp.Expr:
        """sK as s K."""
        apart = name.isalpha() and len(set(name)) == len(name) < 4
        parts = [self.names.meaning(letter, self.axis) for letter in name] if apart else []
        if len(parts) > 1 and all(part is not None for part in parts):
            self.named.update({letter: part[0] for letter, part in zip(name, parts) if part is not None})
            return sp.Mul(*(part[0] for part in parts if part is not None))
        self.unknown.append(name)
        return sp.S.Zero

    def _number(self, token: Any) -> sp.Expr:
        return sp.Integer(str(token)[:18])

    def _negative(self, inner: Any) -> sp.Expr:
        return -self.read(inner)

    def _added(self, one: Any, other: Any) -> sp.Expr:
        return self.read(one) + self.read(other)

    def _subtracted(self, one: Any, other: Any) -> sp.Expr:
        return self.read(one) - self.read(other)

    def _times(self, one: Any, other: Any) -> sp.Expr:
        return self.read(one) * self.read(other)

    def _divided(self, one: Any, other: Any) -> sp.Expr:
        above, below = self.read(one), self.read(other)
        if self.unknown:
            return sp.S.Zero
        if below == 0:
            raise ClaimError(
                "a quotient of sizes", "it divides by what is 0 in this layer", "divide by sizes that are at least 1"
            )
        return above / below

    def _floored(self, one: Any, other: Any) -> sp.Expr:
        return sp.floor(self._divided(one, other))

    def _powered(self, one: Any, other: Any) -> sp.Expr:
        exponent = self.read(other)
        if not exponent.is_Integer or not 0 <= exponent <= HIGHEST:
            raise ClaimError(str(exponent), f"a power is a whole number from 0 to {HIGHEST}", "write a product")
        return self.read(one) ** exponent

    def _floor(self, inner: Any) -> sp.Expr:
        return sp.floor(self.read(inner))

    def _ceiling(self, inner: Any) -> sp.Expr:
        return sp.ceiling(self.read(inner))

    def _call(self, token: Any, *given: Any) -> sp.Expr:
        name = str(token).lower()
        values = [self.read(one) for one in given]
        if "max" in name or "min" in name:
            return (sp.Max if "max" in name else sp.Min)(*values)
        if len(values) != 1:
            raise ClaimError(str(token), "it has one argument", "write floor((n - K)/s)")
        if "float" in name:
            return values[0]
        return sp.ceiling(values[0]) if "ceil" in name else sp.floor(values[0])


def with_floors(size: sp.Expr) -> sp.Expr:
    """The size with ceilings as floors: ceil(a/b) is floor((a + b - 1)/b)."""

    def changed(one: sp.ceiling) -> sp.Expr:
        above, below = sp.fraction(sp.together(one.args[0]))
        return sp.floor((above + below - 1) / below)

    return sp.sympify(size, strict=True).replace(lambda one: isinstance(one, sp.ceiling), changed)


def at(size: Any, values: Mapping[str, int]) -> Fraction:
    """The number that an expression of sizes is, exactly."""
    if isinstance(size, sp.Rational):
        return Fraction(int(size.p), int(size.q))
    if isinstance(size, sp.Symbol):
        return Fraction(values[size.name])
    parts = [at(one, values) for one in size.args]
    if isinstance(size, sp.Add):
        return sum(parts, Fraction(0))
    if isinstance(size, sp.Mul):
        result = Fraction(1)
        for part in parts:
            result *= part
        return result
    if isinstance(size, sp.Pow):
        if parts[0] == 0 and parts[1] < 0:
            raise SymconvError(str(size), "a size that is 0 is divided by", "divide by sizes that are at least 1")
        return parts[0] ** int(parts[1])
    if isinstance(size, (sp.floor, sp.ceiling)):
        return Fraction(floor(parts[0]) if isinstance(size, sp.floor) else ceil(parts[0]))
    if isinstance(size, (sp.Max, sp.Min)):
        return max(parts) if isinstance(size, sp.Max) else min(parts)
    raise SymconvError(str(size), "not an expression of sizes", "write sizes, +, -, *, / and floor")
