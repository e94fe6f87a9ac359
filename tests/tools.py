"""Programs and packages that some tests need: skip without them, or fail where SYMCONV_REQUIRE_TOOLS is set."""

from __future__ import annotations

import os
import shutil
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


def parts(count: int, default: int) -> list[Any]:
    """The numbers of ``count`` parts of a long test, of which the ``default`` tier runs the first."""
    return [part if part < default else pytest.param(part, marks=pytest.mark.slow) for part in range(count)]
