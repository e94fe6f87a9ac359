"""Upsample: every element several times."""

from __future__ import annotations

from typing import Any, ClassVar

from symconv.foundations.later import np
from symconv.geometry.arguments import EMPTY, Count, Kind, PerAxis, Size, Whole
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.shapes import Geometry
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain import Plain
from symconv.layers.plain_axis import AxisNumbers, Row
from symconv.layers.plain_numpy import Array, Arrays, ints
from symconv.layers.pytorch import more_axes
from symconv.printing.notation import Notation


class _Arithmetic(Plain):
    """Output i reads input floor(i / f)."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        given = layer.arguments()
        return AxisNumbers(int(given["input_size"][axis]), l=int(given["scale_factor"][axis]))

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        return a.n * a.l

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        return [{0: i // a.l} for i in range(cls.output_count(right))]


class Upsample(Channelwise):
    """Nearest up-sampling, as PyTorch's Upsample in the mode "nearest".

    h[c, i] = X[c, floor(i / f)], every element f times.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        scale_factor: f >= 1, likewise.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    It is the transposed convolution with f ones as its kernel and stride f.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> Upsample(2, 2).direct.output.array()
    [[X1, X1, X2, X2]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "scale_factor": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    FITS = ""
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "scale_factor": "f", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        scale_factor: Size,
        *,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
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

    arithmetic = _Arithmetic
    output_is = "image"

    def slides(self, axis: int) -> tuple[int, int, int, int, int]:
        """All copies of an input, one input after the other."""
        factor = int(self.arguments()["scale_factor"][axis])
        return factor, factor, 1, 0, 1

    plain_method = "repeated elements"

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        for axis, factor in enumerate(ints(self.kernel_size)):
            x = np.repeat(x, factor, axis=2 + axis)
        return x

    def lacks_in_pytorch(self) -> str:
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        for axis, factor in enumerate(self.kernel_size):
            x = x.repeat_interleave(factor, 2 + axis)
        return x
