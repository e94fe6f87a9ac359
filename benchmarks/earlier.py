"""symconv at an earlier commit, from the project's history, on the same work in processes of its own."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from benchmarks.checks import require
from benchmarks.measuring import guarded
from benchmarks.peers import MissingPeerError
from benchmarks.processes import ROOT, python, run_process
from benchmarks.rows import Row, faster

COMMIT = "93bce64"
"""From before the general theorem was made faster."""

LIMIT = faster(2)

PROGRAM = """
import gc, json, sys
from statistics import median
from time import process_time
sys.path.insert(0, {path!r})
from sympy.core.cache import clear_cache
from symconv import Conv, prove

def once(mode):
    clear_cache()
    gc.collect()
    start = process_time()
    report = prove(Conv.general(2, padding_mode=mode))
    return process_time() - start, [[one.of, one.verdict.status] for one in report.theorems]

found = {{}}
for mode in {modes!r}:
    runs = [once(mode) for _ in range({repetitions} + 1)][1:]
    found[mode] = [median(seconds for seconds, _ in runs), runs[0][1]]
print(json.dumps(found))
"""
"""Proves the general theorem on 2 axes in every padding mode; prints seconds and verdicts."""


def rows(modes: Sequence[str], repetitions: int) -> Iterator[Row]:
    """The theorem in some padding modes now, against the same at the earlier commit."""
    measured: dict[str, Row] = {}

    def compared(mode: str) -> Row:
        if not measured:
            measured.update(_compared(modes, repetitions))
        return measured[mode]

    for mode in modes:
        yield guarded(_work(mode), partial(compared, mode), LIMIT)


def _work(mode: str) -> str:
    return f"the whole theorem on 2 axes, padding mode {mode}"


def _compared(modes: Sequence[str], repetitions: int) -> dict[str, Row]:
    """Three processes of each side, in turn."""
    sides: list[list[dict[str, tuple[float, list[list[str]]]]]] = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        _unpack(folder)
        for _ in range(3):
            for side, path in zip(sides, (str(ROOT), folder)):
                code = PROGRAM.format(path=path, modes=tuple(modes), repetitions=repetitions)
                side.append(json.loads(run_process(python(code)).output))
    result = {}
    for mode in modes:
        (now, verdicts), (before, same) = ((median(one[mode][0] for one in side), side[0][mode][1]) for side in sides)
        require(verdicts == same, "the verdicts differ")
        require({status for _, status in verdicts} == {"proved"}, "a theorem is not proved")
        found, name = f"the same {len(verdicts)} theorems are proved", f"at {COMMIT}"
        result[mode] = Row(_work(mode), "measured", found, symconv=now, peer=before, peer_name=name, limit=LIMIT)
    return result


def _unpack(folder: str) -> None:
    """The package at the earlier commit."""
    archive = ["git", "archive", COMMIT, "symconv"]
    try:
        done = subprocess.run(archive, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingPeerError(f"the project's history is not here: {' '.join(archive)} fails") from error
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as opened:
        opened.extractall(folder, filter="data")
