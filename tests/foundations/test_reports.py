"""Every report is true or false as what it is about holds or not, and says why in one line."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest

from symconv import (
    Activation,
    Conv,
    Flatten,
    Linear,
    Sequential,
    check,
    derive,
    exercises,
    figures_of,
    linear_is_convolution,
    prove,
    prove_equal,
    sgd_step,
    solve_sharing,
    spot_check,
)
from symconv.foundations.reports import LONGEST, Judgement
from symconv.numeric.reports import SpotTable
from symconv.printing.tables import TableReport
from symconv.testing import assert_passes, assert_proved, assert_right

LINE = Conv.general(1)
OUTPUT = LINE.direct.output.formula.rhs
CONV = Conv(3, 2)
NETWORK = Sequential(Conv(4, 2), Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="squared")
STEP = sgd_step(Conv(3, 2), "squared", 1)

RIGHT: dict[str, Callable[[], Any]] = {
    "right check": lambda: check(CONV, ["X1*w1 + X2*w2", "X2*w1 + X3*w2"]),
    "right check in general": lambda: check(LINE, "sum(c, k, w[o, c, k]*x[c, s*i + d*k - p]) + b[o]"),
    "prove": lambda: prove(Conv((3, 3), (2, 2), out_channels=2)),
    "prove in general": lambda: prove(Conv.general(2)),
    "one theorem": lambda: prove(LINE).theorems[0],
    "prove_equal": lambda: prove_equal(OUTPUT, OUTPUT),
    "prove a network": lambda: NETWORK.prove(),
    "prove a step": lambda: STEP.prove(),
    "linear is a convolution": lambda: linear_is_convolution(),
    "spot_check": lambda: spot_check(CONV, trials=1),
    "spot_check of a network": lambda: NETWORK.spot_check(trials=1),
    "spot_check of a step": lambda: STEP.spot_check(trials=1),
}
WRONG: dict[str, Callable[[], Any]] = {
    "X3*w3 should be X3*w2": lambda: check(CONV, ["X1*w1 + X2*w2", "X2*w1 + X3*w3"]),
    "are exchanged": lambda: check(LINE, "sum(c, k, w[o, c, k]*x[c, d*i + s*k - p]) + b[o]"),
    "refuted: at ": lambda: prove_equal(OUTPUT, 2 * OUTPUT),
    "refuted": lambda: sgd_step(Conv(3, 2), "squared", 1).prove_unshared(),
}
"""By what their ``repr`` says."""
TABLES = [name for name in RIGHT if name.startswith(("prove ", "linear", "spot_check"))] + ["prove", "refuted"]
"""Those that have a table."""


@cache
def made(name: str) -> Any:
    """One of the objects; they are made when a test wants them."""
    return (RIGHT | WRONG | SHOWN)[name]()


@pytest.mark.parametrize("name", RIGHT)
def test_a_report_on_what_holds_is_true(name: str) -> None:
    report: Judgement = made(name)
    assert report.holds
    assert report


@pytest.mark.parametrize("why", WRONG)
def test_a_report_on_what_does_not_hold_is_false_and_says_why(why: str) -> None:
    report: Judgement = made(why)
    assert not report.holds
    with pytest.raises(AssertionError):
        assert report
    assert why in repr(report)


@pytest.mark.parametrize("name", [*RIGHT, *WRONG])
def test_a_repr_is_one_short_line(name: str) -> None:
    report: Judgement = made(name)
    assert "\n" not in repr(report)
    assert len(repr(report)) <= 400
    assert repr(report).startswith(f"<{type(report).__name__}: ")


@pytest.mark.parametrize("name", TABLES)
def test_a_report_with_a_table_shows_the_same_in_text_and_in_html(name: str) -> None:
    report: TableReport = made(name)
    table = ElementTree.fromstring(report._repr_html_().replace("<br>", "<br/>")).find("table")
    assert table is not None
    heads = [cell.text for cell in table.iter("th")]
    rows = [[cell.text or "" for cell in row.iter("td")] for row in table.iter("tr") if row.find("td") is not None]
    lines = str(report).splitlines()
    head = next(at for at, line in enumerate(lines) if line.split() == " ".join(map(str, heads)).split())
    assert set(lines[head + 1]) == {"-", " "}
    assert len(rows) == len(report.cells) >= 1
    found = " ".join(lines[head + 2 :])
    assert all(word in found for row in rows for cell in row for word in cell.split() if len(word) < 20)


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


# -- short to look at, and for pytest --------------------------------------------------------------------

LARGE = Conv((9, 9), (3, 3), in_channels=4, out_channels=4, groups=2, padding=1, padding_mode="circular", bias=True)
SHOWN: dict[str, Callable[[], Any]] = {
    "layer": lambda: LARGE,
    "general layer": lambda: Conv.general(3),
    "view": lambda: Conv.general(3).direct,
    "formula": lambda: Conv.general(3).direct.grad_input,
    "derived formulas": lambda: derive(Conv.general(3)),
    "report": lambda: prove(LARGE),
    "general report": lambda: prove(Conv.general(3)),
    "theorem": lambda: prove(LARGE).theorems[0],
    "verdict": lambda: prove_equal(OUTPUT, 2 * OUTPUT),
    "check": lambda: check(LARGE, "h[g, o, i1, i2] = X[g, o, i1, i2]"),
    "spot check": lambda: spot_check(LARGE, trials=1),
    "sharing": lambda: solve_sharing(Conv((6, 6), (3, 3))),
    "equivariant sharing": lambda: solve_sharing(Conv((6, 6), (3, 3)), symmetry="shifts"),
    "equivariance": lambda: solve_sharing(Conv.general(3), symmetry="shifts"),
    "sheet": lambda: exercises(LARGE, 4),
    "exercise": lambda: exercises(LARGE, 4)[3],
    "figure": lambda: figures_of(LARGE)[3],
    "drawing": lambda: figures_of(LARGE)[3].drawing,
    "network": lambda: NETWORK,
    "network's report": lambda: NETWORK.prove(),
    "network's gradient": lambda: NETWORK.backward[3],
    "step": lambda: STEP,
    "step's weights": lambda: STEP.weight,
    "equivalence": lambda: linear_is_convolution(),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_repr_is_short(name: str) -> None:
    assert len(repr(made(name))) <= 400


def test_assertions_hold() -> None:
    for subject in (CONV, NETWORK, STEP):
        assert_proved(subject)
        assert_passes(subject, trials=1)
    assert_proved(OUTPUT, LINE.patches.output.formula.rhs)
    assert_right(CONV, "h1 = X1*w1 + X2*w2")


def test_a_failing_assertion_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match=r"X2\*w1 should be X2\*w2"):
        assert_right(CONV, "h1 = X1*w1 + X2*w1")
    with pytest.raises(AssertionError, match="refuted: at "):
        assert_proved(OUTPUT, 2 * OUTPUT)
    monkeypatch.setattr("symconv.numeric.spot_checks.TOLERANCE", -1.0)
    with pytest.raises(AssertionError, match="tolerance"):
        assert_passes(CONV, trials=1)
