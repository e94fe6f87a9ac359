"""The verdict on an equation: proved, refuted by numbers, or undecided.

The normal forms are compared first; if they differ, numbers are looked for that refute the equation;
with neither, the verdict is undecided. At concrete sizes the exact comparison of all collected product
terms decides every case.
"""

from __future__ import annotations

from symconv.algebra.agreement import agreement, attempt
from symconv.algebra.budget import Budget
from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, estimate_terms
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import Derivation, collect, normal_form, readable
from symconv.algebra.sympy_out import Writer
from symconv.errors import InfiniteSumError, SizeLimitError
from symconv.proof.aiming import differing
from symconv.proof.corners import disagreement
from symconv.proof.equation import Equation
from symconv.proof.refute import SEARCHED, find_witness, witness
from symconv.proof.scope import in_words
from symconv.proof.verdict import NORMAL_FORM, Verdict

QUICK, FEW_NAMES = 40, 20
"""Sizes at which two formulas are compared before the rules that cost more are tried; all of them if there are more
than 20 names, since then those rules cost most."""
FINITE = 200_000
"""Whether sums are finite is searched for in 200,000 steps, if the plain rules do not see it."""
MORE_RULES = "by products of facts and sums in parts"


def decide(
    equation: Equation,
    writer: Writer,
    left: Derivation | None = None,
    right: Derivation | None = None,
    max_terms: int = DEFAULT_MAX_TERMS,
    effort: int = 1,
) -> Verdict:
    """The verdict on an equation; ``left`` and ``right`` are its normal forms if they are known."""
    assumptions = equation.assumptions
    finite = Budget(FINITE * effort)
    left = left or _normal_form(equation, equation.left, finite)
    right = right or _normal_form(equation, equation.right, finite)
    letters = {letter for letter, _ in equation.axes}
    scope = in_words(assumptions, equation.parameters, writer, hidden=letters)
    if equation.shapes:
        return _decide_shapes(equation, scope, left, right)
    if left.result == right.result:
        return Verdict("proved", scope, "both sides have the same normal form", left, right, by=NORMAL_FORM)
    difference = collect(left.result - right.result)
    if not equation.parameters:
        try:
            verdict = _decide_concrete(equation, scope, left, right, max_terms)
        except SizeLimitError as error:
            return _decide_large(equation, scope, left, right, difference, writer, max_terms, effort, error)
        if verdict.proved or equation.is_free:
            return verdict
    budget = Budget(SEARCHED * effort)
    found = find_witness(equation, QUICK if len(equation.parameters) <= FEW_NAMES else None, effort, (), budget)
    more = None if found else attempt(equation.sides, equation.inside, equation.order, effort)
    if more is not None and more.agreed is not None:
        one, other = more.agreed
        return Verdict(
            "proved", scope, f"both sides have the same normal form, {MORE_RULES}", one, other, by=NORMAL_FORM
        )
    if found is None:
        found = find_witness(equation, None, effort, () if more is None else differing(more.last), budget)
    if found is not None:
        return Verdict("refuted", scope, "numbers that differ", left, right, witness=found)
    missing = "" if more is None else f"; what is missing: {more.missing()}"
    return _undecided(difference, writer, scope, left, right, missing)


def _decide_large(
    equation: Equation, scope: str, left: Derivation, right: Derivation, difference: Form, writer: Writer,
    max_terms: int, effort: int, error: SizeLimitError,
) -> Verdict:  # fmt: skip
    """The verdict at numbers where there are too many product terms: places that differ are looked for.

    Raises:
        SizeLimitError: ``error``, if numbers are too large or no place can be compared.
    """
    axes, _ = equation.at_numbers()
    if max(estimate_terms(side, axes, {}) for side in equation.sides) <= max_terms:
        raise error
    is_compared = equation.is_free
    try:
        place = disagreement(equation, difference) if is_compared else None
    except SizeLimitError:
        place, is_compared = None, False
    if place is not None:
        found = witness(equation, {}, place)
        return Verdict("refuted", scope, "numbers that differ", left, right, witness=found)
    more = attempt(equation.sides, equation.inside, equation.order, effort)
    if more is not None and more.agreed is not None:
        one, other = more.agreed
        reason = f"both sides have the same normal form, {MORE_RULES}"
        return Verdict("proved", scope, reason, one, other, by=NORMAL_FORM)
    if not is_compared:
        raise error
    return _undecided(
        difference, writer, scope, left, right, f" in the places that were compared; {error.wrong}; {error.right}"
    )


def _undecided(difference: Form, writer: Writer, scope: str, left: Derivation, right: Derivation, more: str) -> Verdict:
    remaining = Form(tuple(map(readable, difference)))
    reason = f"the normal forms differ, but no numbers were found that do{more}"
    return Verdict("undecided", scope, reason, left, right, remaining=remaining, writer=writer)


def _normal_form(equation: Equation, form: Form, budget: Budget) -> Derivation:
    """By the plain rules, or by all of them if it takes these to see that a sum is finite."""
    try:
        return normal_form(form, equation.assumptions, equation.order)
    except InfiniteSumError as infinite:
        try:
            return normal_form(form, equation.assumptions.with_budget(budget), equation.order, products=True)
        except SizeLimitError:
            raise infinite from None


def why_equal(equation: Equation, left: Derivation, right: Derivation) -> str | None:
    """The reason for which normal forms alone prove an equation; None if they do not."""
    if left.result == right.result:
        return "the same normal form"
    same = agreement(equation.sides, equation.inside, equation.order)
    return None if same is None else f"the same normal form {MORE_RULES}"


def _decide_shapes(equation: Equation, scope: str, left: Derivation, right: Derivation) -> Verdict:
    """The verdict if sizes are written differently: numbers can refute it, but it is not proved."""
    found = find_witness(equation)
    if found is not None:
        reason = "numbers that differ" if found.values or found.index else "shapes that differ"
        return Verdict("refuted", scope, reason, left, right, witness=found)
    names = ", ".join(dict.fromkeys(pair.name for pair in equation.shapes))
    reason = f"sizes of {names} are written differently, and no numbers were found at which the sides differ"
    return Verdict("undecided", scope, reason, left, right)


def _decide_concrete(equation: Equation, scope: str, left: Derivation, right: Derivation, max_terms: int) -> Verdict:
    comparison = equation.compare({}, max_terms)
    if comparison.disagreement is None:
        reason = f"the same {comparison.count:,} collected product terms"
        return Verdict("proved", scope, reason, left, right, by=f"{comparison.count:,} collected terms")
    found = witness(equation, {}, comparison.disagreement)
    return Verdict("refuted", scope, "numbers that differ", left, right, witness=found)
