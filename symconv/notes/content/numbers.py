"""Worked examples: numbers as a pencil writes them, arrays, and one entry of a formula with its numbers substituted."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.algebra.forms import Tensor
from symconv.formulas.tensor_formula import TensorFormula
from symconv.networks.functions import Pointwise
from symconv.notes.build.line_breaks import LINE, Cells, broken, shown
from symconv.notes.content.entries import DOWN_BELOW, numbered
from symconv.printing.parts import (
    DOTS,
    NOTHING,
    THICK,
    THIN,
    Fence,
    Numeral,
    bracketed,
    derivative,
    grid,
    joined,
    line,
    plus,
)
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Negative, Node, Number, Quotient
from symconv.printing.widths import width

Array = npt.NDArray[Any]

DECIMALS = 4
"""Inexact numbers are rounded to 4 decimals."""
SHOWN_PRODUCTS = 9
"""An entry with more products than this is shown with dots."""


def number(value: Any) -> Node:
    """A number as one writes it: 3, -0.25, 1/3 as a fraction; a float rounded.

    >>> from symconv.printing.latex import latex_of
    >>> [latex_of(number(value)) for value in (Fraction(-1, 4), Fraction(1, 3), 0.123456)]
    ['-0.25', '\\\\tfrac{1}{3}', '0.1235']
    """
    if isinstance(value, (int, np.integer)):
        return _numeral(str(int(value)))
    if isinstance(value, Fraction):
        rest = value.denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1 and value.denominator <= 10**8:
            with localcontext() as context:
                context.prec = 60
                text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
            return _numeral(text.rstrip("0").rstrip(".") if "." in text else text)
        size = Quotient(Number(abs(value.numerator)), Number(value.denominator), small=True)
        return Negative(size, tight=True) if value < 0 else size
    rounded = f"{float(value):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return _numeral("0" if rounded in ("-0", "") else rounded)


def _numeral(text: str) -> Node:
    return Negative(Numeral(text[1:]), tight=True) if text.startswith("-") else Numeral(text)


def factor(node: Node) -> Node:
    """A number in a product: negative ones in brackets."""
    return bracketed(node) if isinstance(node, Negative) else node


def row(values: Sequence[Any]) -> Node:
    """(1, 2, 3)."""
    return Fence("(", joined(map(number, values), ",", THICK), ")")


def matrix(array: Array) -> Node:
    """A vector as a row, a matrix as rows and columns; more dimensions as matrices side by side."""
    array = np.asarray(array, dtype=object)
    if array.ndim == 0:
        return number(array.item())
    if array.ndim == 1:
        array = array.reshape(1, -1)
    if array.ndim > 2:
        return joined((matrix(part) for part in array.reshape(-1, *array.shape[-2:])), ",", THICK)
    return grid([list(map(number, one)) for one in array.tolist()])


def squeezed(array: Array) -> Array:
    """The array without leading dimensions of size 1; at least one dimension is kept."""
    while array.ndim > 1 and array.shape[0] == 1:
        array = array[0]
    return array


def left_side(formula: TensorFormula, at: Sequence[int]) -> Node:
    """The entry's name: z^(1)_{12}, or dL/dw^(1)_{12}."""
    quantity = formula.quantity
    numbers = _index(formula, at)
    name = _names(formula)
    if quantity.denominator is None:
        return name.entry(quantity.numerator, numbers)
    return derivative(name(quantity.numerator), name.entry(quantity.denominator, numbers))


def _names(formula: TensorFormula) -> TensorNodes:
    return TensorNodes(formula.geometry.notation, frozenset(formula.tensor_names), numbered=True)


def _index(formula: TensorFormula, at: Sequence[int]) -> list[Node]:
    base = formula.geometry.notation.index_base
    return numbered([str(i + base) for i, dimension in zip(at, formula.layout) if dimension])


def worked_entry(
    formula: TensorFormula, at: tuple[int, ...], values: Mapping[str, Array], room: float = LINE
) -> list[Cells]:
    """Lines of an align: the entry in symbols, then with the numbers substituted, then its value."""
    symbols: list[Node] = []
    numbers: list[Node] = []
    valued: list[Node] = []
    terms = sorted(formula.products(at), key=lambda term: term[0] < 0)  # what is added before what is taken away
    long = len(terms) > SHOWN_PRODUCTS
    for place, (coefficient, factors) in enumerate(terms):
        if long and 3 <= place < len(terms) - 1:
            if place == 3:
                for said in (symbols, numbers, valued):
                    said.append(line("+", DOTS))
            continue
        names, figures = [], []
        for tensor, flat in _in_reading_order(formula, factors):
            names.append(_symbol(formula, tensor, flat))
            figures.append(_figure(formula, tensor, flat, values))
        size = abs(coefficient)
        front = [number(Fraction(size))] if size != 1 or not names else []
        known = [factor(number(_value(tensor, flat, values))) for tensor, flat in _in_reading_order(formula, factors)]
        for said, product in (
            (symbols, joined([*front, *names], THIN)),
            (numbers, joined([*front, *map(factor, figures)], "·")),
            (valued, joined([*front, *known], "·")),
        ):
            term = Negative(product) if coefficient < 0 else product
            said.append(plus(term) if said else term)
    left = left_side(formula, at)
    if not symbols:
        return broken(left, Number(0), room)
    value = number(value_of(formula, at, values))
    if len(numbers) == 1 and numbers[0] in (value, factor(value)):
        return broken(left, [*symbols, line("=", value)], room)
    if _needs_values(terms):
        numbers = [*numbers, line("=", valued[0]), *valued[1:]]
    whole = [*symbols, line("=", numbers[0]), *numbers[1:], line("=", value)]
    if sum(map(width, whole)) < room - 6:
        return broken(left, whole, room)
    return [*broken(left, symbols, room), *broken(NOTHING, [*numbers, line("=", value)], room)]


def _needs_values(terms: Sequence[tuple[Any, Sequence[tuple[Tensor, int]]]]) -> bool:
    """Whether a function whose value is not seen at once stands in a product."""
    return any(
        isinstance(tensor.applied, Pointwise)
        and tensor.applied.function.name not in ("relu", "leaky_relu")
        and (len(factors) > 1 or coefficient != 1)
        for coefficient, factors in terms
        for tensor, _ in factors
    )


def _in_reading_order(formula: TensorFormula, factors: Sequence[tuple[Tensor, int]]) -> list[tuple[Tensor, int]]:
    order = formula.geometry.reading_order
    return sorted(factors, key=lambda pair: order.index(pair[0].name) if pair[0].name in order else len(order))


def _symbol(formula: TensorFormula, tensor: Tensor, flat: int) -> Node:
    names = _names(formula)
    if tensor.applied is None:
        label = formula.label(tensor.name, flat)
        return names(label) if label != tensor.name else formula.style.tensor(label)
    argument = tensor.variable.name
    made: Node = tensor.applied.tree(lambda name: names(formula.label(name, flat, argument)))
    return made


def _figure(formula: TensorFormula, tensor: Tensor, flat: int, values: Mapping[str, Array]) -> Node:
    """The number that stands for a factor; of f(z), the function of a number."""
    if isinstance(tensor.applied, Pointwise):
        made: Node = tensor.applied.tree(lambda name: number(_at(values[name], flat)))
        return made
    return number(_value(tensor, flat, values))


def _value(tensor: Tensor, flat: int, values: Mapping[str, Array]) -> Any:
    if tensor.applied is None:
        return _at(values[tensor.name], flat)
    return _at(tensor.applied.values(np.asarray(values[tensor.variable.name])), flat)


def _at(array: Array, flat: int) -> Any:
    value = np.asarray(array).flat[flat]
    return int(value) if isinstance(value, np.integer) else value


def value_of(formula: TensorFormula, at: tuple[int, ...], values: Mapping[str, Array]) -> Any:
    """The entry in numbers, from its products."""
    total: Any = 0
    for coefficient, factors in formula.products(at):
        figures = [_value(tensor, flat, values) for tensor, flat in factors]
        product: Any = prod(figures, start=Fraction(coefficient))
        total = total + product
    return int(total) if isinstance(total, Fraction) and total.denominator == 1 else total


def worked_entries(formula: TensorFormula, values: Mapping[str, Array], limit: int) -> list[Cells]:
    """The first entries with their numbers substituted, and the last if there are more."""
    shape = tuple(int(size) for size in formula.shape)
    lines: list[Cells] = []
    for flat in shown(prod(shape), limit):
        if flat is None:
            lines.append(DOWN_BELOW)
        else:
            at = tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
            lines += worked_entry(formula, at, values)
    return lines


def small_numbers(shape: Sequence[int], generator: random.Random, low: int = -2, high: int = 3) -> Array:
    """An array of small whole numbers, exact."""
    values = [generator.randint(low, high) for _ in range(prod(shape))]
    return np.array(values, dtype=object).reshape(tuple(shape))
