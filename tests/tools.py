"""Programs and packages that some tests need: skip without them, or fail where SYMCONV_REQUIRE_TOOLS is set."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import pytest


def require_tool(name: str) -> None:
    if shutil.which(name) is None:
        if os.environ.get("SYMCONV_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is required here and is not installed")
        pytest.skip(f"{name} is not installed")


def require_module(name: str) -> Any:
    """A package, imported."""
    try:
        return import_module(name)
    except ImportError:
        if os.environ.get("SYMCONV_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is required here and is not installed")
        pytest.skip(f"{name} is not installed", allow_module_level=True)


def parts(count: int, default: int, others: str = "slow") -> list[Any]:
    """The numbers of ``count`` parts of a long test: the first in the ``default`` tier, the ``others`` in another."""
    mark = getattr(pytest.mark, others)
    return [part if part < default else pytest.param(part, marks=mark) for part in range(count)]


def draws(few: int, many: int) -> list[Any]:
    """The numbers of random draws of a test: few in the default tier, and many in the slow one."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]


def thinned(cases: Iterable[Any], every: int) -> list[Any]:
    """The cases of a long table: every third, say, in the default tier, and the others in the slow one."""
    return [
        case
        if at % every == 0
        else pytest.param(*(case if isinstance(case, tuple) else [case]), marks=pytest.mark.slow)
        for at, case in enumerate(cases)
    ]
