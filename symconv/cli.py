"""The command line: symconv derive | prove | spot-check | notes | demo.

Only arguments are handled here; the work is done by the Python API. Nothing that needs SymPy is imported
before a command runs, so that ``--help`` is quick. Text is read by a small grammar of numbers and
letters and never evaluated.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symconv import __version__
from symconv.errors import SymconvError, UsageError

if TYPE_CHECKING:
    from symconv.layers import Conv

QUANTITIES = ("output", "grad_weight", "grad_input", "grad_bias")
VIEWS = ("direct", "fully_connected", "patches")
PROVED, REFUTED, BAD_USAGE = 0, 1, 2
"""Exit codes."""

SIZE_HELP = "a whole number, or a letter such as n for a symbolic size; one, or one per axis"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 proved or passed, 1 refuted or failed, 2 bad usage."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return int(code)
    except SymconvError as error:
        if options.json:
            _print_json({"error": str(error), "given": error.given, "wrong": error.wrong, "right": error.right})
        print(f"symconv: {error}", file=sys.stderr)
        return BAD_USAGE
    except BrokenPipeError:  # the reader of a pipe has left, as in `symconv derive .. | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROVED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symconv",
        description="Convolution layers derived, differentiated, proved and typeset, symbolically.",
        epilog="example: symconv prove --input-size 3 3 --kernel-size 2 2 --out-channels 2",
    )
    parser.add_argument("--version", action="version", version=f"symconv {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    derive = _command(commands, "derive", _derive, "print the outputs and derivatives of every view")
    _add_layer(derive)
    derive.add_argument("--view", choices=VIEWS, nargs="+", default=list(VIEWS), help="views to show (default: all)")
    derive.add_argument("--of", choices=QUANTITIES, nargs="+", help="quantities to show (default: all)")
    derive.add_argument("--latex", action="store_true", help="print LaTeX fragments")

    prove = _command(commands, "prove", _prove, "prove that the views are the same")
    _add_layer(prove)
    prove.add_argument("--of", choices=QUANTITIES, nargs="+", help="quantities to prove (default: all)")
    prove.add_argument("--max-terms", type=int, default=1_000_000, help="most product terms (default: 1000000)")
    prove.add_argument("--steps", action="store_true", help="print every step of every derivation")

    spot = _command(commands, "spot-check", _spot_check, "check every view in numbers")
    _add_layer(spot)
    spot.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    spot.add_argument("--trials", type=int, default=20, help="how often numbers are drawn (default: 20)")

    notes = _command(commands, "notes", _notes, "write lecture notes as LaTeX")
    notes.add_argument("directory", type=Path, metavar="DIRECTORY", help="where to write")
    _add_layer(notes)
    notes.add_argument("--force", action="store_true", help="overwrite files that symconv did not write")

    demo = _command(commands, "demo", _demo, "the two layers of the introduction and the general theorem")
    demo.add_argument("directory", type=Path, nargs="?", default=Path("symconv-demo"), metavar="DIRECTORY",
                      help="where to write the notes (default: symconv-demo)")  # fmt: skip
    demo.add_argument("--force", action="store_true", help="overwrite files that symconv did not write")
    return parser


Command = Callable[[argparse.Namespace], int]


def _command(commands: Any, name: str, run: Command, purpose: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.set_defaults(run=run)
    return parser


def _add_layer(parser: argparse.ArgumentParser) -> None:
    layer = parser.add_argument_group("layer", "named as in PyTorch")
    layer.add_argument("--input-size", nargs="+", metavar="N", help=SIZE_HELP)
    layer.add_argument("--kernel-size", nargs="+", metavar="N", help=SIZE_HELP)
    layer.add_argument("--in-channels", default="1", metavar="N", help="default: 1")
    layer.add_argument("--out-channels", default="1", metavar="N", help="default: 1")
    layer.add_argument("--stride", nargs="+", default=["1"], metavar="N", help="default: 1")
    layer.add_argument("--padding", nargs="+", default=["0"], metavar="N", help="zeros on both sides; default: 0")
    layer.add_argument("--dilation", nargs="+", default=["1"], metavar="N", help="default: 1")
    layer.add_argument("--bias", action="store_true", help="add one number per output channel")
    layer.add_argument("--general", type=int, metavar="AXES", help="every size a letter, on so many spatial axes")
    layer.add_argument("--index-base", type=int, default=1, choices=(0, 1), help="labels count from this; default: 1")


LAYER_DEFAULTS: dict[str, Any] = {
    "input_size": None, "kernel_size": None, "in_channels": "1", "out_channels": "1", "stride": ["1"], "padding": ["0"],
    "dilation": ["1"], "bias": False,
}  # fmt: skip

# -- reading a layer -----------------------------------------------------------------------------------


def layer_from(options: argparse.Namespace) -> Conv:
    """The layer that the options describe.

    Raises:
        UsageError: a size is missing, or its text is neither a number nor a letter.
        GeometryError: the sizes do not describe a layer.
    """
    from symconv.layers import Conv
    from symconv.notation import Notation

    notation = Notation(index_base=options.index_base)
    if options.general is not None:
        given = [flag for flag, usual in LAYER_DEFAULTS.items() if getattr(options, flag) != usual]
        if given:
            flags = ", ".join("--" + flag.replace("_", "-") for flag in given)
            raise UsageError(
                f"--general with {flags}", "a general layer has letters for all of them", "use one of the two"
            )
        return Conv.general(options.general, notation=notation)
    for name in ("input_size", "kernel_size"):
        if getattr(options, name) is None:
            flag = "--" + name.replace("_", "-")
            raise UsageError(
                f"no {flag}", "a layer needs an input size and a kernel size", f"add {flag} 3, or --general 1"
            )
    return Conv(
        _sizes(options.input_size, "--input-size"),
        _sizes(options.kernel_size, "--kernel-size"),
        in_channels=_size(options.in_channels, "--in-channels"),
        out_channels=_size(options.out_channels, "--out-channels"),
        stride=_sizes(options.stride, "--stride"), padding=_sizes(options.padding, "--padding"),
        dilation=_sizes(options.dilation, "--dilation"), bias=options.bias, notation=notation,
    )  # fmt: skip


def _sizes(texts: Sequence[str], flag: str) -> Any:
    sizes = [_size(text, flag) for text in texts]
    return sizes[0] if len(sizes) == 1 else tuple(sizes)


def _size(text: str, flag: str) -> Any:
    """A whole number or the symbol of a letter. Nothing is evaluated."""
    if re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        return int(text)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,9}(_[A-Za-z0-9]{1,9})?", text):
        import sympy

        return sympy.Symbol(text, integer=True)
    raise UsageError(f"{flag} {_shortened(text)}", "it is neither a whole number nor a letter", "use 3, or n, or n1")


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


# -- commands ------------------------------------------------------------------------------------------


def _derive(options: argparse.Namespace) -> int:
    conv = layer_from(options)
    wanted = options.of or [name for name in QUANTITIES if name != "grad_bias" or conv.bias_term]
    formulas = {
        view: {name: getattr(conv.views[view], name) for name in wanted} for view in dict.fromkeys(options.view)
    }
    if options.json:
        _print_json(
            {
                "layer": repr(conv),
                "views": {
                    view: {name: _formula_dict(f) for name, f in rows.items()} for view, rows in formulas.items()
                },
            }
        )
        return PROVED
    if not options.latex:
        print(conv)
    for view, rows in formulas.items():
        print(f"% {conv.views[view].title}" if options.latex else f"\n{conv.views[view].title}")
        for formula in rows.values():
            if options.latex:
                print(formula.latex())
            else:
                _print_lines(f"{formula.formula.lhs} = {formula.formula.rhs}", *_entry_lines(formula))
    if not options.latex and conv.definitions:
        print("\nwhere " + ", ".join(f"{letter} = {floor}" for letter, floor in conv.definitions.items()))
    if not options.latex and not options.of and "fully_connected" in formulas and conv.is_concrete:
        _print_matrix(conv)
    return PROVED


def _formula_dict(formula: Any) -> dict[str, Any]:
    entries = [str(entry) for _, entry in _entries(formula)] if _has_few_entries(formula) else None
    return {
        "shape": [str(size) for size in formula.shape], "formula": f"{formula.formula.lhs} = {formula.formula.rhs}",
        "latex": formula.latex(), "entries": entries,
    }  # fmt: skip


FEW = 64
FEW_TERMS = 2000
"""Entries are printed one by one up to so many, with so many product terms in all."""


def _has_few_entries(formula: Any) -> bool:
    if not formula.geometry.is_concrete:
        return False
    return bool(math.prod(formula.shape) <= FEW and formula.estimated_terms <= FEW_TERMS)


def _entries(formula: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    import numpy as np

    for index in np.ndindex(*formula.shape):
        yield index, formula[index]


def _entry_lines(formula: Any) -> Iterator[str]:
    if not formula.geometry.is_concrete:
        return
    if not _has_few_entries(formula):
        yield f"  ({' x '.join(map(str, formula.shape))} entries: ask Python for formula[index])"
        return
    for index, entry in _entries(formula):
        yield f"  [{', '.join(map(str, index))}]  {entry}"


def _print_matrix(conv: Conv) -> None:
    from sympy import pretty

    dense = conv.fully_connected
    rows, columns = dense.shared_weight.shape
    if rows * columns > 40 * 16:
        print(f"\nthe matrix has {rows} x {columns} entries; ask Python for conv.fully_connected.matrix")
        return
    print("\nthe matrix of the fully connected layer (inputs down, outputs across)\n")
    print(pretty(dense.matrix, use_unicode=_unicode(), wrap_line=False))
    zeros = [str(equation.lhs) for equation in dense.constraints if equation.rhs == 0]
    classes = [" = ".join(str(dense.free_matrix[place]) for place in places) for places in dense.weight_classes]
    print(f"\nzero:   {' = '.join([*zeros, '0'])}" if zeros else "")
    print(f"shared: {', '.join(classes)}")


def _unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _prove(options: argparse.Namespace) -> int:
    from symconv.proof import prove

    with Progress("proving") as progress:
        report = prove(layer_from(options), of=options.of, max_terms=options.max_terms, progress=progress)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(report)
        if options.steps:
            for theorem in report.theorems:
                print(f"\n{theorem}")
    return PROVED if report.holds else REFUTED


def _spot_check(options: argparse.Namespace) -> int:
    from symconv.numeric import spot_check

    with Progress("checking") as progress:
        report = spot_check(layer_from(options), options.seed, options.trials, progress=progress)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(report)
    return PROVED if report.passed else REFUTED


def _notes(options: argparse.Namespace) -> int:
    from symconv.notes import write_notes

    with Progress("writing notes") as progress:
        paths = write_notes(layer_from(options), options.directory, force=options.force, progress=progress)
    if options.json:
        _print_json({"files": [str(path) for path in paths]})
    else:
        _print_files(paths)
    return PROVED


def _print_files(paths: Iterable[Path]) -> None:
    paths = list(paths)
    print("wrote " + ", ".join(str(path) for path in paths))
    print(f"make a PDF with: latexmk -pdf -cd {paths[0].parent / '*.tex'}")


def _demo(options: argparse.Namespace) -> int:
    from symconv.layers import Conv
    from symconv.notes import write_notes
    from symconv.numeric import spot_check
    from symconv.proof import prove

    layers = {
        "3 inputs, a kernel of 2": Conv(3, 2),
        "a 3x3 image, two 2x2 filters": Conv((3, 3), (2, 2), out_channels=2),
        "every layer on two axes": Conv.general(2),
    }
    results = []
    holds = True
    for title, conv in layers.items():
        with Progress(title) as progress:
            report, spots = prove(conv), spot_check(conv, trials=5)
            paths = write_notes(conv, options.directory, force=options.force, progress=progress)
        holds = holds and report.holds and spots.passed
        results.append(
            {
                "title": title,
                "proof": report.to_dict(),
                "spot_check": spots.to_dict(),
                "files": [str(path) for path in paths],
            }
        )
        if not options.json:
            print(f"{title}\n{'=' * len(title)}\n")
            _print_lines(
                f"{conv.direct.output.formula.lhs} = {conv.direct.output.formula.rhs}",
                *_entry_lines(conv.direct.output),
            )
            if conv.is_concrete:
                _print_matrix(conv)
            print(f"\n{report}\n\n{spots}\n")
            _print_files(paths)
            print()
    if options.json:
        _print_json({"holds": holds, "layers": results})
    return PROVED if holds else REFUTED


# -- printing ------------------------------------------------------------------------------------------


def _print_lines(*lines: str) -> None:
    for line in lines:
        print("  " + line)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


class Progress:
    """Says on stderr what is being done, once it has taken two seconds."""

    PATIENCE = 2.0

    def __init__(self, what: str) -> None:
        self.what = what
        self.bar: Any = None

    def __enter__(self) -> Progress:
        self.started = time.monotonic()
        return self

    def __call__(self, done: int, total: int, step: str = "") -> None:
        """``done`` of ``total`` steps are done, and ``step`` comes next."""
        if self.bar is None and time.monotonic() - self.started > self.PATIENCE:
            from tqdm import tqdm

            self.bar = tqdm(total=total, desc=self.what, file=sys.stderr, leave=False)
        if self.bar is not None:
            self.bar.n = done
            self.bar.set_postfix_str(step)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
