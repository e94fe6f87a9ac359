"""AvgPool: the average of every window."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, require_terms
from symconv.foundations.later import np, npt
from symconv.geometry.arguments import Count, Flag, Kind, Padding, PerAxis, Size, Whole
from symconv.geometry.axes import Layout
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Requirement
from symconv.geometry.shapes import separate
from symconv.layers.plain import Index, Plain
from symconv.layers.plain_numpy import Array, Arrays, padded, pairs, windows
from symconv.layers.pooling import Pooling
from symconv.layers.pytorch import spatial
from symconv.printing.notation import Notation, latex_name


class _Arithmetic(Plain):
    """The products of a window are divided by their number."""

    def _factor(self, offset: Index, inside: int) -> Fraction:
        return Fraction(1, prod(self.kernel) if self.layer.arguments()["count_include_pad"] else inside)


class AvgPool(Pooling):
    """Average pooling, as PyTorch's AvgPool1d, 2d and 3d.

    h[c, i] = D sum over k of X[c, s i + k - p].

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        kernel_size: K >= 1, likewise.
        stride: s >= 1; the kernel size by default.
        padding: p >= 0 zeros on both sides, at most half of the kernel.
        count_include_pad: whether the padding counts as elements that are averaged: D = 1/K, or D[i] = 1 over
            the number of elements that window i has inside the input.
        channels, batch_size, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> AvgPool(4, 2).direct.output.array()
    [[X1/2 + X2/2, X3/2 + X4/2]]
    >>> AvgPool(3, 2, padding=1, count_include_pad=False).direct.output.array()
    [[X1, X2/2 + X3/2]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "kernel_size": PerAxis(1),
        "stride": PerAxis(1),
        "padding": Padding(plain=True),
        "count_include_pad": Flag("counts the padding as elements that are averaged"),
        "channels": Count(1),
        "batch_size": Count(1, optional=True),
    }
    GENERAL: ClassVar[dict[str, str]] = {
        "input_size": "n", "kernel_size": "K", "stride": "s", "padding": "p", "channels": "C",
    }  # fmt: skip
    has_scale = True

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        *,
        count_include_pad: bool = True,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        notation: Notation | None = None,
    ) -> None:
        stride = kernel_size if stride is None else stride
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        n, K, s = (self.axis_numbers(name)[axis] for name in ("input_size", "kernel_size", "stride"))
        return AxisScheme(n, K, s, low=self._pair(axis)[0], high=self._pair(axis)[0])

    def requirements(self, axis: int) -> Iterator[Requirement]:
        yield self.padded_by_half(axis)
        yield from super().requirements(axis)

    @property
    def count_include_pad(self) -> bool:
        """Whether the padding counts as elements that are averaged."""
        return bool(self.values["count_include_pad"])

    @property
    def scale_layout(self) -> Layout:
        return () if self.count_include_pad else separate(self.output_positions)

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        if self.count_include_pad:
            elements = prod(int(scheme.K.value or 0) for scheme in self.schemes)
            return {self.notation.scale: np.array(Fraction(1, elements), dtype=object)}
        count = prod(int(m.value or 0) for m in self.m)
        require_terms(count, DEFAULT_MAX_TERMS, f"how many elements each window of {self!r} averages,")
        counts = [self._counts(axis) for axis in range(self.ndim)]
        values = np.array([Fraction(1, prod(elements)) for elements in product(*counts)], dtype=object)
        return {self.notation.scale: values.reshape([len(count) for count in counts])}

    def _counts(self, axis: int) -> list[int]:
        """How many elements each window averages on one axis."""
        scheme, m = self.schemes[axis], int(self.m[axis].value or 0)
        n, K, s, p = (int(number.value or 0) for number in (scheme.n, scheme.K, scheme.s, scheme.low))
        return [min(s * i - p + K, n) - max(s * i - p, 0) for i in range(m)]

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        number = self.writer.polynomial
        counts = []
        for scheme, position, k in zip(self.schemes, self.read_positions, self.kernel_offsets):
            q = number(position)
            inside = sp.Piecewise((1, sp.And(sp.Ge(q, 0), sp.Ge(number(scheme.n - 1) - q, 0))), (0, True))
            last = number(scheme.K) - 1
            counts.append(number(scheme.K) if self.count_include_pad else sp.Sum(inside, (k.symbol, 0, last)))
        base = sp.IndexedBase(self.notation.scale)
        letters = [axis.symbol for axis in self.output_positions]
        name = sp.Symbol(self.notation.scale) if self.count_include_pad else base[tuple(letters)]
        return {**super().definitions, name: 1 / sp.Mul(*counts)}

    def scale_latex(self) -> str:
        """One over the size of the kernel, or over how many elements of the input a window has."""
        from symconv.printing import latex  # with the tree's nodes: only needed to print

        counts = [latex.index(scheme.K) for scheme in self.schemes]
        if not self.count_include_pad:
            counts = [
                rf"\sum_{{{latex_name(k.letter)}}} [0 \le {latex.index(q)} < {latex.index(scheme.n)}]"
                for k, q, scheme in zip(self.kernel_offsets, self.read_positions, self.schemes)
            ]
        product = r" \cdot ".join(counts)
        return rf"\frac{{1}}{{{product}}}"

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    arithmetic = _Arithmetic
    output_is = "windows"
    plain_method = "sliding windows"

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        ones = (1,) * self.ndim
        last = tuple(range(-self.ndim, 0))
        sums = windows(padded(x, pairs(self)), self, ones).sum(axis=last)
        counted = np.ones((1, 1, *x.shape[2:]), dtype=np.int64)
        if self.count_include_pad:
            counted = np.ones((1, 1, *(n + 2 * p for n, (p, _) in zip(x.shape[2:], pairs(self)))), dtype=np.int64)
        else:
            counted = padded(counted, pairs(self))
        counts = windows(counted, self, ones).sum(axis=last)
        if sums.dtype.kind == "f":
            return np.asarray(sums / counts)
        return np.asarray(sums * np.vectorize(lambda count: Fraction(1, int(count)), otypes=[object])(counts))

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        run, counted = spatial(torch, "avg_pool", self.ndim), self.count_include_pad
        return run(x, self.kernel_size, self.stride, self.padding, count_include_pad=counted)
