"""symconv prove: the views are the same, as theorems with proofs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from symconv.cli.command import FORCE, PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import QUANTITIES, add_layer, add_network, description_from, layer_from
from symconv.cli.parser import Parser, WholeNumber, Words
from symconv.cli.streams import STANDARD, Progress, print_json
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
    parser.add_argument("--save", metavar="FILE",
                        help="write the theorems as JSON for symconv verify; - is standard output")  # fmt: skip
    parser.add_argument("--rocq", metavar="FILE",
                        help="write the proof for Rocq (coqc FILE checks it); - is standard output")  # fmt: skip
    parser.add_argument("--force", action="store_true", help=FORCE)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    if options.network is not None:
        report = _network_report(options)
    else:
        _require_one_output(options)
        report = _layer_report(options)
    if options.json:
        print_json(report.to_dict())
    elif not options.quiet:
        place = sys.stderr if STANDARD in (options.save, options.rocq) else sys.stdout
        print(report, file=place)
        for theorem in report.theorems if options.steps else ():
            print(f"\n{theorem}", file=place)
    return PROVED if report.holds else REFUTED


def _network_report(options: argparse.Namespace) -> Any:
    for name in ("of", "by", "steps", "save", "rocq"):
        if getattr(options, name):
            raise UsageError(f"--{name} with --network", "it is about one layer", "leave one of them out")
    return description_from(options).network.prove(max_terms=options.max_terms)


def _require_one_output(options: argparse.Namespace) -> None:
    """At most one of the report as JSON and the files may go to standard output."""
    printed = [f"--{name} -" for name in ("save", "rocq") if getattr(options, name) == STANDARD]
    printed += ["--json"] if options.json else []
    if len(printed) > 1:
        raise UsageError(" and ".join(printed), "both print to standard output", "name a file for one of them")


def _layer_report(options: argparse.Namespace) -> Any:
    from symconv import proof

    with Progress("proving", options.quiet) as progress:
        by = None if options.by is None else options.by.replace("-", " ")
        report = proof.prove(layer_from(options), of=options.of, by=by, max_terms=options.max_terms, progress=progress)
    if report.holds:
        _write(options, report)
    return report


def _write(options: argparse.Namespace, report: Any) -> None:
    from symconv.foundations.files import MARKER, write_files

    made = {}
    if options.rocq is not None:
        made["rocq"] = f"(* {MARKER}. *)\n{report.to_rocq()}"
    if options.save is not None:
        theorems = json.dumps([theorem.certificate() for theorem in report.theorems], indent=1)
        made["save"] = f'{{"about": "{MARKER}, for: symconv verify", "theorems": {theorems}}}\n'
    files: dict[Path, str | bytes] = {}
    for name, text in made.items():
        path = Path(getattr(options, name))
        if str(path) == STANDARD:
            sys.stdout.write(text)
        elif path in files:
            raise UsageError(f"--save and --rocq {path}", "they are one file", "use different names")
        else:
            files[path] = text
    write_files(files, options.force)


COMMAND = Command("prove that the views are the same", "--input-size 3 --kernel-size 2", add_options, run)
