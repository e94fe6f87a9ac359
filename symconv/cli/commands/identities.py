"""symconv identities: the catalogue of identities, listed, proved or typeset."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from symconv.cli.command import FORCE, PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import FORMATS
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import Progress, print_files, print_json
from symconv.errors import UsageError

REPORTS = ("prove", "near_misses", "latex", "output")


def add_options(parser: Parser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a name or a group of the list; all by default")
    parser.add_argument("--prove", action="store_true", help="prove each now, instead of listing them")
    parser.add_argument("--save", metavar="FILE",
                        help="with --prove, write the theorems as JSON for symconv verify")  # fmt: skip
    parser.add_argument("--near-misses", action="store_true", help="refute a wrong variant of each, with numbers")
    parser.add_argument("--latex", action="store_true", help="typeset each as LaTeX, instead of listing them")
    parser.add_argument("-o", "--output", metavar="DIRECTORY", help="typeset them as a document in this directory")
    parser.add_argument("--format", action=Words, words=FORMATS, metavar="FORMAT",
                        help=f"of the document: {', '.join(FORMATS[:-1])} or all (default: tex)")  # fmt: skip
    parser.add_argument("--force", action="store_true", help=FORCE)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    chosen = _chosen(options.names)
    wanted = [
        f"--{name}" for name in ("prove", "near-misses", "latex", "output") if getattr(options, name.replace("-", "_"))
    ]
    if len(wanted) > 1:
        raise UsageError(" and ".join(wanted), "each is a report of its own", "leave all but one of them out")
    if options.save is not None and not options.prove:
        raise UsageError("--save", "only --prove makes theorems to write", "add --prove")
    if options.output is not None:
        return _write(chosen, options)
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


def _write(chosen: list[Any], options: argparse.Namespace) -> int:
    from symconv.notes.of_identities import write_identities

    with Progress("typesetting", options.quiet):
        paths = write_identities(chosen, options.output, options.format or ("tex",), force=options.force)
    if options.json:
        print_json({"files": [str(path) for path in paths]})
    elif not options.quiet:
        print_files(paths)
    return PROVED


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
    if options.save is not None and held == len(reports):
        from symconv.foundations.files import write_files
        from symconv.proof.certificates.saving import theorem_file

        text = theorem_file([theorem for report in reports for theorem in report.certificates()])
        write_files({Path(options.save): text}, options.force)
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
