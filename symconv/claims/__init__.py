"""Claims: formulas that people bring, read, checked and explained."""

from __future__ import annotations

from symconv.claims.checking import check
from symconv.claims.report import CheckReport

# By name, so that a claim about a layer does not load networks.
check.register("symconv.networks.network.Graph", "symconv.claims.subjects.networks:check_network")  # type: ignore[arg-type]
check.register("symconv.gradient_step.step.Step", "symconv.claims.subjects.steps:check_step")  # type: ignore[arg-type]

__all__ = ["CheckReport", "check"]
