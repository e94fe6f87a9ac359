"""A derivation as a lecturer writes it: one rule a line, bookkeeping left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import Derivation, normal_form, readable
from symconv.algebra.rules import RuleName

BOOKKEEPING = (RuleName.RE_INDEX, RuleName.COLLECT)
"""Rules that only rename and re-order: on the board they are part of the line before."""


@dataclass(frozen=True)
class BoardLine:
    """One line of a derivation.

    Args:
        rule: what was done; empty for the first line.
        names: the indices that a sift solved for.
        form: the whole expression after it.
    """

    rule: str
    names: tuple[str, ...]
    form: Form


def board(
    start: Form, assumptions: Assumptions, order: Sequence[str], last: Form | None = None
) -> tuple[BoardLine, ...]:
    """The lines from ``start`` to its normal form, which may be given in other words as ``last``.

    Consecutive uses of a rule are one line, and bookkeeping is part of its neighbour.
    """
    return board_of(normal_form(start, assumptions, order), order, last)


def board_of(derivation: Derivation, order: Sequence[str], last: Form | None = None) -> tuple[BoardLine, ...]:
    """The lines of a derivation."""
    lines = [BoardLine("", (), derivation.start)]
    for rule, group in groupby(derivation.steps, key=lambda step: step.rule):
        members = list(group)
        names = [target for step in members for target in step.target if isinstance(target, str)]
        solved = tuple(dict.fromkeys(names)) if rule == RuleName.SIFT else ()
        lines.append(BoardLine(rule, solved, members[-1].after))
    normal = Form(tuple(map(readable, derivation.result))) if last is None else last
    lines.append(BoardLine(RuleName.RE_INDEX, (), normal))
    kept: list[BoardLine] = []
    for line in lines:
        if kept and _reads(kept[-1].form, order) == _reads(line.form, order):
            kept[-1] = replace(kept[-1], form=line.form)  # only the order of the terms is another
        elif line.rule in BOOKKEEPING and len(kept) > 1:
            kept[-1] = replace(kept[-1], form=line.form)
        else:
            kept.append(line)
    return tuple(kept)


def _reads(form: Form, order: Sequence[str]) -> list[str]:
    """The terms as they are printed, in no particular order."""
    from symconv.printing import latex  # with the tree's nodes: only needed to print

    return sorted(latex.form(Form((term,)), order) for term in form)
