"""Modules with several inputs, Add, Multiply and Concat: how the branches of a graph come together.

Every input is read with the letters of the output. An axis with one element is repeated if another input has more, as
PyTorch broadcasts. A tensor that is read twice counts twice.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

import sympy as sp

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import GeometryError
from symconv.geometry.arguments import SEQUENCES, Number
from symconv.geometry.axes import Axis, Layout
from symconv.networks.arguments import Exact, axis_of_example, exact, require_axis, same
from symconv.networks.modules import Module, Part
from symconv.networks.signals import Dimension, PartSetting, Signal
from symconv.printing.notation import Notation
from symconv.views import Stage

Shapes: TypeAlias = Sequence[tuple[Number, ...]]


class Join(Module):
    """A module that reads two tensors or more."""

    def bind(self, signal: Signal, names: Notation) -> Part:
        raise GeometryError(
            f"{self!r} with one input", "it joins two tensors or more",
            f'name them in a Graph: ({self!r}, "left", "right")',
        )  # fmt: skip

    def join(self, signals: Sequence[Signal], names: Notation) -> JoinPart:
        """The part for its inputs, in their order.

        Raises:
            GeometryError: their shapes do not fit together.
        """
        shapes = [signal.spelled_shape for signal in signals]
        if len({len(shape) for shape in shapes}) > 1:
            raise _apart(self, shapes, "they have different numbers of dimensions", "use one number of dimensions")
        joined = self.joined_axis(len(shapes[0]), signals[0].batched)
        for at, sizes in enumerate(zip(*shapes)):
            if at != joined and not _fit(sizes, self.repeats):
                wanted = next((size for size in sizes if not same(size, 1)), 1)
                needed = tuple("any" if n == joined else wanted if n == at else s for n, s in enumerate(shapes[0]))
                spelled = f"({', '.join(map(str, needed))}{',' * (len(needed) == 1)})"
                more = ", or 1 on an axis that is to be repeated" if self.repeats else ""
                sides = " and ".join(map(str, dict.fromkeys(sizes)))
                raise _apart(self, shapes, f"axis {at} has the sizes {sides}", f"use shape {spelled}{more}")
        return self.PART(self, PartSetting(names, (names.grad_output,)), signals)

    PART: ClassVar[type[JoinPart]]
    repeats: ClassVar[bool] = True
    """Whether an axis with one element is repeated."""

    def joined_axis(self, rank: int, batched: bool) -> int | None:
        """The axis on which the inputs follow each other, counted with the batch."""
        return None


def _fit(sizes: Sequence[Number], repeats: bool) -> bool:
    """Whether all sizes are the same, but for those of 1 that are repeated."""
    kept = [size for size in sizes if not (repeats and same(size, 1))]
    return all(same(size, kept[0]) for size in kept)


def _apart(join: Join, shapes: Shapes, wrong: str, right: str) -> GeometryError:
    return GeometryError(f"inputs of shapes {' and '.join(map(str, shapes))} for {join!r}", wrong, right)


class JoinPart(Part):
    """A join with its inputs. Every input has the output's axes, each with a size and an index of its own."""

    def __init__(self, module: Join, setting: PartSetting, signals: Sequence[Signal]) -> None:
        self.signals = tuple(signals)
        super().__init__(module, setting, signals[0])

    def _key(self) -> tuple[Hashable, ...]:
        return (self.module, self.setting, self.signals)

    @property
    def _joined(self) -> int | None:
        joined: int | None = self.module.joined_axis(len(self.signal.dimensions), self.signal.batched)
        return joined

    def make_input(self, setting: PartSetting) -> Layout:
        """Reads all inputs: the layout and the indices of each."""
        dimensions = [self._dimension(at) for at in range(len(self.signal.dimensions))]
        self._common = setting.layout(dimensions, {signal.name for signal in self.signals})
        self._inputs: dict[str, Layout] = {}
        for signal in self.signals:
            read = []
            for at, own in enumerate(self._common):
                count = setting.size(signal.shape[at])
                alone = len(own) == 1 and (at == self._joined or count == ONE)
                one = count == ONE
                read.append(tuple(Axis(axis.letter, count if alone else ONE if one else axis.size) for axis in own))
            self._inputs[signal.name] = tuple(read)
        return self._inputs[self.signal.name]

    def _dimension(self, at: int) -> Dimension:
        """The axes on which all inputs can be read: those that they have, or one with as many elements."""
        dimensions = [signal.dimensions[at] for signal in self.signals]
        full = [one for one, signal in zip(dimensions, self.signals) if not same(signal.shape[at], 1)] or dimensions
        sizes = {tuple(size for _, size in one) for one in full}
        if at != self._joined and len(sizes) == 1:
            return full[0]
        letter = next((one[0][0] for one in full if one), "c")
        return ((letter, next(s.shape[at] for s in self.signals if s.dimensions[at] is full[0])),)

    def make_output(self, setting: PartSetting) -> Layout:
        if self._joined is None:
            return self._common
        at, (axis,) = self._joined, self._common[self._joined]
        total = sum((self._inputs[signal.name][at][0].size for signal in self.signals), start=Polynomial())
        return (*self._common[:at], (replace(axis, size=total),), *self._common[at + 1 :])

    def own_layouts(self) -> Mapping[str, Layout]:
        return self._inputs

    def read(self) -> list[sp.Expr]:
        """The entry of every input that stands at the output's index."""
        entries, offset = [], Polynomial()
        for signal in self.signals:
            layout, indices = self._inputs[signal.name], []
            for at, dimension in enumerate(self.output_layout):
                start = self.setting.stage_writer.polynomial(offset if at == self._joined else Polynomial())
                for axis, own in zip(dimension, layout[at]):
                    repeated = at != self._joined and own.size == ONE
                    indices.append(sp.S.Zero if repeated else axis.symbol - start)
            if self._joined is not None:
                offset += layout[self._joined][0].size
            entries.append(self.entry(signal.name, indices))
        return entries

    @abstractmethod
    def body(self, entries: Sequence[sp.Expr]) -> sp.Expr:
        """The output's entry, in those of the inputs."""

    def stages(self) -> Sequence[Stage]:
        return [Stage(self.notation.output, self.output_layout, self.body(self.read()))]


class _Sum(JoinPart):
    def body(self, entries: Sequence[sp.Expr]) -> sp.Expr:
        return sp.Add(*entries)


class _ScaledSum(JoinPart):
    def body(self, entries: Sequence[sp.Expr]) -> sp.Expr:
        scales = self.module.scales or (1,) * len(entries)
        return sp.Add(*(sp.Rational(scale) * entry for scale, entry in zip(scales, entries)))


class _Product(JoinPart):
    def body(self, entries: Sequence[sp.Expr]) -> sp.Expr:
        return sp.Mul(*entries)


@dataclass(frozen=True, repr=False)
class Add(Join):
    """The sum of two tensors or more, entry by entry, as in a residual connection.

    z[i] = x[i] + y[i] + ..; each input has the gradient of the output.

    Args:
        scales: an exact number for each input, by which it is multiplied first; (1, -1) is a difference, x - y.

    Raises:
        SymconvError: a scale is not a number.
        GeometryError: within a network, the inputs' shapes differ, other than by axes of size 1 that are repeated, or
            there are not as many scales as inputs.

    >>> from symconv import Activation, Graph
    >>> net = Graph({"f": Activation("tanh"), "add": (Add(), "f", "input")}, input_shape=(2,))
    >>> net.forward["a2"].array()
    [X1 + a1_1, X2 + a1_2]
    """

    scales: tuple[Exact, ...] = ()
    PART = _ScaledSum

    def __post_init__(self) -> None:
        given = self.scales if isinstance(self.scales, SEQUENCES) else (self.scales,)
        object.__setattr__(self, "scales", tuple(exact(one, "scales") for one in given))

    def __repr__(self) -> str:
        return f"Add({'scales=(' + ', '.join(map(str, self.scales)) + ')' if self.scales else ''})"

    def join(self, signals: Sequence[Signal], names: Notation) -> JoinPart:
        if self.scales and len(self.scales) != len(signals):
            wrong = f"there are {len(signals)} inputs"
            raise GeometryError(f"{self!r}", wrong, "give one scale for each input, in their order")
        return super().join(signals, names)


@dataclass(frozen=True)
class Multiply(Join):
    """The product of two tensors or more, entry by entry, as in a gate.

    z[i] = x[i] y[i] ..; the gradient of an input is that of the output times the other inputs.

    Raises:
        GeometryError: within a network, the inputs' shapes differ, other than by axes of size 1 that are repeated.

    >>> from symconv import Activation, Graph
    >>> net = Graph({"gate": Activation("sigmoid"), "out": (Multiply(), "gate", "input")}, input_shape=(2,))
    >>> net.upstream["delta1"].formula
    Eq(delta1[j], X[j]*delta2[j])
    """

    PART = _Product


@dataclass(frozen=True, repr=False)
class Concat(Join):
    """Two tensors or more behind each other on one axis, as in a DenseNet or a U-Net.

    z[c] = x[c] + y[c - C], where C is the number of channels of x, and a tensor is 0 outside its shape.

    Args:
        axis: of one example, without the batch: 0 for channels, 1 for the first axis behind them; or from the end, -1
            for the last.

    Raises:
        SymconvError: the axis is not a whole number.
        GeometryError: within a network, the inputs' shapes differ on another axis, or lack that axis.

    >>> from symconv import Activation, Graph
    >>> net = Graph({"f": Activation("tanh"), "both": (Concat(), "input", "f")}, input_shape=(2,))
    >>> net.forward["a2"].array()
    [X1, X2, a1_1, a1_2]
    """

    axis: int = 0
    PART = _Sum
    repeats = False

    def __post_init__(self) -> None:
        require_axis(self.axis)

    def __repr__(self) -> str:
        return f"Concat({f'axis={self.axis}' if self.axis else ''})"

    def joined_axis(self, rank: int, batched: bool) -> int:
        return axis_of_example(self.axis, rank - batched, f"{self!r} of inputs") + batched
