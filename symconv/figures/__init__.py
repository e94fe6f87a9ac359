"""Figures of layers, made for exactly the layer on the page: one drawing model, written as SVG, TikZ or PNG."""

from symconv.figures.animation import Animation, animated_window
from symconv.figures.catalogue import LayerFigure, figures_of
from symconv.figures.drawing import Drawing
from symconv.figures.of_layers.connections import reads
from symconv.figures.of_layers.extents import extent
from symconv.figures.of_layers.gradients import backward
from symconv.figures.of_layers.matrix import weight_matrix
from symconv.figures.of_layers.networks import neuron, neurons
from symconv.figures.of_layers.patchwork import patches
from symconv.figures.of_layers.pattern import pattern
from symconv.figures.of_layers.stacks import stacks
from symconv.figures.of_layers.windows import window
from symconv.figures.of_networks import network_figures as network_figures
from symconv.figures.writers import files as files
from symconv.figures.writers.png import png
from symconv.figures.writers.svg import svg
from symconv.figures.writers.tikz import colour_definitions as tikz_colours, tikz

__all__ = [
    "Animation",
    "Drawing",
    "LayerFigure",
    "animated_window",
    "backward",
    "extent",
    "figures_of",
    "neuron",
    "neurons",
    "patches",
    "pattern",
    "png",
    "reads",
    "stacks",
    "svg",
    "tikz",
    "tikz_colours",
    "weight_matrix",
    "window",
]
