"""symconv exercises: a problem sheet with verified solutions."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, Command, add_destination, add_json, add_quiet
from symconv.cli.options import (
    DIFFICULTIES,
    EXPORTS,
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
from symconv.cli.parser import Parser, WholeNumber, Words
from symconv.cli.streams import print_files, print_json


def add_options(parser: Parser) -> None:
    add_destination(parser)
    add_layer(parser)
    add_network(parser)
    add_step(parser)
    parser.add_argument("--count", action=WholeNumber, default=10, metavar="N",
                        help="the number of exercises (default: 10)")  # fmt: skip
    parser.add_argument("--seed", action=WholeNumber, default=0, metavar="N",
                        help="another number gives other exercises (default: 0)")  # fmt: skip
    parser.add_argument("--format", action=Words, words=(*EXPORTS, *FORMATS), metavar="FORMAT",
                        help="for quizzes json, moodle, gift or qti, for sheets one of notes; several may be given "
                             "(default: tex and json)")  # fmt: skip
    parser.add_argument("--difficulty", action=Words, words=DIFFICULTIES, single=True, metavar="LEVEL",
                        help="easy, medium or hard (default: all)")  # fmt: skip
    parser.add_argument("--title", default="", help="of the sheet (default: what it is about)")
    parser.add_argument("--language", action=Words, words=LANGUAGES, single=True, default="en", metavar="LANGUAGE",
                        help="of the texts: en or de (default: en)")  # fmt: skip
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    from symconv.questions import exercises

    directory = directory_from(options)
    subject: Any
    if options.network is not None:
        subject = description_from(options).subject
    else:
        subject = step_from(options, layer_from(options))
    made = exercises(
        subject, options.count, options.seed, language=options.language, difficulty=options.difficulty,
        title=options.title,
    )  # fmt: skip
    paths = made.write(directory, options.format or ("tex", "json"), force=options.force)
    if options.json:
        print_json({"files": [str(path) for path in paths]})
    elif not options.quiet:
        print_files(paths)
    return PROVED


COMMAND = Command(
    "write exercises with verified solutions", "sheets --input-size 5 --kernel-size 3 --count 4", add_options, run
)
