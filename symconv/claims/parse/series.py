r"""Dots: in w_0 x_i + \dots + w_{K-1} x_{i+K-1} every index runs in equal steps from one end to the other."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symconv.claims.interpret.definitions import Entry
from symconv.claims.parse.arrays import Arrays
from symconv.claims.parse.quotients import Quotient
from symconv.claims.parse.text import Node

LIKELY = 7
"""A number of steps is taken as positive if it is so where every size is 7."""
MOST_WRITTEN = 200
"""Dots between labels stand for at most 200 products."""

WRITE = r"write the first, the second and the last product, as in w_0 x_i + w_1 x_{i+1} + \dots + w_{K-1} x_{i+K-1}"

Factor = tuple[str, tuple[sp.Expr, ...]]


class Series(Arrays):
    """Reads sums with dots."""

    def _add(self, node: Node) -> Quotient:
        parts: list[tuple[str, Node]] = []
        while node.data in ("add", "subtract", "dotted"):
            if node.data == "dotted":
                parts.append(("dotted", node))
                node = node.children[0]
            else:
                parts.append((str(node.data), node.children[1]))
                node = node.children[0]
        parts.append(("", node))
        parts.reverse()
        values = [Quotient(sp.S.Zero) if kind == "dotted" else self.read(part) for kind, part in parts]
        values = [Quotient(-v.above, v.below) if kind == "subtract" else v for v, (kind, _) in zip(values, parts)]
        if any(kind == "dotted" for kind, _ in parts):
            values = self.closed(parts, values)
        return Quotient.sum(values)

    _subtract = _add

    def _dotted(self, node: Node) -> Quotient:
        raise self.error(node, "nothing stands after the dots", WRITE)

    def closed(self, parts: Sequence[tuple[str, Node]], values: list[Quotient]) -> list[Quotient]:
        """The terms, with those on both sides of the dots as one sum."""
        at = next(place for place, (kind, _) in enumerate(parts) if kind == "dotted")
        node = parts[at][1]
        if at + 1 >= len(parts) or any(kind == "dotted" for kind, _ in parts[at + 1 :]):
            raise self.error(node, "dots have one product behind them", WRITE)
        last = self.factors(values[at + 1])
        used = [self.factors(value) for value in values[:at]]
        start = at
        while start and last is not None and (one := used[start - 1]) is not None and _alike(one, last):
            start -= 1
        terms = [one for one in used[start:at] if one is not None]
        if last is None or not terms:
            raise self.error(node, "the products beside the dots are not alike", WRITE)
        total = self.series(node, terms, last, values[at + 1])
        return [*values[:start], total, *values[at + 2 :]]

    def factors(self, value: Quotient) -> list[Factor] | None:
        """The entries in a product, with their indices; None if it has other factors than numbers."""
        found: list[Factor] = []
        for factor in sp.Mul.make_args(value.above):
            if isinstance(factor, sp.Indexed):
                found.append((str(factor.base.label), tuple(factor.indices)))
            elif isinstance(factor, sp.Symbol) and (entry := self.labels.get(factor.name)) and entry.index is not None:
                found.append((f"{entry.tensor} ", tuple(map(sp.Integer, entry.index))))
            elif not factor.is_number and not factor.is_Symbol:
                return None
        return sorted(found, key=lambda one: one[0]) or None

    def series(self, node: Node, terms: Sequence[list[Factor]], last: list[Factor], value: Quotient) -> Quotient:
        """The sum of the products from the first to the last."""
        first = [index for _, indices in terms[0] for index in indices]
        ends = [index for _, indices in last for index in indices]
        whole = [sp.expand(b - a) for a, b in zip(first, ends)]
        steps = self.steps(node, terms, first, whole)
        count = next((sp.expand(span / step) for span, step in zip(whole, steps) if step in (1, -1)), None)
        if count is None or any(sp.expand(step * count - span) != 0 for span, step in zip(whole, steps)):
            raise self.error(node, "the indices beside the dots do not run in equal steps", WRITE)
        at = sp.Symbol(self.fresh(), integer=True)
        moving = [sp.expand(a + step * at) for a, step in zip(first, steps)]
        if last[0][0].endswith(" "):
            return self.written_out(node, last, moving, at, count, value)
        rest = iter(moving)
        accesses = [
            self.layer.writer.access(self.names.tensors[name], tuple(next(rest) for _ in indices))
            for name, indices in last
        ]
        others = [one for one in sp.Mul.make_args(value.above) if not isinstance(one, sp.Indexed)]
        return Quotient(sp.Sum(sp.Mul(*others, *accesses), (at, 0, count)), value.below)

    def steps(
        self, node: Node, terms: Sequence[list[Factor]], first: Sequence[sp.Expr], whole: Sequence[sp.Expr]
    ) -> list[sp.Expr]:
        """By how much every index grows from one product to the next."""
        rows = [[index for _, indices in term for index in indices] for term in terms]
        if len(rows) > 1:
            steps = [sp.expand(b - a) for a, b in zip(rows[0], rows[1])]
            for number, row in enumerate(rows):
                if any(sp.expand(a + number * step - index) != 0 for a, step, index in zip(first, steps, row)):
                    raise self.error(node, "the indices in front of the dots do not run in equal steps", WRITE)
            return steps
        for span in whole:
            if span == 0:
                continue
            likely = span.subs(dict.fromkeys(span.free_symbols, LIKELY))
            count = span if likely >= 0 else -span
            steps = [sp.cancel(one / count) for one in whole]
            if all(sp.fraction(step)[1] == 1 for step in steps):
                return [sp.expand(step) for step in steps]
        raise self.error(node, "the indices beside the dots do not run in equal steps", WRITE)

    def written_out(
        self, node: Node, last: Sequence[Factor], moving: Sequence[sp.Expr], at: sp.Symbol, count: sp.Expr,
        value: Quotient,
    ) -> Quotient:  # fmt: skip
        """The sum of products of labels, one by one."""
        if not count.is_Integer or not 0 <= count <= MOST_WRITTEN:
            raise self.error(node, f"the dots stand for {count} products", f"write at most {MOST_WRITTEN}")
        numbers = [one for one in sp.Mul.make_args(value.above) if one.is_number]
        products = []
        for number in range(int(count) + 1):
            rest = iter([int(index.subs(at, number)) for index in moving])
            entries = [self.names.entry_at(name.strip(), tuple(next(rest) for _ in indices)) for name, indices in last]
            products.append(sp.Mul(*numbers, *map(self.noted, map(self._inside, entries))))
        return Quotient(sp.Add(*products), value.below)

    def _inside(self, entry: Entry) -> Entry:
        return self.names.label(entry.label) or entry


def _alike(one: Sequence[Factor], other: Sequence[Factor]) -> bool:
    """Whether two products are of entries of the same tensors, each once."""
    names = [name for name, _ in one]
    return names == [name for name, _ in other] and len(set(names)) == len(names)
