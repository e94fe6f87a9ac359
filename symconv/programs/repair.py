"""One change of one line by which a function is right: tried among small edits, and proved before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import prod
from time import process_time

from symconv.errors import SymconvError
from symconv.programs.edits import Edit, edits_of
from symconv.programs.edits.names import PADS, STRIDES
from symconv.programs.report import CodeReport, Repair
from symconv.programs.small import small_shapes

MOST_EDITS, MOST_SECONDS = 3000, 15.0
"""At most 3,000 changes are read, in the order of how likely they are, until 15 seconds of computing are over."""
WRONG, TRIED, LARGEST = 1, 20, 100
"""A change is read at the smallest wrong shape, and at one more of 20 shapes at which the function is wrong, of sizes
whose product is at most 100, before it is proved."""

Prove = Callable[[str, Mapping[str, int], str | None], CodeReport]
"""Reads a changed text with numbers for the layer's letters, or in general if there are none; of the results that one
which is named, or all."""


Found = tuple[Repair | None, bool]
"""A change, and whether it mends all results of the function."""

HINTS: Mapping[str, tuple[str, ...]] = {
    "exchanged": ("exchange", "twin"), "axis": ("twin", "exchange"), "axes": ("exchange", "flip"), "size": ("twin",),
    "divided": ("divided", "no Div"), "multiplied": ("no Mult",), "overwritten": ("+=", "outside"),
    "bias": ("outside",), "only the": ("+=", "outside", "0"), "flipped": ("flip",), "backwards": ("flip",),
    "rotated": ("flip",),
    "transposed": ("flip", "exchange"), "not computed": ("+ 1", "- 1", "// + 1"), "sign": ("+ -", "- +"),
    "group": ("part",), "another order": ("exchange",), "last": ("+ 1", "// + 1", "up"), "first": ("- 1",),
}  # fmt: skip
"""The kinds of changes that a word of a mistake makes likelier."""
LIKELIER = 3
NAMES = {"stride": STRIDES, "padding": PADS, "dilation": ("dilation", "d")}
"""Names of which a change has more or fewer, if a mistake is about what they are."""


def repaired(
    report: CodeReport, function: str, prove: Prove, several: bool = False, mistake: str | None = None
) -> Found:
    """The first change by which a result is proved, None if none of them does.

    Args:
        report: of a function that was read, or of one of its results.
        function: its bare name, or with its class.
        prove: reads a changed text, and judges the same results.
        several: whether it has other results that are wrong too; a change that mends all of them is preferred.
        mistake: what is wrong, in words, if it is known.
    """
    try:
        edits = edits_of(report.source, function)
    except SyntaxError:
        return None, False
    lines = {case.line for case in report.failures}
    edits.sort(key=lambda edit: edit.cost - _likelier(edit, report.source, mistake or "") - (edit.line in lines))
    end = process_time() + MOST_SECONDS
    shapes = list(_wrong_shapes(report, prove))
    first: Repair | None = None
    for edit in edits[:MOST_EDITS]:
        if process_time() > end:
            break
        changed = edit.of(report.source)
        if not all(_holds(prove, changed, values, report.of) for values in shapes):
            continue
        of = None if several and all(_holds(prove, changed, values, None) for values in shapes) else report.of
        if (first is None or of is None) and _holds(prove, changed, {}, of):
            first = _repair(report, edit, changed)
            if of is None or not several:
                return first, of is None
    return first, False


def _likelier(edit: Edit, source: str, mistake: str) -> int:
    """By how much a change is likelier, since the mistake is known."""
    if any(word in mistake and edit.kind.startswith(kinds) for word, kinds in HINTS.items()):
        return LIKELIER
    piece = source[edit.start : edit.end]
    for word, names in NAMES.items():
        if word in mistake and _count(piece, names) != _count(edit.text, names):
            return LIKELIER
    return 0


def _count(text: str, names: tuple[str, ...]) -> int:
    """How often one of some names stands in a text, also as a part of a longer name."""
    return sum(any(part in names for part in (word, *word.split("_"))) for word in re.findall(r"\w+", text))


def _wrong_shapes(report: CodeReport, prove: Prove) -> Iterator[Mapping[str, int]]:
    """Small shapes at which the function is wrong, the smallest first."""
    if report.layer.is_concrete:
        return
    found = 0
    if (smallest := next((case.sizes for case in report.failures if case.sizes), None)) is not None:
        yield smallest
        found += 1
    for values in sorted(small_shapes(report.layer, TRIED), key=_volume):
        if found > WRONG or _volume(values) > LARGEST:
            return
        if not _holds(prove, report.source, values, report.of):
            yield values
            found += 1


def _volume(values: Mapping[str, int]) -> int:
    """The product of sizes."""
    return prod(max(size, 1) for size in values.values())


def _holds(prove: Prove, source: str, values: Mapping[str, int], of: str | None) -> bool:
    """Whether a changed text is proved, in one result or in all."""
    try:
        return prove(source, values, of).holds
    except SymconvError:
        return False


def _repair(report: CodeReport, edit: Edit, changed: str) -> Repair:
    before, after = report.source.splitlines(), changed.splitlines()
    return Repair(edit.line, before[edit.line - 1], after[edit.line - 1], report.scope or "every shape")
