"""Conv: the convolution layer, with every hyper-parameter that PyTorch, SciPy or XLA has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from symconv.algebra.polynomial import ONE, ZERO
from symconv.foundations.later import np
from symconv.geometry.arguments import (
    EMPTY,
    Count,
    Flag,
    Kind,
    Mode,
    Number,
    Padding,
    PaddingSize,
    PerAxis,
    Size,
    Whole,
)
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Requirement
from symconv.layers.adjoint import Adjoint, swapped
from symconv.layers.extended import within_its_mode
from symconv.layers.layer import Layer
from symconv.layers.plain import Index, Plain
from symconv.layers.plain_numpy import Array, Arrays, ints, padded, pairs, windows, with_zeros_between
from symconv.layers.pytorch import more_axes, padded as torch_padded, spatial, spread
from symconv.layers.transposed import ConvTranspose
from symconv.printing.notation import Notation


def output_size(
    input_size: Number,
    kernel_size: Number,
    stride: Number = 1,
    padding: PaddingSize = 0,
    dilation: Number = 1,
    input_dilation: Number = 1,
) -> Number:
    """Number of positions at which the kernel fits, along one axis.

    floor((n + 2p - d (K - 1) - 1) / s) + 1, the count of i >= 0 with
    s i + d (K - 1) <= n + 2p - 1 (Dumoulin and Visin 2016, relationship 6, with dilation).

    Args:
        input_size: n >= 1, in elements; l (n - 1) + 1 take its place where the input is dilated.
        kernel_size: K >= 1, in elements.
        stride, dilation, input_dilation: s, d, l >= 1.
        padding: p elements on both sides, a pair ``((low, high),)``, or a word as for ``Conv``.

    Returns:
        int if all arguments are ints, else a SymPy expression.

    Raises:
        GeometryError: the dilated kernel is longer than the padded input.

    >>> output_size(5, 3, stride=2, padding=1)
    3
    >>> output_size(7, 3, stride=2, padding="same_tf")
    4
    """
    layer = Conv(
        input_size, kernel_size, stride=stride, padding=padding, dilation=dilation, input_dilation=input_dilation
    )
    return layer.output_size[0]


class _Arithmetic(Plain):
    """A window with weights."""

    def _weight(self, channel: int, c: int, offset: Index) -> Index | None:
        return (channel, c % (self.in_channels // self.groups), *offset)


class Conv(Layer):
    """A convolution layer (cross-correlation, as in PyTorch, unless ``flip``).

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise; its dilated span must fit in the padded input.
        in_channels, out_channels: >= 1.
        stride, dilation: >= 1, one number or one per axis.
        padding: elements added at both ends: a number, or for every axis a number or a pair ``(low, high)``,
            negative to crop; or "valid" (none), "same" (stride 1: output as large as the input, as PyTorch
            splits it), "same_tf" (ceil(n / s) outputs, as TensorFlow splits it), "full" (d (K - 1) on both sides).
        groups: >= 1, a divisor of both numbers of channels; as many as input channels is depthwise.
        bias: whether one number per output channel is added.
        padding_mode: what the added elements are: "zeros", "circular", "reflect" or "replicate".
        batch_size: >= 1, the number of examples; None for one example without a batch axis.
        allow_empty: whether a batch of 0 and an output of size 0 are allowed, the latter if the kernel is longer than
            the padded input, as in XLA. An error by default, since that is a mistake more often.
        input_dilation: l >= 1; l - 1 zeros are put between neighbours of the input, before any padding (XLA).
        flip: True for the convolution of mathematics, which reads the kernel backwards.
        notation: names of the tensors and the base of printed labels.

    Any number may be a SymPy integer expression; its symbols then stand for all whole numbers for which
    the sizes, strides and dilations are at least 1, groups divide the channels, and the kernel fits.

    Raises:
        GeometryError: the numbers do not describe a layer.
        NotationError: a symbol and a tensor have the same name.

    >>> conv = Conv(3, 2)
    >>> conv.direct.output.array()
    [[X1*w1 + X2*w2, X2*w1 + X3*w2]]
    >>> conv.fully_connected.matrix
    Matrix([
    [w1,  0],
    [w2, w1],
    [ 0, w2]])
    >>> Conv.general(1).at(n=5, K=3, s=2, p=1, d=1, C_in=1, C_out=1).output_shape
    (1, 3)
    """

    is_convolution: ClassVar[bool] = True
    axes_apart: ClassVar[bool] = True
    size_rule = "windows"
    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "kernel_size": PerAxis(1),
        "in_channels": Count(1),
        "out_channels": Count(1),
        "stride": PerAxis(1),
        "padding": Padding(),
        "dilation": PerAxis(1),
        "groups": Count(1),
        "bias": Flag("adds one number per output channel"),
        "padding_mode": Mode(),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
        "input_dilation": PerAxis(1),
        "flip": Flag("reads the kernel backwards"),
    }
    GENERAL: ClassVar[dict[str, str]] = {
        "input_size": "n", "kernel_size": "K", "in_channels": "C_in", "out_channels": "C_out", "stride": "s",
        "padding": "p", "dilation": "d",
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
        dilation: Size = 1,
        groups: Whole = 1,
        bias: bool = False,
        padding_mode: str = "zeros",
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        input_dilation: Size = 1,
        flip: bool = False,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        names = ("input_size", "kernel_size", "stride", "dilation", "input_dilation")
        n, K, s, d, l = (self.axis_numbers(name)[axis] for name in names)  # noqa: E741
        low, high = self.pads.pairs[axis] if self.pads.word is None else (ZERO, ZERO)
        return AxisScheme(n, K, s, d, l, low, high)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield from within_its_mode(self, axis)
        yield from super().requirements(axis)

    @property
    def adjoint(self) -> ConvTranspose | Adjoint:
        """The transposed convolution with the same hyper-parameters and the same weights.

        Its input is what flows back into this layer, shape ``output_shape``; its output is ``grad_input``. With input
        dilation, a flipped kernel, cropping, padding other than with zeros or ``allow_empty`` it has no name, and is an
        ``Adjoint``.

        >>> from symconv import prove_equal
        >>> conv = Conv.general(1, bias=False)
        >>> prove_equal(conv.direct.grad_input, conv.adjoint.direct.output).status
        'proved'
        """
        crops = any((end.value or 0) < 0 for pair in self.ends for end in pair)
        if (
            self.allows_empty
            or self.flip
            or crops
            or self.padding_mode != "zeros"
            or any(scheme.l != ONE for scheme in self.schemes)
        ):
            return Adjoint(self)
        return ConvTranspose(
            self.output_size, self.kernel_size, in_channels=self.out_channels, out_channels=self.in_channels,
            stride=self.stride, padding=tuple(self.padding), output_padding=self.leftover, dilation=self.dilation,
            groups=self.groups, batch_size=self.batch_size, notation=swapped(self.notation),
        )  # fmt: skip

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic: ClassVar[type[Plain]] = _Arithmetic
    output_is = "windows"
    plain_method = "sliding windows"

    def plain_output(self, arrays: Arrays) -> Array:
        x = with_zeros_between(arrays["input"], ints(self.input_dilation))
        read = windows(padded(x, pairs(self), self.extension.require_numpy(self.padding_mode)), self)
        groups = int(self.groups)
        kernel = arrays["weight"]
        kernel = kernel.reshape(groups, kernel.shape[0] // groups, *kernel.shape[1:])
        if self.flip:
            kernel = np.flip(kernel, tuple(range(3, kernel.ndim)))
        read = read.reshape(read.shape[0], groups, -1, *read.shape[2:])
        positions = list(range(4, 4 + self.ndim))
        offsets = list(range(4 + self.ndim, 4 + 2 * self.ndim))
        output: Array = np.einsum(
            read, [0, 1, 3, *positions, *offsets], kernel, [1, 2, 3, *offsets], [0, 1, 2, *positions]
        )
        return output.reshape(output.shape[0], -1, *output.shape[3:])

    def lacks_in_pytorch(self) -> str:
        if self.extension.pytorch is None:
            return f"padding_mode={self.padding_mode!r} has no pytorch=.. in its Extension"
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        x = torch_padded(torch, spread(x, self.input_dilation), self.padding, self.extension.pytorch)
        w = w.flip(tuple(range(2, 2 + self.ndim))) if self.flip else w
        return spatial(torch, "conv", self.ndim)(x, w, b, self.stride, 0, self.dilation, self.groups)
