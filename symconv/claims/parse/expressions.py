"""Formulas in a claim: from their syntax tree to a numerator over a denominator.

Both are SymPy expressions in ``Sum``, ``Indexed`` and ``KroneckerDelta`` of the layer's tensors; the algebra reads
them as it reads every formula. Nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from lark import Token, Tree

from symconv.claims.interpret.limits import HIGHEST_POWER
from symconv.claims.parse.entries import Entries
from symconv.claims.parse.quotients import Quotient, where
from symconv.claims.parse.text import Node, chain_of, plain

ORDER = {"<=": 1, "<": 2, ">=": -1, ">": -2}
"""Signs of comparison: which side is larger, and whether by 1 at least (2)."""


class Expressions(Entries):
    """Reads sums, products, powers and conditions."""

    def _add(self, node: Node) -> Quotient:
        parts = []
        for kind, part in chain_of(node, ("add", "subtract")):
            value = self.read(part)
            parts.append(Quotient(-value.above, value.below) if kind == "subtract" else value)
        return Quotient.sum(parts)

    _subtract = _add

    def _positive(self, node: Node) -> Quotient:
        return self.read(node.children[0])

    def _negative(self, node: Node) -> Quotient:
        value = self.read(node.children[0])
        return Quotient(-value.above, value.below)

    def _times(self, node: Node) -> Quotient:
        parts = chain_of(node, ("times", "divided"))
        factors = []
        while parts:
            kind, part = parts.pop(0)
            if kind == "divided":
                factors.append(self.inverse(part))
            elif parts and parts[0][0] == "times" and parts[0][1].data == "parens" and self.is_tensor(part):
                name = plain(part.children[0])  # w(k) for w[k]
                factors.append(Quotient(self.tensor_entry(part, name, parts.pop(0)[1].children)))
            elif parts and parts[0][0] == "times" and (items := self.called(part, parts[0][1])) is not None:
                parts.pop(0)
                factors.append(Quotient(self.tensor_entry(part, plain(part.children[0].children[0]), items)))
            else:
                factors.append(self.read(part))
        return Quotient.product(factors)

    _divided = _times

    def _parens(self, node: Node) -> Quotient:
        if len(node.children) != 1:
            raise self.error(node, "a list cannot stand here", "write w[o, c, k] for an entry")
        return self.read(node.children[0])

    def _matrix(self, node: Node) -> Quotient:
        raise self.error(node, "a list or a matrix cannot stand in a formula", "write one formula for each entry")

    def _convolved(self, node: Node) -> Quotient:
        raise self.error(node, "conv stands between tensors", "write the sum, such as sum(k, w[k]*x[i + k])")

    def _powered(self, node: Node) -> Quotient:
        base, exponent = self.read(node.children[0]), sp.Integer(-1)
        if node.children[1].data == "number":
            exponent = self._number(node.children[1]).above
        if not 0 <= exponent <= HIGHEST_POWER:
            wrong = f"a power is a whole number from 0 to {HIGHEST_POWER}"
            raise self.error(node.children[1], wrong, "write it as a product")
        return Quotient(base.above ** int(exponent), base.below ** int(exponent))

    def _number(self, node: Node) -> Quotient:
        digits = str(node.children[0])
        if len(digits) > 18:
            raise self.error(node, f"a number of {len(digits)} digits", "use at most 18 digits")
        number = sp.Rational(digits)
        return Quotient(sp.Integer(number.p), sp.Integer(number.q))

    def _bracket(self, node: Node) -> Quotient:
        left, right = [self.whole(child) for child in node.children if isinstance(child, Tree)]
        return Quotient(sp.KroneckerDelta(left, right))

    def _holds(self, node: Node) -> Quotient:
        """1 where 0 <= e < n, else 0."""
        (comparison,) = [child for child in node.children if isinstance(child, Tree)]
        return Quotient(where(sp.S.One, self.comparisons(comparison)))

    def comparisons(self, node: Node) -> list[sp.Basic]:
        """What says that a chain of comparisons holds, each as something that is at least 0."""
        left, *rest = node.children
        found = []
        for sign, right in zip(rest[::2], rest[1::2]):
            difference = self.whole(right) - self.whole(left)
            least = ORDER[str(sign)]
            found.append(sp.Ge((-difference if least < 0 else difference) - (abs(least) - 1), 0, evaluate=False))
            left = right
        return found

    def cases(self, node: Node, arguments: Sequence[Node]) -> Quotient:
        """A Piecewise with one condition, as formulas are printed: (value, condition), (0, True)."""
        right = "write Piecewise((x[i], i >= 0), (0, True))"
        if len(arguments) != 2 or any(one.data != "case" for one in arguments):
            raise self.error(node, "it is not one value with its condition, and else 0", right)
        (value, condition), (other, always) = (one.children for one in arguments)
        if (
            self.read(other).above != 0
            or isinstance(condition.children[0], Token)
            or (not isinstance(always.children[0], Token))
        ):
            raise self.error(node, "it is not one value with its condition, and else 0", right)
        said = [fact for one in condition.children for fact in self.comparisons(one)]
        inner = self.read(value)
        return Quotient(where(inner.above, said), inner.below)


def is_infinite(node: Node, sign: int) -> bool:
    """Whether a limit is oo, or -oo for a ``sign`` of -1."""
    if sign < 0:
        return bool(node.data == "negative" and is_infinite(node.children[0], 1))
    if node.data == "positive":
        return is_infinite(node.children[0], sign)
    return bool(node.data == "infinity" or (node.data == "name" and str(node.children[0]) == "oo"))
