"""Softmax and its logarithm as parts of a network: numbers that add up to 1 along an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from symconv.algebra.forms import Access, Form, Tensor, Term
from symconv.errors import GeometryError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Layout, axes_of
from symconv.networks.arguments import axis_of_example, require_axis
from symconv.networks.functions import EXP, LOG, softmax
from symconv.networks.modules import Module, Part
from symconv.networks.signals import PartSetting, Signal
from symconv.printing.mathematics import Style
from symconv.printing.names import name_of
from symconv.printing.notation import Notation
from symconv.printing.quantity import Quantity
from symconv.printing.tree import Call, Node, Quotient, Relation, Summation
from symconv.views import Stage


@dataclass(frozen=True, repr=False)
class _AlongAxis(Module):
    """What both share: an axis."""

    axis: int = 0
    LOG: ClassVar[bool]

    def __post_init__(self) -> None:
        require_axis(self.axis)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({f'axis={self.axis}' if self.axis else ''})"

    def bind(self, signal: Signal, names: Notation) -> SoftmaxPart:
        if not signal.features:
            raise GeometryError(f"an input of shape {signal.shape}", "it has no axes", "use one dimension or more")
        axis_of_example(self.axis, len(signal.features), f"{self!r} of an input")
        return SoftmaxPart(self, PartSetting(names, (names.grad_output,)), signal)


@dataclass(frozen=True, repr=False)
class Softmax(_AlongAxis):
    """Softmax along an axis, as PyTorch's Softmax; at its output all numbers are positive and add up to 1.

    a[i] = exp(z[i]) / sum over j of exp(z[j]), written softmax(z[i]), with

    dL/dz[i] = a[i] (delta[i] - sum over j of delta[j] a[j]).

    In numbers the maximum is subtracted first, so that nothing overflows.

    Args:
        axis: of one example, without the batch: 0 for channels, 1 for the first axis behind them; or from the end, -1
            for the last.

    Raises:
        SymconvError: the axis is not a whole number.
        GeometryError: within a network, the input lacks that axis.

    >>> from symconv import Sequential
    >>> net = Sequential(Softmax(), input_shape=(3,))
    >>> net.forward["a1"].formula
    Eq(a1[j], softmax(X[j]))
    >>> net.grad_input.formula
    Eq(dL_dX[j], a1[j]*delta1[j] + Sum(-a1[j']*a1[j]*delta1[j'], (j', 0, 2)))
    """

    axis: int = 0
    LOG = False


@dataclass(frozen=True, repr=False)
class LogSoftmax(_AlongAxis):
    """The logarithm of softmax along an axis, as PyTorch's LogSoftmax.

    a[i] = z[i] - log(sum over j of exp(z[j])), with dL/dz[i] = delta[i] - softmax(z[i]) sum over j of delta[j].

    Args:
        axis: as for ``Softmax``.

    Raises:
        SymconvError: the axis is not a whole number.
        GeometryError: within a network, the input lacks that axis.

    >>> from symconv import Sequential
    >>> Sequential(LogSoftmax(), input_shape=(3,)).grad_input.formula
    Eq(dL_dX[j], delta1[j] + Sum(-softmax(X[j])*delta1[j'], (j', 0, 2)))
    """

    axis: int = 0
    LOG = True


class SoftmaxPart(Part):
    @property
    def _at(self) -> int:
        """The axis, counted with the batch."""
        own = len(self.signal.features)
        return int(self.module.axis) % own + int(self.signal.batched)

    @property
    def applied(self) -> Tensor:
        """softmax(z), or its logarithm."""
        return self._applied(self.module.LOG)

    def _applied(self, log: bool) -> Tensor:
        before = len(axes_of(self.input_layout[: self._at]))
        places = range(before, before + len(self.input_layout[self._at]))
        return softmax("", self.plain(self.notation.input), places, log)

    def functions(self) -> Sequence[Tensor]:
        return (self.applied, *((self._applied(False),) if self.module.LOG else ()))

    def stages(self) -> Sequence[Stage]:
        body = self.entry(self.applied.name, axes_of(self.input_layout))
        return [Stage(self.notation.output, self.output_layout, body)]

    @cached_property
    def _adjoints(self) -> Mapping[str, Form]:  # type: ignore[override]
        """In the output, if it is the softmax."""
        if self.module.LOG:
            return self.derived()
        output = self.tensors[self.notation.output]
        return {name: _renamed(form, self.applied, output) for name, form in self.derived().items()}

    def _formula(self, quantity: Quantity, form: Form, layout: Layout, unfolded: bool = True) -> TensorFormula:
        return super()._formula(quantity, form, layout, False)

    def said(self) -> Relation:
        """The softmax as it is usually written, by exponentials."""
        style, names = self.output.style, self.notation
        letters = [name_of(axis.letter) for axis in axes_of(self.input_layout)]
        own = fraction(style, names.input, self.input_layout, self._at)
        return style.equation(style.entry(names.output, letters), Call(LOG, own) if self.module.LOG else own)


def fraction(style: Style, name: str, layout: Layout, at: int) -> Node:
    """exp z over the sum of exp z along the axis ``at``, whose index has a prime there."""
    letters, own = [axis.letter for axis in axes_of(layout)], [axis.letter for axis in axes_of((layout[at],))]
    primed = [letter + "'" * (letter in own) for letter in letters]
    above, each = (Call(EXP, style.entry(name, [*map(name_of, each_of)]), bare=True) for each_of in (letters, primed))
    limits = [(axis.letter + "'", axis.size) for axis in layout[at]]
    return Quotient(above, Summation(style.over(limits), each) if limits else each)


def _renamed(form: Form, old: Tensor, new: Tensor) -> Form:
    return Form(tuple(_with(term, old, new) for term in form))


def _with(term: Term, old: Tensor, new: Tensor) -> Term:
    factors = [
        Access(new, factor.indices) if isinstance(factor, Access) and factor.tensor == old else factor
        for factor in term.factors
    ]
    return Term.make(term.coefficient, factors, term.bound)
