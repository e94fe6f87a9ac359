"""Ends of sums: limits, sets, ranges, the largest or the smallest of several, quotients that are rounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sympy as sp
from lark import Tree

from symconv.claims.parse.expressions import Expressions, is_infinite
from symconv.claims.parse.text import Node

End = tuple[sp.Expr, Callable[[sp.Symbol], list[sp.Basic]]]
"""One end of a sum, and conditions on its index."""


class Ends(Expressions):
    """Reads ends of sums."""

    def bounds(self, node: Node | None, function: str) -> list[sp.Expr]:
        """One end of a sum: of max(a, b) below and min(a, b) above, each of a and b."""
        sign = -1 if function == "max" else 1
        if node is None or is_infinite(node, sign):
            return [sign * sp.oo]
        if node.data == "call" and re.sub(r"[\s(]", "", str(node.children[0])) == function:
            return [self.whole(one) for one in node.children[1:]]
        return [self.whole(node)]

    def exact(self, node: Node, ends: Sequence[sp.Expr], upper: bool) -> End:
        """The end of a sum that is without quotients, and the conditions that the others are: s i <= j of i <= j//s."""
        whole = [end for end in ends if not end.free_symbols & self.rounded.keys()]
        rounded = [self.rounded_end(node, end, upper) for end in ends if end not in whole]
        infinite = sp.oo if upper else -sp.oo

        def facts(index: sp.Symbol) -> list[sp.Basic]:
            differences = [end - index if upper else index - end for end in whole[1:]]
            return [sp.Ge(one, 0, evaluate=False) for one in (*differences, *(one(index) for one in rounded))]

        return (whole[0] if whole else infinite), facts

    def rounded_end(self, node: Node, end: sp.Expr, upper: bool) -> Callable[[sp.Expr], sp.Expr]:
        """What is at least 0 where an index is not beyond an end with one quotient that is rounded."""
        (name, *others) = end.free_symbols & self.rounded.keys()
        rest = sp.expand(end - name)
        if others or name in rest.free_symbols:
            raise self.error(node, "a quotient has a factor at the end of a sum", "write one quotient, as in j//s + 1")
        del self.rounded[name]
        value, up = self.quotients[name]
        slack = value.below - 1 if up == upper else sp.S.Zero
        sign = 1 if upper else -1
        return lambda index: sign * (value.above - value.below * (index - rest)) + slack

    def in_floors(self, end: sp.Expr) -> sp.Expr:
        """An end in which the quotients that are rounded are written out."""
        values = {}
        for name in end.free_symbols & self.rounded.keys():
            value, up = self.quotients[name]
            values[name] = (sp.ceiling if up else sp.floor)(value.above / value.below)
            del self.rounded[name]
        return end.xreplace(values)

    def ends(self, node: Node) -> tuple[Sequence[sp.Expr], Sequence[sp.Expr]]:
        """The first and the last number of a set, each as what it is the largest and the smallest of."""
        children = [child for child in node.children if isinstance(child, Tree)]
        if node.data == "whole_numbers":
            return [sp.Integer(0) if str(node.children[0]) in ("N", "ℕ") else -sp.oo], [sp.oo]
        if node.data == "listed":
            return self.bounds(children[0], "max"), self.bounds(children[-1], "min")
        if len(children) > 2:
            raise self.error(node, "a range with steps is not read", "write range(K), and multiply the index")
        lows = self.bounds(children[0], "max") if len(children) == 2 else [sp.Integer(0)]
        return lows, [high - 1 for high in self.bounds(children[-1], "min")]

    def loop(self, node: Node, index: sp.Symbol) -> tuple[sp.Expr, sp.Expr, list[sp.Basic]]:
        """The ends of a loop, and conditions on its index."""
        lows, highs = self.ends(node)
        (low, more), (high, facts) = self.exact(node, lows, False), self.exact(node, highs, True)
        return low, high, [*more(index), *facts(index)]
