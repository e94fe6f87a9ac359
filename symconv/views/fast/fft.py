"""Diagonal in the Fourier basis: transform weights and padded input, multiply at every frequency, transform back.

On an axis on which the padded input has P elements, with a transform of length N >= P and w = exp(2 pi i / N),

    E[l, o, c] = sum over k of w^(l d k) w[o, c, k]            F[l, c] = sum over u of w^(-l u) Y[c, u]
    h[o, i] = 1/N sum over l of w^(l s i) sum over c of E[l, o, c] F[l, c]

where Y is the input with its padding, and zeros up to N. The stride takes every s-th of the outputs with stride 1. The
sum over l of w^(l (s i + d k - u)) is N if N divides s i + d k - u, and else 0; as |s i + d k - u| < N, it is N for
u = s i + d k alone. E is the conjugate of the transform of the weights: a layer correlates. If an axis has circular
padding, the input itself is the circle, N = n, and nothing is padded.

Cooley and Tukey 1965; Mathieu, Henaff and LeCun 2014. A fast transform computes the three sums in N log N steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from numbers import Integral
from typing import Any

import sympy as sp

from symconv.algebra.contraction import Contraction
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_in import Reader
from symconv.bilinear.fourier import FourierMatrix, fourier_identity
from symconv.bilinear.matrices import counted
from symconv.errors import SymconvError, shown
from symconv.formulas.computation import Stage
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.matrix_setting import MatrixSetting
from symconv.geometry.shapes import Geometry, separate
from symconv.geometry.symbols import Fixed
from symconv.views.fast.circulant import OnCircle
from symconv.views.registry import register_on_request


@register_on_request
class Fft(OnCircle):
    """A product at every frequency, between transforms of length N on every axis."""

    name = "fft"
    title = "diagonal in the Fourier basis (FFT)"

    def __init__(self, geometry: Geometry, lengths: tuple[Polynomial, ...] | None = None, **misread: Any) -> None:
        self._given = lengths
        super().__init__(geometry, **misread)

    @classmethod
    def why_not(cls, geometry: Geometry) -> str:
        if why := super().why_not(geometry):
            return why
        is_letter = any(scheme.l.value is None for scheme in geometry.schemes)
        return "the input is dilated by a letter, and proofs of that take too long" if is_letter else ""

    def _key(self) -> tuple[Hashable, ...]:
        return (*super()._key(), self._given)

    def of_length(self, *lengths: Any) -> Fft:
        """The same with transforms of other lengths, one for every axis, or one for all.

        Args:
            lengths: whole numbers, SymPy expressions in the layer's symbols, or new letters, which stand for any length
                that is large enough, which every length from the padded input's on is. With a shorter one outputs wrap
                round, and a proof refutes that unless only zeros of the padding do.

        Raises:
            SymconvError: a length is none of these, or there is another number of them.

        >>> from symconv import Conv, prove
        >>> conv = Conv(6, 3)
        >>> [prove(conv, views=["direct", conv.fft.of_length(length)]).holds for length in (5, 6, 8)]
        [False, True, True]
        """
        chosen = lengths * self.geometry.ndim if len(lengths) == 1 else lengths
        if len(chosen) != self.geometry.ndim:
            wrong = f"the layer has {counted(self.geometry.ndim, 'axis', 'axes')}"
            raise SymconvError(f"of_length({', '.join(map(shown, lengths))})", wrong, "give a length for every axis")
        return Fft(self.geometry, tuple(map(self._length, chosen)), schemes=self.schemes, flip=self.flip)

    def _length(self, given: Any) -> Polynomial:
        own = set(self.geometry.table.symbols.values())
        is_new = isinstance(given, sp.Symbol) and given not in own
        if is_new and given.name in self._letters:
            raise SymconvError(f"of_length({shown(given)})", f"{given} stands for something else", "use another letter")
        if isinstance(given, (Integral, sp.Expr)) and not isinstance(given, bool):
            expression = sp.sympify(given)
            known = is_new or expression.free_symbols <= own
            with suppress(SymconvError):
                length = Reader().polynomial(expression, given)
                if known and (length.value is None or length.value >= 1):
                    return length
        right = "use a whole number from 1 on, an expression in the layer's symbols, or a new letter"
        raise SymconvError(f"of_length({shown(given)})", "not a length of a transform", right)

    @property
    def label(self) -> str:
        shown_lengths = ", ".join(map(self.geometry.show, self._given or ()))
        return f"{self.name}({shown_lengths})" if self._given else self.name

    def own_setting(self) -> MatrixSetting:
        """With new letters for lengths, which are large enough."""
        setting = super().own_setting()
        setting.table.assume(self._large_enough)
        return setting

    @cached_property
    def _large_enough(self) -> list[Polynomial]:
        """What is assumed of new letters, N - P >= 0."""
        pairs = zip(self.lengths, self.circle)
        return [length - circle for length, circle in pairs if length.names - self.geometry.taken_names]

    @cached_property
    def circle(self) -> tuple[Polynomial, ...]:
        """The elements that are transformed on every axis: all of the padded input, or once round the circle."""
        circular = self.geometry.padding_mode == "circular"
        return tuple(scheme.dilated if circular else scheme.padded for scheme in self.schemes)

    @cached_property
    def lengths(self) -> tuple[Polynomial, ...]:
        """N on every axis."""
        return self.circle if self._given is None else self._given

    @cached_property
    def frequencies(self) -> tuple[Axis, ...]:
        """l, from 0 to N - 1."""
        return self.own_axes("l", self.lengths)

    # -- matrices --------------------------------------------------------------------------------------

    @cached_property
    def _matrix_names(self) -> list[tuple[str, str, str]]:
        """C, A and B on every axis, numbered if there are several."""
        C, A, B = (self.own_name(letter) for letter in "CAB")
        suffixes = [""] if self.geometry.ndim == 1 else [str(at + 1) for at in range(self.geometry.ndim)]
        return [(f"{C}{suffix}", f"{A}{suffix}", f"{B}{suffix}") for suffix in suffixes]

    def matrices_of(self, axis: int) -> tuple[FourierMatrix, FourierMatrix, FourierMatrix]:
        """C, back to outputs; A, of the weights; and B, of the padded input."""
        scheme, length = self.schemes[axis], self.lengths[axis]
        back = FourierMatrix(scheme.padded, length, length, inverse=True)
        return back, FourierMatrix(length, scheme.span, length), FourierMatrix(length, self.circle[axis], length, -1)

    @property
    def matrices(self) -> Mapping[str, Fixed]:
        pairs = ((three, self.matrices_of(at)) for at, three in enumerate(self._matrix_names))
        return {name: one for three, matrices in pairs for name, one in zip(three, matrices)}

    @property
    def contractions(self) -> tuple[Contraction, ...]:
        """The rule of roots of unity on every axis, if it is one for these matrices, of which there are N >= 1."""
        known = self.geometry.assumptions.and_also(self._large_enough)
        found = (fourier_identity(three, *self.matrices_of(at)) for at, three in enumerate(self._matrix_names))
        return tuple(one for one, length in zip(found, self.lengths) if one is not None and known.is_positive(length))

    # -- stages ----------------------------------------------------------------------------------------

    @cached_property
    def _names(self) -> tuple[str, str]:
        return self.own_name("E"), self.own_name("F")

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        own: dict[str, Layout] = {}
        axes = zip(self._matrix_names, self._sized("t", 0), self._sized("y", 1), self.padded_positions)
        for at, (three, rows, offsets, u) in enumerate(axes):
            products = self.frequencies[at]
            own |= dict(zip(three, (((rows,), (products,)), ((products,), (offsets,)), ((products,), (u,)))))
        return {**OnCircle.layouts.func(self), **own}  # type: ignore[attr-defined]

    def _sized(self, letter: str, which: int) -> tuple[Axis, ...]:
        """Axes of the rows of C, or of the columns of A."""
        matrices = [self.matrices_of(at)[which] for at in range(self.geometry.ndim)]
        return self.own_axes(letter, [one.columns if which else one.rows for one in matrices])

    @property
    def weight_spectrum_layout(self) -> Layout:
        g = self.geometry
        return (*separate(self.frequencies), g.group_axes + g.output_channels, g.input_channels)

    @property
    def input_spectrum_layout(self) -> Layout:
        g = self.geometry
        return (*separate(self.frequencies), *g.batch_dimension, g.group_axes + g.input_channels)

    def stage_layouts(self) -> dict[str, Layout]:
        weights, inputs = self._names
        own = {
            self.padded_name: self.padded_layout, weights: self.weight_spectrum_layout,
            inputs: self.input_spectrum_layout,
        }  # fmt: skip
        return {**own, **super().stage_layouts()}

    def stages(self) -> Sequence[Stage]:
        g, (weights, inputs) = self.geometry, self._names
        transformed = self.sum(self._matrix(1, self.frequencies, self.offsets()) * self.kernel, g.kernel_offsets)
        padded = self.entry(self.padded_name, axes_of(self.padded_layout))
        spectrum = self.sum(self._matrix(2, self.frequencies, self.padded_positions) * padded, self.padded_positions)
        product = self.entry(weights, axes_of(self.weight_spectrum_layout))
        product *= self.entry(inputs, axes_of(self.input_spectrum_layout))
        back = self._matrix(0, self.strided(), self.frequencies)
        output = self.sum(back * product, g.input_channels, self.frequencies)
        output = self.with_bias(output, self.notation.bias, axes_of(g.bias_layout))
        return [
            Stage(self.padded_name, self.padded_layout, self.padded_input()),
            Stage(weights, self.weight_spectrum_layout, transformed),
            Stage(inputs, self.input_spectrum_layout, spectrum),
            Stage(self.notation.output, g.output_layout, output),
        ]

    def _matrix(self, which: int, rows: Sequence[Axis | sp.Expr], columns: Sequence[Axis | sp.Expr]) -> sp.Expr:
        """An entry of C, A or B on every axis."""
        axes = zip(self._matrix_names, rows, columns)
        return sp.Mul(*(self.entry(three[which], (row, column)) for three, row, column in axes))

    @cached_property
    def weight_spectrum(self) -> TensorFormula:
        """E, the conjugate of the weights' transform: at every frequency a matrix from input to output channels."""
        return self.stage(self._names[0])

    @cached_property
    def input_spectrum(self) -> TensorFormula:
        """F, the transform of the padded input."""
        return self.stage(self._names[1])
