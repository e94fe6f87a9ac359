"""Receptive fields: how many elements of the input, on each axis, an output of every node depends on.

r outputs in a row read the elements from the first window's first to the last one's last, s (r - 1) + d (K - 1) + 1
positions, of which every l-th is an element if the input has l - 1 zeros between its elements. From a node back to the
input, that is the receptive field (Araujo, Norris and Sim 2019); of several ways, the largest counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from symconv.errors import SizeLimitError
from symconv.geometry.axis_map import AxisScheme
from symconv.layers import Layer
from symconv.layers.resampling import Matrix, Resampling
from symconv.models.readers import Shape, Tensor
from symconv.models.reading import Node
from symconv.networks.modules import Linear, Module
from symconv.networks.rearranging import Permute, Slice

Field = tuple[int, ...]
MOST_STEPS = 500_000


def receptive_fields(nodes: Sequence[Node], entries: Sequence[Tensor]) -> dict[str, Field | None]:
    """The field of every node by name, in elements of the first input.

    None if it is not known: after a node that is not read or that resizes to what is too large, with a size that is a
    symbol, or after ``MOST_STEPS`` steps from a node to one that it reads.
    """
    steps = 0
    makers = {node.name: node for node in nodes}
    order = {name: at for at, name in enumerate(makers)}
    shapes = {one.name: one.shape for one in (*entries, *(Tensor(node.name, node.shape) for node in nodes))}

    def field(target: Node) -> Field | None:
        nonlocal steps
        wanted: dict[str, Field] = {target.name: (1,) * (len(target.shape or ()) - 1)}
        while left := [name for name in wanted if name in order]:
            if (steps := steps + 1) > MOST_STEPS:
                return None
            name = max(left, key=order.__getitem__)
            asked, node = wanted.pop(name), makers[name]
            for source in node.sources:
                if (read := _read(node, asked, shapes.get(source))) is None:
                    return None
                wanted[source] = tuple(map(max, wanted.get(source, read), read))
        return wanted.get(entries[0].name)

    found: dict[str, Field | None] = {}
    for node in nodes:
        source = node.sources[0] if len(node.sources) == 1 else ""
        alike = node.layer is None and not node.reason and source in found and shapes[source] == node.shape
        alike = alike and not isinstance(node.given, (Linear, Permute, Slice))
        found[node.name] = found[source] if alike else field(node)
    return found


def _read(node: Node, asked: Field, source: Shape | None) -> Field | None:
    """How many elements of a source, on each of its axes, a block of outputs needs."""
    if node.reason or source is None or not all(isinstance(size, int) for size in source):
        return None
    whole = tuple(int(size) for size in source[1:])
    if (layer := node.layer) is not None:
        try:
            return tuple(map(min, _spans(layer, asked), whole))
        except SizeLimitError:
            return None
    return node.given.reach(asked, whole) if isinstance(node.given, Module) else whole


def _spans(layer: Layer, asked: Field) -> list[int]:
    if isinstance(layer, Resampling):
        return [_span_of_rows(layer.bounded_matrix(axis), rows) for axis, rows in enumerate(asked)]
    return [_span(scheme, outputs) for scheme, outputs in zip(layer.schemes, asked)]


def _span(scheme: AxisScheme, asked: int) -> int:
    s, d, K, l = (int(one.value or 0) for one in (scheme.s, scheme.d, scheme.K, scheme.l))  # noqa: E741
    return -(-(s * (asked - 1) + d * (K - 1) + 1) // l)


def _span_of_rows(matrix: Matrix, asked: int) -> int:
    """The most columns, from the first that counts to the last, that this many rows in a row read."""
    read = [[column for column, factor in enumerate(row) if factor] for row in matrix]
    blocks = [read[at : at + asked] for at in range(max(1, len(read) - asked + 1))]
    return max(max(map(max, block)) - min(map(min, block)) + 1 for block in blocks)
