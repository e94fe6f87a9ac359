"""Losses: one number L for the last output and a target of the same shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from string import ascii_letters
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.algebra.forms import Form, Tensor
from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.errors import GeometryError, SymconvError, instead_of, shown
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.symbols import Reciprocal
from symconv.networks.functions import LOG, Function, pointwise, softmax
from symconv.networks.modules import Module, Part
from symconv.networks.signals import PartSetting, Signal, count_of
from symconv.networks.softmax import fraction
from symconv.printing.mathematics import index
from symconv.printing.names import name_of
from symconv.printing.notation import Notation
from symconv.printing.tree import (
    Added,
    Call,
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
from symconv.views import Stage

REDUCTIONS = ("mean", "sum")
SOFTMAX = ("p", "pi", "rho", "phi", "psi", "chi")
"""Names of the softmax, the first that nothing else has."""


class LossPart(Part):
    """A loss with the output that it judges: L, and dL/d output."""

    def make_output(self, setting: PartSetting) -> Layout:
        return ()

    def averaged(self) -> Layout:
        """Axes of what a mean is taken over."""
        return self.input_layout

    @property
    def seed(self) -> Form:
        return Form.constant(ONE)

    def own_layouts(self) -> Mapping[str, Layout]:
        return {self.notation.target: self.input_layout, **{name: () for name in self.part_setting.reciprocals}}

    def make_reciprocals(self, names: Notation) -> Mapping[str, Reciprocal]:
        """The factor of a mean over sizes that are symbols."""
        divisor = self.divisor
        return {} if divisor is None or divisor.value is not None else {names.scale: Reciprocal(divisor)}

    @property
    def divisor(self) -> Polynomial | None:
        """What a mean divides by, if that is not 1.

        Raises:
            GeometryError: it is a mean over nothing.
        """
        if self.module.reduction != "mean":
            return None
        if (count := count_of(self.averaged())) == ZERO:
            wrong = "the mean over no entries is not a number"
            raise GeometryError(
                f"{self.module!r} of an output of shape {self.signal.shape}", wrong, 'use reduction="sum"'
            )
        return None if count == ONE else count

    def factor(self) -> sp.Expr:
        """1 over the number of what is averaged; 1 for a sum."""
        if (divisor := self.divisor) is None:
            return sp.Integer(1)
        if divisor.value is not None:
            return sp.Rational(1, int(divisor.value))
        return self.entry(self.notation.scale)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        return {self.notation.input: self.input_layout, **self.own_layouts()}

    def target_values(self, target: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The target in the output's shape."""
        return target

    is_generic: ClassVar[bool] = False
    """Whether nothing is known of the loss, so that it has no numbers."""

    def said(self) -> tuple[Relation, ...]:
        """The loss as it is usually written."""
        raise NotImplementedError

    def _said(self, body: Node, front: Sequence[Node] = ()) -> Relation:
        axes, divisor, style = axes_of(self.input_layout), self.divisor, self.output.style
        mean = [] if divisor is None else [Quotient(Number(1), index(divisor))]
        total = Summation(style.over((axis.letter, axis.size) for axis in axes), body) if axes else body
        factors = (*front, *mean, total)
        return style.equation(style.tensor(self.notation.output), Product(factors) if len(factors) > 1 else total)

    def _written(self, name: str) -> Node:
        """An entry at the input's letters."""
        letters = [axis.letter for axis in axes_of(self.input_layout)]
        return self.output.style.entry(name, [*map(name_of, letters)])

    @property
    def output_entry(self) -> sp.Expr:
        return self.entry(self.notation.input, axes_of(self.input_layout))

    @property
    def target_entry(self) -> sp.Expr:
        return self.entry(self.notation.target, axes_of(self.input_layout))

    def total(self, body: sp.Expr) -> sp.Expr:
        """The factor times the sum over all entries."""
        return self.sum(sp.expand(self.factor() * body), axes_of(self.input_layout))


class _Squared(LossPart):
    def said(self) -> tuple[Relation, ...]:
        error = Added((self._written(self.notation.input), Negative(self._written(self.notation.target))))
        front = [] if self.module.weight == 1 else [Number(Fraction(1, 2))]
        return (self._said(Power(Parentheses(error), 2), front),)

    def stages(self) -> Sequence[Stage]:
        return _one(self, self.module.weight * (self.output_entry - self.target_entry) ** 2)


class _Generic(LossPart):
    is_generic = True

    def said(self) -> tuple[Relation, ...]:
        return (self._said(Function(self.module.name).tree(self._written(self.notation.input))),)

    def functions(self) -> Sequence[Tensor]:
        return (pointwise(Function(self.module.name), self.plain(self.notation.input)),)

    def own_layouts(self) -> Mapping[str, Layout]:
        return {name: layout for name, layout in super().own_layouts().items() if name != self.notation.target}

    def stages(self) -> Sequence[Stage]:
        return _one(self, self.entry(self.functions()[0].name, axes_of(self.input_layout)))


class CrossEntropyPart(LossPart):
    """Cross-entropy of a softmax; its target may be indices of classes."""

    def said(self) -> tuple[Relation, ...]:
        p, h, style = self.functions()[0].name, self.notation.input, self.output.style
        log = Call(LOG, self._written(p), bare=True)
        loss = self._said(Product((self._written(self.notation.target), log)))
        negative = replace(loss, parts=(loss.parts[0], Added((Negative(loss.parts[1]),))))
        exponentials = fraction(style, h, self.input_layout, self._classes)
        return (negative, style.equation(self._written(p), exponentials))

    @property
    def class_count(self) -> int:
        return int(self.signal.shape[self._classes])

    @property
    def class_shape(self) -> tuple[int, ...]:
        """The shape of a target that has the index of a class."""
        shape = tuple(int(size) for size in self.signal.shape)
        return (*shape[: self._classes], *shape[self._classes + 1 :])

    @property
    def _classes(self) -> int:
        return int(self.signal.batched)

    def averaged(self) -> Layout:
        return tuple(dimension for at, dimension in enumerate(self.input_layout) if at != self._classes)

    def target_values(self, target: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Probabilities; an index of a class is the one that has all of it.

        Raises:
            SymconvError: there is no class of that index.
        """
        at, count = self._classes, self.class_count
        if target.dtype.kind not in "iu" or target.shape != self.class_shape:
            return target
        if target.size and not (target.min() >= 0 and target.max() < count):
            wrong = target[(target < 0) | (target >= count)].ravel()[0]
            raise SymconvError(
                f"{self.notation.target} with the class {wrong}", f"there are {count} classes", f"use 0 to {count - 1}"
            )
        return np.moveaxis(np.eye(count, dtype=np.int64)[target], -1, at)

    def functions(self) -> Sequence[Tensor]:
        argument = self.plain(self.notation.input)
        before = len(axes_of(self.input_layout[: self._classes]))
        places = range(before, before + len(self.input_layout[self._classes]))
        number = self.notation.input.lstrip(ascii_letters + "_")
        name = next(f"{one}{number}" for one in SOFTMAX if f"{one}{number}" not in self._other_names)
        return tuple(softmax(name, argument, places, log) for log in (False, True))

    @property
    def _other_names(self) -> set[str]:
        """Names that something else has: tensors, sizes, and symbols of a step."""
        setting = self.part_setting
        return {*setting.taken_names, *setting.writer.symbols, self.notation.target}

    def stages(self) -> Sequence[Stage]:
        logarithm = self.entry(self.functions()[1].name, axes_of(self.input_layout))
        return _one(self, -self.target_entry * logarithm)


def _one(part: LossPart, body: sp.Expr) -> Sequence[Stage]:
    return [Stage(part.notation.output, (), part.total(body))]


@dataclass(frozen=True, repr=False)
class Loss(Module):
    """What all losses share. A ``reduction`` of "mean" divides by the number of what is added."""

    reduction: str = "mean"
    LETTER: ClassVar[str] = "L"
    PART: ClassVar[type[LossPart]]

    def __repr__(self) -> str:
        usual = type(self).__dataclass_fields__["reduction"].default
        parts = [] if self.reduction == usual else [repr(self.reduction)]
        if isinstance(self, GenericLoss) and self.name != "ell":
            parts.append(f"name={self.name!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __post_init__(self) -> None:
        if self.reduction not in REDUCTIONS:
            raise SymconvError(
                f"reduction={shown(self.reduction)}", "no such reduction", instead_of(self.reduction, REDUCTIONS)
            )

    def bind(self, signal: Signal, names: Notation, setting: PartSetting | None = None) -> LossPart:
        return self.PART(self, setting or PartSetting(names, (names.scale,)), signal)


@dataclass(frozen=True, repr=False)
class MeanSquaredError(Loss):
    """The mean of the squared errors, as PyTorch's MSELoss.

    L = D sum over i of (h[i] - t[i])^2, with D = 1 over the number of entries for "mean".

    Args:
        reduction: "sum", or "mean" to divide by the number of what is added.

    Raises:
        SymconvError: the reduction is unknown.

    >>> from symconv import Conv, Sequential
    >>> Sequential(Conv(3, 2), loss=MeanSquaredError()).upstream["delta1"].array()
    [[-t1 + z1_1, -t2 + z1_2]]
    """

    PART = _Squared
    weight: ClassVar[int] = 1


@dataclass(frozen=True, repr=False)
class SquaredError(Loss):
    """Half the sum of the squared errors, so that dL/dh[i] = h[i] - t[i], the residual.

    L = 1/2 sum over i of (h[i] - t[i])^2.

    Args:
        reduction: "sum", or "mean" to divide by the number of what is added.

    Raises:
        SymconvError: the reduction is unknown.

    >>> from symconv import Conv, Sequential
    >>> Sequential(Conv(3, 2), loss=SquaredError()).upstream["delta1"].formula.rhs
    -t[i] + z1[i]
    """

    reduction: str = "sum"
    weight: ClassVar[sp.Rational] = sp.Rational(1, 2)
    PART = _Squared


@dataclass(frozen=True, repr=False)
class GenericLoss(Loss):
    """A loss of which only its derivative at every entry is known.

    L = sum over i of f(h[i]), for any function f that can be differentiated; it may differ from entry to entry.

    Args:
        reduction: "sum", or "mean" to divide by the number of what is added.
        name: the function's letter.

    Raises:
        SymconvError: the reduction is unknown, or the name is not a letter.

    >>> from symconv import Conv, Sequential
    >>> Sequential(Conv(3, 2), loss=GenericLoss()).upstream["delta1"].formula.rhs
    Derivative(ell(z1[i]), z1[i])
    """

    reduction: str = "sum"
    name: str = "ell"
    PART = _Generic

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.name != "ell" and not (isinstance(self.name, str) and len(self.name) == 1 and self.name.isalpha()):
            raise SymconvError(f"the loss {shown(self.name)}", "not a letter", "use ell, or a single letter")


@dataclass(frozen=True, repr=False)
class SoftmaxCrossEntropy(Loss):
    """Softmax and cross-entropy together, as PyTorch's CrossEntropyLoss.

    L = -D sum over e, c of t[e, c] log p[e, c] with p = softmax(h).

    Args:
        reduction: "sum", or "mean" to divide by the number of what is added.

    The classes are the second dimension of a batch, and the first of a single example; t are probabilities, or in
    numbers the index of a class. D = 1 over the number of examples (and positions) for "mean".

    log p is computed as h - log sum exp h, so it is finite, and 0 log 0 does not occur.

    Raises:
        SymconvError: the reduction is unknown.

    >>> from symconv import Linear, Sequential
    >>> Sequential(Linear(2, 3), loss=SoftmaxCrossEntropy()).upstream["delta1"].formula.rhs
    -t[i] + Sum(p1[i]*t[i'], (i', 0, 2))
    """

    PART = CrossEntropyPart

    def bind(self, signal: Signal, names: Notation, setting: PartSetting | None = None) -> LossPart:
        if not signal.features:
            raise GeometryError(f"an output of shape {signal.shape}", "it has no classes", "use one dimension or more")
        return super().bind(signal, names, setting)


LOSSES: dict[str, Any] = {
    "squared": SquaredError,
    "mse": MeanSquaredError,
    "cross_entropy": SoftmaxCrossEntropy,
    "generic": GenericLoss,
}
"""Losses by the word that says them."""
