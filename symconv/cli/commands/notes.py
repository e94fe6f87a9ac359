"""symconv notes: lecture notes in every format."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, Command, add_destination, add_json, add_quiet
from symconv.cli.options import (
    FORMATS,
    LANGUAGES,
    add_layer,
    add_network,
    add_step,
    description_from,
    directory_from,
    layer_from,
    step_from,
)
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import Progress, print_files, print_json


def add_options(parser: Parser) -> None:
    add_destination(parser)
    add_layer(parser)
    add_network(parser)
    add_step(parser)
    parser.add_argument("--format", action=Words, words=FORMATS, metavar="FORMAT",
                        help=f"{', '.join(FORMATS[:-1])} or all; several may be given (default: tex)")  # fmt: skip
    parser.add_argument("--title", default="", help="of the document (default: what it is about)")
    parser.add_argument("--author", default="", help="shown under the title (default: nobody)")
    parser.add_argument("--date", default="", help="shown under the title, as it is (default: none)")
    parser.add_argument("--language", action=Words, words=LANGUAGES, single=True, default="en", metavar="LANGUAGE",
                        help="of the texts: en or de (default: en)")  # fmt: skip
    parser.add_argument("--accent", metavar="RRGGBB", help="the color of headings and links")
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    from symconv.notes import write_notes
    from symconv.notes.style import NotesStyle

    given = {} if options.accent is None else {"accent": options.accent}
    style = NotesStyle(options.title, options.author, options.date, options.language, **given)
    directory = directory_from(options)
    rate = None
    subject: Any
    if options.network is not None:
        said = description_from(options)
        subject, rate = said.subject, said.learning_rate
    else:
        subject = step_from(options, layer_from(options))
    with Progress("writing notes", options.quiet) as progress:
        paths = write_notes(
            subject, directory, options.format or ("tex",), force=options.force, progress=progress,
            learning_rate=rate, style=style,
        )  # fmt: skip
    if options.json:
        print_json({"files": [str(path) for path in paths]})
    elif not options.quiet:
        print_files(paths)
    return PROVED


COMMAND = Command(
    "write lecture notes as LaTeX, PDF, Markdown, a notebook or HTML",
    "lecture --input-size 3 3 --kernel-size 2 2 --format html", add_options, run,
)  # fmt: skip
