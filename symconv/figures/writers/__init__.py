"""Drawings as SVG, TikZ and PNG, and as files."""

from __future__ import annotations

from collections.abc import Callable

from symconv.figures.drawing import Drawing
from symconv.figures.writers.png import png
from symconv.figures.writers.svg import plain_svg
from symconv.figures.writers.tikz import tikz
from symconv.foundations.files import MARKER


def _svg_file(drawing: Drawing) -> str:
    return f"<!-- {MARKER} -->\n{plain_svg(drawing)}\n"


def _tikz_file(drawing: Drawing) -> str:
    return f"% {MARKER}; \\input it in a document with \\usepackage{{xcolor,tikz}}\n{tikz(drawing)}\n"


FILES: dict[str, Callable[[Drawing], str | bytes]] = {".svg": _svg_file, ".tex": _tikz_file, ".png": png}
"""What is in a figure's file, by the ending of its name."""
