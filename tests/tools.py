"""Programs that some tests need: skip without them, or fail where SYMCONV_REQUIRE_TOOLS is set."""

from __future__ import annotations

import os
import shutil

import pytest


def require_tool(name: str) -> None:
    if shutil.which(name) is None:
        if os.environ.get("SYMCONV_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is required here and is not installed")
        pytest.skip(f"{name} is not installed")
