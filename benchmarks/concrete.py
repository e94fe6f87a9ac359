"""The proof of a concrete layer, against plain SymPy and SymEngine doing the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from benchmarks.checks import require, same_polynomials
from benchmarks.measuring import CLOCK, Comparison, Effort, Sample, Side, measure
from benchmarks.peers import peer
from benchmarks.plain_layer import PlainLayer, PlainSymbols
from benchmarks.rows import Row, faster

RUNS = 3
"""Repetitions of a peer that takes long."""
SAMPLED = 20
"""Parameters by which SymEngine differentiates."""

TITLE = "Proof of a concrete layer"
ABOUT = f"""\
`prove(Conv(..))` proves that the direct, the fully connected and the patches view have the same outputs and the
same derivatives by every weight and every input. The peer builds the three views as expressions, expands their
differences, differentiates each view's loss (the outputs weighed by the upstream gradient) by every weight and
every input, and expands the differences of these. In the fully connected view it multiplies only what is not zero,
to its advantage. Check: every view's outputs and derivatives are the same polynomials on both sides, entry by
entry, the peer's differences are all zero, and symconv's report holds. Clock: {CLOCK}. A peer that takes long is
repeated less often and not warmed up: {RUNS} times."""


@dataclass(frozen=True)
class PlainProof:
    """What a peer found: the three views' outputs, their derivatives (None where not asked for), and what differs."""

    symbols: PlainSymbols
    outputs: list[list[Any]]
    gradients: list[list[Any]]
    differences: list[Any]

    def view(self, number: int) -> dict[str, list[Any]]:
        """One view's expressions by quantity, as symconv names them."""
        weights, gradients = self.symbols.weights, self.gradients[number]
        return {
            "output": self.outputs[number],
            "grad_weight": gradients[:weights],
            "grad_input": gradients[weights:],
        }


def outputs_proved(algebra: Any, layer: PlainLayer) -> PlainProof:
    """The three views as expressions, and their differences expanded."""
    symbols = PlainSymbols(algebra, layer)
    outputs = symbols.views()
    return PlainProof(symbols, outputs, [], differences(algebra, outputs))


def gradients_proved(algebra: Any, proof: PlainProof, chosen: Sequence[int] | None = None) -> PlainProof:
    """The same with the derivatives of each view's loss by the chosen parameters, or by all of them."""
    symbols = proof.symbols
    parameters = symbols.parameters()
    places = range(len(parameters)) if chosen is None else chosen
    losses = [symbols.loss(view) for view in proof.outputs]
    found = [[algebra.expand(loss.diff(parameters[at])) for at in places] for loss in losses]
    spread = [dict(zip(places, view)) for view in found]
    gradients = [[view.get(at) for at in range(len(parameters))] for view in spread]
    return PlainProof(symbols, proof.outputs, gradients, proof.differences + differences(algebra, found))


def differences(algebra: Any, views: Sequence[Sequence[Any]]) -> list[Any]:
    """The first view minus each of the others, expanded, entry by entry."""
    first, *others = views
    return [algebra.expand(one - another) for other in others for one, another in zip(first, other)]


def plain_sympy(layer: PlainLayer) -> PlainProof:
    return gradients_proved(sympy, outputs_proved(sympy, layer))


def symconv_proof(layer: PlainLayer) -> Any:
    from symconv import Conv, prove

    return prove(Conv(**layer.arguments))


def same_theorem(report: Any, proof: PlainProof) -> str:
    """Both sides proved the same: every view's entries are the same polynomials, and both say that the views agree."""
    require(bool(report.holds), "symconv's report does not hold")
    left = sum(difference != 0 for difference in proof.differences)
    require(left == 0, f"{left} of the peer's differences are not zero")
    found = []
    for number, view in enumerate(("direct", "fully_connected", "patches")):
        ours = {
            theorem.of: list(map(sympy.sympify, sympy.flatten(theorem.formulas[view].array())))
            for theorem in report.theorems
        }
        found.append(same_polynomials(ours, proof.view(number)))
    return f"{found[0]} in each of the three views; both say that the views agree"


def comparisons(effort: Effort) -> Iterator[Comparison]:
    layer = effort.choose(PlainLayer((12, 12), (3, 3), out_channels=2), PlainLayer((4, 4), (2, 2), out_channels=2))
    yield Comparison(
        f"prove {named(layer)}",
        Side("symconv", lambda _: symconv_proof(layer)),
        [Side("SymPy", lambda _: plain_sympy(layer), at_most=RUNS)],
        same_theorem,
        limit=faster(1000),
    )
    large = effort.choose(PlainLayer((32, 32), (5, 5), out_channels=6), PlainLayer((5, 5), (2, 2), out_channels=2))
    yield with_symengine(large)


def with_symengine(layer: PlainLayer) -> Comparison:
    """SymEngine proves the outputs in full, and the derivatives for a spread-out sample of the parameters."""
    parameters = len(layer.names("weight")) + len(layer.names("input"))
    chosen = [at * parameters // SAMPLED for at in range(SAMPLED)]
    scale = parameters / len(chosen)
    sample = Sample(lambda _, proof: gradients_proved(peer("symengine"), proof, chosen), scale)
    return Comparison(
        f"prove {named(layer)}",
        Side("symconv", lambda _: symconv_proof(layer)),
        [
            Side(
                "SymEngine",
                lambda _: outputs_proved(peer("symengine"), layer),
                at_most=RUNS,
                sample=sample,
            )
        ],
        same_theorem,
        limit=faster(500),
        needs=("symengine",),
        note=f"SymEngine: all outputs, and the derivatives of the three losses by {SAMPLED} of the {parameters:,} "
        f"parameters, whose time is scaled by {scale:g}",
    )


def named(layer: PlainLayer) -> str:
    sizes = "x".join(map(str, layer.input_size)), "x".join(map(str, layer.kernel_size))
    return f"{sizes[0]}, kernel {sizes[1]}, {layer.out_channels} filters"


def rows(effort: Effort) -> Iterator[Row]:
    yield from map(measure, comparisons(effort))
