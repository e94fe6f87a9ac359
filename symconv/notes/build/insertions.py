"""What is put between the paragraphs of a text: figures, the explorer of the page, and the notebook's programs.

Its templates say where, ``blocks.put(name)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symconv.figures import Drawing, LayerFigure, figures_of
from symconv.figures.catalogue import some_windows
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks import Graph
from symconv.notes.build.templates import inlines
from symconv.notes.content.captions import caption
from symconv.notes.content.programs import definition
from symconv.notes.languages import words_in
from symconv.notes.model import Block, Explorer, Figure, Heading, Program
from symconv.notes.sections import Choice

FIGURES: Mapping[str, Sequence[str]] = {
    "layer": ("extent",),
    "direct": ("stacks", "window"),
    "fully_connected": ("neurons-free", "neurons-local", "neurons-shared", "neuron", "matrix", "pattern"),
    "patches": ("patches",),
    "derivatives": ("backward-input", "backward-weight", "backward-neurons", "backward-patches"),
}
"""The keys of the figures that a text puts in under a name."""

OF_SMALL_LAYERS = ("neurons-free", "neurons-local", "neurons-shared", "matrix", "backward-neurons", "backward-patches")
"""Of a large layer these would be excerpts in which one does not see the idea; others show it."""

NOT_ON_SLIDES = ("fig:neurons-local", "fig:backward-neurons", "fig:backward-patches")
"""Figures that say again what those before them say."""

FEW_TERMS = 400
"""A layer with more product terms is not written out entry by entry in the notebook."""


def supplements(layer: Layer, language: str, choice: Choice) -> dict[str, list[Block]]:
    """What the text on a layer puts in, by the name under which it does: figures, the explorer, and programs.

    Raises:
        OutputError: a figure is asked for that the layer does not have.
    """
    drawn = {figure.key: figure for figure in figures_of(layer)}
    wanted = choice.figures_among(tuple(drawn), "layer")
    if choice.figures is None and "neuron" in drawn:
        wanted = tuple(key for key in wanted if key not in OF_SMALL_LAYERS)
    if "window" in drawn and (choice.is_short or drawn["window"].values["planes_shown"] != 1):
        drawn["window"] = some_windows(layer, drawn["window"], alone=choice.is_short)
    programs = _layer_programs(layer)
    added: dict[str, list[Block]] = {name: [Program(source)] for name, source in programs.items()}
    placed = {key: name for name, keys in FIGURES.items() for key in keys if key in wanted}
    if choice.is_short:
        placed = {key: "summary" for key in placed}
    for key, name in placed.items():
        added.setdefault(name, []).append(_figure(drawn[key], language))
    added.setdefault("layer", []).append(Explorer(layer))
    return added


def network_supplements(network: Graph, language: str, choice: Choice) -> dict[str, list[Block]]:
    """The same of the text on a network: the figure of its tensors.

    Raises:
        OutputError: a figure is asked for that the network does not have.
    """
    drawn = {figure.key: figure for figure in figures_of(network)}  # type: ignore[arg-type]  # a verb
    wanted = choice.figures_among(tuple(drawn), "network")
    name = "summary" if choice.is_short else "network"
    return {name: [_figure(drawn[key], language) for key in wanted]}


def _figure(figure: LayerFigure, language: str) -> Figure:
    return Figure(f"fig:{figure.key}", _titled(figure, language), inlines(caption(figure, language)))


def _titled(figure: LayerFigure, language: str) -> Drawing:
    """The drawing with title and description in the language of the text."""
    words = words_in(language)
    return replace(figure.drawing, title=words(f"title.{figure.key}"), description=words(f"description.{figure.key}"))


def on_slides(put: Mapping[str, Sequence[Block]]) -> dict[str, list[Block]]:
    """Of what a text puts in, the figures that slides have."""
    return {
        name: [block for block in blocks if isinstance(block, Figure) and block.label not in NOT_ON_SLIDES]
        for name, blocks in put.items()
    }


def supplemented(blocks: Sequence[Block], subject: Graph | Step) -> tuple[Block, ...]:
    """The text on a network or a step with its programs."""
    name = "network" if isinstance(subject, Graph) else "step"
    source = definition(subject, name)
    if source is None:
        return tuple(blocks)
    first = next((at for at, block in enumerate(blocks) if isinstance(block, Heading)), 0)
    return (*blocks[:first], Program(f"{source}\n{name}"), *blocks[first:], *map(Program, _checks(subject, name)))


def _checks(subject: Graph | Step, name: str) -> list[str]:
    """The proof, if there is one, and numbers, where all that they need is known."""
    if isinstance(subject, Step):
        return [] if subject.schedule == "sequential" else [f"{name}.prove()"]
    proof = [f"{name}.prove()"] if any(part.layer is not None for part in subject.parts) else []
    numbers = subject.is_concrete and subject.loss is not None
    return proof + ([f"{name}.spot_check(trials=3)"] if numbers else [])


def _layer_programs(layer: Layer) -> dict[str, str]:
    """Programs by the section at whose end they stand; none where the layer's text is not a plain Python."""
    imports = ["from symconv.figures import figures_of"] if layer.is_concrete else []
    source = definition(layer, "conv", ("prove", "spot_check"), imports)
    if source is None:
        return {}
    shown = _shown(layer)
    figures = "figures = {figure.key: figure for figure in figures_of(conv)}\n" if layer.is_concrete else ""
    return {
        "layer": f"{source}\n{figures}conv",
        **{name: f"conv.{name}.output{shown}" for name in layer.views},
        **({"fully_connected": "conv.fully_connected.matrix"} if shown and "fully_connected" in layer.views else {}),
        "outputs": "prove(conv, of=['output'])",
        "derivatives": f"conv.direct.grad_input{shown}",
        "rules": "spot_check(conv, trials=3)",
    }


def _shown(layer: Layer) -> str:
    """ ".array()" for a small layer, whose entries are shown; else nothing, and the general formula is."""
    few = layer.is_concrete and layer.direct.output.estimated_terms <= FEW_TERMS
    return ".array()" if few else ""
