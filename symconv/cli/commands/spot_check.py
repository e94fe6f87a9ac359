"""symconv spot-check: every view in numbers."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import add_layer, add_network, description_from, layer_from
from symconv.cli.parser import Parser, WholeNumber
from symconv.cli.streams import Progress, print_json


def add_options(parser: Parser) -> None:
    add_layer(parser)
    add_network(parser)
    parser.add_argument("--seed", action=WholeNumber, default=0, metavar="N",
                        help="of the random numbers (default: 0)")  # fmt: skip
    parser.add_argument("--trials", action=WholeNumber, default=20, metavar="N",
                        help="how often numbers are drawn (default: 20)")  # fmt: skip
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    from symconv.numeric import spot_check

    report: Any
    with Progress("checking", options.quiet) as progress:
        if options.network is not None:
            report = description_from(options).network.spot_check(options.seed, options.trials, progress=progress)
        else:
            report = spot_check(layer_from(options), options.seed, options.trials, progress=progress)
    if options.json:
        print_json(report.to_dict())
    elif not options.quiet:
        print(report)
    return PROVED if report.passed else REFUTED


COMMAND = Command("check every view in numbers", "--general 2 --trials 5", add_options, run)
