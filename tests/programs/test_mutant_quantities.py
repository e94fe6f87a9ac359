"""10,000 quantities of mistyped programs: none is proved and wrong, none refuted and right, few wrong ones are open."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.programs.mutant_quantities import counted
from tests.programs.right import BY_PLACE, RIGHT

QUANTITIES = 180
"""As many of each of 65 programs are more than 10,000, those included that have fewer."""
QUICK = "loops.py::filter_image"


@pytest.mark.parametrize(
    ("place", "count"),
    [
        (QUICK, 3),
        *(
            pytest.param(program.place, QUANTITIES, marks=pytest.mark.exhaustive)
            for program in RIGHT
            if not program.needs
        ),
    ],
)
def test_the_verdict_on_a_quantity_is_that_of_real_runs(place: str, count: int, tmp_path: Path) -> None:
    found = counted(BY_PLACE[place], tmp_path, count)
    assert not found["proved, wrong"] and not found["refuted, right"], found
    wrong = sum(number for said, number in found.items() if said.endswith(", wrong"))
    assert sum(number for said, number in found.items() if said.startswith("refuted")) >= 0.95 * wrong, found
