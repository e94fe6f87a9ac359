"""Plain text of the tree of mathematics: what one types, and what ``check`` reads."""

from __future__ import annotations

from symconv.printing.tree import (
    Bound,
    Call,
    Entry,
    Name,
    Negative,
    Node,
    Number,
    Operator,
    Partial,
    Power,
    Product,
    Quotient,
    Root,
    Summation,
    TreeWriter,
)


class PlainWriter(TreeWriter):
    """The tree in ASCII: h[i] = sum(k, w[k]*X[s*i + d*k - p])."""

    def name(self, node: Name) -> str:
        return node.source or node.letters

    def number(self, node: Number) -> str:
        return str(node.value)

    def operator(self, node: Operator) -> str:
        return node.letters + "'" * node.primes

    def product(self, node: Product) -> str:
        return "*".join(self.each(node.factors))

    def negative(self, node: Negative) -> str:
        return f"-{self.write(node.term)}"

    def power(self, node: Power) -> str:
        return f"{self.write(node.base)}**{node.exponent}"

    def quotient(self, node: Quotient) -> str:
        """Of a derivative its name with all indices, dh_dX[i, j]; else the quotient."""
        above, below = node.above, node.below
        by = below.factors if isinstance(below, Product) else (below,)
        if isinstance(above, Partial) and all(isinstance(one, Partial) for one in by):
            parts = [one for one in (above, *by) if isinstance(one, Partial)]
            names = (one.of.name if isinstance(one.of, Entry) else one.of for one in parts)
            indices = [index for one in parts if isinstance(one.of, Entry) for index in one.of.indices]
            name = "_".join(f"{_sign(one)}{self.write(name)}" for one, name in zip(parts, names))
            return f"{name}[{', '.join(map(self.write, indices))}]" if indices else name
        return f"({self.write(above)})/({self.write(below)})"

    def root(self, node: Root) -> str:
        return f"sqrt({self.write(node.inside)})"

    def partial(self, node: Partial) -> str:
        return f"{_sign(node)}{self.write(node.of)}"

    def bound(self, node: Bound) -> str:
        name = self.write(node.name)
        ends = [] if node.low is None or node.high is None else self.each((node.low, node.high))
        return f"{name} = {'..'.join(ends)}" if ends else name

    def summation(self, node: Summation) -> str:
        return f"sum({', '.join([*map(self.bound, node.over), self.write(node.body)])})"

    def call(self, node: Call) -> str:
        return f"{self.write(node.function)}({self.write(node.argument)})"


def _sign(node: Partial) -> str:
    """d, or d2 of a second derivative."""
    return "d" if node.order == 1 else f"d{node.order}"


_WRITER = PlainWriter()


def text_of(node: Node) -> str:
    """The tree in plain text.

    >>> from symconv.printing.names import name_of
    >>> text_of(Summation((Bound(name_of("k")),), Product((Entry(Name("w"), (name_of("k"),)), Number(2)))))
    'sum(k, w[k]*2)'
    """
    return _WRITER.write(node)
