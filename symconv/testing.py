"""Assertions for pytest: a failing one says in words what is wrong.

>>> from symconv import Conv
>>> assert_proved(Conv.general(1))
>>> assert_right(Conv(3, 2), "h1 = X1*w1 + X2*w2")
>>> assert_right(Conv(3, 2), "h1 = X1*w1 + X2*w1")  # doctest: +ELLIPSIS
Traceback (most recent call last):
...
AssertionError: output of Conv(3, 2): refuted; because: X2*w1 should be X2*w2; ...
"""

from __future__ import annotations

from typing import Any

from symconv.claims import check
from symconv.foundations.reports import Judgement
from symconv.numeric import spot_check
from symconv.proof import prove, prove_equal

__all__ = ["assert_passes", "assert_proved", "assert_right"]


def assert_proved(subject: Any, other: Any = None, **options: Any) -> None:
    """Assert that the views of a layer, a network or a step are proved to be the same, or two formulas to be equal.

    Args:
        subject: what ``prove`` takes, or a formula.
        other: the formula that it is equal to, if it is one.
        options: those of ``prove``, or of ``prove_equal``.

    Raises:
        AssertionError: it is refuted or undecided.
    """
    __tracebackhide__ = True
    _require(prove(subject, **options) if other is None else prove_equal(subject, other, **options))


def assert_right(layer: Any, claim: Any, of: str | None = None, **options: Any) -> None:
    """Assert that a formula is right, by ``check``.

    Raises:
        AssertionError: it is wrong or undecided.
    """
    __tracebackhide__ = True
    _require(check(layer, claim, of, **options))


def assert_passes(subject: Any, **options: Any) -> None:
    """Assert that the formulas of a layer, a network or a step are right in numbers, by ``spot_check``.

    Raises:
        AssertionError: a check fails.
    """
    __tracebackhide__ = True
    _require(spot_check(subject, **options))


def _require(report: Judgement) -> None:
    __tracebackhide__ = True
    if not report.holds:
        raise AssertionError(report.summary)
