"""Theorems, their steps, and the report of a proof: what ``prove`` gives back.

A theorem is about one quantity (output, grad_weight, ..): all views of a layer give the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symconv.algebra.forms import Factor, Form
from symconv.algebra.normal_form import Derivation, readable
from symconv.algebra.rules import RuleName
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.reports import Judgement, first_failure
from symconv.foundations.values import Cached, freeze
from symconv.layers import Layer
from symconv.printing import jupyter as display, latex
from symconv.proof.blackboard import BoardLine, board
from symconv.proof.lines import Lines
from symconv.proof.verdict import Verdict


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
        if view not in self.chains:
            raise SymconvError(f"the view {view!r}", "the theorem is not about it", f"use {listed(self.views)}")
        formula = self.formulas[view]
        return board(formula.readable_form, formula.assumptions, self.conv.reading_order, self.normal)

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

    def latex(self, view: str | None = None) -> str:
        """The equation, or the derivation of one view as an aligned block; compiles with amsmath.

        Raises:
            SymconvError: the theorem is not about this view.
        """
        left, order, lettered = self.left_side.latex_left(), self.conv.reading_order, self.left_side.lettered
        if view is None:
            return f"{left} = {lettered(latex.form(self.normal, order))}"
        first, *rest = self.board(view)
        lettered = self.formulas[view].lettered
        lines = [f"{left} &= {lettered(latex.form(first.form, order))}"]
        for line in rest:
            lines.append(rf"&= {lettered(latex.form(line.form, order))} && \text{{({line.rule})}}")
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def certificate(self) -> dict[str, Any]:
        """The theorem for the independent checker, ``python -m symconv.verify``; see docs/theorem-format.md.

        Raises:
            SymconvError: the theorem is not proved by a common last line.
        """
        from symconv.proof.certificates.theorem_file import certificate  # with the checker, which takes time to load

        return certificate(self.of, self.statement, self.verdict.scope, self.derivations, self.left_side.assumptions)

    def to_rocq(self) -> str:
        """A file for Rocq (Coq 8.16 or newer) that proves this theorem without symconv.

        For numbers: one lemma for every entry, over any commutative ring. For a layer on one axis with symbols: the
        general theorem about outputs and gradients, with this layer as an instance.

        Raises:
            SymconvError: a general layer on several axes, or with features that the general file does not have.
            SizeLimitError: too many entries.
        """
        return _rocq(self.conv, [self])

    def to_json(self) -> str:
        """The certificate as text."""
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
            "reason": self.verdict.reason,
            "witness": None if self.verdict.witness is None else self.verdict.witness.to_dict(),
            "views": views,
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Report(Judgement):
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

    conv: Layer
    scope: str
    theorems: tuple[Theorem, ...]

    @property
    def holds(self) -> bool:
        """Whether every theorem is proved."""
        return all(theorem.holds for theorem in self.theorems)

    @property
    def summary(self) -> str:
        failures = [f"{theorem.of}: {theorem.verdict}" for theorem in self.theorems if not theorem.holds]
        return f"{self.conv!r}: {first_failure(failures, f'proved for {self.scope}')}"

    def _rows(self) -> list[list[str]]:
        return [
            [
                theorem.of,
                ", ".join(theorem.views),
                theorem.verdict.status,
                str(len(theorem.steps)),
                _why(theorem.verdict),
            ]
            for theorem in self.theorems
        ]

    def __str__(self) -> str:
        from tabulate import tabulate  # slow to load, and only needed to print

        table = tabulate(
            self._rows(),
            ["quantity", "views", "verdict", "steps", "because"],
            tablefmt="simple",
            maxcolwidths=[None, 40, None, None, 60],
        )
        return f"{self.conv!r}\n\n{table}\n\nholds for {self.scope}" if self.holds else f"{self.conv!r}\n\n{table}"

    def _repr_html_(self) -> str:
        table = display.table(self._rows(), ["quantity", "views", "verdict", "steps", "because"])
        scope = display.words(f"holds for {self.scope}") if self.holds else ""
        return display.block(display.code(repr(self.conv)), display.mathematics(self.latex()), table, scope)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def latex(self) -> str:
        """All theorems as one aligned block; compiles with amsmath."""
        lines = [theorem.latex().replace(" = ", " &= ", 1) for theorem in self.theorems]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def to_rocq(self) -> str:
        """All theorems as one file for Rocq; see ``Theorem.to_rocq``."""
        return _rocq(self.conv, self.theorems)

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "layer": repr(self.conv), "holds": self.holds, "scope": self.scope,
            "theorems": [theorem.to_dict() for theorem in self.theorems],
        }  # fmt: skip


def _rocq(conv: Layer, theorems: Sequence[Theorem]) -> str:
    from symconv.proof.certificates.rocq import IN_GENERAL, concrete_file, general_file  # only to write one

    for theorem in theorems:
        if not theorem.verdict.proved:
            raise SymconvError(f"the theorem about {theorem.of}", "it is not proved", "look at its verdict")
        if theorem.of not in conv.quantities:
            raise SymconvError(
                f"a Rocq file about {theorem.of}", f"only {listed(conv.quantities)} can be written", "use prove(layer)"
            )
    if not conv.is_concrete:
        if other := set(theorems[0].views) - set(IN_GENERAL):
            raise SymconvError(
                f"a Rocq file about the view {min(other)} of {conv!r}",
                f"in general it is not available: the file has the views {listed(IN_GENERAL)}",
                "give numbers with conv.at(..), or prove(conv, views=[..]) with those",
            )
        return general_file(conv)
    known = {**conv.views, **conv.views_between}
    views = {name: known[name] for name in theorems[0].views}
    return concrete_file(conv, {theorem.of: theorem.formulas for theorem in theorems}, views)


def _why(verdict: Verdict) -> str:
    return verdict.reason if verdict.witness is None else f"{verdict.reason}: {verdict.witness}"


def listed(names: Sequence[str]) -> str:
    return ", ".join(names)
