"""What a command is, and its exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from symconv.cli.parser import Parser

PROVED, REFUTED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; 130 is 128 and the number of the signal of Ctrl-C, as shells have it."""
FORCE = "overwrite files that symconv did not write, or that were changed since"


@dataclass(frozen=True)
class Command:
    """One command.

    Args:
        purpose: what it does, in a phrase.
        example: what is written behind ``symconv NAME`` to try it.
        add_options: adds its own options to a parser.
        run: does it, and returns the exit code.
        reports: whether it prints a report or names of files, which ``--quiet`` leaves out.
    """

    purpose: str
    example: str
    add_options: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    reports: bool = True

    def parser(self, name: str) -> Parser:
        """The parser of its options."""
        parser = Parser(
            prog=f"symconv {name}",
            description=f"{self.purpose[0].upper()}{self.purpose[1:]}.",
            epilog=f"example: symconv {name} {self.example}",
        )
        self.add_options(parser)
        alone = "".join(f" [{action.metavar}]" for action in parser.actions if not action.option_strings)
        parser.usage = f"symconv {name}{alone} [OPTION ..]"
        return parser


def add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs (docs/command-line.md)")


def add_quiet(parser: Parser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="print no report and no progress, only errors")


def add_destination(parser: Parser, default: str = "") -> None:
    """A directory, by place or as ``-o``."""
    words = f"where to write (default: {default})" if default else "where to write"
    parser.add_argument("directory", nargs="?", metavar="DIRECTORY", help=words)
    parser.add_argument("-o", "--output", metavar="DIRECTORY", help="the same")
    parser.add_argument("--force", action="store_true", help=FORCE)
