"""A network's convolutions in other views: the same outputs and the same gradients.

Every part's output is a formula in its input and its parameters, and every gradient is one in the derivative with
respect to the part's output. If another view has equal formulas for these, the outputs are equal from the first part
to the last, and the gradients from the last to the first, by induction. So it is enough to prove every part alone,
and each theorem holds for all values that reach the part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.errors import SymconvError
from symconv.foundations.reports import Judgement, first_failure
from symconv.foundations.values import freeze
from symconv.networks.composition import Composition
from symconv.printing import jupyter as display
from symconv.proof.proofs import prove
from symconv.proof.theorem import Report


@dataclass(frozen=True, repr=False)
class NetworkReport(Judgement):
    """What ``Sequential.prove`` found: by number of the part, that its views agree."""

    network: Composition
    parts: Mapping[int, Report]

    def __post_init__(self) -> None:
        freeze(self, "parts")

    @property
    def holds(self) -> bool:
        """Whether every theorem of every part is proved."""
        return all(report.holds for report in self.parts.values())

    @property
    def summary(self) -> str:
        failures = [f"part {number}: {report.summary}" for number, report in self.parts.items() if not report.holds]
        return first_failure(failures, f"{_counted(len(self.parts))} in all views")

    @property
    def scope(self) -> str:
        """For what it holds."""
        return "; ".join(f"part {number}: {report.scope}" for number, report in self.parts.items())

    def _rows(self) -> list[list[Any]]:
        return [
            [number, theorem.of, ", ".join(theorem.views), theorem.verdict.status, theorem.verdict.reason]
            for number, report in self.parts.items()
            for theorem in report.theorems
        ]

    def _table(self, style: str) -> str:
        from tabulate import tabulate  # slow to load, and only needed to print

        widths = [None, None, 40, None, 60] if style == "simple" else None
        heads = ["part", "quantity", "views", "verdict", "because"]
        return str(tabulate(self._rows(), heads, tablefmt=style, maxcolwidths=widths))

    def __str__(self) -> str:
        end = "so the network's outputs and gradients are the same in all views" if self.holds else "not all is proved"
        return f"{self.network!r}\n\n{self._table('simple')}\n\n{end}"

    def _repr_html_(self) -> str:
        return display.block(display.code(repr(self.network)), self._table("html"))

    def to_dict(self) -> dict[str, Any]:
        parts = {str(number): report.to_dict() for number, report in self.parts.items()}
        return {"network": repr(self.network), "holds": self.holds, "scope": self.scope, "parts": parts}


def _counted(parts: int) -> str:
    return "the part is proved" if parts == 1 else f"all {parts} parts are proved"


def prove_network(network: Composition, max_terms: int = DEFAULT_MAX_TERMS) -> NetworkReport:
    """All views of every layer of a network agree.

    Raises:
        SymconvError: the network has no layer with several views.
    """
    layers = {part.number: part.layer for part in network.parts if part.layer is not None}
    if not layers:
        raise SymconvError(f"a proof of {network!r}", "it has no layer with several views", "use Conv, AvgPool, ..")
    return NetworkReport(network, {number: prove(layer, max_terms=max_terms) for number, layer in layers.items()})
