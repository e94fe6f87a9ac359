"""symconv derive: the outputs and derivatives of every view, or of a network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from symconv.cli.command import PROVED, Command, add_json
from symconv.cli.options import QUANTITIES, VIEWS, add_layer, add_network, description_from, layer_from
from symconv.cli.parser import Parser, Words, near
from symconv.cli.streams import has_unicode, print_json, print_lines
from symconv.errors import UsageError

if TYPE_CHECKING:
    from symconv.layers import Layer

FRAGMENTS = ("formulas", "definitions", "entries", "matrix", "constraints", "patches", "theorems", "steps")
"""What --copy-latex prints; the names of ``symconv.notes.fragments``, which is loaded when one is asked for."""
FEW = 64
"""The most entries that are printed one by one."""
FEW_TERMS = 2000
"""The most product terms that they may have together."""
LARGEST_MATRIX = 40 * 16
"""The most entries of a matrix that is printed."""


def add_options(parser: Parser) -> None:
    add_layer(parser)
    add_network(parser)
    parser.add_argument("--view", action=Words, words=VIEWS, open=True, metavar="VIEW",
                        help=f"views to show: {', '.join(VIEWS)} (default: all)")  # fmt: skip
    parser.add_argument("--of", action=Words, words=QUANTITIES, metavar="QUANTITY",
                        help=f"quantities to show: {', '.join(QUANTITIES)} (default: all)")  # fmt: skip
    parser.add_argument("--latex", action="store_true", help="print LaTeX fragments")
    parser.add_argument("--copy-latex", action=Words, words=FRAGMENTS, nargs="?", const="formulas", metavar="WHAT",
                        help=f"print LaTeX to paste, each formula on its own: {', '.join(FRAGMENTS)} "
                             "(default: formulas)")  # fmt: skip
    parser.add_argument("--marks", action="store_true",
                        help="in LaTeX: a comment before each formula, by which symconv check checks it")  # fmt: skip
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.network is not None:
        _derive_network(options)
    else:
        _derive_layer(options)
    return PROVED


def _derive_layer(options: argparse.Namespace) -> None:
    conv = layer_from(options)
    wanted = options.of or conv.quantities
    views = dict.fromkeys(options.view or conv.views)
    for view in views:
        if view not in conv.views:
            right = near(view, conv.views) or f"use {', '.join(conv.views)}"
            raise UsageError(f"--view {view}", "the layer has no such view", right)
    formulas = {view: {name: getattr(conv.views[view], name) for name in wanted} for view in views}
    if options.json:
        views = {view: {name: _formula_dict(f) for name, f in rows.items()} for view, rows in formulas.items()}
        print_json({"layer": repr(conv), "views": views})
        return
    if options.marks:
        _print_marked(formulas, repr(conv), bool(options.copy_latex))
        return
    if options.copy_latex and options.copy_latex != ["formulas"]:
        _print_fragments(conv, options.copy_latex)
        return
    if options.copy_latex:
        whole = {view: [conv.views[view]] if "output" in wanted else [] for view in formulas}  # h = X * w
        _print_to_paste({conv.views[view].title: [*whole[view], *rows.values()] for view, rows in formulas.items()})
        return
    if not options.latex:
        print(conv)
    for view, rows in formulas.items():
        print(f"% {conv.views[view].title}" if options.latex else f"\n{conv.views[view].title}")
        for formula in rows.values():
            if options.latex:
                print(formula.latex())
            else:
                print_lines(_formula_line(formula), *entry_lines(formula))
    if not options.latex:
        _print_sizes(conv.definitions)
        if words := conv.unread_in_words():
            print(f"\n{words}")
        if not options.of and "fully_connected" in formulas and conv.is_concrete:
            print_matrix(conv)


def _derive_network(options: argparse.Namespace) -> None:
    if options.copy_latex and options.copy_latex != ["formulas"]:
        right = "use --copy-latex alone"
        raise UsageError(f"--copy-latex {','.join(options.copy_latex)} with --network", "it is about a layer", right)
    for name in ("view", "of"):
        if getattr(options, name) is not None:
            raise UsageError(f"--{name} with --network", "it is about one layer", "leave one of them out")
    network = description_from(options).network
    groups = {
        "forwards": dict(network.forward),
        "backwards": dict(network.upstream),
        "gradients": dict(network.gradients),
    }
    if network.loss is not None:
        groups["forwards"][network.notation.loss] = network.loss_formula
    if options.json:
        shown = {words: {name: _formula_dict(f) for name, f in rows.items()} for words, rows in groups.items()}
        print_json({"network": repr(network), **shown})
        return
    if options.copy_latex:
        _print_to_paste({words: rows.values() for words, rows in groups.items()})
        return
    if not options.latex:
        print(network)
    for words, rows in groups.items():
        print(f"% {words}" if options.latex else f"\n{words}")
        for formula in rows.values():
            print(formula.latex() if options.latex else f"  {_formula_line(formula)}")
    if not options.latex:
        _print_sizes(network.sizes)


def _print_sizes(sizes: Mapping[Any, Any]) -> None:
    if sizes:
        print("\nwhere " + ", ".join(f"{letter} = {meaning}" for letter, meaning in sizes.items()))


def _formula_dict(formula: Any) -> dict[str, Any]:
    entries = [str(entry) for _, entry in _entries(formula)] if _has_few_entries(formula) else None
    return {
        "shape": [str(size) for size in formula.shape], "formula": f"{formula.formula.lhs} = {formula.formula.rhs}",
        "latex": formula.latex(), "entries": entries,
    }  # fmt: skip


def _has_few_entries(formula: Any) -> bool:
    if not formula.geometry.is_concrete:
        return False
    return bool(prod(formula.shape) <= FEW and formula.estimated_terms <= FEW_TERMS)


def _entries(formula: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    for index in product(*map(range, formula.shape)):
        yield index, formula[index]


def entry_lines(formula: Any) -> Iterator[str]:
    """A line for each entry of a formula with numbers for sizes, or how many there are."""
    if not formula.geometry.is_concrete:
        return
    if not _has_few_entries(formula):
        yield f"  ({' x '.join(map(str, formula.shape))} entries: ask Python for formula[index])"
        return
    for index, entry in _entries(formula):
        yield f"  [{', '.join(map(str, index))}]  {entry}"


def print_matrix(conv: Layer) -> None:
    """The fully connected layer's matrix, which of its entries are zero, and which are the same."""
    from sympy import pretty

    dense = conv.fully_connected
    rows, columns = dense.shared_weight.shape
    if rows * columns > LARGEST_MATRIX:
        print(f"\nthe matrix has {rows} x {columns} entries; ask Python for conv.fully_connected.matrix")
        return
    print("\nthe matrix of the fully connected layer (inputs down, outputs across)\n")
    print(pretty(dense.matrix, use_unicode=has_unicode(), wrap_line=False))
    zeros = [str(equation.lhs) for equation in dense.constraints if equation.rhs == 0]
    labels = [[str(dense.free_matrix[place]) for place in places] for places in dense.weight_classes]
    print(f"\nzero:   {' = '.join([*zeros, '0'])}" if zeros else "")
    if conv.fixed_kernel is None:
        print(f"shared: {', '.join(map(' = '.join, labels))}")
    else:
        values = [str(dense.matrix[places[0]]) for places in dense.weight_classes]
        print(f"fixed:  {', '.join(' = '.join([*names, value]) for names, value in zip(labels, values))}")


def _print_fragments(conv: Layer, wanted: Iterable[str]) -> None:
    """Pieces of the notes, each displayed, with a comment that says what it is."""
    from symconv.notes.fragments import fragments_of

    for piece in (piece for what in wanted for piece in fragments_of(conv, what)):
        print(f"% {piece.name.replace('-', ' ').replace('_', ' ')}\n\\[\n{piece.latex()}\n\\]")


def _print_to_paste(groups: Mapping[str, Iterable[Any]]) -> None:
    """Displayed formulas that compile where amsmath is loaded, with a comment before each group."""
    for words, formulas in groups.items():
        print(f"% {words}")
        for fragment in dict.fromkeys(formula.latex() for formula in formulas):
            print(f"\\[\n{fragment}\n\\]")


def _print_marked(formulas: Mapping[str, Mapping[str, Any]], layer: str, displayed: bool) -> None:
    """LaTeX with a mark before each formula, which ``check_document`` reads."""
    for view, rows in formulas.items():
        print(f"% {view.replace('_', ' ')}")
        for name, formula in rows.items():
            fragment = f"\\[\n{formula.latex()}\n\\]" if displayed else formula.latex()
            print(f"% symconv: {layer} {name}\n{fragment}")


def _formula_line(formula: Any) -> str:
    """A formula in Unicode at a terminal that has it, else in SymPy's words, which programs read."""
    if sys.stdout.isatty() and has_unicode():
        return str(formula.unicode())
    return f"{formula.formula.lhs} = {formula.formula.rhs}"


COMMAND = Command("print the outputs and derivatives of every view", "--input-size 3 --kernel-size 2", add_options, run)
