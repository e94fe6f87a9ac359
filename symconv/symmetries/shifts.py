"""Shifts: the input moves by the stride, the output by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, ClassVar

import sympy as sp

from symconv.errors import SymconvError, instead_of, shown
from symconv.symmetries.shapes import Index, MapShape, images
from symconv.symmetries.symmetry import MovingGenerator, Symmetry

BORDERS = ("zeros", "circular")


@dataclass(frozen=True, repr=False)
class Shifts(Symmetry):
    """Every shift along one axis or all axes, where an input that moves by ``stride`` moves the output by one.

    With a border of zeros, a map commutes with a shift if (A T^{s z} x)[i + z] = (A x)[i] for every input x that stays
    inside when it moves by s z, and every i such that i and i + z are outputs. Then v[j + s z, i + z] = v[j, i] for all
    places that are inside. On a circle nothing leaves: indices count modulo the sizes.

    Args:
        border: "zeros" or "circular", for all axes or one for each. By default that of the layer.
        stride: by how much the input moves, for all axes or one for each. By default the layer's, without one 1.
        output_stride: by how much the output then moves; of a transposed convolution its stride.
        axis: the axis, or several, along which shifts are; by default all.

    Raises:
        SymconvError: a border or an axis that there is not, or a stride that is not a whole number of at least 1.

    >>> from symconv import solve_sharing
    >>> print(solve_sharing(symmetry=Shifts("circular"), input_size=3, output_size=3))
    maps of 3 inputs to 3 outputs that commute with circular shifts
    zero:   (none)
    shared: v11 = v22 = v33, v12 = v23 = v31, v13 = v21 = v32
    9 free weights become 3
    they are Conv(3, 3, padding=((0, 2),), padding_mode='circular') with any kernel
    """

    name: ClassVar[str] = "shifts"

    border: str | tuple[str, ...] | None = None
    stride: int | tuple[int, ...] | None = None
    output_stride: int | tuple[int, ...] | None = None
    axis: int | tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for border in _several(self.border):
            if border is not None and border not in BORDERS:
                right = instead_of(border, BORDERS)
                raise SymconvError(f"border={shown(self.border)}", f"{shown(border)} is not a border", right)
        for name, least in (("stride", 1), ("output_stride", 1), ("axis", None)):
            for number in _several(getattr(self, name)):
                is_whole = isinstance(number, (Integral, sp.Integer)) and not isinstance(number, bool)
                if name != "axis" and isinstance(number, sp.Expr) and not number.is_number:
                    continue
                if number is not None and (not is_whole or (least is not None and number < least)):
                    bound = "" if least is None else f" of at least {least}"
                    wrong = f"{shown(number)} is not a whole number{bound}"
                    raise SymconvError(f"{name}={shown(getattr(self, name))}", wrong, f"use {name}=1")

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in ("border", "stride", "output_stride", "axis")}
        return f"Shifts({', '.join(f'{name}={value!r}' for name, value in given.items() if value is not None)})"

    @property
    def in_words(self) -> str:
        words = ["circular shifts" if set(_several(self.border)) == {"circular"} else "shifts"]
        if set(_several(self.stride)) - {None, 1}:
            words.append(f"of the input by {_text(self.stride)}")
        if set(_several(self.output_stride)) - {None, 1}:
            words.append(f"of the output by {_text(self.output_stride)}")
        if self.axis is not None:
            words.append(f"along axis {_text(self.axis)}")
        return " ".join(words)

    def fitted(self, border: Any = None, steps: Any = None, **_: Any) -> Shifts:
        own = {"border": border, "stride": None, "output_stride": None}
        if steps is not None and self.stride is None and self.output_stride is None:
            own["stride"], own["output_stride"] = (tuple(side) for side in zip(*steps))
        return replace(
            self, **{name: value for name, value in own.items() if value is not None and getattr(self, name) is None}
        )

    def axes(self, ndim: int) -> tuple[int, ...]:
        """The axes along which shifts are, counted from 0."""
        given = tuple(range(ndim)) if self.axis is None else _several(self.axis)
        for axis in given:
            if not -ndim <= axis < ndim:
                raise SymconvError(f"axis={shown(self.axis)}", f"the map has {ndim} axes", f"use 0 to {ndim - 1}")
        return tuple(axis % ndim for axis in given)

    def borders(self, ndim: int) -> tuple[str, ...]:
        """The border of every axis."""
        return _per_axis(self.border, "zeros", ndim, "border")

    def steps(self, ndim: int) -> tuple[tuple[int, int], ...]:
        """By how much input and output move, on every axis."""
        inputs = _per_axis(self.stride, 1, ndim, "stride")
        return tuple(zip(inputs, _per_axis(self.output_stride, 1, ndim, "output_stride")))

    def generators(self, shape: MapShape) -> Iterator[MovingGenerator]:
        steps, borders = self.steps(shape.ndim), self.borders(shape.ndim)
        for axis in self.axes(shape.ndim):
            wraps = borders[axis] == "circular"
            one, other = (
                images(box, _shift(axis, step, box[axis + 1] if wraps else None))
                for box, step in zip((shape.input, shape.output), steps[axis])
            )
            yield MovingGenerator(f"shift along axis {axis}", one, other)


def _shift(axis: int, step: int, modulus: int | None) -> Any:
    def image(index: Index) -> Index:
        to = index[axis + 1] + step
        return (*index[: axis + 1], to if modulus is None else to % modulus, *index[axis + 2 :])

    return image


def _several(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, (tuple, list)) else (given,)


def _text(given: Any) -> str:
    """One number if all are the same."""
    numbers = _several(given)
    return " and ".join(map(str, numbers[:1] if len(set(numbers)) == 1 else numbers))


def _per_axis(given: Any, default: Any, ndim: int, name: str) -> tuple[Any, ...]:
    several = _several(default if given is None else given)
    if len(several) not in (1, ndim):
        raise SymconvError(f"{name}={shown(given)}", f"the map has {ndim} axes", f"give one, or {ndim}")
    return several * ndim if len(several) == 1 else several
