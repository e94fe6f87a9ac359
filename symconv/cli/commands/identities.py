"""symconv identities: the catalogue of identities, listed, proved or typeset."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.parser import Parser
from symconv.cli.streams import Progress, print_json


def add_options(parser: Parser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a name or a group of the list; all by default")
    parser.add_argument("--prove", action="store_true", help="prove each now, instead of listing them")
    parser.add_argument("--latex", action="store_true", help="typeset each as LaTeX, instead of listing them")
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    chosen = _chosen(options.names)
    if options.prove:
        return _prove(chosen, options)
    if options.json:
        print_json({"identities": [entry.to_dict() for entry in chosen]})
    elif not options.quiet:
        for entry in chosen:
            print(f"% {entry.name} ({entry.reference})\n{entry.latex()}\n" if options.latex else _line(entry))
    return PROVED


def _chosen(names: list[str]) -> list[Any]:
    """The entries with these names, and those of these groups."""
    from symconv.catalogue import identities

    found: dict[str, Any] = {}
    for name in names or identities.groups:
        entries = identities.of_group(name) if name in identities.groups else (identities[name],)
        found.update({entry.name: entry for entry in entries})
    return list(found.values())


def _line(entry: Any) -> str:
    return f"{entry.group:14}{entry.name}"


def _prove(chosen: list[Any], options: argparse.Namespace) -> int:
    reports = []
    with Progress("proving", options.quiet) as progress:
        for done, entry in enumerate(chosen):
            progress(done, len(chosen), entry.name)
            reports.append(entry.prove())
            if not options.json and not options.quiet:
                print(reports[-1] if len(chosen) == 1 else f"{_status(reports[-1]):10}{entry.name}")
    held = sum(report.holds for report in reports)
    if options.json:
        print_json({"holds": held == len(reports), "identities": [report.to_dict() for report in reports]})
    elif not options.quiet and len(chosen) > 1:
        print(f"{held} of {len(reports)} proved")
    return PROVED if held == len(reports) else REFUTED


def _status(report: Any) -> str:
    return "proved" if report.holds else "undecided"


COMMAND = Command(
    "list, prove or typeset what is known about convolutions", "adjoints --prove", add_options, run
)  # fmt: skip
