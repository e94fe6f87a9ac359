"""The tiers of the tests: what a plain ``python -m pytest`` leaves out, and the program or package that a tier needs.

``python -m pytest`` runs the default tier, which needs nothing but what the extra ``test`` installs.
``python -m pytest -m "more and not exhaustive"`` runs the others, and ``-m ""`` runs all.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

import pytest

from tests.tools import require_module, require_tool

NEEDS: dict[str, Callable[[], object]] = {
    "tex": partial(require_tool, "pdflatex"),
    "browser": partial(require_tool, "chromedriver"),
    "rocq": partial(require_tool, "coqc"),
    "torch": partial(require_module, "torch"),
}
"""What the tests of a tier need; without it they are skipped."""

MORE = {*NEEDS, "slow", "bench", "docs", "mutation", "exhaustive"}
"""The tiers that a plain ``python -m pytest`` leaves out."""


def pytest_itemcollected(item: pytest.Item) -> None:
    if any(mark.name in MORE for mark in item.iter_markers()):
        item.add_marker("more")


def pytest_collection_finish() -> None:
    """Leave what has been collected to the end of the run, instead of looking for garbage in it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers():
        if mark.name in NEEDS:
            NEEDS[mark.name]()
