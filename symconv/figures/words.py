"""Titles and descriptions in SVG, for readers who cannot see a figure; other languages have theirs in catalogues."""

from __future__ import annotations

TITLES: dict[str, str] = {
    "stacks": "Channels as sheets",
    "window": "The window at each position",
    "extent": "Padding, stride and dilation",
    "neurons-free": "Fully connected neurons",
    "neurons-local": "Locally connected neurons",
    "neurons-shared": "Neurons that share weights",
    "neuron": "One neuron and its weights",
    "matrix": "The weight matrix",
    "pattern": "The pattern of the weight matrix",
    "patches": "Patches through one small network",
    "backward-input": "The gradient with respect to the input",
    "backward-weight": "The gradient with respect to the weights",
    "backward-neurons": "The network read backwards",
    "backward-patches": "The patches read backwards",
}

DESCRIPTIONS: dict[str, str] = {
    "stacks": "Every tensor is a stack of sheets, one for each channel, with its sizes below it.",
    "window": "For each output, the input with the cells under the window in the colours of their weights.",
    "extent": "The padded input with the first windows, and dimension lines.",
    "neurons-free": "Every input is joined to every output, each edge with a weight of its own.",
    "neurons-local": "Only inputs in an output's window are joined to it, each edge with a weight of its own.",
    "neurons-shared": "Edges with the same weight have the same colour.",
    "neuron": "One output is joined to the inputs in its window; its neighbours have edges of their own.",
    "pattern": "A pixel is an entry of the matrix, inputs down and outputs across; one block is enlarged.",
    "matrix": "Inputs down the rows, outputs across the columns; the same weight has the same colour, zeros are pale.",
    "patches": "Each patch of the input goes through the same small network; the results make up the output.",
    "backward-input": "A window slides over the upstream gradient, with the kernel read the other way round.",
    "backward-weight": "For each weight, the upstream gradient lies on the inputs that the weight was multiplied by.",
    "backward-neurons": "The upstream gradient flows along the same edges from the outputs to the inputs.",
    "backward-patches": "Each patch gives the weights its share, and gets a gradient of its own, which are added up.",
}

MOVING = "The window, position by position"
MOVING_DESCRIPTION = "One position after the other: the input with the window on it, and the output that it makes."
