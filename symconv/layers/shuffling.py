"""PixelShuffle and PixelUnshuffle: blocks of pixels as channels, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any, ClassVar

from symconv.errors import GeometryError, shown
from symconv.foundations.later import np
from symconv.geometry.arguments import EMPTY, SEQUENCES, Count, Flag, Kind, PerAxis, Size, Whole
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Requirement
from symconv.geometry.shapes import Geometry, separate
from symconv.layers.folding import Folding
from symconv.layers.plain import Index, Plain, unravel
from symconv.layers.plain_axis import AxisNumbers, Row
from symconv.layers.plain_numpy import Array, Arrays, ints
from symconv.printing.notation import Notation


class Shuffling(Folding):
    """What both share: blocks that do not overlap, each with a channel for every element.

    ``FACTOR`` is the parameter that gives a block's size.
    """

    in_columns = False
    FITS = ""
    FACTOR: ClassVar[str]
    COMMON: ClassVar[dict[str, Kind]] = {
        "channels": Count(1),
        "depth_first": Flag("numbers the elements of a block before the channels"),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }

    @property
    def kernel_size(self) -> tuple[Any, ...]:
        """The size of a block, for every axis."""
        return self.written(self.axis_numbers(self.FACTOR))

    @property
    def depth_first(self) -> bool:
        """Whether the elements of a block are numbered before the channels, as ONNX does by default."""
        return bool(self.values["depth_first"])

    def blocks_layout(self, positions: tuple[Axis, ...]) -> Layout:
        """The layout of the tensor that has the elements of a block in its channels."""
        channels = self.group_axes, self.patch_elements
        first, last = reversed(channels) if self.depth_first else channels
        return (*self.batch_dimension, first + last, *separate(positions))

    def split(self, blocks: Array) -> Array:
        """An array whose channels are blocks, as (batch, channel, *element, *position)."""
        r, size = ints(self.kernel_size), blocks.shape[2:]
        if not self.depth_first:
            return blocks.reshape(blocks.shape[0], -1, *r, *size)
        return np.moveaxis(blocks.reshape(blocks.shape[0], *r, -1, *size), 1 + len(r), 1)

    def joined(self, blocks: Array) -> Array:
        """The other way round."""
        if self.depth_first:
            blocks = np.moveaxis(blocks, 1, 1 + self.ndim)
        return blocks.reshape(blocks.shape[0], -1, *blocks.shape[2 + self.ndim :])

    def lacks_in_pytorch(self) -> str:
        if self.ndim != 2:
            return f"it has this layer on 2 spatial axes alone, not {self.ndim}"
        if len(set(self.kernel_size)) > 1:
            return "it has one factor for both axes"
        return "it numbers the channels before the elements of a block" if self.depth_first else ""


class _Unshuffled(Plain):
    """Every output is one element of one block."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        given = layer.arguments()
        r = int(given["downscale_factor"][axis])
        return AxisNumbers(int(given["input_size"][axis]), K=r, s=r)

    @cached_property
    def output_shape(self) -> Index:
        return (*self.batch, self.in_channels * prod(self.kernel), *self.positions)

    def _window(self, channel: int, position: Index) -> Iterator[tuple[int, Index, Index | None, Index | None]]:
        c, offset = _element(channel, self)
        read = self._at(position, offset)
        yield c, offset, None if read is None else (c, *read), None


class _Shuffled(Plain):
    """Every output is one element of the block that it lies in."""

    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        given = layer.arguments()
        r = int(given["upscale_factor"][axis])
        return AxisNumbers(int(given["input_size"][axis]), K=r, s=r)

    @staticmethod
    def output_count(a: AxisNumbers) -> int:
        return a.n * a.K

    @classmethod
    def rows(cls, a: AxisNumbers, right: AxisNumbers) -> list[Row]:
        return [{i % a.K: i // a.K} for i in range(cls.output_count(right))]

    def _input(self, channel: int, offset: Index, read: Index) -> Index:
        order = (*offset, channel) if self.layer.arguments()["depth_first"] else (channel, *offset)
        sizes = self.kernel, (self.in_channels,)
        shape = (*sizes[0], *sizes[1]) if self.layer.arguments()["depth_first"] else (*sizes[1], *sizes[0])
        return (int(np.ravel_multi_index(order, shape)), *read)


def _element(channel: int, plain: Plain) -> tuple[int, Index]:
    """The channel of the image and the element of the block that a channel of blocks is."""
    if plain.layer.arguments()["depth_first"]:
        *offset, c = unravel(channel, (*plain.kernel, plain.in_channels))
    else:
        c, *offset = unravel(channel, (plain.in_channels, *plain.kernel))
    return c, tuple(offset)


class PixelUnshuffle(Shuffling):
    """Blocks of pixels as channels (space to depth), as PyTorch's PixelUnshuffle.

    h[(c, k), i] = X[c, r i + k]. On every axis the size n = r m becomes m, and a channel becomes r channels.

    Args:
        input_size: spatial size n >= 1, a multiple of r; an int, or a tuple with one per spatial axis.
        downscale_factor: r >= 1, likewise.
        channels: of the input.
        depth_first: whether the output's channels are numbered (k, c) in place of (c, k), as in ONNX's SpaceToDepth.
        batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> PixelUnshuffle(4, 2).direct.output.array()
    [[X1, X3], [X2, X4]]
    """

    SIZE = "input_size"
    FACTOR = "downscale_factor"
    PARAMETERS: ClassVar[dict[str, Kind]] = {SIZE: PerAxis(1), FACTOR: PerAxis(1), **Shuffling.COMMON}
    GENERAL: ClassVar[dict[str, str]] = {SIZE: "m", FACTOR: "r", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        downscale_factor: Size,
        *,
        channels: Whole = 1,
        depth_first: bool = False,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    @classmethod
    def related(cls, letters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The input is r m elements long."""
        return {**letters, cls.SIZE: tuple(m * r for m, r in zip(letters[cls.SIZE], letters[cls.FACTOR]))}

    def scheme(self, axis: int) -> AxisScheme:
        n, r = (self.axis_numbers(name)[axis] for name in (self.SIZE, self.FACTOR))
        count, rest = n.divided_by_term(r)
        if rest:
            raise GeometryError(
                f"input_size {self.show(n)} with downscale_factor {self.show(r)} on axis {axis}",
                f"{self.show(n)} elements are not seen to be blocks of {self.show(r)}",
                "use a multiple of the factor, with letters the product r*m",
            )
        return AxisScheme(n, r, r, outputs=count)

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield from ()

    @property
    def output_channels(self) -> tuple[Axis, ...]:
        return self.patch_elements

    @property
    def output_layout(self) -> Layout:
        return self.blocks_layout(self.output_positions)

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Unshuffled
    plain_method = "reshaped arrays"

    def plain_output(self, arrays: Arrays) -> Array:
        x, r = arrays["input"], ints(self.kernel_size)
        pairs = [size for n, factor in zip(x.shape[2:], r) for size in (n // factor, factor)]
        blocks = x.reshape(*x.shape[:2], *pairs)
        elements = range(3, 3 + 2 * len(r), 2)
        return self.joined(np.moveaxis(blocks, list(elements), list(range(2, 2 + len(r)))))

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return torch.nn.functional.pixel_unshuffle(x, self.kernel_size[0])


class PixelShuffle(Shuffling):
    """Channels as blocks of pixels (depth to space), as PyTorch's PixelShuffle.

    h[c, i] = X[(c, i mod r), floor(i / r)]. On every axis the size n becomes r n, and r channels become one.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        upscale_factor: r >= 1, likewise.
        channels: of the output; the input has r times as many for every axis.
        depth_first: whether the input's channels are numbered (k, c) in place of (c, k), as in ONNX's DepthToSpace
            unless its mode is "CRD".
        batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> PixelShuffle(2, 2).direct.output.array()
    [[X11, X21, X12, X22]]
    """

    spreads = True
    SIZE = "input_size"
    FACTOR = "upscale_factor"
    PARAMETERS: ClassVar[dict[str, Kind]] = {SIZE: PerAxis(1), FACTOR: PerAxis(1), **Shuffling.COMMON}
    GENERAL: ClassVar[dict[str, str]] = {SIZE: "n", FACTOR: "r", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        upscale_factor: Size,
        *,
        channels: Whole = 1,
        depth_first: bool = False,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        super().__init__(locals(), notation)

    @classmethod
    def for_input(cls, channels: Any, size: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        factors = options.get(cls.FACTOR, 1)
        factors = tuple(factors) if isinstance(factors, SEQUENCES) else (factors,) * len(size)
        per_channel = prod(factors)
        quotient = channels // per_channel if isinstance(channels, int) else channels / per_channel
        if quotient * per_channel != channels:
            wrong = f"{shown(channels)} channels are not blocks of {shown(per_channel)}"
            raise GeometryError(f"{cls.FACTOR}={shown(options.get(cls.FACTOR))}", wrong, "use a multiple as channels")
        return {cls.SIZE: size, "channels": quotient}

    @property
    def flip(self) -> bool:
        return True

    def scheme(self, axis: int) -> AxisScheme:
        n, r = (self.axis_numbers(name)[axis] for name in (self.SIZE, self.FACTOR))
        return AxisScheme(n, r, r).transposed

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield from ()

    @property
    def input_channels(self) -> tuple[Axis, ...]:
        return self.patch_elements

    @property
    def input_layout(self) -> Layout:
        return self.blocks_layout(self.input_positions)

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Shuffled
    plain_method = "reshaped arrays"

    def plain_output(self, arrays: Arrays) -> Array:
        blocks, axes = self.split(arrays["input"]), self.ndim
        pairs = np.moveaxis(blocks, list(range(2, 2 + axes)), list(range(3, 3 + 2 * axes, 2)))
        size = [int(m) for m in self.output_size]
        return pairs.reshape(*blocks.shape[:2], *size)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return torch.nn.functional.pixel_shuffle(x, self.kernel_size[0])
