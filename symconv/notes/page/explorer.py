"""What the page's explorer shows of a small layer: which input and weight make which output, formulas and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import cycle, islice
from math import prod
from typing import Any

import numpy as np

from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.notes.build.line_breaks import Cells, broken
from symconv.notes.content.entries import Entries
from symconv.notes.model import Display, Row
from symconv.printing.parts import Coloured, Numeral, Scripts, bracketed, derivative, line, listed, plus
from symconv.printing.tree import Marked, Node, Number

MOST = {"inputs": 36, "outputs": 32, "weights": 40, "positions": 16}
MOST_PRODUCTS = 200
"""An explorer is made for layers with at most this many entries of each kind and 200 product terms."""

GIVEN = {"input": (1, 0, 2, 3, 1, -1, 2, 0, 1), "weight": (1, 2, -1, 1, 0), "bias": (1, -1), "grad_output": (1, -1, 2)}
"""The numbers that the page starts with, again and again."""


@dataclass(frozen=True)
class Product:
    """One row of the layer's read table: output += coefficient * weight * input, all by flat index.

    ``slot`` is where its patch, the one at ``position``, holds the input; ``dense`` is the entry of the matrix.
    """

    output: int
    weight: int | None
    input: int
    dense: int
    position: int
    slot: int
    coefficient: Fraction


@dataclass(frozen=True)
class Grid:
    """Up to two axes of a tensor as rows of flat indices, with its name."""

    name: Node
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Patch:
    """A patch by its position: the flat indices of the inputs that it holds, None for zeros, in rows."""

    position: int
    rows: tuple[tuple[tuple[int, int | None], ...], ...]


class ExplorerContent:
    """A layer as the explorer shows it."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.entries = Entries(layer)
        self.has_weights = self.entries.has_weights
        self.has_bias = bool(layer.bias_term)

    @cached_property
    def fits(self) -> bool:
        """Whether the layer has a matrix and patches, and sizes that are known and small."""
        layer = self.layer
        if (
            not layer.is_concrete
            or layer.batch_size is not None
            or not {"fully_connected", "patches"} <= {*layer.views}
        ):
            return False
        counts = {
            "inputs": prod(map(int, layer.input_shape)),
            "outputs": prod(map(int, layer.output_shape)),
            "weights": prod(map(int, layer.weight_shape)) if self.has_weights else 0,
            "positions": int(layer.patches.patch.shape[0]),
        }
        few = all(counts[name] <= most for name, most in MOST.items())
        return few and layer.direct.output.estimated_terms <= MOST_PRODUCTS

    # -- sizes and names -------------------------------------------------------------------------------

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every tensor that has numbers on the page."""
        layer = self.layer
        shapes = {"input": layer.input_shape, "output": layer.output_shape, "grad_output": layer.output_shape}
        if self.has_weights:
            shapes["weight"] = layer.weight_shape
        if self.has_bias:
            shapes["bias"] = layer.bias_shape
        return {kind: tuple(map(int, shape)) for kind, shape in shapes.items()}

    def count(self, kind: str) -> int:
        return prod(self.shapes[kind])

    def plain_label(self, kind: str, flat: int) -> str:
        """X12: the printed name of an entry."""
        name = getattr(self.layer.notation, kind)
        return str(self.entries.labels(name, self.shapes[kind], self._layout(kind))(flat))

    def label(self, kind: str, flat: int) -> Node:
        """The same in mathematics, a weight in its colour."""
        plain = self.plain_label(kind, flat)
        colour = self.entries.colours.get(plain)
        name = self.entries.tensor(plain)
        return Coloured(colour, name) if colour else name

    def grids(self, kind: str) -> list[Grid]:
        """A tensor's entries, one grid for each channel."""
        shape = self.shapes[kind]
        leading = {"weight": 2, "bias": 0}.get(kind, 1)
        spatial = min(2, len(shape) - leading) if kind != "bias" else 1
        front, back = shape[: len(shape) - spatial], shape[len(shape) - spatial :]
        rows, columns = (1, back[0]) if len(back) == 1 else back
        base, name = self.layer.notation.index_base, self.entries.tensor(getattr(self.layer.notation, kind))
        grids = []
        for at, place in enumerate(np.ndindex(*front)):
            numbers = [Numeral(str(i + base)) for i, size in zip(place, front) if size > 1]
            flats = np.arange(rows * columns).reshape(rows, columns) + at * rows * columns
            grids.append(Grid(Scripts(name, None, bracketed(listed(numbers))) if numbers else name, _tuples(flats)))
        return grids

    # -- the read table --------------------------------------------------------------------------------

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """Every product of an input with a weight, output by output."""
        return tuple(product for flat in range(self.count("output")) for product in self._products_of(flat))

    def _products_of(self, output: int) -> Iterator[Product]:
        names, shape = self.layer.notation, self.shapes["output"]
        at = tuple(map(int, np.unravel_index(output, shape)))
        position = int(np.ravel_multi_index(at[1:], shape[1:])) if len(shape) > 1 else 0
        for coefficient, factors in self.layer.direct.output.products(at):
            places = {tensor.name: flat for tensor, flat in factors}
            if (one := places.get(names.input)) is None:
                continue  # the bias
            weight = places.get(names.weight) if self.has_weights else None
            dense = one * self.count("output") + output
            yield Product(
                output, weight, int(one), int(dense), position, self._slot(position, int(one), weight),
                Fraction(coefficient),
            )  # fmt: skip

    def _slot(self, position: int, source: int, weight: int | None) -> int:
        """Where a patch holds the input that a weight meets; a border that is read twice is in two places."""
        slots = [slot for slot, held in enumerate(self.held[position]) if held == source]
        kernel = prod(map(int, self.layer.patches.patch.shape[2:]))
        same = [slot for slot in slots if weight is not None and slot % kernel == weight % kernel]
        return (same or slots)[0]

    @cached_property
    def held(self) -> list[list[int | None]]:
        """For every patch, the flat indices of its inputs."""
        patch = self.layer.patches.patch
        shape = tuple(map(int, patch.shape))
        inputs = {str(symbol): flat for flat, symbol in enumerate(np.ravel(self.layer.input.tolist()))}
        size = prod(shape[1:])
        entries = [inputs.get(str(patch[tuple(map(int, place))])) for place in np.ndindex(*shape)]
        return [entries[at : at + size] for at in range(0, len(entries), size)]

    @property
    def patches(self) -> list[Patch]:
        width = int(self.layer.patches.patch.shape[-1])
        return [
            Patch(at, tuple(tuple(enumerate(held))[row : row + width] for row in range(0, len(held), width)))
            for at, held in enumerate(self.held)
        ]

    @cached_property
    def cells(self) -> dict[int, tuple[int, ...]]:
        """The entries of the matrix that are not zero, and the weights that are added in each."""
        cells: dict[int, tuple[int, ...]] = {}
        for product in self.products:
            cells[product.dense] = (*cells.get(product.dense, ()), -1 if product.weight is None else product.weight)
        return cells

    @property
    def patch_size(self) -> int:
        return len(self.held[0])

    def places_of_cell(self, dense: int) -> dict[str, str]:
        """The marks of an entry of the matrix; a zero has its place alone."""
        if dense not in self.cells:
            return {"dense": str(dense)}
        source, output = divmod(dense, self.count("output"))
        weights = " ".join(str(weight) for weight in self.cells[dense] if weight >= 0)
        return {"dense": str(dense), "input": str(source), "output": str(output)} | (
            {"weight": weights} if weights else {}
        )

    # -- formulas --------------------------------------------------------------------------------------

    def forward(self, name: str) -> Display:
        """Every output in a view's own terms."""
        if name == "fully_connected":
            return self._display(self._dense_outputs())
        return self._display(self._lines(self.layer.views[name].output))

    def backward(self, name: str) -> Display:
        """Every derivative in a view's own terms."""
        view = self.layer.views[name]
        lines: list[Cells] = []
        if self.has_weights:
            lines += self._contributions() if name == "patches" else self._lines(view.grad_weight)
        if self.has_bias:
            lines += self._lines(view.grad_bias)
        lines += self._dense_gradients() if name == "fully_connected" else self._lines(view.grad_input)
        return self._display(lines)

    def _display(self, lines: Sequence[Cells]) -> Display:
        return Display(tuple(map(Row, lines)))

    def _lines(self, formula: TensorFormula) -> list[Cells]:
        return [
            line
            for at in np.ndindex(*map(int, formula.shape))
            for line in broken(self.entries.left(formula, at), self.entries.entry(formula, at, whole=True))
        ]

    def _contributions(self) -> list[Cells]:
        """dL/dw of every weight, what each patch contributes under a brace."""
        lines: list[Cells] = []
        for place in np.ndindex(*self.shapes["weight"]):
            left = self.entries.left(self.layer.direct.grad_weight, place)
            lines += broken(left, self.entries.contributions(place, whole=True))
        return lines

    def _dense_outputs(self) -> list[Cells]:
        """h = X v + ..: the weights v that are not zero, each in the colour of the weight that it holds."""
        lines: list[Cells] = []
        for output in range(self.count("output")):
            own = [product for product in self.products if product.output == output]
            terms = [line(self.label("input", one.input), self._dense_label(one)) for one in own]
            lines += broken(self._left("output", output), self._marked_sum(own, terms) + self._bias_term(output))
        return lines

    def _dense_gradients(self) -> list[Cells]:
        lines: list[Cells] = []
        for source in range(self.count("input")):
            own = [product for product in self.products if product.input == source]
            terms = [line(self._dense_label(one), self.label("grad_output", one.output)) for one in own]
            loss = self.entries.tensor(self.layer.notation.loss)
            left = derivative(loss, self.label("input", source))
            lines += broken(Marked(left, (("input", source),)), self._marked_sum(own, terms))
        return lines

    def _left(self, kind: str, flat: int) -> Node:
        return Marked(self.label(kind, flat), ((kind, flat),))

    def _marked_sum(self, products: Sequence[Product], terms: Sequence[Node]) -> list[Node]:
        """The terms with their signs; products in one entry of the matrix are one term."""
        pieces: dict[int, Node] = {}
        for product, term in zip(products, terms):
            places = (("output", product.output), ("input", product.input), ("dense", product.dense))
            pieces.setdefault(product.dense, Marked(term, places))
        return [plus(piece) if at else piece for at, piece in enumerate(pieces.values())] or [Number(0)]

    def _dense_label(self, product: Product) -> Node:
        names = self.layer.notation
        sizes = (self.count("input"), self.count("output"))
        label = self.entries.tensor(names.label(names.dense_weight, (product.input, product.output), sizes))
        weights = self.cells[product.dense]
        if len(weights) > 1 or product.weight is None:
            return label
        colour = self.entries.colours.get(self.plain_label("weight", product.weight))
        return Coloured(colour, label) if colour else label

    def _bias_term(self, output: int) -> list[Node]:
        return self.entries.bias(self.layer.notation.dense_bias, output)

    @property
    def first_formula(self) -> str:
        """The first output as a formula that the page reads."""
        terms = [
            "*".join([*([] if one.coefficient == 1 else [str(one.coefficient)]),
                      *([] if one.weight is None else [self.plain_label("weight", one.weight)]),
                      self.plain_label("input", one.input)])
            for one in self.products if one.output == 0
        ]  # fmt: skip
        terms += [self.plain_label("bias", self.biases()[0])] if self.has_bias else []
        return f"{self.plain_label('output', 0)} = {' + '.join(terms) or '0'}"

    def biases(self) -> list[int]:
        """For every output, the flat index of its bias."""
        return [output // prod(self.shapes["output"][1:]) for output in range(self.count("output"))]

    # -- numbers ---------------------------------------------------------------------------------------

    @cached_property
    def given(self) -> dict[str, list[int]]:
        """The numbers at the start."""
        return {
            kind: list(islice(cycle(numbers), self.count(kind)))
            for kind, numbers in GIVEN.items()
            if kind in self.shapes
        }

    @cached_property
    def results(self) -> dict[str, list[str]]:
        """What every view makes of them, by "view.quantity"."""
        results: dict[str, list[str]] = {}
        for name, view in self.layer.views.items():
            for quantity in self.layer.quantities:
                results[f"{name}.{quantity}"] = self._numbers(getattr(view, quantity))
        dense = self.layer.fully_connected
        results["fully_connected.matrix"] = self._numbers(dense.shared_weight)
        results["fully_connected.grad_matrix"] = self._numbers(dense.grad_dense_weight)
        results["patches.patch"] = self._numbers(self.layer.patches.patch)
        results |= {kind: [_number(value) for value in numbers] for kind, numbers in self.given.items()}
        return results

    def _numbers(self, formula: TensorFormula) -> list[str]:
        names, needed = self.layer.notation, {tensor.name for tensor in formula.form.operands}
        arrays = {
            name: np.array(numbers, dtype=object).reshape(self.shapes[kind])
            for kind, numbers in self.given.items()
            if (name := getattr(names, kind)) in needed
        }
        return [_number(value) for value in formula.evaluate(**arrays).ravel()]

    def data(self) -> Mapping[str, object]:
        """The read table for the page's script: what it needs to compute, and to know what belongs together."""
        return {
            "products": [
                [p.output, -1 if p.weight is None else p.weight, p.input, p.dense, p.position, p.slot,
                 int(p.coefficient) if p.coefficient.denominator == 1 else str(p.coefficient)]
                for p in self.products
            ],
            "names": {
                kind: [self.plain_label(kind, flat) for flat in range(self.count(kind))] for kind in self.shapes
            },
            "patches": [[-1 if one is None else one for one in held] for held in self.held],
            "bias": self.biases() if self.has_bias else [],
            "tensors": {kind: getattr(self.layer.notation, kind) for kind in self.shapes},
            "shapes": {kind: self._label_sizes(kind) for kind in self.shapes},
            "constants": {
                name: str(array[()]) for name, array in self.layer.constants.items() if np.shape(array) == ()
            },
            "base": self.layer.notation.formula_base,
            "reach": 2 * max(size for kind in self.shapes for size in (1, *self._label_sizes(kind))) + 2,
        }  # fmt: skip

    def _label_sizes(self, kind: str) -> list[int]:
        """The sizes of the dimensions that labels have an index for."""
        return [size for size, dimension in zip(self.shapes[kind], self._layout(kind)) if dimension]

    def _layout(self, kind: str) -> Any:
        layer = self.layer
        return {
            "input": layer.input_layout, "weight": layer.weight_layout, "bias": layer.bias_layout,
            "output": layer.output_layout, "grad_output": layer.output_layout,
        }[kind]  # fmt: skip


def _tuples(flats: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(int, row)) for row in flats)


def _number(value: Any) -> str:
    """A number as the script writes it: at most six digits after the point, no zeros at its end."""
    text = f"{float(value):.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")
