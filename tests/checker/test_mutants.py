"""Mutants of the trusted parts must die: those made by hand, and a sample of all of ``mutation.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import Any

import pytest

from tests.checker.mutants_by_hand import BY_HAND
from tests.checker.mutation import ROOMS, ROOT, mutants
from tests.checker.mutation_survivors import SURVIVORS

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants run in forks")


@cache
def outcomes(*options: str) -> dict[tuple[str, str, str], str]:
    """What became of every mutant of a run."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.checker.mutation", "--json", *options],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    rows: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    assert rows, run.stderr
    return {tuple(row["mutant"]): row["outcome"] for row in rows}


@needs_fork
@pytest.mark.mutation
@pytest.mark.parametrize("words", BY_HAND)
def test_a_mutant_made_by_hand_is_seen(words: str) -> None:
    room, *_ = BY_HAND[words]
    assert outcomes("--by-hand")[room, "by hand", words] == "seen"


JUDGEMENT = [f"--room={room}" for room in ("rules", "entries", "general", "checking", "constraints")]
SAMPLES = [
    pytest.param(["--count=12"], marks=pytest.mark.mutation, id="a few"),
    pytest.param(["--count=20"], marks=pytest.mark.exhaustive, id="more"),
    pytest.param([*JUDGEMENT, "--count=59"], marks=pytest.mark.exhaustive, id="rules and judgement"),
]
"""The first mutants, as many as have been looked at; raise a number after a wider run of ``mutation.py``."""


@needs_fork
@pytest.mark.parametrize("options", SAMPLES)
def test_mutants_are_seen_or_explained(options: list[str]) -> None:
    found = outcomes(*options)
    assert found and set(found.values()) <= {"seen", "in circles", "explained"}, found


def test_every_survivor_is_one_mutant() -> None:
    """When the code changes, so does the list; what is said of one mutant is not taken for another with its name."""
    every = Counter(mutant.key for room in ROOMS for mutant in mutants(room))
    assert {key: every[key] for key in SURVIVORS if every[key] != 1} == {}
