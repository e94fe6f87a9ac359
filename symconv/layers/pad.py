"""Pad: elements added at both ends of every axis, or cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from symconv.algebra.polynomial import ONE
from symconv.geometry.arguments import EMPTY, Count, Kind, Mode, Padding, PaddingSize, PerAxis, Size, Whole
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Requirement
from symconv.layers.adjoint import Adjoint, swapped
from symconv.layers.channelwise import Channelwise
from symconv.layers.extended import within_its_mode
from symconv.layers.layer import Layer
from symconv.layers.plain import Plain
from symconv.layers.plain_numpy import Array, Arrays, padded, pairs
from symconv.layers.pytorch import more_axes, padded as torch_padded
from symconv.printing.notation import Notation


class Pad(Channelwise):
    """A layer that extends its input, as PyTorch's ZeroPad, ReflectionPad, ReplicationPad and CircularPad.

    h[c, i] = X[c, i - p], where X beyond its ends is what the padding mode says.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        padding: elements added at both ends, a number, or for every axis a number or a pair ``(low, high)``; negative
            to crop.
        padding_mode: what the added elements are: "zeros", "circular", "reflect" or "replicate".
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> Pad(3, ((2, -1),)).direct.output.array()
    [[0, 0, X1, X2]]
    >>> Pad(3, 1, padding_mode="reflect").direct.output.array()
    [[X2, X1, X2, X3, X2]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "padding": Padding(words=False),
        "padding_mode": Mode(),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    FITS = "some output is left"
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "padding": "p", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        padding: PaddingSize,
        *,
        padding_mode: str = "zeros",
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        low, high = self._pair(axis)
        return AxisScheme(self.axis_numbers("input_size")[axis], ONE, low=low, high=high)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield from within_its_mode(self, axis)

    @property
    def adjoint(self) -> Layer | Adjoint:
        """With zeros, the layer that cuts off what this one adds and adds zeros where this one cuts.

        >>> Pad(3, ((2, -1),)).adjoint.padding
        ((-2, 1),)
        """
        if self.allows_empty or self.padding_mode != "zeros":
            return Adjoint(self)
        ends = [self.written((-low, -high)) for low, high in self.ends]
        return Pad(
            self.output_size, tuple(low if low == high else (low, high) for low, high in ends),
            channels=self.in_channels, batch_size=self.batch_size, notation=swapped(self.notation),
        )  # fmt: skip

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = Plain
    output_is = "windows"
    plain_method = "padded arrays"

    def plain_output(self, arrays: Arrays) -> Array:
        return padded(arrays["input"], pairs(self), self.extension.require_numpy(self.padding_mode))

    def lacks_in_pytorch(self) -> str:
        if self.extension.pytorch is None:
            return f"padding_mode={self.padding_mode!r} has no pytorch=.. in its Extension"
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return torch_padded(torch, x, self.padding, self.extension.pytorch)
