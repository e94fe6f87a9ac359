"""symconv prove-code: a function in a file, read and compared with a layer."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import FORMATS, LANGUAGES, QUANTITIES, add_layer, layer_from
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import print_files, print_json
from symconv.cli.theorem_files import add_theorem_files, place_of_report, require_one_output, write_theorem_files
from symconv.errors import UsageError

WORDS: dict[str, Any] = {"None": None, "True": True, "False": False}
"""Values that a text may be."""


def add_options(parser: Parser) -> None:
    parser.add_argument("functions", nargs="*", metavar="FILE.py::FUNCTION",
                        help="functions to judge, or FILE.py::Class.method; of FILE.py alone, or of all files in a "
                        "folder, every function that --function names")  # fmt: skip
    add_layer(parser)
    code = parser.add_argument_group("code", "which part of the layer its parameters and results are")
    code.add_argument("--of", metavar="QUANTITY", default=None,
                      help=f"{', '.join(QUANTITIES)}; several results by commas, - for one that is not judged; with a "
                      "layout, as in grad_weight:HWIO; default: output")  # fmt: skip
    code.add_argument("--arguments", action="append", metavar="NAME=ROLE", default=[],
                      help="what a parameter is: input, weight, bias, grad_output, stride, .., a letter of the layer, "
                      "a number, True, False, None, or (1, s); may be repeated")  # fmt: skip
    code.add_argument("--layout", action="append", metavar="ROLE=LAYOUT", default=[],
                      help="as in input=NHWC or weight=HWIO; may be repeated")  # fmt: skip
    code.add_argument("--function", metavar="NAME", help="of a folder or a file, the function to judge in each")
    code.add_argument("--run", action="store_true",
                      help="import the file, and run the function at small shapes if it cannot be read")  # fmt: skip
    code.add_argument("--notes", metavar="DIRECTORY",
                      help="write a page about the function there: its lines with what each computes, the proof or the "
                      "mistake")  # fmt: skip
    code.add_argument("--format", action=Words, words=FORMATS, metavar="FORMAT",
                      help=f"of the page: {', '.join(FORMATS[:-1])} or all (default: html)")  # fmt: skip
    code.add_argument("--language", action=Words, words=LANGUAGES, single=True, default="en", metavar="LANGUAGE",
                      help="of the page: en or de (default: en)")  # fmt: skip
    add_theorem_files(parser)
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    functions = list(_functions(options))
    layer = layer_from(options)
    chosen = {
        "of": _quantities(options.of),
        "arguments": {name: value_of(text) for name, text in _pairs(options.arguments, "--arguments w=weight")},
        "layouts": dict(_pairs(options.layout, "--layout input=NHWC")),
    }
    report: Any
    require_one_output(options)
    if len(functions) == 1:
        from symconv.programs.submissions import judged

        report = judged(functions[0], layer, run=options.run, **chosen)
        found = report.to_dict()
        if options.notes is not None:
            _write(report, options)
        if report.holds:
            write_theorem_files(options, report)
    elif named := [f"--{name}" for name in ("notes", "save", "rocq") if getattr(options, name) is not None]:
        raise UsageError(named[0], "several functions are named", "name one: layers.py::conv_forward")
    else:
        from symconv.sweeps import sweep

        report = sweep(functions, layer, run=options.run, details=True, **chosen)
        found = [row.found for row in report]
    if options.json:
        print_json(found)
    elif not options.quiet:
        print(report, file=place_of_report(options))
    return PROVED if report.holds else REFUTED


def _write(report: Any, options: argparse.Namespace) -> None:
    """Write the page about a function."""
    from symconv.notes import write_notes
    from symconv.notes.style import NotesStyle

    style = NotesStyle(language=options.language)
    paths = write_notes(report, options.notes, options.format or ("html",), force=options.force, style=style)
    if not options.json and not options.quiet:
        print_files(paths)


def _functions(options: argparse.Namespace) -> list[str]:
    """The functions as FILE.py::name."""
    if not options.functions:
        raise UsageError("no function", "there is nothing to prove", "name one: layers.py::conv_forward")
    found: list[str] = []
    for given in options.functions:
        if "::" in given:
            found.append(given)
            continue
        if not options.function:
            raise UsageError(given[:60], "no function is named", f"write {given[:40]}::NAME, or --function NAME")
        path = Path(given)
        files = sorted(path.glob("**/*.py")) if path.is_dir() else [path]
        if not files:
            raise UsageError(given[:60], "there are no files of Python in it", "name another folder")
        found += [f"{file}::{options.function}" for file in files]
    return found


def _quantities(text: str | None) -> Any:
    if text is None:
        return "output"
    names = [None if one.strip() == "-" else one.strip() for one in text.split(",")]
    return names[0] if len(names) == 1 else tuple(names)


def _pairs(texts: list[str], right: str) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError(text[:60], "not a name and what it is", f"write {right}")
        pairs.append((name.strip(), value.strip()))
    return pairs


def value_of(text: str) -> Any:
    """A value as the command line has it: a number, a word, a tuple of values. Nothing is evaluated.

    >>> value_of("3"), value_of("False"), value_of("(1, s)"), value_of("{stride: 2, pad: p}"), value_of("weight:HWIO")
    (3, False, (1, 's'), {'stride': 2, 'pad': 'p'}, 'weight:HWIO')
    """
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        return tuple(map(value_of, _parted(text[1:-1])))
    if text.startswith("[") and text.endswith("]"):
        return list(map(value_of, _parted(text[1:-1])))
    if text.startswith("{") and text.endswith("}"):
        pairs = [one.partition(":") for one in _parted(text[1:-1])]
        return {name.strip().strip("'\""): value_of(value) for name, _, value in pairs}
    if re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        return int(text)
    return WORDS.get(text, text)


def _parted(text: str) -> list[str]:
    """A text at its commas, but for those in brackets."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append(text[start:at])
            start = at + 1
    return [part for part in (*parts, text[start:]) if part.strip()]


COMMAND = Command(
    "prove that a function of Python computes a layer, for every shape",
    "layers.py::bias_gradient --general 1 --bias --of grad_bias",
    add_options,
    run,
)
