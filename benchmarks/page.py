"""docs/benchmarks.md, made of the JSON results alone: no number is on it that a benchmark did not write."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from benchmarks.rows import Row
from benchmarks.tables import HEADERS, Result, cells

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = ROOT / "benchmarks" / "results"

OPENING = """# Benchmarks

symconv beside what people would use instead, on the same work, in the same run. This page is written by
`python -m benchmarks --write-docs` from the results in `benchmarks/results/`; do not edit it by hand.

To repeat it, in the project's folder:

```console
python -m pip install -e ".[bench]" && python -m benchmarks && python -m benchmarks --write-docs
```

`python -m benchmarks NAME` runs one, `--list` names them, `--quick` makes them small. A peer that is not installed is
skipped, and its rows say so. The extra `bench` has tensorgrad, SymEngine and wincnn; tensorgrad itself requires
PyTorch, which the comparison of numbers uses too.

How to read the tables: both sides' figures are medians of repetitions that alternate, on fresh layers and fresh
numbers, with SymPy's cache emptied between them. The ratio is within one run. The column *check* says how the
results of both sides were found to be the same; a row whose check fails has no times. The column *wanted* is the
limit that the project has set itself, where it has set one, and says whether it was met.
"""


def page(results: Sequence[Result]) -> str:
    """The page as Markdown."""
    parts = [OPENING]
    for result in results:
        parts.append(
            f"## {result.title}\n\n{textwrap.fill(result.about, 118)}\n\n{_table(result.rows)}\n\n{_run(result)}\n"
        )
    return "\n".join(parts)


def _table(rows: Sequence[Row]) -> str:
    escaped = [[cell.replace("|", "\\|") for cell in cells(row)] for row in rows]
    return tabulate(escaped, HEADERS, tablefmt="pipe", disable_numparse=True)


def _run(result: Result) -> str:
    """Where and when it ran, and how to repeat it."""
    machine = result.machine
    versions = ", ".join(f"{name} {number}" for name, number in result.versions.items())
    size = " (with `--quick`: small sizes, few repetitions)" if result.quick else ""
    return (
        f"`python -m benchmarks {result.name}`{size}, {result.date}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, Python {machine['python']}, {versions}; threads: {machine['threads']}."
    )
