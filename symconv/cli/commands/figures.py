"""symconv figures: the figures of a layer as SVG, TikZ or PNG."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from symconv.cli.command import PROVED, Command, add_destination, add_json, add_quiet
from symconv.cli.options import add_layer, directory_from, layer_from
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import STANDARD, print_files, print_json
from symconv.errors import UsageError

if TYPE_CHECKING:
    from symconv.figures import Animation, LayerFigure
    from symconv.layers import Layer

FIGURES = (
    "extent", "window", "neurons-free", "neurons-local", "neurons-shared", "matrix", "patches", "backward-input",
    "backward-weight", "backward-neurons", "backward-patches",
)  # fmt: skip
OF_LARGE_LAYERS = ("neuron", "pattern", "stacks")
"""Figures that large layers have besides."""
FORMATS = {"svg": "svg", "tikz": "tex", "png": "png"}
"""Each with the ending of its files."""


def add_options(parser: Parser) -> None:
    add_destination(parser)
    add_layer(parser)
    parser.add_argument("--only", action=Words, words=(*FIGURES, *OF_LARGE_LAYERS), metavar="FIGURE",
                        help=f"some of {', '.join((*FIGURES, *OF_LARGE_LAYERS))} (default: all that the "
                             "layer has)")  # fmt: skip
    parser.add_argument("--animate", action="store_true",
                        help="the window as it moves over the input, position by position, as svg or png, and no other "
                             "figure")  # fmt: skip
    parser.add_argument("--format", action=Words, words=FORMATS, metavar="FORMAT",
                        help="svg, tikz or png; several may be given (default: svg); with - as the directory, one "
                             "figure goes to standard output")  # fmt: skip
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    directory = directory_from(options)
    layer = layer_from(options)
    from symconv.figures import figures_of
    from symconv.foundations.files import write_files
    from symconv.notes.write import default_name

    if not layer.is_concrete:
        raise UsageError("a layer with letters for sizes", "it has no figures", "use numbers, as in --input-size 5")
    formats = list(dict.fromkeys(options.format or ("svg",)))
    figures: dict[str, LayerFigure | Animation]
    if options.animate:
        figures = {"animation": _animation(layer, options.only, formats)}
    else:
        figures = {figure.key: figure for figure in figures_of(layer)}
    for key in options.only or ():
        if key not in figures:
            raise UsageError(f"--only {key}", "this layer has no such figure", f"use {', '.join(figures)}")
    chosen = {key: figures[key] for key in dict.fromkeys(options.only or figures)}
    if str(directory) == STANDARD:
        _print(chosen, formats, options.json)
        return PROVED
    stem = default_name(layer)
    paths = write_files(
        {
            directory / f"{stem}-{key}.{FORMATS[one]}": _written(figure, one)
            for key, figure in chosen.items()
            for one in formats
        },
        options.force,
    )
    if options.json:
        print_json({"files": [str(path) for path in paths]})
    elif not options.quiet:
        print_files(paths)
    return PROVED


def _animation(layer: Layer, only: Sequence[str] | None, formats: Sequence[str]) -> Animation:
    from symconv.figures import animated_window

    if only:
        raise UsageError(f"--animate with --only {only[0]}", "an animation is of the window alone", "leave one out")
    if "tikz" in formats:
        raise UsageError("--animate with --format tikz", "paper does not move", "use svg or png")
    return animated_window(layer)


def _print(figures: Mapping[str, LayerFigure | Animation], formats: list[str], as_json: bool) -> None:
    """One figure, to standard output."""
    if as_json or len(figures) * len(formats) != 1:
        what = "--json" if as_json else f"{len(figures)} figures in {len(formats)} formats"
        raise UsageError(
            f"- with {what}", "standard output takes one figure alone", f"use --only {next(iter(figures))}"
        )
    content = _written(next(iter(figures.values())), formats[0])
    if isinstance(content, str):
        sys.stdout.write(content)
    elif sys.stdout.isatty():
        raise UsageError("a PNG for a terminal", "a terminal cannot show it", "write it to a file with > figure.png")
    else:
        sys.stdout.buffer.write(content)


def _written(figure: LayerFigure | Animation, kind: str) -> str | bytes:
    from symconv.figures import Animation
    from symconv.figures.drawing import FILES

    ending = f".{FORMATS[kind]}"
    return figure.content(ending) if isinstance(figure, Animation) else FILES[ending](figure.drawing)


COMMAND = Command(
    "write the figures of a layer as SVG, TikZ or PNG",
    "pictures --input-size 5 --kernel-size 3 --only window,matrix", add_options, run,
)  # fmt: skip
