"""LaTeX to PDF, by pdflatex or tectonic, whichever is there: in a folder of its own, without a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from symconv.errors import OutputError
from symconv.foundations.files import MARKER

MOST_SECONDS = 180
FIXED = {
    "SOURCE_DATE_EPOCH": "0",
    "FORCE_SOURCE_DATE": "1",
    "openin_any": "p",
    "openout_any": "p",
    "max_print_line": "1000",
}
"""The environment in which a document is compiled: a fixed date, and no files but its own and TeX's."""


def pdf(latex: str, numbers_from: str | None = None) -> bytes:
    """The document's PDF.

    Args:
        latex: the document.
        numbers_from: the same document without what takes long, such as figures; the first run, which only finds the
            numbers of theorems and figures, is made of it.

    Raises:
        OutputError: neither program is there, or the document does not compile.
    """
    program = _program()
    if program is None:
        raise OutputError(
            "the format pdf", "neither pdflatex nor tectonic is installed", "install TeX Live, or write tex"
        )
    with tempfile.TemporaryDirectory(prefix="symconv-") as folder:
        source = Path(folder) / "notes.tex"
        for text in (latex,) if program == "tectonic" else (numbers_from or latex, latex):
            source.write_text(text, encoding="utf-8", newline="\n")
            _run([program, *OPTIONS[program], source.name], source)
        return source.with_suffix(".pdf").read_bytes() + f"% {MARKER}\n".encode()


def has_latex() -> bool:
    """Whether a program is there that makes a PDF."""
    return _program() is not None


def _program() -> str | None:
    return next((name for name in ("pdflatex", "tectonic") if shutil.which(name)), None)


OPTIONS = {
    "pdflatex": ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"),
    "tectonic": ("--untrusted",),
}
"""Neither program asks, runs a shell, or goes on after an error; tectonic runs as often as it must."""


def _run(command: list[str], source: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=source.parent, env={**os.environ, **FIXED}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, encoding="utf-8", errors="replace", check=False, timeout=MOST_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(f"the program {command[0]}", f"it did not run: {error}"[:300], "write tex") from error
    if done.returncode != 0:
        said = f"{done.stdout}\n{done.stderr}"
        first = re.search(r"^(?:!|error:) *(.*)", said, re.MULTILINE)
        raise OutputError(
            f"the program {command[0]}", f"it stopped with: {first[1] if first else said[-200:]}",
            "write tex and compile it yourself to see where",
        )  # fmt: skip
