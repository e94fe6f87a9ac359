"""What the notes say of a reader's function: its lines with what they compute, the final sum, and the proof."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent

from symconv.algebra.forms import Form, Term
from symconv.algebra.normal_form import normal_form, readable
from symconv.algebra.polynomial import Polynomial
from symconv.claims.report import formula_of
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.notes.build.line_breaks import LINE, WHOLE_LINE, broken, width
from symconv.notes.languages import ENGLISH, Words
from symconv.printing import latex
from symconv.printing.names import in_latex, name_of
from symconv.printing.notation import latex_name
from symconv.programs.report import Case, CodeReport
from symconv.programs.steps import Step
from symconv.proof.blackboard import board
from symconv.proof.verdict import Witness

RELATIONS = {">=": r"\ge", "<=": r"\le", "=": "=", "<": "<", ">": ">", "!=": r"\ne"}


class CodeContent:
    """The pieces of the notes on a function. Formulas are LaTeX, words have the marks of the templates."""

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
    def lines(self) -> list[tuple[int, str, list[str], bool]]:
        """The function's lines: number, code, what each computes, and whether it is the one that is wrong."""
        found = self.report.lines
        wrong = {part.line for part in self.parts if not part.holds}
        for repair in filter(None, (part.repair for part in self.parts if not part.holds)):
            wrong |= set(range(repair.line, repair.line + len(repair.before.splitlines())))
        source = self.report.source.splitlines()[found.first - 1 : found.last]
        shown = dedent("\n".join(source).expandtabs(4)).splitlines()
        return [
            (at, code.rstrip(), [f"${self._step(step)}$" for step in found.steps.get(at, ())], at in wrong)
            for at, code in enumerate(shown, start=found.first)
        ]

    def _step(self, step: Step) -> str:
        """x_pad[c, j] = X[c, j - p]."""
        style = self.layer.style(())
        place = ", ".join(latex.index(at) for at in step.index)
        left = in_latex(name_of(step.name)) if step.name else ""
        left += f"[{place}]" if place else ""
        value = step.value
        right = latex.latex_of(style.form(value)) if isinstance(value, Form) else latex.index(value)
        if step.sign == "in":
            return rf"{left} = 0, \dots, {right}"
        sign = {"=": "=", "+=": r"\;\text{+=}\;", "-=": r"\;\text{-=}\;"}[step.sign]
        return f"{left} {sign} {right}" if left else right

    @property
    def symbols(self) -> str:
        """What the letters of the formulas stand for: X is the input, w the weight."""
        names = self.layer.notation
        used = {tensor.name for part in self.parts for form in self._forms(part) for tensor in form.tensors}
        roles = ("input", "weight", "bias", "grad_output")
        return self.words.listed(
            [
                f"${latex_name(getattr(names, role))}$ {self.words(f'code.is.{role}')}"
                for role in roles
                if getattr(names, role) in used
            ]
        )

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

    def computed(self, part: CodeReport) -> list[str]:
        """What the function computes, as a formula."""
        given, formula = part.lines.equation, self.formula(part)
        if given is None:
            return []
        normal = normal_form(given.right, given.inside, self.layer.reading_order).result
        return broken(formula.latex_left(), formula.latex_pieces(_readable(normal)), WHOLE_LINE)

    def right(self, part: CodeReport) -> list[str]:
        """What is right."""
        formula = self.formula(part)
        return broken(formula.latex_left(), formula.latex_pieces(), WHOLE_LINE)

    def sizes(self, part: CodeReport) -> str:
        """The sizes at which that is its formula; empty if it is for all."""
        where = part.lines.where
        return "" if where in ("", "every shape") else self.where(where)

    def derivation(self, part: CodeReport, side: int) -> list[tuple[str, list[str]]]:
        """(rule, lines) from the code's formula, or the layer's, to the normal form that both have."""
        given, formula = part.lines.equation, self.formula(part)
        assert given is not None
        rows: list[tuple[str, list[str]]] = []
        for line in board(given.sides[side], given.inside, self.layer.reading_order):
            rule = self.words(f"rule.{line.rule}") if line.rule else ""
            room = LINE - 0.4 * width(rule.replace("$", ""))
            left = formula.latex_left() if not rows else ""
            lines = broken(left, formula.latex_pieces(_readable(line.form)), room)
            if not rows or [one.partition("&=")[2] for one in lines] != [one.partition("&=")[2] for one in rows[-1][1]]:
                rows.append((rule, lines))
        return rows

    # -- what is wrong -------------------------------------------------------------------------------

    def cases(self, part: CodeReport) -> list[tuple[str, str, str, str]]:
        """Rows (sizes, verdict, line, why) of what was found, if there is more than one case."""
        return [
            (self.where(case.where), self.words(f"code.case.{case.status}"), str(case.line or ""), self._reason(case))
            for case in part.cases
        ]

    def _reason(self, case: Case) -> str:
        if case.status == "proved":
            return ""
        known = self.words.get(f"code.reason.{case.reason}", "")
        return known or _code(case.reason)

    def mistake(self, part: CodeReport) -> str:
        """The mistake, in words."""
        words = "" if part.mistake is None else self.words.mistake(part.mistake)
        return words[:1].upper() + words[1:]

    def repair(self, part: CodeReport) -> list[tuple[int, str, list[str], bool]]:
        """The line as it is and as it should be, or the lines of both axes."""
        if (repair := part.repair) is None:
            return []
        before, after = self.words("code.before"), self.words("code.after", scope=self.where(repair.scope))
        return [
            (repair.line + at, line.strip(), [] if at else [words], is_before)
            for text, words, is_before in ((repair.before, before, True), (repair.after, after, False))
            for at, line in enumerate(text.splitlines())
        ]

    def witness(self, part: CodeReport) -> str:
        """Numbers to try, as a sentence."""
        found: Witness | None = part.witness
        if found is None:
            return ""
        sizes = {**{name: size for name, size in found.sizes.items() if name.isidentifier()}, **found.index}
        where = ", ".join(f"${latex_name(name)} = {value}$" for name, value in sizes.items())
        entries = ", ".join(f"${self._entry(name, at)} = {value}$" for (name, at), value in found.values.items())
        values = {"numbers": where, "entries": entries, "computed": f"${found.right}$", "right": f"${found.left}$"}
        return self.words("code.witness" if entries else "code.witness_of_zeros", **values)

    def _entry(self, name: str, at: tuple[int, ...]) -> str:
        return f"{latex_name(name)}_{{{', '.join(map(str, at))}}}" if at else latex_name(name)

    def where(self, text: str) -> str:
        """Sizes as they stand in a report, in mathematics: p >= 1."""
        if text in ("every shape", "this shape"):
            return self.words(f"code.{text}")
        return re.sub(r"[^,;]+", lambda part: _condition(part[0]), text)


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


def _condition(text: str) -> str:
    space, body = text[: len(text) - len(text.lstrip())], text.strip()
    found = re.fullmatch(r"([\w+\-* ().']+?) (>=|<=|!=|=|<|>) ([\w+\-* ().']+)", body)
    if found is None or not all(name.isidentifier() for name in re.findall(r"[A-Za-z_]\w*", body)):
        return text
    return f"{space}${_size(found[1])} {RELATIONS[found[2]]} {_size(found[3])}$"


def _size(text: str) -> str:
    return re.sub(r"[A-Za-z_]\w*", lambda name: latex_name(name[0]), text).replace("*", r" \, ")


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else text
