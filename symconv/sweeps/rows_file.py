"""The rows of a sweep in a file of JSON lines, which is whole after every row, whatever happens to the process.

The first line names the task. A row is appended by one write; a last line without its end was being written when the
process was killed, and is removed when the file is opened again.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from symconv.errors import OutputError
from symconv.sweeps.tasks import Record

FORMAT = "symconv sweep 1"
"""What the first line says of the file."""


class RowsFile:
    """An open file of rows, which one process has at a time.

    Args:
        path: of the file, which is made if it is missing.
        task: what is done with the items, in words.

    Raises:
        OutputError: the file is of another task, is not one of rows, is open in another process, or cannot be written.
    """

    def __init__(self, path: Path, task: str) -> None:
        self.path, self.task = path, task
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise self._error(f"it cannot be written: {error.strerror or error}", "choose another place") from error
        try:
            if not stat.S_ISREG(os.fstat(self._handle).st_mode):  # to read a device may never end
                raise self._error("it is a device or a pipe", "name a file")
            self._lock()
            self.rows = self._read()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> RowsFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._handle)

    def add(self, key: str, record: Record) -> None:
        """Append a row; it is in the file when this returns."""
        self._write({"key": key, **record})

    def _write(self, value: dict[str, Any]) -> None:
        line = json.dumps(value).encode() + b"\n"
        try:
            while line:  # more than once only if the disk is nearly full
                line = line[os.write(self._handle, line) :]
        except OSError as error:
            raise self._error(f"it cannot be written: {error.strerror or error}", "make room for it") from error

    def _lock(self) -> None:
        """Keep other processes out. The lock ends with this process, and its children do not inherit it."""
        try:
            import fcntl
        except ImportError:  # there is none on Windows
            return
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise self._error("another process writes to it", "wait for its end, or name another file") from error

    def _read(self) -> dict[str, Record]:
        """The rows that are there by their keys; the last one with a key counts."""
        with open(self._handle, "rb", closefd=False) as file:  # to open and close the path would end the lock
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        if not whole and FORMAT.encode() not in text and not self._opening.startswith(text):
            raise self._error("it has something else in it", "name another file")
        if len(whole) < len(text):
            os.ftruncate(self._handle, len(whole))
        first, *lines = whole.splitlines() or [b""]
        if not first:
            self._write({"sweep": FORMAT, "task": self.task})
            return {}
        self._require_ours(self._parsed(first, 1))
        rows = {}
        for number, line in enumerate(lines, 2):
            record = self._parsed(line, number)
            key = record.pop("key", None)
            if not isinstance(key, str) or {"item", "status", "holds", "why"} - set(record):
                raise self._error(f"line {number} is not a row", "remove the line, or name another file")
            rows[key] = record
        return rows

    @property
    def _opening(self) -> bytes:
        return json.dumps({"sweep": FORMAT, "task": self.task}).encode()

    def _require_ours(self, head: Record) -> None:
        if head.get("sweep") != FORMAT:
            raise self._error("it has something else in it", "name another file")
        if head.get("task") != self.task:
            there = str(head.get("task"))[:100]
            raise self._error(f"its rows are of another task, {there}", "name another file, or give the same task")

    def _parsed(self, line: bytes, number: int) -> Record:
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            wrong = "it has something else in it" if number == 1 else f"line {number} is not JSON"
            raise self._error(wrong, "remove the line, or name another file" if number > 1 else "name another file")
        return value

    def _error(self, wrong: str, right: str) -> OutputError:
        return OutputError(f"the file {self.path}", wrong, right)
