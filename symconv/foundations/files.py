"""Writing files: all of them or none, each whole, and never over what somebody else wrote or changed.

Every file is written beside its place under another name; then all are renamed. What was there is kept under a second
name until the last file is in its place, so that after an error everything is as it was. Ctrl-C waits until all is
written. Every file that symconv writes goes through here.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from symconv.errors import OutputError
from symconv.foundations.seals import LOOKED_AT, MARKER, has_marker, is_sealed, sealed

__all__ = ["MARKER", "write_files"]

Result = TypeVar("Result")

TRIES = 5
"""Of every action that puts something back."""

PERMISSIONS = 0o666
"""Of a new file, before the user's umask takes some away."""


def write_files(contents: Mapping[Path, str | bytes], force: bool = False) -> list[Path]:
    """Write all the texts (or bytes), and make the folders that they need; if one cannot be written, nothing changes.

    Args:
        contents: by path, each with ``MARKER`` in its first line or at its end (but for a PNG).
        force: overwrite files that symconv did not write, or that were changed since, and replace links.

    Raises:
        OutputError: a file cannot be written, or one is there that is not to be overwritten.
    """
    files = [_File.of(path, content) for path, content in contents.items()]
    _require_different(files)
    with _interrupts_held():
        for file in files:
            _or_output_error(file.path, partial(_require_free, file, force))
        _write(files, _missing_folders(files))
    return [file.path for file in files]


@dataclass(frozen=True)
class _File:
    """A file, with the names beside it of what is to come and of what was there."""

    path: Path
    content: bytes
    new: Path
    old: Path

    @staticmethod
    def of(path: Path, content: str | bytes) -> _File:
        given = f"the file {str(path)!r}"
        if not path.name or "\0" in str(path):
            raise OutputError(given, "it has no name, or a null character in it", "give the path of a file")
        try:
            data = content.encode() if isinstance(content, str) else content
            os.fsencode(path)
        except UnicodeEncodeError as error:
            raise OutputError(given, f"a character cannot be written: {error.reason}", "use other names") from error
        token = secrets.token_hex(8)
        return _File(path, sealed(data), *(path.with_name(f".symconv-{token}.{end}.part") for end in ("new", "old")))

    def stage(self) -> None:
        """Write what is to come, with the permissions of the file that it replaces."""
        replaces = self.path.is_file() and not self.path.is_symlink()
        mode = stat.S_IMODE(self.path.stat().st_mode) if replaces else PERMISSIONS
        handle = os.open(self.new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(handle, "wb") as file:
            file.write(self.content)
            file.flush()
            os.fsync(handle)
        if replaces:
            os.chmod(self.new, mode)

    def keep(self) -> None:
        """Give what is there a second name."""
        if not os.path.lexists(self.path):
            return
        try:
            os.link(self.path, self.old, follow_symlinks=False)
        except (OSError, NotImplementedError):  # not every file system has hard links
            self.old.unlink(missing_ok=True)
            shutil.copy2(self.path, self.old, follow_symlinks=False)

    def rename(self) -> None:
        os.replace(self.new, self.path)

    def restore(self, existed: bool) -> None:
        """Put back what was there, after ``keep``; to do it again changes nothing."""
        if os.path.lexists(self.new):  # it was not renamed
            return
        if not existed:
            self.path.unlink(missing_ok=True)
        elif os.path.lexists(self.old):
            os.replace(self.old, self.path)

    @property
    def is_lost(self) -> bool:
        """Whether what was there could not be put back, and has its second name alone."""
        return os.path.lexists(self.old) and not os.path.lexists(self.new)

    @property
    def passing(self) -> tuple[Path, ...]:
        """The names that are to go after an error, the new one last: without it, the old one is what was lost."""
        return () if self.is_lost else (self.old, self.new)


def _write(files: Sequence[_File], folders: Sequence[Path]) -> None:
    existed: dict[_File, bool] = {}  # of all files, once they have their second names
    try:
        for folder in reversed(folders):
            _or_output_error(folder, partial(os.mkdir, folder))
        for file in files:
            _or_output_error(file.path, file.stage)
        for file in files:
            _or_output_error(file.path, file.keep)
        existed = {file: os.path.lexists(file.path) for file in files}
        for file in files:
            _or_output_error(file.path, file.rename)
    except BaseException as error:
        restored = (partial(file.restore, there) for file, there in existed.items())
        cleaned = (partial(name.unlink, missing_ok=True) for file in files for name in file.passing)
        _surely(chain(restored, cleaned, (partial(os.rmdir, folder) for folder in folders)))
        if lost := [file for file in files if file.is_lost]:
            raise OutputError(
                f"the file {lost[0].path}", f"neither the new nor the old one could be put there: {error}",
                f"what it was is in {', '.join(str(file.old) for file in lost)}; rename that",
            ) from error  # fmt: skip
        raise
    _surely(partial(file.old.unlink, missing_ok=True) for file in files)


def _missing_folders(files: Sequence[_File]) -> list[Path]:
    """The folders that have to be made, a folder before the one that it is in."""
    wanted = {folder for file in files for folder in file.path.parents if not os.path.lexists(folder)}
    return sorted(wanted, key=lambda folder: len(folder.parts), reverse=True)


def _surely(actions: Iterable[Callable[[], object]]) -> None:
    """Do all of them, one after the other, whatever happens to one; each is tried several times."""
    interrupted: BaseException | None = None
    for action in actions:
        for _ in range(TRIES):
            try:
                action()
                break
            except OSError:
                continue
            except BaseException as error:
                interrupted = error
    if interrupted is not None:
        raise interrupted


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end. Threads other than the main one are not interrupted."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    waiting: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if waiting:
            signal.raise_signal(signal.SIGINT)


def _or_output_error(path: Path, action: Callable[[], Result]) -> Result:
    """Do it; what cannot be done is an OutputError."""
    try:
        return action()
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"the file {path}", f"it cannot be written: {reason}", "choose another place") from error


# -- what may be overwritten ---------------------------------------------------------------------------


def _require_different(files: Sequence[_File]) -> None:
    places: dict[str, Path] = {}
    for file in files:
        place = os.path.join(os.path.realpath(file.path.parent), file.path.name)
        if place in places:
            raise OutputError(f"{places[place]} and {file.path}", "they are one file", "use different names")
        places[place] = file.path


def _require_free(file: _File, force: bool) -> None:
    """An error if something is at the path that is not to be overwritten."""
    given, path = f"the file {file.path}", file.path
    if not os.path.lexists(path):
        return
    if path.exists() and not path.is_file():
        what = "it is a directory" if path.is_dir() else "it is a device, not a file"
        raise OutputError(given, what, "choose another name")
    if force:
        return
    if path.is_symlink():
        raise OutputError(
            given, f"it is a link to {os.readlink(path)}, and links are not followed",
            "write to that place, or use force (--force) to replace the link",
        )  # fmt: skip
    if not _says_ours(path):
        raise OutputError(
            given, "the file exists, and symconv did not write it", "move it, or use force (--force) to overwrite it"
        )
    there = path.read_bytes()
    if there != file.content and not is_sealed(there):
        raise OutputError(
            given,
            "it was changed after symconv wrote it",
            "move it to keep the changes, or use force (--force) to overwrite it",
        )


def _says_ours(path: Path) -> bool:
    """Whether a file has the marker; only its ends are read."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
        file.seek(max(0, path.stat().st_size - LOOKED_AT))
        return has_marker(head + b"\0" + file.read())
