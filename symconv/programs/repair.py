"""One change of one line by which a function is right: tried among small edits, and proved before it is shown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from time import monotonic

from symconv.errors import SymconvError
from symconv.programs.edits import Edit, edits_of
from symconv.programs.report import CodeReport, Repair
from symconv.programs.small import small_shapes

MOST_EDITS, MOST_SECONDS = 1000, 15.0
"""At most 1,000 changes are read, in the order of how likely they are, until 15 seconds are over."""
WRONG, TRIED = 2, 8
"""A change is read at the smallest wrong shape, and at 2 more of 8 shapes at which the function is wrong, before it is
proved."""

Prove = Callable[[str, Mapping[str, int], str | None], CodeReport]
"""Reads a changed text with numbers for the layer's letters, or in general if there are none; of the results that one
which is named, or all."""


Found = tuple[Repair | None, bool]
"""A change, and whether it mends all results of the function."""


def repaired(report: CodeReport, function: str, prove: Prove, several: bool = False) -> Found:
    """The first change by which a result is proved, None if none of them does.

    Args:
        report: of a function that was read, or of one of its results.
        function: its bare name.
        prove: reads a changed text, and judges the same results.
        several: whether it has other results that are wrong too; a change that mends all of them is preferred.
    """
    try:
        edits = edits_of(report.source, function)
    except SyntaxError:
        return None, False
    end = monotonic() + MOST_SECONDS
    shapes = _wrong_shapes(report, prove)
    first: Repair | None = None
    for edit in edits[:MOST_EDITS]:
        if monotonic() > end:
            break
        changed = edit.of(report.source)
        if not _reads(changed) or not all(_holds(prove, changed, values, report.of) for values in shapes):
            continue
        of = None if several and all(_holds(prove, changed, values, None) for values in shapes) else report.of
        if (first is None or of is None) and _holds(prove, changed, {}, of):
            first = _repair(report, edit, changed)
            if of is None or not several:
                return first, of is None
    return first, False


def _wrong_shapes(report: CodeReport, prove: Prove) -> list[Mapping[str, int]]:
    """Small shapes at which the function is wrong, the smallest first."""
    if report.layer.is_concrete:
        return []
    smallest = next((case.sizes for case in report.failures if case.sizes), None)
    found: list[Mapping[str, int]] = [] if smallest is None else [smallest]
    for values in small_shapes(report.layer, TRIED):
        if len(found) > WRONG:
            break
        if not _holds(prove, report.source, values, report.of):
            found.append(values)
    return found


def _reads(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _holds(prove: Prove, source: str, values: Mapping[str, int], of: str | None) -> bool:
    """Whether a changed text is proved, in one result or in all."""
    try:
        return prove(source, values, of).holds
    except SymconvError:
        return False


def _repair(report: CodeReport, edit: Edit, changed: str) -> Repair:
    before, after = report.source.splitlines(), changed.splitlines()
    return Repair(edit.line, before[edit.line - 1], after[edit.line - 1], report.scope or "every shape")
