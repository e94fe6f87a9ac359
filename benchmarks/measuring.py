"""Two sides, one after the other, again and again: a comparison, and how it is measured.

The clock is the CPU time of this process. A repetition of every side gets what ``prepare`` made for it, outside the
clock; SymPy's cache is emptied and garbage collected before each, also outside the clock. So no side finds what an
earlier repetition left behind.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

from benchmarks.checks import CheckError
from benchmarks.peers import MissingPeerError, peer
from benchmarks.rows import RATE, SECONDS, Limit, Row

CLOCK = "CPU time of the process, one thread on each side; median of alternating repetitions after one to warm up"


@dataclass(frozen=True)
class Effort:
    """How much is done: in full, or a small part of it, quickly.

    >>> Effort(quick=True).choose(full=7, quick=3)
    3
    """

    quick: bool = False

    def choose(self, full: Any, quick: Any) -> Any:
        return quick if self.quick else full


@dataclass(frozen=True)
class Sample:
    """A second part of the work, of which only a sample is done: its time counts ``scale`` times.

    ``run`` gets what was prepared and the result of the first part, and gives the result of both.
    """

    run: Callable[[Any, Any], Any]
    scale: float


@dataclass(frozen=True)
class Side:
    """Somebody's way to do the work.

    Args:
        name: who, and how.
        run: does it once, given what was prepared; this is what the clock sees.
        prepare: what is made ready for this side alone, outside the clock, of what all sides are given.
        at_most: repetitions of a side that takes long, and then with none before to warm up.
        sample: a second part that is done in part only.
    """

    name: str
    run: Callable[[Any], Any]
    prepare: Callable[[Any], Any] | None = None
    at_most: int | None = None
    sample: Sample | None = None


@dataclass(frozen=True)
class Comparison:
    """One row to be measured.

    Args:
        work: what is done, in words.
        ours: symconv's side.
        peers: ways to do the same without symconv; the fastest counts. None where there is nobody.
        check: gets symconv's result and the peer's (None without a peer), of the same repetition; says that they are
            the same, or raises CheckError. It is called for each peer.
        prepare: what every side gets in one repetition, by the repetition's number: fresh numbers.
        needs: packages without which the row is skipped.
        count: things done at once, where the row is to report how many a second.
    """

    work: str
    ours: Side
    peers: Sequence[Side]
    check: Callable[[Any, Any], str]
    prepare: Callable[[int], Any] = lambda seed: None
    repetitions: int = 7
    limit: Limit | None = None
    needs: tuple[str, ...] = ()
    count: int | None = None
    note: str = ""


def measure(comparison: Comparison) -> Row:
    """The row: with figures where the check of every peer passes; else without, and with what went wrong."""
    return guarded(comparison.work, lambda: _measured(comparison), comparison.limit)


def guarded(work: str, row: Callable[[], Row], limit: Limit | None = None) -> Row:
    """The row, or one without figures that says why there are none."""
    try:
        return row()
    except MissingPeerError as missing:
        return Row(work, "skipped", f"skipped: {missing}", limit=limit)
    except CheckError as problem:
        return Row(work, "failed", f"FAILED: {problem}", limit=limit)
    except Exception as error:  # one row's trouble must not hide the others
        return Row(work, "failed", f"FAILED: {type(error).__name__}: {error}", limit=limit)


def _measured(comparison: Comparison) -> Row:
    for name in comparison.needs:
        peer(name)
    times, results = alternate((comparison.ours, *comparison.peers), comparison.prepare, comparison.repetitions)
    ours, *theirs = results
    found = [comparison.check(ours, other) for other in theirs or [None]]
    count = comparison.count
    figures = [median(one) if count is None else count / median(one) for one in times]
    best = times.index(min(times[1:], key=median)) if theirs else None
    return Row(
        comparison.work,
        "measured",
        found[0],
        symconv=figures[0],
        peer=None if best is None else figures[best],
        unit=SECONDS if count is None else RATE,
        peer_name="" if best is None else comparison.peers[best - 1].name,
        limit=comparison.limit,
        note=comparison.note,
    )


def alternate(
    sides: Sequence[Side], prepare: Callable[[int], Any], repetitions: int
) -> tuple[list[list[float]], list[Any]]:
    """Every side's times, and its result of repetition 1, in which all had the same to do.

    Repetition 0 warms up and is not timed.
    """
    times: list[list[float]] = [[] for _ in sides]
    results: list[Any] = [None for _ in sides]
    for number in range(repetitions + 1):
        for at, side in enumerate(sides):
            if side.at_most is not None and not 1 <= number <= side.at_most:
                continue
            seconds, result = once(side, prepare(number))
            if number:
                times[at].append(seconds)
            if number == 1:
                results[at] = result
    return times, results


def once(side: Side, given: Any) -> tuple[float, Any]:
    """The CPU time of one repetition, and its result."""
    ready = given if side.prepare is None else side.prepare(given)
    nothing_remembered()
    seconds, result = _timed(side.run, ready)
    if side.sample is not None:
        more, result = _timed(side.sample.run, ready, result)
        seconds += more * side.sample.scale
    return seconds, result


def _timed(run: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    start = process_time()
    result = run(*arguments)
    return process_time() - start, result


def nothing_remembered() -> None:
    """Empty SymPy's cache, which outlives the objects it was filled by, and collect garbage."""
    if "sympy" in sys.modules:
        from sympy.core.cache import clear_cache

        clear_cache()
    gc.collect()
