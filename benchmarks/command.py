"""The command line: python -m benchmarks [NAME ..]. Which benchmarks there are, running them, and what is written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.measuring import Effort
from benchmarks.page import PAGE, RESULTS, page
from benchmarks.rows import Row
from benchmarks.tables import Result, print_result, read_results, result_of, write_json

NAMES = (
    "general",
    "concrete",
    "scaling",
    "expressions",
    "claims",
    "notes",
    "start",
    "numbers",
    "back_propagation",
    "sweeps",
    "winograd",
)
WELL, FAILED, BAD_USAGE = 0, 1, 2


class Benchmark(Protocol):
    """What a benchmark's file has."""

    TITLE: str
    ABOUT: str

    def rows(self, effort: Effort) -> Iterator[Row]: ...


def benchmark(name: str) -> Any:
    """The benchmark's module; it is loaded only when it is run."""
    return import_module(f"benchmarks.{name}")


def run(name: str, effort: Effort) -> Result:
    """Run one benchmark, telling on stderr which row is done."""
    one: Benchmark = benchmark(name)
    rows = []
    for row in one.rows(effort):
        rows.append(replace(row, limit=None) if effort.quick else row)  # limits are about the full sizes
        print(f"{name}: {row.work}: {row.status}", file=sys.stderr, flush=True)
    return result_of(name, one.TITLE, one.ABOUT, effort.quick, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for.

    Returns:
        0; 1 where a check failed; 2 for bad usage.
    """
    options = _parser().parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        print(f"there is no benchmark {', '.join(unknown)}; use {', '.join(NAMES)}", file=sys.stderr)
        return BAD_USAGE
    if options.list:
        for name in NAMES:
            print(f"{name:18}{benchmark(name).TITLE}")
        return WELL
    if options.write_docs:
        return _write_docs(options.results)
    results = []
    for name in options.names or NAMES:
        result = run(name, Effort(options.quick))
        print_result(result)
        results.append(result)
        if options.output is None and not options.quick:
            write_json(options.results / f"{name}.json", result.to_dict())
    if options.output is not None:
        write_json(options.output, [result.to_dict() for result in results])
    return FAILED if any(result.failed for result in results) else WELL


def _write_docs(results: Path) -> int:
    found = {result.name: result for result in read_results(results)}
    if not found:
        print(f"no results in {results.name}; run python -m benchmarks first", file=sys.stderr)
        return BAD_USAGE
    PAGE.write_text(page([found[name] for name in NAMES if name in found]), encoding="utf-8")
    return WELL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="symconv beside its peers, on the same work.", allow_abbrev=False
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; default: all")
    parser.add_argument("--list", action="store_true", help="name the benchmarks, and end")
    parser.add_argument("--quick", action="store_true", help="small sizes, few repetitions; keeps no results")
    parser.add_argument("--output", type=Path, metavar="FILE", help="one JSON file, instead of one for each benchmark")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIRECTORY", help="where results are kept")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md from the results, and end")
    return parser
