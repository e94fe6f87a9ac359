"""Writing files: whole or not at all, and never over a file that symconv did not write."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from symconv.errors import OutputError

MARKER = "Written by symconv"
"""Stands in the first line of every file that symconv writes, or, where a format has no room there, at its end."""

LOOKED_AT = 400
"""So many bytes from the beginning and from the end."""


def write_files(directory: Path, texts: Mapping[str, str | bytes], force: bool = False) -> list[Path]:
    """Write all the texts (or bytes) into the directory, which is made if it is not there. Nothing is left half done.

    Raises:
        OutputError: the directory cannot be made or written, or a file is there that symconv did not
            write (and ``force`` is not set).
    """
    if "\0" in str(directory):
        raise OutputError(f"the directory {str(directory)!r}", "a path cannot hold a null character", "choose another")
    paths = {name: directory / name for name in texts}
    made: list[Path] = []
    waiting: list[tuple[Path, Path]] = []
    try:
        for path in paths.values():
            if path.exists() and not force and not _is_ours(path):
                raise OutputError(
                    f"the file {path}", "it is there and symconv did not write it", "move it, or use force"
                )
        made = [folder for folder in (directory, *directory.parents) if not folder.exists()]
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            waiting.append((_temporary(directory, text), paths[name]))
        for temporary, path in waiting:
            os.replace(temporary, path)
    except OSError as error:
        for temporary, _ in waiting:
            temporary.unlink(missing_ok=True)
        for folder in made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        reason = error.strerror or str(error)
        raise OutputError(f"the directory {directory}", f"it cannot be written: {reason}", "choose another") from error
    return list(paths.values())


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.readline(LOOKED_AT)
        file.seek(max(0, path.stat().st_size - LOOKED_AT))
        return MARKER.encode() in first or MARKER.encode() in file.read()


def _temporary(directory: Path, text: str | bytes) -> Path:
    """A new file in the directory with the text in it; removed again where the text cannot be written."""
    handle, name = tempfile.mkstemp(dir=directory, prefix=".symconv-", suffix=".part")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        path.chmod(0o644)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
