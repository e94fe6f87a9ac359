"""symconv completion: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import argparse

from symconv.cli.command import PROVED, Command
from symconv.cli.parser import Parser
from symconv.cli.shells import SHELLS
from symconv.errors import UsageError


def add_options(parser: Parser) -> None:
    parser.add_argument("shell", nargs="?", metavar="SHELL", help=f"one of {', '.join(SHELLS)}")


def run(options: argparse.Namespace) -> int:
    from symconv.cli import commands
    from symconv.cli.parser import near

    shell = options.shell
    if shell not in SHELLS:
        right = near(shell or "", SHELLS) or f"use one of {', '.join(SHELLS)}"
        given = "no shell" if shell is None else f"the shell {shell[:40]!r}"
        raise UsageError(given, "the script depends on the shell", right)
    known = {name: commands.command(name) for name in commands.names()}
    print(SHELLS[shell]({name: (one.purpose, one.parser(name)) for name, one in known.items()}))
    return PROVED


COMMAND = Command("print a script that completes commands and options in a shell", "bash", add_options, run)
