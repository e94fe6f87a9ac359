"""Formulas of a step in numbers, and numbers at which two of them differ.

Where a formula has a known function in it, such as softmax(h), its entries are not any numbers: a witness has
numbers for the input, the weights and the target, and h is what the layer makes of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import GeometryError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import axes_of
from symconv.gradient_step.formulas import StepFormulas
from symconv.gradient_step.terms import StepTerms
from symconv.proof.verdict import Witness

Array = npt.NDArray[Any]
Pair = Callable[[StepFormulas], tuple[TensorFormula, TensorFormula]]
"""Two formulas of a step."""

TRIES, MOST_ENTRIES, SIZES = 20, 10_000, 40
"""20 draws of small numbers are tried, for layers with at most 10,000 entries; of the smallest sizes, 40."""


def value_of(step: StepTerms, formula: TensorFormula, arrays: Mapping[str, Array]) -> Array:
    """A formula in numbers. Velocities start at 0; h, in functions of it, is the layer's output."""
    layer, names = step.layer, step.layer.notation
    values = dict(arrays)
    for role in step.roles:
        values[step.velocity_name(role)] = np.zeros_like(arrays[getattr(names, role)])
    read = [names.input, *(getattr(names, role) for role in step.roles)]
    values[names.output] = layer.direct.output.evaluate(**{name: arrays[name] for name in read})
    constants = formula.geometry.constants
    return formula.evaluate(**{t.name: values[t.name] for t in formula.form.operands if t.name not in constants})


def numbers_that_differ(step: StepFormulas, of: Pair) -> Witness | None:
    """A witness that two formulas of a step differ, found by trying; None where none is found.

    ``of`` gives the two formulas of a step. A layer with letters is tried at its smallest sizes.
    """
    layer = step.layer
    if step.loss_part is None or step.loss_part.is_generic:
        return None
    if layer.is_concrete:
        return _at_these_sizes(step, of, {})
    for values in layer.assumptions.smallest(layer.symbol_names, SIZES):
        sizes = {name: values[name] for name in layer.symbol_names}
        try:
            concrete = replace(step, layer=layer.at(**sizes))
        except GeometryError:
            continue
        if (found := _at_these_sizes(concrete, of, sizes)) is not None:
            return found
    return None


def _at_these_sizes(step: StepFormulas, of: Pair, sizes: Mapping[str, int]) -> Witness | None:
    layer, names = step.layer, step.layer.notation
    left, right = of(step)
    wanted = [names.input, *map(step.named, step.roles), names.target]
    shapes = {name: tuple(int(size) for size in layer.shape_of(step.layouts[name])) for name in wanted}
    if max(prod(shape) for shape in (*shapes.values(), left.shape)) > MOST_ENTRIES:
        return None
    for attempt in range(TRIES):
        generator = random.Random(attempt)
        arrays = {
            name: np.array([generator.randint(0, 1 + attempt) for _ in range(prod(shape))]).reshape(shape)
            for name, shape in shapes.items()
        }
        arrays.update({name: np.asarray(1) for name in step.setting.symbols})
        one, other = (np.asarray(value_of(step, formula, arrays), dtype=float) for formula in (left, right))
        at = np.unravel_index(int(np.abs(one - other).argmax()), one.shape)
        if abs(one[at] - other[at]) > 1e-6:
            values: dict[tuple[str, tuple[int, ...]], int] = {}
            for name, array in arrays.items():
                indexed = array.reshape([int(axis.size.value or 0) for axis in axes_of(step.layouts[name])])
                values.update({(name, tuple(map(int, i))): int(indexed[tuple(i)]) for i in np.argwhere(indexed)})
            index = {axis.letter: number for axis, number in zip(left.axes, _numbers(left, at))}
            return Witness(sizes, index, values, float(one[at]), float(other[at]))
    return None


def _numbers(formula: TensorFormula, at: Any) -> list[int]:
    """An index in PyTorch's dimensions as one for every axis."""
    numbers: list[int] = []
    for place, dimension in zip(at, formula.layout):
        sizes = [int(axis.size.value or 0) for axis in dimension]
        numbers += [int(i) for i in np.unravel_index(int(place), sizes)] if sizes else []
    return numbers
