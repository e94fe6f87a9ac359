"""What the notes say of a layer: formulas, derivations, tables and words as LaTeX, for the template to arrange.

Single entries and matrices are in ``entries.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import sympy as sp

from symconv import latex
from symconv.algebra.normal import Step, normal_form
from symconv.axes import axes_of
from symconv.latex import Quantity, subscripted
from symconv.layer import Conv
from symconv.notation import latex_name
from symconv.notes.entries import Entries
from symconv.notes.layout import LINE, broken, width
from symconv.numeric import SpotReport
from symconv.proof import Report, Theorem
from symconv.tensors import TensorFormula
from symconv.views import View

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


class Content(Entries):
    """The pieces of the notes on one layer. Every property is LaTeX, or a list of it."""

    def __init__(self, conv: Conv, report: Report, general: Report | None, spots: SpotReport) -> None:
        super().__init__(conv)
        self.report, self.general, self.spots = report, general, spots
        self.order = conv.reading_order

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
        return latex.expression(sp.Integer(value) if isinstance(value, int) else value)

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

    # -- general formulas and their derivation -------------------------------------------------------

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
