"""Pooling: what the average and the largest element of every window have in common."""

from __future__ import annotations

from symconv.errors import GeometryError
from symconv.geometry.hyperparameters import Requirement
from symconv.layers.channelwise import Channelwise
from symconv.layers.pytorch import more_axes


class Pooling(Channelwise):
    """One number for every window, whose stride is the size of the kernel if it is not given."""

    size_rule = "windows"

    def padded_by_half(self, axis: int) -> Requirement:
        """Padding is at most half of the kernel, as pooling has it."""
        scheme = self.schemes[axis]

        def too_much() -> GeometryError:
            return GeometryError(
                f"padding={self.show(scheme.low)} with kernel_size {self.show(scheme.K)} on axis {axis}",
                "it must be at most half of the kernel, so that every window has an element of the input",
                "use less padding, or a larger kernel",
            )

        return scheme.K - scheme.low * 2, too_much

    def is_usual(self, name: str) -> bool:
        return super().is_usual(name) or (name == "stride" and self.stride == self.kernel_size)

    def lacks_in_pytorch(self) -> str:
        if self.ndim == 3 and any(k > n for k, n in zip(self.kernel_size, self.input_size)):
            return "on 3 axes it refuses a kernel larger than the input"
        return more_axes(self.ndim)
