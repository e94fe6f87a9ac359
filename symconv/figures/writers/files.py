"""The files of figures: a drawing in one of the formats, with the mark of what symconv wrote."""

from __future__ import annotations

from symconv.figures.drawing import FILES, Drawing
from symconv.figures.writers.png import png
from symconv.figures.writers.svg import compact_svg
from symconv.figures.writers.tikz import tikz
from symconv.foundations.files import MARKER


def _svg_file(drawing: Drawing) -> str:
    return f"<!-- {MARKER} -->\n{compact_svg(drawing)}\n"


def _tikz_file(drawing: Drawing) -> str:
    return f"% {MARKER}; \\input it in a document with \\usepackage{{xcolor,tikz}}\n{tikz(drawing)}\n"


FILES.update({".svg": _svg_file, ".tex": _tikz_file, ".png": png})
