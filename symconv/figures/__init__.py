"""Figures of layers, made for exactly the layer on the page: one drawing model, written as SVG, TikZ or PNG."""

from symconv.figures.catalogue import LayerFigure, figures_of
from symconv.figures.drawing import Drawing
from symconv.figures.extents import extent
from symconv.figures.gradients import backward
from symconv.figures.matrix import weight_matrix
from symconv.figures.networks import neurons
from symconv.figures.patchwork import patches
from symconv.figures.png import png
from symconv.figures.reading import reads
from symconv.figures.svg import svg
from symconv.figures.tikz import colour_definitions as tikz_colours
from symconv.figures.tikz import tikz
from symconv.figures.windows import window

__all__ = [
    "Drawing",
    "LayerFigure",
    "backward",
    "extent",
    "figures_of",
    "neurons",
    "patches",
    "png",
    "reads",
    "svg",
    "tikz",
    "tikz_colours",
    "weight_matrix",
    "window",
]
