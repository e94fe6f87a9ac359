"""symconv check: formulas that somebody claims."""

from __future__ import annotations

import argparse

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import CLAIMED, add_layer, layer_from
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import STANDARD, print_json, text_from
from symconv.errors import UsageError

DOCUMENTS = (".tex", ".md", ".ipynb", ".py")
"""How the names of documents end."""


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "claims", nargs="*", metavar="CLAIM",
        help="text or LaTeX: a general formula, or one for every entry in row-major order; "
        "- reads claims from standard input, one a line; files .tex, .md, .ipynb and .py have marked formulas",
    )  # fmt: skip
    add_layer(parser)
    parser.add_argument("--of", action=Words, words=CLAIMED, single=True, metavar="QUANTITY",
                        help=f"{', '.join(CLAIMED)} (default: the claim's left side, or output)")  # fmt: skip
    parser.add_argument("--count-from", action=Words, words=("0", "1"), single=True, metavar="N",
                        help="indices count from this, 0 or 1; default: as --index-base says, or 0")  # fmt: skip
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    claims = _claims(options.claims)
    if not claims:
        raise UsageError("no claim", "there is nothing to check", 'write symconv check .. "X1*w1 + X2*w2" ..')
    if any(map(_is_document, claims)):
        return _run_documents(claims, options)
    layer = layer_from(options)
    from symconv.claims import check

    base = None if options.count_from is None else int(options.count_from)
    report = check(layer, claims[0] if len(claims) == 1 else claims, options.of, index_base=base)
    if options.json:
        print_json(report.to_dict())
    elif not options.quiet:
        print(report)
    return PROVED if report.holds else REFUTED


def _is_document(claim: str) -> bool:
    """Whether it is the name of a document; no formula ends like that."""
    return claim.lower().endswith(DOCUMENTS)


def _run_documents(paths: list[str], options: argparse.Namespace) -> int:
    """The marked formulas of documents; the layer of the options is that of marks that name none."""
    if formulas := [path for path in paths if not _is_document(path)]:
        raise UsageError(formulas[0][:60], "a formula beside a document", "check them one after the other")
    if options.of is not None:
        raise UsageError(f"--of {options.of}", "the marks in a document say it", "leave it out")
    layer = layer_from(options) if options.input_size or options.general else None
    from symconv.documents import check_document

    base = None if options.count_from is None else int(options.count_from)
    reports = [check_document(path, layer=layer, index_base=base) for path in paths]
    if not any(report.results for report in reports):
        raise UsageError(", ".join(paths)[:80], "no formula is marked", "write % symconv: Conv(n, K) before a formula")
    holds = all(report.holds for report in reports)
    if options.json:
        print_json({"status": "proved" if holds else "refuted", "documents": [one.to_dict() for one in reports]})
    elif not options.quiet:
        print("\n".join(map(str, reports)))
    return PROVED if holds else REFUTED


def _claims(given: list[str]) -> list[str]:
    """The claims, with the lines of standard input in place of "-"."""
    if given.count(STANDARD) > 1:
        raise UsageError("- and -", "standard input can be read once", "leave one of them out")
    claims: list[str] = []
    for one in given:
        read = text_from(STANDARD, "").splitlines() if one == STANDARD else [one]
        claims += [line for line in read if one != STANDARD or line.strip()]
    return claims


COMMAND = Command(
    "check formulas that somebody claims", '--input-size n --kernel-size K "sum(k, w[k]*X[i + k])"', add_options, run
)
