"""What is claimed of second derivatives, each statement with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.reports import Judgement, first_failure
from symconv.printing.tables import Column, TableReport
from symconv.proof import Verdict
from symconv.proof.equality import prove_equal


@dataclass(frozen=True, repr=False)
class Stated(Judgement):
    """One equation with its verdict.

    Args:
        of: what it is about, in words.
        left, right: both sides.
        verdict: whether they are equal.
        wanted: whether it says that they are equal ("proved"), or that they are not ("refuted").
    """

    of: str
    left: TensorFormula
    right: TensorFormula
    verdict: Verdict
    wanted: str = "proved"

    @property
    def holds(self) -> bool:
        """Whether the verdict is the one that is stated."""
        return self.verdict.status == self.wanted

    @property
    def summary(self) -> str:
        return f"{self.of}: {self.verdict}"


def stated(of: str, left: TensorFormula, right: TensorFormula, wanted: str = "proved", effort: int = 3) -> Stated:
    """The equation, proved or refuted now."""
    return Stated(of, left, right, prove_equal(left, right, effort=effort), wanted)


@dataclass(frozen=True, repr=False)
class DerivativeReport(TableReport):
    """Statements about the derivatives of a layer or a network, one row each.

    Args:
        title: what they are about.
        statements: each with its verdict.

    >>> from symconv import Conv, double_backward
    >>> report = double_backward(Conv(3, 2)).prove()
    >>> report.holds, report.statements[0].verdict.status
    (True, 'proved')
    """

    columns: ClassVar = (Column("statement", 60), Column("verdict"), Column("because", 60))

    title: str
    statements: tuple[Stated, ...]

    @property
    def holds(self) -> bool:
        """Whether all verdicts are those that are stated."""
        return bool(self.statements) and all(one.holds for one in self.statements)

    @property
    def summary(self) -> str:
        failed = [one.summary for one in self.statements if not one.holds]
        return f"{self.title}: {first_failure(failed, f'{len(self.statements)} statements hold')}"

    @property
    def opening(self) -> str:
        return self.title

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[one.of, one.verdict.status, one.verdict.because] for one in self.statements]

    @property
    def ending(self) -> str:
        return f"holds for {self.statements[0].verdict.scope}" if self.holds else ""

    def latex(self) -> str:
        """The equations that are proved, as one aligned block; compiles with amsmath."""
        return aligned((one.left.latex_left(), one.left, one.right) for one in self.statements if one.verdict.proved)

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        rows = [
            {"of": one.of, "verdict": one.verdict.status, "scope": one.verdict.scope, "reason": one.verdict.reason,
             "left": one.left.text(), "right": one.right.text()}
            for one in self.statements
        ]  # fmt: skip
        return {"title": self.title, "holds": self.holds, "statements": rows}


def aligned(rows: Iterable[tuple[str, TensorFormula, TensorFormula]]) -> str:
    """Lines of left = right, aligned."""
    lines = [f"{left} &= {right.latex_right()}" for left, _, right in rows]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}" if lines else ""
