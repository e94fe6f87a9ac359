"""Every report is true or false as what it is about holds or not, and says why in one line."""

from __future__ import annotations

from typing import Any

import pytest

from symconv import (
    Activation,
    Conv,
    Flatten,
    Linear,
    Sequential,
    check,
    linear_is_convolution,
    prove,
    prove_equal,
    sgd_step,
    spot_check,
)
from symconv.foundations.reports import LONGEST, Judgement
from symconv.numeric.reports import SpotTable

LINE = Conv.general(1)
OUTPUT = LINE.direct.output.formula.rhs
CONV = Conv(3, 2)
NETWORK = Sequential(Conv(4, 2), Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="squared")
STEP = sgd_step(Conv(3, 2), "squared", 1)

RIGHT: list[tuple[str, Any]] = [
    ("check", check(CONV, ["X1*w1 + X2*w2", "X2*w1 + X3*w2"])),
    ("check in general", check(LINE, "sum(c, k, w[o, c, k]*x[c, s*i + d*k - p]) + b[o]")),
    ("prove", prove(Conv((3, 3), (2, 2), out_channels=2))),
    ("prove in general", prove(Conv.general(2))),
    ("theorem", prove(LINE).theorems[0]),
    ("prove_equal", prove_equal(OUTPUT, OUTPUT)),
    ("network", NETWORK.prove()),
    ("step", STEP.prove()),
    ("equivalence", linear_is_convolution()),
    ("spot_check", spot_check(CONV, trials=1)),
    ("spot_check of a network", NETWORK.spot_check(trials=1)),
    ("spot_check of a step", STEP.spot_check(trials=1)),
]
WRONG: list[tuple[str, Any, str]] = [
    ("check", check(CONV, ["X1*w1 + X2*w2", "X2*w1 + X3*w3"]), "X3*w3 should be X3*w2"),
    ("check in general", check(LINE, "sum(c, k, w[o, c, k]*x[c, d*i + s*k - p]) + b[o]"), "are exchanged"),
    ("prove_equal", prove_equal(OUTPUT, 2 * OUTPUT), "refuted: at "),
    ("training without sharing", sgd_step(Conv(3, 2), "squared", 1).prove_unshared(), "refuted"),
]


@pytest.mark.parametrize("report", [report for _, report in RIGHT], ids=[name for name, _ in RIGHT])
def test_a_report_on_what_holds_is_true(report: Judgement) -> None:
    assert report.holds
    assert report


@pytest.mark.parametrize(("report", "why"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_report_on_what_does_not_hold_is_false_and_says_why(report: Judgement, why: str) -> None:
    assert not report.holds
    with pytest.raises(AssertionError):
        assert report
    assert why in repr(report)


@pytest.mark.parametrize("report", [row[1] for row in (*RIGHT, *WRONG)])
def test_a_repr_is_one_short_line(report: Judgement) -> None:
    assert "\n" not in repr(report)
    assert len(repr(report)) <= 400
    assert repr(report).startswith(f"<{type(report).__name__}: ")


def test_a_long_summary_is_cut() -> None:
    class Long(Judgement):
        holds = False  # type: ignore[assignment]
        summary = "word " * LONGEST  # type: ignore[assignment]

    assert repr(Long()) == f"<Long: {('word ' * LONGEST)[: LONGEST - 2].rstrip()} ..>"


def test_a_failed_spot_check_names_the_first_failure() -> None:
    class Row:
        def __init__(self, quantity: str, error: float) -> None:
            self.quantity, self.against, self.error, self.tolerance = quantity, "plain loops", error, 1e-6
            self.passed = error <= self.tolerance

    class Table(SpotTable):
        rows = (Row("output", 0.0), Row("grad_weight", 0.5), Row("grad_input", float("nan")))

    assert not Table()
    assert Table().summary == "grad_weight against plain loops: error 5.0e-01, tolerance 1e-06 (and 1 more)"
