"""Tampered files: ``verify.py`` and the checker in Rocq stop at the same step.

The step that Rocq gets for a wrong one is one of which nothing is shown, so Rocq says itself where it stops, and it
accepts all steps before. That a step has the shape that its rule says is seen when it is written for Rocq; every
inequality that it needs is shown to Rocq with multipliers that are found anew.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from symconv import verify
from symconv.proof.certificates.gallina import Gallina
from symconv.proof.certificates.kernel import KernelTheorem
from symconv.proof.certificates.translation import translated
from tests.checker.forging import Json, sealed
from tests.checker.test_rocq_checker import compiled
from tests.checker.test_verify import tampered, theorems

Place = tuple[str, int]
AT_ONCE = 500
"""Theorems in one file for Rocq."""


def without_multipliers(data: Any) -> Any:
    """What Rocq has of a theorem: it gets multipliers of its own, and no last line but those of the formulas."""
    if isinstance(data, dict):
        left_out = ("multipliers", "sha256", "statement", "scope", "final", "example", "text")
        return {key: without_multipliers(value) for key, value in data.items() if key not in left_out}
    return [without_multipliers(one) for one in data] if isinstance(data, list) else data


def place_in_python(data: Json) -> Place | None:
    """Where a file is rejected: a formula, and a step or 0 for its last line; None if it is accepted."""
    try:
        verify.check(data)
    except verify.Rejected as error:
        return (error.formula, 0 if "last line" in error.why else error.step)
    return None


HEADER = """Require Import checker ZArith List Bool. Import ListNotations. Open Scope Z_scope.
Definition stops (A : assumptions) (fs : list form) (ps : list proof) : list (option nat) :=
  map (fun fp => refused_from 0 A (steps (snd fp)) (fst fp)) (combine fs ps)."""


def in_rocq(kernel: KernelTheorem, defined: dict[tuple[str, str], str]) -> str:
    """Where it stops, and whether all is right. What many files have in common is defined once."""
    writer = Gallina(kernel, "", defined)
    made = {name: f"({text} : {kind})" for name, (kind, text) in writer.parts().items()}
    starts, described = made["formulas"], "true"
    if kernel.layer:
        layer = f"{made['about']} {kernel.layer.quantity} {made['entry']}"
        starts = f"definition assumed {layer} :: {starts}"
        described = f"well_described assumed {layer} {made['sizes']}"
    asked = "(stops assumed starts proofs, (DESCRIBED && check assumed starts proofs)%bool)"
    return "\n".join([
        *writer.lines,
        f"Compute (let assumed := {made['assumed']} in let proofs := {made['proofs']} in let starts := {starts} in",
        f"  {asked.replace('DESCRIBED', described)}).",
    ])  # fmt: skip


def places_in_rocq(
    kernels: dict[int, KernelTheorem], folder: Path, checker: Path
) -> Iterator[tuple[int, Place | None]]:
    """Where Rocq stops, in the order of the formulas."""
    defined: dict[tuple[str, str], str] = {}
    text = "\n".join([HEADER, *(in_rocq(one, defined) for one in kernels.values())])
    done = compiled(text, folder, checker)
    assert done.returncode == 0, done.stderr
    said = re.findall(r"= \((\[.*?\]),\s*(true|false)\)\n", done.stdout, re.DOTALL)
    for (number, kernel), (stops, right) in zip(kernels.items(), said, strict=True):
        places = re.findall(r"Some (\d+)|None", stops)
        found: Place | None = None
        for (label, formula), place in zip(kernel.formulas.items(), places, strict=True):
            if place and found is None:
                found = (label, formula.origins[int(place)])
        yield number, found if found else None if right == "true" else ("", 0)


@pytest.mark.rocq
@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.exhaustive)])
def test_both_checkers_stop_at_the_same_step(count: int, tmp_path: Path, checker: Path) -> None:
    generator, known, seen = random.Random(0), theorems(), Counter[str]()
    waiting: dict[int, KernelTheorem] = {}
    places: dict[int, Place | None] = {}
    kept: dict[int, Json] = {}

    def compare() -> None:
        for number, there in places_in_rocq(waiting, tmp_path, checker):
            here = places[number]
            same = here == there or (here and there and here[1] == there[1] == 0)  # last lines, which both have
            assert same, (here, there, json.dumps(kept[number]))
            seen["the same"] += 1
        waiting.clear()

    for number in range(count):
        original = generator.choice(known)
        data = sealed(tampered(original, generator))
        if without_multipliers(data) == without_multipliers(original):
            seen["not in Rocq"] += 1
            continue
        here = place_in_python(data)
        if here is not None and not here[0]:
            seen["what is assumed is rejected"] += 1
            continue
        try:
            waiting[number], places[number], kept[number] = translated(data, keep_wrong_steps=True), here, data
        except verify.Rejected:
            assert here is not None
            seen["cannot be read"] += 1
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            assert here is not None
            seen["cannot be read"] += 1
        if len(waiting) == AT_ONCE:
            compare()
    compare()
    print(dict(seen))
    assert seen["the same"] > 0.65 * count
