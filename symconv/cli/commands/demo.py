"""symconv demo: the layers of the introduction, all that can be said of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from symconv.cli.command import PROVED, REFUTED, Command, add_destination, add_json, add_quiet
from symconv.cli.commands.derive import entry_lines, print_matrix
from symconv.cli.options import directory_from
from symconv.cli.parser import Parser
from symconv.cli.streams import Progress, print_files, print_json, print_lines

PLACE = "symconv-demo"


def add_options(parser: Parser) -> None:
    add_destination(parser, PLACE)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    from symconv.layers.convolution import Conv
    from symconv.notes import write_notes
    from symconv.numeric import spot_check
    from symconv.proof import prove

    directory = directory_from(options) if options.directory or options.output else Path(PLACE)
    layers = {
        "3 inputs, a kernel of 2": Conv(3, 2),
        "a 3x3 image, two 2x2 filters": Conv((3, 3), (2, 2), out_channels=2),
        "every layer on two axes": Conv.general(2),
    }
    results = []
    holds = True
    for title, conv in layers.items():
        with Progress(title, options.quiet) as progress:
            report, spots = prove(conv), spot_check(conv, trials=5)
            paths = write_notes(conv, directory, force=options.force, progress=progress)
        holds = holds and report.holds and spots.passed
        files = [str(path) for path in paths]
        results.append({"title": title, "proof": report.to_dict(), "spot_check": spots.to_dict(), "files": files})
        if options.json or options.quiet:
            continue
        output = conv.direct.output
        print(f"{title}\n{'=' * len(title)}\n")
        print_lines(f"{output.formula.lhs} = {output.formula.rhs}", *entry_lines(output))
        if conv.is_concrete:
            print_matrix(conv)
        print(f"\n{report}\n\n{spots}\n")
        print_files(paths)
        print()
    if options.json:
        print_json({"holds": holds, "layers": results})
    return PROVED if holds else REFUTED


COMMAND = Command("show the two layers of the introduction and the general theorem", "symconv-demo", add_options, run)
