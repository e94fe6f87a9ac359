"""A result of the wrong shape, as one of the usual mistakes in sizes (concrete sizes only)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from symconv.foundations.phrases import Phrase
from symconv.geometry.axis_map import AxisScheme
from symconv.layers import Layer


@dataclass(frozen=True)
class Numbers:
    """One axis of a layer in numbers, as the convolution has it."""

    n: int
    K: int
    s: int
    d: int
    low: int
    high: int
    m: int

    @staticmethod
    def of(scheme: AxisScheme, m: int) -> Numbers:
        """The numbers of an axis."""
        fields = (scheme.n, scheme.K, scheme.s, scheme.d, scheme.low, scheme.high)
        n, K, s, d, low, high = (int(number.evaluate({})) for number in fields)
        return Numbers(n, K, s, d, low, high, m)

    @property
    def span(self) -> int:
        """How far the kernel reaches."""
        return self.d * (self.K - 1) + 1

    @property
    def padded(self) -> int:
        """The padded input."""
        return self.n + self.low + self.high


Size = Callable[[Numbers], int]

OUTPUT: tuple[tuple[str, Size], ...] = (
    ("the stride is left out of the output's size", lambda a: a.padded - a.span + 1),
    ("the padding is left out of the output's size", lambda a: (a.n - a.span) // a.s + 1),
    ("the padding is counted once in the output's size, not at both ends",
     lambda a: (a.n + a.low - a.span) // a.s + 1),
    ("the dilation is left out of the output's size", lambda a: (a.padded - a.K) // a.s + 1),
    ("the output's size lacks its last 1", lambda a: (a.padded - a.span) // a.s),
    ("the output's size is one too large", lambda a: a.m + 1),
    ("the output is as large as the input", lambda a: a.n),
    ("the output's size is the input's divided by the stride", lambda a: a.n // a.s),
    ("the output's size is rounded up, not down", lambda a: -(-(a.padded - a.span) // a.s) + 1),
)  # fmt: skip
INPUT: tuple[tuple[str, Size], ...] = (
    ("the padding is not removed", lambda a: a.padded),
    ("the slice pad:-pad is empty where the padding is 0", lambda a: 0 if a.low == a.high == 0 else a.n),
    ("the padding is removed at one end only", lambda a: a.n + a.low),
    ("the padding is removed though it was not added", lambda a: a.n - a.low - a.high),
    ("the last elements, which no window reaches, are left out",
     lambda a: a.s * (a.m - 1) + a.span - a.low - a.high),
    ("the last elements, which no window reaches, are left out, and the padding is not removed",
     lambda a: a.s * (a.m - 1) + a.span),
    ("the stride is left out of the size", lambda a: a.m - 1 + a.span - a.low - a.high),
    ("it is as large as the output", lambda a: a.m),
    ("the last elements are left out", lambda a: a.n - 1),
)  # fmt: skip
WEIGHT: tuple[tuple[str, Size], ...] = (
    ("the kernel's size is the number of positions at which it would fit, and not cut",
     lambda a: (a.padded - a.s * (a.m - 1) - 1) // a.d + 1),
    ("stride and dilation are exchanged", lambda a: (a.padded - a.d * (a.m - 1) - 1) // a.s + 1),
    ("stride and dilation are left out", lambda a: a.padded - a.m + 1),
    ("the kernel is as large as its dilated span", lambda a: a.span),
    ("it is as large as the output", lambda a: a.m),
)  # fmt: skip
BY_QUANTITY = {"output": OUTPUT, "grad_input": INPUT, "grad_weight": WEIGHT}


def mistakes_by_shape(layer: Layer, of: str, shape: tuple[int, ...], right: tuple[int, ...]) -> Iterator[str]:
    """The mistakes that give this shape, as PyTorch has the dimensions, in words."""
    if len(shape) == len(right) and sorted(shape) == sorted(right):
        yield "the axes of the result are in another order"
    if layer.spreads or of not in BY_QUANTITY or len(shape) != len(right):
        return
    if shape[: -layer.ndim] != right[: -layer.ndim]:
        return
    axes = [Numbers.of(scheme, int(m.evaluate({}))) for scheme, m in zip(layer.schemes, layer.m)]
    got, wanted = shape[-layer.ndim :], right[-layer.ndim :]
    for words, sizes in _candidates(BY_QUANTITY[of], axes, wanted):
        if sizes == got:
            yield words


def _candidates(
    known: tuple[tuple[str, Size], ...], axes: list[Numbers], wanted: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What each mistake makes of the sizes, on all axes or on some."""
    for words, size in known:
        yield words, tuple(map(size, axes))
    ndim = len(axes)
    if ndim == 1:
        return
    for one, other in product(range(ndim), repeat=2):
        if one != other:
            sizes = list(wanted)
            sizes[other] = wanted[one]
            yield Phrase("the size of axis {one} is used on axis {other}", one=one, other=other), tuple(sizes)
    for at in range(ndim):
        for words, size in known:
            sizes = list(wanted)
            sizes[at] = size(axes[at])
            yield Phrase("{what} on axis {axis}", what=words, axis=at), tuple(sizes)
