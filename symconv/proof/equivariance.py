"""solve_sharing(symmetry=..) at numbers: all linear maps that commute with a symmetry, and which of them are a layer.

A map commutes with the group if and only if it commutes with the elements that generate it; each of those is a linear
equation of the weights v, and all solutions of all of them are found (``linear_equations.py``), so that the conditions
are necessary and sufficient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import Any

import sympy as sp

from symconv.errors import SizeLimitError
from symconv.foundations.values import Cached
from symconv.layers import Layer
from symconv.layers.convolution import Conv
from symconv.proof.linear_equations import Equations, Solution
from symconv.proof.sharing_structure import Row, coefficients_of
from symconv.symmetries import LinearGenerator, MapShape, MovingGenerator, Shifts, Symmetry

MOST_WEIGHTS = 250_000
"""A map between at most 250,000 pairs of input and output is solved entry by entry."""
MOST_LONG = 256
"""Of the equations that matrices make, at most 256 have more than two terms; they are eliminated in seconds."""

Place = tuple[int, int]


def maps_that_commute(symmetry: Symmetry, shape: MapShape, zeros: Mapping[Place, Any] | None = None) -> Solution:
    """All weights v of maps that commute; with ``zeros``, those that are zero at places that are not in it.

    Raises:
        SizeLimitError: there are too many weights.
        SymconvError: the symmetry does not act on maps of this shape.
    """
    count, columns = shape.inputs * shape.outputs, shape.outputs
    if count > MOST_WEIGHTS:
        raise SizeLimitError(
            f"maps of {shape}", f"they have {count:,} weights, and the limit is {MOST_WEIGHTS:,}",
            "use fewer channels or a smaller image, or letters for a proof for every size",
        )  # fmt: skip
    equations = Equations(count)
    for generator in symmetry.generators(shape):
        if isinstance(generator, MovingGenerator):
            _move(equations, generator, columns)
        else:
            _intertwine(equations, generator, columns)
    if zeros is not None:
        for at in range(count):
            if divmod(at, columns) not in zeros:
                equations.zero(at)
    return equations.solved()


def _move(equations: Equations, generator: MovingGenerator, columns: int) -> None:
    """v[g j, g i] = sign v[j, i]."""
    outputs = [(i, to) for i, to in enumerate(generator.on_output) if to >= 0]
    for j, moved in enumerate(generator.on_input):
        if moved >= 0:
            for i, to in outputs:
                equations.equal(moved * columns + to, j * columns + i, generator.sign)


def _intertwine(equations: Equations, generator: LinearGenerator, columns: int) -> None:
    """sum_j' v[j', i] R[j', j] = sum_i' S[i, i'] v[j, i']."""
    for j in range(len(generator.on_input)):
        for i, row in enumerate(generator.on_output):
            terms = {at * columns + i: one[j] for at, one in enumerate(generator.on_input) if j in one}
            for at, value in row.items():
                place = j * columns + at
                terms[place] = terms.get(place, Fraction(0)) - value
            equations.add(terms)
            if equations.long > MOST_LONG:
                wrong = f"they make more than {MOST_LONG} equations of more than two weights"
                raise SizeLimitError(f"matrices on {len(generator.on_input)} inputs", wrong, "use smaller ones")


# -- which of them are a layer -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LayerSharing(Cached):
    """What a symmetry makes of a layer: its equivariant kernels, and whether nothing else is equivariant and as local.

    Args:
        layer: the layer.
        kernels: the weights w with which it commutes.
        after: how many free weights the layer then has.
        local_after: how many the maps have that commute and are zero wherever the layer reads nothing.
    """

    layer: Layer
    kernels: Solution
    after: int
    local_after: int

    @property
    def commutes(self) -> bool:
        """Whether the layer commutes with the symmetry whatever its weights are."""
        return (
            not self.kernels.zeros and not self.kernels.relations and all(len(one) == 1 for one in self.kernels.classes)
        )

    @property
    def is_every_map(self) -> bool:
        """Whether each map that commutes, and is zero wherever the layer reads nothing, is the layer."""
        return self.after == self.local_after

    @cached_property
    def kernel(self) -> sp.ImmutableDenseNDimArray:
        """The weights with which the layer commutes, by those that are free; without channel axes of one channel."""
        symbols = list(sp.flatten(self.layer.weight))
        shape = tuple(map(int, self.layer.weight_shape))
        kept = shape[2:] if shape[:2] == (1, 1) else shape
        return sp.ImmutableDenseNDimArray(entries(self.kernels, symbols), kept)


def layer_sharing(symmetry: Symmetry, shape: MapShape, layer: Layer, found: Solution) -> LayerSharing:
    """Compare the maps that commute with a layer of their shape."""
    rows = coefficients_of(layer)
    count = len(sp.flatten(layer.weight))
    equations = Equations(count)
    at_number = {place[0] * shape.outputs + place[1]: dict(row) for place, row in rows.items()}
    for place in found.zeros:
        equations.add(at_number.get(place, {}))
    for (first, _), *others in found.classes:
        for place, sign in others:
            equations.add(_difference(at_number.get(place, {}), {first: sign}, at_number))
    for place, combination in found.relations:
        equations.add(_difference(at_number.get(place, {}), dict(combination), at_number))
    kernels = equations.solved()
    local = maps_that_commute(symmetry, shape, zeros=rows)
    return LayerSharing(layer, kernels, _rank(set(rows.values()), kernels), local.rank)


def _difference(row: Mapping[int, Any], of: Mapping[int, Any], rows: Mapping[int, Mapping[int, Any]]) -> dict[int, Any]:
    """What is in front of every weight in one entry of the layer's matrix, less a combination of others."""
    found = dict(row)
    for place, by in of.items():
        for weight, value in rows.get(place, {}).items():
            found[weight] = found.get(weight, 0) - by * value
    return found


def _rank(rows: set[Row], kernels: Solution) -> int:
    """How many free weights the layer's matrix has, if the kernel has the free ones of these."""
    written = []
    for row in rows:
        total: dict[int, Fraction] = {}
        for weight, coefficient in row:
            for free, value in kernels.values.get(weight, {}).items():
                total[free] = total.get(free, Fraction(0)) + coefficient * value
        written.append({free: value for free, value in total.items() if value})
    number = {free: at for at, free in enumerate(sorted({free for row in written for free in row}))}
    equations = Equations(len(number))  # of the kernels that make no map at all
    for one in written:
        equations.add({number[free]: value for free, value in one.items()})
    return len(number) - equations.solved().rank


def _coprime(step: tuple[Any, Any]) -> bool:
    return all(isinstance(one, int) for one in step) and gcd(*step) == 1


def entries(found: Solution, symbols: list[sp.Symbol]) -> list[sp.Expr]:
    """Every unknown by the free ones."""
    return [
        sp.Add(*(sp.Rational(value.numerator, value.denominator) * symbols[free] for free, value in row.items()))
        for row in (found.values.get(at, {}) for at in range(len(symbols)))
    ]


# -- the convolution that all maps are -----------------------------------------------------------------------


def convolution_of(symmetry: Symmetry, shape: MapShape) -> Layer | None:
    """The convolution with a kernel as large as can be that every shift in both directions leaves, if there is one.

    On an axis with n inputs, m outputs and stride s it has n + s (m - 1) weights, with s (m - 1) of padding; on a
    circle n weights. If an output moves by l, the input is dilated by l.
    """
    if not isinstance(symmetry, Shifts) or len(symmetry.axes(shape.ndim)) != shape.ndim:
        return None
    borders = set(symmetry.borders(shape.ndim))
    steps = symmetry.steps(shape.ndim)
    if len(borders) > 1 or any(1 not in step and not _coprime(step) for step in steps):
        return None
    common = {"in_channels": shape.in_channels, "out_channels": shape.out_channels}
    strides = tuple(step for step, _ in steps)
    before = [step * (m - 1) for step, m in zip(strides, shape.output_size)]
    if borders == {"circular"}:
        if any(n != s * m or l > 1 for n, m, (s, l) in zip(shape.input_size, shape.output_size, steps)):  # noqa: E741
            return None
        padding = tuple((0, low) for low in before)
        return Conv(
            shape.input_size, shape.input_size, stride=strides, padding=padding, padding_mode="circular", **common
        )
    dilations = tuple(step for _, step in steps)
    kernel = tuple(l * (n - 1) + 1 + low for n, low, l in zip(shape.input_size, before, dilations))  # noqa: E741
    return Conv(shape.input_size, kernel, stride=strides, padding=tuple(before), input_dilation=dilations, **common)
