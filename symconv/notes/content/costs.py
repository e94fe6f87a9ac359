"""What each part of a network costs: parameters and multiply-adds, and how much of the input an output depends on.

r outputs in a row read s (r - 1) + d (K - 1) + 1 positions of the part before, of which every l-th is an element; from
a part back to the input, that is its receptive field (Araujo, Norris and Sim 2019). On several ways the largest counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod

from symconv.layers import Layer
from symconv.networks import Linear, MatMul
from symconv.networks.composition import Composition
from symconv.networks.modules import Module
from symconv.networks.parts import NetworkPart
from symconv.notes.build.templates import Said
from symconv.notes.languages import ENGLISH, Words
from symconv.printing.parts import joined
from symconv.printing.tree import Number

Field = tuple[int, ...]


def cost_rows(network: Composition, words: Words = ENGLISH) -> list[tuple[str, Said, str, str]]:
    """Rows (part, receptive field, parameters, multiply-adds for one example) and a last one with the sums.

    None of a network with letters.
    """
    if not network.is_concrete:
        return []
    counts = [(parameters(network, part), products(network, part)) for part in network.parts]
    fields = receptive_fields(network)
    rows: list[tuple[str, Said, str, str]] = [
        (str(part.number), _times(fields[part.after.name]), _number(learned, words), _number(made, words))
        for part, (learned, made) in zip(network.parts, counts)
    ]
    learned, made = map(sum, zip(*counts))
    return [*rows, ("", "", _number(learned, words), _number(made, words))]


def parameters(network: Composition, part: NetworkPart) -> int:
    """How many numbers the part learns."""
    return sum(prod(map(int, network.shape_of(name))) for name in part.parameters)


def products(network: Composition, part: NetworkPart) -> int:
    """Multiply-adds for one example: of a layer with weights, one for each weight at each place of its window."""
    outputs = _features(network, part.after.name)
    if isinstance(part.given, (Linear, MatMul)):
        return prod(outputs) * _features(network, part.reads[0].name)[-1]
    layer = part.layer
    if layer is None or layer.fixed_kernel is not None:
        return 0
    places = _features(network, part.reads[0].name)[1:] if layer.spreads else outputs[1:]
    return prod(map(int, layer.weight_shape)) * prod(places)


def receptive_fields(network: Composition) -> dict[str, Field]:
    """On each axis of the first input, how many of its elements an output of each part depends on; () for none."""
    makers = {one.after.name: one for one in network.parts}
    signals = (*network.inputs.values(), *(part.after for part in network.parts))
    axes = {signal.name: _features(network, signal.name)[1:] for signal in signals}

    def field(part: NetworkPart) -> Field:
        wanted: dict[str, Field] = {part.after.name: (1,) * len(axes[part.after.name])}
        while left := [makers[name] for name in wanted if name in makers]:
            one = max(left, key=lambda maker: maker.number)
            asked = wanted.pop(one.after.name)
            for source in one.sources:
                read = _read(one, asked, axes[source.name])
                wanted[source.name] = tuple(map(max, wanted.get(source.name, read), read))
        return wanted.get(network.input.name, ())

    found: dict[str, Field] = {network.input.name: (1,) * len(axes[network.input.name])}
    for part in network.parts:
        one = (1,) * len(axes[part.after.name])
        source = part.sources[0].name
        alone = len(part.sources) == 1 and source in found and _read(part, one, axes[source]) == one
        found[part.after.name] = found[source] if alone else field(part)
    return found


def _read(part: NetworkPart, asked: Field, whole: Field) -> Field:
    """How many elements of a source, on each of its axes, a block of outputs needs."""
    if part.layer is not None:
        return tuple(map(min, _spans(part.layer, asked), whole))
    assert isinstance(part.given, Module)
    return part.given.reach(asked, whole)


def _spans(layer: Layer, asked: Field) -> list[int]:
    """How many elements of the input as many neighboring outputs read, on each axis."""
    spans = []
    for number, (axis, count) in enumerate(zip(layer.schemes, asked)):
        rows = _factors(layer, number)
        if rows:
            ends = [[at for row in rows[start : start + count] for at, one in enumerate(row) if one]
                    for start in range(max(1, len(rows) - count + 1))]  # fmt: skip
            spans.append(max(max(read) - min(read) + 1 for read in ends if read))
            continue
        K, s, d, l = (int(one.value or 0) for one in (axis.K, axis.s, axis.d, axis.l))  # noqa: E741
        spans.append(-(-(s * (count - 1) + d * (K - 1) + 1) // l))
    return spans


def _factors(layer: Layer, axis: int) -> Sequence[Sequence[Fraction]]:
    """Of a layer whose outputs have a factor for every input of an axis, these; else nothing."""
    if layer.arithmetic is None:
        return ()
    numbers = layer.arithmetic.axis_numbers(layer, axis)
    return getattr(numbers, "matrix", ())


def _features(network: Composition, name: str) -> Field:
    """The shape of a tensor for one example."""
    shape: tuple[int, ...] = tuple(map(int, network.shape_of(name)))
    return shape if network.batch_size is None else shape[1:]


def _times(sizes: Field) -> Said:
    return joined(map(Number, sizes), "×") if sizes else ""


def _number(count: int, words: Words) -> str:
    return words.amount(count) if count else ""
