"""The default tests on every supported Python, and with the lowest versions that pyproject.toml allows."""

from __future__ import annotations

from pathlib import Path

import nox

EXTRAS = ("network", "png", "notebook")


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python="3.10")
def lowest(session: nox.Session) -> None:
    session.install("tomli")
    constraints = Path(session.create_tmp()) / "lowest.txt"
    found = session.run("python", ".ci/lowest.py", *EXTRAS, silent=True)
    constraints.write_text(str(found), encoding="utf-8")
    session.install("-c", str(constraints), "-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)
