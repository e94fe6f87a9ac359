"""symconv verify: theorem files, by the independent checker."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from symconv.cli.command import FORCE, PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.parser import Parser
from symconv.cli.streams import STANDARD
from symconv.cli.theorem_files import print_notes
from symconv.errors import UsageError


def add_options(parser: Parser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE",
                        help="written by symconv prove --save; - is standard input")  # fmt: skip
    parser.add_argument("--rocq", metavar="FILE",
                        help="write the theorems for Rocq (coqc FILE checks them); - is standard output")  # fmt: skip
    parser.add_argument("--force", action="store_true", help=FORCE)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    import json

    from symconv import verify

    if not options.files:
        raise UsageError("no file", "there is nothing to verify", "name a file of symconv prove --save, or -")
    handles = [_opened(file) for file in options.files]
    results: list[dict[str, Any]] = []
    for file, handle in zip(options.files, handles):
        name = "standard input" if file == STANDARD else file
        try:
            found, why = verify.check_file(handle), ""
        except verify.Rejected as error:
            found, why = [], str(error)
        steps = sum(theorem.steps for theorem in found)
        row = {"file": name, "verified": not why, "theorems": len(found), "steps": steps, "why": why}
        results.append({**row, "what": [asdict(theorem) for theorem in found]})
        if not options.json and not options.quiet:
            place = sys.stderr if options.rocq == STANDARD else sys.stdout
            print("\n".join(verify.report(name, found, why)), file=place)
    if options.json:
        print(json.dumps(results, indent=2))  # ASCII, whatever the files say
    if not all(row["verified"] for row in results):
        return REFUTED
    if options.rocq is not None:
        _write_rocq(options)
    return PROVED


def _write_rocq(options: argparse.Namespace) -> None:
    from symconv import verify
    from symconv.foundations.files import MARKER, write_files
    from symconv.proof.certificates.gallina import rocq_file

    theorems: list[Any] = []
    for file in options.files:
        if file == STANDARD:
            raise UsageError("--rocq with standard input", "it is read once, to verify it", "name a file")
        data = verify.parsed(Path(file).read_bytes())
        theorems += data.get("theorems", [data])
    notes: list[str] = []
    text = f"(* {MARKER}. *)\n{rocq_file(theorems, 'theorem', notes)}"
    if options.rocq == STANDARD:
        sys.stdout.write(text)
    else:
        write_files({Path(options.rocq): text}, options.force)
    print_notes(notes)


def _opened(file: str) -> int:
    """A handle of a file that can be read; the checker closes it. A missing file is bad usage, not a wrong proof."""
    if file == STANDARD and sys.stdin is None:
        raise UsageError("standard input", "it is closed", "pipe a theorem file into it, or name a file")
    try:
        handle = os.dup(sys.stdin.fileno()) if file == STANDARD else os.open(file, os.O_RDONLY)
        if os.path.isdir(file):
            raise IsADirectoryError(0, "it is a directory")
        return handle
    except OSError as error:
        raise UsageError(file, error.strerror or str(error), "name a file of symconv prove --save") from None
    except ValueError:
        raise UsageError(ascii(file), "there can be no file with that name", "name another") from None


COMMAND = Command("check theorem files with the independent checker", "theorems.json", add_options, run)
