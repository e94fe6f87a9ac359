"""Single entries, matrices, constraints and patches of a concrete layer as LaTeX, in excerpts if they are many.

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
    broken,
    lines_of,
    shown,
    width,
)
from symconv.notes.build.marks import marked
from symconv.notes.languages import ENGLISH, Words
from symconv.printing.latex import TensorNames

SHOWN_ENTRIES = 10
SHOWN_PATCHES = 6
SHOWN_CHAINS = 8
CHAIN_LENGTH = 6
MOST_PATCHES = 400
"""Of an example of contributions the first 400 patches are looked at."""
MOST_TRIED = 25
"""An example of contributions is one of the first 25 weights."""
FEW = 1600
"""A matrix with more entries than this is not made; its pattern is described in words."""

Entry = Callable[[int], Any]
"""An entry of an array by its flat index."""


class Entries:
    """What is shown of a layer's entries. Every property is LaTeX, or a list of it."""

    words: Words = ENGLISH
    zero = r"\zero"
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
    def tensor(self) -> TensorNames:
        """Tensors and entries in LaTeX, as the notation has them."""
        return TensorNames(self.conv.notation, frozenset(self.tensor_names))

    @cached_property
    def colours(self) -> dict[str, str]:
        """A colour for every weight of a small layer, by label."""
        if not self.concrete or not self.has_weights or self._count(self.conv.weight_shape) > len(BASE):
            return {}
        return {symbol.name: colour for symbol, colour in zip(entries_of(self.conv.weight), BASE)}

    def entry(self, formula: TensorFormula, at: tuple[int, ...], whole: bool = False) -> list[str]:
        """An entry's expanded sum as pieces of a line, weights in their colours; long sums with dots, or ``whole``."""
        terms, products = formula.terms(at), formula.products(at)
        long = len(terms) > SHOWN_TERMS and not whole
        pieces: list[str] = []
        for place in (0, 1, 2, -1) if long else range(len(terms)):
            _, factors = products[place]
            text = self.tensor.expression(terms[place](), self.colours)
            sign = "-" if text.startswith("-") else "+ " if pieces else ""
            places = self._own_places(formula, at) | {
                self.kinds[tensor.name]: flat for tensor, flat in factors if tensor.name in self.kinds
            }
            text = text.removeprefix("-")
            pieces.append(sign + (self.marked(text, places)))
        return [*pieces[:3], r"+ \cdots", pieces[3]] if long else pieces or ["0"]

    def marked(self, text: str, places: Mapping[str, int]) -> str:
        """A piece with its mark, if it has a place."""
        return marked(text, **places) if places and self.is_marked else text

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

    def entries(self, formula: TensorFormula, limit: int | None = None) -> list[str]:
        """Single entries of a concrete layer as lines of an align; the first ones, dots and the last of many."""
        limit = self.shown_entries if limit is None else limit
        shape = tuple(int(size) for size in formula.shape)
        rows: list[str] = []
        for flat in shown(self._count(shape), limit):
            if flat is None:
                rows.append(r"&\;\;\vdots")
                continue
            at = unraveled(flat, [int(size) for size in shape])
            try:
                pieces = self.entry(formula, at)
            except SizeLimitError:  # an entry of a million products and more, of which the general formula tells
                pieces = [r"\cdots"]
            rows += broken(self.left(formula, at), pieces, min(LINE, self.line))
        return rows

    def left(self, formula: TensorFormula, at: tuple[int, ...]) -> str:
        """h_{11} or dL/dw_{11}: the entry's name, singleton dimensions left out as in its label."""
        numbers = [str(i + self.conv.notation.index_base) for i, dimension in zip(at, formula.layout) if dimension]
        joined = [",".join(numbers) if max(map(len, numbers), default=1) > 1 else "".join(numbers)]
        quantity = formula.quantity
        text = self.tensor.entry(quantity.denominator or quantity.numerator, joined if numbers else [])
        if quantity.denominator is not None:
            text = rf"\frac{{\partial {self.tensor(quantity.numerator)}}}{{\partial {text}}}"
        places = self._own_places(formula, at)
        return self.marked(text, places)

    @property
    def side_by_side(self) -> list[list[str]]:
        """For the first outputs: the entry in every view, in that view's own terms, as lines of an align."""
        conv = self.conv
        shape = tuple(int(size) for size in conv.output_shape)
        blocks = []
        for flat in range(min(self._count(shape), 2)):
            at = unraveled(flat, [int(size) for size in shape])
            lines = broken(self.left(conv.direct.output, at), self.entry(conv.direct.output, at))
            lines[-1] += rf" && \text{{({self.words('short.direct')})}}"
            for key, pieces in self._others(flat, at):
                more = broken("", pieces)
                more[-1] += rf" && \text{{({self.words.get(f'short.{key}', key.replace('_', ' '))})}}"
                lines += more
            blocks.append(lines)
        return blocks

    def _others(self, flat: int, at: tuple[int, ...]) -> Iterator[tuple[str, list[str]]]:
        """An output in the views after the first; in the dense layer's with free weights, and with shared ones."""
        for name, view in self.conv.views.items():
            if name == "fully_connected":
                columns = int(self.conv.fully_connected.shared_weight.shape[1])
                yield name, self._dense_sum(*divmod(flat, columns))
                yield "constraints", self.entry(view.output, at)
            elif name != "direct":
                yield name, self.entry(view.output, at)

    def _dense_sum(self, example: int, column: int) -> list[str]:
        """X_1 v_11 + X_2 v_21 + ..: one output of the dense layer for one example of a batch, every v free."""
        names = self.conv.notation
        rows, columns = (int(size) for size in self.conv.fully_connected.shared_weight.shape)
        label_of = self.labels(names.input, self.conv.input_shape, self.conv.input_layout)

        def inputs(row: int) -> str:
            return str(label_of(example * rows + row))

        def term(row: int) -> str:
            label = names.label(names.dense_weight, (row, column), (rows, columns))
            places = {
                "output": example * columns + column, "input": example * rows + row, "dense": row * columns + column
            }  # fmt: skip
            return self.marked(rf"{self.tensor(inputs(row))} {self.tensor(label)}", places)

        places = range(rows) if rows <= 8 else (0, 1, 2, None, rows - 1)
        terms = [r"\cdots" if row is None else term(row) for row in places]
        return [terms[0], *(f"+ {one}" for one in terms[1:]), *self.bias(names.dense_bias, column)]

    def bias(self, name: str, column: int) -> list[str]:
        if not self.conv.bias_term:
            return []
        return [f"+ {self.tensor(self.conv.notation.label(name, (column,), (1,)))}"]

    def labels(self, name: str, shape: Sequence[Any], layout: Any) -> Any:
        sizes = tuple(int(size) for size in shape)
        kept = [at for at, dimension in enumerate(layout) if dimension]

        def label(flat: int) -> str:
            index = unraveled(flat, sizes)
            return self.conv.notation.label(name, [int(index[at]) for at in kept], [sizes[at] for at in kept])

        return label

    # -- matrices ------------------------------------------------------------------------------------

    def matrix(self, formula: TensorFormula) -> str:
        """A two-dimensional formula as a matrix, zeros grey, with dots if it is large."""
        rows, columns = (int(size) for size in formula.shape)
        lines = []
        shown_columns = shown(columns, self._columns_that_fit(formula, columns))
        for row in shown(rows, MAX_ROWS):
            if row is None:
                lines.append(" & ".join(r"\vdots" if column is not None else r"\ddots" for column in shown_columns))
                continue
            cells = (r"\cdots" if column is None else self._cell(formula, (row, column)) for column in shown_columns)
            lines.append(" & ".join(cells))
        body = " \\\\\n".join(lines)
        return f"\\begin{{bmatrix}}\n{body}\n\\end{{bmatrix}}"

    def _columns_that_fit(self, formula: TensorFormula, columns: int) -> int:
        widest = max(width(self._cell(formula, (row, 0))) for row in range(min(int(formula.shape[0]), 12)))
        return max(4, min(MAX_COLUMNS, int(LINE / (widest + 1.1))))

    def _cell(self, formula: TensorFormula, at: tuple[int, int]) -> str:
        pieces = self.entry(formula, at)
        return self.zero if pieces == ["0"] else " ".join(pieces)

    def spatial_matrices(self, entry: Entry, shape: Sequence[int], spatial_axes: int) -> list[str]:
        """Symbols of up to two spatial axes as a matrix, one a channel; more axes as a row in row-major order.

        Only the entries that are shown are asked for, by their flat index.
        """
        parts = []
        channels = self._count(shape[: len(shape) - spatial_axes])
        spatial = shape[len(shape) - spatial_axes :]
        rows, columns = (1, self._count(spatial)) if len(spatial) != 2 else spatial
        for channel in range(min(channels, 4)):
            first = channel * rows * columns
            lines = [
                " & ".join(
                    dots if column is None else self._symbol(entry(first + row * columns + column))
                    for column in shown(columns, 8)
                )
                for row in shown(rows, 8)
                if row is not None
                for dots in [r"\cdots"]
            ]
            if rows > 8:
                lines.insert(-1, " & ".join([r"\vdots"] * len(shown(columns, 8))))
            body = " \\\\ ".join(lines)
            parts.append(f"\\begin{{bmatrix}} {body} \\end{{bmatrix}}")
        return [*parts, r"\dots"] if channels > 4 else parts

    def _symbol(self, entry: sp.Expr) -> str:
        """An entry of the input, the weights or a patch, with its mark."""
        text = self.tensor.expression(entry, self.colours)
        places = self._symbol_places.get(str(entry), {})
        return self.marked(text, places)

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
        self, name: str, entry: Entry, shape: Sequence[int], number: tuple[int, ...] = (),
        spatial_axes: int | None = None,
    ) -> list[str]:  # fmt: skip
        """name = [..], one equation a channel; ``number`` and the channel's (and the example's) are superscripts."""
        spatial = self.conv.ndim if spatial_axes is None else spatial_axes
        matrices = self.spatial_matrices(entry, shape, spatial)
        leading = shape[: len(shape) - spatial]
        equations = []
        for channel, matrix in enumerate(matrices):
            if matrix == r"\dots":
                equations.append(matrix)
                continue
            places = zip(unraveled(channel, leading), leading) if len(matrices) > 1 else ()
            own = tuple(at + self.conv.notation.index_base for at, size in places if size > 1)
            label = ",".join(map(str, (*number, *own)))
            equations.append(f"{name}^{{({label})}} = {matrix}" if label else f"{name} = {matrix}")
        return equations

    @property
    def symbol_lines(self) -> list[str]:
        """X = [..] and w = [..], one matrix a channel, as many to a line as fit."""
        conv, base = self.conv, self.conv.notation.index_base
        filters: list[str] = []
        outputs = int(conv.weight_shape[0]) if self.has_weights else 0
        for at in range(min(outputs, 4)):
            number = () if outputs == 1 else (at + base,)
            filters += self._named(self.tensor(conv.notation.weight), *_listed(conv.weight[at]), number)
        spatial = conv.ndim if len(conv.input_layout[-1]) < 2 else 1  # all positions may be one dimension
        inputs = self._named(self.tensor(conv.notation.input), *_listed(conv.input), spatial_axes=spatial)
        return lines_of(inputs) + lines_of(filters + ([r"\dots"] if outputs > 4 else []))

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
    def constraint_chains(self) -> tuple[list[str], int, int]:
        """Chains v_11 = v_22 = w_1 of the first weights; how many weights there are, and zeros."""
        dense = self.conv.fully_connected
        rows, columns = (int(size) for size in dense.shared_weight.shape)
        names = self.conv.notation
        classes = dense.weight_classes
        zeros = rows * columns - sum(map(len, classes))
        lines = []
        for places in classes[:SHOWN_CHAINS]:
            labels = [self.tensor(names.label(names.dense_weight, place, (rows, columns))) for place in places]
            if len(labels) > CHAIN_LENGTH:
                labels = [*labels[: CHAIN_LENGTH - 2], r"\cdots", labels[-1]]
            weight = self.tensor.expression(dense.shared_weight[places[0]], self.colours)
            lines.append(" = ".join([*labels, weight]))
        return lines, len(classes), zeros

    @property
    def zero_labels(self) -> str:
        """v_31 = v_12 = 0, the first of many."""
        names, dense = self.conv.notation, self.conv.fully_connected
        rows, columns = (int(size) for size in dense.shared_weight.shape)
        used = {place for places in dense.weight_classes for place in places}
        zero = [(row, column) for column in range(columns) for row in range(rows) if (row, column) not in used]
        labels = [self.tensor(names.label(names.dense_weight, place, (rows, columns))) for place in zero]
        if len(labels) > 8:
            labels = [*labels[:6], r"\cdots", labels[-1]]
        return " = ".join([*labels, "0"]) if labels else ""

    @property
    def patch_matrices(self) -> list[str]:
        """P_1 = [..] for the first patches and the last."""
        patches = self.conv.patches
        base, count = self.conv.notation.index_base, int(patches.patch.shape[0])
        shape = tuple(int(size) for size in patches.patch.shape[1:])
        parts = []
        for at in shown(count, SHOWN_PATCHES):
            if at is None:
                parts.append(r"\dots")
                continue

            def entry(flat: int, at: int = at) -> Any:
                index = (at, *unraveled(flat, shape))
                return patches.patch[index]

            parts += self._named(f"{self.tensor(self.conv.notation.patch)}_{{{at + base}}}", entry, shape)
        return parts

    @property
    def patch_gradients(self) -> list[str]:
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

    def contributions(self, weight: tuple[int, ...], whole: bool = False) -> list[str]:
        """What patches contribute to one weight's gradient, as pieces of a line.

        Those that contribute something, in excerpts; ``whole`` is all of them.
        """
        formula = self.conv.patches.patch_grad_weight
        count = int(formula.shape[0])
        chosen = [at for at in range(min(count, MOST_PATCHES)) if whole or formula.products((at, *weight))]
        places = [chosen[at] if at is not None else None for at in shown(len(chosen), count if whole else 6)]
        terms: list[str] = []
        for at in places or [0]:
            if at is None:
                terms.append(r"+ \cdots")
                continue
            part = " ".join(self.entry(formula, (at, *weight)))
            name = self.words("patch", number=at + self.conv.notation.index_base)
            terms.append(("+ " if terms else "") + rf"\underbrace{{{part}}}_{{\text{{{name}}}}}")
        return [*terms, r"+ \cdots"] if count > MOST_PATCHES else terms

    @property
    def first_label(self) -> str:
        names = self.conv.notation
        return self.tensor(self.labels(names.input, self.conv.input_shape, self.conv.input_layout)(0))

    @property
    def patch_rows(self) -> list[str]:
        """The patches, as many to a line as fit."""
        return lines_of(self.patch_matrices)


def _listed(array: sp.Array) -> tuple[Entry, tuple[int, ...]]:
    """The entries of an array of symbols, and its shape."""
    flat = entries_of(array)
    return flat.__getitem__, tuple(map(int, array.shape))
