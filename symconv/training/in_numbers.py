"""Formulas of a step in numbers, and numbers at which two of them differ.

Where a formula has a known function in it, such as softmax(h), its entries are not any numbers: a witness has
numbers for the input, the weights and the target, and h is what the layer makes of them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symconv.proof.verdict import Witness
from symconv.tensors import TensorFormula
from symconv.training.losses import TARGET

if TYPE_CHECKING:
    from symconv.training.step import Step
    from symconv.training.step_terms import StepTerms

Array = npt.NDArray[Any]

TRIES, MOST_ENTRIES = 20, 10_000
"""So many draws of small numbers are tried, for layers with at most so many entries."""


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


def numbers_that_differ(step: Step, left: TensorFormula, right: TensorFormula) -> Witness | None:
    """A witness of concrete sizes, found by trying; None where none is found."""
    layer, names = step.layer, step.layer.notation
    if not layer.is_concrete or step.loss_part is None or step.loss_part.is_generic:
        return None
    wanted = [names.input, *map(step.named, step.roles), TARGET]
    shapes = {name: tuple(int(size) for size in layer.shape_of(step.layouts[name])) for name in wanted}
    if max(prod(shape) for shape in (*shapes.values(), left.shape)) > MOST_ENTRIES:
        return None
    for attempt in range(TRIES):
        generator = random.Random(attempt)
        arrays = {
            name: np.array([generator.randint(0, 1 + attempt) for _ in range(prod(shape))]).reshape(shape)
            for name, shape in shapes.items()
        }
        given = {**arrays, **{name: np.asarray(1) for name in step.setting.symbols}}
        one, other = (np.asarray(value_of(step, formula, given), dtype=float) for formula in (left, right))
        at = np.unravel_index(int(np.abs(one - other).argmax()), one.shape)
        if abs(one[at] - other[at]) > 1e-6:
            values = {
                (name, tuple(map(int, place))): int(array[tuple(place)])
                for name, array in arrays.items()
                for place in np.argwhere(array)
            }
            index = {axis.letter: number for axis, number in zip(left.axes, _numbers(left, at))}
            return Witness({}, index, values, float(one[at]), float(other[at]))
    return None


def _numbers(formula: TensorFormula, at: Any) -> list[int]:
    """An index in PyTorch's dimensions as one for every axis."""
    numbers: list[int] = []
    for place, dimension in zip(at, formula.layout):
        sizes = [int(axis.size.value or 0) for axis in dimension]
        numbers += [int(i) for i in np.unravel_index(int(place), sizes)] if sizes else []
    return numbers
