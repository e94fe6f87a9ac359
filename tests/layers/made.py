"""A kind of layer, a view and a padding mode that the library does not have, each made as a user would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.geometry.arguments import Count, Kind, PerAxis, Size
from symconv.geometry.axes import Layout, axes_of
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.padding import Branch, Extension
from symconv.geometry.shapes import Geometry
from symconv.layers.channelwise import Channelwise
from symconv.layers.plain import Index, Plain
from symconv.layers.plain_axis import AxisNumbers
from symconv.layers.plain_numpy import Array, Arrays
from symconv.printing.notation import Notation
from symconv.views import Stage, View

WEIGHTS = (1, 2, 1)
"""Halves: an element, and its two halves on the way to its neighbours."""


class _Arithmetic(Plain):
    @staticmethod
    def axis_numbers(layer: Geometry, axis: int) -> AxisNumbers:
        return AxisNumbers(int(layer.arguments()["input_size"][axis]), K=3, p=1, l=2)

    def _factor(self, offset: Index, inside: int) -> Fraction:
        return Fraction(prod(WEIGHTS[k] for k in offset), 2 ** len(offset))


class Bilinear(Channelwise):
    """Twice as many steps: a mean between every two neighbours (PyTorch's Upsample to 2n - 1, aligned corners)."""

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "channels": Count(1),
        "batch_size": Count(1, optional=True),
    }
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "channels": "C"}
    FITS = ""
    has_scale = True
    arithmetic = _Arithmetic
    plain_method = "interpolation"

    def __init__(
        self, input_size: Size, *, channels: Size = 1, batch_size: Size = None, notation: Notation | None = None
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        one, two, three = (Polynomial.constant(number) for number in (1, 2, 3))
        return AxisScheme(self.axis_numbers("input_size")[axis], three, ONE, ONE, two, one, one)

    @property
    def fixed_kernel(self) -> sp.Expr:
        return sp.Mul(
            *(
                sp.Add(*(weight * sp.KroneckerDelta(k.symbol, at) for at, weight in enumerate(WEIGHTS)))
                for k in self.kernel_offsets
            )
        )

    @property
    def scale_layout(self) -> Layout:
        return ()

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        return {self.notation.scale: np.array(Fraction(1, 2**self.ndim), dtype=object)}

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        return {**super().definitions, sp.Symbol(self.notation.scale): sp.Rational(1, 2**self.ndim)}

    def plain_output(self, arrays: Arrays) -> Array:
        x = arrays["input"]
        for axis in range(2, x.ndim):
            x = np.moveaxis(x, axis, -1)
            longer = np.zeros((*x.shape[:-1], 2 * x.shape[-1] - 1), dtype=float if x.dtype.kind == "f" else object)
            longer[..., ::2] = x
            half = 0.5 if x.dtype.kind == "f" else Fraction(1, 2)
            longer[..., 1::2] = (x[..., 1:] + x[..., :-1]) * half
            x = np.moveaxis(longer, -1, axis)
        return x

    def lacks_in_pytorch(self) -> str:
        return "" if self.ndim <= 2 else "it is not compared on more axes"

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        sizes, mode = [2 * size - 1 for size in x.shape[2:]], ("linear", "bilinear")[self.ndim - 1]
        return torch.nn.functional.interpolate(x, size=sizes, mode=mode, align_corners=True)


class Mute(Channelwise):
    """Every element as it is; the class says its mathematics and nothing else."""

    PARAMETERS = Bilinear.PARAMETERS
    GENERAL = Bilinear.GENERAL

    def __init__(
        self, input_size: Size, *, channels: Size = 1, batch_size: Size = None, notation: Notation | None = None
    ) -> None:
        super().__init__(locals(), notation)

    def scheme(self, axis: int) -> AxisScheme:
        return AxisScheme(self.axis_numbers("input_size")[axis], ONE)


LAYER_WORDS: Mapping[str, tuple[str, str]] = {
    "kind.Bilinear": ("bilinear up-sampling layer", "Schicht zur bilinearen Vergrößerung"),
    "a_layer.Bilinear": ("a bilinear up-sampling layer", "eine Schicht zur bilinearen Vergrößerung"),
    "in_network.Bilinear": ("bilinear up-sampling", "bilineare Vergrößerung"),
    "against.interpolation": ("interpolation", "Interpolation"),
}
"""Of the notes, in English and in German."""
QUESTION_WORDS: Mapping[str, tuple[str, str]] = {
    "a.Bilinear": ("one bilinear up-sampling layer", "einer Schicht zur bilinearen Vergrößerung"),
    "about.Bilinear": ("a bilinear up-sampling layer", "einer Schicht zur bilinearen Vergrößerung"),
}
"""Of exercises."""


class Shifts(View):
    """The whole input once for every kernel offset, shifted; then a weighted sum of those."""

    name = "shifts"
    title = "a weighted sum of shifted inputs"

    @property
    def shift_layout(self) -> Layout:
        g = self.geometry
        return (g.batch_axes, g.group_axes + g.input_channels, g.kernel_offsets, g.output_positions)

    def stage_layouts(self) -> dict[str, Layout]:
        return {**super().stage_layouts(), "Q": self.shift_layout}

    def stages(self) -> Sequence[Stage]:
        g, names = self.geometry, self.notation
        shifted = self.read(g.batch_axes, g.group_axes, g.input_channels)
        weighed = self.kernel * self.entry("Q", axes_of(self.shift_layout))
        output = self.with_bias(
            self.scaled(self.sum(weighed, g.input_channels, g.kernel_offsets)), names.bias, axes_of(g.bias_layout)
        )
        return [Stage("Q", self.shift_layout, shifted), Stage(names.output, g.output_layout, output)]


def symmetric(q: sp.Expr, n: sp.Expr, r: sp.Symbol) -> Sequence[Branch]:
    """x[q], mirrored at both ends, whose elements are repeated."""
    return [Branch(q), Branch(-1 - q, sp.Le(q, -1)), Branch(2 * n - 1 - q, sp.Ge(q, n))]


SYMMETRIC = Extension(
    symmetric, most=lambda n: n, limit="it is mirrored once", numpy="symmetric",
    position=lambda q, n: [*range(n), *range(n - 1, -1, -1)][q % (2 * n)],
)  # fmt: skip
"""NumPy's "symmetric"; PyTorch has no such mode."""
BARE = Extension(symmetric)
"""The same with the formula alone."""
