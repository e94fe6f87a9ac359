"""Rooms import downward only, and no module imports itself through others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACES = {"symconv", "symconv.cli.main", "symconv.__main__"}
"""They load rooms when those are used."""


def modules() -> dict[str, Path]:
    """All modules by name; a package is its ``__init__``."""
    found = {}
    for path in sorted((ROOT / "symconv").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """What a module imports of symconv, anywhere in it: in functions and for type checkers too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else str(node.module)


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    known = modules()
    return {name: set(imported(path, known)) - {name} for name, path in known.items()}


def rooms() -> list[str]:
    """The rooms of the table in docs/design.md, the upper ones first."""
    table = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").split("| room |")[1].split("\n\n")[0]
    return [name.removesuffix(".py").rstrip("/") for name in re.findall(r"^\| `([a-z_]+(?:/|\.py))` \|", table, re.M)]


def test_the_table_of_the_design_page_has_every_room() -> None:
    entries = {path.stem if path.suffix == ".py" else path.name for path in (ROOT / "symconv").iterdir()}
    assert set(rooms()) == {name for name in entries if not name.startswith("_") and name != "py.typed"}


def test_imports_run_downward_only(imports: dict[str, set[str]]) -> None:
    height = {room: -number for number, room in enumerate(rooms())}
    upward = [
        f"{name} imports {other}"
        for name, others in imports.items()
        if name not in {"symconv", "symconv.__main__"}
        for other in sorted(others - FACES)
        if height[name.split(".")[1]] < height[other.split(".")[1]]
    ]
    assert not upward, "\n".join(upward)


def test_no_module_imports_itself_through_others(imports: dict[str, set[str]]) -> None:
    graph = {name: others - FACES for name, others in imports.items() if name not in FACES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_checker_imports_nothing_of_the_rest(imports: dict[str, set[str]]) -> None:
    assert imports["symconv.verify"] == set()
