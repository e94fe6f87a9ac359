"""Max pooling: the largest element of every window, by an indicator of the chosen one."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, ClassVar

from symconv.errors import GeometryError
from symconv.foundations.later import np, npt
from symconv.geometry.arguments import Kind, PaddingSize, PerAxis, Size, Whole
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Requirement
from symconv.layers.choosing import Choosing, Largest
from symconv.layers.plain_numpy import Array, Arrays, windows
from symconv.layers.pooling import PlainPooling, Pooling
from symconv.layers.pytorch import padded as torch_padded, spatial
from symconv.printing.notation import Notation


class _Arithmetic(Largest, PlainPooling):
    """The largest element of a window."""


class MaxPool(Choosing, Pooling):
    """Max pooling, as PyTorch's MaxPool1d, 2d and 3d.

    h[c, i] = max over k of X[c, s i + d k - p].

    Written as h[c, i] = sum over k of S[c, i, k] X[c, s i + d k - p], where the switch S is 1 at the chosen element
    of the window and else 0. Of equal elements the first in row-major order is chosen, as in PyTorch; a derivative
    treats S as fixed, which is exact wherever the largest element is the only one. Padding is never chosen.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise.
        stride: s >= 1; the kernel size by default.
        padding: p >= 0 on both sides, fewer elements than the kernel spans; for every axis a number or a pair
            ``(low, high)``; or a word, as for ``Conv``.
        dilation: d >= 1.
        ceil_mode: whether a window is added for what is left over of the input. It may end beyond the padding, and
            starts before the padding at the end.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> MaxPool(4, 2).direct.output.array()
    [[S11*X1 + S12*X2, S21*X3 + S22*X4]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {**Pooling.PARAMETERS, "dilation": PerAxis(1)}
    GENERAL: ClassVar[dict[str, str]] = {
        "input_size": "n", "kernel_size": "K", "stride": "s", "padding": "p", "dilation": "d", "channels": "C",
    }  # fmt: skip

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: PaddingSize = 0,
        dilation: Size = 1,
        *,
        ceil_mode: bool = False,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        stride = kernel_size if stride is None else stride
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        n, K, s, d = (self.axis_numbers(name)[axis] for name in ("input_size", "kernel_size", "stride", "dilation"))
        low, high = self._pair(axis)
        return AxisScheme(n, K, s, d, low=low, high=high)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield from super().requirements(axis)
        if self._reads_padding_alone(axis):
            low, d = (self.show(number) for number in (self.schemes[axis].low, self.schemes[axis].d))
            raise GeometryError(
                f"padding={low} with dilation {d} on axis {axis}", "a window lies in the padding alone",
                "use less padding or dilation",
            )  # fmt: skip

    def _reads_padding_alone(self, axis: int) -> bool:
        """Whether a window has no element of the input; not known of symbols, and then False.

        A window that starts inside the input has one, and no window starts past its end, since the padding is less
        than a window. So only those that start in the padding are looked at.
        """
        scheme = self.schemes[axis]
        values = [number.value for number in (scheme.n, scheme.K, scheme.s, scheme.d, scheme.low, scheme.room)]
        if None in values:
            return False
        n, K, s, d, p, room = (int(value or 0) for value in values)
        count = min(-(-p // s), room // s + 1)
        return any(-(-(p - s * i) // d) > min(K - 1, (n - 1 + p - s * i) // d) for i in range(count))

    def reads(self, axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """The element that every window has at every offset, and whether there is one in the input."""
        scheme, m = self.schemes[axis], int(self.m[axis].value or 0)
        n, K, s, d, p = (int(number.value or 0) for number in (scheme.n, scheme.K, scheme.s, scheme.d, scheme.low))
        places = s * np.arange(m)[:, None] + d * np.arange(K) - p
        return np.clip(places, 0, n - 1), (places >= 0) & (places < n)

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    plain_method = "sliding windows"

    def plain_output(self, arrays: Arrays) -> Array:
        return np.asarray(self._elements(arrays["input"]).max(axis=-1))

    def plain_sides(self, x: Array) -> Array:
        return np.asarray(self._elements(x).argmax(axis=-1))

    def _elements(self, x: Array) -> Array:
        """The elements of every window in one row; padding is below all of them."""
        lowest = -np.inf if x.dtype.kind == "f" else x.min() - 1
        ends = [(0, 0)] * (x.ndim - self.ndim) + self.reach()
        read = windows(np.pad(x, ends, constant_values=lowest), self)
        return read.reshape(*read.shape[: -self.ndim], prod(read.shape[-self.ndim :]))

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        run = spatial(torch, "max_pool", self.ndim)
        if self.is_padded_as_in_pytorch:
            return run(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        x = torch_padded(torch, x, self.reach(), "constant", -torch.inf)
        return run(x, self.kernel_size, self.stride, 0, self.dilation)
