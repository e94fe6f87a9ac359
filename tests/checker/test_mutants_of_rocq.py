"""The checker in Rocq without one of its conditions has no proof: it does not compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checker.mutants_of_rocq import MUTANTS
from tests.checker.test_rocq_checker import CHECKER, compiled


def test_every_mutant_is_one_change() -> None:
    text = CHECKER.read_text(encoding="utf-8")
    assert {words: text.count(old) for words, (old, _) in MUTANTS.items() if text.count(old) != 1} == {}
    assert len(MUTANTS) >= 50


SLOW = [pytest.param(words, marks=pytest.mark.exhaustive) for words in list(MUTANTS)[2:]]
STARTS = r"(Lemma|Theorem|Definition|Fixpoint|Record|Inductive)\b"


@pytest.mark.rocq
@pytest.mark.parametrize("words", [*list(MUTANTS)[:2], *SLOW])
def test_a_mutant_has_no_proof(words: str, tmp_path: Path) -> None:
    old, new = MUTANTS[words]
    text = CHECKER.read_text(encoding="utf-8").replace(old, new)
    done = compiled(text, tmp_path)
    assert done.returncode, f"it compiles: {words}"
    (number,) = re.findall(r"line (\d+), characters", done.stderr)
    above = text.splitlines()[: int(number)]
    begun = [line for line in above if re.match(STARTS, line)][-1]
    assert re.match("Lemma|Theorem", begun), begun  # a proof fails, and no definition
