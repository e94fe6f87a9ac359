"""MatMul: the matrix product of two tensors of a network, as attention multiplies queries with keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symconv.algebra.polynomial import ONE
from symconv.errors import GeometryError
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.networks.arguments import same
from symconv.networks.joins import Join, JoinPart
from symconv.networks.signals import Dimension, PartSetting, Signal
from symconv.printing.notation import Notation


@dataclass(frozen=True)
class MatMul(Join):
    """The matrix product of two tensors along their last two axes, as PyTorch's matmul of tensors with a batch.

    z[.., i, j] = sum over k of x[.., i, k] y[.., k, j]; the gradient of x is that of z times y transposed, and the
    gradient of y is x transposed times that of z. The axes before are examples and heads; one of size 1 is repeated if
    the other tensor has more.

    Raises:
        GeometryError: within a network, there are not two inputs, they have fewer than two axes or different numbers of
            axes, or their shapes do not go together.

    >>> from symconv import Graph
    >>> net = Graph({"out": (MatMul(), "x_a", "x_b")}, input_shape={"x_a": (2, 3), "x_b": (3, 4)})
    >>> net.forward["a1"].formula.rhs
    Sum(x_a[c, j']*x_b[j', j], (j', 0, 2))
    """

    def reach(self, asked: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
        return whole

    def join(self, signals: Sequence[Signal], names: Notation) -> JoinPart:
        shapes = [signal.spelled_shape for signal in signals]
        given = f"inputs of shapes {' and '.join(map(str, shapes))} for {self!r}"
        if len(signals) != 2:
            raise GeometryError(given, "it multiplies two", "name two inputs")
        if len(shapes[0]) != len(shapes[1]) or min(len(signal.features) for signal in signals) < 2:
            wrong = "they do not both have the same number of axes, two or more"
            raise GeometryError(given, wrong, "use shapes such as (2, 3) and (3, 4)")
        left, right = shapes
        if not same(left[-1], right[-2]):
            wrong = f"rows of {left[-1]} entries meet columns of {right[-2]}"
            raise GeometryError(given, wrong, f"use a second input of shape {(*right[:-2], left[-1], right[-1])}")
        for at, (a, b) in enumerate(zip(left[:-2], right[:-2])):
            if not (same(a, b) or same(a, 1) or same(b, 1)):
                raise GeometryError(given, f"axis {at} has the sizes {a} and {b}", "use one size, or 1")
        return MatMulPart(self, PartSetting(names, (names.grad_output,)), signals)


class MatMulPart(JoinPart):
    def make_input(self, setting: PartSetting) -> Layout:
        """Reads both inputs: what goes before the matrices, rows, columns, and what is summed over."""
        left, right = self.signals
        before = [self._dimension(at) for at in range(len(left.dimensions) - 2)]
        dimensions = [*before, *self._matrices()]
        *common, rows, columns, summed = setting.layout(dimensions, {signal.name for signal in self.signals})
        self._common, self._summed = (*common, rows, columns), summed
        self._read = tuple(
            (*(self._before(axes, signal.shape[at]) for at, axes in enumerate(common)), *matrix)
            for signal, matrix in ((left, (rows, summed)), (right, (summed, columns)))
        )
        return self._read[0]

    def _matrices(self) -> Sequence[Dimension]:
        """Rows, columns, and what is summed over; each as one axis where the two tensors have others."""
        left, right = self.signals
        rows, columns = left.dimensions[-2], right.dimensions[-1]
        inner = (left.dimensions[-1], right.dimensions[-2])
        if left.name == right.name:
            return [_as_one(one, left.shape[-1]) for one in (rows, columns, inner[0])]
        apart = len({tuple(size for _, size in one) for one in inner}) > 1
        return [rows, columns, _as_one(inner[0] or inner[1], left.shape[-1]) if apart else inner[0]]

    def _before(self, axes: tuple[Axis, ...], size: Number) -> tuple[Axis, ...]:
        """A dimension before the matrices, of one element if it is repeated."""
        return tuple(replace(axis, size=ONE) if same(size, 1) else axis for axis in axes)

    def own_layouts(self) -> Mapping[str, Layout]:
        return {signal.name: layout for signal, layout in zip(self.signals, self._read)}

    def read(self) -> list[sp.Expr]:
        entries = []
        for signal, layout in zip(self.signals, self._read):
            indices = (sp.S.Zero if axis.size == ONE else axis.symbol for axis in axes_of(layout))
            entries.append(self.entry(signal.name, tuple(indices)))
        return entries

    def body(self, entries: Sequence[sp.Expr]) -> sp.Expr:
        return self.sum(sp.Mul(*entries), self._summed)


def _as_one(dimension: Dimension, size: Number) -> Dimension:
    return ((dimension[0][0], size),) if dimension else ()
