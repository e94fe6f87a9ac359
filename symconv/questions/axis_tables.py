"""One axis of a layer by plain arithmetic: which input each output reads at which kernel offset.

Loops over whole numbers that follow the layers' definitions; no formula of the views and none of the algebra.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

from symconv.layers import Conv, ConvTranspose, Fold, Layer, Upsample, ZeroInsertion

KNOWN_MODES = ("zeros", "circular", "replicate", "reflect")
"""Padding modes that are known here."""

Row = dict[int, "int | None"]
"""What one output reads: kernel offset -> input, None for padding and for zeros between."""


@dataclass(frozen=True)
class AxisNumbers:
    """The numbers of one axis as users pass them; what a kind of layer does not have is as if it were not there."""

    n: int
    K: int = 1
    s: int = 1
    p: int = 0
    d: int = 1
    high: int | None = None
    """Padding at the end, where it is another."""
    l: int = 1  # noqa: E741
    """Input dilation; of an up-sampling its factor."""
    extra: int = 0
    """Output padding."""
    mode: str = "zeros"
    flip: bool = False

    @property
    def ends(self) -> tuple[int, int]:
        return self.p, self.p if self.high is None else self.high

    def offset(self, k: int) -> int:
        """Where the kernel's element k lies, in steps of the dilation."""
        return self.K - 1 - k if self.flip else k

    @property
    def starts(self) -> range:
        """Where every window starts, counted from the first element that is no padding."""
        low, high = self.ends
        last = self.l * (self.n - 1) + high - self.d * (self.K - 1)
        return range(-low, last + 1, self.s)


def axis_numbers(layer: Layer, axis: int) -> AxisNumbers:
    """The numbers of a layer of known sizes on one axis."""
    given = layer.arguments()
    if isinstance(layer, Upsample):
        return AxisNumbers(int(given["input_size"][axis]), l=int(given["scale_factor"][axis]))
    if isinstance(layer, ZeroInsertion):
        return AxisNumbers(int(given["input_size"][axis]), l=int(given["input_dilation"][axis]))
    ends = layer.padding[axis]
    low, high = ends if isinstance(ends, tuple) else (ends, ends)
    return AxisNumbers(
        int(given["output_size" if isinstance(layer, Fold) else "input_size"][axis]), int(given["kernel_size"][axis]),
        int(given["stride"][axis]), int(low), int(given["dilation"][axis]) if "dilation" in given else 1, int(high),
        int(given["input_dilation"][axis]) if isinstance(layer, Conv) else 1,
        int(given["output_padding"][axis]) if isinstance(layer, ConvTranspose) else 0,
        str(given.get("padding_mode", "zeros")), bool(given.get("flip", False)),
    )  # fmt: skip


Change = Callable[[AxisNumbers], AxisNumbers]
"""Other numbers for an axis, as somebody has them who overlooks something."""

MISTAKES: Mapping[str, Change] = {
    "flip": lambda a: replace(a, flip=not a.flip),
    "stride": lambda a: replace(a, s=1),
    "padding": lambda a: replace(a, p=0, high=0),
    "dilation": lambda a: replace(a, d=1),
    "shift": lambda a: replace(a, p=a.p - 1),
}
"""By the mistake that leads to them."""


class Table(Sequence[Row]):
    """The rows of an axis; of a long one only those are made that are asked for."""

    def __init__(self, count: int, row: Callable[[int], Row]) -> None:
        self._count, self._row = count, row
        self._made: dict[int, Row] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[one] for one in range(self._count)[at]]
        place = range(self._count)[at]
        if place not in self._made:
            self._made[place] = self._row(place)
        return self._made[place]


def table_of(layer: Layer, axis: int, change: Change | None = None) -> Table:
    """A row for every output along an axis of a layer of known sizes; ``change`` for the rows by a mistake."""
    right = axis_numbers(layer, axis)
    a = right if change is None else change(right)

    def row(i: int) -> Row:
        if isinstance(layer, Upsample):
            return {0: i // a.l}
        if isinstance(layer, ZeroInsertion):
            return {0: None if i % a.l else i // a.l}
        if isinstance(layer, (ConvTranspose, Fold)):
            # Fold's numbers have the size of what it makes; it has as many patches as there are windows in that.
            return _gathered(i, a, right.n if isinstance(layer, ConvTranspose) else len(right.starts))
        return {k: _read(a.s * i + a.d * a.offset(k) - a.p, a) for k in range(a.K)}

    return Table(output_count(layer, right), row)


def products_on(layer: Layer, axis: int) -> int:
    """About how many numbers the table of an axis has."""
    a = axis_numbers(layer, axis)
    return output_count(layer, a) * a.K


def output_count(layer: Layer, a: AxisNumbers) -> int:
    """The size of the output along an axis."""
    if isinstance(layer, Upsample):
        return a.n * a.l
    if isinstance(layer, ZeroInsertion):
        return a.l * (a.n - 1) + 1
    if isinstance(layer, ConvTranspose):
        return a.s * (a.n - 1) + a.d * (a.K - 1) + 1 - 2 * a.p + a.extra
    return a.n if isinstance(layer, Fold) else len(a.starts)


def _gathered(output: int, a: AxisNumbers, inputs: int) -> Row:
    """Input j with offset k is added to output s j + d k - p: for every k, the j of this output."""
    row: Row = {}
    for k in range(a.K):
        j, rest = divmod(output + a.p - a.d * a.offset(k), a.s)
        row[k] = None if rest or not 0 <= j < inputs else j
    return row


def _read(q: int, a: AxisNumbers) -> int | None:
    """The input at position q of the input with zeros between, extended beyond its ends."""
    e = a.l * (a.n - 1) + 1
    if not 0 <= q < e:
        if a.mode == "circular":
            q %= e
        elif a.mode == "replicate":
            q = min(max(q, 0), e - 1)
        elif a.mode == "reflect":
            q = -q if q < 0 else 2 * (e - 1) - q
    return None if q % a.l or not 0 <= q < e else q // a.l
