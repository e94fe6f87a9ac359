"""What the notes say of a layer: formulas, derivations, tables and words as LaTeX, for the template to arrange.

Single entries and matrices are in ``entries.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from symconv import latex
from symconv.algebra.assumptions import Floor, Maximum
from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.axes import axes_of
from symconv.latex import Quantity, subscripted
from symconv.layers import AvgPool, Conv, ConvTranspose, Fold, Layer, Unfold, Upsample, ZeroInsertion
from symconv.notation import latex_name
from symconv.notes.entries import Entries
from symconv.notes.layout import LINE, broken, width
from symconv.numeric import SpotReport
from symconv.numeric.reference import reference
from symconv.proof import Report, Theorem
from symconv.proof.board import BoardLine
from symconv.scheme import AxisScheme
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
    "ranges that meet": "$[e \\ge 0]$ and $[-e \\ge 0]$ hold together where $e = 0$.",
    "empty range": "Ranges that cannot hold together make a term zero.",
    "collect": "Like terms are added.",
}
KINDS: dict[type[Layer], str] = {
    Conv: "convolution",
    ConvTranspose: "transposed convolution",
    AvgPool: "average pooling layer",
    Unfold: "unfolding layer",
    Fold: "folding layer",
    Upsample: "nearest up-sampling layer",
    ZeroInsertion: "zero insertion layer",
}
PADDING_WORDS = {
    "zeros": "so padding needs no case of its own",
    "circular": "and circular padding reads it at $q + n\\,r$ for all $r$ in place of $q$, of which one is inside",
    "reflect": "and reflected padding adds what stands at $-q$ before its beginning and at $2(n - 1) - q$ past its end",
    "replicate": "and replicated padding adds the first element before its beginning and the last past its end",
}
QUANTITY_WORDS = {
    "output": "outputs",
    "grad_weight": "derivatives by the weights",
    "grad_input": "derivatives by the input",
    "grad_bias": "derivatives by the bias",
}


class Content(Entries):
    """The pieces of the notes on one layer. Every property is LaTeX, or a list of it."""

    def __init__(self, conv: Layer, report: Report, general: Report | None, spots: SpotReport) -> None:
        super().__init__(conv)
        self.report, self.general, self.spots = report, general, spots
        self.order = conv.reading_order

    # -- the layer -----------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return KINDS[type(self.conv)]

    @property
    def a_layer(self) -> str:
        """The kind of layer with its article."""
        name = self.kind.removesuffix(" layer")
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name} layer"

    @property
    def method(self) -> str:
        """How the spot checks' own forward pass computes the layer."""
        return reference(self.conv).method

    @property
    def padding_words(self) -> str:
        return PADDING_WORDS[self.conv.padding_mode]

    @property
    def hyperparameters(self) -> list[tuple[str, str]]:
        """Rows of the layer's table: words and values; only those that the layer has and makes use of."""
        words = {"in_channels": "input channels", "out_channels": "output channels"}
        rows = [
            (words.get(name, name.replace("_", " ")), self._parameter(value))
            for name, value in self.conv.used_arguments().items()
        ]
        return [*rows, ("output size", "$" + self._product(self.conv.m) + "$")]

    def _parameter(self, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return f"`{value}`"
        return self._sizes(value if isinstance(value, tuple) else [value])

    def _sizes(self, sizes: Iterable[Any]) -> str:
        """3 x 3, or ((1, 2), (0, 1)) where the two ends differ."""
        parts = [
            f"({', '.join(map(self._expression, size))})" if isinstance(size, tuple) else self._expression(size)
            for size in sizes
        ]
        pairs = any(part.startswith("(") and "," in part for part in parts)
        return "$" + (",\\; " if pairs else r" \times ").join(parts) + "$"

    @cached_property
    def size_letters(self) -> dict[Polynomial, str]:
        """Output sizes that are too long for a table, each with a letter."""
        conv = self.conv
        taken = {*conv.symbol_names, *conv.defined, *conv.notation.names}
        letters: dict[Polynomial, str] = {}
        for axis, m in enumerate(conv.m):
            if len(m.terms) > 3 and m not in letters:
                letters[m] = fresh("m" if conv.ndim == 1 else f"m{axis + 1}", {*taken, *letters.values()})
        return letters

    def _product(self, sizes: Iterable[Polynomial]) -> str:
        """n x (n - K + 1): sizes of several terms in brackets where there are several sizes."""
        parts = [latex_name(self.size_letters[m]) if m in self.size_letters else latex.index(m) for m in sizes]
        return r" \times ".join(map(_grouped, parts) if len(parts) > 1 else parts)

    def _expression(self, value: Any) -> str:
        return latex.expression(sp.Integer(value) if isinstance(value, int) else value)

    @property
    def definitions(self) -> list[str]:
        """m = floor(..) + 1 for every output size that has a letter, and what else has one."""
        conv = self.conv
        lines = []
        for name, defined in conv.defined.items():
            if isinstance(defined, Floor):
                scheme = next((scheme for scheme in conv.schemes if scheme.room == defined.numerator), None)
                above = latex.index(defined.numerator) if scheme is None else _room(scheme)
                value = rf"\frac{{{above}}}{{{latex.index(defined.denominator)}}}"
                value = value if defined.exact else rf"\left\lfloor {value} \right\rfloor"
                value += f" + {defined.offset}" if defined.offset else ""
            else:
                assert isinstance(defined, Maximum)
                value = rf"\max({', '.join(map(latex.index, defined.of))})"
            lines.append(f"{latex_name(name)} = {value}")
        lines += [f"{latex_name(letter)} = {latex.index(m)}" for m, letter in self.size_letters.items()]
        return lines + self._scale_definition()

    def _scale_definition(self) -> list[str]:
        """D = 1 / K, or one over how many elements of the input a window has."""
        conv = self.conv
        if not isinstance(conv, AvgPool):
            return []
        counts = [latex.index(scheme.K) for scheme in conv.schemes]
        if not conv.count_include_pad:
            counts = [
                rf"\sum_{{{latex_name(k.letter)}}} [0 \le {latex.index(q)} < {latex.index(scheme.n)}]"
                for k, q, scheme in zip(conv.kernel_offsets, conv.read_positions, conv.schemes)
            ]
        left = subscripted(conv.notation.scale, [latex_name(a.letter) for a in axes_of(conv.scale_layout)])
        product = r" \cdot ".join(counts)
        return [rf"{left} = \frac{{1}}{{{product}}}"]

    @property
    def tensors(self) -> list[tuple[str, str, str]]:
        """Rows (words, symbol, shape) of the layer's tensors."""
        conv, names = self.conv, self.conv.notation
        rows = [("input", names.input, conv.input_layout)]
        if conv.fixed_kernel is None:
            rows.append(("weights", names.weight, conv.weight_layout))
        if conv.scale_layout is not None:
            rows.append(("fixed factor", names.scale, conv.scale_layout))
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
            size = self._product([axis.size for axis in axes]) or "1"
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
        layouts = view.all_layouts
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
        for board_line in theorem.board(name)[1:]:
            rule = _named_rule(board_line)
            line = LINE - 0.4 * width(rule.replace("$", ""))
            rows.append((rule, broken("", latex.form_pieces(board_line.form, self.order), line)))
        return rows

    def _own_formula(self, view: View, theorem: Theorem) -> tuple[str, list[str]]:
        if theorem.of != "output":
            return "chain rule", self.chain_rule(view, self.denominator(theorem))
        return "", self.stage(view, view.notation.output)

    def rules_used(self, reports: Iterable[Report]) -> list[tuple[str, str]]:
        """The rules that the shown derivations use, each with why it is allowed."""
        used = set()
        for report in reports:
            for theorem in report.theorems:
                used |= {line.rule for view in theorem.views for line in theorem.board(view)}
        return [(rule, why) for rule, why in RULES.items() if rule in used]

    def theorem(self, theorem: Theorem) -> list[str]:
        return broken(theorem.left_side.latex_left(), latex.form_pieces(theorem.normal, self.order))

    def theorem_words(self, theorem: Theorem) -> str:
        return QUANTITY_WORDS[theorem.of]

    # -- checks --------------------------------------------------------------------------------------

    @property
    def spot_rows(self) -> list[list[str]]:
        return [
            [row.view.replace("_", " "), f"`{row.quantity}`", row.numbers, row.against, str(row.entries),
             scientific(row.error), "exact" if row.tolerance == 0 else scientific(row.tolerance)]
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

    @property
    def dense_gradient(self) -> str:
        """dL/dv as a matrix, every v free."""
        gradient = self.matrix(self.conv.fully_connected.grad_dense_weight)
        return rf"\frac{{\partial {self.loss}}}{{\partial {self.dense_name}}} = {gradient} ,"

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
        conditions = [conv.FITS] if conv.FITS else []
        if any(isinstance(defined, Floor) and defined.exact for defined in conv.defined.values()):
            conditions.append("the groups divide the channels")
        if conv.extension.most is not None:
            conditions.append("the padding is no longer than its mode allows")
        words = f" for which {' and '.join(conditions)}" if conditions else ""
        sizes = f"all whole numbers {' and '.join(parts)}{words}"
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


def _room(scheme: AxisScheme) -> str:
    """l (n - 1) + 1 + 2 p - d (K - 1) - 1, with what is 1 or 0 left out."""
    n, K, d, l = (latex.index(number) for number in (scheme.n, scheme.K, scheme.d, scheme.l))  # noqa: E741
    text = n if scheme.l == ONE else f"{_grouped(l)} ({n} - 1) + 1"
    if scheme.low == scheme.high:
        text += _added(scheme.low * 2, f"2 {_grouped(latex.index(scheme.low))}")
    else:
        text += _added(scheme.low, latex.index(scheme.low)) + _added(scheme.high, latex.index(scheme.high))
    span = f"({K} - 1)" if scheme.K.value is None else str(int(scheme.K.value) - 1)
    times = " " if span.startswith("(") else r" \cdot "
    factor = "" if d == "1" else _grouped(d) + times
    return f"{text} - {factor}{span} - 1"


def _added(number: Polynomial, text: str) -> str:
    """ " + text", nothing for 0; a number is written as one."""
    value = number.value
    if value is not None:
        return "" if value == 0 else f" + {value}" if value > 0 else f" - {-value}"
    return f" - {text[1:]}" if text.startswith("-") else f" + {text}"


def _grouped(size: str) -> str:
    return f"({size})" if "+" in size or "-" in size else size


def scientific(value: float) -> str:
    """1.2e-9 as $1.2 \\cdot 10^{-9}$."""
    if value == 0:
        return "$0$"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"${mantissa} \cdot 10^{{{int(exponent)}}}$"


def _named_rule(line: BoardLine) -> str:
    """The rule, with the indices that it solved for."""
    letters = [latex_name(name) for name in line.names]
    if len(letters) > 3:
        letters = [letters[0], r"\dots", letters[-1]]
    return line.rule + (" $" + ",\\, ".join(letters) + "$" if letters else "")


def _joined(blocks: Iterable[list[str]]) -> list[str]:
    return [line for block in blocks for line in block]
