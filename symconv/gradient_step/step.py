"""Step: what a step of gradient descent is to its users. Its formulas are in ``formulas.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.gradient_step.algorithm import run, run_exactly
from symconv.gradient_step.formulas import StepFormulas
from symconv.gradient_step.proofs import prove_step, prove_unshared
from symconv.gradient_step.spot_checks import StepSpotReport, spot_check_step
from symconv.proof.theorem import Report

MOST_EXACT_TERMS = 300_000
"""Product terms of polynomials that ``Step.after`` makes at most, unless told otherwise."""


@dataclass(frozen=True, repr=False)
class Step(StepFormulas):
    """One step of gradient descent; made by ``sgd_step``.

    Args:
        layer: the layer whose weights move.
        loss: the loss; None for any function of the output, whose derivative delta is given.
        learning_rate, momentum, weight_decay: exact numbers or symbols.
        schedule: "summed", "mean" or "sequential".
        mean_over: what "mean" divides by the number of, "patches" or "batch".

    >>> from symconv import Conv, sgd_step
    >>> step = sgd_step(Conv(3, 2), loss=None)
    >>> step.in_view("direct").array()
    [[[-X1*delta1*eta - X2*delta2*eta + w1, -X2*delta1*eta - X3*delta2*eta + w2]]]
    >>> step.prove().holds
    True
    """

    def prove(self, *, max_terms: int = DEFAULT_MAX_TERMS) -> Report:
        """All views end with the same shared weights (and biases) after the step.

        Where the loss is such that the formulas have functions of the outputs h, it is also proved that all views
        have the same h.
        """
        return prove_step(self, max_terms=max_terms)

    def prove_unshared(self, *, max_terms: int = DEFAULT_MAX_TERMS) -> Report:
        """Whether training without sharing ends with the same dense weights, refuted with a witness if not."""
        return prove_unshared(self, max_terms=max_terms)

    # -- numbers -------------------------------------------------------------------------------------

    def run(self, steps: int = 1, **arrays: Any) -> Mapping[str, npt.NDArray[Any]]:
        """The new weights, biases and velocities by name, by the algorithm itself in numbers, step by step.

        Args:
            steps: how many, >= 1.
            arrays: input, weight, bias and target by their names in the notation (X, w, b, t), and a number for
                every rate that is a symbol. Velocities start at 0.

        Raises:
            SymconvError: an array is missing or of another shape, or the loss has no numbers.
        """
        return run(self, steps, arrays)

    def after(self, steps: int = 1, max_terms: int = MOST_EXACT_TERMS) -> Mapping[str, sp.Array]:
        """The weights (and biases) after some steps as expanded SymPy expressions, exact; quadratic losses only.

        Raises:
            SizeLimitError: the steps together make more than ``max_terms`` product terms.
            SymconvError: the loss is not quadratic, or the layer has letters.
        """
        return run_exactly(self, steps, max_terms)

    def spot_check(self, seed: int = 0, trials: int = 5) -> StepSpotReport:
        """The formulas in numbers, against the algorithm, a dense layer in NumPy, and torch.optim.SGD if installed.

        Raises:
            SymconvError: a size is a symbol, or nothing is known of the loss.
        """
        return spot_check_step(self, seed, trials)
