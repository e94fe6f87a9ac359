"""What the notes say of a layer: every formula, matrix and table as LaTeX, for the template to arrange.

Entries of large layers are asked for one by one, so that a page costs the same for a large layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import sympy as sp

from symconv import latex
from symconv.algebra.normal import Step, normal_form
from symconv.geometry import axes_of
from symconv.latex import Quantity, subscripted
from symconv.layer import Conv
from symconv.notation import latex_name
from symconv.notes.layout import LINE, MAX_COLUMNS, MAX_ROWS, SHOWN_TERMS, broken, lines_of, shown, width
from symconv.numeric import SpotReport
from symconv.proof import Report, Theorem
from symconv.tensors import TensorFormula
from symconv.views import View

COLOURS = ("wA", "wB", "wC", "wD", "wE", "wF", "wG", "wH")
"""Defined in the template: eight colours that colour-blind readers can tell apart."""

SHOWN_ENTRIES = 10
SHOWN_PATCHES = 6
SHOWN_CHAINS = 8
CHAIN_LENGTH = 6
FEW = 1600
"""A matrix with more entries than this is not made; its pattern is described in words."""

RULES = {
    "sift": "A sum over $v$ that contains the bracket $[v = e]$ has one term, the one at $v = e$. "
    "Used only where $v$ has coefficient $1$ or $-1$: then $e$ is a whole number.",
    "drop implied range": "A range that holds wherever the other factors are not zero may be left out.",
    "rewrite under bracket": "Where $[m = e]$ is not zero, $m$ may be written as $e$.",
    "re-index": "Replacing $v$ by $u = v + e$ only re-orders the terms of a sum over all integers.",
    "evaluate bracket": "A bracket whose sides are known is $0$ or $1$.",
    "cancel factor": "$[c\\,e = 0]$ and $[e = 0]$ are the same for $c \\ne 0$.",
    "empty range": "Ranges that cannot hold together make a term zero.",
    "collect": "Like terms are added.",
}
QUANTITY_WORDS = {
    "output": "outputs",
    "grad_weight": "derivatives by the weights",
    "grad_input": "derivatives by the input",
    "grad_bias": "derivatives by the bias",
}


class Content:
    """The pieces of the notes on one layer. Every property is LaTeX, or a list of it."""

    def __init__(self, conv: Conv, report: Report, general: Report | None, spots: SpotReport) -> None:
        self.conv, self.report, self.general, self.spots = conv, report, general, spots
        self.order = conv.reading_order
        self.concrete = conv.is_concrete
        self.one_axis = conv.ndim == 1

    # -- the layer -----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        if not self.concrete:
            axes = {1: "one axis", 2: "two axes", 3: "three axes"}.get(self.conv.ndim, f"{self.conv.ndim} axes")
            return f"Three views of every convolution on {axes}"
        return "Three views of one convolution"

    @property
    def hyperparameters(self) -> list[tuple[str, str]]:
        """Rows of the layer's table: words and values."""
        conv = self.conv
        rows = [
            ("input size", self._sizes(conv.input_size)),
            ("kernel size", self._sizes(conv.kernel_size)),
            ("input channels", self._sizes([conv.in_channels])),
            ("output channels", self._sizes([conv.out_channels])),
            ("stride", self._sizes(conv.stride)),
            ("padding", self._sizes(conv.padding)),
            ("dilation", self._sizes(conv.dilation)),
            ("bias", "yes" if conv.bias_term else "no"),
            ("output size", self._sizes(self._output_letters())),
        ]
        return rows

    def _output_letters(self) -> list[Any]:
        return [self.conv.writer.polynomial(m) for m in self.conv.m]

    def _sizes(self, sizes: Iterable[Any]) -> str:
        return "$" + r" \times ".join(self._expression(size) for size in sizes) + "$"

    def _expression(self, value: Any) -> str:
        return latex.expression(sp.sympify(value) if isinstance(value, int) else value)

    @property
    def definitions(self) -> list[str]:
        """m = floor(..) + 1 for every output size that has a letter."""
        conv = self.conv
        lines = []
        for axis, m in enumerate(conv.m):
            if m.single_name in conv.floors:
                n, K, s, p, d = (latex.index(numbers[axis]) for numbers in (conv.n, conv.K, conv.s, conv.p, conv.d))
                d = "" if d == "1" else d
                room = rf"{n} + 2 \cdot {_grouped(p)} - {_grouped(d)} \cdot ({K} - 1) - 1"
                room = room.replace(r" \cdot ", " ") if conv.p[axis].value is None else room
                lines.append(rf"{latex.index(m)} = \left\lfloor \frac{{{room}}}{{{s}}} \right\rfloor + 1")
        return lines

    @property
    def tensors(self) -> list[tuple[str, str, str]]:
        """Rows (words, symbol, shape) of the layer's tensors."""
        conv, names = self.conv, self.conv.notation
        rows = [("input", names.input, conv.input_layout), ("weights", names.weight, conv.weight_layout)]
        if conv.bias_term:
            rows.append(("bias", names.bias, conv.bias_layout))
        rows += [
            ("output", names.output, conv.output_layout),
            ("upstream gradient", names.grad_output, conv.output_layout),
        ]
        result = []
        for words, name, layout in rows:
            axes = axes_of(layout)
            symbol = subscripted(name, [latex_name(axis.letter) for axis in axes])
            shape = [self._expression(conv.writer.polynomial(axis.size)) for axis in axes]
            size = r" \times ".join(shape) or "1"
            result.append((words, f"${symbol}$", f"${size}$"))
        return result

    @cached_property
    def colours(self) -> dict[str, str]:
        """A colour for every weight of a small layer, by label."""
        if not self.concrete or self._count(self.conv.weight_shape) > len(COLOURS):
            return {}
        return {symbol.name: colour for symbol, colour in zip(sp.flatten(self.conv.weight), COLOURS)}

    def entry(self, formula: TensorFormula, at: tuple[int, ...]) -> list[str]:
        """An entry's expanded sum as pieces of a line, weights in their colours, long sums with dots."""
        terms = formula.terms(at)
        long = len(terms) > SHOWN_TERMS
        pieces: list[str] = []
        for term in [*terms[:3], terms[-1]] if long else terms:
            text = latex.expression(term(), self.colours)
            pieces.append(text if not pieces or text.startswith("-") else f"+ {text}")
        return [*pieces[:3], r"+ \cdots", pieces[3]] if long else pieces or ["0"]

    @staticmethod
    def _count(shape: Sequence[Any]) -> int:
        count = 1
        for size in shape:
            count *= int(size)
        return count

    # -- general formulas and their derivation -------------------------------------------------------

    def formula(self, formula: TensorFormula) -> list[str]:
        """The general formula as lines of an align."""
        return broken(formula.latex_left(), latex.form_pieces(formula.readable_form, self.order))

    def stage(self, view: View, name: str) -> list[str]:
        """A stage's own formula, in terms of the stages before it."""
        axes = axes_of(view.stage_layouts()[name])
        left = subscripted(name, [latex_name(axis.letter) for axis in axes])
        body = TensorFormula(Quantity(name), view.definitions[name].body, view.stage_layouts()[name], self.conv, {})
        return broken(left, latex.form_pieces(body.readable_form, self.order))

    def stages(self, view: View) -> list[str]:
        return _joined(self.stage(view, name) for name in view.definitions)

    def chain_rule(self, view: View, name: str) -> list[str]:
        """dL/du = sum of dL/dt dt/du over the tensors t that read u."""
        layouts = {**view.layouts, **view.stage_layouts()}
        letters = [latex_name(axis.letter) for axis in axes_of(layouts[name])]
        below = subscripted(name, letters)
        loss = latex_name(self.conv.notation.loss)
        pieces: list[str] = []
        for stage, definition in view.definitions.items():
            if name not in {tensor.name for tensor in definition.body.tensors}:
                continue
            axes = [axis.letter for axis in axes_of(layouts[stage])]
            own = {axis.letter for axis in axes_of(layouts[name])}
            primed = [latex_name(letter + "'" if letter in own else letter) for letter in axes]
            above = subscripted(stage, primed)
            sign = r"\sum_{" + r",\, ".join(primed) + "}"
            pieces += [
                ("+ " if pieces else "") + rf"{sign} \frac{{\partial {loss}}}{{\partial {above}}}",
                rf"\, \frac{{\partial {above}}}{{\partial {below}}}",
            ]
        return broken(rf"\frac{{\partial {loss}}}{{\partial {below}}}", pieces or ["0"])

    def derivation(self, theorem: Theorem, name: str) -> list[tuple[str, list[str]]]:
        """(rule, lines): the view's own formula, put in the layer's tensors, and brought to normal form.

        Consecutive steps by the same rule are one line.
        """
        formula = theorem.formulas[name]
        view = theorem.conv.views[name]
        rows = [self._own_formula(view, theorem)]
        pieces = latex.form_pieces(formula.readable_form, self.order)
        if theorem.of == "output":
            if len(view.definitions) > 1:
                rows.append(("put in", broken("", pieces)))
        else:
            rows.append(("put in", broken("", pieces)))
        for rule, step in _folded(self._steps(formula)):
            line = LINE - 0.4 * width(rule.replace("$", ""))
            rows.append((rule, broken("", latex.form_pieces(step.after, self.order), line)))
        return rows

    def _own_formula(self, view: View, theorem: Theorem) -> tuple[str, list[str]]:
        if theorem.of != "output":
            return "chain rule", self.chain_rule(view, self.denominator(theorem))
        return "", self.stage(view, view.notation.output)

    def _steps(self, formula: TensorFormula) -> Sequence[Step]:
        return normal_form(formula.readable_form, formula.assumptions, self.order).steps

    def rules_used(self, reports: Iterable[Report]) -> list[tuple[str, str]]:
        """The rules that the shown derivations use, each with why it is allowed."""
        used = set()
        for report in reports:
            for theorem in report.theorems:
                used |= {step.rule for step in theorem.steps}
                for formula in theorem.formulas.values():
                    used |= {step.rule for step in self._steps(formula)}
        return [(rule, why) for rule, why in RULES.items() if rule in used]

    def theorem(self, theorem: Theorem) -> list[str]:
        return broken(theorem.left_side.latex_left(), latex.form_pieces(theorem.normal, self.order))

    def theorem_words(self, theorem: Theorem) -> str:
        return QUANTITY_WORDS[theorem.of]

    # -- entries -------------------------------------------------------------------------------------

    def entries(self, formula: TensorFormula, limit: int = SHOWN_ENTRIES) -> list[str]:
        """Single entries of a concrete layer as lines of an align; the first ones, dots and the last of many."""
        shape = tuple(int(size) for size in formula.shape)
        rows: list[str] = []
        for flat in shown(self._count(shape), limit):
            if flat is None:
                rows.append(r"&\;\;\vdots")
                continue
            at = tuple(int(i) for i in np.unravel_index(flat, shape))
            rows += broken(self._left(formula, at), self.entry(formula, at))
        return rows

    def _left(self, formula: TensorFormula, at: tuple[int, ...]) -> str:
        """h_{11} or dL/dw_{11}: the entry's name, singleton dimensions left out as in its label."""
        numbers = [str(i + self.conv.notation.index_base) for i, dimension in zip(at, formula.layout) if dimension]
        joined = [",".join(numbers) if max(map(len, numbers), default=1) > 1 else "".join(numbers)]
        quantity = formula.quantity
        if quantity.denominator is None:
            return subscripted(quantity.numerator, joined if numbers else [])
        below = subscripted(quantity.denominator, joined if numbers else [])
        return rf"\frac{{\partial {latex_name(quantity.numerator)}}}{{\partial {below}}}"

    @property
    def side_by_side(self) -> list[list[str]]:
        """For the first outputs: the entry in every view, in that view's own terms, as lines of an align."""
        conv, dense = self.conv, self.conv.fully_connected
        shape = tuple(int(size) for size in conv.output_shape)
        blocks = []
        for flat in range(min(self._count(shape), 2)):
            at = tuple(int(i) for i in np.unravel_index(flat, shape))
            lines = broken(self._left(conv.direct.output, at), self.entry(conv.direct.output, at))
            lines[-1] += r" && \text{(direct)}"
            free = self._dense_sum(flat)
            for view, pieces in (
                (dense, free),
                (None, self.entry(dense.output, at)),
                (conv.patches, self._network(at)),
            ):
                more = broken("", pieces)
                words = {dense: "fully connected", None: "with the constraints", conv.patches: "small network"}[view]
                more[-1] += rf" && \text{{({words})}}"
                lines += more
            blocks.append(lines)
        return blocks

    def _dense_sum(self, column: int) -> list[str]:
        """X_1 v_11 + X_2 v_21 + ..: one output of the dense layer, every v free."""
        names = self.conv.notation
        rows, columns = (int(size) for size in self.conv.fully_connected.shared_weight.shape)
        inputs = self._labels(names.input, self.conv.input_shape, self.conv.input_layout)
        terms: list[str] = []
        for row in range(rows):
            label = names.label(names.dense_weight, (row, column), (rows, columns))
            terms.append(("+ " if terms else "") + rf"{latex_name(inputs(row))} {latex_name(label)}")
            if row == 3 and rows > 8:
                last = names.label(names.dense_weight, (rows - 1, column), (rows, columns))
                return [
                    *terms[:3],
                    r"+ \cdots",
                    rf"+ {latex_name(inputs(rows - 1))} {latex_name(last)}",
                    *self._bias(names.dense_bias, column),
                ]
        return [*terms, *self._bias(names.dense_bias, column)]

    def _bias(self, name: str, column: int) -> list[str]:
        if not self.conv.bias_term:
            return []
        return [f"+ {latex_name(self.conv.notation.label(name, (column,), (1,)))}"]

    def _labels(self, name: str, shape: Sequence[Any], layout: Any) -> Any:
        sizes = tuple(int(size) for size in shape)
        kept = [at for at, dimension in enumerate(layout) if dimension]

        def label(flat: int) -> str:
            index = np.unravel_index(flat, sizes)
            return self.conv.notation.label(name, [int(index[at]) for at in kept], [sizes[at] for at in kept])

        return label

    def _network(self, at: tuple[int, ...]) -> list[str]:
        """The small network's output, its patch entries read from the patch."""
        return self.entry(self.conv.patches.output, at)

    # -- matrices ------------------------------------------------------------------------------------

    def matrix(self, formula: TensorFormula) -> str:
        """A two-dimensional formula as a matrix, zeros grey, with dots where it is large."""
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
        return r"\zero" if pieces == ["0"] else " ".join(pieces)

    def spatial_matrices(self, array: sp.Array) -> list[str]:
        """Symbols of up to two spatial axes as a matrix, one a channel; more axes as a row in row-major order."""
        parts = []
        shape = tuple(int(size) for size in array.shape)
        channels = self._count(shape[: len(shape) - self.conv.ndim])
        spatial = shape[len(shape) - self.conv.ndim :]
        rows, columns = (1, self._count(spatial)) if len(spatial) != 2 else spatial
        flat = list(sp.flatten(array))
        for channel in range(min(channels, 4)):
            part = flat[channel * rows * columns :]
            lines = [
                " & ".join(
                    dots if column is None else latex.expression(part[row * columns + column], self.colours)
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

    def _named(self, name: str, array: sp.Array, number: tuple[int, ...] = ()) -> list[str]:
        """name = [..], one equation a channel; ``number`` and the channel's are superscripts."""
        matrices = self.spatial_matrices(array)
        equations = []
        for channel, matrix in enumerate(matrices):
            if matrix == r"\dots":
                equations.append(matrix)
                continue
            own = (channel + self.conv.notation.index_base,) if len(matrices) > 1 else ()
            label = ",".join(map(str, (*number, *own)))
            equations.append(f"{name}^{{({label})}} = {matrix}" if label else f"{name} = {matrix}")
        return equations

    @property
    def symbol_lines(self) -> list[str]:
        """X = [..] and w = [..], one matrix a channel, as many to a line as fit."""
        conv, base = self.conv, self.conv.notation.index_base
        outputs = int(conv.out_channels)
        filters: list[str] = []
        for at in range(min(outputs, 4)):
            number = () if outputs == 1 else (at + base,)
            filters += self._named(latex_name(conv.notation.weight), conv.weight[at], number)
        inputs = self._named(latex_name(conv.notation.input), conv.input)
        return lines_of(inputs) + lines_of(filters + ([r"\dots"] if outputs > 4 else []))

    @property
    def small_enough(self) -> bool:
        """Whether the layer's symbols and matrix may be made in full."""
        sizes = (self.conv.input_shape, self.conv.weight_shape, self.conv.fully_connected.shared_weight.shape)
        return all(self._count(shape) <= FEW for shape in sizes)

    @property
    def symbols_fit(self) -> bool:
        return self._count(self.conv.input_shape) <= FEW and self._count(self.conv.weight_shape) <= FEW

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
            labels = [latex_name(names.label(names.dense_weight, place, (rows, columns))) for place in places]
            if len(labels) > CHAIN_LENGTH:
                labels = [*labels[: CHAIN_LENGTH - 2], r"\cdots", labels[-1]]
            weight = latex.expression(dense.shared_weight[places[0]], self.colours)
            lines.append(" = ".join([*labels, weight]))
        return lines, len(classes), zeros

    @property
    def zero_labels(self) -> str:
        """v_31 = v_12 = 0, the first of many."""
        names, dense = self.conv.notation, self.conv.fully_connected
        rows, columns = (int(size) for size in dense.shared_weight.shape)
        used = {place for places in dense.weight_classes for place in places}
        zero = [(row, column) for column in range(columns) for row in range(rows) if (row, column) not in used]
        labels = [latex_name(names.label(names.dense_weight, place, (rows, columns))) for place in zero]
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
            places = [(at, *map(int, index)) for index in np.ndindex(*shape)]
            entries = [patches.patch[place] for place in places]
            array = sp.ImmutableDenseNDimArray(entries, shape)
            name = f"{latex_name(self.conv.notation.patch)}_{{{at + base}}}"
            parts += self._named(name, array)
        return parts

    @property
    def patch_gradients(self) -> list[str]:
        """Each patch's contribution to the first weight's gradient, and that they add up."""
        patches = self.conv.patches
        formula = patches.patch_grad_weight
        count = int(formula.shape[0])
        zero = (0,) * (len(formula.shape) - 1)
        terms: list[str] = []
        for at in shown(count, 6):
            if at is None:
                terms.append(r"+ \cdots")
                continue
            place = (at, *zero)
            part = " ".join(self.entry(formula, place))
            number = at + self.conv.notation.index_base
            terms.append(("+ " if terms else "") + rf"\underbrace{{{part}}}_{{\text{{patch }}{number}}}")
        return broken(self._left(self.conv.direct.grad_weight, zero), terms)

    # -- checks --------------------------------------------------------------------------------------

    @property
    def spot_rows(self) -> list[list[str]]:
        return [
            [row.view.replace("_", " "), row.quantity.replace("_", r"\_"), row.numbers, row.against, str(row.entries),
             _scientific(row.error), "exact" if row.tolerance == 0 else _scientific(row.tolerance)]
            for row in self.spots.rows
        ]  # fmt: skip

    # -- words with mathematics in them ----------------------------------------------------------------

    @property
    def loss(self) -> str:
        return latex_name(self.conv.notation.loss)

    @property
    def first_label(self) -> str:
        names = self.conv.notation
        return latex_name(self._labels(names.input, self.conv.input_shape, self.conv.input_layout)(0))

    @property
    def delta_equation(self) -> str:
        """delta_i = dL/dh_i."""
        names = self.conv.notation
        letters = [latex_name(axis.letter) for axis in axes_of(self.conv.output_layout)]
        return f"{subscripted(names.grad_output, letters)} = {Quantity(names.loss, names.output).latex(letters)}"

    @property
    def weight_name(self) -> str:
        view = self.conv.fully_connected
        letters = [latex_name(axis.letter) for axis in axes_of(view.matrix_layout)]
        return subscripted(self.conv.notation.dense_weight, letters)

    @property
    def dense_name(self) -> str:
        return latex_name(self.conv.notation.dense_weight)

    @property
    def patch_rows(self) -> list[str]:
        """The patches, as many to a line as fit."""
        return lines_of(self.patch_matrices)

    def scope(self, report: Report) -> str:
        """For what a report's theorems hold, in words and mathematics."""
        conv = report.conv
        if conv.is_concrete:
            return "this layer and all values of its tensors"
        bounds = conv.assumptions.bounds
        positive = [latex_name(name) for name in conv.symbol_names if bounds.get(name) == 1]
        rest = [latex_name(name) for name in conv.symbol_names if bounds.get(name) == 0]
        free = [latex_name(name) for name in conv.symbol_names if name not in bounds]
        parts = [_breakable(positive, r"\ge 1")] if positive else []
        parts += [_breakable(rest, r"\ge 0")] if rest else []
        parts += [_breakable(free, "")] if free else []
        sizes = f"all whole numbers {' and '.join(parts)} for which the kernel fits in the padded input"
        return f"{sizes}, and all values of the tensors"

    def own(self, theorem: Theorem) -> TensorFormula:
        """This layer's formula of a theorem's quantity (the theorem may be the general one)."""
        formula = getattr(self.conv.direct, theorem.of)
        assert isinstance(formula, TensorFormula)
        return formula

    def denominator(self, theorem: Theorem) -> str:
        """The tensor by which a theorem's quantity is a derivative."""
        return str(theorem.left_side.quantity.denominator)

    @property
    def rules(self) -> list[tuple[str, str]]:
        return self.rules_used([self.report] if self.general is None else [self.report, self.general])

    @property
    def general_lines(self) -> list[str]:
        assert self.general is not None
        return _joined(self.theorem(theorem) for theorem in self.general.theorems)

    @property
    def general_derivation(self) -> list[tuple[str, list[str]]]:
        assert self.general is not None
        return self.derivation(self.general.theorems[0], "fully_connected")


def _breakable(names: Sequence[str], relation: str) -> str:
    """$a$, $b$, $c >= 1$: a list that may break across lines."""
    return ", ".join([*(f"${name}$" for name in names[:-1]), f"${names[-1]} {relation}$"])


def _grouped(size: str) -> str:
    return f"({size})" if "+" in size or "-" in size else size


def _scientific(value: float) -> str:
    if value == 0:
        return "$0$"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"${mantissa} \cdot 10^{{{int(exponent)}}}$"


def _folded(steps: Sequence[Step]) -> list[tuple[str, Step]]:
    """Consecutive steps by the same rule as one, named with what it was applied to."""
    folded = []
    for rule, group in groupby(steps, key=lambda step: step.rule):
        members = list(group)
        names = (
            [target for step in members for target in step.target if isinstance(target, str)] if rule == "sift" else []
        )
        letters = [latex_name(name) for name in names]
        if len(letters) > 3:
            letters = [letters[0], r"\dots", letters[-1]]
        words = rule + (" $" + ",\\, ".join(letters) + "$" if letters else "")
        folded.append((words, members[-1]))
    return folded


def _joined(blocks: Iterable[list[str]]) -> list[str]:
    return [line for block in blocks for line in block]
