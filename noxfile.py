"""The default tests on every supported Python, and with the lowest versions that pyproject.toml allows."""

from __future__ import annotations

import re
from pathlib import Path

import nox

PYPROJECT = nox.project.load_toml("pyproject.toml")["project"]
RUN_TIME = [
    *PYPROJECT["dependencies"],
    *(n for e in ("network", "png", "notebook") for n in PYPROJECT["optional-dependencies"][e]),
]


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python="3.10")
def lowest(session: nox.Session) -> None:
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(re.sub(">=", "==", one) for one in RUN_TIME), encoding="utf-8")
    session.install("-c", str(constraints), "-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)
