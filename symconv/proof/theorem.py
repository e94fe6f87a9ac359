"""Theorems, their steps, and the report of a proof: what ``prove`` gives back.

A theorem is about one quantity (output, grad_weight, ..): all views of a layer give the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, ClassVar

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Factor, Form
from symconv.algebra.normal_form import Derivation, readable
from symconv.algebra.rules import RuleName
from symconv.errors import SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.reports import Judgement, first_failure
from symconv.foundations.values import Cached, freeze
from symconv.layers import Layer
from symconv.printing.tables import Column, TableReport
from symconv.proof.blackboard import BoardLine, board, board_of
from symconv.proof.certificates.saving import TheoremFiles
from symconv.proof.lines import Lines
from symconv.proof.verdict import Verdict

MOST_EFFORT = 10
"""How long to search for a common last line of formulas that were proved without one."""


@dataclass(frozen=True)
class ProofStep:
    """One line of a view's derivation: the rule, what it was applied to, the expression after it."""

    view: str
    rule: RuleName
    target: tuple[Factor | str, ...]
    after: Form


@dataclass(frozen=True, repr=False)
class Theorem(Judgement, Cached):
    """All views give the same ``of``; the derivation of each from its own formula to the normal form.

    Args:
        conv: the layer.
        of: the quantity, such as "grad_input".
        formulas: each view's own formula, by the view's name.
        derivations: the steps that bring each of them to the normal form.
        verdict: whether all end with the same one.

    >>> from symconv import Conv, prove
    >>> theorem = prove(Conv(3, 2)).theorems[0]
    >>> theorem.holds, theorem.views
    (True, ('direct', 'fully_connected', 'patches'))
    """

    conv: Layer
    of: str
    formulas: Mapping[str, TensorFormula]
    derivations: Mapping[str, Derivation]
    verdict: Verdict

    def __post_init__(self) -> None:
        freeze(self, "formulas", "derivations")

    @property
    def holds(self) -> bool:
        """Whether the theorem is proved."""
        return self.verdict.holds

    @property
    def summary(self) -> str:
        return f"{self.of} of {self.conv!r} in {listed(self.views)}: {self.verdict}"

    @property
    def name(self) -> str:
        """The quantity, as ``of``."""
        return self.of

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views that are compared."""
        return tuple(self.formulas)

    @property
    def starts(self) -> dict[str, Form]:
        """Every view's own formula, before any step."""
        return {name: derivation.start for name, derivation in self.derivations.items()}

    @cached_property
    def chains(self) -> dict[str, tuple[ProofStep, ...]]:
        """Every view's steps."""
        return {
            name: tuple(ProofStep(name, step.rule, step.target, step.after) for step in derivation.steps)
            for name, derivation in self.derivations.items()
        }

    @property
    def steps(self) -> tuple[ProofStep, ...]:
        """All steps, view after view."""
        return tuple(step for chain in self.chains.values() for step in chain)

    @cached_property
    def normal(self) -> Form:
        """The first view's normal form, its sums named after the tensors' axes; the common one if proved."""
        return Form(tuple(map(readable, next(iter(self.derivations.values())).result)))

    def board(self, view: str) -> tuple[BoardLine, ...]:
        """The derivation of one view, one rule a line, from its formula in the layer's tensors to ``normal``.

        Consecutive uses of a rule are one line, bookkeeping is part of its neighbour, and every view's last line
        reads the same where the theorem is proved.

        Raises:
            SymconvError: the theorem is not about this view.
        """
        if not isinstance(view, str) or view not in self.chains:
            raise SymconvError(f"the view {shown(view)}", "the theorem is not about it", f"use {listed(self.views)}")
        formula = self.formulas[view]
        return board(formula.readable_form, formula.assumptions, self.conv.reading_order, self.normal)

    def agreed_board(self, view: str) -> tuple[BoardLine, ...]:
        """The same by every rule that the proof needs, also those that cost more, to one last line of all views."""
        if len({derivation.result for derivation in self.derivations.values()}) == 1:
            return self.board(view)
        agreed = self._agreeing()
        same = len({derivation.result for derivation in agreed.values()}) == 1
        return board_of(agreed[view], self.conv.reading_order, None if same else self.normal)

    @property
    def left_side(self) -> TensorFormula:
        """The entry that all formulas are equal to."""
        return next(iter(self.formulas.values()))

    @cached_property
    def statement(self) -> str:
        """The theorem as text."""
        formula = self.left_side
        equation = f"{formula.left_side} = {self.conv.writer.form(self.normal)}"
        return f"{self.of}: in {listed(self.views)}, {equation}"

    def latex(self, view: str | None = None, *, steps: bool = False) -> str:
        """The equation, or the derivation of one view as an aligned block; compiles with amsmath.

        Args:
            view: the view whose derivation is wanted.
            steps: the derivations of all views, one below the other.

        Raises:
            SymconvError: the theorem is not about this view.
        """
        if steps and view is None:
            boards = [rf"&\text{{{title}:}}\\" + "\n" + lines for title, lines in self._titled_lines()]
            return "\\begin{aligned}\n" + " \\\\[1ex]\n".join(boards) + "\n\\end{aligned}"
        if view is None:
            return " = ".join(self.latex_sides())
        return "\\begin{aligned}\n" + " \\\\\n".join(self._lines(view)) + "\n\\end{aligned}"

    def latex_sides(self) -> tuple[str, str]:
        """The left side and the right one of the statement, in LaTeX."""
        return self.left_side.latex_left(), self.left_side.latex_of(self.normal)

    def _lines(self, view: str) -> list[str]:
        """The derivation of one view, a line for each rule."""
        first, *rest = self.board(view)
        written = self.formulas[view].latex_of
        lines = [f"{self.left_side.latex_left()} &= {written(first.form)}"]
        return lines + [rf"&= {written(line.form)} && \text{{({line.rule})}}" for line in rest]

    def _titled_lines(self) -> Iterator[tuple[str, str]]:
        """Every view's title with its derivation."""
        known = {**self.conv.views, **self.conv.views_on_request}
        for name in self.views:
            title = known[name].title if name in known else name.replace("_", " ")
            yield title, " \\\\\n".join(self._lines(name))

    def certificate(self) -> dict[str, Any]:
        """The theorem for the independent checker, ``python -m symconv.verify``; see docs/theorem-format.md.

        Raises:
            SymconvError: the theorem is not proved by a common last line.
        """
        from symconv.proof.certificates.theorem_file import certificate  # with the checker, which takes time to load

        entry = [axis.letter for axis in self.left_side.axes]
        return certificate(
            self.of, self.statement, self.verdict.scope, self._agreeing(), self._assumptions, self.conv, entry
        )

    @property
    def _assumptions(self) -> Assumptions:
        """What all views assume, with the letters that some of them have of their own."""
        first, *others = (formula.assumptions for formula in self.formulas.values())
        return reduce(lambda all_, one: all_.and_also((), one), others, first)

    def _agreeing(self) -> Mapping[str, Derivation]:
        """Derivations with one last line: the plain ones, or those by every rule."""
        starts = [derivation.start for derivation in self.derivations.values()]
        if len({derivation.result for derivation in self.derivations.values()}) > 1:
            from symconv.algebra.agreement import attempt  # only needed if the plain rules leave normal forms different

            same = attempt(starts, self._assumptions, self.conv.reading_order, MOST_EFFORT).agreed
            if same is not None:
                return dict(zip(self.derivations, same))
        return self.derivations

    def to_rocq(self) -> str:
        """A file for Rocq (Coq 8.16 or newer) that proves this theorem without symconv.

        For small layers with numbers: one lemma for every entry, over any commutative ring. For a convolution on one
        axis with symbols: the general theorem about outputs and gradients, with this layer as an instance. For all
        others: a checker of theorem files with the proof that it is right, and this theorem, which it checks.

        Raises:
            SymconvError: it is not proved, by a common last line, or has a step that the checker in Rocq does not have.
        """
        return _rocq(self.conv, [self])

    def to_json(self) -> str:
        """The certificate as text."""
        import json  # only to write one

        return json.dumps(self.certificate(), indent=1)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        lines, written = [self.statement, f"  {self.verdict}"], Lines(self.conv.writer)
        for name, derivation in self.derivations.items():
            lines.append(f"  {name}: {written.form(derivation.start)}")
            steps = [f"    {step.rule}: {text}" for step, text in written.steps(derivation.steps)]
            more = len(derivation.steps) - len(steps)
            lines += [*steps, *([f"    .. ({more} more steps)"] if more else [])]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values; "more" counts the steps of a long derivation that are left out."""
        written, views = Lines(self.conv.writer), {}
        for name, derivation in self.derivations.items():
            formula = written.form(derivation.start)
            steps = [{"rule": step.rule.value, "after": text} for step, text in written.steps(derivation.steps)]
            views[name] = {"formula": formula, "steps": steps, "more": len(derivation.steps) - len(steps)}
        return {
            "of": self.of, "statement": self.statement, "verdict": self.verdict.status, "scope": self.verdict.scope,
            "reason": self.verdict.reason, "by": self.verdict.by,
            "witness": None if self.verdict.witness is None else self.verdict.witness.to_dict(),
            "views": views,
        }  # fmt: skip


class TheoremsReport(TableReport):
    """A report on theorems that are all about one subject; it holds if every one is proved.

    A subclass has the ``theorems``, the ``scope`` and the ``subject`` in words, and the rows of the table.
    """

    scope: str
    theorems: tuple[Any, ...]

    @property
    def subject(self) -> str:
        """What the theorems are about, in words."""
        raise NotImplementedError

    @property
    def holds(self) -> bool:
        """Whether every theorem is proved."""
        return all(theorem.holds for theorem in self.theorems)

    @property
    def summary(self) -> str:
        failures = [f"{theorem.name}: {theorem.verdict}" for theorem in self.theorems if not theorem.holds]
        return f"{self.subject}: {first_failure(failures, f'proved for {self.scope}')}"

    @property
    def opening(self) -> str:
        return self.subject

    @property
    def ending(self) -> str:
        return f"holds for {self.scope}" if self.holds else ""

    def latex(self) -> str:
        """All theorems as one aligned block; compiles with amsmath."""
        lines = [" &= ".join(theorem.latex_sides()) for theorem in self.theorems]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True, repr=False)
class Report(TheoremsReport, TheoremFiles):
    """What ``prove`` found, one theorem a quantity.

    Args:
        conv: the layer.
        scope: for what it holds, in words.
        theorems: one for every quantity.

    >>> from symconv import Conv, prove
    >>> report = prove(Conv(3, 2))
    >>> report.holds, [theorem.of for theorem in report.theorems]
    (True, ['output', 'grad_weight', 'grad_input'])
    """

    columns: ClassVar = (
        Column("quantity"), Column("views", 40), Column("verdict"), Column("steps", is_number=True),
        Column("because", 60),
    )  # fmt: skip

    conv: Layer
    scope: str
    theorems: tuple[Theorem, ...]

    @property
    def subject(self) -> str:
        return repr(self.conv)

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [
            [theorem.of, ", ".join(theorem.views), theorem.verdict.status, len(theorem.steps), theorem.verdict.because]
            for theorem in self.theorems
        ]

    def certificates(self) -> list[dict[str, Any]]:
        """The theorem file of each theorem; see ``Theorem.certificate``."""
        return [theorem.certificate() for theorem in self.theorems]

    def to_rocq(self, notes: list[str] | None = None) -> str:
        """All theorems as one file for Rocq; see ``Theorem.to_rocq``."""
        return _rocq(self.conv, self.theorems, notes)

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "layer": repr(self.conv), "holds": self.holds, "scope": self.scope,
            "theorems": [theorem.to_dict() for theorem in self.theorems],
        }  # fmt: skip


def _rocq(conv: Layer, theorems: Sequence[Theorem], notes: list[str] | None = None) -> str:
    from symconv.proof.certificates.gallina import rocq_file  # only to write one
    from symconv.proof.certificates.rocq import concrete_file, general_file, is_in_general, is_small

    for theorem in theorems:
        if not theorem.verdict.proved:
            raise SymconvError(f"the theorem about {theorem.of}", "it is not proved", "look at its verdict")
        if theorem.of not in conv.quantities:
            raise SymconvError(
                f"a Rocq file about {theorem.of}", f"only {listed(conv.quantities)} can be written", "use prove(layer)"
            )
    if is_in_general(conv, theorems[0].views):
        return general_file(conv)
    if is_small(conv, [theorem.left_side for theorem in theorems]):
        known = {**conv.views, **conv.views_on_request}
        views = {name: known[name] for name in theorems[0].views}
        return concrete_file(conv, {theorem.of: theorem.formulas for theorem in theorems}, views)
    return rocq_file([theorem.certificate() for theorem in theorems], repr(conv), notes)


def listed(names: Sequence[str]) -> str:
    return ", ".join(names)
