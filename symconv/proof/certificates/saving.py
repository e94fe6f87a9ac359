"""Theorem files of reports: written to disk, for the checker that trusts nobody, and as one file for Rocq."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from symconv.foundations.files import MARKER, write_files


def theorem_file(theorems: Sequence[dict[str, Any]]) -> str:
    """The text of a file with these theorems, for ``symconv verify``."""
    import json  # only to write one

    return f'{{"about": "{MARKER}, for: symconv verify", "theorems": {json.dumps(theorems, indent=1)}}}\n'


class TheoremFiles:
    """A report that has theorem files: a subclass makes them with ``certificates()``."""

    def certificates(self) -> list[dict[str, Any]]:
        """The theorem files, one for each theorem."""
        raise NotImplementedError

    def save(self, path: str | PathLike[str], force: bool = False) -> Path:
        """Write all theorem files as one, for ``symconv verify``; its path.

        Args:
            path: of the file.
            force: overwrite a file that symconv did not write, or that was changed since.

        Raises:
            SymconvError: something is not proved, or not by a common last line of both formulas.
            OutputError: the file cannot be written, or one is there that is not to be overwritten.
        """
        (written,) = write_files({Path(path): theorem_file(self.certificates())}, force)
        return written

    def to_rocq(self, notes: list[str] | None = None) -> str:
        """A file for Rocq (Coq 8.16 or newer) with a checker, the proof that it is right, and all theorems.

        Args:
            notes: gets a sentence for everything that ``symconv verify`` shows and the file does not.

        Raises:
            SymconvError: something is not proved, or the checker in Rocq does not have a step of its proof.
        """
        from symconv.proof.certificates.gallina import rocq_file  # only to write one

        return rocq_file(self.certificates(), type(self).__name__, notes)
