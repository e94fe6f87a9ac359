"""Outputs in tiles, each by a bilinear algorithm: transform weights and inputs, multiply, transform back, join.

On one axis, with tiles of m outputs at the positions m t + u, and the algorithm's matrices C, A and B,

    E[l, o, c] = sum over k of A[l, k] w[o, c, k]            F[l, c, t] = sum over q of B[l, q] X[c, m t + q - p]
    h[o, m t + u] = sum over l of C[u, l] sum over c of E[l, o, c] F[l, c, t]

With a stride s, every phase of the kernel, each s-th weight, has an algorithm of its own; with a dilation d, the
outputs of one tile are d apart, as the inputs that they share, and d tiles are interleaved. On several axes the
algorithms are nested. Winograd 1980; Lavin and Gray 2016; of strides and dilations, Huang et al. 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import sympy as sp

from symconv.algebra.contraction import Contraction
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.sympy_out import bracket
from symconv.bilinear.algorithm import BilinearAlgorithm
from symconv.bilinear.matrices import Numbers
from symconv.bilinear.toom_cook import MOST_SIZE
from symconv.formulas.computation import Stage
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.shapes import Geometry, separate
from symconv.geometry.symbols import Fixed
from symconv.views.fast.own import FastView, dropped, names


class Tiled(FastView):
    """Tiles of outputs, each by one bilinear algorithm an axis. A subclass says which, in ``algorithm_for``."""

    @classmethod
    def why_not(cls, geometry: Geometry) -> str:
        if why := super().why_not(geometry):
            return why
        if any(scheme.l != ONE for scheme in geometry.schemes):
            return "the input is dilated, so windows of neighboring outputs do not share its elements"
        if any(scheme.K.value is None or scheme.s.value is None for scheme in geometry.schemes):
            return "the kernel size and the stride must be numbers, for which there are matrices"
        if any(_weights(scheme) > MOST_SIZE for scheme in geometry.schemes):
            return f"an algorithm has at most {MOST_SIZE} weights on an axis"
        return ""

    def algorithm_for(self, weights: int) -> BilinearAlgorithm:
        """The algorithm on an axis with this number of weights."""
        raise NotImplementedError

    @cached_property
    def algorithms(self) -> tuple[BilinearAlgorithm, ...]:
        """One for every axis; equal axes have the same."""
        sizes = list(map(_weights, self.schemes))
        made = {size: self.algorithm_for(size) for size in sizes}
        return tuple(made[size] for size in sizes)

    @property
    def algorithm(self) -> BilinearAlgorithm:
        """That of a whole tile: matrices, multiplications and errors on all axes."""
        first, *others = self.algorithms
        return first.nested(*others) if others else first

    @property
    def multiplications(self) -> int:
        """Products of a transformed weight and a transformed input, for a tile, an output and an input channel.

        With a stride, those of all phases.
        """
        phases = sp.prod([int(scheme.s.value or 1) for scheme in self.schemes])
        return int(phases) * self.algorithm.multiplications

    # -- matrices and axes -----------------------------------------------------------------------------

    @cached_property
    def _matrix_names(self) -> list[tuple[str, str, str]]:
        """C, A and B on every axis, numbered if there are different ones."""
        kinds = list(dict.fromkeys(self.algorithms))
        suffixes = ["" if len(kinds) == 1 else str(kinds.index(one) + 1) for one in self.algorithms]
        C, A, B = (self.own_name(letter) for letter in "CAB")
        return [(f"{C}{suffix}", f"{A}{suffix}", f"{B}{suffix}") for suffix in suffixes]

    @property
    def matrices(self) -> Mapping[str, Fixed]:
        found: dict[str, Fixed] = {}
        for algorithm, three in zip(self.algorithms, self._matrix_names):
            (factor,) = algorithm.factors
            found.update(zip(three, (Numbers(factor.C), Numbers(factor.A), Numbers(factor.B))))
        return found

    @property
    def contractions(self) -> tuple[Contraction, ...]:
        """The identity of every algorithm, if it holds; no proof rests on one that does not."""
        pairs = zip(self.algorithms, self._matrix_names)
        found = (
            Contraction(*three, because=(algorithm.factors[0].C, algorithm.factors[0].A, algorithm.factors[0].B))
            for algorithm, three in pairs
            if not algorithm.wrong
        )
        return tuple(dict.fromkeys(found))

    def _sizes(self, at: int) -> tuple[Polynomial, ...]:
        """Outputs of a tile, weights, inputs and products on an axis."""
        algorithm = self.algorithms[at]
        (m, r), (n,) = algorithm.axes.sizes[0], algorithm.axes.inputs
        return tuple(map(Polynomial.constant, (m, r, n, algorithm.multiplications)))

    def _axes(self, letter: str, which: int) -> tuple[Axis, ...]:
        return self.own_axes(letter, [self._sizes(at)[which] for at in range(self.geometry.ndim)])

    @cached_property
    def in_tile(self) -> tuple[Axis, ...]:
        """u, the outputs of one tile."""
        return self._axes("u", 0)

    @cached_property
    def weights(self) -> tuple[Axis, ...]:
        """y, the weights of one phase."""
        return self._axes("y", 1)

    @cached_property
    def reads(self) -> tuple[Axis, ...]:  # type: ignore[override]
        """q, the inputs of one tile."""
        return self._axes("q", 2)

    @cached_property
    def products(self) -> tuple[Axis, ...]:
        """l, the products of one tile."""
        return self._axes("l", 3)

    @cached_property
    def tiles(self) -> tuple[Axis, ...]:
        """t, as many as it takes to cover all outputs; the last may reach beyond them."""
        sizes = [
            self.setting.floor(self._count(at), m - 1, scheme.d * self._sizes(at)[0], 1)
            for at, (m, scheme) in enumerate(zip(self.geometry.m, self.schemes))
        ]
        return self.own_axes("t", sizes)

    def _count(self, at: int) -> str:
        """The letter of the number of tiles, a different letter for every size of tiles, so that views are compared."""
        letter = f"T{self._sizes(at)[0]}"
        return letter if self.geometry.ndim == 1 else f"{letter}_{at + 1}"

    @cached_property
    def interleaved(self) -> tuple[Axis, ...]:
        """z, from 0 to d - 1."""
        return self.own_axes("z", [scheme.d for scheme in self.schemes])

    @cached_property
    def phases(self) -> tuple[Axis, ...]:
        """a, from 0 to s - 1."""
        return self.own_axes("a", [scheme.s for scheme in self.schemes])

    # -- stages ----------------------------------------------------------------------------------------

    @cached_property
    def _names(self) -> tuple[str, str]:
        return self.own_name("E"), self.own_name("F")

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        own: dict[str, Layout] = {}
        axes = zip(self._matrix_names, self.in_tile, self.weights, self.reads, self.products)
        for (C, A, B), u, y, q, products in axes:
            own |= {C: ((u,), (products,)), A: ((products,), (y,)), B: ((products,), (q,))}
        return {**FastView.layouts.func(self), **own}  # type: ignore[attr-defined]

    @property
    def weight_stage_layout(self) -> Layout:
        g = self.geometry
        channels = (g.group_axes + g.output_channels, g.input_channels)
        return (*separate(self.products), *channels, *separate(dropped(self.phases)))

    @property
    def input_stage_layout(self) -> Layout:
        g = self.geometry
        more = (*self.tiles, *dropped(self.interleaved), *dropped(self.phases))
        return (*separate(self.products), *g.batch_dimension, g.group_axes + g.input_channels, *separate(more))

    def stage_layouts(self) -> dict[str, Layout]:
        weights, inputs = self._names
        own = {weights: self.weight_stage_layout, inputs: self.input_stage_layout}
        return {**own, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        g, (weights, inputs) = self.geometry, self._names
        product = self.entry(weights, axes_of(self.weight_stage_layout))
        product *= self.entry(inputs, axes_of(self.input_stage_layout))
        output = self._matrix(0, self.in_tile, self.products) * product * sp.Mul(*self._joined())
        summed = (self.tiles, dropped(self.interleaved), self.in_tile, self.products, dropped(self.phases))
        output = self.sum(output, g.input_channels, *summed)
        output = self.with_bias(output, self.notation.bias, axes_of(g.bias_layout))
        return [
            Stage(weights, self.weight_stage_layout, self._transformed_weights()),
            Stage(inputs, self.input_stage_layout, self._transformed_inputs()),
            Stage(self.notation.output, g.output_layout, output),
        ]

    def _matrix(self, which: int, rows: Sequence[Axis], columns: Sequence[Axis]) -> sp.Expr:
        """An entry of C, A or B on every axis."""
        axes = zip(self._matrix_names, rows, columns)
        return sp.Mul(*(self.entry(three[which], (row, column)) for three, row, column in axes))

    def _transformed_weights(self) -> sp.Expr:
        g, written = self.geometry, self.geometry.stage_writer.polynomial
        offsets = []
        for scheme, y, a in zip(self.schemes, names(self.weights), self.phases):
            offset = scheme.s * y + self._index(a)
            offsets.append(written(scheme.K - 1 - offset if self.flip else offset))
        weight = self.entry(self.notation.weight, axes_of(g.weight_layout)[: -g.ndim], offsets)
        return self.sum(self._matrix(1, self.products, self.weights) * weight, self.weights)

    def _transformed_inputs(self) -> sp.Expr:
        g = self.geometry
        axes = zip(self.schemes, self.in_tile, names(self.tiles), names(self.reads), self.interleaved, self.phases)
        positions = tuple(
            scheme.s * (scheme.d * (u.size * t + q) + self._index(z)) + scheme.d * self._index(a) - scheme.low
            for scheme, u, t, q, z, a in axes
        )
        before = g.as_in_input(g.batch_axes, g.group_axes, g.input_channels)
        read = self.read_at(g.branches_at(positions), self.notation.input, before)
        return self.sum(self._matrix(2, self.products, self.reads) * read, self.reads)

    def _joined(self) -> list[sp.Expr]:
        """[i = d (m t + u) + z] on every axis."""
        written = self.geometry.stage_writer.polynomial
        axes = zip(self.geometry.output_positions, self.schemes, self.in_tile, names(self.tiles), self.interleaved)
        return [
            bracket(i.symbol, written(scheme.d * (u.size * t + Polynomial.name(u.letter)) + self._index(z)))
            for i, scheme, u, t, z in axes
        ]

    @staticmethod
    def _index(axis: Axis) -> Polynomial:
        """The axis' index, 0 if it has one element."""
        return Polynomial() if axis.size == ONE else Polynomial.name(axis.letter)


def _weights(scheme: AxisScheme) -> int:
    """The weights of one phase of the kernel, each s-th of them."""
    return -(-int(scheme.K.value or 1) // int(scheme.s.value or 1))
