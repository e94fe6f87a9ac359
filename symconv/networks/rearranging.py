"""Modules that move the entries of an example: Reshape, Permute and Slice. They compute nothing.

A dimension is the row-major flattening of axes, so that a new shape only regroups axes, of which one may be split
first: channels as groups and channels of a group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

import sympy as sp

from symconv.errors import GeometryError, shown
from symconv.geometry.arguments import SEQUENCES, Number
from symconv.geometry.axes import Layout, axes_of
from symconv.networks.arguments import axis_of_example, require_axis, same, whole
from symconv.networks.modules import Module, Part
from symconv.networks.signals import Dimension, PartSetting, Signal
from symconv.printing.notation import Notation
from symconv.views import Stage

REST = -1
"""Stands for the size that is left."""


class Rearrangement(Module):
    """A module whose output is its input with the entries moved."""

    def dimensions(self, signal: Signal) -> tuple[Sequence[Dimension], Sequence[Sequence[tuple[int, int]]]]:
        """The dimensions as which the input is read, and of which of their axes each dimension of the output is made.

        Both are those of one example; an axis is counted by its dimension and its place there.

        Raises:
            GeometryError: the input's shape does not fit.
        """
        raise NotImplementedError

    def bind(self, signal: Signal, names: Notation) -> Part:
        return RearrangedPart(self, PartSetting(names), signal)


class RearrangedPart(Part):
    def make_input(self, setting: PartSetting) -> Layout:
        examples = self.signal.dimensions[: int(self.signal.batched)]
        read, self._regrouped = self.module.dimensions(self.signal)
        return setting.layout((*examples, *read))

    def make_output(self, setting: PartSetting) -> Layout:
        start = int(self.signal.batched)
        own = self.input_layout[start:]
        regrouped = (tuple(own[at][place] for at, place in dimension) for dimension in self._regrouped)
        return (*self.input_layout[:start], *regrouped)

    def stages(self) -> Sequence[Stage]:
        names = self.notation
        return [Stage(names.output, self.output_layout, self.entry(names.input, axes_of(self.input_layout)))]


# -- Reshape -------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Reshape(Rearrangement):
    """An example in another shape, in row-major order, as PyTorch's reshape, view and Unflatten.

    Neighboring dimensions become one, and a dimension becomes several: (C, n, m) as (C, n m), or (g c, n) as
    (g, c, n). The entries stay as they are.

    Args:
        shape: of one example, without the batch; one size may be -1, for what is left.

    Raises:
        GeometryError: a size is not one. Within a network, the new shape has another number of entries, or is one that
            splits a dimension in the middle of a row, such as (2, 3) as (3, 2).

    >>> from symconv import Sequential
    >>> Sequential(Reshape((2, -1)), input_shape=(4,)).forward["a1"].array()
    [[X1, X2], [X3, X4]]
    """

    shape: tuple[Number, ...]

    def __post_init__(self) -> None:
        given = tuple(self.shape) if isinstance(self.shape, SEQUENCES) else (self.shape,)
        if not given or given.count(REST) > 1:
            raise GeometryError(f"shape={shown(self.shape)}", "not a shape", "use sizes, one of which may be -1")
        sizes = tuple(size if size == REST else whole(size, "shape") for size in given)
        object.__setattr__(self, "shape", sizes)

    def __repr__(self) -> str:
        return f"Reshape({self.shape})"

    def reach(self, asked: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
        """The last axes stay as they are if their sizes do."""
        pairs = zip(self.shape[:0:-1], whole[::-1])
        same_sizes = next((at for at, (new, old) in enumerate(pairs) if new != old), min(len(asked), len(whole)))
        kept = len(whole) - same_sizes
        return (*whole[:kept], *asked[len(asked) - same_sizes :])

    def at(self, number: Callable[[Number], int]) -> Reshape:
        return replace(self, shape=tuple(size if size == REST else number(size) for size in self.shape))

    def dimensions(self, signal: Signal) -> tuple[Sequence[Dimension], Sequence[Sequence[tuple[int, int]]]]:
        own = signal.dimensions[int(signal.batched) :]
        spelled = tuple(map(signal.spelled, signal.features))
        return regrouped(own, self._sizes(spelled), signal, f"{self!r} of an input of shape {spelled}")

    def _sizes(self, features: Sequence[Number]) -> tuple[Number, ...]:
        """The new sizes, with the one that is left."""
        if REST not in self.shape:
            return self.shape
        others = prod(map(sp.sympify, (size for size in self.shape if size != REST)), start=sp.Integer(1))
        rest = _quotient(sp.Mul(*features), others)
        if rest is None:
            raise GeometryError(
                f"{self!r} of an input of shape {tuple(features)}", "no size is left", "leave out the -1"
            )
        return tuple(rest if size == REST else size for size in self.shape)


def regrouped(
    dimensions: Sequence[Dimension], sizes: Sequence[Number], signal: Signal, where: str
) -> tuple[Sequence[Dimension], Sequence[Sequence[tuple[int, int]]]]:
    """How axes make up new dimensions of these sizes, some of them split.

    Raises:
        GeometryError: the sizes are others in all, or cut an axis where it cannot be split.
    """
    if not same(sp.Mul(*map(signal.spelled, signal.features)), sp.Mul(*sizes)):
        raise GeometryError(where, "the shapes do not have the same number of entries", "use sizes with this product")
    read: list[list[tuple[str, Number]]] = [[] for _ in dimensions]
    waiting = [(at, letter, size) for at, dimension in enumerate(dimensions) for letter, size in dimension]
    made: list[list[tuple[int, int]]] = []
    for size in sizes:
        made.append([])
        left = sp.sympify(size, strict=True)
        while not same(left, 1):
            at, letter, own = waiting.pop(0)
            taken, rest = own, _quotient(left, signal.spelled(own))
            if rest is None:
                taken, rest = _number(left), sp.Integer(1)
                inner = _quotient(signal.spelled(own), left)
                if inner is None:
                    raise GeometryError(
                        where, f"{signal.spelled(own)} entries in a row are cut into rows of {left}",
                        "use sizes that divide each other, with letters products such as g*c",
                    )  # fmt: skip
                waiting.insert(0, (at, letter, _number(inner)))
            left = rest
            made[-1].append((at, len(read[at])))
            read[at].append((letter, taken))
    return [tuple(one) for one in read], made


def _quotient(number: Number, divisor: Number) -> sp.Expr | None:
    """The quotient if it is whole for all values of the symbols."""
    above, below = sp.fraction(sp.cancel(sp.sympify(number, strict=True) / sp.sympify(divisor, strict=True)))
    return above if below == 1 else None


def _number(size: sp.Expr) -> Number:
    return int(size) if size.is_Integer else size


# -- Permute -------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Permute(Rearrangement):
    """The axes of an example in another order, as PyTorch's permute and transpose.

    Args:
        dims: every axis of the input once, without the batch, counted from 0, in the order of the output.

    Raises:
        GeometryError: it is not an order of axes; within a network, the input has another number of axes.

    >>> from symconv import Sequential
    >>> Sequential(Permute((1, 0)), input_shape=(2, 2)).forward["a1"].array()
    [[X11, X21], [X12, X22]]
    """

    dims: tuple[int, ...]

    def __post_init__(self) -> None:
        given = tuple(self.dims) if isinstance(self.dims, SEQUENCES) else (self.dims,)
        if any(isinstance(at, bool) or not isinstance(at, int) for at in given) or not given:
            raise GeometryError(f"dims={shown(self.dims)}", "not an order of axes", "use numbers such as (1, 0)")
        dims = tuple(at + len(given) if at < 0 else at for at in given)
        if sorted(dims) != list(range(len(dims))):
            raise GeometryError(
                f"dims={shown(self.dims)}", "not every axis once", f"use 0 to {len(dims) - 1}, each once"
            )
        object.__setattr__(self, "dims", dims)

    def __repr__(self) -> str:
        return f"Permute({self.dims})"

    def reach(self, asked: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
        to = [self.dims.index(at) for at in range(1, len(whole) + 1)]
        return tuple(asked[at - 1] if at else size for at, size in zip(to, whole))

    def dimensions(self, signal: Signal) -> tuple[Sequence[Dimension], Sequence[Sequence[tuple[int, int]]]]:
        own = signal.dimensions[int(signal.batched) :]
        if len(own) != len(self.dims):
            wrong = f"it has {len(own)} axes, not {len(self.dims)}"
            raise GeometryError(f"{self!r} of an input of shape {signal.spelled_shape}", wrong, "name every axis once")
        return own, [[(at, place) for place in range(len(own[at]))] for at in self.dims]


# -- Slice ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Slice(Module):
    """Some of the entries along an axis, as PyTorch's narrow, chunk and split.

    a[c] = x[start + step c], that is x[start:stop:step].

    Args:
        axis: of one example, without the batch: 0 for channels; or from the end, -1 for the last.
        start: the first entry that is taken, >= 0, or from the end if negative.
        stop: the entry at which it ends; None for the end of the axis; from the end if negative.
        step: from one entry to the next, >= 1.

    Raises:
        GeometryError: it is not such a number; within a network, the input lacks that axis, or no entry is taken.

    >>> from symconv import Sequential
    >>> net = Sequential(Slice(0, 1, 3), input_shape=(4,))
    >>> net.forward["a1"].formula, net.grad_input.array()
    (Eq(a1[j], X[j + 1]), [0, delta1_1, delta1_2, 0])
    """

    axis: int = 0
    start: Number = 0
    stop: Number | None = None
    step: int = 1

    def __post_init__(self) -> None:
        require_axis(self.axis)
        for name in ("start", "stop"):
            if (value := getattr(self, name)) not in (None, 0):
                size = -whole(-value, name) if isinstance(value, int) and value < 0 else whole(value, name)
                object.__setattr__(self, name, size)
        if not isinstance(whole(self.step, "step"), int):
            raise GeometryError(f"step={self.step}", "not a number", "use 1, 2, 3, ..")

    def __repr__(self) -> str:
        step = f", step={self.step}" if self.step != 1 else ""
        return f"Slice({self.axis}, {self.start}, {self.stop}{step})"

    def reach(self, asked: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
        at = self.axis % (len(whole) + 1) - 1
        if at < 0:
            return asked
        return (*asked[:at], int(self.step) * (asked[at] - 1) + 1, *asked[at + 1 :])

    @property
    def taken(self) -> slice:
        """What is taken, of an axis whose size is a number."""
        return slice(self.start, self.stop, self.step)

    def at(self, number: Callable[[Number], int]) -> Slice:
        def end(size: Number | None) -> Number | None:
            return size if size is None or isinstance(size, int) else number(size)

        return replace(self, start=end(self.start), stop=end(self.stop))

    def bind(self, signal: Signal, names: Notation) -> SlicePart:
        axis_of_example(self.axis, len(signal.features), f"{self!r} of an input")
        return SlicePart(self, PartSetting(names), signal)


class SlicePart(Part):
    @property
    def _at(self) -> int:
        """The axis, counted with the batch."""
        return int(self.module.axis) % len(self.signal.features) + int(self.signal.batched)

    @property
    def _ends(self) -> tuple[Number, Number]:
        """The first entry, and how many there are.

        Raises:
            GeometryError: there are none, or the slice passes the end of the axis.
        """
        given, size = self.module, self.signal.spelled(self.signal.shape[self._at])
        start, stop = (_from_start(end, size) for end in (given.start, size if given.stop is None else given.stop))
        long = sp.sympify(stop - start, strict=True)
        count = long if given.step == 1 else sp.ceiling(long / given.step)
        inside = [start, size - stop, count - 1]
        if any(sp.sympify(one, strict=True).is_negative for one in inside):
            wrong = f"it takes entries {start} to {stop} of {size}"
            raise GeometryError(f"{given!r} of an input of shape {self.signal.spelled_shape}", wrong, "stay inside")
        if not count.is_Integer and given.step != 1:
            raise GeometryError(f"{given!r} of {size} entries", "a step needs a size that is a number", "use step=1")
        return start, _number(count)

    def make_input(self, setting: PartSetting) -> Layout:
        """The axis on which entries are taken is read as one."""
        dimensions = list(self.signal.dimensions)
        own = dimensions[self._at]
        dimensions[self._at] = ((own[0][0] if own else "c", self.signal.shape[self._at]),)
        return setting.layout(dimensions)

    def make_output(self, setting: PartSetting) -> Layout:
        _, count = self._ends
        (axis,) = self.input_layout[self._at]
        shorter = replace(axis, size=setting.size(count))
        return (*self.input_layout[: self._at], (shorter,), *self.input_layout[self._at + 1 :])

    def stages(self) -> Sequence[Stage]:
        start, _ = self._ends
        indices = [axis.symbol for axis in axes_of(self.input_layout)]
        before = len(axes_of(self.input_layout[: self._at]))
        indices[before] = start + self.module.step * indices[before]
        return [Stage(self.notation.output, self.output_layout, self.entry(self.notation.input, indices))]


def _from_start(end: Number, size: Number) -> Number:
    return size + end if isinstance(end, int) and end < 0 else end
