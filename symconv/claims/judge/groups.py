"""Formulas with indices, and entries: the claims that are judged together, in every way of reading what is not said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

import sympy as sp

from symconv.claims.interpret.centred import centred_kernel
from symconv.claims.interpret.counting import bases, counted
from symconv.claims.interpret.meaning import Meaning
from symconv.claims.interpret.naming import Claimed, namings
from symconv.claims.interpret.orders import channels_from_one, channels_last, turned_matrix, turned_patches
from symconv.claims.interpret.readings import judged, readings_of
from symconv.claims.interpret.told import kernel_in_m, remarks, told
from symconv.claims.judge.lists import long_loops
from symconv.claims.judge.one_reading import judged_as_read, of_entry
from symconv.claims.judge.whole import about_a_matrix, about_whole_side, is_whole_side
from symconv.claims.parse.names import Names
from symconv.claims.parse.symbolic import read_symbolic
from symconv.claims.parse.written import Group, Written, groups_of, single
from symconv.claims.report import CheckReport, formula_of
from symconv.errors import ClaimError, FormulaError


@dataclass(frozen=True)
class Asked:
    """What the caller says besides the claims.

    Args:
        of: the quantity, if it is said.
        base: the number from which indices count.
        max_terms: limit for the exact comparison at concrete sizes.
        is_text: whether the claims are text.
        given: whether the caller has said from which number indices count.
    """

    of: str | None
    base: int
    max_terms: int
    is_text: bool
    given: bool


def by_groups(
    names: Names, items: Sequence[Any], shape: tuple[int, ...] | None, asked: Asked, positions: bool = False
) -> CheckReport:
    """The verdict on formulas with indices or entries: the first of them that is not proved, or the last.

    Raises:
        ClaimError: a claim cannot be read; the message has the place.
    """
    report = None
    read_as: dict[str, None] = {}
    proved: dict[str, None] = {}
    try:
        for group in _groups(names, items, shape, asked.is_text, positions):
            report = _on_group(names, group, asked)
            read_as |= dict.fromkeys(report.read_as)
            if not report.holds:
                break
            proved[report.of] = None
    except ClaimError as error:  # once more, for the place of what is wrong
        if positions or error.position is not None or not any(isinstance(item, str) for item in items):
            raise
        return by_groups(names, items, shape, asked, True)
    assert report is not None
    others = [f"what is said of {quantity} is proved" for quantity in proved if quantity != report.of]
    return replace(report, read_as=(*read_as, *others))


def _groups(
    names: Names, items: Sequence[Any], shape: tuple[int, ...] | None, is_text: bool, positions: bool
) -> list[Group]:
    """The claims that are judged together, each with the shape of an array: text as it is written, SymPy as it is."""
    if is_text:
        return [group for one in groups_of(items[0], names.known, positions) for group in _apart(names, one)]
    if len(items) > 1 and shape is None and all(isinstance(one, str) for one in items):
        groups = [group for one in items for group in groups_of(one, names.known, positions)]
        if all(one.shape is None and all(claim.left for claim in one.claims) for one in groups):
            return _apart(names, Group(tuple(claim for one in groups for claim in one.claims)))
    return [Group(tuple(single(one, names.known, positions) if isinstance(one, str) else one for one in items), shape)]


def _apart(names: Names, group: Group) -> list[Group]:
    """The group; formulas with indices, each for all entries, one by one; entries of several quantities, by these."""
    if len(group.claims) == 1 or group.shape is not None:
        return [group]
    named = next(namings(names, Claimed(group.claims, None)))
    readings = [next(readings_of(named, claim)) for claim in group.claims if not is_whole_side(named, claim)]
    general = [one.free or (one.left and not all(index.is_Integer for index in one.left[1])) for one in readings]
    if any(general) or len(readings) < len(group.claims) or not names.layer.is_concrete:
        return [Group((claim,), others=group.claims) for claim in group.claims]
    quantities: dict[str, list[Written]] = {}
    for claim, reading in zip(group.claims, readings):
        quantities.setdefault(reading.left[0] if reading.left else "", []).append(claim)
    if len(quantities) == 1 or "" in quantities:
        return [group]
    return [Group(tuple(claims), others=group.claims) for claims in quantities.values()]


def _on_group(names: Names, group: Group, asked: Asked) -> CheckReport:
    """The verdict on claims that are judged together, in the way of naming the tensors in which they are right."""
    written = [one for one in (*group.claims, *group.others) if isinstance(one, Written)]
    reports: list[CheckReport] = []
    errors: list[FormulaError] = []
    if (given_matrix := about_a_matrix(names, group, asked.of, asked.max_terms)) is not None:
        return given_matrix
    for named in namings(names, Claimed(written, asked.of)):
        if (whole := about_whole_side(named, group, asked.of, asked.max_terms)) is not None:
            reports.append(whole)
        for base in bases(named, written, asked.base, asked.given) if whole is None else ():
            try:
                reports.append(_in_names(counted(named, written), group, replace(asked, base=base)))
            except FormulaError as error:
                errors.append(error)
                continue
            if reports[-1].holds:
                break
        if reports and reports[-1].holds:
            return reports[-1]
    if not reports:
        raise errors[0]
    return reports[0]


def _in_names(names: Names, group: Group, asked: Asked) -> CheckReport:
    """The verdict on claims whose names are known, in the meaning of usual letters of sizes in which they are right."""
    report, placed = _with_sizes(names, group, asked)
    texts = [one.text if isinstance(one, Written) else one for one in group.claims]
    kernel = kernel_in_m(names, texts)
    for sizes in ({} if kernel is None else {"m": kernel}, placed):
        if sizes and (not report.holds or report.remarks):  # such as entries beyond the kernel's last
            other, _ = _with_sizes(names.with_sizes(sizes), group, asked)
            report = other if other.holds and not (report.holds and other.remarks) else report
    return report


def _with_sizes(names: Names, group: Group, asked: Asked) -> tuple[CheckReport, dict[str, sp.Expr]]:
    """The verdict on claims whose names and sizes are known, and other sizes that letters may mean by their place."""
    claims = group.claims
    ways = [
        readings_of(names, one) if isinstance(one, Written) else iter([read_symbolic(names, one)]) for one in claims
    ]
    texts = [one.text if isinstance(one, Written) else one for one in claims]
    placed: dict[str, sp.Expr] = {}

    def judge(readings: Sequence[Meaning]) -> CheckReport:
        readings = [of_entry(names, reading, asked.of) for reading in readings]
        if not asked.given and not asked.base:
            readings = [channels_from_one(names, reading) for reading in readings]
        for reading in readings:
            placed.update(reading.placed)
        report = in_order(readings)
        centred = () if asked.given else (centred_kernel,)  # a base that is given counts the kernel's indices too
        turns = (channels_last, *centred, turned_matrix, turned_patches)
        others = chain(*(turn(names, readings) for turn in turns))
        refuted: list[tuple[CheckReport, str]] = []
        for turned, words in others if not report.holds and not report.entries else ():
            try:
                other = in_order(turned)
            except FormulaError:
                continue
            if other.holds:
                return replace(other, read_as=(*other.read_as, words))
            refuted.append((other, words))
        return replace(report, explain=partial(_in_some_order, report.explain, refuted)) if refuted else report

    def in_order(readings: Sequence[Meaning]) -> CheckReport:
        report = judged_as_read(
            names.definitions, readings, group.shape, asked.of, texts, asked.base, asked.max_terms, asked.is_text
        )
        expressions = [reading.value.above for reading in readings]
        labels = [entry for reading in readings for entry in reading.labels.values()]
        said = dict.fromkeys(words for reading in readings for words in reading.readings)
        return replace(
            report, unfolded=names.definitions.named(expressions, labels),
            tell=partial(told, names, readings, asked.base),
            remark=partial(_remarks, names, readings, asked.base, report.of),
            read_as=(*said, *report.read_as),
        )  # fmt: skip

    return judged(names, ways, judge), placed


def _in_some_order(explain: Callable[[], Iterable[str]], others: Sequence[tuple[CheckReport, str]]) -> Iterator[str]:
    """Why a claim is wrong; if no mistake gives it as it stands, then in the first other order in which one does."""
    yield from (own := tuple(explain()))
    for report, words in others if not own else ():
        if report.explanation:
            yield from (f"{sentence}, if {words}" for sentence in report.explanation)
            return


def _remarks(names: Names, readings: Sequence[Meaning], base: int, of: str) -> Iterator[str]:
    """What there is to say of claims besides the verdict."""
    yield from remarks(names, readings, base)
    for reading in readings:
        yield from long_loops(names.layer, formula_of(names.layer, of), reading, base)
