"""Pairs that look equal: none that differs is proved, and none that is equal is refuted; most are decided."""

from __future__ import annotations

import re

import pytest

from symconv import prove_equal
from symconv.errors import SymconvError
from tests.algebra.adversarial_pairs import INDICES, SIZES, Pair, numbers, pairs, translated, value

PARTS = [(0, 50), *(pytest.param(part, part + 100, marks=pytest.mark.exhaustive) for part in range(100, 3100, 100))]
MOST_LEFT = 0.12
"""Of a part of those that seem equal: undecided ones, and those that multiply two summed names, which are not read."""
TRIED = 60


def first_difference(pair: Pair, seed: int, from_one: set[str]) -> dict[str, int] | None:
    """Numbers at which the two differ, if some names are at least 1."""
    for at in range(TRIED):
        drawn = numbers(1000 * seed + at)
        drawn |= {name: max(1, drawn[name]) for name in from_one}
        one, other = (value(side, drawn, at) for side in pair)
        if one != other:
            return drawn
    return None


def names_from_one(scope: str) -> set[str]:
    """The names of which a verdict's scope says that they are at least 1: also one that multiplies a summed name."""
    found = re.search(r"([\w, ]+) >= 1", scope)
    return set(re.findall(r"\b[a-z]\b", found.group(1))) if found else set()


@pytest.mark.parametrize(("first", "last"), PARTS)
def test_what_python_says_of_pairs_that_look_equal(first: int, last: int) -> None:
    left = equal = 0
    for seed, *pair in pairs(first, last):
        try:
            verdict = prove_equal(*map(translated, pair))
        except SymconvError as error:
            assert "it multiplies two summed names" in str(error), (seed, pair)
            left, equal = left + 1, equal + 1
            continue
        if verdict.refuted:
            at = {**dict.fromkeys(SIZES, 1), **dict.fromkeys(INDICES, 0), **verdict.witness.sizes}
            results = [value(side, at, 0, verdict.witness.values) for side in pair]
            assert results == [verdict.witness.left, verdict.witness.right] and results[0] != results[1], (seed, pair)
            continue
        differs = first_difference((pair[0], pair[1]), seed, names_from_one(verdict.scope))
        assert not (verdict.proved and differs), (seed, pair, differs)
        equal += differs is None
        left += verdict.undecided and differs is None
    assert left <= MOST_LEFT * equal


LETTERS = ({"n": "q", "m": "u", "s": "r", "t": "v"}, {"n": "u", "m": "q"}, {"n": "v", "m": "r", "s": "q", "t": "u"})
"""Names that new sums get in rules, and others."""
SAME = [(0, 15), *(pytest.param(part, part + 100, marks=pytest.mark.exhaustive) for part in range(100, 600, 100))]


def status(pair: Pair, letters: dict[str, str]) -> str:
    try:
        return prove_equal(*(translated(side, letters) for side in pair)).status
    except SymconvError:
        return "not read"


@pytest.mark.parametrize(("first", "last"), SAME)
def test_letters_of_sizes_change_no_verdict(first: int, last: int) -> None:
    for seed, *pair in pairs(first, last):
        found = {status((pair[0], pair[1]), letters) for letters in ({}, *LETTERS)}
        assert len(found) == 1, (seed, pair, found)
