"""A layer that shares its weights over positions, as patches times weights: z[e, o, i] = sum over q of w[o, q] P[e, q,
i].

What K-FAC needs to know of a convolution or a dense layer: its patches, which of its axes are examples, groups, output
features and positions, and the indices of its kernel, with the bias as one more if it is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from symconv.algebra.calculus import derivative
from symconv.algebra.forms import Delta, Form, Range, Term, box, fresh
from symconv.algebra.normal_form import simplify
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.derivatives.relaid import flat
from symconv.errors import SymconvError
from symconv.formulas.gradients import SIFTING
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.values import Cached
from symconv.geometry.axes import Axis, Layout, axes_of

Axes = tuple[Axis, ...]
COLUMN = "q"
"""The index of a kernel's entries in row-major order, the bias behind them."""


@dataclass(frozen=True)
class Patched(Cached):
    """An output that is linear in a weight.

    Args:
        output: its formula.
        weight: the weight's name.
        batched: whether the output's first dimension has examples.
        bias: whether the bias is one more entry of the kernel.
    """

    output: TensorFormula
    weight: str
    batched: bool
    bias: bool = False

    @property
    def own(self) -> Axes:
        """The axes of the output."""
        return self.output.axes

    @property
    def weight_layout(self) -> Layout:
        return self.output.layouts[self.weight]

    @cached_property
    def shared(self) -> Axes:
        """The axes of the weight that the output has too."""
        letters = {axis.letter for axis in self.own}
        return tuple(axis for axis in axes_of(self.weight_layout) if axis.letter in letters)

    @cached_property
    def kernel(self) -> Axes:
        """The axes of the weight that are summed over."""
        return tuple(axis for axis in axes_of(self.weight_layout) if axis not in self.shared)

    @cached_property
    def _plain(self) -> Form:
        """The patches, by the kernel's own axes: d z[e, o, i] / d w[o, q], for the same o."""
        at = tuple(Polynomial.name(axis.letter) for axis in axes_of(self.weight_layout))
        form = derivative(self.output.form, tensor_of(self.weight, self.weight_layout), at)
        inside = self.output.geometry.inside((*self.own, *self.kernel))
        return simplify(form, inside, SIFTING).result

    @cached_property
    def patches(self) -> Form:
        """The patches at examples, positions and kernel indices."""
        if not self.bias:
            return self._plain
        column, (axis,) = Polynomial.name(COLUMN), self.columns
        letters = [one.letter for one in self.kernel]
        at, sizes = [Polynomial.name(one) for one in letters], [one.size for one in self.kernel]
        inside = self._plain.times((Delta.equal(column, flat(at, self.kernel)), *box(at, sizes))).summed(letters)
        last = Form((Term.make(ONE, (Delta.equal(column, axis.size - 1),)),))
        return inside + last

    @cached_property
    def columns(self) -> Axes:
        """The indices of the input factor."""
        if not self.bias:
            return self.kernel
        size = ONE
        for axis in self.kernel:
            size = size * axis.size
        return (Axis(COLUMN, size + 1),)

    @cached_property
    def examples(self) -> Axes:
        return axes_of((self.output.layout[0],)) if self.batched else ()

    @cached_property
    def groups(self) -> Axes:
        """The axes that patches and weights share."""
        return tuple(axis for axis in self.shared if axis.letter in self._plain.free)

    @cached_property
    def features(self) -> Axes:
        """The axes of the output that only the weights have."""
        return tuple(axis for axis in self.shared if axis not in self.groups)

    @cached_property
    def positions(self) -> Axes:
        letters = {axis.letter for axis in (*self.examples, *self.shared)}
        return tuple(axis for axis in self.own if axis.letter not in letters)

    def primed(self, axes: Sequence[Axis]) -> dict[str, Axis]:
        """Other letters for axes, the same ones for the same axes."""
        return {axis.letter: Axis(self._primes[axis.letter], axis.size) for axis in axes}

    @cached_property
    def _primes(self) -> dict[str, str]:
        taken = {axis.letter for axis in (*self.own, *axes_of(self.weight_layout), *self.columns)}
        found = {}
        for letter in sorted(taken):
            found[letter] = fresh(letter, taken)
            taken.add(found[letter])
        return found

    def moved(self, form: Form, axes: Sequence[Axis]) -> Form:
        """A form at the other letters of some axes."""
        return form.substitute({old: Polynomial.name(one.letter) for old, one in self.primed(axes).items()})

    def require(self) -> None:
        """Raise if it is not linear in the weight, or has no bias where one is wanted."""
        if not self._plain.terms or any(t.name == self.weight for t in self._plain.tensors):
            raise SymconvError(
                f"Kronecker factors of {self.output.quantity}", f"it is not linear in {self.weight}",
                "use a convolution or a dense layer",
            )  # fmt: skip


def inside(axes: Sequence[Axis]) -> tuple[Range, ...]:
    """That indices are inside their axes."""
    return box([Polynomial.name(axis.letter) for axis in axes], [axis.size for axis in axes])
