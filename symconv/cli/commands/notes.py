"""symconv notes: lecture notes in every format."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, Command, add_destination, add_json, add_quiet
from symconv.cli.commands.figures import FIGURES, OF_LARGE_LAYERS
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
from symconv.cli.parser import Parser, WholeNumber, Words
from symconv.cli.streams import Progress, print_files, print_json

NO_FIGURES = "none"
VIEWS = ("im2col", "kn2row", "circulant", "polyphase", "fft", "winograd", "karatsuba")
DETAILS = ("full", "short")
SECTIONS = (
    "layer", "views", "outputs", "derivatives", "rules", "general", "example", "checks", "appendix", "summary",
    "neuron", "network", "forwards", "backwards", "question", "together", "unshared", "by_patch", "answer",
)  # fmt: skip
"""The sections of all kinds of notes; kept here, so that the help needs none of their modules."""


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
    parser.add_argument("--colored-formulas", action="store_true",
                        help="give weights their colors in Markdown, which pandoc does not read")  # fmt: skip
    parser.add_argument("--sections", action=Words, words=SECTIONS, metavar="SECTION",
                        help="of a layer: layer, views, outputs, derivatives, rules, general, example, checks, "
                             "appendix; of a network or a step see the docs (default: all)")  # fmt: skip
    parser.add_argument("--figures", action=Words, words=(*FIGURES, *OF_LARGE_LAYERS, NO_FIGURES), metavar="FIGURE",
                        help="keys of figures as in symconv figures --only, or none (default: all)")  # fmt: skip
    parser.add_argument("--views", action=Words, words=VIEWS, metavar="VIEW",
                        help="of a layer: views that are there by name, each with a section of its own")  # fmt: skip
    parser.add_argument("--detail", action=Words, words=DETAILS, single=True, default="full", metavar="DETAIL",
                        help="full, or short: about two pages (default: full)")  # fmt: skip
    parser.add_argument("--entries", action=WholeNumber, metavar="N",
                        help="how many entries of a tensor are written out at most, 0 for none")  # fmt: skip
    parser.add_argument("--parts", action="store_true",
                        help="also write symconv.sty and a file for each section, to \\input")  # fmt: skip
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    from symconv.notes import write_notes
    from symconv.notes.style import NotesStyle

    given = {} if options.accent is None else {"accent": options.accent}
    style = NotesStyle(
        options.title, options.author, options.date, options.language, coloured_formulas=options.colored_formulas,
        **given,
    )  # fmt: skip
    directory = directory_from(options)
    rate = None
    subject: Any
    if options.network is not None:
        said = description_from(options)
        subject, rate = said.subject, said.learning_rate
    else:
        subject = step_from(options, layer_from(options))
    figures = None if options.figures is None else [key for key in options.figures if key != NO_FIGURES]
    formats = options.format or (("parts",) if options.parts else ("tex",))
    formats = (*formats, *(["parts"] if options.parts and "parts" not in formats else []))
    with Progress("writing notes", options.quiet) as progress:
        paths = write_notes(
            subject, directory, formats, force=options.force, progress=progress, learning_rate=rate, style=style,
            sections=options.sections or (), figures=figures, detail=options.detail, entries=options.entries,
            views=options.views or (),
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
