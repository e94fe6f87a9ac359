"""What the notes say of a reader's function: its lines with what they compute, the final sum, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent

from symconv.algebra.forms import Form, Term
from symconv.algebra.normal_form import normal_form, readable
from symconv.algebra.polynomial import Polynomial
from symconv.claims.report import formula_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.notes.build.line_breaks import WHOLE_LINE, Cells, broken
from symconv.notes.build.templates import Said, enumerated, sentence, together
from symconv.notes.languages import ENGLISH, Words
from symconv.notes.model import Code
from symconv.printing.mathematics import index
from symconv.printing.names import name_of
from symconv.printing.parts import (
    LOW_DOTS,
    NOTHING,
    THICK,
    Given,
    Numeral,
    equation,
    line,
    listed,
    words as said,
)
from symconv.printing.tree import Entry, Negative, Node, Number
from symconv.programs.conditions import EVERY_SHAPE, Condition, Sizes
from symconv.programs.report import Case, CodeReport
from symconv.programs.steps import Step
from symconv.proof.blackboard import board
from symconv.proof.verdict import Witness

RELATIONS = {">=": "≥", "<=": "≤", "=": "="}


class CodeContent:
    """The pieces of the notes on a function. Mathematics are nodes, and lines of them."""

    def __init__(self, report: CodeReport, words: Words = ENGLISH) -> None:
        self.report, self.words = report, words
        self.layer = _counted_from_0(report.layer)
        self.parts: Sequence[CodeReport] = report.parts or (report,)

    # -- the whole function --------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.report.function.rpartition("::")[2]

    @property
    def quantities(self) -> str:
        """The outputs and the derivative with respect to the input, say."""
        return self.words.listed([self.quantity(part) for part in self.parts])

    @property
    def verdict(self) -> str:
        """What was found, in a sentence."""
        return self.words(f"code.{self.report.status}")

    @property
    def is_read(self) -> bool:
        """Whether formulas of its lines are known."""
        return bool(self.report.lines.steps)

    @property
    def lines(self) -> list[tuple[int, str, list[Node], bool]]:
        """The function's lines: number, code, what each computes, and whether it is the one that is wrong."""
        found = self.report.lines
        wrong = {part.line for part in self.parts if not part.holds}
        for repair in filter(None, (part.repair for part in self.parts if not part.holds)):
            wrong |= set(range(repair.line, repair.line + len(repair.before.splitlines())))
        source = self.report.source.splitlines()[found.first - 1 : found.last]
        shown = dedent("\n".join(source).expandtabs(4)).splitlines()
        return [
            (at, code.rstrip(), [self._step(step) for step in found.steps.get(at, ())], at in wrong)
            for at, code in enumerate(shown, start=found.first)
        ]

    def _step(self, step: Step) -> Node:
        """x_pad[c, j] = X[c, j - p]."""
        style = self.layer.style(())
        place: list[Given] = ["[", listed(map(index, step.index)), "]"] if step.index else []
        left: list[Given] = [name_of(step.name)] if step.name else []
        value = step.value
        right = style.form(value) if isinstance(value, Form) else index(value)
        if step.sign == "in":
            return line(*left, *place, "=", 0, ",", LOW_DOTS, ",", right)
        sign: list[Given] = ["="] if step.sign == "=" else [THICK, said(step.sign), THICK]
        return line(*left, *place, *sign, right) if left or place else right

    @property
    def symbols(self) -> Said:
        """What the letters of the formulas stand for: X is the input, w the weight."""
        names = self.layer.notation
        used = {tensor.name for part in self.parts for form in self._forms(part) for tensor in form.tensors}
        roles = ("input", "weight", "bias", "grad_output")
        meanings = [
            together(name_of(getattr(names, role)), f" {self.words(f'code.is.{role}')}")
            for role in roles
            if getattr(names, role) in used
        ]
        if len(meanings) < 2:
            return together(*meanings)
        return together(enumerated(meanings[:-1]), f" {self.words('and')} ", meanings[-1])

    @staticmethod
    def _forms(part: CodeReport) -> list[Form]:
        given = part.lines.equation
        return [] if given is None else [given.left, given.right]

    # -- one result ----------------------------------------------------------------------------------

    def quantity(self, part: CodeReport) -> str:
        return self.words(f"quantity.{part.of}")

    def heading(self, part: CodeReport) -> str:
        words = self.words.get(f"code.heading.{part.of}", self.quantity(part))
        return words[:1].upper() + words[1:]

    def label(self, part: CodeReport) -> str:
        return f"thm:code-{part.of.replace('_', '-')}"

    def formula(self, part: CodeReport) -> TensorFormula:
        return formula_of(self.layer, part.of)

    def computed(self, part: CodeReport) -> list[Cells]:
        """What the function computes, as a formula."""
        given, formula = part.lines.equation, self.formula(part)
        if given is None:
            return []
        normal = normal_form(given.right, given.inside, self.layer.reading_order).result
        return broken(formula.tree_left, formula.tree_of(_readable(normal)), WHOLE_LINE)

    def right(self, part: CodeReport) -> list[Cells]:
        """What is right."""
        formula = self.formula(part)
        return broken(formula.tree_left, formula.tree_right, WHOLE_LINE)

    def sizes(self, part: CodeReport) -> Said:
        """The sizes at which that is its formula; empty if it is for all."""
        where = part.lines.where
        return "" if not where or where == EVERY_SHAPE else self.where(where)

    def derivation(self, part: CodeReport, side: int) -> list[tuple[Said, list[Cells]]]:
        """(rule, lines) from the code's formula, or the layer's, to the normal form that both have."""
        given, formula = part.lines.equation, self.formula(part)
        assert given is not None
        rows: list[tuple[Said, list[Cells]]] = []
        before: Node = NOTHING
        for step in board(given.sides[side], given.inside, self.layer.reading_order):
            rule = self.words(f"rule.{step.rule}") if step.rule else ""
            right = formula.tree_of(_readable(step.form))
            if right != before:
                rows.append((rule, broken(NOTHING if rows else formula.tree_left, right, WHOLE_LINE)))
            before = right
        return rows

    # -- what is wrong -------------------------------------------------------------------------------

    def cases(self, part: CodeReport) -> list[tuple[Said, str, str, Said]]:
        """Rows (sizes, verdict, line, why) of what was found, if there is more than one case."""
        return [
            (self.where(case.where), self.words(f"code.case.{case.status}"), str(case.line or ""), self._reason(case))
            for case in part.cases
        ]

    def _reason(self, case: Case) -> Said:
        if case.status == "proved":
            return ""
        known = self.words.get(f"code.reason.{case.reason}", "")
        return known or _code(case.reason)

    def mistake(self, part: CodeReport) -> str:
        """The mistake, in words."""
        words = "" if part.mistake is None else self.words.mistake(part.mistake)
        return words[:1].upper() + words[1:]

    def repair(self, part: CodeReport) -> list[tuple[int, str, list[Said], bool]]:
        """The line as it is and as it should be, or the lines of both axes."""
        if (repair := part.repair) is None:
            return []
        before = self.words("code.before")
        after = sentence(self.words, "code.after", scope=self.where(repair.where))
        return [
            (repair.line + at, line.strip(), [] if at else [words], is_before)
            for text, words, is_before in ((repair.before, before, True), (repair.after, after, False))
            for at, line in enumerate(text.splitlines())
        ]

    def witness(self, part: CodeReport) -> Said:
        """Numbers to try, as a sentence."""
        found: Witness | None = part.witness
        if found is None:
            return ""
        sizes = {**{name: size for name, size in found.sizes.items() if name.isidentifier()}, **found.index}
        where = enumerated([equation(name_of(name), numeral(value)) for name, value in sizes.items()])
        entries = [equation(self._entry(name, at), numeral(value)) for (name, at), value in found.values.items()]
        values: dict[str, Said] = {"numbers": where, "computed": numeral(found.right), "right": numeral(found.left)}
        if not entries:
            return sentence(self.words, "code.witness_of_zeros", **values)
        return sentence(self.words, "code.witness", entries=enumerated(entries), **values)

    def _entry(self, name: str, at: tuple[int, ...]) -> Node:
        return Entry(name_of(name), tuple(map(Number, at))) if at else name_of(name)

    def where(self, sizes: Sizes) -> Said:
        """Sizes in words, or their conditions in mathematics: p >= 1."""
        cases = [enumerated([_condition(one) for one in case]) for case in sizes.cases]
        words, more = (self.words.phrase("code.sizes", text) for text in (sizes.words, sizes.more))
        return together(enumerated(cases, "; ") if cases else words, more)


def _counted_from_0(layer: Layer) -> Layer:
    """The layer in a notation whose formulas count as programs do."""
    if not layer.notation.formula_base:
        return layer
    notation = replace(layer.notation, formula_base=0)
    return type(layer)(**{**layer.arguments(), "notation": notation})


def _readable(form: Form) -> Form:
    """The form with letters for the names that a reading made for its sums."""
    return Form(tuple(readable(_numbered(term)) for term in form.terms))


def _numbered(term: Term) -> Term:
    names = {name: f"#{at}" for at, name in enumerate(term.bound) if not name.isidentifier()}
    renamed = {name: Polynomial.name(new) for name, new in names.items()}
    return term.substitute(renamed, tuple(names.get(name, name) for name in term.bound))


def _condition(condition: Condition) -> Node:
    """p >= 1."""
    return line(index(condition.left), RELATIONS[condition.sign], index(condition.right))


def numeral(value: object) -> Node:
    """A number of a witness."""
    text = str(value)
    return Negative(Numeral(text[1:]), tight=True) if text.startswith("-") else Numeral(text)


def _code(text: str) -> Said:
    return (Code(text),) if "`" not in text else text
