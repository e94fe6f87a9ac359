"""Many functions judged: a report for each, and a table of all."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from symconv.errors import ArgumentsError, SymconvError
from symconv.foundations.reports import first_failure
from symconv.layers import Layer
from symconv.printing.tables import Column, TableReport
from symconv.programs.prove import prove_code
from symconv.programs.report import Case, CodeReport, case_in_words


@dataclass(frozen=True, repr=False)
class Sweep(TableReport):
    """The reports of many functions."""

    reports: tuple[CodeReport, ...]

    columns: ClassVar[Sequence[Column]] = (
        Column("function", 40), Column("verdict"), Column("line", is_number=True), Column("why", 60),
    )  # fmt: skip

    @property
    def holds(self) -> bool:
        """Whether all are proved."""
        return all(report.holds for report in self.reports)

    @property
    def summary(self) -> str:
        failures = [f"{report.function}: {report.status}" for report in self.reports if not report.holds]
        return first_failure(failures, f"all {len(self.reports)} functions are proved")

    @property
    def opening(self) -> str:
        proved = sum(report.holds for report in self.reports)
        return f"{proved} of {len(self.reports)} functions are proved"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[report.function, report.status, report.line or "", _why(report)] for report in self.reports]

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {"holds": self.holds, "reports": [report.to_dict() for report in self.reports]}


def _why(report: CodeReport) -> str:
    if report.holds:
        return report.scope
    first = report.mistake or next(map(case_in_words, report.failures), "")
    repair = "" if report.repair is None else f"; repair: {report.repair.after.strip()}"
    return first + repair


def sweep(
    functions: Sequence[str] | str | Path, layer: Layer, name: str = "", *, run: bool = False, **options: Any
) -> Sweep:
    """Judge many functions, such as those that a class handed in.

    Args:
        functions: "FILE.py::function", several of them, or a folder, of whose files (and those of folders in it) the
            function ``name`` is judged.
        layer: what they should compute.
        name: of a folder, the function or "Class.method".
        run: whether a file may be imported, and a function be run if it cannot be read.
        options: those of ``prove_code``.

    Returns:
        A Sweep, with ``reports``; it holds if all of them do.

    Raises:
        ArgumentsError: the folder has no files of Python.

    >>> from symconv import Conv
    >>> sweep("no/such/folder.py::forward", Conv(3, 2)).reports[0].status
    'not judged'
    """
    if isinstance(functions, (str, Path)) and "::" not in str(functions):
        files = sorted(Path(functions).glob("**/*.py"))
        if not files or not name:
            wrong = "no files of Python are in it" if not files else "no function is named"
            raise ArgumentsError(
                f"the folder {functions}", wrong, 'pass a folder and a name, as in sweep("handed_in", conv, "forward")'
            )
        functions = [f"{file}::{name}" for file in files]
    each = [functions] if isinstance(functions, (str, Path)) else functions
    return Sweep(tuple(judged(str(one), layer, run=run, **options) for one in each))


def judged(function: str, layer: Layer, *, run: bool = False, **options: Any) -> CodeReport:
    """The report of one function; that it cannot be judged is one too."""
    try:
        report = prove_code(function, layer, **options)
        if run and report.status in ("not read", "undecided"):
            ran = prove_code(loaded(function), layer, run=True, **options)
            return ran if ran.status != "not read" else report
        return report
    except SymconvError as error:
        case = Case("every shape", "not judged", str(error))
        return CodeReport(function, layer, _names(options.get("of", "output")), "not judged", "reading", cases=(case,))


def _names(of: Any) -> str:
    several = of.values() if isinstance(of, Mapping) else of
    return of if isinstance(of, str) else ", ".join(str(one) for one in several if one is not None)


def loaded(function: str) -> Any:
    """The function of "FILE.py::function", by importing the file: its code is run.

    Raises:
        ArgumentsError: the file or the function is not found, or the file cannot be imported.
    """
    file, _, name = function.partition("::")
    path = Path(file)
    specification = importlib.util.spec_from_file_location(f"_read_{path.stem}", path)
    if specification is None or specification.loader is None or not path.is_file():
        raise ArgumentsError(file, "there is no such file of Python", "name another")
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(path.parent))
    try:
        specification.loader.exec_module(module)
        found: Any = module
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:  # whatever the file raises
        raise ArgumentsError(
            function, f"it cannot be imported: {type(error).__name__}: {error}"[:200], "leave --run out"
        ) from None
    finally:
        sys.path.remove(str(path.parent))
    return found
