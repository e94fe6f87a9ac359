"""AdaptiveMaxPool: the largest elements of as many windows as are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, ClassVar

from symconv.algebra.polynomial import ZERO
from symconv.foundations.later import np, npt
from symconv.geometry.arguments import EMPTY, Count, Kind, PerAxis, Size, Whole
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.shapes import Geometry
from symconv.layers.adaptive_avg_pool import sizes_or_input, window_of
from symconv.layers.choosing import Choosing, Largest
from symconv.layers.plain_axis import AxisNumbers
from symconv.layers.plain_numpy import Array, Arrays
from symconv.layers.pytorch import more_axes, spatial
from symconv.layers.resampling import MatrixNumbers, PlainResampling
from symconv.printing.notation import Notation


class _Arithmetic(Largest, PlainResampling):
    """The largest element of a window, whose elements have a 1 in their row of the matrix."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        given = layer.arguments()
        n, m = int(given["input_size"][axis]), int(given["output_size"][axis])
        windows = (window_of(i, n, m) for i in range(m))
        rows = tuple(tuple(Fraction(int(begin <= j < end)) for j in range(n)) for begin, end in windows)
        return MatrixNumbers(n, K=n, matrix=rows)


class AdaptiveMaxPool(Choosing):
    """Max pooling to a size that is given, as PyTorch's AdaptiveMaxPool1d, 2d and 3d.

    h[c, i] = max of X[c, j] for floor(i n / m) <= j < ceil((i + 1) n / m).

    Written as h[c, i] = sum over j of S[c, i, j] X[c, j], where the switch S is 1 at the chosen element of the window
    and else 0, as for ``MaxPool``. With m = 1 it is global max pooling.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        output_size: m >= 1, likewise; None for the input's size.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> AdaptiveMaxPool(3, 1).direct.output.array()
    [[S11*X1 + S12*X2 + S13*X3]]
    >>> AdaptiveMaxPool(5, 2).switch([[1, 2, 4, 3, 0]]).tolist()
    [[[0, 0, 1, 0, 0], [0, 0, 1, 0, 0]]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "output_size": PerAxis(1, or_empty=True),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    FITS = ""
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "output_size": "m", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        output_size: Size | Sequence[Whole | None] | None,
        *,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        output_size = sizes_or_input(output_size, input_size)
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        """The kernel is as large as the input and does not move; the switch is 0 outside of a window."""
        n = self.axis_numbers("input_size")[axis]
        return AxisScheme(n, n, ZERO, outputs=self.axis_numbers("output_size")[axis])

    def reads(self, axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        n, m = (int(self.arguments()[name][axis]) for name in ("input_size", "output_size"))
        ends = np.array([window_of(i, n, m) for i in range(m)])
        places = np.broadcast_to(np.arange(n), (m, n))
        return places, (places >= ends[:, :1]) & (places < ends[:, 1:])

    def _unread(self, axis: int) -> tuple[int, ...]:
        return ()

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    plain_method = "sliding windows"

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        return np.stack([cut.max(axis=tuple(range(2, x.ndim))) for cut in self._cuts(x)], axis=-1).reshape(
            *x.shape[:2], *map(int, self.output_size)
        )

    def plain_sides(self, x: Array) -> Array:
        flat = (cut.reshape(*cut.shape[:2], prod(cut.shape[2:])) for cut in self._cuts(x))
        return np.stack([cut.argmax(axis=-1) for cut in flat], axis=-1)

    def _cuts(self, x: Array) -> list[Array]:
        """The elements of every window."""
        sizes = zip(x.shape[2:], map(int, self.output_size))
        axes = [[slice(*window_of(i, n, m)) for i in range(m)] for n, m in sizes]
        places: list[Any] = [(slice(None), slice(None), *window) for window in product(*axes)]
        return [x[place] for place in places]

    def lacks_in_pytorch(self) -> str:
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return spatial(torch, "adaptive_max_pool", self.ndim)(x, self.output_size)
