"""What ``prove`` finds of a normalisation: the gradient by the chain rule is the closed form that books have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from symconv.foundations.reports import Judgement
from symconv.networks.normalisation import DataNormPart
from symconv.proof.scope import in_words
from symconv.proof.theorem import Report, TheoremsReport
from symconv.proof.verdict import Verdict

WAYS = "chain rule, closed form"


@dataclass(frozen=True, repr=False)
class ClosedForm(Judgement):
    """dL/d input of a normalisation, by the chain rule through mean and variance, is the known closed form.

    Args:
        part: the normalisation.
        verdict: whether it is proved.
        steps: how many steps of rewriting it took.
    """

    part: DataNormPart
    verdict: Verdict
    steps: int

    @property
    def holds(self) -> bool:
        """Whether it is proved."""
        return self.verdict.holds

    @property
    def name(self) -> str:
        """The quantity."""
        return "grad_input"

    @property
    def summary(self) -> str:
        return f"{self.name} of {self.part!r} by {WAYS}: {self.verdict}"

    @property
    def statement(self) -> str:
        """The theorem as text."""
        return str(self.part.grad_input.formula)

    def latex(self) -> str:
        """The equation; compiles with amsmath."""
        return " = ".join(self.latex_sides())

    def latex_sides(self) -> tuple[str, str]:
        """Both sides of the equation in LaTeX."""
        formula = self.part.grad_input
        return formula.latex_left(), formula.latex_right()

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "of": self.name, "statement": self.statement, "verdict": self.verdict.status, "scope": self.verdict.scope,
            "reason": self.verdict.reason, "steps": self.steps,
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class NormReport(TheoremsReport):
    """What ``prove`` found of a normalisation.

    Args:
        part: the normalisation.
        scope: for what it holds, in words.
        theorems: the one about dL/d input.
    """

    columns: ClassVar = Report.columns

    part: DataNormPart
    scope: str
    theorems: tuple[ClosedForm, ...]

    @property
    def subject(self) -> str:
        return repr(self.part)

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[one.name, WAYS, one.verdict.status, one.steps, one.verdict.because] for one in self.theorems]

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        theorems = [theorem.to_dict() for theorem in self.theorems]
        return {"layer": repr(self.part.module), "holds": self.holds, "scope": self.scope, "theorems": theorems}


def prove_norm(part: DataNormPart, known: dict[Any, tuple[bool, int]]) -> NormReport:
    """The gradient of a normalisation is the known closed form; ``known`` is what was found of others, and grows."""
    setting = part.setting
    sizes = in_words(setting.assumptions, setting.symbol_names, setting.writer)
    scope = f"{'' if setting.is_concrete else 'every shape: '}{sizes}, and all values of the tensors"
    alike = (part.module, part.signal.dimensions, part.signal.batched)  # whatever the tensors are called
    if alike not in known:
        known[alike] = part.agrees()
    agrees, steps = known[alike]
    if agrees:
        verdict = Verdict("proved", scope, "the same normal form, with mean and deviation written out")
    else:
        verdict = Verdict("undecided", scope, "no rule makes the two forms one")
    return NormReport(part, scope, (ClosedForm(part, verdict, steps),))
