"""Pooling: what the average and the largest element of every window have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from symconv.algebra.polynomial import ZERO
from symconv.errors import GeometryError
from symconv.geometry.arguments import EMPTY, Count, Flag, Kind, Padding, PerAxis
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import AxisLetters, Requirement
from symconv.geometry.shapes import Geometry
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain import Plain
from symconv.layers.plain_axis import AxisNumbers
from symconv.layers.pytorch import more_axes


class PlainPooling(Plain):
    """Windows of which the last may end beyond the padding, but starts before the padding at the end."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        return replace(Plain.axis_numbers(layer, axis), ceil=bool(layer.arguments()["ceil_mode"]))


class Pooling(Channelwise):
    """One number for every window, whose stride is the size of the kernel if it is not given."""

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "kernel_size": PerAxis(1),
        "stride": PerAxis(1),
        "padding": Padding(crops=False),
        "ceil_mode": Flag("adds a window where a stride's remainder is left over"),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }

    @property
    def size_rule(self) -> str:
        return "" if self.ceil_mode else "windows"

    @property
    def ceil_mode(self) -> bool:
        """Whether a window is added for what is left over, unless it starts in the padding at the end."""
        return bool(self.values["ceil_mode"])

    def completed(self, scheme: AxisScheme, axis: int) -> AxisScheme:
        """The scheme with what the last window of ``ceil_mode`` needs more at the end, at most s - 1 elements.

        ceil((n + low + high - span) / s) + 1 windows, fewer where the last would start at n + low or after it, are
        floor((n + low - 1 - max(0, span - s - high)) / s) + 1.
        """
        if not self.ceil_mode or scheme.outputs is not None:
            return scheme
        short = AxisLetters(self, axis).maximum("e", [ZERO, scheme.span - scheme.s - scheme.high])
        return replace(scheme, high=scheme.span - 1 - short)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        scheme = self.schemes[axis]
        for end in dict.fromkeys(self.ends[axis]):

            def too_much(padding: str = self.show(end)) -> GeometryError:
                return GeometryError(
                    f"padding={padding} with kernel_size {self.show(scheme.K)} on axis {axis}",
                    "it must be less than the kernel spans, so that every window has an element of the input",
                    "use less padding (PyTorch allows at most half of the kernel), or a larger kernel",
                )

            yield scheme.span - 1 - end, too_much
        yield from super().requirements(axis)

    def is_usual(self, name: str) -> bool:
        return super().is_usual(name) or (name == "stride" and self.stride == self.kernel_size)

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    def reach(self) -> list[tuple[int, int]]:
        """How far windows reach beyond both ends of every axis, with ``ceil_mode`` perhaps beyond the padding.

        Returns:
            (low, high) for every axis.
        """
        axes = [PlainPooling.axis_numbers(self, axis) for axis in range(self.ndim)]
        return [(a.p, max(0, a.s * (a.windows - 1) + a.d * (a.K - 1) + 1 - a.p - a.n)) for a in axes]

    @property
    def is_padded_as_in_pytorch(self) -> bool:
        """Whether padding is the same at both ends, and at most half of the kernel (concrete sizes only)."""
        pairs = zip(self.padding, self.kernel_size)
        return all(not isinstance(p, tuple) and 2 * int(p) <= int(k) for p, k in pairs)

    def lacks_in_pytorch(self) -> str:
        if self.ndim == 3 and any(k > n for k, n in zip(self.kernel_size, self.input_size)):
            return "on 3 axes it refuses a kernel larger than the input"
        return more_axes(self.ndim)
