"""Sweeps: rows in order, errors kept, files that outlive a killed process, and executors that lose a worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import sympy as sp

from symconv import AvgPool, Conv, ConvTranspose, check, prove, spot_check, sweep
from symconv.cli.main import main
from symconv.errors import SymconvError
from symconv.sweeps.rows_file import RowsFile
from tests.sweeps.tasks_of_tests import always_killed, fails_at_three, killed_once, slow, square, uneven
from tests.tools import require_module

LAYERS = [Conv(3, 2), Conv.general(2), ConvTranspose(3, 2, stride=2), AvgPool(4, 2), "Conv(n, K, stride=s)"]
CLAIMS = [
    "h[i] = sum(k, w[k]*X[i + k])",
    "h[i] = sum(k, w[k]*X[i - k])",
    "h[i] = ((",
    "dL/dw[k] = sum(i, g[i]*X[i + k])",
]
ROOT = Path(__file__).resolve().parents[2]


def values(found):
    return [row.found for row in found]


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2) as made:
        yield made


def test_rows_are_what_the_verb_says():
    found = sweep(LAYERS, "prove")
    assert [row.holds for row in found] == [True] * 5
    assert [row.item for row in found] == [*map(repr, LAYERS[:4]), LAYERS[4]]
    claimed = sweep(CLAIMS, "check", layer=Conv(sp.Symbol("n"), sp.Symbol("K")))
    assert [row.status for row in claimed] == ["proved", "refuted", "error", "proved"]
    assert "ClaimError" in claimed[2].why and not claimed and claimed.counts == {"proved": 2, "refuted": 1, "error": 1}
    passed = sweep([Conv(3, 2), Conv(4, 2)], spot_check, trials=2)
    assert [row.status for row in passed] == ["passed", "passed"]


@pytest.mark.parametrize(
    ("item", "status"),
    [((Conv(3, 2), "h1 = X1*w1 + X2*w2"), "proved"), ({"layer": "Conv(3, 2)", "claim": "h1 = X1*w1"}, "refuted"),
     (Conv(3, 2), "error"), ((1, 2, 3, 4, 5, 6, 7), "error"), ({"claim": "h1 = X1"}, "error"),
     (("no layer", "h"), "error")],
)  # fmt: skip
def test_an_item_is_the_first_arguments_of_the_verb(item, status):
    (row,) = sweep([item], "check")
    assert row.status == status


def test_a_verb_is_known_by_itself_and_by_its_name():
    assert sweep(LAYERS, prove).task == sweep(LAYERS, "prove").task == "prove"
    assert sweep(["h1 = X1*w1"], partial(check, Conv(3, 2)))[0].status == "refuted"


def test_the_file_of_a_network(tmp_path):
    (tmp_path / "net.yaml").write_text("{input: [1, 3], layers: [conv: {kernel_size: 2}]}", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("{input: [1, 3]}", encoding="utf-8")
    found = sweep([tmp_path / "net.yaml", str(tmp_path / "bad.yaml"), "none.yaml"], "prove")
    assert [row.status for row in found] == ["proved", "error", "error"]


KERAS = """{"class_name": "Sequential", "config": {"name": "small", "layers": [
  {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [null, 6, 5, 2]}},
  {"class_name": "Conv2D", "config": {"name": "conv", "filters": 3, "kernel_size": [3, 3]}},
  {"class_name": "MaxPooling2D", "config": {"name": "pool", "pool_size": [2, 2]}}]}}"""


def test_models_and_their_layers(tmp_path, capsys):
    file = tmp_path / "small.json"
    file.write_text(KERAS, encoding="utf-8")
    items = [str(file), f"{file}::conv", f"{file}::pool", f"{file}::cnov"]
    found = sweep(items, "prove", of="output")
    assert [row.status for row in found] == ["proved", "proved", "proved", "error"]
    assert "all 2 layers" in found[0].why and "did you mean conv?" in found[3].why
    assert [row.status for row in sweep(items[:2], "spot_check", trials=1)] == ["passed", "passed"]
    assert main(["sweep", str(file), "--layers", "--json", "--task", "prove"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["item"] for row in rows] == items[1:3]


def test_documents(tmp_path):
    (tmp_path / "a.md").write_text("<!-- symconv: Conv(3, 2) -->\n$$h_1 = X_1 w_1 + X_2 w_2$$\n", encoding="utf-8")
    found = sweep([tmp_path / "a.md", tmp_path / "b.md"], "check_document")
    assert found[0].holds and found[1].status == "error"


@pytest.mark.parametrize("executor", [None, 2, "threads", "pool", pytest.param("loky", marks=pytest.mark.slow)])
def test_order_and_errors_are_the_same_everywhere(executor, pool):
    if executor == "loky":
        require_module("joblib")
        from joblib.externals.loky import get_reusable_executor

        given = get_reusable_executor(max_workers=2)
    else:
        given = {"threads": ThreadPoolExecutor(3), "pool": pool}.get(executor, executor)
    assert values(sweep(range(20), square, given)) == [number**2 for number in range(20)]
    found = sweep(range(6), fails_at_three, given, chunksize=2)
    assert [row.status for row in found] == ["done", "done", "done", "error", "error", "done"]
    assert found[3].why == "KeyError: 'three'" and found[4].why == "SystemExit: four"
    assert values(sweep(range(6), uneven, given)) == list(range(6))


def test_proofs_on_processes_are_those_made_here(pool):
    assert sweep(LAYERS, "prove", pool).rows == sweep(LAYERS, "prove").rows
    tasks = dict(details=True, of="output")
    assert sweep(LAYERS, "prove", pool, **tasks).rows == sweep(LAYERS, "prove", **tasks).rows


def test_nothing_is_lost_when_a_worker_is_killed(tmp_path):
    log = tmp_path / "log"
    with ProcessPoolExecutor(2) as pool:
        found = sweep(range(30), partial(killed_once, str(log)), pool, file=tmp_path / "rows.jsonl")
    assert values(found) == list(range(30)) and Path(f"{log}.killed").exists()
    assert len((tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()) == 31


@pytest.mark.parametrize("chunksize", [1, 4])
def test_only_the_item_that_kills_is_an_error(chunksize):
    found = sweep(range(12), always_killed, 2, chunksize=chunksize)
    assert [row.status for row in found] == ["error" if number == 5 else "done" for number in range(12)]
    assert "killed" in found[5].why


SCRIPT = """
import sys
from functools import partial
from symconv import sweep
from tests.sweeps.tasks_of_tests import slow
sweep(range(60), partial(slow, sys.argv[1]), int(sys.argv[3]) or None, file=sys.argv[2])
"""


@pytest.mark.parametrize("jobs", [0, 2])
def test_killed_in_the_middle_and_resumed(tmp_path, jobs):
    log, file = tmp_path / "log", tmp_path / "rows.jsonl"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(log), str(file), str(jobs)], cwd=ROOT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not file.exists() or file.read_bytes().count(b"\n") < 10):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if jobs:
        time.sleep(0.5)  # its workers end as well
    Path(f"{log}.fast").touch()
    kept = {
        json.loads(line)["found"] for line in file.read_text(encoding="utf-8").splitlines()[1:] if line.endswith("}")
    }
    assert 5 <= len(kept) < 60
    log.unlink()
    with file.open("ab") as torn:
        torn.write(b'{"key": "half a li')
    found = sweep(range(60), partial(slow, str(log)), jobs or None, file=file)
    assert values(found) == list(range(60)) and found.resumed == len(kept)
    again = sorted(map(int, log.read_text(encoding="utf-8").split()))
    assert again == sorted(set(range(60)) - kept)  # nothing lost, nothing twice
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    assert sorted(line["found"] for line in lines) == list(range(60))
    assert sweep(range(60), partial(slow, str(log)), file=file).resumed == 60


def test_equal_items_have_a_row_each(tmp_path):
    file = tmp_path / "rows.jsonl"
    found = sweep([1, 2, 1, 1], square, file=file)
    assert values(found) == [1, 4, 1, 1]
    assert sweep([1, 1, 2, 1, 3], square, file=file).resumed == 4


def test_a_file_that_was_changed_is_judged_again(tmp_path):
    (tmp_path / "f.py").write_text("def f(x, w):\n    return x\n", encoding="utf-8")
    rows, layer = tmp_path / "rows.jsonl", Conv(3, 1)
    assert not sweep(tmp_path, layer, function="f", file=rows)
    (tmp_path / "f.py").write_text("def f(x, w):\n    return x * w[0]\n", encoding="utf-8")
    assert sweep(tmp_path, layer, function="f", file=rows).resumed == 0
    assert sweep(tmp_path, layer, function="f", file=rows).resumed == 1


def test_errors_are_done_again_if_asked(tmp_path):
    file = tmp_path / "rows.jsonl"
    sweep(range(5), fails_at_three, file=file)
    assert sweep(range(5), fails_at_three, file=file).resumed == 5
    assert sweep(range(5), fails_at_three, file=file, retry_errors=True).resumed == 3


@pytest.mark.parametrize(
    ("content", "wrong"),
    [(b"my notes\n", "something else"), (b"my notes", "something else"), (b"[1]\n", "something else"),
     (b'{"a": 1}\n', "something else"), (b'{"sweep": "symconv sweep 1", "task": "prove"}\n', "another task"),
     (b"\xff\xfe\n", "something else")],
)  # fmt: skip
def test_a_file_that_is_not_ours_stays_as_it_is(tmp_path, content, wrong):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(content)
    with pytest.raises(SymconvError, match=wrong):
        sweep([1], square, file=file)
    assert file.read_bytes() == content


def test_a_line_that_is_not_a_row(tmp_path):
    file = tmp_path / "rows.jsonl"
    sweep([1, 2], square, file=file)
    good = file.read_bytes()
    for line in (b"nonsense\n", b"{}\n", b"[]\n", b'{"key": 1}\n'):
        file.write_bytes(good + line)
        with pytest.raises(SymconvError, match="line 4"):
            sweep([1, 2], square, file=file)


def test_the_first_line_may_be_torn_as_well(tmp_path):
    file = tmp_path / "rows.jsonl"
    sweep([1], square, file=file)
    head = file.read_bytes().splitlines()[0]
    for length in (0, 1, len(head) // 2, len(head)):
        file.write_bytes(head[:length])
        assert sweep([1], square, file=file).resumed == 0


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_two_processes_do_not_write_one_file(tmp_path):
    file = tmp_path / "rows.jsonl"
    code = f"from symconv import sweep\nsweep([1], abs, file={str(file)!r})"
    with RowsFile(file, "builtins.abs"):
        ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert ended.returncode and "another process writes to it" in ended.stderr


@pytest.mark.parametrize(
    ("given", "wrong"),
    [((range(3), "porve"), "did you mean prove"), ((range(3), 7), "neither a function"), ((3, square), "not several"),
     ((None, Conv(3, 2)), "not several"), (("a" * 10_000, Conv(3, 2)), "it cannot be read"),
     ((range(3), square, "forward"), "function='forward'"), ((range(3), square, 0), "not an executor"),
     ((range(3), lambda item: item, 2), "cannot be sent")],
)  # fmt: skip
def test_what_cannot_be_done(given, wrong):
    with pytest.raises(SymconvError, match=wrong):
        sweep(*given)


def test_options_are_those_of_the_verb():
    with pytest.raises(SymconvError, match="did you mean of"):
        sweep(LAYERS, "prove", off="output")
    with pytest.raises(SymconvError, match="partial"):
        sweep([1], square, of="output")
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(SymconvError, match="shutdown"):
        sweep([1], square, closed)


def test_progress_and_a_bounded_table():
    told = []
    found = sweep(range(500), square, progress=lambda *given: told.append(given[:2]))
    assert told == [(done, 500) for done in range(1, 501)]
    text = str(found)
    assert len(text) < 10_000 and "460 more rows" in text and len(found._repr_html_()) < 20_000
    assert "all 500" in repr(found) and len(found.to_dict()["rows"]) == 500


def test_what_fails_is_shown_first():
    found = sweep([*range(100), 3], fails_at_three)
    assert str(found).count("KeyError") == 2


@pytest.mark.slow
def test_dask_gives_the_same_rows():
    distributed = require_module("dask.distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        here = sweep(LAYERS, "prove").rows
        assert sweep(LAYERS, "prove", client).rows == here
        assert sweep(LAYERS, "prove", client.get_executor(), chunksize=2).rows == here
        assert values(sweep(range(200), square, client, chunksize=10)) == [number**2 for number in range(200)]


@pytest.mark.slow
def test_a_killed_worker_of_dask(tmp_path):
    distributed = require_module("dask.distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        found = sweep(range(12), partial(killed_once, str(tmp_path / "log")), client)
    assert values(found) == list(range(12))


@pytest.mark.slow
def test_ray_gives_the_same_rows():
    ray = require_module("ray")
    from symconv.sweeps import RayExecutor

    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    try:
        assert sweep(LAYERS, "prove", RayExecutor(num_cpus=1)).rows == sweep(LAYERS, "prove").rows
        assert values(sweep(range(6), fails_at_three, RayExecutor())) == [0, 1, 2, None, None, 5]
    finally:
        ray.shutdown()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no device")
def test_a_device_is_not_read_as_rows() -> None:
    with pytest.raises(SymconvError, match="a device or a pipe"):
        sweep([1], abs, file="/dev/zero")
