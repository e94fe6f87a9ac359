"""Figures of networks: the tensors between the parts as stacks of sheets, as published figures have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symconv.figures.catalogue import LayerFigure, figures_of
from symconv.figures.drawing import Drawing, Line, Shape
from symconv.figures.of_layers.connections import Index
from symconv.figures.of_layers.stacks import LETTERS, Stack
from symconv.figures.parts import arrow, dots, extent_of, label, moved, paper
from symconv.figures.words import DESCRIPTIONS, TITLES
from symconv.networks import Graph
from symconv.printing.names import tensor_name

MOST_STACKS = 9
"""Of a network with more tensors of different shapes the first ones and the last two are drawn."""
ARROW = 1.1
"""From one stack to the next."""
ABOVE = 0.45
"""From one arc to the next above it."""


@dataclass(frozen=True)
class Station:
    """A tensor that is drawn, and the parts that lead to it from the one before."""

    name: str
    shape: Index
    parts: tuple[int, ...]


def network_figures(network: Graph) -> tuple[LayerFigure, ...]:
    """The figure of a network whose sizes are numbers; none of one with letters, or with vectors alone.

    >>> from symconv import Activation, Conv, Flatten, Linear, Sequential
    >>> net = Sequential(Conv((6, 6), 3, out_channels=2), Activation("relu"), Flatten(), Linear(None, 3))
    >>> (figure,) = network_figures(net)
    >>> figure.key, figure.values["tensors"], figure.values["tensors_shown"]
    ('stacks', 4, 4)
    """
    if not network.is_concrete:
        return ()
    every = stations(network)
    if all(len(one.shape) < 2 for one in every):
        return ()
    shown = _shown(every)
    count = sum(one is not None for one in shown)
    arcs = _arcs(network, [one for one in shown if one is not None])
    key = "stacks-network" if not arcs else "stacks-graph"
    values = {"excerpt": count < len(every), "tensors": len(every), "tensors_shown": count}
    return (LayerFigure("stacks", drawn(network), key, values),)


def stations(network: Graph) -> list[Station]:
    """The input, and the output of every part that changes the shape, has weights to slide, or is read again."""
    batched = network.batch_size is not None
    again = {name for name, count in _readers(network).items() if count > 1}
    found = [Station(network.input.name, _sizes(network.input.shape, batched), ())]
    passed: list[int] = []
    for part in network.parts:
        passed.append(part.number)
        shape = _sizes(part.after.shape, batched)
        is_told = part.layer is not None or part.after.name in again or len(part.sources) > 1
        if shape != found[-1].shape or is_told or part.number == len(network.parts):
            found.append(Station(part.after.name, shape, tuple(passed)))
            passed = []
    return found


def drawn(network: Graph) -> Drawing:
    """The tensors from left to right, with the numbers of the parts between, and arcs to what is read further on."""
    shown = _shown(stations(network))
    stacks = {
        one.name: Stack(numbered(one.name), one.shape, "inputfill" if at == 0 else "outputfill")
        for at, one in enumerate(shown)
        if one is not None
    }
    longest = max(max(stack.plane) for stack in stacks.values())
    shapes: list[Shape] = []
    boxes: dict[str, tuple[float, float, float]] = {}
    x = 0.0
    for one in shown:
        if one is None:
            shapes += dots(x + 0.2, 0)
            x += 0.6
            continue
        if one.parts:
            shapes.append(arrow(x + 0.15, 0, x + ARROW - 0.15, 0))
            words = ",".join(map(str, one.parts)) if len(one.parts) < 3 else f"{one.parts[0]}⋯{one.parts[-1]}"
            shapes += label(x + ARROW / 2, -0.25, words, size=0.8 * LETTERS)
            x += ARROW
        stack = stacks[one.name]
        height, _ = stack.sides(longest)
        own = stack.drawn(longest)
        left, top, right, _ = extent_of(own)
        shapes += [moved(shape, x - left, -height / 2) for shape in own]
        boxes[one.name] = (x - left + (right - left) / 2, top - height / 2, x)
        x += right - left
    return paper([*shapes, *_arc_lines(network, shown, boxes)], TITLES["stacks"], DESCRIPTIONS["stacks"])


def _arc_lines(
    network: Graph, shown: list[Station | None], boxes: dict[str, tuple[float, float, float]]
) -> Iterator[Shape]:
    """An arc from a tensor to where it is read again, over all stacks between."""
    top = min(box[1] for box in boxes.values())
    for at, (source, target) in enumerate(_arcs(network, [one for one in shown if one is not None])):
        height = top - ABOVE * (at + 1)
        start, end = boxes[source], boxes[target]
        yield Line(start[0], start[1] - 0.1, start[0], height, "muted", 0.02)
        yield Line(start[0], height, end[0], height, "muted", 0.02)
        yield arrow(end[0], height, end[0], end[1] - 0.1, thickness=0.02)


def _arcs(network: Graph, shown: list[Station]) -> list[tuple[str, str]]:
    """Which tensors are read by the parts of a later station than the next one."""
    names = [one.name for one in shown]
    station_of = {number: one.name for one in shown for number in one.parts}
    found: dict[tuple[str, str], None] = {}
    for part in network.parts:
        for source in part.sources:
            target = station_of.get(part.number)
            if target is not None and source.name in names and names.index(target) - names.index(source.name) > 1:
                found[source.name, target] = None
    return list(found)


def _readers(network: Graph) -> dict[str, int]:
    """How many parts read each tensor."""
    counts: dict[str, int] = {}
    for part in network.parts:
        for source in part.sources:
            counts[source.name] = counts.get(source.name, 0) + 1
    return counts


def _shown(every: list[Station]) -> list[Station | None]:
    """All of them if there is room; else the first ones, None for what is left out, and the last two."""
    return list(every) if len(every) <= MOST_STACKS else [*every[: MOST_STACKS - 2], None, *every[-2:]]


def numbered(tensor: str) -> str:
    """The label of a tensor that carries the number of its part.

    >>> numbered("z1"), numbered("X")
    ('z^1', 'X')
    """
    name = tensor_name(tensor)
    return f"{name.letters}^{name.above}" if name.above and not name.below else tensor


def _sizes(shape: tuple[object, ...], batched: bool) -> Index:
    """The sizes of one example."""
    return tuple(int(str(size)) for size in shape)[batched:] or (1,)


figures_of.register(Graph, network_figures)
