"""AdaptiveAvgPool: averages of as many windows as are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import sympy as sp

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.geometry.arguments import EMPTY, SEQUENCES, Count, Kind, PerAxis, Size, Whole
from symconv.layers.averaging import Averaging
from symconv.layers.pytorch import more_axes, spatial
from symconv.layers.resampling import Matrix, Resampling
from symconv.printing.notation import Notation

if TYPE_CHECKING:
    from symconv.printing.tree import Node


def sizes_or_input(output_size: Any, input_size: Any) -> Any:
    """Output sizes, of which None stands for the input's."""
    if output_size is None:
        return input_size
    if not isinstance(output_size, SEQUENCES):
        return output_size
    inputs = input_size if isinstance(input_size, SEQUENCES) else (input_size,) * len(output_size)
    return tuple(n if m is None else m for m, n in zip(output_size, inputs)) + tuple(output_size[len(inputs) :])


def window_of(i: int, n: int, m: int) -> tuple[int, int]:
    """Where window i of m begins and ends on an axis of n elements."""
    return i * n // m, -(-(i + 1) * n // m)


class AdaptiveAvgPool(Averaging, Resampling):
    """Average pooling to a size that is given, as PyTorch's AdaptiveAvgPool1d, 2d and 3d.

    h[c, i] = D[i] sum over j of X[c, j] for floor(i n / m) <= j < ceil((i + 1) n / m), with D[i] = 1 over the number of
    these j. With m = 1 it is global average pooling.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        output_size: m >= 1, likewise; None for the input's size.
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> AdaptiveAvgPool(5, 2).direct.output.array()
    [[X1/3 + X2/3 + X3/3, X3/3 + X4/3 + X5/3]]
    >>> AdaptiveAvgPool((2, 2), 1).direct.output.array()
    [[[X11/4 + X12/4 + X21/4 + X22/4]]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "output_size": PerAxis(1, or_empty=True),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
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

    def outputs(self, axis: int) -> Polynomial:
        return self.axis_numbers("output_size")[axis]

    def factor(self, axis: int, i: Polynomial, j: Polynomial) -> Sequence[sp.Expr]:
        """[floor(i n / m) <= j < ceil((i + 1) n / m)], that is i n < m (j + 1) and m j < (i + 1) n."""
        n, m = self.schemes[axis].n, self.outputs(axis)
        if m == ONE:  # all of the axis
            return [sp.Integer(1)]
        return [self.where(ONE, m * (j + 1) - i * n - 1, (i + 1) * n - m * j - 1)]

    @property
    def scale_divisor(self) -> Polynomial | None:
        """The number of elements of a window if all have the same, which they have if m divides n."""
        parts = [scheme.n.divided_by_term(self.outputs(axis)) for axis, scheme in enumerate(self.schemes)]
        return None if any(rest for _, rest in parts) else prod((whole for whole, _ in parts), start=ONE)

    def elements(self, axis: int) -> list[int]:
        n, m = (int(size.value or 0) for size in (self.schemes[axis].n, self.m[axis]))
        return [end - begin for begin, end in (window_of(i, n, m) for i in range(m))]

    def symbolic_elements(self) -> list[sp.Expr]:
        number, letters = self.writer.polynomial, [axis.symbol for axis in self.output_positions]
        return [
            sp.ceiling((i + 1) * number(scheme.n) / number(m)) - sp.floor(i * number(scheme.n) / number(m))
            for i, scheme, m in zip(letters, self.schemes, self.m)
        ]

    def scale_tree(self) -> Node:
        """One over how many elements the window has."""
        from symconv.printing.mathematics import index  # with the tree's nodes: only needed to print
        from symconv.printing.names import name_of
        from symconv.printing.parts import bracketed, joined, line
        from symconv.printing.tree import Number, Quotient

        if (divisor := self.scale_divisor) is not None:
            return Quotient(Number(1), index(divisor))
        counts = []
        for i, scheme, m in zip(self.output_positions, self.schemes, self.m):
            at, ratio = name_of(i.letter), Quotient(index(scheme.n), index(m))
            counts.append(line("⌈", "(", at, "+", 1, ")", ratio, "⌉", "-", "⌊", at, ratio, "⌋"))
        return Quotient(Number(1), joined(counts if len(counts) == 1 else map(bracketed, counts), "·"))

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    plain_method = "averages of windows"

    def matrix(self, axis: int) -> Matrix:
        """A row of 1 over the number of elements for every window."""
        given = self.arguments()
        n, m = int(given["input_size"][axis]), int(given["output_size"][axis])
        rows = []
        for i in range(m):
            begin, end = window_of(i, n, m)
            rows.append([Fraction(int(begin <= j < end), end - begin) for j in range(n)])
        return rows

    def lacks_in_pytorch(self) -> str:
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        return spatial(torch, "adaptive_avg_pool", self.ndim)(x, self.output_size)
