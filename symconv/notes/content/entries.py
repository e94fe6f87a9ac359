"""Single entries, matrices, constraints and patches of a concrete layer as trees, in excerpts if they are many.

Entries are asked for one by one, and only those that are shown, so that a page costs the same for a
large layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.algebra.sympy_out import entries_of
from symconv.errors import SizeLimitError
from symconv.figures.palette import BASE
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import raveled, unraveled
from symconv.layers import Layer
from symconv.notes.build.line_breaks import (
    LINE,
    MAX_COLUMNS,
    MAX_ROWS,
    SHOWN_TERMS,
    WHOLE_LINE,
    Cells,
    broken,
    lines_of,
    shown,
)
from symconv.notes.languages import ENGLISH, Words
from symconv.printing.parts import (
    DIAGONAL,
    DOTS,
    DOWN,
    LOW_DOTS,
    NOTHING,
    THICK,
    ZERO,
    Grid,
    Numeral,
    Scripts,
    Underbrace,
    bracketed,
    derivative,
    equation,
    grid,
    joined,
    line,
    listed,
    plus,
    words,
)
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Marked, Negative, Node, Number
from symconv.printing.widths import width

SHOWN_ENTRIES = 10
SHOWN_PATCHES = 6
SHOWN_CHAINS = 8
CHAIN_LENGTH = 6
MOST_PATCHES = 400
"""Of an example of contributions the first 400 patches and the last 400 are looked at."""
MOST_TRIED = 25
"""An example of contributions is one of the first 25 weights."""
FEW = 1600
"""A matrix with more entries than this is not made; its pattern is described in words."""

Entry = Callable[[int], Any]
"""An entry of an array by its flat index."""


class Entries:
    """What is shown of a layer's entries, as nodes and lines of them."""

    words: Words = ENGLISH
    zero: Node = ZERO
    """How a zero of a matrix is written."""
    line = WHOLE_LINE
    """The width of a line beside which nothing stands, in ems."""
    is_marked = True
    """Whether pieces have the marks of the entries that they belong to."""

    def __init__(self, conv: Layer, entries: int | None = None) -> None:
        self.conv = conv
        self.shown_entries = SHOWN_ENTRIES if entries is None else entries
        self.concrete = conv.is_concrete
        self.has_weights = conv.fixed_kernel is None

    @property
    def tensor_names(self) -> set[str]:
        """The layer's tensors, without scalars."""
        return set().union(*(view.output.tensor_names for view in self.conv.views.values()))

    @cached_property
    def tensor(self) -> TensorNodes:
        """Tensors and entries as the notation has them."""
        return TensorNodes(self.conv.notation, frozenset(self.tensor_names))

    @cached_property
    def colours(self) -> dict[str, str]:
        """A colour for every weight of a small layer, by label."""
        if not self.concrete or not self.has_weights or self._count(self.conv.weight_shape) > len(BASE):
            return {}
        return {symbol.name: colour for symbol, colour in zip(entries_of(self.conv.weight), BASE)}

    def entry(self, formula: TensorFormula, at: tuple[int, ...], whole: bool = False) -> list[Node]:
        """An entry's expanded sum as signed terms, weights in their colours; long sums with dots, or ``whole``."""
        terms, products = formula.terms(at), formula.products(at)
        long = len(terms) > SHOWN_TERMS and not whole
        pieces: list[Node] = []
        for place in (0, 1, 2, -1) if long else range(len(terms)):
            _, factors = products[place]
            term = self.tensor.expression(terms[place](), self.colours)
            places = self._own_places(formula, at) | {
                self.kinds[tensor.name]: flat for tensor, flat in factors if tensor.name in self.kinds
            }
            negative = isinstance(term, Negative)
            term = self.marked(term.term if isinstance(term, Negative) else term, places)
            term = Negative(term) if negative else term
            pieces.append(plus(term) if pieces else term)
        return [*pieces[:3], line("+", DOTS), pieces[3]] if long else pieces or [Number(0)]

    def marked(self, node: Node, places: Mapping[str, int]) -> Node:
        """A piece with its mark, if it has a place."""
        return Marked(node, tuple(places.items())) if places and self.is_marked else node

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What an entry of a tensor is marked as: an input, a weight, or an output, whose gradient goes with it."""
        names = self.conv.notation
        return {names.input: "input", names.weight: "weight", names.output: "output", names.grad_output: "output"}

    def _own_places(self, formula: TensorFormula, at: tuple[int, ...]) -> dict[str, int]:
        """The mark of the entry itself, of which a term is a part; none if it is not an entry of the layer's."""
        names, quantity = self.conv.notation, formula.quantity
        shape = tuple(int(size) for size in formula.shape)
        name = quantity.denominator or quantity.numerator
        if name == names.dense_weight:
            return {"dense": self._flat(at, shape)}
        if name not in self.kinds or quantity.numerator == names.output != name:
            return {}
        own = len(formula.layout) - (1 if quantity.split else 0)  # a patch's contribution has its position in front
        return {self.kinds[name]: self._flat(at[-own:], shape[-own:])}

    @staticmethod
    def _flat(at: tuple[int, ...], shape: tuple[int, ...]) -> int:
        return raveled(at, shape)

    @staticmethod
    def _count(shape: Sequence[Any]) -> int:
        count = 1
        for size in shape:
            count *= int(size)
        return count

    # -- entries -------------------------------------------------------------------------------------

    def entries(self, formula: TensorFormula, limit: int | None = None) -> list[Cells]:
        """Single entries of a concrete layer as lines of an align; the first ones, dots and the last of many."""
        limit = self.shown_entries if limit is None else limit
        shape = tuple(int(size) for size in formula.shape)
        rows: list[Cells] = []
        for flat in shown(self._count(shape), limit):
            if flat is None:
                rows.append(DOWN_BELOW)
                continue
            at = unraveled(flat, [int(size) for size in shape])
            try:
                pieces = self.entry(formula, at)
            except SizeLimitError:  # an entry of a million products and more, of which the general formula tells
                pieces = [DOTS]
            rows += broken(self.left(formula, at), pieces, min(LINE, self.line))
        return rows

    def left(self, formula: TensorFormula, at: tuple[int, ...]) -> Node:
        """h_{11} or dL/dw_{11}: the entry's name, singleton dimensions left out as in its label."""
        numbers = [str(i + self.conv.notation.index_base) for i, dimension in zip(at, formula.layout) if dimension]
        quantity = formula.quantity
        entry = self.tensor.entry(quantity.denominator or quantity.numerator, numbered(numbers))
        if quantity.denominator is not None:
            entry = derivative(self.tensor(quantity.numerator), entry)
        return self.marked(entry, self._own_places(formula, at))

    @property
    def side_by_side(self) -> list[list[Cells]]:
        """For the first outputs: the entry in every view, in that view's own terms, as lines of an align."""
        conv = self.conv
        shape = tuple(int(size) for size in conv.output_shape)
        blocks = []
        for flat in range(min(self._count(shape), 2)):
            at = unraveled(flat, [int(size) for size in shape])
            lines = broken(self.left(conv.direct.output, at), self.entry(conv.direct.output, at))
            lines[-1] += self._view_note("direct")
            for key, pieces in self._others(flat, at):
                more = broken(NOTHING, pieces)
                more[-1] += self._view_note(key)
                lines += more
            blocks.append(lines)
        return blocks

    def _view_note(self, key: str) -> Cells:
        """The view in brackets, two columns further."""
        return NOTHING, words(f"({self.words.get(f'short.{key}', key.replace('_', ' '))})")

    def _others(self, flat: int, at: tuple[int, ...]) -> Iterator[tuple[str, list[Node]]]:
        """An output in the views after the first; in the dense layer's with free weights, and with shared ones."""
        for name, view in self.conv.views.items():
            if name == "fully_connected":
                columns = int(self.conv.fully_connected.shared_weight.shape[1])
                yield name, self._dense_sum(*divmod(flat, columns))
                yield "constraints", self.entry(view.output, at)
            elif name != "direct":
                yield name, self.entry(view.output, at)

    def _dense_sum(self, example: int, column: int) -> list[Node]:
        """X_1 v_11 + X_2 v_21 + ..: one output of the dense layer for one example of a batch, every v free."""
        names = self.conv.notation
        rows, columns = (int(size) for size in self.conv.fully_connected.shared_weight.shape)
        label_of = self.labels(names.input, self.conv.input_shape, self.conv.input_layout)

        def inputs(row: int) -> str:
            return str(label_of(example * rows + row))

        def term(row: int) -> Node:
            label = names.label(names.dense_weight, (row, column), (rows, columns))
            places = {
                "output": example * columns + column, "input": example * rows + row, "dense": row * columns + column
            }  # fmt: skip
            return self.marked(line(self.tensor(inputs(row)), self.tensor(label)), places)

        places = range(rows) if rows <= 8 else (0, 1, 2, None, rows - 1)
        terms = [DOTS if row is None else term(row) for row in places]
        return [terms[0], *map(plus, terms[1:]), *self.bias(names.dense_bias, column)]

    def bias(self, name: str, column: int) -> list[Node]:
        if not self.conv.bias_term:
            return []
        return [plus(self.tensor(self.conv.notation.label(name, (column,), (1,))))]

    def labels(self, name: str, shape: Sequence[Any], layout: Any) -> Any:
        sizes = tuple(int(size) for size in shape)
        kept = [at for at, dimension in enumerate(layout) if dimension]

        def label(flat: int) -> str:
            index = unraveled(flat, sizes)
            return self.conv.notation.label(name, [int(index[at]) for at in kept], [sizes[at] for at in kept])

        return label

    # -- matrices ------------------------------------------------------------------------------------

    def matrix(self, formula: TensorFormula) -> Node:
        """A two-dimensional formula as a matrix, zeros grey, with dots if it is large."""
        rows, columns = (int(size) for size in formula.shape)
        lines: list[list[Node]] = []
        shown_columns = shown(columns, self._columns_that_fit(formula, columns))
        for row in shown(rows, MAX_ROWS):
            if row is None:
                lines.append([DOWN if column is not None else DIAGONAL for column in shown_columns])
                continue
            lines.append([DOTS if column is None else self._cell(formula, (row, column)) for column in shown_columns])
        return grid(lines)

    def _columns_that_fit(self, formula: TensorFormula, columns: int) -> int:
        widest = max(width(self._cell(formula, (row, 0))) for row in range(min(int(formula.shape[0]), 12)))
        return max(4, min(MAX_COLUMNS, int(LINE / (widest + 1.1))))

    def _cell(self, formula: TensorFormula, at: tuple[int, int]) -> Node:
        pieces = self.entry(formula, at)
        return self.zero if pieces == [Number(0)] else line(*pieces)

    def spatial_matrices(self, entry: Entry, shape: Sequence[int], spatial_axes: int) -> list[Node]:
        """Symbols of up to two spatial axes as a matrix, one a channel; more axes as a row in row-major order.

        Only the entries that are shown are asked for, by their flat index.
        """
        parts: list[Node] = []
        channels = self._count(shape[: len(shape) - spatial_axes])
        spatial = shape[len(shape) - spatial_axes :]
        rows, columns = (1, self._count(spatial)) if len(spatial) != 2 else spatial
        for channel in range(min(channels, 4)):
            first = channel * rows * columns
            lines = [
                [
                    DOTS if column is None else self._symbol(entry(first + row * columns + column))
                    for column in shown(columns, 8)
                ]
                for row in shown(rows, 8)
                if row is not None
            ]
            if rows > 8:
                lines.insert(-1, [DOWN] * len(shown(columns, 8)))
            parts.append(grid(lines))
        return [*parts, LOW_DOTS] if channels > 4 else parts

    def _symbol(self, entry: sp.Expr) -> Node:
        """An entry of the input, the weights or a patch, with its mark."""
        places = self._symbol_places.get(str(entry), {})
        return self.marked(self.tensor.expression(entry, self.colours), places)

    @cached_property
    def _symbol_places(self) -> dict[str, dict[str, int]]:
        """The marks of the input's and the weights' own symbols, by label; of a large layer none."""
        if not self.symbols_fit:
            return {}
        arrays = {"input": self.conv.input} | ({"weight": self.conv.weight} if self.has_weights else {})
        return {
            str(symbol): {kind: flat} for kind, array in arrays.items() for flat, symbol in enumerate(entries_of(array))
        }

    def _named(
        self, name: Node, entry: Entry, shape: Sequence[int], number: tuple[int, ...] = (),
        spatial_axes: int | None = None,
    ) -> list[Node]:  # fmt: skip
        """name = [..], one equation a channel; ``number`` and the channel's (and the example's) are superscripts."""
        spatial = self.conv.ndim if spatial_axes is None else spatial_axes
        matrices = self.spatial_matrices(entry, shape, spatial)
        leading = shape[: len(shape) - spatial]
        equations: list[Node] = []
        for channel, matrix in enumerate(matrices):
            if not isinstance(matrix, Grid):
                equations.append(matrix)
                continue
            places = zip(unraveled(channel, leading), leading) if len(matrices) > 1 else ()
            own = tuple(at + self.conv.notation.index_base for at, size in places if size > 1)
            label = [Numeral(str(one)) for one in (*number, *own)]
            equations.append(equation(_raised(name, bracketed(listed(label))) if label else name, matrix))
        return equations

    @property
    def symbol_lines(self) -> list[Node]:
        """X = [..] and w = [..], one matrix a channel, as many to a line as fit."""
        conv, base = self.conv, self.conv.notation.index_base
        filters: list[Node] = []
        outputs = int(conv.weight_shape[0]) if self.has_weights else 0
        for at in range(min(outputs, 4)):
            number = () if outputs == 1 else (at + base,)
            filters += self._named(self.tensor(conv.notation.weight), *_listed(conv.weight[at]), number)
        spatial = conv.ndim if len(conv.input_layout[-1]) < 2 else 1  # all positions may be one dimension
        inputs = self._named(self.tensor(conv.notation.input), *_listed(conv.input), spatial_axes=spatial)
        return lines_of(inputs) + lines_of(filters + ([LOW_DOTS] if outputs > 4 else []))

    @property
    def small_enough(self) -> bool:
        """Whether the layer's symbols and matrix may be made in full."""
        return self.symbols_fit and self._count(self.conv.fully_connected.shared_weight.shape) <= FEW

    @property
    def symbols_fit(self) -> bool:
        shapes = [self.conv.input_shape, *([self.conv.weight_shape] if self.has_weights else [])]
        return all(self._count(shape) <= FEW for shape in shapes)

    # -- constraints and patches ---------------------------------------------------------------------

    @property
    def constraint_chains(self) -> tuple[list[Node], int, int]:
        """Chains v_11 = v_22 = w_1 of the first weights, dots for more; how many weights there are, and zeros."""
        dense = self.conv.fully_connected
        rows, columns = (int(size) for size in dense.shared_weight.shape)
        names = self.conv.notation
        classes = dense.weight_classes
        zeros = rows * columns - sum(map(len, classes))
        lines: list[Node] = []
        for places in classes[:SHOWN_CHAINS]:
            labels: list[Node] = [
                self.tensor(names.label(names.dense_weight, place, (rows, columns))) for place in places
            ]
            if len(labels) > CHAIN_LENGTH:
                labels = [*labels[: CHAIN_LENGTH - 2], DOTS, labels[-1]]
            weight = self.tensor.expression(dense.shared_weight[places[0]], self.colours)
            lines.append(equation(*labels, weight))
        return lines + [DOWN] * (len(classes) > SHOWN_CHAINS), len(classes), zeros

    @property
    def zero_labels(self) -> Node | None:
        """v_31 = v_12 = 0, the first of many; None if there are none."""
        names, dense = self.conv.notation, self.conv.fully_connected
        rows, columns = (int(size) for size in dense.shared_weight.shape)
        used = {place for places in dense.weight_classes for place in places}
        zero = [(row, column) for column in range(columns) for row in range(rows) if (row, column) not in used]
        labels: list[Node] = [self.tensor(names.label(names.dense_weight, place, (rows, columns))) for place in zero]
        if len(labels) > 8:
            labels = [*labels[:6], DOTS, labels[-1]]
        return equation(*labels, Number(0)) if labels else None

    @property
    def patch_matrices(self) -> list[Node]:
        """P_1 = [..] for the first patches and the last."""
        patches = self.conv.patches
        base, count = self.conv.notation.index_base, int(patches.patch.shape[0])
        shape = tuple(int(size) for size in patches.patch.shape[1:])
        parts: list[Node] = []
        for at in shown(count, SHOWN_PATCHES):
            if at is None:
                parts.append(LOW_DOTS)
                continue

            def entry(flat: int, at: int = at) -> Any:
                index = (at, *unraveled(flat, shape))
                return patches.patch[index]

            parts += self._named(Scripts(self.tensor(self.conv.notation.patch), Numeral(str(at + base))), entry, shape)
        return parts

    @property
    def patch_gradients(self) -> list[Cells]:
        """Each patch's contribution to one weight's gradient, of a weight to which most patches contribute."""
        formula, first = self.conv.patches.patch_grad_weight, shown(int(self.conv.patches.patch.shape[0]), 6)

        def contributing(weight: tuple[int, ...]) -> int:
            return sum(1 for at in first if at is not None and formula.products((at, *weight)))

        weight = max(self._some_weights(), key=contributing)
        return broken(self.left(self.conv.direct.grad_weight, weight), self.contributions(weight))

    def _some_weights(self) -> Iterator[tuple[int, ...]]:
        """Places in the first kernel, by the first one."""
        shape = [int(size) for size in self.conv.weight_shape]
        kernel = shape[len(shape) - self.conv.ndim :]
        for flat in range(min(self._count(kernel), MOST_TRIED)):
            yield (*(0,) * (len(shape) - self.conv.ndim), *unraveled(flat, kernel))

    def contributions(self, weight: tuple[int, ...], whole: bool = False) -> list[Node]:
        """What patches contribute to one weight's gradient, as terms with their signs.

        Those that contribute something, in excerpts; ``whole`` is all of them.
        """
        formula = self.conv.patches.patch_grad_weight
        count = int(formula.shape[0])
        looked_at = [*range(min(count, MOST_PATCHES)), *range(max(count - MOST_PATCHES, MOST_PATCHES), count)]
        chosen = [at for at in looked_at if whole or formula.products((at, *weight))]
        places = [chosen[at] if at is not None else None for at in shown(len(chosen), count if whole else 6)]
        terms: list[Node] = []
        for at in places or [0]:
            if at is None:
                terms.append(line("+", DOTS))
                continue
            name = self.words("patch", number=at + self.conv.notation.index_base)
            part = Underbrace(line(*self.entry(formula, (at, *weight))), words(name))
            terms.append(plus(part) if terms else part)
        return terms

    @property
    def first_label(self) -> Node:
        names = self.conv.notation
        return self.tensor(self.labels(names.input, self.conv.input_shape, self.conv.input_layout)(0))

    @property
    def patch_rows(self) -> list[Node]:
        """The patches, as many to a line as fit."""
        return lines_of(self.patch_matrices)


DOWN_BELOW: Cells = (NOTHING, line(THICK, THICK, DOWN))
"""Dots between lines of an ``align``, below its sign =."""


def numbered(numbers: Sequence[str]) -> list[Node]:
    """The numbers of an entry as one index: 12, or 1,10 if one of them has two digits."""
    if not numbers:
        return []
    several = [Numeral(one) for one in numbers] if max(map(len, numbers)) > 1 else [Numeral("".join(numbers))]
    return [joined(several, ",")]


def _raised(name: Node, above: Node) -> Node:
    """A name with something above, beside what it has below."""
    return Scripts(name.base, name.below, above) if isinstance(name, Scripts) else Scripts(name, None, above)


def _listed(array: sp.Array) -> tuple[Entry, tuple[int, ...]]:
    """The entries of an array of symbols, and its shape."""
    flat = entries_of(array)
    return flat.__getitem__, tuple(map(int, array.shape))
