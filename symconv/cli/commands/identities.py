"""symconv identities: the catalogue of identities, listed, proved or typeset."""

from __future__ import annotations

import argparse
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.parser import Parser
from symconv.cli.streams import Progress, print_json
from symconv.errors import UsageError


def add_options(parser: Parser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a name or a group of the list; all by default")
    parser.add_argument("--prove", action="store_true", help="prove each now, instead of listing them")
    parser.add_argument("--near-misses", action="store_true", help="refute a wrong variant of each, with numbers")
    parser.add_argument("--latex", action="store_true", help="typeset each as LaTeX, instead of listing them")
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    chosen = _chosen(options.names)
    if options.prove and options.near_misses:
        raise UsageError("--prove and --near-misses", "each prints a report of its own", "leave one of them out")
    if options.prove:
        return _prove(chosen, options)
    if options.near_misses:
        return _refute([entry for entry in chosen if entry.near_miss is not None], options)
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


def _refute(chosen: list[Any], options: argparse.Namespace) -> int:
    """Wrong variants, each with the numbers that refute it."""
    verdicts = []
    with Progress("refuting", options.quiet) as progress:
        for done, entry in enumerate(chosen):
            progress(done, len(chosen), entry.name)
            verdicts.append(entry.prove_near_miss())
            if not options.json and not options.quiet:
                print(f"{verdicts[-1].status:10}{entry.name}: {verdicts[-1].because}")
    refuted = sum(verdict.refuted for verdict in verdicts)
    if options.json:
        rows = [
            {**entry.to_dict(), "near_miss": verdict.status, "because": verdict.because}
            for entry, verdict in zip(chosen, verdicts)
        ]
        print_json({"holds": refuted == len(verdicts), "identities": rows})
    elif not options.quiet and len(chosen) > 1:
        print(f"{refuted} of {len(verdicts)} refuted")
    return PROVED if refuted == len(verdicts) else REFUTED


def _status(report: Any) -> str:
    return "proved" if report.holds else "undecided"


COMMAND = Command(
    "list, prove or typeset what is known about convolutions", "adjoints --prove", add_options, run
)  # fmt: skip
