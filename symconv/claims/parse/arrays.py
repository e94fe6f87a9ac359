"""Formulas of NumPy: np.sum(w * x[i:i+K]), np.dot(w, x[i:i+K]), (w * x[i:i+K]).sum() and einsum("k,ik->i", w, P).

An array without an index, and a slice, have an axis each that is summed over. Slices of one product have one length.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symconv.claims.parse.entries import indices_of
from symconv.claims.parse.flat import entry_without_ones
from symconv.claims.parse.names import MADE
from symconv.claims.parse.quotients import Quotient
from symconv.claims.parse.sums import Sums
from symconv.claims.parse.text import Node, is_whole, plain

SUM_ALL = "write np.sum(w * x[i:i+K]) or sum(k, w[k]*x[i + k])"


class Arrays(Sums):
    """Reads sums of arrays."""

    def function(self, node: Node, name: str, arguments: Sequence[Node]) -> Quotient:
        if name in ("floor", "ceil", "ceiling") and len(arguments) == 1:
            value = self.read(arguments[0])
            return value if value.below == 1 else Quotient(self.rounded_index(value, name != "floor"))
        if name in ("sum", "mean") and len(arguments) == 1:
            return self.summed_up(node, arguments, is_mean=name == "mean")
        if name in ("dot", "inner") and len(arguments) == 2:
            return self.summed_up(node, arguments)
        raise self.error(node, f"{name} is not read with {len(arguments)} arguments", SUM_ALL)

    def _summed_up(self, node: Node) -> Quotient:
        """(w * x[i:i+K]).sum()."""
        if str(node.children[1]) not in ("sum", "mean"):
            raise self.error(node, f"the method {node.children[1]} is not read", SUM_ALL)
        return self.summed_up(node, node.children[:1], is_mean=str(node.children[1]) == "mean")

    def _dot(self, node: Node) -> Quotient:
        """w @ x[i:i+K]."""
        return self.summed_up(node, node.children)

    def summed_up(self, node: Node, factors: Sequence[Node], is_mean: bool = False) -> Quotient:
        """The sum of a product of arrays over all their axes, or the mean."""
        if self.axes is not None:
            raise self.error(node, "a sum of arrays stands in another", SUM_ALL)
        self.axes = []
        try:
            value = Quotient.product([self.read(factor) for factor in factors])
            axes = self.axes
        finally:
            self.axes = None
        if not axes:
            raise self.error(node, "there is no slice and no array to sum over", SUM_ALL)
        limits = [(name, 0, length - 1) for name, length in axes]
        count = sp.Mul(*(length for _, length in axes)) if is_mean else sp.S.One
        if not all(map(self.is_positive, sp.Mul.make_args(count))):
            raise self.error(node, "the slice may be empty", "use a slice of at least one element")
        return Quotient(sp.Sum(value.above, *reversed(limits)), value.below * count)

    def axis(self, node: Node | None, number: int, length: sp.Expr) -> sp.Symbol:
        """The index along the axis with that number; it has the same length in every array."""
        assert self.axes is not None
        if number < len(self.axes):
            name, known = self.axes[number]
            if sp.expand(known - length) != 0:
                raise self.error(node, f"it has {length} elements where another array has {known}", SUM_ALL)
            return name
        name = sp.Symbol(self.fresh() + MADE, integer=True)
        self.axes.append((name, length))
        return name

    def whole_array(self, node: Node, tensor: str) -> sp.Expr:
        """A tensor without an index, inside a sum of arrays."""
        return self.layer.writer.access(self.names.tensors[tensor], self.whole_indices(tensor, node))

    def whole_indices(self, tensor: str, node: Node | None = None) -> list[sp.Expr]:
        """The indices of a tensor along the axes of a sum of arrays."""
        shape = self.names.tensors[tensor].shape or ()
        return [self.axis(node, at, self.layer.writer.polynomial(size)) for at, size in enumerate(shape)]

    def slices(self, items: Sequence[Node], tensor: str) -> tuple[sp.Expr, ...]:
        """The indices of an access with slices."""
        shape = self.names.tensors[tensor].shape or ()
        if self.axes is None:
            raise self.error(next(one for one in items if one.data == "slice"), "a slice stands outside a sum", SUM_ALL)
        indices, number = [], 0
        for item, size in zip(items, shape):
            if item.data != "slice":
                indices.append(self.whole(item))
                continue
            start, step, length = self.slice_of(item, self.layer.writer.polynomial(size))
            indices.append(start + step * self.axis(item, number, length))
            number += 1
        for size in shape[len(items) :]:  # w[o] is w[o, :, :]
            indices.append(self.axis(items[0], number, self.layer.writer.polynomial(size)))
            number += 1
        return tuple(indices)

    def slice_of(self, node: Node, size: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        """The start, the step and the length of a slice."""
        low, high, *steps = (None if one.data == "nothing" else one for one in node.children)
        step = self.whole(steps[0]) if steps and steps[0] is not None else sp.Integer(1)
        if step == -1 and low is None and high is None:
            return size - 1, step, size
        start = sp.Integer(0) if low is None else self.whole(low)
        stop = size if high is None else self.whole(high)
        if high is not None and high.data == "negative" and is_whole(high.children[0]):
            stop = size + stop
        if step.is_number and step < 1:
            raise self.error(node, "a slice with that step is not read", "use a positive step, or [::-1]")
        span = sp.expand(stop - start)
        for length in (span / step, (span - 1) / step + 1):
            quotient = sp.cancel(length)
            if sp.fraction(quotient)[1] == 1:
                return start, step, sp.expand(quotient)
        raise self.error(node, f"{span} elements in steps of {step} have no length that is a formula", SUM_ALL)

    def _einsum(self, node: Node) -> Quotient:
        """einsum("k,ik->i", w, P): the letters after the arrow are indices of the entry, the others are summed over."""
        _, subscripts, *operands = node.children
        given, _, kept = str(subscripts).replace(" ", "").partition("->")
        letters = given.split(",")
        right = 'write einsum("k,ik->i", w, P)'
        if len(letters) != len(operands) or not all(one.isalpha() for one in letters):
            raise self.error(node, f"it has {len(operands)} arrays and {len(letters)} lists of letters", right)
        self.kept = self.kept or self.ordered or tuple(kept)
        if kept and len(kept) != len(self.kept):
            raise self.error(node, f"its entries have {indices_of(len(kept))}, not {len(self.kept)}", right)
        own = dict(zip(kept, self.kept))
        factors = []
        for operand, names in zip(operands, letters):
            tensor = self.names.known.get(plain(operand.children[0])) if operand.data == "name" else None
            if tensor is None:
                raise self.unknown(operand, plain(operand.children[0]) if operand.data == "name" else "that")
            indices = [sp.Symbol(own.get(letter, letter), integer=True) for letter in names]
            if (only := entry_without_ones(self.names, tensor, indices, self.fresh)) is not None:
                self.readings.setdefault(f"{tensor} is read without the axes that have one element")
                factors.append(only)
                continue
            if self.names.tensors[tensor].rank != len(names):
                wrong = f"{tensor} has {indices_of(self.names.tensors[tensor].rank)}, not {len(names)}"
                raise self.error(operand, wrong, f"write {self.names.example(tensor)}")
            factors.append(self.layer.writer.access(self.names.tensors[tensor], indices))
        if not set(kept) <= set(given):
            raise self.error(node, f"{kept} is not in front of the arrow", right)
        if not self.ordered:
            self.free.update(dict.fromkeys(self.kept))
        summed = [letter for letter in dict.fromkeys(given) if letter.isalpha() and letter not in kept]
        limits = [(sp.Symbol(letter, integer=True), -sp.oo, sp.oo) for letter in summed]
        return Quotient(sp.Sum(sp.Mul(*factors), *limits) if limits else sp.Mul(*factors))
