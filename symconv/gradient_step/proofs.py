"""Theorems about a step: all views end with the same weights; without sharing the copies drift apart."""

from __future__ import annotations

from dataclasses import replace

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.gradient_step.differences import numbers_that_differ
from symconv.gradient_step.formulas import StepFormulas
from symconv.proof.proofs import theorem_of
from symconv.proof.scope import layer_scope
from symconv.proof.theorem import Report
from symconv.proof.verdict import Verdict


def prove_step(step: StepFormulas, *, max_terms: int = DEFAULT_MAX_TERMS) -> Report:
    """All views end with the same shared weights (and biases) after the step.

    Where the loss is such that the formulas have functions of the outputs h, it is also proved that all views
    have the same h.
    """
    scope = layer_scope(step.layer)
    theorems = []
    if any(tensor.applied is not None for tensor in step.error.tensors):  # h stands in a function of it
        outputs = {name: view.output for name, view in step.layer.views.items()}
        theorems.append(theorem_of(step.layer, "output", outputs, scope, max_terms))
    for role in step.roles:
        formulas = {view: step.in_view(view, role) for view in step.layer.views}
        theorems.append(theorem_of(step.layer, f"{role} after the step", formulas, scope, max_terms))
    return Report(step.layer, scope, tuple(theorems))


def prove_unshared(step: StepFormulas, *, max_terms: int = DEFAULT_MAX_TERMS) -> Report:
    """Whether training without sharing ends with the same dense weights: refuted with a witness where not."""
    scope = layer_scope(step.layer)
    formulas = {"with sharing": step.shared, "without sharing": step.unshared}
    theorem = theorem_of(step.layer, "dense weights after the step", formulas, scope, max_terms)
    if theorem.verdict.undecided and (found := numbers_that_differ(step, lambda s: (s.shared, s.unshared))):
        verdict = Verdict("refuted", scope, "with sharing (left) and without sharing (right) differ", witness=found)
        theorem = replace(theorem, verdict=verdict)
    return Report(step.layer, scope, (theorem,))
