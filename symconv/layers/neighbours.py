"""Layers without weights that share the convolution's scheme: pooling, unfold and fold, up-sampling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from typing import ClassVar

import sympy as sp

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import GeometryError
from symconv.foundations.later import np, npt
from symconv.geometry.arguments import Count, Flag, Kind, Padding, PerAxis, Size
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import AxisLetters, Requirement
from symconv.geometry.shapes import separate
from symconv.layers.layer import Layer
from symconv.printing.notation import Notation


class Channelwise(Layer):
    """A layer without weights that treats every channel alike: a depthwise scheme with a fixed kernel."""

    def channels(self) -> tuple[Polynomial, Polynomial]:
        return self.group_count(), self.group_count()

    def group_count(self) -> Polynomial:
        return self.count("channels")

    @cached_property
    def group_axes(self) -> tuple[Axis, ...]:
        return self._counted("input channel", self.G)

    @cached_property
    def input_groups(self) -> tuple[Axis, ...]:
        return self._counted("input channel", self.G, self.group_axes)

    @property
    def fixed_kernel(self) -> sp.Expr:
        return sp.Integer(1)

    def padded_by_half(self, axis: int) -> Requirement:
        """Padding is at most half of the kernel, as pooling has it."""
        scheme = self.schemes[axis]

        def too_much() -> GeometryError:
            return GeometryError(
                f"padding={self.show(scheme.low)} with kernel_size {self.show(scheme.K)} on axis {axis}",
                "it must be at most half of the kernel, so that every window has an element of the input",
                "use less padding, or a larger kernel",
            )

        return scheme.K - scheme.low * 2, too_much

    def _pair(self, axis: int) -> tuple[Polynomial, Polynomial]:
        return self.pads.pairs[axis]


class AvgPool(Channelwise):
    """Average pooling (PyTorch's AvgPool1d, 2d, 3d): h[c, i] = D sum over k of X[c, s i + k - p].

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise.
        stride: s >= 1; the kernel size by default.
        padding: p >= 0 zeros on both sides, at most half of the kernel.
        count_include_pad: whether the padding counts as elements that are averaged: D = 1/K, or D[i] = 1 over
            the number of elements that window i has inside the input.
        channels, batch_size, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> AvgPool(4, 2).direct.output.array()
    [[X1/2 + X2/2, X3/2 + X4/2]]
    >>> AvgPool(3, 2, padding=1, count_include_pad=False).direct.output.array()
    [[X1, X2/2 + X3/2]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "kernel_size": PerAxis(1),
        "stride": PerAxis(1),
        "padding": Padding(plain=True),
        "count_include_pad": Flag("counts the padding as elements that are averaged"),
        "channels": Count(1),
        "batch_size": Count(1, optional=True),
    }
    GENERAL: ClassVar[dict[str, str]] = {
        "input_size": "n", "kernel_size": "K", "stride": "s", "padding": "p", "channels": "C",
    }  # fmt: skip
    has_scale = True

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = None,
        padding: Size = 0,
        *,
        count_include_pad: bool = True,
        channels: Size = 1,
        batch_size: Size = None,
        notation: Notation | None = None,
    ) -> None:
        stride = kernel_size if stride is None else stride
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        n, K, s = (self.axis_numbers(name)[axis] for name in ("input_size", "kernel_size", "stride"))
        return AxisScheme(n, K, s, low=self._pair(axis)[0], high=self._pair(axis)[0])

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield self.padded_by_half(axis)
        yield from super().requirements(axis)

    @property
    def count_include_pad(self) -> bool:
        return bool(self.values["count_include_pad"])

    @property
    def scale_layout(self) -> Layout:
        return () if self.count_include_pad else separate(self.output_positions)

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        counts = [self._counts(axis) for axis in range(self.ndim)]
        if self.count_include_pad:
            return {self.notation.scale: np.array(Fraction(1, prod(count[0] for count in counts)), dtype=object)}
        values = np.array([Fraction(1, prod(elements)) for elements in product(*counts)], dtype=object)
        return {self.notation.scale: values.reshape([len(count) for count in counts])}

    def _counts(self, axis: int) -> list[int]:
        """How many elements each window averages on one axis."""
        scheme, m = self.schemes[axis], int(self.m[axis].value or 0)
        n, K, s, p = (int(number.value or 0) for number in (scheme.n, scheme.K, scheme.s, scheme.low))
        if self.count_include_pad:
            return [K] * m
        return [min(s * i - p + K, n) - max(s * i - p, 0) for i in range(m)]

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        number = self.writer.polynomial
        counts = []
        for scheme, position, k in zip(self.schemes, self.read_positions, self.kernel_offsets):
            q = number(position)
            inside = sp.Piecewise((1, sp.And(sp.Ge(q, 0), sp.Ge(number(scheme.n - 1) - q, 0))), (0, True))
            last = number(scheme.K) - 1
            counts.append(number(scheme.K) if self.count_include_pad else sp.Sum(inside, (k.symbol, 0, last)))
        base = sp.IndexedBase(self.notation.scale)
        letters = [axis.symbol for axis in self.output_positions]
        name = sp.Symbol(self.notation.scale) if self.count_include_pad else base[tuple(letters)]
        return {**super().definitions, name: 1 / sp.Mul(*counts)}


class Folding(Channelwise):
    """What Unfold and Fold share: the image, its patches, and a channel for every channel and kernel element.

    ``SIZE`` is the parameter that gives the image's size.
    """

    SIZE: ClassVar[str]
    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "kernel_size": PerAxis(1),
        "dilation": PerAxis(1),
        "padding": Padding(plain=True),
        "stride": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True),
    }
    GENERAL: ClassVar[dict[str, str]] = {
        "kernel_size": "K", "dilation": "d", "padding": "p", "stride": "s", "channels": "C",
    }  # fmt: skip

    def unfolding(self, axis: int) -> AxisScheme:
        """The scheme that reads patches from the image."""
        n, K, s, d = (self.axis_numbers(name)[axis] for name in (self.SIZE, "kernel_size", "stride", "dilation"))
        return AxisScheme(n, K, s, d, low=self._pair(axis)[0], high=self._pair(axis)[0])

    @cached_property
    def patch_elements(self) -> tuple[Axis, ...]:
        """The elements of a patch, which are part of the patches' channels."""
        return self.axes("kernel", tuple(scheme.K for scheme in self.schemes))

    @cached_property
    def kernel_offsets(self) -> tuple[Axis, ...]:
        return self.axes("kernel", tuple(scheme.K for scheme in self.schemes), taken=self.patch_elements)

    @property
    def fixed_kernel(self) -> sp.Expr:
        """[k' = k]: every element of a patch is one kernel offset."""
        pairs = zip(self.patch_elements, self.kernel_offsets)
        return sp.Mul(*(sp.KroneckerDelta(element.symbol, k.symbol) for element, k in pairs))

    def patches_layout(self, positions: tuple[Axis, ...]) -> Layout:
        return (*self.batch_dimension, self.group_axes + self.patch_elements, positions)


class Unfold(Folding):
    """Patches as columns, im2col (PyTorch's Unfold): h[(c, k), i] = X[c, s i + d k - p].

    Args:
        input_size, kernel_size, dilation, padding, stride: as for ``Conv``; padding >= 0 on both sides.
        channels, batch_size, notation: as for ``Conv``.

    The output's shape is (channels * number of kernel elements, number of patches).

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> Unfold(3, 2).direct.output.array()
    [[X1, X2], [X2, X3]]
    """

    SIZE = "input_size"
    PARAMETERS: ClassVar[dict[str, Kind]] = {SIZE: PerAxis(1), **Folding.PARAMETERS}
    GENERAL: ClassVar[dict[str, str]] = {SIZE: "n", **Folding.GENERAL}

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        dilation: Size = 1,
        padding: Size = 0,
        stride: Size = 1,
        *,
        channels: Size = 1,
        batch_size: Size = None,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        return self.unfolding(axis)

    @property
    def output_channels(self) -> tuple[Axis, ...]:
        return self.patch_elements

    @property
    def output_layout(self) -> Layout:
        return self.patches_layout(self.output_positions)


class Fold(Folding):
    """Columns added up into an image, col2im (PyTorch's Fold): the adjoint of ``Unfold``.

    h[c, i] = sum over k, j of X[(c, k), j] [i = s j + d k - p].

    Args:
        output_size: spatial size of the output, >= 1; that of the ``Unfold`` whose adjoint this is.
        kernel_size, dilation, padding, stride: those of the ``Unfold``.
        channels: of the output. batch_size, notation: as for ``Conv``.

    The input's shape is (channels * number of kernel elements, number of patches).

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> Fold(3, 2).direct.output.array()
    [[X11, X12 + X21, X22]]
    """

    SIZE = "output_size"
    PARAMETERS: ClassVar[dict[str, Kind]] = {SIZE: PerAxis(1), **Folding.PARAMETERS}
    GENERAL: ClassVar[dict[str, str]] = {SIZE: "n", **Folding.GENERAL}

    def __init__(
        self,
        output_size: Size,
        kernel_size: Size,
        dilation: Size = 1,
        padding: Size = 0,
        stride: Size = 1,
        *,
        channels: Size = 1,
        batch_size: Size = None,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    @property
    def flip(self) -> bool:
        return True

    def scheme(self, axis: int) -> AxisScheme:
        image = self.unfolding(axis)
        patches = AxisLetters(self, axis).floor("m", image.room, image.s, 1)
        back = replace(image, n=patches).transposed
        return replace(back, high=back.high + image.room - (patches - 1) * image.s)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield self.fits(self.unfolding(axis), axis, "output")

    @property
    def input_channels(self) -> tuple[Axis, ...]:
        return self.patch_elements

    @property
    def input_layout(self) -> Layout:
        return self.patches_layout(self.input_positions)

    def unread_in_words(self) -> str:
        """The elements of the patches that fall into the padding, as a sentence an axis (concrete sizes)."""
        lines = []
        for axis in range(self.ndim) if self.is_concrete else ():
            image, patches = self.unfolding(axis), int(self.schemes[axis].n.value or 0)
            n, K, s, d, p = (int(x.value or 0) for x in (image.n, image.K, image.s, image.d, image.low))
            lost = [(k, j) for j in range(patches) for k in range(K) if not 0 <= s * j + d * k - p < n]
            if lost:
                shown = ", ".join(map(str, lost[:6])) + (f", .. ({len(lost)} in all)" if len(lost) > 6 else "")
                lines.append(f"axis {axis}: no output reads the input at (offset, patch) {shown}, in the padding")
        return "\n".join(lines)


class Upsample(Channelwise):
    """Nearest up-sampling: every element f times, h[c, i] = X[c, floor(i / f)] (PyTorch's Upsample, mode "nearest").

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        scale_factor: f >= 1, likewise.
        channels, batch_size, notation: as for ``Conv``.

    It is the transposed convolution with f ones as its kernel and stride f.

    >>> Upsample(2, 2).direct.output.array()
    [[X1, X1, X2, X2]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "scale_factor": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True),
    }
    FITS = ""
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "scale_factor": "f", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        scale_factor: Size,
        *,
        channels: Size = 1,
        batch_size: Size = None,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    @property
    def flip(self) -> bool:
        return True

    def scheme(self, axis: int) -> AxisScheme:
        n, f = (self.axis_numbers(name)[axis] for name in ("input_size", "scale_factor"))
        return AxisScheme(n, f, f).transposed


class ZeroInsertion(Channelwise):
    """l - 1 zeros between neighbours: h[c, i] = sum over j of X[c, j] [i = l j] (XLA's lhs dilation alone).

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        input_dilation: l >= 1, likewise.
        channels, batch_size, notation: as for ``Conv``.

    >>> ZeroInsertion(3, 2).direct.output.array()
    [[X1, 0, X2, 0, X3]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "input_dilation": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True),
    }
    FITS = ""
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "input_dilation": "l", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        input_dilation: Size,
        *,
        channels: Size = 1,
        batch_size: Size = None,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        n, l = (self.axis_numbers(name)[axis] for name in ("input_size", "input_dilation"))  # noqa: E741
        return AxisScheme(n, ONE, l=l)
