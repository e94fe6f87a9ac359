"""The checker in Rocq, compiled once."""

from __future__ import annotations

import subprocess
from importlib.resources import files
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ``checker.v``, compiled: other files may require it."""
    folder = tmp_path_factory.mktemp("checker")
    text = files("symconv.proof.certificates").joinpath("checker.v").read_text(encoding="utf-8")
    (folder / "checker.v").write_text(text, encoding="utf-8")
    subprocess.run(["coqc", "checker.v"], cwd=folder, capture_output=True, check=True)
    return folder
