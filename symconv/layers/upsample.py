"""Upsample: every element several times."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from symconv.geometry.arguments import Count, Kind, PerAxis, Size
from symconv.geometry.axis_map import AxisScheme
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain_numpy import Array, Arrays, ints
from symconv.layers.registry import register
from symconv.printing.notation import Notation


@register
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

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    plain_method = "repeated elements"

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        for axis, factor in enumerate(ints(self.kernel_size)):
            x = np.repeat(x, factor, axis=2 + axis)
        return x
