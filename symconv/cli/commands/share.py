"""symconv share: why weights are shared, from a layer or from a symmetry."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import add_layer, layer_from, sizes_from
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import print_json
from symconv.cli.theorem_files import add_theorem_files, place_of_report, require_one_output, write_theorem_files
from symconv.errors import UsageError

SYMMETRIES = ("shifts", "circular-shifts", "reflections", "rotations", "D4", "channel-permutations")


def add_options(parser: Parser) -> None:
    parser.add_argument("--symmetry", action=Words, words=SYMMETRIES, metavar="SYMMETRY",
                        help=f"what the map commutes with, one or several: {', '.join(SYMMETRIES)}; without a kernel "
                        "size, of --input-size and --output-size alone")  # fmt: skip
    parser.add_argument("--latex", action="store_true", help="print the matrix or the equations as LaTeX")
    add_layer(parser)
    add_theorem_files(parser)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    if options.latex and options.symmetry is None:
        raise UsageError("--latex without --symmetry", "only a symmetry gives a matrix", "add --symmetry shifts")
    require_one_output(options)
    report = _report(options)
    holds = getattr(report, "holds", True)
    if holds:
        write_theorem_files(options, report)
    if options.json:
        print_json(report.to_dict())
    elif not options.quiet:
        print(report.latex() if options.latex else report, file=place_of_report(options))
    return PROVED if holds else REFUTED


def _report(options: argparse.Namespace) -> Any:
    from symconv.proof.sharing import solve_sharing

    if options.symmetry is None:
        return solve_sharing(layer_from(options))
    if options.kernel_size is None and options.general is None:
        return solve_sharing(symmetry=tuple(options.symmetry), **sizes_from(options))
    return solve_sharing(layer_from(options), symmetry=tuple(options.symmetry))


COMMAND = Command(
    "derive weight sharing, from a layer or from a symmetry",
    "--symmetry shifts --input-size 3 --kernel-size 2", add_options, run,
)  # fmt: skip
