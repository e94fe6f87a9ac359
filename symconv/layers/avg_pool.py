"""AvgPool: the average of every window."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import sympy as sp

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.foundations.later import np
from symconv.geometry.arguments import Count, Flag, Kind, Number, PaddingSize, Size, Whole
from symconv.geometry.axis_map import AxisScheme
from symconv.layers.averaging import Averaging
from symconv.layers.plain import Index
from symconv.layers.plain_numpy import Array, Arrays, ints, padded, pairs, windows
from symconv.layers.pooling import PlainPooling, Pooling
from symconv.layers.pytorch import padded as torch_padded, spatial
from symconv.printing.notation import Notation

if TYPE_CHECKING:
    from symconv.printing.tree import Node


class _Arithmetic(PlainPooling):
    """The products of a window are divided by their number."""

    def _factor_at(self, position: Index, offset: Index, inside: int) -> Fraction:
        given = self.layer.arguments()
        if given["divisor_override"] is not None:
            return Fraction(1, int(given["divisor_override"]))
        if not given["count_include_pad"]:
            return Fraction(1, inside)
        ends = (a.n + sum(a.ends) - a.s * i for a, i in zip(self.axes, position))
        return Fraction(1, prod(min(a.K, end) for a, end in zip(self.axes, ends)))


class AvgPool(Averaging, Pooling):
    """Average pooling, as PyTorch's AvgPool1d, 2d and 3d.

    h[c, i] = D sum over k of X[c, s i + k - p].

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise.
        stride: s >= 1; the kernel size by default.
        padding: p >= 0 zeros on both sides, fewer than the kernel has elements; for every axis a number or a pair
            ``(low, high)``; or a word, as for ``Conv``.
        ceil_mode: whether a window is added for what is left over of the input. It may end beyond the padding, and
            starts before the padding at the end.
        count_include_pad: whether the padding counts as elements that are averaged: D = 1/K, or D[i] = 1 over
            the number of elements that window i has inside the input. What a window of ``ceil_mode`` has beyond the
            padding never counts.
        divisor_override: q >= 1, what is divided by in place of the number of elements: D = 1/q.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> AvgPool(4, 2).direct.output.array()
    [[X1/2 + X2/2, X3/2 + X4/2]]
    >>> AvgPool(3, 2, padding=1, count_include_pad=False).direct.output.array()
    [[X1, X2/2 + X3/2]]
    >>> AvgPool(3, 2, ceil_mode=True).direct.output.array()
    [[X1/2 + X2/2, X3]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        **Pooling.PARAMETERS,
        "count_include_pad": Flag("counts the padding as elements that are averaged"),
        "divisor_override": Count(1, optional=True),
    }
    GENERAL: ClassVar[dict[str, str]] = {
        "input_size": "n", "kernel_size": "K", "stride": "s", "padding": "p", "channels": "C",
    }  # fmt: skip

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: PaddingSize = 0,
        *,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: Whole | None = None,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        stride = kernel_size if stride is None else stride
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        n, K, s = (self.axis_numbers(name)[axis] for name in ("input_size", "kernel_size", "stride"))
        low, high = self._pair(axis)
        return AxisScheme(n, K, s, low=low, high=high)

    @property
    def count_include_pad(self) -> bool:
        """Whether the padding counts as elements that are averaged."""
        return bool(self.values["count_include_pad"])

    @property
    def divisor_override(self) -> Number | None:
        """What is divided by in place of the number of elements; None if nothing is."""
        value = self.values["divisor_override"]
        return self.written([value])[0] if isinstance(value, Polynomial) else None

    @property
    def scale_divisor(self) -> Polynomial | None:
        given = self.values["divisor_override"]
        if isinstance(given, Polynomial):
            return given
        if not self.count_include_pad or self.ceil_mode:
            return None
        return prod((scheme.K for scheme in self.schemes), start=ONE)

    @property
    def divisor_numbers(self) -> dict[str, list[Polynomial]]:
        if isinstance(given := self.values["divisor_override"], Polynomial):
            return {"divisor_override": [given]}
        if self.scale_divisor is not None:
            return {}
        ends = [(self._counting(axis), scheme.n) for axis, scheme in enumerate(self.schemes)]
        return {"counted": [side for (first, behind), n in ends for side in (-first, behind - n)]}

    def _counting(self, axis: int) -> tuple[Polynomial, Polynomial]:
        """The first position that counts, and the first behind those that count."""
        n, (low, high) = self.schemes[axis].n, self.ends[axis]
        return (-low, n + high) if self.count_include_pad else (ZERO, n)

    def elements(self, axis: int) -> list[int]:
        scheme, m = self.schemes[axis], int(self.m[axis].value or 0)
        K, s, p = (int(number.value or 0) for number in (scheme.K, scheme.s, scheme.low))
        first, behind = (int(number.value or 0) for number in self._counting(axis))
        return [min(s * i - p + K, behind) - max(s * i - p, first) for i in range(m)]

    def symbolic_elements(self) -> list[sp.Expr]:
        number, counts = self.writer.polynomial, []
        for axis, (scheme, position, k) in enumerate(zip(self.schemes, self.read_positions, self.kernel_offsets)):
            first, behind = self._counting(axis)
            q = sp.Ge(number(position - first), 0), sp.Ge(number(behind - 1 - position), 0)
            inside = sp.Piecewise((1, sp.And(*q)), (0, True))
            counts.append(sp.Sum(inside, (k.symbol, 0, number(scheme.K) - 1)))
        return counts

    def scale_tree(self) -> Node:
        """One over the size of the kernel, or over how many of the elements that count a window has."""
        from symconv.printing.mathematics import index  # with the tree's nodes: only needed to print
        from symconv.printing.names import name_of
        from symconv.printing.parts import joined
        from symconv.printing.tree import Bound, Bracket, Number, Quotient, Relation, Summation

        if self.values["divisor_override"] is not None:
            counts = [index(self.scale_divisor or ONE)]
        elif self.scale_divisor is not None:
            counts = [index(scheme.K) for scheme in self.schemes]
        else:
            ends = (self._counting(axis) for axis in range(self.ndim))
            inside = (
                Relation((index(first), index(q), index(behind)), ("<=", "<"))
                for q, (first, behind) in zip(self.read_positions, ends)
            )
            counts = [
                Summation((Bound(name_of(k.letter), Number(0), index(scheme.K - 1)),), Bracket(one))
                for k, scheme, one in zip(self.kernel_offsets, self.schemes, inside)
            ]
        return Quotient(Number(1), joined(counts, "·"))

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    output_is = "windows"
    plain_method = "sliding windows"

    def plain_output(self, arrays: Arrays) -> Array:
        x, reach = arrays["input"], self.reach()
        ones = (1,) * self.ndim
        last = tuple(range(-self.ndim, 0))
        sums = windows(padded(x, reach), self, ones).sum(axis=last)
        if self.divisor_override is not None:
            counts = np.full((1, 1, *sums.shape[2:]), int(self.divisor_override))
        else:
            counts = windows(padded(self._ones(x), self._left(reach)), self, ones).sum(axis=last)
        if sums.dtype.kind == "f":
            return np.asarray(sums / counts)
        return np.asarray(sums * np.vectorize(lambda count: Fraction(1, int(count)), otypes=[object])(counts))

    def _ones(self, x: Array) -> Array:
        """A one for every element that counts."""
        size, ends = x.shape[2:], pairs(self) if self.count_include_pad else [(0, 0)] * self.ndim
        return np.ones((1, 1, *(n + low + high for n, (low, high) in zip(size, ends))), dtype=np.int64)

    def _left(self, reach: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """What is left to pad or to crop of the elements that count."""
        if not self.count_include_pad:
            return reach
        return [(0, end - high) for (_, end), (_, high) in zip(reach, pairs(self))]

    def averaged(self, places: Sequence[Array]) -> Array:
        if self.divisor_override is not None:
            return np.asarray(int(self.divisor_override))
        counts: Any = 1
        for axis, place in enumerate(places):
            a = _Arithmetic.axis_numbers(self, axis)
            low, high = a.ends if self.count_include_pad else (0, 0)
            start = a.s * place - a.p
            counts = counts * (np.minimum(start + a.K, a.n + high) - np.maximum(start, -low))
        return np.asarray(counts)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        run, counted, divisor = spatial(torch, "avg_pool", self.ndim), self.count_include_pad, self.divisor_override
        ceil, own = self.ceil_mode, {} if divisor is None else {"divisor_override": divisor}
        if self.is_padded_as_in_pytorch and not (own and self.ndim == 1):
            return run(x, self.kernel_size, self.stride, self.padding, ceil, counted, **own)
        reach = self.reach()
        count = torch.ones(1, 1, *self._ones(x).shape[2:], dtype=x.dtype)
        count = run(torch_padded(torch, count, self._left(reach), "constant"), self.kernel_size, self.stride)
        mean = run(torch_padded(torch, x, reach, "constant"), self.kernel_size, self.stride)
        return mean / count if divisor is None else mean * (prod(ints(self.kernel_size)) / int(divisor))
