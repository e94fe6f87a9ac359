"""Every report is true or false as what it is about holds or not, and says why in one line."""

from __future__ import annotations

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


TABLES = [pytest.param(one[1], id=one[0]) for one in (*RIGHT, *WRONG) if isinstance(one[1], TableReport)]


@pytest.mark.parametrize("report", TABLES)
def test_a_report_with_a_table_shows_the_same_in_text_and_in_html(report: TableReport) -> None:
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
SHOWN: dict[str, Any] = {
    "layer": LARGE,
    "general layer": Conv.general(3),
    "view": Conv.general(3).direct,
    "formula": Conv.general(3).direct.grad_input,
    "derived formulas": derive(Conv.general(3)),
    "report": prove(LARGE),
    "general report": prove(Conv.general(3)),
    "theorem": prove(LARGE).theorems[0],
    "verdict": prove_equal(OUTPUT, 2 * OUTPUT),
    "check": check(LARGE, "h[g, o, i1, i2] = X[g, o, i1, i2]"),
    "spot check": spot_check(LARGE, trials=1),
    "sharing": solve_sharing(Conv((6, 6), (3, 3))),
    "sheet": exercises(LARGE, 4),
    "exercise": exercises(LARGE, 4)[3],
    "figure": figures_of(LARGE)[3],
    "drawing": figures_of(LARGE)[3].drawing,
    "network": NETWORK,
    "network's report": NETWORK.prove(),
    "network's gradient": NETWORK.backward[3],
    "step": STEP,
    "step's weights": STEP.weight,
    "equivalence": linear_is_convolution(),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_repr_is_short(name: str) -> None:
    assert len(repr(SHOWN[name])) <= 400


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
