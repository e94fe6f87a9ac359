"""Whole processes: their CPU time, their peak memory, and what they print."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.checks import CheckError, require
from benchmarks.measuring import guarded
from benchmarks.peers import peer
from benchmarks.rows import Limit, Row

ROOT = Path(__file__).resolve().parent.parent
CLOCK = (
    "CPU time, user and system, of the whole process; median of alternating runs after one to warm up the disk's cache"
)

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled in the run before those that count, as they are where a package is installed."""


@dataclass(frozen=True)
class Finished:
    """A process that has ended well: CPU and wall time in seconds, and what it printed."""

    cpu: float
    wall: float
    output: str


def run_process(arguments: Sequence[str]) -> Finished:
    """Run a program in the project's folder and wait for it.

    Raises:
        CheckError: it did not end well.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = perf_counter()
        process = subprocess.Popen(arguments, stdout=output, stderr=errors, cwd=ROOT, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode())
    if process.returncode:
        last = (texts[1].strip() or "nothing was said").splitlines()[-1]
        raise CheckError(f"a process ended with code {process.returncode}: {last}")
    return Finished(usage.ru_utime + usage.ru_stime, wall, texts[0])


def python(code: str) -> list[str]:
    """The command that runs Python code with this interpreter."""
    return [sys.executable, "-c", code]


def peak_memory() -> int:
    """The most memory that this process has held, in bytes.

    Linux keeps it for the program that runs; ``getrusage`` would also count the process that started it, up to then.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


@dataclass(frozen=True)
class ProcessComparison:
    """A row about whole processes; ``check`` gets what both printed (the peer's None where there is no peer)."""

    work: str
    ours: Sequence[str]
    peer: Sequence[str] | None
    peer_name: str
    check: Callable[[str, str | None], str]
    repetitions: int = 11
    limit: Limit | None = None
    needs: tuple[str, ...] = ()


def measure_processes(comparison: ProcessComparison) -> Row:
    """The row, with CPU times; wall times are in its note."""
    return guarded(comparison.work, lambda: _measured(comparison), comparison.limit)


def _measured(comparison: ProcessComparison) -> Row:
    for name in comparison.needs:
        peer(name)
    commands = [command for command in (comparison.ours, comparison.peer) if command is not None]
    runs: list[list[Finished]] = [[] for _ in commands]
    for number in range(comparison.repetitions + 1):
        for command, finished in zip(commands, runs):
            one = run_process(command)
            if number:
                finished.append(one)
    for finished in runs:
        require(len({one.output for one in finished}) == 1, "two runs of one program printed something different")
    outputs = [finished[0].output for finished in runs]
    found = comparison.check(outputs[0], outputs[1] if len(outputs) > 1 else None)
    cpu = [median(one.cpu for one in finished) for finished in runs]
    wall = [f"{median(one.wall for one in finished):.3g} s" for finished in runs]
    return Row(
        comparison.work,
        "measured",
        found,
        symconv=cpu[0],
        peer=cpu[1] if len(cpu) > 1 else None,
        peer_name=comparison.peer_name,
        limit=comparison.limit,
        note=f"wall: {' against '.join(wall)}",
    )
