"""A user's own formula from text, in the grammar of claims: y[i] = sum(k, w[k]*x[i + k]). Nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy as sp
from lark import Tree

from symconv.algebra.forms import Tensor
from symconv.claims.parse.text import Node, chain_of, nodes_of, plain
from symconv.claims.parse.written import Written, single
from symconv.claims.subjects.reading import Known, SubjectNames, SubjectReading
from symconv.derivatives.statements import DerivativeReport, stated
from symconv.errors import ClaimError, FormulaError, shown
from symconv.formulas.differentiate import differentiate, named
from symconv.formulas.own import OwnFormula, own_formula, read_shapes
from symconv.geometry.axes import axes_of
from symconv.geometry.symbols import Setting
from symconv.networks.activations import KNOWN
from symconv.networks.functions import Function, pointwise
from symconv.printing.notation import Notation

KRONECKER = "delta"
"""With two indices it is Kronecker's, if the formula has no other use for it."""


PRINTED = re.compile(r"\s*(d\d*[A-Za-z]\w*_d\w+)\s*(?:\[([\w\s,']*)\])?\s*=(?!=)")
"""The left side of a derivative as it is printed, d2y_dw_dx[i, k, j] = .."""


def formula_of(
    text: str, shapes: Mapping[str, Sequence[Any]] | None = None, scalars: Collection[str] = ()
) -> OwnFormula:
    """The formula that a text writes.

    Args:
        text: a formula, in plain text or LaTeX, with its entry on the left side or without one.
        shapes: of its tensors, by name: numbers or names of sizes.
        scalars: names without indices that are tensors, and not sizes.

    Raises:
        ClaimError: it cannot be read; the message has the place.
        FormulaError: it is outside the language of formulas.

    >>> formula_of("L = sum(i, h[i]^3)/2").text()
    'L = sum(i, 1/2*h[i]**3)'
    """
    shapes = read_shapes(shapes)
    printed = PRINTED.match(text)
    text = text[printed.end() :] if printed else text
    written = single(text)
    written = replace(written, right=_with_powers(written.right))
    ranks = _ranks(written, shapes)
    ranks |= {one: 0 for one in scalars if one not in ranks and one in _names(written.right)}
    name, letters = _as_printed(printed) if printed else _left(written)
    if name in ranks:
        raise ClaimError(text, f"{name} stands on both sides", "name what is computed otherwise")
    bound = set(_bound(written.right))
    others = _names(written.right) - bound - {*letters, *ranks}
    _require_bound(written, others - {str(size) for shape in shapes.values() for size in shape})
    setting = Setting(Notation())
    for one in sorted(others):
        setting.table.reader.symbol(sp.Symbol(one, integer=True))
    tensors = {tensor: Tensor(tensor, rank, None, ()) for tensor, rank in ranks.items()}
    names = SubjectNames(Known(setting, tensors, {one: () for one in tensors}, {}, {}, function=_function))
    reading = SubjectReading(names, text)
    reading.by_index = True
    value = reading.read(written.right)
    if not sp.sympify(value.below, strict=True).is_Rational:
        raise ClaimError(text, f"it divides by {value.below}", "divide by numbers, or name 1 over it as a tensor")
    right = sp.expand_mul(value.above / value.below, deep=False)
    symbols = [sp.Symbol(letter, integer=True) for letter in letters]
    left = sp.IndexedBase(name)[tuple(symbols)] if symbols else sp.Symbol(name)
    return own_formula(sp.Eq(left, right, evaluate=False), shapes, names.tensors)


def _require_bound(written: Written, others: set[str]) -> None:
    """A letter that is a whole index is summed over, or stands on the left side; a name before a bracket is known."""
    for node in nodes_of(written.right):
        if node.data in ("access", "entry"):
            for one in (_letter(item) for item in _entry(node)[1]):
                if one in others:
                    wrong = f"no sum binds {one}, and the left side does not have it"
                    raise ClaimError(written.whole, wrong, f"write a sum over it, sum({one}, ..), or y[{one}] = ..")
        if node.data in ("times", "divided"):
            parts = [part for _, part in chain_of(node, ("times", "divided"))]
            for before, after in pairwise(parts):
                name = _letter(before)
                if _is_bracketed(after) and len(name) > 1 and name.isalpha() and name in others:
                    right = f"use {', '.join(KNOWN)}, or write {name}*(..)"
                    raise ClaimError(written.whole, f"{name} is not a function that formulas have", right)


def _is_bracketed(node: Node) -> bool:
    """(..), or a power of it."""
    return _is(node, "parens") or (_is(node, "powered") and _is(node.children[0], "parens"))


def _with_powers(node: Node) -> Node:
    """tanh(z)^2 as the power of tanh(z), where the grammar has it as tanh times a power."""
    if not isinstance(node, Tree):
        return node
    node = Tree(node.data, [_with_powers(child) for child in node.children], node.meta)
    if node.data != "times" or not (_is(node.children[1], "powered") and _is(node.children[1].children[0], "parens")):
        return node
    before, (parens, exponent) = node.children[0], node.children[1].children
    chained = before.data == "times"
    name = before.children[1] if chained else before
    if not (_is(name, "name") and plain(name.children[0]).rstrip("'") in KNOWN):
        return node
    power = Tree("powered", [Tree("times", [name, parens], node.meta), exponent], node.meta)
    return Tree("times", [before.children[0], power], node.meta) if chained else power


def _function(name: str, tensor: Tensor) -> Tensor | None:
    """f(z) of a known activation and its derivatives."""
    plain_name = name.rstrip("'")
    known = plain_name in KNOWN and tensor.rank
    return pointwise(Function(plain_name, len(name) - len(plain_name)), tensor) if known else None


def _as_printed(left: re.Match[str]) -> tuple[str, tuple[str, ...]]:
    """The name of a derivative and its letters."""
    letters = tuple(re.split(r"\s*,\s*", left[2].strip())) if left[2] else ()
    if not all(letters) or len(set(letters)) < len(letters):
        raise ClaimError(left[0], "its left side is not an entry with letters", "write dy_dw[i, k] = ..")
    return left[1], letters


def _left(written: Written) -> tuple[str, tuple[str, ...]]:
    """The name on the left side with its letters; f without one."""
    node = written.left
    if node is None:
        return "f", ()
    if node.data == "name":
        return plain(node.children[0]), ()
    name, items = _entry(node) if node.data in ("access", "entry") else ("", [])
    letters = tuple(map(_letter, items))
    if not name or not all(letters) or len(set(letters)) < len(letters):
        raise ClaimError(written.whole, "its left side is not an entry with letters", "write y[i] = ..")
    return name, letters


def _letter(node: Node) -> str:
    return plain(node.children[0]) if node.data == "name" else ""


def _entry(node: Node) -> tuple[str, list[Node]]:
    """The tensor and the indices of an entry; letters that run together in a subscript are one index each."""
    head = node.children[0]
    if node.data == "access":
        return plain(head), list(node.children[1:])
    return plain(head.children[0]), [part for item in node.children[1].children for part in _parted(item)]


def _parted(item: Node) -> list[Node]:
    """i and j of x_{ij} and x_{i j}."""
    if item.data == "times":
        parts = [part for _, part in chain_of(item, ("times",))]
        return parts if all(part.data == "name" for part in parts) else [item]
    letters = plain(item.children[0]) if item.data == "name" else ""
    return [Tree("name", [one]) for one in letters] if letters.isalpha() and len(letters) > 1 else [item]


def _ranks(written: Written, shapes: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """The tensors of the right side with their numbers of indices."""
    found: dict[str, int] = {}
    for node in nodes_of(written.right):
        if node.data not in ("access", "entry"):
            continue
        name, items = _entry(node)
        if name == KRONECKER and len(items) == 2 and name not in shapes:
            continue
        if found.setdefault(name, len(items)) != len(items):
            wrong = f"{name} has {found[name]} indices in one place and {len(items)} in another"
            raise ClaimError(written.whole, wrong, "use one name for each tensor")
    return {**found, **{name: 0 for name, shape in shapes.items() if shape == ()}}


def _names(node: Node) -> set[str]:
    """Every name in a formula but those of tensors, letters that run together in an entry one by one."""
    found: set[str] = set()
    for one in nodes_of(node, lambda inner: inner.data in ("access", "entry")):
        found |= {plain(one.children[0])} if one.data == "name" else set()
    for one in nodes_of(node):
        if one.data in ("access", "entry"):
            found = found.union(*(_names(item) for item in _entry(one)[1]))
    return found


def _bound(right: Node) -> Iterator[str]:
    """The names that sums bind, and those of functions."""
    for node in nodes_of(right):
        if node.data in ("limit", "member", "range") and node.children[0].data == "name":
            yield plain(node.children[0].children[0])
        elif node.data == "limits":
            yield from (plain(one.children[0]) for one in node.children if one.data == "name")
        elif node.data == "call":
            yield from (plain(one.children[0]) for one in node.children[1:-1] if _is(one, "name"))
        elif node.data == "times":
            yield from (
                plain(part.children[0]) for _, part in chain_of(node, ("times", "divided"))
                if _is(part, "name") and plain(part.children[0]).rstrip("'") in KNOWN
            )  # fmt: skip


def _is(node: Any, kind: str) -> bool:
    return isinstance(node, Tree) and node.data == kind


def differentiate_text(
    formula: str, by: Any, *more: Any, shapes: Mapping[str, Sequence[Any]] | None = None
) -> OwnFormula:
    """``differentiate`` for a formula that is text.

    >>> differentiate_text("y[i] = sum(k, w[k]*x[i + k])", "x[m]").text()
    'dy_dx[i, m] = w[m - i]'
    >>> differentiate_text("y = a*b^2", "b").text()
    'dy_db = 2*a*b'
    """
    scalars = [named(one)[0] for one in (by, *more)]
    found: OwnFormula = differentiate(formula_of(formula, shapes, scalars), by, *more)
    return found


def check_own(formula: OwnFormula, claim: str) -> DerivativeReport:
    """Whether a claimed formula, as text, is a user's own formula or its derivative: ``check(formula, claim)``.

    Args:
        formula: what is right, such as a derivative that ``differentiate`` found.
        claim: text with its entry on the left side, or a right side in the letters of the formula.

    Raises:
        ClaimError: the claim cannot be read.
        FormulaError: it is about another tensor, or of another shape.

    >>> from symconv import check
    >>> slope = differentiate_text("y[i] = sum(k, w[k]^2*x[i + k])", "w")
    >>> check(slope, "2*w[k]*x[i + k]").holds, check(slope, "dy_dw[a, b] = w[b]*x[a + b]").holds
    (True, False)
    """
    if not isinstance(claim, str):
        raise ClaimError(shown(claim), "not text", f"write {formula.text()}")
    name, written = str(formula.quantity), formula.geometry.writer.polynomial
    if not PRINTED.match(claim) and single(claim).left is None:
        letters = ", ".join(axis.letter for axis in formula.axes)
        claim = f"{name}[{letters}] = {claim}" if letters else f"{name} = {claim}"
    shapes: dict[str, Sequence[Any]] = {
        tensor: tuple(written(axis.size) for axis in axes_of(layout)) for tensor, layout in formula.layouts.items()
    }
    own = {tensor: shape for tensor, shape in shapes.items() if re.search(rf"\b{tensor}(?:[\[_(]|\b(?!\w))", claim)}
    own[name] = tuple(written(axis.size) for axis in formula.axes)
    if (printed := PRINTED.match(claim)) and printed[1] != name:
        raise FormulaError(claim, f"it is about {printed[1]}, not {name}", f"write {formula.text()}")
    claimed = formula_of(claim, own)
    if str(claimed.quantity) != name:
        raise FormulaError(claim, f"it is about {claimed.quantity}, not {name}", f"write {formula.text()}")
    return DerivativeReport(f"{name}, claimed", (stated("the claim", formula, claimed),))
