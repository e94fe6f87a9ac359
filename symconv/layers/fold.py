"""Fold: columns added up into an image, col2im."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, require_terms
from symconv.foundations.later import np
from symconv.geometry.arguments import Kind, PerAxis, Size, Whole
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import AxisLetters, Requirement
from symconv.geometry.shapes import Geometry
from symconv.layers.folding import Folding
from symconv.layers.plain import Index, Plain
from symconv.layers.plain_axis import AxisNumbers, Row, spread
from symconv.layers.plain_numpy import Array, Arrays, ints, overlapped
from symconv.printing.notation import Notation


class _Arithmetic(Plain):
    """Every patch is added to the image."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        """The numbers of the image, which has as many patches as there are windows in it."""
        return replace(Plain.axis_numbers(layer, axis), n=int(layer.output_size[axis]))

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        return a.n

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        return spread(a, right.windows, right.n)

    def _input(self, channel: int, offset: Index, read: Index) -> Index:
        row = int(np.ravel_multi_index((channel, *offset), (self.in_channels, *self.kernel)))
        patches = [self.axis_numbers(self.layer, axis).windows for axis in range(self.layer.ndim)]
        return (row, int(np.ravel_multi_index(read, patches)))


class Fold(Folding):
    """Columns added up into an image (col2im), the adjoint of ``Unfold``, as PyTorch's Fold.

    h[c, i] = sum over k, j of X[(c, k), j] [i = s j + d k - p].

    Args:
        output_size: spatial size of the output, >= 1; that of the ``Unfold`` whose adjoint this is.
        kernel_size, dilation, padding, stride: those of the ``Unfold``.
        channels: of the output.
        batch_size, allow_empty, notation: as for ``Conv``.

    The input's shape is (channels * number of kernel elements, number of patches).

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> Fold(3, 2).direct.output.array()
    [[X11, X12 + X21, X22]]
    """

    spreads = True
    SIZE = "output_size"
    PARAMETERS: ClassVar[dict[str, Kind]] = {SIZE: PerAxis(1), **Folding.PARAMETERS}
    GENERAL: ClassVar[dict[str, str]] = {SIZE: "n", **Folding.GENERAL}

    def __init__(
        self,
        output_size: Size,
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

    @property
    def flip(self) -> bool:
        return True

    def scheme(self, axis: int) -> AxisScheme:
        image = self.unfolding(axis)
        patches = AxisLetters(self, axis).floor("m", image.room, image.s, 1)
        back = replace(image, n=patches).transposed
        return replace(back, high=back.high + image.room - (patches - 1) * image.s)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield self.fits(self.unfolding(axis), axis, "output")

    @property
    def input_channels(self) -> tuple[Axis, ...]:
        return self.patch_elements

    @property
    def input_layout(self) -> Layout:
        return self.patches_layout(self.input_positions)

    def unread_in_words(self) -> str:
        """The elements of the patches that fall into the padding, as a sentence an axis (concrete sizes)."""
        lines = []
        for axis in range(self.ndim) if self.is_concrete else ():
            image, patches = self.unfolding(axis), int(self.schemes[axis].n.value or 0)
            n, K, s, d, p = (int(x.value or 0) for x in (image.n, image.K, image.s, image.d, image.low))
            # Of the patches between those that start before the input and those that end behind it, all is read.
            first = min(patches, -(-p // s))
            last = min(patches, max(first, -(-(n + p - d * (K - 1)) // s)))
            require_terms((first + patches - last) * K, DEFAULT_MAX_TERMS, f"the unread inputs of {self!r}")
            ends = (*range(first), *range(last, patches))
            lost = [(k, j) for j in ends for k in range(K) if not 0 <= s * j + d * k - p < n]
            if lost:
                shown = ", ".join(map(str, lost[:6])) + (f", .. ({len(lost)} in all)" if len(lost) > 6 else "")
                lines.append(f"axis {axis}: no output reads the input at (offset, patch) {shown}, in the padding")
        return "\n".join(lines)

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    output_is = "image"
    plain_method = "overlap-add"

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        K, p, out = ints(self.kernel_size), ints(self.padding), ints(self.output_size)
        s, d = ints(self.stride), ints(self.dilation)
        n = [(o + 2 * p - d * (k - 1) - 1) // s + 1 for o, p, d, k, s in zip(out, p, d, K, s)]
        stamps = np.moveaxis(x.reshape(x.shape[0], -1, *K, *n), range(2, 2 + len(K)), range(-len(K), 0))
        high = [o + p - (s * (n - 1) + d * (k - 1) + 1) for o, p, s, n, d, k in zip(out, p, s, n, d, K)]
        return overlapped(stamps, self, [-p for p in p], high)

    def lacks_in_pytorch(self) -> str:
        return "" if self.ndim == 2 else f"it has this layer on 2 spatial axes alone, not {self.ndim}"

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        run = torch.nn.functional.fold
        return run(x, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
