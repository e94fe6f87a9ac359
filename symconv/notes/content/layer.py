"""What the notes say of a layer: formulas, derivations, tables and words as LaTeX, for the template to arrange.

Single entries and matrices are in ``entries.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.algebra.assumptions import Floor, Maximum
from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.rules import RuleName
from symconv.claims.interpret.definitions import quantity_names
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import axes_of
from symconv.geometry.axis_map import AxisScheme
from symconv.layers import Layer
from symconv.notes.build.line_breaks import LINE, WHOLE_LINE, broken, width
from symconv.notes.content.entries import Entries
from symconv.notes.content.layer_example import LayerExample
from symconv.notes.content.symbols import has_letters, symbol_rows
from symconv.notes.languages import ENGLISH, Words
from symconv.notes.sections import Choice
from symconv.numeric import SpotReport
from symconv.printing import latex
from symconv.printing.latex import Quantity
from symconv.printing.names import name_of
from symconv.printing.notation import latex_name
from symconv.printing.tree import Node, Partial, Product, Quotient, Summation
from symconv.proof import Report, Theorem
from symconv.proof.blackboard import BoardLine
from symconv.views import View

RULES = (
    RuleName.SIFT, RuleName.DROP_IMPLIED_RANGE, RuleName.REWRITE_UNDER_BRACKET, RuleName.RE_INDEX,
    RuleName.EVALUATE_BRACKET, RuleName.CANCEL_FACTOR, RuleName.RANGES_THAT_MEET, RuleName.EMPTY_RANGE,
    RuleName.COLLECT,
)  # fmt: skip
"""The rules of the normal form, in the order in which the notes say why they are allowed."""

SIGNED = {"stride": "s", "padding": "p", "padding_mode": "", "dilation": "d", "input_dilation": "l", "groups": "G"}
"""Parameters that stand below the sign of a convolution, with the letters that stand for them."""

TOLD = ("direct", "fully_connected", "patches")
"""The views about which the texts say something; of others they show the formulas."""


class Content(Entries):
    """The pieces of the notes on one layer. Every property is LaTeX, or a list of it."""

    def __init__(
        self, conv: Layer, report: Report, general: Report | None, spots: SpotReport, words: Words = ENGLISH,
        choice: Choice = Choice(),  # noqa: B008  (frozen)
    ) -> None:  # fmt: skip
        super().__init__(conv, choice.entries)
        self.report, self.general, self.spots, self.words = report, general, spots, words
        self.order = conv.reading_order

    # -- notation ------------------------------------------------------------------------------------

    @property
    def operation(self) -> str:
        """h = X * w, and which operation the sign stands for, as a sentence; empty for other layers.

        The sign has the layer's stride, padding, dilation and groups below it, and the sentence says what they are.
        """
        conv = self.conv
        if not conv.is_convolution:
            return ""
        names, given = conv.notation, conv.arguments()
        below = ",\\, ".join(self._settings())
        sign = names.convolution + (f"_{{{below}}}" if below else "")
        output, read, weight = map(self.tensor, (names.output, names.input, names.weight))
        formula = f"{output} = {read} {sign} {weight}"
        if conv.bias_term:
            formula += f" + {self.tensor(names.bias)}"
        words = [
            f"{self.words.get(f'parameter.{name}', name)} {self._parameter(value)}"
            for name, value in conv.used_arguments().items()
            if name in SIGNED and not conv.is_default(name)
        ]
        key = "sign.convolution" if given["flip"] else "sign.cross_correlation"
        meant = self.words(key, formula=formula, sign=sign)
        return meant + (self.words("sign.with", settings=self.words.listed(words)) if words else "") + "."

    def _settings(self) -> list[str]:
        """What stands below the sign: s = 2, p = 1, or letters alone."""
        conv = self.conv
        parts = []
        for name, letter in SIGNED.items():
            if name not in conv.PARAMETERS or conv.is_default(name):
                continue
            value = conv.used_arguments()[name]
            if isinstance(value, str):
                parts.append(letter if name != "padding_mode" else rf"\text{{{value}}}")
            else:
                text = self._settled(value)
                parts.append(f"{letter} = {text}" if conv.is_concrete else text)
        return parts

    def _settled(self, value: Any) -> str:
        """One number for all axes, or one for each."""
        values = list(value) if isinstance(value, tuple) else [value]
        texts = [
            f"({','.join(map(self._expression, one))})" if isinstance(one, tuple) else self._expression(one)
            for one in values
        ]
        if len(set(texts)) == 1:
            return texts[0]
        return ",".join(texts) if not self.conv.is_concrete else f"({','.join(texts)})"

    @property
    def product(self) -> str:
        """h = X v, or h = v^T X: the dense layer as one product, as a sentence."""
        return self.words(f"product.{self.conv.notation.vectors}", product=self.conv.fully_connected.latex())

    @property
    def matrix_words(self) -> str:
        """What runs down and what across in the dense layer's matrix."""
        return self.words(f"matrix.{self.conv.notation.vectors}")

    @property
    def dense_matrix(self) -> str:
        """v = [..], or v^T = [..] where vectors are columns."""
        return f"{self._oriented_name(self.dense_name)} = {self.oriented(self.conv.fully_connected.shared_weight)}"

    @property
    def dense_shape(self) -> tuple[Any, ...]:
        """Rows and columns of the matrix as it is shown."""
        shape = self.conv.fully_connected.shared_weight.shape
        return shape if self.conv.notation.vectors == "row" else shape[::-1]

    def oriented(self, formula: TensorFormula) -> str:
        """A matrix of all inputs and outputs, turned as the notation wants it."""
        if self.conv.notation.vectors == "row":
            return self.matrix(formula)
        turned = formula.layout[::-1]
        return self.matrix(TensorFormula(formula.quantity, formula.form, turned, formula.geometry, formula.layouts))

    def _oriented_name(self, name: str) -> str:
        return name if self.conv.notation.vectors == "row" else latex.transposed(name)

    # -- the layer -----------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return self.words.kind("kind", type(self.conv).__name__)

    @property
    def a_layer(self) -> str:
        """The kind of layer with its article."""
        return self.words.kind("a_layer", type(self.conv).__name__)

    @property
    def method(self) -> str:
        """How the spot checks' own forward pass computes the layer."""
        return self.words.get(f"against.{self.conv.plain_method}", self.conv.plain_method)

    @property
    def view_count(self) -> str:
        """How many views the layer has, as a word."""
        return self.words.counted(len(self.conv.views))

    @property
    def view_count_capital(self) -> str:
        return _capitalised(self.view_count)

    @property
    def all_views(self) -> str:
        """All of them, at the beginning of a sentence: "All three"."""
        count = len(self.conv.views)
        return _capitalised(self.words("all.2") if count == 2 else self.words("all.more", count=self.view_count))

    @property
    def has_matrix(self) -> bool:
        """Whether the layer is a fully connected one."""
        return "fully_connected" in self.conv.views

    @property
    def has_patches(self) -> bool:
        """Whether the layer is a collection of small networks, all the same."""
        return "patches" in self.conv.views

    @property
    def other_views(self) -> list[View]:
        """The views that users have made, about which the text has no words of its own."""
        return [view for name, view in self.conv.views.items() if name not in TOLD]

    @property
    def told_view(self) -> str:
        """The view whose derivation is shown in general."""
        return "fully_connected" if self.has_matrix else "patches"

    @property
    def told_view_words(self) -> str:
        return self.words(f"of_view.{self.told_view}")

    @property
    def switch_words(self) -> str:
        """What chooses the elements that are read, as sentences; empty for a layer that reads all."""
        layout = self.conv.switch_layout
        if layout is None:
            return ""
        letters = [latex_name(axis.letter) for axis in axes_of(layout)]
        return self.words("switch.meaning", switch=self.tensor.entry(self.conv.notation.switch, letters))

    @property
    def padding_words(self) -> str:
        """How the layer's padding extends a tensor; a mode that users have added has no words of its own."""
        return self.words.get(f"padding.{self.conv.padding_mode}", self.words("padding.other"))

    @property
    def hyperparameters(self) -> list[tuple[str, str]]:
        """Rows of the layer's table: words and values; only those that the layer has and makes use of."""
        rows = [
            (self.words.get(f"parameter.{name}", name.replace("_", " ")), self._parameter(value))
            for name, value in self.conv.used_arguments().items()
        ]
        return [*rows, (self.words("parameter.output_size"), "$" + self._product(self.conv.m) + "$")]

    def _parameter(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.words("yes" if value else "no")
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
        """n x (n - K + 1): sizes of several terms in brackets if there are several sizes."""
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
        """D = .., what the fixed factor is."""
        conv = self.conv
        if conv.scale_layout is None:
            return []
        left = self.tensor.entry(conv.notation.scale, [latex_name(a.letter) for a in axes_of(conv.scale_layout)])
        return [f"{left} = {conv.scale_latex()}"]

    @property
    def tensors(self) -> list[tuple[str, str, str]]:
        """Rows (words, symbol, shape) of the layer's tensors."""
        conv, names = self.conv, self.conv.notation
        rows = [("input", conv.input_layout)]
        if conv.fixed_kernel is None:
            rows.append(("weight", conv.weight_layout))
        if conv.scale_layout is not None:
            rows.append(("scale", conv.scale_layout))
        if conv.switch_layout is not None:
            rows.append(("switch", conv.switch_layout))
        if conv.bias_term:
            rows.append(("bias", conv.bias_layout))
        rows += [("output", conv.output_layout), ("grad_output", conv.output_layout)]
        result = []
        for role, layout in rows:
            axes = axes_of(layout)
            symbol = self.tensor.entry(getattr(names, role), [latex_name(axis.letter) for axis in axes])
            size = self._product([axis.size for axis in axes]) or "1"
            result.append((self.words(f"tensor.{role}"), f"${symbol}$", f"${size}$"))
        return result

    # -- general formulas and their derivation -------------------------------------------------------

    def stage(self, view: View, name: str) -> list[str]:
        """A stage's own formula, in terms of the stages before it."""
        axes = axes_of(view.stage_layouts()[name])
        left = self.tensor.entry(name, [latex_name(axis.letter) for axis in axes])
        body = TensorFormula(Quantity(name), view.definitions[name].body, view.stage_layouts()[name], self.conv, {})
        return broken(left, body.latex_pieces(), WHOLE_LINE)

    def stages(self, view: View) -> list[str]:
        return _joined(self.stage(view, name) for name in view.definitions)

    def mark(self, view: View) -> str:
        """What a comment beside the stages of a view says to ``check_document``, if it knows all of them."""
        known = quantity_names(self.conv)
        return repr(self.conv) if all(name in known for name in view.definitions) else ""

    def chain_rule(self, view: View, name: str) -> list[str]:
        """dL/du = sum of dL/dt dt/du over the tensors t that read u."""
        layouts = view.all_layouts
        own = [axis.letter for axis in axes_of(layouts[name])]
        style = self.conv.style(self.tensor_names)
        below = Partial(style.entry(name, [*map(name_of, own)]))
        loss = Partial(style.tensor(self.conv.notation.loss))
        terms: list[Node] = []
        for stage, definition in view.definitions.items():
            if name not in {tensor.name for tensor in definition.body.tensors}:
                continue
            axes = {a.letter + "'" * (a.letter in own): a.size for a in axes_of(layouts[stage])}
            middle = Partial(style.entry(stage, [*map(name_of, axes)]))
            factors = (Quotient(loss, middle), Quotient(middle, below))
            terms.append(Summation(style.over(axes.items()), Product(factors)))
        return broken(latex.latex_of(Quotient(loss, below)), latex.pieces_of(style.sum_of(terms)))

    def derivation(self, theorem: Theorem, name: str) -> list[tuple[str, list[str]]]:
        """(rule, lines): the view's own formula, substituted in the layer's tensors, and brought to normal form.

        Consecutive steps by the same rule are one line.
        """
        view, board = theorem.conv.views[name], theorem.board(name)
        rows = self._own_lines(view, theorem)
        if theorem.of != "output" or len(view.definitions) > 1:
            pieces = theorem.formulas[name].latex_pieces()
            rows.append((self.words("rule.substitute"), broken("", pieces)))
        for board_line in board[1:]:
            rule = self._named_rule(board_line)
            line = LINE - 0.4 * width(rule.replace("$", ""))
            rows.append((rule, broken("", theorem.formulas[name].latex_pieces(board_line.form), line)))
        return rows

    def _own_lines(self, view: View, theorem: Theorem) -> list[tuple[str, list[str]]]:
        """The view's own formula; of a derivative the chain rule, and what it gives in the view's own tensors."""
        if theorem.of == "output":
            return [("", self.stage(view, view.notation.output))]
        name, derived = self.denominator(theorem), self.words("rule.derivative of the formula")
        rows: list[tuple[str, list[str]]] = []
        for stage, definition in view.definitions.items():
            if stage != view.notation.output and name in {tensor.name for tensor in definition.body.tensors}:
                own = view.own_gradient(stage)
                rows.append((derived, broken(own.latex_left(), own.latex_pieces())))
        rows.append((self.words("rule.chain rule"), self.chain_rule(view, name)))
        own = view.own_gradient(name)
        if any(tensor.name in view.definitions for tensor in own.form.tensors):
            rows.append((derived, broken("", own.latex_pieces())))
        return rows

    def _named_rule(self, line: BoardLine) -> str:
        """The rule, with the indices that it solved for."""
        letters = [latex_name(name) for name in line.names]
        if len(letters) > 3:
            letters = [letters[0], r"\dots", letters[-1]]
        return self.words(f"rule.{line.rule}") + (" $" + ",\\, ".join(letters) + "$" if letters else "")

    def rules_used(self, reports: Iterable[Report]) -> list[tuple[str, str]]:
        """The rules that the shown derivations use, each with why it is allowed."""
        used = set()
        for report in reports:
            for theorem in report.theorems:
                used |= {line.rule for view in theorem.views for line in theorem.board(view)}
        words = self.words
        return [(_capitalised(words(f"rule.{rule}")), words(f"why.{rule}")) for rule in RULES if rule in used]

    def theorem(self, theorem: Theorem) -> list[str]:
        return broken(theorem.left_side.latex_left(), theorem.left_side.latex_pieces(theorem.normal), WHOLE_LINE)

    def theorem_words(self, theorem: Theorem) -> str:
        return self.words(f"quantity.{theorem.of}")

    def view_title(self, view: View) -> str:
        """What a view is called; one that users have made has its own title."""
        return _capitalised(self.words.get(f"view.{view.name}", view.title))

    # -- checks --------------------------------------------------------------------------------------

    @property
    def spot_rows(self) -> list[list[str]]:
        """Every check."""
        return [
            [self.words.get(f"short_view.{row.view}", row.view.replace("_", " ")), f"`{row.quantity}`",
             self.words(f"numbers.{row.numbers}"), self.words.get(f"against.{row.against}", row.against),
             str(row.entries) if row.of is None else f"{row.entries} / {row.of}",
             scientific(row.error), self.words("exact") if row.tolerance == 0 else scientific(row.tolerance)]
            for row in self.spots.rows
        ]  # fmt: skip

    @property
    def spot_table(self) -> list[list[str]]:
        """Rows (quantity, against, largest error of whole numbers, of floats): the worst of all views."""
        worst: dict[tuple[str, str], dict[str, float]] = {}
        for row in self.spots.rows:
            errors = worst.setdefault((row.quantity, row.against), {})
            errors[row.numbers] = max(errors.get(row.numbers, 0.0), row.error)
        return [
            [f"`{quantity}`", self.words.get(f"against.{against}", against),
             *(scientific(errors[kind]) if kind in errors else "" for kind in ("integers", "floats"))]
            for (quantity, against), errors in worst.items()
        ]  # fmt: skip

    @cached_property
    def example(self) -> LayerExample | None:
        """The layer in numbers; None if there are too many."""
        example = LayerExample(self.conv)
        return example if example.is_possible else None

    @property
    def symbols(self) -> list[tuple[str, str, str]]:
        """Rows (symbol, what it is, range) of the indices, and of the tensors that the views define."""
        views = [view for name, view in self.conv.views.items() if name in TOLD]
        return symbol_rows(self.conv, views, self.tensor, self.words, self.size_letters)

    @property
    def general_symbols(self) -> list[tuple[str, str]]:
        """Rows (words, letters) of the general theorem's sizes and settings."""
        assert self.general is not None
        return [
            (self.words.get(f"parameter.{name}", name.replace("_", " ")), self._parameter(value))
            for name, value in self.general.conv.used_arguments().items()
            if has_letters(value)
        ]

    # -- words with mathematics in them ----------------------------------------------------------------

    @property
    def loss(self) -> str:
        return latex_name(self.conv.notation.loss)

    @property
    def delta_equation(self) -> str:
        """delta_i = dL/dh_i."""
        names = self.conv.notation
        letters = [latex_name(axis.letter) for axis in axes_of(self.conv.output_layout)]
        derivative = rf"\frac{{\partial {self.loss}}}{{\partial {self.tensor.entry(names.output, letters)}}}"
        return f"{self.tensor.entry(names.grad_output, letters)} = {derivative}"

    @property
    def weight_name(self) -> str:
        view = self.conv.fully_connected
        letters = [latex_name(axis.letter) for axis in axes_of(view.matrix_layout)]
        return self.tensor.entry(self.conv.notation.dense_weight, letters)

    @property
    def dense_name(self) -> str:
        return self.tensor(self.conv.notation.dense_weight)

    @property
    def dense_gradient(self) -> str:
        """dL/dv as a matrix, every v free."""
        gradient = self.oriented(self.conv.fully_connected.grad_dense_weight)
        left = rf"\frac{{\partial {self.loss}}}{{\partial {self.dense_name}}}"
        if self.conv.notation.vectors == "column":
            left = latex.transposed(rf"\left({left}\right)")
        return f"{left} = {gradient} ,"

    def scope(self, report: Report) -> str:
        """For what a report's theorems hold, in words and mathematics."""
        conv, words = report.conv, self.words
        if conv.is_concrete:
            return words("scope.layer")
        bounds = conv.assumptions.bounds
        positive = [latex_name(name) for name in conv.symbol_names if bounds.get(name) == 1]
        rest = [latex_name(name) for name in conv.symbol_names if bounds.get(name) == 0]
        free = [latex_name(name) for name in conv.symbol_names if name not in bounds]
        parts = [_breakable(positive, r"\ge 1")] if positive else []
        parts += [_breakable(rest, r"\ge 0")] if rest else []
        parts += [_breakable(free, "")] if free else []
        conditions = [words(f"fits.{conv.FITS}")] if conv.FITS else []
        if any(isinstance(defined, Floor) and defined.exact for defined in conv.defined.values()):
            conditions.append(words("scope.groups"))
        if conv.extension.most is not None:
            conditions.append(words("scope.padding"))
        join = f" {words('and')} "
        added = words("scope.conditions", conditions=join.join(conditions)) if conditions else ""
        return words("scope.general", numbers=join.join(parts), conditions=added)

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
    def report_lines(self) -> list[str]:
        """Every theorem of this layer."""
        return _joined(self.theorem(theorem) for theorem in self.report.theorems)

    @property
    def general_derivation(self) -> list[tuple[str, list[str]]]:
        assert self.general is not None
        return self.derivation(self.general.theorems[0], self.told_view)


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


def _capitalised(text: str) -> str:
    """The text with a capital in front, the rest as it is."""
    return text[:1].upper() + text[1:]


def _joined(blocks: Iterable[list[str]]) -> list[str]:
    return [line for block in blocks for line in block]
