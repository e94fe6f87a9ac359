"""A change of a line, or of a line of each axis, by which a function is right: tried, and proved before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from symconv.errors import SymconvError
from symconv.programs.conditions import EVERY_SHAPE
from symconv.programs.edits import Edit, edits_of
from symconv.programs.edits.names import PADS, STRIDES
from symconv.programs.report import CodeReport, Repair
from symconv.programs.small import tiny_shapes
from symconv.programs.work import Work

MOST_EDITS, FOR_ALL = 3000, 32_000
"""At most 3,000 changes are read, in the order of how likely they are. Once one mends a result, one that mends all is
looked for in 32,000 steps more."""
WRONG, TRIED = 2, 8
"""A change is read at the smallest wrong shape, and at two of eight other shapes at which the function is wrong, before
it is proved."""

Holds = Callable[[str, Mapping[str, int], str | None, Work], bool]
"""Whether a changed text is proved, with numbers for the layer's letters, or in general if there are none; in the
result that is named, or in all; by work of which what it takes is taken."""

Found = tuple[Repair | None, bool]
"""A change, and whether it mends all results of the function."""

HINTS: Mapping[str, tuple[str, ...]] = {
    "a mean": ("divided",), "float": ("/ //",), "AttributeError": ("gone",), "windows": ("* s", "dilate"),
    "padding is left out": ("+ 2 pad", "crop", "- "),
    "exchanged": ("exchange", "twin"), "axis": ("twin", "exchange"), "axes": ("exchange", "flip"), "size": ("twin",),
    "divided": ("divided", "no Div"), "multiplied": ("no Mult",), "overwritten": ("+=", "outside"),
    "bias": ("outside",), "only the": ("+=", "outside", "0"), "flipped": ("flip",), "backwards": ("flip",),
    "rotated": ("flip",),
    "transposed": ("flip", "exchange"), "not computed": ("+ 1", "- 1", "// + 1"), "sign": ("+ -", "- +"),
    "group": ("part",), "not removed": ("crop",), "another order": ("exchange",),
    "last": ("+ 1", "// + 1", "up"), "first": ("- 1",),
}  # fmt: skip
"""The kinds of changes that a word of a mistake makes likelier."""
LIKELIER = 3
NAMES = {"stride": STRIDES, "padding": PADS, "dilation": ("dilation", "d")}
"""Names of which a change has more or fewer, if a mistake is about what they are."""


def repaired(
    report: CodeReport, function: str, holds: Holds, work: Work, several: bool = False, mistake: str | None = None
) -> Found:
    """The first change by which a result is proved, None if none of them does.

    Args:
        report: of a function that was read, or of one of its results.
        function: its bare name, or with its class.
        holds: reads a changed text, and judges the same results.
        work: of which what it takes is taken; what is left is the limit.
        several: whether it has other results that are wrong too; a change that mends all of them is preferred. If it
            has not, the other results must stay right.
        mistake: what is wrong, in words, if it is known.
    """
    try:
        edits = edits_of(report.source, function)
    except SyntaxError:
        return None, False
    lines = {case.line for case in report.failures}
    edits.sort(key=lambda edit: edit.cost - _likelier(edit, report.source, mistake or "") - (edit.line in lines))
    shapes = _wrong_shapes(report, holds, work)
    first: Repair | None = None
    for edit in edits[:MOST_EDITS]:
        if work.left <= 0:
            break
        changed = edit.of(report.source)
        if not all(_holds(holds, changed, values, report.of, work) for values in shapes):
            continue
        of = report.of if several and not all(_holds(holds, changed, values, None, work) for values in shapes) else None
        if (first is None or of is None) and _holds(holds, changed, {}, of, work):
            first = _repair(report, edit, changed)
            if of is None:
                return first, True
            work = work.part(FOR_ALL)
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


def _wrong_shapes(report: CodeReport, holds: Holds, work: Work) -> list[Mapping[str, int]]:
    """Small shapes at which the function is wrong, those first at which it is read sooner."""
    if report.layer.is_concrete:
        return []
    found: list[tuple[int, Mapping[str, int]]] = []
    smallest = next((case.sizes for case in report.failures if case.sizes), None)
    if smallest is not None:
        found.append((0, smallest))
    for values in tiny_shapes(report.layer, TRIED):
        before = work.left
        if not _holds(holds, report.source, values, report.of, work):
            found.append((before - work.left, values))
        if len(found) > WRONG:
            break
    return [values for _, values in sorted(found, key=lambda one: one[0])]


def _holds(holds: Holds, source: str, values: Mapping[str, int], of: str | None, work: Work) -> bool:
    """Whether a changed text is proved, in one result or in all."""
    try:
        return holds(source, values, of, work)
    except SymconvError:
        return False


def _repair(report: CodeReport, edit: Edit, changed: str) -> Repair:
    before, after = report.source.splitlines(), changed.splitlines()
    differs = [at for at, (one, other) in enumerate(zip(before, after)) if one != other]
    first, last = differs[0], differs[-1] + 1
    where = report.where or EVERY_SHAPE
    return Repair(first + 1, "\n".join(before[first:last]), "\n".join(after[first:last]), where)
