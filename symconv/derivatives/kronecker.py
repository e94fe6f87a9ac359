"""Kronecker factors of a Fisher block: KFC for convolutions, K-FAC with its two ways of sharing weights.

With the patches P of the input and delta the derivative of an example's loss by the output, the block of the weights is

    F[o, q, o', q'] = mean over examples of sum over positions i, i' of P[q, i] P[q', i'] delta[o, i] delta[o', i'].

KFC (Grosse and Martens 2016), "expand": A[q, q'] B[o, o'] with A = mean over examples of sum over i of P[q, i] P[q',
i], and B = mean over examples and positions of delta[o, i] delta[o', i]. "reduce" (Eschenhagen et al. 2023): the same
of the mean of the patches over the positions, and of the sum of delta over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.algebra.calculus import same_entry
from symconv.algebra.forms import Access, Form, Tensor, Term
from symconv.algebra.normal_form import added_up, simplify
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.derivatives.fisher import reciprocal
from symconv.derivatives.naming import ASSUMED, EXAMPLES, POSITIONS
from symconv.derivatives.patched import Axes, Patched, inside
from symconv.derivatives.second import SecondDerivative
from symconv.derivatives.statements import DerivativeReport, Stated, stated
from symconv.errors import SizeLimitError
from symconv.formulas.gradients import SIFTING
from symconv.foundations.later import npt
from symconv.foundations.values import Cached
from symconv.geometry.axes import Layout, axes_of
from symconv.printing.quantity import Quantity
from symconv.proof import Verdict
from symconv.proof.equality import prove_equal

APPROXIMATIONS = ("expand", "reduce")

CONDITIONS = {
    "expand": "the derivatives at two positions are uncorrelated, have one second moment, independent of patches",
    "reduce": "the derivative is the same at all positions, and independent of the patches",
}
"""What makes the product of the factors exact."""


@dataclass(frozen=True, repr=False)
class KroneckerFactors(Cached):
    """The factors of an approximation of the Fisher block of a layer's weights; made by ``kfac`` and ``kfc``.

    Args:
        patched: the layer as patches times weights.
        between: the second moment of the derivatives with respect to two entries of the output, the second at the other
            letters.
        approximation: "expand" or "reduce".
        others: layouts of further tensors.

    >>> from symconv import Conv, kfac
    >>> kfac(Conv(4, 2)).input.shape, kfac(Conv(4, 2)).exactness.status
    ((2, 2), 'refuted')
    """

    patched: Patched
    between: Form
    approximation: str
    others: Mapping[str, Layout]

    def __post_init__(self) -> None:
        self.patched.require()

    # -- factors -------------------------------------------------------------------------------------

    @cached_property
    def input(self) -> SecondDerivative:
        """The factor of the input, A, by group if there are any."""
        own = self.patched
        form = self._mean * self._pairs(self._scale_twice if self._reduces else Form.constant(ONE))
        groups, kernel = _dimensions(own.groups), own.columns
        return self._formula("A", form, (*groups, kernel, _primed(own, kernel)))

    @cached_property
    def output(self) -> SecondDerivative:
        """The factor of the derivatives with respect to the output, B, by group if there are any."""
        own = self.patched
        same = (*own.examples, *own.groups, *(() if self._reduces else own.positions))
        values = {other.letter: Polynomial.name(letter) for letter, other in own.primed(same).items()}
        summed = [*own.examples, *own.positions, *(own.primed(own.positions).values() if self._reduces else ())]
        form = self.between.substitute(values)
        form = form.times(inside(summed)).summed(axis.letter for axis in summed)
        if not self._reduces:
            form = self._scale * form
        features = own.features
        return self._formula("B", form, (*_dimensions(own.groups), features, _primed(own, features)))

    @cached_property
    def product(self) -> SecondDerivative:
        """The approximation, A[q, q'] B[o, o'] within each group, with the axes of the weights twice."""
        return self._formula("K", self._within_groups(self.input.form * self.output.form), self._layout)

    @cached_property
    def fisher(self) -> SecondDerivative:
        """The block that is approximated, as it is."""
        return self._formula("F", self._exact(self.between), self._layout)

    # -- statements ----------------------------------------------------------------------------------

    @cached_property
    def exactness(self) -> Verdict:
        """Whether the product is the block itself, which is refuted unless there is one example and one position."""
        return prove_equal(self.fisher, self.product)

    @property
    def condition(self) -> str:
        """What makes the product exact, in words."""
        return CONDITIONS[self.approximation]

    @cached_property
    def conditioned(self) -> tuple[SecondDerivative, SecondDerivative]:
        """Both sides of the statement that the block is a Kronecker product under the condition.

        The second moment of the derivatives is that of one example and, for "expand", of one position: Gamma[o, o'].
        """
        own = self.patched
        axes = (*own.groups, *own.features, *_primed(own, own.features))
        gamma = Tensor(ASSUMED, len(axes), tuple(a.size for a in axes), tuple(a.letter for a in axes))
        entry = Access(gamma, tuple(Polynomial.name(axis.letter) for axis in axes))
        same = (*own.examples, *own.groups, *(() if self._reduces else own.positions))
        pairs = [(Polynomial.name(a), Polynomial.name(b.letter)) for a, b in own.primed(same).items()]
        deltas = same_entry([a for a, _ in pairs], [b for _, b in pairs])
        left = self._exact(self._mean * Form((Term.make(ONE, (entry, *deltas)),)))
        right = self._within_groups((self._mean * self._pairs(Form.constant(ONE))) * Form((Term.make(ONE, (entry,)),)))
        layouts = {ASSUMED: tuple((axis,) for axis in axes)}
        return self._formula("F", left, self._layout, layouts), self._formula("K", right, self._layout, layouts)

    def prove(self) -> DerivativeReport:
        """Prove under which condition the product of the factors is the Fisher block, and whether it is without.

        It is an approximation otherwise: a verdict "refuted", with numbers at which both differ, is part of the report.
        """
        left, right = self.conditioned
        rows = [stated(f"the block is the Kronecker product of the factors if {self.condition}", left, right)]
        with suppress(SizeLimitError):  # there are too many numbers to compare, and the statement is left out
            if self.exactness.status != "undecided":
                words = "without that, the block is the product of the factors"
                wanted = "proved" if self._is_single else "refuted"
                rows.append(Stated(words, self.fisher, self.product, self.exactness, wanted))
        return DerivativeReport(f"{self!r}", tuple(rows))

    def evaluate(self, **arrays: Any) -> dict[str, npt.NDArray[Any]]:
        """Both factors in numbers, "input" and "output".

        Raises:
            SymconvError: an array is missing, unknown or of another shape, or a size is a symbol.
        """
        return {"input": self.input.evaluate(**_of(self.input, arrays)),
                "output": self.output.evaluate(**_of(self.output, arrays))}  # fmt: skip

    def __repr__(self) -> str:
        return f"<Kronecker factors ({self.approximation}) of the Fisher block of {self.patched.weight}>"

    def __str__(self) -> str:
        return f"{self.input.text()}\n{self.output.text()}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def latex(self) -> str:
        """Both factors as one aligned block; compiles with amsmath."""
        lines = [f"{one.latex_left()} &= {one.latex_right()}" for one in (self.input, self.output)]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    # -- parts ---------------------------------------------------------------------------------------

    @property
    def _reduces(self) -> bool:
        return self.approximation == "reduce"

    @property
    def _is_single(self) -> bool:
        """Whether there is one example and one position."""
        return all(axis.size == ONE for axis in (*self.patched.examples, *self.patched.positions))

    @property
    def _mean(self) -> Form:
        return reciprocal(EXAMPLES, count(self.patched.examples))

    @property
    def _scale(self) -> Form:
        return reciprocal(POSITIONS, count(self.patched.positions))

    @property
    def _scale_twice(self) -> Form:
        return self._scale * self._scale

    def _pairs(self, scale: Form) -> Form:
        """scale * sum over examples of sum over i of P[q, i] P[q', i], or of both sums over positions apart."""
        own = self.patched
        other = (*own.columns, *(own.positions if self._reduces else ()))
        summed = [*own.examples, *own.positions, *(own.primed(own.positions).values() if self._reduces else ())]
        both = scale * own.patches * own.moved(own.patches, other)
        return both.times(inside(summed)).summed(axis.letter for axis in summed)

    def _exact(self, between: Form) -> Form:
        """sum over all examples and positions, twice, of P[q] P[q'] times the second moment of the derivatives."""
        own = self.patched
        other = (*own.examples, *own.positions, *own.groups, *own.columns)
        first = (*own.examples, *own.positions)
        summed = [*first, *own.primed(first).values()]
        both = own.patches * own.moved(own.patches, other) * between
        return both.times(inside(summed)).summed(axis.letter for axis in summed)

    def _within_groups(self, form: Form) -> Form:
        own = self.patched
        pairs = [(Polynomial.name(a), Polynomial.name(b.letter)) for a, b in own.primed(own.groups).items()]
        return form.times(same_entry([a for a, _ in pairs], [b for _, b in pairs]))

    @property
    def _layout(self) -> Layout:
        """The dimensions of the weights, with the bias behind the kernel if it is wanted, twice."""
        own = self.patched
        first: Layout = own.weight_layout
        if own.bias:
            first = (*_dimensions((*own.groups, *own.features)), own.columns)
        return (*first, *(tuple(_primed(own, dimension)) for dimension in first))

    def _formula(
        self, letter: str, form: Form, layout: Layout, more: Mapping[str, Layout] | None = None
    ) -> SecondDerivative:
        setting = self.patched.output.geometry
        tidy = added_up(simplify(form, setting.inside(axes_of(layout)), SIFTING).result)
        layouts = {**self.patched.output.layouts, **self.others, **(more or {})}
        return SecondDerivative(Quantity(f"{letter}_{self.patched.weight}"), tidy, layout, setting, layouts)


def count(axes: Axes) -> Polynomial:
    """How many entries axes have together."""
    number = ONE
    for axis in axes:
        number = number * axis.size
    return number


def _dimensions(axes: Axes) -> Layout:
    """One dimension for each axis."""
    return tuple((axis,) for axis in axes)


def _primed(own: Patched, axes: Axes) -> Axes:
    return tuple(own.primed(axes).values())


def _of(formula: SecondDerivative, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays that a formula needs; all, if what it needs is computed from them."""
    needed = set(formula.tensors_needed)
    network = formula.network
    if network is not None and not (needed and needed <= set(arrays)):
        return dict(arrays)
    return {name: array for name, array in arrays.items() if name in needed}
