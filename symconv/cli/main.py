"""The entrance: find the command, run it, and report what went wrong in one form."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from symconv import __version__
from symconv.cli import commands
from symconv.cli.command import BAD_USAGE, INTERRUPTED, PROVED
from symconv.cli.parser import Parser, near
from symconv.cli.streams import abandon, complain, prepare, print_json
from symconv.errors import ClaimError, SymconvError, UsageError

DEBUG = "SYMCONV_TRACEBACK"
"""The environment variable that shows where an error of symconv itself happened."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Returns:
        0 proved, passed or written; 1 refuted, undecided or failed; 2 bad usage, or a file or stream that cannot be
        read or written; 130 after Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    prepare()
    try:
        code = _run(given)
        sys.stdout.flush()
        return code
    except SymconvError as error:
        return _report(error, as_json="--json" in given)
    except KeyboardInterrupt:
        complain("", "symconv: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        abandon(sys.stdout)
        complain("symconv: given a pipe: it was closed before all was written; let its reader read to the end")
    except OSError as error:
        abandon(sys.stdout)
        complain(f"symconv: given {error.filename or 'the output'}: {error.strerror or error}; use another place")
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        complain(f"symconv: an error of symconv itself, please report it: {type(error).__name__}: {error}",
                 f"({DEBUG}=1 shows where it happened)")  # fmt: skip
    return BAD_USAGE


def _run(given: list[str]) -> int:
    name, *rest = given or ["--help"]
    if name == "help":
        name, rest = (rest[0], ["--help"]) if rest else ("--help", [])
    if name in ("-h", "--help"):
        print(overview().format_help(), end="")
        return PROVED
    if name in ("-V", "--version"):
        print(f"symconv {__version__}")
        return PROVED
    known = commands.names()
    if name not in known:
        kind = "an option before a command" if name.startswith("-") else "a command"
        right = near(name, known) or f"use {', '.join(known)}"
        raise UsageError(name[:60], f"not {kind}", right)
    command = commands.command(name)
    parser = command.parser(name)
    if "-h" in rest or "--help" in rest:
        print(parser.format_help(), end="")
        return PROVED
    options = parser.read(rest)
    options.command = name
    return command.run(options)


def overview() -> Parser:
    """What ``symconv`` alone prints."""
    parser = Parser(
        prog="symconv",
        usage="symconv COMMAND ..",
        description="Convolution layers derived, differentiated, proved and typeset, symbolically.",
        epilog="symconv COMMAND --help shows the options of a command.  "
        "example: symconv prove --input-size 3 3 --kernel-size 2 2 --out-channels 2",
    )
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    listed = parser.add_argument_group("commands")
    for name in commands.names():
        listed.add_argument(name, help=commands.command(name).purpose)
    return parser


def _report(error: SymconvError, as_json: bool) -> int:
    try:
        if as_json:
            print_json({"error": str(error), "given": error.given, "wrong": error.wrong, "right": error.right})
            sys.stdout.flush()
    except OSError:
        abandon(sys.stdout)
    complain(f"symconv: {error}")
    if isinstance(error, ClaimError) and error.position is not None and not as_json:
        complain(error.pointer)
    return BAD_USAGE
