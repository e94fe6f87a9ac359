"""The verdict on a claim about a network or a step: both sides unfolded until they speak of the same tensors."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from symconv.algebra.calculus import unfold
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import normal_form
from symconv.claims.parse.written import groups_of
from symconv.claims.subjects.reading import Known, SubjectNames, SubjectReading, form_of
from symconv.claims.subjects.reasons import reasons
from symconv.claims.subjects.report import SubjectReport
from symconv.errors import ClaimError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.proof.equality import equation_of, prove_equal
from symconv.proof.verdict import Verdict, Witness

MOST_ROUNDS = 12
"""Tensors are replaced by what they are made of at most so often."""
TRIALS, FIRST_TRIALS = 20, 3
"""Numbers are tried at which two formulas with functions differ; a few of them before a proof."""
CLOSE = 1e-9
"""Of the square of the largest number in play, which two products may be apart by rounding."""
TRANSPOSED = re.compile(r"\^\s*\{?\s*(\\top|\\intercal|⊤|\\mathsf\s*\{?T\}?|\\mathrm\s*\{?T\}?)\s*\}?|ᵀ")

RAISED_TOGETHER = re.compile(r"\^\s*\{\s*([\[(]?[^{}^]*?[\])]?)\s*,?\s*(?:\\top|\\intercal|\\mathsf\s*T|T)\s*\}")
"""The number of a layer and the sign of a transpose in one superscript: A^{[l-1]T}."""
OUTER = re.compile(
    r"(?:\\otimes(?![a-z])|⊗)\s*((?:\\[a-z]+(?:\{[^{}]*\})?|[A-Za-z]+\d*)(?:\s*\^\s*(?:\{[^{}]*\}|\w))?)"
)
"""An outer product of vectors, whose second factor is a row."""


def judge(subject: object, known: Known, text: str, base: int) -> SubjectReport:
    """The verdict on one formula.

    Raises:
        ClaimError: it cannot be read.
    """
    text = OUTER.sub(r" \1^T", RAISED_TOGETHER.sub(r"^{\1}^T", TRANSPOSED.sub("^T", text)))
    groups = groups_of(text, SubjectNames(known).known)
    if len(groups) != 1 or len(groups[0].claims) != 1:
        raise ClaimError(text, "it has several formulas", "check one formula at a time")
    reading = SubjectReading(SubjectNames(known), text)
    name, letters, value = reading.claim(groups[0].claims[0])
    target = known.targets[name]
    axes = [axis.letter for axis in target.axes]
    counted = base if not reading.everywhere else 0
    claimed = form_of(known, reading, value, dict(zip(letters, axes)), counted)
    verdict = _verdict(target, known, *_alike(known, known.tidied(target.form), claimed))
    own = {} if reading.everywhere else dict(zip(axes, letters))
    why = reasons(known, target, claimed, partial(_normal, known, target), own) if verdict.refuted else ()
    equation = target.formula
    return SubjectReport(
        subject, (name,), (text,), verdict.status, verdict.scope, f"{equation.lhs} = {equation.rhs}",
        explanation=tuple(why),
        witness=None if verdict.witness is None else replace(verdict.witness, sides=("right", "claimed")),
    )  # fmt: skip


def _alike(known: Known, right: Form, claimed: Form) -> tuple[Form, Form]:
    """Both sides with tensors that only one of them names replaced by what they are made of."""
    for _ in range(MOST_ROUNDS):
        used = [{tensor.name for tensor in side.tensors} for side in (right, claimed)]
        own, other = (used[0] - used[1]) & known.definitions.keys(), (used[1] - used[0]) & known.definitions.keys()
        if own:
            right = _unfolded(known, right, own)
        elif other:
            claimed = _unfolded(known, claimed, other)
        else:
            break
    return right, claimed


def _unfolded(known: Known, form: Form, names: Iterable[str]) -> Form:
    """The form with these tensors replaced by what they are made of."""
    for name in sorted(names):
        form = unfold(form, {name: known.definitions[name]})
    return known.tidied(form)


def _normal(known: Known, target: TensorFormula, claimed: Form) -> tuple[Form, Form]:
    """The normal forms of the right formula and of a claimed one, in the same tensors."""
    right, claimed = _alike(known, known.tidied(target.form), claimed)
    equation, _ = equation_of(_formula(target, known, right), _formula(target, known, claimed))
    left, other = (normal_form(side, equation.assumptions, equation.order).result for side in equation.sides)
    return left, other


def _formula(target: TensorFormula, known: Known, form: Form) -> TensorFormula:
    layouts = {**known.layouts, **target.layouts}
    return TensorFormula(target.quantity, form, target.layout, target.geometry, layouts)


def _verdict(target: TensorFormula, known: Known, right: Form, claimed: Form) -> Verdict:
    """The verdict on two forms. They are refuted only in tensors of which none is made of others."""
    formula = partial(_formula, target, known)
    given = (right, claimed)
    right, claimed = (known.tidied(unfold(side, dict(known.definitions))) for side in given)
    applied = any(tensor.applied is not None for side in (right, claimed) for tensor in side.tensors)
    if applied and known.values is not None:  # numbers are found before a proof is given up
        found = _numbers(formula(right), formula(claimed), known.values, FIRST_TRIALS)
        if found is not None:
            return Verdict("refuted", "", "numbers that differ", witness=found)
    verdict = prove_equal(formula(given[0]), formula(given[1]))
    if verdict.proved:
        return verdict
    verdict = prove_equal(formula(right), formula(claimed))
    if verdict.undecided and known.values is not None:
        found = _numbers(formula(right), formula(claimed), known.values)
        return verdict if found is None else Verdict("refuted", verdict.scope, "numbers that differ", witness=found)
    return verdict


def _numbers(
    one: TensorFormula,
    other: TensorFormula,
    values: Callable[[random.Random], Mapping[str, Any]],
    trials: int = TRIALS,
) -> Witness | None:
    """Numbers that belong together at which formulas with functions differ."""
    chance = random.Random(0)
    names = {tensor.name for side in (one, other) for tensor in side.form.operands}
    for _ in range(trials):
        arrays = values(chance)
        if not names <= arrays.keys():
            return None
        left, right = (
            side.evaluate(**{tensor.name: arrays[tensor.name] for tensor in side.form.operands})
            for side in (one, other)
        )
        sides = [np.asarray(side, dtype=float) for side in (left, right)]
        largest = max(1.0, *(float(np.max(np.abs(one), initial=0)) for one in (*sides, *map(_floats, arrays.values()))))
        apart = np.abs(sides[0] - sides[1]) > CLOSE * largest**2
        if apart.any():
            at = tuple(int(i) for i in np.argwhere(apart)[0])
            shown = {
                (name, tuple(map(int, place))): arrays[name][tuple(place)]
                for name in sorted(names)
                for place in np.argwhere(arrays[name])
            }
            place = dict(zip((axis.letter for axis in one.axes), at[-len(one.axes) :])) if one.axes else {}
            return Witness({}, place, shown, left[at], right[at])
    return None


def _floats(array: Any) -> Any:
    return np.asarray(array, dtype=float)
