"""Other files of the same project, from which a file imports: their texts are read as the file's own is.

A module is sought beside the file and in the folders above it, up to the one that is the project's root. It is taken
only if there is one file that it can be.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from symconv.errors import CodeSourceError
from symconv.programs.source import MAX_FOLDERS, Module

ROOTS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
"""What the root of a project has."""


def neighbour(module: Module, name: str, level: int) -> Module | None:
    """The module of the same project that a file imports; None if there is no such file, or more than one.

    Args:
        name: its dotted name, empty for ``from . import ..``.
        level: the dots before it.
    """
    if module.path is None:
        return None
    found = {path for folder in _folders(module.path, level) for path in _files(folder, name)}
    return _module(found.pop()) if len(found) == 1 else None


def neighbour_of(module: Module, node: ast.ImportFrom) -> Module | None:
    """The module from which names are imported, if it is of the same project."""
    return neighbour(module, node.module or "", node.level)


def _folders(path: Path, level: int) -> Iterator[Path]:
    """The folders in which a name may be sought."""
    folder = path.resolve().parent
    if level:
        for _ in range(level - 1):
            folder = folder.parent
        yield folder
        return
    for _ in range(MAX_FOLDERS):
        yield folder
        if folder == folder.parent or any((folder / root).exists() for root in ROOTS):
            return
        folder = folder.parent


def _files(folder: Path, name: str) -> Iterator[Path]:
    place = folder.joinpath(*name.split(".")) if name else folder
    for path in (place.with_suffix(".py") if name else place / "__init__.py", place / "__init__.py"):
        if path.is_file():
            yield path
            return


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Module | None:
    try:
        module = Module(path.read_text(encoding="utf-8"), path.name, path.resolve())
        return module if module.tree.body else None
    except (OSError, UnicodeDecodeError, CodeSourceError):
        return None


def _module(path: Path) -> Module | None:
    return _read(path, path.stat().st_mtime_ns)
