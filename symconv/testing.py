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
from symconv.documents import check_document
from symconv.foundations.reports import Judgement
from symconv.numeric import spot_check
from symconv.programs import prove_code
from symconv.programs.marks import promise_of
from symconv.proof import prove
from symconv.proof.equality import prove_equal

__all__ = ["assert_computes", "assert_document", "assert_passes", "assert_proved", "assert_right", "assert_same"]


def assert_proved(subject: Any, other: Any = None, **options: Any) -> None:
    """Assert that the views of a layer, a network or a step are proved to be the same, or a formula to be right.

    Args:
        subject: what ``prove`` takes, or a formula.
        other: of a layer, a claim as text; of a formula, the one that it is equal to.
        options: those of ``prove``, of ``check``, or of ``prove_equal``.

    Raises:
        AssertionError: it is refuted or undecided.

    >>> from symconv import Conv
    >>> assert_proved(Conv(3, 2), "h1 = X1*w1 + X2*w2")
    """
    __tracebackhide__ = True
    if other is None:
        _require(prove(subject, **options))
    elif isinstance(other, str):
        _require(check(subject, other, **options))
    else:
        assert_same(subject, other, **options)


def assert_same(one: Any, other: Any, **options: Any) -> None:
    """Assert that two formulas are equal for all values of everything in them, by ``prove_equal``.

    Args:
        one, other: formulas of symconv, or SymPy expressions.
        options: those of ``prove_equal``.

    Raises:
        AssertionError: they are not, or it is undecided.

    >>> from symconv import Conv
    >>> conv = Conv.general(1)
    >>> assert_same(conv.direct.output, conv.patches.output)
    """
    __tracebackhide__ = True
    _require(prove_equal(one, other, **options))


def assert_document(path: Any, **options: Any) -> None:
    """Assert that every marked formula of a document is as its mark says, by ``check_document``.

    Raises:
        AssertionError: one is not; the message has the file and the line.
    """
    __tracebackhide__ = True
    report = check_document(path, **options)
    if not report.holds:
        raise AssertionError("\n".join(str(result) for result in report.results if not result.holds))


def assert_computes(function: Any, layer: Any = None, *, of: Any = None, **options: Any) -> None:
    """Assert that a function computes a quantity of a layer, by ``prove_code``: read, or else run or probed.

    Args:
        function: a function, "FILE.py::function", or a text; the failure is the report.
        layer: may be left out of a function that is marked with ``computes``.
        of: the quantity, "output" unless the mark says another.
        options: those of ``prove_code``.

    Raises:
        AssertionError: it does not, or it is undecided.
    """
    __tracebackhide__ = True
    if layer is None:
        promise = promise_of(function)
        layer, of, options = promise.layer, promise.of if of is None else of, {**promise.options, **options}
    report = prove_code(function, layer, of="output" if of is None else of, **options)
    if not report.holds:
        raise AssertionError(str(report))


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
