"""A bilinear algorithm as stages, from which its gradients follow; and what it is to compute, as one stage."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property

import sympy as sp

from symconv.algebra.contraction import Contraction
from symconv.algebra.polynomial import Polynomial
from symconv.bilinear.identity import Axes, Identity
from symconv.bilinear.matrices import Numbers
from symconv.formulas.computation import Computation, Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.matrix_setting import MatrixSetting
from symconv.geometry.symbols import Fixed
from symconv.printing.notation import USUAL, Notation

WEIGHTS, INPUTS = "E", "F"
"""What the transformed weights A w and the transformed inputs B x are called."""


def numbered(letter: str, sizes: Sequence[int]) -> tuple[Axis, ...]:
    """Axes with one letter, numbered if there are several."""
    letters = [letter] if len(sizes) == 1 else [f"{letter}{at + 1}" for at in range(len(sizes))]
    return tuple(Axis(one, Polynomial.constant(size)) for one, size in zip(letters, sizes))


class _OnAxes(Computation):
    """Outputs, weights and inputs on some axes, none of which is for channels."""

    def __init__(self, axes: Axes, setting: MatrixSetting) -> None:
        super().__init__(setting)
        self.axes = axes
        self.outputs = numbered("i", axes.outputs)
        self.kernel = numbered("k", axes.kernel)
        self.inputs = numbered("j", axes.inputs)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.axes, self.setting)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        names = self.notation
        return {
            names.weight: tuple((axis,) for axis in self.kernel), names.input: tuple((axis,) for axis in self.inputs),
            names.grad_output: self.output_layout,
        }  # fmt: skip

    @property
    def output_layout(self) -> Layout:
        return tuple((axis,) for axis in self.outputs)

    def stage_layouts(self) -> dict[str, Layout]:
        return {self.notation.output: self.output_layout}

    def quantity(self, name: str) -> TensorFormula:
        """The output, grad_weight or grad_input."""
        if name == "output":
            return self.output
        return self.gradient(getattr(self.notation, name.removeprefix("grad_")))


class PlainSum(_OnAxes):
    """What is to be computed, h[i] = sum over k of w[k] x[i + k], or x[i - k]; circular if the axes say so."""

    def __init__(self, axes: Axes, notation: Notation = USUAL) -> None:
        super().__init__(axes, MatrixSetting(notation, {}, ()))

    def stages(self) -> Sequence[Stage]:
        names, turns = self.notation, numbered("r", (1,) * len(self.outputs))
        sign = -1 if self.axes.is_flipped else 1
        at = [i.symbol + sign * k.symbol for i, k in zip(self.outputs, self.kernel)]
        if self.axes.is_circular:
            at = [place + m * turn.symbol for place, m, turn in zip(at, self.axes.outputs, turns)]
        product = self.entry(names.weight, self.kernel) * self.entry(names.input, at)
        if self.axes.is_circular:
            product = sp.Sum(product, *((turn.symbol, -sp.oo, sp.oo) for turn in turns))
        return [Stage(names.output, self.output_layout, self.sum(product, self.kernel))]


class Stages(_OnAxes):
    """h = C (A w * B x), the matrices on every axis; of which the identity is assumed if it was checked."""

    def __init__(self, factors: Sequence[Identity], axes: Axes, checked: bool, notation: Notation = USUAL) -> None:
        self.factors = tuple(factors)
        kinds = list(dict.fromkeys(self.factors))
        self.suffixes = ["" if len(kinds) == 1 else str(kinds.index(one) + 1) for one in self.factors]
        named: dict[str, Fixed] = {}
        contractions = []
        for factor, suffix in zip(self.factors, self.suffixes):
            own, count = factor.axes, len(factor.A)
            named[f"C{suffix}"] = Numbers(factor.C, (*own.outputs, count))
            named[f"A{suffix}"] = Numbers(factor.A, (count, *own.kernel))
            named[f"B{suffix}"] = Numbers(factor.B, (count, *own.inputs))
            period = Polynomial.constant(own.outputs[0]) if own.is_circular else None
            contractions.append(Contraction(f"C{suffix}", f"A{suffix}", f"B{suffix}", own.is_flipped, period))
        known = tuple(dict.fromkeys(contractions)) if checked else ()
        super().__init__(axes, MatrixSetting(notation, named, known))
        self.products = numbered("l", [len(one.A) for one in self.factors])

    def _key(self) -> tuple[Hashable, ...]:
        return (self.factors, *super()._key())

    @cached_property
    def _own(self) -> list[tuple[str, slice, Axis]]:
        """For every factor its suffix, its axes and its products."""
        found, first = [], 0
        for factor, suffix, products in zip(self.factors, self.suffixes, self.products):
            last = first + len(factor.axes.sizes)
            found.append((suffix, slice(first, last), products))
            first = last
        return found

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        matrices: dict[str, Layout] = {}
        for suffix, own, products in self._own:
            matrices[f"C{suffix}"] = tuple((axis,) for axis in (*self.outputs[own], products))
            matrices[f"A{suffix}"] = tuple((axis,) for axis in (products, *self.kernel[own]))
            matrices[f"B{suffix}"] = tuple((axis,) for axis in (products, *self.inputs[own]))
        return {**_OnAxes.layouts.func(self), **matrices}  # type: ignore[attr-defined]

    def stage_layouts(self) -> dict[str, Layout]:
        products = tuple((axis,) for axis in self.products)
        return {WEIGHTS: products, INPUTS: products, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        names, layout = self.notation, tuple((axis,) for axis in self.products)
        A, B, C = [sp.S.One], [sp.S.One], [sp.S.One]
        for suffix, own, products in self._own:
            A.append(self.entry(f"A{suffix}", (products, *self.kernel[own])))
            B.append(self.entry(f"B{suffix}", (products, *self.inputs[own])))
            C.append(self.entry(f"C{suffix}", (*self.outputs[own], products)))
        weights = self.sum(sp.Mul(*A, self.entry(names.weight, self.kernel)), self.kernel)
        inputs = self.sum(sp.Mul(*B, self.entry(names.input, self.inputs)), self.inputs)
        product = sp.Mul(*C, self.entry(WEIGHTS, self.products), self.entry(INPUTS, self.products))
        return [
            Stage(WEIGHTS, layout, weights), Stage(INPUTS, layout, inputs),
            Stage(names.output, self.output_layout, self.sum(product, self.products)),
        ]  # fmt: skip
