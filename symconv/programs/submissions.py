"""Functions that were handed in: which they are, and a report of each, whatever is wrong with it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from symconv.errors import ArgumentsError, SymconvError, shown
from symconv.layers import Layer
from symconv.programs.conditions import EVERY_SHAPE
from symconv.programs.prove import prove_code
from symconv.programs.report import Case, CodeReport


def functions_of(given: Iterable[Any] | str | Path, name: str = "") -> list[Any]:
    """The functions that somebody means.

    Args:
        given: functions or "FILE.py::function", one or several, or a folder, of whose files (and those of folders in
            it) the function ``name`` is meant.
        name: of a folder, the function or "Class.method".

    Raises:
        ArgumentsError: the folder has no files of Python, or no function is named.
    """
    if isinstance(given, (str, Path)) and "::" not in str(given):
        try:
            files = sorted(Path(given).glob("**/*.py"))
        except (OSError, ValueError) as error:  # a name that is too long, or has a NUL
            raise ArgumentsError(f"the folder {shown(str(given))}", f"it cannot be read: {error}"[:200],
                                 "pass a folder") from None  # fmt: skip
        if not files or not name:
            wrong = "no files of Python are in it" if not files else "no function is named"
            raise ArgumentsError(
                f"the folder {shown(str(given))}",
                wrong,
                'pass a folder and a name, as in sweep(.., function="forward")',
            )
        return [f"{file}::{name}" for file in files]
    return [given] if isinstance(given, (str, Path)) else list(given)


def judged(function: Any, layer: Layer, *, run: bool = False, **options: Any) -> CodeReport:
    """The report of one function; that it cannot be judged is one too.

    Args:
        function: a function or "FILE.py::function".
        layer: what it should compute.
        run: whether a file may be imported, and a function be run if it cannot be read.
        options: those of ``prove_code``.
    """
    try:
        report = prove_code(function, layer, **options)
        if run and report.status in ("not read", "undecided"):
            ran = prove_code(loaded(function) if isinstance(function, str) else function, layer, run=True, **options)
            return ran if ran.status != "not read" else report
        return report
    except SymconvError as error:
        case = Case(EVERY_SHAPE, "not judged", str(error))
        name = function if isinstance(function, str) else getattr(function, "__name__", shown(function))
        return CodeReport(name, layer, _names(options.get("of", "output")), "not judged", "reading", cases=(case,))


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
