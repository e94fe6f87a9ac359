"""BatchGroupedConv: the examples of a batch in groups, each with output channels of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from symconv.algebra.assumptions import Floor
from symconv.algebra.polynomial import Polynomial
from symconv.errors import GeometryError
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
from symconv.geometry.axes import Layout
from symconv.geometry.shapes import Geometry, separate
from symconv.layers.adjoint import Adjoint
from symconv.layers.convolution import Conv
from symconv.layers.layer import Layer
from symconv.layers.plain import Index, Plain, Reading
from symconv.layers.plain_axis import Change
from symconv.layers.plain_numpy import Array, Arrays
from symconv.printing.notation import Notation


class _Arithmetic(Plain):
    """The groups of examples side by side, as groups of channels."""

    def __init__(self, layer: Geometry, change: Change | None = None) -> None:
        super().__init__(layer, change)
        given = layer.arguments()
        self.groups, self.own_channels = int(given["batch_group_count"]), self.in_channels
        self.examples = int(given["batch_size"]) // self.groups
        self.batch = (self.examples,)
        self.in_channels *= self.groups

    def window(self, output: Index) -> list[Reading]:
        return [
            replace(one, input=None if one.input is None else self._example(one.input))
            for one in super().window(output)
        ]

    def _example(self, index: Index) -> Index:
        group, own = divmod(index[1], self.own_channels)
        return (group * self.examples + index[0], own, *index[2:])

    def _weight(self, channel: int, c: int, offset: Index) -> Index | None:
        return (channel, c % self.own_channels, *offset)


class BatchGroupedConv(Conv):
    """A convolution whose examples come in groups, as XLA's ``batch_group_count``.

    Output channel (g, o) reads the examples of group g alone, example e of the output those with number (g, e):

    h[e, (g, o), i] = sum over c and k of w[(g, o), c, k] X[(g, e), c, s i + d k - p].

    It is the gradient with respect to the weights of a convolution with groups, whose channels are its examples.

    Args:
        input_size, kernel_size, in_channels, stride, padding, dilation, bias, padding_mode: as for ``Conv``.
        input_dilation, flip, allow_empty, notation: likewise.
        batch_group_count: B >= 1, the number of groups.
        out_channels: a multiple of B.
        batch_size: of the input, a multiple of B; the output has a batch of batch_size / B.

    Raises:
        GeometryError: the numbers do not describe a layer, or B does not divide the batch or the output channels.

    >>> layer = BatchGroupedConv(3, 2, batch_group_count=2, out_channels=2, batch_size=2)
    >>> layer.input_shape, layer.weight_shape, layer.output_shape
    ((2, 1, 3), (2, 1, 2), (1, 2, 2))
    >>> layer.direct.output.array()
    [[[X11*w11 + X12*w12, X12*w11 + X13*w12], [X21*w21 + X22*w22, X22*w21 + X23*w22]]]
    """

    is_convolution: ClassVar[bool] = False
    axes_apart: ClassVar[bool] = False
    in_networks: ClassVar[bool] = False
    output_is = ""
    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "kernel_size": PerAxis(1),
        "batch_group_count": Count(1),
        "in_channels": Count(1),
        "out_channels": Count(1),
        "stride": PerAxis(1),
        "padding": Padding(),
        "dilation": PerAxis(1),
        "bias": Flag("adds one number per output channel"),
        "padding_mode": Mode(),
        "batch_size": Count(1, optional=True),
        "allow_empty": EMPTY,
        "input_dilation": PerAxis(1),
        "flip": Flag("reads the kernel backwards"),
    }
    GENERAL: ClassVar[dict[str, str]] = {**Conv.GENERAL, "batch_group_count": "B", "batch_size": "N"}

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        *,
        batch_group_count: Whole = 1,
        in_channels: Whole = 1,
        out_channels: Whole = 1,
        stride: Size = 1,
        padding: PaddingSize = 0,
        dilation: Size = 1,
        bias: bool = False,
        padding_mode: str = "zeros",
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        input_dilation: Size = 1,
        flip: bool = False,
        notation: Notation | None = None,
    ) -> None:
        if batch_size is None:
            raise GeometryError(
                f"batch_group_count={batch_group_count} without a batch", "it groups the examples of a batch",
                "give batch_size=.., a multiple of it",
            )  # fmt: skip
        Layer.__init__(self, locals(), notation)

    @classmethod
    def related(cls, letters: Any) -> Any:
        """The batch is N examples for each of B groups."""
        return {**letters, "batch_size": letters["batch_size"] * letters["batch_group_count"]}

    @classmethod
    def for_input(cls, channels: Any, size: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        raise GeometryError(
            f"{cls.__name__} in a network", "its output has fewer examples than its input", "use it alone"
        )

    def group_count(self) -> Polynomial:
        return self.count("batch_group_count")

    def channels(self) -> tuple[Polynomial, Polynomial]:
        return self.count("in_channels") * self.group_count(), self.count("out_channels")

    def _names_of_channels(self) -> None:
        super()._names_of_channels()
        total = self.count("batch_size")
        quotient, rest = total.divided_by_term(self.G)
        if rest and rest.value is not None and self.G.value is not None:
            raise GeometryError(
                f"batch_size={self.show(total)} with batch_group_count={self.show(self.G)}",
                f"{self.show(self.G)} groups do not divide {self.show(total)} examples",
                "make batch_size a multiple of batch_group_count",
            )  # fmt: skip
        self._examples = self.define("N_g", Floor(total, self.G, exact=True), 1) if rest else quotient

    @property
    def batch(self) -> Polynomial:
        """The number of examples of one group, which is the output's batch."""
        return self._examples

    @property
    def batch_size(self) -> Number:
        """The number of examples of the input."""
        return self.written([self.count("batch_size")])[0]

    @property
    def groups(self) -> Number:
        """The number of groups, of examples of the input and of channels of the output."""
        return self.written([self.group_count()])[0]

    @property
    def adjoint(self) -> Adjoint:
        """The adjoint of the layer, which is not a layer with a name."""
        return Adjoint(self)

    @property
    def input_layout(self) -> Layout:
        return (self.group_axes + self.batch_axes, self.input_channels, *separate(self.input_positions))

    @property
    def example_shape(self) -> tuple[int, ...]:
        """That of one example of every group."""
        groups, (_, *own) = int(self.groups), map(int, self.input_shape)
        return (groups, *own)

    @property
    def examples_apart(self) -> bool:
        return int(self.groups) > 1 and int(self.output_shape[0]) > 1

    def in_example(self, index: Index) -> Index:
        return (index[0] // int(self.output_shape[0]), *index[1:])

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic

    def side_by_side(self, x: Any) -> Any:
        """The groups of examples as groups of channels."""
        count = int(self.arguments()["batch_group_count"])
        apart = x.reshape(count, x.shape[0] // count, *x.shape[1:])
        return apart.swapaxes(0, 1).reshape(x.shape[0] // count, count * x.shape[1], *x.shape[2:])

    def plain_output(self, arrays: Arrays) -> Array:
        given = self.arguments()
        count = int(given.pop("batch_group_count"))
        given |= {"batch_size": int(given["batch_size"]) // count, "in_channels": count * int(given["in_channels"])}
        beside = self.side_by_side(np.asarray(arrays["input"]))
        return Conv(**given, groups=count).plain_output({**arrays, "input": beside})

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return super().run_in_pytorch(torch, self.side_by_side(x), w, b)
