"""What the notes say of a layer: formulas, derivations, tables and words, for the template to arrange.

Single entries and matrices are in ``entries.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from symconv.algebra.assumptions import Floor
from symconv.algebra.rules import RuleName
from symconv.claims.interpret.definitions import quantity_names
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.notes.build.line_breaks import LINE, WHOLE_LINE, Cells, broken
from symconv.notes.build.templates import Said, enumerated, sentence, together
from symconv.notes.content.description import TOLD, Description, capitalised
from symconv.notes.content.layer_example import LayerExample
from symconv.notes.content.symbols import has_letters
from symconv.notes.languages import ENGLISH, Words
from symconv.notes.sections import Choice
from symconv.numeric import SpotReport
from symconv.printing.names import name_of
from symconv.printing.parts import (
    LOW_DOTS,
    NOTHING,
    THIN,
    Fence,
    Numeral,
    Scripts,
    derivative,
    equation,
    joined,
    line,
    transposed,
)
from symconv.printing.tree import Node, Number, Partial, Product, Quotient, Relation, Summation
from symconv.proof import Report, Theorem
from symconv.proof.blackboard import BoardLine
from symconv.views import View

RULES = (
    RuleName.SIFT, RuleName.DROP_IMPLIED_RANGE, RuleName.REWRITE_UNDER_BRACKET, RuleName.RE_INDEX,
    RuleName.EVALUATE_BRACKET, RuleName.CANCEL_FACTOR, RuleName.RANGES_THAT_MEET, RuleName.EMPTY_RANGE,
    RuleName.COLLECT,
)  # fmt: skip
"""The rules of the normal form, in the order in which the notes say why they are allowed."""


class Content(Description):
    """The pieces of the notes on one layer. Mathematics are nodes, and lines of them."""

    def __init__(
        self, conv: Layer, report: Report, general: Report | None, spots: SpotReport, words: Words = ENGLISH,
        choice: Choice = Choice(),  # noqa: B008  (frozen)
        line: float = WHOLE_LINE,
    ) -> None:  # fmt: skip
        super().__init__(conv, choice.entries)
        self.line = line
        self.report, self.general, self.spots, self.words = report, general, spots, words
        self.order = conv.reading_order

    # -- general formulas and their derivation -------------------------------------------------------

    def mark(self, view: View) -> str:
        """What a comment beside the stages of a view says to ``check_document``, if it knows all of them."""
        known = quantity_names(self.conv)
        return repr(self.conv) if all(name in known for name in view.definitions) else ""

    def chain_rule(self, view: View, name: str) -> tuple[Node, Node]:
        """dL/du, and the sum of dL/dt dt/du over the tensors t that read u."""
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
        return Quotient(loss, below), style.sum_of(terms)

    def derivation(self, theorem: Theorem, name: str) -> list[tuple[Said, list[Cells]]]:
        """(rule, lines): the view's own formula, substituted in the layer's tensors, and brought to normal form.

        Consecutive steps by the same rule are one line.
        """
        return self.derived_by(theorem.conv.views[name], theorem, name, theorem.board(name))

    def derived_by(
        self, view: View, theorem: Theorem, name: str, board: Sequence[BoardLine]
    ) -> list[tuple[Said, list[Cells]]]:
        """The same of any view, with the lines that lead to where it ends."""
        rows = self._own_lines(view, theorem)
        if theorem.of != "output" or len(view.definitions) > 1:
            rows.append((self.words("rule.substitute"), NOTHING, theorem.formulas[name].tree_right))
        for board_line in board[1:]:
            right = theorem.formulas[name].tree_of(board_line.form)
            rows.append((self._named_rule(board_line), NOTHING, right))
        return [(rule, broken(left, right, self.line)) for rule, left, right in rows]

    def _own_lines(self, view: View, theorem: Theorem) -> list[tuple[Said, Node, Node]]:
        """(rule, left, right): the view's own formula; of a derivative the chain rule in the view's own tensors."""
        if theorem.of == "output":
            return [("", *self.stage_parts(view, view.notation.output))]
        name, derived = self.denominator(theorem), self.words("rule.differentiate")
        rows: list[tuple[Said, Node, Node]] = []
        for stage, definition in view.definitions.items():
            if stage != view.notation.output and name in {tensor.name for tensor in definition.body.tensors}:
                own = view.own_gradient(stage)
                rows.append((derived, own.tree_left, own.tree_right))
        rows.append((self.words("rule.chain rule"), *self.chain_rule(view, name)))
        own = view.own_gradient(name)
        if any(tensor.name in view.definitions for tensor in own.form.tensors):
            rows.append((derived, NOTHING, own.tree_right))
        return rows

    def _named_rule(self, step: BoardLine) -> Said:
        """The rule, with the indices that it solved for."""
        letters: list[Node] = [name_of(name) for name in step.names]
        if len(letters) > 3:
            letters = [letters[0], LOW_DOTS, letters[-1]]
        rule = self.words(f"rule.{step.rule}")
        return together(f"{rule} ", joined(letters, ",", THIN)) if letters else rule

    def rules_used(self, reports: Iterable[Report]) -> list[tuple[str, str]]:
        """The rules that the shown derivations use, each with why it is allowed."""
        used = set()
        for report in reports:
            for theorem in report.theorems:
                used |= {line.rule for view in theorem.views for line in theorem.board(view)}
        words = self.words
        return [(capitalised(words(f"rule.{rule}")), words(f"why.{rule}")) for rule in RULES if rule in used]

    def theorem(self, theorem: Theorem) -> list[Cells]:
        return broken(theorem.left_side.tree_left, theorem.left_side.tree_of(theorem.normal), self.line)

    def theorem_words(self, theorem: Theorem) -> str:
        return self.words(f"quantity.{theorem.of}")

    def view_title(self, view: View) -> str:
        """What a view is called; one that users have made has its own title."""
        return capitalised(self.words.get(f"view.{view.name}", view.title))

    def short_title(self, view: View) -> str:
        """The same for a heading with more in it."""
        return self.words.get(f"short.{view.name}", self.words.get(f"short_view.{view.name}", view.title))

    # -- checks --------------------------------------------------------------------------------------

    @property
    def spot_rows(self) -> list[list[Said]]:
        """Every check."""
        return [
            [self.words.get(f"short_view.{row.view}", row.view.replace("_", " ")), f"`{row.quantity}`",
             self.words(f"numbers.{row.numbers}"), self.words.get(f"against.{row.against}", row.against),
             str(row.entries) if row.of is None else f"{row.entries} / {row.of}",
             scientific(row.error), self.words("exact") if row.tolerance == 0 else scientific(row.tolerance)]
            for row in self.spots.rows
        ]  # fmt: skip

    @property
    def spot_table(self) -> list[list[Said]]:
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
        example = LayerExample(self.conv, min(LINE, self.line))
        return example if example.is_possible else None

    @property
    def general_symbols(self) -> list[tuple[str, Said]]:
        """Rows (words, letters) of the general theorem's sizes and settings."""
        assert self.general is not None
        return [
            (self.words.get(f"parameter.{name}", name.replace("_", " ")), self._parameter(value))
            for name, value in self.general.conv.used_arguments().items()
            if has_letters(value)
        ]

    # -- words with mathematics in them ----------------------------------------------------------------

    @property
    def loss(self) -> Node:
        return name_of(self.conv.notation.loss)

    @property
    def delta_equation(self) -> Node:
        """delta_i = dL/dh_i."""
        names = self.conv.notation
        letters = [name_of(axis.letter) for axis in axes_of(self.conv.output_layout)]
        by_output = derivative(self.loss, self.tensor.entry(names.output, letters))
        return equation(self.tensor.entry(names.grad_output, letters), by_output)

    @property
    def weight_name(self) -> Node:
        view = self.conv.fully_connected
        letters = [name_of(axis.letter) for axis in axes_of(view.matrix_layout)]
        return self.tensor.entry(self.conv.notation.dense_weight, letters)

    @property
    def dense_gradient(self) -> Node:
        """dL/dv as a matrix, every v free."""
        gradient = self.oriented(self.conv.fully_connected.grad_dense_weight)
        left: Node = derivative(self.loss, self.dense_name)
        if self.conv.notation.vectors == "column":
            left = transposed(Fence("(", left, ")"))
        return line(equation(left, gradient), ",")

    def scope(self, report: Report) -> Said:
        """For what a report's theorems hold, in words and mathematics."""
        conv, words = report.conv, self.words
        if conv.is_concrete:
            return words("scope.layer")
        bounds = conv.assumptions.bounds
        positive = [name_of(name) for name in conv.symbol_names if bounds.get(name) == 1]
        rest = [name_of(name) for name in conv.symbol_names if bounds.get(name) == 0]
        free = [name_of(name) for name in conv.symbol_names if name not in bounds]
        parts = [_breakable(positive, 1)] if positive else []
        parts += [_breakable(rest, 0)] if rest else []
        parts += [enumerated(free)] if free else []
        conditions = [words(f"fits.{conv.fitting}")] if conv.fitting else []
        if any(isinstance(defined, Floor) and defined.exact for defined in conv.defined.values()):
            conditions.append(words("scope.groups"))
        if conv.extension.most is not None:
            conditions.append(words("scope.padding"))
        join = f" {words('and')} "
        added = words("scope.conditions", conditions=join.join(conditions)) if conditions else ""
        return sentence(words, "scope.general", numbers=enumerated(parts, join), conditions=added)

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
    def proved_views(self) -> list[View]:
        """The views whose derivations slides show: those of which the text tells, after the first."""
        names = [name for name in self.report.conv.views if name in TOLD[1:]]
        return [self.report.conv.views[name] for name in names or list(self.report.conv.views)[1:2]]

    @property
    def general_lines(self) -> list[Cells]:
        assert self.general is not None
        return _joined(self.theorem(theorem) for theorem in self.general.theorems)

    @property
    def report_lines(self) -> list[Cells]:
        """Every theorem of this layer."""
        return _joined(self.theorem(theorem) for theorem in self.report.theorems)

    @property
    def general_derivation(self) -> list[tuple[Said, list[Cells]]]:
        assert self.general is not None
        return self.derivation(self.general.theorems[0], self.told_view)


def _breakable(names: Sequence[Node], least: int) -> Said:
    """a, b, c >= 1: a list that may break across lines."""
    return enumerated([*names[:-1], Relation((names[-1], Number(least)), (">=",))])


def scientific(value: float) -> Node:
    """1.2e-9 as 1.2 times a power of ten."""
    if value == 0:
        return Number(0)
    mantissa, exponent = f"{value:.1e}".split("e")
    return line(Numeral(mantissa), "·", Scripts(Number(10), None, Number(int(exponent))))


def _joined(blocks: Iterable[list[Cells]]) -> list[Cells]:
    return [line for block in blocks for line in block]
