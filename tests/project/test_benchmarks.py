"""The benchmarks' own rules: a row without a passing check has no time, both sides do the same, peers are optional.

Nothing here is about how fast anything is.
"""

from __future__ import annotations

import doctest
import importlib
import json
import random
import re
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp

from benchmarks import (
    claims,
    command,
    concrete,
    concrete_claims,
    expressions,
    general,
    general_claims,
    measuring,
    notes,
    numbers,
    page as pages,
    peers,
    processes,
    scaling,
    start,
)
from benchmarks.checks import (
    CheckError,
    same_answers,
    same_expressions,
    same_keys,
    same_numbers,
    same_polynomials,
    same_verdicts,
)
from benchmarks.index_keys import QUANTITIES, VIEWS, key_places, sorted_keys
from benchmarks.measuring import Comparison, Effort, Sample, Side, measure
from benchmarks.numpy_layer import WAYS, Geometry
from benchmarks.plain_layer import PlainLayer
from benchmarks.rows import Limit, Row, as_long, faster
from benchmarks.tables import HEADERS, Result, cells, read_results, result_of
from tests.tools import require_module

pytestmark = pytest.mark.bench

QUICK = Effort(quick=True)


# -- rows and limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "symconv", "peer", "unit", "met"),
    [
        (faster(1000), 0.001, 1.0, "s", True),
        (faster(1000), 0.001, 0.999, "s", False),
        (as_long(1.5), 1.5, 1.0, "s", True),
        (as_long(1.5), 1.6, 1.0, "s", False),
        (as_long(1.5), 1.6, None, "s", None),
        (faster(2), 300.0, 100.0, "a second", True),
        (faster(2), 100.0, 300.0, "a second", False),
        (Limit("value", "at least", 300, "a second"), 299.0, None, "a second", False),
        (Limit("value", "at most", 0.15, "s"), 0.14, None, "s", True),
    ],
)
def test_limits(limit: Limit, symconv: float, peer: float | None, unit: str, met: bool | None) -> None:
    assert Row("work", "measured", "same", symconv, peer, unit, limit=limit).met is met


@pytest.mark.parametrize("status", ["failed", "skipped"])
def test_a_row_that_is_not_measured_has_no_figures(status: Any) -> None:
    for figures in ({"symconv": 1.0}, {"peer": 1.0}):
        with pytest.raises(ValueError, match="reports figures"):
            Row("work", status, "", **figures)
    row = Row("work", status, "why", limit=faster(2))
    assert cells(row)[1:4] == ("-", "-", "-") and row.met is None


# -- measuring -----------------------------------------------------------------------------------------


class Stopwatch:
    """A clock that stands still but for what is spent on it; and a record of who ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.ran: list[tuple[str, Any]] = []
        monkeypatch.setattr(measuring, "process_time", lambda: self.now)

    def side(self, name: str, spend: Callable[[Any], float], result: Any = None, **options: Any) -> Side:
        def run(given: Any) -> Any:
            self.now += spend(given)
            self.ran.append((name, given))
            return given if result is None else result

        return Side(name, run, **options)


def test_repetitions_alternate_after_one_to_warm_up_and_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Stopwatch(monkeypatch)
    seconds = {0: 90.0, 1: 5.0, 2: 1.0, 3: 3.0}
    ours, peer = clock.side("ours", lambda seed: seconds[seed]), clock.side("peer", lambda seed: 10 * seconds[seed])
    row = measure(Comparison("work", ours, [peer], lambda one, other: f"{one} {other}", lambda seed: seed, 3))
    assert clock.ran == [(name, seed) for seed in range(4) for name in ("ours", "peer")]
    assert (row.symconv, row.peer, row.check) == (3.0, 30.0, "1 1")


def test_preparing_is_outside_the_clock_and_anew_for_each_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Stopwatch(monkeypatch)
    prepared: list[list[int]] = []

    def prepare(seed: int) -> list[int]:
        clock.now += 1000
        prepared.append([seed])
        return prepared[-1]

    def ready(given: list[int]) -> list[int]:
        clock.now += 1000
        return given

    ours = clock.side("ours", lambda _: 2.0, prepare=ready)
    row = measure(Comparison("work", ours, [clock.side("peer", lambda _: 4.0)], lambda *_: "same", prepare, 2))
    assert (row.symconv, row.peer) == (2.0, 4.0)
    assert len({id(one) for one in prepared}) == len(prepared) == 6
    assert [given for _, given in clock.ran] == prepared


def test_a_side_that_takes_long_is_repeated_less_and_the_same_repetition_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Stopwatch(monkeypatch)
    slow = clock.side("slow", lambda seed: float(seed), at_most=2)
    row = measure(
        Comparison("work", clock.side("ours", lambda _: 1.0), [slow], lambda *two: str(two), lambda seed: seed, 5)
    )
    assert [given for name, given in clock.ran if name == "slow"] == [1, 2]
    assert (row.peer, row.check) == (1.5, "(1, 1)")


def test_a_sample_is_scaled_and_its_result_is_that_of_both_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Stopwatch(monkeypatch)

    def sampled(given: Any, first: Any) -> Any:
        clock.now += 2
        return first, "sample"

    peer = clock.side("peer", lambda _: 3.0, "first", sample=Sample(sampled, 50))
    row = measure(Comparison("work", clock.side("ours", lambda _: 1.0), [peer], lambda _, two: str(two), repetitions=1))
    assert (row.peer, row.check) == (103.0, "('first', 'sample')")


def test_of_several_ways_the_fastest_counts_and_every_one_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Stopwatch(monkeypatch)
    seen: list[str] = []
    ways = [clock.side(name, lambda _, time=time: time, name) for name, time in (("a", 3.0), ("b", 2.0), ("c", 4.0))]

    def check(_: Any, other: str) -> str:
        seen.append(other)
        return "same"

    row = measure(Comparison("work", clock.side("ours", lambda _: 1.0), ways, check, repetitions=1))
    assert (row.peer, row.peer_name, seen) == (2.0, "b", ["a", "b", "c"])

    def wrong(_: Any, other: str) -> str:
        return same_answers(other, "b", "result")

    row = measure(Comparison("work", clock.side("ours", lambda _: 1.0), ways, wrong, repetitions=1))
    assert (row.status, row.symconv, row.peer) == ("failed", None, None)


def test_a_throughput_is_counted_by_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Stopwatch(monkeypatch)
    sides = clock.side("ours", lambda _: 2.0), [clock.side("peer", lambda _: 4.0)]
    row = measure(Comparison("work", *sides, lambda *_: "same", repetitions=1, count=1000))
    assert (row.symconv, row.peer, row.unit, row.figure("times faster")) == (500.0, 250.0, "a second", 2.0)


def test_sympys_cache_is_empty_before_every_repetition() -> None:
    x = sp.Symbol("x")

    @sp.core.cache.cacheit  # type: ignore[untyped-decorator]
    def remembered(expression: Any) -> Any:
        calls.append(expression)
        return expression

    calls: list[Any] = []
    measure(Comparison("work", Side("ours", lambda _: remembered(x)), [], lambda *_: "same", repetitions=3))
    assert len(calls) == 4


# -- what goes wrong -----------------------------------------------------------------------------------


def failing(*_: Any) -> str:
    raise CheckError("entry 7 differs")


def crashing(_: Any) -> Any:
    raise ZeroDivisionError("in the peer")


@pytest.mark.parametrize(
    ("peer", "check", "words"),
    [
        (Side("peer", lambda _: 1), failing, "FAILED: entry 7 differs"),
        (Side("peer", crashing), lambda *_: "same", "FAILED: ZeroDivisionError: in the peer"),
    ],
)
def test_without_a_passing_check_there_is_no_time(peer: Side, check: Any, words: str) -> None:
    row = measure(Comparison("work", Side("ours", lambda _: 1), [peer], check, limit=faster(2)))
    assert (row.status, row.symconv, row.peer, row.check) == ("failed", None, None, words)
    assert row.figure("times faster") is None


def test_processes_that_end_badly_or_print_something_else_have_no_time() -> None:
    good, bad = processes.python("print(1)"), processes.python("raise SystemExit(3)")

    def same(ours: str, theirs: str | None) -> str:
        return same_answers(ours, theirs, "output")

    for other in (bad, processes.python("print(2)")):
        row = processes.measure_processes(processes.ProcessComparison("work", good, other, "peer", same, 1))
        assert (row.status, row.symconv, row.peer) == ("failed", None, None)
    row = processes.measure_processes(processes.ProcessComparison("work", good, good, "peer", same, 1))
    assert row.status == "measured" and row.symconv is not None and row.symconv > 0


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if these packages were not installed."""

    def find(name: str) -> Any:
        if name.split(".")[0] in names:
            raise ImportError(f"No module named {name}")
        return real(name)

    real = peers.import_module
    monkeypatch.setattr(peers, "import_module", find)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("tensorgrad", 'pip install "symconv[bench]"'),
        ("symengine", 'pip install "symconv[bench]"'),
        ("torch", "pip install torch"),
    ],
)
def test_a_missing_peer_is_skipped_and_says_how_to_install_it(
    name: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, name)
    row = measure(Comparison("work", Side("ours", lambda _: 1), [Side("peer", lambda _: 1)], failing, needs=(name,)))
    assert (row.status, row.symconv, row.peer) == ("skipped", None, None)
    assert row.check == f"skipped: {name} is not installed; install it with: {how}"


def test_the_rest_runs_without_a_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "symengine", "tensorgrad", "torch")
    assert [row.status for row in concrete.rows(QUICK)] == ["measured", "skipped"]
    growth = [row.status for row in general.rows(QUICK)][3:]
    assert growth and set(growth) == {"measured"}
    statuses = [row.status for row in numbers.rows(QUICK)]
    assert statuses.count("measured") == 4 and statuses.count("skipped") == 3


# -- the command ---------------------------------------------------------------------------------------


def made_up(check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One benchmark, of one row that passes and one with this check."""

    def rows(effort: Effort) -> Iterator[Row]:
        for one in (lambda *_: "same", check):
            sides = Side("ours", lambda _: sum(range(1000))), [Side("peer", lambda _: sum(range(1000)))]
            yield measure(Comparison("sums", *sides, one, repetitions=1, limit=faster(2)))

    module = SimpleNamespace(TITLE="Made up", ABOUT="Sums.", rows=rows)
    monkeypatch.setattr(command, "NAMES", ("made_up",))
    monkeypatch.setattr(command, "benchmark", lambda name: module)


def test_a_failed_check_ends_with_1_and_reports_no_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up(failing, monkeypatch)
    assert command.main(["made_up", "--results", str(tmp_path)]) == 1
    good, bad = json.loads((tmp_path / "made_up.json").read_text(encoding="utf-8"))["rows"]
    assert good["status"] == "measured" and good["symconv"] > 0
    assert bad["status"] == "failed" and bad["check"] == "FAILED: entry 7 differs"
    assert [bad[key] for key in ("symconv", "peer", "times_faster", "times_as_long", "met")] == [None] * 5
    printed = capsys.readouterr().out.splitlines()
    assert not re.search(r"\d+(\.\d+)? (s|ms|µs)\b", next(line for line in printed if "FAILED" in line))
    made_up(lambda *_: "same", monkeypatch)
    assert command.main(["--results", str(tmp_path)]) == 0


def test_unknown_names_are_an_error_that_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["general", "generel", "nothing"]) == 2
    printed = capsys.readouterr()
    assert "generel, nothing" in printed.err and printed.out == ""
    assert all(name in printed.err for name in command.NAMES)


def test_the_list_names_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(command.NAMES)
    files = {path.stem for path in Path(command.__file__).parent.glob("*.py")}
    assert set(command.NAMES) <= files


def test_json_has_what_a_reader_needs_and_nothing_of_the_machines_owner(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made_up(failing, monkeypatch)
    output = tmp_path / "all.json"
    assert command.main(["--output", str(output), "--results", str(tmp_path / "kept")]) == 1
    assert not (tmp_path / "kept").exists()
    (run,) = json.loads(output.read_text(encoding="utf-8"))
    assert {"format", "benchmark", "title", "about", "quick", "date", "machine", "versions", "rows"} == set(run)
    assert {"processor", "cores", "system", "python", "threads"} == set(run["machine"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", run["date"]) and run["versions"]["sympy"] == sp.__version__
    for row in run["rows"]:
        assert {"work", "status", "check", "symconv", "peer", "unit", "peer_name", "limit", "note"} < set(row)
        assert Row.from_dict(row).to_dict() == row
    assert Result.from_dict(run).to_dict() == run
    text = output.read_text(encoding="utf-8")
    assert all(secret not in text for secret in (socket.gethostname(), str(Path.home()), str(tmp_path), sys.prefix))


def test_quick_runs_keep_no_results_and_have_no_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made_up(lambda *_: "same", monkeypatch)
    output = tmp_path / "quick.json"
    assert command.main(["--quick", "--results", str(tmp_path / "kept")]) == 0
    assert command.main(["--quick", "--output", str(output)]) == 0
    assert not (tmp_path / "kept").exists()
    (run,) = json.loads(output.read_text(encoding="utf-8"))
    assert run["quick"] and all(row["limit"] is None for row in run["rows"])


# -- the page ------------------------------------------------------------------------------------------


def test_the_page_has_the_rows_of_the_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [
        Row("a | b", "measured", "the same 7 numbers", 0.0123, 2.5, peer_name="SymPy", limit=faster(100), note="wide"),
        Row("c", "failed", "FAILED: entry 7 differs", limit=as_long(2)),
    ]
    results, written = tmp_path / "results", tmp_path / "benchmarks.md"
    results.mkdir()
    result = replace(result_of("general", "Title", "About it.", False, rows), date="2001-02-03")
    (results / "general.json").write_text(json.dumps(result.to_dict()), encoding="utf-8")
    monkeypatch.setattr(command, "PAGE", written)
    assert command.main(["--write-docs", "--results", str(results)]) == 0
    text = written.read_text(encoding="utf-8")
    cells_of = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if "|" in line
    ]
    assert cells_of[0] == list(HEADERS)
    assert cells_of[2][:5] == ["a \\| b", "12.3 ms", "2.5 s (SymPy)", "203 times faster", "≥ 100 times faster: met"]
    assert cells_of[2][5] == "the same 7 numbers; wide"
    assert cells_of[3] == ["c", "-", "-", "-", "≤ 2 times as long", "FAILED: entry 7 differs"]
    assert "2001-02-03" in text and "python -m benchmarks general" in text


def test_without_results_there_is_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--write-docs", "--results", str(tmp_path)]) == 2
    assert "run python -m benchmarks first" in capsys.readouterr().err


def test_the_page_in_the_docs_is_the_one_of_the_kept_results() -> None:
    found = {result.name: result for result in read_results(pages.RESULTS)}
    assert pages.PAGE.read_text(encoding="utf-8") == pages.page(
        [found[name] for name in command.NAMES if name in found]
    )
    assert not any(result.quick for result in found.values())


# -- every kind of check catches a wrong result --------------------------------------------------------

X, W = sp.symbols("X w")
KEYS = {"output": {"direct": np.array([1, 2, 5]), "patches": np.array([1, 2, 5])}}


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (same_numbers, ({"a": [1.0, 2.0]}, {"a": [1.0, 2.0 + 1e-13]}), ({"a": [1.0, 2.0]}, {"a": [1.0, 2.0 + 1e-8]})),
        (same_numbers, ({"a": [0.0]}, {"a": [0.0]}), ({"a": [np.nan]}, {"a": [0.0]})),
        (same_numbers, ({"a": [1]}, {"a": [1]}), ({"a": [1]}, {"a": [[1]]})),
        (same_numbers, ({"a": [1]}, {"a": [1]}), ({"a": [1]}, {"b": [1]})),
        (same_polynomials, ({"a": [X * W + X]}, {"a": [X + W * X]}), ({"a": [X * W + X]}, {"a": [X + 2 * W * X]})),
        (same_polynomials, ({"a": [X, W]}, {"a": [X, W]}), ({"a": [X, W]}, {"a": [W, X]})),
        (same_polynomials, ({"a": [X, W]}, {"a": [X, None]}), ({"a": [X, W]}, {"a": [None, None]})),
        (same_polynomials, ({"a": [X]}, {"a": [X]}), ({"a": [X]}, {"a": [X, W]})),
        (same_polynomials, ({"a": [X]}, {"a": [X]}), ({"a": [X]}, {"a": [sp.sin(X)]})),
        (same_expressions, ([X + W], [W + X]), ([X + W], [X - W])),
        (same_expressions, ([X], [X]), ([X], [X, X])),
        (same_verdicts, (["proved", "refuted"], ["proved", "refuted"]), (["proved", "proved"], ["proved", "refuted"])),
        (same_verdicts, (["proved"], ["proved"]), (["undecided"], ["proved"])),
        (same_verdicts, (["proved"], ["proved"]), (["proved"], ["proved", "proved"])),
        (same_keys, ({"output": 3}, KEYS), ({"output": 4}, KEYS)),
        (same_keys, ({"output": 3}, KEYS), ({"output": 3}, {"output": {**KEYS["output"], "x": np.array([1, 2, 4])}})),
        (lambda a, b: same_answers(a, b, "text"), ("1\n", "1\n"), ("1\n", "2\n")),
        (start.versions, ("0.1", "1.14"), ("0.1", "")),
        (lambda a, _: start.names_all_commands(a), (" ".join(start.COMMANDS), None), ("derive prove verify", None)),
    ],
)
def test_checks(check: Any, right: tuple[Any, Any], wrong: tuple[Any, Any]) -> None:
    assert check(*right)
    with pytest.raises(CheckError):
        check(*wrong)


def test_the_check_of_the_smallest_proof() -> None:
    theorems = [{"of": name, "verdict": "proved"} for name in ("output", "grad_weight")]
    ours = json.dumps({"theorems": theorems})
    assert start.same_proof(ours, '{"output": "proved", "grad_weight": "proved"}')
    for wrong in ('{"output": "proved"}', '{"output": "proved", "grad_weight": "refuted"}', "{}"):
        with pytest.raises(CheckError):
            start.same_proof(ours, wrong)


def both_results(comparison: Comparison) -> tuple[Any, list[Any]]:
    """What each side of a comparison gives, the first of its repetitions."""

    def result(side: Side) -> Any:
        return measuring.once(side, comparison.prepare(1))[1]

    return result(comparison.ours), [result(side) for side in comparison.peers]


def first_changed(values: Any, change: Callable[[Any], Any]) -> list[Any]:
    return [change(values[0]), *values[1:]]


def wrong_gradient(proof: Any) -> Any:
    places = next(at for at, one in enumerate(proof.gradients[2]) if one is not None)
    gradients = list(proof.gradients[2])
    gradients[places] = 2 * gradients[places]
    return replace(proof, gradients=[*proof.gradients[:2], gradients])


SPOILED: list[tuple[str, Callable[[], Comparison], Callable[[Any], Any]]] = [
    ("sympy", lambda: next(concrete.comparisons(QUICK)), wrong_gradient),
    ("sympy", lambda: next(concrete.comparisons(QUICK)), lambda proof: replace(proof, differences=[X])),
    ("symengine", lambda: list(concrete.comparisons(QUICK))[1], wrong_gradient),
    ("sympy", lambda: next(expressions.comparisons(QUICK)), lambda found: first_changed(found, lambda one: one + X)),
    ("sympy", lambda: list(expressions.comparisons(QUICK))[1], lambda found: found - found.args[0]),
    ("sympy", lambda: scaling.comparison(PlainLayer((5, 5), (2, 2), out_channels=2)), lambda keys: spoiled_keys(keys)),
    ("sympy", lambda: next(numbers.comparisons(QUICK)), lambda found: found + 1e-6),
    ("torch", lambda: list(numbers.comparisons(QUICK))[1], lambda found: -found),
    (
        "tensorgrad",
        lambda: general.against_tensorgrad(["grad_weight"], 1),
        lambda found: {"grad_weight": general.tensorgrad_gradients(["grad_input"])["grad_input"]},
    ),
    ("sympy", lambda: claims.against_sympy(8, 1), lambda verdicts: first_changed(verdicts, other_verdict)),
]


def other_verdict(one: str) -> str:
    return "refuted" if one == "proved" else "proved"


def spoiled_keys(keys: Any) -> Any:
    """In every view the same wrong keys, as many as there should be."""
    output = {view: one + (one == one[0]) for view, one in keys["output"].items()}
    return {**keys, "output": output}


@pytest.mark.parametrize(("package", "comparison", "spoil"), SPOILED)
def test_a_wrong_result_of_the_peer_is_caught(package: str, comparison: Any, spoil: Callable[[Any], Any]) -> None:
    require_module(package)
    one = comparison()
    ours, theirs = both_results(one)
    assert one.check(ours, theirs[0])
    with pytest.raises((CheckError, ValueError)):
        one.check(ours, spoil(theirs[0]))


def test_wrong_verdicts_notes_and_theorems_of_symconv_are_caught() -> None:
    one = claims.concrete("claims", 6, 1, shared=True)
    ours, _ = both_results(one)
    assert one.check(ours, None)
    with pytest.raises(CheckError):
        one.check(first_changed(ours, other_verdict), None)
    growth = general.growth(2, 1)
    report, (line,) = both_results(growth)
    assert growth.check(report, line)
    with pytest.raises(CheckError):
        growth.check(general.symconv_theorem(3), report)
    layer = PlainLayer((3,), (2,))
    article = r"h_{1} &= X_{1} {\color{wA}w_{1}} + X_{2} {\color{wB}w_{2}} \\"
    assert notes.first_products(layer, article)
    assert not notes.first_products(layer, article.replace("w_{2}", "w_{1}"))
    with pytest.raises(CheckError):
        notes.well_written(layer, ["tex"], {"a.tex": b" "})


# -- the peers themselves, against plain loops ---------------------------------------------------------

LAYERS = [
    PlainLayer((4, 5), (2, 3), in_channels=2, out_channels=3),
    PlainLayer((6, 5), (3, 2), out_channels=2, stride=2, padding=1),
    PlainLayer((3, 3), (3, 3), in_channels=2, padding=2),
]


def meetings(layer: PlainLayer) -> list[tuple[tuple[int, ...], ...]]:
    """(output, weight, input) of every product: all pairs of an output and a weight whose place is in the input."""
    (n1, n2), (k1, k2), s, p = layer.input_size, layer.kernel_size, layer.stride, layer.padding
    rows, columns = (range(0, n + 2 * p - k + 1, s) for n, k in ((n1, k1), (n2, k2)))
    found = []
    for o, (i, y), (j, x), c, a, b in product(
        range(layer.out_channels), enumerate(rows), enumerate(columns), range(layer.in_channels), range(k1), range(k2)
    ):
        if 0 <= y + a - p < n1 and 0 <= x + b - p < n2:
            found.append(((o, i, j), (o, c, a, b), (c, y + a - p, x + b - p)))
    return found


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_plain_layers_and_keys_have_the_products_of_the_definition(layer: PlainLayer) -> None:
    expected = meetings(layer)
    assert sorted(layer.products()) == sorted(expected)
    assert scaling.terms(layer) == len(expected)
    tensors = ("output", "weight", "input")
    for quantity in QUANTITIES:
        places = key_places(layer, quantity)
        keys = sorted(
            sum(int(np.ravel_multi_index(index, layer.shapes[one])) * places[one] for one, index in zip(tensors, term))
            for term in expected
        )
        assert len(set(keys)) == len(keys)
        for view in VIEWS:
            assert sorted_keys(layer, quantity, view).tolist() == keys


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_all_of_numpys_ways_are_the_sum_over_the_products(layer: PlainLayer, batch: int | None) -> None:
    geometry = Geometry(
        layer.input_size, layer.kernel_size, layer.in_channels, layer.out_channels, layer.stride, layer.padding, batch
    )  # type: ignore[arg-type]
    generator = np.random.default_rng(1)
    x, w, delta = (
        generator.integers(-9, 10, shape).astype(float)
        for shape in (geometry.input_shape, geometry.weight_shape, geometry.output_shape)
    )
    output, grad_weight, grad_input = np.zeros_like(delta), np.zeros_like(w), np.zeros_like(x)
    for n in range(len(x)):
        for out, weight, at in meetings(layer):
            output[(n, *out)] += w[weight] * x[(n, *at)]
            grad_weight[weight] += delta[(n, *out)] * x[(n, *at)]
            grad_input[(n, *at)] += delta[(n, *out)] * w[weight]
    expected = {"output": (output, x, w), "grad_weight": (grad_weight, x, delta), "grad_input": (grad_input, w, delta)}
    for quantity, (right, *arrays) in expected.items():
        for name, way in WAYS[quantity].items():
            np.testing.assert_array_equal(way(geometry, *arrays), right, f"{quantity}, {name}")


def test_concrete_claims_are_right_where_they_have_the_value_of_the_loops() -> None:
    generator, seen = random.Random(3), {True: 0, False: 0}
    for claim in concrete_claims.some_claims(60, 5, ("text",)):
        left, _, right = claim.claim.partition(" = ")
        layer = claim.layer
        numbers_of = {name: generator.randrange(1, 10**9) for tensor in layer.shapes for name in layer.names(tensor)}
        value = eval(right, {}, numbers_of)  # the text was made a moment ago, by this project
        own = re.sub(r"[{}]", "", left.removeprefix("dL/d")).replace(",", "_").replace("h", "delta")
        place = ("output", "grad_weight", "grad_input").index(claim.quantity)
        total = 0
        for names in layer.product_names():
            if names[place] == own:
                others = [numbers_of[name] for at, name in enumerate(names) if at != place]
                total += others[0] * others[1]
        assert (value == total) is claim.right, claim
        seen[claim.right] += 1
    assert min(seen.values()) > 15


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, True),
        ({"read": ((1, "s*i"), (1, "d*k"), (-1, "p"), (1, ""), (-1, ""))}, True),
        ({"weight": ((1, "K"), (-1, ""), (-1, "k"))}, False),
        ({"read": ((1, "s*i"), (1, "d*k"), (1, "p"))}, False),
        ({"read": ((1, "s*i"), (1, "d*k"), (-1, "p"), (1, ""))}, False),
        ({"read": ((1, "d*i"), (1, "s*k"), (-1, "p"))}, False),
        ({"coefficient": 2}, False),
        (
            {
                "read": ((1, "s*i"), (1, "d*K"), (-1, "d"), (-1, "d*k"), (-1, "p")),
                "weight": ((1, "K"), (-1, ""), (-1, "k")),
            },
            True,
        ),
    ],
)
@pytest.mark.parametrize("quantity", ["output", "grad_input"])
def test_general_claims_are_right_where_they_should_be(quantity: str, changes: dict[str, Any], right: bool) -> None:
    claim = replace(general_claims.right_claim("all letters", quantity), **changes)
    assert general_claims.is_right(claim) is right


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a program's own peak")
def test_peak_memory_is_the_programs_own_and_not_that_of_who_started_it() -> None:
    held = bytearray(4 * 10**8)
    code = "from benchmarks.processes import peak_memory; held = bytearray(10**8); print(peak_memory())"
    assert 10**8 < int(processes.run_process(processes.python(code)).output) < 3 * 10**8 < len(held)


@pytest.mark.parametrize("path", sorted(Path(command.__file__).parent.glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_examples_in_the_benchmarks(path: Path) -> None:
    module = importlib.import_module(f"benchmarks.{path.stem}")
    assert doctest.testmod(module).failed == 0


# -- the real benchmarks, small ------------------------------------------------------------------------


@pytest.mark.parametrize("name", command.NAMES)
def test_every_benchmark_runs_and_passes_its_checks(name: str, tmp_path: Path) -> None:
    output = tmp_path / "quick.json"
    assert command.main([name, "--quick", "--output", str(output)]) == 0
    (run,) = json.loads(output.read_text(encoding="utf-8"))
    assert run["benchmark"] == name and run["rows"]
    for row in run["rows"]:
        if row["status"] == "skipped":
            package = re.match(r"skipped: (\w+) is not installed", row["check"])
            assert package is not None
            require_module(package[1])
            pytest.fail(f"{package[1]} is installed, and yet {row['work']} was skipped")
        assert row["status"] == "measured" and row["check"], row
        assert row["symconv"] > 0 or row["unit"] == "", row  # a slope may be anything
