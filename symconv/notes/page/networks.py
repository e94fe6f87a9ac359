"""Networks of neurons for the explorer: every product of the layer is an edge with its marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symconv.figures.drawing import Circle, Drawing, Group, Label, Line
from symconv.figures.palette import colour_of, fixed
from symconv.notes.page.explorer import ExplorerContent, Product

RADIUS = 0.3
STEP = 0.78
"""From one neuron to the next below it, in centimetres."""


def dense_network(content: ExplorerContent, words: Mapping[str, str]) -> Drawing:
    """The fully connected layer: all inputs, all outputs, an edge for every weight that is not zero."""
    names = [content.plain_label("input", flat) for flat in range(content.count("input"))]
    sources = [(name, {"input": (flat,)}) for flat, name in enumerate(names)]
    edges = [(product.input, product.output, product) for product in content.products]
    return _network(content, sources, range(content.count("output")), edges, words["network"], width=6.4)


def small_network(content: ExplorerContent, position: int, words: Mapping[str, str]) -> Drawing:
    """The network over one patch."""
    products = [product for product in content.products if product.position == position]
    held = content.held[position]
    sources = [
        ("0", {"position": (position,)})
        if flat is None
        else (content.plain_label("input", flat), {"input": (flat,), "position": (position,)})
        for flat in held
    ]
    outputs = sorted({product.output for product in products})
    edges = [(product.slot, outputs.index(product.output), product) for product in products]
    return _network(content, sources, outputs, edges, words["small_network"], width=3.4)


def _network(
    content: ExplorerContent,
    sources: Sequence[tuple[str, Mapping[str, tuple[int, ...]]]],
    outputs: Sequence[int],
    edges: Iterable[tuple[int, int, Product]],
    title: str,
    width: float,
) -> Drawing:
    """Sources on the left, outputs on the right; an edge is (source, output, both by their place, its product)."""
    height = STEP * max(len(sources), len(outputs)) + 0.1
    left, right = RADIUS + 0.1, width - RADIUS - 0.1
    starts, ends = _heights(len(sources), height), _heights(len(outputs), height)
    shapes: list[Group] = []
    for source, output, product in edges:
        colour = fixed() if product.weight is None else colour_of(product.weight)
        line = Line(
            left + RADIUS, starts[source], right - RADIUS, ends[output], colour=colour.name, thickness=0.05,
            dash=colour.dash,
        )  # fmt: skip
        marks: dict[str, tuple[int, ...]] = {"output": (product.output,), "input": (product.input,)}
        if product.weight is not None:
            marks["weight"] = (product.weight,)
        shapes.append(Group((line,), marks, "edge"))
    for (name, places), y in zip(sources, starts):
        shapes.append(_neuron(name, left, y, places, "inputfill"))
    for flat, y in zip(outputs, ends):
        shapes.append(_neuron(content.plain_label("output", flat), right, y, {"output": (flat,)}, "outputfill"))
    return Drawing(width, height, tuple(shapes), title, title)


def _neuron(name: str, x: float, y: float, marks: Mapping[str, tuple[int, ...]], fill: str) -> Group:
    return Group((Circle(x, y, RADIUS, fill=fill), Label(x, y, name, mathematical=True, size=0.24)), marks, "neuron")


def _heights(count: int, height: float) -> list[float]:
    first = (height - STEP * (count - 1)) / 2
    return [first + STEP * at for at in range(count)]
