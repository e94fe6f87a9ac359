"""All figures of a layer, each with what a caption needs to know."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

from symconv.algebra.extent import about
from symconv.errors import SizeLimitError
from symconv.figures.drawing import Drawing
from symconv.figures.of_layers import (
    gradients,
    matrix,
    networks,
    patchwork,
    pattern as of_pattern,
    stacks as of_stacks,
    windows,
)
from symconv.figures.of_layers.extents import extent
from symconv.figures.of_layers.planes import SHOWN_PANELS, extended, read_panels
from symconv.figures.subject import Subject, shown
from symconv.foundations.values import freeze
from symconv.foundations.verbs import verb
from symconv.layers import Layer, not_available

MOST_POSITIONS, MOST_WEIGHTS, MOST_JOINED = 500_000, 2_000, 200_000
"""The elements of one channel, of one kernel, and of the kernels of all channels together, among which figures look for
what they show."""


@dataclass(frozen=True, repr=False)
class LayerFigure:
    """One figure.

    Args:
        key: "extent", "window", "neurons-free", "neurons-local", "neurons-shared", "matrix", "patches",
            "backward-input", "backward-weight", "backward-neurons" or "backward-patches"; of a large layer "neuron",
            "pattern" and, if it has channels, "stacks" too; of a network "stacks".
        caption_key: of its words in a catalogue.
        values: numbers for the words. Every figure has ``excerpt``, whether something is left out. What there is, and
            with ``.._shown`` after it what is drawn: ``positions``, ``channels`` (of the output), ``planes`` (channels
            and slices of the input that one output reads), ``inputs``, ``outputs``, ``weights``. ``axes`` of the layer,
            of which more than two are shown slice by slice. A tuple with one for each axis: ``padding`` (pairs low,
            high), ``stride``, ``dilation``, ``inserted`` (zeros between elements).
    """

    key: str
    drawing: Drawing
    caption_key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "values")

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the figure's drawing; see ``Drawing.save``."""
        return self.drawing.save(path, force=force)

    def __repr__(self) -> str:
        return f"<LayerFigure {self.key}: {len(self.drawing.shapes)} shapes>"

    def _repr_svg_(self) -> str:
        return self.drawing._repr_svg_()


@verb(Layer, "the figures", "a layer or a network")
def figures_of(layer: Layer) -> tuple[LayerFigure, ...]:
    """Every figure of a layer whose sizes are numbers; none of a symbolic one, or of one with an empty output.

    Max pooling has no matrix and no network, layers without weights no gradient by them, and padding that repeats
    the input no window over the upstream gradient.

    Args:
        layer: a layer; one with symbols or an empty output has no figures.

    Returns:
        Figures in the order of the notes, each with its ``key`` and its ``drawing``.

    Raises:
        SymconvError: ``layer`` is not a layer, or has groups of several examples.
        SizeLimitError: a channel has more than 500,000 elements, or a kernel more than 2,000.

    >>> from symconv import Conv
    >>> [figure.key for figure in figures_of(Conv(3, 2))][:3]
    ['extent', 'window', 'neurons-free']
    >>> figures_of(Conv.general(1))
    ()
    """
    if not layer.is_concrete or 0 in layer.output_shape:
        return ()
    _require_drawable(layer)
    return tuple(_figures(layer))


def some_windows(layer: Layer, figure: LayerFigure, alone: bool = False) -> LayerFigure:
    """The figure of the windows with two of them, so that many channels can be read on a page, or with one alone."""
    subject = Subject(layer)
    outputs = windows.some_outputs(subject)[-1 if alone else 0 :]
    values = {**figure.values, "positions_shown": len(outputs), "channels_shown": 1, "excerpt": True}
    return LayerFigure(figure.key, windows.windows(subject, outputs), figure.caption_key, values)


def _require_drawable(layer: Layer) -> None:
    if layer.examples_apart:
        groups = int(layer.input_shape[0]) // int(layer.output_shape[0])
        right = f"use batch_size={groups}, an example of each group"
        raise not_available("figures", layer, "what one example of the output reads does not lie side by side", right)
    positions = prod(max(int(s.value or 0) for s in (a.padded, a.dilated, m)) for a, m in zip(layer.schemes, layer.m))
    weights = prod(int(a.K.value or 1) for a in layer.schemes)
    channels = max(int(layer.C_in.value or 1), int(layer.C_out.value or 1))
    for count, most, what in (
        (positions, MOST_POSITIONS, "elements in a channel"), (weights, MOST_WEIGHTS, "elements in a kernel"),
        (weights * channels, MOST_JOINED, "elements in the windows of all channels"),
    ):  # fmt: skip
        if count > most:
            right = f"the limit is {most:,}; use smaller sizes, or general formulas"
            raise SizeLimitError(f"figures of {layer!r}", f"it has about {about(count)} {what}", right)


def _figures(layer: Layer) -> Iterator[LayerFigure]:
    subject = Subject(layer)
    yield _figure(subject, "extent", extent(layer), _sizes(subject))
    yield _figure(subject, "window", windows.window(layer), _of_windows(subject))
    if "fully_connected" in layer.views:
        for kind in networks.KINDS:
            yield _figure(subject, f"neurons-{kind}", networks.neurons(layer, kind), _of_neurons(subject))
        if networks.is_large(subject):
            yield _figure(subject, "neuron", networks.neuron(layer), _of_neuron(subject))
        yield _figure(subject, "matrix", matrix.weight_matrix(layer), _of_matrix(subject))
        if networks.is_large(subject):
            yield _figure(subject, "pattern", of_pattern.pattern(layer), _of_pattern(subject))
    if networks.is_large(subject) and of_stacks.is_stacked(subject):
        yield _figure(subject, "stacks", of_stacks.stacks(layer), _of_stacks(subject))
    if "patches" in layer.views:
        yield _figure(subject, "patches", patchwork.patches(layer), _of_patches(subject))
    if gradients.has_gradient_window(subject):
        yield _figure(subject, "backward-input", gradients.backward(layer, "input"), _of_gradient(subject))
    if subject.has_weights:
        yield _figure(subject, "backward-weight", gradients.backward(layer, "weight"), _of_weight(subject))
    if "fully_connected" in layer.views:
        yield _figure(subject, "backward-neurons", gradients.backward(layer, "neurons"), _of_neurons(subject))
    if "patches" in layer.views:
        yield _figure(subject, "backward-patches", gradients.backward(layer, "patches"), _of_patches(subject))


CAPTIONS_WITHOUT_WEIGHTS = (
    "window",
    "neurons-shared",
    "neuron",
    "matrix",
    "pattern",
    "backward-input",
    "backward-patches",
)
"""Figures whose caption speaks of weights; if a layer has none they have another."""


def _figure(subject: Subject, key: str, drawing: Drawing, values: dict[str, object]) -> LayerFigure:
    left_out = any(values[name] != values[f"{name}_shown"] for name in values if f"{name}_shown" in values)
    caption_key = key
    if key == "extent" and any(max(axis.low, axis.high) > 0 for axis in subject.axes):
        caption_key = "extent-padded"
    if key in CAPTIONS_WITHOUT_WEIGHTS and not subject.has_weights:
        caption_key = f"{key}-fixed"
    elif key == "stacks" and (not subject.has_weights or subject.layer.groups != 1):
        caption_key = "stacks-fixed"
    elif key == "backward-input" and subject.layer.flip:
        caption_key = "backward-input-unflipped"
    elif key == "patches" and (subject.layer.has_switch or subject.layer.scale_layout not in (None, ())):
        caption_key = "patches-own"
    elif key == "neuron" and (subject.positions == 1 or any(axis.l > 1 for axis in subject.axes)):
        caption_key = "neuron-alone"  # with zeros between elements, other positions use other weights
    return LayerFigure(key, drawing, caption_key, {"excerpt": bool(values.pop("cut", False)) or left_out, **values})


def _sizes(subject: Subject) -> dict[str, object]:
    axes = subject.axes
    return {
        "axes": len(axes),
        "padding": tuple((axis.low, axis.high) for axis in axes),
        "stride": tuple(axis.s for axis in axes),
        "dilation": tuple(axis.d for axis in axes),
        "inserted": tuple(axis.l - 1 for axis in axes),
        "cut": len(axes) > 2 or _longest(map(extended, axes)) > 13,
    }


def _of_windows(subject: Subject) -> dict[str, object]:
    outputs = windows.outputs_shown(subject)
    most = windows.SHOWN_ROWS + 2 if len(subject.axes) > 1 else windows.SHOWN_ROW + 2
    return {
        **_sizes(subject),
        "positions": subject.positions,
        "positions_shown": len({subject.position_of(output) for output in outputs}),
        "channels": subject.output_channels,
        "channels_shown": len({output // subject.positions for output in outputs}),
        "planes": _planes(subject),
        "planes_shown": min(_planes(subject), SHOWN_PANELS),
        "cut": _longest(map(extended, subject.axes[-2:])) > most,
    }


def _of_neurons(subject: Subject) -> dict[str, object]:
    return {
        "inputs": subject.inputs,
        "inputs_shown": len(shown(networks.inputs_shown(subject))),
        "outputs": subject.outputs,
        "outputs_shown": len(shown(networks.outputs_shown(subject))),
    }


def _of_neuron(subject: Subject) -> dict[str, object]:
    sources = len(subject.edges(networks.middle_output(subject)))
    return {"sources": sources, "sources_shown": min(sources, networks.SHOWN_SOURCES), "cut": True}


def _of_stacks(subject: Subject) -> dict[str, object]:
    return {"cut": max(subject.input_channels, subject.output_channels) > of_stacks.SHOWN_SHEETS}


def _of_pattern(subject: Subject) -> dict[str, object]:
    rows, columns = of_pattern.sizes_shown(subject)
    return {"inputs": subject.inputs, "inputs_shown": rows, "outputs": subject.outputs, "outputs_shown": columns}


def _of_matrix(subject: Subject) -> dict[str, object]:
    return {
        "inputs": subject.inputs,
        "inputs_shown": len(shown(matrix.rows_shown(subject))),
        "outputs": subject.outputs,
        "outputs_shown": len(shown(matrix.columns_shown(subject))),
    }


def _of_patches(subject: Subject) -> dict[str, object]:
    return {
        "positions": subject.positions,
        "positions_shown": len(shown(patchwork.positions_shown(subject))),
        "channels": subject.output_channels,
        "channels_shown": len(patchwork.channels_shown(subject)),
        "planes": _planes(subject),
        "planes_shown": patchwork.panels_shown(subject),
        "cut": _longest(map(extended, subject.axes[-2:])) > (9 if len(subject.axes) == 1 else 7),
    }


def _of_gradient(subject: Subject) -> dict[str, object]:
    return {
        **_sizes(subject),
        "inputs": subject.inputs,
        "inputs_shown": len(gradients.inputs_shown(subject)),
        "channels": subject.output_channels,
        "channels_shown": min(subject.output_channels, SHOWN_PANELS),
        "inserted": tuple(axis.s - 1 for axis in subject.axes),
        "cut": len(subject.axes) > 2 or _longest(map(gradients.upstream, subject.axes)) > _most(subject),
    }


def _of_weight(subject: Subject) -> dict[str, object]:
    weights = 1
    for size in subject.layer.weight_shape:
        weights *= int(size)
    cut = len(subject.axes) > 2 or _longest(map(extended, subject.axes)) > _most(subject)
    return {**_sizes(subject), "weights": weights, "weights_shown": len(gradients.weights_shown(subject)), "cut": cut}


def _planes(subject: Subject) -> int:
    """Of the input, channels and slices, that one output reads."""
    return len(read_panels(subject.reads[0]))


def _longest(axes: Iterable[range]) -> int:
    return max(map(len, axes))


def _most(subject: Subject) -> int:
    """Cells on an axis of a plane that is drawn whole."""
    return 2 + (gradients.SHOWN_ROW if len(subject.axes) == 1 else gradients.SHOWN_ROWS)
