"""The options --save and --rocq: a report's theorems in files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symconv.cli.command import FORCE
from symconv.cli.parser import Parser
from symconv.cli.streams import STANDARD
from symconv.errors import UsageError


def add_theorem_files(parser: Parser) -> None:
    parser.add_argument("--save", metavar="FILE",
                        help="write the theorems as JSON for symconv verify; - is standard output")  # fmt: skip
    parser.add_argument("--rocq", metavar="FILE",
                        help="write the proof for Rocq (coqc FILE checks it); - is standard output")  # fmt: skip
    parser.add_argument("--force", action="store_true", help=FORCE)


def require_one_output(options: argparse.Namespace) -> None:
    """At most one of the report as JSON and the files may go to standard output."""
    printed = [f"--{name} -" for name in ("save", "rocq") if getattr(options, name) == STANDARD]
    printed += ["--json"] if options.json else []
    if len(printed) > 1:
        raise UsageError(" and ".join(printed), "both print to standard output", "name a file for one of them")


def place_of_report(options: argparse.Namespace) -> Any:
    """Where the report is printed: not where a file goes."""
    return sys.stderr if STANDARD in (options.save, options.rocq) else sys.stdout


def write_theorem_files(options: argparse.Namespace, report: Any) -> None:
    """Write what is asked for."""
    if options.save is None and options.rocq is None:
        return
    from symconv.foundations.files import MARKER, write_files
    from symconv.proof.certificates.saving import theorem_file

    made, notes = {}, list[str]()
    if options.rocq is not None:
        made["rocq"] = f"(* {MARKER}. *)\n{report.to_rocq(notes)}"
    if options.save is not None:
        made["save"] = theorem_file(report.certificates())
    files: dict[Path, str | bytes] = {}
    for name, text in made.items():
        path = Path(getattr(options, name))
        if str(path) == STANDARD:
            sys.stdout.write(text)
        elif path in files:
            raise UsageError(f"--save and --rocq {path}", "they are one file", "use different names")
        else:
            files[path] = text
    write_files(files, options.force)
    print_notes(notes)


def print_notes(notes: Sequence[str]) -> None:
    """What a file for Rocq does not show, on standard error; ASCII, as names may be anything."""
    for note in notes:
        print(f"note: {ascii(note)[1:-1]}", file=sys.stderr)
