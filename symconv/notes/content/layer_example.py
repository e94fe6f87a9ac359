"""A layer in numbers: small whole numbers for its tensors, and one entry of every quantity worked out with them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice, product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import SizeLimitError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.notes.build.line_breaks import LINE, WHOLE_LINE, Cells, lines_of
from symconv.notes.build.templates import Said, enumerated
from symconv.notes.content.numbers import matrix, small_numbers, squeezed, value_of, worked_entry
from symconv.numeric.spot_checks import at_drawn_sizes
from symconv.printing.names import name_of
from symconv.printing.parts import THICK, derivative, equation, line
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Node, Number

FEW = 80
"""Tensors of at most 80 entries are shown whole."""
MOST_DRAWN = 2_000_000
"""A tensor with more entries has no numbers."""
MOST_TERMS = 20_000
"""Results of at most 20,000 products are computed whole."""
DRAWS = 60
"""The sizes of a layer with symbols are the smallest of 60 draws that show something."""
MOST_LOOKED_AT = 100
"""Among the first 100 entries one is looked for that is not 0."""


class LayerExample:
    """The example of one layer; of a layer with symbols, at sizes that are noted in ``sizes``."""

    def __init__(self, conv: Layer, line: float = LINE) -> None:
        self.line = line
        self.conv, drawn = (conv, {}) if conv.is_concrete else _smallest(conv)
        self.sizes: Said = enumerated([equation(name_of(name), Number(value)) for name, value in drawn.items()])

    @cached_property
    def formulas(self) -> dict[str, TensorFormula]:
        """The quantities that are worked out, in the direct view."""
        wanted = [name for name in ("output", "grad_weight", "grad_input", "grad_bias") if name in self.conv.quantities]
        return {name: getattr(self.conv.direct, name) for name in wanted}

    @cached_property
    def given(self) -> dict[str, npt.NDArray[Any]]:
        """The numbers that are drawn: of the input, the parameters and the upstream gradient."""
        conv, names, generator = self.conv, self.conv.notation, random.Random(1)
        shapes = {names.input: conv.input_shape}
        if conv.fixed_kernel is None:
            shapes[names.weight] = conv.weight_shape
        if conv.bias_term:
            shapes[names.bias] = conv.bias_shape
        shapes[names.grad_output] = conv.output_shape
        return {name: _numbers(tuple(map(int, shape)), generator) for name, shape in shapes.items()}

    @cached_property
    def values(self) -> Mapping[str, npt.NDArray[Any]]:
        """All numbers that a formula may need, also fixed factors and what the input chooses."""
        return {**self.conv.constants, **self.given, **self.conv.chosen(self.given[self.conv.notation.input])}

    @cached_property
    def tensor(self) -> TensorNodes:
        return TensorNodes(self.conv.notation, frozenset(self.conv.direct.output.tensor_names))

    @property
    def is_possible(self) -> bool:
        """Whether the tensors are small enough for numbers."""
        shapes = (self.conv.input_shape, self.conv.weight_shape, self.conv.output_shape)
        return all(prod(map(int, shape)) <= MOST_DRAWN for shape in shapes)

    @property
    def is_small(self) -> bool:
        """Whether the tensors are shown whole."""
        terms = self.conv.direct.output.estimated_terms
        return terms <= MOST_TERMS and all(array.size <= FEW for array in self.given.values())

    @property
    def given_lines(self) -> list[Node]:
        """X = .., w = .. and delta = .., each tensor with its matrices."""
        return [line for name, array in self.given.items() for line in self._whole(self.tensor(name), array)]

    @property
    def results(self) -> list[Node]:
        """h = .. and dL/dw = .., computed by the layer's formulas."""
        lines = []
        for formula in self.formulas.values():
            given = {name: self.values[name] for name in formula.tensors_needed}
            lines += self._whole(self._name(formula), formula.evaluate(**given))
        return lines

    @property
    def worked(self) -> list[Cells]:
        """One entry of every quantity in letters and in numbers, as lines of an align."""
        lines: list[Cells] = []
        for formula in self.formulas.values():
            try:
                lines += worked_entry(formula, self._place(formula), self.values, self.line)
            except SizeLimitError:  # an entry of a million products
                continue
        return lines

    def _place(self, formula: TensorFormula) -> tuple[int, ...]:
        """An entry in the middle, of those near it the one with the most products; if that is 0, one that is not."""

        def count(place: tuple[int, ...]) -> int:
            return len(formula.products(place))

        best = max(places_near(formula, self.conv.ndim), key=count)
        if value_of(formula, best, self.values):
            return best
        others = islice(product(*(range(int(size)) for size in formula.shape)), MOST_LOOKED_AT)
        return max((at for at in others if value_of(formula, at, self.values)), key=count, default=best)

    def _name(self, formula: TensorFormula) -> Node:
        """h, or dL/dw."""
        quantity = formula.quantity
        if quantity.denominator is None:
            return self.tensor(quantity.numerator)
        return derivative(self.tensor(quantity.numerator), self.tensor(quantity.denominator))

    def _whole(self, name: Node, array: npt.NDArray[Any]) -> list[Node]:
        array = squeezed(np.asarray(array))
        parts = [array] if array.ndim < 3 else list(array.reshape(-1, *array.shape[-2:]))
        first, *rest = map(matrix, parts)
        *before, last = lines_of([equation(name, first), *rest], WHOLE_LINE, (",", THICK))
        return [*(line(one, ",") for one in before), last]


def places_near(formula: TensorFormula, axes: int) -> list[tuple[int, ...]]:
    """The entry in the middle of a tensor's last axes, the one after it, and the first."""
    shape = [int(size) for size in formula.shape]
    middle = tuple((size - 1) // 2 if at >= len(shape) - axes else 0 for at, size in enumerate(shape))
    return [middle, tuple(min(at + 1, size - 1) if at else 0 for at, size in zip(middle, shape)), (0,) * len(shape)]


def _smallest(conv: Layer) -> tuple[Layer, dict[str, int]]:
    """The smallest of some layers at drawn sizes that shows something, with these sizes."""
    generator = random.Random(1)
    drawn = [at_drawn_sizes(conv, generator) for _ in range(DRAWS)]
    drawn.sort(key=lambda one: one[0].direct.output.estimated_terms)
    return next((one for one in drawn if _shows_something(one[0])), drawn[-1])


def _shows_something(layer: Layer) -> bool:
    """Whether an entry near the middle of every tensor is a sum of several products."""
    if prod(map(int, layer.output_shape)) < 2 or layer.direct.output.estimated_terms < 6:
        return False
    formulas = [
        getattr(layer.direct, name) for name in ("output", "grad_weight", "grad_input") if name in layer.quantities
    ]
    return all(
        max(len(formula.products(place)) for place in places_near(formula, layer.ndim)) > 1 for formula in formulas
    )


def _numbers(shape: Sequence[int], generator: random.Random) -> npt.NDArray[Any]:
    """Small whole numbers; of large tensors by a rule instead of chance, which takes no time."""
    if prod(shape) <= 4096:
        return small_numbers(shape, generator)
    flat = np.arange(prod(shape), dtype=np.int64)
    return np.asarray(((7 * flat + flat // 3 * 5) % 6 - 2).reshape(tuple(shape)))
