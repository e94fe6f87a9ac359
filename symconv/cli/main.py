"""The command line: symconv derive | prove | check | spot-check | notes | exercises | demo.

Only arguments are handled here; the work is done by the Python API. Nothing that needs SymPy is imported
before a command runs, so that ``--help`` is quick. The options of a layer are in ``options.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symconv import __version__
from symconv.cli.options import (
    add_layer,
    add_network,
    add_step,
    description_from,
    directory_from,
    layer_from,
    step_from,
    with_sizes_joined,
)
from symconv.errors import ClaimError, SymconvError, UsageError

if TYPE_CHECKING:
    from symconv.layers import Layer

QUANTITIES = ("output", "grad_weight", "grad_input", "grad_bias")
VIEWS = ("direct", "fully_connected", "patches")
CLAIMED = (
    *QUANTITIES, "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix", "constraints", "grad_matrix",
    "dense_bias", "patches", "grad_patches",
)  # fmt: skip
PROVED, REFUTED, BAD_USAGE = 0, 1, 2
"""Exit codes."""
FORCE = "overwrite files that symconv did not write, or that were changed since"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 proved or passed, 1 refuted or failed, 2 bad usage."""
    options = _parser().parse_args(with_sizes_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        code = options.run(options)
        sys.stdout.flush()
        return int(code)
    except SymconvError as error:
        if options.json:
            _print_json({"error": str(error), "given": error.given, "wrong": error.wrong, "right": error.right})
        print(f"symconv: {error}", file=sys.stderr)
        if isinstance(error, ClaimError) and error.position is not None and not options.json:
            print(error.pointer, file=sys.stderr)
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
    add_layer(derive)
    add_network(derive)
    derive.add_argument("--view", choices=VIEWS, nargs="+", default=list(VIEWS), help="views to show (default: all)")
    derive.add_argument("--of", choices=QUANTITIES, nargs="+", help="quantities to show (default: all)")
    derive.add_argument("--latex", action="store_true", help="print LaTeX fragments")
    derive.add_argument("--copy-latex", action="store_true", help="print LaTeX to paste, each formula on its own")

    prove = _command(commands, "prove", _prove, "prove that the views are the same")
    add_layer(prove)
    add_network(prove)
    prove.add_argument("--of", choices=QUANTITIES, nargs="+", help="quantities to prove (default: all)")
    prove.add_argument("--max-terms", type=int, default=1_000_000, help="most product terms (default: 1000000)")
    prove.add_argument("--steps", action="store_true", help="print every step of every derivation")
    prove.add_argument("--save", type=Path, metavar="FILE", help="write the theorems as JSON for symconv verify")
    prove.add_argument("--rocq", type=Path, metavar="FILE", help="write the proof for Rocq (coqc FILE checks it)")
    prove.add_argument("--force", action="store_true", help=FORCE)

    verify = _command(commands, "verify", _verify, "check theorem files with the independent checker")
    verify.add_argument("files", nargs="+", type=Path, metavar="FILE", help="written by symconv prove --save")

    check = _command(commands, "check", _check, "check formulas that somebody claims")
    add_layer(check)
    check.add_argument("--of", choices=CLAIMED, help="the quantity (default: the claim's left side, or output)")
    check.add_argument("--count-from", type=int, default=0, choices=(0, 1), help="indices count from this; default: 0")
    check.add_argument("claims", nargs="*", metavar="CLAIM",
                       help="text or LaTeX: a general formula, or one for every entry in row-major order")  # fmt: skip

    spot = _command(commands, "spot-check", _spot_check, "check every view in numbers")
    add_layer(spot)
    add_network(spot)
    spot.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    spot.add_argument("--trials", type=int, default=20, help="how often numbers are drawn (default: 20)")

    notes = _command(commands, "notes", _notes, "write lecture notes as LaTeX, PDF, Markdown, a notebook or HTML")
    notes.add_argument("directory", type=Path, nargs="?", metavar="DIRECTORY", help="where to write")
    add_layer(notes)
    add_network(notes)
    add_step(notes)
    notes.add_argument("--format", action="append", metavar="FORMAT",
                       help="tex, beamer, pdf, beamer-pdf, md, ipynb, html or all; may be repeated")  # fmt: skip
    notes.add_argument("--title", default="", help="of the document (default: what it is about)")
    notes.add_argument("--author", default="", help="shown under the title (default: nobody)")
    notes.add_argument("--date", default="", help="shown under the title, as it is (default: none)")
    notes.add_argument("--language", default="en", help="of the texts: en or de (default: en)")
    notes.add_argument("--accent", default=None, metavar="RRGGBB", help="the colour of headings and links")
    notes.add_argument("--force", action="store_true", help=FORCE)

    exercises = _command(commands, "exercises", _exercises, "write exercises with verified solutions")
    exercises.add_argument("directory", type=Path, nargs="?", metavar="DIRECTORY", help="where to write")
    add_layer(exercises)
    exercises.add_argument("--count", type=int, default=10, metavar="N", help="how many exercises (default: 10)")
    exercises.add_argument("--seed", type=int, default=0, help="another number gives other exercises (default: 0)")
    exercises.add_argument("--format", action="append", metavar="FORMAT",
                           help="json, or one of notes; may be repeated (default: tex and json)")  # fmt: skip
    exercises.add_argument("--language", default="en", help="of the texts: en or de (default: en)")
    exercises.add_argument("--force", action="store_true", help=FORCE)

    demo = _command(commands, "demo", _demo, "the two layers of the introduction and the general theorem")
    demo.add_argument("directory", type=Path, nargs="?", default=Path("symconv-demo"), metavar="DIRECTORY",
                      help="where to write the notes (default: symconv-demo)")  # fmt: skip
    demo.add_argument("--force", action="store_true", help=FORCE)
    return parser


Command = Callable[[argparse.Namespace], int]


def _command(commands: Any, name: str, run: Command, purpose: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=purpose, description=purpose.capitalize() + ".", allow_abbrev=False
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.set_defaults(run=run, command=name)
    return parser


# -- commands ------------------------------------------------------------------------------------------


def _derive(options: argparse.Namespace) -> int:
    if options.network is not None:
        return _derive_network(options)
    conv = layer_from(options)
    wanted = options.of or conv.quantities
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
    if options.copy_latex:
        whole = {view: [conv.views[view]] if "output" in wanted else [] for view in formulas}  # h = X * w
        _print_to_paste({conv.views[view].title: [*whole[view], *rows.values()] for view, rows in formulas.items()})
        return PROVED
    if not options.latex:
        print(conv)
    for view, rows in formulas.items():
        print(f"% {conv.views[view].title}" if options.latex else f"\n{conv.views[view].title}")
        for formula in rows.values():
            if options.latex:
                print(formula.latex())
            else:
                _print_lines(_formula_line(formula), *_entry_lines(formula))
    if not options.latex and conv.definitions:
        print("\nwhere " + ", ".join(f"{letter} = {floor}" for letter, floor in conv.definitions.items()))
    if not options.latex and (words := conv.unread_in_words()):
        print(f"\n{words}")
    if not options.latex and not options.of and "fully_connected" in formulas and conv.is_concrete:
        _print_matrix(conv)
    return PROVED


def _derive_network(options: argparse.Namespace) -> int:
    for name in ("view", "of"):
        if getattr(options, name) not in (None, list(VIEWS)):
            raise UsageError(f"--{name} with --network", "it is about one layer", "leave one of them out")
    network = description_from(options).network
    groups = {
        "forwards": dict(network.forward),
        "backwards": dict(network.upstream),
        "gradients": dict(network.gradients),
    }
    if network.loss is not None:
        groups["forwards"]["L"] = network.loss_formula
    if options.json:
        shown = {words: {name: _formula_dict(f) for name, f in rows.items()} for words, rows in groups.items()}
        _print_json({"network": repr(network), **shown})
        return PROVED
    if options.copy_latex:
        _print_to_paste({words: rows.values() for words, rows in groups.items()})
        return PROVED
    if not options.latex:
        print(network)
    for words, rows in groups.items():
        print(f"% {words}" if options.latex else f"\n{words}")
        for formula in rows.values():
            print(formula.latex() if options.latex else f"  {_formula_line(formula)}")
    if not options.latex and network.sizes:
        print("\nwhere " + ", ".join(f"{letter} = {meaning}" for letter, meaning in network.sizes.items()))
    return PROVED


def _formula_dict(formula: Any) -> dict[str, Any]:
    entries = [str(entry) for _, entry in _entries(formula)] if _has_few_entries(formula) else None
    return {
        "shape": [str(size) for size in formula.shape], "formula": f"{formula.formula.lhs} = {formula.formula.rhs}",
        "latex": formula.latex(), "entries": entries,
    }  # fmt: skip


FEW = 64
FEW_TERMS = 2000
"""Up to 64 entries with 2,000 product terms in all are printed one by one."""


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


def _print_matrix(conv: Layer) -> None:
    from sympy import pretty

    dense = conv.fully_connected
    rows, columns = dense.shared_weight.shape
    if rows * columns > 40 * 16:
        print(f"\nthe matrix has {rows} x {columns} entries; ask Python for conv.fully_connected.matrix")
        return
    print("\nthe matrix of the fully connected layer (inputs down, outputs across)\n")
    print(pretty(dense.matrix, use_unicode=_unicode(), wrap_line=False))
    zeros = [str(equation.lhs) for equation in dense.constraints if equation.rhs == 0]
    labels = [[str(dense.free_matrix[place]) for place in places] for places in dense.weight_classes]
    print(f"\nzero:   {' = '.join([*zeros, '0'])}" if zeros else "")
    if conv.fixed_kernel is None:
        print(f"shared: {', '.join(map(' = '.join, labels))}")
    else:
        values = [str(dense.matrix[places[0]]) for places in dense.weight_classes]
        print(f"fixed:  {', '.join(' = '.join([*names, value]) for names, value in zip(labels, values))}")


def _unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _prove(options: argparse.Namespace) -> int:
    from symconv.foundations.files import MARKER, write_files
    from symconv.proof import prove

    if options.network is not None:
        return _prove_network(options)
    with Progress("proving") as progress:
        report = prove(layer_from(options), of=options.of, max_terms=options.max_terms, progress=progress)
    files: dict[Path, str | bytes] = {}
    if report.holds and options.rocq is not None:
        files[options.rocq] = f"(* {MARKER}. *)\n{report.to_rocq()}"
    if report.holds and options.save is not None:
        theorems = json.dumps([theorem.certificate() for theorem in report.theorems], indent=1)
        if options.save in files:
            raise UsageError(f"--save and --rocq {options.save}", "they are one file", "use different names")
        files[options.save] = f'{{"about": "{MARKER}, for: symconv verify", "theorems": {theorems}}}\n'
    write_files(files, options.force)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(report)
        if options.steps:
            for theorem in report.theorems:
                print(f"\n{theorem}")
    return PROVED if report.holds else REFUTED


def _prove_network(options: argparse.Namespace) -> int:
    for name in ("of", "steps", "save", "rocq"):
        if getattr(options, name):
            raise UsageError(f"--{name} with --network", "it is about one layer", "leave one of them out")
    report = description_from(options).network.prove(max_terms=options.max_terms)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(report)
    return PROVED if report.holds else REFUTED


def _verify(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from symconv import verify

    results: list[dict[str, Any]] = []
    for path in options.files:
        try:
            found, why = verify.check_file(path), ""
        except verify.Rejected as error:
            found, why = [], str(error)
        steps = sum(theorem.steps for theorem in found)
        row = {"file": str(path), "verified": not why, "theorems": len(found), "steps": steps, "why": why}
        results.append({**row, "what": [asdict(theorem) for theorem in found]})
        if not options.json:
            print("\n".join(verify.report(path, found, why)))
    if options.json:
        print(json.dumps(results, indent=2))  # ASCII, whatever the files say
    return PROVED if all(row["verified"] for row in results) else REFUTED


def _check(options: argparse.Namespace) -> int:
    from symconv.claims import check

    if not options.claims:
        raise UsageError("no claim", "there is nothing to check", 'write symconv check .. "X1*w1 + X2*w2" ..')
    claims = options.claims[0] if len(options.claims) == 1 else options.claims
    report = check(layer_from(options), claims, options.of, index_base=options.count_from)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(report)
    return PROVED if report.holds else REFUTED


def _spot_check(options: argparse.Namespace) -> int:
    from symconv.numeric import spot_check

    report: Any
    with Progress("checking") as progress:
        if options.network is not None:
            report = description_from(options).network.spot_check(options.seed, options.trials, progress=progress)
        else:
            report = spot_check(layer_from(options), options.seed, options.trials, progress=progress)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(report)
    return PROVED if report.passed else REFUTED


def _notes(options: argparse.Namespace) -> int:
    from symconv.notes import write_notes
    from symconv.notes.style import NotesStyle

    given = {} if options.accent is None else {"accent": options.accent}
    style = NotesStyle(options.title, options.author, options.date, options.language, **given)
    directory = directory_from(options)
    rate = None
    subject: Any
    if options.network is not None:
        said = description_from(options)
        subject, rate = said.subject, said.learning_rate
    else:
        subject = step_from(options, layer_from(options))
    with Progress("writing notes") as progress:
        paths = write_notes(
            subject, directory, options.format or ("tex",), force=options.force, progress=progress,
            learning_rate=rate, style=style,
        )  # fmt: skip
    if options.json:
        _print_json({"files": [str(path) for path in paths]})
    else:
        _print_files(paths)
    return PROVED


def _exercises(options: argparse.Namespace) -> int:
    from symconv.questions import exercises

    directory = directory_from(options)
    made = exercises(layer_from(options), options.count, options.seed, language=options.language)
    paths = made.write(directory, options.format or ("tex", "json"), force=options.force)
    if options.json:
        _print_json({"files": [str(path) for path in paths]})
    else:
        _print_files(paths)
    return PROVED


def _print_files(paths: Iterable[Path]) -> None:
    paths = list(paths)
    print("wrote " + ", ".join(str(path) for path in paths))
    if all(path.suffix == ".tex" for path in paths):
        print(f"make a PDF with: latexmk -pdf -cd {paths[0].parent / '*.tex'}, or write --format pdf")


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


def _print_to_paste(groups: Mapping[str, Iterable[Any]]) -> None:
    """Displayed formulas that compile where amsmath is loaded, with a comment before each group."""
    for words, formulas in groups.items():
        print(f"% {words}")
        for fragment in dict.fromkeys(formula.latex() for formula in formulas):
            print(f"\\[\n{fragment}\n\\]")


def _formula_line(formula: Any) -> str:
    """A formula in Unicode at a terminal that has it, else in SymPy's words, which programs read."""
    if sys.stdout.isatty() and _unicode():
        return str(formula.unicode())
    return f"{formula.formula.lhs} = {formula.formula.rhs}"


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
