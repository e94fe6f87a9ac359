"""Claims that can be read in several ways: each reading is judged, and the report says which one it is about.

In a formula with a delta of two indices, that may be the upstream gradient or Kronecker's delta.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from math import prod
from typing import Any

import sympy as sp

from symconv.claims.interpret.meaning import Meaning, Reading
from symconv.claims.parse.names import Names
from symconv.claims.parse.symbolic import read_symbolic
from symconv.claims.parse.written import Written, single
from symconv.claims.report import CheckReport
from symconv.errors import ClaimError, FormulaError
from symconv.layers import Layer

MOST_READINGS = 32
"""Claims with more readings are not judged."""

BOTH = "write [j = i] or KroneckerDelta(j, i) for 1 where they are equal, and dL/dh[..] for the upstream gradient"

Judge = Callable[[Sequence[Meaning]], CheckReport]


def readings_of(names: Names, written: Written) -> Iterator[Meaning]:
    """Every way to read a claim that is well-formed, the likeliest first.

    Raises:
        ClaimError: there is none; the message has the place.
    """
    errors: list[ClaimError] = []
    waiting: list[tuple[int, ...]] = [()]
    count = 0
    while waiting:
        choices = waiting.pop(0)
        reading = Reading(names, written.whole, choices)
        try:
            yield reading.sides(written)
            count += 1
        except ClaimError as error:
            errors.append(error)
        places = len(reading.ambiguous)
        waiting += [choices + (0,) * (at - len(choices)) + (1,) for at in range(len(choices), places)]
        if count + len(errors) + len(waiting) > MOST_READINGS:
            raise ClaimError(written.whole, f"delta can be read in two ways at {places} places", BOTH)
    if not count:
        raise errors[0]


def judged(names: Names, ways: Sequence[Iterator[Meaning]], judge: Judge) -> CheckReport:
    """The verdict on claims, each of which can be read in some ways.

    Proved where one reading of all is proved; refuted where every reading that says something is refuted. A gradient
    without the upstream gradient is wrong, and is not judged if another reading has it.

    Raises:
        SymconvError: no reading says something.
    """
    likeliest = [next(readings) for readings in ways]
    if not any(one.read_as for one in likeliest):
        return judge(likeliest)
    reports: list[CheckReport] = []
    errors: list[FormulaError] = []
    for readings in _combined(likeliest, ways):
        if reports and not _has_upstream(names, readings) and _has_upstream(names, likeliest):
            continue
        try:
            report = _said(judge(readings), readings)
        except FormulaError as error:
            errors.append(error)
            continue
        if report.holds:
            return report
        reports.append(report)
    if not reports:
        first = errors[0]
        raise type(first)(first.given, f"{first.wrong}, however delta is read", f"{first.right}; {BOTH}")
    chosen = next((report for report in reports if report.status == "undecided"), reports[0])
    if len(reports) == 1:
        return chosen
    return replace(chosen, read_as=(*chosen.read_as, f"it is proved in none of its {len(reports)} readings"))


def _has_upstream(names: Names, readings: Sequence[Meaning]) -> bool:
    """Whether each term of each claim about a gradient has a gradient in it; of other claims, True."""
    of_loss = f"d{names.layer.notation.loss}_d"
    gradients = {names.layer.notation.grad_output, *names.definitions.derivatives}
    for reading in readings:
        if reading.left is None or not reading.left[0].startswith(of_loss) or reading.labels:
            return True
        for term in _terms(reading.value.above):
            if not any(str(one.base.label) in gradients for one in term.atoms(sp.Indexed)):
                return False
    return True


def _terms(formula: sp.Expr) -> Iterator[sp.Expr]:
    """What is added up in a formula and in its sums, as it is written."""
    inner = formula.function if isinstance(formula, sp.Sum) else formula
    if inner is formula and not isinstance(formula, sp.Add):
        yield formula
        return
    for part in sp.Add.make_args(inner):
        yield from _terms(part)


def _combined(likeliest: Sequence[Meaning], others: Sequence[Iterator[Meaning]]) -> Iterator[Sequence[Meaning]]:
    """Every combination of readings; those that are less likely are made when they are asked for."""
    yield likeliest
    ways = [[first, *rest] for first, rest in zip(likeliest, others)]
    if (count := prod(map(len, ways))) > MOST_READINGS:
        raise ClaimError("these claims", f"they have {count:,} readings", BOTH)
    yield from islice(product(*ways), 1, None)


def _said(report: CheckReport, readings: Sequence[Meaning]) -> CheckReport:
    """The report, which says how the claims were read unless the usual reading is right."""
    words = dict.fromkeys(words for one in readings for words in one.read_as)
    return (
        replace(report, read_as=(*report.read_as, *words))
        if any(r.kronecker for r in readings) or not report.holds
        else report
    )


def read_one(layer: Layer, item: Any, names: Names | None = None) -> Meaning:
    """What a claim says, in its likeliest reading; ``names`` are the layer's, if they are known."""
    names = names or Names.of(layer)
    return next(readings_of(names, single(item, names.known))) if isinstance(item, str) else read_symbolic(names, item)
