"""ConvTranspose: the transposed convolution, a convolution over an input with zeros between its elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from symconv.errors import GeometryError
from symconv.foundations.later import np
from symconv.foundations.verbs import loaded
from symconv.geometry.arguments import EMPTY, Count, Flag, Kind, Padding, PaddingSize, PerAxis, Size, Whole
from symconv.geometry.axes import Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Requirement
from symconv.geometry.shapes import Geometry, separate
from symconv.layers.adjoint import Adjoint, swapped
from symconv.layers.layer import Layer
from symconv.layers.plain import Index, Plain
from symconv.layers.plain_axis import AxisNumbers, Row, spread
from symconv.layers.plain_numpy import Array, Arrays, ints, overlapped, pairs
from symconv.layers.pytorch import more_axes, padded as torch_padded, spatial
from symconv.printing.notation import Notation


class _Arithmetic(Plain):
    """Every input spreads over outputs."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        return replace(Plain.axis_numbers(layer, axis), extra=int(layer.output_padding[axis]))

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        return a.s * (a.n - 1) + a.d * (a.K - 1) + 1 - sum(a.ends) + a.extra

    @classmethod
    def products_on(cls, layer: Geometry, axis: int) -> int:
        numbers = cls.axis_numbers(layer, axis)
        return max(numbers.n, cls.output_count(numbers)) * numbers.K

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        return spread(a, right.n, cls.output_count(right))

    def _weight(self, channel: int, c: int, offset: Index) -> Index | None:
        return (c, channel % (self.out_channels // self.groups), *offset)


class ConvTranspose(Layer):
    """A transposed convolution, a convolution's backward pass as a layer, as PyTorch's ConvTranspose1d, 2d and 3d.

    h[o, i] = sum over c, j, k of w[c, o, k] X[c, j] [i = s j + d k - p]: every input spreads over K outputs.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise.
        in_channels, out_channels: >= 1; the weights have shape (in_channels, out_channels / groups, *kernel).
        stride, dilation: >= 1, those of the convolution whose adjoint this is.
        padding: >= 0, that of the convolution; the number of outputs left out at each end, or for every axis a pair
            ``(low, high)``.
        output_padding: >= 0, extra outputs at the end, fewer than the stride or fewer than the dilation. It tells
            apart the shapes that a strided convolution maps to one.
        groups, bias, batch_size, allow_empty, notation: as for ``Conv``.

    The output has (n - 1) s - 2p + d (K - 1) + output_padding + 1 elements (Dumoulin and Visin 2016,
    relationship 14, with dilation), where 2p is the padding of both ends together.

    Raises:
        GeometryError: the numbers do not describe a layer.
        NotationError: a symbol and a tensor have the same name.

    >>> ConvTranspose(2, 2).direct.output.array()
    [[X1*w1, X1*w2 + X2*w1, X2*w2]]
    >>> ConvTranspose(3, 3, stride=2, padding=1, output_padding=1).output_shape
    (1, 6)
    """

    spreads = True
    inputs_first = True
    size_rule = "overlaps"
    axes_apart: ClassVar[bool] = True
    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "kernel_size": PerAxis(1),
        "in_channels": Count(1),
        "out_channels": Count(1),
        "stride": PerAxis(1),
        "padding": Padding(words=False, crops=False),
        "output_padding": PerAxis(0),
        "dilation": PerAxis(1),
        "groups": Count(1),
        "bias": Flag("adds one number per output channel"),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    FITS = "some output is left"
    GENERAL: ClassVar[dict[str, str]] = {
        "input_size": "n", "kernel_size": "K", "in_channels": "C_in", "out_channels": "C_out", "stride": "s",
        "padding": "p", "output_padding": "u", "dilation": "d",
    }  # fmt: skip

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        *,
        in_channels: Whole = 1,
        out_channels: Whole = 1,
        stride: Size = 1,
        padding: PaddingSize = 0,
        output_padding: Size = 0,
        dilation: Size = 1,
        groups: Whole = 1,
        bias: bool = False,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    @property
    def flip(self) -> bool:
        """The kernel of the convolution over the dilated input, which is this layer's scheme, is read backwards."""
        return True

    def scheme(self, axis: int) -> AxisScheme:
        names = ("input_size", "kernel_size", "stride", "dilation", "output_padding")
        n, K, s, d, extra = (self.axis_numbers(name)[axis] for name in names)
        low, high = self.pads.pairs[axis]
        back = AxisScheme(n, K, s, d, low=low).transposed
        return replace(back, high=back.span - 1 - high + extra)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        s, d, extra = (self.axis_numbers(name)[axis] for name in ("stride", "dilation", "output_padding"))
        room, (low, high) = self.schemes[axis].room, self.pads.pairs[axis]

        def too_much() -> GeometryError:
            return GeometryError(
                f"output_padding={self.show(extra)} on axis {axis}, stride {self.show(s)}, dilation {self.show(d)}",
                "it must be smaller than the stride or than the dilation",
                f"use at most {self.show(self.table.reader.maximum([s, d]) - 1)}",
            )

        def nothing_left() -> GeometryError:
            return GeometryError(
                f"padding={self.show(low) if low == high else (self.show(low), self.show(high))} on axis {axis}",
                f"it leaves out all outputs: the output would have {self.show(room + 1)} elements",
                "use less padding",
            )

        yield self.table.reader.maximum([s, d]) - 1 - extra, too_much
        yield room + (1 if self.allows_empty else 0), nothing_left

    @property
    def weight_layout(self) -> Layout:
        return (self.group_axes + self.input_channels, self.output_channels, *separate(self.kernel_offsets))

    @property
    def adjoint(self) -> Layer | Adjoint:
        """The convolution whose adjoint this layer is; it does not read the extra outputs at the end.

        >>> ConvTranspose(3, 3, stride=2, padding=1, output_padding=1).adjoint.padding
        ((1, 0),)
        """
        if self.allows_empty:
            return Adjoint(self)
        ends = zip(self.pads.pairs, self.axis_numbers("output_padding"))
        written = [self.written((low, high - extra)) for (low, high), extra in ends]
        conv: Layer = loaded("symconv.layers.convolution:Conv")(
            self.output_size, self.kernel_size, in_channels=self.out_channels, out_channels=self.in_channels,
            stride=self.stride, padding=tuple(low if low == high else (low, high) for low, high in written),
            dilation=self.dilation, groups=self.groups, batch_size=self.batch_size, notation=swapped(self.notation),
        )  # fmt: skip
        return conv

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    output_is = "image"
    plain_method = "overlap-add"

    def plain_output(self, arrays: Arrays) -> Array:
        groups = int(self.groups)
        x, kernel = arrays["input"], arrays["weight"]
        x = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
        kernel = kernel.reshape(groups, kernel.shape[0] // groups, *kernel.shape[1:])
        positions = list(range(4, 4 + self.ndim))
        offsets = list(range(4 + self.ndim, 4 + 2 * self.ndim))
        stamps = np.einsum(x, [0, 1, 2, *positions], kernel, [1, 2, 3, *offsets], [0, 1, 3, *positions, *offsets])
        stamps = stamps.reshape(stamps.shape[0], -1, *stamps.shape[3:])
        ends, extra = pairs(self), ints(self.output_padding)
        return overlapped(stamps, self, [-low for low, _ in ends], [u - high for (_, high), u in zip(ends, extra)])

    def lacks_in_pytorch(self) -> str:
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        run, extra, ends = spatial(torch, "conv_transpose", self.ndim), self.output_padding, pairs(self)
        low = [min(pair) for pair in ends]  # what both ends have; the rest is cropped
        whole = run(x, w, b, self.stride, low, extra, self.groups, self.dilation)
        return torch_padded(torch, whole, [(p - a, p - b) for p, (a, b) in zip(low, ends)], None)
