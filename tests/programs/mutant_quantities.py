"""Quantities of right programs that were mistyped in one place or in two: the verdict on each beside real runs."""

from __future__ import annotations

import importlib.util
import random
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from symconv import CodeReport, prove_code
from symconv.programs.prove import run_code
from tests.programs.numbers import right_values, run, shapes, tensors
from tests.programs.program import Program
from tests.programs.single_edits import SingleEdit, drawn, single_edits

RUNS, NAMED = 60, 3
"""A mutant is run at 60 random shapes, and three times at those that its report names."""


def counted(program: Program, folder: Path, count: int) -> Counter[str]:
    """How often each verdict is found, beside "right" or "wrong" of real runs, for a number of quantities."""
    rng = random.Random(f"{program.place} quantities")
    found = Counter[str]()
    for text in texts(program, rng):
        found.update(verdicts(program, text, folder, rng))
        if found.total() >= count:
            break
    return found


def texts(program: Program, rng: random.Random) -> Iterator[str]:
    """The program's file with each single edit, and then with two of them at a time."""
    edits = drawn(program, rng, len(single_edits(program)))
    pairs = [(one, other) for one in edits for other in edits if one.end < other.start]
    rng.shuffle(pairs)
    for chosen in chain(((edit,) for edit in edits), pairs):
        text = _edited(program.text, chosen)
        try:
            compile(text, program.file, "exec")
        except SyntaxError:
            continue
        yield text


def _edited(text: str, edits: tuple[SingleEdit, ...]) -> str:
    for edit in reversed(edits):
        text = edit.of(text)
    return text


def verdicts(program: Program, text: str, folder: Path, rng: random.Random) -> Iterator[str]:
    """The verdict on each quantity, beside what real runs say of it."""
    path = folder / program.file
    path.write_text(text, encoding="utf-8")
    given: dict[str, Any] = {"of": program.of, "arguments": program.arguments, "layouts": program.layouts}
    report = prove_code(f"{path}::{program.name}", program.layer(), **given)
    wrong = wrong_quantities(program, text, report, rng)
    open_ones = [part.of for part in _parts(report) if part.status in ("not read", "undecided", "not judged")]
    ran = {part.of: part for part in _parts(_run(program, path, given))} if wrong.intersection(open_ones) else {}
    for part in _parts(report):
        said = "refuted" if part.status == "proved except" else part.status
        if part.of in ran and ran[part.of].status == "refuted":
            said = f"refuted by {ran[part.of].decided_by}"
        yield f"{said}, {'wrong' if part.of in wrong else 'right'}"


def wrong_quantities(program: Program, text: str, report: CodeReport, rng: random.Random) -> set[str]:
    """The quantities that a run has wrong, or all if it raises, at random shapes and at those that the report names."""
    every = {part.of for part in _parts(report)}
    named = [dict(case.sizes) for case in report.failures if case.sizes for _ in range(NAMED)]
    wrong: set[str] = set()
    for values in chain(named, shapes(program.layer(), rng, RUNS)):
        layer = program.layer().at(**values)
        arrays = tensors(layer, rng)
        try:
            with np.errstate(all="ignore"):
                found = run(program, text, values, arrays)
        except AssertionError:
            raise
        except Exception:
            return every
        for of, got in found:
            if of not in wrong:
                right = right_values(layer, arrays, of)
                if got.shape != right.shape or not np.allclose(got.astype(float), right, rtol=1e-9, atol=1e-9):
                    wrong.add(of)
        if wrong == every:
            break
    return wrong


def _run(program: Program, path: Path, given: dict[str, Any]) -> CodeReport:
    """What running the function says, or probing it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return run_code(getattr(module, program.name), program.layer(), **given)


def _parts(report: CodeReport) -> tuple[CodeReport, ...]:
    return report.parts or (report,)
