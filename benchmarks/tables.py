"""The result of a benchmark as a table for people and as JSON for programs and for the page in the docs."""

from __future__ import annotations

import json
import os
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.rows import SECONDS, Row

HEADERS = ("work", "symconv", "peer", "ratio", "wanted", "check")
PACKAGES = ("symconv", "sympy", "numpy", "tensorgrad", "symengine", "torch")
FORMAT = 1
"""The version of the JSON's layout."""


@dataclass(frozen=True)
class Result:
    """What one benchmark found: its rows, and where and when it ran."""

    name: str
    title: str
    about: str
    quick: bool
    date: str
    machine: dict[str, Any]
    versions: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def failed(self) -> bool:
        return any(row.status == "failed" for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "benchmark": self.name,
            "title": self.title,
            "about": self.about,
            "quick": self.quick,
            "date": self.date,
            "machine": self.machine,
            "versions": self.versions,
            "rows": [row.to_dict() for row in self.rows],
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Result:
        """The result that ``to_dict`` wrote.

        Raises:
            ValueError: it is of another format.
        """
        if values.get("format") != FORMAT:
            raise ValueError(f"a result of format {values.get('format')!r}; this reads format {FORMAT}")
        return Result(
            values["benchmark"],
            values["title"],
            values["about"],
            values["quick"],
            values["date"],
            values["machine"],
            values["versions"],
            tuple(Row.from_dict(row) for row in values["rows"]),
        )


def result_of(name: str, title: str, about: str, quick: bool, rows: Sequence[Row]) -> Result:
    """The rows with what a reader needs to know about the run; no names of machines, people or folders."""
    return Result(
        name,
        title,
        about,
        quick,
        datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            "threads": os.environ.get("OPENBLAS_NUM_THREADS", "not set"),
        },
        {package: found for package in PACKAGES if (found := _version(package)) is not None},
        tuple(rows),
    )


def _processor() -> str:
    """The processor's model, such as the system calls it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


# -- a row in words ------------------------------------------------------------------------------------


def cells(row: Row) -> tuple[str, ...]:
    """The row as text, a cell for each of ``HEADERS``."""
    peer = amount(row.peer, row.unit)
    if row.peer is not None:
        peer += f" ({row.peer_name})"
    check = f"{row.check}; {row.note}" if row.note and row.status == "measured" else row.check
    return row.work, amount(row.symconv, row.unit), peer, ratio(row), wanted(row), check


def amount(figure: float | None, unit: str) -> str:
    """
    >>> amount(0.0123, "s"), amount(312.4, "a second"), amount(None, "s"), amount(1.05, "")
    ('12.3 ms', '312 a second', '-', '1.05')
    """
    if figure is None:
        return "-"
    if unit == SECONDS:
        for scale, name in ((1, "s"), (1e-3, "ms")):
            if figure >= scale:
                return f"{_three_digits(figure / scale)} {name}"
        return f"{_three_digits(figure / 1e-6)} µs"
    return f"{_three_digits(figure)} {unit}".strip()


def ratio(row: Row) -> str:
    """How many times faster symconv is; or how many times as long it takes, where it is slower or the limit says so."""
    faster, as_long = row.figure("times faster"), row.figure("times as long")
    if row.peer is None or faster is None or as_long is None:
        return "-"
    said_as_long = row.limit is not None and row.limit.kind == "times as long"
    if faster >= 1 and not said_as_long:
        return f"{_three_digits(faster)} times faster"
    return f"{_three_digits(as_long)} times as long"


def wanted(row: Row) -> str:
    if row.limit is None:
        return ""
    verdict = {True: ": met", False: ": missed", None: ""}[row.met]
    return f"{row.limit}{verdict}"


def _three_digits(number: float) -> str:
    """Three significant digits, without an exponent.

    >>> [_three_digits(n) for n in (1234.5, 123.4, 1.234, 0.01234)]
    ['1,230', '123', '1.23', '0.0123']
    """
    rounded = float(f"{number:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:.3g}"


# -- out -----------------------------------------------------------------------------------------------


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal."""
    widths = [44, 12, 26, 14, 16, 44]
    return tabulate([cells(row) for row in rows], HEADERS, maxcolwidths=widths, disable_numparse=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON whole or not at all, with the folder it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(path)


def read_results(folder: Path) -> list[Result]:
    """The results that are in a folder, sorted by name.

    Raises:
        ValueError: a file there is of another format.
    """
    paths = sorted(folder.glob("*.json"))
    return [Result.from_dict(json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def print_result(result: Result) -> None:
    print(f"\n{result.title}\n{textwrap.fill(result.about, 118)}\n\n{table(result.rows)}", flush=True)
    print(f"\n{', '.join(f'{name} {number}' for name, number in result.versions.items())}", flush=True)
