"""What is loaded when it is used, and that loading leaves the garbage collector as it was."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from symconv.foundations.later import Later, collecting_later

UNNEEDED = (
    "numpy", "lark", "jinja2", "tabulate", "tqdm", "html.entities", "difflib", "symconv.printing.tree",
    "symconv.printing.latex", "symconv.networks", "symconv.notes", "symconv.claims", "symconv.figures",
)  # fmt: skip


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """A collector from which nothing is frozen, and afterwards the one that was."""
    was, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.unfreeze()
    yield
    (gc.enable if was else gc.disable)()
    (gc.freeze if frozen else gc.unfreeze)()


def test_what_a_proof_does_not_need_is_not_loaded() -> None:
    program = f"import sys; from symconv import Conv, prove; print(*[m for m in {UNNEEDED} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    known = subprocess.run(
        [sys.executable, "-c", f"import sys, sympy; print(*[m for m in {UNNEEDED} if m in sys.modules])"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert set(loaded) <= set(known)


def test_a_module_is_loaded_when_something_of_it_is_asked_for() -> None:
    module = Later("math")
    assert "gcd" not in vars(module)
    assert module.gcd(4, 6) == 2
    assert "gcd" in vars(module)


@pytest.mark.parametrize("on", [True, False])
def test_loading_leaves_the_collector_as_it_was(on: bool) -> None:
    (gc.enable if on else gc.disable)()
    with pytest.raises(ZeroDivisionError), collecting_later():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled() is on
    assert gc.get_freeze_count() == 0


@pytest.mark.slow
def test_what_was_made_meanwhile_is_old_and_can_be_collected() -> None:
    gc.collect()
    with collecting_later():
        cycle: list[object] = []
        cycle.append(cycle)
        place = id(cycle)
    assert any(id(one) == place for one in gc.get_objects(generation=2))
    del cycle
    assert gc.collect() >= 1


def test_what_the_user_has_frozen_stays_frozen() -> None:
    gc.freeze()
    before = gc.get_freeze_count()
    with collecting_later():
        pass
    assert gc.get_freeze_count() == before > 0
