"""symconv prove: the views are the same, as theorems with proofs."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import QUANTITIES, add_layer, add_network, description_from, layer_from
from symconv.cli.parser import Parser, WholeNumber, Words
from symconv.cli.streams import Progress, print_json
from symconv.cli.theorem_files import add_theorem_files, place_of_report, require_one_output, write_theorem_files
from symconv.errors import UsageError


def add_options(parser: Parser) -> None:
    add_layer(parser)
    add_network(parser)
    parser.add_argument("--of", action=Words, words=QUANTITIES, metavar="QUANTITY",
                        help=f"quantities to prove: {', '.join(QUANTITIES)} (default: all)")  # fmt: skip
    parser.add_argument("--by", action=Words, words=("normal-form", "terms", "theorem"), single=True, metavar="WAY",
                        help="normal-form, terms or theorem: what decides (default: normal forms, and terms if there "
                        "are few)")  # fmt: skip
    parser.add_argument("--max-terms", action=WholeNumber, default=1_000_000, metavar="N",
                        help="the most product terms to compare as well (default: 1000000)")  # fmt: skip
    parser.add_argument("--steps", action="store_true", help="print every step of every derivation")
    add_theorem_files(parser)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    if options.network is not None:
        report = _network_report(options)
    else:
        require_one_output(options)
        report = _layer_report(options)
    if options.json:
        print_json(report.to_dict())
    elif not options.quiet:
        place = place_of_report(options)
        print(report, file=place)
        for theorem in report.theorems if options.steps else ():
            print(f"\n{theorem}", file=place)
    return PROVED if report.holds else REFUTED


def _network_report(options: argparse.Namespace) -> Any:
    for name in ("of", "by", "steps", "save", "rocq"):
        if getattr(options, name):
            raise UsageError(f"--{name} with --network", "it is about one layer", "leave one of them out")
    return description_from(options).network.prove(max_terms=options.max_terms)


def _layer_report(options: argparse.Namespace) -> Any:
    from symconv import proof

    with Progress("proving", options.quiet) as progress:
        by = None if options.by is None else options.by.replace("-", " ")
        report = proof.prove(layer_from(options), of=options.of, by=by, max_terms=options.max_terms, progress=progress)
    if report.holds:
        write_theorem_files(options, report)
    return report


COMMAND = Command("prove that the views are the same", "--input-size 3 --kernel-size 2", add_options, run)
