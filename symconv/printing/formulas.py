"""Formulas in SymPy as the tree of mathematics, as they are written: products stay products, sums stay nested.

Sums have their limits. Kronecker deltas are brackets [a = b], and pieces of 1 and 0 are brackets such as [0 <= r < s].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.core.relational import Equality, Relational

from symconv.algebra.forms import Delta
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.errors import FormulaError
from symconv.printing.greek import GREEK_LETTERS
from symconv.printing.latex import expression
from symconv.printing.mathematics import READING_ORDER, Style, delta, index
from symconv.printing.names import name_of
from symconv.printing.tree import (
    Added,
    Bound,
    Bracket,
    Name,
    Negative,
    Node,
    Number,
    Parentheses,
    Power,
    Product,
    Quotient,
    Relation,
    Summation,
)

READ_LAST = ("X", "x", "Y", "y", "F", "f")
"""Inputs, which stand behind weights in a product; the upstream gradient stands before them."""
INDICATORS = (sp.KroneckerDelta, sp.Piecewise)


def formula_tree(formula: Any) -> Node:
    """A SymPy expression of sums, products, entries, deltas and pieces.

    >>> from sympy import IndexedBase, KroneckerDelta, Sum, symbols
    >>> from symconv.printing.text import text_of
    >>> i, j, k, K = symbols("i j k K", integer=True)
    >>> w, x = IndexedBase("w"), IndexedBase("x")
    >>> text_of(formula_tree(Sum(w[k] * KroneckerDelta(j, i + k) * x[j], (k, 0, K - 1))))
    'sum(k = 0..K - 1, w[k]*x[j]*[j = i + k])'
    """
    return _tree(sp.sympify(formula, strict=True))


def size_tree(size: Any) -> Node:
    """A size or another parameter: a whole number or a SymPy expression."""
    return formula_tree(sp.Integer(size) if isinstance(size, int) else size)


def _tree(expr: sp.Basic) -> Node:
    polynomial = _polynomial(expr)
    if polynomial is not None:
        return index(polynomial)
    if isinstance(expr, sp.Indexed):
        return Style().entry(str(expr.base.label), [_tree(one) for one in expr.indices])
    if isinstance(expr, sp.Add):
        return _added(expr)
    if isinstance(expr, (sp.Mul, *INDICATORS)) and not _is_choice(expr):
        return _product(sp.Mul.make_args(expr))
    if isinstance(expr, sp.Sum):
        return _summation(expr, ())
    if isinstance(expr, sp.Piecewise):
        return _tree(_without_cases(expr))
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp > 0:
        return Power(_closed(_tree(expr.base)), int(expr.exp))
    return _as_sympy_has_it(expr)


def _polynomial(expr: sp.Basic) -> Polynomial | None:
    """An index, a size or a number."""
    if expr.has(sp.Indexed, sp.Sum, sp.floor, sp.ceiling, sp.Max, sp.Min, *INDICATORS):
        return None
    try:
        polynomial = Reader().polynomial(expr)
    except FormulaError:
        return None
    return polynomial if all(coefficient == int(coefficient) for _, coefficient in polynomial.terms) else None


def _added(expr: sp.Add) -> Node:
    content, whole = expr.as_content_primitive()
    if content.q != 1:
        return Quotient(_tree(whole * content.p), Number(int(content.q)))
    terms: list[Node] = []
    for term in sorted(expr.args, key=_order_of_terms):
        is_minus = term.could_extract_minus_sign()
        node = _tree(-term if is_minus else term)
        node = Parentheses(node) if is_minus and isinstance(node, Added) else node
        terms.append(Negative(node) if is_minus else node)
    return Added(tuple(terms))


def _order_of_terms(term: sp.Basic) -> tuple[Any, ...]:
    return (term.has(sp.Sum), term.could_extract_minus_sign(), term.has(*INDICATORS), len(str(term)), str(term))


# -- products ------------------------------------------------------------------------------------------


def _product(factors: Sequence[sp.Basic], inside: tuple[Node, ...] = ()) -> Node:
    """Numbers, sizes, entries, brackets and then a sum, which the brackets join; ``inside`` are more brackets."""
    number = sp.Mul(*(one for one in factors if one.is_Rational))
    plain: list[sp.Basic] = []
    sums: list[sp.Sum] = []
    brackets = [*inside]
    for one in factors:
        if isinstance(one, INDICATORS):
            weights, conditions = _indicator(one)
            plain += weights
            brackets += conditions
        elif not one.is_Rational:
            (sums if isinstance(one, sp.Sum) else plain).append(one)
    sums.sort(key=str)
    nodes = [_closed(_tree(one)) for one in [*sorted(plain, key=_reading_order), *sums[:-1]]]
    nodes += [_summation(sums[-1], tuple(brackets))] if sums else brackets
    return _scaled(number, nodes)


def _scaled(number: sp.Rational, nodes: Sequence[Node]) -> Node:
    size, below = abs(int(number.p)), int(number.q)
    written = list(nodes)
    if size != 1 or not written:
        written.insert(0, Number(size))
    node = written[0] if len(written) == 1 else Product(tuple(written))
    if below != 1:
        inside = node.inside if isinstance(node, Parentheses) else node
        node = Quotient(inside, Number(below))
    return Negative(node) if number < 0 else node


def _reading_order(factor: sp.Basic) -> tuple[Any, ...]:
    """Sizes, the upstream gradient, what is there once a channel, weights, and what is read."""
    names = {str(base.label) for base in factor.atoms(sp.IndexedBase)}
    is_read = bool(names.intersection(READ_LAST))
    if not isinstance(factor, sp.Indexed):
        inside = factor.has(sp.Indexed, *INDICATORS)
        return (0 if not inside else 5 if is_read else 3, str(factor))
    name = str(factor.base.label)
    if is_read:
        return (4, READ_LAST.index(name))
    return (1 if name in GREEK_LETTERS else 2, name != "delta", name)


def _closed(node: Node) -> Node:
    """A factor, in parentheses if it is a sum."""
    return Parentheses(node) if isinstance(node, (Added, Summation, Negative)) else node


def _summation(expr: sp.Sum, brackets: tuple[Node, ...]) -> Node:
    """A sum, the outermost index first; brackets from outside join the product."""
    bounds = []
    for name, low, high in reversed(expr.limits):
        if low == -sp.oo or high == sp.oo:
            bounds.append(Bound(name_of(str(name))))
        else:
            bounds.append(Bound(name_of(str(name)), _tree(low), _tree(high)))
    body = _product(sp.Mul.make_args(expr.function), brackets)
    return Summation(tuple(bounds), Parentheses(body) if isinstance(body, (Added, Negative)) else body)


# -- brackets ------------------------------------------------------------------------------------------


def _is_choice(expr: sp.Basic) -> bool:
    """Whether it is one of several expressions, and not just one or zero."""
    return isinstance(expr, sp.Piecewise) and (len(expr.args) != 2 or expr.args[1].expr != 0)


def _without_cases(expr: sp.Piecewise) -> sp.Expr:
    """The first of several expressions times a bracket, and the others where that is zero."""
    (first, condition), *others = expr.args
    holds = sp.Piecewise((1, condition), (0, True))
    other = sp.Piecewise((1, sp.Not(condition)), (0, True)) if isinstance(condition, Relational) else 1 - holds
    return first * holds + sp.Piecewise(*others) * other


def _indicator(expr: sp.Basic) -> tuple[list[sp.Basic], list[Node]]:
    """What stands before the brackets, and the brackets."""
    if isinstance(expr, sp.KroneckerDelta):
        return [], [_equal(*expr.args)]
    first, condition = expr.args[0]
    if _is_choice(expr):
        return [expr], []
    return ([] if first == 1 else [first]), _brackets(condition)


def _equal(one: sp.Expr, other: sp.Expr) -> Node:
    """[one = other], the shorter side on the left; if one is a number, an index by itself."""
    if one.is_number or other.is_number:
        return delta(Delta.zero(Reader().polynomial(one - other)))
    left, right = sorted((one, other), key=_order_of_sides)
    return Bracket(Relation((_tree(left), _tree(right)), ("=",)))


def _order_of_sides(side: sp.Expr) -> tuple[Any, ...]:
    return (len(sp.Add.make_args(side)), str(side)[0] not in READING_ORDER, len(str(side)), str(side))


def _brackets(condition: sp.Basic) -> list[Node]:
    """Relations that all hold, those about one thing in one bracket: [0 <= r < s]."""
    waiting = list(sp.And.make_args(condition))
    if not all(isinstance(one, Relational) and not isinstance(one, sp.Ne) for one in waiting):
        return [_as_sympy_has_it(condition)]
    written: list[Node] = []
    waiting.sort(key=lambda one: (isinstance(one, Equality), str(one)))
    while waiting:
        first = waiting.pop(0)
        if isinstance(first, Equality):
            written.append(_equal(first.lhs, first.rhs))
            continue
        low, high = _ends(first)
        chain, signs = [low, high], [_sign(first)]
        for other in list(waiting):
            if isinstance(other, Equality):
                continue
            under, over = _ends(other)
            if under == chain[-1] and not chain[-1].is_number:
                chain, signs = [*chain, over], [*signs, _sign(other)]
            elif over == chain[0] and not chain[0].is_number:
                chain, signs = [under, *chain], [_sign(other), *signs]
            else:
                continue
            waiting.remove(other)
        written.append(Bracket(Relation(tuple(map(_tree, chain)), tuple(signs))))
    return written


def _ends(relation: Any) -> tuple[sp.Expr, sp.Expr]:
    """What is less, and what is more."""
    return relation.lts, relation.gts


def _sign(relation: Relational) -> str:
    return "<" if relation.rel_op in ("<", ">") else "<="


def _as_sympy_has_it(expr: sp.Basic) -> Node:
    """Floors, maxima and other functions."""
    written = expr.replace(
        lambda part: isinstance(part, (sp.floor, sp.ceiling)),
        lambda part: part.func(sp.together(part.args[0]), evaluate=False),
    )
    return Name(str(written), macro=expression(written))
