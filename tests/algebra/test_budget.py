"""What a verdict may cost: work is counted, not timed, so that it is the same on every machine."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from symconv import prove_equal
from symconv.algebra.agreement import FEW_STEPS, STEPS, Attempt
from symconv.algebra.budget import Budget
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term
from symconv.algebra.normal_form import Derivation
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.proof.refute import SEARCHED
from symconv.proof.verdict import Verdict
from tests.algebra.true_identities import identity, written

MOST_CALLS = 5_000_000
"""Python makes about eight million calls of functions in half a second, and slow ones are among them."""
LONG = (4636, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in (479, 536, 1976, 2089, 3282, 3545, 4058)))
"""Identities that take the most of the first 5,000, most of which are undecided."""


def calls(run: Callable[[], Any]) -> tuple[int, Any]:
    """How many functions are called, and the result."""
    profile = cProfile.Profile()
    result = profile.runcall(run)
    return pstats.Stats(profile).total_calls, result  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", LONG)
def test_no_verdict_takes_more_than_its_budget(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The searches spend what they may, each counts its work, and all that is done is in proportion to it."""
    budgets: list[tuple[int, Budget]] = []
    made = Budget.__init__

    def counted(budget: Budget, steps: int) -> None:
        made(budget, steps)
        budgets.append((steps, budget))

    monkeypatch.setattr(Budget, "__init__", counted)
    left, right, _ = identity(seed)
    one, other = written(left), written(right)
    count, verdict = calls(lambda: prove_equal(one, other))
    assert isinstance(verdict, Verdict) and not verdict.refuted
    assert sum(steps - budget.left for steps, budget in budgets) <= 1.1 * (STEPS + SEARCHED)
    assert all(budget.left >= -steps / 10 for steps, budget in budgets), "one piece of work takes a tenth of a budget"
    assert 10_000 < count < MOST_CALLS


def test_brackets_do_not_rewrite_each_other_without_end() -> None:
    """[s i = n] writes n as s i, and [i - n = 3 F] writes i with n: each time in longer products."""
    n, s = sp.symbols("n s", integer=True, positive=True)
    i = sp.Symbol("i", integer=True)
    entry, bracket = sp.IndexedBase("f"), sp.KroneckerDelta(s * i, n)
    thirds = sum(sp.floor((i - n + more) / 3) for more in range(3))
    count, verdict = calls(lambda: prove_equal(entry[thirds] * bracket, entry[i - n] * bracket))
    assert count < MOST_CALLS and not verdict.refuted


def test_more_effort_is_a_larger_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    made = Budget.__init__

    def counted(budget: Budget, steps: int) -> None:
        made(budget, steps)
        given.append(steps)

    monkeypatch.setattr(Budget, "__init__", counted)
    left, right, _ = identity(696)
    prove_equal(written(left), written(right), effort=2)
    assert 2 * SEARCHED in given and 2 * STEPS - FEW_STEPS <= max(given) <= 2 * STEPS


def obstacle(*factors: Factor, coefficient: Polynomial = ONE) -> str:
    """What is said to be missing where one form has a term and the other has nothing."""
    term = Form((Term.make(coefficient, factors, ["v"]),))
    derivations = (Derivation(one, one, (), one.terms, one) for one in (term, Form()))
    return Attempt(None, tuple(derivations)).missing()


def test_what_is_missing_is_said_in_words() -> None:
    v, i, m = map(Polynomial.name, "vim")
    f = Access(Tensor("f", 1), (v,))
    assert "2*v = 0] is not solved" in obstacle(f, Delta(i + 2 * v))
    assert "a multiple of the summed name" in obstacle(Range(m - 2 * v), Range(v))
    assert "powers of a summed name above 6" in obstacle(Range(m - v), Range(v), coefficient=v * v * v * v * v * v * v)
    assert "does not follow from what is known" in obstacle(f, Range(m - v), Delta(i - m))
    assert "no rule makes the two last forms one" in obstacle(f)
