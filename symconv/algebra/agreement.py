"""Formulas brought to one form by every rule there is: the plain ones, products of facts, digits, and sums in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import MOST_STEPS, Derivation, normal_form, work
from symconv.algebra.splitting import Splits
from symconv.errors import InfiniteSumError, SizeLimitError

ROUNDS = 4
"""Sums are split in at most three rounds, each as the normal forms before it ask for."""


def agreement(
    forms: Sequence[Form], assumptions: Assumptions, order: Sequence[str] = ()
) -> tuple[Derivation, ...] | None:
    """Derivations of all forms that end with one form; None if they were not found with a bounded amount of work.

    >>> from symconv.algebra.forms import Range, Term
    >>> from symconv.algebra.polynomial import ONE, Polynomial
    >>> v, m = Polynomial.name("v"), Polynomial.name("m")
    >>> whole = Form((Term.make(ONE, [Range(v), Range(m - 1 - v)], ["v"]),))
    >>> (derivation, _) = agreement([whole, Form.constant(m)], Assumptions((("m", 1),)))
    >>> [str(step.rule) for step in derivation.steps]
    ['count']
    """
    if sum(map(work, forms)) > MOST_STEPS:
        return None
    assumptions = replace(assumptions)  # with searches of its own
    splits = Splits()
    for _ in range(ROUNDS):
        try:
            found = [normal_form(form, assumptions, order, products=True, splits=splits) for form in forms]
        except (SizeLimitError, InfiniteSumError):  # a sum is too long, or finite by products alone
            return None
        if all(one.result == found[0].result for one in found):
            return tuple(found)
        more = Splits.between(one.result for one in found)
        if more == splits:
            return None
        splits = more
    return None
