"""symconv model: the layers of a model in a file, as a table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from symconv.cli.command import FORCE, PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import FORMATS
from symconv.cli.parser import Parser, Sizes, Words
from symconv.cli.streams import Progress, print_files, print_json
from symconv.errors import UsageError


def add_options(parser: Parser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a model: .onnx, .keras, or what Keras has as .json")
    parser.add_argument("--input-size", action=Sizes, metavar="N",
                        help="the shape of the input as the file has it, where a size is left open")  # fmt: skip
    parser.add_argument("--prove", action="store_true", help="prove every layer in all of its views")
    parser.add_argument("--notes", metavar="DIRECTORY", help="write lecture notes about the whole model")
    parser.add_argument("--format", action=Words, words=FORMATS, metavar="FORMAT",
                        help="of the notes; several may be given (default: tex)")  # fmt: skip
    parser.add_argument("--force", action="store_true", help=FORCE)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    from symconv.models import read_model

    if options.file is None:
        raise UsageError("no file", "there is nothing to read", "name one: symconv model model.onnx")
    if options.format and options.notes is None:
        raise UsageError("--format without --notes", "no notes are written", "add --notes DIRECTORY")
    model = read_model(options.file, _size(options.input_size))
    proof = model.prove() if options.prove else None
    paths = _notes(model, options) if options.notes is not None else []
    if options.json:
        print_json({
            **model.to_dict(), "proof": None if proof is None else proof.to_dict(), "files": list(map(str, paths)),
        })  # fmt: skip
    elif not options.quiet:
        print(model if proof is None else f"{model}\n\n{proof}")
        if paths:
            print_files(paths)
    return PROVED if model.holds and (proof is None or proof.holds) else REFUTED


def _size(words: list[str] | None) -> tuple[int, ...] | None:
    """The sizes as numbers.

    Raises:
        UsageError: one is not a whole number.
    """
    if words is None:
        return None
    for word in words:
        if not word.isdecimal() or len(word) > 9:
            raise UsageError(f"--input-size {word}", "not a whole number", "give numbers such as 3 224 224")
    return tuple(map(int, words))


def _notes(model: Any, options: argparse.Namespace) -> list[Path]:
    from symconv.notes import write_notes

    with Progress("writing notes", options.quiet) as progress:
        return write_notes(
            model.network, Path(options.notes), options.format or ("tex",), force=options.force, progress=progress
        )  # fmt: skip


COMMAND = Command("read the layers of a model in a file, as a table", "model.json --prove", add_options, run)
