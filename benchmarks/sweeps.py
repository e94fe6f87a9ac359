"""How a sweep scales: two processes beside one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import perf_counter

from benchmarks.checks import require
from benchmarks.measuring import Effort, guarded
from benchmarks.rows import Row, faster
from symconv import Conv, sweep
from symconv.sweeps import Sweep

TITLE = "Many at once"
ABOUT = """\
`sweep(layers, "prove", executor)` on a pool of two processes, beside a pool of one. Both pools are started, and have
loaded symconv, before the clock. Check: both give the same rows, in the same order. Clock: wall time, median of
alternating repetitions; another load on the machine shows in it."""


def rows(effort: Effort) -> Iterator[Row]:
    count, repetitions = effort.choose(full=(400, 5), quick=(12, 1))
    layers = [
        Conv((12 + number % 90, 12 + number % 70), (1 + number % 5, 3), stride=1 + number % 3, padding=number % 2)
        for number in range(count)
    ]
    yield guarded(f"prove {count} layers", lambda: scaling(layers, repetitions), faster(1.7))


def scaling(layers: list[Conv], repetitions: int) -> Row:
    """The row of two processes beside one."""
    require((os.cpu_count() or 1) >= 2, "this machine has one core")
    with ProcessPoolExecutor(1) as one, ProcessPoolExecutor(2) as two:
        pools = (two, one)
        for pool in pools:
            sweep(layers[:8], "prove", pool)
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(repetitions):
            found = []
            for pool, seconds in zip(pools, times):
                start = perf_counter()
                found.append(sweep(layers, "prove", pool, chunksize=4))
                seconds.append(perf_counter() - start)
            same_rows(*found)
    return Row(
        f"prove {len(layers)} layers: two processes beside one", "measured", f"the same {len(layers)} rows",
        symconv=median(times[0]), peer=median(times[1]), peer_name="one process", limit=faster(1.7),
    )  # fmt: skip


def same_rows(one: Sweep, other: Sweep) -> None:
    """Both hold, and have the same rows."""
    require(one.holds and one.rows == other.rows, "the rows differ")
