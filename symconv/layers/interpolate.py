"""Interpolate: resizing by the nearest element, linearly between two neighbors, or by a cubic of four."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, prod
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.polynomial import ONE, ZERO, Polynomial
from symconv.algebra.sympy_out import bracket
from symconv.errors import GeometryError, shown
from symconv.foundations.later import np, npt
from symconv.geometry.arguments import EMPTY, SEQUENCES, Choice, Count, Flag, Kind, PerAxis, Ratio, Ratios, Size, Whole
from symconv.geometry.axes import Layout
from symconv.geometry.hyperparameters import AxisLetters
from symconv.layers.pytorch import more_axes
from symconv.layers.resampling import Matrix, Resampling
from symconv.printing.notation import Notation

LINEAR = {"linear": None, "bilinear": 2, "trilinear": 3}
"""The linear modes, with the number of axes that the name is for."""
CUBIC = {"cubic": None, "bicubic": 2}
"""The cubic modes, likewise."""
MODES = ("nearest", "nearest-exact", *LINEAR, *CUBIC)
COORDINATES = ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")


@dataclass(frozen=True)
class Rounding:
    """A way from a coordinate to a whole number.

    Args:
        holds: for t = a - b j, what is not negative if a / b is rounded to j; a function of (t, b).
        under: what is not negative if a / b is rounded to less than 0; a function of (a, b).
        over: what is not negative if a / b is rounded to n or more; a function of (a, b, n).
        plain: the whole number of a fraction.
    """

    holds: Callable[[Polynomial, Polynomial], tuple[Polynomial, ...]]
    under: Callable[[Polynomial, Polynomial], Polynomial]
    over: Callable[[Polynomial, Polynomial, Polynomial], Polynomial]
    plain: Callable[[Fraction], int]


ROUNDINGS = {
    "floor": Rounding(
        lambda t, b: (t, b - 1 - t), lambda a, b: -a - 1, lambda a, b, n: a - b * n, floor,
    ),
    "ceil": Rounding(
        lambda t, b: (-t, b - 1 + t), lambda a, b: -a - b, lambda a, b, n: a - b * (n - 1) - 1, ceil,
    ),
    "round_prefer_floor": Rounding(
        lambda t, b: (b - t * 2, t * 2 + b - 1), lambda a, b: -a * 2 - b, lambda a, b, n: a * 2 - b * (n * 2 - 1) - 1,
        lambda x: ceil(x - Fraction(1, 2)),
    ),
    "round_prefer_ceil": Rounding(
        lambda t, b: (t * 2 + b, b - 1 - t * 2), lambda a, b: -a * 2 - b - 1, lambda a, b, n: a * 2 + b - b * n * 2,
        lambda x: floor(x + Fraction(1, 2)),
    ),
}  # fmt: skip


class Interpolate(Resampling):
    """Resizing to a size or by a factor, as PyTorch's interpolate and Upsample, and as ONNX's Resize.

    h[c, i] = X[c, j] with j the whole number that the coordinate u(i) is rounded to, or, linearly,
    h[c, i] = sum over j of max(0, 1 - abs(u(i) - j)) X[c, j], where u(i) is brought into 0 <= u <= n - 1; or, cubic,
    h[c, i] = sum over q of k(abs(u(i) - q)) X[c, j] with j the nearest to q of 0, .., n - 1, and the kernel of Keys
    (1981) with a = -3/4, 4 k(t) = 5 t^3 - 9 t^2 + 4 up to t = 1, -3 t^3 + 15 t^2 - 24 t + 12 up to 2, and 0 beyond. It
    is u(i) = r (i + 1/2) - 1/2 ("half_pixel"), r i ("asymmetric") or i (n - 1) / (m - 1) ("align_corners") with
    r = n / m, or 1 over the factor if that gives a size that is not whole.

    Args:
        input_size: spatial size n >= 1; an int, or a tuple with one per spatial axis.
        size: of the output, m >= 1, likewise; or else
        scale_factor: a positive number, or one per spatial axis, so that m = floor(n scale_factor). With letters the
            product must be a whole number.
        mode: "nearest", "nearest-exact", "linear" (also called "bilinear" and "trilinear" on two and three axes), or
            "cubic" (also called "bicubic" on two).
        align_corners: whether the corners of input and output are the same points; for linear and cubic modes.
        coordinates: "half_pixel", "asymmetric", "align_corners" or "pytorch_half_pixel", as ONNX calls them; by default
            what PyTorch has for the mode: "asymmetric" for "nearest", else "half_pixel".
        rounding: "floor", "ceil", "round_prefer_floor" or "round_prefer_ceil", as ONNX calls them, for the two
            nearest modes; by default "floor" for "nearest" and "round_prefer_ceil" for "nearest-exact".
        channels, batch_size, allow_empty, notation: as for ``Conv``.

    Raises:
        GeometryError: the numbers do not describe a layer.

    >>> Interpolate(2, 4, mode="linear").direct.output.array()
    [[X1, 3*X1/4 + X2/4, X1/4 + 3*X2/4, X2]]
    >>> Interpolate(3, 5, mode="linear", align_corners=True).direct.output.array()
    [[X1, X1/2 + X2/2, X2, X2/2 + X3/2, X3]]
    >>> Interpolate(3, 1, mode="cubic", coordinates="asymmetric").direct.output.array()
    [[X1]]
    >>> Interpolate(2, scale_factor=1.5).direct.output.array()
    [[X1, X1, X2]]
    """

    PARAMETERS: ClassVar[dict[str, Kind]] = {
        "input_size": PerAxis(1),
        "size": PerAxis(1),
        "scale_factor": Ratio(),
        "mode": Choice(MODES),
        "align_corners": Flag("makes the corners of input and output the same points"),
        "coordinates": Choice(COORDINATES, optional=True),
        "rounding": Choice(tuple(ROUNDINGS), optional=True),
        "channels": Count(1),
        "batch_size": Count(1, optional=True, or_empty=True),
        "allow_empty": EMPTY,
    }
    GENERAL: ClassVar[dict[str, str]] = {"input_size": "n", "size": "m", "channels": "C"}

    def __init__(
        self,
        input_size: Size,
        size: Size | None = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        *,
        align_corners: bool = False,
        coordinates: str | None = None,
        rounding: str | None = None,
        channels: Whole = 1,
        batch_size: Whole | None = None,
        allow_empty: bool = False,
        notation: Notation | None = None,
    ) -> None:
        size, scale_factor = resized(input_size, size, scale_factor)
        super().__init__(locals(), notation)

    # -- what it is ------------------------------------------------------------------------------------

    @property
    def is_linear(self) -> bool:
        """Whether it is linear between neighbors."""
        return self.values["mode"] in LINEAR

    @property
    def is_cubic(self) -> bool:
        """Whether it is a cubic of four neighbors."""
        return self.values["mode"] in CUBIC

    @property
    def has_scale(self) -> bool:
        return self.is_linear or self.is_cubic

    @property
    def coordinates(self) -> str:
        """How a coordinate of the input follows from an output."""
        if self.values["coordinates"] is not None:
            return str(self.values["coordinates"])
        if self.values["align_corners"]:
            return "align_corners"
        return "asymmetric" if self.values["mode"] == "nearest" else "half_pixel"

    @property
    def rounding(self) -> Rounding:
        """How a coordinate is brought to a whole number."""
        usual = "floor" if self.values["mode"] == "nearest" else "round_prefer_ceil"
        return ROUNDINGS[str(self.values["rounding"] or usual)]

    def _require_mode(self) -> None:
        mode, given = str(self.values["mode"]), self.values
        if (axes := {**LINEAR, **CUBIC}.get(mode)) not in (None, self.ndim):
            wrong = f"that is a name for {axes} axes, not {self.ndim}"
            right = f'use mode="{"cubic" if self.is_cubic else "linear"}" on any number of axes'
            raise GeometryError(f'mode="{mode}"', wrong, right)
        if given["align_corners"] and (not self.has_scale or given["coordinates"] not in (None, "align_corners")):
            right = 'leave it out; coordinates="align_corners" aligns any mode'
            raise GeometryError(
                f'align_corners=True with mode="{mode}"', "it is for linear and cubic modes, alone", right
            )
        if given["rounding"] is not None and self.has_scale:
            wrong = f"a {'cubic' if self.is_cubic else 'linear'} mode rounds nothing"
            raise GeometryError(f'rounding="{given["rounding"]}"', wrong, "leave it out")

    @cached_property
    def _ratios(self) -> list[tuple[Polynomial, Polynomial]]:
        """r as numerator and denominator, on every axis."""
        self._require_mode()
        given = self.values["scale_factor"]
        found = []
        for axis, (n, m) in enumerate(zip(self.axis_numbers("input_size"), self.axis_numbers("size"))):
            if self.coordinates == "align_corners":
                found.append((n - 1, AxisLetters(self, axis).maximum("e", [ONE, m - 1])))
            elif self.coordinates == "pytorch_half_pixel" and m.value is None:
                wrong = "a single output reads at 0, and others elsewhere"
                raise GeometryError('coordinates="pytorch_half_pixel"', wrong, 'use "half_pixel", or numbers')
            elif isinstance(given, Ratios):
                factor = given.of(axis)
                found.append((Polynomial.constant(factor.denominator), Polynomial.constant(factor.numerator)))
            else:
                found.append((n, m))
        return found

    def outputs(self, axis: int) -> Polynomial:
        assert self._ratios  # refuses modes that do not fit
        return self.axis_numbers("size")[axis]

    def _coordinate(self, axis: int, i: Polynomial) -> tuple[Polynomial, Polynomial]:
        """u(i) as numerator and denominator."""
        over, under = self._ratios[axis]
        if self.coordinates in ("asymmetric", "align_corners"):
            return over * i, under
        if self.coordinates == "pytorch_half_pixel" and self.outputs(axis) == ONE:
            return ZERO, under * 2
        return over * (i * 2 + 1) - under, under * 2

    def factor(self, axis: int, i: Polynomial, j: Polynomial) -> Sequence[sp.Expr]:
        """Where u(i) lies at or beside j; what is rounded to less than 0 or more than n - 1 reads the ends."""
        a, b = self._coordinate(axis, i)
        n, t = self.schemes[axis].n, a - b * j
        aligned, low = self.coordinates == "align_corners", self.coordinates != "asymmetric"
        if self.is_cubic:
            return self._cubic(axis, a, b, j)
        if not self.is_linear:
            under, over = ([] if aligned else [end] for end in (self.rounding.under(a, b), self.rounding.over(a, b, n)))
            inside = [self.where(ONE, *self.rounding.holds(t, b))]
            return inside + self._ends(axis, ONE, j, under if low else [], over)
        kept = ([], []) if aligned else ([b * (n - 1) - a], [a] if low else [])
        right = self.where(b - t, t, b - 1 - t, *kept[0])
        left = self.where(b + t, -t - 1, b - 1 + t, *kept[1])
        ends = ([], []) if aligned else ([-a - 1] if low else [], [a - b * (n - 1) - 1])
        return [right, left, *self._ends(axis, b, j, *ends)]

    def _cubic(self, axis: int, a: Polynomial, b: Polynomial, j: Polynomial) -> list[sp.Expr]:
        """4 b^3 k(abs(u - q)) for q = j, and at both ends for the places beyond them that the kernel reaches.

        It is -1/2 < u < n - 1/2, or 0 <= u if no half is taken, or also u <= n - 1 with aligned corners.
        """
        n, number = self.schemes[axis].n, self.stage_writer.polynomial
        aligned, low = self.coordinates == "align_corners", self.coordinates != "asymmetric"

        def near(t: Polynomial) -> sp.Expr:
            return self.where(t * t * t * 5 - t * t * b * 9 + b * b * b * 4, t, b - t)

        def far(t: Polynomial) -> sp.Expr:
            return self.where(
                t * t * t * -3 + t * t * b * 15 - t * b * b * 24 + b * b * b * 12, t - b - 1, b * 2 - 1 - t
            )

        t, under, over = a - b * j, a + b, b * n - a
        inside = [near(t), far(t), self.where(t * t * t * -5 - t * t * b * 9 + b * b * b * 4, -t - 1, b + t), far(-t)]
        first = [far(under)] if aligned or not low else [near(under), far(under), far(under + b)]
        last = [far(over)] if aligned else [near(over), far(over), far(over + b)]
        ends = ((ZERO, first), (n - 1, last))
        return inside + [bracket(number(j), number(end)) * one for end, terms in ends for one in terms]

    def _ends(
        self, axis: int, value: Polynomial, j: Polynomial, under: list[Polynomial], over: list[Polynomial]
    ) -> list[sp.Expr]:
        """The value at the first element and at the last, where one of these is not negative."""
        number, last = self.stage_writer.polynomial, self.schemes[axis].n - 1
        sides = ((ZERO, under), (last, over))
        return [
            bracket(number(j), number(end)) * self.where(value, one)
            for end, conditions in sides
            for one in conditions
            if one.value is None or one.value >= 0
        ]

    # -- the fixed factor ------------------------------------------------------------------------------

    @property
    def scale_divisor(self) -> Polynomial | None:
        """The product of the denominators of all coordinates, if they are weights; of a cubic they are 4 b^3."""
        parts = (self._coordinate(axis, ZERO)[1] for axis in range(self.ndim))
        parts = (part * part * part * 4 for part in parts) if self.is_cubic else parts
        return prod(parts, start=ONE) if self.has_scale else None

    @property
    def scale_layout(self) -> Layout | None:
        return () if self.has_scale else None

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        if (divisor := self.scale_divisor) is None:
            return {}
        return {self.notation.scale: np.array(Fraction(1, int(divisor.value or 0)), dtype=object)}

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        if (divisor := self.scale_divisor) is None:
            return super().definitions
        return {**super().definitions, sp.Symbol(self.notation.scale): 1 / self.writer.polynomial(divisor)}

    def family(self) -> Interpolate:
        """The layer for every size, or the layer itself if its factor is not a ratio of its sizes."""
        return self if self.values["scale_factor"] is not None else super().family()

    # -- in plain NumPy and in PyTorch ----------------------------------------------------------------

    plain_method = "interpolation"

    def matrix(self, axis: int) -> Matrix:
        """Both neighbors of every coordinate, or four of them, or the nearest, by fractions."""
        given, half = self.arguments(), Fraction(1, 2)
        n, m = int(given["input_size"][axis]), int(given["size"][axis])
        ratio = Fraction(n, m) if given["scale_factor"] is None else 1 / Fraction(given["scale_factor"][axis])
        rows = []
        for i in range(m):
            if self.coordinates == "align_corners":
                at = Fraction(i * (n - 1), m - 1) if m > 1 else Fraction(0)
            elif self.coordinates == "asymmetric":
                at = i * ratio
            else:
                at = (i + half) * ratio - half
                at = Fraction(0) if self.coordinates == "pytorch_half_pixel" and m == 1 else at
            row = [Fraction(0)] * n
            if self.is_linear:
                at = min(max(at, Fraction(0)), Fraction(n - 1))
                below = floor(at)
                row[below] += 1 - (at - below)
                row[min(below + 1, n - 1)] += at - below
            elif self.is_cubic:
                for q in range(floor(at) - 1, floor(at) + 3):
                    row[min(max(q, 0), n - 1)] += keys_kernel(abs(at - q))
            else:
                row[min(max(self.rounding.plain(at), 0), n - 1)] += 1
            rows.append(row)
        return rows

    def lacks_in_pytorch(self) -> str:
        given = self.values
        if given["coordinates"] is not None or given["rounding"] is not None:
            return "its coordinates and rounding go with the mode"
        sizes = zip(self.input_size, self.output_size)
        if self.is_cubic and self.ndim != 2:
            return f"it has this layer on 2 spatial axes alone, not {self.ndim}"
        if given["scale_factor"] is not None and not self.has_scale and any(m in (n, 2 * n) for n, m in sizes):
            return "its backward pass takes the factor for 1 or 2 where the sizes are equal or doubled"
        return more_axes(self.ndim)

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        given = self.arguments()
        mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[self.ndim] if self.is_linear else given["mode"]
        mode = "bicubic" if self.is_cubic else mode
        corners = given["align_corners"] if self.has_scale else None
        if given["scale_factor"] is None:
            return torch.nn.functional.interpolate(x, self.output_size, mode=mode, align_corners=corners)
        factors = tuple(map(float, given["scale_factor"]))
        return torch.nn.functional.interpolate(x, scale_factor=factors, mode=mode, align_corners=corners)


def keys_kernel(t: Fraction) -> Fraction:
    """The cubic convolution kernel with a = -3/4 at t >= 0, as Keys writes it."""
    a = Fraction(-3, 4)
    if t <= 1:
        return ((a + 2) * t - (a + 3)) * t * t + 1
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a if t < 2 else Fraction(0)


def resized(input_size: Any, size: Any, scale_factor: Any) -> tuple[Any, Any]:
    """The output's size, and the factors if they are not the sizes' ratios.

    Raises:
        GeometryError: neither is given, or both are and do not agree; a factor is not a positive number.
    """
    if scale_factor is None:
        if size is None:
            right = "give size=.. or scale_factor=.."
            raise GeometryError("neither size nor scale_factor", "one of them says the size of the output", right)
        return size, None
    axes = max([len(one) for one in (input_size, scale_factor) if isinstance(one, SEQUENCES)], default=1)
    sizes, given = (tuple(one) if isinstance(one, SEQUENCES) else (one,) * axes for one in (input_size, scale_factor))
    ratios = Ratios.read("scale_factor", given)
    if len(sizes) != len(given):
        return given, None  # refused for its number of axes
    products = [n * factor for n, factor in zip(sizes, ratios.factors)]
    numbers = [isinstance(one, (int, Fraction, np.integer)) for one in products]
    outputs = tuple(floor(one) if is_number else one for one, is_number in zip(products, numbers))
    if size is not None and outputs != (tuple(size) if isinstance(size, SEQUENCES) else (size,) * axes):
        raise GeometryError(
            f"size={shown(size)} and scale_factor={shown(scale_factor)}",
            "they are not the same size",
            "give one of them",
        )
    exact = all(one == out for one, out in zip(products, outputs))
    return outputs, None if exact or not all(numbers) else ratios
