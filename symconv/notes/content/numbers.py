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
from symconv.notes.build.line_breaks import LINE, broken, shown, width
from symconv.printing.latex import latex_of
from symconv.printing.tree import Name

Array = npt.NDArray[Any]

DECIMALS = 4
"""Inexact numbers are rounded to 4 decimals."""
SHOWN_PRODUCTS = 9
"""An entry with more products than this is shown with dots."""


def number(value: Any) -> str:
    """A number in LaTeX: 3, -0.25, 1/3 as a fraction; a float rounded.

    >>> number(Fraction(-1, 4)), number(Fraction(1, 3)), number(0.123456)
    ('-0.25', '\\\\tfrac{1}{3}', '0.1235')
    """
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, Fraction):
        rest = value.denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1 and value.denominator <= 10**8:
            with localcontext() as context:
                context.prec = 60
                text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        sign = "-" if value < 0 else ""
        return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    rounded = f"{float(value):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if rounded in ("-0", "") else rounded


def factor(text: str) -> str:
    """A number in a product: negative ones in brackets."""
    return f"({text})" if text.startswith("-") else text


def row(values: Sequence[Any]) -> str:
    """(1, 2, 3)."""
    return r"\left(" + r",\; ".join(map(number, values)) + r"\right)"


def matrix(array: Array) -> str:
    """A vector as a row, a matrix as rows and columns; more dimensions as matrices side by side."""
    array = np.asarray(array, dtype=object)
    if array.ndim == 0:
        return number(array.item())
    if array.ndim == 1:
        array = array.reshape(1, -1)
    if array.ndim > 2:
        parts = [matrix(part) for part in array.reshape(-1, *array.shape[-2:])]
        return r",\; ".join(parts)
    lines = [" & ".join(map(number, line)) for line in array.tolist()]
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def squeezed(array: Array) -> Array:
    """The array without leading dimensions of size 1; at least one dimension is kept."""
    while array.ndim > 1 and array.shape[0] == 1:
        array = array[0]
    return array


def left_side(formula: TensorFormula, at: Sequence[int]) -> str:
    """The entry's name: z^(1)_{12}, or dL/dw^(1)_{12}."""
    quantity = formula.quantity
    numbers = _index(formula, at)
    name = formula.latex_names
    if quantity.denominator is None:
        return name.entry(quantity.numerator, numbers)
    return rf"\frac{{\partial {name(quantity.numerator)}}}{{\partial {name.entry(quantity.denominator, numbers)}}}"


def _index(formula: TensorFormula, at: Sequence[int]) -> list[str]:
    base = formula.geometry.notation.index_base
    numbers = [str(i + base) for i, dimension in zip(at, formula.layout) if dimension]
    if not numbers:
        return []
    return [(",".join if max(map(len, numbers)) > 1 else "".join)(numbers)]


def worked_entry(
    formula: TensorFormula, at: tuple[int, ...], values: Mapping[str, Array], line: float = LINE
) -> list[str]:
    """Lines of an align: the entry in symbols, then with the numbers substituted, then its value."""
    symbols: list[str] = []
    numbers: list[str] = []
    valued: list[str] = []
    terms = sorted(formula.products(at), key=lambda term: term[0] < 0)  # what is added before what is taken away
    long = len(terms) > SHOWN_PRODUCTS
    for place, (coefficient, factors) in enumerate(terms):
        if long and 3 <= place < len(terms) - 1:
            if place == 3:
                symbols.append(r"+ \cdots")
                numbers.append(r"+ \cdots")
                valued.append(r"+ \cdots")
            continue
        names, figures = [], []
        for tensor, flat in _in_reading_order(formula, factors):
            names.append(_symbol(formula, tensor, flat))
            figures.append(_figure(formula, tensor, flat, values))
        sign = "- " if coefficient < 0 else "+ " if symbols else ""
        size = abs(coefficient)
        front = [number(Fraction(size))] if size != 1 or not names else []
        symbols.append(sign + r" \, ".join([*front, *names]))
        numbers.append(sign + r" \cdot ".join([*front, *(factor(figure) for figure in figures)]))
        known = [factor(number(_value(tensor, flat, values))) for tensor, flat in _in_reading_order(formula, factors)]
        valued.append(sign + r" \cdot ".join([*front, *known]))
    if not symbols:
        return [f"{left_side(formula, at)} &= 0"]
    value = number(value_of(formula, at, values))
    if _needs_values(terms):
        numbers = [*numbers, f"= {valued[0]}", *valued[1:]]
    if len(numbers) == 1 and numbers[0].strip("()") == value:
        return broken(left_side(formula, at), [*symbols, f"= {value}"], line)
    whole = [*symbols, f"= {numbers[0]}", *numbers[1:], f"= {value}"]
    if sum(map(width, whole)) < line - 6:
        return broken(left_side(formula, at), whole, line)
    return [*broken(left_side(formula, at), symbols, line), *broken("", [*numbers, f"= {value}"], line)]


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


def _symbol(formula: TensorFormula, tensor: Tensor, flat: int) -> str:
    if tensor.applied is None:
        label = formula.label(tensor.name, flat)
        return formula.latex_names(label) if label != tensor.name else latex_of(formula.style.tensor(label))
    argument = tensor.variable.name
    return latex_of(tensor.applied.tree(lambda name: formula.latex_names.node(formula.label(name, flat, argument))))


def _figure(formula: TensorFormula, tensor: Tensor, flat: int, values: Mapping[str, Array]) -> str:
    """The number that stands for a factor; of f(z), the function of a number."""
    if isinstance(tensor.applied, Pointwise):
        return latex_of(tensor.applied.tree(lambda name: Name(name, macro=number(_at(values[name], flat)))))
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


def worked_entries(formula: TensorFormula, values: Mapping[str, Array], limit: int) -> list[str]:
    """The first entries with their numbers substituted, and the last if there are more."""
    shape = tuple(int(size) for size in formula.shape)
    lines: list[str] = []
    for flat in shown(prod(shape), limit):
        if flat is None:
            lines.append(r"&\;\;\vdots")
        else:
            at = tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
            lines += worked_entry(formula, at, values)
    return lines


def small_numbers(shape: Sequence[int], generator: random.Random, low: int = -2, high: int = 3) -> Array:
    """An array of small whole numbers, exact."""
    values = [generator.randint(low, high) for _ in range(prod(shape))]
    return np.array(values, dtype=object).reshape(tuple(shape))
