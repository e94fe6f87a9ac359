"""Unfold: patches as columns, im2col."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from math import prod
from typing import Any, ClassVar

from symconv.foundations.later import np
from symconv.geometry.arguments import Kind, PerAxis, Size, Whole
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.layers.folding import Folding
from symconv.layers.plain import Index, Plain, unravel
from symconv.layers.plain_numpy import Array, Arrays, padded, pairs, windows
from symconv.printing.notation import Notation


class _Arithmetic(Plain):
    """Every output is one element of one patch."""

    @cached_property
    def output_shape(self) -> Index:
        return (*self.batch, self.in_channels * prod(self.kernel), prod(self.positions))

    def _window(self, channel: int, position: Index) -> Iterator[tuple[int, Index, Index | None, Index | None]]:
        c, *offset = unravel(channel, (self.in_channels, *self.kernel))
        read = self._at(unravel(position[0], self.positions), tuple(offset))
        yield c, tuple(offset), None if read is None else (c, *read), None


class Unfold(Folding):
    """Patches as columns (im2col), as PyTorch's Unfold.

    h[(c, k), i] = X[c, s i + d k - p].

    Args:
        input_size, kernel_size, dilation, padding, stride: as for ``Conv``; padding >= 0 on both sides.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

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
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
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

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    output_is = "windows"
    plain_method = "sliding windows"

    def plain_output(self, arrays: Arrays) -> Array:
        read = windows(padded(arrays["input"], pairs(self)), self)
        count = prod(read.shape[2 : 2 + self.ndim])
        columns = np.moveaxis(read, range(2, 2 + self.ndim), range(-self.ndim, 0))
        return columns.reshape(columns.shape[0], -1, count)

    def lacks_in_pytorch(self) -> str:
        return "" if self.ndim == 2 else f"it has this layer on 2 spatial axes alone, not {self.ndim}"

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        run = torch.nn.functional.unfold
        return run(x, self.kernel_size, self.dilation, self.padding, self.stride)
