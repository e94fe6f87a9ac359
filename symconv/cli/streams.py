"""Standard input and output: what a terminal cannot show, a stream that is closed, and files that are named "-"."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from symconv.errors import UsageError

STANDARD = "-"
"""Names standard input or output in place of a file."""
LONGEST = 200_000
"""The number of characters that are read of a description or of claims; both have fewer."""


def prepare() -> None:
    """Make printing safe: characters that an encoding lacks are written as escapes, a closed stream takes all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def abandon(stream: TextIO) -> None:
    """After an error of a stream: throw away what it has not taken, or Python would try it again at the end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return


def complain(*lines: str) -> None:
    """Print to stderr; if that cannot take it, the exit code has to do."""
    try:
        print(*lines, sep="\n", file=sys.stderr, flush=True)
    except OSError:
        abandon(sys.stderr)


def text_from(file: str, option: str) -> str:
    """A text file, or standard input.

    Raises:
        UsageError: it cannot be read.
    """
    name = "standard input" if file == STANDARD else file
    given = f"{option} {name}".strip()
    try:
        if file != STANDARD:
            with Path(file).open(encoding="utf-8") as opened:
                return opened.read(LONGEST)
        if sys.stdin is None:
            raise UsageError(given, "it is closed", "pipe a text into it, or name a file")
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(encoding="utf-8", errors="strict")
        return sys.stdin.read(LONGEST)
    except OSError as error:
        raise UsageError(given, error.strerror or str(error), "name a file that can be read") from None
    except UnicodeDecodeError:
        raise UsageError(given, "it is not text in UTF-8", "name a file that can be read") from None
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(ascii(given), "there can be no file with that name", "name a file") from None


def has_unicode() -> bool:
    """Whether standard output can show all characters."""
    return "utf" in (sys.stdout.encoding or "").lower()


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=not has_unicode()))


def print_lines(*lines: str) -> None:
    for line in lines:
        print("  " + line)


def print_files(paths: Iterable[Path]) -> None:
    """Which files were written, and what to do with LaTeX."""
    paths = list(paths)
    print("wrote " + ", ".join(str(path) for path in paths))
    if all(path.suffix == ".tex" for path in paths):
        print(f"make a PDF with: latexmk -pdf -cd {paths[0].parent / '*.tex'}, or write --format pdf")


class Progress:
    """Says on a terminal what is being done, once it has taken two seconds."""

    PATIENCE = 2.0

    def __init__(self, what: str, quiet: bool = False) -> None:
        self.what, self.shown = what, not quiet and sys.stderr.isatty()
        self.bar: Any = None

    def __enter__(self) -> Progress:
        self.started = time.monotonic()
        return self

    def __call__(self, done: int, total: int, step: str = "") -> None:
        """``done`` of ``total`` steps are done, and ``step`` comes next."""
        if self.shown and self.bar is None and time.monotonic() - self.started > self.PATIENCE:
            from tqdm import tqdm  # only for what takes long

            self.bar = tqdm(total=total, desc=self.what, file=sys.stderr, leave=False)
        if self.bar is not None:
            self.bar.n = done
            self.bar.set_postfix_str(step)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
