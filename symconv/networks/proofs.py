"""A network's convolutions in other views: the same outputs and the same gradients.

Every part's output is a formula in its input and its parameters, and every gradient is one in the derivative with
respect to the part's output. If another view has equal formulas for these, the outputs are equal from the first part
to the last, and the gradients from the last to the first, by induction. So it is enough to prove every part alone,
and each theorem holds for all values that reach the part.

Of a normalisation by statistics of the data it is proved that the gradient with respect to the input is the known
closed form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.errors import SymconvError, shown
from symconv.foundations.reports import first_failure
from symconv.foundations.values import freeze
from symconv.networks.binding import called
from symconv.networks.composition import Composition
from symconv.networks.norm_proofs import NormReport, prove_norm
from symconv.networks.normalisation import DataNormPart
from symconv.printing.tables import Column, TableReport
from symconv.proof.proofs import prove
from symconv.proof.theorem import Report


@dataclass(frozen=True, repr=False)
class NetworkReport(TableReport):
    """What ``Sequential.prove`` found: by number of the part, that its views agree."""

    columns: ClassVar = (Column("part", is_number=True), *Report.columns)

    network: Composition
    parts: Mapping[int, Report | NormReport]

    def __post_init__(self) -> None:
        freeze(self, "parts")

    @property
    def holds(self) -> bool:
        """Whether every theorem of every part is proved."""
        return all(report.holds for report in self.parts.values())

    @property
    def summary(self) -> str:
        failures = [f"{self._called(number)}: {one.summary}" for number, one in self.parts.items() if not one.holds]
        return first_failure(failures, f"{_counted(len(self.parts))}{' in all views' * self._has_views}")

    @property
    def _has_views(self) -> bool:
        return any(isinstance(report, Report) for report in self.parts.values())

    @property
    def scope(self) -> str:
        """For what it holds."""
        return "; ".join(f"{self._called(number)}: {report.scope}" for number, report in self.parts.items())

    def _called(self, number: int) -> str:
        return called(number, self.network.nodes[number - 1])

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        names = {p.number: p.number if p.name == str(p.number) else p.name for p in self.network.parts}
        return [[names[number], *row] for number, report in self.parts.items() for row in report.cells]

    @property
    def opening(self) -> str:
        return repr(self.network)

    @property
    def ending(self) -> str:
        if not self.holds:
            return "not all is proved"
        views = "so the network's outputs and gradients are the same in all views"
        return views if self._has_views else "so the gradients of normalisation are the known closed form"

    def to_dict(self) -> dict[str, Any]:
        parts = {str(number): report.to_dict() for number, report in self.parts.items()}
        return {"network": repr(self.network), "holds": self.holds, "scope": self.scope, "parts": parts}


def _counted(parts: int) -> str:
    return "the part is proved" if parts == 1 else f"all {parts} parts are proved"


def prove_network(network: Composition, max_terms: int = DEFAULT_MAX_TERMS) -> NetworkReport:
    """All views of every layer of a network agree, and gradients of normalisation are the known closed form.

    Raises:
        SymconvError: the network has no layer with several views.
    """
    reports: dict[int, Report | NormReport] = {}
    known: dict[Any, tuple[bool, int]] = {}
    for part in network.parts:
        if part.layer is not None:
            reports[part.number] = prove(part.layer, max_terms=max_terms)
        elif isinstance(part.computation, DataNormPart):
            reports[part.number] = prove_norm(part.computation, known)
    if not reports:
        raise SymconvError(
            f"a proof of {shown(network)}", "it has no layer with several views", "use Conv, AvgPool, .."
        )
    return NetworkReport(network, reports)
