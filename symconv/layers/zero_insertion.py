"""ZeroInsertion: zeros between neighbours."""

from __future__ import annotations

from typing import Any, ClassVar

from symconv.algebra.polynomial import ONE
from symconv.geometry.arguments import EMPTY, Count, Kind, PerAxis, Size, Whole
from symconv.geometry.axis_map import AxisScheme
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain import Plain
from symconv.layers.plain_axis import AxisNumbers, Row
from symconv.layers.plain_numpy import Array, Arrays, ints, with_zeros_between
from symconv.layers.pytorch import more_axes, spread
from symconv.printing.notation import Notation


class _Arithmetic(Plain):
    """Output i reads input i / l, where that is a whole number."""

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        return a.l * (a.n - 1) + 1

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        return [{0: None if i % a.l else i // a.l} for i in range(cls.output_count(right))]


class ZeroInsertion(Channelwise):
    """A layer that puts l - 1 zeros between neighbours, as XLA's lhs dilation alone.

    h[c, i] = sum over j of X[c, j] [i = l j].

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        input_dilation: l >= 1, likewise.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> ZeroInsertion(3, 2).direct.output.array()
    [[X1, 0, X2, 0, X3]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "input_dilation": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    FITS = ""
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "input_dilation": "l", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        input_dilation: Size,
        *,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        n, l = (self.axis_numbers(name)[axis] for name in ("input_size", "input_dilation"))  # noqa: E741
        return AxisScheme(n, ONE, l=l)

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    output_is = "image"

    def slides(self, axis: int) -> tuple[int, int, int, int, int]:
        """One element, which moves on by the distance between the inputs."""
        return 1, int(self.arguments()["input_dilation"][axis]), 1, 0, 1

    plain_method = "strided assignment"

    def plain_output(self, arrays: Arrays) -> Array:
        return with_zeros_between(arrays["input"], ints(self.input_dilation))

    def lacks_in_pytorch(self) -> str:
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return spread(x, self.input_dilation)
